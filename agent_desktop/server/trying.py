"""What a rule would have done with the mail of the last days: a rehearsal that changes nothing (B20).

The past is looked at as it lies in the record.  What is not kept with each message is as it is today: the
tags, the state and the queue of a conversation, the tags of its customer.  The guard against loops counts the
answers that the rule itself would have sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from agent_desktop.domain import macro as macros
from agent_desktop.domain import rules
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import IN, Conversation, Message
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.rules import ARRIVAL, Rule
from agent_desktop.domain.types import ConversationId, CustomerId, Instant
from agent_desktop.server import config_rules
from agent_desktop.server.answering import ONE_IN_S, TODAY_ALREADY, refusal

DAY_S: Final = 86_400.0
DAYS_MOST: Final = 366
TOLD_MOST: Final = 1_000
PAGE: Final = 50
THREAD_MOST: Final = 200  # messages of one conversation that are looked at


class Past(Protocol):
    """What of the record is read."""

    def recent_messages(
        self, since: Instant, *, before: int = 0, limit: int = 500
    ) -> Sequence[tuple[int, Message]]: ...
    def messages(
        self, conversation: ConversationId, *, before: Instant | None = None, limit: int = 50
    ) -> Sequence[Message]: ...
    def conversation(self, key: ConversationId) -> Conversation | None: ...
    def customer(self, key: CustomerId) -> Customer | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message on which the rule would have acted."""

    at: Instant
    message: Message
    thread: Conversation
    refused: str = ""  # why its answer would not have gone out


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What came out."""

    rule: Rule
    days: int
    looked_at: int = 0
    cases: list[Case] = field(default_factory=list)
    answered: dict[str, Instant] = field(default_factory=dict)

    def lines(self, centre: Centre, limit: int) -> tuple[str, ...]:
        """The rehearsal in words: what was looked at, what the rule does, then its cases, newest first."""
        steps = "; ".join(config_rules.told(self.rule.steps, config_rules.known_in(centre)))
        kind = "messages" if self.rule.on == ARRIVAL else "conversations"
        head = (
            f"{self.rule.label}: {len(self.cases):,} of {self.looked_at:,} {kind}, last {self.days} days.",
            f"It would: {steps}.",
        )
        newest = list(reversed(self.cases))[: max(1, min(limit, TOLD_MOST))]
        more = len(self.cases) - len(newest)
        return (*head, *(_told(case) for case in newest), *((f"And {more:,} more.",) if more else ()))


async def rehearse(past: Past, centre: Centre, rule: Rule, *, days: int, now: Instant) -> Rehearsal:
    """Look at the past, a page at a time, so that nobody waits for it."""
    found = Rehearsal(rule=rule, days=max(1, min(days, DAYS_MOST)))
    since = Instant(now - found.days * DAY_S)
    seen: dict[ConversationId, None] = {}
    arrivals: list[Message] = []
    before = 0
    while page := past.recent_messages(since, before=before, limit=PAGE):
        before = page[-1][0]
        for _, message in page:
            if rule.on != ARRIVAL:
                seen.setdefault(message.conversation)
            elif message.direction == IN:
                arrivals.append(message)
        await asyncio.sleep(0)
    if rule.on == ARRIVAL:
        await _arrivals(past, centre, found, arrivals)
    else:
        await _turns(past, centre, found, seen, since=since, now=now)
    return found


async def _arrivals(past: Past, centre: Centre, found: Rehearsal, arrivals: list[Message]) -> None:
    """Each message of a customer, oldest first; rules that stand before this one take theirs."""
    on_arrival = [one for one in centre.rules if one.on == ARRIVAL]
    in_force = found.rule in on_arrival
    for number, message in enumerate(reversed(arrivals)):
        found.looked_at += 1
        thread = past.conversation(message.conversation)
        if thread is not None:
            asks = _asks(on_arrival, found)
            first = asks and not past.messages(thread.id, before=message.at, limit=1)
            facts = rules.facts_of(message, thread, _tags(past, thread), first=first)
            tried = on_arrival if in_force else [found.rule]
            if found.rule in rules.chosen(tried, facts, centre.hours, message.at):
                _note(found, centre, thread, message, message.at)
        if number % PAGE == PAGE - 1:
            await asyncio.sleep(0)


async def _turns(
    past: Past,
    centre: Centre,
    found: Rehearsal,
    seen: dict[ConversationId, None],
    *,
    since: Instant,
    now: Instant,
) -> None:
    """Each time that somebody waited, until somebody wrote."""
    cases: list[tuple[Instant, Message, Conversation]] = []
    for number, key in enumerate(seen):
        thread = past.conversation(key)
        if thread is not None and not thread.merged_into:
            found.looked_at += 1
            for at, message in _deadlines(past, centre, found.rule, key, now):
                facts = rules.facts_of(message, thread, _tags(past, thread))
                if at >= since and rules.fits(found.rule.conditions, facts, centre.hours, at):
                    cases.append((at, message, thread))
        if number % PAGE == PAGE - 1:
            await asyncio.sleep(0)
    for at, message, thread in sorted(cases, key=lambda case: case[0]):
        _note(found, centre, thread, message, at)


def _deadlines(
    past: Past, centre: Centre, rule: Rule, key: ConversationId, now: Instant
) -> Iterator[tuple[Instant, Message]]:
    """The times at which the rule would have looked at a conversation, and from which message on."""
    messages = list(past.messages(key, limit=THREAD_MOST))
    turns = [rules.awaited(messages[: end + 1]) for end in range(len(messages))]
    for place, turn in enumerate(turns):
        before = turns[place - 1] if place else None
        if turn is None or (before is not None and before.key == turn.key):
            continue
        end = next(
            (messages[n].at for n in range(place + 1, len(turns)) if (o := turns[n]) and o.key != turn.key),
            now,
        )
        at = rules.due_at(rule, turn, centre.hours)
        if at is not None and at <= end:
            yield at, turn.message


def _note(found: Rehearsal, centre: Centre, thread: Conversation, message: Message, at: Instant) -> None:
    refused = ""
    if macros.sends(found.rule.steps):
        address = thread.address.casefold()
        refused = refusal(centre, thread, message, at)
        last = found.answered.get(address)
        if not refused and last is not None and at - last < ONE_IN_S:
            refused = TODAY_ALREADY
        if not refused:
            found.answered[address] = at
    found.cases.append(Case(at=at, message=message, thread=thread, refused=refused))


def _asks(on_arrival: list[Rule], found: Rehearsal) -> bool:
    return any(one.conditions.first is not None for one in (*on_arrival, found.rule))


def _tags(past: Past, thread: Conversation) -> tuple[str, ...]:
    customer = past.customer(thread.customer) if thread.customer else None
    return customer.tags if customer is not None else ()


def _told(case: Case) -> str:
    when = datetime.fromtimestamp(case.at, tz=UTC)
    who = case.message.from_address or case.thread.address
    said = f"{when:%Y-%m-%d %H:%M} UTC  {who}  {case.message.subject or case.thread.subject or 'no subject'}"
    return f"{said}  (no answer: {case.refused})" if case.refused else said
