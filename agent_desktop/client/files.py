"""Files on their way: those that go with a reply, and those of the conversation that are saved here.

Plain values for the screens; the network thread does the work (`uploading.py`, `fetching.py`) and hands its
steps over.  An upload belongs to the draft that it was added to, whatever is looked at when it ends.
"""

from __future__ import annotations

import contextlib
import mimetypes
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from agent_desktop.client.news import FilesMoved, News
from agent_desktop.client.session import Session
from agent_desktop.wire.models import AttachmentModel


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was added to a draft and is not there yet, or could not be taken (`error`)."""

    id: str
    conversation: str
    mode: str
    path: str
    name: str
    size_bytes: int
    channel: str = ""
    sent_bytes: int = 0
    error: str = ""
    temporary: bool = False  # a pasted picture: the file goes when it is uploaded


@dataclass(frozen=True, slots=True)
class Save:
    """A file of the conversation that is fetched into `path`, or is there (`done`)."""

    file: str
    path: str
    done: bool = False
    error: str = ""


class UploadMoved:
    """So many bytes of a file are with the server."""

    __slots__ = ("sent_bytes", "upload")

    def __init__(self, upload: str, sent_bytes: int) -> None:
        self.upload = upload
        self.sent_bytes = sent_bytes


class UploadEnded:
    """The server has it, or `error` says why not."""

    __slots__ = ("error", "file", "upload")

    def __init__(self, upload: str, file: AttachmentModel | None, error: str = "") -> None:
        self.upload = upload
        self.file = file
        self.error = error


class FileFetched:
    """A file is saved, or `error` says why not."""

    __slots__ = ("error", "file", "path")

    def __init__(self, file: str, path: str, error: str = "") -> None:
        self.file = file
        self.path = path
        self.error = error


class PictureFetched:
    """A picture of a message is here; without data it could not be had."""

    __slots__ = ("data", "name")

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.data = data


Step = UploadMoved | UploadEnded | FileFetched | PictureFetched
STEPS = (UploadMoved, UploadEnded, FileFetched, PictureFetched)


class Carrying(Protocol):
    """What is needed of the network; every call returns at once."""

    def upload_file(self, session: Session, upload: Upload) -> None: ...

    def fetch_file(self, session: Session, file: str, path: str) -> None: ...

    def fetch_picture(self, session: Session, name: str) -> None: ...


class Files:
    """All of them, by id."""

    def __init__(self, outside: Carrying) -> None:
        self._outside = outside
        self.uploads: dict[str, Upload] = {}
        self.saves: dict[str, Save] = {}
        self.pictures: dict[str, bytes | None] = {}  # by `cid:…` or address; None: being fetched

    def upload(self, session: Session | None, upload: Upload) -> None:
        """Begin; one that cannot be taken (`error`) is only kept, so that it is said."""
        self.uploads[upload.id] = upload
        if session is not None and not upload.error:
            self._outside.upload_file(session, upload)

    def forget(self, upload: str) -> None:
        """Take an upload off; what comes of it is not wanted any more."""
        gone = self.uploads.pop(upload, None)
        if gone is not None:
            _clear(gone)

    def end(self) -> None:
        """The session is over: nothing of it goes into the next one's drafts."""
        for upload in tuple(self.uploads):
            self.forget(upload)

    def save(self, session: Session | None, file: str, path: str) -> None:
        """Fetch a file of the conversation into a path that nothing has."""
        self.saves[file] = Save(file, path)
        if session is not None:
            self._outside.fetch_file(session, file, path)

    def picture(self, session: Session | None, name: str) -> bytes | None:
        """A picture of a message, asked for once; None while it is not here, empty where there is none."""
        if name not in self.pictures and session is not None:
            self.pictures[name] = None
            self._outside.fetch_picture(session, name)
        return self.pictures.get(name)

    def took(self, step: Step) -> tuple[News, ...]:
        """A step of the network: the values move on.  The news carries what is there now."""
        match step:
            case UploadMoved() if (upload := self.uploads.get(step.upload)) is not None:
                self.uploads[upload.id] = replace(upload, sent_bytes=step.sent_bytes)
                return (FilesMoved(),)
            case UploadEnded() if (upload := self.uploads.get(step.upload)) is not None:
                _clear(upload)
                if step.file is None:
                    self.uploads[upload.id] = replace(upload, error=step.error)
                    return (FilesMoved(name=upload.name, error=step.error),)
                del self.uploads[upload.id]
                return (FilesMoved(upload.conversation, upload.mode, step.file, name=upload.name),)
            case FileFetched() if step.file in self.saves:
                self.saves[step.file] = Save(step.file, step.path, done=not step.error, error=step.error)
                return (FilesMoved(saved=step.file, name=step.path, error=step.error),)
            case PictureFetched():
                self.pictures[step.name] = step.data
                return (FilesMoved(picture=step.name),)
            case _:
                return ()


def _clear(upload: Upload) -> None:
    if upload.temporary:
        with contextlib.suppress(OSError):
            Path(upload.path).unlink()


def media_type(name: str) -> str:
    """The media type that a name stands for."""
    return mimetypes.guess_type(name, strict=False)[0] or "application/octet-stream"
