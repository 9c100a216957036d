"""`wrapup` at the terminal: the codes, the fields, the modes, and the time that is left."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from agent_desktop.text.verbs import fields_of
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.client.small_centre import small_centre
from tests.client.talks import NOW, TALK, asked, changed, on_a_call
from tests.text.terminal import Terminal

UNWANTED = m.DispositionInfo(
    code="unwanted", label="Wants no calls", confirm=True, effects=("Nobody calls this customer again",)
)


def ended(desk: Desk, *, left_s: float = 60.0, **more: object) -> None:
    """The call is over, its wrap-up runs."""
    deadline = NOW + left_s if left_s else 0.0
    over = changed(TALK, state="wrap_up", wrapup_at=NOW, wrapup_deadline_at=deadline, **more)
    desk.events(e.InteractionChanged(interaction=over))


def with_mode(desk: Desk, mode: str) -> None:
    """The support queue wraps up in this mode, and has a code that asks once more."""
    centre = desk.truth.centre
    support, *others = centre.queues
    support = msgspec.structs.replace(
        support, wrapup_mode=mode, dispositions=(*support.dispositions, UNWANTED), extend_times=1
    )
    truth = small_centre()
    truth.centre = msgspec.structs.replace(centre, queues=(support, *others))
    desk.truth.centre = truth.centre
    desk.runtime.store.replica.centre = truth.centre


@pytest.mark.parametrize("line", ["wrapup", "wrapup nonsense"])
def test_without_a_code_that_is_known_the_codes_are_listed_before_the_answer(
    plain: Terminal, line: str
) -> None:
    with_mode(plain.desk, "mandatory_timed")
    on_a_call(plain.desk)
    ended(plain.desk)
    *rows, last = plain.type(line)
    assert last.startswith("wrapup: not done. ")
    assert rows == [
        "It ends with a code, or without one when the time is over. 1 minute left.",
        "1. solved",
        "2. Replacement sent (replacement). needs order=",
        "Refund:",
        "  3. Full refund (refund_full)",
        "10. Wants no calls (unwanted). Nobody calls this customer again. asks once more",
        "survey=yes asks the customer afterwards, with: Solved",
    ]


def test_a_field_that_is_missing_is_asked_for_and_given_as_field_and_value(plain: Terminal) -> None:
    on_a_call(plain.desk)
    ended(plain.desk)
    assert plain.type("wrapup replacement") == [
        'order="…": Order, a number, required',
        "wrapup: not done. Fill in first: Order.",
    ]
    plain.type('wrapup replacement order="48213" it left today')
    done = asked(plain.desk)[-1]
    assert isinstance(done, c.WrapUp)
    assert (done.code, done.values, done.note) == ("replacement", (("order", "48213"),), "it left today")


@pytest.mark.parametrize(
    ("mode", "left_s", "says"),
    [
        ("optional", 0, "You can finish with a code or without one."),
        ("mandatory", 0, "It waits for a code."),
        (
            "mandatory_timed",
            30,
            "It ends with a code, or without one when the time is over. 30 seconds left.",
        ),
        (
            "mandatory_fixed",
            30,
            "It ends when the time is over. Until then the code can be changed. 30 seconds left.",
        ),
    ],
)
def test_each_mode_says_what_it_asks_for(plain: Terminal, mode: str, left_s: float, says: str) -> None:
    with_mode(plain.desk, mode)
    on_a_call(plain.desk)
    ended(plain.desk, left_s=left_s)
    rows = plain.type("wrapup")
    assert rows[0] == says
    assert ("none: finish without a code" in rows) is (mode == "optional")


@pytest.mark.parametrize("mode", ["optional", "mandatory_timed"])
def test_only_an_optional_wrap_up_is_left_without_a_code(plain: Terminal, mode: str) -> None:
    with_mode(plain.desk, mode)
    on_a_call(plain.desk)
    ended(plain.desk)
    said = plain.type("wrapup none thanks")
    sent = [one for one in asked(plain.desk) if isinstance(one, c.WrapUp)]
    assert sent == ([c.WrapUp(interaction="i1", code="", note="thanks")] if mode == "optional" else [])
    assert bool(said) is (mode != "optional")


def test_a_code_that_asks_once_more_is_typed_twice(plain: Terminal) -> None:
    with_mode(plain.desk, "mandatory")
    on_a_call(plain.desk)
    ended(plain.desk)
    assert plain.type("wrapup unwanted") == [
        "wrapup: not done. Wants no calls: Nobody calls this customer again. Do it once more if you are sure."
    ]
    assert not [one for one in asked(plain.desk) if isinstance(one, c.WrapUp)]
    plain.type("wrapup unwanted")
    assert asked(plain.desk)[-1] == c.WrapUp(interaction="i1", code="unwanted")


def test_a_fixed_wrap_up_says_that_the_code_is_kept_and_when_it_is_written(plain: Terminal) -> None:
    with_mode(plain.desk, "mandatory_fixed")
    on_a_call(plain.desk)
    ended(plain.desk, left_s=30)
    plain.type("wrapup solved")
    request, _command = plain.desk.outside.router[-1]
    plain.desk.events(e.Reply(request=request))
    assert plain.lines() == [
        "wrapup: the code is kept. It is written in 30 seconds; until then it can be changed."
    ]


def test_more_time_says_when_there_is_none(plain: Terminal) -> None:
    with_mode(plain.desk, "mandatory_timed")
    on_a_call(plain.desk)
    ended(plain.desk, wrapup_extensions=1)
    assert plain.type("extend") == ["extend: not done. It was lengthened once already."]


@pytest.mark.parametrize("json_lines", [False, True])
def test_the_last_ten_seconds_are_told_and_again_after_more_time(tmp_path: Path, json_lines: bool) -> None:
    here = Terminal(tmp_path, json_lines=json_lines)
    on_a_call(here.desk)
    ended(here.desk)
    here.lines()
    warned = []
    for second, left_s in ((40, 60), (51, 60), (52, 60), (60, 90), (81, 90), (82, 90)):
        ended(here.desk, left_s=left_s)
        here.desk.now = NOW + second
        if any("9 seconds of wrap-up left: Amina Yusuf" in line for line in here.lines()):
            warned.append(second)
    assert warned == [51, 81]
    here.desk.drafts.close()


def test_in_json_what_can_be_chosen_comes_before_the_error(program: Terminal) -> None:
    on_a_call(program.desk)
    ended(program.desk)
    listed, error = program.records("wrapup")
    assert (listed["type"], listed["lines"][1]) == ("codes", "1. solved")
    assert (error["type"], error["code"]) == ("error", "no_code")


def test_nothing_in_hand_is_nothing_to_wrap_up(plain: Terminal) -> None:
    assert plain.type("wrapup") == ["wrapup: not done. Nothing is in wrap-up."]


@pytest.mark.parametrize(
    ("note", "fields", "rest"),
    [
        ("order=1 thanked", {"order": "1"}, "thanked"),
        ('reason="Wrong item" order=2', {"reason": "Wrong item", "order": "2"}, ""),
        ("order= thanked", {"order": ""}, "thanked"),
        ("price=3 order=1", {}, "price=3 order=1"),
        ('order="1 thanked', {}, 'order="1 thanked'),
    ],
)
def test_fields_stand_before_the_note(note: str, fields: dict[str, str], rest: str) -> None:
    assert fields_of(note, frozenset({"order", "reason"})) == (fields, rest)
