"""RFC 4475 and RFC 5118: every torture message against a user agent that acts as a server.

The table is the oracle of tests/corpora/README.md, with the status that section 21 of RFC 3261 gives to
each fault.  `None` is silence, which is right for responses that belong to no request of ours.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import CallArrived, RequestArrived
from agent_desktop.sip.framing import StreamSplitter
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import parse, values
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.via import parse_via

CORPORA = Path(__file__).parent.parent / "corpora"
HERE = Address("udp", "192.0.2.200", 5060)
THERE = Address("udp", "192.0.2.1", 5060)

# fmt: off
EXPECTED: dict[str, int | None] = {
    # 3.1.1: valid; 100: the call waits for us; 401: the registrar wants a proof; 405: unknown method;
    # 481: it names a call that is not here (WSINV has a To tag)
    "TC_WSINV.dat": 481, "TC_INTMETH.dat": 405, "TC_ESC01_V.dat": 100, "TC_ESCNULL_V.dat": 401,
    "TC_ESC02_V.dat": 405, "TC_LWSDISP_V.dat": 200, "TC_LONGREQ_V.dat": 100, "TC_DBLREQ.dat": 401,
    "TC_SEMIURI_V.dat": 200, "TC_TRANSPORTS_V.dat": 200, "TC_MPART01.dat": 405,
    "TC_UNREASON_V.dat": None, "TC_NOREASON_V.dat": None,
    # 3.1.2: invalid
    "TC_BADINV01_I.dat": 400, "TC_CLERR_I.dat": 400, "TC_NCL_I.dat": 400, "TC_SCALAR02_V.dat": 400,
    "TC_SCALARLG_V.dat": None, "TC_QUOTBAL_I.dat": 400, "TC_LTGTRURI_I.dat": 400, "TC_LWSRURI_I.dat": 400,
    "TC_LWSSTART_V.dat": 400, "TC_TRWS_I.dat": 400, "TC_ESCRURI_V.dat": 400, "TC_BADDATE_V.dat": 400,
    "TC_REGBADCT_I.dat": 400, "TC_BADASPEC_I.dat": 400, "TC_BADDN_I.dat": 400, "TC_BADVERS_V.dat": 505,
    "TC_MISMATCH01_V.dat": 400, "TC_MISMATCH02_V.dat": 400, "TC_BIGCODE_V.dat": None,
    # 3.2.1: no usable transaction identifier
    "TC_BADBRANCH_V.dat": 200,
    # 3.3: judged above the parser
    "TC_INSUF_I.dat": 400, "TC_UNKSCM_V.dat": 416, "TC_NOVELSC_V.dat": 416, "TC_UNKSM2_V.dat": 401,
    "TC_BEXT01_V.dat": 420, "TC_INVUT_V.dat": 415, "TC_REGAUT01_V.dat": 401, "TC_MULTI01_I.dat": 400,
    "TC_MCL01_I.dat": 400, "TC_BCAST_V.dat": None, "TC_ZEROMF_V.dat": 200, "TC_CPARAM01_V.dat": 401,
    "TC_CPARAM02_V.dat": 401, "TC_REGESCRT_V.dat": 401, "TC_SDP01_V.dat": 406,
    # 3.4.1: RFC 2543
    "TC_INV2543_I.dat": 100,
    # RFC 5118
    "ipv6-good": 401, "ipv6-bad": 400, "port-ambiguous": 401, "port-unambiguous": 401,
    "ipv6-correct-abnf-2-colons": 200, "ipv6-bug-abnf-3-colons": 400, "mult-ip-in-header": 481,
    "mult-ip-in-sdp": 100, "ipv4-mapped-ipv6": 100, "ipv6-in-sdp": 100,
    "via-received-param-with-delim": 481, "via-received-param-no-delim": 200,
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
    wanted = EXPECTED[path.name]
    assert statuses == ([] if wanted is None else [wanted])
    agent.tick(1e6)  # and no deadline of it trips over anything


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.name)
def test_what_can_be_read_survives_being_written(path):
    if EXPECTED[path.name] in {400, 505} or path.name in {"TC_SCALARLG_V.dat", "TC_BIGCODE_V.dat"}:
        return
    first = parse(path.read_bytes())
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
