"""The answers of the verbs of the telephone that only look: agents, calls, who waits, devices, quality."""

from __future__ import annotations

from agent_desktop.client.calling import meant
from agent_desktop.client.store import CallQuality
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.callcard import CallCard
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.offers import OfferCard
from agent_desktop.viewmodels.quality import quality_badge, quality_facts, quality_words
from agent_desktop.viewmodels.settings import DevicesView, PhoneView, SelfTestView
from agent_desktop.viewmodels.supervisor import SupervisorView
from agent_desktop.viewmodels.transferring import TargetRow, kind_name, target_row
from agent_desktop.wire.calls import TargetModel


def agents(view: SupervisorView) -> list[str]:
    """Each agent in one line."""
    rows = [f"{number}. {agent.spoken}" for number, agent in enumerate(view.agents, 1)]
    return rows or [_("Nobody is signed in.")]


def calls(view: SupervisorView) -> list[str]:
    """Each live call in one line, then the one that I am in."""
    rows = [f"{number}. {call.spoken}" for number, call in enumerate(view.calls, 1)]
    if view.listening is not None:
        rows += [view.listening.spoken, view.listening.hold_rule]
    return rows or [_("There are no calls.")]


def waiting(view: SupervisorView) -> list[str]:
    """Who waits, the oldest first, then the six figures."""
    rows = [f"{number}. {one.spoken}" for number, one in enumerate(view.waiting, 1)]
    return [*(rows or [_("Nobody is waiting")]), *(f.spoken for f in view.figures)]


def card_lines(card: CallCard) -> list[str]:
    """What the bar says of a call, beyond its one sentence."""
    rows = [card.spoken]
    if card.encrypted is not None:
        rows.append(card.encrypted.spoken)
    if card.quality is not None:
        rows.append(card.quality_words or card.quality.spoken)
    rows += [
        text for text in (card.notice, card.recording.banner if card.recording is not None else "") if text
    ]
    return rows


def quality(d: Desktop) -> list[str]:
    """How the call sounds: words, then figures."""
    s = d.situation()
    call = meant(s, {})[1]
    if call is None:
        return [_("There is no call.")]
    measured = s.store.phone.quality.get(call.id, CallQuality())
    badge = quality_badge(measured)
    if badge is None:
        return [_("Nothing is measured yet.")]
    rows = [badge.spoken, quality_words(measured)]
    rows += [f"{label}: {value}" for label, value in quality_facts(measured)]
    rows.append(_("The sound is encrypted on its way (SRTP).") if call.encrypted else "")
    return [row for row in rows if row]


def keys(d: Desktop) -> list[str]:
    """The keys that the customer pressed; of secret ones only how many."""
    talk = d.situation().talk()
    model = talk.call if talk is not None else None
    if model is None:
        return [_("There is no call.")]
    if model.secure:
        return [plural("{n} secret key", "{n} secret keys", model.secure_keys)]
    return [
        _("The customer pressed: {keys}", keys=model.keys)
        if model.keys
        else _("The customer pressed no keys.")
    ]


def devices(view: DevicesView) -> list[str]:
    """The lists, the switches, the levels, the headset."""
    rows = []
    for one in view.lists:
        rows.append(f"{one.title} ({one.kind}): {one.help}" if one.help else f"{one.title} ({one.kind}):")
        for number, row in enumerate(one.rows, 1):
            place = _("wanted") if row.use.checked else _("not wanted")
            rows.append(f"{number}. {row.name}, {row.state.text}, {place}")
        if not one.rows:
            rows.append(_("No device is known."))
    rows += [f"{x.label}: {_('on') if x.checked else _('off')}" for x in view.switches]
    rows += [_("{label}: {n} dB", label=x.label, n=f"{x.value_db:.0f}") for x in view.levels]
    rows.append(_("Headset: {name}", name=view.headset.text))
    rows.append(view.headset_detail)
    return rows


def self_test(view: SelfTestView) -> list[str]:
    """The self-test in lines: each check, then what to do."""
    rows = [f"{row.label}: {row.badge.text}" + (f". {row.words}" if row.words else "") for row in view.rows]
    return [row for row in (*rows, view.verdict) if row]


def cannot(view: PhoneView) -> list[str]:
    """The engine and what it cannot do."""
    rows = [_("Phone engine: {name}", name=view.engine)] if view.engine else []
    return [*rows, *view.cannot]


def phone(view: PhoneView) -> list[str]:
    """The page of the phone: its registration, the engine, what else is known of it."""
    rows = [f"{view.registration.text}: {view.detail}" if view.detail else view.registration.text]
    return [*rows, *cannot(view), *(f"{label}: {value}" for label, value in view.facts)]


def targets(d: Desktop, found: tuple[TargetModel, ...]) -> list[str]:
    """Whom a call can go to."""
    s = d.situation()
    subject = s.talk() or s.looked_at
    if subject is None:
        rows = [f"{n}. {t.name or t.id}, {kind_name(t.kind)}" for n, t in enumerate(found, 1)]
        return rows or [_("Nothing found.")]
    rows = []
    for number, target in enumerate(found, 1):
        row = target_row(s, subject, target)
        rows.append(f"{number}. {target_line(row)}")
    return rows or [_("Nothing found.")]


def target_line(row: TargetRow) -> str:
    """Whom a call can go to, and why they cannot be asked."""
    return ". ".join(p for p in (row.spoken, row.consult.reason) if p)


def ringing(cards: tuple[OfferCard, ...]) -> list[str]:
    """What rings, with what is left of the time."""
    return [
        card.spoken
        + (
            _(". {time} to accept", time=words.spoken(card.countdown))
            if card.countdown and not card.expired
            else ""
        )
        for card in cards
    ]
