"""Finishing over words that were not sent: the question, once for each text, and its three answers.

"Your reply to Amina Yusuf is not sent." stands where the reply interlock stands, beside the words: send it
and finish, finish and keep the draft, back.  Done, Resolve and the wrap-up form ask; the end of a call never
does, nor does the clock of a wrap-up, which is the router's.

Rules of the file: only drafts of one's own; a text that was kept knowingly is not asked about again until it
is another text; "Send and finish" finishes once the router has taken the message, and never otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from agent_desktop.client import actions
from agent_desktop.client.conversations import conversations, known
from agent_desktop.client.habits import STAY
from agent_desktop.client.store import Asked
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import afterwards, words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import NOTE, REPLY, Strip
from agent_desktop.viewmodels.holding import KEPT_BACK, Bound, bound, draft_key, extras
from agent_desktop.viewmodels.interlocking import OF_THE_TEXT
from agent_desktop.viewmodels.notices import Announcement, Notice
from agent_desktop.viewmodels.parts import Button, Tone
from agent_desktop.viewmodels.pending import Concluding, is_written
from agent_desktop.wire.commands import AddNote, EndInteraction, SendMessage, WrapUp
from agent_desktop.wire.inbox import ResolveConversation
from agent_desktop.wire.models import InteractionModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
END, RESOLVE, FINISH = "interaction.end", "conversation.resolve", "wrapup.finish"
UNSENT_REPLY, UNSENT_NOTE = "unsent_reply", "unsent_note"
CODES = frozenset({UNSENT_REPLY, UNSENT_NOTE})
NOTICE = "concluding"


def guard(d: Desktop, action: str, typed: Given) -> None:
    """Raise `RefusedError` for words that would stay behind; they are shown with the three answers."""
    about = _about(d, action, typed)
    if about is None or not about.conversation:
        return
    mode = next((m for m in (REPLY, NOTE) if _stays_behind(d, about.conversation, m)), "")
    if not mode:
        return
    work = about.interaction.id if about.interaction is not None else ""
    asked = Concluding(action, tuple(sorted(typed.items())), about.conversation, mode, work)
    d.workspace.writing.concluding = asked
    sentence = _sentence(d, asked, about.interaction)
    looked_at = d.situation().looked_at
    if looked_at is not None and looked_at.conversation == about.conversation:
        d.workspace.modes[about.conversation] = mode
    else:
        d.workspace.notify(_elsewhere(d, asked, sentence))
        d.changed("notices")
    d.changed("composer", "conversation")
    raise RefusedError(sentence, code=_code(d, asked, about.interaction))


def _about(d: Views, action: str, typed: Given) -> Bound | None:
    """The conversation that an act concludes; None for every other act, and where a call is ended."""
    s = d.situation()
    match action:
        case "interaction.end":
            work = s.interaction(typed.get("id", ""))
            return None if s.store.medium(work.medium).talk else Bound(work.conversation, "", work)
        case "wrapup.finish":
            wrapping = s.wrapping()
            return None if wrapping is None else Bound(wrapping.conversation, "", wrapping)
        case "conversation.resolve":
            meant = conversations(s, typed.get("id", ""))
            return _at(d, meant[0].id) if len(meant) == 1 else None  # of many it is said how many
        case _:
            return None


def _at(d: Views, conversation: str) -> Bound:
    return bound(d, draft_key(d, conversation, ""))


def _written(d: Views, conversation: str, mode: str) -> bool:
    return is_written(d.drafts, d.runtime.store.replica.me.id, conversation, mode)


def _stays_behind(d: Views, conversation: str, mode: str) -> bool:
    kept = d.workspace.writing.kept.get((conversation, mode))
    return _written(d, conversation, mode) and kept != d.drafts.get(d.key(conversation, mode)).text


def _code(d: Views, asked: Concluding, work: InteractionModel | None) -> str:
    """In a call everything that is written is a note."""
    writes = work is None or d.runtime.store.medium(work.medium).text
    return UNSENT_REPLY if asked.mode == REPLY and writes else UNSENT_NOTE


def _sentence(d: Views, asked: Concluding, work: InteractionModel | None) -> str:
    thread = known(d.situation(), asked.conversation)
    name = words.who(work) if work is not None else thread.customer_name or thread.address if thread else ""
    if _code(d, asked, work) == UNSENT_REPLY:
        return _("Your reply to {name} is not sent.", name=name or _("the customer"))
    return _("Your note on {name} is not saved.", name=name or _("the customer"))


def _elsewhere(d: Views, asked: Concluding, sentence: str) -> Notice:
    """Where something else is looked at the question stands in its conversation, and a notice leads there."""
    s = d.situation()
    look = button("inbox.open", s, reason="", conversation=asked.conversation)
    return Notice(NOTICE, sentence, Tone.WARNING, s.now, button=look, dismiss=button("finish.back", s))


def strips(d: Views, at: Bound) -> tuple[Strip, ...]:
    """The question over the editor of its conversation, for as long as there are words to ask about."""
    asked = d.workspace.writing.concluding
    if asked is None or asked.conversation != at.conversation or not _written(d, at.conversation, asked.mode):
        return ()
    sentence, code = _sentence(d, asked, at.interaction), _code(d, asked, at.interaction)
    s = d.situation()
    ways = (_send_button(d, asked, at), button("finish.keep", s), button("finish.back", s))
    return (Strip(code, sentence, (), ways, Tone.WARNING, stops=True, asks=True),)


def _send_button(d: Views, asked: Concluding, at: Bound) -> Button:
    s, held = d.situation(), extras(d, asked.conversation, asked.mode)
    note = asked.mode == NOTE
    label = _("Add note and finish") if note else ""
    if at.interaction is None:
        return button("finish.send", s, label=label, reason=_("Take it first, then send."))
    given = {"id": at.interaction.id, "channel": held.channel, "files": " ".join(f.id for f in held.files)}
    text = d.drafts.get(d.key(asked.conversation, asked.mode)).text
    row = actions.action("note.add" if note else "composer.send")
    return button("finish.send", s, label=label, reason=row.enabled(replace(s, draft=text), given))


def withdraw(d: Desktop, conversation: str = "") -> None:
    """Ask no more: it was answered, or the agent writes on."""
    asked = d.workspace.writing.concluding
    if asked is None or conversation not in {"", asked.conversation}:
        return
    d.workspace.writing.concluding = None
    if d.workspace.notices.pop(NOTICE, None) is not None:
        d.changed("notices")
    d.changed("composer", "conversation")


def _asked(d: Views) -> Concluding:
    """What is asked now.  Raises `RefusedError`."""
    asked = d.workspace.writing.concluding
    if asked is None or not _written(d, asked.conversation, asked.mode):
        raise RefusedError(_("Nothing is asked now."), code="nothing_open")
    return asked


def _keep(d: Desktop, _a: Given) -> None:
    """Finish; the draft stays in Drafts."""
    asked = _asked(d)
    text = d.drafts.get(d.key(asked.conversation, asked.mode)).text
    d.workspace.writing.kept[asked.conversation, asked.mode] = text
    withdraw(d)
    _conclude(d, asked)


def _send(d: Desktop, _a: Given) -> None:
    """Send it; what is asked for is done when the router has taken it."""
    asked, pending = _asked(d), d.workspace.writing
    action = "note.add" if asked.mode == NOTE else "composer.send"
    done = d.perform(action, {"draft": draft_key(d, asked.conversation, asked.mode)})
    if done.code in KEPT_BACK | OF_THE_TEXT:
        withdraw(d)  # what stands in the way is shown instead, and nothing is finished behind it
    if done.reason:
        raise RefusedError(done.reason, code=done.code)
    for request in done.requests:
        sent = d.runtime.store.asked.get(request)
        if sent is not None and isinstance(sent.command, SendMessage | AddNote):
            pending.concludes[sent.command.message] = asked
            pending.then[sent.command.message] = STAY
    withdraw(d)
    if not d.situation().online:
        d.say(Announcement(_("It is finished once the server has it.")))


def _back(d: Desktop, _a: Given) -> None:
    _asked(d)
    withdraw(d)


def _conclude(d: Desktop, asked: Concluding) -> None:
    wrapping = d.situation().wrapping() if asked.action == FINISH else None
    if asked.action == FINISH and (wrapping is None or wrapping.id != asked.interaction):
        raise RefusedError(_("Open it again to finish it: something else is open now."), code="wrong_state")
    done = d.perform(asked.action, dict(asked.given))
    if done.reason:
        raise RefusedError(done.reason, code=done.code)


def answered(d: Desktop, ended: Asked) -> None:
    """A message was taken that was to be sent first: now finish.  A refused one is a draft again."""
    command = ended.command
    if not isinstance(command, SendMessage | AddNote):
        return
    asked = d.workspace.writing.concludes.pop(command.message, None)
    if asked is None or ended.state != "confirmed":
        return
    if isinstance(command, SendMessage) and command.held_s > 0:
        thread = known(d.situation(), asked.conversation)
        name = thread.customer_name or thread.address if thread is not None else asked.conversation
        afterwards.offer_undo(d, command, name)
    try:
        _conclude(d, asked)
    except RefusedError as error:
        if error.code in CODES:
            d.say(Announcement(str(error)))
        else:
            d.notice(f"{NOTICE}:{command.message}", str(error))


def under_way(d: Views) -> set[str]:
    """The requests that finish something and have no answer yet."""
    ends = (EndInteraction, ResolveConversation, WrapUp)
    return {request for request, a in d.runtime.store.asked.items() if isinstance(a.command, ends)}


CONCLUDING = {"finish.keep": _keep, "finish.send": _send, "finish.back": _back}
