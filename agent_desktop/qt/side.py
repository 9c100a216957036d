"""The side: Customer, Script, Knowledge, Wrap-up.  It opens the tab that the moment needs, unless pinned."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget

from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.breaking import TabChips
from agent_desktop.qt.buttons import Button, Room
from agent_desktop.qt.controls import Panel, Tabs, column, row
from agent_desktop.qt.customer import CustomerPage
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.knowledge import KnowledgePage
from agent_desktop.qt.script import ScriptPage
from agent_desktop.qt.theme import look
from agent_desktop.qt.wrapup import WrapUpPage
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Empty
from agent_desktop.viewmodels.side import SideView
from agent_desktop.viewmodels.surface import Surface


class Side(Panel):
    """The panel at the trailing edge."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "l")
        self.setObjectName("side")
        self.setAccessibleName(_("Customer, script, knowledge and wrap-up"))
        self._surface = surface
        self.tabs = Tabs(_("Panels of the side"))
        self.tabs.currentChanged.connect(self._tab_chosen)
        self.chips = TabChips(self.tabs)
        self._compact = False
        self.pin = Button(surface.act, room=Room.ICON, height=28)
        away = ButtonView("side.drawer", _("Close the panel"), icon="close", shortcut="Esc")
        self.hide_drawer = Button(surface.act, away, room=Room.ICON, height=28)
        self.hide_drawer.hide()
        self.customer = CustomerPage(surface.act)
        self.script = ScriptPage(surface.act)
        self.knowledge = KnowledgePage(surface.act)
        self.wrapup = WrapUpPage(surface.act)
        self.empty = EmptyState(surface.act, "customers")
        self._stack = QStackedWidget()
        for page in (self.customer, self.script, self.knowledge, self.wrapup, self.empty):
            self._stack.addWidget(page)
        head = self._head = Panel("surface", "b")
        head.setFixedHeight(look().px(tokens.BAR_HEIGHT + 2))
        line = self._line = row(margins=(12, 0, 10, 0), gap=4)
        line.addWidget(self.tabs, 1)
        line.addWidget(self.chips, 1)
        line.addWidget(self.pin)
        line.addWidget(self.hide_drawer)
        head.setLayout(line)
        whole = column(gap=0)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.addWidget(head)
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)

    def show_places(self, *, away: bool, compact: bool) -> None:
        """Show the way back where this is a drawer; alone in the window its tabs may be chips."""
        if not away and self.hide_drawer is QApplication.focusWidget():
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide_drawer.setVisible(away)
        self._compact = compact
        self._fit()

    def _fit(self) -> None:
        beside = self.pin.sizeHint().width() + look().px(12 + 4 + 10 + 1)
        on = self._compact and self.tabs.sizeHint().width() + beside > self.width()
        self.chips.stand_in(on=on)
        wide = self.width() - beside
        edge = look().px(7 if on else 0)
        self._line.setContentsMargins(look().px(12), edge, look().px(10), edge)
        high = self.chips.heightForWidth(wide) + 2 * edge if on else 0
        self._head.setFixedHeight(max(high, look().px(tokens.BAR_HEIGHT + 2)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_view(self, view: SideView, medium: str = "") -> None:
        """Show the chosen tab; the others wait until they are chosen."""
        self.tabs.show_tabs([
(tab.id, tab.label, tab.selected) for tab in view.tabs
        ], [
            tab.label if tab.badge is None else f"{tab.label}, {tab.badge.spoken or tab.badge.text}"
            for tab in view.tabs
        ])  # fmt: skip
        self.pin.show_view(replace(view.pin, icon=view.pin.icon or "star"))
        match view.tab:
            case "customer" if view.customer is not None:
                self.customer.show_card(view.customer, medium, view.knowledge)
                self._stack.setCurrentWidget(self.customer)
            case "script" if view.script is not None:
                self.script.show_script(view.script)
                self._stack.setCurrentWidget(self.script)
            case "knowledge":
                self.knowledge.show_knowledge(view.knowledge)
                self._stack.setCurrentWidget(self.knowledge)
            case "wrapup" if view.wrapup is not None:
                self.wrapup.show_wrapup(view.wrapup)
                self._stack.setCurrentWidget(self.wrapup)
            case _:
                self.empty.show_empty(
                    view.empty or Empty(_("Nothing is open"), _("Open something from the inbox."))
                )
                self._stack.setCurrentWidget(self.empty)

    def _tab_chosen(self, index: int) -> None:
        if 0 <= index < len(self.tabs.ids):
            self._surface.act("side.tab", tab=self.tabs.ids[index])
