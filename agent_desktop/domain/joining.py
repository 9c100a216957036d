"""Which conversation a message lies in, after merges and splits, each of which can be undone by itself.

Two facts say it.  A merged conversation names the one that it went into (`merged_into`), and that one may go
into a third: the last of the chain is the survivor.  A message that was split off carries its homes, the one
where it came to be first, then each split's; it lies in the survivor of its last home.  To undo a merge takes
one name away; to undo a split takes its home away and lets what came to be there follow the conversation that
it was split from.  In any order, nothing else moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from agent_desktop.domain.conversation import IN, NOTE, SYSTEM, Conversation, Message, line
from agent_desktop.domain.types import ConversationId, InteractionId, MediumId, MessageId
from agent_desktop.errors import RefusedError

MOST_STEPS = 1000  # of a chain of merges; a longer one is a defect
MOST_SPLIT = 500  # messages in one split

Look = Callable[[ConversationId], Conversation | None]


def survivor(look: Look, key: ConversationId) -> ConversationId:
    """Where a conversation's messages are now: itself, or the last of the chain that it went into."""
    for _ in range(MOST_STEPS):
        found = look(key)
        if found is None or not found.merged_into:
            return key
        key = found.merged_into
    raise ValueError(key)


def family(look: Look, key: ConversationId) -> list[ConversationId]:
    """A conversation and all that went into it, directly or by way of another."""
    found = [key]
    for one in found:
        held = look(one)
        if held is not None:
            found.extend(other for other in held.merged if other not in found)
    return found


def home(message: Message) -> ConversationId:
    """Where a message belongs, before any merge is counted."""
    return message.homes[-1] if message.homes else message.conversation


def rooted(message: Message) -> tuple[ConversationId, ...]:
    """The homes of a message that is about to be moved for the first time."""
    return message.homes or (message.conversation,)


def split_off(message: Message, new: ConversationId) -> tuple[ConversationId, ...]:
    """The homes of a message after a split."""
    return (*rooted(message), new)


def put_back(look: Look, message: Message, split: ConversationId) -> tuple[ConversationId, ...]:
    """The homes of a message after a split is undone, which `look` shows undone already.

    Homes that earlier undoing left at the end are left too; one that came to be in the split stays its.
    """
    homes = list(rooted(message))
    while len(homes) > 1 and (homes[-1] == split or _undone(look, homes[-1])):
        homes.pop()
    return tuple(homes)


def _undone(look: Look, split: ConversationId) -> bool:
    held = look(split)
    return held is None or not held.split_from


def check_merge(look: Look, one: ConversationId, into: ConversationId) -> ConversationId:
    """Give the survivor that `one` goes into.  Raises `RefusedError`."""
    held = look(one)
    target = survivor(look, into)
    if held is None or look(target) is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    if held.merged_into:
        said = "This conversation was merged meanwhile. Open it to see where it is."
        raise RefusedError(said, code="conflict")
    if target == one:
        raise RefusedError("These are one conversation already.", code="same_conversation")
    return target


def check_one_customer(
    look: Look, one: ConversationId, into: ConversationId, threaded: Callable[[MediumId], bool]
) -> None:
    """Raise `RefusedError` when two people would read and answer in one thread.

    Where a medium is one endless thread with a person (chat, SMS, social), its address is that person: what
    is written goes there.  A mail says itself to whom it goes.
    """
    there = [held for key in family(look, into) if (held := look(key)) is not None and held.address]
    for key in family(look, one):
        held = look(key)
        if held is None or not held.address or not threaded(held.medium):
            continue
        if any(other.medium == held.medium and other.address != held.address for other in there):
            said = "Two different people write here: merged, one would read and get what is for the other."
            raise RefusedError(said, code="other_customer")


def check_split(thread: Conversation, messages: Sequence[Message], wanted: Iterable[str]) -> None:
    """Raise `RefusedError` when these messages cannot be split off."""
    keys = set(wanted)
    if not keys:
        raise RefusedError("Choose the messages that do not belong here.", code="empty")
    if len(keys) > MOST_SPLIT:
        raise RefusedError(f"At most {MOST_SPLIT} messages go at once.", code="too_many")
    if len(messages) != len(keys) or any(one.conversation != thread.id for one in messages):
        raise RefusedError("Some of these messages are not here any more.", code="conflict")
    if not any(one.direction == IN for one in messages):
        raise RefusedError("Choose at least one message of the customer.", code="no_customer")
    if len(messages) >= thread.messages:
        raise RefusedError("Something must stay here: leave at least one message.", code="nothing_left")


def of_thread(found: Sequence[Conversation]) -> Conversation | None:
    """Of the conversations with one address, the newest first, the one where its customer writes on.

    Never one that was split off: the customer knows nothing of it, and goes on where they were.
    """
    begun = [one for one in found if not one.split_from]
    here = (one for one in begun if not one.merged_into)
    return next(here, begun[0] if begun else None)


def last_said(messages: Iterable[Message]) -> Message | None:
    """The newest message that the list shows: no note, no line of the system."""
    said = (one for one in messages if one.direction not in (NOTE, SYSTEM))
    return max(said, key=lambda one: (one.at, one.id), default=None)


def newest_said(messages: Sequence[Message]) -> list[Message]:
    """The same of messages that lie oldest first: one, or none."""
    said = (one for one in reversed(messages) if one.direction not in (NOTE, SYSTEM))
    return list(islice(said, 1))


def shown(message: Message | None) -> tuple[str, MessageId]:
    """The last line and its message, as the list shows them."""
    if message is None:
        return "", MessageId("")
    return line(message.text) or message.subject, message.id


def work_of(messages: Iterable[Message]) -> InteractionId:
    """The work that the newest of these messages belong to; empty: none."""
    worked = (one for one in messages if one.interaction)
    found = max(worked, key=lambda one: (one.at, one.id), default=None)
    return found.interaction if found is not None else InteractionId("")
