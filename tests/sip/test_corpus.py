"""RFC 4475 and RFC 5118: every torture message against the parser and a user agent that acts as a server.

The oracle is the RFC's section, not the suffix of the file (tests/corpora/README.md); the status is the one
that section 21 of RFC 3261 gives to the fault, or that the valid request meets at a server that is not its
addressee: 100 a call that waits for us, 401 a registrar that wants a proof, 481 a call that is not here.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.digest import parse_challenge, respond
from agent_desktop.sip.events import CallArrived, RequestArrived
from agent_desktop.sip.framing import StreamSplitter
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import parse, values
from agent_desktop.sip.sdp import parse_sdp
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.uri import parse_name_addr, parse_uri
from agent_desktop.sip.via import parse_via

CORPORA = Path(__file__).parent.parent / "corpora"
HERE = Address("udp", "192.0.2.200", 5060)
THERE = Address("udp", "192.0.2.1", 5060)

READ = 0


class Right(NamedTuple):
    """What is right for one message: the section that says so, what the parser does, what is answered."""

    section: str
    parser: int
    """READ, or the status with which the parser refuses it."""
    answer: int | None
    """The status of a whole user agent with a registrar; None is silence, which responses deserve."""


# fmt: off
EXPECTED: dict[str, Right] = {
    # RFC 4475
    "TC_WSINV.dat": Right("3.1.1.1", READ, 481),  # its To tag names a call that is not here
    "TC_INTMETH.dat": Right("3.1.1.2", READ, 405),  # a method that nobody knows
    "TC_ESC01_V.dat": Right("3.1.1.3", READ, 100),  # a call
    "TC_ESCNULL_V.dat": Right("3.1.1.4", READ, 401),  # the registrar wants a proof
    "TC_ESC02_V.dat": Right("3.1.1.5", READ, 405),  # RE%47IST%45R is a method of its own, not REGISTER
    "TC_LWSDISP_V.dat": Right("3.1.1.6", READ, 200),  # OPTIONS
    "TC_LONGREQ_V.dat": Right("3.1.1.7", READ, 100),  # a call
    "TC_DBLREQ.dat": Right("3.1.1.8", READ, 401),  # the rest of the datagram is no message of ours
    "TC_SEMIURI_V.dat": Right("3.1.1.9", READ, 200),  # OPTIONS; the semicolon is the user's
    "TC_TRANSPORTS_V.dat": Right("3.1.1.10", READ, 200),  # strange transports in Via are only repeated
    "TC_MPART01.dat": Right("3.1.1.11", READ, 405),  # MESSAGE is not taken here
    "TC_UNREASON_V.dat": Right("3.1.1.12", READ, None),  # a response to nothing that we asked
    "TC_NOREASON_V.dat": Right("3.1.1.13", READ, None),  # the same
    "TC_BADINV01_I.dat": Right("3.1.2.1", 400, 400),  # empty header separators
    "TC_CLERR_I.dat": Right("3.1.2.2", 400, 400),  # shorter than it says
    "TC_NCL_I.dat": Right("3.1.2.3", 400, 400),  # a negative length
    "TC_SCALAR02_V.dat": Right("3.1.2.4", 400, 400),  # numbers beyond 2**31
    "TC_SCALARLG_V.dat": Right("3.1.2.5", 400, None),  # a response cannot be answered
    "TC_QUOTBAL_I.dat": Right("3.1.2.6", 400, 400),  # an open quotation mark
    "TC_LTGTRURI_I.dat": Right("3.1.2.7", 400, 400),  # <> round the Request-URI
    "TC_LWSRURI_I.dat": Right("3.1.2.8", 400, 400),  # white space in the Request-URI
    "TC_LWSSTART_V.dat": Right("3.1.2.9", 400, 400),  # two spaces in the request line
    "TC_TRWS_I.dat": Right("3.1.2.10", 400, 400),  # space after the version
    "TC_ESCRURI_V.dat": Right("3.1.2.11", 400, 400),  # headers in the Request-URI
    "TC_BADDATE_V.dat": Right("3.1.2.12", 400, 400),  # a Date that is not GMT
    "TC_REGBADCT_I.dat": Right("3.1.2.13", 400, 400),  # a Contact whose ? wants <>
    "TC_BADASPEC_I.dat": Right("3.1.2.14", 400, 400),  # spaces within the address
    "TC_BADDN_I.dat": Right("3.1.2.15", 400, 400),  # a display name that is no token
    "TC_BADVERS_V.dat": Right("3.1.2.16", 505, 505),  # SIP/7.0
    "TC_MISMATCH01_V.dat": Right("3.1.2.17", 400, 400),  # CSeq names another method
    "TC_MISMATCH02_V.dat": Right("3.1.2.18", 400, 400),  # the same, unknown method
    "TC_BIGCODE_V.dat": Right("3.1.2.19", 400, None),  # a response cannot be answered
    "TC_BADBRANCH_V.dat": Right("3.2.1", READ, 200),  # a bare cookie: matched by the rules of RFC 2543
    "TC_INSUF_I.dat": Right("3.3.1", 400, 400),  # no From, To, Call-ID
    "TC_UNKSCM_V.dat": Right("3.3.2", READ, 416),  # nobodyKnowsThisScheme:
    "TC_NOVELSC_V.dat": Right("3.3.3", READ, 416),  # soap.beep:
    "TC_UNKSM2_V.dat": Right("3.3.4", READ, 401),  # To and Contact of strange schemes are read
    "TC_BEXT01_V.dat": Right("3.3.5", READ, 420),  # Require that nobody knows
    "TC_INVUT_V.dat": Right("3.3.6", READ, 415),  # a body of an unknown type
    "TC_REGAUT01_V.dat": Right("3.3.7", READ, 401),  # credentials of an unknown scheme count for none
    "TC_MULTI01_I.dat": Right("3.3.8", 400, 400),  # two of what there is one of
    "TC_MCL01_I.dat": Right("3.3.9", 400, 400),  # two lengths
    "TC_BCAST_V.dat": Right("3.3.10", READ, None),  # a response to somebody else
    "TC_ZEROMF_V.dat": Right("3.3.11", READ, 200),  # the end point may answer at Max-Forwards 0
    "TC_CPARAM01_V.dat": Right("3.3.12", READ, 401),  # the registrar wants a proof
    "TC_CPARAM02_V.dat": Right("3.3.13", READ, 401),  # the same
    "TC_REGESCRT_V.dat": Right("3.3.14", READ, 401),  # the same
    "TC_SDP01_V.dat": Right("3.3.15", READ, 406),  # the caller takes no SDP
    "TC_INV2543_I.dat": Right("3.4.1", READ, 100),  # no branch, no Max-Forwards: a call of RFC 2543
    # RFC 5118
    "ipv6-good": Right("4.1", READ, 401),  # the registrar wants a proof
    "ipv6-bad": Right("4.2", 400, 400),  # an address without brackets
    "port-ambiguous": Right("4.3", READ, 401),  # 5070 is a part of the address
    "port-unambiguous": Right("4.4", READ, 401),  # and here it is the port
    "via-received-param-with-delim": Right("4.5", READ, 481),  # its To tag names a call that is not here
    "via-received-param-no-delim": Right("4.5", READ, 200),  # OPTIONS
    "ipv6-in-sdp": Right("4.6", READ, 100),  # a call
    "mult-ip-in-header": Right("4.7", READ, 481),  # its To tag names a call that is not here
    "mult-ip-in-sdp": Right("4.8", READ, 100),  # a call
    "ipv4-mapped-ipv6": Right("4.9", READ, 100),  # a call
    "ipv6-correct-abnf-2-colons": Right("4.10", READ, 200),  # OPTIONS
    "ipv6-bug-abnf-3-colons": Right("4.10", 400, 400),  # three colons are no address
}
# fmt: on
MESSAGES = sorted(
    path
    for folder in ("sip_rfc4475", "sip_rfc5118")
    for path in (CORPORA / folder).iterdir()
    if not path.name.startswith("LICENSE")
)


def server(counted) -> UserAgent:
    registrar = Registrar("example.com", {"user": "secret"}.get)
    return UserAgent(Settings(local=(HERE,), registrar=registrar), counted("s"))


def test_the_corpora_are_whole():
    assert len(MESSAGES) == 61
    assert {path.name for path in MESSAGES} == EXPECTED.keys()


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_a_torture_message_gets_the_answer_that_the_rfc_wants(path, counted):
    agent = server(counted)
    agent.receive(path.read_bytes(), THERE, 0.0)
    packets = agent.take_outgoing()
    statuses = [int(packet.data.split()[1]) for packet in packets]  # a refusal may repeat unreadable headers
    wanted = EXPECTED[path.name].answer
    assert statuses == ([] if wanted is None else [wanted])
    agent.tick(1e6)  # and no deadline of it trips over anything


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_the_parser_refuses_what_it_must_and_the_rest_survives_being_written(path):
    data = path.read_bytes()
    if EXPECTED[path.name].parser is not READ:
        with pytest.raises(SipError) as refused:
            parse(data)
        assert refused.value.status == EXPECTED[path.name].parser
        return
    first = parse(data)
    again = parse(bytes(first))
    without = [pair for pair in first.headers if pair[0] != "Content-Length"]
    assert [pair for pair in again.headers if pair[0] != "Content-Length"] == without
    assert again.body == first.body
    assert again.start_line() == first.start_line()


@pytest.mark.parametrize(
    "name", ["TC_WSINV.dat", "TC_INTMETH.dat", "TC_LONGREQ_V.dat", "TC_MPART01.dat", "TC_ESC02_V.dat"]
)
def test_a_stream_cut_at_every_byte_gives_the_same_message(name):
    data = (CORPORA / "sip_rfc4475" / name).read_bytes()
    message = parse(data)
    whole = bytes(message)
    for cut in range(1, len(whole)):
        splitter = StreamSplitter()
        found = splitter.feed(whole[:cut]) + splitter.feed(whole[cut:] + b"\r\n\r\n")
        assert found == [whole]


def test_an_unusual_call_arrives_with_its_parts_understood(counted):
    agent = server(counted)
    data = (CORPORA / "sip_rfc4475" / "TC_WSINV.dat").read_bytes()
    agent.receive(data.replace(b";   tag    = 1918181833n", b""), THERE, 0.0)
    arrived = agent.take_events()[0]
    assert isinstance(arrived, CallArrived)
    assert arrived.caller.name == 'J Rosenberg \\"'
    assert arrived.caller.tag == "98asjd8"
    assert len(values(arrived.message, "Via")) == 3
    assert [stream.kind for stream in arrived.offer.streams] == ["audio", "video"]


def test_an_escaped_user_is_understood(counted):
    agent = server(counted)
    agent.receive((CORPORA / "sip_rfc4475" / "TC_ESC01_V.dat").read_bytes(), THERE, 0.0)
    called = agent.take_events()[0].called
    assert called.user == "sips:user@example.com"
    assert called.host == "example.net"
    assert str(called) == "sip:sips%3Auser%40example.com@example.net"


def test_an_answer_goes_back_where_the_request_came_from_through_nat(counted):
    """RFC 3581: the phone behind NAT names a private address and asks for `rport`."""
    agent = server(counted)
    head = (
        b"OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.5:5060;rport;branch=z9hG4bK1\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
    )
    there = Address("udp", "198.51.100.7", 31337)
    agent.receive(head, there, 0.0)
    packet = agent.take_outgoing()[0]
    assert packet.destination == there
    via = parse_via(parse(packet.data).header("Via"))
    assert (via.parameter("received"), via.parameter("rport")) == ("198.51.100.7", "31337")
    agent.receive(
        head.replace(b";rport", b"").replace(b"bK1", b"bK2").replace(b"CSeq: 1", b"CSeq: 2"), there, 0.0
    )
    assert agent.take_outgoing()[0].destination == Address("udp", "198.51.100.7", 5060)


def test_what_we_do_not_do_is_still_reported(counted):
    agent = server(counted)
    agent.receive((CORPORA / "sip_rfc4475" / "TC_MPART01.dat").read_bytes(), THERE, 0.0)
    assert isinstance(agent.take_events()[0], RequestArrived)


def test_an_answer_repeats_what_the_request_said(counted):
    agent = server(counted)
    data = (CORPORA / "sip_rfc4475" / "TC_INTMETH.dat").read_bytes()
    request = parse(data)
    assert isinstance(request, Request)
    agent.receive(data, THERE, 0.0)
    answer = parse(agent.take_outgoing()[0].data)
    assert isinstance(answer, Response)
    for name in ("From", "Call-ID", "CSeq"):
        assert answer.header(name) == request.header(name)
    assert "INVITE" in answer.header("Allow")


@pytest.mark.parametrize(
    ("name", "user", "contacts"),
    [
        ("TC_ESCNULL_V.dat", "null-\0-null", ["%00", "%00%00"]),
        ("TC_DBLREQ.dat", "j.user", ["j.user"]),
        ("TC_CPARAM01_V.dat", "watson", ["+19725552222"]),
        ("TC_CPARAM02_V.dat", "watson", ["+19725552222"]),
        ("TC_REGESCRT_V.dat", "user", ["user"]),
    ],
)
def test_a_proved_registration_keeps_its_strange_contact(counted, name, user, contacts):
    """Sections 3.1.1.4, 3.1.1.8 and 3.3.12 to 3.3.14, behind the challenge that hides them otherwise."""
    registrar = Registrar("example.com", {user: "secret"}.get)
    agent = UserAgent(Settings(local=(HERE,), registrar=registrar), counted("s"))
    data = (CORPORA / "sip_rfc4475" / name).read_bytes()
    agent.receive(data, THERE, 0.0)
    asked = parse_challenge(parse(agent.take_outgoing()[0].data).header("WWW-Authenticate"))
    request = parse(data)
    proof = respond(
        asked, user=user, password="secret", method="REGISTER", uri=request.uri, cnonce="c", count=1
    )
    again = data.replace(b"z9hG4bK", b"z9hG4bKagain", 1)
    again = again.replace(
        b"CSeq: ", f"Authorization: {proof}\r\nCSeq: 9".encode("utf-8", "surrogateescape"), 1
    )
    agent.receive(again, THERE, 0.0)
    answer = parse(agent.take_outgoing()[-1].data)
    assert answer.status == 200
    written = [parse_name_addr(value).uri for value in values(answer, "Contact")]
    assert sorted(str(uri).partition(":")[2].partition("@")[0] for uri in written) == sorted(contacts)


def test_what_follows_a_message_in_its_datagram_is_not_run(counted):
    """Section 3.1.1.8: a call smuggled behind a REGISTER never arrives."""
    agent = server(counted)
    agent.receive((CORPORA / "sip_rfc4475" / "TC_DBLREQ.dat").read_bytes(), THERE, 0.0)
    assert agent.take_events() == []
    assert len(agent.take_outgoing()) == 1


@pytest.mark.parametrize(
    ("name", "host", "port"),
    [("port-ambiguous", "2001:db8::10:5070", None), ("port-unambiguous", "2001:db8::10", 5070)],
)
def test_a_port_belongs_to_the_address_only_outside_the_brackets(name, host, port):
    """RFC 5118 sections 4.3 and 4.4."""
    uri = parse_uri(parse((CORPORA / "sip_rfc5118" / name).read_bytes()).uri)
    assert (uri.host, uri.port) == (host, port)


def test_a_received_parameter_is_read_with_brackets_and_without():
    """RFC 5118 section 4.5."""
    for name, wanted in (("no", "2001:db8::9:255"), ("with", "[2001:db8::9:255]")):
        message = parse((CORPORA / "sip_rfc5118" / f"via-received-param-{name}-delim").read_bytes())
        assert parse_via(values(message, "Via")[0]).parameter("received") == wanted


def test_each_stream_keeps_its_own_family_of_addresses():
    """RFC 5118 sections 4.6 and 4.8."""
    folder = CORPORA / "sip_rfc5118"
    (six,) = {s.address for s in parse_sdp(parse((folder / "ipv6-in-sdp").read_bytes()).body).streams}
    assert six == "2001:db8::20"
    both = parse_sdp(parse((folder / "mult-ip-in-sdp").read_bytes()).body).streams
    assert {":" in stream.address for stream in both} == {True, False}
