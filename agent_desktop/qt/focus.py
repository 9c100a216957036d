"""The focus ring: 2 px in the accent colour (white on the dark rail), 2 px outside what has the keyboard.

One ring for the window, drawn above everything and following the focus, so that no widget can forget
its own (WCAG 2.2, 2.4.7 and 2.4.11).  It shows after a key, and always for a field that is typed in; a
click with the mouse on a button needs no ring.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

from agent_desktop.qt import paint, tokens
from agent_desktop.qt.theme import look

_MOVES = frozenset({
    QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange,
})  # fmt: skip


INK = "focus-ink"  # the property in which a panel names the colour of the ring on its ground
BY_KEY = "by-key"  # the property in which a list notes how its focus came
_KEYS = frozenset({
    Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason,
})  # fmt: skip


def note_reason(widget: QWidget, event: QFocusEvent) -> None:
    """Note how a list got the focus: it may have come by itself when something else went away."""
    widget.setProperty(BY_KEY, event.reason() in _KEYS)


def note_key(widget: QWidget) -> None:
    """Note that a key was pressed in a list: from now on its current row is marked."""
    widget.setProperty(BY_KEY, True)  # noqa: FBT003 - a property's value


def by_key(widget: QWidget) -> bool:
    """Whether a list marks its current row."""
    return widget.hasFocus() and bool(widget.property(BY_KEY))


def ink_for(widget: QWidget) -> str:
    """Give the colour of the ring round a widget: the accent, or what its panel says."""
    here: QWidget | None = widget
    while here is not None:
        if ink := here.property(INK):
            return str(ink)
        here = here.parentWidget()
    return "accent"


def seen(widget: QWidget) -> None:
    """Give a widget the keyboard where somebody has to see that it went there: with the ring."""
    for ring in widget.window().findChildren(FocusRing):
        ring.expect_key()
    widget.setFocus(Qt.FocusReason.TabFocusReason)


class FocusRing(QWidget):
    """The ring of one window; a child of it that the mouse does not see."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("focus-ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._by_key = self._expected = False
        self._ringed: QWidget | None = None  # what a key reached last
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)

    def expect_key(self) -> None:
        """The next change of the focus comes from a key: Tab, or F6."""
        self._expected = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice where the focused widget, or what it stands in, goes."""
        if event.type() in _MOVES:
            self._place()
        return False

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        # Only the widgets round the focus are watched: a filter on the whole program would pass every
        # event of every widget through Python.
        for widget in self._watched:
            if isValid(widget):  # the focus also moves because its widget is being destroyed
                widget.removeEventFilter(self)
        self._watched = []
        # Back from a menu or another window the ring stands where it stood.
        self._by_key = self._expected or (new is not None and new is self._ringed)
        self._expected = False
        if new is not None:
            self._ringed = new if self._by_key else None
        inside = new is not None and new.window() is self.window()
        self._target = new if inside and new is not None and self._wanted(new) else None
        here = self._target
        while here is not None and here is not self.window():
            self._watched.append(here)
            here.installEventFilter(self)
            here = here.parentWidget()
        self._place()

    def _wanted(self, widget: QWidget) -> bool:
        """A table shows its own current row; a field and whatever a key reached get the ring."""
        if isinstance(widget, QAbstractItemView):
            return bool(widget.property(BY_KEY)) and not widget.currentIndex().isValid()
        return self._by_key or widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)

    def _place(self) -> None:
        target = self._target
        if target is None or not isValid(target) or not target.isVisible():
            self.hide()
            return
        reach = look().px(tokens.FOCUS_WIDTH + tokens.FOCUS_OFFSET)
        rect = QRect(target.mapTo(self.window(), QPoint(0, 0)), target.size())
        self.setGeometry(rect.adjusted(-reach, -reach, reach, reach) & self._room(target))
        self.show()
        self.raise_()
        self.update()

    def _room(self, target: QWidget) -> QRect:
        """The part of the window in which the ring may show: the scroll area round its widget."""
        here = target.parentWidget()
        while here is not None and here is not self.window():
            if isinstance(here.parentWidget(), QAbstractScrollArea):
                return QRect(here.mapTo(self.window(), QPoint(0, 0)), here.size())
            here = here.parentWidget()
        return self.window().rect()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._target is None or not isValid(self._target):
            return
        reach = look().px(tokens.FOCUS_WIDTH + tokens.FOCUS_OFFSET)
        whole = QRect(self._target.mapTo(self.window(), QPoint(0, 0)), self._target.size())
        whole = whole.adjusted(-reach, -reach, reach, reach) & self.window().rect()
        painter = paint.begin(self)
        painter.setClipRegion(QRegion(self.rect()))
        painter.translate(-self.pos())
        radius = look().px(tokens.RADIUS_CONTROL + tokens.FOCUS_OFFSET)
        width = look().px(tokens.FOCUS_WIDTH)
        paint.rounded(painter, QRectF(whole), radius, None, look().colour(ink_for(self._target)), width)
