"""The head of a view: which view it is, the filter, and what the filter asks for as chips to take away."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from agent_desktop.qt.buttons import Act, Button, Kind, Room
from agent_desktop.qt.controls import Flow, Tag, column, row
from agent_desktop.viewmodels.parts import Badge
from agent_desktop.viewmodels.views import ViewHead

ACTS = ("views.save", "views.rename", "views.remove")


class ViewButton(Button):
    """The view's name: opens the views.  It takes the room that there is, and no more."""

    def __init__(self, act: Act) -> None:
        super().__init__(act, room=Room.WORDS, kind=Kind.ROW, opens_menu=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)


class ViewsPicker(QFrame):
    """Shown while a view is."""

    def __init__(self, act: Act) -> None:
        super().__init__()
        self.setObjectName("views-picker")
        self._act = act
        self.choose = ViewButton(act)
        self.count = Tag()
        self.filter = Button(act, room=Room.ICON, height=32)
        line = row(gap=8)
        line.addWidget(self.choose, 1)
        line.addWidget(self.count)
        line.addWidget(self.filter)
        self.acts = {action: Button(act, kind=Kind.LINK, height=26) for action in ACTS}
        self.chips: list[Button] = []
        self._flow, self._links = Flow(6), Flow(6)
        self._below, self._under = QWidget(), QWidget()
        self._below.setLayout(self._flow)
        self._under.setLayout(self._links)
        for button in self.acts.values():
            self._links.addWidget(button)
        whole = column(gap=8)
        whole.addLayout(line)
        whole.addWidget(self._below)
        whole.addWidget(self._under)
        self.setLayout(whole)
        self.hide()

    def stops(self) -> tuple[QWidget, ...]:
        """Where the keyboard stops, in the order of reading."""
        return (self.choose, self.filter, *self.chips, *self.acts.values())

    def show_head(self, head: ViewHead | None) -> None:
        """Show the head of a view; None hides it."""
        self.setVisible(head is not None)
        if head is None:
            return
        self.choose.show_view(replace(head.choose, shortcut=head.choose.shortcut))
        self.choose.setAccessibleName(head.spoken)
        self.count.show_badge(Badge(head.count, spoken=head.spoken) if head.count else None)
        self.filter.show_view(head.filter)
        self._show_chips(head)
        self._below.setVisible(bool(head.chips))
        self._under.setVisible(bool(head.acts))
        self.updateGeometry()

    def _show_chips(self, head: ViewHead) -> None:
        while len(self.chips) < len(head.chips):
            self.chips.append(Button(self._act, kind=Kind.CHIP))
            self._flow.addWidget(self.chips[-1])
        for number, button in enumerate(self.chips):
            button.setVisible(number < len(head.chips))
            if number < len(head.chips):
                chip = head.chips[number]
                button.show_view(replace(chip.button, icon="close"))
                button.setAccessibleName(chip.label)
        for action in head.acts:
            self.acts[action.action].show_view(replace(action, shortcut="", icon=""))
        wanted = {action.action for action in head.acts}
        for key, button in self.acts.items():
            button.setVisible(key in wanted)
        self._flow.invalidate()
        self._links.invalidate()
