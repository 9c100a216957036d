"""Speech to measure with, spoken by espeak-ng (a program that we did not write) at 8 kHz."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_desktop.media import wav
from agent_desktop.media.pcm import Pcm

TEXT = (
    "Thank you for calling. My parcel with the blue lamp has not arrived, although the carrier "
    "promised it for Monday morning. Could you please look up where it is now, and tell me "
    "whether I should wait at home? The order number is four, seven, one, one, and my name is Miller."
)


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    path: Path = tmp_path_factory.mktemp("speech") / "speech.wav"
    subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", str(path), TEXT], check=True)
    return wav.read(path)
