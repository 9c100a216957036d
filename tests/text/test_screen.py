"""What reaches a terminal: plain, whole, within its width, in any script; typing and letters that run."""

from __future__ import annotations

import io
import os
import queue
import re
import sys
from pathlib import Path

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.text import keyboard, plain, sentences
from agent_desktop.text.screen import Screen
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.surface import Refresh
from tests.text.terminal import Terminal

CORPUS = Path(__file__).resolve().parents[1] / "corpora" / "strings_blns" / "blns.txt"
DRAWING = {chr(c) for c in (*range(0x2500, 0x25A0), *range(0x2800, 0x2900))}
MIXED = [
    "أمينة يوسف: أين طردي؟ رقم الطلب ٤٨٢١٣ ولم يصل بعد",
    "עמינה: איפה החבילה שלי? הזמנה 48213",
    "田中さん\N{FULLWIDTH COLON}ランプが壊れて届きました。新しいものを送ってください。",
    "김민지: 램프가 고장난 상태로 도착했습니다. 새로 보내 주세요.",
    "Ünïcödé naïve café, Straße",
    "👩‍👩‍👧‍👦 family, 🇩🇪 flag, e\u0301 accent",
]


def naughty() -> list[str]:
    return [line for line in CORPUS.read_text("utf-8", "replace").splitlines() if line]


def is_plain(text: str) -> bool:
    return all(c == "\n" or (c.isprintable() and c not in DRAWING) for c in text)


@pytest.mark.parametrize("text", MIXED)
def test_any_script_stays_whole_within_forty_columns(text: str) -> None:
    out = io.StringIO()
    Screen(out, columns=40).answer([text])
    rows = out.getvalue().splitlines()
    assert is_plain(out.getvalue())
    assert all(plain.width(row) <= 40 for row in rows)
    kept = "".join(plain.line(text).split())
    assert "".join("".join(rows).split()) == kept
    shown = pyte.Screen(40, 24)
    pyte.Stream(shown).feed(out.getvalue().replace("\n", "\r\n"))
    assert shown.cursor.y == len(rows)  # no row was so wide that the terminal broke it again


@pytest.mark.parametrize("text", MIXED)
def test_letters_that_run_stay_within_forty_columns(text: str) -> None:
    out = io.StringIO()
    screen = Screen(out, columns=40)
    for letter in plain.piece(text):
        screen.run("Caller", letter, letter)
    screen.end()
    assert all(plain.width(row) <= 40 for row in out.getvalue().splitlines())
    assert is_plain(out.getvalue())


def test_naughty_strings_run_and_stand_as_text() -> None:
    out = io.StringIO()
    screen = Screen(out)
    for text in [*naughty(), "\x1b[2J\x1b[1;1Hx", "a\x07b\x08c", "\x9b31mred", "safe\u202egnp.exe"]:
        screen.answer([text])
        screen.events([(text, False)])
        screen.run("Caller", plain.piece(text), plain.piece(text))
    screen.end()
    assert is_plain(out.getvalue())


@given(st.text())
def test_whatever_comes_is_plain(text: str) -> None:
    assert is_plain(plain.line(text))
    assert is_plain(plain.piece(text))
    assert "\n" not in plain.line(text) + plain.piece(text)
    assert all(is_plain(row) and "\n" not in row for row in plain.lines(text))


@given(st.text(st.sampled_from("ab c\N{HIRAGANA LETTER A}e\u0301"), max_size=80), st.integers(2, 40))
def test_a_wrapped_line_keeps_its_words(text: str, columns: int) -> None:
    safe = plain.line(text)
    rows = plain.wrapped(safe, columns)
    assert "".join("".join(rows).split()) == "".join(safe.split())
    assert all(plain.width(row) <= columns for row in rows)


def test_without_termios_whole_lines_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: no key is read alone, and the lines come all the same."""
    monkeypatch.setattr(keyboard, "termios", None)
    with keyboard.raw_terminal(sys.stdin) as keys:
        assert not keys
    source = io.BytesIO("who\r\nsay schön\nlast".encode())

    def read(_number: int, size: int) -> bytes:
        return source.read(min(size, 5))

    class Stdin:
        @staticmethod
        def fileno() -> int:
            return 0

    monkeypatch.setattr(os, "read", read)
    monkeypatch.setattr(sys, "stdin", Stdin())
    heard: queue.SimpleQueue[object] = queue.SimpleQueue()
    keyboard.start_reading(heard.put, keys=False).join(30)
    found = [heard.get(timeout=20) for _ in range(4)]
    assert found == [
        keyboard.LineTyped("who"),
        keyboard.LineTyped("say schön"),
        keyboard.LineTyped("last"),
        keyboard.Ended(),
    ]


def test_what_has_gone_out_cannot_be_erased() -> None:
    editor = keyboard.Editor()
    assert "".join(echo for echo, _ in editor.feed(b"ab cd")) == "ab cd"
    editor.floor = 3
    assert [echo for echo, _ in editor.feed(b"\x7f\x7f\x7f\x15\x17")] == ["\b \b", "\b \b", "", "", ""]
    assert editor.text == "ab "


def test_the_verbosity_says_how_much_comes_by_itself(tmp_path: Path) -> None:
    t = Terminal(tmp_path, json_lines=False)
    said: dict[str, int] = {}
    for level in "0123":
        t.type(f"verbosity {level}")
        t.desk.lose_router()
        t.desk.find_router()
        said[level] = len(t.lines())
    assert said == {"0": 0, "1": 1, "2": 2, "3": 2}
    assert t.type("verbosity 4") == ["verbosity: not done. Verbosity is 0, 1, 2 or 3."]
    t.desk.drafts.close()


def test_nothing_but_calls_and_their_turns_breaks_into_typing(tmp_path: Path) -> None:
    """Every line that may break in is one of three kinds; a warning of the clock waits like all others."""
    said = Path(sentences.__file__).read_text("utf-8")
    urgent = re.findall(r"Said\([^\n]*urgent=[^\n]*\)", said)
    # An offer, a call that rings, a call that was taken over, one that ended at the phone, or for the router.
    assert len(urgent) == 5
    t = Terminal(tmp_path, json_lines=False)
    t.session.screen.half = "stat"
    t.session.refreshed(Refresh(announcements=(Announcement("Wrap-up ends soon.", clock=True),)))
    assert t.session.screen.held == ["Wrap-up ends soon."]
    t.desk.drafts.close()


def test_repeat_last_who_time_and_help_say_what_is_asked(tmp_path: Path) -> None:
    t = Terminal(tmp_path, json_lines=False)
    t.type("who")
    assert t.type("repeat") == ["You are serving nobody."]
    t.type("time")
    assert len(t.type("last 2")) == 2
    assert t.type("time")[0].startswith("Time: ")
    assert t.type("help ready") == ["ready: Be offered work."]
    assert t.type("help nothing")[0].startswith("There is no verb and no subject nothing. Subjects: ")
    t.desk.drafts.close()
