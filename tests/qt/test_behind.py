"""The first frame, and what is opened behind it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from scripted import Scripted

from agent_desktop import settings
from agent_desktop.errors import UsageError
from agent_desktop.qt.behind import Behind, FirstFrame
from agent_desktop.qt.text import on_screen
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.doorway import Doorway
from agent_desktop.viewmodels.signing import Entry

LATE = (
    "httpx",
    "keyring",
    "websockets",
    "asyncio",
    "msgspec",
    "sqlite3",
    "agent_desktop.client",
    "agent_desktop.wire",
)


def test_the_first_frame_imports_nothing_that_it_does_not_need() -> None:
    program = f"import sys, agent_desktop.qt.app; print([m for m in {LATE!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_client_is_called_for_once_when_the_sign_in_has_been_painted(
    look: QApplication, qtbot: object
) -> None:
    widget, calls = QWidget(), []
    qtbot.addWidget(widget)  # type: ignore[attr-defined]  # pytest-qt's fixture has no type here
    frame = FirstFrame(widget, lambda: calls.append(1))
    assert calls == []
    widget.show()
    frame.wait()
    qtbot.waitUntil(lambda: calls == [1])  # type: ignore[attr-defined]  # the same
    widget.repaint()
    frame._call()
    assert calls == [1]


def test_what_was_typed_before_the_client_was_there_stays(look: QApplication, qtbot: object) -> None:
    window = Window(Doorway(Entry(server="http://127.0.0.1:9", user="")))
    qtbot.addWidget(window)  # type: ignore[attr-defined]  # the same
    window.show()
    window.signin.user.setText("lena")
    window.signin.password.setText("secret")
    window.enter(Scripted(signed_in=False))
    assert (window.signin.user.text(), window.signin.password.text()) == ("lena", "secret")


def test_the_window_shows_the_work_of_a_client_that_is_signed_in(look: QApplication, qtbot: object) -> None:
    window = Window(Doorway(Entry()))
    qtbot.addWidget(window)  # type: ignore[attr-defined]  # the same
    window.show()
    assert window.signin.isVisible()
    window.enter(Scripted())
    assert window.main.isVisible()


def test_a_window_without_a_client_can_be_sized_refuse_and_be_closed(
    look: QApplication, qtbot: object
) -> None:
    window = Window(Doorway(Entry()))
    qtbot.addWidget(window)  # type: ignore[attr-defined]  # the same
    window.show()
    window.resize(700, 600)
    window.refuse("Not yet.")
    window.close()
    assert window._inside is None


def test_what_keeps_the_client_from_being_opened_ends_the_program_with_its_sentence(
    look: QApplication, qtbot: object, tmp_path: Path
) -> None:
    words = argparse.Namespace(data=str(tmp_path), user="lena", server="http://127.0.0.1:9",
                               password_file=str(tmp_path / "none"))  # fmt: skip
    entered, left = [], []
    behind = Behind(
        words, settings.load(words), wake=lambda: None, enter=entered.append, leave=lambda: left.append(1)
    )
    behind.open()
    qtbot.waitUntil(lambda: left == [1], timeout=20_000)  # type: ignore[attr-defined]  # the same
    with pytest.raises(UsageError, match="cannot be read"):
        behind.close()
    assert entered == []


def test_the_client_is_opened_behind_and_closed_again(
    look: QApplication, qtbot: object, tmp_path: Path
) -> None:
    words = argparse.Namespace(data=str(tmp_path))
    entered: list[object] = []
    behind = Behind(words, settings.load(words), wake=lambda: None, enter=entered.append, leave=lambda: None)
    behind.open()
    qtbot.waitUntil(lambda: entered != [], timeout=20_000)  # type: ignore[attr-defined]  # the same
    behind.close()
    assert (tmp_path / "logs" / "desktop.jsonl").exists()


def test_a_window_closed_before_its_client_is_there_opens_none(
    look: QApplication, qtbot: object, tmp_path: Path
) -> None:
    words = argparse.Namespace(data=str(tmp_path))
    entered: list[object] = []
    behind = Behind(words, settings.load(words), wake=lambda: None, enter=entered.append, leave=lambda: None)
    behind.open()
    behind.give_up()
    behind._thread.join()
    QApplication.processEvents()
    behind.close()
    assert entered == []
    assert not (tmp_path / "drafts.db").exists()


@pytest.mark.parametrize("moment_s", [0.05, 0.3, 0.45, 0.7])
def test_the_program_ends_well_whenever_it_is_asked_to(tmp_path: Path, moment_s: float) -> None:
    program = (
        "import signal, threading, os, sys\n"
        "from agent_desktop import cli\n"
        "from agent_desktop.qt import app\n"
        "obey = app._obey_signals\n"
        "def timed(application):\n"
        "    obey(application)\n"
        f"    threading.Timer({moment_s}, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "app._obey_signals = timed\n"
        "sys.exit(cli.main(sys.argv[1:]))\n"
    )
    words = ["--data", str(tmp_path), "--server", "http://127.0.0.1:9"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_program_wears_the_style_that_its_colours_are_made_for() -> None:
    program = (
        "from agent_desktop import settings\n"
        "from agent_desktop.qt import app\n"
        "application = app._application(settings.load())\n"
        "application.setStyleSheet('')  # which wraps the style\n"
        "print(application.style().name())\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "fusion"


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
@pytest.mark.parametrize("side", ["AlignLeft", "AlignRight", "AlignHCenter", "AlignTop"])
@pytest.mark.parametrize("absolute", [False, True])
def test_sides_change_places_as_qt_itself_changes_them(
    direction: Qt.LayoutDirection, side: str, absolute: bool
) -> None:
    from PySide6.QtWidgets import QStyle

    alignment = Qt.AlignmentFlag[side] | Qt.AlignmentFlag.AlignVCenter
    alignment |= Qt.AlignmentFlag.AlignAbsolute if absolute else Qt.AlignmentFlag(0)
    ours, theirs = on_screen(direction, alignment), QStyle.visualAlignment(direction, alignment)
    horizontal = Qt.AlignmentFlag.AlignHorizontal_Mask & ~Qt.AlignmentFlag.AlignAbsolute
    assert ours & horizontal == theirs & horizontal
