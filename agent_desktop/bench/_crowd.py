"""A simulated centre without doors: so many agents over twenty queues, so much work that waits.

Every agent serves three queues and has two of ten skills; every second piece of work asks for a skill, so
that there are some two hundred distinct requirements and nine of them concern one agent.  Everything
follows from numbers: two runs see the same crowd.
"""

from __future__ import annotations

import itertools
from typing import Final

from agent_desktop.domain.agent import READY, Agent
from agent_desktop.domain.centre import AgentEntry, Centre, Queue
from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import QUEUED, Interaction
from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId, SkillId
from agent_desktop.server.tables import configured

QUEUES: Final = 20
SKILLS: Final = 10
BEGIN: Final = Instant(1_800_000_000.0)


class CountingIds:
    """Identifiers in order: what an operating system's random source costs is not measured here."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, prefix: str = "") -> str:
        """A new identifier."""
        return f"{prefix}{next(self._count):012d}"


class BenchClock:
    """Time as a bench moves it."""

    def __init__(self) -> None:
        self.at: float = BEGIN

    def now(self) -> Instant:
        """Seconds since the Unix epoch."""
        return Instant(self.at)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return self.at


def queue(number: int) -> QueueId:
    """The name of a queue."""
    return QueueId(f"q{number % QUEUES}")


def skill(number: int) -> SkillId:
    """The name of a skill."""
    return SkillId(f"s{number % SKILLS}")


def entry(number: int) -> AgentEntry:
    """One agent of the configuration; takes one piece of work at a time."""
    return AgentEntry(
        id=AgentId(f"a{number:06d}"),
        name=f"Agent {number}",
        queues=(queue(number), queue(number + 7), queue(number + 13)),
        skills={skill(number): 3, skill(number // 7 + 3): 5},
        limits={EMAIL: 1},
    )


def centre(agents: int) -> Centre:
    """The configuration."""
    queues = [Queue(id=queue(n), name=f"Queue {n}", media=(EMAIL,)) for n in range(QUEUES)]
    entries = [entry(n) for n in range(agents)]
    return Centre(name="Bench", queues={q.id: q for q in queues}, agents={a.id: a for a in entries})


def agent(number: int, state: str = READY) -> Agent:
    """One agent as the router holds it."""
    made = entry(number)
    known = Agent(id=made.id, name=made.name, state=state, idle_since_at=Instant(BEGIN - number % 1000))
    return configured(known, made)


def wanted(number: int) -> dict[SkillId, int]:
    """The skill that a piece of work asks for, if it does."""
    return {skill(number // 40): 2} if number % 2 else {}


def arriving(number: int) -> Interaction:
    """One piece of work as it comes in."""
    arrived = Instant(BEGIN + number * 1e-3)
    return Interaction(
        id=InteractionId(f"i{number:09d}"),
        medium=EMAIL,
        customer_name=f"Customer {number}",
        from_address=f"customer{number}@example.com",
        subject="Where is my parcel?",
        last_line="It was to come on Monday.",
        arrived_at=arrived,
        updated_at=arrived,
    )


def work(number: int) -> Interaction:
    """The same, waiting; one in ten is more urgent than the others."""
    return replace(
        arriving(number),
        state=QUEUED,
        queue=queue(number),
        skills=wanted(number),
        priority=70 if number % 10 == 0 else 50,
        queued_at=Instant(BEGIN + number * 1e-3),
    )
