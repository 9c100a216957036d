"""The keys of the window: each from the table of keys in force, taken again when the table changes.

One key, one meaning; the two actions of a toggle share theirs, and what a panel listens to itself is left
to the panel (`PanelKey`).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from agent_desktop.client import actions, shortcuts
from agent_desktop.qt import passing

# Their panel listens itself: the same keys mean Send in the composer and Finish in the wrap-up.
IN_PANEL = frozenset({"composer.send", "wrapup.finish"})


class PanelKey(QShortcut):
    """The key of an action inside one panel."""

    known: ClassVar[weakref.WeakSet[PanelKey]] = weakref.WeakSet()

    def __init__(self, action: str, panel: QWidget, pressed: Callable[[], object]) -> None:
        super().__init__(QKeySequence(actions.action(action).keys), panel)
        self.action = action
        self.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.activated.connect(pressed)
        self.known.add(self)

    def take(self) -> None:
        """Listen to the key of now."""
        self.setKey(QKeySequence(actions.action(self.action).keys))


class ActionKeys:
    """The keys of all other actions; `act` is told which actions a key means, `own` are the window's."""

    def __init__(
        self,
        window: QWidget,
        act: Callable[[tuple[str, ...]], None],
        own: Mapping[str, Callable[[], object]],
    ) -> None:
        self._window, self._act = window, act
        self._own = [self._of_window(keys, pressed) for keys, pressed in own.items()]
        self._shortcuts: list[QShortcut] = []
        self._taken: dict[str, str] | None = None

    def take(self) -> None:
        """Listen to the keys of the table in force; nothing is done where it is the same."""
        if self._taken == shortcuts.current().changed:
            return
        self._taken = dict(shortcuts.current().changed)
        for old in self._shortcuts:
            old.setEnabled(False)
            old.deleteLater()
        by_key: dict[str, tuple[str, ...]] = {}
        for action in actions.ACTIONS:
            if action.keys and action.id not in IN_PANEL:
                by_key[action.keys] = (*by_key.get(action.keys, ()), action.id)
        self._shortcuts = [self._listen(keys, ids) for keys, ids in by_key.items()]
        passing.take(action.keys for action in actions.ACTIONS if action.keys)
        for panel in tuple(PanelKey.known):
            if isValid(panel):
                panel.take()

    def end(self) -> None:
        """Listen to nothing any more."""
        for old in (*self._shortcuts, *self._own):
            old.setEnabled(False)
            old.deleteLater()
        self._shortcuts, self._own = [], []

    def _of_window(self, keys: str, pressed: Callable[[], object]) -> QShortcut:
        made = QShortcut(QKeySequence(keys), self._window)
        made.activated.connect(pressed)
        return made

    def _listen(self, keys: str, ids: tuple[str, ...]) -> QShortcut:
        made = QShortcut(QKeySequence(keys), self._window)
        made.setContext(Qt.ShortcutContext.ApplicationShortcut)
        made.activated.connect(lambda: self._act(ids))
        return made
