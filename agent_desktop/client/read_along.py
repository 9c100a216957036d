"""Captions that a centre does not keep, as who supervises the call reads them: messages without a record.

The router shows the last ones beside the call and writes none of them.  Rule: they look like every other
message, and are gone with the call.
"""

from __future__ import annotations

from agent_desktop.wire.calls import CallTextLine
from agent_desktop.wire.models import InteractionModel, MessageModel


def read_along(talk: InteractionModel) -> tuple[MessageModel, ...]:
    """The last captions of a call, oldest first."""
    return tuple(_message(talk, line) for line in talk.call.captions) if talk.call is not None else ()


def new_in(before: InteractionModel | None, after: InteractionModel) -> tuple[MessageModel, ...]:
    """What was not there before; without a before nothing is new, it is all older than the look at it."""
    if before is None:
        return ()
    known = {message.id for message in read_along(before)}
    return tuple(message for message in read_along(after) if message.id not in known)


def _message(talk: InteractionModel, line: CallTextLine) -> MessageModel:
    is_theirs = line.speaker == "customer"
    return MessageModel(
        id=f"caption:{talk.id}:{line.number}",
        conversation=talk.conversation,
        medium=talk.medium,
        direction="in" if is_theirs else "out",
        at=line.began_at,
        text=line.text,
        interaction=talk.id,
        author="" if is_theirs else talk.agent,
        author_name=talk.customer_name if is_theirs else "",
        from_address=talk.from_address if is_theirs else "",
        carrier=line.medium,
        confidence=line.confidence,
    )
