"""The offer card: who rings, why me, how long they waited, how long I have."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button, with_arguments
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.wire.models import OfferModel


@dataclass(frozen=True, slots=True)
class OfferCard:
    """One offer.  `countdown` is whole seconds left; `fraction` runs from 1 to 0.

    `line` is queue, wait and the first reasons; `detail` is the path through the menu and the subject.
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


def offer_cards(s: Situation) -> tuple[OfferCard, ...]:
    """The cards, the oldest first."""
    offers = sorted(s.store.replica.offers.values(), key=lambda o: (o.offered_at, o.id))
    return tuple(offer_card(s, offer) for offer in offers)


def offer_card(s: Situation, offer: OfferModel) -> OfferCard:
    """One card at this moment."""
    medium = s.store.medium(offer.medium)
    queue = s.store.queue(offer.queue).name if offer.queue else ""
    title = offer.customer_name or offer.from_address or _("Unknown customer")
    waited = s.now - offer.queued_at if offer.queued_at else 0.0
    left = offer.expires_at - s.now if offer.expires_at else 0.0
    whole = max(1.0, offer.expires_at - offer.offered_at)
    line = " · ".join(
        p for p in (queue, _("waited {time}", time=words.short(waited)), *offer.reasons[:2]) if p
    )
    path = " → ".join(offer.path)
    reasons = [r for r in s.store.replica.centre.decline_reasons if not r.system]
    return OfferCard(
        offer=offer.id,
        interaction=offer.interaction,
        medium=offer.medium,
        icon=medium.icon or offer.medium,
        title=title,
        initials=words.initials(title),
        line=line,
        detail=" · ".join(p for p in (path, offer.subject) if p),
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
    )


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
    parts = [said, queue, _("waited {time}", time=words.spoken(waited)), *offer.reasons[:1]]
    return ", ".join(p for p in parts if p)
