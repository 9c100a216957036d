"""The lines of the timeline: messages of every medium, calls as cards, notes apart, a mark for each day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import tzinfo
from operator import attrgetter

from agent_desktop.client.naming import shown_name
from agent_desktop.client.read_along import read_along
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.call_text import carriers, damage, doubt
from agent_desktop.viewmodels.conversation import AttachmentView, ItemKind, TimelineItemView
from agent_desktop.viewmodels.lines import Lines, with_days
from agent_desktop.viewmodels.parts import Badge, Button, Tone
from agent_desktop.viewmodels.pending import Pending
from agent_desktop.viewmodels.recordings import recording_rows
from agent_desktop.viewmodels.wrapping import code_label
from agent_desktop.wire.commands import AddNote, SendMessage
from agent_desktop.wire.events import TimelineItem
from agent_desktop.wire.models import AttachmentModel, InteractionModel, MessageModel

SAVED = "saved:"  # how the state of a file begins that lies in a folder now
_AT, _AT_AND_ID = attrgetter("at"), attrgetter("at", "id")
_KINDS = {"in": ItemKind.IN, "out": ItemKind.OUT, "note": ItemKind.NOTE, "system": ItemKind.SYSTEM}


def timeline(
    s: Situation,
    interaction: InteractionModel,
    older: Iterable[TimelineItem] = (),
    zone: tzinfo | None = None,
    *,
    pending: Pending | None = None,
    files: Mapping[str, str] | None = None,
) -> Lines[MessageModel | InteractionModel]:
    """What was said, oldest first; a thing that is in both the page and the replica is shown once, newest."""
    pending, files = pending or Pending(), files or {}
    messages: dict[str, MessageModel] = {}
    calls: dict[str, InteractionModel] = {}
    for item in older:
        if item.message is not None:
            messages[item.message.id] = item.message
        if item.interaction is not None:
            calls[item.interaction.id] = item.interaction
    thread = interaction.conversation
    messages |= {m.id: m for m in s.store.replica.messages.get(thread, ())}
    messages |= {m.id: m for m in read_along(interaction)}
    # What is in the replica is newer than the page that was fetched.
    for known in (interaction.id, *tuple(calls)):
        other = s.store.replica.interactions.get(known)
        if other is not None and (s.store.medium(other.medium).talk or other.recordings):
            calls[known] = other
    things: list[MessageModel | InteractionModel | TimelineItemView]
    things = [*sorted(messages.values(), key=_AT)]
    times = [m.at for m in messages.values()]
    times.sort()
    if len(set(times)) < len(times):  # by the id where the time does not tell
        things = [*sorted(messages.values(), key=_AT_AND_ID)]
    for call in sorted(calls.values(), key=lambda call: (call.arrived_at, call.id)):
        place = bisect_right(times, call.arrived_at)
        times.insert(place, call.arrived_at)
        things.insert(place, call)
    for waiting in s.store.sending(thread) if thread else ():
        if waiting.message not in messages:
            times.append(s.now)
            things.append(sending_line(s, waiting, zone))
    ids = [thing.id for thing in things]

    def made(thing: MessageModel | InteractionModel) -> TimelineItemView:
        if isinstance(thing, MessageModel):
            return message_line(s, thing, zone, pending=pending, files=files)
        return call_line(s, thing, zone)

    return Lines(*with_days(times, ids, things, s.now, zone), made)


def author(s: Situation, message: MessageModel) -> str:
    """Who wrote: You, a colleague, the customer."""
    if message.direction == "in":
        return message.author_name or message.from_address or _("Customer")
    if message.author and message.author == s.store.replica.me.id:
        return _("You")
    agent = s.store.replica.agents.get(message.author)
    return message.author_name or (agent.name if agent is not None else "") or s.store.replica.centre.name


def message_line(
    s: Situation,
    message: MessageModel,
    zone: tzinfo | None = None,
    *,
    pending: Pending | None = None,
    files: Mapping[str, str] | None = None,
) -> TimelineItemView:
    """A message as the timeline shows it; `files` says how far the saving of each attachment is."""
    pending, saving = pending or Pending(), files or {}
    kind = _KINDS.get(message.direction, ItemKind.SYSTEM)
    medium = s.store.medium(message.medium)
    who = author(s, message)
    time = words.clock(message.at, zone)
    what = _("Note, only the team sees this") if kind is ItemKind.NOTE else medium.name
    what = carriers().get(message.carrier, what)
    if message.automatic and kind is not ItemKind.NOTE:
        what = _("{medium}, by a machine", medium=what)
    if message.forwarded_of:
        what = _("Forwarded to {address}", address=", ".join(message.to_addresses))
    delivery = delivery_badge(message, s.now) if kind is ItemKind.OUT else None
    state = "" if delivery is None else delivery.text
    loud = delivery is not None and delivery.tone in {Tone.WARNING, Tone.DANGER}
    quiet = "" if loud else state  # it stands as a badge then
    shown = tuple(attachment(s, a, saving.get(a.id, "")) for a in message.attachments)
    said = [who, what, time, state] + ([plural("{n} file", "{n} files", len(shown))] if shown else [])
    marks = (damage(message.text, message.damaged), doubt(message.confidence))
    warnings = (*message.warnings, *(mark for mark in marks if mark))
    said += [*warnings, message.protection]
    return TimelineItemView(
        kind=kind,
        id=message.id,
        text=message.text,
        author=who,
        meta=" · ".join(p for p in (what, who if kind is not ItemKind.IN else "", time, quiet) if p),
        icon="note" if kind is ItemKind.NOTE else (medium.icon or message.medium),
        delivery=delivery,
        quoted=message.quoted,
        html=message.html,
        attachments=shown,
        threading_reason=message.threading_reason if message.id in pending.asked_why else "",
        at=message.at,
        warnings=warnings,
        typed=bool(message.carrier),
        damaged=message.damaged,
        protection=message.protection,
        recover=recover(s, message),
        acts=acts(s, message),
        chosen=chosen(message, pending),
        accessible=f"{', '.join(p for p in said if p)}: {message.text}",
    )


def attachment(s: Situation, file: AttachmentModel, state: str = "") -> AttachmentView:
    """A file with a name that can be shown, its size, and how it is kept."""
    save = button("file.save", s, label=_("Save {name}", name=shown_name(file.name)), file=file.id)
    path, _mark, said = state.removeprefix(SAVED).rpartition("\n")
    folder = button("file.shown", s, file=file.id, path=path) if state.startswith(SAVED) else None
    return AttachmentView(
        id=file.id,
        name=shown_name(file.name),
        size=words.size(file.size_bytes),
        media_type=file.media_type,
        blocked=file.blocked,
        state=said,
        cid=file.content_id,
        save=save if not file.blocked else None,
        folder=folder,
    )


def recover(s: Situation, message: MessageModel) -> Button | None:
    """What can be done about a reply that is still held, or that failed."""
    here = {"conversation": message.conversation, "message": message.id}
    if message.held_until_at > s.now and message.author == s.store.replica.me.id:
        return button("composer.undo", s, given=here)
    return button("message.retry", s, given=here) if message.delivery == "failed" else None


def acts(s: Situation, message: MessageModel) -> tuple[Button, ...]:
    """What can be done with one message."""
    here = {"conversation": message.conversation, "message": message.id}
    if message.direction not in _KINDS or message.direction == "system":
        return ()
    why = (button("message.why", s, given=here),) if message.threading_reason else ()
    forward = (button("forward.open", s, given=here),) if message.direction != "note" else ()
    return (*forward, *why, button("split.choose", s, label=_("Does not belong here…"), given=here))


def chosen(message: MessageModel, pending: Pending) -> bool | None:
    """Whether it is chosen for a split; None while nothing is being chosen."""
    picked = pending.splitting.get(message.conversation)
    return None if picked is None else message.id in picked


def delivery_badge(message: MessageModel, now: float = 0.0) -> Badge | None:
    """How far a reply has come, in words."""
    if message.held_until_at > now > 0 and message.delivery in {"", "queued"}:
        left = int(message.held_until_at - now) + 1
        return Badge(_("held, {n} s", n=left), Tone.WARNING, _("held back for {n} seconds", n=left))
    match message.delivery:
        case "":
            return None
        case "queued":
            return Badge(_("queued"), Tone.MUTED)
        case "sent":
            return Badge(_("sent"), Tone.PLAIN)
        case "delivered":
            return Badge(_("delivered"), Tone.OK)
        case "read":
            return Badge(_("read"), Tone.OK)
        case "failed":
            why = message.delivery_detail
            return Badge(_("failed"), Tone.DANGER, _("failed: {why}", why=why) if why else "")
        case other:
            return Badge(other, Tone.MUTED)


def sending_line(
    s: Situation, command: SendMessage | AddNote, zone: tzinfo | None = None
) -> TimelineItemView:
    """What was written here and is not confirmed: it says so."""
    note = isinstance(command, AddNote)
    state = _("sending") if s.online else _("waits for the server")
    return TimelineItemView(
        kind=ItemKind.NOTE if note else ItemKind.OUT,
        id=command.message,
        text=command.text,
        author=_("You"),
        # Since when it waits is not known here, so no time is told then; the badge says how it stands.
        meta=f"{_('You')} · {words.clock(s.now, zone)}" if s.online else _("You"),
        icon="note" if note else "send",
        delivery=Badge(state, Tone.WARNING),
        at=s.now,
        sending=True,
        accessible=_("You, {state}: {text}", state=state, text=command.text),
    )


def call_line(s: Situation, call: InteractionModel, zone: tzinfo | None = None) -> TimelineItemView:
    """A call as a card: direction, path, wait, length, recording, how it ended."""
    medium = s.store.medium(call.medium)
    way = _("Inbound") if call.direction == "in" else _("Outbound")
    parts = [way]
    if call.path:
        parts.append(" → ".join(call.path))
    answered = call.accepted_at
    if call.queued_at:
        waited = (answered or call.ended_at or s.now) - call.queued_at
        parts.append(_("waited {time}", time=words.short(waited)))
    length = ""
    if answered and call.ended_at:
        length = words.timer(call.ended_at - answered)
    elif call.state == "abandoned":
        parts.append(_("hung up before an answer"))
    if call.disposition:
        known = (*s.store.queue(call.queue).dispositions, *s.store.queue("").dispositions)
        parts.append(code_label(known, call.disposition))
    badges = [Badge(medium.name, Tone.OK)]
    if answered and not call.ended_at:
        badges.append(Badge(_("on the line"), Tone.PLAIN))
    if length:
        badges.append(Badge(length, Tone.PLAIN, _("length {time}", time=length)))
    if call.call is not None and call.call.recording != "off":
        badges.append(Badge(_("REC"), Tone.DANGER, _("recorded")))
    if call.callback_number:
        parts.append(_("to be called back: {number}", number=call.callback_number))
    rows = recording_rows(s, call)
    mine = s.store.is_mine(call)
    over = call.state == "wrap_up" or any(r.kind == "voicemail" for r in call.recordings)
    back = button("call.callback", s, id=call.id) if mine and over else None
    text = " · ".join(parts)
    time = words.clock(call.arrived_at, zone)
    said = ", ".join(p for p in (medium.name, time, *parts, length, *(r.spoken for r in rows)) if p)
    return TimelineItemView(
        kind=ItemKind.CALL,
        id=call.id,
        text=text,
        meta=time,
        icon=medium.icon or call.medium,
        badges=tuple(badges),
        recordings=rows,
        callback=back,
        at=call.arrived_at,
        accessible=said + (f". {call.disposition_note}" if call.disposition_note else ""),
    )
