"""The open conversation: its header with what can be done with the whole, and the strips under it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from agent_desktop.client import actions
from agent_desktop.client.conversations import known
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import ComposerView, ConversationView, Strip
from agent_desktop.viewmodels.explaining import why_button
from agent_desktop.viewmodels.inbox import row_badge
from agent_desktop.viewmodels.parts import Button, Empty, Tone
from agent_desktop.viewmodels.pending import Pending
from agent_desktop.viewmodels.timeline import timeline
from agent_desktop.viewmodels.watching import in_a_word, watcher_marks
from agent_desktop.wire.events import TimelineItem
from agent_desktop.wire.models import ConversationModel, InteractionModel


def conversation_view(
    s: Situation,
    composer: ComposerView | None,
    *,
    older: Iterable[TimelineItem] = (),
    more: bool = False,
    loading: bool = False,
    pending: Pending | None = None,
    files: dict[str, str] | None = None,
    zone: tzinfo | None = None,
) -> ConversationView:
    """The middle of the window for what is looked at; `files` says how far the saving of each is."""
    interaction = s.looked_at
    if interaction is None:
        return nothing_open(s)
    pending = pending or Pending()
    medium = s.store.medium(interaction.medium)
    thread = known(s, interaction.conversation)
    subject = (thread.subject if thread is not None else "") or interaction.subject
    called = _("Call with {name}", name=words.who(interaction))
    written = _("{medium} with {name}", medium=medium.name, name=words.who(interaction))
    title = subject or (called if medium.talk else written)
    queue = s.store.queue(interaction.queue).name if interaction.queue else ""
    why = _("routed to you: {reasons}", reasons=", ".join(interaction.reasons)) if interaction.reasons else ""
    badge = row_badge(s, interaction)
    return ConversationView(
        interaction=interaction.id,
        conversation=interaction.conversation,
        title=title,
        subtitle=" · ".join(p for p in (words.who(interaction), queue, why) if p),
        icon=medium.icon or interaction.medium,
        tone=Tone.PLAIN if badge is None else badge.tone,
        why=interaction.reasons,
        buttons=_header(s, interaction, thread),
        items=timeline(s, interaction, older, zone, pending=pending, files=files or {}),
        composer=composer,
        typing=_typing(s, interaction, thread),
        more=more,
        loading=loading,
        strips=() if thread is None else strips(s, thread, pending),
    )


def nothing_open(s: Situation) -> ConversationView:
    """The middle with nothing chosen: what to do next."""
    if not s.store.synced:
        empty = Empty(_("Connecting"), _("Your work appears as soon as the server answers."))
    elif s.store.replica.interactions:
        empty = Empty(_("Nothing is open"), _("Choose one of the list."))
    elif s.store.replica.me.state == "ready":
        empty = Empty(_("You are ready"), _("The next call or message comes to you by itself."))
    else:
        empty = Empty(_("Nothing in hand"), _("Choose Ready to be offered work."), button("agent.ready", s))
    return ConversationView("", "", "", "", "", Tone.PLAIN, (), (), (), None, empty=empty)


def _typing(s: Situation, interaction: InteractionModel, thread: ConversationModel | None) -> str:
    """Who writes now, and which colleagues are here."""
    if thread is None:
        return ""
    said = [_("{name} is writing…", name=words.who(interaction))] if thread.customer_typing else []
    marks = watcher_marks(thread.watchers, s.store.replica.me.id)
    return " · ".join((*said, in_a_word(marks))) if marks else "".join(said)


def _header(
    s: Situation, interaction: InteractionModel, thread: ConversationModel | None
) -> tuple[Button, ...]:
    """What can be done with it as a whole; the call's own buttons are on its card in the bar."""
    why = why_button(s, interaction)
    if interaction.state == "queued":
        return (why, button("interaction.take", s, tone=Tone.ACCENT, id=interaction.id))
    if s.store.medium(interaction.medium).talk:
        return (why, *_call_header(s, interaction))
    done = button("interaction.end", s, tone=Tone.ACCENT, id=interaction.id)
    if thread is None or "conversation.assign" not in actions.BY_ID:
        park = button("interaction.park", s, id=interaction.id)
        return (why, park, button("call.transfer", s, label=_("Assign"), id=interaction.id), done)
    return (*((why,) if interaction.id else ()), *_thread_header(s, interaction, thread, done))


def _thread_header(
    s: Situation, interaction: InteractionModel, thread: ConversationModel, done: Button
) -> tuple[Button, ...]:
    """Follow, snooze, assign; and the end of it: the wrap-up of work in hand, else resolve or reopen."""
    following = s.store.replica.me.id in thread.followers
    follow = button(
        "conversation.follow", s, label=_("Follow"), checked=following, id=thread.id,
        value="off" if following else "on",
    )  # fmt: skip
    acts = [
        follow,
        button("conversation.snooze", s, label=_("Snooze"), id=thread.id),
        button("conversation.assign", s, label=_("Assign"), id=thread.id),
    ]
    if s.store.is_mine(interaction):
        return (*acts, done)
    over = "conversation.resolve" if thread.state == "open" else "conversation.reopen"
    take = button("conversation.take", s, tone=Tone.ACCENT, id=thread.id)
    if take.reason:  # it is mine already
        return (*acts, button(over, s, tone=Tone.ACCENT, id=thread.id))
    return (*acts, button(over, s, id=thread.id), take)


def _call_header(s: Situation, interaction: InteractionModel) -> tuple[Button, ...]:
    """A call is parked from here and taken again; the rest is on its card in the bar."""
    match interaction.state:
        case "parked":
            return (button("interaction.take", s, tone=Tone.ACCENT, id=interaction.id),)
        case "active" | "held" if s.store.is_mine(interaction):
            return (button("interaction.park", s, id=interaction.id),)
        case _:
            return ()


def strips(s: Situation, thread: ConversationModel, pending: Pending) -> tuple[Strip, ...]:
    """What is special about this conversation now, each with its way back."""
    made: list[Strip] = []
    here = {"id": thread.id}
    if "conversation.unmerge" in actions.BY_ID:
        if thread.merged_into:
            text = _("This was merged into another conversation.")
            made.append(_plain("merged", text, button("conversation.unmerge", s, given=here)))
        elif thread.merged:
            n = len(thread.merged)
            text = plural("{n} conversation was merged into this one.",
                          "{n} conversations were merged into this one.", n)  # fmt: skip
            made.append(_plain("merged", text, button("conversation.unmerge", s, given=here)))
    if thread.split_from:
        text = _("This was split from another conversation.")
        back = button("conversation.unsplit", s, conversation=thread.id)
        made.append(_plain("split_from", text, back))
    if thread.state == "snoozed":
        until = thread.snoozed_until_at
        text = _("Put aside until {time}.", time=_moment(until, s.now)) if until else ""
        made.append(_plain("snoozed", text or _("Put aside until the customer writes.")))
    if thread.bot:
        text = _("{bot} speaks here now.", bot=thread.bot)
        made.append(_plain("bot", text, button("bot.stop", s, conversation=thread.id)))
    shown = [d for d in s.store.replica.shared.get(thread.id, ()) if d.agent != s.store.replica.me.id]
    made += [
        Strip(f"draft:{one.agent}", _shown(one.name, one.mode), (one.text,), tone=Tone.ACCENT)
        for one in shown
    ]
    if thread.reply_until_at and thread.reply_until_at > s.now:
        left = words.spoken(thread.reply_until_at - s.now)
        made.append(_plain("window", _("A free reply can be sent for {time}.", time=left)))
    if (chosen := pending.splitting.get(thread.id)) is not None:
        made.append(_splitting(s, thread, chosen))
    return tuple(made)


def _shown(name: str, mode: str) -> str:
    if mode == "note":
        return _("{name} shows a note that is being written:", name=name)
    return _("{name} shows a reply that is being written:", name=name)


def _moment(at: float, now: float) -> str:
    return f"{words.day(at, now)}, {words.clock(at)}"


def _plain(strip_id: str, text: str, *buttons: Button) -> Strip:
    return Strip(strip_id, text, (), buttons, Tone.ACCENT)


def _splitting(s: Situation, thread: ConversationModel, chosen: frozenset[str]) -> Strip:
    text = plural("{n} message is chosen for a conversation of its own.",
                  "{n} messages are chosen for a conversation of their own.", len(chosen))  # fmt: skip
    reason = "" if chosen else _("Choose the messages that do not belong here.")
    split = button("split.send", s, reason=reason, tone=Tone.ACCENT, conversation=thread.id)
    return _plain("splitting", text, split, button("split.close", s, conversation=thread.id))
