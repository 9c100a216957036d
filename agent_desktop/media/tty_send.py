"""What the agent types, as the tones of a textphone (TTY).

ITU-T V.18 Annex A, TIA-825-A: 1400 Hz is a mark, 1800 Hz a space, the phase runs on without a break.  A
character is a start bit (space), five data bits, the lowest first, and two stop bits (mark).  A burst
begins with 150 ms of mark and ends with 300 ms; text that comes in between joins the burst.

Rules: 8 kHz, frames of any length.  Bit edges lie on a real time axis that is rounded to samples, so that
neither 50 baud nor a clock that is off needs a case of its own.  `frame` is None while there is nothing to
send: a textphone that is not typed on is silent, and so voice may be sent.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_desktop.media.ita2 import ALPHABET, Writer
from agent_desktop.media.pcm import FULL_SCALE, NARROW_RATE_HZ, Pcm, to_pcm

MARK_HZ: Final = 1400.0
SPACE_HZ: Final = 1800.0
BAUD_US: Final = 1 / 0.022  # 45.45
BAUD_EUROPE: Final = 50.0
LEAD_S: Final = 0.150
HOLD_S: Final = 0.300
LEVEL_DBFS: Final = -13.14
"""-10 dBm0; the loudest sine of G.711 is 3.14 dBm0."""
_DATA_BITS: Final = 5
_ASTRAY: Final = round(0.06 * NARROW_RATE_HZ)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code that went out: `at` is the sample at which its start bit began."""

    code: int
    at: int


class TtySender:
    """Text in, tones out."""

    def __init__(
        self,
        *,
        baud: float = BAUD_US,
        stop_bits: float = 2.0,
        level_dbfs: float = LEVEL_DBFS,
        lead_s: float = LEAD_S,
        hold_s: float = HOLD_S,
    ) -> None:
        """`stop_bits` under 2 is for measuring receivers; some machines cannot read it."""
        self._bit = NARROW_RATE_HZ / baud
        self._stop_bits = stop_bits
        self._amplitude = FULL_SCALE * 10 ** (level_dbfs / 20)
        self._lead = lead_s * NARROW_RATE_HZ
        self._hold = hold_s * NARROW_RATE_HZ
        self._text: deque[str] = deque()
        self._codes: deque[int] = deque()
        self._bits: deque[tuple[float, float]] = deque()
        """Frequency and end (in samples) of the tones to come."""
        self._writer = Writer()
        self._now = 0
        self._edge = 0.0
        self._phase = 0.0
        self._is_holding = False
        self._is_on = False
        self._has_code = False
        self.sent: deque[SentCode] = deque(maxlen=64)
        """What went out last, for whoever looks for its echo."""

    @property
    def is_sending(self) -> bool:
        """The carrier is on."""
        return self._is_on

    @property
    def waiting(self) -> int:
        """How many characters have not begun to be sent."""
        return len(self._text)

    @property
    def wants_to_send(self) -> bool:
        return bool(self._text) or self._is_on

    def say(self, text: str) -> None:
        """Queue text of the alphabet (`ita2.sayable`).  Raises ValueError for any other."""
        if not set(text) <= ALPHABET:
            raise ValueError("A textphone cannot show this text; ask `sayable` first.")
        self._text.extend(text)

    def follow(self, baud: float) -> None:
        """Send at the other machine's speed, from the next character on: a strict one reads no other."""
        self._bit = NARROW_RATE_HZ / baud

    def take_back(self) -> str | None:
        """The last character that has not begun to be sent, which now never will be."""
        return self._text.pop() if self._text else None

    def clear(self) -> None:
        """Send nothing of what still waits; the character on the line is finished."""
        self._text.clear()

    def withdraw(self) -> bool:
        """Break off a burst of which no code has gone out; its text waits again.  False: it is too late."""
        if not self._is_on or self._has_code:
            return False
        self._is_on = False
        self._bits.clear()
        return True

    def set_clock(self, now: int) -> None:
        """Before a burst: it is so late, where the own clock has gone another way (stalls, drift)."""
        if abs(now - self._now) > _ASTRAY:
            self._now = now

    def rest(self, samples: int) -> None:
        """Time passes in which nothing may be sent."""
        self._now += samples

    def frame(self, samples: int) -> Pcm | None:
        """The next tones, or None (and the time passes) while there is nothing to say."""
        start, self._now = self._now, self._now + samples
        if not self._is_on:
            if not self._text:
                return None
            self._begin(start)
        tones = np.zeros(samples)
        level = np.zeros(samples)
        at = start
        while at < self._now and self._is_on:
            if not self._bits:
                self._refill(at)
                continue
            hz, edge = self._bits[0]
            end = min(self._now, round(edge))
            tones[at - start : end - start] = hz
            level[at - start : end - start] = self._amplitude
            at = max(at, end)
            if round(edge) <= self._now:
                self._bits.popleft()
        phases = self._phase + np.cumsum(tones) * (2 * np.pi / NARROW_RATE_HZ)
        self._phase = float(phases[-1]) % (2 * np.pi)
        return to_pcm(level * np.sin(phases))

    def _begin(self, at: int) -> None:
        self._is_on, self._is_holding, self._has_code = True, False, False
        self._writer.begin()
        self._edge = float(at)
        self._tone(MARK_HZ, self._lead)

    def _refill(self, at: int) -> None:
        """The next code, or the hold, or the end of the burst."""
        if not self._codes and self._text:
            self._codes.extend(self._writer.codes(self._text.popleft()))
        if self._codes:
            self._is_holding = False
            self._edge = max(self._edge, float(at))
            self._code(self._codes.popleft())
        elif not self._is_holding:
            self._is_holding = True
            self._hold_until = self._edge + self._hold
            self._tone(MARK_HZ, self._bit)
        elif self._edge < self._hold_until:  # in pieces, so that new text can join
            self._tone(MARK_HZ, min(self._bit, self._hold_until - self._edge))
        else:
            self._is_on = False

    def _code(self, code: int) -> None:
        self._has_code = True
        self.sent.append(SentCode(code, round(self._edge)))
        self._tone(SPACE_HZ, self._bit)
        for place in range(_DATA_BITS):
            self._tone(MARK_HZ if code >> place & 1 else SPACE_HZ, self._bit)
        self._tone(MARK_HZ, self._bit * self._stop_bits)

    def _tone(self, hz: float, samples: float) -> None:
        self._edge += samples
        self._bits.append((hz, self._edge))
