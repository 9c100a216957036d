"""Whom a reply goes to: the address that is shown, kept when a draft begins and named when it is sent."""

from __future__ import annotations

from agent_desktop.client.actions_writing import channel_of
from agent_desktop.client.situation import Situation
from agent_desktop.viewmodels import words
from agent_desktop.wire.listing import ChannelInfo
from agent_desktop.wire.models import ConversationModel, InteractionModel

KINDS = {"phone": ("phone", "sms"), "sms": ("phone", "sms")}


def reply_address(s: Situation, interaction: InteractionModel, channel: ChannelInfo | None = None) -> str:
    """Where a reply goes: the conversation's own address, else to who wrote last, else to who wrote first."""
    thread = s.store.replica.conversations.get(interaction.conversation)
    if channel is not None and thread is not None and channel.id != thread.channel:
        return _address_on(s, thread.customer or interaction.customer, channel)
    if thread is not None and thread.address:
        return thread.address
    for message in reversed(s.store.replica.messages.get(interaction.conversation, ())):
        if message.direction == "in" and message.from_address:
            return message.from_address
    other = interaction.from_address if interaction.direction == "in" else interaction.to_address
    return other or words.who(interaction)


def goes_to(s: Situation, thread: ConversationModel, channel: str = "") -> str:
    """The address that a reply by this channel has now; empty where none is known here."""
    if channel in {"", thread.channel}:
        return thread.address
    info = channel_of(s, thread, channel)
    return _address_on(s, thread.customer, info) if info is not None else ""


def addresses(s: Situation, thread: ConversationModel) -> dict[str, str]:
    """That of each channel; the conversation's own channel is called by no name."""
    others = (channel for channel in thread.channels if channel != thread.channel)
    return {channel: goes_to(s, thread, channel) for channel in ("", *others)}


def began_with(began: dict[str, str], thread: ConversationModel, channel: str) -> str:
    """The address that the draft's author saw for this channel; empty where none was."""
    return began.get("" if channel == thread.channel else channel, "")


def _address_on(s: Situation, customer: str, channel: ChannelInfo) -> str:
    """The customer's address for another channel, as the card has it."""
    card = s.store.replica.customers.get(customer)
    kinds = KINDS.get(channel.medium, (channel.medium,))
    known = card.addresses if card is not None else ()
    return next((a.value for kind in kinds for a in known if a.kind == kind and a.verified), "")
