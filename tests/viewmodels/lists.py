"""Conversations and views for the tests of the list."""

from __future__ import annotations

from typing import Any

from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.listing import FilterModel, ViewModel
from tests.client.desks import Desk

NOW = 1_795_255_200.0
OPEN = ViewModel(id="v1", label="Unanswered", holds=FilterModel(states=("open",)), key="1", owner="a7")
LATE = ViewModel(id="v2", label="Late", holds=FilterModel(late=True), key="2")


def conversation(number: int, **fields: Any) -> m.ConversationModel:
    shared: dict[str, Any] = {
        "medium": "email", "customer": f"p{number}", "customer_name": f"Customer {number}",
        "subject": f"Order {number}", "last_line": "Where is it?", "queue": "support",
        "updated_at": NOW - 60 * number, "messages": number,
    }  # fmt: skip
    return m.ConversationModel(id=f"c{number}", **{**shared, **fields})


def page(first: int, last: int, *, more: bool = False) -> e.Result:
    """The conversations of a page; its cursor is the last one's number."""
    found = tuple(conversation(n) for n in range(first, last + 1))
    return e.Result(conversations=found, cursor=str(last), more=more)


def asked(desk: Desk, name: str) -> list[tuple[str, Any]]:
    """The requests of one kind that have no answer yet: (id, command)."""
    return [(r, c) for r, c in desk.outside.router if type(c).__name__ == name]


def answer(
    desk: Desk,
    name: str,
    result: e.Result | None = None,
    *,
    ok: bool = True,
    message: str = "",
    code: str = "",
) -> Any:
    """Answer the oldest question or command of a kind; gives what it was."""
    request, command = asked(desk, name)[0]
    desk.outside.router.remove((request, command))
    desk.events(e.Reply(request=request, ok=ok, message=message, code=code, result=result))
    return command


def with_views(desk: Desk) -> None:
    desk.events(e.ViewsChanged(views=(OPEN, LATE)))


def shown(desk: Desk) -> list[str]:
    return [desk.desktop.inbox_row(n).conversation for n in range(desk.desktop.inbox().total)]


def in_view(desk: Desk, last: int = 5) -> None:
    """A view with some rows."""
    with_views(desk)
    assert desk.desktop.act("views.open", name="unanswered") == ""
    desk.desktop.pump()
    answer(desk, "ListConversations", page(1, last))
    desk.outside.router.clear()


def later(desk: Desk, seconds: float) -> None:
    desk.now += seconds
    desk.desktop.pump()
