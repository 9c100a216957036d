"""What a field that has the keyboard lets pass: the keys that the window takes for its actions.

A text field of Qt claims its editing keys before any shortcut is asked (`ShortcutOverride`), and some of
them are ours: Ctrl+Shift+End selects to the end, Ctrl+K cuts the line.  While a call is up, hanging up must
work wherever the cursor is.  Text can still be edited by the keys that no action has.

The window says which keys it takes (`take`) when it takes them: at the sign-in there are none, and the
table of actions is not needed for the first frame.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget


class _Taken:
    """The keys of this program."""

    keys: tuple[QKeySequence, ...] = ()


class _Passing(QObject):
    """One filter for every field."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer for the field that it does not want the key."""
        if event.type() is not QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if QKeySequence(event.keyCombination()) not in _Taken.keys:
            return False
        event.ignore()
        return True


def take(keys: Iterable[str]) -> None:
    """The window answers these keys from now on, wherever the cursor is."""
    _Taken.keys = tuple(QKeySequence(key) for key in sorted(set(keys)))


def let_pass(field: QWidget) -> None:
    """Let a field give the keys of the table away."""
    field.installEventFilter(_Passing(field))
