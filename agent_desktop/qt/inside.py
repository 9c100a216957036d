"""Behind the sign-in: the panels, the ring, the palette, the keys, and the acts of the window itself.

The window imports this module when the client has been opened, after the first frame, and makes the
`Inside` at the first sign-in: neither may keep the sign-in from being on the screen at once.

It asks the surface for the views that a `Refresh` names and hands each to its panel.  F6 goes from panel
to panel, Shift+F6 back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from agent_desktop.client import actions
from agent_desktop.i18n import _
from agent_desktop.qt import keysheet, passing
from agent_desktop.qt.announce import Announcer
from agent_desktop.qt.desk import Desk
from agent_desktop.qt.palette import Palette
from agent_desktop.qt.prompts import Keypad, Prompt
from agent_desktop.qt.ringing import Ringing
from agent_desktop.qt.targets import TransferPrompt
from agent_desktop.qt.work import Main
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.surface import Part, Refresh
from agent_desktop.viewmodels.window import MainView

__all__ = ["Announcer", "Inside"]  # what the window takes from here

REFUSAL_S = 8
WORK: frozenset[Part] = frozenset({
    "topbar", "inbox", "conversation", "side", "offers", "notices", "palette", "composer",
})  # fmt: skip
# Their panel listens itself: the same keys mean Send in the composer and Finish in the wrap-up.
IN_PANEL = frozenset({"composer.send", "wrapup.finish"})


class Inside:
    """All of a window that only a signed-in agent has.  `rings` is told whether something rings."""

    def __init__(
        self,
        window: QMainWindow,
        desk: Desk,
        rings: Callable[[bool], None],
        cycle: Callable[[int], None],
    ) -> None:
        self._window = window
        self._desk = desk
        self._rings = rings
        self._cycle = cycle
        self.shown = False  # somebody is signed in
        self.main = Main(desk)
        self.palette = Palette(desk.act, window)
        self.ringing = Ringing(desk.act, window, self._ring_over)
        desk.local = {
            "inbox.show": self._show_inbox,
            "side.drawer": self._toggle_drawer,
            "inbox.open": self._opening,
            "call.transfer": self._ask_target,
            "call.dtmf": self._open_keypad,
            "call.dial": self._ask_number,
            "agent.not_ready": self._ask_reason,
            "why": self._show_reasons,
            "keys.show": self._show_keys,
            "refusal.dismiss": self._forget_refusal,
        }
        self._refusal: Notice | None = None
        self._forget = QTimer(window)
        self._forget.setSingleShot(True)
        self._forget.setInterval(REFUSAL_S * 1000)
        self._forget.timeout.connect(lambda: self._forget_refusal({}))
        self._shortcuts()

    # ---- what the client says

    def show_window(self, view: MainView) -> None:
        """Show the places and who I am."""
        self.main.rail.show_view(view.rail, view.topbar)

    def enter(self) -> None:
        """An agent signed in: show everything and begin at the list."""
        self.shown = True
        self.show_work(Refresh(parts=WORK), fresh=True)
        rows = self.main.work.inbox.rows
        (rows if rows.isVisible() else self.main.topbar.state).setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """The agent signed out: nothing rings, nothing is searched."""
        self.shown = False
        self.ringing.show_offers(())
        self.palette.show_view(None)

    def show_work(self, change: Refresh, *, fresh: bool) -> None:
        parts, work = change.parts, self.main.work
        if "topbar" in parts:
            self.main.topbar.show_view(self._desk.topbar())
        if "inbox" in parts or change.rows:
            work.inbox.show_view(self._desk.inbox(), None if fresh else change.rows)
        if parts & {"conversation", "composer"}:
            conversation = self._desk.conversation()
            work.conversation.show_view(conversation)
            if "composer" in parts and conversation.composer is not None:
                work.conversation.composer.reload()
        if "side" in parts:
            work.side.show_view(self._desk.side(), self._medium())
        if "offers" in parts:
            offers = self._desk.offers()
            self.ringing.show_offers(offers)
            self._rings(any(not offer.expired for offer in offers))
            if offers and not self._window.isActiveWindow():
                QApplication.alert(self._window)
        if "notices" in parts:
            self._show_notices()
        if "palette" in parts:
            self.palette.show_view(self._desk.palette())

    def _medium(self) -> str:
        """The medium of the conversation that is open: the colour of the customer's disc."""
        inbox = self._desk.inbox()
        if 0 <= inbox.selected_index < inbox.total:
            return self._desk.inbox_row(inbox.selected_index).medium
        return "email"

    def place(self) -> None:
        """The window was moved or sized: what lies above it goes along."""
        self.ringing.place()
        if self.palette.isVisible():
            self.palette.place()

    def _show_notices(self) -> None:
        mine = () if self._refusal is None else (self._refusal,)
        self.main.notices.show_notices((*self._desk.notices(), *mine))

    def refuse(self, reason: str) -> None:
        """Show why something could not be done, for a while."""
        dismiss = ButtonView("refusal.dismiss", _("Dismiss"), icon="close")
        self._refusal = Notice("refusal", reason, Tone.WARNING, 0.0, dismiss=dismiss)
        self._forget.start()
        self._show_notices()

    def _ring_over(self) -> QWidget | None:
        """Where the card may stand: over the timeline, never over what is being typed."""
        if not self.shown:
            return None
        work = self.main.work
        if work.conversation.timeline.isVisible():
            return work.conversation.timeline
        return work.conversation if work.conversation.isVisible() else work

    # ---- acts of the window itself

    def _forget_refusal(self, _arguments: dict[str, str]) -> bool:
        self._refusal = None
        self._show_notices()
        return True

    def _show_inbox(self, _arguments: dict[str, str]) -> bool:
        self.main.work.reading = False
        self.main.work.arrange()
        self.main.work.inbox.rows.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def _opening(self, _arguments: dict[str, str]) -> bool:
        """Where they take turns it is the conversation's turn now; the client opens it."""
        self.main.work.reading = True
        self.main.work.arrange()
        return False

    def _toggle_drawer(self, _arguments: dict[str, str]) -> bool:
        self.main.work.drawer_open = not self.main.work.drawer_open
        self.main.work.arrange()
        if self.main.work.drawer_open:
            self.main.work.side.tabs.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def _show_reasons(self, _arguments: dict[str, str]) -> bool:
        """Show or hide the reasons under the header; they are asked for when they are shown."""
        reasons = self.main.work.conversation.reasons
        reasons.wanted = not reasons.wanted
        reasons.setVisible(reasons.wanted and bool(reasons.lines))
        return not reasons.wanted

    def _button(self, action: str, fallback: ButtonView) -> tuple[ButtonView, QWidget]:
        """The button of an action that is on the screen, and where it is."""
        for card in self.main.topbar.cards.values():
            if (button := card.buttons.get(action)) is not None:
                return button.shown, button
        return fallback, self.main.topbar.state

    def _ask_target(self, arguments: dict[str, str]) -> bool:
        if arguments.get("target"):
            return False
        view, where = self._button(
            "call.transfer", ButtonView("call.transfer", _("Transfer"), icon="transfer")
        )
        view = ButtonView(view.action, view.label, icon=view.icon, args=tuple(arguments.items()))
        TransferPrompt(self._desk.act, view, self._desk.transfer_targets, self._window).open_under(where)
        return True

    def _open_keypad(self, arguments: dict[str, str]) -> bool:
        if arguments.get("digits"):
            return False
        view, where = self._button("call.dtmf", ButtonView("call.dtmf", _("Keypad"), icon="keypad"))
        Keypad(self._desk.act, view, self._window).open_under(where)
        return True

    def _ask_number(self, arguments: dict[str, str]) -> bool:
        if arguments.get("number"):
            return False
        view = ButtonView("call.dial", _("Call"), icon="phone", args=tuple(arguments.items()))
        Prompt(self._desk.act, view, "number", _("Number to call"), self._window).open_under(
            self.main.topbar.state
        )
        return True

    def _ask_reason(self, arguments: dict[str, str]) -> bool:
        if arguments.get("reason"):
            return False
        self.main.topbar.state.open_states()
        return True

    # ---- keys

    def _shortcuts(self) -> None:
        """One key, one meaning, from the one table of actions; two actions of a toggle share theirs."""
        passing.take(action.shortcut for action in actions.ACTIONS if action.shortcut)
        by_key: dict[str, list[str]] = {}
        for action in actions.ACTIONS:
            if action.shortcut and action.id not in IN_PANEL:
                by_key.setdefault(action.shortcut, []).append(action.id)
        for keys, ids in by_key.items():
            shortcut = QShortcut(QKeySequence(keys), self._window)
            shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
            shortcut.activated.connect(lambda i=tuple(ids): self._key(i))
        for keys, step in (("F6", 1), ("Shift+F6", -1)):
            cycle = QShortcut(QKeySequence(keys), self._window)
            cycle.activated.connect(lambda s=step: self._cycle(s))
        sheet = QShortcut(QKeySequence(keysheet.KEYS), self._window)
        sheet.activated.connect(lambda: self._show_keys({}))

    def _show_keys(self, _arguments: dict[str, str]) -> bool:
        keysheet.KeySheet(self._window).show()
        return True

    def _key(self, ids: tuple[str, ...]) -> None:
        """Run the action of a key: of a toggle the one whose button is there now."""
        if not self.shown:
            return
        shown = {action for card in self.main.topbar.cards.values() for action in card.buttons}
        self._desk.act(next((action for action in ids if action in shown), ids[0]))

    def cycle(self, step: int) -> None:
        """Go to the next panel (F6)."""
        panels = [panel for panel in self.main.panels() if panel.isVisible()]
        here = QApplication.focusWidget()
        at = next(
            (n for n, p in enumerate(panels) if here is not None and (p is here or p.isAncestorOf(here))), -1
        )
        for offset in range(1, len(panels) + 1):
            panel = panels[(at + offset * step) % len(panels)]
            if (target := _first_focus(panel)) is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return


def _first_focus(panel: QWidget) -> QWidget | None:
    """Give the first widget of a panel that a key can reach; the list of a panel before its tabs."""
    candidates = [panel, *panel.findChildren(QWidget)]
    usable = [
        w for w in candidates
        if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]  # fmt: skip
    preferred = [w for w in usable if w.objectName() in {"inbox-rows", "timeline", "composer-editor"}]
    return next(iter(preferred or usable), None)
