"""What holds for any message, any bytes and any lost packet."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import SipError
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import Address
from agent_desktop.sip.deadlines import Deadlines
from agent_desktop.sip.events import Answered, CallArrived, Confirmed, Ended, MediaChanged
from agent_desktop.sip.framing import StreamSplitter
from agent_desktop.sip.media import Codec, Direction, LocalMedia, MediaOffer, Stream, audio
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.negotiation import accept_answer, answer_offer
from agent_desktop.sip.parser import parse
from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr, parse_uri

TOKEN = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
HOST = st.one_of(
    st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,5}){0,2}", fullmatch=True),
    st.ip_addresses().map(str),
)
PRINTABLE = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)
PARAMETERS = st.lists(
    st.tuples(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.none() | TOKEN), max_size=3
).map(tuple)
URI_PARAMETERS = PARAMETERS.filter(lambda pairs: all("%" not in (value or "") for _, value in pairs))
URI = st.builds(
    Uri,
    scheme=st.sampled_from(["sip", "sips"]),
    user=PRINTABLE,
    host=HOST,
    port=st.none() | st.integers(0, 65535),
    parameters=URI_PARAMETERS,
)


@given(URI)
def test_an_address_survives_being_written_and_read(uri):
    assert parse_uri(str(uri)) == uri


@given(URI, PRINTABLE.map(str.strip), PARAMETERS)
def test_a_name_and_address_survive_being_written_and_read(uri, name, parameters):
    value = NameAddr(uri, name, parameters)
    assert parse_name_addr(str(value)) == value


@given(
    uri=URI,
    caller=st.builds(NameAddr, URI, PRINTABLE.map(str.strip)),
    number=st.integers(0, 2**31 - 1),
    body=st.binary(max_size=200),
    subject=PRINTABLE.map(str.strip),
)
def test_a_request_survives_being_written_and_read(uri, caller, number, body, subject):
    headers = (
        ("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa"),
        ("From", str(caller.with_tag("t"))),
        ("To", str(NameAddr(uri))),
        ("Call-ID", "x@y"),
        ("CSeq", f"{number} INVITE"),
        ("Subject", subject),
    )
    request = Request(headers, body, "INVITE", str(uri))
    again = parse(bytes(request))
    assert isinstance(again, Request)
    assert (again.method, again.uri, again.body) == ("INVITE", str(uri), body)
    assert again.headers[:-1] == headers


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_random_bytes_are_read_or_refused(data):
    for read in (parse, parse_sdp, StreamSplitter().feed):
        try:
            read(data)
        except SipError as error:
            refused = error.status
        else:
            refused = 400
        assert 400 <= refused < 700


@given(data=st.data())
@settings(max_examples=300)
def test_a_damaged_message_is_answered_or_dropped_and_never_raises(data, counted):
    whole = (
        b"INVITE sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKlate1;rport\r\n"
        b'From: "A" <sip:alice@10.0.0.2>;tag=at\r\nTo: <sip:bob@10.0.0.1>\r\n'
        b"Call-ID: late\r\nCSeq: 1 INVITE\r\n"
        b'Contact: <sip:alice@10.0.0.2>\r\nReplaces: a;to-tag=b;from-tag=c\r\nAuthorization: Digest a="b"\r\n'
        b"Record-Route: <sip:p;lr>, <sip:q;lr>\r\nContent-Type: application/sdp\r\n\r\n"
        b"v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
        b"a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendonly\r\n"
    )
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=6))
    here = Address("udp", "10.0.0.1", 5060)
    agent = UserAgent(Settings(local=(here,), registrar=Registrar("x", {}.get)), counted("s"))
    agent.receive(bytes(damaged), Address("udp", "10.0.0.2", 5060), 0.0)
    for event in agent.take_events():
        if isinstance(event, CallArrived):
            str(event.caller).encode()
            agent.reject(event.leg, 0.0)
    agent.tick(1e6)
    assert agent.legs == ()


@given(
    st.binary(max_size=60).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"")),
    st.lists(st.integers(1, 50)),
)
def test_a_stream_may_be_cut_anywhere(body, cuts):
    response = bytes(
        Response(
            (
                ("Via", "SIP/2.0/TCP a;branch=z9hG4bKx"),
                ("From", "<sip:a@b>"),
                ("To", "<sip:a@b>"),
                ("Call-ID", "1"),
                ("CSeq", "1 X"),
            ),
            body,
            200,
            "OK",
        )
    )
    data = response * 3
    splitter, found, at = StreamSplitter(), [], 0
    for cut in [*cuts, len(data)]:
        found += splitter.feed(data[at : at + cut])
        at += cut
    assert found == [response] * 3
    assert splitter.is_between_messages


CODECS = st.lists(
    st.sampled_from(
        [Codec("PCMU", 0), Codec("PCMA", 8), Codec("opus", 111, 48000, 2), Codec("telephone-event", 101)]
    ),
    unique=True,
    min_size=1,
    max_size=4,
).map(tuple)
STREAMS = st.builds(
    Stream,
    port=st.integers(1, 65535) | st.just(0),
    codecs=CODECS,
    direction=st.sampled_from(Direction),
    kind=st.sampled_from(["audio", "video"]),
)


@given(st.lists(STREAMS, min_size=1, max_size=4).map(tuple), CODECS, st.sampled_from(Direction))
def test_an_answer_fits_its_offer_and_both_sides_read_the_same_from_it(streams, codecs, direction):
    offered = LocalMedia("10.0.0.1", streams)
    theirs = parse_sdp(build_sdp(Origin("1", 1, "10.0.0.1"), offered))
    ours = LocalMedia("10.0.0.2", (Stream(5000, codecs, direction),))
    try:
        answer = answer_offer(theirs, ours)
    except SipError:
        # Refused as a whole only when no single stream could be taken.
        free = [s for s in streams if s.kind == "audio" and s.port]
        speech = {c.name for c in codecs} - {"telephone-event"}
        assert not any(speech & {c.name for c in s.codecs} for s in free[:1])
        return
    assert [s.kind for s in answer.media.streams] == [s.kind for s in streams]
    written = parse_sdp(build_sdp(Origin("2", 1, "10.0.0.2"), answer.media))
    assert isinstance(written, MediaOffer)
    at_peer = accept_answer(offered, written)
    for mine, peers in zip(answer.agreement.streams, at_peer.streams, strict=True):
        assert (mine is None) == (peers is None)
        if mine and peers:
            assert mine.direction is peers.direction.mirrored
            assert mine.codec == peers.codec
            assert not mine.direction.sends or direction.sends


def scenario(net):
    """Call, ring, answer, hold, hang up: everything of a call's life."""
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    leg = alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    seen: dict[Address, list] = {a: [], b: []}

    def until(here, kind):
        for _ in range(400):
            net.settle()
            seen[here] += net.seen(here)
            if any(isinstance(event, kind) for event in seen[here]):
                return next(event for event in seen[here] if isinstance(event, kind))
            net.wait(0.5)
        raise AssertionError(f"{kind.__name__} never came: {seen}")

    arrived = until(b, CallArrived)
    bob.ring(arrived.leg, net.now)
    net.settle()
    bob.answer(arrived.leg, audio(b.host, 5000), net.now)
    until(a, Answered)
    until(b, Confirmed)
    alice.hold(leg, net.now)
    assert until(b, MediaChanged).agreement.is_held_by_peer
    until(a, MediaChanged)
    alice.hang_up(leg, net.now)
    until(b, Ended)
    net.wait(200)
    assert sum(isinstance(event, Ended) for event in seen[b] + net.seen(b)) == 1
    assert alice.deadline is None
    assert bob.deadline is None
    return net.sent


def test_the_loss_of_any_single_packet_still_completes_a_call(new_net):
    total = scenario(new_net())
    assert total >= 10
    for lost in range(1, total + 1):
        net = new_net()
        net.loses = lambda number, _packet, lost=lost: number == lost
        scenario(net)


@given(st.sets(st.integers(1, 30), max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_loss_of_a_few_packets_still_completes_a_call(new_net, lost):
    net = new_net()
    net.loses = lambda number, _packet: number in lost
    scenario(net)


def test_a_repeated_request_is_answered_but_not_run_again(new_net):
    net = new_net()
    bob, b = net.agent("bob")
    alice, a = net.agent("alice")
    alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    packet = alice.take_outgoing()[0]
    for _ in range(5):
        bob.receive(packet.data, a, net.now)
    assert len(bob.take_events()) == 1
    answers = [parse(packet.data).status for packet in bob.take_outgoing()]
    assert answers == [100] * 5


def test_500_calls_up_at_once_cost_no_scan(new_net):
    net = new_net()
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    legs = [alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now) for _ in range(500)]
    for event in net.seen(b):
        if isinstance(event, CallArrived):
            bob.answer(event.leg, audio(b.host, 5000), net.now)
    assert sum(isinstance(event, Answered) for event in net.seen(a)) == 500
    for leg in legs:
        alice.hang_up(leg, net.now)
    net.wait(100)
    assert (alice.legs, bob.legs, alice.deadline, bob.deadline) == ((), (), None, None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50) | st.none()), max_size=60))
def test_deadlines_run_in_order_and_the_last_word_counts(steps):
    deadlines, ran, wanted = Deadlines(), [], {}
    for name, when in steps:
        if when is None:
            deadlines.clear(name)
            wanted.pop(name, None)
        else:
            deadlines.set(name, float(when), lambda _now, name=name: ran.append(name))
            wanted[name] = float(when)
    assert deadlines.next == min(wanted.values(), default=None)
    deadlines.run(100.0)
    assert sorted(ran) == sorted(wanted)
    assert [wanted[name] for name in ran] == sorted(wanted.values())
    assert deadlines.next is None


@pytest.mark.parametrize("text", ["sip:a@b\r\nX: y", "sip:a b@c", 'sip:a"b@c', "sip:@c", "nothing", ""])
def test_an_address_that_is_none_is_refused(text):
    with pytest.raises(SipError):
        parse_uri(text)


def test_a_line_break_in_a_header_stays_inside_its_header():
    request = Request((("Subject", "a\r\nVia: x"),), b"", "INFO", "sip:a@b")
    assert bytes(request).count(b"\r\n") == 4
