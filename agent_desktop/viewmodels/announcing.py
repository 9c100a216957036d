"""What is said aloud by itself: rings and ends at once, messages politely, never twice."""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.client.news import (
    CallMoved,
    ConnectionMoved,
    InteractionMoved,
    MessageCame,
    News,
    OfferEnded,
    OfferRang,
    RequestEnded,
)
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.offers import spoken_offer
from agent_desktop.viewmodels.timeline import author

LONGEST = 160


def announcements(s: Situation, news: Iterable[News]) -> tuple[Announcement, ...]:
    """The sentences for some news, in order."""
    said: list[Announcement] = []
    for one in news:
        found = announcement(s, one)
        if found is not None and found not in said:
            said.append(found)
    return tuple(said)


def announcement(s: Situation, news: News) -> Announcement | None:
    """The sentence for one piece of news; None when it is not worth an interruption."""
    match news:
        case OfferRang(offer=offer):
            return Announcement(spoken_offer(s, offer), assertive=True, sound="ring")
        case OfferEnded(offer=offer, why=why) if why not in {"accepted", "declined"}:
            name = offer.customer_name or offer.from_address
            if why == "expired":
                return Announcement(
                    _("Not answered: {name}. You are not responding now.", name=name), assertive=True
                )
            if why == "abandoned":
                return Announcement(_("{name} hung up before an answer.", name=name), assertive=True)
            return Announcement(_("The offer of {name} was withdrawn.", name=name))
        case InteractionMoved(before=before, after=after):
            if before is None or before.state == after.state or after.agent != s.store.replica.me.id:
                return None
            talk = s.store.medium(after.medium).talk
            return _moved(before.state, after.state, words.who(after), talk=talk)
        case CallMoved(before=before_call, after=call) if not call.interaction and call.state == "ended":
            return Announcement(_("Call ended."), assertive=True) if before_call is not None else None
        case MessageCame(message=message, new=True) if message.direction == "in":
            text = message.text.strip()[:LONGEST]
            return Announcement(f"{author(s, message)}: {text}", sound="message")
        case ConnectionMoved(before=old, after=new) if old.state == "online" and new.state == "lost":
            return Announcement(_("The connection to the server is lost."), sound="lost")
        case RequestEnded(asked=asked) if asked.state == "refused":
            return Announcement(asked.message or _("That was refused."))
        case _:
            return None


def _moved(before: str, after: str, name: str, *, talk: bool) -> Announcement | None:
    match after:
        case "active" if before == "held":
            return Announcement(_("Resumed: {name}", name=name))
        case "active" if talk:
            return Announcement(_("Connected with {name}", name=name))
        case "held":
            return Announcement(_("On hold: {name}", name=name))
        case "wrap_up" if talk:
            return Announcement(_("Call ended: {name}. Wrap-up begins.", name=name), assertive=True)
        case "wrap_up":
            return Announcement(_("Ended: {name}. Wrap-up begins.", name=name))
        case _:
            return None
