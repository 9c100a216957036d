"""The actions for who needs more: more time to answer, and what a customer needs to be served well."""

from __future__ import annotations

from agent_desktop.client.access_needs import words_of
from agent_desktop.client.action import Action, Arguments, Step, ToRouter
from agent_desktop.client.actions_work import cannot_wait
from agent_desktop.client.situation import Situation, chosen
from agent_desktop.domain.timers import NEEDS
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.wire.access import ExtendOffer, SetAccessNeeds

OFFER, CUSTOMER = "Offers", "Conversation"
NOTHING = "none"


def _can_have_more(s: Situation, a: Arguments) -> str:
    if reason := cannot_wait(s, ExtendOffer):
        return reason
    offer = s.offer(a.get("id", ""))
    if offer.expires_at and offer.expires_at <= s.now:
        return _("The offer is over: its time has passed.")
    if not offer.more_s:
        return _("This queue gives no more time to answer.")
    return "" if offer.more_times else _("You had all the time there is for this offer.")


def _more(s: Situation, a: Arguments) -> tuple[Step, ...]:
    return (ToRouter(ExtendOffer(offer=s.offer(a.get("id", "")).id)),)


def _can_need(s: Situation, a: Arguments) -> str:
    if reason := cannot_wait(s, SetAccessNeeds):
        return reason
    about = s.interaction(a.get("id", ""))
    return "" if about.customer else _("There is no card for this customer yet. Make one first.")


def need_meant(word: str) -> str:
    """A need by its code, its words or their beginning; anything else is the centre's own words."""
    rows = [(need, words_of(need), "") for need in NEEDS]
    try:
        return chosen(word, rows, "{word}{names}")[0]
    except RefusedError:
        return " ".join(word.split())


def _need(s: Situation, a: Arguments) -> tuple[Step, ...]:
    """`needs relay, speak slowly` sets them all, `needs none` takes them away; a button turns one."""
    about = s.interaction(a.get("id", ""))
    card = s.store.replica.customers.get(about.customer)
    before = card.access_needs if card is not None else ()
    text, one = a.get("needs", "").strip(), a.get("need", "")
    if one:
        rest = tuple(need for need in before if need != one)
        return (
            ToRouter(SetAccessNeeds(interaction=about.id, needs=rest if one in before else (*rest, one))),
        )
    if not text:
        known = ", ".join(words_of(need) for need in NEEDS)
        raise RefusedError(
            _("Say what is needed, with commas between, or none. Known: {names}.", names=known),
            code="no_value",
        )
    wanted = () if text == NOTHING else tuple(need_meant(word) for word in text.split(",") if word.strip())
    return (ToRouter(SetAccessNeeds(interaction=about.id, needs=wanted)),)


ACCESS = (
    Action("offer.more", "More time", OFFER, "Ring on a little longer, where the queue allows it.",
           _can_have_more, _more, "moretime", "moretime [ID]", "F4", "plus"),
    Action("customer.access", "Access needs", CUSTOMER, "Note what the customer needs to be served well.",
           _can_need, _need, "needs", "needs NEED[, NEED…]|none", icon="customers"),
)  # fmt: skip
