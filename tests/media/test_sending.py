from __future__ import annotations

import itertools

import pytest

from agent_desktop.media import codecs, tones
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.rtp import RtpPacket
from agent_desktop.media.sending import Manner, Sending

NAMES = {"PCMU": 0, "G722": 9, "opus": 111}


def sent(sound: Pcm, manner: Manner, sending: Sending | None = None) -> list[RtpPacket]:
    sending = sending or Sending()
    return [packet for frame in frames_of(sound) for packet in sending.say(frame, manner)]


@pytest.mark.parametrize("packet_ms", [10, 20, 40, 60])
@pytest.mark.parametrize(("name", "clock"), [("PCMU", 8000), ("G722", 8000), ("opus", 48_000)])
def test_timestamps_go_on_by_what_a_packet_holds(name: str, clock: int, packet_ms: int) -> None:
    manner = Manner(codec=codecs.make(name, NAMES[name]), packet_ms=packet_ms)
    packets = sent(tones.sine(300, 1.2), manner)
    steps = {b.timestamp - a.timestamp & 0xFFFFFFFF for a, b in itertools.pairwise(packets)}
    assert steps == {clock * packet_ms // 1000}
    assert [packet.marker for packet in packets] == [True] + [False] * (len(packets) - 1)
    assert len(packets) == 1200 // packet_ms


def test_thirty_milliseconds_are_sixty_every_other_time() -> None:
    packets = sent(tones.sine(300, 1.2), Manner(packet_ms=30))
    assert {len(packet.payload) for packet in packets} == {240}


def test_the_clock_goes_on_while_nothing_is_sent_and_the_next_packet_is_marked() -> None:
    sending, manner = Sending(), Manner(packet_ms=60)
    before = sending.stream.timestamp
    assert sending.say(SILENCE, manner) == []
    sending.keep_silent(manner.codec)
    assert sending.stream.timestamp - before & 0xFFFFFFFF == 2 * 160
    packets = sent(tones.sine(300, 0.06), manner, sending)
    assert (packets[0].marker, packets[0].timestamp) == (True, before + 320 & 0xFFFFFFFF)


def test_digits_take_the_place_of_sound_and_sound_goes_on_where_it_would_be() -> None:
    sending, manner = Sending(), Manner(dtmf_payload_type=101)
    before = sending.stream.timestamp
    sending.presses.press("1")
    packets = sent(tones.sine(300, 0.4), manner, sending)
    kinds = [packet.payload_type for packet in packets]
    assert kinds == [101] * 7 + [0] * 11
    assert packets[7].timestamp - before & 0xFFFFFFFF == 9 * 160
    assert [packet.sequence - packets[0].sequence & 0xFFFF for packet in packets] == list(range(18))


def test_the_first_number_leaves_room_before_the_wrap() -> None:
    assert all(Sending().stream.sequence < 0x8000 for _ in range(50))


def test_wide_band_is_never_sent_as_noise() -> None:
    manner = Manner(codec=codecs.make("G722", 9), comfort_noise_payload_type=13)
    assert len(sent(SILENCE.repeat(100), manner)) == 100
