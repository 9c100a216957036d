"""What customers need to be served well, in words: what it is, and what the agent does about it.

A code stands in the record (`domain.timers.NEEDS`); a need that the centre wrote in its own words is shown
as it is.
"""

from __future__ import annotations

from agent_desktop.client.store import Store
from agent_desktop.domain.timers import NEEDS
from agent_desktop.i18n import _
from agent_desktop.wire.models import InteractionModel, OfferModel


def words_of(need: str) -> str:
    """A need in words."""
    return {
        "relay": _("Text relay"),
        "tty": _("Textphone (TTY)"),
        "rtt": _("Real-time text"),
        "more_time": _("More time"),
        "sign_language": _("Sign language interpreter"),
        "large_print": _("Large print"),
        "screen_reader": _("Screen reader"),
        "write_only": _("In writing only"),
    }.get(need.casefold(), need)


def advice_of(need: str) -> str:
    """What the agent does about a need; empty where the words say enough."""
    return {
        "relay": _("An assistant passes on what is said. Speak to the customer, one at a time,"
                   " say “go ahead” when you have finished, and wait: it takes three times as long."),
        "tty": _("You type by turns: end with GA, and wait for GA from them."),
        "rtt": _("The customer reads and writes during the call: answer in the text of the call."),
        "more_time": _("Do not hurry: one question at a time, and say again what was agreed."),
        "sign_language": _("An interpreter speaks for them: speak to the customer, and leave pauses."),
        "large_print": _("Send what is printed in large letters."),
        "screen_reader": _("Write plain text, and say in words what a picture shows."),
        "write_only": _("Do not call: write."),
    }.get(need.casefold(), "")  # fmt: skip


def needs_of(store: Store, about: InteractionModel | OfferModel) -> tuple[str, ...]:
    """The needs of whom it is about: those of the card, and those that this call was tagged with."""
    card = store.replica.customers.get(about.customer) if about.customer else None
    key = about.interaction if isinstance(about, OfferModel) else about.id
    work = store.replica.interactions.get(key)
    tagged = (tag for tag in work.tags if tag in NEEDS) if work is not None else ()
    return tuple(dict.fromkeys((*(card.access_needs if card is not None else ()), *tagged)))


def in_words(needs: tuple[str, ...]) -> str:
    """Needs in one line."""
    return ", ".join(words_of(need) for need in needs)


def advice(needs: tuple[str, ...]) -> str:
    """What the agent does about them, in sentences."""
    return " ".join(said for need in needs if (said := advice_of(need)))
