"""A window that shows one scene after the other, for the tests that go through all of them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
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


def entered(application: QApplication, scale: float = 1.0) -> Iterator[Hall]:
    """A hall with text of that size; the next module has the usual size and direction again."""
    theme.apply(application, "light", scale, reduced_motion=True)
    made = Hall(application)
    yield made
    made.leave()
    application.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    theme.apply(application, "light", 1.0, reduced_motion=True)
