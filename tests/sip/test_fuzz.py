"""Hostile bytes: whatever comes is refused by a named error, in linear work and bounded memory.

Work is counted in function calls and characters handed on, never in seconds.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.digest import parse_auth, parse_challenge, parse_credentials
from agent_desktop.sip.events import CallArrived
from agent_desktop.sip.media import audio
from agent_desktop.sip.parser import parse, salvage
from agent_desktop.sip.sdp import parse_sdp
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.uri import parse_name_addr, parse_parameters, parse_uri, split_quoted
from agent_desktop.sip.via import alias_of, parse_via

HERE, THERE = Address("udp", "192.0.2.1", 5060), Address("udp", "192.0.2.9", 5060)

# What grammars are made of, so that random texts get beyond the first character.
PIECES = st.sampled_from(
    [
        '"',
        "<",
        ">",
        ";",
        ",",
        ":",
        "@",
        "=",
        "%",
        "%41",
        "%%",
        "\\",
        "[",
        "]",
        "?",
        "&",
        "*",
        "/",
        "(",
        ")",
        " ",
        "\t",
        "sip:",
        "sips:",
        "tel:",
        "a",
        "host.example",
        "[::1]",
        "::",
        "5060",
        "65536",
        "9" * 30,
        "tag=",
        "lr",
        "branch=",
        "z9hG4bK",
        "SIP/2.0/UDP ",
        "received=",
        "rport",
        "alias",
        "Digest ",
        "realm=",
        'nonce="x"',
        "qop=",
        "auth",
        "MD5",
        "SHA-256",
        "expires=",
        "0",
        "-1",
        "\x00",
        "\udcff",
        "é",
        "٣",
        "inline:",
        "AES_CM_128_HMAC_SHA1_80",
    ]
)
TEXT = st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join)


@given(TEXT)
@settings(max_examples=400)
def test_a_header_of_any_shape_is_read_or_refused_by_name(text):
    readers: list[Callable[[str], object]] = [
        parse_uri,
        parse_name_addr,
        parse_via,
        parse_parameters,
        parse_auth,
        parse_challenge,
        lambda value: split_quoted(value, ","),
    ]
    for read in readers:
        try:
            found = read(text)
        except SipError:
            continue
        str(found)
    assert parse_credentials(text) is None or parse_auth(text)


LINES = st.lists(
    st.sampled_from(
        [
            "v=0",
            "o=- 1 1 IN IP4 10.0.0.1",
            "o=- 1",
            "c=IN IP4 10.0.0.1",
            "c=IN IP6 ::1",
            "c=IN IP4 0.0.0.0",
            "c=IN IP4 host",
            "m=audio 4000 RTP/AVP 0 8 101",
            "m=audio 4000/2 RTP/SAVP 0",
            "m=audio",
            "m=text 0 x",
            "m=video 5 RTP/AVP",
            "a=sendonly",
            "a=rtpmap:101 telephone-event/8000",
            "a=rtpmap:0 /",
            "a=rtpmap:",
            "a=fmtp:0 x",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40,
            "a=crypto:",
            "a=crypto:1 X inline:",
            "a=rtcp:1 IN IP4 ::",
            "a=rtcp-mux",
            "a=ptime:0",
            "a=maxptime:99999",
            "t=0 0",
            "",
            "=",
            "a",
            "b=AS:64",
        ]
    )
    | TEXT,
    max_size=30,
)


@given(LINES, st.sampled_from(["\r\n", "\n", "\r"]))
@settings(max_examples=400)
def test_a_description_of_any_shape_is_read_or_refused_by_name(lines, end):
    body = end.join(["v=0", *lines]).encode(
        "utf-8", "surrogateescape" if "\udcff" in "".join(lines) else "replace"
    )
    try:
        offer = parse_sdp(body)
    except SipError as error:
        refused = error.status
    else:
        refused = 400
        assert len(offer.streams) <= 16
        assert all(len(stream.codecs) <= 64 and len(stream.crypto) <= 16 for stream in offer.streams)
    assert refused in {400, 488}


def inside(field: str, value: str) -> bytes:
    head = [
        "INVITE sip:bob@192.0.2.1 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1",
        "From: <sip:a@b>;tag=1",
        "To: <sip:bob@192.0.2.1>",
        "Call-ID: 1",
        "CSeq: 1 INVITE",
        "Contact: <sip:a@192.0.2.9>",
    ]
    head = [line for line in head if not line.startswith(f"{field}:")]
    return "\r\n".join([*head, f"{field}: {value}", "", ""]).encode("utf-8", "surrogateescape")


@given(
    st.sampled_from(
        [
            "Via",
            "From",
            "To",
            "Contact",
            "Route",
            "Record-Route",
            "Replaces",
            "Authorization",
            "Require",
            "Expires",
            "Content-Type",
            "Content-Length",
            "CSeq",
            "Call-ID",
            "Max-Forwards",
            "Session-Expires",
            "Min-SE",
            "RAck",
            "Refer-To",
            "Event",
            "Subscription-State",
            "P-Asserted-Identity",
            "Reason",
            "Supported",
            "Accept",
            "Date",
        ]
    ),
    TEXT,
)
@settings(max_examples=500, deadline=None)
def test_any_value_in_any_header_of_a_call_is_answered_in_words_of_sip(counted, field, value):
    registrar = Registrar("x", {"a": "secret"}.get)
    agent = UserAgent(Settings(local=(HERE,), registrar=registrar), counted("s"))
    try:
        data = inside(field, value)
    except UnicodeEncodeError:
        return
    agent.receive(data, THERE, 0.0)
    for event in agent.take_events():
        if isinstance(event, CallArrived):
            agent.answer(event.leg, audio("192.0.2.1", 4000), 0.0)
    for packet in agent.take_outgoing():
        assert packet.data.startswith(b"SIP/2.0 ") or packet.data.split(b" ", 1)[0].isalpha()
        assert b"\r\n\r\n" in packet.data
    agent.tick(1e6)
    assert agent.legs == ()


# ---------------------------------------------------------------- linear work


def work(action: Callable[[], object]) -> int:
    """Function calls, of Python and C, that something takes."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        with contextlib.suppress(SipError):
            action()
    finally:
        sys.setprofile(None)
    return counted


HEAD = "INVITE sip:b@c SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
HEAD += "To: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"


def call(field: str) -> bytes:
    return (HEAD + field + "\r\n").encode()


GROWING: dict[str, Callable[[int], object]] = {
    "a Via with many values": lambda n: parse(call("Via: " + ",".join(["SIP/2.0/UDP a"] * n) + "\r\n")),
    "a header folded over many lines": lambda n: parse(call("Subject: a\r\n" + " b\r\n" * n)),
    "many parameters": lambda n: parse_name_addr("<sip:a@b>" + ";a=b" * n),
    "many quotes": lambda n: split_quoted('"a"' * n, ","),
    "backslashes": lambda n: split_quoted('"' + "\\" * n, ","),
    "open brackets": lambda n: parse_name_addr("<" * n),
    "escapes": lambda n: parse_uri("sip:" + "%41" * n + "@b"),
    "dots": lambda n: parse_uri("sip:" + "a." * n + "!"),
    "dashes": lambda n: parse_uri("sip:" + "a-" * n + "!"),
    "digest pairs": lambda n: parse_auth("Digest " + 'a="b",' * n),
    "digest spaces": lambda n: parse_auth("Digest " + " \t" * n + "x"),
    "an alias": lambda n: alias_of(b"X\r\nVia: " + b"alias;" * n, Address("tcp", "a", 1)),
    "salvage": lambda n: salvage(b"INVITE sip:a@b\r\n" + b"X: y\r\n" * n),
    "sdp formats": lambda n: parse_sdp(b"v=0\r\nm=audio 1 RTP/AVP" + b" 0" * n),
    "sdp maps": lambda n: parse_sdp(b"v=0\r\nm=audio 1 RTP/AVP 0\r\n" + b"a=rtpmap:0 a/1\r\n" * n),
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_input_is_about_twice_the_work(name):
    grow = GROWING[name]
    grown_calls = work(lambda: grow(800))
    assert work(lambda: grow(1600)) <= 2.3 * grown_calls + 50


@pytest.mark.parametrize(
    "text",
    [
        "a" * 60_000,
        "a-" * 30_000,
        "a." * 30_000 + "!",
        " " * 60_000,
        "<" * 60_000,
        '"' * 59_999,
        "\\" * 60_000,
        "%" * 60_000,
        ";" * 60_000,
        "[" * 60_000,
        "SIP/2.0/UDP a" + " " * 59_000 + "b",
        "sip:" + "a-" * 29_000 + "\x00",
    ],
    ids=lambda text: repr(text[:6]),
)
def test_a_full_datagram_of_one_thing_ends(text):
    """A pattern that goes back over its input would not come to an end here within the test's time limit."""
    for read in (
        parse_uri,
        parse_name_addr,
        parse_via,
        parse_auth,
        lambda t: parse_sdp(b"v=0\r\na=" + t.encode()),
    ):
        try:
            read(text)
        except SipError:
            continue
    parse_credentials(text)
