"""Which call an act is about, and what the call allows now, in the agent's words.

An act names nothing (the call in hand), an interaction (`id`), or a call that only the phone knows
(`call`): a colleague's consult, a supervised call, a call from a desk phone.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.client.situation import Situation
from agent_desktop.domain import transfer
from agent_desktop.i18n import _
from agent_desktop.wire.calls import LegModel
from agent_desktop.wire.models import InteractionModel
from agent_desktop.wire.phone import PhoneCall

Arguments = Mapping[str, str]
GUEST, SUPERVISOR, UP = "guest", "supervisor", "up"
IN_CALL = frozenset({"active", "held"})


def meant(s: Situation, a: Arguments) -> tuple[InteractionModel | None, PhoneCall | None]:
    """The interaction in hand and the phone's call that an act is about; either may be missing."""
    if a.get("call"):
        call = s.store.phone.calls.get(a["call"])
        talk = s.store.replica.interactions.get(call.interaction) if call is not None else None
        return (talk if talk is not None and s.store.is_mine(talk) else None), call
    if a.get("id"):
        interaction = s.interaction(a["id"])
        mine = s.store.is_mine(interaction) and interaction.state in IN_CALL
        return (interaction if mine else None), s.store.call_of(interaction.id)
    talk = s.talk()
    if talk is None or talk.state == "held":
        other = next((c for c in foreign_calls(s) if c.state == UP), None)
        if other is not None:
            return None, other
    return talk, s.call()


def foreign_calls(s: Situation) -> tuple[PhoneCall, ...]:
    """The phone's calls that are no interaction of mine: consults by colleagues, supervised ones."""
    mine = {i.id for i in s.mine()}
    return tuple(c for c in s.store.phone.calls.values() if c.interaction not in mine)


def guests(talk: InteractionModel) -> tuple[LegModel, ...]:
    """Who else is in the call: consulted, or the others of a conference."""
    return tuple(leg for leg in (talk.call.legs if talk.call is not None else ()) if leg.kind == GUEST)


def supervisors(talk: InteractionModel) -> tuple[LegModel, ...]:
    """Who listens, whispers or has barged in."""
    legs = talk.call.legs if talk.call is not None else ()
    return tuple(leg for leg in legs if leg.kind == SUPERVISOR)


def refusal(act: str, talk: InteractionModel) -> str:
    """Why the act is impossible in this call now, in words; empty when it is possible."""
    code = transfer.refusal(act, _seen(talk))
    return reason_words().get(code, transfer.REASONS.get(code, code)) if code else ""


def _seen(talk: InteractionModel) -> transfer.Situation:
    held, call = talk.state == "held", talk.call
    if call is None:  # the exchange has not told yet; the interaction is in hand all the same
        return transfer.Situation(state="bridged", held=held)
    others = guests(talk)
    up = sum(leg.state == UP for leg in others)
    return transfer.Situation(
        state=call.state,
        held=held,
        talk=call.talk,
        guests=up,
        ringing=len(others) - up,
        secure=call.secure,
    )


def reason_words() -> dict[str, str]:
    """The codes of `domain.transfer` in the reader's language."""
    return {
        "no_call": _("There is no call."),
        "over": _("The call is over."),
        "not_connected": _("The call is not connected yet."),
        "held": _("The call is on hold already."),
        "not_held": _("The call is not on hold."),
        "no_guest": _("There is nobody else in the call. Consult somebody first."),
        "guest_rings": _("Wait until the other one has answered."),
        "consult_open": _("You consult somebody already. Complete it, or let them go first."),
        "conference": _("This is a conference; leave it, or let the others go first."),
        "in_conference": _("You talk with all of them already."),
        "secure": _("Card data is being given. End that first."),
    }


def ringing_calls(s: Situation) -> tuple[PhoneCall, ...]:
    """Calls that ring at the own phone and wait for the agent, the oldest first.

    What is mine already, was offered, or is supervised by me is answered by the phone itself.
    """
    offered = {o.interaction for o in s.store.replica.offers.values()}
    rings = [
        c
        for c in s.store.phone.calls.values()
        if c.state == "ringing" and c.direction == "in" and not answered_by_itself(s, c, offered)
    ]
    return tuple(sorted(rings, key=lambda c: (c.started_at, c.id)))


def answered_by_itself(s: Situation, call: PhoneCall, offered: set[str]) -> bool:
    """Whether the phone expects this call."""
    if not call.interaction:
        return False
    if call.interaction in offered:
        return True
    interaction = s.store.replica.interactions.get(call.interaction)
    if interaction is None:
        return False
    me = s.store.replica.me.id
    return s.store.is_mine(interaction) or any(leg.agent == me for leg in supervisors(interaction))


def who_calls(call: PhoneCall) -> str:
    """The name of who is at the other end of a call."""
    return call.remote_name or call.remote or _("Unknown caller")
