"""A draft follows its conversation: what was written in one that is merged belongs to the one that stays.

The router tells of a merge from both sides: the merged conversation names where it went, the one that stays
names what came into it; and one that is read leads to where it is now.  Any of them is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from agent_desktop.client.drafts import Elsewhere
from agent_desktop.i18n import _
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.pending import WITH, extras_of
from agent_desktop.viewmodels.workspace import OUTBOX
from agent_desktop.wire.models import ConversationModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def followed(d: Desktop, thread: ConversationModel | None) -> None:
    """Move the drafts of what was merged, as one conversation tells."""
    if thread is None:
        return
    if thread.merged_into:
        moved(d, thread.id, thread.merged_into)
    for other in thread.merged:
        moved(d, other, thread.id)


def moved(d: Desktop, conversation: str, into: str) -> None:
    """Move the drafts of a conversation to the one that it was merged into."""
    keys = d.drafts.move(conversation, into, joined, but=on_its_way)
    if not keys:
        return
    mode = d.workspace.modes.pop(conversation, "")
    if mode:
        d.workspace.modes.setdefault(into, mode)
    d.workspace.draft_generation += 1
    d.changed("composer", "conversation")


def elsewhere(d: Desktop, found: Elsewhere) -> None:
    """Another window of this folder wrote drafts: they are shown here as they are now."""
    moved = d.drafts.take(found)
    if not moved:
        return
    d.workspace.draft_generation += 1
    if any(key.mode in {REPLY, NOTE} for key in found.both if key in moved):
        text = _("This draft was written in two windows at once. Both texts are in it: read it, then send.")
        d.notice("drafts.both", text, Tone.WARNING)
    d.changed("composer", "conversation", "side")


def both(mode: str, there: str, came: str) -> str:
    """One draft of two that were written in two windows; of a form what was filled in last."""
    return joined(mode, there, came) if mode in {REPLY, NOTE, WITH + REPLY, WITH + NOTE} else came


def on_its_way(mode: str) -> bool:
    """A text that was sent is named by its message, and is settled where it was sent."""
    return mode.startswith(OUTBOX) or (mode.startswith(WITH) and mode not in {WITH + REPLY, WITH + NOTE})


def joined(mode: str, there: str, came: str) -> str:
    """One draft of two: first what is written in the conversation that stays; files and copies of both."""
    if not mode.startswith(WITH):
        return f"{there}\n\n{came}"
    first, second = extras_of(there), extras_of(came)
    files = {f.id: f for f in (*first.files, *second.files)}
    both = msgspec.structs.replace(
        first,
        files=tuple(files.values()),
        copies=first.copies or second.copies,
        channel=first.channel or second.channel,
    )
    return msgspec.json.encode(both).decode()
