"""The rules of the terminal on the real program (section 4.2 of the reference): pexpect types, pyte looks.

One program serves several questions, because each start costs seconds.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from agent_desktop.client.actions import BY_VERB
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallText, CallTextLine
from tests.client.fakes import PASSWORD, FakeCentre
from tests.text.test_terminal import ROOT, Terminal

# What leaves, and what changes the terminal itself.
LEAVES = {"quit", "signout", "live"}


@pytest.fixture
def terminal(centre: FakeCentre, data: Path) -> Iterator[Terminal]:
    made = Terminal(centre, data)
    made.expect("Signed in: Mateo Ruiz, Nordlight.")
    made.expect("registered as 6001.")
    made.rest()
    yield made
    made.child.close(force=True)


def on_a_call(centre: FakeCentre, terminal: Terminal) -> str:
    """Take a call; gives the phone's call."""
    centre.offer()
    terminal.expect("Incoming call")
    terminal.child.send("accept\r")
    terminal.expect("accept: done")
    terminal.rest(0.3)
    return next(iter(centre.phone_calls))


def test_every_verb_writes_plain_bytes_and_leaves_the_cursor_on_the_prompt(
    centre: FakeCentre, terminal: Terminal
) -> None:
    on_a_call(centre, terminal)
    for verb in BY_VERB:
        if verb in LEAVES:
            continue
        for line in (verb, f"{verb} 1"):
            terminal.child.send(f"{line}\r")
    terminal.child.timeout = 30
    terminal.child.send("sentinel\r")
    terminal.expect("There is no verb sentinel.")
    terminal.rest(1.0)
    terminal.plain()
    terminal.at_prompt()
    answers = terminal.bytes.decode().replace("\r\n", "\n")
    assert "Traceback" not in answers
    prompts = [line for line in answers.split("\n") if line.startswith("> ")]
    assert {line for line in prompts if line.startswith("> >")} == set()


def test_only_the_three_urgent_kinds_break_into_what_is_typed(centre: FakeCentre, terminal: Terminal) -> None:
    call = on_a_call(centre, terminal)

    def tell(text: str, turn: str, *, finished: bool) -> None:
        line = CallTextLine(number=1, speaker="customer", medium="tty", text=text, finished=finished)
        told = CallText(call=call, carrier="tty", found=True, turn=turn, baud=45.45, lines=(line,))
        centre.phone_says(p.CallTextChanged(text=told))

    terminal.child.send("stat")
    terminal.expect("stat")
    centre.offer("chat", "i3", conversation="v3")  # a message and an offer of a chat
    centre.say(e.QueueChanged(queue=m.QueueModel(id="support", waiting=4)))
    tell("HELLO. ", "customer", finished=False)
    assert terminal.rest(1.5) == ""
    tell("HELLO. IS IT ON ITS WAY GA", "agent", finished=True)
    terminal.expect("Your turn. Caller: IS IT ON ITS WAY GA")
    assert terminal.rest(0.5) == "\r\n> stat"
    centre.offer("voice", "i4", from_address="+212522000148")
    terminal.expect("Incoming call from Amina Yusuf")
    assert terminal.rest(0.5).endswith("\r\n> stat")
    ended = m.InteractionModel(
        id="i1", medium="voice", state="wrap_up", agent="a7", queue="support", customer_name="Amina Yusuf"
    )
    centre.say(e.InteractionChanged(interaction=ended))
    terminal.expect("Amina Yusuf: call ended, wrap-up")
    assert terminal.rest(0.5).endswith("\r\n> stat")
    terminal.child.send("us\r")  # what waited comes at Enter, before the answer
    released, _state, _answer = terminal.rest(1.0).partition("\r\nState: ")
    for line in ("Caller: HELLO.", "Amina Yusuf, chat: Hello, my parcel", "Chat from Amina Yusuf"):
        assert released.count(f"\r\n{line}") == 1, released
    terminal.plain()
    terminal.at_prompt()


def test_live_text_is_typed_on_the_terminal_itself(centre: FakeCentre, terminal: Terminal) -> None:
    call = on_a_call(centre, terminal)
    centre.phone_says(p.CallTextChanged(text=CallText(call=call, carrier="rtt", found=True)))
    terminal.expect("The caller types real-time text.")
    terminal.child.send("live on\r")
    terminal.expect("live: on. Ctrl+D ends it.")
    terminal.rest(0.3)
    terminal.child.send("hi")
    terminal.expect("You: h")
    terminal.rest(0.3)
    line = CallTextLine(number=1, speaker="customer", medium="rtt", text="yes \x1b[2J")
    told = CallText(call=call, carrier="rtt", found=True, lines=(line,))
    centre.phone_says(p.CallTextChanged(text=told))
    terminal.expect("Caller: yes ")
    terminal.rest(0.3)
    terminal.child.send("\x04who\r")
    terminal.expect("> who")
    terminal.expect("1. Amina Yusuf, Voice, active (open)")
    typed = "".join(c.text for c in centre.phone_commands if isinstance(c, p.TypeText))
    assert typed == "hi"
    terminal.rest()
    terminal.plain()
    terminal.at_prompt()


def test_a_terminal_that_could_draw_is_written_to_the_same_way(centre: FakeCentre, data: Path) -> None:
    terminal = Terminal(centre, data, "--width", "40", term="xterm-256color")
    terminal.expect("registered as 6001.")
    terminal.child.send("help\r")
    terminal.expect("verbosity N")
    terminal.rest()
    terminal.plain()
    rows = terminal.bytes.decode().replace("\r\n", "\n").split("\n")
    assert max(len(row) for row in rows) <= 40
    terminal.child.close(force=True)


def test_through_a_pipe_it_is_lines_without_a_prompt(centre: FakeCentre, data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    (data / "password").write_text(f"{PASSWORD}\n")
    done = subprocess.run(
        [sys.executable, "-m", "agent_desktop", "text", "--server", centre.server, "--user", "mateo",
         "--password-file", str(data / "password"), "--data", str(data)],
        input="who\nready\nlive on\n", capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
        env={**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "NO_COLOR": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "You are serving nobody." in done.stdout
    assert "ready: done" in done.stdout
    assert "live: not done. There is no call." in done.stdout
    assert re.search(r"^> ", done.stdout, re.MULTILINE) is None
    assert [c for c in done.stdout if not c.isprintable() and c != "\n"] == []


def test_signing_out_ends_the_program(centre: FakeCentre, terminal: Terminal) -> None:
    terminal.child.send("signout\r")
    terminal.child.expect(pexpect.EOF)
    terminal.child.close()
    assert terminal.child.exitstatus == 0
    assert centre.sign_outs == 1
