from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.media.hearing import Halves
from agent_desktop.media.pcm import Pcm, to_pcm
from agent_desktop.media.tone_gate import ToneGate
from tests.media.baudot_line import noisy, spoken


def halves(sound: Pcm) -> list[Halves]:
    whole = len(sound) // 160 * 160
    return [(frame[:80], frame[80:]) for frame in sound[:whole].reshape(-1, 160)]


def opens_after(sound: Pcm) -> int | None:
    """The frames until it opened."""
    gate = ToneGate()
    return next((at for at, two in enumerate(halves(sound)) if gate.hear(two) is not None), None)


@pytest.mark.parametrize("level_db", [0, -20, -37])
def test_it_opens_at_the_lead_in_however_soft(level_db: int) -> None:
    tones = spoken("HELLO GA")
    soft = to_pcm(tones.astype(np.float64) * 10 ** (level_db / 20))
    begins = int(np.flatnonzero(soft)[0]) // 160
    opened = opens_after(soft)
    assert opened is not None
    assert opened - begins <= 5


@pytest.mark.parametrize("snr_db", [10.0, 0.0, -3.0])
def test_it_opens_in_noise(snr_db: float) -> None:
    assert (opens_after(noisy(spoken("HELLO GA"), snr_db)) or 0) <= 40


@pytest.mark.parametrize("rms", [0, 30, 3000])
def test_silence_and_noise_leave_it_shut(rms: int) -> None:
    noise = np.random.default_rng(5).normal(0, rms, 8000 * 20) if rms else np.zeros(8000 * 20)
    assert opens_after(to_pcm(noise)) is None


def test_the_modem_hears_what_came_before_it_opened_and_everything_after() -> None:
    gate = ToneGate()
    sound = np.concatenate([np.zeros(160 * 50, np.int16), spoken("HELLO GA")])
    frames = halves(sound)
    heard = [two for frame in frames for two in gate.hear(frame) or ()]
    assert heard == frames[len(frames) - len(heard) :]
    first = next(at for at, (one, _) in enumerate(frames) if one is not None and one.any())
    assert len(frames) - len(heard) < first


def test_it_shuts_a_while_after_the_last_tones() -> None:
    gate = ToneGate()
    for frame in halves(spoken("HELLO GA")):
        gate.hear(frame)
    assert gate.is_open
    quiet = halves(np.zeros(160 * 600, np.int16))
    assert gate.hear(quiet[0]) is not None
    assert [gate.hear(frame) for frame in quiet[1:]][-1] is None


def test_nothing_is_decided_of_frames_that_did_not_come() -> None:
    gate = ToneGate()
    assert all(gate.hear((None, None)) is None for _ in range(100))
