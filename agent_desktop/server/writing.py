"""What agents write: notes and typing; replies are `replying`'s.  And how text work is told of (`Handler`).

The owner of a conversation follows its work: whoever takes it owns it, and what goes back to a queue is
nobody's (R38).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ChannelId, ConversationId, InteractionId, MessageId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.channels import Channel
from agent_desktop.server.board import Board
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.messages import forget, message_of
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.replying import NOT_OWNER, Replying
from agent_desktop.server.threads import thread_of
from agent_desktop.server.uploads import attachments
from agent_desktop.server.work import Work
from agent_desktop.wire.commands import SendMessage

FOLLOWERS_MOST: Final = 100
DELIVERY = ("queued", "sent", "delivered", "read", "failed")


class Writing:
    """The agents' side of text conversations."""

    def __init__(self, hub: Hub, board: Board, outbox: Outbox) -> None:
        self._hub = hub
        self._board = board
        self.channels: dict[ChannelId, Channel] = {}
        self.replying = Replying(hub, board, outbox, self.channels)
        outbox.deliver = self._deliver
        hub.published.append(lambda changes: forget(hub, changes))

    def join(self, work: Work) -> None:
        """Be told when the work of text media moves."""
        for medium in self._hub.media.values():
            if medium.text:
                work.handlers[medium.id] = self

    # --- work.Handler -----------------------------------------------------------------------------

    def accepted(self, step: Step, interaction: Interaction) -> None:
        """Tell a customer who is there who serves now."""
        self._owned(step, interaction)
        channel, thread = self._channel_of(step, interaction.conversation)
        name = step.agent_of(interaction.agent).name
        if channel is not None:
            step.after(lambda: channel.agent_joined(thread, name))

    def held(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    def resumed(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    def returned(self, step: Step, interaction: Interaction) -> None:
        """Back in a queue it is nobody's, but of whoever is asked first because of having had it."""
        thread = step.conversation_of(interaction.conversation)
        if thread is not None and thread.owner and interaction.preferred != thread.owner:
            step.conversation(
                conversations.OwnerChanged(conversation=thread.id, at=step.now, owner=AgentId(""))
            )

    def ended(self, step: Step, interaction: Interaction) -> None:
        """Nothing to tell."""

    # --- agents -----------------------------------------------------------------------------------

    @staticmethod
    def _owned(step: Step, interaction: Interaction) -> None:
        """It is the agent's who took it, open, and read."""
        thread = step.conversation_of(interaction.conversation)
        if thread is None:
            return
        if thread.owner != interaction.agent:
            step.conversation(
                conversations.OwnerChanged(conversation=thread.id, at=step.now, owner=interaction.agent)
            )
        if thread.unread:
            step.conversation(conversations.MessagesRead(conversation=thread.id, at=step.now))
        if thread.state == "snoozed":
            step.conversation(conversations.Reopened(conversation=thread.id, at=step.now))

    def read(self, step: Step, interaction: Interaction) -> None:
        """The agent has seen everything so far."""
        if interaction.unread:
            step.interaction(interactions.Noted(interaction=interaction.id, at=step.now, unread=0))
        held = step.conversation_of(interaction.conversation)
        if held is not None and held.unread:
            step.conversation(conversations.MessagesRead(conversation=held.id, at=step.now))
        channel, thread = self._channel_of(step, interaction.conversation)
        if channel is not None:
            step.after(lambda: channel.agent_read(thread))

    def _channel_of(self, step: Step, key: ConversationId) -> tuple[Channel | None, str]:
        thread = step.conversation_of(key)
        return (self.channels.get(thread.channel), thread.address) if thread else (None, "")

    def write(self, step: Step, agent: AgentId, command: SendMessage) -> None:
        """Reply: committed with its outbox row, then sent."""
        message = self.replying.send(step, agent, command)
        step.after(lambda: self._board.looks.written(agent, message.conversation, "reply"))

    def note(
        self,
        step: Step,
        agent: AgentId,
        *,
        message: MessageId,
        conversation: ConversationId,
        text: str,
        mentions: tuple[str, ...] = (),
        files: tuple[str, ...] = (),
    ) -> None:
        """A note that only the team sees; who is mentioned follows the conversation from now on."""
        if not text.strip() and not files:
            raise RefusedError("The note is empty.", code="empty")
        if message_of(step, message) is not None:
            raise RefusedError("This note is there already.", code="sent_already")
        thread = thread_of(step, conversation)
        named = tuple(step.agent_of(AgentId(one)).id for one in dict.fromkeys(mentions))
        noted = Message(
            id=message,
            conversation=thread.id,
            medium=thread.medium,
            direction=conversations.NOTE,
            at=step.now,
            text=text,
            interaction=step.tables.live_of.get(thread.id, InteractionId("")),
            author=agent,
            author_name=step.agent_of(agent).name,
            mentions=named,
            attachments=attachments(self._hub, agent, files),
        )
        for one in named:
            follow(step, thread, one, on=True)
            thread = thread_of(step, thread.id)
        step.conversation(conversations.MessageAdded(conversation=thread.id, at=step.now, message=noted))
        step.after(lambda: self._board.looks.written(agent, thread.id, "note"))

    def typing(self, step: Step, agent: AgentId, conversation: ConversationId, *, typing: bool) -> None:
        """The agent writes, or stopped: shown to the customer where the medium can."""
        thread = thread_of(step, conversation)
        self.replying.work_for(step, agent, thread, (NOT_OWNER,))
        name = step.agent_of(agent).name if typing else ""
        step.after(lambda: self._board.set_typing(thread.id, agent=name))
        if (channel := self.channels.get(thread.channel)) is not None:
            step.after(lambda: channel.agent_typing(thread.address, typing=typing))

    async def deliver(self, key: MessageId, delivery: str, detail: str = "") -> None:
        """Move a message's delivery state on; a message that failed does not come back to life."""
        await self._hub.run(lambda step: self._deliver(step, key, delivery, detail))

    @staticmethod
    def _deliver(step: Step, key: MessageId, delivery: str, detail: str) -> None:
        message = message_of(step, key)
        if message is not None and _further(message.delivery) < _further(delivery):
            moved(step, message, delivery, detail)


def _further(delivery: str) -> int:
    """How far a delivery state is; news that come late never bring one back."""
    return DELIVERY.index(delivery) if delivery in DELIVERY else -1


def moved(step: Step, message: Message, delivery: str, detail: str) -> None:
    """Move a message's delivery state on, in a step; it may lie in another conversation meanwhile."""
    now = message_of(step, message.id)
    if now is None:
        return
    event = conversations.DeliveryMoved(
        conversation=now.conversation, at=step.now, message=now.id, delivery=delivery, detail=detail
    )
    step.message_moved(replace(now, delivery=delivery, delivery_detail=detail), event)


def follow(step: Step, thread: Conversation, agent: AgentId, *, on: bool) -> None:
    """Let an agent be told of what happens in a conversation, or not any more."""
    if (agent in thread.followers) == on:
        return
    if on and len(thread.followers) >= FOLLOWERS_MOST:
        raise RefusedError(f"At most {FOLLOWERS_MOST} colleagues follow a conversation.", code="too_many")
    step.conversation(conversations.Followed(conversation=thread.id, at=step.now, agent=agent, on=on))
