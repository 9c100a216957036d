"""The key sheet (F1): every shortcut of the window, read from the one table of actions.

A window of its own that may stay open during a call; the groups are sections, each line an action and
its keys, one sentence to a screen reader.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QDialog, QSizePolicy, QWidget

from agent_desktop.client import actions
from agent_desktop.i18n import _
from agent_desktop.qt import paint, tokens
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.forms import Page, Section
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look

KEYS = "F1"
# What the window and its panels listen to themselves.
OWN = (
    ("F1", "Show this sheet"),
    ("F6", "Next panel"),
    ("Shift+F6", "Previous panel"),
    ("Return", "Open the chosen row"),
    ("Ctrl+Space", "Pick the chosen row, or let it go"),
    ("Shift+Down", "Pick a range of rows"),
    ("Ctrl+A", "Pick everything in the list"),
    ("1", "Show the view with that key, in the list: 1 to 9"),
    ("Menu", "What can be done with the chosen row"),
    ("Ctrl+C", "Copy the chosen message"),
    ("/", "Templates, in an empty editor"),
    ("Escape", "Close what lies above the window; it never hangs up"),
)


class Cap(QWidget):
    """A key badge; its line says the keys in words."""

    def __init__(self, keys: str) -> None:
        super().__init__()
        self._keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(paint.keys_width(self._keys), look().px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        paint.keys(paint.begin(self), QRectF(self.rect()), self._keys)


def groups() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The groups in the table's order, each with its (keys, label) lines."""
    found: dict[str, list[tuple[str, str]]] = {}
    for action in actions.ACTIONS:
        if action.keys:
            found.setdefault(_(action.group), []).append((action.keys, action.title))
    own = tuple((keys, _(words)) for keys, words in OWN)
    return (*((group, tuple(lines)) for group, lines in found.items()), (_("Window"), own))


class KeySheet(QDialog):
    """The sheet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setWindowTitle(_("Keyboard shortcuts"))
        self.setAccessibleName(_("Keyboard shortcuts"))
        page = Page(_("Keyboard shortcuts"))
        page.setAccessibleName(_("Keyboard shortcuts"))  # a stop of the keyboard
        page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the arrow keys scroll it
        for group, lines in groups():
            section = Section(group)
            for keys, label in lines:
                words = ElidedLabel(label)
                words.setAccessibleName(_("{label}: {keys}", label=label, keys=keys))
                line = row(gap=tokens.SPACE[3])
                line.addWidget(words, 1)
                line.addWidget(Cap(keys))
                section.lines.addLayout(line)
            page.add(section)
        head = column(margins=(16, 14, 16, 10))
        head.addWidget(Label(_("Keyboard shortcuts"), "title"))
        whole = column(gap=0)
        whole.addLayout(head)
        whole.addWidget(page, 1)
        self.setLayout(whole)
        self.resize(QSize(look().px(440), look().px(640)).boundedTo(self.screen().availableSize()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_F1}:
            self.close()
        else:
            super().keyPressEvent(event)
