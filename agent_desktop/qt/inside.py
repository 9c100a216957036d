"""Behind the sign-in: the panels, the ring, the palette, the keys, and the acts of the window itself.

The window imports this module when the client has been opened, after the first frame, and makes the
`Inside` at the first sign-in: neither may keep the sign-in from being on the screen at once.

It asks the surface for the views that a `Refresh` names and hands each to its panel.  F6 goes from panel
to panel, Shift+F6 back.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from agent_desktop.client.actions_inbox import ACTS
from agent_desktop.i18n import _
from agent_desktop.qt import keysheet, tabbing
from agent_desktop.qt.announce import Announcer
from agent_desktop.qt.attaching import show_folder
from agent_desktop.qt.choosing import ChooserPanel
from agent_desktop.qt.desk import Desk
from agent_desktop.qt.explaining import ExplainPanel
from agent_desktop.qt.filterpanel import FilterPanel
from agent_desktop.qt.inbox_row import PICKING
from agent_desktop.qt.keypad import KeypadPanel
from agent_desktop.qt.leading import LeadPanel
from agent_desktop.qt.macros import ForwardPanel, MacroKeys, MacroPanel
from agent_desktop.qt.palette import Palette
from agent_desktop.qt.pressed import ActionKeys
from agent_desktop.qt.ringing import Ringing
from agent_desktop.qt.signs import Signs
from agent_desktop.qt.spelling import Spelling
from agent_desktop.qt.transfer import TransferPanel
from agent_desktop.qt.turns import CONVERSATION
from agent_desktop.qt.unsent import UnsentPanel
from agent_desktop.qt.work import Ground, Main
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.preferring import messages_shown
from agent_desktop.viewmodels.surface import Part, Refresh
from agent_desktop.viewmodels.window import MainView

__all__ = ["Announcer", "Inside"]  # what the window takes from here

REFUSAL_S = 8
ALIVE_S = 10.0
WORK: frozenset[Part] = frozenset({
    "topbar", "inbox", "conversation", "side", "offers", "notices", "palette", "composer", "transfer",
    "keypad", "supervisor", "settings", "explanation", "lead", "chooser", "filter", "unsent",
    "macro", "forward", "spelling",
})  # fmt: skip


class Inside:
    """All of a window that only a signed-in agent has.

    `rings` is told whether something rings, and whether the phone rings for it.
    """

    def __init__(
        self,
        window: QMainWindow,
        desk: Desk,
        rings: Callable[[bool, bool], None],
        cycle: Callable[[int], None],
    ) -> None:
        self._window = window
        self._desk = desk
        self._rings = rings
        self.shown = False  # somebody is signed in
        self.main = Main(desk)
        self.ground = Ground(self.main)
        self.palette = Palette(desk.act, window)
        self.transfer = TransferPanel(desk.act, window, self.main.under)
        self.keypad = KeypadPanel(desk.act, window, self.main.under)
        self.explanation = ExplainPanel(desk.act, window, self.main.under)
        self.lead = LeadPanel(desk.act, window, self.main.under)
        self.chooser = ChooserPanel(desk.act, window, self.main.under)
        self.macro = MacroPanel(desk.act, window, self.main.under)
        self.forward = ForwardPanel(desk.act, window, self.main.under)
        self.macro_keys = MacroKeys(desk.act, window)
        self.filter = FilterPanel(desk.act, window, self.main.under)
        self.unsent = UnsentPanel(desk.act, window, self.main.under)
        own: dict[str, Callable[[], object]] = {keysheet.KEYS: lambda: self._show_keys({})}
        own |= {"F6": lambda: cycle(1), "Shift+F6": lambda: cycle(-1)}
        self.action_keys = ActionKeys(window, self._key, own)
        self.signs = Signs(window, lambda: messages_shown(desk.choices))
        self.main.put_band(self.signs.band)
        self.ringing = Ringing(desk.act, window, self._ring_over)
        self.spelling = Spelling(desk, self.main)
        desk.local = {
            "inbox.show": self._show_inbox,
            "side.drawer": self._toggle_drawer,
            "go.wrapup": self._to_form,
            **dict.fromkeys(("go.customer", "go.script", "go.knowledge", "side.tab"), self._to_side),
            "inbox.open": self._opening,
            "agent.not_ready": self._ask_reason,
            "why": self._explain,
            "keys.show": self._show_keys,
            "refusal.dismiss": self._forget_refusal,
            "file.shown": self._show_folder,
            "spelling.check": self.spelling.next_word,
            **{row.id: self._on_row(row.id) for row in ACTS},
        }
        self._refusal: Notice | None = None
        self._here: tuple[object, int] = (QCursor.pos(), 0)  # the mouse and the scroll bar, when last looked
        self._alive_at = time.monotonic()
        self._forget = QTimer(window)
        self._forget.setSingleShot(True)
        self._forget.setInterval(REFUSAL_S * 1000)
        self._forget.timeout.connect(lambda: self._forget_refusal({}))
        self.action_keys.take()

    # ---- what the client says

    def show_window(self, view: MainView) -> None:
        """Show the places and who I am."""
        self.main.rail.show_view(view.rail, view.topbar)
        if self.main.go(view.place) and self.shown:
            self._show_place(frozenset({"supervisor", "settings"}))
            self._begin()

    def enter(self) -> None:
        """An agent signed in: show everything and begin at the list."""
        self.shown = True
        macros = ((b.shortcut, dict(b.args)["macro"]) for b in self._desk.macros() if b.shortcut)
        self.macro_keys.show_macros(tuple(macros))
        self.show_work(Refresh(parts=WORK), fresh=True)
        self._begin()

    def _begin(self) -> None:
        """Put the keyboard where the place begins."""
        if self.main.place != "inbox":
            first = tabbing.first_stop(
                self.main.panels()[-2] if self.main.place == "settings" else self.main.supervisor
            )
            (first or self.main.topbar.state).setFocus(Qt.FocusReason.OtherFocusReason)
            return
        rows = self.main.work.inbox.rows
        (rows if rows.isVisible() else self.main.topbar.state).setFocus(Qt.FocusReason.OtherFocusReason)

    def end(self) -> tuple[QWidget, ...]:
        """Others take the place: nothing of these listens any more; gives what is to be let go."""
        self.shown = False
        self.action_keys.end()
        self.signs.close()
        self.macro_keys.show_macros(())
        floating = (self.palette, self.transfer, self.keypad, self.explanation, self.lead, self.chooser,
                    self.macro, self.forward, self.filter, self.unsent)  # fmt: skip
        return (self.ground, self.ringing, *floating)

    def leave(self) -> None:
        """The agent signed out: nothing rings, nothing is searched."""
        self.shown = False
        self.ringing.show_offers(())
        self.signs.show_offers(())
        self.palette.show_view(None)
        self.transfer.show_view(None)
        self.keypad.show_view(None)
        self.explanation.show_view(None)
        self.lead.show_view(None)
        self.chooser.show_view(None)
        self.macro.show_view(None)
        self.forward.show_view(None)
        self.filter.show_view(None)
        self.unsent.show_view(None)

    def show_work(self, change: Refresh, *, fresh: bool) -> None:
        parts, work = change.parts, self.main.work
        self.action_keys.take()
        self._look_alive()
        if "topbar" in parts:
            bar = self._desk.topbar()
            self.main.topbar.show_view(bar)
            self.main.callstrip.show_calls(bar.calls)
        if "inbox" in parts or change.rows:
            work.inbox.show_view(self._desk.inbox(), None if fresh else change.rows)
        if parts & {"conversation", "composer"}:
            conversation = self._desk.conversation()
            work.conversation.show_view(conversation, self._desk.call_text())
            if "composer" in parts and conversation.composer is not None:
                work.conversation.composer.reload()
        if "side" in parts:
            work.side.show_view(self._desk.side(), self._medium())
        if "offers" in parts or "topbar" in parts:
            offers = self._desk.offers()
            live = [offer for offer in offers if not offer.expired]
            quiet = self.main.topbar.phone_rings or all(offer.silent for offer in live)
            self._rings(bool(live), quiet)
        if "offers" in parts:
            self.ringing.show_offers(offers)
            self.signs.show_offers(offers)
        if "notices" in parts:
            self._show_notices()
        if "palette" in parts:
            self.palette.show_view(self._desk.palette())
        if "transfer" in parts:
            self.transfer.show_view(self._desk.transfer())
        if "keypad" in parts:
            opening = self.keypad.isHidden()
            self.keypad.show_view(self._desk.keypad())
            away = self._window.isMinimized() or not self._window.isActiveWindow()
            if opening and not self.keypad.isHidden() and away:
                self._come_forward()  # a link of another program opened it
        if "explanation" in parts:
            self.explanation.show_view(self._desk.explanation())
        if "lead" in parts:
            self.lead.show_view(self._desk.lead())
        if "macro" in parts:
            self.macro.show_view(self._desk.macro())
        if "forward" in parts:
            self.forward.show_view(self._desk.forward())
        if "chooser" in parts:
            self.chooser.show_view(self._desk.chooser())
        if "filter" in parts or (change.rows and self.filter.isVisible()):
            self.filter.show_view(self._desk.filter_form())
        if "unsent" in parts:
            self.unsent.show_view(self._desk.unsent())
        if "spelling" in parts:
            self.spelling.look_again()
        self._show_place(parts)

    def _show_place(self, parts: frozenset[Part]) -> None:
        """Show the place that is chosen, and the call that is listened to above every place."""
        if "supervisor" in parts:
            board = self._desk.supervisor()
            self.main.listening.show_card(board.listening)
            if self.main.place == "supervisor":
                self.main.supervisor.show_view(board)
        if "settings" in parts and self.main.place == "settings":
            self.main.settings.show_view(self._desk.settings())

    def _look_alive(self) -> None:
        """Somebody who moves the mouse or scrolls is here, also without doing anything."""
        now = time.monotonic()
        here = (QCursor.pos(), self.main.work.conversation.timeline.verticalScrollBar().value())
        if here == self._here or now - self._alive_at < ALIVE_S or not self._window.isActiveWindow():
            return
        self._here, self._alive_at = here, now
        self._desk.act("look.alive")

    def _come_forward(self) -> None:
        """Come before the other windows: somebody asked for this one elsewhere."""
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
        QApplication.alert(self._window)

    def _medium(self) -> str:
        """The medium of the conversation that is open: the colour of the customer's disc."""
        inbox = self._desk.inbox()
        if 0 <= inbox.selected_index < inbox.total:
            return self._desk.inbox_row(inbox.selected_index).medium
        return "email"

    def place(self) -> None:
        """The window was moved or sized: what lies above it goes along."""
        self.ringing.place()
        floating = (self.transfer, self.keypad, self.explanation, self.lead, self.chooser, self.filter,
                    self.macro, self.forward, self.unsent)  # fmt: skip
        for panel in (self.palette, *floating):
            if not panel.isHidden():
                panel.place()

    def _show_notices(self) -> None:
        mine = () if self._refusal is None else (self._refusal,)
        self.main.notices.show_notices((*self._desk.notices(), *mine))

    def refuse(self, reason: str) -> None:
        """Show why something could not be done, for a while; not again what the composer says beside it."""
        composer = self._desk.conversation().composer
        beside = () if composer is None else composer.strips
        if any(strip.asks and strip.text == reason for strip in beside):
            self.main.work.turn(CONVERSATION)  # where panels take turns it is the turn of the words
        if reason in {strip.text for strip in beside} | {notice.text for notice in self._desk.notices()}:
            return
        dismiss = ButtonView("refusal.dismiss", _("Dismiss"), icon="close")
        self._refusal = Notice("refusal", reason, Tone.WARNING, 0.0, dismiss=dismiss)
        self._forget.start()
        self._show_notices()

    def _ring_over(self) -> QWidget | None:
        """Where the card may stand: over the timeline, never over what is being typed."""
        if not self.shown:
            return None
        work = self.main.work
        if work.conversation.lines.isVisible():
            return work.conversation.lines
        return work.conversation if work.conversation.isVisible() else work

    # ---- acts of the window itself

    def _forget_refusal(self, _arguments: dict[str, str]) -> bool:
        self._refusal = None
        self._show_notices()
        return True

    def _show_inbox(self, _arguments: dict[str, str]) -> bool:
        self.main.work.show_list()
        self.main.work.inbox.rows.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def _opening(self, _arguments: dict[str, str]) -> bool:
        """Where they take turns it is the conversation's turn now; the client opens it."""
        self.main.work.read()
        return False

    def _toggle_drawer(self, _arguments: dict[str, str]) -> bool:
        self.main.work.drawer_open = not self.main.work.drawer_open
        self.main.work.arrange()
        if self.main.work.drawer_open:
            side = self.main.work.side
            (tabbing.first_stop(side) or side).setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def _to_side(self, _arguments: dict[str, str]) -> bool:
        """Where the side is not in sight it comes; the client shows the tab."""
        if self.main.work.narrow and not self.main.work.drawer_open:
            self.main.work.drawer_open = True
            self.main.work.arrange()
        return False

    def _to_form(self, arguments: dict[str, str]) -> bool:
        """The keyboard goes to the form, where digits are codes; the client shows its tab."""
        self._to_side(arguments)
        self.main.work.side.wrapup.enter()
        return False

    def _explain(self, arguments: dict[str, str]) -> bool:
        """What rings is asked about first, then the line that has the keyboard; the same once more closes."""
        open_now = self.explanation.about if self.explanation.isVisible() else ""
        if open_now and arguments.get("id", open_now) == open_now:
            self._desk.act("why.close")
            return True
        rings = any(offer.offer for offer in self._desk.offers())
        about = "" if arguments or rings else self.main.pointed_at(QApplication.focusWidget())
        if not about:
            return False
        self._desk.act("why", id=about)
        return True

    def _on_row(self, action: str) -> Callable[[dict[str, str]], bool]:
        """In the list a key means the row that has the keyboard, while nothing is picked."""

        def act(arguments: dict[str, str]) -> bool:
            rows = self.main.work.inbox.rows
            here = rows.conversation if QApplication.focusWidget() is rows else ""
            if arguments or not here or rows.property(PICKING):
                return False
            self._desk.act(action, id=here)
            return True

        return act

    def _ask_reason(self, arguments: dict[str, str]) -> bool:
        if arguments.get("reason"):
            return False
        self.main.topbar.state.open_states()
        return True

    # ---- keys

    def _show_folder(self, arguments: dict[str, str]) -> bool:
        show_folder(arguments.get("path", ""))
        return True

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
        turning = self.main.work.compact
        panels = [panel for panel in self.main.panels() if turning or panel.isVisible()]
        here = QApplication.focusWidget()
        at = next(
            (n for n, p in enumerate(panels) if here is not None and (p is here or p.isAncestorOf(here))), -1
        )
        for offset in range(1, len(panels) + 1):
            panel = panels[(at + offset * step) % len(panels)]
            self.main.turn_to(panel)
            if (target := tabbing.first_stop(panel)) is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                tabbing.into_sight(target)
                return
