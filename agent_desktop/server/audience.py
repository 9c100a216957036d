"""Who has which conversation and which customer in view: the index behind the board.

A change to a conversation goes to its viewers alone, found without looking at anybody else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, InteractionId, QueueId
from agent_desktop.wire.session import Stream


@dataclass(slots=True)
class Receiver:
    """One signed-in agent's stream and what lies in its view."""

    agent: AgentId
    stream: Stream
    wake: Callable[[], None] = lambda: None
    scope: str = "mine"
    online: bool = False
    heard: int = 0  # the last event that the program is known to have
    interactions: set[InteractionId] = field(default_factory=set)
    offers: dict[InteractionId, tuple[str, float]] = field(default_factory=dict)  # its id, and until when
    conversations: dict[ConversationId, CustomerId] = field(default_factory=dict)
    looked: set[ConversationId] = field(default_factory=set)  # open on the screen
    followed: set[ConversationId] = field(default_factory=set)
    looking: Iterator[InteractionId] | None = None  # what is left to look at for the scope chosen last


@dataclass(slots=True)
class Audience:
    """Viewers of conversations, readers of customers' cards, watchers of queues' numbers.

    A reader is kept with how many conversations bring the card into view.
    """

    viewers: dict[ConversationId, set[AgentId]] = field(default_factory=dict)
    readers: dict[CustomerId, Counter[AgentId]] = field(default_factory=dict)
    watchers: dict[QueueId, dict[AgentId, Receiver]] = field(default_factory=dict)

    def enter(self, receiver: Receiver, key: ConversationId, customer: CustomerId) -> None:
        """Note that a conversation and its customer are in a view."""
        receiver.conversations[key] = customer
        self.viewers.setdefault(key, set()).add(receiver.agent)
        if customer:
            self.readers.setdefault(customer, Counter())[receiver.agent] += 1

    def shut(self, receiver: Receiver, key: ConversationId) -> CustomerId | None:
        """Note that a conversation is in a view no more; its customer, if it was there."""
        customer = receiver.conversations.pop(key, None)
        if customer is None:
            return None
        self.viewers[key].discard(receiver.agent)
        if not self.viewers[key]:
            del self.viewers[key]
        if customer:
            readers = self.readers[customer]
            readers[receiver.agent] -= 1
            if not readers[receiver.agent]:
                del readers[receiver.agent]
            if not readers:
                del self.readers[customer]
        return customer

    def reads(self, receiver: Receiver, customer: CustomerId) -> bool:
        """Whether the card is in this view."""
        return receiver.agent in self.readers.get(customer, ())

    def close_all(self, receiver: Receiver) -> None:
        """Empty a view."""
        for key in list(receiver.conversations):
            self.shut(receiver, key)
        receiver.interactions, receiver.offers = set(), {}
