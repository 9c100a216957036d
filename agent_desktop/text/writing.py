"""The verbs of writing as lines and as objects: drafts, canned replies, macros, files, channels.

Rules of the file: what is listed comes before the answer of its verb; a file is named by its number in the
list, 1 is the newest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from agent_desktop.client.news import DraftMoved, FilesMoved, MessageLeft
from agent_desktop.i18n import _, plural
from agent_desktop.text import panels
from agent_desktop.text.records import Record
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.attaching import received, states
from agent_desktop.viewmodels.concluding import CODES
from agent_desktop.viewmodels.conversation import NOTE, REPLY
from agent_desktop.viewmodels.desktop import Desktop
from agent_desktop.viewmodels.holding import KEPT_BACK, bound
from agent_desktop.viewmodels.interlocking import OF_THE_TEXT
from agent_desktop.viewmodels.macro_keys import keys
from agent_desktop.viewmodels.macros import told
from agent_desktop.viewmodels.timeline import SAVED

# What they ask for is asked by the acts inside them; what is typed in a call goes to the phone from inside.
NESTED = frozenset({"anyway", "finish", "macro", "say", "ga", "sk", "q", "hd", "greeting"})
LISTS = frozenset(
    {"drafts", "canned", "macro", "save", "channel", "after", "copy", "attach", "detach", "spell"}
)


def arguments(d: Desktop, verb: str, given: dict[str, str]) -> dict[str, str]:
    """What a verb means beyond its words: `share` shows the draft as it is, `share off` ends it."""
    if verb != "share":
        return given
    at = bound(d)
    text = "" if given.get("on") == "off" else d.drafts.get(d.key(at.conversation, at.mode)).text
    return {"conversation": at.conversation, "mode": at.mode, "text": text}


def looked(d: Desktop, verb: str, given: dict[str, str]) -> tuple[list[str], list[Record]]:
    """What a verb has to say: lines for a person, objects for a program."""
    listed: dict[str, Callable[[], tuple[list[str], list[Record]]]] = {
        "drafts": lambda: drafts(d),
        "canned": lambda: draft_of(d) if given.get("name") else canned(d),
        "macro": lambda: macros(d) if not given.get("name") else preview(d) if d.macro() else draft_of(d),
        "save": lambda: files(d) if not given.get("n") else ([], []),
        "channel": lambda: channel(d),
        "copy": lambda: channel(d),
        "attach": lambda: draft_of(d),
        "detach": lambda: draft_of(d),
        "spell": lambda: draft_of(d),
        "after": lambda: after(d),
        "whyhere": lambda: why_here(d, given),
    }
    return listed[verb]() if verb in listed else ([], [])


def hint(code: str) -> str:
    """The way past what kept a reply back, or the work with an unsent one."""
    if code in CODES:
        return _("Type finish send to send it and finish, or finish keep to finish and keep the draft.")
    known = KEPT_BACK | OF_THE_TEXT
    return _("Type anyway to send it all the same.") if code in known else ""


def result(d: Desktop, verb: str) -> str:
    """How a macro went."""
    found = d.workspace.notices.get("macro") if verb == "macro" else None
    return found.text if found is not None else ""


def drafts(d: Desktop) -> tuple[list[str], list[Record]]:
    """What is written and not sent: mine here, and what colleagues show of theirs."""
    replica = d.runtime.store.replica
    lines: list[str] = []
    made: list[Record] = []
    for key, draft in d.drafts.of(replica.me.id).items():
        if key.mode not in {REPLY, NOTE} or not draft.text.strip():
            continue
        name = d.whose(key.conversation)
        kind = _("note") if key.mode == NOTE else _("reply")
        text = " ".join(draft.text.split())
        lines.append(f"{len(made) + 1}. {name}, {kind}, {words.clock(draft.written_at)}: {text}")
        made.append({
            "type": "draft", "number": len(made) + 1, "conversation": key.conversation, "mode": key.mode,
            "text": draft.text, "written_at": draft.written_at, "mine": True,
        })  # fmt: skip
    if made:
        d.workspace.numbered = tuple(str(record["conversation"]) for record in made)
    for shown in (x for shared in replica.shared.values() for x in shared if x.agent != replica.me.id):
        lines.append(_("{name} shows: {text}", name=shown.name, text=" ".join(shown.text.split())))
        made.append(shared_draft(shown.conversation, shown.agent, shown.name, shown.mode, shown.text))
    return lines or [_("You have written nothing that is not sent.")], made


def shared_draft(conversation: str, agent: str, name: str, mode: str, text: str) -> Record:
    """What a colleague shows of a draft; an empty text: not any more."""
    return {"type": "draft", "conversation": conversation, "mode": mode, "text": text, "mine": False,
            "agent": agent, "name": name}  # fmt: skip


def canned(d: Desktop) -> tuple[list[str], list[Record]]:
    """The canned replies for what is open."""
    found = d.canned()
    lines = [f"{n}. {t.accessible}" for n, t in enumerate(found, 1)]
    made: list[Record] = [
        {"type": "canned", "number": n, "template": t.id, "label": t.label, "text": t.text,
         "missing": list(t.missing), "language": t.language, "files": list(t.files), "used": t.used}
        for n, t in enumerate(found, 1)
    ]  # fmt: skip
    return lines or [_("There is no canned reply for here.")], made


def draft_of(d: Desktop) -> tuple[list[str], list[Record]]:
    """The draft as it is now, with its files."""
    composer = d.composer()
    if composer is None:
        return [], []
    lines = [_("Draft: {text}", text=composer.text)] if composer.text else []
    lines += [_("File: {name}, {detail}", name=f.name, detail=f.detail) for f in composer.files]
    record: Record = {
        "type": "draft", "conversation": composer.conversation, "mode": NOTE if composer.note else REPLY,
        "text": composer.text, "files": [f.name for f in composer.files], "mine": True,
    }  # fmt: skip
    return lines, [record]


def macros(d: Desktop) -> tuple[list[str], list[Record]]:
    """The macros of the centre, each with its steps."""
    lines: list[str] = []
    made: list[Record] = []
    for number, macro in enumerate(d.runtime.store.replica.centre.macros, 1):
        steps = [told(d, step) for step in macro.steps]
        count = plural("{n} step", "{n} steps", len(steps))
        lines.append(f"{number}. {macro.label}" + (f" ({keys(macro)})" if macro.key else "") + f": {count}")
        made.append(
            {"type": "macro", "number": number, "macro": macro.id, "label": macro.label, "steps": steps}
        )
    return lines or [_("The centre has no macros.")], made


def preview(d: Desktop) -> tuple[list[str], list[Record]]:
    """What the macro that is open would do, step by step."""
    view = d.macro()
    if view is None:
        return [], []
    lines = panels.macro(view)
    steps = lines[1 : len(view.steps) + 1]
    record: Record = {
        "type": "macro",
        "label": view.title,
        "steps": steps,
        "sends": any(x.sends for x in view.steps),
    }
    return lines, [record]


def files(d: Desktop) -> tuple[list[str], list[Record]]:
    """The files of what is open, numbered as `save N` takes them."""
    lines: list[str] = []
    made: list[Record] = []
    saved = states(d)
    for number, (message, file) in enumerate(received(d, bound(d).conversation), 1):
        state = saved.get(file.id, "").removeprefix(SAVED).rpartition("\n")[2]
        parts = [file.name, words.size(file.size_bytes), words.clock(message.at), file.blocked, state]
        lines.append(f"{number}. " + ", ".join(part for part in parts if part))
        made.append({
            "type": "file", "number": number, "file": file.id, "name": file.name, "message": message.id,
            "size_bytes": file.size_bytes, "media_type": file.media_type, "blocked": file.blocked,
        })  # fmt: skip
    return lines or [_("There are no files here.")], made


def channel(d: Desktop) -> tuple[list[str], list[Record]]:
    """Who gets a reply, and by which channels one can go on."""
    composer = d.composer()
    if composer is None:
        return [_("Nothing is open.")], []
    lines = [composer.recipient]
    if composer.copies:
        lines.append(_("Copy to: {addresses}", addresses=composer.copies))
    others = [mode.label for mode in composer.modes if not mode.selected]
    lines.append(_("Possible: {names}", names=", ".join(others)))
    record: Record = {
        "type": "recipient", "conversation": composer.conversation, "recipient": composer.recipient,
        "copies": composer.copies or "", "modes": [mode.id for mode in composer.modes],
    }  # fmt: skip
    return lines, [record]


def why_here(d: Desktop, given: dict[str, str]) -> tuple[list[str], list[Record]]:
    """Why a message stands in its conversation."""
    held = d.runtime.store.replica.messages.get(given.get("conversation", ""), ())
    found = next((m for m in held if m.id == given.get("message", "")), None)
    if found is None:
        return [], []
    record: Record = {"type": "why", "message": found.id, "lines": [found.threading_reason]}
    return [found.threading_reason], [record]


def after(d: Desktop) -> tuple[list[str], list[Record]]:
    """What happens after sending."""
    chosen = d.habits.mine.after
    return [_("After sending: {what}", what=chosen)], [{"type": "after", "after": chosen}]


def file_words(news: FilesMoved) -> str:
    """What became of a file, as one line."""
    if news.error:
        return _("File: {name}, {why}", name=news.name, why=news.error)
    if news.saved:
        return _("Saved: {path}", path=news.name)
    return _("Attached: {name}", name=news.name) if news.added is not None else ""


def happened(news: FilesMoved | MessageLeft | DraftMoved) -> list[Record]:
    """The same as objects."""
    match news:
        case MessageLeft(conversation=conversation, message=message):
            return [{"type": "message_removed", "conversation": conversation, "message": message}]
        case DraftMoved(draft=draft):
            return [shared_draft(draft.conversation, draft.agent, draft.name, draft.mode, draft.text)]
        case FilesMoved() if news.error or news.saved or news.added is not None:
            state = "failed" if news.error else "saved" if news.saved else "attached"
            key = news.saved or (news.added.id if news.added is not None else "")
            return [{"type": "file", "state": state, "file": key, "name": Path(news.name).name,
                     "path": news.name if news.saved else "", "message": news.error}]  # fmt: skip
        case FilesMoved():
            return []
