"""The bar of a window in which one panel alone has room: list, conversation or customer, and which it is."""

from __future__ import annotations

from collections.abc import Callable

from agent_desktop.i18n import _
from agent_desktop.qt.controls import Panel, Tabs, row

LIST, CONVERSATION, SIDE = "list", "conversation", "side"


class Turns(Panel):
    """Three tabs; the chosen one is the panel that is in sight."""

    def __init__(self, turn: Callable[[str], None]) -> None:
        super().__init__("surface", "b")
        self.setObjectName("turns")
        self.setAccessibleName(_("What is shown"))
        self._turn = turn
        self.tabs = Tabs(_("What is shown"))
        self.tabs.currentChanged.connect(lambda at: turn(self.tabs.ids[at]))
        line = row(margins=(12, 4, 12, 5))
        line.addWidget(self.tabs)
        line.addStretch(1)
        self.setLayout(line)
        self.hide()

    def show_face(self, face: str) -> None:
        """Mark the panel that is in sight."""
        whole = _("Customer, script, knowledge and wrap-up")
        faces = ((LIST, _("Inbox"), ""), (CONVERSATION, _("Conversation"), ""), (SIDE, _("Customer"), whole))
        self.tabs.show_tabs(
            [(key, label, key == face) for key, label, _spoken in faces],
            [spoken or label for _key, label, spoken in faces],
        )
