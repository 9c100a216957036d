"""The service level: percent answered in time, and its tone."""

from __future__ import annotations

from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.models import QueueModel


def service_level(queues: tuple[QueueModel, ...]) -> int | None:
    """Percent answered in time of all answered and abandoned; None before the first."""
    total = sum(q.answered + q.abandoned for q in queues)
    return round(100 * sum(q.answered_in_time for q in queues) / total) if total else None


def level_tone(percent: int) -> Tone:
    """The tone of a service level: 80 is the usual promise."""
    if percent >= 80:
        return Tone.OK
    return Tone.WARNING if percent >= 65 else Tone.DANGER
