"""pyVoIP's RTP, its faults cured, each measured at the wire."""

from __future__ import annotations

import secrets
import socket
import struct
import threading
import tracemalloc

import numpy as np
import pytest

from agent_desktop.media import rtp
from agent_desktop.media.codecs import PCMA, PCMU
from agent_desktop.media.dtmf import EventPayload
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE
from agent_desktop.phone.pyvoip_rtp import FRAME_BYTES, RtpClient
from agent_desktop.sip.media import TELEPHONE_EVENT, AgreedStream, Codec, Direction
from tests.phone.pyvoip_peer import HOST, sinad_db, sine, tone_db

NARROW_HZ, NARROW = 8000, 160
LAWS = [PCMU, PCMA]
HZ = 443
CLEAN_DB = 20  # the playout may stretch time a little; eight false samples in each packet leave far less


class Line:
    """A client and the other end of its wire; every tick is 20 ms."""

    def __init__(self) -> None:
        self.far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.far.bind((HOST, 0))
        self.far.settimeout(1.0)
        self.digits: list[str] = []
        self.client = RtpClient(HOST, range(22_400, 22_440, 2), self.digits.append)
        self.sender = rtp.RtpSender(ssrc=7, sequence=100, timestamp=5000)
        self.agree()

    def agree(self, law=PCMU, direction=Direction.SENDRECV) -> None:
        codec = Codec(law.name, law.payload_type)
        self.client.agree(
            AgreedStream(
                "audio", HOST, self.far.getsockname()[1], codec, TELEPHONE_EVENT, direction, accepts=(codec,)
            )
        )
        self.client.start()
        self.client.exchange(SILENCE)
        self.drain()

    def packet(self, payload: bytes, payload_type: int = 0, **more) -> bytes:
        made = self.sender.packet(payload_type, payload, **more).encode()
        self.sender.advance(NARROW)
        return made

    def send(self, data: bytes) -> None:
        self.far.sendto(data, (HOST, self.client.inPort))

    def say(self, sound: np.ndarray, law=PCMU) -> np.ndarray:
        """Speak at the far end; what comes out at ours."""
        heard = []
        for start in range(0, len(sound) - NARROW + 1, NARROW):
            self.send(self.packet(law.encode(sound[start : start + NARROW]), law.payload_type))
            heard.append(self.client.exchange(SILENCE))
        return np.concatenate(heard)

    def take(self) -> rtp.RtpPacket:
        return rtp.parse(self.far.recv(2048))

    def drain(self) -> int:
        count = 0
        self.far.settimeout(0.0)
        try:
            while True:
                self.far.recv(2048)
                count += 1
        except BlockingIOError:
            self.far.settimeout(1.0)
            return count

    def close(self) -> None:
        self.client.stop()
        self.far.close()


@pytest.fixture
def line():
    made = Line()
    yield made
    made.close()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_a_quiet_voice_is_heard_in_sixteen_bits(line, law):
    """Measured: through pyVoIP's 8 bits a tone of -36 dBFS has a SINAD of 12.7 dB."""
    line.agree(law)
    heard = line.say(sine(HZ, 1.0, NARROW_HZ, -36), law)
    assert sinad_db(heard[SAMPLE_RATE_HZ // 2 :], HZ, SAMPLE_RATE_HZ) > 30


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_a_quiet_voice_is_sent_in_sixteen_bits_and_in_its_own_law(line, law):
    """Measured: pyVoIP writes A-law with the u-law table, a SINAD of -6.7 dB."""
    line.agree(law)
    voice = sine(HZ, 1.0, SAMPLE_RATE_HZ, -36)
    sent = b""
    for start in range(0, len(voice), FRAME_SAMPLES):
        line.client.exchange(voice[start : start + FRAME_SAMPLES])
        packet = line.take()
        assert packet.payload_type == law.payload_type
        sent += packet.payload
    assert sinad_db(law.decode(sent)[NARROW_HZ // 2 :], HZ, NARROW_HZ) > 30


def test_lost_packets_are_concealed_and_never_a_bang(line):
    """Measured: pyVoIP fills three lost packets with 480 samples of full scale."""
    sound = sine(HZ, 1.0, NARROW_HZ, -20)
    heard = []
    for number, start in enumerate(range(0, len(sound), NARROW)):
        data = line.packet(PCMU.encode(sound[start : start + NARROW]))
        if number not in {20, 21, 22}:
            line.send(data)
        heard.append(line.client.exchange(SILENCE))
    assert np.abs(np.concatenate(heard)).max() < 1.5 * 32767 * 10 ** (-20 / 20)
    assert tone_db(heard[24], HZ, SAMPLE_RATE_HZ) > -40  # something like the voice stands in the gap


def test_a_timestamp_jump_of_300_million_costs_no_memory_and_the_voice_goes_on(line):
    """Measured: pyVoIP allocated 274 MiB and its reader stayed in the hole."""
    sound = sine(HZ, 0.6, NARROW_HZ, -20)
    line.say(sound)
    tracemalloc.start()
    line.sender.timestamp = (line.sender.timestamp + 300_000_000) & 0xFFFFFFFF
    heard = line.say(sound)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert tone_db(heard[-SAMPLE_RATE_HZ // 5 :], HZ, SAMPLE_RATE_HZ) > -23


def test_extension_contributors_and_padding_are_skipped(line):
    """Measured: pyVoIP plays the eight bytes of a header extension as sound."""
    sound = sine(HZ, 1.0, NARROW_HZ, -20)
    heard = []
    for start in range(0, len(sound), NARROW):
        plain = line.packet(PCMU.encode(sound[start : start + NARROW]))
        head = struct.pack("!BB", 0x80 | 0x20 | 0x10 | 2, plain[1]) + plain[2:12]
        extra = struct.pack("!II", 1, 2) + struct.pack("!HHI", 0xBEDE, 1, 0xFFFFFFFF)
        line.send(head + extra + plain[12:] + b"\0\0\0\x04")
        heard.append(line.client.exchange(SILENCE))
    assert sinad_db(np.concatenate(heard)[-SAMPLE_RATE_HZ // 5 :], HZ, SAMPLE_RATE_HZ) > CLEAN_DB


def test_the_sequence_number_wraps_without_a_hole_both_ways(monkeypatch):
    """Measured: pyVoIP sends a malformed packet at every wrap."""
    monkeypatch.setattr(secrets, "randbits", lambda _bits: 65_520)
    line = Line()
    line.sender.sequence = 65_500
    heard = line.say(sine(HZ, 1.0, NARROW_HZ, -20))
    assert sinad_db(heard[-SAMPLE_RATE_HZ // 5 :], HZ, SAMPLE_RATE_HZ) > CLEAN_DB
    packets = [line.take() for _ in range(50)]
    numbers = [p.sequence for p in packets]
    assert numbers == [(numbers[0] + n) & 0xFFFF for n in range(50)]
    assert {0, 65_535} < set(numbers)
    assert {len(p.payload) for p in packets} == {NARROW}
    line.close()


def test_a_talkspurt_begins_with_the_marker(line):
    line.agree(direction=Direction.RECVONLY)
    line.agree()  # its first packet is drained there
    line.agree(direction=Direction.INACTIVE)
    line.client.agree(
        AgreedStream("audio", HOST, line.far.getsockname()[1], Codec("PCMU", 0), None, Direction.SENDRECV)
    )
    line.client.exchange(SILENCE)
    line.client.exchange(SILENCE)
    assert [line.take().marker, line.take().marker] == [True, False]


@pytest.mark.parametrize("arriving", [(0,), (2,), (4,), (5,), (6,), (0, 1, 2, 3, 4, 5, 6)])
def test_a_digit_is_known_by_its_timestamp_from_any_packet_and_told_once(line, arriving):
    """Measured: pyVoIP hears only the packet with the marker (trap T6)."""
    began = line.sender.timestamp
    for number in range(7):
        payload = EventPayload(5, number > 3, 10, min(number + 1, 5) * NARROW).encode()
        data = line.packet(payload, 101, marker=number == 0, timestamp=began)
        if number in arriving:
            line.send(data)
            line.client.exchange(SILENCE)
    assert line.digits == ["5"]
    line.send(line.packet(EventPayload(5, end=False, volume=10, duration=160).encode(), 101))
    line.client.exchange(SILENCE)
    assert line.digits == ["5", "5"]  # the same key again


def test_nothing_grows_while_a_call_goes_on(line):
    """Measured: pyVoIP kept 21 MiB of 15 minutes of sound."""
    second = sine(HZ, 1.0, NARROW_HZ, -20)
    line.say(np.tile(second, 5))
    line.drain()
    tracemalloc.start()
    line.say(np.tile(second, 2))
    line.drain()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(5):
        line.say(np.tile(second, 2))
        line.drain()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 32_000  # ten seconds are 320,000 bytes of sound


def test_there_are_no_threads_that_poll_and_a_second_start_starts_nothing(line):
    """Measured: pyVoIP's two threads a call wake every 10 ms, and a re-INVITE doubled the packets."""
    threads = threading.active_count()
    for _ in range(3):
        line.client.start()
    for _ in range(10):
        line.client.exchange(SILENCE)
    assert threading.active_count() == threads
    assert line.drain() == 10


@pytest.mark.parametrize(
    ("direction", "sent"), [(Direction.RECVONLY, 0), (Direction.INACTIVE, 0), (Direction.SENDONLY, 10)]
)
def test_a_hold_of_the_peer_stops_what_it_does_not_want(line, direction, sent):
    line.agree(direction=direction)
    for _ in range(10):
        line.client.exchange(SILENCE)
    assert line.drain() == sent


def test_pyvoips_names_carry_sixteen_bits_and_end_quietly(line):
    sound = sine(HZ, 0.4, NARROW_HZ, -20)
    heard = b""
    for start in range(0, len(sound), NARROW):
        line.send(line.packet(PCMU.encode(sound[start : start + NARROW])))
        line.client.write(SILENCE.tobytes())
        heard += line.client.read(FRAME_BYTES, blocking=True)
    assert tone_db(np.frombuffer(heard, dtype=np.int16)[-FRAME_SAMPLES * 8 :], HZ, SAMPLE_RATE_HZ) > -23
    line.client.recv()
    line.client.trans()
    for _ in range(2):
        line.client.stop()
    assert line.client.exchange(SILENCE) is SILENCE
