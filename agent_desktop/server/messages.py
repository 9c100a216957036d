"""Messages as they are in a step: those that were just written or moved, before the record has them.

Reads of the record see what was committed; two acts of one moment would not see one another.  `Tables.fresh`
holds what is not committed yet, and is emptied as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import joining
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.copying import replace
from agent_desktop.domain.types import ConversationId, Instant, MessageId
from agent_desktop.errors import RefusedError
from agent_desktop.ports.storage import Changes
from agent_desktop.server.hub import Hub, Step

ALL = 1 << 30
PAGE = 50
SPOKEN = frozenset({conversations.IN, conversations.OUT})


def forget(hub: Hub, changes: Changes) -> None:
    """What was committed is in the record now."""
    fresh = hub.tables.fresh
    for key, message in changes.messages.items():
        if fresh.get(key) is message:
            del fresh[key]
    for key in changes.called_back:
        if key in fresh and fresh[key] is None:
            del fresh[key]


def message_of(step: Step, key: MessageId) -> Message | None:
    """A message, as it is in this step."""
    if key in step.tables.fresh:
        return step.tables.fresh[key]
    return step.hub.store.message(key)


def messages_of(step: Step, thread: ConversationId) -> list[Message]:
    """All messages of a conversation, oldest first."""
    return _with_fresh(step, thread, step.hub.store.messages(thread, limit=ALL))


def page_of(step: Step, thread: ConversationId, limit: int) -> list[Message]:
    """The newest messages of a conversation, oldest first."""
    return _with_fresh(step, thread, step.hub.store.messages(thread, limit=limit))[-limit:]


def last_of(step: Step, thread: Conversation, but: Iterable[MessageId] = ()) -> list[Message]:
    """The message that the list shows of a conversation, when some are gone; empty: there is none.

    It is known unless it is among those; then the newest others are looked through.
    """
    left_out = set(but)
    if not thread.last_message:
        return []
    if thread.last_message not in left_out:
        known = message_of(step, thread.last_message)
        return [known] if known is not None else []
    before: Instant | None = None
    while True:
        page = step.hub.store.messages(thread.id, before=before, limit=PAGE + len(left_out))
        rest = [one for one in _with_fresh(step, thread.id, page) if one.id not in left_out]
        found = joining.last_said(rest)
        if found is not None or not page:
            return [found] if found is not None else []
        before = page[0].at


def said_since(step: Step, thread: Conversation, seen: str) -> list[Message]:
    """What customer and centre said after the message that somebody saw last, oldest first.

    That message may be a note, or one that was called back; then what was said last is all that counts.  Of
    one moment nobody knows which came first: what is said last is newer then, so that nothing is missed.
    """
    if not seen or thread.last_message == seen:
        return []
    mark = message_of(step, MessageId(seen))
    last = message_of(step, thread.last_message) if thread.last_message else None
    if mark is None or mark.conversation != thread.id:
        return [last] if last is not None else []
    later = [m for m in page_of(step, thread.id, PAGE) if (m.at, m.id) > (mark.at, mark.id)]
    if last is not None and last.at == mark.at and last not in later:
        later.append(last)
    return [m for m in later if m.direction in SPOKEN]


def at_home(step: Step, homes: Sequence[ConversationId]) -> list[Message]:
    """The messages that were moved once and belong to one of these, oldest first."""
    fresh, wanted = step.tables.fresh, set(homes)
    kept = [one for one in step.hub.store.messages_at_home(homes) if one.id not in fresh]
    kept += [m for m in fresh.values() if m is not None and m.homes and m.homes[-1] in wanted]
    return sorted(kept, key=_when)


def lying_in(
    look: joining.Look, message: Message, to: ConversationId, homes: tuple[ConversationId, ...]
) -> Message:
    """A message as it is when it lies in another conversation.

    It keeps the channel on which it came, whatever the other conversation's is.
    """
    source = look(message.conversation)
    channel = message.channel or (source.channel if source is not None else message.channel)
    return replace(message, conversation=to, homes=homes, channel=channel)


def move(
    step: Step,
    messages: Iterable[Message],
    to: ConversationId,
    homes: Mapping[MessageId, tuple[ConversationId, ...]],
    made: Mapping[MessageId, tuple[Message, Message]] = MappingProxyType({}),
) -> None:
    """Let messages lie in another conversation; `made` holds what some become, (before, after)."""
    now, fresh, kept = step.now, step.tables.fresh, step.changes.messages
    noted, left = step.changes.events.append, step.changes.left.append
    for one in messages:
        key, source = one.id, one.conversation
        before, moved = made.get(key, (None, one))
        if before is not one or moved.conversation != to:
            moved = lying_in(step.conversation_of, one, to, homes.get(key, one.homes))
            if moved == one:
                continue
        if source != to:
            left(one)
        noted(conversations.MessageMoved(conversation=source, at=now, message=key, to=to, homes=moved.homes))
        kept[key] = fresh[key] = moved


def call_back(step: Step, message: Message) -> None:
    """Erase a message that never went out."""
    step.changes.events.append(
        conversations.MessageCalledBack(conversation=message.conversation, at=step.now, message=message.id)
    )
    step.changes.messages.pop(message.id, None)
    step.changes.called_back[message.id] = message
    step.changes.left.append(message)
    step.tables.fresh[message.id] = None


def recount(step: Step, key: ConversationId, by: int, unread: int, among: Iterable[Message]) -> Conversation:
    """Bring the face of a conversation up to date; its last message is one of `among`."""
    thread = step.conversation_of(key)
    if thread is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    last_line, last = joining.shown(joining.last_said(among))
    return step.conversation(
        conversations.Recounted(
            conversation=key,
            at=step.now,
            messages=max(0, thread.messages + by),
            last_line=last_line,
            last_message=last,
            unread=max(0, unread),
        )
    )


def _with_fresh(step: Step, thread: ConversationId, kept: Sequence[Message]) -> list[Message]:
    fresh = step.tables.fresh
    found = [one for one in kept if one.id not in fresh]
    found += [one for one in fresh.values() if one is not None and one.conversation == thread]
    return sorted(found, key=_when)


def _when(message: Message) -> tuple[Instant, MessageId]:
    return message.at, message.id
