"""How a customer's textphone stands, for those who look at the call: whose turn it is, what still waits.

The agent's phone reads letters and knows nothing of tones; the modem is here.  Rules: a turn, a carrier that
comes or goes and damage are told at once, counts of what waits twice a second at most; nothing of it is kept.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from agent_desktop.media.text_news import TextState
from agent_desktop.switch.calls import Call
from agent_desktop.switch.outside import Surroundings
from agent_desktop.voice.shown import shown
from agent_desktop.wire.calls import CallText
from agent_desktop.wire.switch import TextMoved

TOLD_S: Final = 0.5


class Lining:
    """All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._told: dict[str, CallText] = {}
        self._waits: dict[str, CallText] = {}

    def moved(self, call: Call, state: TextState) -> None:
        """The text of the customer's leg stands differently."""
        if state.carrier != "tty" or not state.is_found:
            return
        line = shown(call.id, state)
        before = self._told.get(call.id)
        if before is None or _urgent(before) != _urgent(line):
            self._tell(line)
        elif line != before:
            if call.id not in self._waits:
                self._around.later(TOLD_S, partial(self._late, call.id))
            self._waits[call.id] = line

    def over(self, call: Call) -> None:
        """The customer is gone."""
        self._told.pop(call.id, None)
        self._waits.pop(call.id, None)

    def _late(self, call: str) -> None:
        line = self._waits.pop(call, None)
        if line is not None and line != self._told.get(call):
            self._tell(line)

    def _tell(self, line: CallText) -> None:
        self._told[line.call] = line
        if line.call in self._waits:
            self._waits[line.call] = line
        self._around.emit(TextMoved(text=line))


def _urgent(line: CallText) -> tuple[object, ...]:
    return line.turn, line.typing, line.sending, line.damaged, line.baud, bool(line.waiting)
