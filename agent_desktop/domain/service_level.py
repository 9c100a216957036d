"""Promises to customers (SLA clocks): first reply, next reply, resolution.

Pure functions: a clock counts only the calendar's hours, stands still while the customer is awaited, warns at
80 % of its time, and never breaks for work that was answered.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import Instant, Seconds

FIRST_REPLY, NEXT_REPLY, RESOLUTION = "first_reply", "next_reply", "resolution"
RUNNING, PAUSED, KEPT, BROKEN = "running", "paused", "kept", "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One clock.  `due_at` and `warn_at` are zero while it stands still; `left_s` counts open hours."""

    kind: str
    seconds: Seconds
    state: str = RUNNING
    since_at: Instant = Instant(0.0)
    left_s: Seconds = Seconds(0.0)
    due_at: Instant = Instant(0.0)
    warn_at: Instant = Instant(0.0)
    warned: bool = False
    ended_at: Instant = Instant(0.0)
    hours: str = ""
