"""Every state of the window that the tests look at: what the galleries show, and what opens from there.

One list for the walk on the accessibility bus, for the order of Tab, and for what may be clipped.  A scene
is a scripted desktop and what is pressed in its window afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import gallery
import gallery_list
import gallery_writing
import scripted_agent
import scripted_call
import scripted_lead
import scripted_list as lists
import scripted_side
import scripted_text
import scripted_why
import scripted_work
import scripted_writing
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton
from scripted import Scripted

from agent_desktop.qt.keysheet import KeySheet
from agent_desktop.qt.theme import look
from agent_desktop.qt.tips import tips
from agent_desktop.qt.turns import SIDE
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.conversation import ItemKind
from agent_desktop.viewmodels.inbox import InboxView
from agent_desktop.viewmodels.parts import Badge, Button, Empty, Field, Tone

Make = Callable[[], Scripted]
After = Callable[[Window], object]
# How a picture differs from the first of its name: in its look, not in what it shows.
_LOOKS = frozenset({
    "light", "dark", "contrast", "large", "rtl", "wide", "1000", "700", "800", "double", "inbox", "drawer",
})  # fmt: skip
_NO_STATES = frozenset({"contrast", "rtl", "large", "narrow", "focus"})  # pictures of a look alone


@dataclass(frozen=True)
class Scene:
    make: Make
    after: After | None = None


def _of_galleries() -> dict[str, Scene]:
    found: dict[str, Scene] = {}
    for shots in (gallery.SHOTS, gallery_list.SHOTS, gallery_writing.SHOTS):
        for title, shot in shots.items():
            state, _dash, look = title.rpartition("-")
            name = state if look in _LOOKS else title
            if name not in _NO_STATES:
                found.setdefault(name, Scene(shot.make, shot.after if look == "light" else None))
    return found


def loading() -> Scripted:
    view = InboxView(
        scripted_work.INBOX.tabs, scripted_work.INBOX.chips, 0, -1, loading=True,
        empty=Empty("Nothing here", ""),
    )  # fmt: skip
    return Scripted(inbox_view=view, rows=())


def two_calls() -> Scripted:
    bar = scripted_call.bar(
        scripted_call.TROUBLED, replace(scripted_call.MEETING, interaction="i7", title="D. Okafor")
    )
    return Scripted(topbar_view=bar)


def listening() -> Scripted:
    return gallery.at("inbox", supervisor_view=scripted_lead.BOARD)()


def payment() -> Scripted:
    """A form that takes card data."""
    fields = (Field("card", "Card number", "payment", required=True),)
    return Scripted(
        side_view=replace(scripted_side.side("wrapup"), wrapup=replace(scripted_side.WRAPUP, fields=fields))
    )


def formatted() -> Scripted:
    item = next(item for item in scripted_work.CONVERSATION.items if item.kind is ItemKind.IN)
    html = replace(item, html="<p>Hello, <a href='https://example.com'>my parcel</a></p>")
    return Scripted(conversation_view=replace(scripted_work.CONVERSATION, items=(html,)))


def acts_of_a_row() -> Scripted:
    acts = (
        Button("inbox.open", "Open", "inbox", "Return"),
        Button("interaction.park", "Park\tfor later", "park", "Ctrl+Shift+P"),
        Button("interaction.assign", "Assign", "customers", reason="Only a supervisor may."),
    )
    return Scripted(rows_acts=acts)


def whole(window: Window) -> None:
    timeline = window.main.work.conversation.timeline
    timeline.whole.emit(timeline.items.item(timeline.items.rowCount() - 1))


def whole_formatted(window: Window) -> None:
    whole(window)
    viewer = window.main.work.conversation._viewer
    assert viewer is not None
    viewer.toggle()


def narrow(window: Window) -> None:
    """A window in which one panel alone has room: the customer's turn."""
    window.resize(look().px(320), 800)
    QApplication.processEvents()
    window.main.work.turn(SIDE)


def tip(window: Window) -> None:
    """A tip of two lines, under a control that cannot be pressed."""
    over = next(w for w in window.main.rail.findChildren(QPushButton) if w.accessibleName() == "Supervisor")
    text = "For supervisors only. Ask your team's lead, or whoever keeps the centre, for the role."
    tips().show(over, text, over.mapToGlobal(over.rect().center()))


def keys(window: Window) -> None:
    KeySheet(window).show()


def menu_of_row(window: Window) -> None:
    rows = window.main.work.inbox.rows
    rows.setCurrentIndex(rows.model().index(0, 0))
    rows.open_acts(rows.currentIndex())


def menu_of_message(window: Window) -> None:
    timeline = window.main.work.conversation.timeline
    spot = timeline.visualRect(timeline.model().index(timeline.items.rowCount() - 1, 0)).center()
    reason = QContextMenuEvent.Reason.Mouse
    timeline.contextMenuEvent(QContextMenuEvent(reason, spot, timeline.viewport().mapToGlobal(spot)))


def menu_of_agent(window: Window) -> None:
    table = window.main.supervisor.agents.table
    table.setCurrentIndex(table.model().index(0, 0))
    table.open_line()


def menu_of_decline(window: Window) -> None:
    next(iter(window.ringing.cards.values())).decline.click()


def menu_of_recording(window: Window) -> None:
    next(c for c in window.main.topbar.cards.values() if not c.recording.isHidden()).recording.click()


def menu_of_me(window: Window) -> None:
    window.main.rail.me.click()


def needing() -> Scripted:
    """A customer whose needs can be noted."""
    side = scripted_side.side("customer")
    assert side.customer is not None
    needs = (
        Button("needs.turn", "Text telephone (TTY)", checked=True, args=(("need", "tty"),)),
        Button("needs.turn", "Relay service", checked=False, args=(("need", "relay"),)),
    )
    return Scripted(side_view=replace(side, customer=replace(side.customer, needs=needs)))


def menu_of_needs(window: Window) -> None:
    next(b for b in window.main.work.side.findChildren(QPushButton) if b.text() == "Access needs").click()


def misspelt() -> Scripted:
    return Scripted(
        **scripted_writing.composing(replace(scripted_writing.COMPOSER, text="We recieve it.")),
        wrong={"recieve": ("receive", "relieve")},
    )


def menu_of_word(window: Window) -> None:
    editor = window.main.work.conversation.composer.editor
    cursor = editor.textCursor()
    cursor.setPosition(5)
    editor.setTextCursor(cursor)
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(editor, QContextMenuEvent(reason, QPoint(), editor.mapToGlobal(QPoint())))


def choices(window: Window) -> None:
    gallery.drawer(window)
    next(c for c in window.main.work.side.findChildren(QComboBox) if c.isVisible()).showPopup()


def panels() -> Scripted:
    """Every panel that stands over the window, at once."""
    return Scripted(
        topbar_view=replace(
            scripted_call.bar(scripted_call.LIVE),
            unsent=Badge("1 not sent", Tone.DANGER, "1 not sent. Open Unsent."),
        ),
        rows=lists.WATCHED,
        inbox_view=lists.VIEW,
        transfer_view=scripted_call.TRANSFER,
        keypad_view=scripted_call.KEYS_IN_CALL,
        explanation_view=scripted_why.GOT,
        lead_view=scripted_why.PLACE_FORM,
        chooser_view=lists.SNOOZE,
        filter_view=lists.FORM,
        unsent_view=lists.UNSENT,
        macro_view=scripted_writing.MACRO,
        forward_view=scripted_writing.FORWARD,
        palette_view=scripted_agent.PALETTE,
    )


# What the bus is walked for, and what of each was already read elsewhere.  Together they show every widget
# that there is (a test counts them).
_AROUND = ("rail", "topbar")
_CALLS = ("rail", "inbox", "conversation", "side")
_MIDDLE = (*_AROUND, "inbox", "side")
_SIDE = (*_AROUND, "inbox", "conversation")
_OVER = (*_SIDE, "side")
WALKED: dict[str, tuple[str, ...]] = {
    "signin-error": (), "selftest-signin": (), "busy": (), "script": _SIDE, "knowledge": _SIDE,
    "ending": _SIDE, "payment": _SIDE, "offline": (), "loading": _MIDDLE, "two-calls": _CALLS,
    "panels": _CALLS, "why": _OVER, "band": _CALLS, "dial": _OVER,
    "supervisor": _AROUND, "devices": _AROUND, "phone": _AROUND, "selftest": _AROUND,
    "settings-ringing": _AROUND, "settings-screen": _AROUND, "settings-keys": _AROUND, "recorded": _MIDDLE,
    "picked": _AROUND, "progress": (*_AROUND, "conversation", "side"), "write-held": _MIDDLE,
    "write-newer": _MIDDLE, "write-canned": _MIDDLE, "write-files": _MIDDLE, "write-note": _MIDDLE,
    "call-text": _MIDDLE, "narrow": (), "key-sheet": _OVER, "viewer-formatted": _OVER, "tip": _CALLS,
}  # fmt: skip
SCENES: dict[str, Scene] = {
    **_of_galleries(),
    "loading": Scene(loading),
    "panels": Scene(panels),
    "payment": Scene(payment),
    "band": Scene(lambda: Scripted(offers_view=(replace(scripted_agent.OFFER, signs=("band", "flash")),))),
    "call-text": Scene(lambda: Scripted(call_text_view=scripted_text.TTY)),
    "call-text-rtt": Scene(lambda: Scripted(call_text_view=scripted_text.RTT)),
    **{f"settings-{page}": Scene(gallery.pages(page)) for page in ("ringing", "screen", "keys")},
    "two-calls": Scene(two_calls),
    "listening": Scene(listening),
    "viewer": Scene(formatted, whole),
    "viewer-formatted": Scene(formatted, whole_formatted),
    "key-sheet": Scene(gallery.agent, keys),
    "tip": Scene(gallery.agent, tip),
    "narrow": Scene(gallery.agent, narrow),
    "menu-of-row": Scene(acts_of_a_row, menu_of_row),
    "menu-of-message": Scene(gallery.recorded, menu_of_message),
    "menu-of-agent": Scene(gallery.lead, menu_of_agent),
    "menu-of-decline": Scene(lambda: Scripted(offers_view=(scripted_agent.OFFER,)), menu_of_decline),
    "menu-of-recording": Scene(gallery.troubled, menu_of_recording),
    "menu-of-me": Scene(gallery.agent, menu_of_me),
    "menu-of-needs": Scene(needing, menu_of_needs),
    "menu-of-word": Scene(misspelt, menu_of_word),
    "choices": Scene(gallery.tabbed("wrapup"), choices),
}
