"""Pictures of the wrap-up in each of its five modes, at the desktop and in text mode.

The client is the real one; the script plays the router.

xvfb-run -a -s "-screen 0 3200x2000x24" python tests/qt/gallery_modes.py --out DIR [--theme light|dark]
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from agent_desktop.domain.centre import TIMED_MODES, WRAP_UP_MODES
from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.text.screen import Screen
from agent_desktop.text.session import Session
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.commands import WrapUp
from tests.client.desks import Desk
from tests.client.small_centre import CENTRE
from tests.client.talks import CALL, NOW, UP

COLUMNS = 100
CAPABILITIES = ("hold", "dtmf", "second_call", "tls")
TERMINAL = {"light": ("#16191d", "#ffffff"), "dark": ("#e6e9ee", "#101418")}  # ink, paper


def wrapping(folder: Path, mode: str) -> Desk:
    """An agent whose call has just ended in a queue of this mode; without a wrap-up it is still on."""
    desk = Desk(folder)
    there = p.Registration(state="registered", extension="6001")
    desk.phone(p.PhoneSnapshot(registration=there, capabilities=CAPABILITIES))
    queue = msgspec.structs.replace(CENTRE.queues[0], wrapup_mode=mode, wrapup_s=60.0)
    limited, none = mode in TIMED_MODES, mode == "none"
    call = m.InteractionModel(
        id="i1", medium="voice", state="active" if none else "wrap_up", agent="a7", queue="support",
        customer="c1", customer_name="Amina Yusuf", from_address="+212522000147", arrived_at=NOW - 290,
        queued_at=NOW - 289, accepted_at=NOW - 267,
        ended_at=0.0 if none else NOW - 12, ended_by="" if none else "customer",
        wrapup_at=NOW - 12, wrapup_deadline_at=NOW + 48 if limited else 0.0, updated_at=NOW - 12,
        reasons=("You were the only free agent", "Waited 0:22 in Support"),
        call=msgspec.structs.replace(CALL, bridged_at=NOW - 267) if none else None,
    )  # fmt: skip
    began = NOW - (267 if none else 12)
    working = {"activity": "busy" if none else "wrap_up", "activity_since_at": began, "since_at": NOW - 2467}
    after = {"next_state": "not_ready", "next_reason": "break"}
    me = msgspec.structs.replace(desk.truth.me, state="ready", reason="", **working, **after)
    centre = msgspec.structs.replace(CENTRE, queues=(queue, *CENTRE.queues[1:]))
    desk.events(
        e.CentreChanged(centre=centre), e.AgentChanged(agent=me), e.InteractionChanged(interaction=call)
    )
    if none:
        desk.phone(p.PhoneCallChanged(call=msgspec.structs.replace(UP, up_at=began, started_at=began - 3)))
    desk.desktop.act("inbox.open", id="i1")
    desk.desktop.act("go.wrapup")
    desk.desktop.act("wrapup.code", code="replacement")
    return desk


def at_the_terminal(desk: Desk, mode: str) -> str:
    """What an agent types and reads: the time, the codes, a field that lacks, and how it ends."""
    out = io.StringIO()
    session = Session(desk.desktop, Screen(out, columns=COLUMNS), json_lines=False)
    for line in ("status", "wrapup", "wrapup replacement", "wrapup replacement order=48213 new one sent"):
        out.write(f"> {line}\n")
        session.typed(line)
        desk.put()
        handed_in = [command for _, command in desk.outside.router if isinstance(command, WrapUp)]
        desk.answer_all()
        if handed_in:
            held = desk.runtime.store.replica.interactions["i1"]
            kept = msgspec.structs.replace(held, disposition="replacement", disposition_note="new one sent")
            over = e.InteractionRemoved(interaction="i1")
            desk.events(e.InteractionChanged(interaction=kept) if mode == "mandatory_fixed" else over)
    return out.getvalue().rstrip("\n")


def terminal(words: str, look: str) -> QLabel:
    """The lines as a terminal of this look shows them."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(16)
    shown = QLabel(words)
    shown.setTextFormat(Qt.TextFormat.PlainText)
    shown.setFont(font)
    ink, paper = TERMINAL[look]
    shown.setStyleSheet(f"color: {ink}; background: {paper}; padding: 20px;")
    shown.adjustSize()
    return shown


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--theme", choices=tuple(TERMINAL), action="append", help="only this one")
    options = arguments.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    application = QApplication(["agent-desktop"])
    for mode in WRAP_UP_MODES:
        for look in options.theme or TERMINAL:
            theme.apply(application, look, 1.0, reduced_motion=True)
            with tempfile.TemporaryDirectory() as folder:
                desk = wrapping(Path(folder), mode)
                window = Window(desk.desktop)
                window.resize(1440, 900)
                window.show()
                QTest.qWait(300)
                window.grab().save(str(out / f"wrapup-{mode}-{look}.png"))
                print(mode, look, flush=True)
                window.close()
                window.deleteLater()
                QTest.qWait(20)
                desk.drafts.close()
            with tempfile.TemporaryDirectory() as folder:
                desk = wrapping(Path(folder), mode)
                terminal(at_the_terminal(desk, mode), look).grab().save(
                    str(out / f"wrapup-{mode}-text-{look}.png")
                )
                desk.drafts.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
