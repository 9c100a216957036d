"""What happens to the draft: typed, put into, made a note, sent by another channel.

Everything names the draft that it is about (`draft`, the key that the editor shows); what was typed into an
editor whose draft has changed meanwhile is not taken, and the editor shows what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.habits import AFTER
from agent_desktop.client.situation import chosen
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import concluding, typing_marks
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.holding import (
    anyway,
    bound,
    draft_key,
    extras,
    give_back,
    is_current,
    keep_extras,
    meet,
)
from agent_desktop.viewmodels.interlocking import saw_all

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]
SHARE_S = 1.0
CHANNEL = "channel:"  # a mode that replies by another channel: "channel:sms1"


def write(d: Desktop, text: str, draft: str = "") -> None:
    """Keep the editor's text as it is now."""
    at = bound(d, draft)
    if not at.conversation or not is_current(d, draft):
        d.changed("composer", "conversation")
        return
    key = d.key(at.conversation, at.mode)
    d.workspace.writing.wrote_at = d.runtime.now
    concluding.withdraw(d, at.conversation)  # who writes on does not finish yet
    typing_marks.wrote(d, at, text)
    if text:
        if not d.drafts.get(key).text:
            saw_all(d.situation(), d.workspace, at.interaction)
        d.drafts.put(key, text, message=d.runtime.new_id())
        if extras(d, at.conversation, at.mode).shared:
            d.workspace.writing.to_share[at.conversation, at.mode] = text
            share_soon(d)
    else:
        forget(d, at.conversation, at.mode)
    d.changed("conversation")


def forget(d: Desktop, conversation: str, mode: str) -> None:
    """The agent emptied the draft: nothing is asked about it any more."""
    key = d.key(conversation, mode)
    pending, message = d.workspace.writing, d.drafts.get(key).message
    pending.tried.discard(message)
    pending.despite.pop(message, None)
    pending.refusals.pop(conversation, None)
    d.drafts.clear(key)
    if extras(d, conversation, mode).shared:
        pending.to_share.pop((conversation, mode), None)
        share(d, conversation, mode, "")


def insert(d: Desktop, text: str) -> None:
    """Put a text into the draft that is looked at, after what is there."""
    at = bound(d)
    if at.interaction is None:
        return
    old = d.drafts.get(d.key(at.conversation, at.mode)).text
    write(d, f"{old.rstrip()}\n\n{text}".lstrip() if old.strip() else text)
    d.workspace.draft_generation += 1
    d.changed("composer")


def share_soon(d: Desktop) -> None:
    """Show colleagues how the shared drafts stand, once a second at most."""
    pending = d.workspace.writing
    if not pending.to_share or d.runtime.now - pending.shared_at < SHARE_S:
        return
    pending.shared_at = d.runtime.now
    waiting, pending.to_share = pending.to_share, {}
    for (conversation, mode), text in waiting.items():
        share(d, conversation, mode, text)


def share(d: Desktop, conversation: str, mode: str, text: str) -> None:
    """Show colleagues the draft as it is now; an empty one ends it."""
    d.perform("draft.share", {"conversation": conversation, "mode": mode, "text": text})


def _mode(d: Desktop, a: Given) -> None:
    mode, at = a.get("mode", REPLY), bound(d, a.get("draft", ""))
    if at.interaction is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    if mode.startswith(CHANNEL):
        d.workspace.modes[at.conversation] = REPLY
        keep_extras(d, at.conversation, REPLY, channel=mode.removeprefix(CHANNEL))
    elif mode in {REPLY, NOTE}:
        d.workspace.modes[at.conversation] = mode
        if mode == NOTE:
            meet(d)
        if mode == REPLY:
            keep_extras(d, at.conversation, REPLY, channel="")
    else:
        raise RefusedError(_("There is no such way to write."), code="unknown")
    d.changed("conversation", "composer")


def _channel(d: Desktop, a: Given) -> None:
    """`channel NAME` goes on by it; alone the front end says which there are."""
    at = bound(d)
    if at.interaction is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    thread = d.runtime.store.replica.conversations.get(at.conversation)
    word = a.get("channel", "").strip()
    if not word or thread is None:
        return
    known = {thread.channel, *thread.channels}
    rows = [(c.id, c.name, c.medium) for c in d.runtime.store.replica.centre.channels if c.id in known]
    found = chosen(word, rows, _("There is no channel {word} to this customer. Possible: {names}."))[0]
    _mode(d, {"mode": REPLY if found == thread.channel else CHANNEL + found})


def _copies(d: Desktop, a: Given) -> None:
    """Who gets a copy; `off` is nobody, and without a word the front end says who."""
    at = bound(d, a.get("draft", ""))
    composer = d.composer() if "draft" not in a else None
    if a.get("text", "").strip() and composer is not None and composer.copies is None:
        raise RefusedError(_("Nobody can get a copy of what is written here."), code="wrong_state")
    if "text" in a and at.conversation:
        keep_extras(d, at.conversation, REPLY, copies="" if a["text"].strip() == "off" else a["text"])


def _switch(d: Desktop, a: Given) -> None:
    """The same words as a note, or as a reply."""
    at = bound(d, a.get("draft", ""))
    other = REPLY if at.mode == NOTE else NOTE
    draft, held = d.drafts.get(d.key(at.conversation, at.mode)), extras(d, at.conversation, at.mode)
    forget(d, at.conversation, at.mode)
    if held.files:
        keep_extras(d, at.conversation, at.mode, files=())
    d.workspace.modes[at.conversation] = other
    if draft.text:
        give_back(d, at.conversation, other, draft.text, d.runtime.new_id(), held)
    d.changed("conversation", "composer")


def _seen(d: Desktop, a: Given) -> None:
    at = bound(d, a.get("draft", ""))
    if at.interaction is None:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    saw_all(d.situation(), d.workspace, at.interaction)
    d.changed("conversation")


def _anyway(d: Desktop, a: Given) -> None:
    anyway(d, a.get("draft", ""))


def _shared(d: Desktop, a: Given) -> None:
    """Only the draft that was shared, whatever is looked at by now: another one is nobody's to see."""
    conversation, mode = a.get("conversation", ""), a.get("mode", REPLY)
    if not conversation:
        return
    on = a.get("on", "") == "yes"
    if not on:
        d.workspace.writing.to_share.pop((conversation, mode), None)
    if extras(d, conversation, mode).shared != on:
        keep_extras(d, conversation, mode, shared=on)


def _after(d: Desktop, a: Given) -> None:
    wanted = a.get("after", "")
    if wanted and wanted not in AFTER:
        raise RefusedError(_("After sending: stay, next or close."), code="usage")
    if wanted:
        d.habits.choose_after(wanted)
    d.changed("conversation")


COMPOSER: dict[str, Callable[[Desktop, Given], None]] = {
    "composer.mode": _mode,
    "composer.channel": _channel,
    "composer.copies": _copies,
    "composer.switch": _switch,
    "composer.seen": _seen,
    "composer.anyway": _anyway,
    "composer.after": _after,
    "draft.shared": _shared,
}


def editor_key(d: Desktop) -> str:
    """The key of the draft that is looked at, as the editor holds it."""
    at = bound(d)
    return draft_key(d, at.conversation, at.mode)
