"""The offer card: who rings, why me, how long they waited, how long I have."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Button


@dataclass(frozen=True, slots=True)
class OfferCard:
    """One offer.  `countdown` is whole seconds left; `fraction` runs from 1 to 0.

    `line` is queue, wait and the first reasons; `detail` is the path through the menu and the subject.
    """

    offer: str
    interaction: str
    medium: str
    icon: str
    title: str
    initials: str
    line: str
    detail: str
    reasons: tuple[str, ...]
    waited: str
    countdown: int
    fraction: float
    expired: bool
    answer: Button
    decline: Button
    decline_reasons: tuple[Button, ...]
    spoken: str  # "Incoming call from Lena Brandt, Support, waited 22 seconds"
