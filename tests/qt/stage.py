"""The scenes as a program of its own on a real screen: it shows the one that it is told to.

    python stage.py      one JSON object a line in, one out

- {"show": "agent"}: close what is open and show a scene; gives the classes of what can be seen
- {"plant": "inbox"}: put a button without a name into a panel
- {"acts": true}: what was asked of the client since the last question
- {"where": "Supervisor"}: the middle of a control on the screen, by the beginning of its name
- {"tip": true}: the tip that shows and its place; null without one
- {"speak": "de"}: the language of the windows that are made from now on
- {"focus": "inbox-rows"}: give the keyboard to the widget of that name; "": to the first of the window
- {"reached": true}: where the keyboard went since the last question: name, whether it can be seen
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from PySide6.QtCore import QEventLoop, QModelIndex, QPoint, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QPushButton, QTabBar, QWidget
from scenes import SCENES
from scripted import Scripted

from agent_desktop.qt import app, focus, theme, tips
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.window import Window

SETTLE_MS = 60
_KEPT = frozenset({"listeners", "acts", "written", "signed", "drafts", "pumped"})  # of the desk itself


class Stage:
    def __init__(self, application: QApplication) -> None:
        self.application = application
        self.window: Window | None = None
        self.desk = Scripted()
        self.touched = False  # something was pressed or planted: the next scene gets a new window
        self.reached: list[dict[str, object]] = []
        application.focusChanged.connect(self._reached)
        self.notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self.notifier.activated.connect(self._asked)

    def settle(self) -> None:
        """Let layouts, first measures and single shots happen."""
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MS, loop.quit)
        loop.exec()

    def show(self, name: str) -> dict[str, object]:
        scene, made = SCENES[name], SCENES[name].make()
        if self.window is None or self.touched or made.signed_in != self.desk.signed_in:
            self.clear()
            self.desk = made
            self.window = Window(self.desk)
            self.window.resize(1440, 900)
            self.window.move(0, 0)
            self.window.show()
            self.window.activateWindow()
        else:  # as the client changes what a window shows
            self.desk.change(**{field: value for field, value in vars(made).items() if field not in _KEPT})
        self.touched = scene.after is not None
        self.settle()
        if scene.after is not None:
            scene.after(self.window)
            self.settle()
        self.desk.acts.clear()
        return {"classes": sorted({kind for w in self._seen() for kind in _ours(w)})}

    def clear(self) -> None:
        """Close every window."""
        while (popup := self.application.activePopupWidget()) is not None:
            popup.close()
        if self.window is not None:
            self.window.close()
            self.window.deleteLater()
            self.window = None
            self.settle()

    def _seen(self) -> list[QWidget]:
        return [widget for widget in self.application.allWidgets() if widget.isVisible()]

    def _reached(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is None or self.window is None:
            return
        QTimer.singleShot(0, lambda: self._note(new))

    def _note(self, widget: QWidget) -> None:
        if self.window is None or not widget.isVisible():
            return
        ring = self.window.focus_ring
        own = isinstance(widget, QAbstractItemView) and focus.by_key(widget)
        marked = own or ring.isVisible() or widget.window() is not self.window
        row = widget.currentIndex() if isinstance(widget, QAbstractItemView) else QModelIndex()
        chosen = widget.tabText(widget.currentIndex()) if isinstance(widget, QTabBar) else ""
        chosen = widget.currentText() if isinstance(widget, QComboBox) else chosen
        self.reached.append({
            "which": id(widget), "name": widget.accessibleName(), "seen": _can_be_seen(widget),
            "row": chosen or row.data(Qt.ItemDataRole.AccessibleTextRole) or "", "marked": marked,
        })  # fmt: skip

    def _asked(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.application.quit()
            return
        try:
            reply = self._answer(json.loads(line))
        except Exception:  # noqa: BLE001 - the test that asked says what went wrong
            reply = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()

    def _answer(self, question: dict[str, Any]) -> object:
        match question:
            case {"show": name}:
                return self.show(name)
            case {"plant": panel}:
                place = next(w for w in self._seen() if w.objectName() == panel)
                planted = QPushButton(place)
                planted.setGeometry(10, 10, 40, 30)
                planted.show()
                self.touched = True
                return True
            case {"where": name}:
                found = next(w for w in self._seen() if w.accessibleName().startswith(name))
                return found.mapToGlobal(found.rect().center()).toTuple()
            case {"tip": _}:
                tip = tips.tips().shown
                return tip and {"text": tip.words.text(), "place": tip.geometry().getRect()}
            case {"speak": language}:
                app.speak(language)
                self.touched = True
                return True
            case {"acts": _}:
                acts, self.desk.acts = self.desk.acts, []
                self.touched = True
                return acts
            case {"focus": name}:
                self.touched = True
                assert self.window is not None
                if name:
                    found = next(w for w in self._seen() if w.objectName() == name)
                    found.setFocus(Qt.FocusReason.TabFocusReason)
                elif (here := self.application.focusWidget()) is not None:
                    here.clearFocus()
                return True
            case _:
                reached, self.reached = self.reached, []
                return reached


def _ours(widget: QWidget) -> list[str]:
    return [
        f"{kind.__module__}.{kind.__name__}"
        for kind in type(widget).__mro__
        if kind.__module__.startswith("agent_desktop.")
    ]


def _can_be_seen(widget: QWidget) -> bool:
    """Whether any of nine points of it is not covered by something else."""
    window, rect = widget.window(), widget.rect()
    for x in (2, rect.width() // 2, rect.width() - 3):
        for y in (2, rect.height() // 2, rect.height() - 3):
            top = window.childAt(widget.mapTo(window, QPoint(x, y)))
            if isinstance(top, Floating) and not top.isAncestorOf(widget):
                top = widget  # the shadow of a panel hides nothing
            if top is not None and (top is widget or widget.isAncestorOf(top)):
                return True
    return False


def main() -> int:
    application = QApplication(["agent-desktop"])
    application.setApplicationName("agent-desktop")
    application.setQuitOnLastWindowClosed(False)
    theme.apply(application, "light", reduced_motion=True)
    stage = Stage(application)
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    result = int(application.exec())
    stage.clear()
    return result


if __name__ == "__main__":
    raise SystemExit(main())
