"""What can be heard in the timeline: recordings and voice messages, and the button that calls back."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetrics, QPainter

from agent_desktop.qt import paint, tokens
from agent_desktop.qt.laying import Page, Zone
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.conversation import RecordingRow, TimelineItemView

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


def players(page: Page, item: TimelineItemView, x: float, y: float, width: float) -> None:
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


def _player(page: Page, row: RecordingRow, x: float, y: float, width: float) -> None:
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
