"""Whole calls between two sessions, whatever comes in between."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_desktop.media import codecs, comfort_noise, rtcp, tones
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import SILENCE, to_pcm
from agent_desktop.media.rtp import RtpPacket, RtpSender
from agent_desktop.media.udp import bind_pair

from .leg import PORTS, Call, plan


@pytest.fixture
def call() -> Iterator[Call]:
    made = Call()
    yield made
    made.close()


@pytest.mark.parametrize("packet_ms", [10, 20, 30, 40, 60])
@pytest.mark.parametrize("name", ["PCMU", "PCMA", "G722", "opus"])
def test_every_codec_is_heard_in_packets_of_every_length(call: Call, name: str, packet_ms: int) -> None:
    call.agree(name, packet_ms=packet_ms)
    heard = call.say(tones.sine(440, 2.0))[12_800:]
    assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=1.2)
    sent_ms = 20 if (name, packet_ms) == ("opus", 30) else packet_ms
    assert call.one.counters.sent == pytest.approx(2000 / sent_ms, abs=2)


@pytest.mark.parametrize("name", ["G722", "opus"])
def test_wide_band_carries_what_the_telephone_does_not(call: Call, name: str) -> None:
    call.agree(name)
    assert tones.tone_dbfs(call.say(tones.sine(6000, 1.0))[8000:], 6000) > -18


def test_codecs_change_in_the_call_without_a_new_session(call: Call) -> None:
    for name in ("PCMU", "opus", "G722", "PCMA", "opus"):
        call.agree(name)
        call.say(tones.sine(440, 0.4))
        heard = call.say(tones.sine(440, 0.8))
        assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=1.2), name


def test_a_reinvite_keeps_the_state_of_a_codec(call: Call) -> None:
    call.agree("G722")
    call.say(tones.sine(440, 0.5))
    before = call.one._applied.codec
    call.agree("G722", receives=False)
    call.tick()
    assert call.one._applied.codec is before
    call.agree("opus")
    call.tick()
    assert call.one._applied.codec is not before


@pytest.mark.parametrize("name", ["PCMU", "opus"])
def test_digits_arrive_in_the_clock_of_the_sound(call: Call, name: str) -> None:
    call.agree(name)
    assert call.one.press("147*")
    call.say(tones.sine(440, 1.5))
    assert call.digits == ["1", "4", "7", "*"]


def test_events_of_another_clock_are_heard_too(call: Call) -> None:
    call.agree("opus")
    other = plan(call.one, "opus", dtmf_payload_type=110, dtmf_accepted=frozenset({101}))
    call.other.configure(other)
    call.one.configure(plan(call.other, "opus", dtmf_clock_rate_hz=8000))
    call.one.press("5")
    call.say(tones.sine(440, 0.5))
    assert call.digits == ["5"]


def test_the_peer_tells_how_badly_it_hears_us(call: Call) -> None:
    call.agree()
    call.lost = set(range(20, 1200, 8))
    call.say(tones.sine(300, 24.0))
    told, own = call.one.sent_quality(), call.other.quality()
    assert told is not None
    assert own is not None
    assert told.loss == pytest.approx(0.125, abs=0.02)
    assert own.loss == pytest.approx(0.125, abs=0.03)
    assert told.r < 75
    assert call.other.sent_quality() is not None
    assert call.other.sent_quality().loss == 0  # type: ignore[union-attr]  # asserted above


def test_opus_is_told_of_the_loss_that_the_peer_reports(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    call.agree("opus")
    call.lost = set(range(20, 800, 5))
    call.say(tones.sine(300, 0.2))
    told: list[float] = []
    monkeypatch.setattr(codecs.opus.OpusCodec, "expect_loss", lambda _codec, share: told.append(share))
    call.say(tones.sine(300, 12.0))
    assert told
    assert max(told) == pytest.approx(0.2, abs=0.03)  # to the other side, which loses nothing, 0


def test_recent_quality_is_that_of_the_last_while_and_bursts_count(call: Call) -> None:
    call.agree()
    call.say(tones.sine(300, 4.0))
    good = call.other.recent_quality()
    begun = call.tick_number
    call.lost = {begun + n + k for n in range(5, 95, 30) for k in range(3)}
    call.say(tones.sine(300, 2.0))
    bad = call.other.recent_quality()
    assert good is not None
    assert bad is not None
    assert good.loss < 0.01
    assert bad.loss == pytest.approx(0.09, abs=0.03)
    assert bad.burst > 2
    assert bad.r < good.r
    assert call.other.recent_quality() is None


def test_a_pause_with_comfort_noise_sends_little_and_sounds_like_before(call: Call) -> None:
    call.agree(comfort_noise_payload_type=13, pauses=True)
    hiss = to_pcm(np.random.default_rng(1).normal(0, 60, 16_000 * 6))
    call.say(hiss[: 16_000 * 2])
    call.say(tones.sine(300, 1.0))
    sent = call.one.counters.sent
    heard = call.say(hiss)
    assert call.one.counters.sent - sent < 40
    quiet = heard[16_000 * 2 :]
    assert tones.level_dbfs(quiet) == pytest.approx(tones.level_dbfs(hiss), abs=5)
    assert all(frame.any() for frame in quiet.reshape(-1, 320))
    quality = call.other.quality()
    assert quality is not None
    assert quality.loss < 0.01
    again = call.say(tones.sine(300, 1.0))
    assert tones.tone_dbfs(again[4800:], 300) == pytest.approx(-12, abs=0.6)


def test_an_empty_noise_payload_is_nothing(call: Call) -> None:
    call.agree(comfort_noise_payload_type=comfort_noise.PAYLOAD_TYPE)
    call.say(tones.sine(300, 0.2))
    call.one._rtp.send(call.one._sending.stream.packet(13, b"").encode(), call.other.local)
    heard = call.say(tones.sine(300, 0.5))
    assert tones.tone_dbfs(heard[3200:], 300) == pytest.approx(-12, abs=0.6)


def test_ten_thousand_spoofed_packets_are_neither_played_nor_kept(call: Call) -> None:
    call.agree()
    call.say(tones.sine(440, 0.5))
    stranger, control = bind_pair("127.0.0.1", PORTS)
    loud = PCMU.encode(tones.sine(1000, 0.02, -1, 8000))
    stream = RtpSender(ssrc=call.one._sending.stream.ssrc, sequence=1, timestamp=1)
    lie = rtcp.ReportBlock(call.other._sending.stream.ssrc, 1.0, 999, 1, 9999)
    forged = rtcp.encode(rtcp.Report(77, (lie,)), "x", bye=True)
    heard, sent = [], 0
    voice = iter(np.tile(tones.sine(440, 1.0), 10).reshape(-1, 320))
    while sent < 10_000:
        for _ in range(40):  # what a tick takes in, so that the socket itself loses nothing of the call
            stranger.send(stream.packet(0, loud).encode(), call.other.local)
            control.send(forged, (call.other.local[0], call.other.local[1] + 1))
            stream.advance(160)
            sent += 1
        heard.append(call.tick(next(voice))[1])
    stranger.close()
    control.close()
    sound = np.concatenate(heard)
    assert tones.tone_dbfs(sound, 1000) < -60
    assert tones.tone_dbfs(sound, 440) == pytest.approx(-12, abs=0.6)
    assert call.other.counters.foreign >= 10_000
    assert call.other.target == call.one.local
    assert len(call.other._hearing.jitter._store) < 5
    assert call.other.sent_quality() is None or call.other.sent_quality().loss == 0  # type: ignore[union-attr]  # above
    assert not call.other.peer_said_goodbye


def test_a_goodbye_of_the_peer_is_noted_and_one_of_a_stranger_is_not(call: Call) -> None:
    call.agree()
    call.say(tones.sine(440, 0.4))
    assert not call.other.peer_said_goodbye
    call.one.close()
    for _ in range(6):
        call.other.receive_due()
    assert call.other.peer_said_goodbye


def test_reports_on_the_port_of_the_sound_are_read_too(call: Call) -> None:
    call.agree()
    call.say(tones.sine(440, 0.4))
    block = rtcp.ReportBlock(call.other._sending.stream.ssrc, 0.25, 5, 1, 80)
    report = rtcp.encode(rtcp.Report(call.one._sending.stream.ssrc, (block,)), "x")
    call.one._rtp.send(report, call.other.local)
    call.tick()
    told = call.other.sent_quality()
    assert told is not None
    assert told.loss == 0.25


def test_a_peer_behind_nat_is_answered_where_it_is_and_stays_so(call: Call) -> None:
    call.other.configure(replace(plan(call.one), remote=("192.0.2.1", 40_000)))
    call.one.configure(plan(call.other))
    call.say(tones.sine(440, 0.5))
    heard = call.say(tones.sine(440, 0.5))
    assert call.other.target == call.one.local
    assert tones.tone_dbfs(heard, 440) == pytest.approx(-12, abs=0.6)


def test_duplicates_swaps_bursts_and_a_wrap_are_survived(call: Call) -> None:
    call.agree()
    call.one._sending.stream.sequence = 65_400
    call.one._sending.stream.timestamp = 0xFFFFFFFF - 8000
    random = np.random.default_rng(8)
    port, waiting = call.road._port, list[bytes]()

    def send(data: bytes, target: tuple[str, int]) -> None:
        waiting.append(data)
        if len(waiting) >= 3:
            random.shuffle(waiting)
            for packet in waiting:
                if random.random() > 0.1:
                    for _ in range(int(random.integers(1, 3))):
                        port.send(packet, target)
            waiting.clear()

    call.road.send = send  # type: ignore[method-assign]  # a bad road
    heard = call.say(tones.sine(300, 10.0))[32_000:]
    assert tones.tone_dbfs(heard, 300) > -14
    frames = heard.reshape(-1, 320).astype(float)
    assert ((frames**2).mean(axis=1) > 1e5).mean() > 0.97


def _datagrams() -> st.SearchStrategy[bytes]:
    stun = st.binary(max_size=60).map(lambda tail: struct.pack("!HHI", 1, len(tail), 0x2112A442) + tail)
    header = st.tuples(
        st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
    )
    rtp_like = st.builds(
        lambda head, ssrc, payload: struct.pack("!BBHII", *head, ssrc) + payload,
        header,
        st.sampled_from([1, 2, 0xFFFFFFFF]),
        st.binary(max_size=200),
    )
    report = st.builds(
        lambda first, kind, words, body: struct.pack("!BBH", first, kind, words) + body,
        st.integers(128, 191),
        st.integers(199, 205),
        st.integers(0, 30),
        st.binary(max_size=120),
    )
    return st.one_of(st.binary(max_size=300), stun, rtp_like, report)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_datagrams(), max_size=40), st.sampled_from(["PCMU", "G722", "opus"]))
def test_whatever_datagrams_come_from_the_peers_own_ports_the_call_goes_on(
    data: list[bytes], name: str
) -> None:
    call = Call()
    try:
        call.agree(name, comfort_noise_payload_type=13, dtmf_accepted=frozenset({102}))
        call.say(tones.sine(440, 0.2))
        for datagram in data:
            call.one._rtp.send(datagram, call.other.local)
            call.one._rtcp.send(datagram, (call.other.local[0], call.other.local[1] + 1))
            call.tick()
        call.say(tones.sine(440, 0.6))
        heard = call.say(tones.sine(440, 0.6))
        assert tones.tone_dbfs(heard, 440) > -15
        assert len(call.other._hearing.jitter._store) < 64
    finally:
        call.close()


def test_an_unknown_codec_object_is_dropped_and_counted(call: Call) -> None:
    call.agree()
    call.say(tones.sine(300, 0.1))
    packet = RtpPacket(96, 1, 1, call.one._sending.stream.ssrc, b"x")
    call.one._rtp.send(packet._replace(sequence=call.one._sending.stream.sequence).encode(), call.other.local)
    call.tick(SILENCE)
    assert call.other.counters.unknown_payload == 1
    assert codecs.available()
