"""What was committed, and who may see it: the read side of the router.

The hub hands every committed change to `publish`.  The board keeps the committed values, works out for
each stream what came into view, changed or left it, and appends one event each.  A snapshot is made
from the same values, so that snapshot + events == fresh snapshot.  An event is encoded once, whoever
gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, Instant, InteractionId, QueueId
from agent_desktop.ports.storage import Changes, QueueCount, Store
from agent_desktop.server import figures, views
from agent_desktop.server.audience import Audience, Receiver
from agent_desktop.server.hub import Hub
from agent_desktop.wire import events, models
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.replica import NEWEST_MESSAGES
from agent_desktop.wire.session import Stream

HISTORY = 20
SEES_ALL = frozenset({"supervisor", "admin"})


class Board:
    """Committed values and their audience."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._centre = views.centre_info(hub.centre)
        self._interactions: dict[InteractionId, Interaction] = {}
        self._agents: dict[AgentId, Agent] = {}
        self._in_hand: dict[AgentId, set[InteractionId]] = {}
        self._conversations: dict[ConversationId, Conversation] = {}
        self._customers: dict[CustomerId, Customer] = {}
        self._receivers: dict[AgentId, Receiver] = {}
        self._wide: set[AgentId] = set()
        self._leaders: set[AgentId] = set()
        self._audience = Audience()
        self._typing: dict[ConversationId, tuple[bool, bool, str]] = {}
        self._counts: dict[QueueId, QueueCount] = {}
        self._stale_queues: set[QueueId] = set()
        self.phone_account: Callable[[AgentId], models.PhoneAccount | None] = lambda _agent: None

    # --- life -------------------------------------------------------------------------------------

    def load(self, since: Instant) -> None:
        """Take the hub's tables as what is committed; every stream starts anew."""
        tables = self._hub.tables
        self._interactions = dict(tables.interactions)
        self._agents = dict(tables.agents)
        self._in_hand = {key: set(held) for key, held in tables.in_hand.items()}
        self._conversations = dict(tables.conversations)
        self._customers = {}
        within = {q.id: q.service_level_s for q in self._hub.centre.queues.values()}
        self._counts = self._store.queue_counts(since, within)
        for receiver in self._receivers.values():
            receiver.stream = Stream(epoch=self._hub.ids.new("e"))
            self._view_all(receiver)

    # --- receivers --------------------------------------------------------------------------------

    def receiver(self, agent: AgentId) -> Receiver:
        """The stream of an agent; made on first use."""
        held = self._receivers.get(agent)
        if held is None:
            held = Receiver(agent=agent, stream=Stream(epoch=self._hub.ids.new("e")))
            self._receivers[agent] = held
            if agent in self._agents and self._agents[agent].role in SEES_ALL:
                self._leaders.add(agent)
            self._view_all(held)
        return held

    def receivers(self) -> Iterable[Receiver]:
        """All streams."""
        return self._receivers.values()

    def end(self, agent: AgentId) -> None:
        """Forget a stream: its session is over."""
        receiver = self._receivers.pop(agent, None)
        self._wide.discard(agent)
        self._leaders.discard(agent)
        if receiver is not None:
            self._audience.close_all(receiver)

    def watch(self, agent: AgentId, scope: str) -> None:
        """Widen or narrow what a stream carries; the differences go out as events."""
        receiver = self.receiver(agent)
        receiver.scope = scope
        self._put(receiver, events.ScopeChanged(scope=scope))
        (self._wide.discard if scope == "mine" else self._wide.add)(agent)
        for key in [*receiver.interactions, *self._interactions]:
            self._interaction_for(receiver, self._interactions.get(key), key)
        receiver.wake()

    def set_online(self, agent: AgentId, *, online: bool) -> None:
        """The agent's program is connected, or not."""
        self.receiver(agent).online = online
        if agent in self._agents:
            self._agent_changed(agent)

    def send(self, agent: AgentId, event: events.Event) -> None:
        """One event for one agent alone (a reply, a sign-out)."""
        receiver = self.receiver(agent)
        receiver.stream.append(encode_body(event), self._hub.clock.now())
        receiver.wake()

    def snapshot(self, agent: AgentId) -> events.Snapshot:
        """Everything the agent may see now."""
        receiver = self.receiver(agent)
        seen = [self._interactions[i] for i in sorted(receiver.interactions)]
        return events.Snapshot(
            me=self._agent_model(agent),
            centre=self._centre,
            phone=self.phone_account(agent),
            scope=receiver.scope,
            interactions=tuple(views.interaction_model(i) for i in seen),
            offers=tuple(
                o for i in seen if i.id in receiver.offers and (o := views.offer_model(i)) is not None
            ),
            conversations=tuple(self._conversation_model(c) for c in sorted(receiver.conversations)),
            messages=tuple(
                views.message_model(m)
                for c in sorted(receiver.conversations)
                for m in self._store.messages(c, limit=NEWEST_MESSAGES)
            ),
            customers=tuple(
                self._customer_model(c) for c in sorted({c for c in receiver.conversations.values() if c})
            ),
            queues=tuple(self._queue_model(q) for q in self._queues_of(agent)),
            agents=tuple(self._agent_model(a) for a in self._seen_agents(agent)),
            server_at=self._hub.clock.now(),
        )

    # --- publish ----------------------------------------------------------------------------------

    def publish(self, changes: Changes) -> None:
        """Take one committed batch and tell everyone concerned."""
        touched: set[AgentId] = set(changes.agents)
        self._agents.update(changes.agents)
        for key, conversation in changes.conversations.items():
            self._conversations[key] = conversation
        for customer_key, customer in changes.customers.items():
            if customer_key in self._customers:
                self._customers[customer_key] = customer
        woken: set[AgentId] = set()
        for conversation_key in changes.conversations:
            self._to_viewers(
                conversation_key,
                events.ConversationChanged(conversation=self._conversation_model(conversation_key)),
                woken,
            )
        for message in changes.messages.values():
            event = events.MessageChanged(message=views.message_model(message))
            self._to_viewers(message.conversation, event, woken)
        for interaction in changes.interactions.values():
            touched |= self._interaction_changed(interaction, woken)
        for customer_key in changes.customers.keys() | _ended_with(changes):
            self._customer_changed(customer_key, woken)
        self._stale_queues |= figures.count(self._counts, changes, self._hub.centre.queues)
        for agent in touched:
            self._agent_changed(agent)
        for agent in woken:
            if agent in self._receivers:
                self._receivers[agent].wake()

    def tell_queues(self) -> None:
        """Send the live numbers of queues that changed; called a few times a second."""
        stale, self._stale_queues = self._stale_queues, set()
        for queue in stale:
            body = encode_body(events.QueueChanged(queue=self._queue_model(queue)))
            now = self._hub.clock.now()
            for receiver in self._receivers.values():
                if queue in self._queues_of(receiver.agent):
                    receiver.stream.append(body, now)
                    receiver.wake()

    def set_typing(
        self,
        conversation: ConversationId,
        *,
        customer: bool | None = None,
        present: bool | None = None,
        agent: str | None = None,
    ) -> None:
        """Who types and who is there: shown, never kept."""
        old = self._typing.get(conversation, (False, False, ""))
        new = (
            old[0] if customer is None else customer,
            old[1] if present is None else present,
            old[2] if agent is None else agent,
        )
        if new == old:
            return
        self._typing[conversation] = new
        woken: set[AgentId] = set()
        self._to_viewers(
            conversation,
            events.ConversationChanged(conversation=self._conversation_model(conversation)),
            woken,
        )
        for key in woken:
            self._receivers[key].wake()

    # --- inside -----------------------------------------------------------------------------------

    def _interaction_changed(self, interaction: Interaction, woken: set[AgentId]) -> set[AgentId]:
        key = interaction.id
        before = self._interactions.get(key)
        hands = {interactions.holder(i) for i in (before, interaction) if i is not None}
        owners = hands | {i.agent for i in (before, interaction) if i is not None}
        self._stale_queues |= {i.queue for i in (before, interaction) if i is not None and i.queue}
        if before is not None and (holder := interactions.holder(before)):
            self._in_hand.get(holder, set()).discard(key)
        if interaction.state in interactions.OVER:
            self._interactions.pop(key, None)
        else:
            self._interactions[key] = interaction
            if holder := interactions.holder(interaction):
                self._in_hand.setdefault(holder, set()).add(key)
        for agent in owners | self._wide:
            receiver = self._receivers.get(agent)
            if receiver is not None and self._interaction_for(receiver, interaction, key):
                woken.add(agent)
        return {AgentId(h) for h in hands if h}

    def _interaction_for(
        self, receiver: Receiver, interaction: Interaction | None, key: InteractionId
    ) -> bool:
        """Bring one interaction up to date in one view; whether anything was sent."""
        seen = interaction is not None and self._visible(receiver, interaction)
        sent = False
        offer = receiver.offers.get(key)
        current = (
            interaction.offer.id
            if interaction and interaction.offer and interaction.offer.agent == receiver.agent
            else None
        )
        if offer is not None and offer != current:
            del receiver.offers[key]
            why = _why_withdrawn(interaction, receiver.agent)
            sent |= self._put(receiver, events.OfferWithdrawn(offer=offer, interaction=key, why=why))
        if interaction is not None and seen:
            receiver.interactions.add(key)
            self._open(receiver, interaction)
            sent |= self._put(
                receiver, events.InteractionChanged(interaction=views.interaction_model(interaction))
            )
            if current is not None and offer != current and (model := views.offer_model(interaction)):
                receiver.offers[key] = current
                sent |= self._put(receiver, events.OfferMade(offer=model))
        elif key in receiver.interactions:
            receiver.interactions.discard(key)
            if interaction is not None:  # its last face, so that a report of the shift is complete
                self._put(
                    receiver, events.InteractionChanged(interaction=views.interaction_model(interaction))
                )
            sent |= self._put(receiver, events.InteractionRemoved(interaction=key))
        if interaction is not None and interaction.conversation:
            self._narrow(receiver, interaction)
        return sent

    def _visible(self, receiver: Receiver, interaction: Interaction) -> bool:
        if interaction.state in interactions.OVER or interaction.state == interactions.ARRIVED:
            return False
        if self._near(receiver, interaction):
            return True
        if receiver.scope == "mine":
            return False
        agent = self._agents[receiver.agent]
        if interaction.state == interactions.QUEUED and interaction.queue in agent.queues:
            return True
        return receiver.scope == "all" and (agent.role in SEES_ALL or interaction.queue in agent.queues)

    @staticmethod
    def _near(receiver: Receiver, interaction: Interaction) -> bool:
        """In the agent's hand or parked by it: its conversation and customer are in view too."""
        if interactions.holder(interaction) == receiver.agent:
            return True
        return interaction.state == interactions.PARKED and interaction.agent == receiver.agent

    def _open(self, receiver: Receiver, interaction: Interaction) -> None:
        """Bring a near interaction's conversation, messages and customer into view."""
        key, customer = interaction.conversation, interaction.customer
        if not key or not self._near(receiver, interaction):
            return
        if customer and not self._audience.reads(receiver, customer):
            self._put(receiver, events.CustomerChanged(customer=self._customer_model(customer)))
        if key not in receiver.conversations:
            self._put(receiver, events.ConversationChanged(conversation=self._conversation_model(key)))
            for message in self._store.messages(key, limit=NEWEST_MESSAGES):
                self._put(receiver, events.MessageChanged(message=views.message_model(message)))
        if receiver.conversations.get(key) != customer:
            left = self._audience.shut(receiver, key)
            self._audience.enter(receiver, key, customer)
            self._drop_customer(receiver, left)

    def _narrow(self, receiver: Receiver, interaction: Interaction) -> None:
        """Let a conversation leave the view when no near interaction needs it any more."""
        key = interaction.conversation
        if key not in receiver.conversations:
            return
        live = self._hub.tables.live_of.get(key)
        for other in {live, interaction.id} - {None}:
            held = self._interactions.get(InteractionId(str(other)))
            if held is not None and self._near(receiver, held):
                return
        customer = self._audience.shut(receiver, key)
        self._put(receiver, events.ConversationRemoved(conversation=key))
        self._drop_customer(receiver, customer)

    def _drop_customer(self, receiver: Receiver, customer: CustomerId | None) -> None:
        if customer and not self._audience.reads(receiver, customer):
            self._put(receiver, events.CustomerRemoved(customer=customer))

    def _view_all(self, receiver: Receiver) -> None:
        """Work out a view from nothing, without events: a snapshot follows."""
        self._audience.close_all(receiver)
        if receiver.agent not in self._agents:
            return
        for interaction in self._interactions.values():
            if not self._visible(receiver, interaction):
                continue
            receiver.interactions.add(interaction.id)
            if interaction.offer is not None and interaction.offer.agent == receiver.agent:
                receiver.offers[interaction.id] = interaction.offer.id
            if interaction.conversation and self._near(receiver, interaction):
                self._audience.enter(receiver, interaction.conversation, interaction.customer)

    def _put(self, receiver: Receiver, event: events.Event) -> bool:
        receiver.stream.append(encode_body(event), self._hub.clock.now())
        return True

    def _to_viewers(self, key: ConversationId, event: events.Event, woken: set[AgentId]) -> None:
        viewers = self._audience.viewers.get(key)
        if not viewers:
            return
        body, now = encode_body(event), self._hub.clock.now()
        for agent in viewers:
            self._receivers[agent].stream.append(body, now)
        woken |= viewers

    def _agent_changed(self, agent: AgentId) -> None:
        body = encode_body(events.AgentChanged(agent=self._agent_model(agent)))
        now = self._hub.clock.now()
        self._stale_queues |= self._agents[agent].queues
        for key in {agent, *self._leaders} & self._receivers.keys():
            self._receivers[key].stream.append(body, now)
            self._receivers[key].wake()

    def _customer_changed(self, key: CustomerId, woken: set[AgentId]) -> None:
        readers = self._audience.readers.get(key)
        if not readers:
            return
        event = events.CustomerChanged(customer=self._customer_model(key))
        for agent in readers:
            self._put(self._receivers[agent], event)
        woken |= readers.keys()

    # --- models -----------------------------------------------------------------------------------

    def _agent_model(self, key: AgentId) -> models.AgentModel:
        held = [self._interactions[i] for i in self._in_hand.get(key, ()) if i in self._interactions]
        receiver = self._receivers.get(key)
        return views.agent_model(self._agents[key], held, online=bool(receiver and receiver.online))

    def _conversation_model(self, key: ConversationId) -> models.ConversationModel:
        conversation = self._conversations.get(key) or self._store.conversation(key)
        if conversation is None:
            return models.ConversationModel(id=key, medium="")
        self._conversations[key] = conversation
        typing, present, agent = self._typing.get(key, (False, False, ""))
        return views.conversation_model(
            conversation, customer_typing=typing, customer_present=present, agent_typing=agent
        )

    def _customer_model(self, key: CustomerId) -> models.CustomerModel:
        customer = self._customers.get(key) or self._store.customer(key)
        if customer is None:
            return models.CustomerModel(id=key, name="")
        self._customers[key] = customer
        return views.customer_model(customer, self._store.history(key, HISTORY))

    def _queue_model(self, key: QueueId) -> models.QueueModel:
        count, index = self._counts.get(key, QueueCount()), self._hub.index
        return models.QueueModel(
            id=key,
            waiting=index.waiting(key),
            oldest_at=index.oldest(key),
            ready=index.ready(key),
            answered=count.answered,
            answered_in_time=count.answered_in_time,
            abandoned=count.abandoned,
        )

    def _queues_of(self, agent: AgentId) -> Iterable[QueueId]:
        held = self._agents[agent]
        return self._hub.centre.queues if held.role in SEES_ALL else sorted(held.queues)

    def _seen_agents(self, agent: AgentId) -> Iterable[AgentId]:
        return sorted(self._agents) if self._agents[agent].role in SEES_ALL else (agent,)


def _ended_with(changes: Changes) -> set[CustomerId]:
    """Customers whose history grew: an interaction of theirs is over."""
    over = (i for i in changes.interactions.values() if i.state in interactions.OVER)
    return {i.customer for i in over if i.customer}


def _why_withdrawn(interaction: Interaction | None, agent: AgentId) -> str:
    if interaction is None or interaction.state == interactions.CLOSED:
        return "withdrawn"
    if interaction.state == interactions.ABANDONED:
        return "abandoned"
    if interaction.agent == agent and interaction.state == interactions.ACTIVE:
        return "accepted"
    return "expired"
