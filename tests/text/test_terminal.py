"""The text mode as a person has it: a real pseudo-terminal, and a screen model that reads it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pyte
import pytest

from tests.client.fakes import PASSWORD, FakeCentre

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpora" / "strings_blns"


class Terminal:
    """The program at the far end of a pseudo-terminal of 24 rows of 80 columns."""

    def __init__(
        self, centre: Any, data: Path, *options: str, term: str = "dumb", password: str = PASSWORD
    ) -> None:
        data.mkdir(parents=True, exist_ok=True)
        (data / "password").write_text(f"{password}\n")
        self.bytes = b""
        command = [
            "-m", "agent_desktop", "text", "--server", centre.server, "--user", "mateo",
            "--password-file", str(data / "password"), "--data", str(data), *options,
        ]  # fmt: skip
        environment = {
            **os.environ,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "TERM": term,
        }
        self.child: Any = pexpect.spawn(
            sys.executable, command, cwd=str(ROOT), env=environment, dimensions=(24, 80), timeout=10
        )
        self.child.delaybeforesend = None
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)

    def expect(self, text: str) -> None:
        self.child.expect_exact(text)
        self._seen(self.child.before + self.child.after)

    def rest(self, quiet_s: float = 0.6) -> str:
        """Everything that still comes until it is quiet."""
        got, self.child.buffer = self.child.buffer, b""
        while True:
            try:
                got += self.child.read_nonblocking(65536, quiet_s)
            except (pexpect.TIMEOUT, pexpect.EOF):
                break
        self._seen(got)
        return got.decode()

    def _seen(self, data: bytes) -> None:
        self.bytes += data
        self._stream.feed(data)

    def plain(self) -> None:
        """Nothing but printable characters and new lines was ever written (the terminal adds the CR)."""
        text = self.bytes.decode().replace("\r\n", "\n")
        assert [c for c in text if not c.isprintable() and c != "\n"] == []
        assert re.findall("[\u2500-\u259f\u2800-\u28ff]", text) == []

    def at_prompt(self) -> None:
        """The cursor rests on the prompt's row, after it."""
        row = self.screen.display[self.screen.cursor.y]
        assert row.startswith("> ")
        assert self.screen.cursor.x >= 2


@pytest.fixture
def terminal(centre: FakeCentre, data: Path) -> Iterator[Terminal]:
    made = Terminal(centre, data)
    made.expect("Signed in: Mateo Ruiz, Nordlight.")
    made.expect("registered as 6001.")
    made.rest()
    yield made
    made.child.close(force=True)


def test_at_rest_the_cursor_is_on_the_prompt_and_every_byte_is_plain(terminal: Terminal) -> None:
    terminal.at_prompt()
    terminal.child.send("status\r")
    terminal.expect("In hand: 0")
    terminal.rest()
    terminal.at_prompt()
    terminal.plain()


def test_a_call_breaks_into_typing_and_the_half_line_is_written_again_once(
    centre: FakeCentre, terminal: Terminal
) -> None:
    terminal.child.send("stat")
    terminal.expect("stat")
    centre.offer()
    terminal.expect("Incoming call from Amina Yusuf, Support, waited 22 seconds, speaks Arabic.")
    assert terminal.rest().endswith("\r\n> stat")
    terminal.child.send("us\r")
    terminal.expect("State:")
    terminal.rest()
    terminal.plain()
    terminal.at_prompt()


def test_a_message_waits_while_a_line_is_half_typed_and_comes_at_enter(
    centre: FakeCentre, terminal: Terminal
) -> None:
    terminal.child.send("who")
    terminal.expect("who")
    centre.offer("chat", "i3", conversation="v3")
    assert terminal.rest() == ""
    terminal.child.send("\r")
    terminal.expect("Amina Yusuf, chat: Hello, my parcel shows delivered.")
    terminal.expect("You are serving nobody.")
    terminal.plain()


def test_an_erased_character_is_gone_and_arrow_keys_do_nothing(terminal: Terminal) -> None:
    terminal.child.send("helq\x7fp \x1b[A\x1b[Daccept\r")
    terminal.expect("accept [ID]: Take what is offered.")


def test_a_call_from_ring_to_wrap_up(centre: FakeCentre, terminal: Terminal) -> None:
    started = time.monotonic()
    centre.offer()
    terminal.expect("Incoming call")
    assert time.monotonic() - started < 2.0
    terminal.child.send("accept\r")
    terminal.expect("Amina Yusuf: connected")
    terminal.expect("accept: done")
    terminal.child.send("hangup\r")
    terminal.expect("Amina Yusuf: call ended, wrap-up, ")
    terminal.child.send("wrapup solved thanked\r")
    terminal.expect("Amina Yusuf: closed")
    terminal.child.send("last 1\r")
    terminal.expect("wrapup: done")
    terminal.child.send("\x04")
    terminal.child.expect(pexpect.EOF)
    terminal.plain()


def hostile() -> list[str]:
    lines = (CORPUS / "blns.txt").read_text("utf-8", "replace").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_hostile_text_never_reaches_the_terminal_as_anything_but_text(centre: FakeCentre, data: Path) -> None:
    from agent_desktop.wire import events as e
    from agent_desktop.wire import models as m

    terminal = Terminal(centre, data, "--width", "40")
    terminal.expect("registered as 6001.")
    thread = m.ConversationModel(id="v9", medium="chat")
    texts = [
        *hostile(),
        "\x1b[2J\x1b[1;1Hpwned",
        "a\x07b\x08c",
        "\x9b31mred",
        "safe\u202egnp.exe",
        "x\r> ready",
    ]
    messages = [
        e.MessageChanged(
            message=m.MessageModel(
                id=f"m{n}",
                conversation="v9",
                medium="chat",
                direction="in",
                at=float(n),
                text=text,
                author_name=text,
            )
        )
        for n, text in enumerate(texts)
    ]
    centre.say(e.ConversationChanged(conversation=thread), *messages)
    terminal.rest(2.0)
    assert len(terminal.bytes) > 10_000
    terminal.plain()
    assert "\r" not in terminal.bytes.decode().replace("\r\n", "")
    terminal.child.close(force=True)


def test_the_password_is_asked_for_and_never_echoed(centre: FakeCentre, data: Path) -> None:
    environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "TERM": "dumb"}
    command = ["-m", "agent_desktop", "text", "--server", centre.server, "--data", str(data)]
    child: Any = pexpect.spawn(
        sys.executable, command, cwd=str(ROOT), env=environment, dimensions=(24, 80), timeout=10
    )
    child.expect_exact("User name: ")
    child.sendline("mateo")
    child.expect_exact("Password: ")
    child.waitnoecho()
    child.sendline("wrong")
    child.expect_exact("The user name or the password is wrong.")
    child.expect_exact("Password: ")
    child.waitnoecho()
    child.sendline(PASSWORD)
    child.expect_exact("Signed in: Mateo Ruiz")
    assert PASSWORD.encode() not in child.before
    child.sendline("quit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_lost_server_is_said_once_and_its_return_once(centre: FakeCentre, terminal: Terminal) -> None:
    centre.cut()
    terminal.expect("Server: The connection was closed.")
    terminal.expect("Server: The server is connected.")
    assert terminal.rest().count("Server:") == 0
    terminal.plain()
