"""Every scene at twice the size of text on the smallest screen, and mirrored: nothing is cut, nothing lost.

1366 by 768 is the smallest screen of contact centres (WCAG 2.2, 1.4.4, 1.4.10).  Where the panels take
turns, each has its turn.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fitting import clipped, outside
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget
from scenes import SCENES
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window

SIZE = (1366, 768)
_KEPT = frozenset({"listeners", "acts", "written", "signed", "drafts", "pumped"})


class Hall:
    """A window that shows one scene after the other."""

    def __init__(self, application: QApplication) -> None:
        self.application = application
        self.window: Window | None = None
        self.desk = Scripted()
        self.touched = False

    def show(self, name: str) -> Window:
        scene, made = SCENES[name], SCENES[name].make()
        if self.window is None or self.touched or made.signed_in != self.desk.signed_in:
            self.leave()
            self.desk = made
            self.window = Window(self.desk)
            self.window.resize(*SIZE)
            self.window.show()
        else:
            self.desk.change(**{field: value for field, value in vars(made).items() if field not in _KEPT})
        self.settle()
        self.touched = scene.after is not None
        if scene.after is not None:
            scene.after(self.window)
            self.settle()
        return self.window

    def settle(self) -> None:
        for _round in range(4):
            self.application.processEvents()

    def leave(self) -> None:
        while (popup := self.application.activePopupWidget()) is not None:
            popup.close()
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.application.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            self.window = None


@pytest.fixture(scope="module")
def hall(qapp: QApplication) -> Iterator[Hall]:
    theme.apply(qapp, "light", 2.0, reduced_motion=True)
    made = Hall(qapp)
    yield made
    made.leave()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.apply(qapp, "light", 1.0, reduced_motion=True)


def faces(hall: Hall, window: Window) -> Iterator[str]:
    """Each turn of the panels."""
    if not hall.desk.signed_in:
        yield "sign-in"
        return
    work = window.main.work
    for face, reading, drawer in (("list", False, False), ("reading", True, False), ("side", True, True)):
        work.reading, work.drawer_open = reading, drawer
        work.arrange()
        hall.settle()
        yield face


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_cut_at_twice_the_size_in_either_direction(hall: Hall, scene: str) -> None:
    window = hall.show(scene)
    bad = []
    for way in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        hall.application.setLayoutDirection(way)
        hall.settle()
        for face in faces(hall, window):
            tops: list[QWidget] = [w for w in hall.application.topLevelWidgets() if w.isVisible()]
            bad += [f"{way.name} {face}: {one}" for top in tops for one in (*clipped(top), *outside(top))]
    hall.application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert sorted(set(bad)) == []
