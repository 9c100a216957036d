"""The committed values that the board shows, and how they look on the wire.

What is live is held here; conversations and cards are held as long as there is room and are read from the
record again when they are asked for.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Final, TypeVar

from msgspec import structs

from agent_desktop.domain import call as calls
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import waiting
from agent_desktop.domain.agent import LOGGED_OUT, Agent
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.sources import sources
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    QueueId,
    Seconds,
)
from agent_desktop.ports.storage import Changes, QueueCount, Store
from agent_desktop.server import figures, views
from agent_desktop.server.hub import Hub
from agent_desktop.server.watching import Watching
from agent_desktop.wire import events, models
from agent_desktop.wire.calls import CallText, CallTextLine
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.listing import WatcherModel

HISTORY: Final = 20
CAPTIONS_SHOWN: Final = 20
HELD_MOST: Final = 10_000

K = TypeVar("K")
V = TypeVar("V")


class Committed:
    """Values as the record has them; only the board changes it, after a commit."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self.interactions: dict[InteractionId, Interaction] = {}
        self.agents: dict[AgentId, Agent] = {}
        self._in_hand: dict[AgentId, set[InteractionId]] = {}
        self._parked: dict[AgentId, set[InteractionId]] = {}
        self._staffed: Counter[QueueId] = Counter()
        self._conversations: dict[ConversationId, Conversation] = {}
        self._customers: dict[CustomerId, Customer] = {}
        self._typing: dict[ConversationId, tuple[bool, bool, str]] = {}
        self.lines: dict[InteractionId, CallText] = {}  # of those who type on a TTY
        self.captions: dict[InteractionId, tuple[CallTextLine, ...]] = {}  # that nobody keeps
        self._counts: dict[QueueId, QueueCount] = {}
        self._handle_s: dict[QueueId, Seconds] = {}
        self._promised: dict[ConversationId, dict[InteractionId, Instant]] = {}
        self._sources = sources(hub.centre)
        self.watching = Watching()

    def load(self, since: Instant) -> None:
        """Take the hub's tables as what is committed."""
        tables = self._hub.tables
        self.interactions = dict(tables.interactions)
        self.agents = dict(tables.agents)
        self._staffed = Counter(q for a in self.agents.values() if a.state != LOGGED_OUT for q in a.queues)
        self._in_hand, self._parked = {}, {}
        for interaction in self.interactions.values():
            if interaction.state != interactions.QUEUED or interaction.call is not None:
                self._place(interaction)
        self._promised = {}
        for interaction in self.interactions.values():
            if interaction.promise_at:
                self._promise(interaction)
        self._conversations = dict(tables.conversations)
        _trim(self._conversations)
        self._customers = {}
        limits = {queue.id: queue.service_level_s for queue in self._hub.centre.queues.values()}
        self._counts = self._store.queue_counts(since, limits)

    def take(self, changes: Changes) -> set[QueueId]:
        """Take one committed batch, but its interactions; returns the queues whose figures moved."""
        self._count_staff(changes)
        self.agents.update(changes.agents)
        self._conversations.update(changes.conversations)
        for key in changes.customers.keys() & self._customers.keys():
            self._customers[key] = changes.customers[key]
        _trim(self._conversations)
        return figures.count(self._counts, changes, self._hub.centre.queues)

    def put(self, interaction: Interaction) -> Interaction | None:
        """Take one committed interaction; returns what it was before."""
        key = interaction.id
        before = self.interactions.get(key)
        for agent in interactions.concerned(before):
            self._in_hand.get(agent, set()).discard(key)
        if before is not None and before.state == interactions.PARKED:
            self._parked.get(before.agent, set()).discard(key)
        if before is not None and before.promise_at:
            self._promised.get(before.conversation, {}).pop(key, None)
        if interaction.state in interactions.OVER:
            self.interactions.pop(key, None)
            self.lines.pop(key, None)
            self.captions.pop(key, None)
            if interaction.accepted_at and interaction.closed_at:
                took = Seconds(interaction.closed_at - interaction.accepted_at)
                usual = self._handle_s.get(interaction.queue, waiting.USUAL_S)
                self._handle_s[interaction.queue] = waiting.usual(usual, took)
        else:
            self.interactions[key] = interaction
            self._place(interaction)
            if interaction.promise_at:
                self._promise(interaction)
        if before is not None and not self._promised.get(before.conversation, True):
            del self._promised[before.conversation]
        return before

    def _promise(self, interaction: Interaction) -> None:
        if interaction.conversation:
            running = self._promised.setdefault(interaction.conversation, {})
            running[interaction.id] = interaction.promise_at

    def _place(self, interaction: Interaction) -> None:
        for agent in interactions.concerned(interaction):
            self._in_hand.setdefault(agent, set()).add(interaction.id)
        if interaction.state == interactions.PARKED:
            self._parked.setdefault(interaction.agent, set()).add(interaction.id)

    def _count_staff(self, changes: Changes) -> None:
        """Keep count of who is at work in each queue: waits are told often, agents are many."""
        for key, agent in changes.agents.items():
            before = self.agents.get(key)
            if before is not None and before.state != LOGGED_OUT:
                self._staffed.subtract(before.queues)
            if agent.state != LOGGED_OUT:
                self._staffed.update(agent.queues)

    def near(self, agent: AgentId) -> list[Interaction]:
        """What an agent has in hand or ear, or parked: found without looking at anything else."""
        keys = self._in_hand.get(agent, set()) | self._parked.get(agent, set())
        return [self.interactions[key] for key in keys if key in self.interactions]

    def set_typing(
        self, key: ConversationId, *, customer: bool | None, present: bool | None, agent: str | None
    ) -> bool:
        """Note who types and who is there; says whether that is new."""
        old = self._typing.get(key, (False, False, ""))
        new = (
            old[0] if customer is None else customer,
            old[1] if present is None else present,
            old[2] if agent is None else agent,
        )
        self._typing[key] = new
        if new == (False, False, ""):
            del self._typing[key]
        return new != old

    def set_line(self, key: InteractionId, line: CallText) -> Interaction | None:
        """Note how a customer's TTY stands; the interaction if that is new."""
        interaction = self.interactions.get(key)
        if interaction is None or self.lines.get(key) == line:
            return None
        self.lines[key] = line
        return interaction

    def set_caption(self, key: InteractionId, line: CallTextLine) -> Interaction | None:
        """Note what was said, the last lines of it, numbered here: each agent's phone counts from one."""
        interaction, before = self.interactions.get(key), self.captions.get(key, ())
        if interaction is None:
            return None
        numbered = structs.replace(line, number=before[-1].number + 1 if before else 1)
        self.captions[key] = (*before, numbered)[-CAPTIONS_SHOWN:]
        return interaction

    # --- how it looks -----------------------------------------------------------------------------

    def agent_model(self, key: AgentId, *, online: bool) -> models.AgentModel:
        """An agent with what it is doing."""
        held = [self.interactions[i] for i in self._in_hand.get(key, ()) if i in self.interactions]
        agent = self.agents[key]
        return views.agent_model(agent, held, online=online)

    def conversation(self, key: ConversationId) -> Conversation | None:
        """A conversation, held or read from the record."""
        found = self._conversations.get(key) or self._store.conversation(key)
        if found is not None:
            self._conversations[key] = found
        return found

    def conversation_model(self, key: ConversationId) -> models.ConversationModel:
        """A conversation with who types in it, who is there and what its work promises."""
        conversation = self.conversation(key)
        if conversation is None:
            return models.ConversationModel(id=key, medium="")
        return self.model_of(conversation)

    def model_of(self, conversation: Conversation) -> models.ConversationModel:
        """The same, of a conversation that is at hand."""
        key = conversation.id
        typing, present, agent = self._typing.get(key, (False, False, ""))
        owner = self.agents.get(conversation.owner)
        return views.conversation_model(
            conversation,
            customer_typing=typing,
            customer_present=present,
            agent_typing=agent,
            owner_name=owner.name if owner is not None else conversation.owner,
            promise_at=min(self._promised.get(key, {}).values(), default=Instant(0.0)),
            watchers=self.watching.told(key),
            channels=self._reached(conversation),
        )

    def _reached(self, conversation: Conversation) -> tuple[str, ...]:
        """Where else this customer can be reached: channels for which a verified address is known."""
        customer = self._customer(conversation.customer) if conversation.customer else None
        if customer is None:
            return ()
        kinds = {address.kind for address in customer.addresses if address.verified}
        media = self._hub.media
        return tuple(
            key
            for key, source in self._sources.items()
            if key != conversation.channel
            and media[source.medium].address_kind in kinds
            and not media[source.medium].live
        )

    def _customer(self, key: CustomerId) -> Customer | None:
        found = self._customers.get(key) or self._store.customer(key)
        if found is not None:
            self._customers[key] = found
            _trim(self._customers)
        return found

    def customer_model(self, key: CustomerId) -> models.CustomerModel:
        """A card with the last interactions."""
        customer = self._customer(key)
        if customer is None:
            return models.CustomerModel(id=key, name="")
        return views.customer_model(customer, self._store.history(key, HISTORY))

    def queue_model(self, key: QueueId) -> models.QueueModel:
        """A queue's live numbers."""
        count, index = self._counts.get(key, QueueCount()), self._hub.index
        return models.QueueModel(
            id=key,
            waiting=index.waiting(key),
            oldest_at=index.oldest(key),
            ready=index.ready(key),
            answered=count.answered,
            answered_in_time=count.answered_in_time,
            abandoned=count.abandoned,
            estimated_s=self.wait_s(key, index.waiting(key)),
        )

    def wait_s(self, key: QueueId, ahead: int) -> Seconds:
        """How long somebody with so many in front will wait; below 0: not known."""
        return waiting.estimated(
            ahead,
            ready=self._hub.index.ready(key),
            staffed=self._staffed[key],
            handle_s=self._handle_s.get(key, waiting.USUAL_S),
        )


class Face:
    """An interaction as its event, encoded when the first one asks for it.

    With a private policy agents do not see who listens; supervisors always do.  Captions that nobody keeps
    are for who listens to the call, since they came in: that is an act of the log, and reading is no less.
    """

    def __init__(
        self,
        interaction: Interaction,
        *,
        private: bool,
        watchers: tuple[WatcherModel, ...] = (),
        line: CallText | None = None,
        captions: tuple[CallTextLine, ...] = (),
    ) -> None:
        self._interaction = interaction
        self._watchers, self._line, self._captions = watchers, line, captions
        self._private = private and interaction.call is not None
        self._bodies: dict[tuple[bool, int], bytes] = {}

    def body(self, reader: AgentId, *, leader: bool) -> bytes:
        """The encoded `InteractionChanged`."""
        told = leader or not self._private, len(self._heard(reader))
        if told not in self._bodies:
            model = self.model(reader, leader=leader)
            self._bodies[told] = encode_body(events.InteractionChanged(interaction=model))
        return self._bodies[told]

    def model(self, reader: AgentId, *, leader: bool) -> models.InteractionModel:
        """The interaction as this reader may see it."""
        told = leader or not self._private
        model = views.interaction_model(self._interaction, told=told, watchers=self._watchers)
        captions = self._heard(reader)
        if model.call is None or (self._line is None and not captions):
            return model
        call = structs.replace(model.call, line=self._line, captions=captions)
        return structs.replace(model, call=call)

    def _heard(self, reader: AgentId) -> tuple[CallTextLine, ...]:
        """The captions of what was said while this reader listens."""
        call = self._interaction.call
        leg = calls.supervisor(call, reader) if call is not None and self._captions else None
        if leg is None or leg.state != "up":
            return ()
        return tuple(line for line in self._captions if line.changed_at >= leg.up_at)


def ended_with(changes: Changes) -> set[CustomerId]:
    """Customers whose history grew: an interaction of theirs is over."""
    over = (i for i in changes.interactions.values() if i.state in interactions.OVER)
    return {i.customer for i in over if i.customer}


def _trim(held: dict[K, V]) -> None:
    """Let the longest held go, many at a time: the first of a table that lost its front is found slowly."""
    if len(held) > HELD_MOST:
        for key in list(islice(held, len(held) - HELD_MOST * 9 // 10)):
            del held[key]
