"""How good a call is, in one word for the agent: loss, jitter and delay through the E-model.

The rating R is the short form of ITU-T G.107 with its defaults: R = 93.2 - delay impairment - loss
impairment; G.113 gives G.711 with Appendix I concealment a robustness of 25.1, without it 4.3.  MOS
follows from R by G.107 annex B.  E-model and PESQ figures are not interchangeable.

Rules: one-way delay counts the network (half the round trip), the jitter buffer and 20 ms of packet;
packets that came too late are lost ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

_BEST_R: Final = 93.2
_KNEE_MS: Final = 177.3
_CONCEALED: Final = 25.1
_BARE: Final = 4.3


class Grade(Enum):
    """What the agent is told; the bounds are the user-satisfaction classes of G.109."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of one direction of a call over the last seconds."""

    loss: float
    """Share of packets that were not played, 0 to 1."""
    jitter_s: float
    delay_s: float
    """One way, mouth to ear, without the devices."""
    r: float
    mos: float

    @property
    def grade(self) -> Grade:
        if self.r >= 80:
            return Grade.GOOD
        if self.r >= 70:
            return Grade.FAIR
        return Grade.POOR if self.r >= 60 else Grade.BAD


def rate(
    *, loss: float, jitter_s: float, delay_s: float, concealed: bool = True, burst: float = 1.0
) -> Quality:
    """Rate a call.  `burst` is the burst ratio of the loss (1 is random)."""
    r = max(0.0, min(100.0, _BEST_R - _delay_impairment(delay_s) - _loss_impairment(loss, concealed, burst)))
    return Quality(loss=loss, jitter_s=jitter_s, delay_s=delay_s, r=r, mos=_mos(r))


def _delay_impairment(delay_s: float) -> float:
    delay_ms = delay_s * 1000
    return 0.024 * delay_ms + (0.11 * (delay_ms - _KNEE_MS) if delay_ms > _KNEE_MS else 0.0)


def _loss_impairment(loss: float, concealed: bool, burst: float) -> float:  # noqa: FBT001  one call, named there
    percent = 100 * max(0.0, min(1.0, loss))
    robustness = _CONCEALED if concealed else _BARE
    return 95 * percent / (percent / max(burst, 1.0) + robustness)


def _mos(r: float) -> float:
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
