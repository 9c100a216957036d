"""The checker that always runs: the invariants of `domain.invariants` over the router's own tables (U-12).

After every commit it looks at what changed; beside, it goes round everything in slices, so that work which
nobody touches is seen as well.  A violation is one line in the log, with the ids, and one more in
`agent_desktop_invariant_violations_total{rule=…}`; it never disturbs the router, and one that lasts is told
once.

No false alarm comes from a change in flight: a step changes the tables in one go, deadlines may be late by
`GRACE_S`, and work counts as left waiting, or a call as nobody's, only when two looks, `GRACE_S` apart, found
the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeVar

from agent_desktop.domain import invariants
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.interaction import QUEUED, Interaction, holder
from agent_desktop.domain.invariants import Moment, Violation
from agent_desktop.domain.routing import Candidate, Requirement, open_to_work, requirement
from agent_desktop.domain.types import AgentId, Instant, QueueId, Seconds
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub

log = logging.getLogger(__name__)
GRACE_S: Final = Seconds(5.0)
EVERY_S: Final = 30.0  # from the end of one round to the beginning of the next
PAUSE_S: Final = 0.02  # between two slices
WORK_SLICE: Final = 250  # interactions in one go: a few milliseconds
AGENT_SLICE: Final = 100  # agents; each is held against what waits in the own queues
AT_ONCE: Final = 50  # of one commit; whatever is beyond, the next round sees
OLDEST: Final = 8  # of each kind of waiting work, that free agents are held against

T = TypeVar("T")
Group = dict[Requirement, list[Interaction]]


@dataclass(slots=True)
class _Round:
    """What one round has found so far."""

    waiting: dict[QueueId, Group] = field(default_factory=lambda: defaultdict(dict))
    kept: dict[AgentId, Group] = field(default_factory=lambda: defaultdict(dict))  # for one agent alone
    seen: set[Violation] = field(default_factory=set)
    left: dict[Violation, Instant] = field(default_factory=dict)


class Checking:
    """Looks, counts and tells."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._since = hub.clock.now()
        self.violations: Counter[str] = Counter()
        self.rounds = 0
        self._told: set[Violation] = set()
        self._latest = self._steady = self._since  # the latest that the clock has shown; see `Moment`
        self._left: dict[Violation, Instant] = {}  # suspected of being left waiting, and since when
        self.calls_up: Callable[[], Iterable[str]] = tuple  # what the exchange says; the router joins it

    # --- looks ------------------------------------------------------------------------------------

    def committed(self, changes: Changes) -> None:
        """Something changed: look at that."""
        tables, hands = self._hub.tables, set(islice(changes.agents, AT_ONCE))
        moment = self._moment()
        for key in islice(changes.interactions, AT_ONCE):
            i = tables.interactions.get(key)
            if i is not None:
                self._tell(self._of_interaction(i, moment))
                hands.add(holder(i))
        for agent in hands:
            if agent in tables.agents:
                self._tell(self._of_agent(tables.agents[agent], moment))

    async def run(self) -> None:
        """Go round everything, again and again."""
        while True:
            try:
                for _ in self.round():
                    await asyncio.sleep(PAUSE_S)
            except Exception:  # a defect of the checker is no reason to look no more
                log.exception("a round of the checker failed")
            await asyncio.sleep(EVERY_S)

    def round(self) -> Iterator[None]:
        """One look at everything, a slice at a time."""
        tables, this = self._hub.tables, _Round()
        for part in _slices(tuple(tables.interactions), WORK_SLICE):
            moment = self._moment()
            for key in part:
                if (i := self._hub.tables.interactions.get(key)) is not None:
                    self._collect(this, i, moment)
            yield
        for agents in _slices(tuple(tables.agents), AGENT_SLICE):
            for name in agents:
                if (agent := self._hub.tables.agents.get(name)) is not None:
                    self._agent(this, agent)
            yield
        for stray in invariants.stray_calls(tuple(self.calls_up()), self._hub.tables):
            self._suspect(this, stray)
        self._told &= this.seen
        self._left = this.left
        self.rounds += 1

    def now(self) -> list[Violation]:
        """Everything that is wrong at this moment, without any grace; for tests, in one go."""
        tables, moment = self._hub.tables, replace(self._moment(), grace_s=Seconds(0.0))
        this = _Round()
        found: list[Violation] = []
        for i in tables.interactions.values():
            found += self._of_interaction(i, moment)
            self._waits(this, i, moment)
        for agent in tables.agents.values():
            found += self._of_agent(agent, moment)
            found += self._left_waiting(this, agent)
        return [*found, *invariants.stray_calls(tuple(self.calls_up()), tables)]

    # --- one thing --------------------------------------------------------------------------------

    def _of_interaction(self, i: Interaction, moment: Moment) -> Iterator[Violation]:
        if i.offer is not None and i.offer.offered_at > moment.now:  # by an earlier run's clock
            self._latest = max(self._latest, i.offer.offered_at)
        return invariants.of_interaction(
            i,
            self._hub.tables,
            waits=self._hub.index.waits(i.id),
            queue=self._hub.centre.queues.get(i.queue),
            moment=moment,
        )

    def _of_agent(self, agent: Agent, moment: Moment) -> Iterator[Violation]:
        return invariants.of_agent(agent, self._hub.tables, self._hub.media, moment)

    def _collect(self, this: _Round, i: Interaction, moment: Moment) -> None:
        found = list(self._of_interaction(i, moment))
        this.seen.update(found)
        self._tell(found)
        self._waits(this, i, moment)

    def _waits(self, this: _Round, i: Interaction, moment: Moment) -> None:
        if i.state != QUEUED or (moment.grace_s and not moment.over(i.updated_at)):
            return
        wanted = requirement(i, self._hub.centre.queues.get(i.queue))
        groups = this.kept[wanted.only] if wanted.only else this.waiting[wanted.queue]
        group = groups.setdefault(wanted, [])
        if len(group) < OLDEST:
            group.append(i)

    def _agent(self, this: _Round, agent: Agent) -> None:
        found = list(self._of_agent(agent, self._moment()))
        this.seen.update(found)
        self._tell(found)
        for suspected in self._left_waiting(this, agent):
            self._suspect(this, suspected)

    def _suspect(self, this: _Round, suspected: Violation) -> None:
        """What may be on its way counts when two looks found it."""
        now = self._hub.clock.now()
        since = this.left[suspected] = self._left.get(suspected, now)
        if now - since >= GRACE_S:
            this.seen.add(suspected)
            self._tell((suspected,))

    def _left_waiting(self, this: _Round, agent: Agent) -> Iterator[Violation]:
        hub = self._hub
        if not open_to_work(agent):
            return
        candidate = Candidate(agent, hub.load(agent.id))
        for groups in (this.kept.get(agent.id), *(this.waiting.get(queue) for queue in agent.queues)):
            if groups:
                yield from invariants.left_waiting(candidate, groups, hub.media)

    def _moment(self) -> Moment:
        now = self._hub.clock.now()
        if now < self._latest:
            self._steady = Instant(self._latest + 1e-6)
        self._latest = max(now, self._latest)
        return Moment(now=now, since=self._since, grace_s=GRACE_S, steady_since=self._steady)

    # --- telling ----------------------------------------------------------------------------------

    def _tell(self, found: Iterable[Violation]) -> None:
        for violation in found:
            if violation in self._told:
                continue
            self._told.add(violation)
            self.violations[violation.rule] += 1
            log.error(
                "invariant %s is broken: %s (interaction %s, agent %s)",
                violation.rule,
                violation.words,
                violation.interaction or "-",
                violation.agent or "-",
            )

    def rows(self) -> list[tuple[str, str, int]]:
        """What `/metrics` shows: violations by rule, zero ones too."""
        name = "agent_desktop_invariant_violations_total"
        rows = [(name, f'{{rule="{rule}"}}', self.violations[rule]) for rule in invariants.RULES]
        return [*rows, ("agent_desktop_invariant_rounds_total", "", self.rounds)]


def _slices(keys: tuple[T, ...], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
