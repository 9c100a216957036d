from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import rtcp
from agent_desktop.media.rtp import RtpPacket, RtpReceiver

NOW_S = 1_790_000_000.25


def test_a_sender_report_is_read_back_with_its_block() -> None:
    block = rtcp.ReportBlock(7, 0.25, -3, 70_000, 12, 0x12345678, 65536)
    report = rtcp.Report(5, (block,), rtcp.SenderInfo(rtcp.ntp_of(NOW_S), 160, 10, 1600))
    compound = rtcp.parse(rtcp.encode(report, "abc", bye=True))
    assert compound == rtcp.Compound((report,), (5,))


@given(st.binary(max_size=120))
def test_any_bytes_are_a_compound_or_an_rtcp_error(data: bytes) -> None:
    try:
        rtcp.parse(data)
    except rtcp.RtcpError:
        return


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\x81\xc9\x00\x01" + bytes(4), b"\x80\xc8\xff\xff" + bytes(24)]
)
def test_a_report_that_runs_over_the_end_is_refused(data: bytes) -> None:
    with pytest.raises(rtcp.RtcpError):
        rtcp.parse(data)


def test_the_round_trip_leaves_out_the_time_the_peer_kept_our_report() -> None:
    sent_s, kept_s, trip_s = NOW_S, 2.0, 0.150
    block = rtcp.ReportBlock(1, 0, 0, 0, 0, rtcp.middle(rtcp.ntp_of(sent_s)), int(kept_s * 65536))
    assert rtcp.round_trip_s(block, sent_s + kept_s + trip_s) == pytest.approx(trip_s, abs=1e-3)
    assert rtcp.round_trip_s(rtcp.ReportBlock(1, 0, 0, 0, 0), sent_s) is None


def test_even_arrivals_have_no_jitter() -> None:
    reception = rtcp.Reception()
    for n in range(100):
        reception.arrived(160 * n, 0.02 * n)
    assert reception.jitter_s == pytest.approx(0, abs=1e-9)


def test_jitter_follows_appendix_a8() -> None:
    reception = rtcp.Reception()
    for n in range(400):
        reception.arrived(160 * n, 0.02 * n + (0.010 if n % 2 else 0.0))
    # Every transit differs by 10 ms from the one before: the estimate ends there.
    assert reception.jitter_s == pytest.approx(0.010, rel=0.01)


def test_a_leap_of_the_timestamp_is_no_jitter() -> None:
    reception = rtcp.Reception()
    for n in range(50):
        reception.arrived(160 * n, 0.02 * n)
    reception.arrived(300_000_000, 1.0)
    assert reception.jitter_s == pytest.approx(0, abs=1e-9)


def test_each_report_tells_the_loss_since_the_last() -> None:
    receiver, reception = RtpReceiver(), rtcp.Reception()
    assert reception.block(receiver, 0.0) is None
    for sequence in (0, 1, 3):
        receiver.receive(RtpPacket(0, sequence, 0, 9, b""))
    first = reception.block(receiver, 0.0)
    for sequence in (4, 5):
        receiver.receive(RtpPacket(0, sequence, 0, 9, b""))
    second = reception.block(receiver, 0.0)
    assert first is not None
    assert second is not None
    assert (first.fraction_lost, first.cumulative_lost) == (0.25, 1)
    assert (second.fraction_lost, second.cumulative_lost) == (0.0, 1)


@given(st.binary(max_size=400))
def test_any_datagram_is_read_or_refused(data: bytes) -> None:
    try:
        compound = rtcp.parse(data)
    except rtcp.RtcpError:
        return
    assert sum(len(report.blocks) for report in compound.reports) <= len(data) // 24


@given(
    st.lists(
        st.tuples(
            st.sampled_from([200, 201, 202, 203, 204, 205, 99]), st.integers(0, 31), st.binary(max_size=60)
        ),
        max_size=5,
    ),
    st.integers(-4, 4),
)
def test_packets_of_any_kind_and_length_in_a_compound_are_read_or_refused(
    parts: list[tuple[int, int, bytes]], off: int
) -> None:
    data = b""
    for kind, count, body in parts:
        padded = body + b"\x00" * (-len(body) % 4)
        data += struct.pack("!BBH", 0x80 | count, kind, max(0, len(padded) // 4 + off)) + padded
    try:
        rtcp.parse(data)
    except rtcp.RtcpError:
        return
