"""Several calls at one phone: who is held when the agent turns to another (row A9).

One call is spoken in at a time.  Answering, dialling or taking back one holds the other first, at once for
the ear and the microphone, then for the other side.  Ending one takes nothing back by itself: the agent
says to whom to speak next.

Pure, but for `Lines`, which remembers who was put aside, so that a hold that the other side refuses does not
let two customers hear one another's call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from agent_desktop.errors import RefusedError
from agent_desktop.phone.calltable import DIALLING, HELD, UP
from agent_desktop.phone.engine import HOLD, SUPERVISOR
from agent_desktop.wire.phone import PhoneCall


def to_hold(calls: Sequence[PhoneCall], turning_to: str = "") -> tuple[str, ...]:
    """The calls that are spoken in and must be held."""
    return tuple(call.id for call in calls if call.state == UP and call.id != turning_to)


def answers_itself(kind: str, calls: Sequence[PhoneCall]) -> bool:
    """Whether an expected call of this kind is taken without asking.

    A supervisor who speaks with somebody is not put into another call by listening to one.
    """
    return kind != SUPERVISOR or not any(call.state in {UP, HELD, DIALLING} for call in calls)


class Lines:
    """`gate` opens and closes a call's sound here, `hold` asks the other side."""

    def __init__(
        self,
        capabilities: Sequence[str],
        gate: Callable[[PhoneCall, bool], None],
        hold: Callable[[str], None],
    ) -> None:
        self._can_hold = HOLD in capabilities
        self._gate = gate
        self._hold = hold
        self._aside: set[str] = set()

    def turn_to(self, calls: Sequence[PhoneCall], call: str = "") -> None:
        """Put the others aside; RefusedError where the engine cannot hold."""
        others = set(to_hold(calls, call)) - self._aside
        if others and not self._can_hold:
            raise RefusedError(
                "This telephone engine has one call at a time. End the present one first.", code="too_many"
            )
        self._aside.discard(call)
        for each in calls:
            if each.id in others:
                self._aside.add(each.id)
                self._gate(each, True)  # noqa: FBT003 - held
                self._hold(each.id)

    def is_aside(self, call: PhoneCall) -> bool:
        """Whether a call must be neither heard nor spoken to, held by the other side's leave or not."""
        return call.state == HELD or call.id in self._aside

    def left_alone(self, calls: Sequence[PhoneCall]) -> tuple[str, ...]:
        """Calls that refused to be held, now that there is no other one: they are heard again."""
        up = [call.id for call in calls if call.state == UP]
        if any(call not in self._aside for call in up) or len(up) != 1:
            return ()
        self._aside.difference_update(up)
        return tuple(up)

    def over(self, call: str) -> None:
        """The call has ended."""
        self._aside.discard(call)
