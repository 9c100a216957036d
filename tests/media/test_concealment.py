from __future__ import annotations

import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pesq import pesq

from agent_desktop.media import pcm, tones, wav
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.concealment import Concealer
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES as FRAME
from agent_desktop.media.pcm import NARROW_RATE_HZ as RATE_HZ
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm, to_pcm
from agent_desktop.media.resampling import narrowed

HALF = FRAME // 2
TEXT = (
    "Good morning. My washing machine stopped in the middle of its programme, and the display shows the "
    "letter F and the number twelve. Is there anything that I can do myself, or will you send somebody?"
)


def frames_of(sound: Pcm, samples: int = FRAME) -> list[Pcm]:
    return pcm.frames_of(sound[: len(sound) // samples * samples], samples)


def spoken_by(voice: str, folder: Path) -> Pcm:
    path = folder / f"{voice}.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "155", "-w", str(path), TEXT], check=True)
    return wav.read(path)


def spectral_distance_db(clean: Pcm, heard: Pcm, frames: list[Pcm | None]) -> float:
    """How far the spectrum is off where something was lost, phase left out.

    The log-spectral distance (root of the mean squared difference in dB, bins more than 50 dB below the
    speech's level left out) of the 32 ms pieces that touch a lost frame in speech.
    """
    size, step = 256, 64
    count = (min(len(clean), len(heard)) - size) // step
    starts = np.arange(count) * step
    places = starts[:, None] + np.arange(size)
    window = np.hanning(size)
    wanted = np.abs(np.fft.rfft(clean.astype(np.float64)[places] * window, axis=1))
    got = np.abs(np.fft.rfft(heard.astype(np.float64)[places] * window, axis=1))
    power = (wanted**2).sum(axis=1)
    floor = np.sqrt(np.percentile(power, 90) / size) * 10 ** (-50 / 20)
    lost = np.repeat([frame is None for frame in frames], FRAME)
    touched = np.array([lost[start : start + size].any() for start in starts])
    spoken = power > np.percentile(power, 40)
    off_db = 20 * np.log10((wanted + floor) / (got + floor))
    return float(np.mean(np.sqrt(np.mean(off_db**2, axis=1))[touched & spoken]))


def lossy(sound: Pcm, share: float, seed: int, frame: int = FRAME) -> list[Pcm | None]:
    random = np.random.default_rng(seed)
    return [None if random.random() < share else piece for piece in frames_of(sound, frame)]


def concealed(frames: list[Pcm | None], rate_hz: int = RATE_HZ) -> Pcm:
    concealer = Concealer(rate_hz)
    heard = np.concatenate([concealer.hear(frame, rate_hz // 50) for frame in frames])
    return heard[concealer.delay_samples :]


def silenced(frames: list[Pcm | None], frame: int = FRAME) -> Pcm:
    quiet = np.zeros(frame, dtype=np.int16)
    return np.concatenate([quiet if piece is None else piece for piece in frames])


def repeated(frames: list[Pcm | None]) -> Pcm:
    heard, last = [], np.zeros(FRAME, dtype=np.int16)
    for frame in frames:
        last = last if frame is None else frame
        heard.append(last)
    return np.concatenate(heard)


def sine(hz: float, rate_hz: int, seconds: float = 1.0) -> Pcm:
    return to_pcm(11000 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz))


# `references/voice.md`, 5.2.  One seed differs from the next by 0.1, so that the mean of several counts.
@pytest.mark.peer
@pytest.mark.parametrize(("share", "goal"), [(0.05, 0.35), (0.10, 0.60)])
@pytest.mark.parametrize("voice", ["en", "en+f3", "en-us+m7"])
def test_a_measure_of_speech_prefers_it_to_silence(
    voice: str, share: float, goal: float, tmp_path: Path
) -> None:
    clean = narrowed(spoken_by(voice, tmp_path))
    gains = []
    for seed in range(4):
        frames = lossy(PCMU.decode(PCMU.encode(clean)), share, seed)
        ours, silence = concealed(frames), silenced(frames)
        gains.append(
            pesq(RATE_HZ, clean[: len(ours)], ours, "nb")
            - pesq(RATE_HZ, clean[: len(silence)], silence, "nb")
        )
    assert np.mean(gains) >= goal


@pytest.mark.peer
def test_it_works_at_the_rate_of_wideband_speech(tmp_path: Path) -> None:
    rate_hz = SAMPLE_RATE_HZ
    clean = spoken_by("en+f3", tmp_path)
    frames = lossy(clean, 0.10, 3, rate_hz // 50)
    ours, silence = concealed(frames, rate_hz), silenced(frames, rate_hz // 50)
    better = pesq(rate_hz, clean[: len(ours)], ours, "wb")
    assert better - pesq(rate_hz, clean[: len(silence)], silence, "wb") >= 0.6


@pytest.mark.parametrize("share", [0.03, 0.05, 0.10])
def test_it_beats_silence_and_repetition_on_speech(narrow_speech: Pcm, share: float) -> None:
    ours, silence, repetition = [], [], []
    for seed in range(5):
        frames = lossy(narrow_speech, share, seed)
        ours.append(spectral_distance_db(narrow_speech, concealed(frames), frames))
        silence.append(spectral_distance_db(narrow_speech, silenced(frames), frames))
        repetition.append(spectral_distance_db(narrow_speech, repeated(frames), frames))
    assert np.mean(ours) < 0.93 * np.mean(repetition)
    assert np.mean(ours) < 0.8 * np.mean(silence)


def test_without_loss_only_the_delay_is_added(narrow_speech: Pcm) -> None:
    frames: list[Pcm | None] = list(frames_of(narrow_speech))
    whole = np.concatenate(frames_of(narrow_speech))
    assert np.array_equal(concealed(frames), whole[: -Concealer(RATE_HZ).delay_samples])


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_lost_piece_of_a_tone_goes_on_as_the_tone(rate_hz: int) -> None:
    tone = sine(200, rate_hz)
    frame = rate_hz // 50
    frames: list[Pcm | None] = list(frames_of(tone, frame))
    frames[20] = None
    heard = concealed(frames, rate_hz).astype(np.float64)
    gap = slice(20 * frame, 21 * frame)
    assert np.sqrt(np.mean(heard[gap] ** 2)) > 0.8 * np.sqrt(np.mean(tone[gap].astype(np.float64) ** 2))
    assert np.corrcoef(heard[gap], tone[gap])[0, 1] > 0.98
    assert np.abs(np.diff(heard)).max() < 1.6 * np.abs(np.diff(tone.astype(np.int32))).max()


def test_a_long_gap_fades_to_silence_after_sixty_milliseconds(narrow_speech: Pcm) -> None:
    concealer = Concealer(RATE_HZ)
    for frame in frames_of(narrow_speech)[:40]:
        concealer.hear(frame)
    levels = [tones.level_dbfs(concealer.hear(None, HALF)) for _ in range(12)]
    assert levels[8:] == [-120.0] * 4
    assert levels[0] > -60


def test_a_voice_that_fell_goes_on_falling() -> None:
    steady = sine(100, RATE_HZ)
    falling = to_pcm(steady * np.exp(-np.arange(len(steady)) / (0.02 * RATE_HZ)))
    gaps = []
    for sound in (steady[: 5 * FRAME], falling[: 5 * FRAME]):
        concealer = Concealer(RATE_HZ)
        for frame in frames_of(sound):
            concealer.hear(frame)
        gap = np.concatenate([concealer.hear(None, FRAME), concealer.hear(None, HALF)]).astype(np.float64)
        tail = gap[concealer.delay_samples :]
        gaps.append(np.abs(tail[-HALF:]).max() / np.abs(tail[:HALF]).max())
    assert gaps[1] < 0.7 * gaps[0]


def test_a_gap_at_the_very_beginning_is_silence() -> None:
    assert not Concealer().hear(None, FRAME).any()


@given(
    st.sampled_from([8000, 16000, 48000]),
    st.lists(st.sampled_from([0, 1, 2, 3, -1, -2]), min_size=1, max_size=40),
    st.integers(0, 99),
)
def test_every_frame_in_is_a_frame_of_the_same_length_out(rate_hz: int, halves: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    concealer, half = Concealer(rate_hz), rate_hz // 100
    for count in halves:
        if count <= 0:
            samples = max(-count, 1) * half
            assert len(concealer.hear(None, samples)) == samples
        else:
            noise = random.integers(-32768, 32767, count * half).astype(np.int16)
            heard = concealer.hear(noise)
            assert (heard.dtype, len(heard)) == (np.int16, count * half)


def test_it_costs_little(narrow_speech: Pcm) -> None:
    frames = lossy(narrow_speech, 0.10, 1)
    started = time.process_time()
    concealed(frames)
    assert (time.process_time() - started) / (
        len(narrow_speech) / RATE_HZ
    ) < 0.02  # 0.0005 where it was measured
