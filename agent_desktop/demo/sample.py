"""Writes the small firm Nordlight into a record: customers, knowledge, and what happened before.

Everything that the log can hold is written as events, stepped through the domain like the router's own,
so that the log rebuilds it.  It is one commit: the record holds the whole sample or none of it, and a
second call does nothing.  The same `now` gives the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

from agent_desktop.demo.firm import CustomerRow, Firm, Topic, article, card, days_before, firm
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import lifecycle
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction, Offer
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    ConversationId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
    OfferId,
    QueueId,
    Seconds,
)
from agent_desktop.ports.storage import Changes, Store

MARK: Final = "sample"
VERSION: Final = "1"
WAITED_S: Final = (9.0, 14.0, 22.0, 6.0, 31.0, 11.0)
RANG_S: Final = 4.0
WRAPPED_S: Final = 38.0
_DIRECTIONS: Final = {"<": conversations.IN, ">": conversations.OUT, "#": conversations.NOTE}


async def write_sample(store: Store, centre: Centre, now: Instant) -> bool:
    """Write the sample once; say whether it was written by this call."""
    if store.load().settings.get(MARK):
        return False
    await store.commit(sample(firm(), centre, now))
    return True


def sample(data: Firm, centre: Centre, now: Instant) -> Changes:
    """Give the one commit that holds the sample."""
    writing = _Writing(data, centre, now)
    for row in data.customers:
        writing.customer(row)
    writing.changes.articles |= {key: article(key, row, now) for key, row in data.articles.items()}
    writing.changes.settings[MARK] = VERSION
    writing.changes.events.sort(key=lambda event: event.at)
    return writing.changes


@dataclass(slots=True)
class _Writing:
    """The commit that grows, and whose turn it is in each queue."""

    data: Firm
    centre: Centre
    now: Instant
    changes: Changes = field(default_factory=Changes)
    turns: dict[str, Iterator[AgentId]] = field(default_factory=dict)
    count: int = 0

    def customer(self, row: CustomerRow) -> None:
        """The card, then what the customer came for, oldest first."""
        value = card(row, self.now)
        earliest = max([order.days for order in row.orders] + [past.days for past in row.past], default=1)
        added = customers.CustomerAdded(
            customer=value.id, at=days_before(self.now, earliest + 1), value=value
        )
        self.changes.events.append(added)
        self.changes.customers[value.id] = customers.step(None, added)
        for past in sorted(row.past, key=lambda one: -one.days):
            self.count += 1
            came = _Past(
                self, row, self.data.topics[past.topic], days_before(self.now, past.days, self.count)
            )
            came.write()

    def agent_for(self, topic: Topic) -> AgentId:
        """Whose it was: as the topic says, else the agents of its queue in turn."""
        if topic.agent:
            return AgentId(topic.agent)
        if topic.queue not in self.turns:
            members = [
                agent.id
                for agent in self.centre.agents.values()
                if topic.queue in agent.queues and agent.role == "agent"
            ]
            self.turns[topic.queue] = cycle(members)
        return next(self.turns[topic.queue])


class _Past:
    """One interaction that is over, with its conversation."""

    def __init__(self, writing: _Writing, row: CustomerRow, topic: Topic, at: Instant) -> None:
        self._changes = writing.changes
        self._topic = topic
        self._row = row
        self._at = at
        self._agent = writing.agent_for(topic)
        self._key = f"sample-{writing.count}"
        self._interaction = InteractionId(self._key)
        self._thread = ConversationId(self._key)
        order = row.orders[0] if row.orders else None
        name = writing.centre.agents[self._agent].name
        self._names = {
            "order": order.id if order else "48000",
            "item": order.title if order else "lamp",
            "name": row.name.split()[0] if row.name[1:2] != "." else row.name,
            "agent": name.split()[0],
        }
        self._agent_name = name
        kind = "phone" if topic.medium == "voice" else "email"
        ways = {"phone": row.phones, "email": row.emails}[kind] or ("",)
        self._address = ways[0] if topic.medium != "chat" else f"visitor-{row.id}"
        self._channel = ChannelId(_channel_of(writing.centre, topic.medium))
        self._waited_s = WAITED_S[writing.count % len(WAITED_S)]

    def write(self) -> None:
        """Everything that happened, in order."""
        topic, at = self._topic, self._at
        self._start()
        texts = list(enumerate(topic.lines))
        if texts:
            self._message(*texts.pop(0), at)
        self._arrive()
        at = Instant(at + self._waited_s)
        if topic.abandoned:
            self._step(interactions.Abandoned(interaction=self._interaction, at=at))
            return
        offer = Offer(
            id=OfferId(self._key),
            agent=self._agent,
            offered_at=at,
            expires_at=Instant(at + 20.0),
            reasons=("Longest idle",),
        )
        self._step(interactions.Offered(interaction=self._interaction, at=at, offer=offer))
        at = Instant(at + RANG_S)
        self._step(
            interactions.Accepted(
                interaction=self._interaction, at=at, agent=self._agent, offer=offer.id, reasons=offer.reasons
            )
        )
        for number, (place, text) in enumerate(texts, 1):
            self._message(place, text, Instant(at + topic.talk_s * number / (len(texts) + 1)))
        self._finish(Instant(at + topic.talk_s))

    def _start(self) -> None:
        value = Conversation(
            id=self._thread,
            medium=MediumId(self._topic.medium),
            channel=self._channel,
            customer=self._row.id,
            customer_name=self._row.name,
            address=self._address,
            subject=self._filled(self._topic.subject),
            queue=QueueId(self._topic.queue),
            updated_at=self._at,
        )
        self._talk(conversations.Started(conversation=self._thread, at=self._at, value=value))

    def _arrive(self) -> None:
        value = Interaction(
            id=self._interaction,
            medium=MediumId(self._topic.medium),
            channel=self._channel,
            conversation=self._thread,
            customer=self._row.id,
            customer_name=self._row.name,
            from_address=self._address,
            subject=self._filled(self._topic.subject),
            last_line=conversations.line(self._filled(self._topic.lines[0][2:])) if self._topic.lines else "",
            arrived_at=self._at,
            updated_at=self._at,
        )
        self._step(interactions.Arrived(interaction=value.id, at=self._at, value=value))
        for words in self._topic.path:
            self._step(interactions.PathTaken(interaction=value.id, at=self._at, step=words))
        queue = QueueId(self._topic.queue)
        self._step(interactions.Queued(interaction=value.id, at=self._at, queue=queue))

    def _finish(self, at: Instant) -> None:
        key, topic = self._interaction, self._topic
        by = "customer" if topic.medium == "voice" else "agent"
        wrapped = Instant(at + WRAPPED_S)
        self._step(interactions.Ended(interaction=key, at=at, by=by, deadline_at=Instant(at + Seconds(60.0))))
        self._step(
            interactions.Closed(
                interaction=key,
                at=wrapped,
                code=DispositionCode(topic.disposition),
                note=self._filled(topic.note),
                values={name: self._filled(value) for name, value in topic.values.items()},
            )
        )
        if not topic.open:
            self._talk(conversations.Resolved(conversation=self._thread, at=wrapped))

    def _message(self, place: int, line: str, at: Instant) -> None:
        direction = _DIRECTIONS[line[0]]
        ours = direction != conversations.IN
        email = self._topic.medium == "email"
        key = f"{self._key}-{place}"
        message = Message(
            id=MessageId(key),
            conversation=self._thread,
            medium=MediumId(self._topic.medium),
            direction=direction,
            at=at,
            text=self._filled(line[2:]),
            interaction=self._interaction,
            author=self._agent if ours else AgentId(""),
            author_name=self._agent_name if ours else self._row.name,
            from_address="" if ours else self._address,
            subject=self._filled(self._topic.subject) if email else "",
            external_id=f"<{key}@nordlight.example>" if email and direction != conversations.NOTE else "",
            delivery="delivered" if direction == conversations.OUT else "",
        )
        self._changes.messages[message.id] = message
        self._talk(conversations.MessageAdded(conversation=self._thread, at=at, message=message))

    def _step(self, event: interactions.InteractionEvent) -> None:
        before = self._changes.interactions.get(event.interaction)
        self._changes.interactions[event.interaction] = lifecycle.step(before, event)
        self._changes.events.append(event)

    def _talk(self, event: conversations.ConversationEvent) -> None:
        before = self._changes.conversations.get(event.conversation)
        self._changes.conversations[event.conversation] = conversations.step(before, event)
        self._changes.events.append(event)

    def _filled(self, text: str) -> str:
        for name, value in self._names.items():
            text = text.replace(f"{{{name}}}", value)
        return text


def _channel_of(centre: Centre, medium: str) -> str:
    """The channel on which it came: the first mailbox, the first chat, or the telephone."""
    sources = {"email": [box.id for box in centre.mailboxes], "chat": [chat.id for chat in centre.chats]}
    return next(iter(sources.get(medium, [])), "voice")
