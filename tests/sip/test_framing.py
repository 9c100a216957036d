"""A stream of bytes becomes messages, whatever the pieces and whoever means ill."""

from __future__ import annotations

import pytest

from agent_desktop.errors import SipError
from agent_desktop.sip.framing import StreamSplitter
from agent_desktop.sip.parser import MAX_BYTES

MESSAGE = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize("before", [b"", b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n", b"\r\n" * 9])
def test_line_ends_before_a_message_are_pings_or_nothing(before):
    splitter = StreamSplitter()
    assert splitter.feed(before + MESSAGE) == [MESSAGE]
    assert splitter.pings == len(before) // 4
    assert splitter.is_between_messages


def test_a_ping_in_pieces_is_one_ping():
    splitter = StreamSplitter()
    for byte in (b"\r", b"\n", b"\r", b"\n"):
        assert splitter.feed(byte) == []
        assert splitter.is_between_messages
    assert splitter.pings == 1
    assert splitter.feed(MESSAGE) == [MESSAGE]


def test_a_pong_is_not_the_beginning_of_a_message():
    splitter = StreamSplitter()
    assert splitter.feed(b"\r\n") == []
    assert splitter.is_between_messages
    assert splitter.feed(MESSAGE[:9]) == []
    assert not splitter.is_between_messages
    assert splitter.feed(MESSAGE[9:]) == [MESSAGE]


def test_every_byte_alone_gives_the_same_message():
    splitter = StreamSplitter()
    found = [m for byte in MESSAGE * 3 for m in splitter.feed(bytes([byte]))]
    assert found == [MESSAGE] * 3


@pytest.mark.parametrize(
    "head",
    [
        b"OPTIONS sip:x SIP/2.0\r\nX: y\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 5\r\nl: 6\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"\x16\x03\x01" + b"A" * (MAX_BYTES + 1),
    ],
)
def test_a_stream_whose_next_start_is_lost_is_refused(head):
    with pytest.raises(SipError):
        StreamSplitter().feed(head)


def test_a_message_that_trickles_in_is_looked_at_once():
    """Each piece is searched from where the last one ended: work grows with the bytes, not their square."""
    splitter = StreamSplitter()
    splitter.feed(b"OPTIONS sip:x SIP/2.0\r\nX: ")
    searched = []
    for _ in range(1000):
        splitter.feed(b"y")
        searched.append(splitter._searched)
    assert all(len(splitter._waiting) - 1000 + n - at <= 4 for n, at in enumerate(searched))
    assert splitter.feed(b"\r\nContent-Length: 0\r\n\r\n")[0].startswith(b"OPTIONS")
