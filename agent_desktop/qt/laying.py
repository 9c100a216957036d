"""What an item of the timeline is laid out on: its row, places in it, and what can be pressed.

Coordinates are those of the row and mirrored already.  Text is laid out as plain text whatever it contains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QTextLayout, QTextOption

from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge

Draw = Callable[[QPainter], None]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of an item that can be pressed, and what of it.

    `whole` (the viewer), `file` (an attachment's id), `play` (a recording's id), `callback`, `recover` (take
    it back, send it again) or `choose` (for a split).
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


class Page:
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
