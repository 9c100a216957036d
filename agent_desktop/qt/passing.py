"""What a field that has the keyboard lets pass: the keys of the table of actions.

A text field of Qt claims its editing keys before any shortcut is asked (`ShortcutOverride`), and some of
them are ours: Ctrl+Shift+End selects to the end, Ctrl+K cuts the line.  While a call is up, hanging up must
work wherever the cursor is.  Text can still be edited by the keys that no action has.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from agent_desktop.client.actions import ACTIONS


class _Passing(QObject):
    """One filter for every field."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer for the field that it does not want the key."""
        if event.type() is not QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if QKeySequence(event.keyCombination()) not in _ours():
            return False
        event.ignore()
        return True


@cache
def _ours() -> tuple[QKeySequence, ...]:
    return tuple({row.shortcut: QKeySequence(row.shortcut) for row in ACTIONS if row.shortcut}.values())


def let_pass(field: QWidget) -> None:
    """Let a field give the keys of the table away."""
    field.installEventFilter(_Passing(field))
