"""One routing decision as it was made: who met whom, by which rule, among how many, at what time (U-3).

It lies in the log with its offer, so that it can be shown, and computed again to the same bytes (U-4).
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.copying import quick
from agent_desktop.domain.types import AgentId, Instant, QueueId

WORK, AGENT = "work", "agent"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One agent, or one waiting interaction, that was looked at: its score in words, and what it meant."""

    id: str
    score: str
    why: str = ""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`cause`: work came (it looks for an agent) or an agent came free (it looks for work)."""

    cause: str
    agent: AgentId
    queue: QueueId
    at: Instant
    waiting: int  # in this queue, with this one
    free: int  # agents who could have been asked
    stage: int = 0
    rule: str = ""  # the skill step in words
    selection: str = ""  # how one of the free agents was chosen
    score: str = ""
    tie_break: str = ""
    considered: tuple[Considered, ...] = ()  # the first few, the chosen one first
