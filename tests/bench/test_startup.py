"""The start-up bench measures what it says: a later window counts as later, and no window is an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent_desktop.bench import startup
from agent_desktop.errors import AgentDesktopError

WINDOW = """
from PySide6.QtWidgets import QApplication, QPushButton
application = QApplication([])
button = QPushButton("Answer")
button.show()
application.exec()
"""


@pytest.fixture(scope="module")
def screen() -> Iterator[dict[str, str]]:
    with startup.screen() as environment:
        yield environment


def test_the_bare_window_paints(screen: dict[str, str]) -> None:
    assert 20 < startup.first_paint_ms(startup._BARE, [], screen) < 30_000


def test_time_spent_before_the_window_counts(screen: dict[str, str]) -> None:
    program = f"{startup._WATCH}\ntime.sleep(0.4)\n{WINDOW}"
    assert startup.first_paint_ms(program, [], screen) > 400


def test_the_desktop_paints_first_and_opens_its_client_then(screen: dict[str, str]) -> None:
    first, opened = startup.desktop_ms(screen)
    assert 20 < first < opened < 30_000


def test_a_program_without_a_window_is_an_error_with_its_last_words(screen: dict[str, str]) -> None:
    program = f"{startup._WATCH}\nsys.exit('the disk is full')"
    with pytest.raises(AgentDesktopError, match="the disk is full"):
        startup.first_paint_ms(program, [], screen)


def test_a_program_that_hangs_is_ended(screen: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup, "PATIENCE_S", 1.0)
    with pytest.raises(AgentDesktopError, match="No window came up"):
        startup.first_paint_ms("import time; time.sleep(60)", [], screen)
