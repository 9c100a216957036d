"""How the screen follows calls: consults, recordings, who listens, the headset, the offered self-test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_desktop.client.calling import foreign_calls, ringing_calls
from agent_desktop.i18n import _
from agent_desktop.viewmodels import taking
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.models import InteractionModel, OfferModel
from agent_desktop.wire.phone import Expect, PhoneCall

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

IN_CALL = frozenset({"active", "held"})


def looked_again(d: Desktop) -> None:
    """What is open and shows live figures is drawn again."""
    if d.workspace.place == "supervisor":
        d.changed("supervisor")
    if d.workspace.place == "settings":
        d.changed("settings")
    if d.workspace.explaining:
        d.changed("explanation")
    if d.workspace.changing is not None:
        d.changed("lead")
    if d.workspace.keypad is not None:
        d.changed("keypad")
    if d.workspace.transfer is not None:
        d.changed("transfer")


def rang(d: Desktop, offer: OfferModel) -> None:
    """The router accepts this offer by itself: the phone must know before the call, and sounds a tone."""
    store = d.runtime.store
    if offer.auto_accept and store.medium(offer.medium).talk and store.phone.connection.state == "online":
        tone = d.runtime.store.queue(offer.queue).answer_tone
        d.runtime.ask_phone(Expect(interaction=offer.interaction, tone=tone))


def moved(d: Desktop, before: InteractionModel | None, after: InteractionModel) -> None:
    """Something about an interaction is different: its notice, the panels that are about it."""
    looked_again(d)
    if after.recordings and after.id == d.workspace.selected:
        d.changed("conversation")
    if not d.runtime.store.is_mine(after):
        withdraw(d, after.id)
        left(d, after.id)
        return
    taking.back(d, after.id)
    told = before.call.notice if before is not None and before.call is not None else ""
    notice = after.call.notice if after.call is not None else ""
    if notice and notice != told and before is not None:
        d.notice(f"call:{after.id}", notice, Tone.PLAIN)
    elif before is not None and _people(before) != _people(after):
        withdraw(d, after.id)  # who rang is there, or gone: what was said about it is over
    if after.state not in IN_CALL:
        left(d, after.id)
    elif types(after) and not types(before):
        _open_text(d, after)


def types(talk: InteractionModel | None) -> bool:
    """Whether the router says that the customer types in this call."""
    return talk is not None and talk.call is not None and bool(talk.call.text)


def _open_text(d: Desktop, talk: InteractionModel) -> None:
    """The customer types in my call, which began as a voice: my phone is asked for text, the panel opens."""
    call = d.runtime.store.call_of(talk.id)
    if call is None or call.state not in {"up", "held"} or not d.runtime.store.is_mine(talk):
        return
    text = d.runtime.store.phone.texts.get(call.id)
    if text is None or not text.carrier:
        d.perform("text.on", {"call": call.id, "value": "on"})


def _people(talk: InteractionModel) -> tuple[tuple[str, str], ...]:
    """Who is in the call, and whether each is up."""
    return tuple((leg.id, leg.state) for leg in (talk.call.legs if talk.call is not None else ()))


def withdraw(d: Desktop, interaction: str) -> None:
    """Take away what the call's notice said."""
    if d.workspace.notices.pop(f"call:{interaction}", None) is not None:
        d.changed("notices")


def left(d: Desktop, interaction: str) -> None:
    """An interaction is out of my hands: panels about it close, its card data is over."""
    if d.workspace.transfer is not None and d.workspace.transfer[0] == interaction:
        d.workspace.transfer = None
        d.changed("transfer")
    if d.workspace.payment is not None and d.workspace.payment[0] == interaction:
        d.workspace.payment = None


def call_moved(d: Desktop, call: PhoneCall) -> None:
    """A call at the own phone: it rings, is up, or is over."""
    d.changed("topbar", "offers")
    looked_again(d)
    if call.state == "ended" and d.workspace.keypad is not None:
        d.workspace.keypad = d.workspace.keypad.forget(call.id)


def headset(d: Desktop, act: str, call: str) -> None:
    """A button of the headset: answer what rings, decline it or end the call, or swap two."""
    rings = ringing_calls(d.situation())
    named = {"id": call} if any(c.id == call for c in rings) else {}
    match act:
        case "answer":
            _pressed(d, "offer.accept", named)
        case "end" if named or (not call and (rings or d.runtime.store.replica.offers)):
            _pressed(d, "offer.decline", named)
        case "end":
            _pressed(d, "call.end", {"call": call} if call else {})
        case "swap":
            swap(d)
        case _:
            pass


def _pressed(d: Desktop, action: str, given: Mapping[str, str]) -> None:
    """Act; who pressed does not look at the screen, so why it was not done is said and stays there."""
    if reason := d.perform(action, given).reason:
        d.notice("headset", reason)
        d.say(Announcement(reason, assertive=True))


def swap(d: Desktop) -> None:
    """Go to the other one: a call that rings, the consulted, or the held call."""
    s = d.situation()
    rings = ringing_calls(s)
    if rings:
        d.perform("offer.accept", {"id": rings[0].id})
        return
    if not d.perform("call.swap", {}).reason:
        return
    talks = [i for i in s.mine() if s.store.medium(i.medium).talk and i.state in IN_CALL]
    held = next((i for i in talks if i.state == "held"), None)
    for talk in talks:
        if talk.state == "active":
            d.perform("call.hold", {"id": talk.id})
    for call in foreign_calls(s):
        if call.state == "up":
            d.perform("call.hold", {"call": call.id})
        elif call.state == "held" and held is None:
            d.perform("call.resume", {"call": call.id})
    if held is not None:
        d.perform("call.resume", {"id": held.id})


def open_link(d: Desktop) -> None:
    """A number was clicked elsewhere: the keypad opens with it; the agent presses Call."""
    if not d.link or not d.runtime.store.synced:
        return
    link, d.link = d.link, ""
    reason = d.perform("keypad.open", {"number": link}).reason
    if reason:
        d.notice("link", _("The number {link} was not taken: {why}", link=link, why=reason))


def invite(d: Desktop) -> None:
    """Where the self-test is required before the shift its page opens once after signing in."""
    store = d.runtime.store
    if d.workspace.invited or store.replica.me.tested_at or store.replica.centre.self_test != "required":
        return
    d.workspace.invited = True
    if not store.mine:
        d.workspace.place, d.workspace.page = "settings", "selftest"
    text = _("Test your headset and line: you can be Ready once they are good.")
    s = d.situation()
    test = button("settings.page", s, label=_("Before the shift"), page="selftest")
    dismiss = button("notice.dismiss", s, id="selftest")
    shown = Notice("selftest", text, Tone.PLAIN, d.runtime.now)
    d.workspace.notify(replace(shown, button=test, dismiss=dismiss))
    d.changed("notices")
