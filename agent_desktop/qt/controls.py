"""The other small controls: panel, tag, avatar, tabs, tick box, choice, key-value form, flow of chips.

They paint themselves from the tokens and are named for screen readers by whoever makes them.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLayout,
    QLayoutItem,
    QSizePolicy,
    QTabBar,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from agent_desktop.qt import icons, paint, tokens
from agent_desktop.qt.text import Painted
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Badge


class Panel(QFrame):
    """A ground with edges: `edges` is any of the letters l, t, r, b (leading is l), or `a` for a card."""

    def __init__(
        self, ground: str = "surface", edges: str = "", parent: QWidget | None = None, *, edge: str = "border"
    ) -> None:
        super().__init__(parent)
        self.ground, self.edges, self.edge = ground, edges, edge
        self.radius = tokens.RADIUS_CARD

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        if self.edges == "a":
            area = QRectF(self.rect())
            paint.rounded(
                painter, area, look().px(self.radius), look().colour(self.ground), look().colour(self.edge)
            )
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # noqa: FBT003 - an edge is one sharp pixel
        painter.fillRect(self.rect(), look().colour(self.ground))
        painter.setPen(look().colour(self.edge))
        right, bottom = self.width() - 1, self.height() - 1
        edges = self.edges
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            edges = edges.translate(str.maketrans("lr", "rl"))
        if "l" in edges:
            painter.drawLine(0, 0, 0, bottom)
        if "r" in edges:
            painter.drawLine(right, 0, right, bottom)
        if "t" in edges:
            painter.drawLine(0, 0, right, 0)
        if "b" in edges:
            painter.drawLine(0, bottom, right, bottom)


def row(*, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8) -> QHBoxLayout:
    """Give a horizontal layout with scaled margins (left, top, right, bottom) and gap."""
    made = QHBoxLayout()
    made.setContentsMargins(*(look().px(m) for m in margins))
    made.setSpacing(look().px(gap))
    return made


def column(*, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8) -> QVBoxLayout:
    """Give a vertical layout with scaled margins and gap."""
    made = QVBoxLayout()
    made.setContentsMargins(*(look().px(m) for m in margins))
    made.setSpacing(look().px(gap))
    return made


def centred(widget: QWidget) -> QHBoxLayout:
    """Give a line with a widget in its middle."""
    line = row()
    line.addStretch(1)
    line.addWidget(widget)
    line.addStretch(1)
    return line


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Tag(Painted):
    """A badge of the view-model: `missing`, `0:48 left`, `REC`.  Text first, colour second."""

    def __init__(self, badge: Badge | None = None, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badge = Badge("")
        self._icon = icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_badge(badge)

    def show_badge(self, badge: Badge | None) -> None:
        """Show a badge; None hides the tag."""
        self.setVisible(badge is not None)
        if badge is None or badge == self._badge:
            return
        self._badge = badge
        self.setAccessibleName(badge.spoken or badge.text)
        self.updateGeometry()
        self.update()

    def set_icon(self, icon: str) -> None:
        """Put an icon before the words."""
        if icon != self._icon:
            self._icon = icon
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        extra = look().px(16) if self._icon else 0
        return QSize(paint.tag_width(self._badge.text) + extra, paint.tag_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        if not self._icon:
            paint.tag(painter, area, self._badge)
            return
        paint.tag(painter, area, Badge("", self._badge.tone))
        size = look().px(12)
        mark = QRectF(look().px(6), (area.height() - size) / 2, size, size)
        icons.paint(
            painter, self._icon, paint.tone_ink(self._badge.tone), paint.mirrored(self, self.rect(), mark)
        )
        words = paint.mirrored(self, self.rect(), area.adjusted(look().px(20), 0, -look().px(5), 0))
        painter.setPen(paint.tone_ink(self._badge.tone))
        painter.setFont(look().font(tokens.TEXT_META, tokens.BOLD))
        painter.drawText(words, paint.CENTRED, self._badge.text)


class Avatar(QWidget):
    """Initials on the medium's colour; decoration, its text stands beside it."""

    def __init__(self, size: int = 36, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._initials, self._medium, self._icon = "", "", ""
        self.setFixedSize(look().px(size), look().px(size))

    def show_person(self, initials: str, medium: str, icon: str = "") -> None:
        """Show somebody."""
        self._initials, self._medium, self._icon = initials, medium, icon
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        inset = 0.06 if self._icon else 0
        area = QRectF(self.rect())
        area = area.adjusted(0, 0, -area.width() * inset, -area.height() * inset)
        paint.avatar(paint.begin(self), area, self._initials, self._medium, self._icon)


class Tabs(QTabBar):
    """Segments: the chosen one on a soft ground.  Arrow keys move, each is a page tab to a screen reader."""

    shown = Signal()  # they are others, or say something else

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setFont(look().font(tokens.TEXT_BODY, tokens.STRONG))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.ids: list[str] = []

    def show_tabs(self, tabs: Sequence[tuple[str, str, bool]], spoken: Sequence[str] = ()) -> None:
        """Show (id, label, selected) tabs without telling anybody; `spoken` says more than the labels."""
        self.blockSignals(True)  # noqa: FBT003 - Qt's signature
        changed = self.count() != len(tabs)
        while self.count() > len(tabs):
            self.removeTab(self.count() - 1)
        for index, (_id, label, _selected) in enumerate(tabs):
            if index >= self.count():
                self.addTab("")
            if self.tabText(index) != label:
                self.setTabText(index, label)
                changed = True
            said = spoken[index] if spoken else label
            if self.accessibleTabName(index) != said:
                self.setAccessibleTabName(index, said)
        self.ids = [tab[0] for tab in tabs]
        chosen = next((i for i, tab in enumerate(tabs) if tab[2]), 0)
        if tabs and self.currentIndex() != chosen:
            self.setCurrentIndex(chosen)
        self.blockSignals(False)  # noqa: FBT003 - the same
        if changed:
            self.updateGeometry()  # Qt forgets to, while the bar is not in sight
        self.shown.emit()

    def tabSizeHint(self, index: int) -> QSize:
        words = QFontMetrics(self.font()).horizontalAdvance(self.tabText(index))
        return QSize(words + look().px(19), look().px(tokens.CONTROL_HEIGHT - 2))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        painter.setFont(self.font())
        for index in range(self.count()):
            area = QRectF(self.tabRect(index)).adjusted(0, 0, -look().px(2), 0)
            chosen = index == self.currentIndex()
            if chosen:
                edge = look().colour("accent") if look().colours.high_contrast else None
                paint.rounded(
                    painter, area, look().px(tokens.RADIUS_CONTROL), look().colour("accent_soft"), edge
                )
            painter.setPen(look().colour("accent" if chosen else "muted"))
            painter.drawText(area, paint.CENTRED, self.tabText(index))


class Tick(QCheckBox):
    """A tick box with words of any length; they wrap, are read aloud and can be pressed themselves."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text.replace("&", "&&"), parent)
        self._words = text
        self.setFont(look().font())
        self.setAccessibleName(text)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _rect(self, width: int) -> QRect:
        """The room that the words take beside the box."""
        room = QRect(0, 0, max(width - look().px(26), look().px(40)), 10_000)
        return QFontMetrics(self.font()).boundingRect(room, int(Qt.TextFlag.TextWordWrap), self._words)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max(self._rect(width).height() + look().px(6), look().px(26))

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self.font()).horizontalAdvance(self._words)
        return QSize(min(words, look().px(260)) + look().px(28), look().px(26))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(80), look().px(26))

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        side = look().px(18)
        box = paint.mirrored(self, self.rect(), QRectF(1, look().px(4), side, side))
        on = self.isChecked()
        ground = look().colour("accent" if on else "background")
        edge = look().colour("accent" if on else "control_border")
        paint.rounded(painter, box, look().px(5), ground, edge)
        if on:
            inset = look().px(2)
            mark = box.adjusted(inset, inset, -inset, -inset)
            icons.paint(painter, "check", look().colour("on_accent"), mark)
        painter.setPen(look().colour("text" if self.isEnabled() else "muted"))
        painter.setFont(self.font())
        room = QRectF(look().px(26), look().px(4), self.width() - look().px(26), self.height() - look().px(4))
        words = paint.mirrored(self, self.rect(), room)
        right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        flags = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, int(flags | Qt.TextFlag.TextWordWrap), self._words)


class Choice(QComboBox):
    """One of a few values; needs a label with `setBuddy`, because Linux names a combo box by its value."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setFont(look().font())
        self.setMinimumHeight(look().px(tokens.CONTROL_HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wheelEvent(self, event: QEvent) -> None:  # a value must not change while one scrolls
        event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), look().px(tokens.CONTROL_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = paint.begin(self)
        area = QRectF(self.rect())
        paint.rounded(
            painter,
            area,
            look().px(tokens.RADIUS_CONTROL),
            look().colour("surface"),
            look().colour("control_border"),
        )
        pad, mark = look().px(12), look().px(14)
        icon = QRectF(area.right() - pad - mark, (area.height() - mark) / 2, mark, mark)
        icons.paint(painter, "chevron-down", look().colour("muted"), paint.mirrored(self, self.rect(), icon))
        words = paint.mirrored(self, self.rect(), QRectF(pad, 0, icon.left() - pad * 1.5, area.height()))
        painter.setFont(self.font())
        painter.setPen(look().colour("text"))
        flags = paint.LEADING if self.layoutDirection() == Qt.LayoutDirection.LeftToRight else paint.TRAILING
        fits = painter.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, round(words.width())
        )
        painter.drawText(words, flags, fits)


class Flow(QLayout):
    """A layout that breaks like words: chips that do not fit go to the next line."""

    def __init__(self, gap: int = 6) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap = look().px(gap)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # None ends Qt's walk
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Place the items and give the height that they took."""
        right_to_left = (
            isinstance(parent := self.parentWidget(), QWidget)
            and parent.layoutDirection() == Qt.LayoutDirection.RightToLeft
        )
        x, y, line = rect.x(), rect.y(), 0
        placed: list[tuple[QLayoutItem, QRect]] = []
        for item in self._items:
            if (widget := item.widget()) is not None and widget.isHidden():
                continue
            hint = item.sizeHint()
            if hint.width() > max(rect.width(), 1):
                hint.setWidth(max(rect.width(), 1))
                hint.setHeight(max(item.heightForWidth(hint.width()), hint.height()))
            if x > rect.x() and x + hint.width() > rect.right() + 1:
                x, y, line = rect.x(), y + line + self._gap, 0
            place = QRect(QPoint(x, y), hint)
            if right_to_left:
                place.moveRight(rect.right() - (x - rect.x()))
            placed.append((item, place))
            x += hint.width() + self._gap
            line = max(line, hint.height())
        if move:  # each in the middle of its line
            highest: dict[int, int] = {}
            for _item, place in placed:
                highest[place.top()] = max(highest.get(place.top(), 0), place.height())
            for item, place in placed:
                item.setGeometry(place.translated(0, (highest[place.top()] - place.height()) // 2))
        return y + line - rect.y()
