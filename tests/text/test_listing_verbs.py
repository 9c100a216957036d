"""The list in lines: views, filters, acts by number, works on many, choices, who is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire.listing import FilterModel, WatcherModel
from tests.text.terminal import Terminal
from tests.viewmodels.lists import NOW, answer, conversation, page, with_views


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, json_lines=False)
    with_views(made.desk)
    yield made
    made.desk.drafts.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, json_lines=True)
    with_views(made.desk)
    yield made
    made.desk.drafts.close()


def listed(t: Terminal, line: str, result: e.Result) -> list[str]:
    """Type a verb that shows a list; the answer comes."""
    assert t.type(line) == []
    while any(type(c).__name__ == "Watch" for _r, c in t.desk.outside.router):
        answer(t.desk, "Watch")
    answer(t.desk, "ListConversations", result)
    return t.lines()


def records(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def done(t: Terminal, line: str, *commands: str) -> list[str]:
    """Type an act; each of its commands is confirmed."""
    t.type(line)
    for command in commands:
        answer(t.desk, command)
    return t.lines()


def test_a_view_is_a_numbered_list_and_more_goes_on(plain: Terminal) -> None:
    lines = listed(plain, "view unanswered", page(1, 100, more=True))
    assert lines[0] == "View Unanswered"
    assert lines[1].startswith("1. Customer 1. Email")
    assert lines[50].startswith("50. ")
    assert lines[51] == "There are more: say more."
    plain.type("more")
    answer(plain.desk, "ListConversations", page(101, 120))
    lines = plain.lines()
    assert lines[0].startswith("51. Customer 51.")
    assert len(lines) == 51


def test_views_are_listed_with_their_counts(plain: Terminal, program: Terminal) -> None:
    plain.type("views")
    answer(plain.desk, "CountViews", e.Result(counts=(("v1", 12), ("v2", 1000))))
    assert plain.lines() == ["1. Unanswered: 12", "2. Late: 1000+"]
    program.type("views")
    answer(program.desk, "CountViews", e.Result(counts=(("v1", 12),)))
    told = records(program.lines())
    assert (told[0]["type"], told[0]["view"], told[0]["count"]) == ("view", "v1", 12)
    assert told[-1] == {"type": "ok", "verb": "views", "message": ""}


def test_rows_of_a_view_are_objects_with_their_ids(program: Terminal) -> None:
    there = (WatcherModel(agent="a8", name="Sara Lindqvist", doing="replying"),)
    watched = conversation(1, tags=("vip",), owner="a8", owner_name="Sara Lindqvist", watchers=there)
    told = records(listed(program, "inbox state:open tag:vip", e.Result(conversations=(watched,))))
    row = told[0]
    assert (row["type"], row["number"], row["conversation"]) == ("conversation", 1, "c1")
    assert (row["owner"], row["tags"]) == ("a8", ["vip"])
    assert row["watchers"] == [{"agent": "a8", "name": "Sara Lindqvist", "doing": "replying"}]
    assert told[-1]["type"] == "ok"


def test_a_filter_that_means_nothing_is_an_error(program: Terminal) -> None:
    told = program.records("inbox medium:pigeon")
    assert (told[-1]["type"], told[-1]["code"]) == ("error", "unknown")
    assert "Possible: " in told[-1]["message"]


def test_an_act_by_number_ends_when_the_server_has_answered(plain: Terminal) -> None:
    listed(plain, "view unanswered", page(1, 5))
    assert plain.type("assign 2 sara") == []
    command = answer(plain.desk, "AssignConversation")
    assert (command.conversation, command.agent) == ("c2", "a8")
    assert plain.lines() == ["assign: done"]
    plain.type("resolve 3")
    answer(plain.desk, "ResolveConversation", ok=False, message="A newer message came.")
    assert plain.lines()[-1] == "resolve: not done. A newer message came."


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("tag 1 vip refund", i.TagConversation(conversation="c1", add=("vip", "refund"))),
        ("untag 1 vip", i.TagConversation(conversation="c1", remove=("vip",))),
        ("snooze 1 reply", i.SnoozeConversation(conversation="c1", until_at=0.0)),
        ("resolve 1 solved", i.ResolveConversation(conversation="c1", code="solved")),
        ("priority 1 80", i.PrioritiseConversation(conversation="c1", priority=80)),
        ("merge 1 2", i.MergeConversations(conversation="c1", into="c2")),
        ("follow 1", i.FollowConversation(conversation="c1", on=True)),
        ("follow 1 off", i.FollowConversation(conversation="c1", on=False)),
        ("assign 1 billing", i.AssignConversation(conversation="c1", queue="billing", was="")),
        ("assign 1 nobody", i.AssignConversation(conversation="c1", was="")),
    ],
)
def test_each_verb_makes_its_command(plain: Terminal, line: str, command: i.InboxCommand) -> None:
    listed(plain, "view unanswered", page(1, 5))
    plain.desk.outside.router.clear()
    plain.type(line)
    assert answer(plain.desk, type(command).__name__) == command
    assert plain.lines() == [f"{line.split(maxsplit=1)[0]}: done"]


def test_a_work_on_many_says_how_it_went_and_is_undone(program: Terminal) -> None:
    listed(program, "view unanswered", page(1, 5))
    program.type("bulk tag 1,3-4 vip")
    assert program.session.waiting
    answer(program.desk, "TagConversation")
    answer(program.desk, "TagConversation", ok=False, message="Not yours.")
    assert program.lines() == []
    answer(program.desk, "TagConversation")
    told = records(program.lines())
    assert told[0] == {"type": "bulk", "act": "tag", "total": 3, "done": 2, "waiting": 0, "undo": True,
                       "unsent_drafts": 0, "refused": ["Customer 3: Order 3: Not yours."]}  # fmt: skip
    assert (told[1]["type"], told[1]["verb"], told[1]["code"]) == ("error", "bulk", "refused")
    assert not program.session.waiting
    program.type("bulk undo")
    assert answer(program.desk, "TagConversation") == i.TagConversation(conversation="c1", remove=("vip",))
    answer(program.desk, "TagConversation")
    assert records(program.lines())[-1]["message"] == "Undone: 2 conversations."


def test_several_numbers_make_a_work_of_any_act(plain: Terminal) -> None:
    listed(plain, "view unanswered", page(1, 5))
    lines = done(plain, "tag 1,2 vip", "TagConversation", "TagConversation")
    assert lines == ["tag: Tagged vip: 2 conversations. bulk undo takes it back within 10 seconds."]


def test_what_could_have_been_typed_is_said(plain: Terminal) -> None:
    listed(plain, "view unanswered", page(1, 5))
    lines = plain.type("snooze 2")
    assert lines[0] == "Snooze: Until when?"
    tomorrow = next(line for line in lines if "tomorrow: Tomorrow, 9:00" in line)
    assert lines[-1] == "snooze: not done. Say which of these: snooze N [WHEN]"
    assert plain.desk.desktop.chooser() is None
    number = tomorrow.partition(".")[0]
    assert number.isdecimal()
    plain.type(f"snooze 2 {number}")
    assert answer(plain.desk, "SnoozeConversation").until_at > NOW


def test_a_filter_is_saved_and_removed_as_a_view(plain: Terminal) -> None:
    listed(plain, "inbox late sort:promise", page(1, 2))
    plain.type("saveview Soon late")
    assert answer(plain.desk, "SaveView").view.holds == FilterModel(late=True, order="promise")
    assert plain.lines() == ["saveview: done"]
    plain.type("removeview unanswered")
    assert answer(plain.desk, "RemoveView").view == "v1"


def test_a_closed_conversation_is_read_by_its_number(plain: Terminal, program: Terminal) -> None:
    said = m.MessageModel(
        id="m1", conversation="c2", medium="email", direction="in", at=NOW - 9, text="Where is it?"
    )
    for terminal in (plain, program):
        listed(terminal, "view unanswered", page(1, 5))
        assert terminal.type("open 2") == []
        item = e.TimelineItem(message=said)
        answer(terminal.desk, "FetchTimeline", e.Result(timeline=(item,)))
        answer(terminal.desk, "FetchConversation", e.Result(conversations=(conversation(2),)))
    lines = plain.lines()
    assert lines[0] == "Order 2"
    assert any("Where is it?" in line for line in lines)
    told = records(program.lines())
    assert [r["type"] for r in told] == ["conversation", "message", "ok"]
    assert (told[1]["text"], told[1]["history"]) == ("Where is it?", True)


def test_colleagues_at_the_open_conversation_are_said_once(plain: Terminal) -> None:
    listed(plain, "view unanswered", page(1, 5))
    plain.type("open 2")
    plain.desk.answer_all()
    plain.lines()
    there = (WatcherModel(agent="a8", name="Sara Lindqvist", doing="viewing"),)
    plain.desk.events(e.ConversationChanged(conversation=conversation(2, watchers=there)))
    plain.desk.events(e.ConversationChanged(conversation=conversation(2, watchers=there, messages=3)))
    assert plain.lines() == ["Sara Lindqvist is looking at it"]


def test_a_program_is_told_of_marks_and_not_of_typing(program: Terminal) -> None:
    program.desk.events(e.ConversationChanged(conversation=conversation(1)))
    program.lines()
    program.desk.events(e.ConversationChanged(conversation=conversation(1, customer_typing=True)))
    assert program.lines() == []
    program.desk.events(e.ConversationChanged(conversation=conversation(1, tags=("vip",))))
    told = records(program.lines())
    assert [(r["type"], r["tags"]) for r in told] == [("conversation", ["vip"])]
