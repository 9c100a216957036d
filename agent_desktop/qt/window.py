"""The main window: rail, top bar, notices, inbox, conversation, side; the ring and the palette above it.

It asks the surface for the views that a `Refresh` names and hands each to its panel; it decides only
where the panels are.  Below 1100 px the side is a drawer, below 800 px the list and the conversation
take turns (both grow with the size of the text).  F6 goes from panel to panel, Shift+F6 back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
    QKeySequence,
    QMoveEvent,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from agent_desktop.client import actions
from agent_desktop.i18n import _
from agent_desktop.qt import tokens
from agent_desktop.qt.announce import Announcer
from agent_desktop.qt.controls import column, row
from agent_desktop.qt.conversation import Conversation
from agent_desktop.qt.desk import Desk
from agent_desktop.qt.focus import FocusRing
from agent_desktop.qt.inbox import Inbox
from agent_desktop.qt.notices import Notices
from agent_desktop.qt.palette import Palette
from agent_desktop.qt.prompts import Keypad, Prompt
from agent_desktop.qt.rail import Rail
from agent_desktop.qt.ringing import Ringing
from agent_desktop.qt.side import Side
from agent_desktop.qt.signin import SignIn
from agent_desktop.qt.theme import look
from agent_desktop.qt.topbar import TopBar
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Button as ButtonView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.surface import Part, Refresh, Surface
from agent_desktop.viewmodels.window import DesktopView

REFUSAL_S = 8
EVERYTHING: frozenset[Part] = frozenset({
    "window", "signin", "topbar", "inbox", "conversation", "side", "offers", "notices", "palette", "composer",
})  # fmt: skip
# Their panel listens itself: the same keys mean Send in the composer and Finish in the wrap-up.
IN_PANEL = frozenset({"composer.send", "wrapup.finish"})


class Work(QWidget):
    """Inbox, conversation and side, arranged for the width that there is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.inbox = Inbox(desk)
        self.conversation = Conversation(desk)
        self.side = Side(desk)
        self.reading = False  # where they take turns: the conversation's turn
        self.drawer_open = False
        for panel in (self.inbox, self.conversation, self.side):
            panel.setParent(self)

    @property
    def narrow(self) -> bool:
        """The side is a drawer."""
        return self.width() + look().px(tokens.RAIL_WIDTH) < look().px(tokens.DRAWER_BELOW)

    @property
    def alternating(self) -> bool:
        """The list and the conversation take turns."""
        return self.width() + look().px(tokens.RAIL_WIDTH) < look().px(tokens.ALTERNATE_BELOW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.narrow and self.drawer_open:
            self.drawer_open = False
            self.arrange()
            return
        super().keyPressEvent(event)

    def arrange(self) -> None:
        """Give each panel its place."""
        width, height = self.width(), self.height()
        inbox = 0 if self.alternating and self.reading else look().px(tokens.INBOX_WIDTH)
        if self.alternating and not self.reading:
            inbox = width
        side = look().px(tokens.SIDE_WIDTH)
        docked = 0 if self.narrow else side
        self._put(self.inbox, 0, inbox, height, shown=inbox > 0)
        middle = width - inbox - docked
        self._put(self.conversation, inbox, middle, height, shown=middle > 0)
        drawer = min(side, width)
        self._put(self.side, width - drawer, drawer, height, shown=not self.narrow or self.drawer_open)
        self.side.hide_drawer.setVisible(self.narrow)
        if self.narrow and self.drawer_open:
            self.side.raise_()
        self.conversation.header.show_places(back=self.alternating, details=self.narrow)

    def _put(self, panel: QWidget, x: int, width: int, height: int, *, shown: bool) -> None:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = self.width() - x - width
        if shown:
            panel.setGeometry(QRect(x, 0, width, height))
        panel.setVisible(shown)


class Main(QWidget):
    """Everything that a signed-in agent sees."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.rail = Rail(desk.act)
        self.topbar = TopBar(desk.act)
        self.notices = Notices(desk.act)
        self.work = Work(desk)
        right = column(gap=0)
        right.addWidget(self.topbar)
        right.addWidget(self.notices)
        right.addWidget(self.work, 1)
        whole = row(gap=0)
        whole.addWidget(self.rail)
        whole.addLayout(right, 1)
        self.setLayout(whole)

    def panels(self) -> tuple[QWidget, ...]:
        """The panels in the order of F6."""
        work = self.work
        talk = work.conversation
        return (self.topbar, work.inbox, talk.timeline, talk.composer, work.side, self.rail)


class Window(QMainWindow):
    """The window of the program."""

    closed = Signal()
    ring = Signal(bool)  # something rings, or nothing does: the sound's hook
    sound = Signal(str)  # message, turn, wrapup, lost: the sounds' hook

    def __init__(self, surface: Surface, acted: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.resize(1440, 900)
        self.setMinimumSize(360, 420)
        self.desk = Desk(surface, self.refuse, acted)
        self.desk.local = {
            "inbox.show": self._show_inbox,
            "side.drawer": self._toggle_drawer,
            "inbox.open": self._opening,
            "call.transfer": self._ask_target,
            "call.dtmf": self._open_keypad,
            "call.dial": self._ask_number,
            "agent.not_ready": self._ask_reason,
            "why": self._show_reasons,
            "refusal.dismiss": self._forget_refusal,
        }
        self.signin = SignIn(self.desk)
        self._main: Main | None = None  # made at the first sign-in, so that the first paint waits for nothing
        self._stack = QStackedWidget()
        self._stack.addWidget(self.signin)
        self.setCentralWidget(self._stack)
        self.palette_panel = Palette(self.desk.act, self)
        self.ringing = Ringing(self.desk.act, self, self._ring_over)
        self.announcer = Announcer(self)
        self.focus_ring = FocusRing(self)
        self._refusal: Notice | None = None
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(REFUSAL_S * 1000)
        self._forget.timeout.connect(lambda: self._forget_refusal({}))
        self._signed_in: bool | None = None
        self._shortcuts()
        self._stop = surface.subscribe(self.refresh)
        self.refresh(Refresh(parts=EVERYTHING), fresh=True)

    @property
    def main(self) -> Main:
        """What a signed-in agent sees."""
        if self._main is None:
            self._main = Main(self.desk)
            self._stack.addWidget(self._main)
        return self._main

    # ---- what the client says

    def refresh(self, change: Refresh, *, fresh: bool = False) -> None:
        """Show what changed."""
        parts = change.parts
        if parts & {"window", "signin"} or self._signed_in is None:
            self._show_window(self.desk.view())
        if self._signed_in:
            self._show_work(change, fresh=fresh)
        for announcement in change.announcements:
            self.announcer.announce(announcement.text, assertive=announcement.assertive)
            if announcement.sound and announcement.sound != "ring":
                self.sound.emit(announcement.sound)

    def _show_window(self, view: DesktopView) -> None:
        self.setWindowTitle(view.title)
        signed_in = view.main is not None
        if view.signin is not None:
            self.signin.show_view(view.signin)
        if view.main is not None:
            self.main.rail.show_view(view.main.rail, view.main.topbar)
        if signed_in != self._signed_in:
            self._signed_in = signed_in
            self._stack.setCurrentWidget(self.main if signed_in else self.signin)
            if signed_in:
                self._show_work(Refresh(parts=EVERYTHING), fresh=True)
                self.main.work.inbox.rows.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.ringing.show_offers(())
                self.palette_panel.show_view(None)
                QTimer.singleShot(0, self.signin.begin)

    def _show_work(self, change: Refresh, *, fresh: bool) -> None:
        parts, work = change.parts, self.main.work
        if "topbar" in parts:
            self.main.topbar.show_view(self.desk.topbar())
        if "inbox" in parts or change.rows:
            work.inbox.show_view(self.desk.inbox(), None if fresh else change.rows)
        if parts & {"conversation", "composer"}:
            conversation = self.desk.conversation()
            work.conversation.show_view(conversation)
            if "composer" in parts and conversation.composer is not None:
                work.conversation.composer.reload()
        if "side" in parts:
            work.side.show_view(self.desk.side(), self._medium())
        if "offers" in parts:
            offers = self.desk.offers()
            self.ringing.show_offers(offers)
            self.ring.emit(any(not offer.expired for offer in offers))
            if offers and not self.isActiveWindow():
                QApplication.alert(self)
        if "notices" in parts:
            self._show_notices()
        if "palette" in parts:
            self.palette_panel.show_view(self.desk.palette())

    def _medium(self) -> str:
        """The medium of the conversation that is open: the colour of the customer's disc."""
        inbox = self.desk.inbox()
        if 0 <= inbox.selected_index < inbox.total:
            return self.desk.inbox_row(inbox.selected_index).medium
        return "email"

    def _show_notices(self) -> None:
        mine = () if self._refusal is None else (self._refusal,)
        self.main.notices.show_notices((*self.desk.notices(), *mine))

    def refuse(self, reason: str) -> None:
        """Say why something could not be done, for a while."""
        dismiss = ButtonView("refusal.dismiss", _("Dismiss"), icon="close")
        self._refusal = Notice("refusal", reason, Tone.WARNING, 0.0, dismiss=dismiss)
        self._forget.start()
        self.announcer.announce(reason)
        self._show_notices()

    def _ring_over(self) -> QWidget | None:
        """Where the card may stand: over the timeline, never over what is being typed."""
        if self._main is None or not self._signed_in:
            return None
        work = self._main.work
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
        Prompt(self.desk.act, view, "target", _("Transfer to a queue or an agent"), self).open_under(where)
        return True

    def _open_keypad(self, arguments: dict[str, str]) -> bool:
        if arguments.get("digits"):
            return False
        view, where = self._button("call.dtmf", ButtonView("call.dtmf", _("Keypad"), icon="keypad"))
        Keypad(self.desk.act, view, self).open_under(where)
        return True

    def _ask_number(self, arguments: dict[str, str]) -> bool:
        if arguments.get("number"):
            return False
        view = ButtonView("call.dial", _("Call"), icon="phone", args=tuple(arguments.items()))
        Prompt(self.desk.act, view, "number", _("Number to call"), self).open_under(self.main.topbar.state)
        return True

    def _ask_reason(self, arguments: dict[str, str]) -> bool:
        if arguments.get("reason"):
            return False
        self.main.topbar.state.open_states()
        return True

    # ---- keys

    def _shortcuts(self) -> None:
        """One key, one meaning, from the one table of actions; two actions of a toggle share theirs."""
        by_key: dict[str, list[str]] = {}
        for action in actions.ACTIONS:
            if action.shortcut and action.id not in IN_PANEL:
                by_key.setdefault(action.shortcut, []).append(action.id)
        for keys, ids in by_key.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
            shortcut.activated.connect(lambda i=tuple(ids): self._key(i))
        for keys, step in (("F6", 1), ("Shift+F6", -1)):
            cycle = QShortcut(QKeySequence(keys), self)
            cycle.activated.connect(lambda s=step: self.cycle(s))

    def _key(self, ids: tuple[str, ...]) -> None:
        """Run the action of a key: of a toggle the one whose button is there now."""
        if not self._signed_in:
            return
        shown = {action for card in self.main.topbar.cards.values() for action in card.buttons}
        self.desk.act(next((action for action in ids if action in shown), ids[0]))

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

    # ---- Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._signed_in:  # a ring that began before the window was there
            self.ringing.show_offers(self.desk.offers())

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.ringing.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.ringing.place()
        if self.palette_panel.isVisible():
            self.palette_panel.place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.update()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        self.ringing.close()
        self.closed.emit()
        super().closeEvent(event)


def _first_focus(panel: QWidget) -> QWidget | None:
    """Give the first widget of a panel that a key can reach; the list of a panel before its tabs."""
    candidates = [panel, *panel.findChildren(QWidget)]
    usable = [
        w for w in candidates
        if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]  # fmt: skip
    preferred = [w for w in usable if w.objectName() in {"inbox-rows", "timeline", "composer-editor"}]
    return next(iter(preferred or usable), None)
