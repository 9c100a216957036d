"""The page of the shortcuts: every action with its key; Enter on one, then the new keys.

While a key is waited for the window's own shortcuts are silent, so that any key can be pressed.  Escape
keeps the old one, Delete takes it away, Backspace brings back the usual one; Tab goes on and keeps it too,
so that nobody is caught here.  What cannot be a key is refused in words by the act itself.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QSizePolicy

from agent_desktop.i18n import _
from agent_desktop.qt import paint
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Panel, column, row
from agent_desktop.qt.forms import Section
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.settings_rows import KeyRow, KeysView

NONE, USUAL = "none", "usual"
_MODIFIERS = frozenset({
    Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock, Qt.Key.Key_unknown,
})  # fmt: skip
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_LEAVE = frozenset({Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab})


def portable(event: QKeyEvent) -> str:
    """The keys of a press as the table writes them: Ctrl+Shift+A."""
    held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier)
    return QKeySequence(event.key() | held.value).toString(QKeySequence.SequenceFormat.PortableText)


class KeyButton(Button):
    """The key of one action; pressed, it waits for another."""

    waits = False  # of the class: on a screen, events come before the button is made

    def __init__(self, act: Act) -> None:
        super().__init__(self._begin, height=28)
        self._run = act
        self._row = KeyRow("", "", "", "")
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def show_row(self, shown: KeyRow) -> None:
        """Show the key as it is now."""
        self._row = shown
        self._show()

    def _show(self) -> None:
        if self.waits:
            self.show_view(ButtonView("keys.wait", _("Press the new keys"), tone=Tone.ACCENT))
            return
        words = paint.keys_text(self._row.keys) if self._row.keys else _("No key")
        self.suffix = self._row.label
        self.show_view(ButtonView("keys.wait", words))
        usual = paint.keys_text(self._row.usual) if self._row.usual else _("no key")
        said = _("Changed; usually {keys}.", keys=usual) if self._row.changed else ""
        self.setAccessibleDescription(f"{said} {_('Enter changes it.')}".strip())

    def _begin(self, _action: str, **_arguments: str) -> str:
        self._wait(on=True)
        return ""

    def _wait(self, *, on: bool) -> None:
        if self.waits != on:
            self.waits = on
            if on:
                self.installEventFilter(self)
                self.grabKeyboard()
            else:
                self.removeEventFilter(self)
                self.releaseKeyboard()
            self._show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim every key before a shortcut of the window has it, while one is waited for."""
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.waits:
            if event.key() in _ENTER:
                self.click()
            else:
                super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        if key in _MODIFIERS or event.isAutoRepeat():
            return
        plain = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        self._wait(on=False)
        if plain and key in _LEAVE:
            if key != Qt.Key.Key_Escape:
                self.focusNextPrevChild(key == Qt.Key.Key_Tab)
            return
        keys = {Qt.Key.Key_Delete: NONE, Qt.Key.Key_Backspace: USUAL}.get(key) if plain else None
        self._run("keys.set", id=self._row.id, keys=keys or portable(event))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._wait(on=False)
        super().focusOutEvent(event)


class KeyLine(QFrame):
    """An action and its key."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.label = Label("", "body", wrap=True)
        self.changed = Label("", "meta")
        self.key = KeyButton(act)
        line = row(gap=10)
        line.addWidget(self.label, 1)
        line.addWidget(self.changed)
        line.addWidget(self.key)
        self.setLayout(line)

    def show_row(self, shown: KeyRow) -> None:
        """Show the action and its key."""
        self.label.setText(shown.label)
        self.setAccessibleName(shown.label)
        self.changed.setText(_("changed") if shown.changed else "")
        self.changed.setVisible(shown.changed)
        self.key.show_row(shown)


class KeysPage(Panel):
    """Every action that has a key or may have one."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "a")
        self._act = act
        self.title = Label("", "title")
        self.says = Label("", "muted", wrap=True)
        self.reset = Button(act, height=32)
        self.lines: dict[str, KeyLine] = {}
        self._groups = column(gap=6)
        head = row(gap=10)
        head.addWidget(self.title, 1)
        head.addWidget(self.reset)
        whole = column(margins=(16, 14, 16, 16), gap=10)
        whole.addLayout(head)
        whole.addWidget(self.says)
        whole.addLayout(self._groups)
        self.setLayout(whole)

    def show_view(self, view: KeysView) -> None:
        """Show the keys as they are now; the rows of the table never change, their keys do."""
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.says.setText(view.says)
        self.reset.show_view(view.reset)
        for group, rows in view.groups:
            if rows and rows[0].id not in self.lines:
                section = Section(group)
                section.lines.setSpacing(4)
                self._groups.addWidget(section)
                for shown in rows:
                    self.lines[shown.id] = KeyLine(self._act)
                    section.lines.addWidget(self.lines[shown.id])
            for shown in rows:
                self.lines[shown.id].show_row(shown)
