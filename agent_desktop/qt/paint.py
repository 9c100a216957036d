"""Shapes that widgets and list rows share: rounded grounds, tags, avatars, key badges.

Every function draws from the look in force and gives back how much room it took.  Rectangles are in the
reading direction of the widget: the callers mirror (`mirrored`).
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication, QPainter, QPainterPath, QPen, QRegion
from PySide6.QtWidgets import QWidget

from agent_desktop.qt import icons, tokens
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge, Tone

CENTRED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine)
LEADING = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine)
TRAILING = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine)
_KEYS = {
    "Return": "↵", "Enter": "↵", "Escape": "Esc", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓",
    "Space": "Space", "Delete": "Del",
}  # fmt: skip


def begin(widget: QWidget) -> QPainter:
    """Give a painter for a widget.  Each text runs in its own direction: a Latin name in an Arabic window."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    return painter


def tone_ink(tone: Tone) -> QColor:
    """Give the colour of a tone as text on its own soft ground."""
    match tone:
        case Tone.PLAIN | Tone.MUTED:
            return look().colour("muted")
        case Tone.ACCENT | Tone.OK | Tone.WARNING | Tone.DANGER:
            return look().colour(tone.value)


def tone_ground(tone: Tone) -> QColor:
    """Give the soft ground of a tone."""
    match tone:
        case Tone.PLAIN | Tone.MUTED:
            return look().colour("raised")
        case Tone.ACCENT | Tone.OK | Tone.WARNING | Tone.DANGER:
            return look().colour(f"{tone.value}_soft")


def mirrored(widget: QWidget, area: QRect, rect: QRectF) -> QRectF:
    """Mirror a rectangle inside an area where the widget runs from right to left."""
    if widget.layoutDirection() == Qt.LayoutDirection.LeftToRight:
        return rect
    return QRectF(area.left() + area.right() + 1 - rect.right(), rect.top(), rect.width(), rect.height())


def rounded(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    edge: QColor | None = None,
    width: float = 1,
) -> None:
    """Draw a ground with round corners, and its edge inside the rectangle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    half = width / 2 if edge is not None else 0
    painter.setPen(QPen(edge, width) if edge is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(half, half, -half, -half), radius, radius)


def keys_text(shortcut: str) -> str:
    """Write a shortcut as on a key cap: `Ctrl+Return` is `Ctrl ↵`."""
    return " ".join(_KEYS.get(part, part) for part in shortcut.split("+")) if shortcut else ""


def keys_width(shortcut: str) -> int:
    """Give the room that a key badge needs."""
    if not shortcut:
        return 0
    metrics = QFontMetrics(look().font(tokens.TEXT_META))
    return metrics.horizontalAdvance(keys_text(shortcut)) + look().px(12)


def keys(painter: QPainter, rect: QRectF, shortcut: str, *, solid: bool = False) -> None:
    """Draw a key badge centred on the height of a rectangle; `solid`: on a coloured ground."""
    height = look().px(18)
    box = QRectF(rect.left(), rect.center().y() - height / 2, rect.width(), height)
    edge = look().colour("surface" if solid else "border")
    rounded(painter, box, look().px(5), look().colour("surface"), edge)
    painter.setFont(look().font(tokens.TEXT_META))
    painter.setPen(look().colour("muted"))
    painter.drawText(box, CENTRED, keys_text(shortcut))


def tag_width(text: str, *, bold: bool = True) -> int:
    """Give the room that a tag needs."""
    metrics = QFontMetrics(look().font(tokens.TEXT_META, tokens.BOLD if bold else tokens.STRONG))
    return metrics.horizontalAdvance(text) + look().px(14)


def tag_height() -> int:
    """Give the height of a tag."""
    return look().px(20)


def tag(painter: QPainter, rect: QRectF, badge: Badge) -> None:
    """Draw a badge: coloured ground for a tone, an edge for a plain one."""
    plain = badge.tone in {Tone.PLAIN, Tone.MUTED}
    edge = look().colour("border") if plain else tone_edge(badge.tone)
    rounded(painter, rect, look().px(tokens.RADIUS_TAG), tone_ground(badge.tone), edge)
    painter.setFont(look().font(tokens.TEXT_META, tokens.STRONG if plain else tokens.BOLD))
    painter.setPen(tone_ink(badge.tone))
    inner = rect.adjusted(look().px(4), 0, -look().px(4), 0)
    metrics = QFontMetrics(painter.font())
    shown = metrics.elidedText(badge.text, Qt.TextElideMode.ElideRight, round(inner.width()))
    painter.drawText(rect, CENTRED, shown)


def tag_with(painter: QPainter, rect: QRectF, badge: Badge, icon: str, *, rtl: bool) -> None:
    """Draw a badge with an icon before its words."""
    tag(painter, rect, Badge("", badge.tone))
    size, pad = look().px(12), look().px(6)
    x = rect.right() - pad - size if rtl else rect.left() + pad
    ink = tone_ink(badge.tone)
    icons.paint(painter, icon, ink, QRectF(x, rect.top() + (rect.height() - size) / 2, size, size))
    room = rect.adjusted(pad, 0, -pad - size, 0) if rtl else rect.adjusted(pad + size, 0, -pad, 0)
    painter.setPen(ink)
    measured = QFontMetrics(painter.font())
    shown = measured.elidedText(badge.text, Qt.TextElideMode.ElideRight, round(room.width()))
    painter.drawText(room, CENTRED, shown)


def tone_edge(tone: Tone) -> QColor | None:
    """Give the edge of a soft ground: none, but a real one in high contrast."""
    return tone_ink(tone) if look().colours.high_contrast else None


def avatar(painter: QPainter, rect: QRectF, initials: str, medium: str, icon: str = "") -> None:
    """Draw a disc with initials in the medium's colour, and the medium's mark at its corner."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look().medium(medium))
    painter.drawEllipse(rect)
    painter.setPen(look().colour("on_medium"))
    size = max(round(rect.width() / look().scale * 0.36), 9)
    painter.setFont(look().font(size, tokens.BOLD))
    painter.drawText(rect, CENTRED, initials)
    if icon:
        side = rect.width() * 0.47
        mark = QRectF(rect.right() - side * 0.78, rect.bottom() - side * 0.78, side, side)
        painter.setPen(QPen(look().colour("border"), 1))
        painter.setBrush(look().colour("surface"))
        painter.drawEllipse(mark)
        inset = side * 0.16
        icons.paint(painter, icon, look().colour("text"), mark.adjusted(inset, inset, -inset, -inset))


def dot(painter: QPainter, centre: QPointF, diameter: float, colour: QColor) -> None:
    """Draw the dot of a state."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(centre, diameter / 2, diameter / 2)


def cut_out(window: QWidget, cards: Iterable[QRect], radius: float) -> None:
    """Cut a translucent window to its cards, where nothing may be blending it with what is under it.

    X11 without a compositing manager shows black instead, and Qt cannot say whether one runs.
    """
    if QGuiApplication.platformName() != "xcb":
        return
    shape = QRegion()
    for card in cards:
        path = QPainterPath()
        path.addRoundedRect(QRectF(card), radius, radius)
        shape = shape.united(QRegion(path.toFillPolygon().toPolygon()))
    window.setMask(shape)
