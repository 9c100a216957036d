"""What must be true of a centre at every moment, whoever did what (U-12, G14, R29, R50).

Six rules, each a pure check over values; a violation says in words what is wrong with whom:

- `one_hand`: every interaction is in one hand at most, and no agent is asked for two things that exclude
  each other;
- `not_lost`: whatever is not over waits in a queue that there is, is offered, is in somebody's hand, lies
  parked or has a time at which it goes on; what is kept for one agent is so for a time; a caller on the line
  is somebody's work;
- `capacity`: nobody is offered more than there is room for, and nobody takes more from the list.  What a
  person dials, takes from the park, or is given in a call (an attended transfer, a call taken over) may
  exceed: it is that person's own act, and a customer is on the line;
- `no_idle`: no agent who may be asked stands free while work waits that this agent could be asked for;
- `lease`: an offer runs out, and lies with somebody who is there;
- `clock`: a wrap-up that has a time limit has a deadline, and ends by it.

The rules look at what is, not at how it came about: they share no code with the rooms that decide, but the
words of the rules themselves (who serves what, what fits beside what).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from agent_desktop.domain import call as calls
from agent_desktop.domain import wrapup
from agent_desktop.domain.agent import LOGGED_OUT, LOST_CONNECTION, Agent
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.interaction import (
    ACTIVE,
    ARRIVED,
    BY_HAND,
    HELD,
    OFFERED,
    OVER,
    PARKED,
    QUEUED,
    WRAP_UP,
    Interaction,
    Offer,
    holder,
)
from agent_desktop.domain.medium import Medium, room_for, within
from agent_desktop.domain.routing import Candidate, Requirement, obstacle
from agent_desktop.domain.types import AgentId, ConversationId, Instant, InteractionId, MediumId, Seconds

ONE_HAND, NOT_LOST, CAPACITY = "one_hand", "not_lost", "capacity"
NO_IDLE, LEASE, CLOCK = "no_idle", "lease", "clock"
RULES = (ONE_HAND, NOT_LOST, CAPACITY, NO_IDLE, LEASE, CLOCK)
ARRIVING_S = 30.0  # a caller who hung up may have left a message, whose file comes a little later
IN_WORK = frozenset({ACTIVE, HELD, WRAP_UP})


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken, by which interaction or at which agent, in words."""

    rule: str
    words: str
    interaction: InteractionId = InteractionId("")
    agent: AgentId = AgentId("")


class Books(Protocol):
    """What the router holds in memory, found by agent, by conversation and by call."""

    @property
    def agents(self) -> Mapping[AgentId, Agent]: ...
    @property
    def interactions(self) -> Mapping[InteractionId, Interaction]: ...
    @property
    def in_hand(self) -> Mapping[AgentId, Collection[InteractionId]]: ...
    @property
    def beside(self) -> Mapping[AgentId, Collection[InteractionId]]: ...
    @property
    def live_of(self) -> Mapping[ConversationId, InteractionId]: ...
    @property
    def by_call(self) -> Mapping[str, InteractionId]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When it is looked.

    `since` is when this configuration began to hold, `grace_s` how late a deadline may be, `steady_since`
    from when on instants tell what came first: a clock that was set back told some of them twice.
    """

    now: Instant
    since: Instant = Instant(0.0)
    grace_s: Seconds = Seconds(0.0)
    steady_since: Instant = Instant(0.0)

    def over(self, deadline: Instant) -> bool:
        """Whether a deadline has passed, and with it the grace."""
        return deadline + self.grace_s < self.now


def of_interaction(
    i: Interaction, books: Books, *, waits: bool, queue: Queue | None, moment: Moment
) -> Iterator[Violation]:
    """What is wrong with one interaction; `waits` says whether the index of waiting work has it."""
    yield from _whereabouts(i, books, waits=waits, moment=moment)
    if i.state == QUEUED:
        yield from _waiting(i, queue, moment)
    yield from _found(i, books)
    if i.offer is not None:
        yield from _lease(i, i.offer, books, moment)
    if i.state == WRAP_UP:
        yield from _clock(i, queue, moment)


def _whereabouts(i: Interaction, books: Books, *, waits: bool, moment: Moment) -> Iterator[Violation]:
    """Nothing is lost: each state has a place, and only that one."""
    if waits != (i.state == QUEUED):
        words = "waits in no line" if not waits else f"is {i.state} and waits in a line all the same"
        yield _at(NOT_LOST if not waits else ONE_HAND, f"an interaction {words}", i)
    if (i.state == OFFERED) != (i.offer is not None):
        yield _at(LEASE, f"an interaction is {i.state} {'with' if i.offer else 'without'} an offer", i)
    if i.state in IN_WORK and i.agent not in books.agents and not i.talks:
        yield _at(NOT_LOST, f"an interaction is {i.state} with nobody", i)
    ends = i.call is None or i.call.state in calls.OVER
    if i.state == ARRIVED and ends and moment.over(Instant(i.updated_at + ARRIVING_S)):
        yield _at(NOT_LOST, "an interaction arrived and went no further", i)
    if i.state in (QUEUED, OFFERED) and i.call is not None and ends and not i.callback_number:
        yield _at(NOT_LOST, "a call waits whose caller is gone", i)
    if i.state == PARKED and i.callback_number and moment.over(i.callback_at):
        yield _at(NOT_LOST, "a callback's time has come and nobody is asked", i)
    if i.state in OVER:
        yield _at(NOT_LOST, "an interaction that is over is held as live", i)


def _waiting(i: Interaction, queue: Queue | None, moment: Moment) -> Iterator[Violation]:
    """Work waits where somebody looks, and for one agent alone only for a time."""
    if queue is None or not i.queue:
        yield _at(NOT_LOST, "an interaction waits in no queue", i)
    if i.reserved and not i.reserved_until_at:
        yield _at(NOT_LOST, "an interaction is kept for one agent without end", i, i.reserved)
    elif i.reserved and moment.over(i.reserved_until_at):
        yield _at(NOT_LOST, "an interaction is kept for one agent beyond its time", i, i.reserved)


def stray_calls(up: Iterable[str], books: Books) -> Iterator[Violation]:
    """Calls that are up at the exchange, and that nobody's work is."""
    for call in up:
        i = books.interactions.get(books.by_call.get(call, InteractionId("")))
        if i is None or i.state == WRAP_UP:
            key = i.id if i is not None else InteractionId("")
            yield Violation(NOT_LOST, f"the call {call} is up and no interaction has it", key)


def _found(i: Interaction, books: Books) -> Iterator[Violation]:
    """Whoever looks for it by agent, conversation or call finds it."""
    hand = holder(i)
    if hand and i.id not in books.in_hand.get(hand, ()):
        yield _at(NOT_LOST, f"an interaction is {i.state}, but not in the hand that it names", i, hand)
    if i.conversation and i.state not in (WRAP_UP, *OVER) and books.live_of.get(i.conversation) != i.id:
        yield _at(NOT_LOST, "an interaction is not found by its conversation", i)
    if i.call is not None and i.state not in OVER and books.by_call.get(i.call.id) != i.id:
        yield _at(NOT_LOST, "an interaction is not found by its call", i)


def _lease(i: Interaction, offer: Offer, books: Books, moment: Moment) -> Iterator[Violation]:
    agent = books.agents.get(offer.agent)
    if not offer.expires_at or moment.over(offer.expires_at):
        yield _at(LEASE, "an offer has run out and nobody else is asked", i, offer.agent)
    if agent is None or agent.state == LOGGED_OUT or agent.reason == LOST_CONNECTION:
        yield _at(LEASE, "an offer lies with somebody who is not there", i, offer.agent)


def _clock(i: Interaction, queue: Queue | None, moment: Moment) -> Iterator[Violation]:
    limited = queue is not None and wrapup.limited(wrapup.rules_for(queue, i))
    if limited and not i.wrapup_deadline_at and i.wrapup_at >= moment.since:
        yield _at(CLOCK, "a wrap-up with a time limit has no deadline", i, i.agent)
    if i.wrapup_deadline_at and moment.over(i.wrapup_deadline_at):
        yield _at(CLOCK, "a wrap-up goes on after its deadline", i, i.agent)


# --- agents ---------------------------------------------------------------------------------------


def of_agent(
    agent: Agent, books: Books, media: Mapping[MediumId, Medium], moment: Moment
) -> Iterator[Violation]:
    """What is wrong in one agent's hands: somebody else's work, too much of it, offers that exclude."""
    held: list[Interaction] = []
    for key in books.in_hand.get(agent.id, ()):
        i = books.interactions.get(key)
        if i is None or holder(i) != agent.id:
            words = "an agent holds what is over" if i is None else "an agent holds what another has"
            yield Violation(ONE_HAND, words, key, agent.id)
        else:
            held.append(i)
    for key in books.beside.get(agent.id, ()):
        i = books.interactions.get(key)
        if i is None or i.call is None or agent.id not in calls.companions(i.call):
            yield Violation(ONE_HAND, "an agent is counted in a call that goes on without", key, agent.id)
    offers = [i for i in held if i.offer is not None]
    if len(offers) > 1 and len([i for i in offers if media[i.medium].talk]) > 1:
        yield Violation(ONE_HAND, "two calls ring at one agent", offers[0].id, agent.id)
    told = all(_offered_at(i) <= moment.now for i in offers)  # else by a clock that was set back
    steady = max(moment.steady_since, moment.since)  # room is what the configuration gave at that time
    crowded = overfull(agent, held, media, steady) if offers and told else None
    if crowded is not None:
        words = f"an agent is offered {crowded.medium} without room for it"
        yield Violation(CAPACITY, words, crowded.id, agent.id)
    taken = overtaken(agent, held, media, steady)
    if taken is not None:
        words = f"an agent took {taken.medium} from the list without room for it"
        yield Violation(CAPACITY, words, taken.id, agent.id)


def overfull(
    agent: Agent,
    held: Iterable[Interaction],
    media: Mapping[MediumId, Medium],
    steady_since: Instant = Instant(0.0),
) -> Interaction | None:
    """An offer for which there was no room when it was made, beside what was in hand before it.

    Work that came into the hand after the offer, or at the same instant, does not count against it.
    Offers of one instant are tried in every order: one order without excess is enough.
    """
    held = list(held)
    if _fits(agent, held, media):
        return None
    work = [i for i in held if i.offer is None]
    offers = sorted((i for i in held if i.offer is not None), key=_offered_at, reverse=True)
    while offers:
        newest = _offered_at(offers[0])
        if newest < steady_since:
            return None
        before = Counter(i.medium for i in work if in_hand_since(i) < newest)
        together = [i for i in offers if _offered_at(i) == newest]
        fits = next((i for i in together if has_room(agent, media[i.medium], _with(before, offers, i))), None)
        if fits is None:
            return together[0]
        offers.remove(fits)
    return None


def overtaken(
    agent: Agent,
    held: Iterable[Interaction],
    media: Mapping[MediumId, Medium],
    steady_since: Instant = Instant(0.0),
) -> Interaction | None:
    """Work that was taken from the list without room for it beside what was in hand before."""
    work = [i for i in held if i.state in IN_WORK]
    by_hand = [i for i in work if i.reasons == BY_HAND and i.state != WRAP_UP and not media[i.medium].talk]
    for at in {i.assigned_at for i in by_hand if i.assigned_at >= steady_since}:
        before = Counter(other.medium for other in work if in_hand_since(other) < at)
        together = [i for i in by_hand if i.assigned_at == at]
        while together:  # of one instant: in some order each had room
            fits = (i for i in together if _could_take(agent, i, _with(before, together, i), media))
            last = next(fits, None)
            if last is None:
                return together[0]
            together.remove(last)
    return None


def _could_take(
    agent: Agent, i: Interaction, load: Mapping[MediumId, int], media: Mapping[MediumId, Medium]
) -> bool:
    return within(media[i.medium], load, agent.limits, agent.capacity, media)


def _fits(agent: Agent, held: Iterable[Interaction], media: Mapping[MediumId, Medium]) -> bool:
    """Whether every offer has room beside all the rest, whatever came first: then each had it in its time."""
    load: dict[MediumId, int] = {}
    asked: set[MediumId] = set()
    for i in held:
        load[i.medium] = load.get(i.medium, 0) + 1
        if i.offer is not None:
            asked.add(i.medium)
    return all(has_room(agent, media[m], {**load, m: load[m] - 1}) for m in asked)


def _with(before: Counter[MediumId], offers: list[Interaction], but: Interaction) -> Counter[MediumId]:
    return before + Counter(i.medium for i in offers if i is not but)


def has_room(agent: Agent, medium: Medium, load: Mapping[MediumId, int]) -> bool:
    """Whether one more of a medium fits beside this work."""
    return room_for(medium, load, agent.limits, agent.capacity)


def in_hand_since(i: Interaction) -> Instant:
    """Since when the work is in this hand; a form, since it lies open: a parked call ends into one."""
    return max(i.assigned_at, i.accepted_at, i.wrapup_at)


def _offered_at(i: Interaction) -> Instant:
    return i.offer.offered_at if i.offer is not None else Instant(0.0)


# --- between the two ------------------------------------------------------------------------------


def left_waiting(
    candidate: Candidate,
    waiting: Mapping[Requirement, Iterable[Interaction]],
    media: Mapping[MediumId, Medium],
) -> Iterator[Violation]:
    """Work that waits although this agent could be asked now.

    `waiting` holds, for each requirement, the work that has waited longer than the grace.
    """
    for wanted, work in waiting.items():
        if obstacle(candidate, wanted, media[wanted.medium]):
            continue
        for i in work:
            if candidate.agent.id not in i.refused_by:
                words = "an agent who could be asked stands free while work waits"
                yield Violation(NO_IDLE, words, i.id, candidate.agent.id)
                return


def _at(rule: str, words: str, i: Interaction, agent: AgentId = AgentId("")) -> Violation:
    return Violation(rule, words, i.id, agent)
