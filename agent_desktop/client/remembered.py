"""Who may open the copies of this computer without the server: who signed in here before, by the password.

Of the password only a verifier is kept (scrypt, RFC 7914), in a file of mode 0600 beside the copies; it is
made at each sign-in that the server allowed and removed when the agent signs out.  Used on the network's
thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import msgspec

from agent_desktop.client.copies import FOLDER, name_of

COST, BLOCK = 1 << 15, 8
MEMORY_BYTES = 64 << 20


class _Door(msgspec.Struct, frozen=True):
    agent: str
    salt: str
    proof: str


def remember(data: Path, server: str, user: str, password: str, agent: str) -> None:
    """The server let this user in; a disk that cannot keep it is no reason not to work."""
    salt = secrets.token_bytes(16)
    door = _Door(agent=agent, salt=salt.hex(), proof=_proof(password, salt))
    path = _path(data, server, user)
    beside = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(msgspec.json.encode(door))
        beside.replace(path)


def opens(data: Path, server: str, user: str, password: str) -> str:
    """The agent who may work here with this password; empty for anybody else."""
    try:
        door = msgspec.json.decode(_path(data, server, user).read_bytes(), type=_Door)
        right = hmac.compare_digest(_proof(password, bytes.fromhex(door.salt)), door.proof)
    except (OSError, msgspec.MsgspecError, ValueError):
        return ""
    return door.agent if right else ""


def forget(data: Path, server: str, user: str) -> None:
    """The agent signed out."""
    with contextlib.suppress(OSError):
        _path(data, server, user).unlink()


def _path(data: Path, server: str, user: str) -> Path:
    return data / FOLDER / f"{name_of(server, user)}.door"


def _proof(password: str, salt: bytes) -> str:
    whole = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(whole, salt=salt, n=COST, r=BLOCK, p=1, maxmem=MEMORY_BYTES).hex()
