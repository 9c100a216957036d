"""The way back: which commands undo a command on a conversation, from what the conversation was before.

Pure.  Nothing is undone that cannot be: a note stays, a follower is one's own affair.  Nor is what somebody
else did meanwhile: the way back says whose it must still be and which message was the last, and it is not
gone where the conversation in view is neither what it was nor what the act made of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.inbox import (
    AssignConversation,
    FollowConversation,
    MergeConversations,
    PrioritiseConversation,
    ReopenConversation,
    ResolveConversation,
    SnoozeConversation,
    TagConversation,
    UnmergeConversation,
)
from agent_desktop.wire.models import ConversationModel

OPEN, SNOOZED, RESOLVED = "open", "snoozed", "resolved"


def owner(before: ConversationModel) -> str:
    """Whose it is: its owner, or who has its work in hand."""
    return before.owner or before.agent


def way_back(
    command: AnyCommand, before: ConversationModel, priority: int | None = None, seen: str = ""
) -> tuple[AnyCommand, ...]:
    """The commands that undo one; empty where nothing changed or nothing can be undone.

    `seen` is the customer's last message as it was known when the act was done.
    """
    here = before.id
    match command:
        case AssignConversation():
            if before.state != OPEN:
                return _state_again(before, seen)
            mine, queue = owner(before), "" if owner(before) else before.queue
            return (AssignConversation(conversation=here, agent=mine, queue=queue, was=command.agent),)
        case TagConversation():
            add = tuple(t for t in command.remove if t in before.tags)
            remove = tuple(t for t in command.add if t not in before.tags)
            return (TagConversation(conversation=here, add=add, remove=remove),) if add or remove else ()
        case SnoozeConversation() | ResolveConversation() | ReopenConversation():
            return _state_again(before, seen)
        case PrioritiseConversation() if priority is not None and priority != command.priority:
            return (PrioritiseConversation(conversation=here, priority=priority),)
        case MergeConversations():
            return (UnmergeConversation(conversation=here),)
        case FollowConversation():
            return (FollowConversation(conversation=here, on=not command.on),)
        case _:
            return ()


def left(command: AnyCommand, before: ConversationModel) -> ConversationModel:
    """What an act makes of a conversation: its state, and in whose hands it is."""
    change = msgspec.structs.replace
    match command:
        case AssignConversation(agent=agent):
            return change(before, state=OPEN, owner=agent, agent=agent)
        case SnoozeConversation():
            return change(before, state=SNOOZED, agent="")
        case ResolveConversation():
            return change(before, state=RESOLVED, owner="", agent="")
        case ReopenConversation():
            return change(before, state=OPEN)
        case _:
            return before


def meanwhile(now: ConversationModel, before: ConversationModel, after: ConversationModel, me: str) -> bool:
    """Whether somebody else changed it since; what I did myself, and what is not told yet, is no change."""
    state = now.state not in {before.state, after.state}
    mine = {"", me}
    owned = now.owner not in mine | {before.owner, after.owner}
    handed = now.agent not in mine | {before.agent, after.agent, before.owner, after.owner}
    return state or owned or handed or bool(now.merged_into and now.merged_into != before.merged_into)


def closes(commands: Iterable[AnyCommand]) -> bool:
    """Whether the way back puts it out of sight, and with it what the customer wrote since."""
    return any(isinstance(one, ResolveConversation | SnoozeConversation) for one in commands)


def _state_again(before: ConversationModel, seen: str) -> tuple[AnyCommand, ...]:
    """Put it in the state that it was in, and into the hands that it was in."""
    here = before.id
    match before.state:
        case "resolved":
            return (ResolveConversation(conversation=here, after_message=seen),)
        case "snoozed":
            until = before.snoozed_until_at
            return (SnoozeConversation(conversation=here, until_at=until, after_message=seen),)
        case _:
            reopened = ReopenConversation(conversation=here)
            mine = owner(before)
            again = AssignConversation(conversation=here, agent=mine, was="")
            return (reopened, again) if mine else (reopened,)
