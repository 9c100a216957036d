"""Sending as a transaction on an immutable copy: what was written leaves the editor and is never lost.

A reply is bound to its draft (`draft`, the key that the editor shows): whatever is looked at by now, it
goes to the conversation that it was written in.  Its text waits under the message's own id until the router
has it, and with it what belongs to it (copies, channel, files).  Refused, called back, or unanswered when the
program was killed: the draft is there again, before what was written meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from agent_desktop.client.actions_writing import channel_of, last_seen
from agent_desktop.client.habits import STAY
from agent_desktop.client.naming import shown_name
from agent_desktop.client.store import Asked
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import typing_marks, words
from agent_desktop.viewmodels.addressing import began_with, goes_to
from agent_desktop.viewmodels.afterwards import go_on
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.interlocking import Writing, interlocks, passes, saw_all
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.pending import WITH, Extras, Refusal, extras_of
from agent_desktop.viewmodels.workspace import on_its_way
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.commands import AddNote, FindTargets, SendMessage
from agent_desktop.wire.inbox import CancelMessage, ShareDraft
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

SENDS = {"composer.send": REPLY, "note.add": NOTE}
KEPT_BACK = frozenset({"newer_message", "other_draft", "bot", "wrong_recipient", "not_owner"})


@dataclass(frozen=True, slots=True)
class Bound:
    """The draft that an act is about."""

    conversation: str
    mode: str
    interaction: InteractionModel | None


def draft_key(d: Views, conversation: str, mode: str) -> str:
    """The name of a draft as the editor holds it; another one when its text must be loaded again."""
    return f"{conversation}/{mode}/{d.workspace.draft_generation}"


def bound(d: Views, key: str = "") -> Bound:
    """The draft that the editor shows; without a key that of what is looked at."""
    looked_at = d.situation().looked_at
    if not key:
        conversation = looked_at.conversation if looked_at is not None else ""
        note = looked_at is not None and not d.runtime.store.medium(looked_at.medium).text  # as in a call
        return Bound(conversation, NOTE if note else d.workspace.mode(conversation), looked_at)
    conversation, mode, _generation = key.rsplit("/", 2)
    if looked_at is not None and looked_at.conversation == conversation:
        return Bound(conversation, mode, looked_at)
    known = [i for i in d.runtime.store.replica.interactions.values() if i.conversation == conversation]
    return Bound(conversation, mode, max(known, key=lambda i: i.updated_at, default=None))


def is_current(d: Views, key: str) -> bool:
    """Whether the editor holds the draft as it is; else something was put into it meanwhile."""
    return not key or key.rpartition("/")[2] == str(d.workspace.draft_generation)


def extras(d: Views, conversation: str, mode: str) -> Extras:
    """What goes with a draft."""
    return extras_of(d.drafts.get(d.key(conversation, WITH + mode)).text)


def keep_extras(d: Desktop, conversation: str, mode: str, **changes: object) -> None:
    """Change what goes with a draft; safe within a second."""
    changed = msgspec.structs.replace(extras(d, conversation, mode), **changes)
    key = d.key(conversation, WITH + mode)
    if changed.is_empty:
        d.drafts.clear(key)
    else:
        d.drafts.put(key, msgspec.json.encode(changed).decode(), message="")
    d.changed("conversation")


def writing_of(d: Views, at: Bound) -> Writing | None:
    """What would be sent of a draft."""
    if at.interaction is None or not at.conversation:
        return None
    draft = d.drafts.get(d.key(at.conversation, at.mode))
    held = extras(d, at.conversation, at.mode)
    key = draft_key(d, at.conversation, at.mode)
    return Writing(at.interaction, at.mode, draft.text, draft.message, len(held.files), held.channel, key)


def completed(d: Desktop, action: str, typed: Mapping[str, str]) -> dict[str, str]:
    """A reply or a note, whole: of the draft that is named, or of a line that was typed."""
    given = dict(typed)
    given.setdefault("message", d.runtime.new_id())
    if "text" in typed:
        at = bound(d)
        key = d.key(at.conversation, SENDS[action])
        if "message" not in typed and d.drafts.get(key).text == typed["text"]:
            given["message"] = d.drafts.get(key).message or given["message"]
    else:
        at = bound(d, typed.get("draft", ""))
        draft = d.drafts.get(d.key(at.conversation, SENDS[action]))
        given |= {"text": draft.text, "message": draft.message or given["message"]}
    if at.interaction is None:
        return given
    given.setdefault("id", at.interaction.id)
    held = extras(d, at.conversation, SENDS[action])
    given.setdefault("files", " ".join(file.id for file in held.files))
    if action == "note.add":
        given.setdefault("mentions", " ".join(mentioned(d, given["text"])))
        return given
    return _reply(d, at, held, given)


def _reply(d: Desktop, at: Bound, held: Extras, given: dict[str, str]) -> dict[str, str]:
    if at.interaction is None:
        return given
    s, pending = d.situation(), d.workspace.writing
    thread = s.store.replica.conversations.get(at.conversation)
    channel = channel_of(s, thread, held.channel)
    given.setdefault("copies", held.copies)
    given.setdefault("channel", "" if thread is not None and held.channel == thread.channel else held.channel)
    given.setdefault("held", str(channel.undo_s if channel is not None else 0.0))
    began = d.workspace.began_after.get(at.conversation, "")
    live = s.store.medium(at.interaction.medium).live
    newest = last_seen(s, at.interaction)
    # A line that is typed answers what was printed before it; a draft what was there when it was begun.
    given.setdefault("after", "" if live else newest if "draft" not in given else began or newest)
    to = goes_to(s, thread, given["channel"]) if thread is not None else ""
    if "draft" in given and thread is not None:
        to = began_with(pending.began_to.get(at.conversation, {}), thread, given["channel"]) or to
    given.setdefault("to", to)
    passed = pending.despite.get(given["message"], set())
    given.setdefault("despite", " ".join(sorted(passed)))
    return given


def mentioned(d: Views, text: str) -> tuple[str, ...]:
    """The colleagues that a note names behind @@, by id."""
    folded = text.casefold()
    return tuple(key for key, name in colleagues(d) if name and f"@@{name.casefold()}" in folded)


def colleagues(d: Views) -> tuple[tuple[str, str], ...]:
    """Whom a note can mention: (id, name).  The stream tells agents nothing of one another: it is asked."""
    replica = d.runtime.store.replica
    known = {t.id: t.name for t in d.workspace.writing.colleagues}
    known |= {agent.id: agent.name for agent in replica.agents.values()}
    known.pop(replica.me.id, None)
    return tuple(sorted(known.items(), key=lambda one: one[1].casefold()))


def meet(d: Desktop) -> None:
    """Ask who is here to be mentioned, where the stream does not tell."""
    if len(d.runtime.store.replica.agents) <= 1:
        d.query(FindTargets(limit=100), "colleagues")


def met(d: Desktop, found: tuple[TargetModel, ...]) -> None:
    """They are known now."""
    d.workspace.writing.colleagues = tuple(t for t in found if t.kind == "agent")
    d.changed("conversation")


def guard(d: Desktop, action: str, typed: Mapping[str, str]) -> None:
    """Raise `RefusedError` for what keeps a draft back; it is shown with the way past it."""
    if action not in SENDS or "text" in typed:
        return
    if not is_current(d, typed.get("draft", "")):
        raise RefusedError(_("The text has just changed. Read it, then send."), code="changed")
    at = bound(d, typed.get("draft", ""))
    at = Bound(at.conversation, SENDS[action], at.interaction)
    writing = writing_of(d, at)
    if writing is None:
        return
    d.workspace.writing.tried.add(writing.message)
    strips = interlocks(d.situation(), d.workspace, writing, sending=True)
    if strips:
        d.changed("conversation")
        raise RefusedError(strips[0].text, code=strips[0].id)


def anyway(d: Desktop, key: str) -> None:
    """Send what was kept back: what is shown now is passed over, and named in the command."""
    at = bound(d, key)
    typed = d.workspace.writing.typed.pop(at.conversation, None)
    if typed is not None and not key:
        given = {"text": typed[0], "despite": typed[1]}
        done = d.perform("composer.send", given)
    else:
        writing = writing_of(d, at)
        if writing is None or not (key or _was_kept_back(d, writing)):
            raise RefusedError(_("Nothing was kept back."), code="nothing_open")
        d.workspace.writing.tried.add(writing.message)
        strips = interlocks(d.situation(), d.workspace, writing, sending=True)
        passes(d.workspace.writing, writing.message, strips)
        action = "note.add" if at.mode == NOTE else "composer.send"
        done = d.perform(action, {"draft": draft_key(d, at.conversation, at.mode)})
    if done.reason:
        raise RefusedError(done.reason, code=done.code)


def _was_kept_back(d: Views, writing: Writing) -> bool:
    """Without the key of a draft only what was to be sent here counts; half a draft is nobody's wish."""
    pending = d.workspace.writing
    return writing.message in pending.tried or writing.interaction.conversation in pending.refusals


def asked(d: Desktop, action: str, command: SendMessage | AddNote, given: Mapping[str, str]) -> None:
    """It is on its way: the text leaves the editor but not the disk, and so does what goes with it."""
    mode = SENDS.get(action, NOTE)
    conversation, message = command.conversation, command.message
    d.drafts.put(d.key(conversation, on_its_way(mode, message)), command.text, message=message)
    typing_marks.sent(d, conversation)
    held = extras(d, conversation, mode)
    if held.shared:  # colleagues see the message itself now
        held = msgspec.structs.replace(held, shared=False)
        d.workspace.writing.to_share.pop((conversation, mode), None)
        d.runtime.ask(ShareDraft(conversation=conversation, mode=mode))
    key = d.key(conversation, mode)
    whole = d.drafts.get(key).message == message
    if whole:
        d.drafts.clear(key)
        d.changed("composer")
    if whole or (held.files and set(command.files) >= {file.id for file in held.files}):
        goes_along(d, command, mode, held)
    if isinstance(command, SendMessage):
        d.workspace.writing.refusals.pop(conversation, None)
        d.workspace.writing.copies[message] = command.text
        saw_all(d.situation(), d.workspace, bound(d, given.get("draft", "")).interaction)
        if "draft" in given:
            d.workspace.writing.then[message] = d.habits.mine.after


def goes_along(d: Desktop, command: SendMessage | AddNote, mode: str, held: Extras) -> None:
    """Copies and files leave with the message; the channel stays for the next one."""
    if not held.is_empty:
        away = d.key(command.conversation, WITH + command.message)
        d.drafts.put(away, msgspec.json.encode(held).decode(), message="")
    d.drafts.clear(d.key(command.conversation, WITH + mode))
    if held.channel:
        keep_extras(d, command.conversation, mode, channel=held.channel)


def answered(d: Desktop, ended: Asked) -> None:
    """The router took it or kept it back; a cancelled one is a draft again."""
    command, taken = ended.command, ended.state == "confirmed"
    match command:
        case CancelMessage() if taken:
            _called_back(d, command)
        case SendMessage() | AddNote():
            mode = NOTE if isinstance(command, AddNote) else REPLY
            d.drafts.clear(d.key(command.conversation, on_its_way(mode, command.message)))
            if taken:
                _taken(d, command)
                return
            kept_in_list = ended.id in d.runtime.store.unsent
            if kept_in_list and d.drafts.get(d.key(command.conversation, mode)).text.strip():
                return  # something else is being written there: it stays in the list of unsent acts (R34)
            kept = extras_of(d.drafts.get(d.key(command.conversation, WITH + command.message)).text)
            d.drafts.clear(d.key(command.conversation, WITH + command.message))
            # After signing out it may have been taken all the same: it is sent again as the same message.
            same = ended.code == "signed_out" or kept_in_list
            again = command.message if same else d.runtime.new_id()
            give_back(d, command.conversation, mode, command.text, again, kept)
            if ended.code in KEPT_BACK and mode == REPLY:
                pending = d.workspace.writing
                pending.refusals[command.conversation] = Refusal(ended.code, ended.message)
                if not kept_in_list:  # else the draft is that message, and settles it
                    pending.typed[command.conversation] = (command.text, ended.code)
        case _:
            pass


def _taken(d: Desktop, command: SendMessage | AddNote) -> None:
    pending = d.workspace.writing
    pending.despite.pop(command.message, None)
    pending.tried.discard(command.message)
    pending.typed.pop(command.conversation, None)
    if isinstance(command, SendMessage) and command.held_s > 0:
        pending.held[command.message] = command.conversation
        left = words.spoken(command.held_s)
        d.say(Announcement(_("It is sent in {time}. Undo calls it back.", time=left)))
    else:
        pending.copies.pop(command.message, None)
        d.drafts.clear(d.key(command.conversation, WITH + command.message))
    go_on(d, command, pending.then.pop(command.message, STAY))


def calling_back(d: Desktop, command: CancelMessage) -> None:
    """It is asked to come back: what it is made of is kept here, because the message itself goes."""
    held = d.runtime.store.replica.messages.get(command.conversation, ())
    message = next((m for m in held if m.id == command.message), None)
    if message is None:
        return
    d.workspace.writing.copies.setdefault(command.message, message.text)
    away = d.key(command.conversation, WITH + command.message)
    if d.drafts.get(away).text:
        return
    if message.copy_addresses:
        kept = Extras(copies=" ".join(message.copy_addresses))
        d.drafts.put(away, msgspec.json.encode(kept).decode(), message="")
    if message.attachments:  # they are the message's own and cannot be given to another one
        names = ", ".join(shown_name(file.name) for file in message.attachments)
        d.notice("files", _("Attach its files again: {names}.", names=names))


def _called_back(d: Desktop, command: CancelMessage) -> None:
    """The router called it back: the draft is there again."""
    text = d.workspace.writing.copies.pop(command.message, "")
    away = d.key(command.conversation, WITH + command.message)
    kept = extras_of(d.drafts.get(away).text)
    d.drafts.clear(away)
    d.workspace.writing.held.pop(command.message, None)
    d.workspace.modes[command.conversation] = REPLY
    if text:
        give_back(d, command.conversation, REPLY, text, d.runtime.new_id(), kept)
    d.say(Announcement(_("Called back. The draft is here again.")))


def give_back(  # noqa: PLR0917 - where, and what
    d: Desktop, conversation: str, mode: str, text: str, message: str, kept: Extras | None = None
) -> None:
    """Put a text that was not sent back into the editor, before what is there."""
    key = d.key(conversation, mode)
    present = d.drafts.get(key).text
    if present:
        d.drafts.clear(key)
        text = f"{text}\n\n{present}"
    d.drafts.put(key, text, message=message)
    if kept is not None and not kept.is_empty:
        now = extras(d, conversation, mode)
        files = {f.id: f for f in (*kept.files, *now.files)}
        keep_extras(d, conversation, mode, files=tuple(files.values()), copies=now.copies or kept.copies,
                    channel=now.channel or kept.channel)  # fmt: skip
    d.workspace.draft_generation += 1
    d.changed("composer", "conversation")
