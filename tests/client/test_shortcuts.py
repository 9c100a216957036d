"""Shortcuts that a person changes: what is accepted, what is refused and why, what a broken file does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.client import actions, shortcuts
from agent_desktop.client.shortcuts import Shortcuts, normal, read, refusal
from agent_desktop.errors import RefusedError


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    shortcuts.use(Shortcuts())


def test_every_usual_key_may_be_given_and_no_two_rows_share_one() -> None:
    rows = Shortcuts().rows()
    for row in rows:
        assert normal(row.keys) == row.keys
        assert not row.keys or refusal(row.keys) == ""
    keys = [row.keys for row in rows if row.keys]
    assert len(keys) == len(set(keys))
    shown = {i for row in rows for i in row.ids}
    assert {a.id for a in actions.ACTIONS if a.shortcut} <= shown


@pytest.mark.parametrize(
    ("typed", "keys"),
    [("ctrl+a", "Ctrl+A"), ("Shift+ctrl+x", "Ctrl+Shift+X"), ("f9", "F9"), ("ctrl++", "Ctrl++"),
     ("Strg+Entf", ""), ("control+del", "Ctrl+Delete"), ("CTRL+,", "Ctrl+,"), ("", "")],
)  # fmt: skip
def test_keys_are_compared_as_one_writes_them(typed: str, keys: str) -> None:
    if keys or not typed:
        assert normal(typed) == keys
    else:
        with pytest.raises(RefusedError, match="is no key"):
            normal(typed)


@pytest.mark.parametrize("keys", ["A", "7", "/", "+", "É", "Shift+A", "Shift+7"])
def test_a_letter_digit_or_sign_alone_is_refused(keys: str) -> None:
    with pytest.raises(RefusedError, match="alone is pressed by mistake"):
        Shortcuts().change("offer.accept", keys)


@pytest.mark.parametrize(
    ("keys", "why"),
    [("F1", "the window"), ("F6", "the window"), ("Alt+F4", "the system"), ("Meta+L", "the system"),
     ("Ctrl+C", "something is written"), ("Ctrl+Alt+E", "AltGr"), ("Ctrl+Alt+F2", "AltGr"),
     ("Return", "move about"), ("Shift+Tab", "move about"), ("Space", "move about"),
     ("Escape", "the window")],
)  # fmt: skip
def test_what_belongs_to_others_is_refused_with_the_reason(keys: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        Shortcuts().change("offer.accept", keys)


def test_a_key_that_has_a_meaning_is_refused_with_its_name() -> None:
    with pytest.raises(RefusedError, match=r"F3 is the key of Decline already"):
        Shortcuts().change("offer.accept", "F3")


def test_a_key_is_changed_taken_away_and_brought_back() -> None:
    changed = Shortcuts().change("accept", "Ctrl+F2")  # the verb of the text mode names it too
    assert changed.row("offer.accept").keys == "Ctrl+F2"
    assert changed.written() == "offer.accept=Ctrl+F2"
    none = changed.change("offer.accept", "")
    assert (none.row("offer.accept").keys, none.written()) == ("", "offer.accept=")
    assert none.reset("offer.accept").written() == ""
    taken = none.change("offer.decline", "F2")
    with pytest.raises(RefusedError, match="F2 is the key of Decline"):
        taken.reset("offer.accept")


def test_the_two_sides_of_a_thing_keep_one_key() -> None:
    changed = Shortcuts().change("call.unmute", "Ctrl+Shift+0")
    shortcuts.use(changed)
    assert actions.action("call.mute").keys == actions.action("call.unmute").keys == "Ctrl+Shift+0"
    assert actions.action("call.mute").shortcut == "Ctrl+M"


def test_two_that_change_places_are_read_again_as_they_were_written() -> None:
    swapped = (
        Shortcuts().change("offer.accept", "").change("offer.decline", "F2").change("offer.accept", "F3")
    )
    again, problems = read(swapped.written())
    assert problems == ()
    assert again.changed == swapped.changed


@pytest.mark.parametrize(
    ("text", "problem", "accept"),
    [
        ("offer.accept", "is not like", "F2"),
        ("nothing.here=F9", "no action nothing.here", "F2"),
        ("offer.accept=a", "alone is pressed by mistake", "F2"),
        ("offer.accept=F3", "is the key of Decline", "F2"),
        ("offer.accept=Ctrl+Ctrl+Ctrl", "is no key", "F2"),
        ("offer.accept=F10 \x1b[2J<b>=x", "is not like", "F10"),
    ],
)
def test_what_is_broken_in_the_file_is_said_and_the_usual_key_holds(
    text: str, problem: str, accept: str
) -> None:
    table, problems = read(text)
    assert any(problem in said for said in problems)
    assert table.row("offer.accept").keys == accept


@given(st.text(max_size=80))
def test_no_text_of_a_file_breaks_it(text: str) -> None:
    table, _problems = read(text)
    keys = [row.keys for row in table.rows() if row.keys]
    assert len(keys) == len(set(keys))
    assert all(not refusal(key) for key in keys)


_KEYS = st.sampled_from(["F2", "F3", "F4", "F9", "Ctrl+M", "Ctrl+Shift+7", "a", "Alt+F4", "", "Ctrl+K"])
_ACTIONS = st.sampled_from(["offer.accept", "offer.decline", "call.mute", "palette.open", "session.end"])


@given(st.lists(st.tuples(_ACTIONS, _KEYS | st.none()), max_size=12))
def test_after_any_changes_no_key_has_two_meanings_and_the_file_says_the_same(
    steps: list[tuple[str, str | None]],
) -> None:
    table = Shortcuts()
    for action, keys in steps:
        try:
            table = table.reset(action) if keys is None else table.change(action, keys)
        except RefusedError:
            continue
    found = [row.keys for row in table.rows() if row.keys]
    assert len(found) == len(set(found))
    again, problems = read(table.written())
    assert (again.changed, problems) == (table.changed, ())
