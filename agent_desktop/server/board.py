"""What was committed, and who may see it: the read side of the router.

The hub hands every committed change to `publish`.  The board keeps the committed values, works out for
each stream what came into view, changed or left it, and appends one event each.  A snapshot is made
from the same values, so that snapshot + events == fresh snapshot.  An event is encoded once, whoever
gets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    QueueId,
    Seconds,
)
from agent_desktop.ports.storage import Changes, Store
from agent_desktop.server import scopes, views, views_centre
from agent_desktop.server.audience import Audience, Receiver
from agent_desktop.server.committed import Committed, Face, ended_with
from agent_desktop.server.hub import Hub
from agent_desktop.server.looking import Looking
from agent_desktop.server.showing import Rows, Showing
from agent_desktop.wire import events, models
from agent_desktop.wire.calls import CallText, CallTextLine
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.listing import ViewModel
from agent_desktop.wire.replica import NEWEST_MESSAGES
from agent_desktop.wire.session import Stream

QUEUES_TOLD_PER_S = 2000.0  # deliveries
WOKEN_AT_ONCE = 20
SEES_ALL = frozenset({"supervisor", "admin"})


class Board:
    """Committed values and their audience."""

    def __init__(self, hub: Hub, store: Store) -> None:
        self._hub = hub
        self._store = store
        self._centre = views_centre.centre_info(hub.centre)
        self._kept = Committed(hub, store)
        self._receivers: dict[AgentId, Receiver] = {}
        self._wide: set[AgentId] = set()
        self._leaders: set[AgentId] = set()
        self._audience = Audience()
        self.watching = self._kept.watching
        self._showing = Showing(hub, self._kept, self._audience, self._receivers, scopes.near)
        self._showing.rows = Rows(self._face, self._wide, self._leaders)
        self.looks = Looking(hub, self.watching, self._showing)
        self.views_for: Callable[[AgentId], tuple[ViewModel, ...]] = lambda _agent: ()
        self.troubles_for: Callable[[AgentId], tuple[models.TroubleModel, ...]] = lambda _agent: ()
        self.taken_for: Callable[[AgentId], tuple[events.TakenOver, ...]] = lambda _agent: ()
        self._stale_queues: set[QueueId] = set()
        self.phone_account: Callable[[AgentId], models.PhoneAccount | None] = lambda _agent: None

    # --- life -------------------------------------------------------------------------------------

    def load(self, since: Instant) -> None:
        """Take the hub's tables as what is committed.

        A stream that runs goes on: only what was committed was ever put on it.  Queue numbers alone are
        told from the tables in memory, so they are told again.
        """
        self._kept.load(since)
        self._stale_queues |= self._hub.centre.queues.keys()

    # --- receivers --------------------------------------------------------------------------------

    def receiver(self, agent: AgentId) -> Receiver:
        """The stream of an agent; made on first use."""
        held = self._receivers.get(agent)
        if held is None:
            held = Receiver(agent=agent, stream=Stream(epoch=self._hub.ids.new("e")))
            self._receivers[agent] = held
            if agent in self._kept.agents:
                if self._kept.agents[agent].role in SEES_ALL:
                    self._leaders.add(agent)
                for queue in self._queues_of(agent):
                    self._audience.watchers.setdefault(queue, {})[agent] = held
            self._view_all(held)
        return held

    def receivers(self) -> Iterable[Receiver]:
        """All streams."""
        return self._receivers.values()

    def end(self, agent: AgentId) -> None:
        """Forget a stream: its session is over."""
        self.looks.end(agent)
        receiver = self._receivers.pop(agent, None)
        self._wide.discard(agent)
        self._leaders.discard(agent)
        if receiver is not None:
            self._audience.close_all(receiver)
            for watchers in self._audience.watchers.values():
                watchers.pop(agent, None)

    def watch(self, agent: AgentId, scope: str) -> None:
        """Widen or narrow what a stream carries; the differences go out as events, some in each turn."""
        receiver = self.receiver(agent)
        receiver.scope = scope
        self._put(receiver, events.ScopeChanged(scope=scope))
        (self._wide.discard if scope == "mine" else self._wide.add)(agent)
        keys = {**dict.fromkeys(receiver.interactions), **dict.fromkeys(self._kept.interactions)}
        kept, bring = self._kept, self._interaction_for
        scopes.follow(receiver, keys, self._receivers, lambda k: bring(receiver, kept.interactions.get(k), k))

    def set_online(self, agent: AgentId, *, online: bool) -> None:
        """The agent's program is connected, or not."""
        if online or agent in self._receivers:  # who is not here needs no stream
            self.receiver(agent).online = online
            (self.looks.came if online else self.looks.gone)(agent)
        if agent in self._kept.agents:
            self.agent_changed(agent)

    def send(self, agent: AgentId, event: events.Event) -> None:
        """One event for one agent alone (a reply, a sign-out)."""
        receiver = self.receiver(agent)
        receiver.stream.append(encode_body(event), self._hub.clock.now())
        receiver.wake()

    def snapshot(self, agent: AgentId) -> events.Snapshot:
        """Everything the agent may see now."""
        receiver = self.receiver(agent)
        seen = [self._kept.interactions[i] for i in sorted(receiver.interactions)]
        return events.Snapshot(
            me=self.agent_model(agent),
            centre=views_centre.centre_for(self._centre, self._kept.agents[agent]),
            phone=self.phone_account(agent),
            scope=receiver.scope,
            interactions=tuple(self._face(i).model(agent, leader=agent in self._leaders) for i in seen),
            offers=tuple(o for i in seen if i.id in receiver.offers and (o := self._offer(i)) is not None),
            conversations=tuple(self._kept.conversation_model(c) for c in sorted(receiver.conversations)),
            messages=tuple(
                views.message_model(m)
                for c in sorted(receiver.conversations)
                for m in self._store.messages(c, limit=NEWEST_MESSAGES)
            ),
            customers=tuple(
                self._kept.customer_model(c) for c in sorted({*receiver.conversations.values()} - {""})
            ),
            queues=tuple(self._kept.queue_model(q) for q in self._queues_of(agent)),
            agents=tuple(self.agent_model(a) for a in self._seen_agents(agent)),
            views=self.views_for(agent),
            troubles=self.troubles_for(agent),
            taken=self.taken_for(agent),
            shared=tuple(d for c in sorted(receiver.conversations) for d in self.watching.drafts(c, agent)),
            server_at=self._hub.clock.now(),
        )

    # --- publish ----------------------------------------------------------------------------------

    def publish(self, changes: Changes) -> None:
        """Take one committed batch and tell everyone concerned."""
        touched: set[AgentId] = set(changes.agents)
        self._stale_queues |= self._kept.take(changes)
        woken: set[AgentId] = set()
        self._showing.publish(changes, woken)
        for interaction in changes.interactions.values():
            touched |= self._interaction_changed(interaction, woken)
        for customer_key in changes.customers.keys() | ended_with(changes):
            self._customer_changed(customer_key, woken)
        for agent in touched:
            self.agent_changed(agent)
        self._showing.wake(woken)

    def tell_queues(self) -> float:
        """Send the live numbers of queues that changed; returns how many seconds to leave before the next.

        The pause grows with the audience: numbers that thousands see are told less often, so that
        telling them never takes what offers need.
        """
        stale, self._stale_queues = self._stale_queues, set()
        now, told = self._hub.clock.now(), list[Receiver]()
        for queue in stale:
            watchers = self._audience.watchers.get(queue)
            if not watchers:
                continue
            body = encode_body(events.QueueChanged(queue=self._kept.queue_model(queue)))
            for receiver in watchers.values():
                receiver.stream.append(body, now)
            told += watchers.values()
        _wake(told[:WOKEN_AT_ONCE])
        for first in range(WOKEN_AT_ONCE, len(told), WOKEN_AT_ONCE):
            # Thousands of writes in one go would hold up an offer.
            some = told[first : first + WOKEN_AT_ONCE]
            asyncio.get_running_loop().call_later(first / QUEUES_TOLD_PER_S, _wake, some)
        return len(told) / QUEUES_TOLD_PER_S

    def set_typing(
        self,
        conversation: ConversationId,
        *,
        customer: bool | None = None,
        present: bool | None = None,
        agent: str | None = None,
    ) -> None:
        """Who types and who is there: shown, never kept."""
        if not self._kept.set_typing(conversation, customer=customer, present=present, agent=agent):
            return
        self._showing.touched(conversation)

    def set_line(self, key: InteractionId, line: CallText) -> None:
        """How a customer's TTY stands: shown, never kept."""
        if (interaction := self._kept.set_line(key, line)) is not None:
            self._tell_near(interaction, self._receivers.keys())

    def set_caption(self, key: InteractionId, line: CallTextLine) -> None:
        """What was said in a call: shown to who listens, never kept."""
        if (interaction := self._kept.set_caption(key, line)) is not None:
            self._tell_near(interaction, self._leaders)

    # --- inside -----------------------------------------------------------------------------------

    def _tell_near(self, interaction: Interaction, among: AbstractSet[AgentId]) -> None:
        near = {*interactions.concerned(interaction), *self._wide} & self._receivers.keys() & among
        told = [self._receivers[agent] for agent in near]
        _wake([one for one in told if self._interaction_for(one, interaction, interaction.id)])

    def _interaction_changed(self, interaction: Interaction, woken: set[AgentId]) -> set[AgentId]:
        before = self._kept.put(interaction)
        hands = interactions.concerned(before) | interactions.concerned(interaction)
        both = (interaction,) if before is None else (before, interaction)
        owners = {*hands, *self._wide, *[i.agent for i in both]}
        self._stale_queues.update([i.queue for i in both if i.queue])
        face = self._face(interaction)
        for agent in owners:
            receiver = self._receivers.get(agent)
            if receiver is not None and self._interaction_for(receiver, interaction, interaction.id, face):
                woken.add(agent)
            if (
                receiver is not None
                and before is not None
                and before.conversation != interaction.conversation
            ):
                self._narrow(receiver, before)
        promised = before.promise_at if before is not None else 0.0
        if promised != interaction.promise_at or (promised and interaction.state in interactions.OVER):
            self._showing.tell(interaction.conversation, woken)
        return hands

    def _interaction_for(
        self,
        receiver: Receiver,
        interaction: Interaction | None,
        key: InteractionId,
        face: Face | None = None,
    ) -> bool:
        """Bring one interaction up to date in one view; whether anything was sent."""
        face = face or (self._face(interaction) if interaction is not None else None)
        seen = interaction is not None and self._visible(receiver, interaction)
        sent, leader = False, receiver.agent in self._leaders
        offer = receiver.offers.get(key)
        current = views.lease_of(interaction, receiver.agent)
        if offer is not None and (current is None or offer[0] != current[0]):
            del receiver.offers[key]
            why = views.why_withdrawn(interaction, receiver.agent)
            sent |= self._put(receiver, events.OfferWithdrawn(offer=offer[0], interaction=key, why=why))
        if interaction is not None and face is not None and seen:
            receiver.interactions.add(key)
            self._open(receiver, interaction)
            sent |= self._append(receiver, face.body(receiver.agent, leader=leader))
            if current is not None and offer != current and (model := self._offer(interaction)):
                receiver.offers[key] = current
                sent |= self._put(receiver, events.OfferMade(offer=model))
        elif key in receiver.interactions:
            receiver.interactions.discard(key)
            if face is not None:  # the last one, so that a report of the shift is complete
                self._append(receiver, face.body(receiver.agent, leader=leader))
            sent |= self._put(receiver, events.InteractionRemoved(interaction=key))
        if interaction is not None and interaction.conversation:
            self._narrow(receiver, interaction)
        return sent

    def _visible(self, receiver: Receiver, interaction: Interaction) -> bool:
        agent = self._kept.agents[receiver.agent]
        return scopes.holds(receiver, interaction, agent.queues, leads=agent.role in SEES_ALL)

    def _open(self, receiver: Receiver, interaction: Interaction) -> None:
        """Bring a near interaction's conversation, messages and customer into view."""
        if interaction.conversation and scopes.near(receiver, interaction):
            self._showing.open(receiver, interaction.conversation, interaction.customer)

    def _narrow(self, receiver: Receiver, interaction: Interaction) -> None:
        """Let a conversation leave the view when nothing needs it any more."""
        key = interaction.conversation
        if key in receiver.conversations and not self._showing.needed(receiver, key, interaction.id):
            self._showing.close(receiver, key)

    def _view_all(self, receiver: Receiver) -> None:
        """Work out a new view (scope "mine"), without events: a snapshot follows."""
        self._audience.close_all(receiver)
        if receiver.agent not in self._kept.agents:
            return
        for interaction in self._kept.near(receiver.agent):
            if not self._visible(receiver, interaction):
                continue
            receiver.interactions.add(interaction.id)
            if (lease := views.lease_of(interaction, receiver.agent)) is not None:
                receiver.offers[interaction.id] = lease
            if interaction.conversation and scopes.near(receiver, interaction):
                self._audience.enter(receiver, interaction.conversation, interaction.customer)
        self._showing.follow_all(receiver)

    def _put(self, receiver: Receiver, event: events.Event) -> bool:
        return self._append(receiver, encode_body(event))

    def _append(self, receiver: Receiver, body: bytes) -> bool:
        receiver.stream.append(body, self._hub.clock.now())
        return True

    def agent_changed(self, agent: AgentId) -> None:
        """Tell the agent and the leaders how the agent stands."""
        if (known := self._kept.agents.get(agent)) is None:  # taken out of the configuration
            return
        self._stale_queues |= known.queues
        concerned = [r for key in {agent, *self._leaders} if (r := self._receivers.get(key)) is not None]
        if not concerned:
            return
        body, now = encode_body(events.AgentChanged(agent=self.agent_model(agent))), self._hub.clock.now()
        for receiver in concerned:
            receiver.stream.append(body, now)
            receiver.wake()

    def _customer_changed(self, key: CustomerId, woken: set[AgentId]) -> None:
        readers = self._audience.readers.get(key)
        if not readers:
            return
        event = events.CustomerChanged(customer=self._kept.customer_model(key))
        touched: set[ConversationId] = set()
        for agent in readers:
            receiver = self._receivers[agent]
            self._put(receiver, event)
            touched.update(c for c, customer in receiver.conversations.items() if customer == key)
        for one in touched:  # where else the customer can be reached
            self._showing.tell(one, woken)
        woken |= readers.keys()

    # --- models -----------------------------------------------------------------------------------

    def _face(self, interaction: Interaction) -> Face:
        private = self._hub.centre.supervision == "private"
        watchers = self.watching.told(interaction.conversation)
        return Face(
            interaction,
            private=private,
            watchers=watchers,
            line=self._kept.lines.get(interaction.id),
            captions=self._kept.captions.get(interaction.id, ()),
        )

    def conversation_model(self, conversation: Conversation) -> models.ConversationModel:
        """A conversation as it is committed, with who is there."""
        return self._kept.model_of(conversation)

    def centre_views(self) -> tuple[ViewModel, ...]:
        """The views of the configuration."""
        return self._centre.views

    def queue_model(self, key: QueueId) -> models.QueueModel:
        """A queue's live numbers."""
        return self._kept.queue_model(key)

    def wait_s(self, key: QueueId, ahead: int) -> Seconds:
        """How long somebody with so many in front will wait there; below 0: not known."""
        return self._kept.wait_s(key, ahead)

    def agent_model(self, key: AgentId) -> models.AgentModel:
        """An agent as leaders see it now."""
        receiver = self._receivers.get(key)
        return self._kept.agent_model(key, online=bool(receiver and receiver.online))

    def _offer(self, interaction: Interaction) -> models.OfferModel | None:
        return views.offer_model(interaction, self._kept.agents)

    def _queues_of(self, agent: AgentId) -> Iterable[QueueId]:
        held = self._kept.agents[agent]
        return self._hub.centre.queues if held.role in SEES_ALL else sorted(held.queues)

    def _seen_agents(self, agent: AgentId) -> Iterable[AgentId]:
        return sorted(self._kept.agents) if self._kept.agents[agent].role in SEES_ALL else (agent,)


def _wake(receivers: Iterable[Receiver]) -> None:
    for receiver in receivers:
        receiver.wake()
