"""What stands against writing to a customer, and how it comes to be: STOP words and the 24-hour rule.

Whoever sent STOP to one of our numbers is remembered on the conversation with that number and on the
customer's card, where there is one; only their START takes it off.  Looked at twice: when an agent sends,
who then reads the sentence at once, and before anything leaves the outbox, whoever wrote it.
"""

from __future__ import annotations

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import joining, messaging
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.messaging import OPTED_OUT
from agent_desktop.domain.sources import source_of
from agent_desktop.domain.types import ChannelId, ConversationId, Instant
from agent_desktop.server.hub import Hub, Step


def added(step: Step, message: Message, sent_at: Instant | None) -> conversations.MessageAdded:
    """A message of a customer, with how long its channel takes replies now."""
    source = source_of(step.hub.centre, message.channel)
    window_s = source.reply_window_s if source is not None else None
    last = min(step.now, sent_at or step.now)
    return conversations.MessageAdded(
        conversation=message.conversation,
        at=step.now,
        message=message,
        reply_until=messaging.until(last, window_s) if window_s else Instant(0.0),
    )


def heed(step: Step, thread: Conversation, message: Message) -> Conversation:
    """Remember STOP and START; gives the conversation as it is then."""
    source = source_of(step.hub.centre, message.channel)
    if source is None or not source.stop_words:
        return thread
    word = messaging.word_of(message.text, step.hub.centre.languages)
    customer = step.customer_of(thread.customer) if thread.customer else None
    if word == messaging.STOP:
        if customer is not None:
            step.customer(customers.Tagged(customer=customer.id, at=step.now, tag=OPTED_OUT))
        for other in _same(step, thread, message.channel):
            if OPTED_OUT not in other.tags:
                _tag(step, other, add=(OPTED_OUT,))
        return _tag(step, thread, add=(OPTED_OUT,))
    if word == messaging.START:
        if customer is not None and OPTED_OUT in customer.tags:
            step.customer(customers.Untagged(customer=customer.id, at=step.now, tag=OPTED_OUT))
        for other in _same(step, thread, message.channel):
            if OPTED_OUT in other.tags:
                _tag(step, other, remove=(OPTED_OUT,))
        return _tag(step, thread, remove=(OPTED_OUT,)) if OPTED_OUT in thread.tags else thread
    return thread


def barred(hub: Hub, channel: ChannelId, address: str, now: Instant) -> str:
    """Why nothing may be sent to an address over a channel, in words; empty when it may."""
    source = source_of(hub.centre, channel)
    if source is None or not (source.stop_words or source.reply_window_s):
        return ""
    threads = _threads(hub, channel, address)
    if source.reply_window_s:
        last = max((one.reply_until for one in threads), default=Instant(0.0))
        return messaging.too_late(last, now) if last else f"{source.name} needs the customer to begin."
    cards = [card for one in threads if one.customer and (card := hub.store.customer(one.customer))]
    cards += hub.store.customers_at("phone", customers.normal("phone", address))
    live = (hub.tables.customers.get(card.id, card) for card in cards)
    if any(OPTED_OUT in one.tags for one in threads) or any(OPTED_OUT in one.tags for one in live):
        return messaging.STOPPED
    return ""


def _same(step: Step, thread: Conversation, channel: ChannelId) -> list[Conversation]:
    """The other conversations with the customer's address over a channel: merges and splits may be undone."""
    family = (step.conversation_of(key) for key in joining.family(step.conversation_of, thread.id))
    ways = dict.fromkeys(one.address for one in family if one is not None and one.channel == channel)
    found = {one.id: one for address in ways for one in _threads(step.hub, channel, address)}
    return [one for key, one in found.items() if key != thread.id]


def _threads(hub: Hub, channel: ChannelId, address: str) -> list[Conversation]:
    """The conversations with an address over a channel, and those that they were merged into."""
    kept = [one.id for one in hub.store.conversations_of_thread(channel, address)]
    led = (joining.survivor(lambda key: _held(hub, key), key) for key in kept)
    keys = dict.fromkeys((*kept, *led))
    return [held for key in keys if (held := _held(hub, key)) is not None]


def _held(hub: Hub, key: ConversationId) -> Conversation | None:
    return hub.tables.conversations.get(key) or hub.store.conversation(key)


def _tag(
    step: Step, thread: Conversation, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
) -> Conversation:
    event = conversations.TagsChanged(conversation=thread.id, at=step.now, add=add, remove=remove)
    return step.conversation(event)
