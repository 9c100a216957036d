"""Recordings at rest: each file sealed with a key of its own, so that to lose the key is to erase it.

`NAME` holds a header and chunks; `NAME.key` holds the file's key, wrapped by a master key (`masterkeys`).
Each chunk is AES-256-GCM under the file's key, its nonce is its number, and the header, its number, its
length and whether it is the last are authenticated with it (the STREAM construction).  So a changed bit, a
chunk moved, left out or taken from another file, and bytes after the end are errors; an end that is missing
(the power went) is no error but is said: `cut_short`.

Rules: no plain text ever reaches the disk; the wrapped key is safely on disk before the first chunk;
`flush` gives the bytes to the system (they outlive this process), `sync` waits for the disk (they
outlive the power).  No numpy here: the router reads recordings too.
"""

from __future__ import annotations

import os
import secrets
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_desktop.errors import StorageError
from agent_desktop.media.masterkeys import MasterKeys, folder_synced, replaced

CHUNK_BYTES: Final = 64 * 1024
"""The most that one chunk holds."""

_MAGIC: Final = b"ADVAULT1"
_ID_BYTES: Final = 16
_HEADER_BYTES: Final = len(_MAGIC) + _ID_BYTES
_KEY_BYTES: Final = 32
_TAG_BYTES: Final = 16
_MARK: Final = struct.Struct(">II")  # sealed length with the last-bit, and a check on it
_LAST: Final = 0x80000000


class VaultError(StorageError):
    """A sealed file that cannot be read: it was changed, or is damaged."""


class ErasedError(VaultError):
    """The file's key is gone: nobody can read it any more."""


def key_path(path: Path) -> Path:
    """Where the wrapped key of a sealed file is."""
    return path.with_name(path.name + ".key")


def rewrap(path: Path, keys: MasterKeys) -> None:
    """Wrap the file's key with the present master key; the file itself stays as it is."""
    file_id = _file_id(path)
    replaced(key_path(path), keys.wrapped(_file_key(path, keys, file_id), file_id))


def destroy(path: Path) -> None:
    """Erase: delete the key first, which is what counts, then the sealed bytes."""
    key_path(path).unlink(missing_ok=True)
    folder_synced(path.parent)
    path.unlink(missing_ok=True)


class VaultWriter:
    """Writes one sealed file, from its start to its end.  Raises OSError as the disk does."""

    __slots__ = ("_cipher", "_file", "_header", "_index", "_pending", "written_bytes")

    def __init__(self, path: Path, keys: MasterKeys) -> None:
        """Make the file and its key; both must be new."""
        file_id, key = secrets.token_bytes(_ID_BYTES), secrets.token_bytes(_KEY_BYTES)
        self._cipher = AESGCM(key)
        self._header = _MAGIC + file_id
        self._index = 0
        self._pending = bytearray()
        self.written_bytes = 0
        """Of plain text, the pending included."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            replaced(key_path(path), keys.wrapped(key, file_id))
            self._put(self._header)
        except BaseException:
            os.close(self._file)
            raise

    def write(self, data: bytes) -> None:
        self.written_bytes += len(data)
        self._pending += data
        while len(self._pending) >= CHUNK_BYTES:
            self._seal(CHUNK_BYTES)

    def flush(self) -> None:
        """Seal what is pending and give it to the system."""
        if self._pending:
            self._seal(len(self._pending))

    def sync(self) -> None:
        """Wait until the disk has everything that was flushed."""
        os.fsync(self._file)

    def close(self) -> None:
        """Seal the rest as the last chunk, and sync."""
        try:
            self._seal(len(self._pending), last=True)
            self.sync()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go without an end, as a crash would: the file is then cut short."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _seal(self, count: int, *, last: bool = False) -> None:
        plain = bytes(self._pending[:count])
        mark = _mark(self._header, self._index, len(plain) + _TAG_BYTES, last=last)
        sealed = self._cipher.encrypt(_nonce(self._index), plain, self._header + mark)
        self._put(mark + sealed)
        del self._pending[:count]
        self._index += 1

    def _put(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]


class VaultReader:
    """Reads any part of a sealed file; a file that is still being written can be read too.

    Raises `VaultError` for a damaged file, `ErasedError` where the key is gone, and `WrongKeyError`
    (of `masterkeys`) where the master key does not fit.
    """

    __slots__ = (
        "_chunk",
        "_cipher",
        "_file",
        "_header",
        "_name",
        "_opened",
        "_starts",
        "_where",
        "cut_short",
    )

    def __init__(self, path: Path, keys: MasterKeys) -> None:
        self._name = path.name
        self._header = _MAGIC + _file_id(path)
        self._cipher = AESGCM(_file_key(path, keys, self._header[len(_MAGIC) :]))
        self._file = path.open("rb")
        self._starts: list[int] = [0]  # plain-text offset of each chunk, and of the end
        self._where: list[tuple[int, int, bytes]] = []  # offset and size of what is sealed; its mark
        self._chunk = (-1, b"")
        self.cut_short = True
        """The end is missing: the writer was ended before its time, or the file was cut."""
        try:
            self._survey(path.stat().st_size)
        except BaseException:
            self._file.close()
            raise

    @property
    def size(self) -> int:
        """Of the plain text, in bytes."""
        return self._starts[-1]

    def read(self, start: int = 0, count: int | None = None) -> bytes:
        """Plain text from `start`: `count` bytes, or all; less at the end."""
        return b"".join(self.stream(start, count))

    def stream(self, start: int = 0, count: int | None = None) -> Iterator[bytes]:
        """The same, chunk by chunk: what an HTTP range is answered with."""
        end = self.size if count is None else min(self.size, start + count)
        at = max(0, start)
        while at < end:
            index = bisect_right(self._starts, at) - 1
            offset = at - self._starts[index]
            piece = self._open(index)[offset : offset + end - at]
            yield piece
            at += len(piece)

    def verify(self) -> None:
        """Open every chunk.  Raises `VaultError` if one was changed."""
        for index in range(len(self._where)):
            self._open(index)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _survey(self, size: int) -> None:
        """Find the chunks by their marks, without opening any."""
        at = _HEADER_BYTES
        while at + _MARK.size <= size:
            self._file.seek(at)
            mark = self._file.read(_MARK.size)
            sealed = _MARK.unpack(mark)[0] & ~_LAST
            last = bool(mark[0] & 0x80)
            known = mark == _mark(self._header, len(self._where), sealed, last=last)
            if not known or not _TAG_BYTES <= sealed <= CHUNK_BYTES + _TAG_BYTES:
                if not any(mark) and not any(self._file.read()):
                    return  # the power went: the system had made room but not yet written
                raise self._damaged(len(self._where))
            if at + _MARK.size + sealed > size:
                return
            self._where.append((at + _MARK.size, sealed, mark))
            self._starts.append(self._starts[-1] + sealed - _TAG_BYTES)
            at += _MARK.size + sealed
            if last:
                if at != size:
                    raise VaultError(f"The recording {self._name} was changed: bytes follow its end.")
                self._open(len(self._where) - 1)  # the end is believed only when it is genuine
                self.cut_short = False
                return

    def _open(self, index: int) -> bytes:
        if self._chunk[0] != index:
            at, size, mark = self._where[index]
            self._file.seek(at)
            try:
                plain = self._cipher.decrypt(_nonce(index), self._file.read(size), self._header + mark)
            except InvalidTag:
                raise self._damaged(index) from None
            self._chunk = (index, plain)
        return self._chunk[1]

    def _damaged(self, index: int) -> VaultError:
        return VaultError(
            f"The recording {self._name} was changed or is damaged (in piece {index + 1}). "
            "Take it from a backup if there is one."
        )


def _mark(header: bytes, index: int, sealed: int, *, last: bool) -> bytes:
    """What stands before a chunk.  Its check tells a damaged length from a file that was cut."""
    length = sealed | (_LAST if last else 0)
    return _MARK.pack(length, zlib.crc32(header + struct.pack(">QI", index, length)))


def _nonce(index: int) -> bytes:
    """The key is the file's own, so that a chunk's number is used once."""
    return index.to_bytes(12, "big")


def _file_id(path: Path) -> bytes:
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        raise VaultError(f"The file {path.name} is no sealed recording, or its beginning is damaged.")
    return header[len(_MAGIC) :]


def _file_key(path: Path, keys: MasterKeys, file_id: bytes) -> bytes:
    try:
        wrapped = key_path(path).read_bytes()
    except FileNotFoundError:
        raise ErasedError(f"The recording {path.name} was erased: its key is gone.") from None
    return keys.unwrapped(wrapped, file_id, path.name)
