"""What has no room in its line goes below it, broken like words (WCAG 2.2, 1.4.10).

`Below` takes widgets out of the lines of a panel and gives them back to their places.  The widgets stay the
same, and with them their names and the keyboard.  `TabChips` is the choice of a row of tabs as chips, for
where the row would be wider than its panel: a row of tabs cannot be broken.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QLayout, QSizePolicy, QWidget
from shiboken6 import isValid

from agent_desktop.qt.buttons import Button, Kind
from agent_desktop.qt.controls import Flow, Tabs, column
from agent_desktop.qt.theme import look
from agent_desktop.viewmodels.parts import Button as ButtonView


class Below(Flow):
    """The lines under a line."""

    def __init__(self, gap: int = 6) -> None:
        super().__init__(gap)
        self._taken: list[tuple[QWidget, QBoxLayout, int]] = []
        self._frame = column()

    def under(self, line: QLayout, stretch: int = 0) -> QBoxLayout:
        """Give a column of a line and, under it, this."""
        self._frame.addLayout(self)
        whole = column(gap=0)
        whole.addLayout(line, stretch)
        whole.addLayout(self._frame)
        return whole

    def inset(self, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> None:
        """Keep off the edges, in pixels at 100 %."""
        self._frame.setContentsMargins(*(look().px(edge) for edge in (left, top, right, bottom)))

    def take(self, line: QBoxLayout, *widgets: QWidget) -> None:
        """Take widgets out of a line, in the order in which they will stand here."""
        for widget in widgets:
            at = line.indexOf(widget)
            if at >= 0:
                line.removeWidget(widget)
                self.addWidget(widget)
                self._taken.append((widget, line, at))
        self.invalidate()

    def give_back(self) -> None:
        """Let each widget stand where it stood."""
        for widget, line, at in reversed(self._taken):
            if isValid(widget):
                self.removeWidget(widget)
                line.insertWidget(at, widget)
        self._taken.clear()
        self.invalidate()

    def minimumSize(self) -> QSize:
        return super().minimumSize().expandedTo(QSize(0, 0))  # an empty one takes nothing away


class OneLine(Flow):
    """A flow that asks for one line, and is broken where it does not get it."""

    def sizeHint(self) -> QSize:
        shown = [item.sizeHint() for item in self._items if (w := item.widget()) is None or not w.isHidden()]
        gaps = self._gap * max(len(shown) - 1, 0)
        return QSize(sum(s.width() for s in shown) + gaps, max((s.height() for s in shown), default=0))


class TabChips(QFrame):
    """The tabs as chips; hidden while the tabs have room."""

    def __init__(self, tabs: Tabs) -> None:
        super().__init__()
        self._tabs = tabs
        self.setAccessibleName(tabs.accessibleName())
        self.chips: list[Button] = []
        self._flow = Flow(6)
        self.setLayout(self._flow)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        tabs.shown.connect(self._follow)
        tabs.currentChanged.connect(self._follow)
        self.hide()

    def stand_in(self, *, on: bool) -> None:
        """Stand in for the tabs, or let them be back; the keyboard goes along."""
        if on != self.isHidden():
            return
        held = self._tabs.hasFocus() or any(chip.hasFocus() for chip in self.chips)
        self._follow()
        self.setVisible(on)
        self._tabs.setVisible(not on)
        if held:
            (self._chosen() if on else self._tabs).setFocus(Qt.FocusReason.OtherFocusReason)

    def _chosen(self) -> QWidget:
        at = self._tabs.currentIndex()
        return self.chips[at] if 0 <= at < len(self.chips) else self

    def _follow(self, _index: int = 0) -> None:
        tabs = self._tabs
        while len(self.chips) < tabs.count():
            self.chips.append(Button(self._choose, kind=Kind.CHIP))
            self._flow.addWidget(self.chips[-1])
        for number, chip in enumerate(self.chips):
            chip.setVisible(number < tabs.count())
            if number < tabs.count():
                here = number == tabs.currentIndex()
                chip.show_view(
                    ButtonView("tab", tabs.tabText(number), args=(("n", str(number)),), checked=here)
                )
                chip.setAccessibleName(tabs.accessibleTabName(number) or tabs.tabText(number))
        self._flow.invalidate()

    def _choose(self, _action: str, *, n: str) -> str:
        self._tabs.setCurrentIndex(int(n))
        self._follow()  # what was refused is not chosen
        return ""
