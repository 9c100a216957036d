"""Files: those that go with a reply, checked when they are added; those of the conversation, saved.

What is added is uploaded at once and belongs to its draft, as the draft's text does.  What is received is
never opened: it is saved where the agent says, under a name without tricks, and its folder can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_downloads_path

from agent_desktop.client.actions_writing import channel_of
from agent_desktop.client.files import Upload, media_type
from agent_desktop.client.naming import free_path, shown_name
from agent_desktop.client.news import FilesMoved
from agent_desktop.errors import RefusedError
from agent_desktop.i18n import _
from agent_desktop.viewmodels import words
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.conversation import NOTE, FileChip
from agent_desktop.viewmodels.holding import SENDS, Bound, bound, extras, keep_extras
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.parts import Button
from agent_desktop.viewmodels.timeline import SAVED
from agent_desktop.wire.listing import ChannelInfo
from agent_desktop.wire.models import AttachmentModel, MessageModel

if TYPE_CHECKING:
    from agent_desktop.viewmodels.desktop import Desktop
    from agent_desktop.viewmodels.viewing import Views

Given = Mapping[str, str]
MOST_FILES = 20


def chips(d: Views, at: Bound) -> tuple[FileChip, ...]:
    """The files of a draft: those that are there, those on their way, those that were refused."""
    s = d.situation()
    made = [
        FileChip(f.id, shown_name(f.name), words.size(f.size_bytes), _remove(d, f.id, at))
        for f in extras(d, at.conversation, at.mode).files
    ]
    for upload in d.runtime.files.uploads.values():
        if (upload.conversation, upload.mode) != (at.conversation, at.mode):
            continue
        share = min(upload.sent_bytes / max(upload.size_bytes, 1), 1.0)
        detail = upload.error or _("uploading, {n} %", n=int(share * 100))
        remove = button("file.remove", s, file=upload.id)
        made.append(FileChip(upload.id, shown_name(upload.name), detail, remove, share, bool(upload.error)))
    return tuple(made)


def _remove(d: Views, file: str, at: Bound) -> Button:
    key = f"{at.conversation}/{at.mode}/{d.workspace.draft_generation}"
    return button("file.remove", d.situation(), file=file, draft=key)


def refusal(channel: ChannelInfo | None, name: str, size: int, *, note: bool) -> str:
    """Why a file cannot go along, in words; empty when it can."""
    if channel is None or note:
        return ""
    if not channel.file_limit_bytes:
        return _("this channel takes no files")
    if size > channel.file_limit_bytes:
        return _("too large: {size} at most", size=words.size(channel.file_limit_bytes))
    if channel.file_types and media_type(name) not in channel.file_types:
        return _("this channel does not take files of this kind")
    return ""


def guard(d: Desktop, action: str, typed: Given) -> None:
    """Raise `RefusedError` while files of the draft are on their way or could not be taken."""
    if action not in SENDS:
        return
    at = bound(d, typed.get("draft", ""))
    here = [
        u
        for u in d.runtime.files.uploads.values()
        if (u.conversation, u.mode) == (at.conversation, SENDS[action])
    ]
    failed = next((u for u in here if u.error), None)
    if failed is not None:
        name = shown_name(failed.name)
        raise RefusedError(
            _("{name} cannot go along: {why}. Take it off first.", name=name, why=failed.error.rstrip(".")),
            code="file",
        )
    if here:
        raise RefusedError(_("Files are still being uploaded. Wait a moment, then send."), code="uploading")


def _attach(d: Desktop, a: Given) -> None:
    """Add files by their paths, one a line."""
    at = bound(d, a.get("draft", ""))
    if at.interaction is None or not at.conversation:
        raise RefusedError(_("Nothing is open. Open something first."), code="nothing_open")
    paths = [line for line in a.get("path", "").splitlines() if line.strip()]
    if not paths:
        raise RefusedError(_("Say which file."), code="usage")
    s = d.situation()
    held = extras(d, at.conversation, at.mode)
    channel = channel_of(s, s.store.replica.conversations.get(at.conversation), held.channel)
    on_their_way = d.runtime.files.uploads.values()
    here = sum((u.conversation, u.mode) == (at.conversation, at.mode) for u in on_their_way)
    if len(held.files) + here + len(paths) > MOST_FILES:
        raise RefusedError(_("{n} files at most go with one message.", n=MOST_FILES), code="too_many")
    for line in paths:
        _add(d, at, channel, Path(line).expanduser(), temporary=a.get("temporary", "") == "yes")
    d.changed("conversation")


def _add(d: Desktop, at: Bound, channel: ChannelInfo | None, path: Path, *, temporary: bool) -> None:
    try:
        size = path.stat().st_size if path.is_file() else -1
    except OSError as error:
        raise RefusedError(_("{name} cannot be read: {why}.", name=shown_name(path.name),
                             why=error.strerror or str(error)), code="file") from error  # fmt: skip
    if size < 0:
        raise RefusedError(_("There is no file {name}.", name=shown_name(str(path))), code="unknown")
    why = refusal(channel, path.name, size, note=at.mode == NOTE) or ("" if size else _("the file is empty"))
    if why:
        raise RefusedError(_("{name}: {why}.", name=shown_name(path.name), why=why), code="file")
    upload = Upload(
        id=d.runtime.new_id(), conversation=at.conversation, mode=at.mode, path=str(path), name=path.name,
        size_bytes=size, channel=channel.id if channel is not None else "", temporary=temporary,
    )  # fmt: skip
    d.runtime.files.upload(d.runtime.session, upload)


def _take_off(d: Desktop, a: Given) -> None:
    """Take a file off again: by its id, or by its number among those of the draft in text mode."""
    at = bound(d, a.get("draft", ""))
    file, word = a.get("file", ""), a.get("n", "1" if "file" not in a else "").strip()
    if word:
        here = [chip.id for chip in chips(d, at)]
        if not word.isdecimal() or not 1 <= int(word) <= len(here):
            raise RefusedError(_("There is no file {word} here.", word=word), code="unknown")
        file = here[int(word) - 1]
    d.runtime.files.forget(file)
    held = extras(d, at.conversation, at.mode)
    if any(f.id == file for f in held.files):
        keep_extras(d, at.conversation, at.mode, files=tuple(f for f in held.files if f.id != file))
    d.changed("conversation")


def received(d: Views, conversation: str) -> tuple[tuple[MessageModel, AttachmentModel], ...]:
    """The files of a conversation, those of the newest message first: as `save N` numbers them."""
    messages = {m.id: m for m in d.runtime.store.replica.messages.get(conversation, ())}
    older = d.workspace.older.get(conversation, {}).values()
    messages = {i.message.id: i.message for i in older if i.message is not None} | messages
    newest = sorted(messages.values(), key=lambda m: (m.at, m.id), reverse=True)
    return tuple((m, file) for m in newest for file in m.attachments)


def _save(d: Desktop, a: Given) -> None:
    """Save a file by its id, or by its number in text mode; `folder` is where, else the downloads."""
    files = received(d, bound(d).conversation)
    word = a.get("n", "").strip()
    if not a.get("file", "") and not word:
        return
    known = {file.id: file for _message, file in files}
    file = known.get(a.get("file", ""))
    if file is None and word.isdecimal() and 1 <= int(word) <= len(files):
        file = files[int(word) - 1][1]
    if file is None:
        raise RefusedError(_("There is no file {word} here.", word=word), code="unknown")
    if file.blocked:
        raise RefusedError(_("{name} cannot be saved: {why}", name=shown_name(file.name), why=file.blocked),
                           code="blocked")  # fmt: skip
    folder = Path(a["folder"]).expanduser() if a.get("folder") else user_downloads_path()
    taken = {s.path for s in d.runtime.files.saves.values() if s.file != file.id and not s.error}
    path = Path(a["path"]) if a.get("path") else free_path(folder, file.name, taken)
    d.runtime.files.save(d.runtime.session, file.id, str(path))
    d.changed("conversation")


def states(d: Views) -> dict[str, str]:
    """How far the saving of each file is, in words."""
    made: dict[str, str] = {}
    for save in d.runtime.files.saves.values():
        if save.done:
            said = _("saved as {name}", name=Path(save.path).name)
            made[save.file] = f"{SAVED}{save.path}\n{said}"
        elif save.error:
            made[save.file] = _("not saved: {why}", why=save.error)
        else:
            made[save.file] = _("saving…")
    return made


def moved(d: Desktop, news: FilesMoved) -> None:
    """A file went on."""
    if news.added is not None:
        held = extras(d, news.conversation, news.mode)
        keep_extras(d, news.conversation, news.mode, files=(*held.files, news.added))
        d.say(Announcement(_("{name} is attached.", name=shown_name(news.added.name))))
    save = d.runtime.files.saves.get(news.saved)
    if save is not None:
        where = Path(save.path).name
        said = _("Not saved: {why}", why=save.error) if save.error else _("Saved as {name}.", name=where)
        d.say(Announcement(said))
    d.changed("conversation")


def _shown(_d: Desktop, _a: Given) -> None:
    """A window shows the folder itself; a terminal has said the path."""


FILES: dict[str, Callable[[Desktop, Given], None]] = {
    "file.attach": _attach,
    "file.remove": _take_off,
    "file.save": _save,
    "file.shown": _shown,
}
