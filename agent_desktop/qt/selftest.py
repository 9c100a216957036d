"""Before the shift: does the customer hear me, do I hear them, is the phone there?  One line a check.

It stands on the sign-in and in the settings.  While a check runs its line shows the live level, so that
one sees at once whether the microphone takes anything.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from agent_desktop.i18n import _
from agent_desktop.qt import paint
from agent_desktop.qt.buttons import Act, Button
from agent_desktop.qt.controls import Tag, column, row
from agent_desktop.qt.text import Label, Painted
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.settings import CheckRow, SelfTestView

SILENT_DB, LOWEST_DB = -96.0, -60.0
_BARS = 12


class LevelBar(Painted):
    """A loudness as a row of small bars; the loudest are a warning."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self._db = SILENT_DB
        self.name = name or _("Level")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_level(SILENT_DB)

    @property
    def lit(self) -> int:
        """How many of the bars are lit."""
        share = min(max(1 - self._db / LOWEST_DB, 0.0), 1.0)
        return round(share * _BARS)

    def show_level(self, level_db: float) -> None:
        """Show a level in dBFS."""
        before = self.lit
        self._db = level_db
        self.setAccessibleName(_("{name}: {n} of {all}", name=self.name, n=self.lit, all=_BARS))
        if self.lit != before:
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(7) * _BARS - look().px(2), look().px(14))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, px = paint.begin(self), look().px
        for number in range(_BARS):
            bar = QRectF(number * px(7), 0, px(5), self.height())
            loud = "warning" if number >= _BARS - 2 else "ok"
            colour = look().colour(loud if number < self.lit else "border")
            paint.rounded(painter, paint.mirrored(self, self.rect(), bar), px(2), colour)


class CheckLine(QFrame):
    """One check: what it is, its level while it runs, how it went, and what to do about it."""

    def __init__(self) -> None:
        super().__init__()
        self.label = Label("", "body", wrap=True)
        self.words = Label("", "meta", wrap=True)
        self.level = LevelBar()
        self.tag = Tag()
        line = row(gap=8)
        line.addWidget(self.label, 1)
        line.addWidget(self.level)
        line.addWidget(self.tag)
        lines = column(gap=2)
        lines.addLayout(line)
        lines.addWidget(self.words)
        self.setLayout(lines)

    def show_check(self, check: CheckRow) -> None:
        """Show the check as it is now."""
        self.label.setText(check.label)
        self.words.setText(check.words)
        wrong = check.badge.tone in {Tone.WARNING, Tone.DANGER}
        self.words.set_role("body" if wrong else "meta")
        self.words.setVisible(bool(check.words))
        self.tag.show_badge(check.badge)
        self.level.name = check.label
        self.level.setVisible(check.running and check.level_db > SILENT_DB)
        self.level.show_level(check.level_db)
        said = ", ".join(p for p in (check.label, check.badge.spoken or check.badge.text, check.words) if p)
        self.setAccessibleName(said)


class SelfTest(QFrame):
    """All checks, the verdict, and the buttons; `small` is for the sign-in."""

    def __init__(self, act: Act, *, small: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(_("Before the shift"))
        self._small = small
        self.title = Label("", "heading" if small else "title")
        self.badge = Tag()
        self.lines: dict[str, CheckLine] = {}
        self._rows = column(gap=7 if small else 12)
        self.verdict = Label("", "muted", wrap=True)
        self.run = Button(act, height=32)
        self.cancel = Button(act, height=32)
        top = row(gap=8)
        top.addWidget(self.title)
        top.addWidget(self.badge)
        top.addStretch(1)
        buttons = row(gap=8)
        buttons.addWidget(self.run)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        whole = column(gap=8 if small else 14)
        whole.addLayout(top)
        whole.addLayout(self._rows)
        whole.addWidget(self.verdict)
        whole.addLayout(buttons)
        self.setLayout(whole)

    def show_view(self, view: SelfTestView) -> None:
        """Show how far it is."""
        self.title.setText(view.title)
        self.badge.show_badge(view.badge if view.badge.text else None)
        if [check.id for check in view.rows] != list(self.lines):
            for gone in self.lines.values():
                self._rows.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
            self.lines = {check.id: CheckLine() for check in view.rows}
            for made in self.lines.values():
                self._rows.addWidget(made)
        for check in view.rows:
            self.lines[check.id].show_check(check)
        self.verdict.setText(view.verdict)
        self.verdict.setVisible(bool(view.verdict))
        running = any(check.running for check in view.rows)
        before, after = (self.run, self.cancel) if running else (self.cancel, self.run)
        held = before.hasFocus()
        self.run.show_view(view.run)
        self.cancel.show_view(view.cancel)
        after.show()
        if held:
            after.setFocus(Qt.FocusReason.OtherFocusReason)
        before.hide()
