"""The header of a conversation and its composer, which says what it will do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import tzinfo

from agent_desktop.client.drafts import Draft
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import NOTE, REPLY, ComposerView, ConversationView, Mode, Template
from agent_desktop.viewmodels.explaining import why_button
from agent_desktop.viewmodels.filling import filled, values
from agent_desktop.viewmodels.inbox import row_badge
from agent_desktop.viewmodels.parts import Button, Empty, Tone
from agent_desktop.viewmodels.timeline import timeline
from agent_desktop.wire.events import TimelineItem
from agent_desktop.wire.models import InteractionModel


def conversation_view(
    s: Situation,
    composer: ComposerView | None,
    *,
    older: Iterable[TimelineItem] = (),
    more: bool = False,
    loading: bool = False,
    zone: tzinfo | None = None,
) -> ConversationView:
    """The middle of the window for what is looked at."""
    interaction = s.looked_at
    if interaction is None:
        return nothing_open(s)
    medium = s.store.medium(interaction.medium)
    thread = s.store.replica.conversations.get(interaction.conversation)
    subject = (thread.subject if thread is not None else "") or interaction.subject
    called = _("Call with {name}", name=words.who(interaction))
    written = _("{medium} with {name}", medium=medium.name, name=words.who(interaction))
    title = subject or (called if medium.talk else written)
    queue = s.store.queue(interaction.queue).name if interaction.queue else ""
    why = _("routed to you: {reasons}", reasons=", ".join(interaction.reasons)) if interaction.reasons else ""
    typing = thread is not None and thread.customer_typing
    badge = row_badge(s, interaction)
    return ConversationView(
        interaction=interaction.id,
        conversation=interaction.conversation,
        title=title,
        subtitle=" · ".join(p for p in (words.who(interaction), queue, why) if p),
        icon=medium.icon or interaction.medium,
        tone=Tone.PLAIN if badge is None else badge.tone,
        why=interaction.reasons,
        buttons=_header(s, interaction),
        items=timeline(s, interaction, older, zone),
        composer=composer,
        typing=_("{name} is writing…", name=words.who(interaction)) if typing else "",
        more=more,
        loading=loading,
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


def _header(s: Situation, interaction: InteractionModel) -> tuple[Button, ...]:
    """What can be done with it as a whole; the call's own buttons are on its card in the bar."""
    why = why_button(s, interaction)
    if interaction.state == "queued":
        return (why, button("interaction.take", s, tone=Tone.ACCENT, id=interaction.id))
    if s.store.medium(interaction.medium).talk:
        return (why, *_call_header(s, interaction))
    return (
        why,
        button("interaction.park", s, id=interaction.id),
        button("call.transfer", s, label=_("Assign"), id=interaction.id),
        button("interaction.end", s, tone=Tone.ACCENT, id=interaction.id),
    )


def _call_header(s: Situation, interaction: InteractionModel) -> tuple[Button, ...]:
    """A call is parked from here and taken again; the rest is on its card in the bar."""
    match interaction.state:
        case "parked":
            return (button("interaction.take", s, tone=Tone.ACCENT, id=interaction.id),)
        case "active" | "held" if s.store.is_mine(interaction):
            return (button("interaction.park", s, id=interaction.id),)
        case _:
            return ()


def composer_view(
    s: Situation,
    *,
    mode: str,
    draft_key: str,
    draft: Draft,
    saved_at: float,
    interlock: str = "",
    zone: tzinfo | None = None,
) -> ComposerView | None:
    """The composer for what is looked at; None where there is nothing to write in."""
    interaction = s.looked_at
    if interaction is None or not interaction.conversation:
        return None
    medium = s.store.medium(interaction.medium)
    note = mode == NOTE or not medium.text
    here = replace(s, draft=draft.text)
    send = button(
        "note.add" if note else "composer.send", here, label=_("Add note") if note else "", tone=Tone.ACCENT
    )
    blocked = send.reason if not draft.text.strip() else ""
    writing = replace(s, draft="x")
    reason = button("note.add" if note else "composer.send", writing).reason
    modes = [Mode(REPLY, _("Reply by {medium}", medium=medium.name), medium.icon or medium.id, not note)]
    modes = modes if medium.text else []
    modes.append(Mode(NOTE, _("Note"), "note", note))
    known = values(s, interaction)
    return ComposerView(
        says=_says(s, interaction, note=note),
        placeholder=_("Only the team sees this")
        if note
        else _("Write to {name}", name=words.who(interaction)),
        modes=tuple(modes),
        draft_key=draft_key,
        text=draft.text,
        saved=_saved(draft, saved_at, sending=send.sending, zone=zone),
        reason=reason,
        send=replace(send, reason=reason or blocked),
        templates=tuple(
            Template(t.id, t.label, *filled(t.text, known)) for t in s.store.replica.centre.templates
        ),
        note=note,
        interlock="" if note else interlock,
    )


def _saved(draft: Draft, saved_at: float, *, sending: bool, zone: tzinfo | None) -> str:
    if sending:
        return _("Sending…")
    if draft.text and saved_at:
        return _("Draft saved {time}", time=words.clock(saved_at, zone))
    return ""


def _says(s: Situation, interaction: InteractionModel, *, note: bool) -> str:
    if note:
        return _("Add a note that only the team sees")
    medium = s.store.medium(interaction.medium)
    if medium.live:
        return _("Write to {name} in the {medium}", name=words.who(interaction), medium=medium.name.lower())
    return _(
        "Reply by {medium} to {address}", medium=medium.name.lower(), address=reply_address(s, interaction)
    )


def reply_address(s: Situation, interaction: InteractionModel) -> str:
    """Where a reply goes: to who wrote last, else to who wrote first."""
    for message in reversed(s.store.replica.messages.get(interaction.conversation, ())):
        if message.direction == "in" and message.from_address:
            return message.from_address
    other = interaction.from_address if interaction.direction == "in" else interaction.to_address
    return other or words.who(interaction)
