"""A live call in the top bar: who, how long, recording, and what can be done with it.

Two calls are two cards; the held one is quiet.  A card shows its buttons with words and keys, with words,
or as icons alone, as there is room; End keeps its words always.  In a window of one panel the buttons stand
below the name.  What there is to say about its people,
its recording and its line beyond a word stands under the bar (`callstrip.py`).
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.breaking import Below
from agent_desktop.qt.buttons import Act, Button, Kind, Room, open_menu
from agent_desktop.qt.callstrip import OF_PEOPLE
from agent_desktop.qt.controls import Panel, Tag, row
from agent_desktop.qt.text import ElidedLabel, Label, Painted, tip
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge, Tone
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.topbar import CallCard, RecordingView

EDGE = 8  # round what stands below the name


class Meter(Painted):
    """Two thin bars: what the customer hears of me, what I hear; silence is a grey bar."""

    LOWEST_DB = -60.0

    def __init__(self) -> None:
        super().__init__()
        self._levels = (self.LOWEST_DB, self.LOWEST_DB)
        self.setAccessibleName(_("How loud you and the customer are"))
        self.setFixedSize(look().px(10), look().px(22))

    def show_levels(self, sent_db: float, received_db: float) -> None:
        """Show the two levels in dBFS."""
        if (sent_db, received_db) != self._levels:
            self._levels = (sent_db, received_db)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        width = look().px(4)
        for index, level in enumerate(self._levels):
            whole = QRectF(index * (width + look().px(2)), 0, width, self.height())
            share = min(max(1 - level / self.LOWEST_DB, 0.0), 1.0)
            paint.rounded(painter, whole, width / 2, look().colour("border"))
            if share:
                full = QRectF(whole)
                full.setTop(whole.bottom() - whole.height() * share)
                paint.rounded(painter, full, width / 2, look().colour("ok"))


class Lock(Painted):
    """The mark of an encrypted call; its words are its name and its tip."""

    def __init__(self) -> None:
        super().__init__()
        self._badge = Badge("")
        self.setFixedSize(look().px(16), look().px(16))
        self.hide()

    def show_badge(self, badge: Badge | None) -> None:
        """Show it, or nothing."""
        self.setVisible(badge is not None)
        if badge is not None and badge != self._badge:
            self._badge = badge
            self.setAccessibleName(badge.spoken or badge.text)
            tip(self, badge.spoken or badge.text)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(look().px(16), look().px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = paint.tone_ink(self._badge.tone)
        icons.paint(paint.begin(self), "lock", ink, QRectF(self.rect()))


class RecordChip(Button):
    """The mark of the recording; pressed, it offers what can be done with it."""

    def __init__(self, act: Act) -> None:
        super().__init__(None, kind=Kind.CHIP)
        self._view: RecordingView | None = None
        self.clicked.connect(self._open)
        self._run = act
        self.hide()

    def show_recording(self, view: RecordingView | None) -> None:
        """Show whether the call is recorded."""
        self._view = view
        self.setVisible(view is not None and bool(view.badge.text))
        if view is None:
            return
        self.set_room(Room.ICON if view.state == "off" else Room.FULL)
        icon = "pause" if view.state == "paused" else "record"
        self.show_view(ButtonView("", view.badge.text, icon, tone=view.badge.tone))
        said = view.badge.spoken or view.badge.text
        self.setAccessibleName(_("{state}, {name}", state=said, name=self.suffix) if self.suffix else said)
        tip(self, view.banner or said)

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        tone = self.shown.tone
        edge = look().colour("border") if tone in {Tone.PLAIN, Tone.MUTED} else paint.tone_edge(tone)
        return paint.tone_ground(tone), edge, paint.tone_ink(tone)

    def _open(self) -> None:
        if self._view is not None and self._view.buttons:
            open_menu(self, self._view.buttons, self._run, _("Recording"))


class CallCardWidget(Panel):
    """One call."""

    def __init__(self, act: Act) -> None:
        super().__init__("ok_soft", "a", edge="ok")
        self.radius = tokens.RADIUS_CONTROL + 2
        self._act = act
        self._view: CallCard | None = None
        self._room, self._most = Room.FULL, 0
        self.title = ElidedLabel("", "strong")
        self.title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.title.setMaximumWidth(look().px(170))
        self.timer = Label("", "body")
        self.meter = Meter()
        self.lock = Lock()
        self.recording = RecordChip(act)
        self.quality = Tag()
        self._tags: list[Tag] = []
        self._tag_row = row(gap=4)
        self.buttons: dict[str, Button] = {}
        self._button_row = row(gap=6)
        self._below = Below(6)
        self._tall = False
        line = self._line = row(margins=(0, 5, 0, 5), gap=8)
        line.addSpacing(look().px(24))
        line.addWidget(self.title)
        line.addWidget(self.timer)
        line.addWidget(self.lock)
        line.addWidget(self.meter)
        line.addWidget(self.quality)
        line.addLayout(self._tag_row)
        line.addWidget(self.recording)
        line.addLayout(self._button_row)
        line.addSpacing(look().px(6))
        self.setLayout(self._below.under(line))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_view(self, view: CallCard) -> None:
        """Show the call as it is now."""
        self._view = view
        self.setAccessibleName(_("Call with {name}", name=view.title))
        self.setAccessibleDescription(view.spoken)
        tone = view.tone.value if view.tone in {Tone.OK, Tone.WARNING, Tone.DANGER, Tone.ACCENT} else "ok"
        self.ground, self.edge = ("raised", "border") if view.quiet else (f"{tone}_soft", tone)
        self.title.setText(view.title)
        self.title.set_role("muted" if view.quiet else "strong")
        self.timer.setText(view.timer)
        self.meter.setVisible(not view.quiet and max(view.sent_db, view.received_db) > -96.0)
        self.meter.show_levels(view.sent_db, view.received_db)
        self.lock.show_badge(view.encrypted)
        self.recording.suffix = view.title
        self.recording.show_recording(view.recording)
        self.quality.show_badge(view.quality)
        tip(self.quality, view.quality_words)
        self.quality.setAccessibleDescription(view.quality_words)
        told = view.recording.badge if view.recording is not None else None  # it has its own mark
        badges = [badge for badge in view.badges if badge != told]
        for index, badge in enumerate(badges):
            if index >= len(self._tags):
                self._below.give_back()
                self._tags.append(Tag())
                self._tag_row.addWidget(self._tags[index])
            self._tags[index].show_badge(badge)
        for tag in self._tags[len(badges) :]:
            tag.show_badge(None)
        self._show_buttons(view)
        self.update()

    def _show_buttons(self, view: CallCard) -> None:
        buttons = [b for b in view.buttons if not (view.people and b.action in OF_PEOPLE)]
        wanted = [button.action for button in buttons]
        if wanted != list(self.buttons):
            self._below.give_back()
            for gone in self.buttons.values():
                self._button_row.removeWidget(gone)
                gone.hide()
                gone.deleteLater()
            self.buttons = {action: Button(self._act, height=30) for action in wanted}
            for button in self.buttons.values():
                self._button_row.addWidget(button)
        for shown in buttons:
            self.buttons[shown.action].suffix = view.title
            self.buttons[shown.action].show_view(shown)
        self.set_room(self._room, self._most, tall=self._tall)

    def set_room(self, room: Room, most: int = 0, *, tall: bool = False) -> None:
        """Show as much as there is room for; wider than `most` the name is cut, never a button.

        `tall`: as wide as that, and what does not belong to the name stands below it.
        """
        self._room, self._most, self._tall = room, most, tall
        if tall:
            self._stand(most)
            return
        self._below.give_back()
        self._below.inset()
        for button in self.buttons.values():
            button.set_room(_button_room(button, room))
        wide, name = self.width_in(room), self._title_width()
        cut = min(max(wide - most, 0), max(name - look().px(40), 0)) if most else 0
        self.title.setFixedWidth(name - cut)
        self.setFixedSize(wide - cut, look().px(42))

    def _stand(self, wide: int) -> None:
        """The name and the time in the first line, the rest below."""
        px = look().px
        for button in self.buttons.values():
            button.set_room(_button_room(button, Room.ICON))
        self._below.take(self._line, self.quality)
        self._below.take(self._tag_row, *self._tags)
        self._below.take(self._line, self.recording)
        self._below.take(self._button_row, *self.buttons.values())
        edge = px(EDGE)
        self._below.inset(EDGE, 0, EDGE, EDGE)
        marks = [mark.width() for mark in (self.lock, self.meter) if not mark.isHidden()]
        beside = self.timer.sizeHint().width() + sum(marks) + px(8) * (len(marks) + 2) + px(24 + 6) + 2
        self.title.setFixedWidth(max(wide - beside, px(40)))
        self.setFixedSize(wide, px(36) + self._below.heightForWidth(wide - 2 * edge) + edge)

    def _title_width(self) -> int:
        return min(self.title.sizeHint().width(), look().px(170))

    def width_in(self, room: Room) -> int:
        """The width that the card would take."""
        parts = [self._title_width(), self.timer.sizeHint().width()]
        parts += [self.meter.width()] if not self.meter.isHidden() else []
        marks = (self.lock, self.quality, self.recording)
        parts += [mark.sizeHint().width() for mark in marks if not mark.isHidden()]
        tags = [tag.sizeHint().width() for tag in self._tags if not tag.isHidden()]
        parts += [sum(tags) + look().px(4) * (len(tags) - 1)] if tags else []
        buttons = [button.width_in(_button_room(button, room)) for button in self.buttons.values()]
        parts += [sum(buttons) + look().px(6) * (len(buttons) - 1)] if buttons else []
        return sum(parts) + look().px(8) * (len(parts) - 1) + look().px(24 + 6) + 2

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._view is None:
            return
        painter = paint.begin(self)
        middle = self.title.geometry().center().y() if self._tall else self.height() / 2
        centre = QRectF(look().px(10), middle - look().px(5), look().px(10), look().px(10))
        place = paint.mirrored(self, self.rect(), centre)
        colour = look().colour("muted") if self._view.quiet else look().colour(self.edge)
        paint.dot(painter, QPointF(place.center()), look().px(9), colour)


def _button_room(button: Button, room: Room) -> Room:
    """End and Resume keep their words: they are never a riddle."""
    worded = button.shown.tone is Tone.DANGER or button.shown.action == "call.resume"
    return Room.TEXT if room is Room.ICON and worded else room
