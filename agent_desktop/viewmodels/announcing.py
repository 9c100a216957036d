"""What is said aloud by itself: rings and ends at once, messages politely, never twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent_desktop.client.calling import guests, ringing_calls
from agent_desktop.client.news import (
    CallMoved,
    CallTextMoved,
    ConnectionMoved,
    InteractionMoved,
    MessageCame,
    News,
    OfferEnded,
    OfferRang,
    RequestEnded,
    TroublesMoved,
    WorkTaken,
)
from agent_desktop.client.situation import Situation
from agent_desktop.client.typing_text import GO_AHEAD
from agent_desktop.i18n import _
from agent_desktop.viewmodels import taking, troubling, words
from agent_desktop.viewmodels.call_text import line_words
from agent_desktop.viewmodels.callbar import listeners
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.offers import spoken_call, spoken_offer
from agent_desktop.viewmodels.timeline import author
from agent_desktop.wire.access import ExtendOffer, KeepCaption, SetAccessNeeds
from agent_desktop.wire.calls import CAPTION, CARRY, CallText, CallTextLine
from agent_desktop.wire.commands import ForceWrapUp, MoveInQueue, SetAgentState, SetTyping
from agent_desktop.wire.inbox import LookAt
from agent_desktop.wire.models import InteractionModel

LONGEST = 160


def announcements(s: Situation, news: Iterable[News]) -> tuple[Announcement, ...]:
    """The sentences for some news, in order."""
    said: list[Announcement] = []
    for one in news:
        if isinstance(one, TroublesMoved):
            said += [Announcement(sentence, sound="warning") for sentence in troubling.told(s, one)]
            continue
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
            if before is None or after.agent != s.store.replica.me.id:
                return None
            if before.state == after.state:
                sentence = call_change(before, after)
                return Announcement(sentence) if sentence else None
            talk = s.store.medium(after.medium).talk
            return _moved(before.state, after.state, words.who(after), talk=talk)
        case WorkTaken(taken=taken):
            return Announcement(taking.words(s, taken), assertive=s.store.medium(taken.medium).talk)
        case CallMoved(before=None, after=call) if call in ringing_calls(s):
            return Announcement(spoken_call(s, call), assertive=True, sound="ring")
        case CallTextMoved(call=call_id, changed=changed):
            return text_came(s.store.phone.texts.get(call_id, CallText(call=call_id)), changed)
        case CallMoved(before=before_call, after=call) if not call.interaction and call.state == "ended":
            return Announcement(_("Call ended."), assertive=True) if before_call is not None else None
        case MessageCame(message=message, new=True) if s.store.replica.me.id in message.mentions:
            text = message.text.strip()[:LONGEST]
            return Announcement(_("{name} mentions you: {text}", name=author(s, message), text=text),
                                sound="message")  # fmt: skip
        case MessageCame(message=message, new=True) if message.direction == "in":
            text = message.text.strip()[:LONGEST]
            return Announcement(f"{author(s, message)}: {text}", sound="message")
        case ConnectionMoved(before=old, after=new) if old.state == "online" and new.state == "lost":
            return Announcement(_("The connection to the server is lost."), sound="lost")
        case RequestEnded(asked=asked) if asked.state == "confirmed":
            sentence = lead_words(s, asked.command)
            return Announcement(sentence) if sentence else None
        case RequestEnded(asked=asked) if isinstance(asked.command, SetTyping | LookAt | KeepCaption):
            return None  # marks of a moment: nobody asked for them
        case RequestEnded(asked=asked) if asked.state == "refused":
            return Announcement(asked.message or _("That was refused."))
        case _:
            return None


def text_came(text: CallText, changed: Sequence[CallTextLine]) -> Announcement | None:
    """What the caller typed, once a line of it is finished; with the turn, when it comes with it."""
    lines = [line_words(line) for line in changed if line.finished and line.speaker != "agent" and line.text]
    if not lines:
        return None
    typed = any(line.finished and line.medium not in {CAPTION, CARRY} for line in changed)
    mine = typed and (text.turn == "agent" or lines[-1].rpartition(" ")[2] == GO_AHEAD)
    words = (*lines, _("Your turn.")) if mine else tuple(lines)
    return Announcement(" ".join(words), sound="your_turn" if mine else "")


def lead_words(s: Situation, command: object) -> str:
    """What a supervisor has changed, once the router has confirmed it; empty for everything else."""
    match command:
        case SetAgentState(agent=key):
            agent = s.store.replica.agents.get(key)
            return _("Done: the state of {name} is set.", name=agent.name if agent is not None else key)
        case ExtendOffer(offer=offer_id):
            offer = s.store.replica.offers.get(offer_id)
            left = words.spoken(offer.expires_at - s.now) if offer is not None else ""
            return _("More time: {time} left to answer.", time=left) if left else ""
        case SetAccessNeeds():
            return _("Done: the access needs are noted.")
        case ForceWrapUp():
            return _("Done: the wrap-up is finished.")
        case MoveInQueue(priority=priority):
            return _("Done: priority {n} now.", n=priority)
        case _:
            return ""


def call_change(before: InteractionModel, after: InteractionModel) -> str:
    """What changed inside a call of mine, as one sentence; empty when it is not worth one."""
    old, new = before.call, after.call
    if old is None or new is None:
        return ""
    if new.notice and new.notice != old.notice:
        return new.notice
    if old.recording != new.recording:
        began = _("Recording resumed.") if old.recording == "paused" else _("The call is recorded now.")
        said = {"on": began, "paused": _("Recording paused.")}
        return said.get(new.recording, _("Recording stopped."))
    if old.secure != new.secure:
        masked = _("Card data: the recording is masked, nobody listens.")
        return masked if new.secure else _("Card data is over.")
    if listeners(before) != listeners(after):
        return listeners(after) or _("Nobody listens any more.")
    up = {leg.id for leg in guests(before) if leg.state == "up"}
    came = next((leg for leg in guests(after) if leg.state == "up" and leg.id not in up), None)
    if came is not None:
        return _("{name} answered.", name=came.name or came.number)
    return talk_words(after) if old.talk != new.talk else ""


def talk_words(talk: InteractionModel) -> str:
    """Whom I talk with now."""
    whom = talk.call.talk if talk.call is not None else "customer"
    if whom == "all":
        return _("You talk with all of them.")
    if whom == "guest":
        name = next((leg.name or leg.number for leg in guests(talk)), "")
        return _("You talk with {name}; the customer hears music.", name=name)
    return _("You talk with {name}.", name=words.who(talk))


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
