"""Unsent acts as values: what was done here, in what order it may leave, and what a refusal asks for.

No disk, clock or network: `unsent.py` keeps the acts and `offline.py` sends them.  The rules:

- an act carries the request id that it was given once: sent twice it is carried out once;
- acts about the same thing leave in the order in which they were done, one at a time; what was done and
  sent while the router was there may follow at once, because the link keeps the order;
- a refused act stays in the list until the agent decides, and stops only what must not overtake it: a
  conversation is not concluded over a message that was not sent;
- who insists makes a new request: the old one has its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from msgspec import structs

from agent_desktop.client import waits
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.commands import AddNote, AnyCommand, SendMessage
from agent_desktop.wire.inbox import (
    AssignConversation,
    ForwardMessage,
    ResolveConversation,
    SnoozeConversation,
)

ActState = Literal["saving", "waiting", "sent", "refused"]

# The router could not do it now and changed nothing: it is asked again, with the same id.
LATER = frozenset({"not_kept", "failed"})
AGAIN_S = 30.0
# The router remembers its answers for seven days: what may have been sent before is not sent again unasked.
REMEMBERED_S = 6.5 * 86_400.0
TOO_OLD = "too_old"
THERE = frozenset({"sent_already"})  # a message of this id is there: what was wanted is done
OVERRIDES = frozenset({"newer_message", "other_draft", "bot"})  # what a writer may send in spite of


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act.  `waited`: it was done without the router, or the link was lost before its answer came."""

    request: str
    number: int
    command: AnyCommand
    subjects: tuple[str, ...]
    at: float
    title: str = ""  # whom it is about, as it was called then
    state: ActState = "saving"
    code: str = ""
    message: str = ""  # the router's sentence of a refusal
    waited: bool = False
    sent_at: float = 0.0  # when it first left; 0: it never did
    again_at: float = 0.0  # not before

    @property
    def message_id(self) -> str:
        """The id of the message or note that it writes; empty for other acts."""
        return (
            self.command.message if isinstance(self.command, SendMessage | AddNote | ForwardMessage) else ""
        )


def held(acts: Iterable[Act]) -> frozenset[str]:
    """The requests of the acts that must not overtake a refused message.  `acts` are in order."""
    refused: set[str] = set()  # what the refused messages so far are about
    found: set[str] = set()
    for act in acts:
        if waits.rule(act.command).concludes and not refused.isdisjoint(act.subjects):
            found.add(act.request)
        if act.state == "refused" and act.message_id:
            refused.update(act.subjects)
    return frozenset(found)


def due(acts: Iterable[Act], now: float) -> Iterator[Act]:
    """What may leave now, in the order in which it was done.  `acts` are in order."""
    busy: set[str] = set()  # something before it must be answered first
    under_way: set[str] = set()  # something before it is under way and never waited
    messages: set[str] = set()  # a message that was refused lies before it
    for act in acts:
        mine = set(act.subjects)
        if act.state == "refused":
            messages |= mine if act.message_id else set()
            continue
        if act.state == "sent":
            (busy if act.waited else under_way).update(mine)
            continue
        if waits.rule(act.command).concludes and mine & messages:
            continue  # for the agent to decide, like what was refused: it stops nothing after it
        follows = mine & under_way and act.waited
        if follows or mine & busy or act.again_at > now:
            busy |= mine
            continue
        yield act
        (busy if act.waited else under_way).update(mine)


def may_have_left(act: Act, now: float) -> bool:
    """Whether it left so long ago that the router does not remember its answer any more."""
    return act.sent_at > 0 and now - act.sent_at > REMEMBERED_S


def too_old(act: Act) -> Act:
    """It is not sent again without the agent: the router may have it already."""
    text = _("It is not known whether the server has this already. Look, then send it again or discard it.")
    return replace(act, state="refused", code=TOO_OLD, message=text)


def insisted(act: Act) -> AnyCommand:
    """The command of who wants a refused act all the same.  Raises `RefusedError` when it must be changed."""
    match act.command, act.code:
        case SendMessage() as command, code if code in OVERRIDES:
            return structs.replace(command, despite=tuple(dict.fromkeys((*command.despite, code))))
        case SendMessage(), "wrong_recipient":
            raise RefusedError(
                _("Open it and look at who gets it: the address is another one now."), code="wrong_recipient"
            )
        case AssignConversation() as assigned, _code:
            return structs.replace(assigned, was=None)
        case (ResolveConversation() | SnoozeConversation()) as closing, _code:
            return structs.replace(closing, after_message="")
        case command, _code:
            return command


def can_insist(act: Act) -> bool:
    """Whether sending it again as it is makes sense."""
    return act.state == "refused" and act.code != "wrong_recipient"
