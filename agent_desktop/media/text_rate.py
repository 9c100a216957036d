"""How much text one side may send: a typist and a paste always, a flood only as far as the sound can bear it.

Text is read sign by sign, by the thread that carries every call's sound.  So each leg has an allowance: a
paste at once, then as many signs a second as nobody types.  What is beyond is dropped before it is looked
at; the first block that goes over the allowance is still taken whole, and paid for by what comes later.
"""

from __future__ import annotations

from typing import Final

SIGNS_A_SECOND: Final = 200.0
"""The fastest steno writers reach 30."""
BURST_SIGNS: Final = 4000
"""A paste."""

_GOING_ON: Final = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that begin no sign."""
_LONGEST_SIGN: Final = 4


def signs_in(data: bytes) -> int:
    """How many characters these bytes cost, without decoding them; of broken ones never fewer than fit."""
    return max(len(data.translate(None, _GOING_ON)), -(-len(data) // _LONGEST_SIGN))


class Allowance:
    """A token bucket; times are seconds of any clock that only goes forward."""

    __slots__ = ("_at_s", "_left")

    def __init__(self) -> None:
        self._left = float(BURST_SIGNS)
        self._at_s: float | None = None

    def tick(self, now_s: float) -> None:
        """Time has passed."""
        if self._at_s is not None:
            self._left = min(BURST_SIGNS, self._left + (now_s - self._at_s) * SIGNS_A_SECOND)
        self._at_s = now_s

    def takes(self, signs: int) -> bool:
        """Whether so many may come now; they are paid for if they may."""
        if signs and self._left < 1.0:
            return False
        self._left -= signs
        return True
