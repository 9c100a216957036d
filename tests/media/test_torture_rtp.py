"""Bad input of issue 3, the part that is RTP: a bad road and a bad sender may cost sound, never the stream.

Two sessions talk by the test's clock; between them lies a road that loses, doubles, delays and rewrites.
What is heard is judged by the tone of the other side: how long the longest gap in it was.
"""

from __future__ import annotations

import random
import socket
import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from agent_desktop.media import rtcp, rtp, tones
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, SILENCE, Pcm, frames_of
from agent_desktop.media.rtp import RtpPacket
from agent_desktop.media.source import Address
from agent_desktop.media.udp import UdpPort

from .leg import Call

HZ, STRANGER_HZ = 440.0, 1700.0
Rule = Callable[[int, RtpPacket], list[tuple[int, RtpPacket]]]
"""The number of a packet and the packet; what arrives of it, and how many ticks later."""


class Road:
    """A port before which a rule decides what becomes of each packet."""

    def __init__(self, port: UdpPort) -> None:
        self._port = port
        self.rule: Rule = lambda _n, packet: [(0, packet)]
        self._count = self._tick = 0
        self._under_way: list[tuple[int, bytes, Address]] = []

    def send(self, data: bytes, target: Address) -> None:
        for later, packet in self.rule(self._count, rtp.parse(data)):
            self._under_way.append((self._tick + later, packet.encode(), target))
        self._count += 1

    def deliver(self) -> None:
        """A tick passes: what is due arrives."""
        due = [entry for entry in self._under_way if entry[0] <= self._tick]
        self._under_way = [entry for entry in self._under_way if entry[0] > self._tick]
        for _, data, target in due:
            self._port.send(data, target)
        self._tick += 1

    def __getattr__(self, name: str) -> object:
        return getattr(self._port, name)


class BadRoad(Call):
    """A call whose first leg sends over such a road."""

    def __init__(self) -> None:
        super().__init__()
        self.way = Road(self.road._port)
        self.one._rtp = self.way  # type: ignore[assignment]  # a port with a road before it

    def tick(self, says: Pcm = SILENCE, answers: Pcm = SILENCE) -> tuple[Pcm, Pcm]:
        heard = super().tick(says, answers)
        self.way.deliver()
        return heard

    @property
    def waiting(self) -> int:
        """Packets in the jitter buffer of the leg that hears."""
        return len(self.other._hearing.jitter._store)


@pytest.fixture
def call() -> Iterator[BadRoad]:
    made = BadRoad()
    made.agree()
    made.say(tones.sine(HZ, 0.5))
    yield made
    made.close()


def tone(seconds: float) -> Pcm:
    return tones.sine(HZ, seconds)


def longest_gap_ms(sound: Pcm, hz: float = HZ, level_dbfs: float = -30.0) -> int:
    size = SAMPLE_RATE_HZ // 100
    there = [tones.tone_dbfs(sound[at : at + size], hz) > level_dbfs for at in range(0, len(sound), size)]
    sounding = np.flatnonzero([True, *there, True])
    return 10 * int(np.diff(sounding).max() - 1)


def test_stray_packets_of_other_streams_are_not_heard(call: BadRoad) -> None:
    draw = random.Random(1)

    def with_a_stray(_n: int, packet: RtpPacket) -> list[tuple[int, RtpPacket]]:
        stray = packet._replace(ssrc=draw.getrandbits(32), sequence=draw.getrandbits(16), payload=bytes(160))
        return [(0, packet), (0, stray)]

    call.way.rule = with_a_stray
    heard = call.say(tone(2.0))
    assert longest_gap_ms(heard) == 0
    assert call.other.counters.received == 25 + 100 - 1  # the last is still under way
    assert call.other._hearing.jitter.playout.lost == 0


@pytest.mark.parametrize("jump", [300_000_000, -300_000_000, 2**31, 2**31 - 1])
def test_a_jump_of_the_timestamp_costs_a_moment_and_no_memory(call: BadRoad, jump: int) -> None:
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(5):
        call.one._sending.stream.advance(jump)
        heard = call.say(tone(0.6))
        assert longest_gap_ms(heard) <= 60
        assert longest_gap_ms(heard[-SAMPLE_RATE_HZ // 4 :]) == 0
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
    assert call.waiting <= 64


def test_a_sender_that_jumps_with_every_packet_fills_nothing(call: BadRoad) -> None:
    draw = random.Random(2)
    call.way.rule = lambda _n, packet: [(0, packet._replace(timestamp=draw.getrandbits(32)))]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    call.say(tone(4.0))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert call.waiting <= 64
    assert grown < 500_000
    call.way.rule = lambda _n, packet: [(0, packet)]
    call.say(tone(0.3))
    assert longest_gap_ms(call.say(tone(0.5))) == 0


def test_both_counters_wrap_and_nobody_hears_it(call: BadRoad) -> None:
    call.one._sending.stream.sequence = 65_530
    call.one._sending.stream.timestamp = 2**32 - 5 * 160
    call.say(tone(0.2))  # the jump to there
    assert call.one._sending.stream.sequence < 10
    restarts = call.other._hearing.jitter.playout.resets
    heard = call.say(tone(1.0))
    assert longest_gap_ms(heard) == 0
    assert call.other._hearing.jitter.playout.resets == restarts


def test_sequence_numbers_that_wrap_in_a_talk_are_no_gap(call: BadRoad) -> None:
    behind = (65_535 - call.one._sending.stream.sequence - 20) & 0xFFFF
    call.way.rule = lambda _n, packet: [(0, packet._replace(sequence=(packet.sequence + behind) & 0xFFFF))]
    call.say(tone(0.3))
    lost = call.other._hearing.jitter.playout.lost
    heard = call.say(tone(1.0))
    assert longest_gap_ms(heard) == 0
    assert call.other._hearing.jitter.playout.lost == lost


def test_packets_that_come_twice_or_five_times_are_heard_once(call: BadRoad) -> None:
    call.way.rule = lambda n, packet: [(0, packet)] * (2 + n % 4) + [(2, packet)]
    heard = call.say(tone(2.0))
    assert longest_gap_ms(heard) == 0
    level = tones.tone_dbfs(heard[SAMPLE_RATE_HZ:], HZ)
    assert level == pytest.approx(-12, abs=0.5)
    assert call.waiting <= 4


def test_forty_milliseconds_of_jitter_are_ridden_out(call: BadRoad) -> None:
    draw = random.Random(3)
    call.way.rule = lambda _n, packet: [(draw.choice((0, 0, 1, 2)), packet)]
    call.say(tone(4.0))  # the buffer learns
    playout = call.other._hearing.jitter.playout
    lost, played = playout.lost, playout.played
    heard = call.say(tone(6.0))
    assert longest_gap_ms(heard) <= 20
    assert (playout.lost - lost) / (playout.played - played) < 0.03
    assert call.other._hearing.jitter.depth_frames <= 4


def test_ten_percent_of_loss_is_made_up_and_counted(call: BadRoad) -> None:
    draw = random.Random(4)
    call.way.rule = lambda _n, packet: [] if draw.random() < 0.1 else [(0, packet)]
    heard = call.say(tone(10.0))
    assert longest_gap_ms(heard) <= 60
    quality = call.other.quality()
    assert quality is not None
    assert quality.loss == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("length", [3, 5, 25])
def test_bursts_of_loss_end_with_the_next_packet(call: BadRoad, length: int) -> None:
    call.way.rule = lambda n, packet: [] if n % 75 >= 75 - length else [(0, packet)]
    heard = call.say(tone(6.0))
    assert longest_gap_ms(heard) <= 20 * length + 40


def test_what_was_held_up_comes_at_once_and_is_no_lasting_delay(call: BadRoad) -> None:
    held = 10
    call.way.rule = lambda n, packet: [(max(0, held - n % 200), packet)]
    call.say(tone(4.0))
    call.way.rule = lambda _n, packet: [(0, packet)]
    deepest = call.other._hearing.jitter.depth_frames
    assert deepest <= held + 2
    call.say(tone(14.0))
    assert longest_gap_ms(call.say(tone(2.0))) == 0
    assert call.other._hearing.jitter.depth_frames <= deepest - 2


def spoofed(count: int, target: Address) -> None:
    """A stranger's loud tone, in good order, from another port."""
    frames = [PCMU.encode(f) for f in frames_of(tones.sine(STRANGER_HZ, 1.0, -3, rate_hz=8000), 160)]
    stream = rtp.RtpSender(ssrc=0xBAD, sequence=1, timestamp=1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for number in range(count):
            payload = frames[number % len(frames)]
            stranger.sendto(stream.packet(0, payload).encode(), target)
            stream.advance(160)


def test_none_of_ten_thousand_spoofed_packets_is_played(call: BadRoad) -> None:
    heard = []
    for frame in frames_of(tone(5.0)):
        spoofed(40, call.other.local)
        heard.append(call.tick(frame)[1])
    sound = np.concatenate(heard)
    assert call.other.counters.foreign == 10_000
    assert longest_gap_ms(sound) == 0
    assert tones.tone_dbfs(sound[SAMPLE_RATE_HZ // 2 :], STRANGER_HZ) < -60
    assert call.waiting <= 4
    assert call.other.target == call.one.local


def test_forged_reports_end_no_stream_and_are_not_believed(call: BadRoad) -> None:
    ssrc = call.one._sending.stream.ssrc
    goodbye = rtcp.encode(rtcp.Report(ssrc), "mallory", bye=True)
    host, port = call.other.local
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        for _ in range(20):
            stranger.sendto(goodbye, (host, port + 1))
            stranger.sendto(goodbye, (host, port))
    heard = call.say(tone(1.0))
    assert longest_gap_ms(heard) == 0
    assert not call.other.peer_said_goodbye


def test_noise_like_rtp_rtcp_and_stun_from_the_peer_itself_leaves_the_stream(call: BadRoad) -> None:
    draw = random.Random(5)
    stun = b"\x00\x01\x00\x08\x21\x12\xa4\x42" + bytes(12) + b"\x80\x22\x00\x04test"
    port = call.way._port
    heard = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for frame in frames_of(tone(4.0)):
        for head in (b"", b"\x80\x00", b"\xbf\x7f", b"\x80\xc8", b"\x81\xc9\x00\x07", stun):
            port.send(head + draw.randbytes(draw.randrange(60)), call.other.local)
        heard.append(call.tick(frame)[1])
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert longest_gap_ms(np.concatenate(heard)) <= 20
    assert grown < 500_000
    assert call.waiting <= 64
