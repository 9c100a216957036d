"""What can be done to a conversation, one or many: the act, its value in words, and the commands it makes.

Each conversation gets its own command, so that each can wait offline, be refused and be undone by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent_desktop.client.conversations import AGENT, QUEUE, recipient, tags_of
from agent_desktop.client.moments import until
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.client.undoing import owner
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AddNote, AnyCommand
from agent_desktop.wire.inbox import (
    AssignConversation,
    FollowConversation,
    PrioritiseConversation,
    ReopenConversation,
    ResolveConversation,
    SnoozeConversation,
    TagConversation,
)
from agent_desktop.wire.listing import MacroModel
from agent_desktop.wire.models import ConversationModel

ASSIGN, TAG, UNTAG, SNOOZE, RESOLVE, REOPEN = "assign", "tag", "untag", "snooze", "resolve", "reopen"
PRIORITISE, NOTE, MACRO, FOLLOW = "prioritise", "note", "macro", "follow"
KINDS = (ASSIGN, TAG, UNTAG, SNOOZE, RESOLVE, REOPEN, PRIORITISE, NOTE, MACRO, FOLLOW)
NEEDS_VALUE = frozenset({ASSIGN, TAG, UNTAG, SNOOZE, PRIORITISE, NOTE, MACRO})
SEND = "send"
# The steps of a macro that are acts of this file; a macro with another one is for one conversation alone.
STEPS = frozenset({ASSIGN, TAG, UNTAG, SNOOZE, RESOLVE, REOPEN, PRIORITISE, NOTE, FOLLOW})
LEAST_PRIORITY, MOST_PRIORITY = 1, 99

Ids = Callable[[], str]
Make = Callable[[ConversationModel], tuple[AnyCommand, ...]]


@dataclass(frozen=True, slots=True)
class Work:
    """An act whose value is understood: `make` gives the commands of one conversation."""

    kind: str
    doing: str  # "Resolving", with the progress behind it
    done: str  # "Resolved"
    make: Make


def understood(s: Situation, kind: str, value: str, ids: Ids) -> Work:
    """Understand the value of an act once for all conversations.  Raises `RefusedError`."""
    value = value.strip()
    if kind in NEEDS_VALUE and not value:
        raise RefusedError(_("Say what: {kind} needs a value.", kind=kind), code="missing")
    match kind:
        case "assign":
            return _assign(s, value)
        case "tag" | "untag":
            return _tag(kind, tags_of(value))
        case "snooze":
            return _snooze(s, value)
        case "resolve":
            return Work(kind, _("Resolving"), _("Resolved"), lambda c: (_resolve(s, c, value),))
        case "reopen":
            return Work(
                kind, _("Reopening"), _("Reopened"), lambda c: (ReopenConversation(conversation=c.id),)
            )
        case "prioritise":
            return _prioritise(value)
        case "note":
            return Work(kind, _("Adding the note"), _("Note added"), lambda c: (
                AddNote(message=ids(), conversation=c.id, text=value),
            ))  # fmt: skip
        case "follow":
            on = value not in {"off", "no"}
            words = (_("Following"), _("Followed")) if on else (_("Leaving"), _("Not followed any more"))
            return Work(kind, *words, lambda c: (FollowConversation(conversation=c.id, on=on),))
        case "macro":
            return _macro(s, value, ids)
        case _:
            raise RefusedError(_("There is no act {kind}. Possible: {names}.", kind=kind[:40],
                                 names=", ".join(KINDS)), code="unknown")  # fmt: skip


def _assign(s: Situation, value: str) -> Work:
    kind, found, name = recipient(s, value)
    agent, queue = (found if kind == AGENT else ""), (found if kind == QUEUE else "")

    def make(c: ConversationModel) -> tuple[AnyCommand, ...]:
        return (AssignConversation(conversation=c.id, agent=agent, queue=queue, was=owner(c)),)

    return Work(ASSIGN, _("Assigning"), _("Assigned to {name}", name=name), make)


def _tag(kind: str, tags: tuple[str, ...]) -> Work:
    shown = ", ".join(tags)
    if kind == TAG:
        return Work(kind, _("Tagging"), _("Tagged {tags}", tags=shown),
                    lambda c: (TagConversation(conversation=c.id, add=tags),))  # fmt: skip
    return Work(kind, _("Taking tags off"), _("{tags} taken off", tags=shown),
                lambda c: (TagConversation(conversation=c.id, remove=tags),))  # fmt: skip


def _snooze(s: Situation, value: str) -> Work:
    at = until(value, s.now)

    def make(c: ConversationModel) -> tuple[AnyCommand, ...]:
        seen = heard_last(s, c.id)  # as for `_resolve`
        return (SnoozeConversation(conversation=c.id, until_at=at, after_message=seen),)

    return Work(SNOOZE, _("Snoozing"), _("Snoozed"), make)


def _resolve(s: Situation, c: ConversationModel, code: str) -> ResolveConversation:
    """Resolve it; what the customer wrote last must be known here, where anything is."""
    return ResolveConversation(conversation=c.id, code=code, after_message=heard_last(s, c.id))


def heard_last(s: Situation, conversation: str) -> str:
    """The customer's last message as it is known here; empty where none is."""
    messages = s.store.replica.messages.get(conversation, ())
    return next((m.id for m in reversed(messages) if m.direction == "in"), "")


def _prioritise(value: str) -> Work:
    if not value.isdecimal() or not LEAST_PRIORITY <= int(value) <= MOST_PRIORITY:
        raise RefusedError(_("A priority is a number from 1 to 99."), code="unknown")
    number = int(value)
    return Work(PRIORITISE, _("Changing the priority"), _("Priority {n}", n=number),
                lambda c: (PrioritiseConversation(conversation=c.id, priority=number),))  # fmt: skip


def bulk_macros(s: Situation) -> tuple[MacroModel, ...]:
    """The macros that can be run on many: each step is an act of the list, none sends or writes a reply."""
    return tuple(m for m in s.store.replica.centre.macros if all(step.act in STEPS for step in m.steps))


def _macro(s: Situation, value: str, ids: Ids) -> Work:
    rows = [(m.id, m.label, "") for m in s.store.replica.centre.macros]
    found, label = chosen(value, rows, _("There is no macro {word}. Possible: {names}."))
    macro = next(m for m in s.store.replica.centre.macros if m.id == found)
    if macro not in bulk_macros(s):
        said = _("{name} writes or sends a reply: it is run in one conversation at a time.", name=label)
        raise RefusedError(said, code="not_in_bulk")
    works = [understood(s, step.act, step.value, ids) for step in macro.steps]
    return Work(MACRO, _("Running {name}", name=label), label,
                lambda c: tuple(command for work in works for command in work.make(c)))  # fmt: skip
