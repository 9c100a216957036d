"""What a window does with the list of unsent acts: show it, send anyway, edit, open, discard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from agent_desktop.client.acts import Act
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels import holding
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.viewmodels.pending import WITH, extras_of
from agent_desktop.viewmodels.workspace import on_its_way
from agent_desktop.wire.commands import AddNote, SendMessage

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop

Given = Mapping[str, str]


def told(d: Desktop) -> None:
    """The list is different, or its file: what cannot be written or read is said."""
    d.changed("unsent", "topbar", "conversation")
    unsent = d.runtime.offline.unsent
    if unsent is None:
        return
    if unsent.problem:
        d.notice("unsent", unsent.problem, Tone.DANGER, dismissable=False)
    elif d.workspace.notices.pop("unsent", None) is not None:
        d.changed("notices")
    if unsent.unreadable:
        text = plural(
            "{n} unsent act was written by a newer version. It is kept: use that version.",
            "{n} unsent acts were written by a newer version. They are kept: use that version.",
            unsent.unreadable,
        )
        unsent.unreadable = 0  # said once
        d.notice("unsent.newer", text)


def _show(d: Desktop, _a: Given) -> None:
    d.workspace.unsent = True
    d.changed("unsent")


def _close(d: Desktop, _a: Given) -> None:
    d.workspace.unsent = False
    d.changed("unsent")


def _retry(d: Desktop, a: Given) -> None:
    """Send it as it stands in the list; its draft goes, one that was changed meanwhile stays."""
    act = d.runtime.offline.act(a.get("id", ""))
    d.runtime.offline.insist(d.runtime.store, act.request)
    command = act.command
    if isinstance(command, SendMessage | AddNote):
        key = d.key(command.conversation, _mode(command))
        draft = d.drafts.get(key)
        if draft.message == command.message:
            d.drafts.clear(key)
            if draft.text != command.text:
                d.drafts.put(key, draft.text, message=d.runtime.new_id())
            d.workspace.draft_generation += 1
        d.drafts.put(
            d.key(command.conversation, on_its_way(_mode(command), command.message)),
            command.text,
            message=command.message,
        )
    _moved(d)


def _edit(d: Desktop, a: Given) -> None:
    """The text leaves the list and is a draft again, before what is there."""
    act = d.runtime.offline.discard(d.runtime.store, a.get("id", ""))
    command = act.command
    if not isinstance(command, SendMessage | AddNote):
        raise RefusedError(_("Only what you wrote can be edited."), code="wrong_state")
    mode = _mode(command)
    key = d.key(command.conversation, mode)
    d.drafts.clear(d.key(command.conversation, on_its_way(_mode(command), command.message)))
    if d.drafts.get(key).message != command.message:  # else it is there already
        away = d.key(command.conversation, WITH + command.message)
        kept = extras_of(d.drafts.get(away).text)
        d.drafts.clear(away)
        holding.give_back(d, command.conversation, mode, command.text, command.message, kept)
    d.workspace.modes[command.conversation] = mode
    _look(d, act)
    _moved(d)


def _discard(d: Desktop, a: Given) -> None:
    act = d.runtime.offline.discard(d.runtime.store, a.get("id", ""))
    command = act.command
    if isinstance(command, SendMessage | AddNote):
        d.drafts.clear(d.key(command.conversation, on_its_way(_mode(command), command.message)))
        d.drafts.clear(d.key(command.conversation, WITH + command.message))
    _moved(d)


def _open(d: Desktop, a: Given) -> None:
    act = d.runtime.offline.act(a.get("id", ""))
    if not _look(d, act):
        raise RefusedError(_("Its conversation is not in view now."), code="unknown")


def _look(d: Desktop, act: Act) -> bool:
    """Look at the work of an act; whether there is any in view."""
    about = {getattr(act.command, "interaction", ""), *act.subjects}
    known = d.runtime.store.replica.interactions.values()
    found = next((i.id for i in known if i.id in about or i.conversation in about), "")
    if found:
        d.select(found)
    return bool(found)


def _mode(command: SendMessage | AddNote) -> str:
    return NOTE if isinstance(command, AddNote) else REPLY


def _moved(d: Desktop) -> None:
    d.changed("unsent", "topbar", "conversation", "composer")


UNSENT: dict[str, Callable[[Desktop, Given], None]] = {
    "unsent.show": _show,
    "unsent.close": _close,
    "unsent.retry": _retry,
    "unsent.edit": _edit,
    "unsent.discard": _discard,
    "unsent.open": _open,
}
