"""When the phone makes itself heard: it rings for a call or an offer, and ticks softly during a call.

- a call or an offer rings on the ring devices as long as it rings, with the sound of its kind;
- while the agent is in a call nothing rings: a call-waiting tone in the ear, if it is wanted (R13);
- a call that the network ended is told by a falling tone, because silence alone is not noticed.

The screen says when an offer rings (`ring_for`); calls ring by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from agent_desktop.media.pcm import Pcm
from agent_desktop.phone import ringing
from agent_desktop.phone.calltable import DIALLING, ENDED, HELD, RINGING, UP
from agent_desktop.wire.phone import PhoneCall, SetSound

_BUSY: Final = frozenset({UP, HELD, DIALLING})
_VOICE: Final = "voice"


class Loudness(Protocol):
    """What `Sound` gives."""

    def ring(self, tone: Pcm | None) -> None: ...
    def call_waiting(self, tone: Pcm | None) -> None: ...
    def play_once(self, sound: Pcm) -> None: ...


class Attention:
    """Lives on the event loop."""

    def __init__(self, sound: Loudness) -> None:
        self._sound = sound
        self._settings = SetSound()
        self._calls: tuple[PhoneCall, ...] = ()
        self._offer = ""
        self._ring: tuple[str, float] | None = None
        self._waiting: float | None = None

    @property
    def offered(self) -> bool:
        """Whether an offer rings; the headset wants to know."""
        return bool(self._offer)

    def settings(self, settings: SetSound) -> None:
        """How loud; heard at once."""
        self._settings = settings
        self._follow()

    def ring_for(self, *, on: bool, kind: str = _VOICE) -> None:
        """Ring for an offer of this kind until told to stop."""
        self._offer = kind if on else ""
        self._follow()

    def calls(self, calls: Sequence[PhoneCall]) -> None:
        """The calls as they are now."""
        self._calls = tuple(calls)
        self._follow()

    def ended(self, call: PhoneCall) -> None:
        """A call is over; the agent hears it when nobody hung up."""
        if call.state == ENDED and call.ended_by == "network" and call.up_at:
            self.play("lost")

    def play(self, name: str) -> None:
        """One of the phone's own sounds, once; RefusedError when there is none of that name."""
        self._sound.play_once(ringing.once(name))

    def answered_by_itself(self, tone: str = "zip") -> None:
        """The pips of a queue before its call is joined."""
        pips = ringing.answer_tone(tone)
        if len(pips):
            self._sound.play_once(pips)

    def _follow(self) -> None:
        rings = any(call.state == RINGING and call.direction == "in" for call in self._calls)
        is_busy = any(call.state in _BUSY for call in self._calls)
        kind = _VOICE if rings else self._offer
        is_silent = is_busy or not kind or kind in self._settings.silent
        ring = None if is_silent else (kind, self._settings.ring_db)
        waiting = self._settings.waiting_db if is_busy and kind and self._settings.waiting else None
        if ring != self._ring:
            self._ring = ring
            self._sound.ring(None if ring is None else ringing.ring(*ring))
        if waiting != self._waiting:
            self._waiting = waiting
            self._sound.call_waiting(None if waiting is None else ringing.call_waiting(waiting))
