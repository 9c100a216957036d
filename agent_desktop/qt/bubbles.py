"""How one item of the timeline looks: bubbles, notes, call cards, day marks.

`measure` lays an item out for a width once and gives a `Measured`, which knows its height, paints itself
and knows what lies under the mouse.  Text is laid out as plain text whatever it contains; a very long one
is cut here and whole in the viewer, so that one message cannot slow the timeline down.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QTextOption

from agent_desktop.i18n import _
from agent_desktop.qt import icons, paint, tokens, typed
from agent_desktop.qt.heard import heard_height, heard_width, players
from agent_desktop.qt.laying import Measured, Page, Zone, text_layout
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import AttachmentView, ItemKind, TimelineItemView
from agent_desktop.viewmodels.parts import Badge, Tone

LONGEST = 6000  # characters of one bubble; the rest is in the viewer
_SIDE, _GAP, _PAD, _CHOICE = 20, 12, 12, 34


def measure(item: TimelineItemView, width: int, *, rtl: bool) -> Measured:
    """Lay an item out for a width in pixels."""
    page = Page(width, rtl=rtl)
    if item.typed and item.kind is not ItemKind.SYSTEM:
        typed.lay_out(page, item)
        return page.made
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


def _centred(page: Page, text: str, colour: str, weight: int) -> None:
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


def _call(page: Page, item: TimelineItemView) -> None:
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
    players(page, item, px(_SIDE + 12), high - px(2), min(width - px(24), px(420)))
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

    def __init__(self, page: Page, item: TimelineItemView) -> None:
        self.page, self.item = page, item
        self.meta_font = look().font(tokens.TEXT_META)

    def lay_out(self) -> None:
        px, item, page = look().px, self.item, self.page
        room = page.width - (px(_CHOICE) if item.chosen is not None else 0)
        most = min(room - 2 * px(_SIDE), max(px(280), round(room * 0.72)), px(640))
        inner = most - 2 * px(_PAD)
        text = item.text if len(item.text) <= LONGEST else item.text[:LONGEST] + "…"
        layout, height, natural = text_layout(text, look().font(), inner)
        more = self._more()
        wide = max(
            natural,
            self._meta_width(),
            *(self._chip_width(f) for f in item.attachments),
            *(self._width(w) + px(20) for w in self._notices()),
            self._width(more),
            self._width(item.recover.label if item.recover is not None else "") + px(46),
            heard_width(item),
        )
        width = min(max(wide + 2 * px(_PAD) + 2, px(96)), most)
        left = px(_SIDE) if item.kind is ItemKind.IN else room - px(_SIDE) - width
        above = self._notices_height(width)
        rows = above + height + px(5) + px(16)
        rows += len(item.attachments) * px(34) + (px(20) if more else 0)
        rows += heard_height(item) + (px(36) if item.recover is not None else 0)
        total = rows + px(10 + 9)
        note, high = item.kind is ItemKind.NOTE, look().colours.high_contrast
        page.ground(
            page.box(left, 0, width, total),
            self.GROUNDS[item.kind],
            "note_border" if note else "border" if high or item.kind is ItemKind.IN else "",
            dashed=note,
        )
        y = float(px(10))
        self._draw_notices(left, y, width)
        y += above
        body = page.box(left + px(_PAD), y, width - 2 * px(_PAD), height)
        layout_width = width - 2 * px(_PAD)
        if layout_width < inner - 1:  # a short text: its lines are as wide as the bubble
            layout, height, _natural = text_layout(text, look().font(), layout_width)
        page.text(layout, body.topLeft(), look().colour("muted" if item.sending else "text"))
        y += height + px(2)
        y = self._files(left, y, width)
        players(page, item, left + px(_PAD), y, width - 2 * px(_PAD))
        y += heard_height(item)
        if more:
            box = page.box(left + px(_PAD), y, self._width(more), px(20))
            page.line(box, more, look().font(tokens.TEXT_META, tokens.STRONG), "accent")
            page.made.zones.append(Zone(box, "whole"))
            y += px(20)
        y = self._recover(left, y)
        self._meta(left, y + px(3), width)
        page.made.height = total + px(_GAP)
        if item.chosen is not None:
            self._choice(total)

    def _choice(self, total: float) -> None:
        """The box of a message that can be chosen, at the trailing edge; the whole row is pressed."""
        px, page = look().px, self.page
        side = px(18)
        box = page.box(page.width - px(_CHOICE), (total - side) / 2, side, side)
        on = bool(self.item.chosen)

        def draw(painter: QPainter) -> None:
            edge = look().colour("accent" if on else "control_border")
            paint.rounded(painter, box, px(5), look().colour("accent" if on else "surface"), edge)
            if on:
                icons.paint(painter, "check", look().colour("on_accent"), box.adjusted(2, 2, -2, -2))

        page.made.steps.append(draw)
        page.made.zones.insert(0, Zone(page.box(0, 0, page.width, total), "choose"))

    def _notices(self) -> tuple[str, ...]:
        """What is odd about the sender, how it is protected, and why it is here once that was asked."""
        item = self.item
        asked = (item.threading_reason,) if item.threading_reason else ()
        return tuple(part for part in (*item.warnings, item.protection, *asked) if part)

    def _notices_height(self, width: float) -> float:
        room = width - 2 * look().px(_PAD) - look().px(20)
        font = look().font(tokens.TEXT_META, tokens.STRONG)
        return sum(text_layout(text, font, room)[1] + look().px(5) for text in self._notices())

    def _draw_notices(self, left: float, y: float, width: float) -> None:
        px, page, item = look().px, self.page, self.item
        font, room = look().font(tokens.TEXT_META, tokens.STRONG), width - 2 * px(_PAD) - px(20)
        for text in self._notices():
            odd = text in item.warnings
            colour = "warning" if odd else "muted"
            layout, height, natural = text_layout(text, font, room)
            icon = "warning" if odd else "lock" if text == item.protection else "help"
            page.icon(page.box(left + px(_PAD), y, px(14), px(14)), icon, colour)
            place = page.box(left + px(_PAD + 20), y, natural if page.rtl else room, height)
            page.text(layout, place.topLeft(), look().colour(colour))
            y += height + px(5)

    def _recover(self, left: float, y: float) -> float:
        """The button that takes it back or sends it again."""
        button = self.item.recover
        if button is None:
            return y
        px, page = look().px, self.page
        box = page.box(left + px(_PAD), y + px(3), self._width(button.label) + px(46), px(28))
        page.ground(box, "surface", "control_border")
        ink = "text" if button.enabled else "muted"
        page.icon(page.box(left + px(_PAD + 10), y + px(10), px(14), px(14)), button.icon or "back", ink)
        words = page.box(left + px(_PAD + 32), y + px(3), box.width() - px(36), px(28))
        page.line(words, button.label, look().font(tokens.TEXT_META, tokens.STRONG), ink)
        page.made.zones.append(Zone(box, "recover"))
        return y + px(36)

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

    def _meta_width(self) -> float:
        badges = self._badges()
        words = QFontMetrics(self.meta_font).horizontalAdvance(self.item.meta) + 4
        tags = sum(paint.tag_width(badge.text) + look().px(6) for badge in badges)
        return words + tags + (look().px(17) if self.item.icon else 0)

    def _badges(self) -> tuple[Badge, ...]:
        delivery = self.item.delivery
        said = delivery is None or delivery.text in self.item.meta
        quiet = said and (delivery is None or delivery.tone not in {Tone.WARNING, Tone.DANGER})
        return self.item.badges if quiet or delivery is None else (*self.item.badges, delivery)

    def _chip_words(self, file: AttachmentView) -> str:
        return "  ".join(part for part in (file.name, file.size, file.state or file.blocked) if part)

    def _chip_width(self, file: AttachmentView) -> float:
        return QFontMetrics(look().font(12)).horizontalAdvance(self._chip_words(file)) + look().px(40)

    def _files(self, left: float, y: float, width: float) -> float:
        px, page = look().px, self.page
        for file in self.item.attachments:
            room = min(self._chip_width(file), width - 2 * px(_PAD))
            box = page.box(left + px(_PAD), y + px(3), room, px(28))
            page.ground(box, "surface", "border")
            page.icon(page.box(left + px(_PAD + 8), y + px(10), px(14), px(14)), "attach", "muted")
            words = page.box(left + px(_PAD + 28), y + px(3), room - px(34), px(28))
            page.line(words, self._chip_words(file), look().font(12), "muted" if file.blocked else "text")
            page.made.zones.append(Zone(box, "file", file.id))
            y += px(34)
        return y

    def _meta(self, left: float, y: float, width: float) -> None:
        px, page, item = look().px, self.page, self.item
        x = left + px(_PAD)
        if item.icon:
            page.icon(page.box(x, y + px(2), px(12), px(12)), item.icon, "muted")
            x += px(17)
        words: float = QFontMetrics(self.meta_font).horizontalAdvance(self.item.meta) + 4
        end = left + width - px(_PAD)
        tags = sum(paint.tag_width(badge.text) + px(6) for badge in self._badges())
        words = min(words, end - x - tags)
        page.line(page.box(x, y, words, px(16)), self.item.meta, self.meta_font, "muted")
        x += words + px(6)
        for badge in self._badges():
            wide = paint.tag_width(badge.text)
            page.tag(page.box(x, y - px(1), wide, px(18)), badge)
            x += wide + px(6)
