from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from agent_desktop.media import rtcp, rtp, tones
from agent_desktop.media.codecs import PCMA, PCMU
from agent_desktop.media.hearing import Halves
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.source import Address
from agent_desktop.media.udp import NoPortError, UdpPort, bind_pair

PORTS = range(21200, 21300)
BOTH = {0: PCMU, 8: PCMA}


class Wall:
    """A wall clock that goes on by 20 ms a tick."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def read(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def pair(wall: Wall) -> Iterator[tuple[MediaSession, MediaSession]]:
    digits: list[str] = []
    first = MediaSession(bind_pair("127.0.0.1", PORTS), wall_clock=wall.read)
    second = MediaSession(bind_pair("127.0.0.1", PORTS), wall_clock=wall.read, on_digit=digits.append)
    first.configure(Plan(remote=second.local, accepted=BOTH, dtmf_payload_type=101))
    second.configure(Plan(remote=first.local, codec=PCMA, accepted=BOTH, dtmf_payload_type=101))
    second.heard_digits = digits  # type: ignore[attr-defined]  # the test's own notebook
    yield first, second
    first.close()
    second.close()


def tick(wall: Wall, first: MediaSession, second: MediaSession, says: Pcm, answers: Pcm) -> tuple[Pcm, Pcm]:
    """20 ms of both sides; returns what each hears."""
    wall.now += 0.02
    for session in (first, second):
        session.receive_due()
    heard = first.read_frame(), second.read_frame()
    first.write_frame(says)
    second.write_frame(answers)
    return heard


def talk(
    wall: Wall, pair: tuple[MediaSession, MediaSession], seconds: float, hz: float = 440, back_hz: float = 700
) -> tuple[Pcm, Pcm]:
    """Both sides sound a tone; returns what the first and the second heard."""
    one, two = frames_of(tones.sine(hz, seconds)), frames_of(tones.sine(back_hz, seconds))
    heard = [tick(wall, *pair, a, b) for a, b in zip(one, two, strict=True)]
    return np.concatenate([a for a, _ in heard]), np.concatenate([b for _, b in heard])


def test_both_sides_hear_each_other_in_their_own_codec(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    by_first, by_second = talk(wall, pair, 1.0)
    assert tones.tone_dbfs(by_first[3200:], 700) == pytest.approx(-12, abs=0.5)
    assert tones.tone_dbfs(by_second[3200:], 440) == pytest.approx(-12, abs=0.5)
    assert tones.tone_dbfs(by_first[3200:], 440) < -50


def test_digits_go_out_instead_of_sound_and_are_heard_once(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    first, second = pair
    assert first.press("12#")
    talk(wall, pair, 1.0)
    assert second.heard_digits == ["1", "2", "#"]  # type: ignore[attr-defined]  # the test's own notebook
    assert not first.pressing
    _, by_second = talk(wall, pair, 0.5)
    assert tones.tone_dbfs(by_second[3200:], 440) == pytest.approx(-12, abs=0.5)


def test_a_peer_without_telephone_events_is_told_apart(pair: tuple[MediaSession, MediaSession]) -> None:
    first, second = pair
    first.configure(Plan(remote=second.local))
    assert not first.press("1")


def test_hold_stops_sending_and_a_new_plan_resumes_in_the_same_session(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    first, second = pair
    talk(wall, pair, 0.2)
    first.configure(Plan(remote=second.local, accepted=BOTH, sends=False, receives=False))
    by_first, _ = talk(wall, pair, 0.2)
    sent = first.counters.sent
    talk(wall, pair, 0.2)
    assert first.counters.sent == sent
    assert not by_first[640:].any()
    first.configure(Plan(remote=second.local, accepted=BOTH))
    by_first, by_second = talk(wall, pair, 1.0)
    assert tones.tone_dbfs(by_first[3200:], 700) == pytest.approx(-12, abs=0.5)
    assert tones.tone_dbfs(by_second[8000:], 440) == pytest.approx(-12, abs=0.5)


def test_the_tap_hears_the_loss_that_the_listener_does_not(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    first, second = pair
    taped: list[Halves] = []
    second.tap = taped.append
    heard = []
    for n, frame in enumerate(frames_of(tones.sine(200, 1.0))):
        if n == 25:
            packet = first._sending.stream.packet(0, b"")
            first._sending.stream.advance(160)
            assert packet.sequence
            wall.now += 0.02
            second.receive_due()
            heard.append(second.read_frame())
        else:
            heard.append(tick(wall, first, second, frame, SILENCE)[1])
    erased = [n for n, halves in enumerate(taped) if halves[0] is None and halves[1] is None and n > 5]
    assert len(erased) == 1
    assert all(tones.level_dbfs(frame) > -16 for frame in heard[5:])


def test_a_stranger_is_not_heard(wall: Wall, pair: tuple[MediaSession, MediaSession]) -> None:
    talk(wall, pair, 0.2)
    stranger, other = bind_pair("127.0.0.1", PORTS)
    loud = PCMU.encode(tones.sine(1000, 0.02, -1, 8000))
    for n in range(50):
        stranger.send(rtp.RtpPacket(0, n, 160 * n, 99, loud).encode(), pair[1].local)
        stranger.send(b"\x80junk", pair[1].local)
    _, by_second = talk(wall, pair, 1.0)
    stranger.close()
    other.close()
    assert tones.tone_dbfs(by_second, 1000) < -50
    assert pair[1].counters.foreign == 50
    assert pair[1].target == pair[0].local


def test_a_leap_of_the_timestamp_is_survived(wall: Wall, pair: tuple[MediaSession, MediaSession]) -> None:
    talk(wall, pair, 0.3)
    pair[0]._sending.stream.timestamp = (pair[0]._sending.stream.timestamp + 300_000_000) & 0xFFFFFFFF
    talk(wall, pair, 0.1)
    _, by_second = talk(wall, pair, 0.5)
    assert tones.tone_dbfs(by_second, 440) == pytest.approx(-12, abs=0.5)


def test_a_new_stream_from_the_same_address_is_heard(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    talk(wall, pair, 0.3)
    pair[0]._sending.stream = rtp.RtpSender(ssrc=4711, sequence=9, timestamp=5)
    talk(wall, pair, 0.1)
    _, by_second = talk(wall, pair, 0.5)
    assert tones.tone_dbfs(by_second, 440) == pytest.approx(-12, abs=0.5)


def test_an_unknown_payload_is_dropped_and_counted(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    talk(wall, pair, 0.1)
    pair[0]._rtp.send(pair[0]._sending.stream.packet(96, b"\x00" * 160).encode(), pair[1].local)
    pair[1].receive_due()
    assert pair[1].counters.unknown_payload == 1


def test_reports_tell_the_round_trip_and_the_quality(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    assert pair[0].quality() is None
    talk(wall, pair, 16.0)
    quality = pair[0].quality()
    assert quality is not None
    assert quality.loss < 0.01
    assert quality.r > 88
    assert pair[0]._reporting.round_trip_s is not None


def test_reports_from_elsewhere_and_broken_ones_change_nothing(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    talk(wall, pair, 0.1)
    host, port = pair[0].local
    for data in (b"", b"\x80", b"\x81\xc8\x00\xff" + bytes(30), rtcp.encode(rtcp.Report(1), "x")):
        pair[1]._rtcp.send(data, (host, port + 1))
    for _ in range(5):
        pair[0].receive_due()
    assert pair[0].counters.malformed == 3


def test_sound_goes_where_the_peer_is_not_where_it_said_it_was(wall: Wall) -> None:
    session = MediaSession(bind_pair("127.0.0.1", PORTS), wall_clock=wall.read)
    behind_nat, control = bind_pair("127.0.0.1", PORTS)
    session.configure(Plan(remote=("192.0.2.1", 40000), accepted=BOTH))
    sender = rtp.RtpSender(ssrc=1, sequence=1, timestamp=1)
    try:
        for _ in range(5):
            behind_nat.send(sender.packet(0, PCMU.encode(SILENCE[:160])).encode(), session.local)
            sender.advance(160)
        session.receive_due()
        assert session.target == behind_nat.address
        session.write_frame(SILENCE)
        assert [datagram.source for datagram in behind_nat.receive(5)] == [session.local]
    finally:
        for port in (behind_nat, control):
            port.close()
        session.close()


def test_when_every_port_is_taken_it_says_so() -> None:
    held: list[UdpPort] = []
    try:
        held.extend(bind_pair("127.0.0.1", PORTS))
        taken = held[0].address[1]
        with pytest.raises(NoPortError, match="port"):
            bind_pair("127.0.0.1", range(taken, taken + 2))
    finally:
        for port in held:
            port.close()


class Reversed:
    """A cipher for the test: every byte turned over, a check byte behind."""

    def seal(self, packet: bytes) -> bytes:
        return bytes(255 - byte for byte in packet) + b"\x07"

    def open(self, packet: bytes) -> bytes | None:
        return bytes(255 - byte for byte in packet[:-1]) if packet[-1:] == b"\x07" else None

    def seal_rtcp(self, packet: bytes) -> bytes:
        return self.seal(packet)

    def open_rtcp(self, packet: bytes) -> bytes | None:
        return self.open(packet)

    def continuing(self, before: object) -> Reversed:
        return self


def test_with_a_cipher_only_sealed_packets_are_heard(
    wall: Wall, pair: tuple[MediaSession, MediaSession]
) -> None:
    first, second = pair
    target: Address = second.local
    first.configure(Plan(remote=target, accepted=BOTH, cipher=Reversed()))
    second.configure(Plan(remote=first.local, accepted=BOTH, cipher=Reversed()))
    first._rtp.send(first._sending.stream.packet(0, PCMU.encode(SILENCE[:160])).encode(), target)
    _, by_second = talk(wall, pair, 0.5)
    assert tones.tone_dbfs(by_second[3200:], 440) == pytest.approx(-12, abs=0.5)
    assert second.counters.forged == 1
