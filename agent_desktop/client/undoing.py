"""The way back: which commands undo a command on a conversation, from what the conversation was before.

Pure.  Nothing is undone that cannot be: a note stays, a follower is one's own affair.
"""

from __future__ import annotations

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

OPEN = "open"


def owner(before: ConversationModel) -> str:
    """Whose it is: its owner, or who has its work in hand."""
    return before.owner or before.agent


def way_back(
    command: AnyCommand, before: ConversationModel, priority: int | None = None
) -> tuple[AnyCommand, ...]:
    """The commands that undo one; empty where nothing changed or nothing can be undone."""
    here = before.id
    match command:
        case AssignConversation():
            if before.state != OPEN:
                return _state_again(before)
            mine, queue = owner(before), "" if owner(before) else before.queue
            return (AssignConversation(conversation=here, agent=mine, queue=queue, was=command.agent),)
        case TagConversation():
            add = tuple(t for t in command.remove if t in before.tags)
            remove = tuple(t for t in command.add if t not in before.tags)
            return (TagConversation(conversation=here, add=add, remove=remove),) if add or remove else ()
        case SnoozeConversation() | ResolveConversation() | ReopenConversation():
            return _state_again(before)
        case PrioritiseConversation() if priority is not None and priority != command.priority:
            return (PrioritiseConversation(conversation=here, priority=priority),)
        case MergeConversations():
            return (UnmergeConversation(conversation=here),)
        case FollowConversation():
            return (FollowConversation(conversation=here, on=not command.on),)
        case _:
            return ()


def _state_again(before: ConversationModel) -> tuple[AnyCommand, ...]:
    """Put it in the state that it was in, and into the hands that it was in."""
    here = before.id
    match before.state:
        case "resolved":
            return (ResolveConversation(conversation=here),)
        case "snoozed":
            return (SnoozeConversation(conversation=here, until_at=before.snoozed_until_at),)
        case _:
            reopened = ReopenConversation(conversation=here)
            mine = owner(before)
            again = AssignConversation(conversation=here, agent=mine)
            return (reopened, again) if mine else (reopened,)
