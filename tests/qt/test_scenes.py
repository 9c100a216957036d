"""Every scene at twice the size of text on the smallest screen, and mirrored: nothing is cut, nothing lost.

1366 by 768 is the smallest screen of contact centres (WCAG 2.2, 1.4.4, 1.4.10).  Where the panels take
turns, each has its turn.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fitting import clipped, outside
from hall import Hall, entered
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from scenes import SCENES

from agent_desktop.qt.window import Window


@pytest.fixture(scope="module")
def hall(qapp: QApplication) -> Iterator[Hall]:
    yield from entered(qapp, 2.0)


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
