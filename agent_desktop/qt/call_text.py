"""Writing in a call: what both sides typed, whose turn it is, and the field for the agent's own words.

What is typed goes to the phone at every change (a TTY's word when it is finished); Ctrl+Return ends the turn.
Enter sends too: a line of real-time text, or the turn of a TTY without giving it away.  Tab leaves the field.
"""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QLayout, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import tokens, typed
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Button, Room
from agent_desktop.qt.controls import Flow, Panel, Tag, clear, column, row
from agent_desktop.qt.editor import Editor
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.pressed import PanelKey
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.qt.timeline import Timeline
from agent_desktop.viewmodels.call_text import CallTextView
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Empty
from agent_desktop.viewmodels.surface import Surface

NARROW, SHORT = 720, 360


class CallTextPanel(QFrame):
    """Header, lines, field."""

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self.setObjectName("call-text")
        self.setAccessibleName(_("Text in the call"))
        self._surface = surface
        self._view: CallTextView | None = None
        self._loading = False
        self.title, self.subtitle = ElidedLabel("", "title"), ElidedLabel("", "muted")
        self.buttons: dict[str, Button] = {}
        self._button_row = row(gap=8)
        self.lines = Timeline()
        self.lines.setObjectName("call-text-lines")
        self.lines.setAccessibleName(_("What was typed"))
        self.lines.setMinimumHeight(look().px(48))  # in a low window the field and its buttons come first
        self.empty = EmptyState(surface.act, "tty")
        self.turn = Tag()
        self.says = Label("", "meta", wrap=True)
        self.waiting = Label("", "meta")
        self.editor = Editor(least_lines=2)
        self.editor.setObjectName("call-text-editor")
        self.editor.setFont(typed.one_width())
        self.editor.textChanged.connect(self._written)
        self.macros: dict[str, Button] = {}
        self._macro_row = Flow(8)
        self.send = Button(surface.act)
        self._below, self._acts = Below(), Below(8)
        self._lay_out()
        PanelKey("composer.send", self, self.send.click)

    def _lay_out(self) -> None:
        header = self._header = Panel("surface", "b")
        header.setFixedHeight(look().px(tokens.BAR_HEIGHT + 2))
        words = column(gap=2)
        words.addStretch(1)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        words.addStretch(1)
        top = row(margins=(16, 0, 16, 0), gap=12)
        top.addLayout(words, 1)
        top.addLayout(self._button_row)
        header.setLayout(self._acts.under(top, 1))
        middle = Panel("background")
        inside = column(margins=(0, 12, 0, 0), gap=0)
        inside.addWidget(self.lines, 1)
        inside.addWidget(self.empty, 1)
        middle.setLayout(inside)
        foot = Panel("surface", "t")
        foot.setAccessibleName(_("Write"))
        state = self._state = row(gap=10)
        state.addWidget(self.turn)
        state.addWidget(self.says, 1)
        state.addWidget(self.waiting)
        macros = QWidget()
        macros.setLayout(self._macro_row)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        macros.setSizePolicy(policy)
        acts = row(gap=8)
        acts.addWidget(macros, 1)
        acts.addWidget(self.send)
        whole = column(margins=(16, 10, 16, 12), gap=8)
        whole.addLayout(state)
        whole.addLayout(self._below)
        whole.addWidget(self.editor)
        whole.addLayout(acts)
        foot.setLayout(whole)
        lines = column(gap=0)
        lines.addWidget(header)
        lines.addWidget(middle, 1)
        lines.addWidget(foot)
        self.setLayout(lines)

    def show_view(self, view: CallTextView) -> None:
        """Show the call's text as it is now; the field is loaded for another call and after a turn."""
        before, self._view = self._view, view
        another = before is None or before.key != view.key
        self.title.setText(view.title)
        self.subtitle.setText(view.subtitle)
        self._show_buttons(view)
        self.lines.setVisible(bool(view.lines))
        self.empty.setVisible(not view.lines)
        if not view.lines:
            self.empty.show_empty(Empty(_("Nothing typed yet"), _("A TTY is silent until somebody types.")))
        self.lines.show_items(view.lines, fresh=another)
        self.turn.show_badge(view.turn)
        self.says.setText(view.reason or view.says)
        self.waiting.setText(view.waiting)
        self.editor.setAccessibleName(view.label)
        said = (view.turn.text if view.turn is not None else "", view.says, view.waiting)
        self.editor.setAccessibleDescription(". ".join(part for part in said if part))
        self.editor.setPlaceholderText(view.label)
        self.editor.setReadOnly(bool(view.reason))
        self.send.show_view(view.send)
        if another or (before is not None and before.turn_number != view.turn_number):
            self._load(view.text)

    def _load(self, text: str) -> None:
        """What stands in this call's field, which the phone has as far as it could go."""
        self._loading = True
        self.editor.setPlainText(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self._loading = False

    def _show_buttons(self, view: CallTextView) -> None:
        if [button.action for button in view.buttons] != list(self.buttons):
            self._acts.give_back()
        _renew(self.buttons, view.buttons, self._surface, self._button_row)
        _renew(self.macros, view.macros, self._surface, self._macro_row)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= look().px(NARROW)
        for button in self.buttons.values():
            button.set_room(Room.WORDS if wide else Room.TEXT)
        for button in self.macros.values():
            button.set_room(Room.FULL if wide else Room.TEXT)
        self.send.set_room(Room.FULL if wide else Room.WORDS)
        if self.width() >= look().px(SHORT):
            self._below.give_back()
        elif not self._below.count():
            self._below.take(self._state, self.waiting)
        self._fit_header(short=self.width() < look().px(SHORT) and bool(self.buttons))

    def _fit_header(self, *, short: bool) -> None:
        """In a narrow window the buttons stand below the name."""
        px, high = look().px, look().px(tokens.BAR_HEIGHT + 2)
        if not short:
            self._acts.give_back()
        elif not self._acts.count():
            self._acts.take(self._button_row, *self.buttons.values())
        self._acts.inset(*((16, 0, 16, 9) if short else ()))
        if short:
            high += self._acts.heightForWidth(self.width() - 2 * px(16)) + px(9)
        self._header.setFixedHeight(high)

    def resizeEvent(self, event: object) -> None:  # only its coming matters
        self._fit()

    def _written(self) -> None:
        view = self._view
        if self._loading or view is None or view.reason:
            return
        text = self.editor.toPlainText()
        if text.endswith("\n"):
            self._surface.act("text.typed", call=view.key, text=text[:-1])
            self._surface.act("text.say", call=view.key)
        else:
            self._surface.act("text.typed", call=view.key, text=text)


def _renew(made: dict[str, Button], shown: tuple[ButtonView, ...], surface: Surface, room: QLayout) -> None:
    """The same buttons stay, so that the keyboard stays on them."""
    if [button.action for button in shown] != list(made):
        clear(room)
        made.clear()
        for button in shown:
            made[button.action] = Button(surface.act, room=Room.FULL)
            room.addWidget(made[button.action])
    for button in shown:
        made[button.action].show_view(button)
