"""The palette finds on this computer at once and is completed by the router, without a flicker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_desktop.client.offline import Offline
from agent_desktop.viewmodels.finding import FIRST
from agent_desktop.viewmodels.palette import marked
from agent_desktop.wire import events as e
from agent_desktop.wire.commands import SearchEverything
from tests.client.desks import Desk


class Here(Offline):
    """Copies that answer when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[Any] = []

    def ask_here(self, store: Any, asked: Any) -> bool:
        self.questions.append(asked)
        return True


@pytest.fixture
def here(desk: Desk) -> Here:
    copies = Here()
    desk.runtime.offline = copies
    desk.desktop.act("palette.open")
    return copies


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    made = Desk(tmp_path)
    yield made
    made.desktop.close()


def hit(key: str, at: float, title: str, **fields: Any) -> e.SearchHit:
    return e.SearchHit(
        **{"kind": "message", "id": key, "at": at, "title": title, "conversation": key, **fields}
    )


def typed(desk: Desk, text: str) -> None:
    desk.outside.router.clear()
    desk.desktop.act("palette.find", text=text)


def shown(desk: Desk) -> list[str]:
    view = desk.desktop.palette()
    assert view is not None
    return [item.title for item in view.items if item.group in {"Messages", "Notes", "Calls", "Customers"}]


def here_says(desk: Desk, here: Here, *hits: e.SearchHit) -> None:
    desk.events(e.Reply(request=here.questions[-1].id, result=e.Result(hits=hits)))


def there_says(desk: Desk, *hits: e.SearchHit, cursor: str = "") -> None:
    (request,) = [request for request, c in desk.outside.router if isinstance(c, SearchEverything)]
    desk.events(e.Reply(request=request, result=e.Result(hits=hits, cursor=cursor, more=bool(cursor))))


def test_what_is_here_is_shown_until_the_router_completes_it(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    here_says(desk, here, hit("m1", 1.0, "Old lamp"))
    assert shown(desk) == ["Old lamp"]
    there_says(desk, hit("m2", 2.0, "New lamp"), hit("m1", 1.0, "Old lamp, resolved"))
    assert shown(desk) == ["New lamp", "Old lamp, resolved"]


def test_the_router_may_be_the_first(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    there_says(desk, hit("m2", 2.0, "New lamp"))
    here_says(desk, here, hit("m2", 2.0, "As it was"), hit("gone", 3.0, "Erased"))
    assert shown(desk) == ["New lamp"]


def test_lines_that_still_fit_stay_while_one_types(desk: Desk, here: Here) -> None:
    typed(desk, "la")
    there_says(desk, hit("m1", 2.0, "Lamp"), hit("m2", 1.0, "Label", highlight="a [la]mp too"))
    typed(desk, "lam")
    assert shown(desk) == ["Lamp", "Label"]
    typed(desk, "lamx")
    assert shown(desk) == []


def test_an_answer_to_what_was_typed_before_says_nothing(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    old = here.questions[-1].id
    (late,) = [request for request, c in desk.outside.router if isinstance(c, SearchEverything)]
    typed(desk, "vase")
    for request in (old, late):
        desk.events(e.Reply(request=request, result=e.Result(hits=(hit("m1", 1.0, "Lamp"),))))
    assert shown(desk) == []


def test_the_next_page_is_asked_for_once_and_added(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    there_says(desk, hit("m2", 2.0, "Second"), cursor="messages=7")
    view = desk.desktop.palette()
    assert view is not None
    assert view.more
    desk.outside.router.clear()
    desk.desktop.act("palette.more")
    desk.desktop.act("palette.more")
    asked = [command for _request, command in desk.outside.router]
    assert asked == [SearchEverything(text="lamp", limit=FIRST, after="messages=7")]
    there_says(desk, hit("m1", 1.0, "First"))
    assert shown(desk) == ["Second", "First"]
    desk.outside.router.clear()
    desk.desktop.act("palette.more")
    assert not desk.outside.router


def test_a_page_of_any_length_is_shown_whole(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    there_says(desk, *(hit(f"m{n}", float(-n), f"Lamp {n}") for n in range(120)))
    assert len(shown(desk)) == 120


def test_each_kind_opens_what_it_is(desk: Desk, here: Here) -> None:
    typed(desk, "lamp")
    there_says(
        desk,
        hit("n1", 4.0, "A note", kind="note", conversation="c9"),
        hit("i9", 3.0, "A call", kind="call", conversation=""),
        hit("c1", 2.0, "Amina", kind="customer", conversation=""),
    )
    view = desk.desktop.palette()
    assert view is not None
    note, call, customer = [item for item in view.items if item.group in {"Notes", "Calls", "Customers"}]
    assert ("conversation", "c9") in note.button.args
    assert not call.button.enabled
    assert (customer.button.action, customer.button.args) == ("go.inbox", (("filter", "customer:c1"),))


def test_words_that_narrow_can_be_typed(desk: Desk, here: Here) -> None:
    typed(desk, "kind:note lamp")
    (asked,) = [command for _request, command in desk.outside.router]
    assert asked == SearchEverything(text="lamp", limit=FIRST, kinds=("note",)) == here.questions[-1].command


def test_the_verb_goes_on_from_page_to_page(desk: Desk) -> None:
    desk.outside.router.clear()
    assert not desk.desktop.act("find", text="lamp medium:chat")
    there_says(desk, hit("m2", 2.0, "Second"), cursor="messages=7")
    desk.outside.router.clear()
    assert not desk.desktop.act("find", text="+")
    assert [c for _request, c in desk.outside.router] == [
        SearchEverything(text="lamp", media=("chat",), after="messages=7")
    ]
    there_says(desk, hit("m1", 1.0, "First"))
    assert desk.desktop.act("find", text="+") == "There is nothing more of what was found last."


def test_one_letter_asks_nobody(desk: Desk, here: Here) -> None:
    typed(desk, " l ")
    assert not here.questions
    assert not desk.outside.router


def test_what_was_found_is_marked_in_the_snippet_and_brackets_of_the_writer_stay() -> None:
    assert marked("a [la]mp, see [7] and [Lámpara]", ["la"]) == (
        ("a ", False), ("la", True), ("mp, see [7] and ", False), ("Lámpara", True),
    )  # fmt: skip
    assert marked("nothing", ["la"]) == (("nothing", False),)
    assert marked("", ["la"]) == ()
