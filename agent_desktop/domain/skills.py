"""What a piece of work asks of an agent: skills at a level, joined by and, or, not; step after step.

A step may name one agent, and may expire: then the next is asked.  After the last step anybody in the queue
may be asked (PRODUCT 3.12.1).
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import AgentId, Seconds, SkillId


@dataclass(frozen=True, slots=True)
class Has:
    """A skill at a proficiency of at least `level` (1 to 5)."""

    skill: SkillId
    level: int = 1


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; with none it asks for nothing."""

    of: tuple[Has | Every | Some | Lacks, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """One of them at least."""

    of: tuple[Has | Every | Some | Lacks, ...]


@dataclass(frozen=True, slots=True)
class Lacks:
    """Not that."""

    that: Has | Every | Some


Wish = Has | Every | Some | Lacks
NOTHING = Every()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillStep:
    """One step of a queue: who is asked, and for how long before the next step; 0: for ever."""

    wish: Wish = NOTHING
    agent: AgentId = AgentId("")
    expires_s: Seconds = Seconds(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An agent's place in a queue: which of its queues is served first, and how old its work must be."""

    priority: int = 50  # 1 to 99; 99 is served first
    delay_s: Seconds = Seconds(0.0)  # 0 to 9999
