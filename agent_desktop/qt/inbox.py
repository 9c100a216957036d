"""The inbox: mine, my queues', all, or a view; media chips; rows of three lines that are painted, not built.

Under the rows stands what is done to many, while something is picked or under way.  An empty list says why
and what to do.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import QStackedWidget, QWidget

from agent_desktop.i18n import _
from agent_desktop.qt.bulkbar import BulkBar
from agent_desktop.qt.buttons import Button, Kind
from agent_desktop.qt.controls import Flow, Panel, Tabs, column
from agent_desktop.qt.emptiness import EmptyState
from agent_desktop.qt.inbox_model import InboxModel
from agent_desktop.qt.rows import Rows
from agent_desktop.qt.theme import look
from agent_desktop.qt.viewspicker import ViewsPicker
from agent_desktop.viewmodels.inbox import InboxView, RowChange
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.surface import Surface


class Inbox(Panel):
    """The panel: tabs, chips, rows."""

    def __init__(self, surface: Surface) -> None:
        super().__init__("surface", "r")
        self.setObjectName("inbox")
        self.setAccessibleName(_("Inbox"))
        self._surface = surface
        self._view: InboxView | None = None
        self.tabs = Tabs(_("Which work"))
        self.tabs.currentChanged.connect(self._tab_chosen)
        self._chips = Flow(6)
        self.chips: dict[str, Button] = {}
        self.views = ViewsPicker(surface.act)
        self.model = InboxModel(surface.inbox_row, surface.inbox_total, self)
        self.rows = Rows(surface.act, self.model, surface.row_acts)
        self.empty = EmptyState(surface.act)
        self.bulk = BulkBar(surface.act)
        self._stops = 0  # of the keyboard, as they were ordered last
        self._stack = QStackedWidget()
        self._stack.addWidget(self.rows)
        self._stack.addWidget(self.empty)
        head = Panel("surface", "b")
        inside = column(margins=(12, 11, 12, 10), gap=10)
        inside.addWidget(self.tabs)
        inside.addWidget(self.views)
        self._media = QWidget()
        self._media.setLayout(self._chips)
        inside.addWidget(self._media)
        head.setLayout(inside)
        whole = column(gap=0)
        whole.setContentsMargins(0, 0, 1, 0)
        whole.addWidget(head)
        whole.addWidget(self._stack, 1)
        whole.addWidget(self.bulk)
        self.setLayout(whole)
        self.setMinimumWidth(look().px(280))

    def show_view(self, view: InboxView, rows: tuple[RowChange, ...] | None = None) -> None:
        """Show the frame; `rows` are the steps of the list, None: begin anew."""
        before, self._view = self._view, view
        if before is None or view.tabs != before.tabs:
            self.tabs.show_tabs([
                (tab.id, tab.label if tab.count is None else f"{tab.label} {tab.count}", tab.selected)
                for tab in view.tabs
            ])  # fmt: skip
        if before is None or view.chips != before.chips:
            self._show_chips(view)
        self.views.show_head(view.head)
        self._media.setVisible(view.head is None)  # a view asks for media in its filter
        self.bulk.show_view(view.bulk)
        self.rows.setAccessibleName(view.head.spoken if view.head is not None else _("Inbox"))
        if rows is None:
            self.model.reset()
        else:
            self.model.apply(rows)
            if not rows:  # a second has passed: clocks and marks of what is in view
                self.rows.viewport().update()
        if before is not None and before.selected_index != view.selected_index:
            self.rows.viewport().update()
        if view.empty is not None and not view.total:
            self.empty.show_empty(view.empty)
        elif view.loading and not view.total:
            self.empty.show_loading(_("The list is loading…"))
        self._order()
        picking = view.bulk is not None and view.bulk.picked > 0
        self.rows.show_state(picking=picking, more_from=view.head.more_from if view.head is not None else -1)
        self._stack.setCurrentIndex(1 if not view.total and (view.empty or view.loading) else 0)

    def _order(self) -> None:
        """Let Tab go as one reads: tabs, the view and its chips, media, rows, what is done to many."""
        stops = (self.tabs, *self.views.stops(), *self.chips.values(), self.rows, *self.bulk.stops())
        if len(stops) != self._stops:
            self._stops = len(stops)
            for before, after in pairwise(stops):
                QWidget.setTabOrder(before, after)

    def _show_chips(self, view: InboxView) -> None:
        for chip in view.chips:
            if chip.id not in self.chips:
                self.chips[chip.id] = Button(self._surface.act, kind=Kind.CHIP)
                self._chips.addWidget(self.chips[chip.id])
            args = (("medium", chip.id),)
            shown = ButtonView("inbox.medium", chip.label, icon=chip.icon, args=args, checked=chip.selected)
            self.chips[chip.id].show_view(shown)

    def _tab_chosen(self, index: int) -> None:
        if 0 <= index < len(self.tabs.ids):
            self._surface.act("inbox.tab", tab=self.tabs.ids[index])
