"""Speech to measure with, spoken by espeak-ng (a program that we did not write) at both rates."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_desktop.media import wav
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.resampling import narrowed

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


@pytest.fixture(scope="session")
def narrow_speech(speech: Pcm) -> Pcm:
    """The same as the telephone's 8 kHz carry it."""
    return narrowed(speech)
