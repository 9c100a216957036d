"""Where a long-lived process tells how to reach it: pid, port and token, readable by its user alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class RunFile:
    """How to reach a running process; `token` must be the first thing said to it."""

    pid: int
    port: int
    token: str
    started_at: float = 0.0

    def alive(self) -> bool:
        """Whether the process still exists."""
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, PermissionError, OSError):
            return False
        return not _zombie(self.pid)


def new_token() -> str:
    """A token nobody can guess."""
    return secrets.token_urlsafe(32)


def path_of(data: Path, name: str) -> Path:
    """The run file of a process in a data folder."""
    return data / "run" / f"{name}.json"


def write(data: Path, name: str, run: RunFile) -> None:
    """Write a run file whole, mode 0600."""
    path = path_of(data, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{run.pid}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(msgspec.json.encode(run))
    temporary.replace(path)


def read(data: Path, name: str) -> RunFile | None:
    """The run file, or None when there is none or it cannot be read."""
    try:
        return msgspec.json.decode(path_of(data, name).read_bytes(), type=RunFile)
    except (OSError, msgspec.MsgspecError):
        return None


def remove(data: Path, name: str, pid: int) -> None:
    """Remove the run file if it is still this process's."""
    run = read(data, name)
    if run is not None and run.pid == pid:
        path_of(data, name).unlink(missing_ok=True)


def _zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
