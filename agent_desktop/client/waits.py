"""Which commands can wait for a router that is away, as a table: one row for each command there is.

What can wait is written down here, shown as waiting, and carried out once when the router is back.  What
cannot says why, in words for the agent.  A command without a row cannot wait; a test walks the whole union,
so that none is forgotten.

`subjects` are the fields that name what the act is about: acts that share a subject keep their order.
`concludes`: it must not overtake a message of the same conversation that was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.i18n import _
from agent_desktop.wire import access
from agent_desktop.wire import commands as c
from agent_desktop.wire import inbox as i
from agent_desktop.wire.command import Command

Why = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: it waits for acts about the same thing, or `why` says why it cannot wait."""

    subjects: tuple[str, ...] = ()
    concludes: bool = False
    why: Why | None = None

    @property
    def waits(self) -> bool:
        return self.why is None


def _call() -> str:
    return _("A call cannot wait for the server. A call that is up goes on at the phone.")


def _offer() -> str:
    return _("An offer cannot wait: without you it goes to somebody else.")


def _state() -> str:
    return _("Your state is kept by the server: it is offered again when the server is back.")


def _end() -> str:
    return _("Choose a code in the wrap-up instead: that waits, and ends the work when the server is back.")


def _park() -> str:
    return _("Snooze it instead: that waits until the server is back.")


def _transfer() -> str:
    return _("Assign it instead: that waits until the server is back.")


def _lead() -> str:
    return _("What a supervisor changes is about this moment. It cannot wait for the server.")


def _moment() -> str:
    return _("This is about this moment and cannot wait for the server.")


def _question() -> str:
    return _("The server is not connected. What is on this computer can be read and searched.")


_TEXT = Rule(("conversation",))
_WORK = Rule(("interaction",))

RULES: Final[Mapping[type[Command], Rule]] = {
    # what is written and done in conversations waits
    c.SendMessage: _TEXT,
    c.AddNote: _TEXT,
    i.ForwardMessage: _TEXT,
    i.RetryMessage: _TEXT,
    i.TagConversation: _TEXT,
    i.FollowConversation: _TEXT,
    i.PrioritiseConversation: _TEXT,
    i.ReopenConversation: _TEXT,
    i.AssignConversation: Rule(("conversation",), concludes=True),
    i.SnoozeConversation: Rule(("conversation",), concludes=True),
    i.ResolveConversation: Rule(("conversation",), concludes=True),
    i.MergeConversations: Rule(("conversation", "into"), concludes=True),
    i.UnmergeConversation: _TEXT,
    i.SplitConversation: Rule(("conversation", "new"), concludes=True),
    i.UnsplitConversation: _TEXT,
    c.MarkRead: _WORK,
    c.WrapUp: Rule(("interaction",), concludes=True),
    c.LinkCustomer: _WORK,
    c.CreateCustomer: Rule(("interaction", "customer")),
    i.SaveView: Rule(("view",)),
    i.RemoveView: Rule(("view",)),
    # calls and offers cannot
    c.AcceptOffer: Rule(why=_offer),
    c.DeclineOffer: Rule(why=_offer),
    c.TakeInteraction: Rule(why=_offer),
    c.HoldInteraction: Rule(why=_call),
    c.ResumeInteraction: Rule(why=_call),
    access.ActOnText: Rule(why=_call),
    access.KeepCaption: Rule(why=_moment),  # `client.captions` keeps them itself until the server is back
    c.Consult: Rule(why=_call),
    c.TalkWith: Rule(why=_call),
    c.CompleteTransfer: Rule(why=_call),
    c.DropLeg: Rule(why=_call),
    c.SetLegMute: Rule(why=_call),
    c.SetRecording: Rule(why=_call),
    c.SetSecure: Rule(why=_call),
    c.AskCallback: Rule(why=_call),
    c.DialNumber: Rule(why=_call),
    c.EndInteraction: Rule(why=_end),
    c.ParkInteraction: Rule(why=_park),
    c.TransferInteraction: Rule(why=_transfer),
    c.SetReady: Rule(why=_state),
    c.SetNotReady: Rule(why=_state),
    c.SignOut: Rule(why=_state),
    c.ReportSelfTest: Rule(why=_state),
    c.Supervise: Rule(why=_lead),
    c.TakeOver: Rule(why=_lead),
    c.SetAgentState: Rule(why=_lead),
    c.ForceWrapUp: Rule(why=_lead),
    c.MoveInQueue: Rule(why=_lead),
    c.SetTyping: Rule(why=_moment),
    c.Watch: Rule(why=_moment),
    c.ExtendWrapUp: Rule(why=_moment),
    access.ExtendOffer: Rule(why=_offer),
    access.SetAccessNeeds: _WORK,
    i.LookAt: Rule(why=_moment),
    i.ShareDraft: Rule(why=_moment),
    i.StopBot: Rule(why=_moment),
    i.CancelMessage: Rule(why=_moment),
    **{query: Rule(why=_question) for query in c.QUERIES},
}


def rule(command: object) -> Rule:
    """The row of a command; what has none cannot wait."""
    return RULES.get(type(command), Rule(why=_moment)) if isinstance(command, Command) else Rule(why=_moment)


def why_not(kind: type[Command]) -> str:
    """Why a command cannot wait, in words; empty when it can."""
    row = RULES.get(kind, Rule(why=_moment))
    return "" if row.why is None else row.why()


def subjects(command: object, conversation_of: Callable[[str], str]) -> tuple[str, ...]:
    """What an act is about: ids of conversations, customers, views.

    Work is about its conversation (`conversation_of(interaction)`), so that a reply and the wrap-up after
    it keep their order; work without one stands for itself.
    """
    found: dict[str, None] = {}
    for name in rule(command).subjects:
        value = getattr(command, name, "")
        key = str(getattr(value, "id", value) or "")
        if name == "interaction":
            key = conversation_of(key) or key
        if key:
            found[key] = None
    return tuple(found)
