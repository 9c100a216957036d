"""Datagrams on the SIP port that are no SIP: RTP, RTCP, STUN and noise are met with silence.

Nothing answers them with garbage, nothing is kept of them, and nothing can be aimed at somebody else.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.framing import StreamSplitter
from agent_desktop.sip.message import Response
from agent_desktop.sip.parser import MAX_BYTES, parse
from agent_desktop.sip.session import UserAgent

HERE, THERE = Address("udp", "192.0.2.1", 5060), Address("udp", "192.0.2.9", 5060)


def stun(kind: int) -> bytes:
    return struct.pack("!HHI", kind, 0, 0x2112A442) + b"123456789012"


def rtp(payload_type: int) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, 1, 160, 0xDEADBEEF) + b"\xff" * 160


def rtcp(kind: int) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, 1, 0xDEADBEEF, 0)


FOREIGN = [
    *(stun(kind) for kind in (0x0001, 0x0101, 0x0111, 0x0003, 0x0011)),
    *(rtp(number) for number in (0, 8, 9, 96, 101, 127)),
    *(rtcp(kind) for kind in (200, 201, 202, 203, 204, 205)),
    b"\x16\x03\x01\x00\x05hello",
    b"\x80\x80\x01\x03\x01",
    b"\x00",
    b"\xff" * 1500,
    b"\x00" * 1500,
    b"\r\n\r\n",
    b"\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SSH-2.0-x\r\n",
    b"\x04\x01\x00\x50",
    b"<policy-file-request/>\x00",
]


@pytest.mark.parametrize("data", FOREIGN, ids=lambda data: repr(data[:8]))
def test_what_is_no_sip_is_met_with_silence(counted, data):
    agent = UserAgent(Settings(local=(HERE,)), counted("s"))
    agent.receive(data, THERE, 0.0)
    assert agent.take_outgoing() == []
    assert agent.take_events() == []
    assert agent.deadline is None


@given(st.sampled_from(FOREIGN), st.binary(max_size=40), st.integers(0, 40))
@settings(max_examples=300)
def test_what_looks_like_rtp_rtcp_or_stun_is_never_answered(counted, base, noise, at):
    agent = UserAgent(Settings(local=(HERE,)), counted("s"))
    agent.receive(base[:at] + noise + base[at:], THERE, 0.0)
    for packet in agent.take_outgoing():
        # Only what has a Via, and so somebody who can be answered, gets an answer.
        assert isinstance(parse(packet.data), Response)
        assert b"via" in noise.lower()


@given(st.binary(max_size=1500))
@settings(max_examples=200)
def test_an_answer_to_noise_is_an_answer_that_can_be_read(counted, noise):
    """A response to garbage would be garbage: what is repeated of a request is checked or left out."""
    agent = UserAgent(Settings(local=(HERE,)), counted("s"))
    agent.receive(
        b"OPTIONS x\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n" + noise + b"\r\n\r\n", THERE, 0.0
    )
    for packet in agent.take_outgoing():
        assert packet.data.startswith(b"SIP/2.0 4")
        assert len(packet.data) <= len(noise) + 400  # it is no lever for a flood at somebody else


def test_a_stream_of_noise_holds_one_message_at_most():
    splitter = StreamSplitter()
    fed = 0
    while fed < MAX_BYTES - 100:
        assert splitter.feed(b"\xff" * 100) == []
        fed += 100
    with pytest.raises(SipError):
        splitter.feed(b"\xff" * 300)
    assert len(splitter._waiting) <= MAX_BYTES + 300


def test_ten_thousand_sources_of_noise_leave_nothing_behind(counted):
    agent = UserAgent(Settings(local=(HERE,), registrar=Registrar("x", {}.get)), counted("s"))
    for number in range(10_000):
        agent.receive(
            FOREIGN[number % len(FOREIGN)], Address("udp", f"10.{number >> 8}.0.{number & 255}", 5060), 0.0
        )
    assert agent.take_outgoing() == []
    assert len(agent._core.layer) == 0
