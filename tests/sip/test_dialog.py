"""Where requests in a call go (trap T1), and what forks, crossings and strangers do to it."""

from __future__ import annotations

import pytest

from agent_desktop.sip.address import Address
from agent_desktop.sip.dialog import address_of, callee_dialog, caller_dialog
from agent_desktop.sip.events import (
    Answered,
    CallArrived,
    Confirmed,
    Ended,
    EndedBy,
    MediaChanged,
    Progressed,
)
from agent_desktop.sip.media import audio
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import parse
from agent_desktop.sip.uri import Uri, parse_uri

UDP = Address("udp", "10.0.0.9", 5060)
INVITE = Request(
    (
        ("From", "<sip:a@x>;tag=1"),
        ("To", "<sip:b@y>"),
        ("Call-ID", "c"),
        ("CSeq", "7 INVITE"),
        ("Contact", "<sip:a@10.0.0.1:5062>"),
        ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"),
    ),
    b"",
    "INVITE",
    "sip:b@y",
)
OK = Response(
    (
        ("From", "<sip:a@x>;tag=1"),
        ("To", "<sip:b@y>;tag=2"),
        ("Call-ID", "c"),
        ("CSeq", "7 INVITE"),
        ("Contact", "<sip:b@10.0.0.2:5064>"),
        ("Record-Route", "<sip:p2;lr>"),
        ("Record-Route", "<sip:p1;lr>"),
    ),
    status=200,
)


def test_the_caller_takes_target_and_reversed_routes_from_the_answer():
    request = caller_dialog(INVITE, OK, UDP).next_request("BYE")
    assert request.uri == "sip:b@10.0.0.2:5064"
    assert request.all("Route") == ("<sip:p1;lr>", "<sip:p2;lr>")
    assert request.header("CSeq") == "8 BYE"
    assert request.header("To") == "<sip:b@y>;tag=2"


def test_the_callee_takes_target_and_routes_in_order_from_the_invite():
    dialog = callee_dialog(INVITE, "2", UDP)
    request = dialog.next_request("BYE")
    assert request.uri == "sip:a@10.0.0.1:5062"
    assert request.all("Route") == ("<sip:p2;lr>", "<sip:p1;lr>")
    assert (request.header("From"), request.header("To")) == ("<sip:b@y>;tag=2", "<sip:a@x>;tag=1")
    assert dialog.destination == Address("udp", "p2", 5060)


def test_a_strict_router_becomes_the_requested_address():
    headers = tuple((n, v.replace(";lr", "")) for n, v in INVITE.headers)
    request = callee_dialog(Request(headers, b"", "INVITE", "sip:b@y"), "2", UDP).next_request("BYE")
    assert request.uri == "sip:p2"
    assert request.all("Route") == ("<sip:p1>", "<sip:a@10.0.0.1:5062>")


def test_a_new_target_is_followed_and_the_routes_stay():
    dialog = caller_dialog(INVITE, OK, UDP)
    routes = dialog.routes
    moved = Request((("Contact", "<sip:new@10.0.0.3>"), ("Record-Route", "<sip:evil;lr>")))
    dialog.moved(moved)
    assert str(dialog.remote_target) == "sip:new@10.0.0.3"
    assert dialog.routes == routes


def test_a_connection_to_the_same_host_is_used_again():
    headers = tuple(pair for pair in OK.headers if pair[0] != "Record-Route")
    flow = Address("tcp", "10.0.0.2", 40000)
    assert caller_dialog(INVITE, Response(headers, status=200), flow).destination == flow
    elsewhere = Address("tcp", "10.0.0.7", 40000)
    assert caller_dialog(INVITE, Response(headers, status=200), elsewhere).destination == Address(
        "udp", "10.0.0.2", 5064
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:a@h", Address("udp", "h", 5060)),
        ("sip:a@h:5070;transport=tcp", Address("tcp", "h", 5070)),
        ("sips:a@h", Address("tls", "h", 5061)),
        ("sip:a@[2001:db8::1]:5070;transport=TLS", Address("tls", "2001:db8::1", 5070)),
    ],
)
def test_an_address_tells_where_to_send(text, address):
    assert address_of(parse_uri(text)) == address


def answer_from(invite: Request, tag: str, status: int = 200, contact: str = "10.0.0.9") -> bytes:
    body = (
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
        if status == 200
        else b""
    )
    headers = [(n, v) for n, v in invite.headers if n in {"Via", "From", "Call-ID", "CSeq"}]
    headers += [
        ("To", f"{invite.header('To')};tag={tag}"),
        ("Contact", f"<sip:{tag}@{contact}>"),
        ("Content-Type", "application/sdp"),
    ]
    return bytes(Response(tuple(headers), body, status, "x"))


@pytest.fixture
def forked(net):
    """A call of ours at a proxy that rings two phones."""
    alice, a = net.agent("alice")
    leg = alice.invite(Uri("sip", "b", "10.0.0.9"), audio(a.host, 4000), net.now)
    invite = parse(alice.take_outgoing()[0].data)
    return alice, leg, invite


def test_the_first_phone_that_answers_gets_the_call_and_the_second_a_bye(net, forked):
    alice, leg, invite = forked
    for tag in ("one", "two"):
        alice.receive(answer_from(invite, tag, 180), UDP, net.now)
    alice.receive(answer_from(invite, "two"), UDP, net.now)
    alice.receive(answer_from(invite, "one"), UDP, net.now)
    events = alice.take_events()
    assert [type(event) for event in events] == [Progressed, Progressed, Answered]
    assert alice.is_up(leg)
    sent = [parse(packet.data) for packet in alice.take_outgoing()]
    assert [(m.method, m.uri) for m in sent] == [
        ("ACK", "sip:two@10.0.0.9"),
        ("ACK", "sip:one@10.0.0.9"),
        ("BYE", "sip:one@10.0.0.9"),
    ]


def test_a_repeated_answer_is_acknowledged_again_even_long_after(net, forked):
    alice, _leg, invite = forked
    answer = answer_from(invite, "one")
    alice.receive(answer, UDP, net.now)
    first = alice.take_outgoing()
    alice.receive(answer, UDP, net.now)
    assert alice.take_outgoing() == first
    alice.tick(net.now + 40)
    alice.receive(answer, UDP, net.now + 40)
    assert alice.take_outgoing() == first


def test_a_late_repetition_of_the_answer_never_ends_a_call_that_was_held(net, forked):
    alice, leg, invite = forked
    answer = answer_from(invite, "one")
    alice.receive(answer, UDP, net.now)
    alice.take_outgoing()
    for number in range(12):
        (alice.hold if number % 2 == 0 else alice.resume)(leg, net.now)
        again = next(m for p in alice.take_outgoing() if (m := parse(p.data)).method == "INVITE")
        to_tag = again.header("To")
        told = answer_from(again, "one").replace(f"To: {to_tag};tag=one".encode(), f"To: {to_tag}".encode())
        body = b"a=recvonly\r\n" if number % 2 == 0 else b"a=sendrecv\r\n"
        message = parse(told)
        alice.receive(bytes(Response(message.headers, message.body + body, 200, "OK")), UDP, net.now)
    alice.receive(answer, UDP, net.now)
    assert {parse(p.data).method for p in alice.take_outgoing()} == {"ACK"}
    assert alice.is_up(leg)


def test_an_answer_without_sound_is_ended_with_a_bye(net, forked):
    alice, _leg, invite = forked
    answer = answer_from(invite, "one").replace(b"m=audio 6000 RTP/AVP 0", b"m=audio 0000 RTP/AVP 0")
    alice.receive(answer, UDP, net.now)
    ended = alice.take_events()[0]
    assert isinstance(ended, Ended)
    assert (ended.by, ended.status) == (EndedBy.FAILED, 488)
    assert [parse(p.data).method for p in alice.take_outgoing()] == ["ACK", "BYE"]


@pytest.fixture
def arrived(net):
    """A call at bob, and a way for its caller to send more."""
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, sdp()), UDP, net.now)
    event = bob.take_events()[0]
    assert isinstance(event, CallArrived)
    bob.answer(event.leg, audio("10.0.0.1", 5000), net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    return bob, event.leg, tag


def sdp(direction="sendrecv", port=6000, codecs="0"):
    return (
        f"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP {codecs}\r\na={direction}\r\n"
    )


def request(method, cseq, body="", *, tag="", sender="at", branch="", extra=""):
    to = f";tag={tag}" if tag else ""
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return (
        f"{method} sip:bob@10.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{method}{cseq}{branch}\r\n"
        f"From: <sip:alice@10.0.0.9>;tag={sender}\r\nTo: <sip:bob@10.0.0.1>{to}\r\nCall-ID: c1\r\n"
        f"CSeq: {cseq} {method}\r\nContact: <sip:alice@10.0.0.9>\r\n"
        f"{extra}{kind}Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def statuses(agent):
    return [int(p.data.split()[1]) for p in agent.take_outgoing() if p.data.startswith(b"SIP/2.0")]


def test_a_reinvite_before_the_ack_is_answered(net, arrived):
    """Baresip-python sends one right after it answers (trap T5)."""
    bob, leg, tag = arrived
    bob.receive(request("INVITE", 2, sdp("sendonly"), tag=tag), UDP, net.now)
    assert statuses(bob) == [200]
    assert any(isinstance(e, MediaChanged) and e.leg == leg for e in bob.take_events())


def test_a_reinvite_with_an_identity_and_no_offer_gets_ours(net, arrived):
    """Asterisk sends one with P-Asserted-Identity after an early answer (trap T5)."""
    bob, leg, tag = arrived
    bob.receive(request("ACK", 1, tag=tag), UDP, net.now)
    bob.receive(request("INVITE", 2, tag=tag, extra="P-Asserted-Identity: <sip:9@x>\r\n"), UDP, net.now)
    offer = parse(bob.take_outgoing()[-1].data)
    assert offer.status == 200
    assert b"m=audio 5000" in offer.body
    bob.receive(request("ACK", 2, sdp(port=7000), tag=tag), UDP, net.now)
    assert bob.agreement(leg).audio.port == 7000


def test_an_update_is_answered_without_an_ack(net, arrived):
    bob, leg, tag = arrived
    bob.receive(request("ACK", 1, tag=tag), UDP, net.now)
    bob.receive(request("UPDATE", 2, sdp("inactive"), tag=tag), UDP, net.now)
    assert statuses(bob) == [200]
    assert bob.agreement(leg).is_held_by_peer


def test_the_same_direction_again_is_no_news(net, arrived):
    bob, _leg, tag = arrived
    bob.receive(request("ACK", 1, tag=tag), UDP, net.now)
    bob.take_events()
    bob.receive(request("INVITE", 2, sdp(), tag=tag), UDP, net.now)
    assert statuses(bob) == [200]
    assert bob.take_events() == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("INVITE", 2, sdp(codecs="99"), tag="TAG"), 488),
        (request("INVITE", 2, "no sdp", tag="TAG"), 400),
        (request("INVITE", 1, sdp(), tag="TAG", branch="old"), 500),
        (request("BYE", 2, tag="TAG", sender="stranger"), 481),
        (request("BYE", 2, tag="other"), 481),
        (request("INFO", 2, tag="TAG"), 200),
        (request("OPTIONS", 2, tag="TAG"), 200),
        (request("PUBLISH", 2, tag="TAG"), 405),
        (request("BYE", 2, tag="TAG", extra="Require: x\r\n"), 420),
        (request("REFER", 2, tag="TAG"), 405),
    ],
)
def test_what_comes_inside_a_call_is_judged_and_never_met_with_silence(net, arrived, data, status):
    bob, leg, tag = arrived
    bob.receive(data.replace(b"TAG", tag.encode()), UDP, net.now)
    assert statuses(bob) == [status]
    assert bob.is_up(leg)


def test_the_hold_of_rfc_2543_is_a_hold(net, arrived):
    bob, leg, tag = arrived
    bob.receive(request("ACK", 1, tag=tag), UDP, net.now)
    held = sdp().replace("c=IN IP4 10.0.0.9", "c=IN IP4 0.0.0.0")
    bob.receive(request("INVITE", 2, held, tag=tag), UDP, net.now)
    assert statuses(bob) == [200]
    assert bob.agreement(leg).is_held_by_peer


@pytest.mark.parametrize("line", ["c=IN IP4 media.example.org", "c=IN IP4 999.1.1.1", "b=AS:64"])
def test_sound_to_a_name_or_to_nowhere_is_refused(net, arrived, line):
    """The media thread must never look up a name."""
    bob, leg, tag = arrived
    bob.receive(request("ACK", 1, tag=tag), UDP, net.now)
    bob.receive(request("INVITE", 2, sdp().replace("c=IN IP4 10.0.0.9", line), tag=tag), UDP, net.now)
    assert statuses(bob) == [488]
    assert bob.is_up(leg)


def test_an_ack_with_a_foreign_tag_but_the_invites_branch_is_taken(net, arrived):
    """PyVoIP 1.6.8 writes such ACKs."""
    bob, leg, _tag = arrived
    ack = request("ACK", 1, tag="made-up").replace(b"z9hG4bKACK1", b"z9hG4bKINVITE1")
    bob.receive(ack, UDP, net.now)
    assert any(isinstance(event, Confirmed) for event in bob.take_events())
    bob.tick(net.now + 40)
    assert bob.is_up(leg)


def test_a_bye_before_the_answer_ends_the_call_and_its_invite(net):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, sdp()), UDP, net.now)
    event = bob.take_events()[0]
    bob.ring(event.leg, net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    bob.receive(request("BYE", 2, tag=tag), UDP, net.now)
    assert statuses(bob) == [200, 487]
    assert [type(e) for e in bob.take_events()] == [Ended]


def test_the_same_call_on_two_ways_is_a_loop(net):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, sdp()), UDP, net.now)
    bob.receive(request("INVITE", 1, sdp(), branch="other"), UDP, net.now)
    assert statuses(bob) == [100, 482]
