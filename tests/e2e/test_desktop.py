"""The real desktop on a virtual screen is killed in a call: the talk goes on, the next window ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .listening import CUSTOMER_HZ, heard_now
from .programs import Bare, until
from .screen import Screen, Window
from .talk import listen
from .telephone import Telephone

pytestmark = [pytest.mark.peer, pytest.mark.screen]


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.stop()


def test_a_killed_desktop_does_not_interrupt_the_call_and_the_next_one_shows_and_ends_it(
    bare: Bare, screen: Screen, telephone: Callable[..., Telephone], agent_voice: Path, tmp_path: Path
) -> None:
    windows = [Window(screen, bare, "ola", tmp_path / "ola", agent_voice)]
    try:
        screen.press("Ready")
        caller = telephone(bare, "8002", "+4940777021")
        screen.press("Answer")
        until(caller.hears_agent, 30, "the caller never heard the agent")
        until(lambda: heard_now(windows[0].ear, CUSTOMER_HZ), 30, "the agent never heard the caller")
        recorded = "SELECT id FROM interactions WHERE body LIKE '%+4940777021%' AND body LIKE ?"
        until(lambda: bare.query(recorded, '%"recording":"on"%'), 30, "the consent was never over")
        until(caller.hears_agent, 30, "the caller did not hear the agent after the consent")
        until(lambda: heard_now(windows[0].ear, CUSTOMER_HZ), 30, "the agent did not hear the caller then")
        phone = windows[0].phone_pid

        def act() -> None:
            windows[0].kill()
            windows.append(Window(screen, bare, "ola", tmp_path / "ola", agent_voice))

        listen(caller, windows[0].ear, act)
        assert windows[1].phone_pid == phone
        screen.press("Call with Grace Hopper", look=True)
        screen.press("End, Grace Hopper")
        until(caller.over.is_set, 30, "the caller was not told of the end")
        rows = bare.query("SELECT state, body FROM interactions WHERE body LIKE '%+4940777021%'")
        assert [state for state, _body in rows] == ["wrap_up"]
    finally:
        for window in windows:
            window.end()
