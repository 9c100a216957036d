"""Rules for what is written to the centre (ERMS, PRODUCT B20): on arrival and on time.

A rule on arrival looks at one message of a customer.  A rule on time looks at a conversation: `unanswered`,
the customer has waited for so long for a person's reply; `silent`, the customer has not written for so long
since a person's reply.  Either ends by itself when somebody writes: that is "stop on reply".

Rules of the file: rules are tried in the order of the configuration and the first that fits wins, unless it
says `go_on`; what a machine wrote never counts as a reply, nor as the customer's word; a rule acts once on
one message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from agent_desktop.domain import hours as calendars
from agent_desktop.domain import tongue
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM, Conversation, Message
from agent_desktop.domain.hours import Hours
from agent_desktop.domain.macro import Step
from agent_desktop.domain.types import Instant, MessageId, Seconds

ARRIVAL, UNANSWERED, SILENT = "arrival", "unanswered", "silent"
WHEN: Final = (ARRIVAL, UNANSWERED, SILENT)
OPEN_STATES: Final = ("open", "snoozed")
SEARCHED: Final = 64 * 1024  # so much of a text is looked through


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must be so; an empty field asks for nothing, values of one field are alternatives."""

    media: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()  # addresses; * stands for anything
    recipients: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()  # words or phrases of the subject
    words: tuple[str, ...] = ()  # of the subject or of the text
    languages: tuple[str, ...] = ()
    larger_bytes: int = 0
    automatic: bool | None = None
    first: bool | None = None  # it begins its conversation
    customer_tags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    states: tuple[str, ...] = ()  # of the conversation
    open: str = ""  # while this calendar is open
    closed: str = ""  # while this calendar is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is done when, in words that stand in the conversation when it was done."""

    id: str
    label: str
    steps: tuple[Step, ...]
    on: str = ARRIVAL
    after_s: Seconds = Seconds(0.0)  # of the rules on time
    conditions: Conditions = field(default_factory=Conditions)
    go_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a message when rules look at it."""

    medium: str
    channel: str
    queue: str
    sender: str
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    size_bytes: int = 0
    automatic: bool = False
    first: bool = False
    customer_tags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    state: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Whose turn it is in a conversation, and since when: `kind` is `unanswered` or `silent`."""

    kind: str
    message: Message

    @property
    def key(self) -> MessageId:
        """The message that the rules on time count from."""
        return self.message.id


def facts_of(
    message: Message, thread: Conversation, customer_tags: tuple[str, ...] = (), *, first: bool = False
) -> Facts:
    """The facts of a message in its conversation."""
    size = len(message.text) + len(message.html) + sum(one.size_bytes for one in message.attachments)
    return Facts(
        medium=message.medium,
        channel=message.channel or thread.channel,
        queue=thread.queue,
        sender=message.from_address if message.direction == IN else thread.address,
        recipients=(*message.to_addresses, *message.copy_addresses),
        subject=message.subject or thread.subject,
        text=message.text,
        size_bytes=size,
        automatic=message.automatic,
        first=first,
        customer_tags=customer_tags,
        tags=thread.tags,
        state=thread.state,
    )


def chosen(rules: Iterable[Rule], facts: Facts, hours: Mapping[str, Hours], now: Instant) -> tuple[Rule, ...]:
    """The rules that act: the first that fits, and those after it as long as each says `go_on`."""
    acting: list[Rule] = []
    for rule in rules:
        if fits(rule.conditions, facts, hours, now):
            acting.append(rule)
            if not rule.go_on:
                break
    return tuple(acting)


def fits(c: Conditions, facts: Facts, hours: Mapping[str, Hours], now: Instant) -> bool:
    """Whether everything that the conditions ask for is so."""
    return (
        _one_of(facts.medium, c.media)
        and _one_of(facts.channel, c.channels)
        and _one_of(facts.queue, c.queues)
        and _one_of(facts.state, c.states)
        and (c.automatic is None or c.automatic == facts.automatic)
        and (c.first is None or c.first == facts.first)
        and facts.size_bytes >= c.larger_bytes
        and (not c.customer_tags or not set(c.customer_tags).isdisjoint(facts.customer_tags))
        and (not c.tags or not set(c.tags).isdisjoint(facts.tags))
        and _clock(c, hours, now)
        and _address(c.senders, (facts.sender,))
        and _address(c.recipients, facts.recipients)
        and _said(c.subject, facts.subject)
        and _said(c.words, f"{facts.subject}\n{facts.text}")
        and (not c.languages or tongue.hint(facts.text) in c.languages)
    )


def answers(message: Message) -> bool:
    """Whether a person's message has gone out, so that it is the customer's turn."""
    return message.direction == OUT and not message.automatic and message.delivery != "failed"


def awaited(messages: Sequence[Message]) -> Awaited | None:
    """Whose turn it is, from the newest messages, oldest of them first; None when nobody's.

    A customer who writes again does not begin to wait anew.
    """
    waiting: Message | None = None
    for message in reversed(messages):
        if message.automatic or message.direction in {NOTE, SYSTEM}:
            continue
        if message.direction == IN:
            waiting = message
        elif answers(message):
            return Awaited(kind=UNANSWERED if waiting else SILENT, message=waiting or message)
    return Awaited(kind=UNANSWERED, message=waiting) if waiting else None


def due_at(rule: Rule, turn: Awaited, hours: Mapping[str, Hours]) -> Instant | None:
    """When a rule on time looks at a conversation; None when it never does while nobody writes.

    A rule for open hours that falls due while it is closed waits for the next opening.
    """
    if rule.on != turn.kind:
        return None
    at = Instant(turn.message.at + rule.after_s)
    calendar = hours.get(rule.conditions.open)
    if calendar is None or calendars.is_open(calendar, at):
        return at
    return calendars.next_opening(calendar, at)


def _one_of(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _clock(c: Conditions, hours: Mapping[str, Hours], now: Instant) -> bool:
    opens, closed = hours.get(c.open), hours.get(c.closed)
    return (opens is None or calendars.is_open(opens, now)) and (
        closed is None or not calendars.is_open(closed, now)
    )


def _address(patterns: tuple[str, ...], addresses: tuple[str, ...]) -> bool:
    if not patterns:
        return True
    return any(_pattern(one).fullmatch(address.casefold()) for one in patterns for address in addresses)


def _said(phrases: tuple[str, ...], text: str) -> bool:
    if not phrases:
        return True
    searched = text[:SEARCHED].casefold()
    return any(_phrase(one).search(searched) for one in phrases)


@lru_cache(maxsize=1024)
def _pattern(said: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, said.casefold().split("*"))), re.DOTALL)


@lru_cache(maxsize=1024)
def _phrase(said: str) -> re.Pattern[str]:
    """A phrase as whole words, whatever stands between them."""
    words = r"\W+".join(map(re.escape, said.casefold().split()))
    return re.compile(rf"(?<!\w){words}(?!\w)")
