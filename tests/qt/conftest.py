"""What the window's tests share: the look, and a window over a scripted desktop."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent))

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window


@pytest.fixture
def look(qapp: QApplication) -> Iterator[QApplication]:
    """The light look at 100 %, left to right; put back afterwards."""
    theme.apply(qapp, "light", 1.0, reduced_motion=True)
    yield qapp
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # windows that are gone are not dressed
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.apply(qapp, "light", 1.0, reduced_motion=True)


@pytest.fixture
def desk() -> Scripted:
    return Scripted()


@pytest.fixture
def window(look: QApplication, desk: Scripted, qtbot: object) -> Window:
    made = Window(desk)
    qtbot.addWidget(made)  # type: ignore[attr-defined]  # pytest-qt's fixture has no type here
    made.resize(1440, 900)
    made.show()
    return made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says this of every window with a smallest size; it means nothing here."""
    for item in items:
        if Path(item.path).parent == Path(__file__).resolve().parent:
            item.add_marker(
                pytest.mark.qt_log_ignore(r"does not support (propagateSizeHints|raise|grabbing)")
            )
