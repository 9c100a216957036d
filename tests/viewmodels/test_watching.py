"""Where this agent is, as colleagues are told; who else is there, as a row shows it."""

from __future__ import annotations

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.watching import Watching, watcher_marks
from agent_desktop.wire.inbox import LookAt
from agent_desktop.wire.listing import WatcherModel
from tests.client.desks import Desk
from tests.viewmodels.lists import asked, in_view, later


def told(watching: Watching, conversation: str, *moments: float) -> list[LookAt]:
    return [said for now in moments for said in watching.due(conversation, now)]


def test_a_conversation_that_is_looked_at_is_told_after_a_moment_and_once() -> None:
    watching = Watching()
    assert told(watching, "c1", 0, 0.5) == []
    assert told(watching, "c1", 1, 2, 3) == [LookAt(conversation="c1", doing="viewing")]


def test_a_quick_walk_through_the_list_says_nothing() -> None:
    watching = Watching()
    walked = [said for n in range(50) for said in watching.due(f"c{n}", n * 0.4)]
    assert walked == []


def test_leaving_is_told_with_the_next_one() -> None:
    watching = Watching()
    told(watching, "c1", 0, 1)
    assert told(watching, "c2", 2) == [LookAt(conversation="c1", doing="")]
    assert told(watching, "c2", 3) == [LookAt(conversation="c2", doing="viewing")]
    assert told(watching, "", 4) == [LookAt(conversation="c2", doing="")]


def test_idle_after_two_minutes_and_back_at_the_first_touch() -> None:
    watching = Watching()
    told(watching, "c1", 0, 1)
    assert told(watching, "c1", 119) == []
    assert told(watching, "c1", 120, 121) == [LookAt(conversation="c1", doing="idle")]
    watching.touched(200)
    assert told(watching, "c1", 201) == [LookAt(conversation="c1", doing="viewing")]


def test_writing_is_told_and_ends_with_the_pause() -> None:
    watching = Watching()
    told(watching, "c1", 0, 1)
    watching.wrote("c1", "reply", 2)
    assert told(watching, "c1", 2, 3) == [LookAt(conversation="c1", doing="replying")]
    watching.wrote("c1", "note", 4)
    assert told(watching, "c1", 4) == [LookAt(conversation="c1", doing="noting")]
    assert told(watching, "c1", 15) == [LookAt(conversation="c1", doing="viewing")]


def test_colleagues_are_shown_those_who_write_first_and_never_myself() -> None:
    marks = watcher_marks(
        (
            WatcherModel(agent="a7", name="Mateo Ruiz"),
            WatcherModel(agent="a9", name="Noor Haddad", doing="idle"),
            WatcherModel(agent="a8", name="Sara Lindqvist", doing="replying"),
        ),
        "a7",
    )
    assert [m.short for m in marks] == ["SL replying", "NH idle"]
    assert [m.active for m in marks] == [True, False]


def test_the_desktop_tells_what_it_looks_at_while_the_server_is_there(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("inbox.open", id="c2")
    later(desk, 1)
    later(desk, 2)
    said = [command for _id, command in asked(desk, "LookAt")]
    assert said == [LookAt(conversation="c2", doing="viewing")]
    desk.outside.router.clear()
    desk.desktop.write("Dear")
    later(desk, 1)
    assert [c.doing for _id, c in asked(desk, "LookAt")] == ["replying"]
    desk.put(LinkReported("router", Connection("lost", "")))
    desk.outside.router.clear()
    later(desk, 130)
    assert asked(desk, "LookAt") == []
    desk.put(LinkReported("router", Connection("online")))
    later(desk, 1)
    later(desk, 2)
    assert [c.doing for _id, c in asked(desk, "LookAt")][:1] == ["idle"]  # told anew: nobody knew any more
