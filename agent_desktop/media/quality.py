"""How good a call is, in one word for the agent: loss, jitter and delay through the E-model.

The rating R is the short form of ITU-T G.107 with its defaults: R = 93.2 - delay impairment - effective
equipment impairment, the latter from the codec's own impairment Ie, its robustness Bpl, the loss and the
burst ratio (section 7.4).  G.113 gives G.711 with Appendix I concealment Ie 0 and Bpl 25.1, without it
4.3.  MOS follows from R by G.107 annex B.

The wide-band codecs are rated on the same narrow-band scale, so that the figures of two calls compare;
they sound better than their R says (G.107.1 has a scale to 129 for them).  Their Bpl is our assumption: G.722
is mended like G.711; Opus with FEC and its own concealment is given a little more.  E-model and PESQ
figures are not interchangeable.

Rules: one-way delay counts the network (half the round trip), the jitter buffer and 20 ms of packet;
packets that came too late are lost ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

_BEST_R: Final = 93.2
_KNEE_MS: Final = 177.3
_BARE: Final = 4.3


@dataclass(frozen=True, slots=True)
class Impairment:
    """What a codec costs by itself (Ie), and how well it bears loss (Bpl)."""

    ie: float
    bpl: float


CODECS: Final[Mapping[str, Impairment]] = {
    "PCMU": Impairment(0.0, 25.1),
    "PCMA": Impairment(0.0, 25.1),
    "G722": Impairment(0.0, 25.1),
    "opus": Impairment(0.0, 30.0),
}


class Grade(Enum):
    """What the agent is told; the bounds are the user-satisfaction classes of G.109."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of one direction of a call over a while."""

    loss: float
    """Share of packets that were not played, 0 to 1."""
    jitter_s: float
    delay_s: float
    """One way, mouth to ear, without the devices."""
    r: float
    mos: float
    burst: float = 1.0
    """How much longer than by chance the rows of lost packets are; 1 is chance."""

    @property
    def grade(self) -> Grade:
        if self.r >= 80:
            return Grade.GOOD
        if self.r >= 70:
            return Grade.FAIR
        return Grade.POOR if self.r >= 60 else Grade.BAD


@dataclass(frozen=True, slots=True)
class Tally:
    """What was to be played, what was lost of it, and in how many rows."""

    played: int = 0
    lost: int = 0
    bursts: int = 0

    def since(self, before: Tally) -> Tally:
        return Tally(self.played - before.played, self.lost - before.lost, self.bursts - before.bursts)

    @property
    def loss(self) -> float:
        return max(0.0, self.lost / self.played) if self.played > 0 else 0.0

    @property
    def burst_ratio(self) -> float:
        """G.107 section 7.4: the mean row against that of the same loss by chance; at least 1."""
        if self.bursts <= 0 or self.lost <= 0:
            return 1.0
        return max(1.0, self.lost / self.bursts * (1.0 - min(self.loss, 1.0)))


def rate(
    *,
    loss: float,
    jitter_s: float,
    delay_s: float,
    concealed: bool = True,
    burst: float = 1.0,
    codec: str = "PCMU",
) -> Quality:
    """Rate a call.  `burst` is the burst ratio of the loss (1 is chance)."""
    costs = CODECS.get(codec, CODECS["PCMU"])
    if not concealed:
        costs = Impairment(costs.ie, _BARE)
    r = _BEST_R - _delay_impairment(delay_s) - _loss_impairment(loss, costs, burst)
    r = max(0.0, min(100.0, r))
    return Quality(loss=loss, jitter_s=jitter_s, delay_s=delay_s, r=r, mos=_mos(r), burst=burst)


def _delay_impairment(delay_s: float) -> float:
    delay_ms = delay_s * 1000
    return 0.024 * delay_ms + (0.11 * (delay_ms - _KNEE_MS) if delay_ms > _KNEE_MS else 0.0)


def _loss_impairment(loss: float, costs: Impairment, burst: float) -> float:
    percent = 100 * max(0.0, min(1.0, loss))
    return costs.ie + (95 - costs.ie) * percent / (percent / max(burst, 1.0) + costs.bpl)


def _mos(r: float) -> float:
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
