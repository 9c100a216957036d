from __future__ import annotations

import numpy as np
import pytest

from agent_desktop.media import codecs, tones
from agent_desktop.media.comfort_noise import Noise
from agent_desktop.media.hearing import Halves, Hearing
from agent_desktop.media.jitter import JitterBuffer
from agent_desktop.media.pcm import FRAME_SAMPLES, NARROW_RATE_HZ, SAMPLE_RATE_HZ, Pcm, to_pcm
from agent_desktop.media.rtp import signed_difference


def steepest(sound: Pcm) -> int:
    return int(np.abs(np.diff(sound.astype(np.int32))).max())


class Stream:
    """Sound as packets of one codec, and a hearing that reads every 20 ms."""

    def __init__(self, name: str = "PCMU", milliseconds: int = 20, **how: int) -> None:
        self.codec = codecs.make(name, {"PCMU": 0, "G722": 9, "opus": 111}[name], "useinbandfec=1")
        self.hearing = Hearing(JitterBuffer(**how))  # type: ignore[arg-type]  # numbers by name
        self.hearing.tune(self.codec)
        self.size = self.codec.sample_rate_hz * milliseconds // 1000
        self.step = self.codec.clock_rate_hz * milliseconds // 1000

    def play(
        self,
        sound: Pcm,
        *,
        lost: frozenset[int] = frozenset(),
        jitter_ms: float = 0.0,
        calm_after: int = 1_000_000,
        drift: float = 0.0,
        seed: int = 1,
    ) -> Pcm:
        random = np.random.default_rng(seed)
        whole = range(0, len(sound) - self.size + 1, self.size)
        packets = [self.codec.encode(sound[at : at + self.size]) for at in whole]
        length_ms = 1000 * self.size / self.codec.sample_rate_hz * (1 + drift)
        due = sorted(
            ((n + 1) * length_ms + random.uniform(0, jitter_ms if n < calm_after else 1), n)
            for n in range(len(packets))
            if n not in lost
        )
        due.reverse()
        heard, newest, ms = [], -1, 0.0
        late = codecs.late(self.codec)
        while due:
            ms += 20
            while due and due[-1][0] <= ms:
                at, n = due.pop()
                item = packets[n] if late else self.codec.decode(packets[n])
                self.hearing.take(
                    n * self.step,
                    item,
                    newest=n > newest,
                    follows=n == newest + 1,
                    waited_s=min((ms - at) / 1000, 0.02),
                )
                newest = max(n, newest)
            self.hearing.tell_due(ms / 1000)
            heard.append(self.hearing.read())
            assert len(heard[-1]) == FRAME_SAMPLES
        return np.concatenate(heard)


def tone(hz: float, seconds: float, stream: Stream) -> Pcm:
    return tones.sine(hz, seconds, -12, stream.codec.sample_rate_hz)


@pytest.mark.parametrize("milliseconds", [10, 20, 40, 60])
@pytest.mark.parametrize("name", ["PCMU", "G722", "opus"])
def test_packets_of_any_length_and_codec_become_even_frames(name: str, milliseconds: int) -> None:
    stream = Stream(name, milliseconds)
    heard = stream.play(tone(440, 3.0, stream))[8000:]
    assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=1.2)
    assert tones.level_dbfs(heard) - tones.tone_dbfs(heard, 440) < 0.3
    assert stream.hearing.jitter.playout.lost == 0


def test_thirty_milliseconds_of_g711_too() -> None:
    stream = Stream("PCMU", 30)
    heard = stream.play(tone(440, 3.0, stream))[8000:]
    assert tones.level_dbfs(heard) - tones.tone_dbfs(heard, 440) < 0.3


@pytest.mark.parametrize("name", ["PCMU", "G722", "opus"])
def test_lost_packets_leave_no_hole_and_no_click(name: str) -> None:
    stream = Stream(name)
    sound = tone(200, 3.0, stream)
    heard = stream.play(sound, lost=frozenset(range(30, 140, 10)))[8000:-3200]
    levels = [tones.level_dbfs(heard[at : at + 320]) for at in range(0, len(heard) - 320, 320)]
    assert min(levels) > (-25 if name == "opus" else -20)  # Opus is more careful with its guesses
    jump = 3.5 if name != "opus" else 7  # libopus itself joins its FEC that roughly in a pure tone
    assert steepest(heard) < jump * steepest(tones.sine(200, 1.0, -12))
    assert stream.hearing.jitter.playout.lost == 11


def test_opus_brings_lost_speech_back_from_the_next_packet(speech: Pcm) -> None:
    def unlikeness(a: Pcm, b: Pcm) -> float:
        size = min(len(a), len(b)) // 320 * 320
        one, other = (
            np.log10(np.abs(np.fft.rfft(x[:size].reshape(-1, 320).astype(float) * np.hanning(320))) + 100)
            for x in (a, b)
        )
        return float(np.mean(np.abs(one - other)))

    lost = frozenset(range(20, 400, 8))
    clean = Stream("opus", fixed_frames=3).play(speech)
    mended = Stream("opus", fixed_frames=3).play(speech, lost=lost)
    too_late = Stream("opus", fixed_frames=3)
    too_late.hearing._made_up = (  # type: ignore[method-assign]  # as if no packet told of its forerunner
        lambda samples, following: Hearing._made_up(too_late.hearing, samples, None)
    )
    guessed = too_late.play(speech, lost=lost)
    assert unlikeness(mended, clean) < 0.7 * unlikeness(guessed, clean)


def test_opus_waits_a_packet_longer_where_packets_get_lost() -> None:
    stream = Stream("opus")
    stream.play(tone(300, 20.0, stream))
    assert stream.hearing.jitter.depth_frames <= 1
    lossy = Stream("opus")
    told: list[bool] = []
    made_up = lossy.hearing._made_up

    def noted(samples: int, following: object) -> Pcm:
        told.append(following is not None)
        return made_up(samples, following)  # type: ignore[arg-type]  # whatever the buffer told

    lossy.hearing._made_up = noted  # type: ignore[method-assign]  # looks on
    lossy.play(tone(300, 20.0, lossy), lost=frozenset(range(100, 1000, 20)))
    assert all(told[15:])
    assert lossy.hearing.jitter.depth_frames <= 3
    assert lossy.hearing.jitter.reserve == 1


def test_a_delay_that_changes_is_not_heard() -> None:
    stream = Stream("PCMU")
    heard = stream.play(tone(300, 80.0, stream), jitter_ms=35, calm_after=1000)
    calm = heard[25 * 16_000 :]
    playout = stream.hearing.jitter.playout
    assert playout.grown >= 1
    assert playout.shrunk >= 1
    assert stream.hearing.jitter.depth_frames <= 2.5
    assert tones.level_dbfs(heard[16_000:]) == pytest.approx(-12, abs=0.5)
    assert steepest(calm[16_000:-16_000]) < 1.5 * steepest(tones.sine(300, 1.0, -12))


@pytest.mark.parametrize("drift", [-2e-4, 2e-4])
def test_drift_is_made_up_in_periods_that_nobody_hears(drift: float) -> None:
    stream = Stream("PCMU")
    heard = stream.play(tone(250, 300.0, stream), jitter_ms=2, drift=drift)[16_000:-16_000]
    assert steepest(heard) < 1.5 * steepest(tones.sine(250, 1.0, -12))
    frames = heard[: len(heard) // 320 * 320].reshape(-1, 320).astype(float)
    power = (frames**2).mean(axis=1)
    assert power.min() > 0.5 * np.median(power)
    assert stream.hearing.jitter.depth_frames < 3


def test_the_tap_hears_the_codecs_own_samples_and_the_erasures() -> None:
    stream = Stream("PCMU", fixed_frames=2)
    taped: list[Halves] = []
    stream.hearing.tap = taped.append
    sound = tone(700, 1.0, stream)
    stream.play(sound, lost=frozenset({20}))
    halves = [half for pair in taped for half in pair]
    there = np.concatenate([half for half in halves if half is not None])
    expected = stream.codec.decode(stream.codec.encode(sound))
    kept = np.concatenate([expected[: 20 * 160], expected[21 * 160 :]])
    assert np.array_equal(there, kept[: len(there)])
    assert len(there) > 40 * 160
    begun = next(n for n, half in enumerate(halves) if half is not None)
    assert sum(half is None for half in halves[begun:]) == 2


def test_the_tap_is_given_ten_milliseconds_twice_whatever_the_packets_hold() -> None:
    stream = Stream("PCMU", 30)
    taped: list[Halves] = []
    stream.hearing.tap = taped.append
    stream.play(tone(700, 1.0, stream))
    assert {len(half) for pair in taped for half in pair if half is not None} == {80}


def test_a_pause_with_comfort_noise_is_noise_and_no_loss() -> None:
    hearing = Hearing(JitterBuffer())
    hiss = to_pcm(np.random.default_rng(1).normal(0, 60, 8000))
    for n in range(20):
        hearing.take(160 * n, hiss[160 * n : 160 * (n + 1)], newest=True, follows=True)
        hearing.read()
    hearing.take(160 * 20, Noise(50), newest=True, follows=True)
    heard = np.concatenate([hearing.read() for _ in range(250)])[3200:]
    assert tones.level_dbfs(heard) == pytest.approx(-50 + 3, abs=2)
    frames = heard.reshape(-1, 320)
    assert all(frame.any() for frame in frames)
    assert hearing.jitter.playout.lost == 0
    for n in range(272, 290):
        hearing.take(160 * n, tones.sine(500, 0.02, -12, NARROW_RATE_HZ), newest=True, follows=True)
        talk = hearing.read()
    assert tones.tone_dbfs(talk, 500) == pytest.approx(-12, abs=1)
    assert hearing.jitter.playout.lost == 0


def test_a_long_loss_fades_into_the_background_not_into_nothing() -> None:
    hearing = Hearing(JitterBuffer())
    hiss = to_pcm(np.random.default_rng(1).normal(0, 60, 160 * 100))
    for n in range(100):
        hearing.take(160 * n, hiss[160 * n : 160 * (n + 1)], newest=True, follows=True)
        hearing.read()
    gap = [hearing.read() for _ in range(12)]
    assert all(frame.any() for frame in gap)
    assert tones.level_dbfs(np.concatenate(gap[6:])) == pytest.approx(-52, abs=6)


def test_before_the_first_packet_and_after_the_talk_there_is_silence() -> None:
    hearing = Hearing(JitterBuffer())
    assert not hearing.read().any()
    hearing.take(0, tones.sine(500, 0.02, -12, NARROW_RATE_HZ), newest=True, follows=False)
    for _ in range(60):
        last = hearing.read()
    assert not last.any()


def test_another_codec_goes_on_in_the_same_hearing() -> None:
    stream = Stream("PCMU")
    stream.play(tone(440, 1.0, stream))
    wide = Stream("opus")
    wide.hearing = stream.hearing
    wide.hearing.tune(wide.codec)
    heard = wide.play(tones.sine(6000, 1.0, -12))
    assert tones.tone_dbfs(heard[8000:], 6000) > -18
    narrow = Stream("PCMU")
    narrow.hearing = stream.hearing
    narrow.hearing.tune(narrow.codec)
    assert tones.tone_dbfs(narrow.play(tone(440, 1.0, narrow))[8000:], 440) == pytest.approx(-12, abs=1)


def test_a_payload_that_is_no_opus_is_refused_before_it_waits() -> None:
    stream = Stream("opus")
    with pytest.raises(codecs.opus.OpusError):
        stream.hearing.take(0, b"\x03", newest=True, follows=True)
    assert stream.codec.sample_rate_hz == SAMPLE_RATE_HZ
    assert signed_difference(1, 0, 32) == 1


def test_a_tap_that_fails_is_left_out_and_the_sound_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    stream, told = Stream("PCMU"), []

    def tap(halves: Halves) -> None:
        told.append(halves)
        raise ValueError("nobody thought of this")

    stream.hearing.tap = tap
    heard = stream.play(tone(440, 1.0, stream))
    assert tones.tone_dbfs(heard[8000:], 440) == pytest.approx(-12, abs=1)
    assert len(told) == 1
    assert [record.message for record in caplog.records] == [
        "what listened to a call's sound failed and is left out"
    ]
