"""Where a long-lived process tells how to reach it: pid, port and token, readable by its user alone.

What cannot be read, or cannot be true, counts as no run file: the process is then started again.
"""

from __future__ import annotations

import os
import secrets
import sys
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
        """Whether the process still exists (or another one that was given its pid)."""
        if sys.platform == "win32":
            return _exists_on_windows(self.pid)
        try:
            os.kill(self.pid, 0)
        except (OSError, OverflowError):
            return False  # another user's process (EPERM) is not ours
        return not _zombie(self.pid)

    def plausible(self) -> bool:
        """Whether it can be true: 0 and -1 would name every process, and there are 65,535 ports."""
        return self.pid > 0 and 0 < self.port < 1 << 16


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
        run = msgspec.json.decode(path_of(data, name).read_bytes(), type=RunFile)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors, and so is text that is no UTF-8
        return None
    return run if run.plausible() else None


def remove(data: Path, name: str, pid: int) -> None:
    """Remove the run file if it is still this process's."""
    run = read(data, name)
    if run is not None and run.pid == pid:
        path_of(data, name).unlink(missing_ok=True)


def _exists_on_windows(pid: int) -> bool:
    """Ask for the process itself: os.kill(pid, 0) would send it Ctrl+C there."""
    import ctypes  # noqa: PLC0415 - windll is on Windows alone

    synchronize, timed_out = 0x00100000, 0x00000102
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]  # the same
    handle = kernel.OpenProcess(synchronize, 0, pid)
    if not handle:
        return False
    waited = kernel.WaitForSingleObject(handle, 0)
    kernel.CloseHandle(handle)
    return bool(waited == timed_out)


def _zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
