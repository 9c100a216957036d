"""What a person reads: one event, one line, subject first.

Each line has a level: 0 is said always (what rings, what ended), 1 own work, 2 the state of things
around it, 3 everything.  Urgent ones may break into a line that is being typed: incoming call, call
ended, the caller's turn; no others.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.client.calling import ringing_calls, supervisors
from agent_desktop.client.news import (
    CallMoved,
    ConnectionMoved,
    ConversationMoved,
    DraftMoved,
    FileMoved,
    FilesMoved,
    InteractionLeft,
    InteractionMoved,
    MeChanged,
    MessageCame,
    MessageLeft,
    News,
    OfferEnded,
    OfferRang,
    PhoneMoved,
    PlayingFailed,
    QueueMoved,
    RequestEnded,
    SelfTestMoved,
    SessionEnded,
    Synced,
    TroublesMoved,
    WorkTaken,
)
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.text.writing import file_words
from agent_desktop.viewmodels import activity, stating, taking, troubling, words
from agent_desktop.viewmodels.announcing import announcement, call_change
from agent_desktop.viewmodels.call_text import carriers, doubt
from agent_desktop.viewmodels.offers import spoken_call, spoken_offer
from agent_desktop.viewmodels.selftesting import verdict_of
from agent_desktop.viewmodels.timeline import author, delivery_badge
from agent_desktop.viewmodels.topbar import connection_view, phone_view
from agent_desktop.viewmodels.watching import watcher_marks
from agent_desktop.wire.models import AgentModel, ConversationModel, InteractionModel, MessageModel


@dataclass(frozen=True, slots=True)
class Said:
    """A line, how much talk it belongs to, and whether it may interrupt typing."""

    text: str
    level: int = 1
    urgent: bool = False


def said(s: Situation, news: News) -> Said | None:
    """The line of one piece of news; None when it says nothing."""
    me = s.store.replica.me
    match news:
        case Synced(first=True):
            return Said(_("Signed in: {name}, {centre}.", name=me.name, centre=s.store.replica.centre.name))
        case MeChanged(before=before, after=after):
            text = my_state(s, after)
            return Said(text) if my_state(s, before) != text else None
        case OfferRang(offer=offer):
            talk = s.store.medium(offer.medium).talk
            left = words.spoken(max(0.0, offer.expires_at - s.now))
            text = _("{offer}. {left} to accept.", offer=spoken_offer(s, offer), left=left)
            more = [reason for reason in offer.reasons if reason not in text]  # the first is said already
            if more:
                text = _("{offer} Why you: {reasons}.", offer=text, reasons="; ".join(more))
            return Said(text, 0, urgent=talk)
        case OfferEnded(why=why):
            sentence = announcement(s, news)
            return None if sentence is None else Said(sentence.text, 0 if why == "expired" else 1)
        case InteractionMoved(before=before_it, after=after_it) if _leads_otherwise(s, before_it, after_it):
            return Said(my_state(s, me))
        case InteractionMoved(before=before_it, after=after_it):
            return _interaction(s, before_it, after_it)
        case WorkTaken(taken=taken):
            talk = s.store.medium(taken.medium).talk
            return Said(taking.words(s, taken), 0, urgent=talk)
        case InteractionLeft(interaction=left_it) if s.store.taken.get(left_it.id, 0.0) > left_it.accepted_at:
            return None  # who took it is said
        case InteractionLeft(interaction=left_it) if left_it.agent == me.id and left_it.state != "closed":
            return Said(_("{name}: with you no more", name=words.who(left_it)))
        case MessageCame(message=message, new=True):
            note = _("note") if message.direction == "note" else s.store.medium(message.medium).name.lower()
            note = carriers().get(message.carrier, note)
            said = f"{_who_to_whom(s, message)}, {note}: {message.text}"
            return Said(" ".join(part for part in (said, doubt(message.confidence)) if part))
        case MessageCame(message=message):
            state = delivery_badge(message)
            if state is None:
                return None
            return Said(
                _("Your message: {state}", state=state.spoken or state.text),
                1 if message.delivery == "failed" else 2,
            )
        case ConversationMoved(before=before_c, after=after_c) if after_c is not None:
            return _watched(s, before_c, after_c)
        case RequestEnded(asked=asked) if asked.state == "refused" and asked.id in s.store.unsent:
            return Said(_("Not sent: {why} Say unsent to decide.", why=asked.message), 0)
        case ConnectionMoved(before=old, after=new) if (old.state == "online") != (new.state == "online"):
            view = connection_view(new)
            return Said(f"{_('Server')}: {view.detail}", 1 if old.state == "online" else 2)
        case PhoneMoved(before=before_reg, after=after_reg) if before_reg.state != after_reg.state:
            view = phone_view(s.store.phone.connection, after_reg)
            return Said(view.detail, 1 if after_reg.state == "failed" else 2)
        case CallMoved(before=before_call, after=call):
            muted = before_call is not None and before_call.muted != call.muted
            if muted:
                return Said(_("Microphone: muted") if call.muted else _("Microphone: on"))
            if before_call is None and call in ringing_calls(s):
                return Said(_("{call}. Type accept or decline.", call=spoken_call(s, call)), 0, urgent=True)
            if before_call is not None and before_call.held_by_remote != call.held_by_remote:
                other = call.remote_name or call.remote
                held = (
                    _("{who} put you on hold", who=other)
                    if call.held_by_remote
                    else _("{who} is back", who=other)
                )
                return Said(held)
            known = s.store.replica.interactions.get(call.interaction) is not None
            if call.state == "ended" and not known:
                return Said(_("Call ended: {who}", who=call.remote_name or call.remote), 0, urgent=True)
            return None
        case FilesMoved() if text := file_words(news):
            return Said(text)
        case DraftMoved(draft=draft) if draft.text:
            return Said(_("{name} shows a draft: {text}", name=draft.name, text=draft.text), 2)
        case MessageLeft():
            return Said(_("A message has left the conversation."), 2)
        case SelfTestMoved(over=True):
            return Said(verdict_of(s)[0])
        case PlayingFailed(why=why):
            return Said(why)
        case FileMoved(played=played) if played.over and not played.detail:
            return Said(_("Recording: over"), 2)
        case QueueMoved(queue=queue):
            live = s.store.replica.queues.get(queue)
            name = s.store.queue(queue).name
            return None if live is None else Said(_("{queue}: {n} waiting", queue=name, n=live.waiting), 3)
        case TroublesMoved():
            lines = troubling.told(s, news)
            return Said(" ".join(lines), 0) if lines else None
        case SessionEnded(message=message_text):
            return Said(message_text or _("You are signed out."), 0)
        case _:
            return None


def _interaction(s: Situation, before: InteractionModel | None, after: InteractionModel) -> Said | None:
    came = before is None or before.agent != after.agent  # a call that is taken over comes as it is
    was = "" if before is None or (came and before.state == "active") else before.state
    if before is not None and was == after.state and after.agent == s.store.replica.me.id:
        sentence = call_change(before, after)
        return (
            Said(f"{words.who(after)}: {sentence}", 0 if after.state in {"active", "held"} else 1)
            if (sentence)
            else None
        )
    if was == after.state or after.agent != s.store.replica.me.id or after.state in {"offered", "queued"}:
        return None
    name, talk = words.who(after), s.store.medium(after.medium).talk
    match after.state:
        case "active" if was == "held":
            return Said(_("{name}: resumed", name=name))
        case "active":
            what = _("connected") if talk else _("open")
            return Said(f"{name}: {what}")
        case "wrap_up":
            parts = [
                _("{name}: call ended", name=name) if talk else _("{name}: ended", name=name),
                _("wrap-up"),
            ]
            if after.wrapup_deadline_at:
                parts.append(_("{time} left", time=words.spoken(after.wrapup_deadline_at - s.now)))
            return Said(", ".join(parts), 0 if talk else 1, urgent=talk)
        case state:
            return Said(f"{name}: {words.interaction_state(state)}")


def _leads_otherwise(s: Situation, before: InteractionModel | None, after: InteractionModel) -> bool:
    """Whether I listen, whisper or speak in a colleague's call otherwise than before."""
    was, now = (
        next((leg.mode for leg in supervisors(i) if leg.agent == s.store.replica.me.id), "") if i else ""
        for i in (before, after)
    )
    return bool(was and now and was != now)


def _who_to_whom(s: Situation, message: MessageModel) -> str:
    """Who wrote; of what I sent, to whom it goes, while it can still be called back."""
    thread = s.store.replica.conversations.get(message.conversation)
    mine = message.direction == "out" and message.author == s.store.replica.me.id
    to = thread.customer_name or thread.address if thread is not None else ""
    return _("You to {name}", name=to) if mine and to else author(s, message)


def my_state(s: Situation, me: AgentModel) -> str:
    """The state as a line: State: On a call (Ready), Lunch next."""
    if not me.id:
        return ""
    label, _tone, _icon = activity.state_of(s, me)
    if me.state == "not_ready" and me.activity in {"", "idle"} and me.reason:
        label = _("Not ready, {reason}", reason=label)
    under = ""
    if activity.at_work(me):
        under = _(" ({state})", state=stating.base_label(s.store.replica.centre, me))
    upcoming = stating.next_words(s, me)
    advice = stating.advice_of(s, me)
    said = _("State: {state}", state=label) + under + (f", {upcoming}" if upcoming else "")
    return f"{said}. {advice}" if advice else said


def _watched(s: Situation, before: ConversationModel | None, after: ConversationModel) -> Said | None:
    """Colleagues who came to the conversation that is open, or began to write there."""
    here = s.looked_at
    if here is None or here.conversation != after.id:
        return None
    me = s.store.replica.me.id
    known = {m.words for m in watcher_marks(before.watchers if before is not None else (), me)}
    new = [m.words for m in watcher_marks(after.watchers, me) if m.words not in known]
    return Said(". ".join(new), 2) if new else None
