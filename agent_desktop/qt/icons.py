"""Icons: stroked drawings of `resources/icons`, tinted with a colour of the look.

An icon never stands alone: its text stands beside it, or its widget has an accessible name and a tip.
The drawings are 20 x 20 and use `currentColor`; they are rendered at the screen's own resolution and
kept.  A name that has no drawing gives the `info` one rather than a hole.
"""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from agent_desktop import assets
from agent_desktop.errors import AgentDesktopError

FALLBACK = "info"
# What says "onward" or "back" points the other way where the text runs from right to left.
MIRRORED = frozenset({"back", "chevron-right", "send", "transfer"})


def pixmap(name: str, colour: QColor, size: int) -> QPixmap:
    """Give one icon as a picture of `size` logical pixels."""
    application = QGuiApplication.instance()
    ratio = application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0
    mirrored = name in MIRRORED and QGuiApplication.isRightToLeft()
    return _pixmap(name, colour.name(), size, ratio, mirrored)


def icon(name: str, colour: QColor, size: int = 20) -> QIcon:
    """Give one icon for a menu or a window."""
    return QIcon(pixmap(name, colour, size))


def paint(painter: QPainter, name: str, colour: QColor, rect: QRectF) -> None:
    """Draw one icon into a square."""
    size = round(min(rect.width(), rect.height()))
    if size > 0:
        at = rect.center().toPoint()
        painter.drawPixmap(at.x() - size // 2, at.y() - size // 2, pixmap(name, colour, size))


@cache
def drawing(name: str) -> str:
    """Give the SVG text of an icon, or of the fallback."""
    try:
        return assets.resource("icons", f"{name}.svg").read_text("utf-8")
    except AgentDesktopError:
        if name == FALLBACK:
            raise
        return drawing(FALLBACK)


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, size: int, ratio: float, mirrored: bool) -> QPixmap:  # noqa: FBT001 - a cache key
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(drawing(name).replace("currentColor", colour).encode()))
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if mirrored:
        painter.translate(made.width(), 0)
        painter.scale(-1, 1)
    renderer.render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
