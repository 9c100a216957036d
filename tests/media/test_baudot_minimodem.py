"""Against minimodem, a modem that others wrote, in both directions (tests/peers/kit/tty-minimodem)."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media.codecs import PCMA, PCMU, TableCodec
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm
from tests.media.baudot_line import heard, lost_frames, noisy, prose, read, spoken, through, wrong

KIT = Path(__file__).parents[1] / "peers" / "kit" / "tty-minimodem" / "tty_minimodem.py"
TEXT = prose(600)
LAWS = pytest.mark.parametrize("law", [PCMU, PCMA], ids=["mulaw", "alaw"])


def folded(text: str) -> str:
    return " ".join(text.upper().split())


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Pcm:
    """The text as minimodem sends it (it relies on unshift-on-space)."""
    folder = tmp_path_factory.mktemp("tty")
    (folder / "text").write_text(TEXT, encoding="ascii")
    subprocess.run([sys.executable, KIT, "tx", folder / "text", folder / "wav"], check=True)
    with wave.open(str(folder / "wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def read_by_minimodem(sound: Pcm, folder: Path) -> str:
    path = folder / "line.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(NARROW_RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    done = subprocess.run([sys.executable, KIT, "rx", path], check=True, stdout=subprocess.PIPE)
    return done.stdout.decode("ascii", "replace")


@LAWS
@pytest.mark.parametrize("snr_db", [None, 5.0])
def test_minimodem_reads_us_without_a_wrong_character(
    law: TableCodec, snr_db: float | None, tmp_path: Path
) -> None:
    sound = spoken(TEXT)
    line = through(sound if snr_db is None else noisy(sound, snr_db), law)
    # minimodem may see a character in the noise before the carrier; what we sent must follow whole.
    assert folded(read_by_minimodem(line, tmp_path)).endswith(folded(TEXT))


@pytest.mark.parametrize(("law", "snr_db"), [(PCMU, 5.0), (PCMA, None)], ids=["mulaw-5dB", "alaw"])
def test_we_read_minimodem_without_a_wrong_character(
    law: TableCodec, snr_db: float | None, theirs: Pcm
) -> None:
    line = through(theirs if snr_db is None else noisy(theirs, snr_db), law)
    assert folded(read(heard(line))) == folded(TEXT)


@pytest.mark.parametrize(("size", "bound"), [(160, 1.0), (80, 0.1)])
def test_we_read_minimodem_when_one_frame_in_a_hundred_is_lost(size: int, bound: float, theirs: Pcm) -> None:
    line = through(theirs)
    codes = heard(line, size, lost_frames(len(line), size, 0.01, seed=1))
    assert wrong(folded(TEXT), folded(read(codes))) <= bound
