"""Who types in a call, for the tests of the terminal, and what went to the phone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import CallText, CallTextLine
from tests.client.desks import Desk
from tests.client.talks import NOW, told_phone
from tests.text.terminal import Terminal


@dataclass
class Caller:
    """Who types at the far end: each line as the phone tells it."""

    desk: Desk
    carrier: str = "tty"
    number: int = 0
    text: str = ""
    turn: str = "customer"
    state: dict[str, Any] = field(default_factory=dict)

    def tell(self, *lines: CallTextLine, **state: Any) -> None:
        self.state |= state
        told = {"found": True, "baud": 45.45 if self.carrier == "tty" else 0.0, **self.state}
        self.desk.phone(
            p.CallTextChanged(
                text=CallText(call="k1", carrier=self.carrier, turn=self.turn, lines=lines, **told)
            )
        )

    def line(self, *, finished: bool = False, damaged: tuple[int, ...] = ()) -> CallTextLine:
        return CallTextLine(
            number=self.number, speaker="customer", medium=self.carrier, text=self.text,
            began_at=NOW, changed_at=self.desk.now, finished=finished, damaged=damaged,
        )  # fmt: skip

    def types(self, letters: str) -> None:
        """Letter by letter, as it comes."""
        for letter in letters:
            self.text = self.text[:-1] if letter == "\b" else self.text + letter
            self.tell(self.line())

    def ends(self, *, turn: str | None = None, damaged: tuple[int, ...] = ()) -> None:
        """The line is over; with GA the turn is the agent's."""
        self.turn = turn if turn is not None else self.turn
        self.tell(self.line(finished=True, damaged=damaged))
        self.number, self.text = self.number + 1, ""

    def falls_silent(self, terminal: Terminal, seconds: float) -> None:
        self.desk.now += seconds
        terminal.session.calls.tick(terminal.session.verbosity)


def objects(t: Terminal, kind: str) -> list[dict[str, Any]]:
    return [record for one in t.lines() if (record := json.loads(one))["type"] == kind]


def typed(desk: Desk) -> str:
    """What went to the phone."""
    return "".join(c.text for c in told_phone(desk) if isinstance(c, p.TypeText))
