from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import ConfigError
from agent_desktop.media import codecs, opus, tones
from agent_desktop.media.opus import Decoder, Encoder, OpusCodec, OpusError
from agent_desktop.media.pcm import FRAME_SAMPLES, Pcm, frames_of

FEC = "minptime=10; useinbandfec=1; stereo=0"


def spectrum(sound: Pcm) -> np.ndarray:
    pieces = sound[: len(sound) // 160 * 160].reshape(-1, 160).astype(float)
    return np.log10(np.abs(np.fft.rfft(pieces * np.hanning(160), axis=1)) + 30)


def unlikeness(a: Pcm, b: Pcm) -> float:
    return float(np.mean(np.abs(spectrum(a) - spectrum(b))))


def test_a_tone_comes_back_as_loud_as_it_was() -> None:
    codec = OpusCodec(111, FEC)
    frames = frames_of(tones.sine(3500, 1.0, -12))
    heard = np.concatenate([codec.decode(codec.encode(frame)) for frame in frames])
    assert tones.tone_dbfs(heard[4800:], 3500) == pytest.approx(-12, abs=1.5)


def test_it_keeps_to_the_rate_and_to_what_the_peer_bears(speech: Pcm) -> None:
    def rate_bps(codec: OpusCodec) -> float:
        sizes = [len(codec.encode(frame)) for frame in frames_of(speech)]
        return 8 * sum(sizes) / len(sizes) * 50

    assert 15_000 < rate_bps(OpusCodec(111, FEC)) < 28_000
    assert rate_bps(OpusCodec(111, "maxaveragebitrate=12000")) < 14_000
    faster = OpusCodec(111)
    faster.set_bitrate(40_000)
    assert rate_bps(faster) > 28_000
    assert rate_bps(OpusCodec(111, "maxaveragebitrate=; useinbandfec; x=y")) < 28_000


def test_the_packet_after_a_lost_one_brings_it_back_better_than_a_guess(speech: Pcm) -> None:
    frames = frames_of(speech)
    encoder = OpusCodec(111, FEC)
    encoder.expect_loss(0.10)
    packets = [encoder.encode(frame) for frame in frames]
    whole, mended, guessed = Decoder(), Decoder(), Decoder()
    off_mended, off_guessed = [], []
    for n, packet in enumerate(packets):
        right = whole.decode(packet)
        if n % 10 == 5 and n + 1 < len(packets):
            restored = mended.recover(packets[n + 1], FRAME_SAMPLES)
            guess = guessed.conceal(FRAME_SAMPLES)
            if tones.level_dbfs(right) > -40:
                off_mended.append(unlikeness(restored, right))
                off_guessed.append(unlikeness(guess, right))
        else:
            mended.decode(packet)
            guessed.decode(packet)
    assert len(off_mended) > 20
    assert np.mean(off_mended) < 0.75 * np.mean(off_guessed)


@pytest.mark.parametrize("reported", [0.0, 0.02, 0.05, 0.2])
def test_whatever_loss_the_peer_reports_each_packet_tells_of_its_forerunner(
    reported: float, speech: Pcm
) -> None:
    codec = OpusCodec(111, FEC)
    codec.expect_loss(reported)
    frames = frames_of(speech)[:300]
    packets = [codec.encode(frame) for frame in frames]
    decoder, guesser = Decoder(), Decoder()
    differs = 0
    for n, packet in enumerate(packets[:-1]):
        if n % 8 == 4:
            told = decoder.recover(packets[n + 1], FRAME_SAMPLES)
            differs += not np.array_equal(told, guesser.conceal(FRAME_SAMPLES))
        else:
            decoder.decode(packet)
            guesser.decode(packet)
    assert differs > 15


def test_a_peer_that_makes_no_use_of_fec_is_sent_none(speech: Pcm) -> None:
    with_fec, without = OpusCodec(111, FEC), OpusCodec(111, "useinbandfec=0")
    for codec in (with_fec, without):
        codec.expect_loss(0.2)
    frames = frames_of(speech)[50:150]
    sent = [(with_fec.encode(frame), without.encode(frame)) for frame in frames]
    assert any(a != b for a, b in sent)


def test_a_guess_fades_and_never_ends_in_an_error() -> None:
    decoder, encoder = Decoder(), Encoder()
    for frame in frames_of(tones.sine(300, 0.4)):
        decoder.decode(encoder.encode(frame))
    levels = [tones.level_dbfs(decoder.conceal(FRAME_SAMPLES)) for _ in range(60)]
    assert levels[0] > -20
    assert levels[-1] < -40
    decoder.reset()
    assert not decoder.conceal(FRAME_SAMPLES).any()


@pytest.mark.parametrize("milliseconds", [10, 20, 40, 60])
def test_packets_of_every_length_are_measured_before_they_are_decoded(milliseconds: int) -> None:
    encoder = Encoder()
    payload = encoder.encode(tones.sine(500, milliseconds / 1000))
    assert opus.samples_in(payload) == 16 * milliseconds
    assert len(Decoder().decode(payload)) == 16 * milliseconds


def test_a_recording_may_have_two_channels_and_another_rate() -> None:
    encoder, decoder = (
        Encoder(rate_hz=48_000, channels=2, application="audio"),
        Decoder(rate_hz=48_000, channels=2),
    )
    left, right = tones.sine(400, 0.02, rate_hz=48_000), tones.sine(900, 0.02, rate_hz=48_000)
    assert len(decoder.decode(encoder.encode(np.stack([left, right], axis=1).reshape(-1)))) == 2 * 960
    assert encoder.lookahead_samples > 0


def test_a_length_or_a_rate_that_opus_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="20"):
        Encoder().encode(np.zeros(333, dtype=np.int16))
    with pytest.raises(ValueError, match="44100"):
        Encoder(rate_hz=44_100)
    with pytest.raises(ValueError, match="44100"):
        Decoder(rate_hz=44_100)


@given(st.binary(max_size=200))
def test_any_bytes_are_sound_or_an_error(payload: bytes) -> None:
    decoder = Decoder()
    try:
        samples = opus.samples_in(payload)
        assert len(decoder.decode(payload)) == samples
    except OpusError:
        pass
    assert len(decoder.recover(payload, FRAME_SAMPLES)) == FRAME_SAMPLES


def test_without_the_library_nobody_offers_opus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert codecs.available() == ("opus", "G722", "PCMA", "PCMU")
    assert opus.version().startswith("libopus")
    monkeypatch.setattr(opus, "_candidates", lambda: ["/nowhere/libopus.so"])
    opus._library.cache_clear()
    try:
        assert codecs.available() == ("G722", "PCMA", "PCMU")
        assert opus.version() == ""
        with pytest.raises(ConfigError, match="opus"):
            codecs.make("opus", 111)
        with pytest.raises(opus.OpusMissingError):
            OpusCodec()
    finally:
        monkeypatch.undo()
        opus._library.cache_clear()


def test_a_codec_is_made_by_the_name_in_the_sdp() -> None:
    made = codecs.make("Opus", 96, FEC)
    assert (made.name, made.payload_type, made.clock_rate_hz, made.sample_rate_hz) == (
        "opus",
        96,
        48_000,
        16_000,
    )
    assert codecs.late(made) is made
    narrow = codecs.make("pcma", 8)
    assert (narrow.name, narrow.payload_type, narrow.sample_rate_hz) == ("PCMA", 8, 8000)
    assert codecs.late(narrow) is None
    with pytest.raises(ConfigError, match="PCMU"):
        codecs.make("speex", 97)
