from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.rtp import Order, RtpError, RtpPacket, RtpReceiver, RtpSender, is_rtcp, parse

packets = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=400),
    marker=st.booleans(),
    csrc=st.lists(st.integers(0, 0xFFFFFFFF), max_size=15).map(tuple),
    extension=st.none()
    | st.tuples(
        st.integers(0, 0xFFFF), st.integers(0, 8).flatmap(lambda n: st.binary(min_size=4 * n, max_size=4 * n))
    ),
)


@given(packets)
def test_what_is_written_is_read_back(packet: RtpPacket) -> None:
    assert parse(packet.encode()) == packet


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_an_rtp_error(data: bytes) -> None:
    try:
        packet = parse(data)
    except RtpError:
        return
    assert len(packet.payload) <= len(data) - 12


@given(packets, st.integers(1, 40))
def test_padding_is_no_sound(packet: RtpPacket, padding: int) -> None:
    data = bytearray(packet.encode())
    data[0] |= 0x20
    data += bytes(padding - 1) + bytes([padding])
    assert parse(bytes(data)).payload == packet.payload


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(20),  # version 1
        b"\x90" + bytes(11) + b"\xbe\xde\x00\xff",  # extension longer than the packet
        b"\x8f" + bytes(30),  # 15 CSRC that are not there
        b"\xa0" + bytes(20) + b"\xff",  # padding longer than the packet
        b"\xa0" + bytes(21),  # padding of length zero
    ],
)
def test_a_header_that_runs_over_the_end_is_refused(data: bytes) -> None:
    with pytest.raises(RtpError):
        parse(data)


def made(sequence: int, ssrc: int = 1) -> RtpPacket:
    return RtpPacket(0, sequence & 0xFFFF, 0, ssrc, b"")


def test_the_sequence_number_wraps_and_counts_on() -> None:
    receiver = RtpReceiver()
    orders = [receiver.receive(made(sequence)) for sequence in range(65530, 65546)]
    assert orders == [Order.RESTART] + [Order.NEXT] * 15
    assert receiver.highest == 65545
    assert (receiver.expected, receiver.lost) == (16, 0)


def test_the_sender_wraps_sequence_and_timestamp() -> None:
    sender = RtpSender(ssrc=1, sequence=0xFFFF, timestamp=0xFFFFFFFF - 100)
    sender.packet(0, b"x")
    sender.advance(160)
    packet = parse(sender.packet(0, b"x").encode())
    assert (packet.sequence, packet.timestamp) == (0, 59)


def test_loss_is_what_did_not_come() -> None:
    receiver = RtpReceiver()
    for sequence in (1, 2, 5, 6, 4):
        receiver.receive(made(sequence))
    assert (receiver.expected, receiver.received, receiver.lost) == (6, 5, 1)


def test_a_new_source_starts_the_stream_again() -> None:
    receiver = RtpReceiver()
    receiver.receive(made(10))
    assert receiver.receive(made(40_000, ssrc=2)) is Order.STRAY
    assert receiver.receive(made(40_001, ssrc=2)) is Order.RESTART
    assert receiver.expected == 1


def test_one_stray_packet_does_not_move_the_stream_but_two_in_order_do() -> None:
    receiver = RtpReceiver()
    receiver.receive(made(10))
    assert receiver.receive(made(30_000)) is Order.STRAY
    assert receiver.receive(made(11)) is Order.NEXT
    assert receiver.receive(made(30_000)) is Order.STRAY
    assert receiver.receive(made(30_001)) is Order.RESTART
    assert receiver.highest == 30_001


def test_a_late_packet_is_old() -> None:
    receiver = RtpReceiver()
    receiver.receive(made(10))
    receiver.receive(made(12))
    assert receiver.receive(made(11)) is Order.OLD


def test_rtcp_on_the_same_port_is_told_apart() -> None:
    assert is_rtcp(bytes([0x80, 200]))
    assert not is_rtcp(RtpPacket(0, 1, 1, 1, b"").encode())
    assert not is_rtcp(RtpPacket(101, 1, 1, 1, b"", marker=True).encode())
