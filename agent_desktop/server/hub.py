"""The one writer of the router.

Every change goes through `Hub.run`: a function gets a `Step`, applies domain events to the tables in
memory and leaves effects.  All steps of one turn of the loop are committed together; only after the
commit are their effects carried out, their events published and their callers answered.  When a commit
fails, nothing was acknowledged: the tables are read again from the record.

Deadlines (offers, wrap-ups, presence) lie in one heap; the shell is woken for the earliest.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from agent_desktop.domain import agent as agents
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import lifecycle
from agent_desktop.domain.centre import Centre, Queue
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
    QueueId,
)
from agent_desktop.errors import AgentDesktopError, RefusedError, StorageError
from agent_desktop.ports.host import Clock, Ids
from agent_desktop.ports.storage import Changes, OutboxRow, Store
from agent_desktop.server.acd import Index
from agent_desktop.server.beside import carried_out, safely
from agent_desktop.server.tables import Tables, configured

log = logging.getLogger(__name__)
T = TypeVar("T")
HELD_MOST = 10_000  # conversations and customers kept in memory beyond the live ones


@dataclass(slots=True)
class _Batch:
    changes: Changes = field(default_factory=Changes)
    after: list[Callable[[], None]] = field(default_factory=list)
    answers: list[tuple[asyncio.Future[Any], Any]] = field(default_factory=list)


class Step:
    """One change in the making: the hands of whoever changes something."""

    def __init__(self, hub: Hub, now: Instant, batch: _Batch) -> None:
        self.hub = hub
        self.now = now
        self.tables = hub.tables
        self.changes = batch.changes
        self._batch = batch
        self.freed: set[AgentId] = set()
        self.arrived: set[InteractionId] = set()

    # --- look -------------------------------------------------------------------------------------

    def agent_of(self, key: AgentId) -> agents.Agent:
        """An agent; raises `RefusedError` for an unknown one."""
        try:
            return self.tables.agents[key]
        except KeyError:
            raise RefusedError("There is no such agent.", code="unknown_agent") from None

    def interaction_of(self, key: InteractionId) -> interactions.Interaction:
        """A live interaction; raises `RefusedError` when it is over or unknown."""
        try:
            return self.tables.interactions[key]
        except KeyError:
            raise RefusedError("This interaction is over.", code="unknown_interaction") from None

    def conversation_of(self, key: ConversationId) -> conversations.Conversation | None:
        """A conversation, read from the record when it is not in memory."""
        held = self.tables.conversations.get(key)
        if held is None and (held := self.hub.store.conversation(key)) is not None:
            self.tables.conversations[key] = held
        return held

    def customer_of(self, key: CustomerId) -> customers.Customer | None:
        """A customer, read from the record when it is not in memory."""
        if not key:
            return None
        held = self.tables.customers.get(key)
        if held is None and (held := self.hub.store.customer(key)) is not None:
            self.tables.customers[key] = held
        return held

    def load(self, key: AgentId) -> dict[MediumId, int]:
        """How many interactions of each medium an agent has in hand."""
        return self.hub.load(key)

    def new_id(self, prefix: str) -> str:
        """A new identifier."""
        return self.hub.ids.new(prefix)

    # --- change -----------------------------------------------------------------------------------

    def agent(self, event: agents.AgentEvent) -> agents.Agent:
        """Apply an agent's event."""
        after = agents.step(self.agent_of(event.agent), event)
        self.tables.agents[after.id] = after
        self.changes.events.append(event)
        self.changes.agents[after.id] = after
        self.freed.add(after.id)
        return after

    def interaction(self, event: interactions.InteractionEvent) -> interactions.Interaction:
        """Apply an interaction's event; hands, index and deadlines follow."""
        before = self.tables.interactions.get(event.interaction)
        after = lifecycle.step(before, event)
        if before is not None and (first := self.hub.first(self, before, event)) is not None:
            before = self.interaction(first)
            after = lifecycle.step(before, event)
        self.changes.events.append(event)
        self.changes.interactions[after.id] = after
        self.hub.keep(after)
        self.freed.update(interactions.concerned(before), interactions.concerned(after))
        self._hands(before, after)
        if after.state == interactions.QUEUED:
            self.arrived.add(after.id)
        return after

    def _hands(self, before: interactions.Interaction | None, after: interactions.Interaction) -> None:
        """Tell whose hands were filled by this change, and whose it left: once for every way."""
        had, has = interactions.hand(before), interactions.hand(after)
        if had == has:
            return
        if has in self.tables.agents:
            rest, out = before is None, after.direction == "out"
            outbound = out and before is not None and before.state == interactions.ARRIVED
            # Made by this agent: the form of such a call, too, when it was put through.
            made = outbound or (out and rest and bool(self.agent_of(has).aside))
            self.agent(
                agents.HandsFilled(
                    agent=has,
                    at=self.now,
                    cause="work",
                    interaction=after.id,
                    outbound=outbound,
                    keeps_idle=made and self.hub.centre.outbound_keeps_idle,
                    rest=rest,
                )
            )
        if had in self.tables.agents:
            left = agents.HandsEased if self.holds(had) else agents.HandsEmptied
            self.agent(left(agent=had, at=self.now, cause="work", interaction=after.id))

    def holds(self, key: AgentId) -> bool:
        """Whether an agent has accepted work in hand."""
        return bool(self.tables.work_of(key))

    def late(self, event: interactions.InteractionEvent) -> None:
        """An event of an interaction that is over: written into the record, held in no table."""
        before = self.hub.store.interaction(event.interaction)
        if before is not None:
            self.changes.events.append(event)
            self.changes.interactions[before.id] = lifecycle.step(before, event)

    def note(self, event: interactions.ActNoted) -> None:
        """An entry of the log about an interaction that may be over; it changes nothing."""
        self.changes.events.append(event)

    def conversation(self, event: conversations.ConversationEvent) -> conversations.Conversation:
        """Apply a conversation's event."""
        new = isinstance(event, conversations.Started)  # the record need not be asked for it
        after = conversations.step(None if new else self.conversation_of(event.conversation), event)
        self.tables.conversations[after.id] = after
        self.changes.events.append(event)
        self.changes.conversations[after.id] = after
        match event:
            case conversations.MessageAdded(message=message):
                self.changes.messages[message.id] = self.tables.fresh[message.id] = message
            case conversations.TagsChanged() | conversations.Followed():
                self.changes.marked.add(after.id)
            case _:
                pass
        return after

    def message_moved(self, message: conversations.Message, event: conversations.DeliveryMoved) -> None:
        """Apply a delivery state; `message` is the message as it is after it."""
        self.changes.events.append(event)
        self.changes.messages[message.id] = self.tables.fresh[message.id] = message

    def customer(self, event: customers.CustomerEvent) -> customers.Customer:
        """Apply a customer's event."""
        new = isinstance(event, customers.CustomerAdded)
        after = customers.step(None if new else self.customer_of(event.customer), event)
        self.tables.customers[after.id] = after
        self.changes.events.append(event)
        self.changes.customers[after.id] = after
        return after

    def outbox(self, message: MessageId, row: OutboxRow | None) -> None:
        """Put a message into the outbox, or take it out (None)."""
        self.changes.outbox[message] = row

    def after(self, effect: Callable[[], None]) -> None:
        """Do this once the change is durable; it must not fail and must not wait."""
        self._batch.after.append(effect)


First = Callable[
    [Step, interactions.Interaction, interactions.InteractionEvent], interactions.InteractionEvent | None
]  # what is written before an event, because of it (promises)


class Hub:
    """The router's state and its only writer."""

    def __init__(self, store: Store, centre: Centre, clock: Clock, ids: Ids) -> None:
        self.store = store
        self.centre = centre
        self.clock = clock
        self.ids = ids
        self.media = MEDIA
        self.tables = Tables()
        self.index = Index(self.media, centre.queues)
        self.published: list[Callable[[Changes], None]] = []
        self.settle: Callable[[Step], None] = lambda _step: None
        self.reset: list[Callable[[], None]] = []
        self.first: First = lambda _step, _before, _event: None
        self._batch = _Batch()
        self._wake = asyncio.Event()
        self._deadlines: list[tuple[Instant, int, Callable[[Step], None]]] = []
        self._deadline_number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._closing = False

    # --- life -------------------------------------------------------------------------------------

    def load_record(self) -> None:
        """Read the live state from the record; agents of the configuration join it."""
        live = self.store.load()
        self.tables = Tables()
        self.index = Index(self.media, self.centre.queues)
        for interaction in live.interactions.values():
            self.keep(interaction)
        for entry in self.centre.agents.values():
            known = live.agents.get(entry.id) or agents.Agent(id=entry.id, name=entry.name)
            self.tables.agents[entry.id] = configured(known, entry)
        for key in self.tables.agents:
            self.refresh(key)

    def start(self) -> None:
        """Begin to commit; called inside the running loop."""
        self._flusher = asyncio.get_running_loop().create_task(self._flush())

    async def stop(self) -> None:
        """Commit what is open, then stop."""
        self._closing = True
        self._wake.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._flusher is not None:
            await self._flusher

    # --- the one way in ---------------------------------------------------------------------------

    def run(self, change: Callable[[Step], T]) -> asyncio.Future[T]:
        """Make one change; the future is done when it is durable.

        A refusal (`AgentDesktopError`) raised by `change` before it changed anything comes back through
        the future at once.  Raised after a first event it is a defect; it is logged and raised.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        step = Step(self, self.clock.now(), self._batch)
        try:
            result = change(step)
            self._follow(step)
        except AgentDesktopError as error:
            future.set_exception(error)
            self._wake_if_needed()
            return future
        self._batch.answers.append((future, result))
        self._wake.set()
        return future

    def _follow(self, step: Step) -> None:
        """Let consequences settle: matches, next states; each may bring the next."""
        while step.freed or step.arrived:
            for key in step.freed:
                self.refresh(key)
            self.settle(step)

    def _wake_if_needed(self) -> None:
        if self._batch.changes or self._batch.after or self._batch.answers:
            self._wake.set()

    def at(self, when: Instant, change: Callable[[Step], None]) -> None:
        """Make a change at a time; it must look itself whether it still applies."""
        self._deadline_number += 1
        heapq.heappush(self._deadlines, (when, self._deadline_number, change))
        if self._deadlines[0][1] == self._deadline_number:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._deadlines and not self._closing:
            delay = max(0.0, self._deadlines[0][0] - self.clock.now())
            self._timer = asyncio.get_running_loop().call_later(min(delay, 3600.0), self.tick)

    def tick(self) -> None:
        """Carry out every deadline that is due."""
        now = self.clock.now()
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, change = heapq.heappop(self._deadlines)
            carried_out(partial(self.run, change))
        self._wake_if_needed()
        self._arm()

    # --- tables -----------------------------------------------------------------------------------

    def keep(self, interaction: interactions.Interaction) -> None:
        """Put an interaction's new value into the tables and the index."""
        self.tables.keep(interaction)
        self.index.work_changed(interaction)

    def load(self, key: AgentId) -> dict[MediumId, int]:
        """How many interactions of each medium an agent has in hand."""
        return self.tables.loads.get(key, {})

    def refresh(self, key: AgentId) -> None:
        """Tell the index what an agent's hands hold now."""
        agent = self.tables.agents.get(key)
        if agent is not None:
            self.index.agent_changed(agent, self.load(key))

    # --- commit -----------------------------------------------------------------------------------

    async def _flush(self) -> None:
        while not (self._closing and not self._batch.answers and not self._batch.changes):
            await self._wake.wait()
            self._wake.clear()
            batch, self._batch = self._batch, _Batch()
            await self._commit(batch)

    async def _commit(self, batch: _Batch) -> None:
        if batch.changes:
            try:
                await self.store.commit(batch.changes)
            except Exception as error:
                log.exception("nothing was kept")
                self._undo(batch, error)
                return
        for publish in self.published:
            safely(partial(publish, batch.changes))
        for effect in batch.after:
            safely(effect)
        for future, result in batch.answers:
            if not future.done():
                future.set_result(result)
        self._let_go()

    def _undo(self, batch: _Batch, cause: Exception) -> None:
        error = cause if isinstance(cause, StorageError) else StorageError("The change could not be kept.")
        later, self._batch = self._batch, _Batch()
        for reset in self.reset or [self.load_record]:
            reset()
        for future, _ in (*batch.answers, *later.answers):
            if not future.done():
                future.set_exception(error)
        self._arm()

    def _let_go(self) -> None:
        """Forget conversations and customers that nothing live needs; the record has them."""
        tables, open_batch = self.tables, self._batch.changes
        if len(tables.conversations) > len(tables.live_of) + HELD_MOST:
            needed = tables.live_of.keys() | open_batch.conversations.keys()
            tables.conversations = {k: v for k, v in tables.conversations.items() if k in needed}
        if len(tables.customers) > HELD_MOST:
            changed = open_batch.customers
            tables.customers = {k: v for k, v in tables.customers.items() if k in changed}

    def queue_name(self, key: QueueId) -> str:
        """A queue's name on the screen."""
        queue = self.centre.queues.get(key)
        return queue.name if queue else key


def rules_of(hub: Hub, key: QueueId) -> Queue:
    """A queue's rules; work that never was in a queue follows the plain ones."""
    return hub.centre.queues.get(key) or Queue(id=key, name=key or "No queue", wrapup_mode="mandatory")
