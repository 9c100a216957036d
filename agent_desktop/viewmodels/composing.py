"""The composer: what Send will do, to whom and by which channel; what stands in the way; what goes along."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import tzinfo

from agent_desktop.client.actions_writing import WARN, channel_of, held_messages
from agent_desktop.client.drafts import Draft
from agent_desktop.client.habits import AFTER, STAY
from agent_desktop.client.situation import Situation
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.addressing import reply_address
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.composed import CHANNEL
from agent_desktop.viewmodels.conversation import (
    NOTE,
    REPLY,
    ComposerView,
    FileChip,
    Held,
    Mode,
    Strip,
    Template,
)
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import Extras
from agent_desktop.wire.listing import ChannelInfo
from agent_desktop.wire.models import ConversationModel, InteractionModel, MediumInfo

MANY = 20  # files with one message: fewer than that are said


@dataclass(frozen=True, slots=True)
class Composed:
    """The draft that is looked at, with everything that belongs to it."""

    mode: str
    key: str
    draft: Draft
    saved_at: float = 0.0
    extras: Extras = field(default_factory=Extras)
    strips: tuple[Strip, ...] = ()
    files: tuple[FileChip, ...] = ()
    templates: tuple[Template, ...] = ()
    after: str = STAY


def composer_view(
    s: Situation, composed: Composed, *, interlock: str = "", zone: tzinfo | None = None
) -> ComposerView | None:
    """The composer for what is looked at; None where there is nothing to write in."""
    interaction = s.looked_at
    if interaction is None or not interaction.conversation:
        return None
    medium = s.store.medium(interaction.medium)
    note = composed.mode == NOTE or not medium.text
    thread = s.store.replica.conversations.get(interaction.conversation)
    channel = channel_of(s, thread, composed.extras.channel)
    send, reason = _send(s, interaction, composed, note=note)
    says = _says(s, interaction, channel, note=note)
    return ComposerView(
        says=says,
        placeholder=_("Only the team sees this")
        if note
        else _("Write to {name}", name=words.who(interaction)),
        modes=_modes(s, interaction, thread, composed.extras.channel, note=note),
        draft_key=composed.key,
        text=composed.draft.text,
        saved=_saved(composed, sending=send.sending, online=s.online, zone=zone),
        reason=reason,
        send=send,
        templates=composed.templates,
        note=note,
        interlock="" if note else interlock,
        conversation=interaction.conversation,
        recipient=says if note else recipient(s, interaction, thread, channel),
        copies=composed.extras.copies if not note and _medium_of(s, interaction, channel).subject else None,
        strips=composed.strips,
        files=composed.files,
        attach=_attach(s, channel, composed, note=note),
        limits=limits(channel),
        count=_count(channel, composed.draft.text) if not note else "",
        held=held(s, interaction.conversation),
        after=_after(s, composed.after),
        share=_share(s, interaction, composed, note=note),
        colleagues=s.colleagues if note else (),
    )


def _send(
    s: Situation, interaction: InteractionModel, composed: Composed, *, note: bool
) -> tuple[Button, str]:
    """The button, and why nothing can be written at all."""
    action = "note.add" if note else "composer.send"
    given = {"draft": composed.key, "channel": composed.extras.channel, "id": interaction.id}
    given["files"] = " ".join(file.id for file in composed.extras.files)
    send = button(
        action, replace(s, draft=composed.draft.text), label=_("Add note") if note else "",
        tone=Tone.ACCENT, given=given,
    )  # fmt: skip
    reason = button(action, replace(s, draft="x"), given=given).reason
    pressed = replace(send, args=(("draft", composed.key),))
    return replace(pressed, reason=reason or send.reason), reason


def _modes(
    s: Situation, interaction: InteractionModel, thread: ConversationModel | None, chosen: str, *, note: bool
) -> tuple[Mode, ...]:
    """Reply here, by each other channel that reaches this customer, or a note."""
    medium = s.store.medium(interaction.medium)
    modes: list[Mode] = []
    if medium.text:
        own = not note and chosen in {"", thread.channel if thread is not None else ""}
        modes.append(Mode(REPLY, _("Reply by {medium}", medium=medium.name), medium.icon or medium.id, own))
    for other in thread.channels if thread is not None else ():
        info = channel_of(s, None, other)
        if info is None or other == (thread.channel if thread is not None else ""):
            continue
        by = s.store.medium(info.medium)
        label = info.name if _twice(s, thread, info.medium) else by.name
        modes.append(Mode(CHANNEL + other, label, by.icon or by.id, not note and chosen == other))
    modes.append(Mode(NOTE, _("Note"), "note", note))
    return tuple(modes)


def _twice(s: Situation, thread: ConversationModel | None, medium: str) -> bool:
    """Whether two channels of a medium reach the customer: then each needs its own name."""
    known = thread.channels if thread is not None else ()
    media = [c.medium for c in s.store.replica.centre.channels if c.id in known]
    return media.count(medium) > 1


def _medium_of(s: Situation, interaction: InteractionModel, channel: ChannelInfo | None) -> MediumInfo:
    return s.store.medium(channel.medium if channel is not None else interaction.medium)


def _saved(composed: Composed, *, sending: bool, online: bool, zone: tzinfo | None) -> str:
    if sending:
        return _("Sending…") if online else _("Waits to be sent")
    if composed.draft.text and composed.saved_at:
        return _("Draft saved {time}", time=words.clock(composed.saved_at, zone))
    return ""


def _says(s: Situation, interaction: InteractionModel, channel: ChannelInfo | None, *, note: bool) -> str:
    if note:
        return _("Add a note that only the team sees")
    medium = _medium_of(s, interaction, channel)
    if medium.live:
        return _("Write to {name} in the {medium}", name=words.who(interaction), medium=medium.name.lower())
    address = reply_address(s, interaction, channel)
    return _("Reply by {medium} to {address}", medium=medium.name.lower(), address=address)


def recipient(
    s: Situation, interaction: InteractionModel, thread: ConversationModel | None, channel: ChannelInfo | None
) -> str:
    """Who gets it and by what, always in sight."""
    medium = _medium_of(s, interaction, channel)
    name, address = words.who(interaction), reply_address(s, interaction, channel)
    whom = name if address in {"", name} else f"{name} <{address}>"
    by = channel.address if channel is not None else ""
    if by:
        text = _("To {whom}, by {medium} from {address}", whom=whom, medium=medium.name.lower(), address=by)
    else:
        text = _("To {whom}, by {medium}", whom=whom, medium=medium.name.lower())
    nobodys = {"", s.store.replica.me.id}
    if channel is not None and channel.ownership == WARN and thread and thread.owner not in nobodys:
        text = f"{text} · " + _("this is {name}'s", name=thread.owner_name or thread.owner)
    return text


def held(s: Situation, conversation: str) -> Held | None:
    """The newest reply of this conversation that can still be called back."""
    found = held_messages(s, conversation)
    if not found:
        return None
    message = found[-1]
    left = max(0.0, message.held_until_at - s.now)
    whole = max(message.held_until_at - message.at, 1.0)
    whom = ", ".join(message.to_addresses) or _("the customer")
    undo = button("composer.undo", s, conversation=conversation, message=message.id)
    text = _("Goes to {address} in {n} s", address=whom, n=int(left) + 1)
    return Held(text, replace(undo, shortcut="Ctrl+Z"), min(left / whole, 1.0))


def limits(channel: ChannelInfo | None) -> str:
    """What may be attached, said before it is tried."""
    if channel is None:
        return ""
    if not channel.file_limit_bytes:
        return _("No files by this channel")
    most = words.size(channel.file_limit_bytes)
    if channel.files_most < MANY:
        most = _("{size}, {n} at once", size=most, n=channel.files_most)
    if channel.file_types:
        kinds = ", ".join(sorted({kind.rpartition("/")[2] for kind in channel.file_types}))
        return _("Files up to {size}: {kinds}", size=most, kinds=kinds)
    return _("Files up to {size}", size=most)


def _attach(s: Situation, channel: ChannelInfo | None, composed: Composed, *, note: bool) -> Button:
    none = channel is not None and not channel.file_limit_bytes and not note
    reason = _("This channel takes no files.") if none else ""
    return button("file.attach", s, reason=reason or None, draft=composed.key)


def _count(channel: ChannelInfo | None, text: str) -> str:
    """How much room is left, once it becomes scarce."""
    if channel is None or not channel.text_limit or len(text) < channel.text_limit * 0.8:
        return ""
    left = channel.text_limit - len(text)
    return _("{n} characters left", n=left) if left >= 0 else _("{n} characters too many", n=-left)


def _after(s: Situation, chosen: str) -> tuple[Button, ...]:
    labels = {"stay": _("Stay here after sending"), "next": _("Go to the next after sending"),
              "close": _("Close it after sending")}  # fmt: skip
    return tuple(button("composer.after", s, label=labels[x], checked=x == chosen, after=x) for x in AFTER)


def _share(s: Situation, interaction: InteractionModel, composed: Composed, *, note: bool) -> Button | None:
    if not composed.draft.text.strip():
        return None
    shared = composed.extras.shared
    label = _("Hide my draft") if shared else _("Show my draft to colleagues")
    given = {"conversation": interaction.conversation, "mode": NOTE if note else REPLY}
    text = "" if shared else composed.draft.text
    return button("draft.share", s, label=label, checked=shared, given={**given, "text": text})
