"""What happens after a reply: stay, go to the next, or close (B19); and the way back where one is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.client.habits import CLOSE, STAY
from agent_desktop.i18n import _
from agent_desktop.viewmodels import typing_marks, words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import REPLY
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire.commands import AddNote, SendMessage

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def go_on(d: Desktop, command: SendMessage | AddNote, then: str) -> None:
    """After a reply: stay, go to the next, or close it, as it was chosen; unless one has left it already."""
    looked_at = d.situation().looked_at
    here = looked_at is not None and looked_at.conversation == command.conversation
    if then == STAY or looked_at is None or not here or not isinstance(command, SendMessage):
        return
    if d.drafts.get(d.key(command.conversation, REPLY)).text:
        return  # something more is being written
    if command.held_s > 0:
        offer_undo(d, command, words.who(looked_at))
    if then == CLOSE:
        done = d.perform("interaction.end", {"id": looked_at.id})
        if done.reason:  # a note that is not saved is asked about
            d.say(Announcement(done.reason))
        return
    ids = d.order.ids(200)
    at = ids.index(looked_at.id) if looked_at.id in ids else -1
    following = [i for i in (*ids[at + 1 :], *ids[: max(at, 0)]) if i != looked_at.id]
    if following:
        d.select(following[0])


def offer_undo(d: Desktop, command: SendMessage, name: str) -> None:
    """Where one is not any more the way back stands as a notice, until the reply has gone out."""
    undo = button("composer.undo", d.situation(), reason="", conversation=command.conversation,
                  message=command.message)  # fmt: skip
    text = _("The reply to {name} can still be called back.", name=name)
    d.workspace.notify(Notice(f"held:{command.message}", text, Tone.ACCENT, d.runtime.now, button=undo))
    d.changed("notices")


def time_passed(d: Desktop) -> None:
    """Once a second: the countdown of what can be called back, and the mark that I write."""
    typing_marks.time_passed(d)
    if d.workspace.writing.held:
        d.changed("conversation")
    gone = [
        n for n in d.workspace.notices if n.startswith("held:") and not _is_held(d, n.removeprefix("held:"))
    ]
    for notice in gone:
        del d.workspace.notices[notice]
        d.changed("notices")


def _is_held(d: Desktop, message: str) -> bool:
    conversation = d.workspace.writing.held.get(message, "")
    held = d.runtime.store.replica.messages.get(conversation, ())
    found = next((m for m in held if m.id == message), None)
    return found is not None and found.held_until_at > d.runtime.now
