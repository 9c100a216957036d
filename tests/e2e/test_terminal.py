"""The terminal at a real centre: a call rings into what is typed, is served, and every byte stays plain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.text.test_terminal import Terminal

from .peers import SippCall
from .programs import Demo

pytestmark = pytest.mark.peer


def test_a_call_is_served_at_the_terminal(demo: Demo, sipp: Callable[..., SippCall], tmp_path: Path) -> None:
    password = demo.password_file("mateo").read_text("utf-8").strip()
    terminal = Terminal(SimpleNamespace(server=demo.http), tmp_path / "terminal", password=password)
    terminal.child.timeout = 30
    try:
        terminal.expect("Signed in: Mateo Ruiz")
        terminal.expect("is registered as")
        terminal.child.send("ready\r")
        terminal.expect("State: Ready")
        terminal.rest()
        terminal.child.send("acc")
        terminal.expect("acc")
        call = sipp(demo, "8001", 6.0)
        terminal.expect("Incoming call from")
        assert terminal.rest(0.5).endswith("\r\n> acc")
        terminal.child.send("ept\r")
        terminal.expect("accept: done")
        terminal.child.send("status\r")
        terminal.expect("In hand: 1")
        terminal.rest()
        terminal.at_prompt()
        terminal.expect("call ended, wrap-up")
        terminal.child.send("wrapup answered SIPp was satisfied\r")
        terminal.expect("wrapup: done")
        terminal.rest()
        terminal.at_prompt()
        terminal.plain()
        assert call.result() == (1, 0)
        terminal.child.send("signout\r")
        terminal.rest(2.0)
        assert not terminal.child.isalive()
    finally:
        terminal.child.close(force=True)
