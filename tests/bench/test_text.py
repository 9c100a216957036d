"""The bench of the text mode: its terminal waits for whole lines, and its figures are compared."""

from __future__ import annotations

import sys

import pytest

from agent_desktop.bench import text
from agent_desktop.errors import AgentDesktopError

TALKS = """
import sys
for line in sys.stdin:
    sys.stdout.write("Ti")
    sys.stdout.flush()
    print("me: " + line, flush=True)
"""


def test_a_terminal_waits_for_the_whole_line() -> None:
    with text.Terminal([sys.executable, "-c", TALKS]) as terminal:
        assert terminal.ask("one\r", "Time: one") > 0
        assert terminal.ask("two\r", "Time: two") > 0


def test_a_program_that_dies_is_an_error() -> None:
    program = [sys.executable, "-c", "raise SystemExit"]
    with text.Terminal(program) as terminal, pytest.raises(AgentDesktopError, match="never said"):
        terminal.until("anything")


def test_the_goal_is_asked_of_the_figure_itself() -> None:
    results = text._results("event to line", [10.0, 20.0, 400.0], "a websocket", [5.0, 5.0, 5.0])
    assert [(r.met, r.against_value) for r in results] == [(True, 5.0), (False, 5.0)]
    assert results[0].value == 20.0
    assert text._p95([7.0]) == 7.0
