"""The call that this supervisor is in: one bar on top of every place, one control for all modes.

Listen, whisper and barge are three of one kind: the one that is on is marked, another is one press away
and needs no new call.  What is heard while the customer is on hold is chosen beside it, and the rule that
applies is said.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint
from agent_desktop.qt.breaking import OneLine
from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, Panel, Tag, column, row
from agent_desktop.qt.text import ElidedLabel, Label
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.supervisor import ListeningCard


def _broken() -> QSizePolicy:
    """As wide as one line, and as high as it gets where it is broken."""
    policy = QSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    return policy


class Segments(QFrame):
    """Buttons of one kind of which one is on."""

    def __init__(self, act: Act, name: str, kind: Kind) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._act, self._kind = act, kind
        self.buttons: list[Button] = []
        self._line = OneLine(4)
        self.setLayout(self._line)
        self.setSizePolicy(_broken())

    def show_buttons(self, views: tuple[ButtonView, ...], suffix: str) -> None:
        """Show the buttons."""
        while len(self.buttons) < len(views):
            made = Button(self._act, kind=self._kind, height=32)
            self.buttons.append(made)
            self._line.addWidget(made)
        for button, view in zip(self.buttons, views, strict=False):
            button.suffix = suffix
            button.show_view(view)
            button.show()
        for button in self.buttons[len(views) :]:
            button.hide()
        self._line.invalidate()
        self.updateGeometry()


class Listening(Panel):
    """The bar."""

    def __init__(self, act: Act) -> None:
        super().__init__("accent_soft", "b", edge="accent")
        self.setObjectName("listening")
        self.title = ElidedLabel("", "strong")
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.timer = Label("", "body")
        self.state = Tag()
        self.modes = Segments(act, _("How to take part"), Kind.PLAIN)
        self.hears_label = Label(_("You hear"), "muted")
        self.hears = Segments(act, _("What you hear"), Kind.CHIP)
        self.take_over = Button(act, height=32, room=Room.WORDS)
        self.leave = Button(act, height=32, room=Room.WORDS)
        self.rule = Label("", "muted", wrap=True)
        head = QWidget()
        line = row(gap=8)
        line.addSpacing(look().px(26))
        line.addWidget(self.title)
        line.addWidget(self.timer)
        line.addWidget(self.state)
        head.setLayout(line)
        head.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._head = head
        hearing = QWidget()
        told = OneLine(6)
        told.addWidget(self.hears_label)
        told.addWidget(self.hears)
        hearing.setLayout(told)
        hearing.setSizePolicy(_broken())
        self._hearing = hearing
        self._flow = Flow(gap=12)
        for widget in (head, self.modes, self.take_over, self.leave, hearing):
            self._flow.addWidget(widget)
        controls = QWidget()
        controls.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        controls.setSizePolicy(policy)
        lines = column(margins=(16, 8, 16, 8), gap=4)
        lines.addWidget(controls)
        lines.addWidget(self.rule)
        self.setLayout(lines)
        self.hide()

    def show_card(self, card: ListeningCard | None) -> None:
        """Show the call that is listened to, or nothing."""
        self.setVisible(card is not None)
        if card is None:
            return
        self.setAccessibleName(card.title)
        self.setAccessibleDescription(card.spoken)
        self.title.setText(card.title)
        self.timer.setText(card.timer)
        self.state.show_badge(card.state)
        self._fit()
        self.modes.show_buttons(card.modes, card.title)
        self.hears.show_buttons(card.hears, card.title)
        self._hearing.setVisible(bool(card.hears))
        self.take_over.suffix = self.leave.suffix = card.title
        self.take_over.show_view(card.take_over)
        self.leave.show_view(card.leave)
        self.rule.setText(card.hold_rule)
        self.rule.setVisible(bool(card.hold_rule))
        self._flow.invalidate()

    def _fit(self) -> None:
        """The name's room: what its timer and its mark leave."""
        px = look().px
        rest = self.timer.sizeHint().width() + self.state.sizeHint().width() + px(32 + 26 + 3 * 8)
        room = max(min(px(320), self.width() - rest), px(60))
        self.title.setFixedWidth(min(self.title.sizeHint().width(), room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = look().px(18)
        middle = look().px(8) + self._head.geometry().center().y()
        box = QRectF(look().px(16), middle - side / 2, side, side)
        colour = look().colour("accent")
        icons.paint(paint.begin(self), "listen", colour, paint.mirrored(self, self.rect(), box))
