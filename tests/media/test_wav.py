from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import tones, wav


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    tone = tones.sine(440, 0.5)
    wav.write(tmp_path / "a.wav", tone)
    assert np.array_equal(wav.read(tmp_path / "a.wav"), tone)


@pytest.mark.peer
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize(("bits", "channels"), [(8, 1), (16, 2), (24, 1), (32, 2)])
def test_files_made_by_sox_become_sixteen_kilohertz_mono(
    rate: int, bits: int, channels: int, tmp_path: Path
) -> None:
    path = tmp_path / "t.wav"
    # wavpcm: the plain header that every reader of 16 bits knows; sox writes the extensible one above.
    encoding = "unsigned" if bits == 8 else "signed"
    tone = "synth 1 sine 1000 vol 0.25"
    subprocess.run(
        [*f"sox -n -r {rate} -c {channels} -e {encoding} -b {bits} -t wavpcm {path}".split(), *tone.split()],
        check=True,
    )
    sound = wav.read(path)
    assert len(sound) == pytest.approx(16000, abs=2)
    assert tones.tone_dbfs(sound[400:-400], 1000) == pytest.approx(-12.04, abs=0.2)


def test_what_lies_above_the_telephone_band_does_not_fold_down() -> None:
    n = np.arange(48000)
    high = 10_000 * np.sin(2 * np.pi * 5500 * n / 48000)
    folded = wav.resample(high, 48000, 8000)[400:-400]
    assert 20 * np.log10(np.abs(folded).max() / 10_000) < -60


def test_a_low_rate_becomes_a_high_one_without_images() -> None:
    tone = tones.sine(1000, 1.0, -12, 8000).astype(np.float64)
    raised = wav.resample(tone, 8000, 48000)
    assert len(raised) == 48000
    spectrum = np.abs(np.fft.rfft(raised[4800:-4800] * np.hanning(38400)))
    hz = np.fft.rfftfreq(38400, 1 / 48000)
    assert spectrum[(hz > 4500)].max() < spectrum.max() * 1e-3


@pytest.mark.parametrize("data", [b"", b"RIFF", b"no sound at all" * 10])
def test_a_file_that_is_no_sound_is_an_error_that_names_it(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "greeting.wav"
    path.write_bytes(data)
    with pytest.raises(wav.WavError, match=r"greeting\.wav"):
        wav.read(path)


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(wav.WavError, match=r"gone\.wav"):
        wav.read(tmp_path / "gone.wav")
