"""What a customer may see of their thread again: what they and the centre wrote in it, wherever it lies now.

Merges bring other people's messages into a conversation and splits take some away; the window of the customer
shows neither.  What was written in the thread follows it into both.
"""

from __future__ import annotations

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.types import ChannelId, ConversationId
from agent_desktop.server.hub import Hub

SAID = frozenset({conversations.IN, conversations.OUT})


def transcript(hub: Hub, channel: ChannelId, thread: str, limit: int) -> list[Message]:
    """The newest messages of a channel's thread, the oldest first."""

    def held(key: ConversationId) -> Conversation | None:
        return hub.tables.conversations.get(key) or hub.store.conversation(key)

    own = [one.id for one in hub.store.conversations_of_thread(channel, thread)]
    found: list[Message] = []
    for place in dict.fromkeys(joining.survivor(held, key) for key in own):
        there = held(place)
        # Merged into a conversation of another channel: what this channel brought since is theirs too.
        written_in = {*own, place} if there is not None and there.channel != channel else set(own)
        found.extend(
            one
            for one in hub.store.messages(place, limit=limit)
            if one.direction in SAID and _here(one, channel, own) and joining.rooted(one)[0] in written_in
        )
    return sorted(found, key=lambda one: (one.at, one.id))[-limit:]


def _here(message: Message, channel: ChannelId, own: list[ConversationId]) -> bool:
    """Whether it came or went on this channel; without one it is that of its conversation."""
    return message.channel == channel or (not message.channel and message.conversation in own)
