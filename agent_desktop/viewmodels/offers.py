"""The offer card: who rings, why me, how long they waited, how long I have."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent_desktop.client import access_needs
from agent_desktop.client.calling import ringing_calls, who_calls
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.wire.models import OfferModel
from agent_desktop.wire.phone import PhoneCall


@dataclass(frozen=True, slots=True)
class OfferCard:
    """One offer.  `countdown` is whole seconds left; `fraction` runs from 1 to 0.

    `line` is queue, wait and the first reasons; `detail` says that it answers by itself, is to be called
    back or who sends it, then the path through the menu and the subject.
    """

    offer: str
    interaction: str
    medium: str
    icon: str
    title: str
    initials: str
    line: str
    detail: str
    reasons: tuple[str, ...]
    waited: str
    countdown: int
    fraction: float
    expired: bool
    answer: Button
    decline: Button
    decline_reasons: tuple[Button, ...]
    spoken: str  # "Incoming call from Lena Brandt, Support, waited 22 seconds"
    call: str = ""  # a call at the own phone: a colleague asks, or somebody dialled me; `offer` is empty
    kind: str = ""  # empty: work for me; consult, direct, callback
    automatic: bool = False  # accepted without a press
    why: Button | None = None  # why me; not for a call that is no offer
    more: Button | None = None  # more time to answer, where there is any
    needs: str = ""  # "Access needs: text relay"
    advice: str = ""  # what the agent does about them
    signs: tuple[str, ...] = ("taskbar",)  # what shows it besides: band, flash, taskbar, notify
    silent: bool = False  # this medium does not ring aloud


def offer_cards(s: Situation) -> tuple[OfferCard, ...]:
    """The cards, as Answer takes them: calls that are offered, colleagues and others who call, the rest."""
    cards = [(s.store.medium(offer.medium).talk, offer_card(s, offer)) for offer in s.store.offers()]
    calls = (call_card(s, call) for call in ringing_calls(s))
    return (*(card for talk, card in cards if talk), *calls, *(card for talk, card in cards if not talk))


def call_card(s: Situation, call: PhoneCall) -> OfferCard:
    """The card of a call that rings at the own phone and is no offer."""
    about = s.store.replica.interactions.get(call.interaction)
    line = _("calls you")
    if about is not None:
        queue = s.store.queue(about.queue).name if about.queue else ""
        line = " · ".join(p for p in (_("asks about {name}", name=words.who(about)), queue) if p)
    waited = s.now - call.started_at if call.started_at else 0.0
    title = who_calls(call)
    return OfferCard(
        offer="",
        interaction=call.interaction,
        medium=next((m.id for m in s.store.replica.centre.media if m.talk), ""),
        icon="phone",
        title=title,
        initials=words.initials(title),
        line=line,
        detail="",
        reasons=(),
        waited=words.short(waited),
        countdown=0,
        fraction=1.0,
        expired=False,
        answer=button("offer.accept", s, label=_("Answer"), tone=Tone.OK, id=call.id),
        decline=button("offer.decline", s, id=call.id),
        decline_reasons=(),
        spoken=spoken_call(s, call),
        call=call.id,
        kind="consult" if about is not None else "direct",
    )


def spoken_call(s: Situation, call: PhoneCall) -> str:
    """Who calls and what about, as one sentence."""
    about = s.store.replica.interactions.get(call.interaction)
    name = who_calls(call)
    if about is None:
        return _("{name} calls you", name=name)
    return _("{name} asks you about {customer}", name=name, customer=words.who(about))


def offer_card(s: Situation, offer: OfferModel) -> OfferCard:
    """One card at this moment."""
    medium = s.store.medium(offer.medium)
    queue = s.store.queue(offer.queue).name if offer.queue else ""
    title = offer.customer_name or offer.from_address or _("Unknown customer")
    waited = s.now - offer.queued_at if offer.queued_at else 0.0
    left = offer.expires_at - s.now if offer.expires_at else 0.0
    whole = max(1.0, offer.expires_at - offer.offered_at)
    line = " · ".join(
        p for p in (queue, _("waited {time}", time=words.short(waited)), *first_reasons(offer)) if p
    )
    path = " → ".join(offer.path)
    reasons = [r for r in s.store.replica.centre.decline_reasons if not r.system]
    needs = access_needs.needs_of(s.store, offer)
    return OfferCard(
        offer=offer.id,
        interaction=offer.interaction,
        medium=offer.medium,
        icon=medium.icon or offer.medium,
        title=title,
        initials=words.initials(title),
        line=line,
        detail=" · ".join(p for p in (*_manner(s, offer), path, offer.subject) if p),
        reasons=offer.reasons,
        waited=words.short(waited),
        countdown=max(0, int(left + 0.999)),
        fraction=min(1.0, max(0.0, left / whole)),
        expired=bool(offer.expires_at) and left <= 0,
        answer=button(
            "offer.accept", s, label=_("Answer") if medium.live else _("Accept"), tone=Tone.OK, id=offer.id
        ),
        decline=button("offer.decline", s, id=offer.id),
        decline_reasons=tuple(
            with_arguments(button("offer.decline", s, label=r.label, id=offer.id), reason=r.code)
            for r in reasons
        ),
        spoken=spoken_offer(s, offer),
        kind=offer.kind,
        automatic=offer.auto_accept,
        why=replace(button("why", s, label=_("Why me?")), args=(("id", offer.id),)),
        more=_more(s, offer),
        needs=_needs(needs),
        advice=access_needs.advice(needs),
    )


def _more(s: Situation, offer: OfferModel) -> Button | None:
    """Ring on; shown where the queue gives time, also when it is used up."""
    if not offer.more_s:
        return None
    label = _("More time (+{n} s)", n=round(offer.more_s))
    return button("offer.more", s, label=label, id=offer.id)


def _needs(needs: tuple[str, ...]) -> str:
    return _("Access needs: {needs}", needs=access_needs.in_words(needs)) if needs else ""


def first_reasons(offer: OfferModel) -> tuple[str, ...]:
    """The first reasons; the last of several is the clock, and how long they waited is said already."""
    return offer.reasons[:-1][:2] if len(offer.reasons) > 1 else offer.reasons


def _manner(s: Situation, offer: OfferModel) -> tuple[str, ...]:
    """What is special about it: it answers by itself, is to be called back, or a colleague sends it."""
    about = s.store.replica.interactions.get(offer.interaction)
    number = about.callback_number if about is not None else ""
    back = ""
    if offer.kind == "callback":
        back = _("Call back: {number}", number=number or offer.from_address)
    sender = _("Transferred by {name}", name=offer.from_name) if offer.from_name else ""
    return (_("Answers by itself") if offer.auto_accept else "", back, sender)


def spoken_offer(s: Situation, offer: OfferModel) -> str:
    """The offer as one sentence, the same for the screen reader and the terminal."""
    medium = s.store.medium(offer.medium)
    name = offer.customer_name or offer.from_address or _("unknown customer")
    if medium.talk:
        said = _("Incoming call from {name}", name=name)
    else:
        said = _("{medium} from {name}", medium=medium.name, name=name)
    queue = s.store.queue(offer.queue).name if offer.queue else ""
    waited = s.now - offer.queued_at if offer.queued_at else 0.0
    manner = (*_manner(s, offer), _needs(access_needs.needs_of(s.store, offer)))
    parts = [said, *manner, queue, _("waited {time}", time=words.spoken(waited)), *offer.reasons[:1]]
    return ", ".join(p for p in parts if p)
