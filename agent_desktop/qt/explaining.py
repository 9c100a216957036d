"""The panel of "why": a short sentence, the steps of the decision, and who was considered.

It stands under the calls like the transfer does and stops nothing.  The text is one place that the keyboard
reaches: a screen reader reads all of it there, the arrow keys scroll, Esc closes and gives the keyboard back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QScrollArea, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Panel, Tag, clear, column, row
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.text import Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.explaining import ConsideredRow, ExplanationView, StepRow
from agent_desktop.viewmodels.parts import Badge, Tone

LABEL_SHARE, VALUE_SHARE = 3, 7


class Grid(QWidget):
    """Lines of labels in columns, as high as their words need; made anew when they are others."""

    def __init__(self, shares: tuple[int, ...]) -> None:
        super().__init__()
        self.cells = QGridLayout()
        self.cells.setContentsMargins(0, 0, 0, 0)
        self.cells.setHorizontalSpacing(look().px(12))
        self.cells.setVerticalSpacing(look().px(6))
        for number, share in enumerate(shares):
            self.cells.setColumnStretch(number, share)
        self.setLayout(self.cells)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def put(self, widget: QWidget, line: int, place: int, span: int = 1) -> None:
        """Put a widget into a cell, at the top of its line."""
        self.cells.addWidget(widget, line, place, 1, span, Qt.AlignmentFlag.AlignTop)


class Steps(Grid):
    """What each step was, and what came of it."""

    def __init__(self) -> None:
        super().__init__((LABEL_SHARE, VALUE_SHARE))
        self.shown: tuple[StepRow, ...] = ()

    def show_steps(self, steps: tuple[StepRow, ...]) -> None:
        """Show them."""
        if steps != self.shown:
            self.shown = steps
            clear(self.cells)
            for line, step in enumerate(steps):
                if step.label:
                    self.put(Label(step.label, "muted", wrap=True), line, 0)
                    self.put(Label(step.value, "body", wrap=True), line, 1)
                else:
                    self.put(Label(step.value, "body", wrap=True), line, 0, 2)
        self.setVisible(bool(steps))


class Considered(Grid):
    """Who was looked at: name, score, what it meant; the chosen one first and marked in words."""

    def __init__(self) -> None:
        super().__init__((4, 3, 5))
        self.shown: tuple[ConsideredRow, ...] = ()

    def show_rows(self, rows: tuple[ConsideredRow, ...]) -> None:
        """Show them."""
        if rows == self.shown:
            return
        self.shown = rows
        clear(self.cells)
        scored = any(r.score for r in rows)
        for line, considered in enumerate(rows):
            self.put(Label(considered.name, "strong" if considered.mark else "body", wrap=True), line, 0)
            if scored:
                self.put(Label(considered.score, "body", wrap=True), line, 1)
            self.put(self._meaning(considered), line, 2 if scored else 1, 1 if scored else 2)

    @staticmethod
    def _meaning(considered: ConsideredRow) -> QWidget:
        """What it meant; the chosen one has its word as a tag."""
        if not considered.mark:
            return Label(considered.why, "muted", wrap=True)
        cell = QWidget()
        lines = column(gap=3)
        lines.addWidget(Tag(Badge(considered.mark, Tone.OK)))
        if considered.why:
            lines.addWidget(Label(considered.why, "muted", wrap=True))
        cell.setLayout(lines)
        return cell


class Whole(Panel):
    """What is scrolled: it asks for the height that its words need at its width, and for no more."""

    def _needed(self) -> QSize:
        layout = self.layout()
        high = layout.totalHeightForWidth(max(self.width(), 1)) if layout is not None else 0
        return QSize(0, max(high, 0))

    def sizeHint(self) -> QSize:
        return self._needed()

    def minimumSizeHint(self) -> QSize:
        return self._needed()


class Reading(QScrollArea):
    """Text as high as it needs, less where the window is low; then it scrolls.  One stop of the keyboard."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.lines = column(margins=(0, 2, 2, 2), gap=12)
        inside = Whole("surface")
        inside.setLayout(self.lines)
        self.setWidget(inside)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(self.lines.totalHeightForWidth(width), self.minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = max(self.width(), look().px(300))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(160), look().px(64))


class ExplainPanel(Floating):
    """The panel."""

    WIDTH = 480
    SCROLLS = True

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("explanation")
        self.setAccessibleName(_("Why"))
        self._view: ExplanationView | None = None
        self.subject = Label("", "muted", wrap=True)
        self.sentence = Label("", "large", wrap=True)
        self.steps = Steps()
        self.heading = Label("", "heading")
        self.considered = Considered()
        self.note = Label("", "meta", wrap=True)
        self.reading = Reading()
        for widget in (self.sentence, self.steps, self.heading, self.considered, self.note):
            self.reading.lines.addWidget(widget)
        self.reading.lines.addStretch(1)
        self.buttons: dict[str, Button] = {}
        self._foot = QWidget()
        self._button_row = row(gap=8)
        self._foot.setLayout(self._button_row)
        self.lines.addWidget(self.subject)
        self.lines.addWidget(self.reading, 1)
        self.lines.addWidget(self._foot)

    @property
    def about(self) -> str:
        """The interaction that it explains now."""
        return self._view.interaction if self._view is not None else ""

    def show_view(self, view: ExplanationView | None) -> None:
        """Show why; None closes it."""
        if view is None:
            self._view = None
            self.vanish()
            return
        if view != self._view:
            self._show(view)
        self.appear(self.reading)

    def _show(self, view: ExplanationView) -> None:
        self._view = view
        self.title.setText(view.title)
        self.setAccessibleName(view.title)
        self.subject.setText(view.subject)
        self.sentence.setText(view.sentence)
        self.steps.show_steps(view.steps)
        self.heading.setText(view.considered_title)
        self.considered.show_rows(view.considered)
        self.heading.setVisible(bool(view.considered))
        self.considered.setVisible(bool(view.considered))
        self.note.setText(view.note)
        self.note.setVisible(bool(view.note))
        if self.reading.accessibleName() != view.spoken:
            self.reading.setAccessibleName(view.spoken)
        self.show_close(view.close)
        if [button.action for button in view.buttons] != list(self.buttons):
            clear(self._button_row)
            self.buttons = {button.action: Button(self._act, height=34) for button in view.buttons}
            for made in self.buttons.values():
                self._button_row.addWidget(made, 1)
        for shown in view.buttons:
            self.buttons[shown.action].show_view(shown)
        self._foot.setVisible(bool(view.buttons))
        self.reading.updateGeometry()
        QTimer.singleShot(0, self._settle)

    def _settle(self) -> None:
        """The words have their places now: take the height that they need."""
        self.reading.updateGeometry()
        if not self.isHidden():
            self.place()
