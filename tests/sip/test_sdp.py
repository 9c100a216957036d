"""Odd, old and hostile session descriptions: each is read as its RFC says, or refused in one way only."""

from __future__ import annotations

import pytest

from agent_desktop.errors import SipError
from agent_desktop.sip.media import Codec, Direction, LocalMedia, Stream
from agent_desktop.sip.sdp import MAX_STREAMS, Origin, build_sdp, parse_sdp

HEAD = "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\n"


def read(text: str, head: str = HEAD):
    return parse_sdp((head + text).encode()).streams


def test_a_static_payload_type_needs_no_rtpmap_and_a_rtpmap_wins_over_it():
    (stream,) = read("c=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0 8 9 13\r\na=rtpmap:8 X/16000/2\r\n")
    assert stream.codecs == (Codec("PCMU", 0), Codec("X", 8, 16000, 2), Codec("G722", 9), Codec("CN", 13))


def test_what_stands_for_the_session_holds_for_a_stream_unless_it_says_otherwise():
    first, second = read(
        "c=IN IP4 10.0.0.1\r\na=recvonly\r\nm=audio 4000 RTP/AVP 0\r\n"
        "m=audio 4002 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=sendonly\r\n"
    )
    assert (first.address, first.direction) == ("10.0.0.1", Direction.RECVONLY)
    assert (second.address, second.direction) == ("2001:db8::1", Direction.SENDONLY)


@pytest.mark.parametrize("held", ["c=IN IP4 0.0.0.0", "c=IN IP6 ::"])
def test_no_address_is_the_hold_of_rfc_2543(held):
    (stream,) = read(f"{held}\r\nm=audio 4000 RTP/AVP 0\r\n")
    assert stream.direction is Direction.SENDONLY


@pytest.mark.parametrize(
    "line",
    [
        "c=IN IP4 phone.example.com",  # the media thread must not wait for a look-up
        "c=IN IP4 224.2.1.1/127",  # a group: a call is for one
        "c=IN IP6 ff1e::1",
        "c=IN IP4 255.255.255.255",
        "c=ATM NSAP 47",
        "c=IN",
        "c=",
    ],
)
def test_an_address_that_no_call_can_use_is_none(line):
    (stream,) = read(f"{line}\r\nm=audio 4000 RTP/AVP 0\r\n")
    assert stream.address == ""


def test_lines_may_end_in_any_way_and_unknown_ones_are_passed_over():
    text = (
        b"v=0\no=- 1 1 IN IP4 1.2.3.4\ns= \nk=clear:x\nc=IN IP4 1.2.3.4\rt=0 0\nm =x\nm=audio 4 RTP/AVP 0\n\n"
    )
    assert parse_sdp(text).streams[0].address == "1.2.3.4"


@pytest.mark.parametrize("version", ["9" * 5000, "18446744073709551616" * 2, "-1", "x"])
def test_an_origin_whose_version_is_no_number_is_borne(version):
    offer = parse_sdp(f"v=0\r\no=- 1 {version} IN IP4 1.2.3.4\r\n".encode())
    assert offer.version == 0


def test_a_version_of_64_bits_is_read():
    assert parse_sdp(b"v=0\r\no=- 1 18446744073709551615 IN IP4 1.2.3.4\r\n").version == 2**64 - 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "m=audio 1 RTP/AVP 0",
        "v=0\r\no=- 1",
        *(HEAD + f"m=audio {p} RTP/AVP 0" for p in ("x", "70000", "9" * 5000)),
    ],
)
def test_what_is_no_description_is_400(text):
    with pytest.raises(SipError) as refused:
        parse_sdp(text.encode())
    assert refused.value.status == 400


def test_more_streams_than_reason_allows_are_488():
    with pytest.raises(SipError) as refused:
        read("m=audio 4000 RTP/AVP 0\r\n" * (MAX_STREAMS + 1))
    assert refused.value.status == 488


@pytest.mark.parametrize("number", ["128", "-1", "0" * 5000, "x", "٣"])
def test_a_payload_type_that_is_none_is_passed_over(number):
    (stream,) = read(f"c=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP {number} 0\r\n")
    assert stream.codecs == (Codec("PCMU", 0),)


def test_packet_lengths_are_read_within_reason():
    (stream,) = read("m=audio 4000 RTP/AVP 0\r\na=ptime:30\r\na=maxptime:150\r\n")
    assert (stream.ptime_ms, stream.max_ptime_ms) == (30, 150)
    (stream,) = read("m=audio 4000 RTP/AVP 0\r\na=ptime:9999\r\na=maxptime:x\r\na=ptime:\r\n")
    assert (stream.ptime_ms, stream.max_ptime_ms) == (20, None)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("a=rtcp:4444", ("10.0.0.1", 4444)),
        ("a=rtcp:4444 IN IP4 10.0.0.9", ("10.0.0.9", 4444)),
        ("a=rtcp:4444 IN IP6 2001:db8::2", ("2001:db8::2", 4444)),
        ("a=rtcp:4444 IN IP4 name.example", None),
        ("a=rtcp:0", None),
        ("a=rtcp:70000", None),
        ("a=rtcp:", None),
        ("a=rtcp-mux", None),
    ],
)
def test_where_reports_go_is_read(line, wanted):
    (stream,) = read(f"c=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n{line}\r\n")
    assert stream.rtcp == wanted
    assert stream.rtcp_mux == (line == "a=rtcp-mux")


def test_keys_that_cannot_be_followed_are_counted_and_not_read():
    good = "inline:" + "A" * 40
    (stream,) = read(
        "m=audio 4000 RTP/SAVP 0\r\n"
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {good}\r\n"
        f"a=crypto:2 AES_CM_128_HMAC_SHA1_80 {good} UNENCRYPTED_SRTP\r\n"
        f"a=crypto:3 AES_CM_128_HMAC_SHA1_32 {good}\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 {good}\r\n"
    )
    assert [line.tag for line in stream.crypto] == [1]
    assert stream.crypto_lines == 4


def test_an_ipv6_description_is_written_as_one():
    text = build_sdp(Origin("1", 1, "2001:db8::1"), LocalMedia("2001:db8::1", (Stream(4000),))).decode()
    assert "c=IN IP6 2001:db8::1\r\n" in text
    assert "o=- 1 1 IN IP6 2001:db8::1\r\n" in text


def test_reading_takes_one_step_for_each_line():
    """Twice the lines are at most about twice the steps: no attribute makes another be read again."""
    import sys

    def steps(lines: int) -> int:
        text = (
            "c=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 0\r\n" + "a=crypto:1 X\r\na=rtpmap:96 a/1\r\n" * lines
        )
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            read(text)
        finally:
            sys.setprofile(None)
        return counted

    assert steps(2000) < 2.2 * steps(1000)
