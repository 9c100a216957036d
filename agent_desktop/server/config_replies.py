"""`[templates.NAME]` and `[views.NAME]` in `centre.toml`: canned replies with their files, and views for all.

A canned reply may have variants: they share their label, each says its `language`.  Its `files` lie beside
`centre.toml`; the router keeps their bytes when it starts.  A view is what everybody finds above the list.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Final

from agent_desktop.domain import programs
from agent_desktop.domain.centre import Template, TemplateFile
from agent_desktop.domain.listing import ORDERS, STATES, View
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.sources import CHAT_FILE_BYTES, FILES_MOST
from agent_desktop.server.tomlfile import Table

LABEL_MOST: Final = 40
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PEOPLE: Final = ("me", "nobody")  # whoever asks; those without anybody


def template(key: str, table: Table) -> Template:
    """One canned reply, or one variant of it."""
    made = Template(
        id=key,
        label=table.text("label", None, most=LABEL_MOST),
        text=table.text("text", None),
        language=table.match("language", LANGUAGE, "a language such as en or pt-BR"),
        media=table.texts("media", choices=MEDIA),
        files=_files(table),
    )
    table.done()
    return made


def _files(table: Table) -> tuple[TemplateFile, ...]:
    names = table.texts("files")
    if len(names) > FILES_MOST:
        table.blame("files", f"at most {FILES_MOST} files go with one message.")
    found = []
    for place, name in enumerate(names):
        try:
            found.append(_file(table.document.path.parent / name))
        except (OSError, ValueError) as error:
            why = str(error) if type(error) is ValueError else f"there is no file {name!r} that can be read."
            table.document.blame((*table.where, "files", place), why)
    return tuple(found)


def _file(path: Path) -> TemplateFile:
    """A file as it is now.  Raises `OSError`, or `ValueError` that says why it cannot be sent."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if why := programs.refused(path.name, media_type):
        raise ValueError(why)
    size = path.stat().st_size
    if not 0 < size <= CHAT_FILE_BYTES:
        raise ValueError(f"a file has between 1 byte and {CHAT_FILE_BYTES // 1_000_000} MB.")
    data = path.read_bytes()
    return TemplateFile(
        id=f"t-{hashlib.sha256(path.name.encode() + b'/' + data).hexdigest()}",
        name=path.name,
        media_type=media_type,
        size_bytes=len(data),
        path=str(path),
    )


def view(key: str, table: Table, channels: Collection[str]) -> View:
    """One view for everybody."""
    root = table.document.root
    made = View(
        id=key,
        label=table.text("label", None, most=LABEL_MOST),
        key=table.text("key", choices=("", *"123456789")),
        states=table.texts("states", choices=STATES),
        media=table.texts("media", choices=MEDIA),
        channels=table.texts("channels", choices=channels),
        queues=table.texts("queues", choices=root.table("queues").names()),
        agents=table.texts("agents", choices=(*PEOPLE, *root.table("agents").names())),
        tags=table.texts("tags"),
        followed=table.flag("followed", default=False),
        unread=table.flag("unread", default=False),
        late=table.flag("late", default=False),
        text=table.text("text", most=200),
        order=table.text("order", ORDERS[0], choices=ORDERS),
    )
    table.done()
    return made


def views(root: Table) -> tuple[View, ...]:
    """All of them; no two have the same number key."""
    channels = [name for kind in ("mailboxes", "chats", "sms", "social") for name in root.table(kind).names()]
    made = tuple(view(key, table, channels) for key, table in root.tables("views"))
    for digit, count in Counter(one.key for one in made if one.key).items():
        if count > 1:
            names = ", ".join(one.id for one in made if one.key == digit)
            root.blame("views", f"the key {digit} stands for several views: {names}.")
    return made
