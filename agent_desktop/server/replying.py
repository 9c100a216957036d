"""Sending: replies, forwards, what is held back, what is tried again; and the interlocks before it (U-17).

A reply is an immutable copy, committed with its outbox row before anything leaves.  What would send it to
the wrong person is always refused; what only may be wrong (the customer wrote again, a colleague is
replying, a bot speaks, it is somebody else's) is refused once with a code and a sentence, and goes through
when the writer names that code in `despite`.  A held reply can be called back until its time; it counts as
a reply when its time has come.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.sources import LONGEST_UNDO_S, Source, source_of, sources
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, Instant, InteractionId, MessageId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.channels import Channel
from agent_desktop.ports.storage import OutboxRow
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import call_back, last_of, message_of, recount, said_since
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.quoting import addressed
from agent_desktop.server.standing import barred
from agent_desktop.server.threads import name_of, thread_of
from agent_desktop.server.uploads import attachments
from agent_desktop.wire.commands import SendMessage
from agent_desktop.wire.inbox import ForwardMessage

COPIES_MOST: Final = 20
MAY_WRITE: Final = frozenset({
    interactions.ACTIVE, interactions.HELD, interactions.WRAP_UP, interactions.PARKED,
})  # fmt: skip
NEWER, DRAFT, BOT, NOT_OWNER = "newer_message", "other_draft", "bot", "not_owner"
_ADDRESS: Final = re.compile(r"[^@\s<>\",;]+@[^@\s<>\",;]+\.[^@\s<>\",;.]+")


class Replying:
    """What leaves the centre because an agent wrote it."""

    def __init__(self, hub: Hub, board: Board, outbox: Outbox, channels: Mapping[ChannelId, Channel]) -> None:
        self._hub = hub
        self._board = board
        self._outbox = outbox
        self._channels = channels
        outbox.released = self._released

    # --- replies ------------------------------------------------------------------------------------

    def send(self, step: Step, agent: AgentId, command: SendMessage) -> Message:
        """Reply: committed with its outbox row, then sent, at once or when it cannot be called back."""
        thread = thread_of(step, command.conversation)
        source = self._source(ChannelId(command.channel) or thread.channel)
        work = self.work_for(step, agent, thread, command.despite)
        if not command.text.strip() and not command.files:
            raise RefusedError("There is nothing to send: the text is empty.", code="empty")
        if source.text_limit and len(command.text) > source.text_limit:
            said = f"The text is too long: {source.name} takes {source.text_limit} characters."
            raise RefusedError(said, code="too_long")
        address = self._address(step, thread, source, command.to_address)
        if why := barred(self._hub, source.id, address, step.now):
            raise RefusedError(why, code="barred")
        copies = _copies(source, command.copy_addresses)
        files = attachments(self._hub, agent, command.files, source)
        self._interlocks(step, agent, thread, command)
        message = Message(
            id=MessageId(command.message),
            conversation=thread.id,
            medium=source.medium,
            direction=conversations.OUT,
            at=step.now,
            text=command.text,
            interaction=work.id if work is not None else InteractionId(""),
            author=agent,
            author_name=step.agent_of(agent).name,
            to_addresses=(address,),
            copy_addresses=copies,
            subject=command.subject or thread.subject,
            attachments=files,
            channel=source.id,
        )
        return self._write(step, thread, work, message, command.held_s)

    def forward(self, step: Step, agent: AgentId, command: ForwardMessage) -> Message:
        """Send a message on to somebody else, with its files; the answer comes back here."""
        thread = thread_of(step, command.conversation)
        of = message_of(step, MessageId(command.source))
        if of is None or of.conversation != thread.id:
            raise RefusedError("This message is not here any more.", code="conflict")
        work = self.work_for(step, agent, thread, (NOT_OWNER,))
        if _ADDRESS.fullmatch(command.to_address.strip()) is None:
            raise RefusedError("Give the mail address of one person.", code="bad_address")
        known = sources(self._hub.centre)
        own = known.get(thread.channel)
        ways = [s for s in (own, *known.values()) if s is not None and s.copies and s.id in self._channels]
        if not ways:
            raise RefusedError("This centre has no mailbox to forward from.", code="no_channel")
        message = Message(
            id=MessageId(command.message),
            conversation=thread.id,
            medium=ways[0].medium,
            direction=conversations.OUT,
            at=step.now,
            text=command.text,
            quoted=of.text,
            interaction=work.id if work is not None else InteractionId(""),
            author=agent,
            author_name=step.agent_of(agent).name,
            to_addresses=(command.to_address.strip(),),
            subject=f"Fwd: {of.subject or thread.subject}",
            attachments=tuple(file for file in of.attachments if not file.blocked),
            channel=ways[0].id,
            forwarded_of=of.id,
        )
        return self._write(step, thread, None, message, 0.0)

    def _write(
        self, step: Step, thread: Conversation, work: Interaction | None, message: Message, held_s: float
    ) -> Message:
        if message_of(step, message.id) is not None:
            raise RefusedError("This message was sent already.", code="sent_already")
        held = min(max(0.0, held_s), LONGEST_UNDO_S)
        due = Instant(step.now + held)
        sent = replace(
            addressed(step, thread, message),
            external_id=self._channels[message.channel].external_id(message.id),
            delivery="queued",
            held_until=due if held else Instant(0.0),
        )
        step.conversation(conversations.MessageAdded(conversation=thread.id, at=step.now, message=sent))
        if thread.bot:  # one speaker: a person who replies silences the bot (R39)
            step.conversation(conversations.SpeakerChanged(conversation=thread.id, at=step.now))
        if work is not None:
            said = conversations.line(sent.text) or sent.subject
            step.interaction(interactions.Noted(interaction=work.id, at=step.now, last_line=said, unread=0))
            if not held:
                step.interaction(interactions.Replied(interaction=work.id, at=step.now, by=sent.author))
        row = OutboxRow(message=sent.id, channel=sent.channel, due_at=due)
        step.outbox(sent.id, row)
        step.after(lambda: self._outbox.take(row))
        return sent

    def _released(self, step: Step, row: OutboxRow) -> bool:
        """The time to call it back is over: now it counts as a reply; False when it is gone."""
        message = message_of(step, row.message)
        if message is None or message.delivery != "queued":
            return False
        if message.interaction and not message.forwarded_of:
            replied = interactions.Replied(interaction=message.interaction, at=step.now, by=message.author)
            live = message.interaction in step.tables.interactions
            (step.interaction if live else step.late)(replied)
        return True

    # --- afterwards ---------------------------------------------------------------------------------

    def cancel(self, step: Step, agent: AgentId, key: MessageId) -> None:
        """Call a held reply back: it leaves the conversation and never goes out."""
        message = self._own(step, agent, key)
        if not message.held_until or step.now >= message.held_until or message.delivery != "queued":
            raise RefusedError("It is too late: the reply is on its way.", code="too_late")
        call_back(step, message)
        step.outbox(message.id, None)
        thread = thread_of(step, message.conversation)
        rest = last_of(step, thread, (message.id,))
        after = recount(step, thread.id, -1, thread.unread, rest)
        work = step.tables.interactions.get(message.interaction)
        if work is not None:
            step.interaction(interactions.Noted(interaction=work.id, at=step.now, last_line=after.last_line))

    def retry(self, step: Step, agent: AgentId, key: MessageId) -> None:
        """Send a reply again that failed; a person decided that, so the tries begin anew."""
        message = self._own(step, agent, key)
        if message.delivery != "failed":
            raise RefusedError("Only a reply that failed is sent again.", code="wrong_state")
        if message.channel not in self._channels and not self._thread_channel(step, message):
            raise RefusedError("Its channel is not configured any more.", code="no_channel")
        event = conversations.DeliveryMoved(
            conversation=message.conversation, at=step.now, message=key, delivery="queued"
        )
        step.message_moved(replace(message, delivery="queued", delivery_detail=""), event)
        channel = message.channel or self._thread_channel(step, message)
        row = OutboxRow(message=key, channel=channel, due_at=step.now)
        step.outbox(key, row)
        step.after(lambda: self._outbox.take(row))

    def _own(self, step: Step, agent: AgentId, key: MessageId) -> Message:
        message = message_of(step, key)
        if message is None or message.direction != conversations.OUT:
            raise RefusedError("There is no such reply.", code="unknown_message")
        if message.author != agent and step.agent_of(agent).role == "agent":
            name = name_of(step, message.author) or "The centre"
            raise RefusedError(f"{name} wrote this reply.", code="not_yours")
        return message

    def _thread_channel(self, step: Step, message: Message) -> ChannelId:
        held = step.conversation_of(message.conversation)
        found = held.channel if held is not None else ChannelId("")
        return found if found in self._channels else ChannelId("")

    # --- who, to whom, over what --------------------------------------------------------------------

    def work_for(
        self, step: Step, agent: AgentId, thread: Conversation, despite: tuple[str, ...] = ()
    ) -> Interaction | None:
        """The work that a reply belongs to, if this agent may reply here.  Raises `RefusedError` (B8)."""
        live = step.tables.live_of.get(thread.id)
        work = step.tables.interactions.get(live) if live else None
        if work is not None and work.agent == agent and work.state in MAY_WRITE:
            return work
        known = source_of(self._hub.centre, thread.channel)
        policy = known.ownership if known is not None else "assignee"
        if policy == "assignee":
            if work is None:
                raise RefusedError("This conversation is closed. Take it again to write.", code="not_yours")
            if work.agent == agent:
                raise RefusedError("Accept the interaction first.", code="wrong_state")
            raise RefusedError("This conversation is not yours. Take it first.", code="not_yours")
        if policy == "warn" and thread.owner not in {"", agent} and NOT_OWNER not in despite:
            said = f"{name_of(step, thread.owner)} has this conversation. Send it all the same?"
            raise RefusedError(said, code=NOT_OWNER)
        return work

    def _source(self, channel: ChannelId) -> Source:
        source = source_of(self._hub.centre, channel)
        if source is None or channel not in self._channels:
            raise RefusedError(
                "The channel of this conversation is not configured any more.", code="no_channel"
            )
        return source

    def _address(self, step: Step, thread: Conversation, source: Source, wanted: str) -> str:
        """Who gets it: the conversation's address, or in another medium an address of the same customer."""
        if source.id == thread.channel:
            if wanted and _plain(wanted) != _plain(thread.address):
                raise RefusedError(_wrong(thread), code="wrong_recipient")
            return thread.address
        kind, medium = self._hub.media[source.medium].address_kind, self._hub.media[source.medium]
        if medium.live:
            raise RefusedError(f"{source.name} needs the customer to begin.", code="no_address")
        customer = step.customer_of(thread.customer)
        known = [a.value for a in customer.addresses if a.kind == kind and a.verified] if customer else []
        if not known:
            said = f"No verified address of this customer is known for {source.name}."
            raise RefusedError(said, code="no_address")
        found = next((one for one in known if not wanted or _plain(one) == _plain(wanted)), None)
        if found is None:
            raise RefusedError(_wrong(thread), code="wrong_recipient")
        return found

    def _interlocks(self, step: Step, agent: AgentId, thread: Conversation, command: SendMessage) -> None:
        """What may be wrong: each is told once, with its code."""
        despite = command.despite
        newer = said_since(step, thread, command.after_message) if NEWER not in despite else []
        if any(one.direction == conversations.IN for one in newer):
            raise RefusedError(
                "The customer wrote again while you were writing. Read it, then send.", code=NEWER
            )
        others = (one for one in newer if one.author != agent and not one.automatic)
        if (other := next(others, None)) is not None:
            said = f"{name_of(step, other.author)} replied while you were writing. Read it, then send."
            raise RefusedError(said, code=NEWER)
        if DRAFT not in despite and (names := self._writers(thread.id, agent)):
            raise RefusedError(f"{names} is writing a reply too. Send yours all the same?", code=DRAFT)
        if BOT not in despite and thread.bot:
            said = f"{thread.bot} is speaking with the customer. Send it and silence the bot?"
            raise RefusedError(said, code=BOT)

    def _writers(self, thread: ConversationId, but: AgentId) -> str:
        return self._board.watching.writers(thread, but)


def _copies(source: Source, wanted: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.strip() for one in wanted if one.strip()))
    if found and not source.copies:
        raise RefusedError(f"{source.name} sends no copies.", code="no_copies")
    if len(found) > COPIES_MOST:
        raise RefusedError(f"At most {COPIES_MOST} people get a copy.", code="too_many")
    for one in found:
        if _ADDRESS.fullmatch(one) is None:
            raise RefusedError(f"“{one}” is not a mail address.", code="bad_address")
    return found


def _plain(address: str) -> str:
    return address.strip().casefold()


def _wrong(thread: Conversation) -> str:
    return (
        f"This reply would go to {thread.address or thread.customer_name}, not to whom you saw. Look again."
    )
