"""Looks for headsets that were plugged in, without touching those in use: a process of its own.

PortAudio lists devices only when it starts, and starting it again interrupts a call.  So a small child
starts it again and again and says what it saw; the phone starts its own again only when there is a better
device to take.  A sound system that hangs, hangs here.

The child answers each line on standard input with one line of JSON, and ends with its parent.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from typing import Final

import msgspec

from agent_desktop.wire.phone import DeviceInfo

PATIENCE_S: Final = 5.0
PROGRAM: Final = (sys.executable, "-m", "agent_desktop.phone.scout")
_DECODER: Final = msgspec.json.Decoder(tuple[DeviceInfo, ...])


class Scout:
    """The parent's side; belongs to one thread."""

    def __init__(self, program: tuple[str, ...] = PROGRAM, *, patience_s: float = PATIENCE_S) -> None:
        self._program = program
        self._patience_s = patience_s
        self._child: subprocess.Popen[bytes] | None = None
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def look(self) -> tuple[DeviceInfo, ...] | None:
        """What is plugged in now; None when it cannot be told."""
        try:
            child = self._running()
            assert child.stdin is not None  # noqa: S101 - it was asked for as a pipe
            child.stdin.write(b"look\n")
            child.stdin.flush()
            return _DECODER.decode(self._lines.get(timeout=self._patience_s))
        except (OSError, ValueError, queue.Empty, msgspec.MsgspecError):
            self.close()
            return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._lines = queue.SimpleQueue()
            flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone has it
            self._child = subprocess.Popen(  # noqa: S603 - our own program
                self._program,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=flags,
            )
            threading.Thread(
                target=_forward, args=(self._child, self._lines), name="scout", daemon=True
            ).start()
        return self._child

    def close(self) -> None:
        """End the child; the next look starts another one."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        if child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()


def _forward(child: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    if child.stdout is None:
        return
    with child.stdout as pipe:
        for line in pipe:
            lines.put(line)
    lines.put(b"")


def main() -> None:
    """The child: look again for each line."""
    from agent_desktop.phone import soundcard  # noqa: PLC0415 - only the child loads PortAudio

    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what libraries print must not look like an answer
        for _line in sys.stdin.buffer:
            soundcard.look_again()
            out.write(msgspec.json.encode(soundcard.list_cards()) + b"\n")
            out.flush()


if __name__ == "__main__":
    main()
