"""The window over the scripted desktop as a program of its own, for the accessibility bus.

    python scripted_app.py [--plant] [--signin] [--tab TAB] [--place PLACE] [--page PAGE] [--calls]

`--plant` adds a button without a name: the walk must then fail.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import scripted_agent
import scripted_call
import scripted_lead
import scripted_side
from PySide6.QtWidgets import QApplication, QPushButton
from scripted import Scripted

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.notices import Notice
from agent_desktop.viewmodels.parts import Button, Tone


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--plant", action="store_true")
    arguments.add_argument("--signin", action="store_true")
    arguments.add_argument("--tab", default="wrapup")
    arguments.add_argument("--place", default="inbox")
    arguments.add_argument("--page", default="devices")
    arguments.add_argument("--calls", action="store_true", help="a conference, and the panels under it")
    wanted = arguments.parse_args()
    application = QApplication(["agent-desktop"])
    application.setApplicationName("agent-desktop")
    theme.apply(application, "light", reduced_motion=True)
    lost = Notice(
        "lost",
        "The server is not connected.",
        Tone.DANGER,
        0.0,
        Button("link.retry", "Try again", "connected"),
        Button("notice.dismiss", "Dismiss", "close"),
    )
    desk = Scripted(
        signed_in=not wanted.signin,
        topbar_view=scripted_agent.two_calls(),
        side_view=scripted_side.side(wanted.tab),
        offers_view=(
            scripted_agent.OFFER,
            replace(scripted_agent.OFFER, offer="o2", title="Omar Haddad", medium="chat"),
        ),
        notices_view=(lost,),
        palette_view=scripted_agent.PALETTE,
    )
    if wanted.signin:
        desk.signin_view = replace(desk.signin_view, self_test=scripted_lead.SELF_TEST)
    window = Window(desk)
    if wanted.place != "inbox" or wanted.calls:
        rail = tuple(replace(item, selected=item.id == wanted.place) for item in scripted_agent.RAIL)
        desk.change(
            rail=rail,
            settings_view=scripted_lead.settings(wanted.page),
            supervisor_view=scripted_lead.BOARD,
            palette_view=None,
            topbar_view=scripted_call.bar(
                scripted_call.TROUBLED, replace(scripted_call.MEETING, interaction="i7")
            ),
            transfer_view=scripted_call.TRANSFER if wanted.calls else None,
            keypad_view=scripted_call.DIAL_PAD if wanted.calls else None,
        )
    if wanted.plant:
        QPushButton(window.main.work.side).setGeometry(10, 10, 40, 30)
    window.show()
    return int(application.exec())


if __name__ == "__main__":
    raise SystemExit(main())
