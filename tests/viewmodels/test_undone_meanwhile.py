"""Undo takes back what I did, and nothing that a colleague or the customer did since."""

from __future__ import annotations

from typing import Any

from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from tests.client.desks import Desk
from tests.viewmodels.letters import said, thread, with_letters
from tests.viewmodels.lists import answer


def told(desk: Desk, conversation: str = "v1", **fields: Any) -> None:
    desk.events(e.ConversationChanged(conversation=thread(conversation, **fields)))


def acts(desk: Desk) -> list[Any]:
    return [x for x in desk.outside.commands() if isinstance(x, i.InboxCommand)]


def resolved(desk: Desk) -> None:
    desk.desktop.act("conversation.resolve", id="v1")
    told(desk, state="resolved", owner="")
    answer(desk, "ResolveConversation")


def test_what_a_colleague_took_meanwhile_is_not_taken_away(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    resolved(desk)
    told(desk, owner="a9", owner_name="Bob", agent="a9")  # a colleague reopens it and takes it
    desk.outside.router.clear()
    said_why = desk.desktop.act("bulk.undo")
    assert said_why.endswith(": it was changed since, and is left as it is.")
    assert acts(desk) == []


def test_what_is_as_the_act_left_it_is_undone_and_names_whose_it_was(desk: Desk) -> None:
    with_letters(desk, "v1")
    resolved(desk)
    assert desk.desktop.act("bulk.undo") == ""
    assert answer(desk, "ReopenConversation").conversation == "v1"
    told(desk, owner="")
    # The router refuses it when it is a colleague's by then.
    assert answer(desk, "AssignConversation") == i.AssignConversation(conversation="v1", agent="a7", was="")


def reopened(desk: Desk) -> None:
    told(desk, state="resolved", owner="")
    desk.desktop.act("conversation.reopen", id="v1")
    told(desk, owner="")
    answer(desk, "ReopenConversation")


def test_a_conversation_in_which_the_customer_wrote_again_is_not_closed(desk: Desk) -> None:
    with_letters(desk, "v1")
    reopened(desk)
    desk.events(e.MessageChanged(message=said(7)))
    desk.outside.router.clear()
    assert "changed since" in desk.desktop.act("bulk.undo")
    assert acts(desk) == []


def test_a_way_back_that_closes_names_the_last_message_that_was_known(desk: Desk) -> None:
    with_letters(desk, "v1")
    reopened(desk)
    desk.events(e.MessageChanged(message=said(8, "v1", "note", author="a7")))
    assert desk.desktop.act("bulk.undo") == ""
    assert answer(desk, "ResolveConversation").after_message == "v1-m1"


def test_what_is_put_aside_names_the_last_message_that_was_known(desk: Desk) -> None:
    with_letters(desk, "v1")
    assert desk.desktop.act("conversation.snooze", id="v1", value="reply") == ""
    assert answer(desk, "SnoozeConversation").after_message == "v1-m1"


def test_of_many_only_those_that_nobody_changed_go_back(desk: Desk) -> None:
    with_letters(desk, "v1", "v2")
    desk.desktop.act("conversation.resolve", id="v1,v2")
    for one in ("v1", "v2"):
        told(desk, one, state="resolved", owner="")
        answer(desk, "ResolveConversation")
    told(desk, "v2", owner="a9", agent="a9")
    assert desk.desktop.act("bulk.undo") == ""
    answer(desk, "ReopenConversation")
    answer(desk, "AssignConversation")
    bar = desk.desktop.inbox().bulk
    assert bar is not None
    assert [x.partition("Order of ")[2] for x in bar.refused] == [
        "Omar Haddad: it was changed since, and is left as it is."
    ]
    assert acts(desk) == []  # nothing waits: v2 was not asked about
