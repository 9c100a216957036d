"""What of a conversation lies in an agent's view, and why: its work is near, it is looked at, or followed.

A conversation comes into view with its newest messages, its customer and the drafts that colleagues show; it
leaves when the last reason is gone.  A change goes to those alone who have it in view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ConversationId, CustomerId, InteractionId, MessageId
from agent_desktop.ports.storage import Changes
from agent_desktop.server import views
from agent_desktop.server.audience import Audience, Receiver
from agent_desktop.server.committed import Committed, Face
from agent_desktop.server.hub import Hub
from agent_desktop.wire import events
from agent_desktop.wire.codec import encode_body
from agent_desktop.wire.replica import NEWEST_MESSAGES

FOLLOWED_MOST = 200  # in one view, the newest


@dataclass(frozen=True, slots=True)
class Rows:
    """How work looks in lists, and who sees lists: those with a wide scope, leaders among them."""

    face: Callable[[Interaction], Face]
    wide: set[AgentId]
    leaders: set[AgentId]


class Showing:
    """Brings conversations into views, up to date there, and out of them."""

    def __init__(
        self,
        hub: Hub,
        kept: Committed,
        audience: Audience,
        receivers: dict[AgentId, Receiver],
        near: Callable[[Receiver, Interaction], bool],
    ) -> None:
        self._hub = hub
        self._kept = kept
        self._audience = audience
        self._receivers = receivers
        self._near = near
        self._watching = kept.watching
        self.rows: Rows | None = None

    def put(self, receiver: Receiver, event: events.Event) -> None:
        """One event onto one stream."""
        receiver.stream.append(encode_body(event), self._hub.clock.now())

    # --- in and out ---------------------------------------------------------------------------------

    def open(self, receiver: Receiver, key: ConversationId, customer: CustomerId) -> None:
        """Bring a conversation, its messages and its customer into view."""
        if customer and not self._audience.reads(receiver, customer):
            self.put(receiver, events.CustomerChanged(customer=self._kept.customer_model(customer)))
        if key not in receiver.conversations:
            self.put(receiver, events.ConversationChanged(conversation=self._kept.conversation_model(key)))
            for message in self._hub.store.messages(key, limit=NEWEST_MESSAGES):
                self.put(receiver, changed(message))
            for draft in self._watching.drafts(key, receiver.agent):
                self.put(receiver, draft)
        if receiver.conversations.get(key) != customer:
            left = self._audience.shut(receiver, key)
            self._audience.enter(receiver, key, customer)
            self._drop_customer(receiver, left)

    def close(self, receiver: Receiver, key: ConversationId) -> None:
        """Take a conversation out of view."""
        if key not in receiver.conversations:
            return
        customer = self._audience.shut(receiver, key)
        self.put(receiver, events.ConversationRemoved(conversation=key))
        self._drop_customer(receiver, customer)

    def wanted(self, receiver: Receiver, key: ConversationId) -> bool:
        """Whether it is in view without any work: looked at or followed."""
        return key in receiver.looked or key in receiver.followed

    def customer_of(self, key: ConversationId) -> CustomerId:
        """The customer of a conversation, as the record has it."""
        found = self._kept.conversation(key)
        return found.customer if found is not None else CustomerId("")

    def follow_all(self, receiver: Receiver) -> None:
        """A new view: what the agent follows is in it, without events (a snapshot follows)."""
        receiver.followed = set(self._hub.store.followed(receiver.agent, FOLLOWED_MOST))
        for key in receiver.followed:
            if key not in receiver.conversations:
                self._audience.enter(receiver, key, self.customer_of(key))

    def _drop_customer(self, receiver: Receiver, customer: CustomerId | None) -> None:
        if customer and not self._audience.reads(receiver, customer):
            self.put(receiver, events.CustomerRemoved(customer=customer))

    def needed(self, receiver: Receiver, key: ConversationId, work: InteractionId | None = None) -> bool:
        """Whether anything keeps a conversation in view: a look, a wish to follow, or work that is near."""
        if self.wanted(receiver, key):
            return True
        for other in {self._hub.tables.live_of.get(key), work} - {None}:
            held = self._kept.interactions.get(InteractionId(str(other)))
            if held is not None and held.conversation == key and self._near(receiver, held):
                return True
        return False

    def looked(self, agent: AgentId, key: ConversationId, *, on: bool) -> None:
        """A conversation is open on the agent's screen, or not any more."""
        receiver = self._receivers.get(agent)
        if receiver is not None and (key in receiver.looked) != on:
            (receiver.looked.add if on else receiver.looked.discard)(key)
            self._wanted(receiver, key)
            receiver.wake()

    def _followed(self, event: conversations.Followed, woken: set[AgentId]) -> None:
        receiver = self._receivers.get(event.agent)
        if receiver is not None:
            (receiver.followed.add if event.on else receiver.followed.discard)(event.conversation)
            self._wanted(receiver, event.conversation)
            woken.add(event.agent)

    def _wanted(self, receiver: Receiver, key: ConversationId) -> None:
        if not self.wanted(receiver, key):
            if not self.needed(receiver, key):
                self.close(receiver, key)
        elif key not in receiver.conversations:
            self.open(receiver, key, self.customer_of(key))

    # --- up to date ---------------------------------------------------------------------------------

    def publish(self, changes: Changes, woken: set[AgentId]) -> None:
        """One committed batch, as far as conversations and messages go."""
        for event in changes.events if changes.marked else ():
            if isinstance(event, conversations.Followed):
                self._followed(event, woken)
        for key in changes.conversations:
            self._changed(key, woken)
        self._messages(changes, woken)

    def tell(self, key: ConversationId, woken: set[AgentId]) -> None:
        """How a conversation is now, to everybody who has it in view."""
        if key in self._audience.viewers:
            self._to_viewers(key, (partial(self.conversation_changed, key),), woken)

    def touched(self, key: ConversationId) -> None:
        """What is not kept of a conversation changed: who types, who is there."""
        woken: set[AgentId] = set()
        self.tell(key, woken)
        self.wake(woken)

    def row_touched(self, key: ConversationId) -> None:
        """Who is at a conversation changed: everybody who sees the row of its work is told (R37)."""
        work = self._hub.tables.live_of.get(key)
        i = self._kept.interactions.get(work) if work is not None else None
        if i is None or i.conversation != key or self.rows is None:
            return
        face, now = self.rows.face(i), self._hub.clock.now()
        for agent in {*interactions.concerned(i), i.agent, *self.rows.wide}:
            receiver = self._receivers.get(agent)
            if receiver is not None and i.id in receiver.interactions:
                receiver.stream.append(face.body(agent, leader=agent in self.rows.leaders), now)
                receiver.wake()

    def drafted(self, draft: events.DraftShared) -> None:
        """A colleague shows a draft, or ends that."""
        woken: set[AgentId] = set()
        key = ConversationId(draft.conversation)
        self._to_viewers(key, (lambda: draft,), woken, AgentId(draft.agent))
        self.wake(woken)

    def wake(self, woken: Iterable[AgentId]) -> None:
        """Let streams be written."""
        for agent in woken:
            if agent in self._receivers:
                self._receivers[agent].wake()

    def _changed(self, key: ConversationId, woken: set[AgentId]) -> None:
        """A conversation is another one now; a customer who became known comes into view with it."""
        self.tell(key, woken)
        customer = self.customer_of(key) if key in self._audience.viewers else None
        for agent in tuple(self._audience.viewers.get(key, ())):
            receiver = self._receivers[agent]
            if (
                customer is not None
                and receiver.conversations[key] != customer
                and self.wanted(receiver, key)
            ):
                self.open(receiver, key, customer)

    def _to_viewers(
        self,
        key: ConversationId,
        told: Iterable[Callable[[], events.Event]],
        woken: set[AgentId],
        but: AgentId = AgentId(""),
    ) -> None:
        """Tell everybody who has a conversation in view; an event is made and encoded once."""
        viewers = self._audience.viewers.get(key)
        if not viewers:
            return
        now = self._hub.clock.now()
        for make in told:
            body = encode_body(make())
            for agent in viewers:
                if agent != but:
                    self._receivers[agent].stream.append(body, now)
        woken |= viewers

    def conversation_changed(self, key: ConversationId) -> events.ConversationChanged:
        """How a conversation is now."""
        return events.ConversationChanged(conversation=self._kept.conversation_model(key))

    def _messages(self, changes: Changes, woken: set[AgentId]) -> None:
        """Messages that left, then messages that came or moved on: never more than a view shows."""
        left: dict[ConversationId, dict[MessageId, Message]] = {}
        for message in changes.left:
            left.setdefault(message.conversation, {})[message.id] = message
        for key, gone in left.items():
            if key in self._audience.viewers:
                self._to_viewers(key, self._after_leaving(key, gone), woken)
        came: dict[ConversationId, list[Message]] = {}
        for message in changes.messages.values():
            came.setdefault(message.conversation, []).append(message)
        for key, new in came.items():
            newest = sorted(new, key=_place)[-NEWEST_MESSAGES:]
            self._to_viewers(key, [_told(one) for one in newest], woken)

    def _after_leaving(
        self, key: ConversationId, gone: dict[MessageId, Message]
    ) -> list[Callable[[], events.Event]]:
        """Those that were shown leave, and older ones come into view in their places."""
        rest = [m for m in self._hub.store.messages(key, limit=NEWEST_MESSAGES) if m.id not in gone]
        shown = sorted((*rest, *gone.values()), key=_place)[-NEWEST_MESSAGES:]
        leaving = [m for m in shown if m.id in gone]
        removed: list[Callable[[], events.Event]] = [_removed(key, m.id) for m in leaving]
        return removed + [_told(m) for m in rest] if removed else []


def changed(message: Message) -> events.MessageChanged:
    """How a message is now."""
    return events.MessageChanged(message=views.message_model(message))


def _told(message: Message) -> Callable[[], events.Event]:
    return lambda: changed(message)


def _removed(conversation: ConversationId, message: MessageId) -> Callable[[], events.Event]:
    return lambda: events.MessageRemoved(conversation=conversation, message=message)


def _place(message: Message) -> tuple[float, str]:
    return message.at, message.id
