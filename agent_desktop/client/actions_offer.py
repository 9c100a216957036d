"""The actions of what rings: an offer of the router, a colleague who calls, and work taken by hand."""

from __future__ import annotations

from agent_desktop.client.action import Action, Arguments, Locally, Step, ToPhone, ToRouter
from agent_desktop.client.actions_work import cannot_wait
from agent_desktop.client.calling import refusal, ringing_calls
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain import transfer
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.commands import AcceptOffer, DeclineOffer, HoldInteraction, TakeInteraction
from agent_desktop.wire.phone import Answer, Expect, PhoneCall, Reject

OFFER = "Offers"


def _can_accept(s: Situation, a: Arguments) -> str:
    call = _ringing(s, a)
    if call is not None:
        return _phone_missing(s)
    reason = cannot_wait(s, AcceptOffer)
    if reason:
        return reason
    offer = s.offer(a.get("id", ""))
    if offer.expires_at and offer.expires_at <= s.now:
        return _("The offer is over: its time has passed.")
    return _phone_missing(s) if s.store.medium(offer.medium).talk else ""


def _phone_missing(s: Situation) -> str:
    if s.store.phone.connection.state != "online":
        return _("The phone is not running, so the call cannot be answered. It is being started again.")
    return ""


def _ringing(s: Situation, a: Arguments) -> PhoneCall | None:
    """The call at the own phone that is meant: named, or the one that rings when no call is offered."""
    calls, reference = ringing_calls(s), a.get("id", "")
    if reference:
        return next((c for c in calls if reference in {c.id, c.interaction}), None)
    offered = any(s.store.medium(offer.medium).talk for offer in s.store.replica.offers.values())
    return calls[0] if calls and not offered else None


def _answer(s: Situation, call: PhoneCall) -> tuple[Step, ...]:
    """Answer a colleague; the call that is up is held first, so that its customer hears music."""
    talk = s.talk()
    hold: tuple[Step, ...] = ()
    if talk is not None and talk.state == "active" and not refusal(transfer.HOLD, talk):
        hold = (ToRouter(HoldInteraction(interaction=talk.id)),)
    known = call.interaction in s.store.replica.interactions
    look = Locally("inbox.open", (("id", call.interaction),)) if known else Locally("go.inbox")
    return (*hold, ToPhone(Answer(call=call.id)), look)


def _accept(s: Situation, a: Arguments) -> tuple[Step, ...]:
    call = _ringing(s, a)
    if call is not None:
        return _answer(s, call)
    offer = s.offer(a.get("id", ""))
    asked = (one.command for one in s.store.asked.values())
    if any(isinstance(one, AcceptOffer) and one.offer == offer.id for one in asked):
        return ()  # pressed twice, or on the headset too: the first one is on its way
    accept = ToRouter(AcceptOffer(offer=offer.id))
    look = Locally("inbox.open", (("id", offer.interaction),))
    if s.store.medium(offer.medium).talk:
        # The phone must know before the call that the accept causes can arrive.
        return (
            ToPhone(Expect(interaction=offer.interaction, tone=s.store.queue(offer.queue).answer_tone)),
            accept,
            look,
        )
    return (accept, look)


def _can_decline(s: Situation, a: Arguments) -> str:
    if _ringing(s, a) is not None:
        return ""
    reason = cannot_wait(s, DeclineOffer)
    if not reason:
        _decline(s, a)
    return reason


def _decline(s: Situation, a: Arguments) -> tuple[Step, ...]:
    call = _ringing(s, a)
    if call is not None:
        return (ToPhone(Reject(call=call.id)),)
    reference, word = a.get("id", ""), a.get("reason", "")
    rows = [(r.code, r.label, "") for r in s.store.replica.centre.decline_reasons if not r.system]
    try:
        offer = s.offer(reference)
    except RefusedError:
        # `decline REASON`: the first word may be the reason when it is no offer's name.
        if not reference or not s.store.replica.offers:
            raise
        offer, word = s.offer(), f"{reference} {word}".strip()
    if word and rows:
        word = chosen(word, rows, _("There is no reason {word}. Possible: {names}."))[0]
    return (ToRouter(DeclineOffer(offer=offer.id, reason=word)),)


def _can_take(s: Situation, a: Arguments) -> str:
    reason = cannot_wait(s, TakeInteraction)
    if reason:
        return reason
    if _parked_elsewhere(s, a) is not None:
        return _phone_missing(s)
    interaction = s.interaction(a.get("id", ""))
    talk = s.store.medium(interaction.medium).talk
    if interaction.state == "parked" and talk:
        return _phone_missing(s)
    if interaction.state != "queued":
        return _("Only what waits in a queue can be taken.")
    if talk:
        return _("Calls are given out by the queue and cannot be taken by hand.")
    return ""


def _parked_elsewhere(s: Situation, a: Arguments) -> TargetModel | None:
    """A parked call that is not in view and was found among the targets."""
    wanted, known = a.get("id", ""), s.store.replica.interactions
    parked = (t for t in s.targets if t.kind == "parked" and t.id not in known)
    return next((t for t in parked if wanted and wanted in {t.id, t.name}), None)


def _take(s: Situation, a: Arguments) -> tuple[Step, ...]:
    parked = _parked_elsewhere(s, a)
    if parked is not None:
        return (
            ToPhone(Expect(interaction=parked.id)),
            ToRouter(TakeInteraction(interaction=parked.id)),
            Locally("transfer.close"),
        )
    interaction = s.interaction(a.get("id", ""))
    take = ToRouter(TakeInteraction(interaction=interaction.id))
    look = Locally("inbox.open", (("id", interaction.id),))
    if s.store.medium(interaction.medium).talk:  # also where the phone has a call for it: I listened to it
        return (ToPhone(Expect(interaction=interaction.id)), take, look)
    return (take, look)


OFFERS = (
    Action("offer.accept", "Answer", OFFER, "Take what is offered.", _can_accept, _accept, "accept",
           "accept [ID]", "F2", "answer"),
    Action("offer.decline", "Decline", OFFER, "Give back what is offered; it keeps its place.", _can_decline,
           _decline, "decline", "decline [ID] [REASON]", "F3", "decline"),
    Action("interaction.take", "Take", OFFER, "Take waiting work by hand.", _can_take, _take, "take",
           "take [N]", "Ctrl+Shift+T", "assign"),
)  # fmt: skip
