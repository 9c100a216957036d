"""The ringing card: offers and colleagues who call, above everything, on the screen where the agent works.

Who, why me, how long they waited, how long I have; Answer and Decline with their keys.  It takes no
focus from what is being typed.  With several offers the cards stand one above the other.  A ring that
moves flashes at most three times a second, and not at all with reduced motion: then it is a still edge.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt import paint, tokens
from agent_desktop.qt.buttons import Act, Button, Kind, Room, open_menu
from agent_desktop.qt.controls import Avatar, Panel, column, row
from agent_desktop.qt.text import Label, Painted
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.offers import OfferCard

PULSE_MS = 500  # half a cycle: one flash a second, far below three
_SHADOW = 18
LEAST = 320  # of a card whose buttons show their keys


class Countdown(Painted):
    """Seconds left as a figure inside a ring that empties."""

    def __init__(self) -> None:
        super().__init__()
        self._seconds, self._fraction = 0, 1.0
        self.setFixedSize(look().px(48), look().px(48))

    def show_left(self, seconds: int, fraction: float) -> None:
        """Show what is left."""
        self._seconds, self._fraction = seconds, fraction
        self.setAccessibleName(_("{seconds} seconds left", seconds=seconds))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = look().px(3)
        area = QRectF(self.rect()).adjusted(width, width, -width, -width)
        painter.setPen(QPen(look().colour("border"), width))
        painter.drawEllipse(area)
        tone = "danger" if self._fraction < 0.3 else "ok"
        pen = QPen(look().colour(tone), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(area, 90 * 16, round(360 * 16 * self._fraction))
        painter.setPen(look().colour("text"))
        painter.setFont(look().font(16, tokens.BOLD))
        painter.drawText(QRectF(self.rect()), paint.CENTRED, str(self._seconds))


class OfferWidget(Panel):
    """One offer."""

    def __init__(self, act: Act) -> None:
        super().__init__("surface", "a", edge="ok")
        self._act = act
        self._view: OfferCard | None = None
        self.bright = True
        self.avatar = Avatar(44)
        self.title = Label("", "title", wrap=True)
        self.line = Label("", "muted", wrap=True)
        self.detail = Label("", "muted", wrap=True)
        self.countdown = Countdown()
        self.answer = Button(act, height=34)
        self.decline = Button(self._decline, height=34, opens_menu=True)
        self.why = Button(act, kind=Kind.LINK, height=26)
        self.more = Button(act, height=30)
        self.needs = Label("", "warning", wrap=True)
        self.advice = Label("", "body", wrap=True)
        top = row(gap=12)
        top.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignTop)
        words = column(gap=3)
        words.addWidget(self.title)
        words.addWidget(self.line)
        top.addLayout(words, 1)
        top.addWidget(self.countdown, 0, Qt.AlignmentFlag.AlignTop)
        buttons = row(gap=8)
        buttons.addWidget(self.answer, 1)
        buttons.addWidget(self.decline, 1)
        whole = column(margins=(16, 14, 16, 14), gap=10)
        whole.addLayout(top)
        whole.addWidget(self.detail)
        whole.addWidget(self.needs)
        whole.addWidget(self.advice)
        links = row(gap=8)
        links.addWidget(self.why, 0, Qt.AlignmentFlag.AlignLeading)
        links.addStretch(1)
        links.addWidget(self.more)
        whole.addLayout(links)
        whole.addLayout(buttons)
        self.setLayout(whole)

    def show_view(self, view: OfferCard) -> None:
        """Show the offer as it is now."""
        self._view = view
        self.setAccessibleName(view.spoken)
        self.avatar.show_person(view.initials, view.medium, view.icon)
        self.title.setText(view.title)
        self.line.setText(view.line)
        self.detail.setText(view.detail)
        self.detail.setVisible(bool(view.detail))
        for label, words in ((self.needs, view.needs), (self.advice, view.advice)):
            label.setText(words)
            label.setVisible(bool(words))
        self.countdown.show_left(view.countdown, view.fraction)
        self.countdown.setVisible(
            bool(view.countdown) or view.expired
        )  # a colleague's call has no end of its own
        self.answer.suffix = self.decline.suffix = self.why.suffix = self.more.suffix = view.title
        self.more.setVisible(view.more is not None)
        if view.more is not None:
            self.more.show_view(view.more)
        self.why.setVisible(view.why is not None)
        if view.why is not None:
            self.why.show_view(view.why)
        self.answer.show_view(view.answer)
        self.decline.show_view(view.decline)

    def fit(self, width: int) -> None:
        """Where there is less room for them, Answer and Decline have no keys beside their words."""
        room = Room.FULL if width >= look().px(LEAST) else Room.TEXT
        self.answer.set_room(room)
        self.decline.set_room(room)

    def _decline(self, action: str, **arguments: str) -> str:
        """Decline; where reasons are asked for, choose one first."""
        if self._view is not None and self._view.decline_reasons:
            open_menu(self.decline, self._view.decline_reasons, self._act, _("Why decline?"))
            return ""
        return self._act(action, **arguments)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.bright:
            painter = paint.begin(self)
            area = QRectF(self.rect())
            paint.rounded(painter, area, look().px(self.radius), None, look().colour("ok"), look().px(2))


class Ringing(QFrame):
    """The window of its own that holds the cards."""

    def __init__(self, act: Act, beside: QWidget, over: Callable[[], QWidget | None]) -> None:
        super().__init__(
            beside,
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus,
        )
        self.setObjectName("ringing")
        self.setWindowTitle(_("Ringing"))
        self.setAccessibleName(_("Ringing"))
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._act = act
        self._beside = beside
        self._over = over
        self.cards: dict[str, OfferWidget] = {}
        margin = _SHADOW
        self._lines = column(margins=(margin, margin, margin, margin), gap=10)
        self.setLayout(self._lines)
        self._pulse = QTimer(self)
        self._pulse.setInterval(PULSE_MS)
        self._pulse.timeout.connect(self._beat)

    def show_offers(self, offers: tuple[OfferCard, ...]) -> None:
        """Show what rings now; nothing hides the window."""
        wanted = {offer.offer or offer.call: offer for offer in offers}
        for key in [key for key in self.cards if key not in wanted]:
            gone = self.cards.pop(key)
            self._lines.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for key, offer in wanted.items():
            if key not in self.cards:
                self.cards[key] = OfferWidget(self._act)
                self._lines.addWidget(self.cards[key])
            self.cards[key].show_view(offer)
        if not wanted:
            self._pulse.stop()
            self.hide()
            return
        if not self.isVisible():
            self.place()
            self.show()
            self.raise_()
        if look().reduced_motion:
            self._pulse.stop()
        elif not self._pulse.isActive():
            self._pulse.start()
        self.place()

    def _beat(self) -> None:
        for card in self.cards.values():
            card.bright = not card.bright
            card.update()

    def place(self) -> None:
        """At the lower trailing corner of what `over` gives, or of the screen when the window is hidden."""
        if not self.cards:
            return
        window, over = self._beside, self._over()
        shown = over is not None and over.isVisible() and not window.isMinimized()
        wide = window.width() if shown else window.screen().availableGeometry().width()
        width = min(look().px(340 + 2 * _SHADOW), wide)
        self.setFixedWidth(width)
        for card in self.cards.values():
            card.fit(width - 2 * _SHADOW)
        self._lines.activate()
        height = self._lines.totalHeightForWidth(width)
        height = height if height > 0 else self.sizeHint().height()
        self.resize(width, height)
        self._lines.setGeometry(self.rect())  # the cards' places are needed now
        paint.cut_out(self, (card.geometry() for card in self.cards.values()), look().px(tokens.RADIUS_CARD))
        if shown and over is not None:
            room = QRect(over.mapToGlobal(QPoint(0, 0)), over.size())
        else:
            room = window.screen().availableGeometry()
        inset = look().px(6)
        x = room.right() - width - inset
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = room.left() + inset
        self.move(max(x, 0), max(room.bottom() - height - inset, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A soft shadow, so that the card stands off whatever is under it."""
        painter = paint.begin(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        strength = 9 if look().colours.dark else 4
        for card in self.cards.values():
            for reach in range(_SHADOW, 0, -2):
                colour = look().colour("rail")
                colour.setAlpha(strength)
                painter.setBrush(colour)
                spread = QRectF(card.geometry()).adjusted(-reach, -reach + 4, reach, reach)
                painter.drawRoundedRect(spread, look().px(12) + reach, look().px(12) + reach)
