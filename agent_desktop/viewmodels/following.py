"""How the screen follows what happened: the selection, the tab of the moment, answers, notices, drafts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_desktop.client.calling import ringing_calls
from agent_desktop.client.news import (
    CallMoved,
    CallTextMoved,
    CentreMoved,
    ConnectionMoved,
    ConversationMoved,
    CustomerMoved,
    DraftMoved,
    FileMoved,
    FilesMoved,
    HeadsetActed,
    InteractionLeft,
    InteractionMoved,
    LevelsMoved,
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
    SignInMoved,
    Synced,
    TroublesMoved,
    UnsentMoved,
    WorkTaken,
)
from agent_desktop.client.offline import OFFLINE
from agent_desktop.client.store import Asked
from agent_desktop.i18n import _
from agent_desktop.viewmodels import (
    afterwards,
    attaching,
    bulk,
    calling,
    composed,
    concluding,
    finding,
    finishing,
    following_me,
    holding,
    listing,
    local_text,
    local_unsent,
    macros,
    merging,
    settling,
    taking,
    turning,
    watching,
    words,
)
from agent_desktop.viewmodels.announcing import announcements
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.local_phone import mask, watch
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.siding import CUSTOMER
from agent_desktop.viewmodels.unsent import offline_sentence
from agent_desktop.viewmodels.workspace import Workspace
from agent_desktop.viewmodels.wrapping import WARN_S
from agent_desktop.wire.commands import MarkRead, SuggestArticles, WrapUp
from agent_desktop.wire.events import Result
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def follow(d: Desktop, news: tuple[News, ...]) -> None:
    """Change what is shown by everything that happened in one pump."""
    touched: dict[str, None] = {}  # in order, each once
    for one in news:
        match one:
            case Synced():
                _synced(d)
            case MeChanged() | QueueMoved() | LevelsMoved():
                d.changed("topbar")
                following_me.told_what_to_do(d)
                calling.looked_again(d)
            case CentreMoved() | TroublesMoved():
                d.changed("window")
                calling.looked_again(d)
            case OfferRang(offer=offer):
                touched[offer.interaction] = None
                _rang(d)
                calling.rang(d, offer)
            case OfferEnded(offer=offer):
                touched[offer.interaction] = None
                d.changed("offers", "side")
            case InteractionMoved(before=before, after=after):
                touched[after.id] = None
                turning.moved(d, before.state if before is not None else "", after.id)
                calling.moved(d, before, after)
            case InteractionLeft(interaction=interaction):
                touched[interaction.id] = None
                turning.left(d, interaction)
                calling.left(d, interaction.id)
            case WorkTaken(taken=taken):
                taking.told(d, taken)
            case ConversationMoved(before=thread, after=now):
                changed = now or thread
                touched |= dict.fromkeys(_rows_of(d, changed.id if changed is not None else ""))
                listing.moved(d, thread, now)
                merging.followed(d, now)
                d.changed("conversation")
            case MessageCame(message=message):
                settling.came(d, message)
                touched |= dict.fromkeys(_rows_of(d, message.conversation))
                d.changed("conversation")
                _read(d)
            case MessageLeft(conversation=left_from, message=gone):
                d.workspace.older.get(left_from, {}).pop(gone, None)
                touched |= dict.fromkeys(_rows_of(d, left_from))
                d.changed("conversation")
            case DraftMoved() | FileMoved():
                d.changed("conversation")
            case CustomerMoved():
                d.changed("side", "conversation")
            case RequestEnded(asked=asked):
                _answered(d, asked)
                listing.command_ended(d, asked)
                bulk.answered(d, asked)
            case UnsentMoved():
                local_unsent.told(d)
            case ConnectionMoved(after=connection):
                _connection(d, connection.state, connection.detail)
            case PhoneMoved():
                _phone(d)
            case CallMoved(after=call):
                calling.call_moved(d, call)
                if call.state == "ended":
                    local_text.forget(d, call.id)
            case CallTextMoved():
                d.changed("conversation", "topbar")
            case SelfTestMoved():
                d.changed("settings")
                _at_the_door(d)
            case HeadsetActed(act=act, call=pressed):
                calling.headset(d, act, pressed)
            case FilesMoved():
                attaching.moved(d, one)
            case PlayingFailed(why=why):
                d.notice("playing", why)
                d.changed("conversation")
            case SignInMoved(busy=busy, error=error):
                d.changed("signin" if busy or error else "window")
            case SessionEnded():
                _ended(d, one)
    steps = d.order.update([i for i in touched if i], d.runtime.store)
    d.changed(rows=steps if d.listing is None else ())
    d.say(*announcements(d.situation(), news))


def time_passed(d: Desktop) -> None:
    """Once a second: timers, and the one warning before a wrap-up ends."""
    if not d.second_passed() or d.runtime.session is None:
        return
    d.changed("topbar", "inbox")
    following_me.ask_again(d)
    listing.time_passed(d)
    bulk.time_passed(d)
    watching.look(d)
    afterwards.time_passed(d)
    composed.share_soon(d)
    store = d.runtime.store
    if store.replica.offers or ringing_calls(d.situation()):
        d.changed("offers")
    calling.looked_again(d)
    for interaction_id in d.order.in_hand:
        interaction = store.replica.interactions.get(interaction_id)
        if interaction is None or interaction.state != "wrap_up" or not store.is_mine(interaction):
            continue
        d.changed("side")
        left = interaction.wrapup_deadline_at - d.runtime.now
        if interaction.wrapup_deadline_at and 0 < left <= WARN_S and interaction_id not in d.workspace.warned:
            d.workspace.warned.add(interaction_id)
            said = _("{time} of wrap-up left: {name}", time=words.spoken(left), name=words.who(interaction))
            d.say(Announcement(said, sound="warning", clock=True))
        elif left > WARN_S:
            d.workspace.warned.discard(interaction_id)  # more time: it is said again


def _rows_of(d: Desktop, conversation: str) -> Iterable[str]:
    """The rows of a conversation: the one looked at and those in the list that point to it."""
    if not conversation:
        return ()
    known = d.runtime.store.replica.interactions
    return [i for i in d.order.ids(500) if i in known and known[i].conversation == conversation]


def _synced(d: Desktop) -> None:
    store = d.runtime.store
    watch(d)
    mask(d)
    calling.invite(d)
    calling.open_link(d)
    d.changed("window", rows=(d.order.rebuild(store),))
    d.watching.forget()
    listing.synced(d)
    settling.settle_outbox(d)
    for thread in store.replica.conversations.values():
        merging.followed(d, thread)
    if d.workspace.selected not in store.replica.interactions:
        d.workspace.selected = ""
    if not d.workspace.selected and not d.workspace.browsed:
        mine = d.situation().talk() or next(iter(d.situation().mine()), None)
        if mine is not None:
            d.select(mine.id)
            turning.show_tab(d)
    else:
        opened(d)


def _rang(d: Desktop) -> None:
    d.changed("offers", "topbar")
    if not d.workspace.pinned and not d.workspace.selected:
        d.workspace.side_tab = CUSTOMER
    d.changed("side")


def opened(d: Desktop) -> None:
    """Something is looked at: fetch what is said about it, once, and mark it read."""
    interaction = d.situation().looked_at
    if interaction is None or not d.runtime.store.synced:
        return
    conversation = interaction.conversation
    if conversation and conversation not in d.workspace.older:
        d.workspace.older[conversation] = {}
        d.fetch_timeline(conversation)
    _suggest(d, interaction)
    _read(d)


def _suggest(d: Desktop, interaction: InteractionModel) -> None:
    """Ask for articles about what is looked at; those of what was looked at before go at once."""
    if d.workspace.article_query:
        return
    if d.workspace.suggested != interaction.id:
        d.workspace.suggested, d.workspace.articles = interaction.id, ()
    text = interaction.last_line or interaction.subject or " ".join(interaction.path)
    if text:
        d.query(SuggestArticles(text=text), f"articles:{interaction.id}")


def _read(d: Desktop) -> None:
    interaction = d.situation().looked_at
    if interaction is None or not interaction.unread or not d.runtime.store.is_mine(interaction):
        return
    asked = (a.command for a in d.runtime.store.asked.values())
    if not any(isinstance(c, MarkRead) and c.interaction == interaction.id for c in asked):
        d.runtime.ask(MarkRead(interaction=interaction.id))


def _answered(d: Desktop, asked: Asked) -> None:
    d.changed("topbar", "offers", "conversation", "side")
    purpose = d.workspace.asking.pop(asked.id, "")
    listing.answered(d, purpose, asked)
    if purpose and asked.result is not None:
        _found(d, purpose, asked.result)
    elif purpose.startswith("why:") and asked.state == "refused":
        following_me.refused(d, purpose.partition(":")[2], asked.message)
    holding.answered(d, asked)
    concluding.answered(d, asked)
    macros.answered(d, asked)
    local_text.answered(d, asked)
    handed_in = isinstance(asked.command, WrapUp) and asked.state == "confirmed"
    if isinstance(asked.command, WrapUp) and handed_in and finishing.is_over(d, asked.command):
        for mode in ("script", "wrapup"):
            d.drafts.clear(d.key(asked.command.interaction, mode))
    if asked.state == "refused" and not purpose and asked.code not in {"signed_out", OFFLINE}:
        d.notice(f"refused:{asked.id}", asked.message or _("That was refused."))


def _found(d: Desktop, purpose: str, result: Result) -> None:
    kind, _colon, subject = purpose.partition(":")
    match kind:
        case "timeline":
            page = d.workspace.older.setdefault(subject, {})
            for item in result.timeline:
                if (thing := item.message or item.interaction) is not None:
                    page[thing.id] = item
            (d.workspace.more.add if result.more else d.workspace.more.discard)(subject)
            d.changed("conversation")
        case "articles" if subject in {"", d.workspace.suggested}:  # else it came too late
            d.workspace.articles = result.articles
            d.changed("side")
        case "find":
            d.workspace.found_last = (d.workspace.found_last[0], result.cursor)
        case "palette" | "palette-here" | "palette-more":
            finding.answered(d, kind, result)
        case "colleagues":
            holding.met(d, result.targets)
        case "targets":
            d.workspace.targets = result.targets
            d.changed("transfer")
        case "why":
            following_me.answered(d, subject, result)
        case _:
            pass


def _connection(d: Desktop, state: str, detail: str) -> None:
    d.changed("topbar", "conversation", "offers", "side")
    if state == "online":
        if d.workspace.notices.pop("link", None) is not None:
            d.changed("notices")
    elif state == "lost":
        why = detail or _("The server is not connected.")
        text = _("{why} Connecting again by itself. A call that is up goes on.", why=why)
        if since := offline_sentence(d.runtime.store):
            text = f"{text} {since}"
        retry = button("link.retry", d.situation())
        d.workspace.notify(replace(notice(d, "link", text, Tone.DANGER, dismissable=False), button=retry))
        d.changed("notices")


def _at_the_door(d: Desktop) -> None:
    """What is known of the phone stands beside the sign-in too."""
    if d.runtime.session is None:
        d.changed("signin")


def _phone(d: Desktop) -> None:
    d.changed("topbar", "offers", "settings")
    _at_the_door(d)
    phone = d.runtime.store.phone
    if phone.connection.state == "online" and phone.registration.state == "failed":
        why = phone.registration.detail or _("no answer.")
        d.notice("phone", _("The phone is not registered: {why}", why=why), Tone.DANGER, dismissable=False)
    elif phone.connection.state == "lost" and phone.connection.detail:
        d.notice("phone", phone.connection.detail, Tone.DANGER, dismissable=False)
    elif phone.registration.state == "registered" and d.workspace.notices.pop("phone", None) is not None:
        d.changed("notices")


def _ended(d: Desktop, news: SessionEnded) -> None:
    sentences = {
        "signed_in_elsewhere": _("You signed in on another computer, so this one was signed out."),
        "supervisor": _("A supervisor signed you out."),
        "expired": _("Your session is over. Sign in again."),
    }
    d.workspace, d.listing = Workspace(), None
    d.order.rebuild(d.runtime.store, tab="mine", medium="")
    if news.reason != "signed_out":
        d.runtime.sign_in_error = sentences.get(news.reason, "") or news.message or _("You were signed out.")
    d.changed("window", "signin")


def notice(d: Desktop, notice_id: str, text: str, tone: Tone, *, dismissable: bool) -> Notice:
    """A notice of now."""
    dismiss = button("notice.dismiss", d.situation(), id=notice_id) if dismissable else None
    return Notice(notice_id, text, tone, d.runtime.now, dismiss=dismiss)
