"""The master keys that wrap the keys of recordings: one small file in the data folder.

A line is a key: its number and 32 bytes in hex.  The last is the present one; earlier ones stay until
every file's key was wrapped anew (`vault.rewrap`), then `retire` takes them away.  Whoever has this file
and the recordings can listen; keep its backup apart from theirs.

Rules: the file is its owner's alone (0600), and one that others may read is refused; it is replaced as a
whole, never changed in place.  A wrapped key is bound to its recording's id (AES-256-GCM).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_desktop.errors import StorageError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_NUMBER_BYTES: Final = 4
_WRAPPED_BYTES: Final = _NUMBER_BYTES + _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES
_PURPOSE: Final = b"agent-desktop recording key 1"


class WrongKeyError(StorageError):
    """No master key of this computer opens the file's key."""


class MasterKeys:
    """The keys, by number."""

    __slots__ = ("_keys", "_path")

    def __init__(self, path: Path, keys: dict[int, bytes]) -> None:
        self._path = path
        self._keys = keys

    @classmethod
    def at(cls, path: Path) -> Self:
        """Read the file, or make it at the first use.  Raises `WrongKeyError` if it cannot be trusted."""
        try:
            text = path.read_text("ascii")
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            first = cls(path, {1: secrets.token_bytes(_KEY_BYTES)})
            if created(path, first._text()):
                return first
            text = path.read_text("ascii")  # another process was quicker
        except UnicodeDecodeError as error:
            raise _unreadable(path) from error
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise WrongKeyError(f"Others may read the key file {path}. Run: chmod 600 {path}")
        try:
            keys = {int(number): bytes.fromhex(key) for number, key in map(str.split, text.splitlines())}
        except ValueError as error:
            raise _unreadable(path) from error
        if not keys or any(len(key) != _KEY_BYTES for key in keys.values()):
            raise _unreadable(path)
        return cls(path, keys)

    @property
    def present(self) -> int:
        """The number of the key that wraps from now on."""
        return max(self._keys)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(sorted(self._keys))

    def rotate(self) -> int:
        """Make a new present key and give its number; then `vault.rewrap` each file."""
        number = self.present + 1
        self._keep({**self._keys, number: secrets.token_bytes(_KEY_BYTES)})
        return number

    def retire(self, number: int) -> None:
        """Forget an earlier key: what it still wraps is erased by that.  ValueError for the present one."""
        if number == self.present:
            raise ValueError("The present master key cannot be retired; rotate first.")
        self._keep({other: key for other, key in self._keys.items() if other != number})

    def wrapped(self, key: bytes, file_id: bytes) -> bytes:
        """A file's key as it may lie on disk."""
        nonce, number = secrets.token_bytes(_NONCE_BYTES), self.present.to_bytes(_NUMBER_BYTES, "big")
        sealed = AESGCM(self._keys[self.present]).encrypt(nonce, key, _PURPOSE + number + file_id)
        return number + nonce + sealed

    def unwrapped(self, wrapped: bytes, file_id: bytes, name: str) -> bytes:
        """The file's key.  Raises `WrongKeyError`."""
        number = wrapped[:_NUMBER_BYTES]
        master = self._keys.get(int.from_bytes(number, "big"))
        if master is None or len(wrapped) != _WRAPPED_BYTES:
            raise _no_fit(name)
        nonce, sealed = wrapped[_NUMBER_BYTES:][:_NONCE_BYTES], wrapped[_NUMBER_BYTES + _NONCE_BYTES :]
        try:
            return AESGCM(master).decrypt(nonce, sealed, _PURPOSE + number + file_id)
        except InvalidTag:
            raise _no_fit(name) from None

    def _keep(self, keys: dict[int, bytes]) -> None:
        before, self._keys = self._keys, keys
        try:
            replaced(self._path, self._text())
        except BaseException:
            self._keys = before
            raise

    def _text(self) -> bytes:
        return "".join(f"{number} {key.hex()}\n" for number, key in sorted(self._keys.items())).encode()


def replaced(path: Path, data: bytes) -> None:
    """Put the bytes in the file's place as a whole, for the owner alone, safely on disk."""
    beside = _written_beside(path, data)
    try:
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder_synced(path.parent)


def created(path: Path, data: bytes) -> bool:
    """The same for a file that must be new; False when there is one already."""
    beside = _written_beside(path, data)
    try:
        os.link(beside, path)  # whole or not at all, and never over another
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    folder_synced(path.parent)
    return True


def _written_beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return beside


def folder_synced(folder: Path) -> None:
    """Make a new or deleted name outlive the power."""
    if os.name == "nt":  # a folder cannot be opened there; the file system orders it itself
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unreadable(path: Path) -> WrongKeyError:
    return WrongKeyError(f"The key file {path} is damaged. Put it back from its backup.")


def _no_fit(name: str) -> WrongKeyError:
    return WrongKeyError(
        f"The master key of this computer does not open {name}. "
        "Put back the key file that it was recorded with."
    )
