"""Live text in a call: keys and letters as they come, for one call or as it was chosen for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.settings import READ_CALL_TEXT
from agent_desktop.wire import phone as p
from tests.client.talks import on_a_call, told_phone
from tests.text.terminal import Terminal
from tests.text.typists import Caller, objects, typed


@pytest.fixture
def plain(plain: Terminal) -> Terminal:
    on_a_call(plain.desk)
    plain.lines()
    return plain


@pytest.fixture
def program(program: Terminal) -> Terminal:
    on_a_call(program.desk)
    program.lines()
    return program


def test_a_program_with_live_text_is_told_of_every_letter(program: Terminal) -> None:
    caller = Caller(program.desk, carrier="rtt", turn="")
    caller.tell()
    program.type("live on")
    caller.types("Hi")
    assert [(r["text"], r["new"]) for r in objects(program, "call_text")] == [("H", "H"), ("Hi", "i")]


def test_live_text_comes_letter_by_letter_behind_its_speaker(plain: Terminal) -> None:
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.tell()
    plain.lines()
    assert plain.type("live on") == ["live: done"]
    caller.types("Hi")
    assert plain.out.getvalue() == "Caller: Hi"
    caller.types("\by")
    caller.ends()
    assert plain.lines() == ["Caller: Hi", "Caller, corrected: Hy"]
    assert plain.type("live off") == ["live: done"]
    caller.types("No")
    assert plain.lines() == []


class Live:
    """A terminal whose keys go to the call."""

    def __init__(self, terminal: Terminal, carrier: str) -> None:
        self.terminal = terminal
        self.caller = Caller(terminal.desk, carrier=carrier, turn="")
        self.caller.tell()
        terminal.session.calls.keys = True
        terminal.lines()
        assert terminal.type("live on") == ["live: on. Ctrl+D ends it."]
        told_phone(terminal.desk)

    def press(self, keys: str) -> str:
        """Press keys; gives what went to the phone."""
        self.terminal.session.calls.feed(keys.encode())
        return typed(self.terminal.desk)


def test_on_a_tty_the_word_is_held_and_can_be_corrected_until_its_space(plain: Terminal) -> None:
    live = Live(plain, "tty")
    assert live.press("helo") == ""
    assert live.press("\x7flo") == ""
    assert live.press(" ") == "hello "
    assert live.press("\x7f\x7f\x7f") == ""
    assert plain.out.getvalue() == "You: helo\b \blo "
    assert live.press("you /ga\r") == "you GA"
    assert plain.session.screen.half == ""


def test_real_time_text_goes_with_each_key_and_can_be_taken_back(plain: Terminal) -> None:
    live = Live(plain, "rtt")
    assert live.press("hé") == "hé"
    assert live.press("\x7f") == "\b"
    assert live.press("i\r") == "i\n"
    assert plain.lines() == ["You: hé\b \bi"]


def test_the_own_row_is_written_again_once_when_the_caller_types_between(plain: Terminal) -> None:
    live = Live(plain, "rtt")
    live.press("hel")
    live.caller.types("yes")
    live.press("lo")
    assert plain.out.getvalue() == "You: hel\nCaller: yes\nYou: hello"


def test_ctrl_d_and_the_end_of_the_call_give_the_keys_back(plain: Terminal) -> None:
    live = Live(plain, "rtt")
    assert plain.session.calls.feed(b"a\x04stat") == b"stat"
    assert plain.session.calls.call == ""
    plain.type("live on")
    assert plain.session.calls.call == "k1"
    plain.desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k1", direction="in", state="ended")))
    assert (plain.session.calls.call, plain.session.screen.live) == ("", "")
    assert live.caller.number == 0


def test_who_chose_letters_has_the_text_of_each_call_live_and_ends_it_for_one(plain: Terminal) -> None:
    plain.session.calls.keys = True
    assert plain.type("settings call_text letters")[-1] == "settings: done"
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.types("Hi")
    said = plain.lines()
    assert said[0] == "live: on. Ctrl+D ends it."
    assert said[-1] == "Caller: Hi"
    plain.session.calls.feed(b"y")
    assert typed(plain.desk) == "y"
    plain.session.calls.feed(b"\x04")
    caller.types(" there")
    assert plain.session.calls.call == ""
    plain.desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k1", direction="in", state="ended")))
    on_a_call(plain.desk)
    caller.types("x")
    assert plain.session.calls.call == "k1"


def test_live_text_does_not_take_the_keys_from_a_line_that_is_half_typed(plain: Terminal) -> None:
    plain.session.calls.keys = True
    plain.desk.desktop.choices.choose(READ_CALL_TEXT, "letters")
    plain.session.screen.half = "not"
    caller = Caller(plain.desk, carrier="rtt", turn="")
    caller.types("H")
    assert plain.session.calls.call == ""
    plain.session.screen.half = ""
    caller.types("i")
    assert plain.session.calls.call == "k1"


def test_a_program_for_which_letters_were_chosen_is_told_of_each(tmp_path: Path) -> None:
    made = Terminal(tmp_path, json_lines=True)
    made.desk.desktop.choices.choose(READ_CALL_TEXT, "letters")
    on_a_call(made.desk)
    made.lines()
    Caller(made.desk, carrier="rtt", turn="").types("Hi")
    assert [r["new"] for r in objects(made, "call_text")] == ["H", "i"]
    made.desk.drafts.close()
