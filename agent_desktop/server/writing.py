"""What agents write: replies and notes.

A reply is committed with its outbox row before anything leaves; it is refused when the conversation is
not the writer's, or when the customer wrote again meanwhile (the reply interlock, U-17).
"""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, InteractionId, MessageId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.channels import Channel
from agent_desktop.ports.storage import OutboxRow
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.work import Work

DELIVERY = ("queued", "sent", "delivered", "read", "failed")


class Writing:
    """The agents' side of text conversations."""

    def __init__(self, hub: Hub, board: Board, outbox: Outbox) -> None:
        self._hub = hub
        self._board = board
        self._outbox = outbox
        self.channels: dict[ChannelId, Channel] = {}
        outbox.deliver = self.deliver

    def join(self, work: Work) -> None:
        """Be told when the work of text media moves."""
        for medium in self._hub.media.values():
            if medium.text:
                work.handlers[medium.id] = self

    # --- work.Handler -----------------------------------------------------------------------------

    def accepted(self, step: Step, interaction: Interaction) -> None:
        """Tell a customer who is there who serves now."""
        channel, thread = self._channel_of(step, interaction.conversation)
        name = step.agent_of(interaction.agent).name
        if channel is not None:
            step.after(lambda: channel.agent_joined(thread, name))

    def held(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    def resumed(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    def returned(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    def ended(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    # --- agents -----------------------------------------------------------------------------------

    def read(self, step: Step, interaction: Interaction) -> None:
        """The agent has seen everything so far."""
        if interaction.unread:
            step.interaction(interactions.Noted(interaction=interaction.id, at=step.now, unread=0))
        channel, thread = self._channel_of(step, interaction.conversation)
        if channel is not None:
            step.after(lambda: channel.agent_read(thread))

    def _channel_of(self, step: Step, key: ConversationId) -> tuple[Channel | None, str]:
        thread = step.conversation_of(key)
        return (self.channels.get(thread.channel), thread.address) if thread else (None, "")

    def write(
        self,
        step: Step,
        agent: AgentId,
        *,
        message: MessageId,
        conversation: ConversationId,
        text: str,
        subject: str = "",
        after_message: str = "",
    ) -> None:
        """Reply: committed with its outbox row, then sent."""
        thread = self._thread(step, conversation)
        interaction = self._own_work(step, agent, conversation)
        if not text.strip():
            raise RefusedError("There is nothing to send: the text is empty.", code="empty")
        if after_message and thread.last_message != after_message:
            last = self._hub.store.message(thread.last_message)
            if last is None or last.direction == conversations.IN:
                raise RefusedError(
                    "The customer wrote again while you were writing. Read it, then send.",
                    code="newer_message",
                )
        channel = self.channels.get(thread.channel)
        if channel is None:
            raise RefusedError(
                "The channel of this conversation is not configured any more.", code="no_channel"
            )
        sent = Message(
            id=message,
            conversation=conversation,
            medium=thread.medium,
            direction=conversations.OUT,
            at=step.now,
            text=text,
            interaction=interaction.id,
            author=agent,
            author_name=step.agent_of(agent).name,
            to_addresses=(thread.address,),
            subject=subject or thread.subject,
            external_id=channel.external_id(message),
            delivery="queued",
        )
        step.conversation(conversations.MessageAdded(conversation=conversation, at=step.now, message=sent))
        step.interaction(
            interactions.Noted(
                interaction=interaction.id, at=step.now, last_line=conversations.line(text), unread=0
            )
        )
        step.interaction(interactions.Replied(interaction=interaction.id, at=step.now, by=agent))
        row = OutboxRow(message=message, channel=thread.channel, due_at=step.now)
        step.outbox(message, row)
        step.after(lambda: self._outbox.take(row))

    def note(
        self, step: Step, agent: AgentId, *, message: MessageId, conversation: ConversationId, text: str
    ) -> None:
        """A note that only the team sees."""
        if not text.strip():
            raise RefusedError("The note is empty.", code="empty")
        thread = self._thread(step, conversation)
        noted = Message(
            id=message,
            conversation=conversation,
            medium=thread.medium,
            direction=conversations.NOTE,
            at=step.now,
            text=text,
            interaction=step.tables.live_of.get(conversation, InteractionId("")),
            author=agent,
            author_name=step.agent_of(agent).name,
        )
        step.conversation(conversations.MessageAdded(conversation=conversation, at=step.now, message=noted))

    def typing(self, step: Step, agent: AgentId, conversation: ConversationId, *, typing: bool) -> None:
        """The agent writes, or stopped: shown to the customer where the medium can."""
        thread = self._thread(step, conversation)
        self._own_work(step, agent, conversation)
        name = step.agent_of(agent).name if typing else ""
        step.after(lambda: self._board.set_typing(conversation, agent=name))
        if (channel := self.channels.get(thread.channel)) is not None:
            step.after(lambda: channel.agent_typing(thread.address, typing=typing))

    async def deliver(self, key: MessageId, delivery: str, detail: str = "") -> None:
        """Move a message's delivery state on; a message that failed does not come back to life."""
        message = self._hub.store.message(key)
        if message is None or _further(message.delivery) >= _further(delivery):
            return
        await self._hub.run(lambda step: moved(step, message, delivery, detail))

    def _thread(self, step: Step, key: ConversationId) -> Conversation:
        thread = step.conversation_of(key)
        if thread is None:
            raise RefusedError("There is no such conversation.", code="unknown_conversation")
        return thread

    def _own_work(self, step: Step, agent: AgentId, conversation: ConversationId) -> Interaction:
        live = step.tables.live_of.get(conversation)
        interaction = step.tables.interactions.get(live) if live else None
        if interaction is None:
            raise RefusedError("This conversation is closed. Take it again to write.", code="not_yours")
        if interaction.agent != agent:
            raise RefusedError("This conversation is not yours. Take it first.", code="not_yours")
        if interaction.state not in (interactions.ACTIVE, interactions.HELD, interactions.WRAP_UP):
            raise RefusedError("Accept the interaction first.", code="wrong_state")
        return interaction


def _further(delivery: str) -> int:
    """How far a delivery state is; news that come late never bring one back."""
    return DELIVERY.index(delivery) if delivery in DELIVERY else -1


def moved(step: Step, message: Message, delivery: str, detail: str) -> None:
    """Move a message's delivery state on, in a step."""
    event = conversations.DeliveryMoved(
        conversation=message.conversation, at=step.now, message=message.id, delivery=delivery, detail=detail
    )
    step.message_moved(replace(message, delivery=delivery, delivery_detail=detail), event)
