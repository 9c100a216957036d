"""A textphone (TTY) on a voice call: the agent types and reads, one side at a time, in the call's own sound.

ITU-T V.18 Annex A; half duplex, as the machines are.  Sound goes in before anything is made up for lost
packets, tones come out where the voice would be.  Three good characters within two seconds are a textphone
(`Found`): until then nothing is shown, for a TTY is silent until someone types and a voice is no text.
The turn passes with GA or SK, when the one who wrote it has stopped.

Rules: what is typed waits until the far carrier has been gone for 300 ms (`interrupt` does not wait); while
sending nothing is received, nor for 300 ms and the round trip after it on a line with an echo.  The echo of
what was sent is known by its codes and its even delay, which also measures the round trip, and never shown as
the caller's; without one an answer may come at once.
Who begins last gives way: a burst of ours that began after the caller's tone (which takes 100 ms to be known
as one) is broken off before its first code.
No clock is read: time is the samples that were heard.  8 kHz, frames of any length; `hear` and `frame` are
called once each for every frame.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from agent_desktop.media.ita2 import FIGS, LTRS, Sayable, sayable
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm
from agent_desktop.media.tty_reading import DAMAGED_BELOW, Reading, Shown, gives_the_turn, turn_words
from agent_desktop.media.tty_receive import HeardCode, TtyReceiver
from agent_desktop.media.tty_send import BAUD_US, TtySender


class State(Enum):
    """Who is typing."""

    IDLE = "idle"
    RECEIVING = "receiving"
    SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Found:
    """The caller has a textphone; what it typed so far follows."""

    baud: float


@dataclass(frozen=True, slots=True)
class TurnPassed:
    """One side has finished: its last words say so.  `ours`: the agent's text did, and the caller is next."""

    words: tuple[str, ...]
    ours: bool


Happening: TypeAlias = Found | Shown | TurnPassed

_GONE: Final = round(0.3 * NARROW_RATE_HZ)  # the far carrier is over
_GUARD: Final = round(0.3 * NARROW_RATE_HZ)  # after our own
_FOUND_CODES: Final = 3
_FOUND_WITHIN: Final = 2 * NARROW_RATE_HZ
_SUSPECTED: Final = round(0.04 * NARROW_RATE_HZ)  # a tone so long: we do not begin
_MEETING: Final = round(0.07 * NARROW_RATE_HZ)  # a tone so long that began before ours: we give way
_NOT_OURS: Final = round(0.01 * NARROW_RATE_HZ)  # an echo does not come before its sound
_ECHO_LATEST: Final = round(1.2 * NARROW_RATE_HZ)
_ECHO_EVEN: Final = round(0.012 * NARROW_RATE_HZ)
_ECHO_RUN: Final = 3  # codes with the same delay are no chance
_ECHO_AFTER: Final = NARROW_RATE_HZ  # how long after the guard a single code is suspected


class BaudotLeg:
    """The text of one call."""

    def __init__(self, *, baud: float = BAUD_US, round_trip_s: float = 0.0, is_found: bool = False) -> None:
        """`is_found`: the call is known to be one by text (queue, header), nothing has to be waited for."""
        self.sender = TtySender(baud=baud)
        self.receiver = TtyReceiver()
        self.reading = Reading()
        self.is_found = is_found
        self.damaged = 0
        """Characters of this call that came damaged."""
        self._round_trip = round(round_trip_s * NARROW_RATE_HZ)
        self._now = 0
        self._carrier_at = -_GONE
        self._muted_until = self._sent_until = 0
        self._has_echo = False
        self._must_send = False
        self._burst_at = self._muted_then = 0
        self._was_sending = False
        self._typed = ""
        self._has_passed = True
        self._early: deque[HeardCode] = deque(maxlen=16)
        self._delays: deque[int] = deque(maxlen=_ECHO_RUN)

    @property
    def state(self) -> State:
        if self.sender.is_sending:
            return State.SENDING
        return State.IDLE if self._now - self._carrier_at >= _GONE else State.RECEIVING

    @property
    def is_tone_heard(self) -> bool:
        """What comes in is a textphone's tones, which the agent's ear is spared; else it may be a voice.

        It ends within 80 ms of the carrier: a caller who speaks for themselves (VCO) is heard at once.
        """
        return self.is_found and self.receiver.has_carrier

    @property
    def round_trip_s(self) -> float:
        """As given, or as the echo told."""
        return self._round_trip / NARROW_RATE_HZ

    @property
    def waiting(self) -> int:
        """Characters of the agent that have not gone out."""
        return self.sender.waiting

    def say(self, text: str) -> Sayable:
        """Queue what the agent typed; the answer is what the caller will read."""
        said = sayable(text)
        self.sender.say(said.text)
        self._typed += said.text
        return said

    def interrupt(self) -> None:
        """Send what waits although the caller is typing."""
        self._must_send = True

    def take_back(self) -> str | None:
        """Delete the last character that has not gone out; None: it is too late."""
        sign = self.sender.take_back()
        if sign is not None:
            self._typed = self._typed[:-1]
        return sign

    def fix_shift(self) -> Shown | None:
        """The agent sees figures where letters were meant, or the other way."""
        return self.reading.fix_shift()

    def frame(self, samples: int) -> Pcm | None:
        """The next tones to send in the voice's place; None: the voice may be heard."""
        if not self._may_send() or not self.sender.wants_to_send:
            self.sender.rest(samples)
            return None
        if not self.sender.is_sending:
            self._burst_at, self._muted_then = self._now, self._muted_until
            self.sender.set_clock(self._now)  # or an echo would not be known by its delay
        tones = self.sender.frame(samples)
        self._must_send = self._must_send and self.sender.wants_to_send
        return tones

    def _may_send(self) -> bool:
        if self._must_send:
            return True
        if self.sender.is_sending:
            if not (self._is_met() and self.sender.withdraw()):
                return True
            self._muted_until, self._was_sending = self._muted_then, False
        is_free = self._is_muted(self._now) or self._tone_for() < _SUSPECTED
        return self.state is State.IDLE and is_free

    def _is_met(self) -> bool:
        """The caller had begun when we did."""
        since = self.receiver.tone_since
        began_first = since is not None and self._muted_then <= since < self._burst_at - _NOT_OURS
        return began_first and self._tone_for() >= _MEETING

    def _tone_for(self) -> int:
        """How long there has been a tone, in samples."""
        since = self.receiver.tone_since
        return 0 if since is None else self.receiver.heard_samples - since

    def hear(self, frame: Pcm | None, samples: int = 0) -> list[Happening]:
        """The next sound of the caller, None for `samples` that were lost; what it meant."""
        self._now += samples if frame is None else len(frame)
        codes = self.receiver.hear(frame, samples)
        happened: list[Happening] = []
        self._after_sending(happened)
        if self.receiver.has_carrier and not self._is_muted(self._now):
            self._carrier_at = self._now
        for code in codes:
            if self._is_echo(code) or self._is_muted(code.at):
                continue
            self._take(code, happened)
        self._watch_turn(happened)
        return happened

    # -- own text ---------------------------------------------------------------------------------------

    def _after_sending(self, happened: list[Happening]) -> None:
        if self.sender.is_sending:
            self._sent_until = self._now
            self._muted_until = self._now + _GUARD + self._round_trip
            self._was_sending = True
        elif self._was_sending:
            self._was_sending = False
            self.reading.begin_turn()
            if not self.sender.waiting:
                if gives_the_turn(self._typed):
                    happened.append(TurnPassed(turn_words(self._typed), ours=True))
                self._typed = ""

    def _is_muted(self, at: int) -> bool:
        return at < (self._muted_until if self._has_echo else self._sent_until)

    def _is_echo(self, heard: HeardCode) -> bool:
        """The same code as was sent, as late as the ones before it were."""
        delays = [
            heard.at - sent.at
            for sent in self.sender.sent
            if sent.code == heard.code and 0 <= heard.at - sent.at <= _ECHO_LATEST
        ]
        if not delays:
            return False
        known = self._delays[-1] if self._delays else None
        delay = min(delays, key=lambda one: abs(one - known)) if known is not None else delays[-1]
        if known is not None and abs(delay - known) > _ECHO_EVEN:
            self._delays.clear()
        self._delays.append(delay)
        if len(self._delays) == _ECHO_RUN:
            self._has_echo = True
            self._round_trip = max(self._round_trip, delay)
            return True
        suspected = heard.at < self._muted_until + _ECHO_AFTER and heard.code not in {LTRS, FIGS}
        return suspected and not self._is_heard_after_pause(heard)

    def _is_heard_after_pause(self, heard: HeardCode) -> bool:
        """The caller's own burst is going on already."""
        return bool(self.reading.text) and heard.at - self._carrier_at < _GONE

    # -- the caller's text --------------------------------------------------------------------------------

    def _take(self, code: HeardCode, happened: list[Happening]) -> None:
        self._carrier_at = self._now
        if not self.is_found:
            self._early.append(code)
            good = [
                early
                for early in self._early
                if early.quality >= DAMAGED_BELOW and code.at - early.at <= _FOUND_WITHIN
            ]
            if len(good) < _FOUND_CODES:
                return
            self.is_found = True
            happened.append(Found(self.receiver.baud))
            for early in good:
                self._show(early, happened)
            return
        self._show(code, happened)

    def _show(self, code: HeardCode, happened: list[Happening]) -> None:
        before = len(self.reading.damaged)
        shown = self.reading.take(code)
        if shown is None:
            return
        if len(self.reading.damaged) > before and not shown.is_correction:
            self.damaged += 1
        self._has_passed = False
        happened.append(shown)

    def _watch_turn(self, happened: list[Happening]) -> None:
        if self._has_passed or self._now - self._carrier_at < _GONE:
            return
        self._has_passed = True
        if gives_the_turn(self.reading.text):
            happened.append(TurnPassed(turn_words(self.reading.text), ours=False))
            self.reading.begin_turn()
