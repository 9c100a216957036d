"""The real client with a call, as a program of its own: what it says by itself goes to the bus.

    python stage_talk.py FOLDER      one JSON object a line in, one out

- {"happen": "ring"}: an event of the script below comes in, and comes in again as a resend does
- {"pause": true}: whether polite sentences still have to wait
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from agent_desktop.qt import theme
from agent_desktop.qt.window import Window
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallText, CallTextLine
from tests.client.desks import Desk
from tests.client.talks import NOW, TALK, UP, changed

OFFERED = changed(TALK, state="offered", accepted_at=0.0, agent="")
OFFER = m.OfferModel(
    id="o1", interaction="i1", agent="a7", medium="voice", queue="support", customer="c1",
    customer_name="Amina Yusuf", queued_at=NOW - 22, offered_at=NOW, expires_at=NOW + 20,
)  # fmt: skip
MESSAGE = m.MessageModel(
    id="m90", conversation="v1", medium="sms", direction="in", at=NOW, text="I am at the door",
    author_name="Amina Yusuf",
)  # fmt: skip
LINE = CallTextLine(
    number=1, speaker="customer", medium="tty", text="WHERE IS IT Q GA", began_at=NOW, changed_at=NOW,
    finished=True,
)  # fmt: skip
TYPED = CallText(call="k1", carrier="tty", found=True, baud=45.45, lines=(LINE,), turn="agent")
OVER = changed(TALK, state="wrap_up", wrapup_at=NOW, wrapup_deadline_at=NOW + 30)
HAPPENS: dict[str, tuple[object, ...]] = {
    "ring": (e.InteractionChanged(interaction=OFFERED), e.OfferMade(offer=OFFER)),
    "answer": (
        e.OfferWithdrawn(offer="o1", interaction="i1", why="accepted"),
        e.InteractionChanged(interaction=TALK),
        p.PhoneCallChanged(call=UP),
    ),
    "message": (
        e.ConversationChanged(conversation=m.ConversationModel(id="v1", medium="sms")),
        e.MessageChanged(message=MESSAGE),
    ),
    "turn": (p.CallTextChanged(text=TYPED),),
    "end": (p.PhoneCallChanged(call=changed(UP, state="ended")), e.InteractionChanged(interaction=OVER)),
    "warning": (),
}  # fmt: skip
WARNING_S = 22.0


class Talk:
    def __init__(self, application: QApplication, folder: Path) -> None:
        self.application = application
        self.desk = Desk(folder)
        self.window = Window(self.desk.desktop)
        self.window.show()
        self.window.activateWindow()
        self.notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
        self.notifier.activated.connect(self._asked)

    def _asked(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.application.quit()
            return
        sys.stdout.write(json.dumps(self._answer(json.loads(line))) + "\n")
        sys.stdout.flush()

    def _answer(self, question: dict[str, Any]) -> object:
        match question:
            case {"happen": name}:
                if name == "warning":
                    self.desk.now += WARNING_S
                for _again in range(2):
                    for event in HAPPENS[name]:
                        self.desk.phone(event) if isinstance(event, p.PhoneEvent) else self.desk.events(event)
                    for _second in range(3):
                        self.desk.now += 1
                        self.desk.desktop.pump()
                self.desk.answer_all()
                return True
            case _:
                return self.window.announcer._pause.isActive()


def main() -> int:
    application = QApplication(["agent-desktop"])
    application.setApplicationName("agent-desktop")
    theme.apply(application, "light", reduced_motion=True)
    talk = Talk(application, Path(sys.argv[1]))
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    result = int(application.exec())
    talk.window.close()
    return result


if __name__ == "__main__":
    raise SystemExit(main())
