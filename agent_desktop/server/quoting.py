"""What a message that leaves says beside its text: whom it greets, what it answers, which mails it names.

Decided when it is written and kept with it: a conversation that is merged while a message waits must not let
one customer read what another wrote.  For the same reason only what its recipient wrote or got is quoted
or named, whatever else lies in the conversation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from agent_desktop.domain import joining
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import IN, Conversation, Message
from agent_desktop.domain.types import Instant
from agent_desktop.ports.channels import OutgoingMessage
from agent_desktop.ports.storage import Store
from agent_desktop.server.hub import Step
from agent_desktop.server.messages import page_of

LOOKED_AT: Final = 50  # messages before it


def addressed(step: Step, thread: Conversation, message: Message) -> Message:
    """A message with what it says beside its text; a forward greets nobody and names no mail."""
    if message.forwarded_of:
        return message
    said = _with(message, thread, page_of(step, thread.id, LOOKED_AT))
    return replace(said, to_name=thread.customer_name)


def outgoing_of(store: Store, centre: Centre, message: Message) -> OutgoingMessage:
    """A message as its channel sends it."""
    thread = store.conversation(message.conversation)
    if not (message.forwarded_of or message.answers or message.to_name or message.references):
        # Written by an older version, or there is nothing to keep: looked up now, by the same rule.
        message = _with(message, thread, store.messages(message.conversation, limit=LOOKED_AT))
    queue = centre.queues.get(thread.queue) if thread is not None else None
    source = message.forwarded_of or message.answers
    of = store.message(source) if source else None
    to_address = message.to_addresses[0] if message.to_addresses else thread.address if thread else ""
    return OutgoingMessage(
        message=message,
        to_address=to_address,
        to_name=message.to_name,
        references=message.references,
        quoted=of.text if of else message.quoted,
        quoted_from=(of.author_name or of.from_address) if of else "",
        quoted_at=of.at if of else Instant(0.0),
        agent_name=message.author_name,
        signature=queue.signature if queue is not None else "",
    )


def _with(message: Message, thread: Conversation | None, kept: Sequence[Message]) -> Message:
    own = thread.channel if thread is not None else message.channel
    to = message.to_addresses[0] if message.to_addresses else thread.address if thread is not None else ""
    before = [
        one
        for one in kept
        if one.at <= message.at
        and one.id != message.id
        and one.external_id
        and (one.channel or own) == (message.channel or own)
    ]
    names = _names(to, message, thread, before, whole=len(kept) < LOOKED_AT)
    here = [one for one in before if _concerns(one, names, message)]
    last = next((one for one in reversed(here) if one.direction == IN), None)
    return replace(
        message,
        to_name=thread.customer_name if thread is not None and _plain(thread.address) == _plain(to) else "",
        answers=last.id if last is not None else message.answers,
        references=tuple(one.external_id for one in here),
    )


def _names(
    to: str, message: Message, thread: Conversation | None, before: Sequence[Message], *, whole: bool
) -> frozenset[str]:
    """The addresses of the recipient: where replies go, and from where the conversation was begun."""
    names = {_plain(to)}
    if whole and thread is not None and _plain(thread.address) == _plain(to):
        begun = (one for one in before if one.direction == IN and joining.home(one) == joining.home(message))
        first = next(begun, None)
        if first is not None:  # `Reply-To` is another address than `From`
            names.add(_plain(first.from_address))
    return frozenset(names - {""})


def _concerns(one: Message, names: frozenset[str], message: Message) -> bool:
    """Whether the recipient wrote or got a message; a thread without addresses is one person's."""
    if one.direction == IN and not one.from_address:
        return joining.home(one) == joining.home(message)
    people = (one.from_address, *one.to_addresses, *one.copy_addresses)
    return any(_plain(each) in names for each in people)


def _plain(address: str) -> str:
    return address.strip().casefold()
