"""What comes in from the text channels: `ports.channels.Intake`.

A message that came twice is taken once (channel and outside id); it joins the conversation that its ids
name, never one by subject (`domain.threading`); it wakes the conversation's work or makes new work.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol, TypeVar

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import joining, threading
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.sources import source_of
from agent_desktop.domain.types import (
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MessageId,
    QueueId,
)
from agent_desktop.ports.channels import BLOB, BLOCKED_BLOB, IncomingAttachment, IncomingMessage, Taken
from agent_desktop.ports.storage import RawRow
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import message_of
from agent_desktop.server.standing import added, heed
from agent_desktop.server.threads import thread_of
from agent_desktop.server.transcripts import transcript
from agent_desktop.server.work import Work
from agent_desktop.server.writing import Writing, moved

RECENT = 10_000
HASHED_HERE = 256 * 1024  # bytes of files; more of them are named in a thread

Key = tuple[ChannelId, str]
V = TypeVar("V")


class Ruled(Protocol):
    """Looks at a message that is in its conversation; `first` says that it began it."""

    def __call__(self, step: Step, message: Message, *, first: bool) -> None: ...


class TextIntake:
    """What the router offers to its text channels."""

    def __init__(self, hub: Hub, work: Work, board: Board, writing: Writing) -> None:
        self._hub = hub
        self._work = work
        self._board = board
        self._writing = writing
        self._channels = writing.channels
        self._recent: OrderedDict[tuple[ChannelId, str], Taken] = OrderedDict()
        self._threads: OrderedDict[tuple[ChannelId, str], ConversationId] = OrderedDict()
        self._raws: dict[tuple[ChannelId, str], asyncio.Future[str]] = {}
        self.ruled: Ruled = _no_rules  # the rules join here
        work.resumed.append(self._forget)

    # --- Intake -----------------------------------------------------------------------------------

    async def raw_arrived(self, channel: ChannelId, key: str, raw: bytes) -> str | None:
        """Keep raw bytes under a key; the id, or None when this key was kept before."""
        kept = self._raws.get((channel, key))
        if kept is not None:
            await asyncio.shield(kept)  # the same bytes again, meanwhile: known once they are durable
            return None
        if self._hub.store.raw_known(channel, key):
            return None

        def keep(step: Step) -> str:
            row = RawRow(id=step.new_id("r"), channel=channel, key=key, received_at=step.now, data=raw)
            step.changes.raws.append(row)
            return row.id

        self._raws[channel, key] = keeping = self._hub.run(keep)
        try:
            return await keeping
        finally:
            del self._raws[channel, key]

    def unparsed(self, channel: ChannelId) -> Sequence[tuple[str, bytes]]:
        """Raw bytes kept but not yet made into a message."""
        return [(row.id, row.data) for row in self._hub.store.unparsed(channel)]

    async def message_arrived(self, message: IncomingMessage) -> Taken:
        """Take a message into its conversation and queue the work."""
        if sum(len(file.data) for file in message.attachments if not file.blob) > HASHED_HERE:
            message = await asyncio.to_thread(_named, message)
        return await self._hub.run(lambda step: self._take(step, message))

    async def delivery_moved(self, external_id: str, delivery: str, detail: str = "") -> None:
        """The outside told what became of a message of ours."""
        for channel in self._channels:
            message = self._hub.store.message_by_external(channel, external_id)
            if message is not None:
                await self._writing.deliver(message.id, delivery, detail)
                return

    async def customer_typing(self, channel: ChannelId, thread: str, *, typing: bool) -> None:
        """The customer writes, or stopped."""
        if (key := self._conversation_key(channel, thread)) is not None:
            self._board.set_typing(key, customer=typing)

    async def customer_present(self, channel: ChannelId, thread: str, *, present: bool) -> None:
        """The customer's window is open, or not."""
        if (key := self._conversation_key(channel, thread)) is not None:
            self._board.set_typing(key, present=present, customer=None if present else False)

    async def customer_left(self, channel: ChannelId, thread: str) -> None:
        """The customer ended the conversation."""
        key = self._conversation_key(channel, thread)
        if key is not None:
            await self._hub.run(lambda step: self._left(step, key, channel))

    def transcript(self, channel: ChannelId, thread: str, limit: int = 200) -> Sequence[Message]:
        """What the customer may see of the conversation."""
        return transcript(self._hub, channel, thread, limit)

    def queue_answers(self, channel: ChannelId) -> tuple[int, int]:
        """(agents ready, interactions waiting) for the channel's queue."""
        queue = self._queue_of(channel)
        return self._hub.index.ready(queue), self._hub.index.waiting(queue)

    # --- inside -----------------------------------------------------------------------------------

    def _forget(self) -> None:
        """After a failed commit: what was not kept never came; the sender tries again, the record knows."""
        self._recent.clear()
        self._threads.clear()

    def _take(self, step: Step, incoming: IncomingMessage) -> Taken:
        known = self._known(incoming)
        if known is not None:
            step.changes.parsed_raws.extend(incoming.kept)
            return known
        if incoming.bounce_of and (bounced := self._bounced(incoming)) is not None:
            moved(step, bounced, "failed", incoming.bounce_detail)
        thread, reason = self._place(step, incoming)
        first = thread is None
        if thread is None:
            thread = self._start(step, incoming)
        live = self._live(step, thread)
        work = live.id if live is not None else InteractionId(step.new_id("i"))
        message = replace(self._message(step, incoming, thread, reason), interaction=work)
        thread = heed(step, step.conversation(added(step, message, incoming.sent_at)), message)
        step.changes.parsed_raws.extend(incoming.kept)
        self._wake(step, thread, message)
        self.ruled(step, message, first=first)
        taken = Taken(message=message.id, conversation=thread.id, at=step.now)
        _remember(self._recent, (incoming.channel, incoming.external_id), replace(taken, new=False))
        if incoming.thread and first:  # else it is known, by the conversation's own id: not a survivor's
            _remember(self._threads, (incoming.channel, incoming.thread), thread.id)
        return taken

    def _known(self, incoming: IncomingMessage) -> Taken | None:
        key = (incoming.channel, incoming.external_id)
        if key in self._recent:
            return self._recent[key]
        message = self._hub.store.message_by_external(*key)
        if message is None:
            return None
        return Taken(message=message.id, conversation=message.conversation, at=message.at, new=False)

    def _bounced(self, incoming: IncomingMessage) -> Message | None:
        return self._hub.store.message_by_external(incoming.channel, incoming.bounce_of)

    def _place(self, step: Step, incoming: IncomingMessage) -> tuple[Conversation | None, str]:
        if incoming.thread:
            key = self._conversation_key(incoming.channel, incoming.thread)
            return (thread_of(step, key) if key else None), ""
        ids = threading.wanted(incoming.references)
        if incoming.bounce_of:
            ids = (threading.normal(incoming.bounce_of), *ids)
        kept = [message for one in ids for message in self._kept(step, one)]
        placement = threading.decide(
            channel=incoming.channel,
            sender=incoming.from_address,
            references=incoming.references,
            in_reply_to=incoming.in_reply_to,
            bounce_of=incoming.bounce_of,
            known=[self._as_known(step, m) for m in kept],
            own=threading.OwnIds(channel=incoming.channel, domain=self._domain(incoming.channel)),
            now=step.now,
        )
        if placement.conversation is None:
            return None, placement.reason
        return thread_of(step, placement.conversation), placement.reason

    def _kept(self, step: Step, external: str) -> list[Message]:
        found = []
        for channel in self._channels:
            message = self._hub.store.message_by_external(channel, external)
            if message is not None:
                found.append(message)
            elif (taken := self._recent.get((channel, external))) and (
                fresh := message_of(step, taken.message)
            ):
                found.append(fresh)
        return found

    def _as_known(self, step: Step, message: Message) -> threading.KnownMessage:
        thread = step.conversation_of(message.conversation)
        named = (message.from_address, *message.to_addresses, *message.copy_addresses)
        people = {*named, thread.address if thread else ""} - {""}
        return threading.KnownMessage(
            external_id=message.external_id,
            channel=message.channel or (thread.channel if thread else ChannelId("")),
            conversation=message.conversation,
            direction=message.direction,
            at=message.at,
            people=frozenset(people),
        )

    def _start(self, step: Step, incoming: IncomingMessage) -> Conversation:
        customer = self._customer(step, incoming.address_kind, incoming.from_address)
        name = customer.name if customer else incoming.from_name or incoming.from_address or "Unknown"
        key = ConversationId(step.new_id("v"))
        value = Conversation(
            id=key,
            medium=incoming.medium,
            channel=incoming.channel,
            customer=customer.id if customer else CustomerId(""),
            customer_name=name,
            address=incoming.thread or incoming.reply_to or incoming.from_address,
            subject=incoming.subject,
            queue=self._queue_of(incoming.channel),
            updated_at=step.now,
        )
        return step.conversation(conversations.Started(conversation=key, at=step.now, value=value))

    def _customer(self, step: Step, kind: str, value: str) -> customers.Customer | None:
        found = self._hub.store.customers_at(kind, customers.normal(kind, value)) if value else ()
        certain, _ = customers.match(found)
        return step.customer_of(certain.id) if certain else None

    def _message(self, step: Step, incoming: IncomingMessage, thread: Conversation, reason: str) -> Message:
        attachments = []
        for file in incoming.attachments:
            blob = file.blob or _name_of(file)
            step.changes.blobs[blob] = file.data
            attachments.append(
                conversations.Attachment(
                    id=blob,
                    name=file.name,
                    media_type=file.media_type,
                    size_bytes=len(file.data),
                    content_id=file.content_id,
                    blocked=file.blocked,
                )
            )
        return Message(
            id=MessageId(step.new_id("m")),
            conversation=thread.id,
            medium=incoming.medium,
            direction=conversations.IN,
            at=step.now,
            text=incoming.text,
            author_name=incoming.from_name,
            # A thread's key is no address.
            from_address=incoming.shown_address or ("" if incoming.thread else incoming.from_address),
            to_addresses=incoming.to_addresses,
            copy_addresses=incoming.copy_addresses,
            subject=incoming.subject,
            html=incoming.html,
            quoted=incoming.quoted,
            attachments=tuple(attachments),
            external_id=incoming.external_id,
            sent_at=incoming.sent_at or Instant(0.0),
            references=incoming.references,
            raw=incoming.raw,
            threading_reason=reason,
            channel=incoming.channel,
            automatic=incoming.automatic,
            protection=incoming.protection,
            warnings=incoming.warnings,
        )

    def _live(self, step: Step, thread: Conversation) -> Interaction | None:
        """The work that a new message joins; after its end a message is new work."""
        live = step.tables.live_of.get(thread.id)
        interaction = step.tables.interactions.get(live) if live else None
        return None if interaction is None or interaction.state == interactions.WRAP_UP else interaction

    def _wake(self, step: Step, thread: Conversation, message: Message) -> None:
        interaction = self._live(step, thread)
        last_line = conversations.line(message.text) or message.subject
        if interaction is None:
            again = conversations.reopens_at(thread, step.now)
            if again > step.now and not self._hub.media[thread.medium].live:
                step.conversation(conversations.Snoozed(conversation=thread.id, at=step.now, until=again))
                return
            self._arrive(step, thread, message, last_line)
            return
        step.interaction(
            interactions.Noted(
                interaction=interaction.id,
                at=step.now,
                last_line=last_line,
                unread=interaction.unread + 1,
                wrote=True,
            )
        )
        if interaction.state == interactions.PARKED:
            queue = interaction.queue or thread.queue
            self._work.give_back(step, interaction.id, queue, "the customer wrote", interaction.agent)

    def _arrive(self, step: Step, thread: Conversation, message: Message, last_line: str) -> None:
        key = message.interaction
        value = Interaction(
            id=key,
            medium=thread.medium,
            channel=thread.channel,
            conversation=thread.id,
            customer=thread.customer,
            customer_name=thread.customer_name,
            from_address=message.from_address,
            to_address=message.to_addresses[0] if message.to_addresses else "",
            subject=thread.subject,
            last_line=last_line,
            unread=1,
            arrived_at=step.now,
            updated_at=step.now,
        )
        step.interaction(interactions.Arrived(interaction=key, at=step.now, value=value))
        self._work.waiting.queue(
            step, key, thread.queue or self._queue_of(thread.channel), preferred=thread.agent
        )

    def _left(self, step: Step, key: ConversationId, channel: ChannelId) -> None:
        live = step.tables.live_of.get(key)
        interaction = step.tables.interactions.get(live) if live else None
        if interaction is None or interaction.channel != channel:  # merged: the work is another channel's
            return
        if interaction.state in (interactions.ACTIVE, interactions.HELD):
            self._work.wrapping.end(step, interaction.id, "customer")
        elif interaction.state in (interactions.QUEUED, interactions.OFFERED):
            step.interaction(interactions.Abandoned(interaction=interaction.id, at=step.now))

    def _conversation_key(self, channel: ChannelId, thread: str) -> ConversationId | None:
        key = self._threads.get((channel, thread))
        if key is None:
            kept = self._hub.store.conversation_of_thread(channel, thread)
            if kept is not None:
                key = kept.id
                _remember(self._threads, (channel, thread), key)
        return joining.survivor(self._held, key) if key is not None else None

    def _held(self, key: ConversationId) -> Conversation | None:
        return self._hub.tables.conversations.get(key) or self._hub.store.conversation(key)

    def _queue_of(self, channel: ChannelId) -> QueueId:
        centre = self._hub.centre
        source = source_of(centre, channel)
        return source.queue if source is not None else next(iter(centre.queues))

    def _domain(self, channel: ChannelId) -> str:
        for mailbox in self._hub.centre.mailboxes:
            if mailbox.id == channel:
                return mailbox.address.rpartition("@")[2]
        return ""


def _no_rules(step: Step, message: Message, *, first: bool) -> None:
    """Where there are no rules."""
    del step, message, first


def _named(message: IncomingMessage) -> IncomingMessage:
    """The message with the names of its files' bytes."""
    files = tuple(replace(file, blob=_name_of(file)) for file in message.attachments)
    return replace(message, attachments=files)


def _name_of(file: IncomingAttachment) -> str:
    return f"{BLOCKED_BLOB if file.blocked else BLOB}{hashlib.sha256(file.data).hexdigest()}"


def _remember(table: OrderedDict[Key, V], key: Key, value: V) -> None:
    table[key] = value
    while len(table) > RECENT:
        table.popitem(last=False)
