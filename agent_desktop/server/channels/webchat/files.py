"""The files of a chat: what a visitor may send, and what of a file is told to the widget.  Pure.

The limits are stated in the welcome.  Programs are kept and never handed out, to neither side.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from agent_desktop.domain import programs
from agent_desktop.domain.conversation import Attachment
from agent_desktop.ports.channels import BLOB, BLOCKED_BLOB, IncomingAttachment
from agent_desktop.server.channels.webchat.protocol import FileFrame

FILE_BYTES: Final = 10_000_000
FILES_AT_ONCE, FILES_PER_MINUTE = 10, 10.0  # of one visitor
NAME_LETTERS: Final = 200
UNKNOWN_TYPE: Final = "application/octet-stream"

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


def sent_file(name: str, media_type: str, data: bytes) -> IncomingAttachment:
    """A visitor's file as the record keeps it."""
    name, kind = plain_name(name), media_type.casefold()
    kind = kind if _TYPE.fullmatch(kind) else UNKNOWN_TYPE
    blocked = programs.refused(name, kind)
    blob = f"{BLOCKED_BLOB if blocked else BLOB}{hashlib.sha256(data).hexdigest()}"
    return IncomingAttachment(name=name, media_type=kind, data=data, blocked=blocked, blob=blob)


def attachment(file: IncomingAttachment) -> Attachment:
    """The file as the message carries it."""
    return Attachment(
        id=file.blob,
        name=file.name,
        media_type=file.media_type,
        size_bytes=len(file.data),
        blocked=file.blocked,
    )


def plain_name(said: str) -> str:
    """A file's name as one line: no folders, no control and no direction characters."""
    last = said.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable()).strip(" .")[:NAME_LETTERS] or "file"


def file_frame(file: Attachment) -> FileFrame:
    """What the widget is told of a file; a refused one has no id to ask for."""
    return FileFrame(
        id="" if file.blocked else file.id,
        name=file.name,
        size=file.size_bytes,
        kind=file.media_type,
    )
