"""The wrap-up form: how it ended, the fields of that ending, a note.  It can be filled during the call.

Codes are found by typing, by the arrow keys and Enter, or chosen by their digit once the work has ended.
Digits count only while the form has the focus (WCAG 2.1.4), and never in one of its text fields: those keep
the key.  The timer can be lengthened (WCAG 2.2.1).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Panel, Tag, Tick, clear, column, row
from agent_desktop.qt.forms import Form, LineEdit, Page, Section, focus_teller
from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.pressed import PanelKey
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.side import Code, WrapUpView

_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_DIGITS = "0123456789"
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class CodeFinder(LineEdit):
    """Type to find a code; Enter chooses the first that is found, Down goes to the list."""

    def __init__(self, page: WrapUpPage) -> None:
        super().__init__(_("Find a code"), _("Type to find a code"))
        self.setAccessibleDescription(_("Enter chooses the first code, the arrow keys go through the list"))
        self._page = page

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        if plain and event.key() in _ENTER:
            self._page.choose_first()
        elif plain and event.key() == Qt.Key.Key_Down:
            self._page.step(None, 1)
        else:
            super().keyPressEvent(event)


class CodeButton(Button):
    """A code of the list: the arrow keys go on, Enter chooses, letters go on searching."""

    def __init__(self, page: WrapUpPage, act: Act) -> None:
        super().__init__(act, kind=Kind.CODE)
        self._page = page

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if held != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        elif event.key() in _STEPS:
            self._page.step(self, _STEPS[Qt.Key(event.key())])
        elif event.key() in _ENTER:
            self.click()
        elif event.text().isalpha():
            self._page.search(event.text())
        else:
            super().keyPressEvent(event)


class WrapUpPage(QFrame):
    """The fourth tab of the side; its Finish stays in sight while the form scrolls."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setAccessibleName(_("Wrap-up"))
        self._act = act
        self._view: WrapUpView | None = None
        self._for = ""
        self._wanted = False  # the keyboard is to come here
        self.title = Label("", "strong", wrap=True)
        self.says = Label("", "muted", wrap=True)
        self.chosen = Label("", "strong", wrap=True)
        self.timer = Tag()
        self.extend = Button(act, room=Room.WORDS, height=30)
        self.finder = CodeFinder(self)
        self.finder.textEdited.connect(lambda text: act("wrapup.find", text=text))
        self.codes: dict[str, CodeButton] = {}
        self.effects = Label("", "strong", wrap=True)
        self._code_lines = column(gap=6)
        self.form = Form(
            lambda field, value: _ignore(act("wrapup.field", field=field, value=value)), focus_teller(act)
        )
        self.note = QPlainTextEdit()
        self.note.setAccessibleName(_("Wrap-up note"))
        self.note.setTabChangesFocus(True)
        let_pass(self.note)
        self.note.setFont(look().font())
        self.note.setFixedHeight(look().px(76))
        self.note.textChanged.connect(self._note_written)
        self.survey = Tick(_("Ask for a survey"))
        self.survey.clicked.connect(lambda _on=False: act("wrapup.survey"))
        self.errors = Label("", "error", wrap=True)
        self.confirm = Label("", "strong", wrap=True)
        self.finish = Button(act)
        self._layout()
        PanelKey("wrapup.finish", self, self.finish.click)

    @property
    def interaction(self) -> str:
        """Whose form is shown."""
        return self._for

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit that nothing in the form wanted: its code, once the work has ended."""
        digit = event.text()
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = held == Qt.KeyboardModifier.NoModifier and not event.isAutoRepeat()
        if plain and len(digit) == 1 and digit in _DIGITS and self._view is not None and self._view.digits:
            self._act("wrapup.code", key=digit)
        else:
            super().keyPressEvent(event)

    def _layout(self) -> None:
        page = Page(_("Wrap-up form"))
        head = Section()
        top = row(gap=10)
        top.addWidget(self.title, 1)
        top.addWidget(self.timer)
        head.lines.addLayout(top)
        head.lines.addWidget(self.says)
        head.lines.addWidget(self.chosen)
        more = row(gap=0)
        more.addWidget(self.extend)
        more.addStretch(1)
        head.lines.addLayout(more)
        ending = Section(_("How did it end"))
        ending.lines.addWidget(self.finder)
        ending.lines.addLayout(self._code_lines)
        ending.lines.addWidget(self.effects)
        self._details = Section(_("Details"))
        self._details.lines.addWidget(self.form)
        noting = Section(_("Note"))
        noting.heading.setBuddy(self.note)
        noting.lines.addWidget(self.note)
        for section in (head, ending, self._details, noting):
            page.add(section)
        foot = Panel("surface", "t")
        lines = column(margins=(16, 10, 16, 12), gap=8)
        lines.addWidget(self.errors)
        lines.addWidget(self.confirm)
        last = row(gap=8)
        last.addWidget(self.survey, 0, Qt.AlignmentFlag.AlignVCenter)
        last.addStretch(1)
        last.addWidget(self.finish)
        lines.addLayout(last)
        foot.setLayout(lines)
        whole = column(gap=0)
        whole.addWidget(page, 1)
        whole.addWidget(foot)
        self.setLayout(whole)

    def show_wrapup(self, view: WrapUpView) -> None:
        """Show the form; what is being typed is left alone."""
        before, self._view = self._view, view
        another = view.interaction != self._for
        self._for = view.interaction
        self.title.setText(view.title)
        self.timer.show_badge(Badge(view.timer, view.timer_tone, view.timer_spoken) if view.timer else None)
        self.extend.show_view(view.extend)
        self.extend.setVisible(view.extend.enabled or view.limited)
        _tell(self.says, view.says)
        _tell(self.chosen, view.chosen)
        _tell(self.effects, "\n".join(view.effects))
        _tell(self.confirm, view.confirm)
        if another or not self.finder.hasFocus():
            self.finder.setText(view.query)
        if another or before is None or before.codes != view.codes:
            self._show_codes(view.codes)
        self.form.show_fields(view.fields)
        self._details.setVisible(bool(view.fields))
        chosen = next((code.label for code in view.codes if code.selected), "")
        self._details.heading.setText(chosen or _("Details"))
        if another or not self.note.hasFocus():
            self._show_note(view.note)
        self.survey.setVisible(view.survey_offered)
        self.survey.setChecked(view.survey)
        at_fields = {field.error for field in view.fields}
        errors = [error for error in view.errors if error not in at_fields]
        self.errors.setText("\n".join(errors))
        self.errors.setVisible(bool(errors))
        self.finish.show_view(view.finish)

    def _show_codes(self, codes: tuple[Code, ...]) -> None:
        if [code.code for code in codes] != list(self.codes):
            clear(self._code_lines)
            self.codes = {code.code: CodeButton(self, self._act) for code in codes}
            for button in self.codes.values():
                self._code_lines.addWidget(button)
        for code in codes:
            button = self.codes[code.code]
            button.indent = code.level
            args = (("code", code.code),)
            reason = "" if code.selectable else _("Choose one of the codes under it.")
            button.show_view(
                ButtonView(
                    "wrapup.code",
                    code.label,
                    shortcut=code.key,
                    args=args,
                    reason=reason,
                    checked=code.selected,
                )
            )

    def enter(self) -> None:
        """Take the keyboard, at once or when the page is shown: to the code that is chosen, or the first."""
        self._wanted = not self.isVisible()
        if not self._wanted:
            chosen = (button for button in self._choices() if button.isChecked())
            target = next(chosen, next(iter(self._choices()), self.finder))
            target.setFocus(Qt.FocusReason.TabFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._wanted:
            self.enter()

    def choose_first(self) -> None:
        """Choose the first code that is found."""
        first = next((button for button in self._choices() if self.finder.text().strip()), None)
        if first is not None:
            first.click()

    def step(self, from_: CodeButton | None, by: int) -> None:
        """Go to the next code or the one before; before the first is the search."""
        choices = self._choices()
        at = choices.index(from_) + by if from_ in choices else 0
        if at < 0:
            self.finder.setFocus(Qt.FocusReason.BacktabFocusReason)
        elif at < len(choices):
            choices[at].setFocus(Qt.FocusReason.TabFocusReason)

    def search(self, letter: str) -> None:
        """Go on searching with a letter that was typed in the list."""
        self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.finder.setText(letter)
        self._act("wrapup.find", text=letter)

    def _choices(self) -> list[CodeButton]:
        return [button for button in self.codes.values() if button.isEnabled()]

    def _show_note(self, text: str) -> None:
        if text != self.note.toPlainText():
            self.note.blockSignals(True)  # noqa: FBT003 - Qt's signature
            self.note.setPlainText(text)
            self.note.blockSignals(False)  # noqa: FBT003 - the same

    def _note_written(self) -> None:
        self._act("wrapup.note", text=self.note.toPlainText())


def _tell(label: Label, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _ignore(_reason: str) -> None:
    """The reason of a refusal is shown as a notice by the view-model."""
