"""The panels of writing: what a macro would do, step by step, and to whom a message is sent on.

Both are the confirmation: nothing happens before their button is pressed.  The texts of a macro can be
changed and copied before it runs.  Esc closes and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QScrollArea, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import clear, column, row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.forms import LineEdit
from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.macros import MacroStepView, MacroView
from agent_desktop.viewmodels.parting import ForwardView

LINES = 2
MOST_HEIGHT = 520
LEAST_HEIGHT = 90


class TextBox(QPlainTextEdit):
    """A few lines to type in; Tab leaves them."""

    def __init__(self, name: str, lines: int = LINES) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFont(look().font())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + look().px(26))
        let_pass(self)


class StepRow(QWidget):
    """One step: its number, what it changes, and its text where it writes one."""

    def __init__(self, view: MacroStepView, changed: Callable[[int, str], None]) -> None:
        super().__init__()
        number = Label(f"{view.number}.", "strong")
        number.setFixedWidth(look().px(22))
        words = column(gap=4)
        number.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.addWidget(Label(view.words, "warning" if view.sends else "body", wrap=True))
        self.text: TextBox | None = None
        if view.text is not None:
            self.text = TextBox(_("Text of step {n}", n=view.number))
            self.text.setPlainText(view.text)
            self.text.textChanged.connect(lambda: changed(view.number, self._typed()))
            words.addWidget(self.text)
        if view.missing:
            missing = ", ".join(f"{{{name}}}" for name in view.missing)
            said = _("No value for {names}: fill it in.", names=missing)
            words.addWidget(Label(said, "warning", wrap=True))
        line = row(gap=6)
        line.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        self.setLayout(line)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _typed(self) -> str:
        return self.text.toPlainText() if self.text is not None else ""


class StepArea(QScrollArea):
    """As high as its steps; less where the window is low, and then it scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted = 0

    def want(self, height: int) -> None:
        """Ask for a height."""
        self._wanted = height
        self.setMaximumHeight(height)
        self.setMinimumHeight(min(height, look().px(LEAST_HEIGHT)))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._wanted)


class MacroPanel(Floating):
    """The preview of a macro."""

    WIDTH = 480

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("macro")
        self.setAccessibleName(_("Macro"))
        self._key = ""
        self.sentence = Label("", "muted", wrap=True)
        self.rows: list[StepRow] = []
        self._steps = column(gap=12)
        inside = QWidget()
        inside.setLayout(self._steps)
        self.area = StepArea()
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        self.run = Button(act, height=34)
        self.cancel = Button(act, height=34)
        foot = row(gap=8)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.run)
        self.lines.addWidget(self.sentence)
        self.lines.addWidget(self.area)
        self.lines.addLayout(foot)

    def show_view(self, view: MacroView | None) -> None:
        """Show the steps; None closes it.  What is being typed is left alone."""
        if view is None:
            self._key = ""
            self.vanish()
            return
        self.title.setText(view.title)
        self.setAccessibleName(_("Macro {name}", name=view.title))
        self.sentence.setText(view.sentence)
        self.run.show_view(view.run)
        self.cancel.show_view(replace(view.close, label=_("Cancel"), icon=""))
        self.show_close(view.close)
        if view.key != self._key:
            self._key = view.key
            clear(self._steps)
            self.rows = [StepRow(step, self._changed) for step in view.steps]
            for made in self.rows:
                self._steps.addWidget(made)
            self._steps.addStretch(1)
            width = look().px(self.WIDTH - 60)
            wanted = self._steps.totalHeightForWidth(width)
            wanted = wanted if wanted > 0 else self._steps.sizeHint().height()
            self.area.want(min(wanted + look().px(16), look().px(MOST_HEIGHT)))
        self.appear(self.run)

    def _changed(self, step: int, text: str) -> None:
        self._act("macro.text", step=str(step), text=text)


class ForwardPanel(Floating):
    """To whom a message is sent on, with a few words."""

    WIDTH = 440

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("forward")
        self.setAccessibleName(_("Forward"))
        self._key = ""
        self.sentence = Label("", "muted", wrap=True)
        self.address = LineEdit(_("To"), _("An address"))
        self.address.textEdited.connect(lambda text: act("forward.field", address=text))
        self.text = TextBox(_("A few words, or nothing"))
        self.text.setPlaceholderText(_("A few words, or nothing"))
        self.text.textChanged.connect(self._typed)
        self.missing = Label("", "meta", wrap=True)
        self.send = Button(act, height=34)
        self.cancel = Button(act, height=34)
        foot = row(gap=8)
        foot.addWidget(self.missing, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.send)
        self.lines.addWidget(self.sentence)
        self.lines.addWidget(self.address)
        self.lines.addWidget(self.text)
        self.lines.addLayout(foot)

    def _typed(self) -> None:
        if self._key:
            self._act("forward.field", text=self.text.toPlainText())

    def show_view(self, view: ForwardView | None) -> None:
        """Show it; None closes it."""
        if view is None:
            self._key = ""
            self.vanish()
            return
        if view.key != self._key:
            self._key = ""
            self.address.setText(view.address)
            self.text.setPlainText(view.text)
            self._key = view.key
        self.title.setText(view.title)
        self.sentence.setText(view.sentence)
        self.missing.setText(view.send.reason)
        self.send.show_view(view.send)
        self.cancel.show_view(replace(view.close, label=_("Cancel"), icon=""))
        self.show_close(replace(view.close, label=_("Close")))
        self.appear(self.address)


class MacroKeys:
    """The shortcuts of the centre's macros: Ctrl+M, then the macro's own key."""

    def __init__(self, act: Act, window: QWidget) -> None:
        self._act, self._window = act, window
        self.keys: dict[str, QShortcut] = {}

    def show_macros(self, macros: tuple[tuple[str, str], ...]) -> None:
        """Take the keys of these macros: (keys, macro)."""
        if list(self.keys) == [keys for keys, _macro in macros]:
            return
        for old in self.keys.values():
            old.setEnabled(False)
            old.deleteLater()
        self.keys = {}
        for keys, macro in macros:
            made = QShortcut(QKeySequence(keys), self._window)
            made.setContext(Qt.ShortcutContext.ApplicationShortcut)
            made.activated.connect(lambda m=macro: self._act("macro.open", macro=m))
            self.keys[keys] = made
