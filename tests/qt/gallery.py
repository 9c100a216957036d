"""Pictures of the window from the scripted state: hold them beside the drawings.

    xvfb-run -a -s "-screen 0 3200x2000x24" python tests/qt/gallery.py --out DIR [name …]

Themes, sizes of text, right to left, narrow windows, empty and error states: one PNG each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import scripted_agent
import scripted_call
import scripted_lead
import scripted_side
import scripted_why
import scripted_work
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.conversation import ItemKind
from agent_desktop.viewmodels.inbox import InboxView
from agent_desktop.viewmodels.leading import LeadView
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Button, Empty, Tone
from agent_desktop.viewmodels.topbar import CallCard, StatusView


@dataclass(frozen=True)
class Shot:
    make: Callable[[], Scripted]
    theme: str = "light"
    scale: float = 1.0
    size: tuple[int, int] = (1440, 900)
    rtl: bool = False
    after: Callable[[Window], object] | None = None


def agent() -> Scripted:
    return Scripted()


def busy() -> Scripted:
    return Scripted(
        topbar_view=scripted_agent.two_calls(),
        side_view=scripted_side.side("wrapup"),
        offers_view=(scripted_agent.OFFER,),
    )


def offline() -> Scripted:
    lost = Notice(
        "lost",
        "The server is not connected. Your call goes on; what you write is kept. It is tried again in 4 s.",
        Tone.DANGER,
        0.0,
        Button("link.retry", "Try again", "connected"),
    )
    refused = Notice(
        "n2",
        "The phone is not registered: the server refused the password. Sign in again.",
        Tone.WARNING,
        0.0,
        Button("session.end", "Sign in again"),
        Button("notice.dismiss", "Dismiss", "close"),
    )
    bar = replace(
        scripted_agent.TOPBAR,
        connection=StatusView("Offline", Tone.DANGER, "offline", "No answer since 09:41."),
        phone=StatusView("Not registered", Tone.WARNING, "phone", "Refused."),
        calls=(),
    )
    inbox = InboxView(
        scripted_work.INBOX.tabs,
        scripted_work.INBOX.chips,
        0,
        -1,
        loading=False,
        empty=Empty(
            "Nothing is waiting for you",
            "New work arrives here by itself while you are ready.",
            Button("agent.ready", "Get ready", "check", "Ctrl+Shift+R"),
        ),
    )
    none = replace(
        scripted_side.side("customer"),
        customer=None,
        empty=Empty("Nobody is chosen", "The customer of the open conversation stands here."),
    )
    return Scripted(
        topbar_view=bar,
        notices_view=(lost, refused),
        inbox_view=inbox,
        rows=(),
        conversation_view=scripted_work.EMPTY_CONVERSATION,
        side_view=none,
    )


def tabbed(tab: str) -> Callable[[], Scripted]:
    return lambda: Scripted(side_view=scripted_side.side(tab))


def signin(**changes: object) -> Callable[[], Scripted]:
    return lambda: Scripted(signed_in=False, signin_view=replace(scripted_agent.SIGNIN, **changes))  # type: ignore[arg-type]


def found() -> Scripted:
    return Scripted(palette_view=scripted_agent.PALETTE)


def calling(*calls: CallCard, **views: object) -> Callable[[], Scripted]:
    return lambda: Scripted(topbar_view=scripted_call.bar(*calls), **views)  # type: ignore[arg-type]


def at(place: str, **views: object) -> Callable[[], Scripted]:
    rail = tuple(replace(item, selected=item.id == place, reason="") for item in scripted_agent.RAIL)
    return lambda: Scripted(rail=rail, **views)  # type: ignore[arg-type]


def lead() -> Scripted:
    return at("supervisor", supervisor_view=scripted_lead.BOARD, topbar_view=scripted_call.bar())()


def pages(page: str) -> Callable[[], Scripted]:
    return at("settings", settings_view=scripted_lead.settings(page))


def wrapping() -> Scripted:
    return Scripted(topbar_view=scripted_why.WRAPPING, side_view=scripted_side.side("wrapup"))


def missed() -> Scripted:
    advice = scripted_why.MISSED.state.advice
    told = Notice("state", advice, Tone.WARNING, 0.0, Button("agent.ready", "Ready", "check"))
    return Scripted(topbar_view=scripted_why.MISSED, notices_view=(told,))


def why() -> Scripted:
    return Scripted(explanation_view=scripted_why.GOT, offers_view=(scripted_why.ASKED,))


def nobody() -> Scripted:
    return at("supervisor", explanation_view=scripted_why.NOBODY, topbar_view=scripted_call.bar())()


def leading(form: LeadView) -> Callable[[], Scripted]:
    return at("supervisor", lead_view=form, topbar_view=scripted_call.bar())


consult = calling(scripted_call.HELD, scripted_call.CONSULT)
meeting = calling(scripted_call.MEETING)
troubled = calling(scripted_call.TROUBLED)
transfer = calling(scripted_call.LIVE, transfer_view=scripted_call.TRANSFER)
keys = calling(scripted_call.LIVE, keypad_view=scripted_call.KEYS_IN_CALL)
dial = calling(keypad_view=scripted_call.DIAL_PAD)
asked = calling(scripted_call.HELD, offers_view=(scripted_call.COLLEAGUE, scripted_agent.OFFER))


def recorded() -> Scripted:
    items = tuple(
        replace(item, recordings=(scripted_call.PLAYING,), callback=scripted_call.BACK)
        if item.kind is ItemKind.CALL
        else replace(item, recordings=(scripted_call.HEARABLE,), attachments=())
        if item.kind is ItemKind.IN
        else item
        for item in scripted_work.CONVERSATION.items
    )
    return Scripted(conversation_view=replace(scripted_work.CONVERSATION, items=items))


def tested() -> Scripted:
    return signin(checks=(), self_test=scripted_lead.UNTESTED)()


def ending() -> Scripted:
    return Scripted(side_view=replace(scripted_side.side("wrapup"), wrapup=scripted_side.ENDING))


def kept() -> Scripted:
    return Scripted(side_view=replace(scripted_side.side("wrapup"), wrapup=scripted_side.KEPT))


def read(window: Window) -> None:
    window.main.work.reading = True
    window.main.work.arrange()


def drawer(window: Window) -> None:
    window.main.work.drawer_open = True
    read(window)


def open_states(window: Window) -> None:
    window.main.topbar.state.open_states()


def key_focus(window: Window) -> None:
    window.focus_ring.expect_key()
    window.main.work.conversation.header.buttons["interaction.end"].setFocus(Qt.FocusReason.TabFocusReason)


SHOTS = {
    "agent-light": Shot(agent),
    "agent-dark": Shot(agent, "dark"),
    "busy-light": Shot(busy),
    "busy-dark": Shot(busy, "dark"),
    "script-light": Shot(tabbed("script")),
    "knowledge-dark": Shot(tabbed("knowledge"), "dark"),
    "wrapup-light": Shot(tabbed("wrapup")),
    "ending-light": Shot(ending),
    "ending-dark": Shot(ending, "dark"),
    "ending-contrast": Shot(ending, "contrast-dark"),
    "ending-large": Shot(ending, scale=2.0, size=(2880, 1800)),
    "ending-rtl": Shot(ending, rtl=True),
    "ending-1000": Shot(ending, size=(1000, 700), after=drawer),
    "kept-light": Shot(kept),
    "kept-dark": Shot(kept, "dark"),
    "offline-light": Shot(offline),
    "offline-dark": Shot(offline, "dark"),
    "signin-light": Shot(signin()),
    "signin-dark": Shot(signin(), "dark"),
    "signin-error": Shot(
        signin(
            error="The name or the password is wrong. Try again.",
            can_remember=False,
            remember_note="This computer has no keyring, so the password is not remembered.",
        )
    ),
    "palette-light": Shot(found),
    "focus-light": Shot(agent, after=key_focus),
    "contrast-light": Shot(busy, "contrast-light"),
    "contrast-dark": Shot(busy, "contrast-dark"),
    "rtl-light": Shot(busy, rtl=True),
    "large-light": Shot(agent, scale=2.0, after=read),
    "large-inbox": Shot(agent, scale=2.0),
    "large-wide": Shot(busy, scale=2.0, size=(2880, 1800)),
    "large-signin": Shot(signin(), scale=2.0),
    "consult-light": Shot(consult),
    "consult-dark": Shot(consult, "dark"),
    "consult-large": Shot(consult, scale=2.0, size=(1920, 1200)),
    "consult-rtl": Shot(consult, rtl=True),
    "meeting-light": Shot(meeting),
    "meeting-1000": Shot(meeting, "dark", size=(1000, 700)),
    "troubled-light": Shot(troubled),
    "troubled-dark": Shot(troubled, "dark"),
    "transfer-light": Shot(transfer),
    "transfer-dark": Shot(transfer, "dark"),
    "transfer-large": Shot(transfer, scale=2.0),
    "transfer-rtl": Shot(transfer, rtl=True),
    "keypad-light": Shot(keys),
    "dial-dark": Shot(dial, "dark"),
    "dial-large": Shot(dial, scale=2.0),
    "dial-rtl": Shot(dial, rtl=True),
    "asked-light": Shot(asked),
    "asked-dark": Shot(asked, "dark"),
    "supervisor-light": Shot(lead),
    "supervisor-dark": Shot(lead, "dark"),
    "supervisor-large": Shot(lead, scale=2.0),
    "supervisor-rtl": Shot(lead, rtl=True),
    "supervisor-1000": Shot(lead, size=(1000, 800)),
    "supervisor-contrast": Shot(lead, "contrast-dark"),
    "supervisor-quiet": Shot(at("supervisor", supervisor_view=scripted_lead.QUIET)),
    "devices-light": Shot(pages("devices")),
    "devices-dark": Shot(pages("devices"), "dark"),
    "devices-large": Shot(pages("devices"), scale=2.0),
    "devices-rtl": Shot(pages("devices"), rtl=True),
    "phone-light": Shot(pages("phone")),
    "selftest-light": Shot(pages("selftest")),
    "selftest-dark": Shot(pages("selftest"), "dark"),
    "recorded-light": Shot(recorded),
    "recorded-dark": Shot(recorded, "dark"),
    "recorded-rtl": Shot(recorded, rtl=True),
    "selftest-signin": Shot(tested),
    "selftest-signin-large": Shot(tested, "dark", scale=2.0),
    "why-light": Shot(why),
    "why-dark": Shot(why, "dark"),
    "why-large": Shot(why, scale=2.0),
    "why-rtl": Shot(why, rtl=True),
    "why-contrast": Shot(why, "contrast-dark"),
    "why-sentences": Shot(lambda: Scripted(explanation_view=scripted_why.SENTENCES)),
    "why-700": Shot(why, size=(700, 600), after=read),
    "nobody-light": Shot(nobody),
    "nobody-dark": Shot(nobody, "dark"),
    "nobody-contrast": Shot(nobody, "contrast-light"),
    "wrapping-light": Shot(wrapping),
    "wrapping-dark": Shot(wrapping, "dark"),
    "wrapping-1000": Shot(wrapping, size=(1000, 700)),
    "missed-light": Shot(missed),
    "states-light": Shot(busy, after=open_states),
    "lead-state": Shot(leading(scripted_why.STATE_FORM)),
    "lead-wrapup": Shot(leading(scripted_why.WRAPUP_FORM), "dark"),
    "lead-place": Shot(leading(scripted_why.PLACE_FORM)),
    "lead-large": Shot(leading(scripted_why.PLACE_FORM), scale=2.0),
    "lead-rtl": Shot(leading(scripted_why.STATE_FORM), rtl=True),
    "narrow-1000": Shot(busy, size=(1000, 700)),
    "narrow-drawer": Shot(agent, "dark", size=(1000, 700), after=drawer),
    "narrow-700": Shot(agent, size=(700, 800), after=read),
    "narrow-700-inbox": Shot(agent, size=(700, 800)),
}


def shoot(application: QApplication, shot: Shot) -> QPixmap:
    """Build the window, let it settle, and put what floats above it into the same picture."""
    theme.apply(application, shot.theme, shot.scale, reduced_motion=True)
    application.setLayoutDirection(
        Qt.LayoutDirection.RightToLeft if shot.rtl else Qt.LayoutDirection.LeftToRight
    )
    window = Window(shot.make())
    window.resize(*shot.size)
    window.show()
    window.activateWindow()
    QTest.qWait(150)
    if shot.after is not None:
        shot.after(window)
    QTest.qWait(150)
    picture = window.grab()
    if window.ringing.isVisible():
        at = window.ringing.mapToGlobal(QPoint(0, 0)) - window.mapToGlobal(QPoint(0, 0))
        painter = QPainter(picture)
        painter.drawPixmap(at, window.ringing.grab())
        painter.end()
    if (menu := QApplication.activePopupWidget()) is not None:
        at = menu.mapToGlobal(QPoint(0, 0)) - window.mapToGlobal(QPoint(0, 0))
        painter = QPainter(picture)
        painter.drawPixmap(at, menu.grab())
        painter.end()
        menu.close()
    window.close()
    window.deleteLater()
    QTest.qWait(20)
    return picture


def take(shots: Mapping[str, Shot], about: str | None) -> int:
    """Make the pictures that the command line names, or all."""
    arguments = argparse.ArgumentParser(description=about)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("names", nargs="*")
    wanted = arguments.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    application = QApplication(["agent-desktop"])
    for name in wanted.names or shots:
        shoot(application, shots[name]).save(str(wanted.out / f"{name}.png"))
        print(name, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(take(SHOTS, __doc__))
