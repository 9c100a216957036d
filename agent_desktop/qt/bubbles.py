"""How one item of the timeline looks: bubbles, notes, call cards, day marks.

`measure` lays an item out for a width once and gives a `Measured`, which knows its height, paints itself
and knows what lies under the mouse.  Text is laid out as plain text whatever it contains; a very long one
is cut here and whole in the viewer, so that one message cannot slow the timeline down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import ItemKind, RecordingRow, TimelineItemView
from agent_desktop.viewmodels.parts import Badge, Tone

LONGEST = 6000  # characters of one bubble; the rest is in the viewer
_SIDE, _GAP, _PAD = 20, 12, 12
Draw = Callable[[QPainter], None]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of an item that can be pressed, and what of it.

    `whole` (the viewer), `file` (an attachment's id), `play` (a recording's id) or `callback`.
    """

    rect: QRectF
    kind: str
    argument: str = ""


@dataclass(slots=True)
class Measured:
    """A laid-out item; coordinates are those of its row, mirrored already."""

    height: float = 0.0
    steps: list[Draw] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)

    def draw(self, painter: QPainter) -> None:
        """Paint it with the painter at the row's corner."""
        for step in self.steps:
            step(painter)

    def zone_at(self, point: QPointF) -> Zone | None:
        """Say what can be pressed at a point."""
        return next((zone for zone in self.zones if zone.rect.contains(point)), None)


def measure(item: TimelineItemView, width: int, *, rtl: bool) -> Measured:
    """Lay an item out for a width in pixels."""
    page = _Page(width, rtl=rtl)
    match item.kind:
        case ItemKind.DAY:
            _centred(page, item.text, "muted", tokens.STRONG)
        case ItemKind.SYSTEM:
            _centred(page, item.text, "muted", tokens.NORMAL)
        case ItemKind.CALL:
            _call(page, item)
        case ItemKind.IN | ItemKind.OUT | ItemKind.NOTE:
            _Bubble(page, item).lay_out()
    return page.made


class _Page:
    """The row that is being laid out: places in reading direction become places on the screen."""

    def __init__(self, width: int, *, rtl: bool) -> None:
        self.width, self.rtl = width, rtl
        self.made = Measured()

    def box(self, x: float, y: float, width: float, height: float) -> QRectF:
        left = self.width - x - width if self.rtl else x
        return QRectF(left, y, width, height)

    def ground(self, box: QRectF, fill: str, edge: str = "", *, dashed: bool = False) -> None:
        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(look().colour(edge), 1) if edge else QPen(Qt.PenStyle.NoPen)
            if dashed:
                pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.setBrush(look().colour(fill))
            radius = look().px(tokens.RADIUS_CARD)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

        self.made.steps.append(draw)

    def line(self, box: QRectF, text: str, font: QFont, colour: str, *, end: bool = False) -> None:
        """One line of text, elided in its box."""
        fits = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, round(box.width()) + 1)
        flags = paint.TRAILING if end != self.rtl else paint.LEADING

        def draw(painter: QPainter) -> None:
            painter.setFont(font)
            painter.setPen(look().colour(colour))
            painter.drawText(box, flags, fits)

        self.made.steps.append(draw)

    def icon(self, box: QRectF, name: str, colour: str) -> None:
        self.made.steps.append(lambda painter: icons.paint(painter, name, look().colour(colour), box))

    def tag(self, box: QRectF, badge: Badge) -> None:
        self.made.steps.append(lambda painter: paint.tag(painter, box, badge))

    def text(self, layout: QTextLayout, at: QPointF, colour: QColor) -> None:
        def draw(painter: QPainter) -> None:
            painter.setPen(colour)
            layout.draw(painter, at)

        self.made.steps.append(draw)


def text_layout(text: str, font: QFont, width: float) -> tuple[QTextLayout, float, float]:
    """Wrap a text; gives the layout, its height and the width of its longest line."""
    layout = QTextLayout(text.replace("\n", "\u2028"), font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    layout.setTextOption(option)
    layout.setCacheEnabled(True)
    layout.beginLayout()
    height = natural = 0.0
    leading = look().px(2)
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height() + leading
        natural = max(natural, line.naturalTextWidth())
    layout.endLayout()
    return layout, max(height - leading, 0), natural


def _centred(page: _Page, text: str, colour: str, weight: int) -> None:
    px = look().px
    font = look().font(12, weight)
    layout, height, natural = text_layout(text, font, page.width - 2 * px(_SIDE))
    room = page.width - 2 * px(_SIDE)
    option = QTextOption(Qt.AlignmentFlag.AlignHCenter)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    if natural < room:
        box = QRectF((page.width - natural) / 2, px(12), natural + 2, height)
        page.text(layout, QPointF(box.left(), box.top()), look().colour(colour))
    else:
        page.text(layout, QPointF(px(_SIDE), px(12)), look().colour(colour))
    page.made.height = height + px(12 + 12)


PLAYER, BACK = 34, 32


def heard_height(item: TimelineItemView) -> int:
    """The room under an item for what can be heard, its transcripts not counted, and for calling back."""
    back = look().px(BACK + 4) if item.callback is not None else 0
    return look().px(PLAYER) * len(item.recordings) + back


def heard_width(item: TimelineItemView) -> float:
    """How wide the widest of them is."""
    metrics = QFontMetrics(look().font(12))
    room = look().px(34 + 16)
    return max((metrics.horizontalAdvance(_heard(row)) + room for row in item.recordings), default=0)


def _heard(row: RecordingRow) -> str:
    return f"{row.label} · {row.at}" if row.at else row.label


def _players(page: _Page, item: TimelineItemView, x: float, y: float, width: float) -> None:
    """What can be heard, one under the other, and the button that has the customer called back."""
    for number, row in enumerate(item.recordings):
        _player(page, row, x, y + number * look().px(PLAYER), width)
    if item.callback is not None:
        px = look().px
        wide = QFontMetrics(look().font(12, tokens.STRONG)).horizontalAdvance(item.callback.label) + px(46)
        box = page.box(x, y + px(PLAYER) * len(item.recordings) + px(2), wide, px(BACK - 2))
        page.ground(box, "surface", "border")
        ink = "text" if item.callback.enabled else "muted"
        mark = page.box(x + px(12), y + px(PLAYER) * len(item.recordings) + px(9), px(16), px(16))
        page.icon(mark, item.callback.icon or "phone", ink)
        inner = box.adjusted(0, 0, -px(36), 0) if page.rtl else box.adjusted(px(36), 0, 0, 0)
        page.line(inner, item.callback.label, look().font(12, tokens.STRONG), ink)
        page.made.zones.append(Zone(box, "callback"))


def _player(page: _Page, row: RecordingRow, x: float, y: float, width: float) -> None:
    """One that can be heard: a round button, what it is and where it is, a line that fills."""
    px = look().px
    side = px(26)
    round_box = page.box(x, y + px(4), side, side)
    ink = "accent" if row.play.enabled else "muted"

    def draw_button(painter: QPainter) -> None:
        paint.rounded(painter, round_box, side / 2, look().colour("surface"), look().colour(ink))

    page.made.steps.append(draw_button)
    inset = px(6)
    page.icon(round_box.adjusted(inset, inset, -inset, -inset), "stop" if row.playing else "play", ink)
    words = page.box(x + px(34), y + px(4), width - px(34), px(18))
    page.line(words, _heard(row), look().font(12), "text")
    track = page.box(x + px(34), y + px(25), max(width - px(34), 1), px(3))
    wide = track.width() * min(max(row.fraction, 0.0), 1.0)
    done = QRectF(track.right() - wide if page.rtl else track.left(), track.top(), wide, track.height())

    def draw_track(painter: QPainter) -> None:
        paint.rounded(painter, track, px(2), look().colour("border"))
        if wide >= 1:
            paint.rounded(painter, done, px(2), look().colour("accent"))

    page.made.steps.append(draw_track)
    page.made.zones.append(Zone(page.box(x, y, width, px(PLAYER)), "play", row.id))


def _call(page: _Page, item: TimelineItemView) -> None:
    """A call: its tag, the path, and at the end the length and the other badges."""
    px = look().px
    width, high = page.width - 2 * px(_SIDE), float(px(40))
    text_font, meta_font = look().font(), look().font(tokens.TEXT_META)
    tag = item.badges[0] if item.badges else Badge(_("Call"), Tone.OK)  # the medium
    tag_width = paint.tag_width(tag.text) + px(18)
    badges = (*item.badges[1:], *((item.delivery,) if item.delivery is not None else ()))
    end_room = sum(paint.tag_width(badge.text) + px(6) for badge in badges)
    meta_width = QFontMetrics(meta_font).horizontalAdvance(item.meta) + 2 if item.meta else 0
    room = width - tag_width - px(12 + 10 + 12) - end_room
    layout, height, natural = text_layout(item.text, text_font, max(room, px(120)))
    below = bool(item.meta) and natural + meta_width + px(12) > room
    inner = height + (px(18) if below else 0)
    high = max(high, round(inner) + px(20))
    heard = heard_height(item)
    whole = high + (heard + px(8) if heard else 0)
    page.ground(page.box(px(_SIDE), 0, width, whole), "surface", "border")
    _players(page, item, px(_SIDE + 12), high - px(2), min(width - px(24), px(420)))
    top = (high - inner) / 2
    first = top + QFontMetrics(text_font).height() / 2
    tag_box = page.box(px(_SIDE + 12), first - px(10), tag_width, px(20))

    ink = paint.tone_ink(tag.tone)

    def draw_tag(painter: QPainter) -> None:
        paint.tag(painter, tag_box, Badge("", tag.tone))
        mark = px(12)
        icon_x = tag_box.right() - px(6) - mark if page.rtl else tag_box.left() + px(6)
        icons.paint(painter, item.icon or "voice", ink, QRectF(icon_x, first - mark / 2, mark, mark))
        words = tag_box.adjusted(0, 0, -px(16), 0) if page.rtl else tag_box.adjusted(px(16), 0, 0, 0)
        painter.setFont(look().font(tokens.TEXT_META, tokens.BOLD))
        painter.setPen(ink)
        painter.drawText(words, paint.CENTRED, tag.text)

    page.made.steps.append(draw_tag)
    words_box = page.box(px(_SIDE + 12 + 10) + tag_width, top, max(room, px(120)), height)
    start = words_box.topLeft()
    if page.rtl:
        start.setX(words_box.right() - natural)
    page.text(layout, start, look().colour("text"))
    x = page.width - px(_SIDE + 12)
    for badge in reversed(badges):
        wide = paint.tag_width(badge.text)
        page.tag(page.box(x - wide, first - px(10), wide, px(20)), badge)
        x -= wide + px(6)
    if item.meta and below:
        page.line(
            page.box(px(_SIDE + 22) + tag_width, top + height, room, px(18)), item.meta, meta_font, "muted"
        )
    elif item.meta:
        page.line(
            page.box(x - meta_width, first - px(10), meta_width, px(20)),
            item.meta,
            meta_font,
            "muted",
            end=True,
        )
    page.made.height = whole + px(_GAP)


class _Bubble:
    """A message or a note: text, files, and a line that says how and when."""

    GROUNDS = {ItemKind.IN: "bubble_in", ItemKind.OUT: "bubble_out", ItemKind.NOTE: "note"}  # noqa: RUF012 - a table

    def __init__(self, page: _Page, item: TimelineItemView) -> None:
        self.page, self.item = page, item
        self.meta_font = look().font(tokens.TEXT_META)

    def lay_out(self) -> None:
        px, item, page = look().px, self.item, self.page
        most = min(page.width - 2 * px(_SIDE), max(px(280), round(page.width * 0.72)), px(640))
        inner = most - 2 * px(_PAD)
        text = item.text if len(item.text) <= LONGEST else item.text[:LONGEST] + "…"
        layout, height, natural = text_layout(text, look().font(), inner)
        more = self._more()
        wide = max(
            natural,
            self._meta_width(),
            *(self._chip_width(f.name, f.size) for f in item.attachments),
            self._width(more),
            heard_width(item),
        )
        width = min(max(wide + 2 * px(_PAD) + 2, px(96)), most)
        left = px(_SIDE) if item.kind is ItemKind.IN else page.width - px(_SIDE) - width
        rows = height + px(5) + px(16)
        rows += len(item.attachments) * px(34) + (px(20) if more else 0)
        rows += heard_height(item)
        total = rows + px(10 + 9)
        note, high = item.kind is ItemKind.NOTE, look().colours.high_contrast
        page.ground(
            page.box(left, 0, width, total),
            self.GROUNDS[item.kind],
            "note_border" if note else "border" if high or item.kind is ItemKind.IN else "",
            dashed=note,
        )
        y = float(px(10))
        body = page.box(left + px(_PAD), y, width - 2 * px(_PAD), height)
        layout_width = width - 2 * px(_PAD)
        if layout_width < inner - 1:  # a short text: its lines are as wide as the bubble
            layout, height, _natural = text_layout(text, look().font(), layout_width)
        page.text(layout, body.topLeft(), look().colour("muted" if item.sending else "text"))
        y += height + px(2)
        y = self._files(left, y, width)
        _players(page, item, left + px(_PAD), y, width - 2 * px(_PAD))
        y += heard_height(item)
        if more:
            box = page.box(left + px(_PAD), y, self._width(more), px(20))
            page.line(box, more, look().font(tokens.TEXT_META, tokens.STRONG), "accent")
            page.made.zones.append(Zone(box, "whole"))
            y += px(20)
        self._meta(left, y + px(3), width)
        page.made.height = total + px(_GAP)

    def _more(self) -> str:
        item = self.item
        if len(item.text) > LONGEST:
            return _("Show the whole message")
        if item.html:
            return _("Show formatting")
        return _("Show quoted text") if item.quoted else ""

    def _width(self, text: str) -> float:
        if not text:
            return 0
        return QFontMetrics(look().font(tokens.TEXT_META, tokens.STRONG)).horizontalAdvance(text) + 2

    def _meta_text(self) -> str:
        item = self.item
        return " · ".join(part for part in (item.meta, item.threading_reason) if part)

    def _meta_width(self) -> float:
        badges = self._badges()
        words = QFontMetrics(self.meta_font).horizontalAdvance(self._meta_text()) + 4
        tags = sum(paint.tag_width(badge.text) + look().px(6) for badge in badges)
        return words + tags + (look().px(17) if self.item.icon else 0)

    def _badges(self) -> tuple[Badge, ...]:
        delivery = self.item.delivery
        said = delivery is None or delivery.text in self.item.meta
        quiet = said and (delivery is None or delivery.tone not in {Tone.WARNING, Tone.DANGER})
        return self.item.badges if quiet or delivery is None else (*self.item.badges, delivery)

    def _chip_width(self, name: str, size: str) -> float:
        return QFontMetrics(look().font(12)).horizontalAdvance(f"{name}  {size}") + look().px(40)

    def _files(self, left: float, y: float, width: float) -> float:
        px, page = look().px, self.page
        for file in self.item.attachments:
            room = min(self._chip_width(file.name, file.size), width - 2 * px(_PAD))
            box = page.box(left + px(_PAD), y + px(3), room, px(28))
            page.ground(box, "surface", "border")
            page.icon(page.box(left + px(_PAD + 8), y + px(10), px(14), px(14)), "attach", "muted")
            words = page.box(left + px(_PAD + 28), y + px(3), room - px(34), px(28))
            page.line(words, f"{file.name}  {file.size}", look().font(12), "text")
            page.made.zones.append(Zone(box, "file", file.id))
            y += px(34)
        return y

    def _meta(self, left: float, y: float, width: float) -> None:
        px, page, item = look().px, self.page, self.item
        x = left + px(_PAD)
        if item.icon:
            page.icon(page.box(x, y + px(2), px(12), px(12)), item.icon, "muted")
            x += px(17)
        words: float = QFontMetrics(self.meta_font).horizontalAdvance(self._meta_text()) + 4
        end = left + width - px(_PAD)
        tags = sum(paint.tag_width(badge.text) + px(6) for badge in self._badges())
        words = min(words, end - x - tags)
        page.line(page.box(x, y, words, px(16)), self._meta_text(), self.meta_font, "muted")
        x += words + px(6)
        for badge in self._badges():
            wide = paint.tag_width(badge.text)
            page.tag(page.box(x, y - px(1), wide, px(18)), badge)
            x += wide + px(6)
