"""The calls at this phone, as the agent sees them.  Nothing else writes what a call is.

A step takes what happened and publishes the call as it is now; a call that has ended is published once
more and forgotten.  States: dialling, ringing, up, held, ended.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.phone.engine import SoundAgreed
from agent_desktop.wire.phone import PhoneCall

DIALLING, RINGING, UP, HELD, ENDED = "dialling", "ringing", "up", "held", "ended"
LIVE = frozenset({UP, HELD})
_WORDS = {DIALLING: "being dialled", RINGING: "ringing", UP: "up", HELD: "on hold", ENDED: "over"}


class CallTable:
    """One writer.  `wall` gives seconds since the Unix epoch."""

    def __init__(self, publish: Callable[[PhoneCall], None], wall: Callable[[], float]) -> None:
        self._publish = publish
        self._wall = wall
        self._calls: dict[str, PhoneCall] = {}

    @property
    def calls(self) -> tuple[PhoneCall, ...]:
        return tuple(self._calls.values())

    def need(self, name: str, *states: str) -> PhoneCall:
        """The call of that name in one of the states; RefusedError or IllegalStepError says what is wrong."""
        call = self._calls.get(name)
        if call is None:
            raise RefusedError("There is no such call any more.", code="no_such_call")
        if states and call.state not in states:
            raise IllegalStepError(f"This is not possible while the call is {_WORDS[call.state]}.")
        return call

    def find(self, name: str) -> PhoneCall | None:
        return self._calls.get(name)

    def dialled(self, name: str, target: str, interaction: str) -> None:
        self._write(
            PhoneCall(
                id=name,
                direction="out",
                state=DIALLING,
                interaction=interaction,
                remote=target,
                started_at=self._wall(),
            )
        )

    def arrived(self, name: str, number: str, caller: str, interaction: str) -> None:
        self._write(
            PhoneCall(
                id=name,
                direction="in",
                state=RINGING,
                interaction=interaction,
                remote=number,
                remote_name=caller,
                started_at=self._wall(),
            )
        )

    def came_up(self, name: str) -> None:
        call = self._calls.get(name)
        if call is not None and call.state in {DIALLING, RINGING}:
            self._write(msgspec.structs.replace(call, state=UP, up_at=self._wall(), detail=""))

    def held(self, name: str, *, on: bool, refused: str = "") -> None:
        call = self._calls.get(name)
        if call is None or call.state not in LIVE:
            return
        self._write(
            msgspec.structs.replace(
                call,
                state=HELD if on else UP,
                held_at=0.0 if not on else call.held_at or self._wall(),
                detail=refused or call.detail,
            )
        )

    def agreed(self, sound: SoundAgreed) -> None:
        """What the sound of a call is."""
        call = self._calls.get(sound.call)
        if call is not None:
            changed = msgspec.structs.replace(
                call,
                codec=sound.codec,
                encrypted=sound.encrypted,
                held_by_remote=sound.held_by_remote,
            )
            self._write(changed)

    def told(self, name: str, words: str) -> None:
        """Something that the agent should read beside the call."""
        call = self._calls.get(name)
        if call is not None:
            self._write(msgspec.structs.replace(call, detail=words))

    def muted(self, name: str, *, on: bool) -> None:
        self._write(msgspec.structs.replace(self.need(name), muted=on))

    def ended(self, name: str, by: str, status: int, detail: str) -> PhoneCall | None:
        """The call as it ended; None when there was none."""
        call = self._calls.pop(name, None)
        if call is None:
            return None
        # The final status tells why a call did not come up; of one that was up it says nothing.
        status = 0 if call.up_at else status
        over = msgspec.structs.replace(
            call, state=ENDED, ended_at=self._wall(), ended_by=by, status=status, detail=detail
        )
        self._publish(over)
        return over

    def _write(self, call: PhoneCall) -> None:
        if self._calls.get(call.id) != call:
            self._calls[call.id] = call
            self._publish(call)
