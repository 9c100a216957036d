"""What the centre answers by itself: acknowledgements and follow-ups, and the guard against loops (R44).

An answer goes out like an agent's reply, committed with its outbox row, and says that a machine wrote it.
Two machines that answer one another are the disaster that this file prevents.  So (RFC 3834, RFC 5230):

- what a machine wrote is never answered, nor a report, a list, or an address of the centre's own;
- a mailbox that was not named in To or Cc does not answer for itself;
- one address gets one answer within 24 hours, over all mailboxes, and over restarts: the answer's id is
  made of the address and the day, so that the record itself knows;
- the answer goes to who wrote, and to nobody else: where a conversation's address is another (it was merged,
  or a mail asks for replies elsewhere), a person answers;
- what was sent days ago is answered by a person: a mailbox that comes back must not write to everybody.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain.centre import Centre, Mailbox
from agent_desktop.domain.conversation import IN, OUT, Conversation, Message
from agent_desktop.domain.customer import normal
from agent_desktop.domain.types import ChannelId, Instant, InteractionId, MessageId
from agent_desktop.ports.channels import Channel
from agent_desktop.ports.storage import OutboxRow
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.quoting import addressed

ONE_IN_S: Final = 86_400.0
RECENT: Final = 10_000
OLD_S: Final = 3 * ONE_IN_S  # since a customer sent it
TODAY_ALREADY: Final = "this sender had an automatic answer within the last day"


class Answering:
    """Sends what no agent wrote."""

    def __init__(self, hub: Hub, outbox: Outbox, channels: Mapping[ChannelId, Channel]) -> None:
        self._hub = hub
        self._outbox = outbox
        self._channels = channels
        self._recent: OrderedDict[MessageId, Instant] = OrderedDict()  # also what is not committed yet

    def forget(self) -> None:
        """What was not committed never happened; the record knows the rest."""
        self._recent.clear()

    def refusal(self, thread: Conversation, of: Message, now: Instant) -> str:
        """Why a message is not answered by a machine, in words; empty when it may be."""
        address = thread.address
        if thread.channel not in self._channels:
            return "its channel is not configured any more"
        if refused := refusal(self._hub.centre, thread, of, now):
            return refused
        return TODAY_ALREADY if self._answered(address, now) else ""

    def answer(self, step: Step, thread: Conversation, of: Message, text: str) -> str:
        """Answer a message; gives why not, in words, or nothing when it is on its way."""
        if refused := self.refusal(thread, of, step.now):
            return refused
        key = answer_id(thread.address, step.now)
        channel = self._channels[thread.channel]
        message = Message(
            id=key,
            conversation=thread.id,
            medium=thread.medium,
            direction=OUT,
            at=step.now,
            text=text,
            interaction=step.tables.live_of.get(thread.id, InteractionId("")),
            to_addresses=(thread.address,),
            subject=thread.subject,
            external_id=channel.external_id(key),
            delivery="queued",
            channel=thread.channel,
            automatic=True,
        )
        message = addressed(step, thread, message)
        step.conversation(conversations.MessageAdded(conversation=thread.id, at=step.now, message=message))
        row = OutboxRow(message=key, channel=thread.channel, due_at=step.now)
        step.outbox(key, row)
        step.after(lambda: self._outbox.take(row))
        self._recent[key] = step.now
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)
        return ""

    def _answered(self, address: str, now: Instant) -> bool:
        """Whether an address had its answer within a day: under today's id, or under yesterday's."""
        for at in (now, Instant(now - ONE_IN_S)):
            key = answer_id(address, at)
            kept = self._recent.get(key)
            if kept is None and (message := self._hub.store.message(key)) is not None:
                kept = message.at
            if kept is not None and now - kept < ONE_IN_S:
                return True
        return False


def refusal(centre: Centre, thread: Conversation, of: Message, now: Instant) -> str:
    """Why nobody but a person may answer a message, in words; empty when a machine may."""
    address = thread.address.casefold()
    boxes = {box.id: box for box in centre.mailboxes}
    own = {one.casefold() for box in boxes.values() for one in addresses_of(box)}
    if not address:
        return "it names no address to answer to"
    if of.automatic:
        return "a machine wrote it"
    if address in own or _plain(address) in own:
        return "it would go to a mailbox of this centre"
    box = boxes.get(of.channel or thread.channel)
    if of.direction == IN and box is not None and not _addressed(box, of):
        return f"it was not addressed to {box.address}"
    if box is not None and not _between(thread.address, of):
        return "its conversation answers to another address"
    if of.direction == IN and 0 < of.sent_at < now - OLD_S:
        return "it was sent days ago"
    return ""


def answer_id(address: str, at: Instant) -> MessageId:
    """The id of the one answer that an address gets on one day (UTC)."""
    digest = hashlib.sha256(address.casefold().encode("utf-8", "replace")).hexdigest()
    return MessageId(f"m-auto-{digest[:24]}-{int(at // ONE_IN_S)}")


def addresses_of(box: Mailbox) -> tuple[str, ...]:
    """Every address of a mailbox."""
    return (box.address, *box.aliases)


def _addressed(box: Mailbox, of: Message) -> bool:
    """Whether To or Cc names the mailbox; `help+anything@` is `help@` (RFC 5233)."""
    named = {_plain(one.casefold()) for one in (*of.to_addresses, *of.copy_addresses)}
    return not named.isdisjoint(_plain(one.casefold()) for one in addresses_of(box))


def _between(address: str, of: Message) -> bool:
    """Whether a mail came from this address, or went to it."""
    people = (of.from_address,) if of.direction == IN else of.to_addresses
    return normal("email", address) in {normal("email", one) for one in people}


def _plain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
