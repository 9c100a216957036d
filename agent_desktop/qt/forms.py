"""Forms that come from configuration: text, number, date, choice, tick box, card data; sections of the side.

A field shows its `viewmodels.parts.Field` and tells `changed(id, value)`.  Each has its label as buddy,
a required one says so in words to a screen reader, and a wrong one says what is wrong under itself.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QFocusEvent, QHideEvent, QResizeEvent
from PySide6.QtWidgets import QDateEdit, QFrame, QLineEdit, QScrollArea, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.controls import Choice, Panel, Tick, clear, column, row
from agent_desktop.qt.passing import let_pass
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Field

Changed = Callable[[str, str], None]
Focused = Callable[[str, bool], None]  # a payment field has the cursor, or lost it
_ISO = "yyyy-MM-dd"


class LineEdit(QLineEdit):
    """A line to type in, with its name."""

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        let_pass(self)
        self.setFont(look().font())


class Payment(LineEdit):
    """Card data: what is typed is hidden and forgotten, and the centre masks it while the cursor is here.

    Another window or a menu in front does not end the masking: the customer goes on giving the number.
    """

    AWAY = frozenset({Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason})

    def __init__(self, name: str, focused: Callable[[bool], None]) -> None:
        super().__init__(name, _("masked while the cursor is here"))
        self._focused = focused
        self._here = False
        self.setEchoMode(QLineEdit.EchoMode.Password)

    def lock(self, why: str) -> None:
        """Take no letter until the centre masks; the cursor may be here, because it asks for that."""
        self.setReadOnly(bool(why))
        self.setPlaceholderText(why or _("masked while the cursor is here"))

    def _set(self, *, here: bool) -> None:
        if here != self._here:
            self._here = here
            self._focused(here)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._set(here=True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in self.AWAY:
            self.clear()
            self._set(here=False)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # the window alone was minimised
            self.clear()
            self._set(here=False)


class FieldRow(QWidget):
    """Label at the start, the field at the end, the complaint below."""

    def __init__(self, field: Field, changed: Changed, focused: Focused) -> None:
        super().__init__()
        self.field = field
        self._changed = changed
        self._focused = focused
        self._quiet = False
        self.label = Label("", "muted", wrap=True)
        self.label.setFixedWidth(look().px(112))
        self.error = Label("", "error", wrap=True)
        self.editor = self._make()
        self.label.setBuddy(self.editor)
        line = row(gap=10)
        line.addWidget(self.label)
        line.addWidget(self.editor, 1)
        whole = column(gap=3)
        whole.addLayout(line)
        whole.addWidget(self.error)
        self.setLayout(whole)
        self.show_field(field)

    def _tell(self, value: str) -> None:
        if not self._quiet:
            self._changed(self.field.id, value)

    def _make(self) -> QWidget:
        field = self.field
        match field.kind:
            case "choice" | "one":
                choice = Choice(field.label)
                if field.kind == "choice":
                    choice.addItem(_("choose"), "")
                for value in field.choices:
                    choice.addItem(value, value)
                choice.currentIndexChanged.connect(lambda _index: self._tell(str(choice.currentData() or "")))
                return choice
            case "check":
                tick = Tick(_("Yes"))
                tick.toggled.connect(lambda on: self._tell("yes" if on else ""))
                return tick
            case "date":
                date = QDateEdit()
                date.setDisplayFormat("ddd d MMM yyyy")
                date.setFont(look().font())
                date.lineEdit().setTextMargins(look().px(11), 0, look().px(8), 0)
                date.setSpecialValueText(_("choose"))
                date.setMinimumDate(QDate(2000, 1, 1))
                date.dateChanged.connect(
                    lambda d: self._tell(d.toString(_ISO) if d != date.minimumDate() else "")
                )
                return date
            case "payment":
                return Payment(field.label, lambda here: self._focused(self.field.id, here))
            case _:
                line = LineEdit(field.label)
                if field.kind == "number":
                    line.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
                line.textEdited.connect(self._tell)
                return line

    def show_field(self, field: Field) -> None:
        """Show the field as it is now; what is being typed is left alone."""
        self.field = field
        self.label.setText(f"{field.label} *" if field.required else field.label)
        name = _("{label}, required", label=field.label) if field.required else field.label
        self.editor.setAccessibleName(name)
        if isinstance(self.editor, QDateEdit):
            self.editor.lineEdit().setAccessibleName(_("{label}, as text", label=name))
        self.editor.setAccessibleDescription(field.error)
        self.error.setText(field.error)
        self.error.setVisible(bool(field.error))
        self._quiet = True
        match self.editor:
            case Choice():
                self.editor.setCurrentIndex(max(self.editor.findData(field.value), 0))
            case Tick():
                self.editor.setChecked(field.value == "yes")
            case QDateEdit():
                value = QDate.fromString(field.value, _ISO) if field.value else self.editor.minimumDate()
                self.editor.setDate(value)
            case Payment():
                self.editor.lock(field.locked)  # it keeps nothing
                self.editor.setAccessibleDescription(field.error or field.locked)
            case QLineEdit():
                if not self.editor.hasFocus() and self.editor.text() != field.value:
                    self.editor.setText(field.value)
                self.editor.setProperty("wrong", bool(field.error))
            case _:
                pass
        self._quiet = False


def focus_teller(act: Callable[..., str]) -> Focused:
    """Tells the client which payment field has the cursor."""

    def tell(field: str, here: bool) -> None:  # noqa: FBT001 - the signature of Focused
        act("field.focus", field=field, on="yes" if here else "no")

    return tell


class Form(QWidget):
    """Several fields; those that stay keep their widgets, so that typing is never disturbed."""

    def __init__(self, changed: Changed, focused: Focused) -> None:
        super().__init__()
        self._changed = changed
        self._focused = focused
        self.rows: dict[str, FieldRow] = {}
        self._lines = column(gap=8)
        self.setLayout(self._lines)

    def show_fields(self, fields: tuple[Field, ...]) -> None:
        """Show the fields of a form."""
        key = [(f.id, f.kind, f.choices) for f in fields]
        if key != [(r.field.id, r.field.kind, r.field.choices) for r in self.rows.values()]:
            clear(self._lines)
            self.rows = {field.id: FieldRow(field, self._changed, self._focused) for field in fields}
            for made in self.rows.values():
                self._lines.addWidget(made)
        for field in fields:
            self.rows[field.id].show_field(field)
        self.setVisible(bool(fields))


class Section(Panel):
    """A part of a side page: a heading and what stands under it, with an edge below."""

    def __init__(self, heading: str = "") -> None:
        super().__init__("surface", "b")
        self.lines = column(margins=(16, 14, 16, 14), gap=8)
        self.heading = Label(heading, "heading")
        self.heading.setVisible(bool(heading))
        self.lines.addWidget(self.heading)
        self.setLayout(self.lines)


class Page(QScrollArea):
    """A side page: sections in a column that scrolls."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QFrame()  # a group to a screen reader; Qt gives a scroll area no role
        inside.setAccessibleName(name)
        self.lines = column(gap=0)
        inside.setLayout(self.lines)
        self.lines.addStretch(1)
        self.setWidget(inside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (inside := self.widget()) is not None:  # never wider than the page: what is long wraps or is cut
            inside.setFixedWidth(self.viewport().width())

    def add(self, widget: QWidget) -> None:
        """Add a section at the end."""
        self.lines.insertWidget(self.lines.count() - 1, widget)
