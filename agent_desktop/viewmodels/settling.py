"""What was on its way, settled: after a start, after a reconnect, when its message is there.

A text waits under its message's id until the router has it.  What nobody has comes back into the editor; what
is there goes from it, and never with words that were written since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_desktop.client.drafts import Draft, Key
from agent_desktop.i18n import _
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.holding import extras, give_back, goes_along, meet
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.pending import WITH, extras_of
from agent_desktop.viewmodels.workspace import OUTBOX, OUTBOX_NOTE, on_its_way
from agent_desktop.wire.commands import AddNote, SendMessage
from agent_desktop.wire.models import MessageModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop


def settle_outbox(d: Desktop) -> None:
    """After a start or a reconnect: what was on its way and is not there comes back into the editor."""
    store = d.runtime.store
    d.habits.user = d.spelling.user = store.replica.me.id
    meet(d)
    refused = {request for request, act in store.unsent.items() if act.state == "refused"}
    commands = (a.command for a in store.asked.values() if a.id not in refused)
    waiting = {c.message: c for c in commands if isinstance(c, SendMessage | AddNote)}
    for key, draft in d.drafts.of(store.replica.me.id).items():
        if key.conversation not in store.replica.conversations:
            continue
        there = {m.id: m.text for m in store.replica.messages.get(key.conversation, ())}
        if key.mode.startswith(OUTBOX):
            if draft.message in there:
                d.drafts.clear(key)
            elif draft.message not in waiting:
                _back_again(d, key, draft)
        elif key.mode in {REPLY, NOTE} and draft.message in there:
            _overtaken(d, key, draft, there[draft.message])
        elif key.mode in {REPLY, NOTE} and (command := waiting.get(draft.message)) is not None:
            # A power cut between the list of unsent acts and the drafts: it is on its way all the same.
            if _overtaken(d, key, draft, command.text):
                goes_along(d, command, key.mode, extras(d, key.conversation, key.mode))
            away = d.key(key.conversation, on_its_way(key.mode, command.message))
            d.drafts.put(away, command.text, message=command.message)


def _back_again(d: Desktop, key: Key, draft: Draft) -> None:
    """Nobody has it: it is a draft again, as what it was written as."""
    away = d.key(key.conversation, WITH + draft.message)
    kept = extras_of(d.drafts.get(away).text)
    d.drafts.clear(key)
    d.drafts.clear(away)
    notes = (a for a in d.runtime.store.unsent.values() if isinstance(a.command, AddNote))
    note = key.mode.startswith(OUTBOX_NOTE) or draft.message in {a.message_id for a in notes}
    give_back(d, key.conversation, NOTE if note else REPLY, draft.text, draft.message, kept)


def _overtaken(d: Desktop, key: Key, draft: Draft, sent: str) -> bool:
    """The draft's message has gone: the draft with it, or what was written on since is another message."""
    whole = draft.text.strip() == sent.strip()
    if whole:
        d.drafts.clear(key)
    else:
        d.drafts.rename(key, d.runtime.new_id())
    d.changed("composer")
    return whole


def came(d: Desktop, message: MessageModel) -> None:
    """A message is there or its delivery moved on: what I wrote is said once for each state that matters."""
    for key, draft in d.drafts.of_message(message.id).items():
        if key.mode.startswith(OUTBOX):
            d.drafts.clear(key)
            d.changed("conversation")
        else:
            _overtaken(d, key, draft, message.text)
    if message.author != d.runtime.store.replica.me.id or message.direction != "out":
        return
    pending = d.workspace.writing
    if message.held_until_at > d.runtime.now:
        pending.held[message.id] = message.conversation
        pending.copies.setdefault(message.id, message.text)
        return
    state = (message.id, message.delivery)
    if state in pending.told:
        return
    pending.told.add(state)
    whom = ", ".join(message.to_addresses) or message.conversation
    if message.delivery == "failed":
        why = message.delivery_detail or _("no reason was given.")
        said = _("Not sent to {address}: {why} Send it again from the conversation.", address=whom, why=why)
        d.say(Announcement(said))
    elif message.delivery in {"sent", "delivered"} and pending.held.pop(message.id, ""):
        pending.copies.pop(message.id, None)
        d.drafts.clear(d.key(message.conversation, WITH + message.id))
        d.say(Announcement(_("Sent to {address}.", address=whom)))
