"""Every decision of the log computed again, at its place, and compared byte by byte (U-4).

The log's events rebuild the tables and the index; before each `Offered` the same question is asked that the
router asked then: whom for this work, or which work for this agent.  The answer must be the recorded
one, to the last byte of its JSON.  Identifiers of offers are names, not decisions: they are the log's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

import msgspec

from agent_desktop.domain import agent as agents
from agent_desktop.domain import explaining, lifecycle, routing, timers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.decision import AGENT, Decision
from agent_desktop.domain.types import AgentId, Instant, InteractionId
from agent_desktop.errors import IllegalStepError
from agent_desktop.ports.storage import DomainEvent
from agent_desktop.server.hub import rules_of
from agent_desktop.server.offering import decided
from agent_desktop.server.replay.record import Configured
from agent_desktop.server.replay.rooms import Rooms

_encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A decision that came out otherwise: where it stands in the log, and what differs."""

    entry: int
    at: Instant
    interaction: InteractionId
    what: str
    recorded: str
    computed: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a replay found."""

    entries: int = 0
    decisions: int = 0
    identical: int = 0
    without: int = 0  # offers of an older program, which kept no decision
    orphans: int = 0  # entries about something that is not in the log (erased)
    configurations: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


class Replay:
    """The tables and the index as they were, entry by entry."""

    def __init__(
        self,
        configured: Sequence[Configured],
        since: Instant = Instant(0.0),
        until: Instant = Instant(float("inf")),
    ) -> None:
        self._to_come = list(configured)
        self._since, self._until = since, until
        self._rooms = Rooms(self._to_come[0].centre)
        self.outcome = Outcome()
        self._reconfigure(0)

    def run(self, log: Iterable[tuple[int, DomainEvent]]) -> Outcome:
        """Take the whole log, or as much of it as lies before the end of the period."""
        last = 0
        for entry, event in log:
            if event.at > self._until:
                break
            self._reconfigure(last)
            self._take(entry, event)
            last = entry
        return self.outcome

    def _reconfigure(self, last: int) -> None:
        while self._to_come and self._to_come[0].after <= last:
            now = self._to_come.pop(0)
            self._rooms.configure(now.centre)
            self.outcome.configurations.append(now.name)

    def _take(self, entry: int, event: DomainEvent) -> None:
        hub = self._rooms.hub
        self.outcome.entries += 1
        match event:
            case agents.AgentEvent():
                agent = hub.tables.agents.get(event.agent)
                if agent is None:
                    self.outcome.orphans += 1
                    return
                hub.tables.agents[agent.id] = agents.step(agent, event)
                hub.refresh(agent.id)
            case interactions.InteractionEvent():
                self._move(entry, event)
            case _:  # conversations and customers decide nothing
                pass

    def _move(self, entry: int, event: interactions.InteractionEvent) -> None:
        hub = self._rooms.hub
        before = hub.tables.interactions.get(event.interaction)
        if before is None and not isinstance(event, interactions.Arrived):
            if event.interaction not in self._rooms.over:
                self.outcome.orphans += 1
            return
        if isinstance(event, interactions.Offered) and before is not None:
            self._compare(entry, event, before)
        try:
            after = lifecycle.step(before, event)
        except IllegalStepError as error:
            self._differs(entry, event, f"{type(event).__name__} cannot follow", str(error), "")
            return
        self._rooms.keep(after)
        for agent in interactions.concerned(before) | interactions.concerned(after):
            hub.refresh(agent)

    # --- the comparison ---------------------------------------------------------------------------

    def _compare(self, entry: int, event: interactions.Offered, before: interactions.Interaction) -> None:
        if event.at < self._since:
            return
        recorded = event.offer.decision
        if recorded is None:
            self.outcome.without += 1
            return
        self.outcome.decisions += 1
        computed = self._again(before, event.offer, recorded)
        if isinstance(computed, str):
            self._differs(entry, event, "who met whom", f"{before.id} to {recorded.agent}", computed)
            return
        offer, was = computed, event.offer
        if _encode(offer) == _encode(was):
            self.outcome.identical += 1
            return
        ours, theirs = asdict(offer), asdict(was)
        ours, theirs = {**ours.pop("decision"), **ours}, {**theirs.pop("decision"), **theirs}
        for name in ours:
            if ours[name] != theirs[name]:
                self._differs(entry, event, name, repr(theirs[name]), repr(ours[name]))
                return

    def _again(
        self, before: interactions.Interaction, was: interactions.Offer, recorded: Decision
    ) -> interactions.Offer | str:
        """The offer as it would be made now; words when it would be made to somebody else, or not at all."""
        hub, now = self._rooms.hub, was.offered_at
        if recorded.cause == AGENT:
            match = hub.index.match_agent(recorded.agent)
        else:
            match = hub.index.match_work(before)
        if match is None:
            return "nobody met anybody"
        if (match.interaction, match.agent) != (before.id, was.agent):
            return f"{match.interaction} to {match.agent}"
        decision, agent = decided(hub, match, now), hub.tables.agents[AgentId(match.agent)]
        queue = rules_of(hub, before.queue)
        rules = routing.offer_rules(queue, hub.media[before.medium])
        return interactions.Offer(
            id=was.id,
            agent=agent.id,
            offered_at=now,
            **timers.lease(rules, queue, agent, now),
            reasons=explaining.reasons(decision, before, agent, queue),
            decision=decision,
        )

    def _differs(
        self, entry: int, event: interactions.InteractionEvent, what: str, recorded: str, computed: str
    ) -> None:
        self.outcome.differences.append(
            Difference(
                entry=entry,
                at=event.at,
                interaction=event.interaction,
                what=what,
                recorded=recorded,
                computed=computed,
            )
        )
