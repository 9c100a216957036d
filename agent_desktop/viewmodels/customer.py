"""The customer's card: who it is, what they bought, when we last spoke."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent_desktop.client import access_needs
from agent_desktop.client.situation import Situation
from agent_desktop.domain.timers import NEEDS
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.side import CustomerCard, Fact, HistoryLine, Order
from agent_desktop.viewmodels.wrapping import code_label
from agent_desktop.wire.customer import HistoryModel
from agent_desktop.wire.models import CustomerModel, InteractionModel, OfferModel

_TONES = {"ok": Tone.OK, "warning": Tone.WARNING, "danger": Tone.DANGER}


def customer_card(
    s: Situation, about: InteractionModel | OfferModel, zone: tzinfo | None = None
) -> CustomerCard:
    """The card for an interaction or an offer; an unknown customer gets a card that says so."""
    card = s.store.replica.customers.get(about.customer) or _fetched(s, about.customer)
    if card is None:
        return _unknown(s, about)
    return CustomerCard(
        id=card.id,
        known=True,
        name=card.name,
        initials=words.initials(card.name),
        line=_line(card, s.now),
        alerts=card.alerts,
        facts=_facts(card),
        orders=tuple(
            Order(
                o.id,
                f"{o.id} · {o.title}",
                Badge(o.state, _TONES.get(o.tone, Tone.PLAIN)) if o.state else None,
                o.value,
            )
            for o in card.orders
        ),
        history=tuple(_history(s, h, zone) for h in card.history),
        tags=card.tags,
        needs=_needs(s, card, about),
        advice=access_needs.advice(card.access_needs),
    )


def _needs(s: Situation, card: CustomerModel, about: InteractionModel | OfferModel) -> tuple[Button, ...]:
    """A button for each known need; only work in view can be about them."""
    if isinstance(about, OfferModel) or not about.id:
        return ()
    return tuple(
        button("customer.access", s, label=access_needs.words_of(need), checked=need in card.access_needs,
               id=about.id, need=need)
        for need in NEEDS
    )  # fmt: skip


def _fetched(s: Situation, customer: str) -> CustomerModel | None:
    """The card of somebody who is not in view: of a conversation that is only read."""
    result = s.store.results.get(f"FetchCustomer:{customer}") if customer else None
    return result.customer if result is not None else None


def _unknown(s: Situation, about: InteractionModel | OfferModel) -> CustomerCard:
    name = about.customer_name or about.from_address or _("Unknown customer")
    create, line = None, _("There is no card for this customer yet.")
    if about.customer:  # there is one, which has not come yet or is not in the copies here
        line = _("The card is loading…") if s.store.synced else _("The card is not on this computer.")
    elif isinstance(about, InteractionModel) and about.id and s.store.synced:
        create = button("customer.create", s, id=about.id)
    return CustomerCard(
        id=about.customer,
        known=False,
        name=name,
        initials=words.initials(name),
        line=line,
        alerts=(),
        facts=(Fact(_("Address"), about.from_address),) if about.from_address else (),
        orders=(),
        history=(),
        create=create,
    )


def _line(card: CustomerModel, now: float) -> str:
    parts = list(card.tags[:1])
    if card.since_year:
        parts.append(_("customer since {year}", year=card.since_year))
    place = card.city
    there = _time_there(card.timezone, now)
    parts.append(" ".join(p for p in (place, there) if p))
    return " · ".join(p for p in parts if p)


def _time_there(zone: str, now: float) -> str:
    if not zone:
        return ""
    try:
        return datetime.fromtimestamp(now, ZoneInfo(zone)).strftime("%H:%M")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _facts(card: CustomerModel) -> tuple[Fact, ...]:
    kinds = {
        "phone": _("Phone"),
        "email": _("Email"),
        "chat": _("Chat"),
        "sms": _("SMS"),
        "social": _("Social"),
    }
    verified = Badge(_("verified"), Tone.OK)
    facts = [
        Fact(kinds.get(a.kind, a.kind), a.value, verified if a.verified else None) for a in card.addresses
    ]
    if card.language:
        facts.append(Fact(_("Language"), card.language))
    if card.access_needs:
        facts.append(Fact(_("Access needs"), access_needs.in_words(card.access_needs)))
    if card.consent:
        facts.append(Fact(_("Consent"), ", ".join(card.consent)))
    facts += [Fact(label, value) for label, value in card.facts]
    return tuple(facts)


def _history(s: Situation, line: HistoryModel, zone: tzinfo | None) -> HistoryLine:
    medium = s.store.medium(line.medium)
    day = words.date(line.at, s.now, zone) if line.at else ""
    length = words.short(line.handle_s) if line.handle_s else ""
    ended = code_label(s.store.queue("").dispositions, line.disposition) if line.disposition else ""
    summary = line.summary if line.summary != line.disposition else ""  # the router had nothing better to say
    parts = [p for p in (day, summary, ended, length) if p]
    return HistoryLine(
        interaction=line.interaction,
        conversation=line.conversation,
        icon=medium.icon or line.medium,
        text=" · ".join(parts),
        accessible=", ".join([medium.name, *parts]),
    )
