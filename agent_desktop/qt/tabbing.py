"""Where Tab goes: through a window as it is laid out, part by part, as one reads it.

Qt's own chain is the order in which widgets were made, and most buttons here are made when they are first
needed: Tab would come to a call's buttons after the composer.  So the order is that of the layouts (WCAG
2.2, 2.4.3), what was reached is scrolled into sight, and what a panel hides is no stop (2.4.11).
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLayout,
    QLineEdit,
    QScrollArea,
    QTabBar,
    QWidget,
)  # fmt: skip

from agent_desktop.qt.floating import Floating

# One stop each, whatever Qt builds them of.
_WHOLE = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, QTabBar,
)  # fmt: skip

_FIRST = frozenset({"inbox-rows", "timeline", "composer-editor"})
_HIDDEN = 0.8  # of its area


def stops(widget: QWidget) -> Iterator[QWidget]:
    """Give what Tab reaches in a widget, in its order."""
    if not widget.isVisible():
        return
    policy = widget.focusPolicy()
    if widget.isEnabled() and policy.value & Qt.FocusPolicy.TabFocus.value:
        yield widget
    if isinstance(widget, _WHOLE):
        return
    laid = dict.fromkeys(_laid_out(widget.layout()))
    for part in laid:
        yield from stops(part)
    for child in widget.children():
        if isinstance(child, QWidget) and child not in laid and not child.isWindow():
            yield from stops(child)


def _laid_out(layout: QLayout | None) -> Iterator[QWidget]:
    for number in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(number) if layout is not None else None
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _laid_out(inner)


def step(window: QWidget, *, forward: bool) -> bool:
    """Go one stop on or back, round the ends; False where there is nowhere to go."""
    way = list(stops(window))
    if not way:
        return False
    here, at = QApplication.focusWidget(), -1
    while here is not None and at < 0:
        at = way.index(here) if here in way else -1
        here = here.parentWidget()
    if at < 0 and not forward:
        at = 0
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    for steps in range(1, len(way) + 1):
        target = way[(at + (steps if forward else -steps)) % len(way)]
        into_sight(target)
        if not covered(target):
            target.setFocus(reason)
            return True
    return False


def first_stop(panel: QWidget) -> QWidget | None:
    """Give the first widget of a panel that a key can reach; the list of a panel before its tabs."""
    usable = list(stops(panel))
    preferred = [w for w in usable if w.objectName() in _FIRST]
    return next(iter(preferred or usable), None)


def covered(widget: QWidget) -> bool:
    """Whether a panel that stands over the window hides it, or all but an edge: nobody could point at it."""
    window = widget.window()
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    for panel in window.findChildren(Floating, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if panel.isVisible() and not panel.isAncestorOf(widget):
            card = QRect(panel.card.mapTo(window, QPoint(0, 0)), panel.card.size())
            hidden = card.intersected(place)
            if hidden.width() * hidden.height() >= _HIDDEN * place.width() * place.height():
                return True
    return False


def into_sight(widget: QWidget) -> None:
    """Scroll whatever a widget stands in until it can be seen."""
    here = widget.parentWidget()
    while here is not None:
        if isinstance(here, QScrollArea):
            here.ensureWidgetVisible(widget)
        here = here.parentWidget()
