"""What has less room than its text needs, and what sticks out of where it stands."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QLineEdit, QTabBar, QWidget

from agent_desktop.qt.buttons import Button, Kind
from agent_desktop.qt.controls import Tag
from agent_desktop.qt.text import ElidedLabel, Label

_CUT_TO_FIT = frozenset({Kind.HISTORY, Kind.ROW, Kind.CODE})  # rows whose whole text is their tip and name
_SLACK = 1
_TEXTS = (Label, QAbstractButton, Tag, QLineEdit, QTabBar)


def clipped(window: QWidget) -> list[str]:
    """What has less room than its text needs."""
    bad: list[str] = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue
        need = widget.sizeHint()
        if isinstance(widget, Label):
            room = widget.heightForWidth(widget.width()) if widget.wordWrap() else need.height()
            wide = widget.wordWrap() or widget.width() >= need.width() - _SLACK
            if widget.height() < room - _SLACK or not wide:
                bad.append(f"label {widget.text()}")
        elif isinstance(widget, Button):
            wide = widget.kind in _CUT_TO_FIT or widget.width() >= need.width() - _SLACK
            high = widget.height() >= min(need.height(), widget.fontMetrics().height()) - _SLACK
            if type(widget) is Button and not (wide and high):
                bad.append(f"button {widget.text()} {widget.size()} {need}")
        elif isinstance(widget, Tag) and (widget.width() < need.width() or widget.height() < need.height()):
            bad.append(f"tag {widget.accessibleName()}")
        elif isinstance(widget, QTabBar) and widget.width() < need.width() - _SLACK:
            bad.append(f"tabs {widget.accessibleName()}")
    return bad


def outside(window: QWidget) -> list[str]:
    """What sticks out of something that it stands in, and cannot be scrolled to."""
    found = (w for w in window.findChildren(QWidget) if w.isVisible() and isinstance(w, _TEXTS))
    return [f"{type(w).__name__} {w.accessibleName() or getattr(w, 'text', str)()}" for w in found if _out(w)]


def _out(widget: QWidget) -> bool:
    place, here = QRect(QPoint(0, 0), widget.size()), widget
    while (parent := here.parentWidget()) is not None and not here.isWindow():
        place.translate(here.pos())
        scrolls = parent.parentWidget()
        if isinstance(scrolls, QAbstractScrollArea) and parent is scrolls.viewport():
            if place.left() < -_SLACK or place.right() > parent.width() + _SLACK:
                return True
            place = QRect(parent.rect())  # what is above or below can be scrolled to
        elif not parent.rect().adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK).contains(place):
            return True
        here = parent
    return False
