"""What a baresip heard: its sound file can be read once the call is over, and not at once."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from agent_desktop.media import wav
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm

WAIT_S = 10.0


def last_heard(folder: Path, name: str = "bob", rate_hz: int = SAMPLE_RATE_HZ) -> Pcm:
    """Its newest call; the head of the file counts samples when it is whole."""
    end = time.monotonic() + WAIT_S
    while True:
        files = list((folder / "baresip" / name / "rec").glob("*dec*.wav"))
        with contextlib.suppress(wav.WavError):
            if files and (sound := wav.read(max(files, key=lambda f: f.stat().st_mtime_ns), rate_hz)).size:
                return sound
        assert time.monotonic() < end, f"no sound of {name} that can be read, of {len(files)} files"
        time.sleep(0.1)
