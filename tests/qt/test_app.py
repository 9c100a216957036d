from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop.errors import AgentDesktopError
from agent_desktop.qt import app


def test_many_calls_from_another_thread_are_one_pump(look: QApplication, qtbot: QtBot) -> None:
    desk, heart = Scripted(), app.Heart()
    heart.start(desk)
    assert desk.pumped == 1

    def flood() -> None:
        for _call in range(500):
            heart.wake()

    thread = threading.Thread(target=flood)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: desk.pumped == 2, timeout=20_000)
    heart.stop()
    heart.wake()
    look.processEvents()
    assert desk.pumped == 2


def test_it_beats_faster_while_something_rings(look: QApplication) -> None:
    heart = app.Heart()
    heart.ringing(True)
    assert heart._second.interval() == app.RINGING_MS
    heart.ringing(False)
    assert heart._second.interval() == app.SECOND_MS


def test_without_a_screen_the_text_mode_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(AgentDesktopError, match="agent-desktop text"):
        app.require_screen("linux")
    app.require_screen("win32")
    monkeypatch.setenv("DISPLAY", ":1")
    app.require_screen("linux")


def test_the_language_is_the_screens_and_the_figures_stay_the_systems() -> None:
    before = QLocale()
    try:
        app.speak("pt_BR")
        assert QLocale().name() == "pt_BR"
        app.speak("de")
        assert QLocale().language() == QLocale.Language.German
        assert QLocale() == QLocale(QLocale.Language.German, QLocale.system().territory())
    finally:
        QLocale.setDefault(before)
