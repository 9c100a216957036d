"""The actions with more than one person beside the agent: transfer, consult, swap, conference, let go.

What is possible now says `domain.transfer`; a button that cannot be pressed has the table's reason.
"""

from __future__ import annotations

from agent_desktop.client.action import Action, Arguments, Check, Locally, Step, ToRouter
from agent_desktop.client.actions_call import CALL
from agent_desktop.client.actions_work import cannot_wait, needs_router
from agent_desktop.client.calling import guests, refusal
from agent_desktop.client.numbers import dialled, is_number
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.calls import LegModel
from agent_desktop.wire.commands import (
    CompleteTransfer,
    Consult,
    DropLeg,
    FindTargets,
    SetLegMute,
    TalkWith,
    TransferInteraction,
)
from agent_desktop.wire.models import InteractionModel


def _to_transfer(s: Situation, a: Arguments) -> InteractionModel:
    if a.get("id"):
        return s.interaction(a["id"])
    looked_at = s.looked_at
    if looked_at is not None and s.store.is_mine(looked_at) and not s.store.medium(looked_at.medium).talk:
        return looked_at
    return s.talk() or s.interaction()


def _can_transfer(s: Situation, a: Arguments) -> str:
    if reason := cannot_wait(s, TransferInteraction):
        return reason
    interaction = _to_transfer(s, a)
    if not s.store.is_mine(interaction):
        return _("This is not yours.")
    if interaction.state == "wrap_up":
        return _("It has ended: only what goes on can be transferred.")
    if s.store.medium(interaction.medium).talk and interaction.state in {"active", "held"}:
        return refusal(transfer.BLIND, interaction)
    return ""


def _transfer(s: Situation, a: Arguments) -> tuple[Step, ...]:
    interaction = _to_transfer(s, a)
    if not a.get("target", "").strip():
        return (Locally("transfer.open", (("id", interaction.id),)),)
    target = target_of(s, a["target"], number=s.store.medium(interaction.medium).talk)
    send = TransferInteraction(interaction=interaction.id, target=target, note=a.get("note", ""))
    return (ToRouter(send), Locally("transfer.close"))


def target_of(s: Situation, word: str, *, number: bool) -> str:
    """Whom a word means: what the list shows, a number, or, where agents are not told, a name as it is.

    Raises `RefusedError`.
    """
    if number and is_number(word) and not _is_extension(s, word):
        return dialled(word)
    try:
        return s.target(word)[0]
    except RefusedError:
        # Who is no supervisor is told of the other agents only by asking: the router knows the name.
        alone = set(s.store.replica.agents) <= {s.store.replica.me.id}
        if alone and word.strip():
            return word.strip()
        raise


def _is_extension(s: Situation, word: str) -> bool:
    return any(a.extension == word.strip() for a in s.store.replica.agents.values())


def call_in_hand(s: Situation, a: Arguments) -> InteractionModel:
    """The call of mine that is meant.  Raises `RefusedError`."""
    talk = s.interaction(a["id"]) if a.get("id") else s.talk()
    if talk is None or not s.store.medium(talk.medium).talk or talk.state not in {"active", "held"}:
        raise RefusedError(_("There is no call."), code="no_call")
    if not s.store.is_mine(talk):
        raise RefusedError(_("This is not yours."), code="not_yours")
    return talk


def allowed(act: str) -> Check:
    """The check of an act of the table."""

    def check(s: Situation, a: Arguments) -> str:
        return cannot_wait(s, TalkWith) or refusal(act, call_in_hand(s, a))

    return check


def _consult(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    if not a.get("target", "").strip():
        return (Locally("transfer.open", (("id", talk.id),)),)
    target = target_of(s, a["target"], number=True)
    ask = Consult(interaction=talk.id, target=target, note=a.get("note", ""))
    return (ToRouter(ask), Locally("transfer.close"))


def _swap(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    now = talk.call.talk if talk.call is not None else "customer"
    other = "guest" if now == "customer" else "customer"
    return (ToRouter(TalkWith(interaction=talk.id, with_whom=a.get("with", "") or other)),)


def _complete(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    leg = guest_of(talk, a["leg"]).id if a.get("leg") else ""
    return (ToRouter(CompleteTransfer(interaction=talk.id, leg=leg)),)


def _conference(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(TalkWith(interaction=call_in_hand(s, a).id, with_whom="all")),)


def guest_of(talk: InteractionModel, word: str) -> LegModel:
    """The guest that a word means; the only one when nothing is said.  Raises `RefusedError`."""
    others = guests(talk)
    if not word.strip() and len(others) == 1:
        return others[0]
    rows = [(leg.id, leg.name or leg.number, leg.number) for leg in others]
    found = chosen(word, rows, _("There is no {word} in the call. There are: {names}."))[0]
    return next(leg for leg in others if leg.id == found)


def _drop(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    leg = guest_of(talk, a.get("leg", ""))
    return (ToRouter(DropLeg(interaction=talk.id, leg=leg.id)),)


def _mute_leg(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = call_in_hand(s, a)
    word, on = a.get("leg", "").strip(), a.get("on", "")
    head, _space, last = word.rpartition(" ")
    if not on and (last or word) in {"on", "off"}:
        word, on = head, last or word
    leg = guest_of(talk, word)
    wanted = on in {"on", "yes"} or (not on and not leg.muted)
    return (ToRouter(SetLegMute(interaction=talk.id, leg=leg.id, on=wanted)),)


def _targets(s: Situation, a: Arguments) -> tuple[Step, ...]:
    talk = s.talk()
    return (
        ToRouter(
            FindTargets(text=a.get("text", "").strip(), interaction=talk.id if talk is not None else "")
        ),
    )


CONSULT, SWAP, COMPLETE = allowed(transfer.CONSULT), allowed(transfer.SWAP), allowed(transfer.COMPLETE)
ALL, DROP = allowed(transfer.CONFERENCE), allowed(transfer.DROP)

PARTIES = (
    Action("call.transfer", "Transfer", CALL, "Give it to a queue, an agent or a number.", _can_transfer,
           _transfer, "transfer", "transfer TARGET", "Ctrl+T", "transfer"),
    Action("call.consult", "Consult", CALL, "Ask a colleague first; the customer hears music.", CONSULT,
           _consult, "consult", "consult TARGET", "Ctrl+Shift+L", "assign"),
    Action("call.swap", "Swap", CALL, "Talk with the other one; who waits hears music.", SWAP, _swap,
           "swap", "swap", "Ctrl+Shift+S", "swap"),
    Action("call.complete", "Complete", CALL, "Put the customer through, and leave the call.", COMPLETE,
           _complete, "complete", "complete [WHO]", "Ctrl+Shift+G", "transfer"),
    Action("call.conference", "Conference", CALL, "Talk with all of them.", ALL, _conference,
           "conference", "conference", "Ctrl+Shift+C", "conference"),
    Action("call.drop", "Remove", CALL, "Let somebody go out of the call.", DROP, _drop, "drop",
           "drop [WHO]", icon="close"),
    Action("call.mute_leg", "Mute", CALL, "The others do not hear this person, or do again.", DROP,
           _mute_leg, "mutepart", "mutepart [WHO] [on|off]", icon="mute"),
    Action("call.targets", "Find whom to call", CALL, "List agents, queues and parked calls by name.",
           needs_router, _targets, "targets", "targets [LETTERS]", icon="search", palette=False),
)  # fmt: skip
