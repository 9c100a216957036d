"""The list of unsent acts: what waits for the server, what it refused and why, and what can be done about it.

Opened from the mark in the bar, which is there while anything is unsent, and from the palette.  Each act is a
card; its buttons come after its words in the order of Tab.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, Panel, Tag, column, row
from agent_desktop.qt.explaining import Reading
from agent_desktop.qt.floating import Floating
from agent_desktop.qt.text import Label
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.unsent import UnsentRow, UnsentView


class UnsentMark(Button):
    """The mark in the bar: how much is unsent; pressing it opens the list."""

    def __init__(self, act: Act) -> None:
        super().__init__(act, kind=Kind.CHIP, room=Room.WORDS)
        self.hide()

    def show_badge(self, badge: Badge | None) -> None:
        """Show the count; None hides it."""
        self.setVisible(badge is not None)
        if badge is not None:
            icon = "warning" if badge.tone is Tone.DANGER else "clock"
            self.show_view(ButtonView("unsent.show", badge.text, icon))
            self.setAccessibleName(badge.spoken or badge.text)


class UnsentCard(Panel):
    """One act."""

    def __init__(self, act: Act) -> None:
        super().__init__("raised", "a")
        self._act = act
        self._row: UnsentRow | None = None
        self.what = Label("", "strong", wrap=True)
        self.state = Tag()
        self.text = Label("", "body", wrap=True)
        self.error = Label("", "error", wrap=True)
        self.buttons: dict[str, Button] = {}
        self._flow = Flow(6)
        head = row(gap=8)
        head.addWidget(self.what, 1)
        head.addWidget(self.state)
        acts = QWidget()
        acts.setLayout(self._flow)
        lines = column(margins=(12, 10, 12, 10), gap=6)
        lines.addLayout(head)
        for widget in (self.text, self.error, acts):
            lines.addWidget(widget)
        self.setLayout(lines)

    @property
    def request(self) -> str:
        """Whose card it is."""
        return self._row.request if self._row is not None else ""

    def show_row(self, shown: UnsentRow) -> None:
        """Show an act."""
        if shown == self._row:
            return
        self._row = shown
        self.setAccessibleName(shown.accessible)
        self.what.setText(" · ".join(p for p in (shown.what, shown.whom, shown.since) if p))
        self.state.show_badge(shown.state)
        self.text.setText(shown.text)
        self.text.setVisible(bool(shown.text))
        self.error.setText(shown.error)
        self.error.set_role("error" if shown.state.tone is Tone.DANGER else "muted")
        self.error.setVisible(bool(shown.error))
        for view in shown.acts:
            if view.action not in self.buttons:
                self.buttons[view.action] = Button(self._act, room=Room.TEXT, height=28)
                self.buttons[view.action].suffix = shown.what
                self._flow.addWidget(self.buttons[view.action])
            self.buttons[view.action].show_view(view)
        wanted = {view.action for view in shown.acts}
        for key, button in self.buttons.items():
            button.setVisible(key in wanted)
        self._flow.invalidate()


class UnsentPanel(Floating):
    """The list."""

    WIDTH = 480
    SCROLLS = True

    def __init__(self, act: Act, window: QWidget, under: Callable[[], int]) -> None:
        super().__init__(act, window, under)
        self.setObjectName("unsent")
        self.setAccessibleName(_("Unsent"))
        self._view: UnsentView | None = None
        self.offline = Label("", "muted", wrap=True)
        self.empty = Label("", "muted", wrap=True)
        self.reading = Reading()
        self.more = Label("", "muted", wrap=True)
        self.cards: list[UnsentCard] = []
        self.reading.lines.addWidget(self.more)
        self.reading.lines.addStretch(1)
        self.lines.addWidget(self.offline)
        self.lines.addWidget(self.empty)
        self.lines.addWidget(self.reading, 1)

    def show_view(self, view: UnsentView | None) -> None:
        """Show the list; one that is not shown, and None, close it."""
        if view is None or not view.shown:
            self._view = None
            self.vanish()
            return
        if view != self._view:
            self._show(view)
        self.appear(self.reading if view.rows else self.close_button)

    def _show(self, view: UnsentView) -> None:
        self._view = view
        self.title.setText(view.title)
        self.offline.setText(view.offline)
        self.offline.setVisible(bool(view.offline))
        said = f"{view.empty.title}. {view.empty.sentence}" if view.empty is not None else ""
        self.empty.setText(said)
        self.empty.setVisible(bool(said))
        self._show_cards(view.rows)
        self.more.setText(view.more)
        self.more.setVisible(bool(view.more))
        self.reading.setVisible(bool(view.rows))
        self.reading.setAccessibleName(". ".join(r.accessible for r in view.rows) or view.title)
        self.show_close(replace(view.close, shortcut="Escape"))
        QTimer.singleShot(0, self._settle)

    def _show_cards(self, rows: tuple[UnsentRow, ...]) -> None:
        """A card stays its act's: what is answered goes, what is new comes, the others keep their places."""
        had = {card.request: card for card in self.cards}
        wanted = [shown.request for shown in rows]
        self.cards = [had[key] if key in had else UnsentCard(self._act) for key in wanted]
        lines = self.reading.lines
        for card in set(had.values()).difference(self.cards):
            lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        for place, (card, shown) in enumerate(zip(self.cards, rows, strict=True)):
            item = lines.itemAt(place)
            if item is None or item.widget() is not card:
                lines.removeWidget(card)
                lines.insertWidget(place, card)
            card.show_row(shown)

    def _settle(self) -> None:
        """The words have their places now: take the height that they need."""
        self.reading.updateGeometry()
        if not self.isHidden():
            self.place()
