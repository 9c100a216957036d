"""What a waiting caller is told: the place in the line, the wait, and that a callback can be had (G11, G12).

Rules: nothing before `after_s`; never two announcements within `gap_s`; between the repetitions, `every_s`
apart, something is said only when it has become better.  Nobody is told that it has become worse, and a wait
that cannot be known is not told at all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent_desktop.domain.ivr import Say, rendered
from agent_desktop.domain.types import Instant, Seconds

POSITION, MINUTES = "position", "minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcements:
    """The announcements of a queue: what has no words is not told.

    `position` says {position}, `first` is said instead to whoever is next; `wait` says {minutes}, `soon` is
    said instead for a minute or less.  `callback` offers a call back for `callback_key`; who takes it hears
    `called_back` and is hung up on, with the place kept.
    """

    after_s: Seconds = Seconds(0.0)  # 0: nothing is announced
    gap_s: Seconds = Seconds(30.0)
    every_s: Seconds = Seconds(120.0)
    position: tuple[Say, ...] = ()
    first: tuple[Say, ...] = ()
    wait: tuple[Say, ...] = ()
    soon: tuple[Say, ...] = ()
    callback: tuple[Say, ...] = ()
    callback_key: str = "1"
    called_back: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a caller stands: 1 is next; a wait of 0 is none worth telling, below 0 is unknown."""

    position: int
    wait_s: Seconds = Seconds(-1.0)

    @property
    def minutes(self) -> int:
        """The wait in whole minutes, rounded up; 0 when it is not told."""
        return math.ceil(self.wait_s / 60) if self.wait_s > 0 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a caller was told last, and when; zeros: not yet."""

    at: Instant = Instant(0.0)
    position: int = 0
    minutes: int = 0
    offered_at: Instant = Instant(0.0)


def look_at(rules: Announcements, since: Instant, heard: Heard, now: Instant) -> Instant:
    """When to look next whether there is something to tell somebody who waits since `since`."""
    return Instant(max(since + rules.after_s, heard.at + rules.gap_s, now))


def announced(
    rules: Announcements, heard: Heard, standing: Standing, now: Instant, *, number: bool
) -> tuple[tuple[Say, ...], Heard]:
    """What is said now (often nothing), and what the caller has heard then.

    `number` says whether there is a number to call back.
    """
    again = not heard.at or now - heard.at >= rules.every_s
    better = _better(standing.position, heard.position) or _better(standing.minutes, heard.minutes)
    if heard.at and (now - heard.at < rules.gap_s or not (again or better)):
        return (), heard
    words: list[Say] = []
    told = heard
    if standing.position > 0 and standing.position <= (heard.position or standing.position):
        words += (rules.first or rules.position) if standing.position == 1 else rules.position
        told = replace(told, position=standing.position)
    if standing.minutes and standing.minutes <= (heard.minutes or standing.minutes):
        words += (rules.soon or rules.wait) if standing.minutes == 1 else rules.wait
        told = replace(told, minutes=standing.minutes)
    if number and rules.callback and (not heard.offered_at or now - heard.offered_at >= rules.every_s):
        words += rules.callback
        told = replace(told, offered_at=now)
    return (tuple(words), replace(told, at=now)) if words else ((), heard)


def spoken(says: tuple[Say, ...], standing: Standing, language: str) -> tuple[Say, ...]:
    """The words in the caller's language, with the numbers in them."""
    values: Mapping[str, str] = {POSITION: str(standing.position), MINUTES: str(standing.minutes)}
    return tuple(rendered(say, language, values) for say in says)


def _better(now: int, before: int) -> bool:
    return 0 < now < before
