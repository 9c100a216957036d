"""Whole calls between two user agents on a network without sockets."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.sip.address import Address, LegId
from agent_desktop.sip.events import (
    Answered,
    CallArrived,
    Confirmed,
    Ended,
    EndedBy,
    MediaChanged,
    Progressed,
    ReinviteRefused,
    RequestArrived,
    ResponseArrived,
)
from agent_desktop.sip.media import G722, PCMA, PCMU, Direction, audio
from agent_desktop.sip.parser import parse
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.uri import Uri, parse_uri

ALICE = audio("10.0.0.1", 4000)
BOB = audio("10.0.0.2", 5000)


def only(events, kind):
    found = [event for event in events if isinstance(event, kind)]
    assert len(found) == 1, events
    return found[0]


@dataclass
class Call:
    """Two agents, their addresses and their ends of one call."""

    alice: UserAgent
    a: Address
    out: LegId
    bob: UserAgent
    b: Address
    arrived: CallArrived

    @property
    def leg(self):
        return self.arrived.leg


def dial(net, **more):
    alice, a = net.agent("alice", **more)
    bob, b = net.agent("bob", **more)
    out = alice.invite(Uri("sip", "bob", b.host), ALICE, net.now, headers=(("X-Interaction", "i7"),))
    return Call(alice, a, out, bob, b, only(net.seen(b), CallArrived))


def connect(net, **more):
    call = dial(net, **more)
    call.bob.answer(call.leg, BOB, net.now)
    net.settle()
    assert only(net.seen(call.a), Answered).leg == call.out
    assert only(net.seen(call.b), Confirmed).leg == call.leg
    net.log.clear()
    return call


def test_a_call_carries_the_interaction_and_both_sides_agree_on_media(net):
    call = dial(net)
    assert call.arrived.message.header("x-interaction") == "i7"
    assert call.arrived.offer.streams[0].port == 4000
    call.bob.ring(call.leg, net.now)
    assert only(net.seen(call.a), Progressed).status == 180
    agreed = call.bob.answer(call.leg, BOB, net.now).audio
    assert (agreed.address, agreed.port, agreed.codec.name) == ("10.0.0.1", 4000, "PCMU")
    mine = only(net.seen(call.a), Answered).agreement.audio
    assert (mine.address, mine.port, mine.codec.name, mine.dtmf.payload_type) == (
        "10.0.0.2",
        5000,
        "PCMU",
        101,
    )
    assert net.words() == ["INVITE", "100 INVITE", "180 INVITE", "200 INVITE", "ACK"]


def test_the_leg_is_known_before_its_first_packet_leaves(net):
    alice, _ = net.agent("alice")
    leg = alice.invite(Uri("sip", "bob", "10.0.0.9"), ALICE, net.now)
    assert leg in alice.legs
    assert alice.take_events() == []
    assert len(alice.take_outgoing()) == 1


@pytest.mark.parametrize("by_caller", [True, False])
def test_hanging_up_ends_both_sides_once(net, by_caller):
    call = connect(net)
    (call.alice if by_caller else call.bob).hang_up(call.out if by_caller else call.leg, net.now)
    at_alice, at_bob = only(net.seen(call.a), Ended), only(net.seen(call.b), Ended)
    assert {at_alice.by, at_bob.by} == {EndedBy.LOCAL, EndedBy.REMOTE}
    assert net.words() == ["BYE", "200 BYE"]
    call.alice.hang_up(call.out, net.now)
    assert net.seen(call.a) == []
    net.wait(100)
    assert net.seen(call.a) == net.seen(call.b) == []
    assert call.alice.legs == call.bob.legs == ()
    assert call.alice.deadline is None
    assert call.bob.deadline is None


def test_a_ringing_call_cannot_be_held(net):
    call = dial(net)
    with pytest.raises(IllegalStepError):
        call.bob.hold(call.leg, net.now)
    with pytest.raises(IllegalStepError):
        call.alice.hold(call.out, net.now)


def test_a_call_that_is_over_is_unknown(net):
    call = connect(net)
    call.alice.hang_up(call.out, net.now)
    with pytest.raises(RefusedError) as error:
        call.alice.hold(call.out, net.now)
    assert error.value.code == "no_such_call"


def test_a_refused_call_names_the_reason(net):
    call = dial(net)
    call.bob.reject(call.leg, net.now, 486, "At lunch")
    ended = only(net.seen(call.a), Ended)
    assert (ended.by, ended.status, ended.reason) == (EndedBy.REFUSED, 486, "At lunch")
    assert only(net.seen(call.b), Ended).by is EndedBy.LOCAL
    assert net.words() == ["INVITE", "100 INVITE", "486 INVITE", "ACK"]


def test_a_cancelled_call_gets_487(net):
    call = dial(net)
    call.bob.ring(call.leg, net.now)
    net.settle()
    call.alice.cancel(call.out, net.now)
    assert only(net.seen(call.a)[1:], Ended).by is EndedBy.LOCAL
    assert only(net.seen(call.b), Ended).by is EndedBy.CANCELLED
    assert net.words()[-4:] == ["CANCEL", "200 CANCEL", "487 INVITE", "ACK"]


def test_cancel_waits_for_a_provisional_answer(net):
    alice, a = net.agent("alice")
    out = alice.invite(Uri("sip", "bob", "10.0.0.2"), ALICE, net.now)
    alice.cancel(out, net.now)
    assert only(net.seen(a), Ended).by is EndedBy.LOCAL
    assert net.words() == ["INVITE"]
    _, b = net.agent("bob")
    net.wait(0.6)  # the repeated INVITE meets somebody, whose 100 lets the CANCEL go
    assert [type(event) for event in net.seen(b)] == [CallArrived, Ended]
    assert net.words() == ["INVITE", "100 INVITE", "CANCEL", "200 CANCEL", "487 INVITE", "ACK"]


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_ended(net):
    call = dial(net)
    call.bob.answer(call.leg, BOB, net.now)
    call.alice.cancel(call.out, net.now)  # the 200 is on its way
    net.settle()
    assert only(net.seen(call.a), Ended).by is EndedBy.LOCAL
    assert [type(event) for event in net.seen(call.b)] == [Confirmed, Ended]
    assert call.bob.legs == ()


def test_hold_and_resume(net):
    call = connect(net)
    call.alice.hold(call.out, net.now)
    at_bob = only(net.seen(call.b), MediaChanged)
    assert at_bob.by_peer
    assert at_bob.agreement.is_held_by_peer
    assert at_bob.agreement.audio.direction is Direction.RECVONLY
    assert only(net.seen(call.a), MediaChanged).agreement.audio.direction is Direction.SENDONLY
    bodies = [parse(packet.data).body for _, packet in net.log if b"m=audio" in packet.data]
    assert b"a=sendonly" in bodies[0]
    assert b" 2 IN IP4" in bodies[0]
    assert b"a=recvonly" in bodies[1]
    call.bob.hold(call.leg, net.now)
    assert only(net.seen(call.a), MediaChanged).agreement.audio.direction is Direction.INACTIVE
    net.seen(call.b)
    call.alice.resume(call.out, net.now)
    assert only(net.seen(call.b), MediaChanged).agreement.audio.direction is Direction.SENDONLY
    call.bob.resume(call.leg, net.now)
    assert only(net.seen(call.b), MediaChanged).agreement.audio.direction is Direction.SENDRECV


def test_two_reinvites_at_once_both_come_through(net):
    call = connect(net)
    call.alice.hold(call.out, net.now)
    call.bob.reinvite(call.leg, audio("10.0.0.2", 6000), net.now)
    net.settle()
    assert "491 INVITE" in net.words()
    net.wait(10)
    assert not [e for e in net.seen(call.a) + net.seen(call.b) if isinstance(e, (ReinviteRefused, Ended))]
    assert call.alice.agreement(call.out).audio.port == 6000
    assert call.alice.agreement(call.out).audio.direction is Direction.SENDONLY
    assert call.bob.agreement(call.leg).audio.direction is Direction.RECVONLY


def test_a_refused_reinvite_leaves_the_call_as_it_was(net):
    call = connect(net)
    call.bob.set_media(call.leg, audio("10.0.0.2", 5000, (PCMA,)))
    before = call.alice.agreement(call.out)
    call.alice.reinvite(call.out, audio("10.0.0.1", 4000, (PCMU,)), net.now)
    assert only(net.seen(call.a), ReinviteRefused).status == 488
    assert call.alice.agreement(call.out) == before
    assert call.bob.is_up(call.leg)
    call.alice.hang_up(call.out, net.now)
    assert only(net.seen(call.b), Ended).by is EndedBy.REMOTE


def test_no_shared_codec_is_refused_with_488(net):
    call = dial(net)
    with pytest.raises(RefusedError) as error:
        call.bob.answer(call.leg, audio("10.0.0.2", 5000, (G722,)), net.now)
    assert error.value.code == "no_codec"
    assert only(net.seen(call.a), Ended).status == 488


def test_nobody_answers(net):
    call = dial(net, ring_timeout_s=20.0)
    net.wait(30)
    assert only(net.seen(call.b), Ended).by is EndedBy.TIMED_OUT
    assert only([e for e in net.seen(call.a) if isinstance(e, Ended)], Ended).status in {408, 480}


def test_a_silent_server_is_tried_for_32_seconds(net):
    alice, a = net.agent("alice")
    alice.invite(Uri("sip", "bob", "10.0.0.99"), ALICE, net.now)
    net.wait(31.6)
    assert net.seen(a) == []
    assert net.words() == ["INVITE"] * 7
    net.wait(2)
    assert only(net.seen(a), Ended).by is EndedBy.TIMED_OUT


def test_an_answer_without_an_ack_is_repeated_then_given_up(net):
    call = dial(net)
    net.loses = lambda _n, packet: packet.data.startswith(b"ACK")
    call.bob.answer(call.leg, BOB, net.now)
    net.wait(40)
    assert net.words().count("200 INVITE") >= 10
    assert only(net.seen(call.b), Ended).by is EndedBy.TIMED_OUT
    assert only(net.seen(call.a)[-1:], Ended).by is EndedBy.REMOTE


def test_a_callee_that_hangs_up_before_the_ack_waits_for_it(net):
    call = dial(net)
    net.loses = lambda _n, packet: packet.data.startswith(b"ACK")
    call.bob.answer(call.leg, BOB, net.now)
    net.settle()
    call.bob.hang_up(call.leg, net.now)
    net.settle()
    assert "BYE" not in net.words()
    net.loses = lambda _n, _packet: False
    net.wait(1)
    assert "BYE" in net.words()
    assert only(net.seen(call.a)[-1:], Ended).by is EndedBy.REMOTE


def test_a_late_offer_is_answered_in_the_ack(net):
    bob, _ = net.agent("bob")
    _, a = net.agent("alice")
    head = (
        f"INVITE sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {a.host};branch=z9hG4bKlate1\r\n"
        "From: <sip:alice@10.0.0.2>;tag=at\r\nTo: <sip:bob@10.0.0.1>\r\nCall-ID: late\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:alice@10.0.0.2>\r\nContent-Length: 0\r\n\r\n"
    )
    bob.receive(head.encode(), a, net.now)
    arrived = only(bob.take_events(), CallArrived)
    assert arrived.offer is None
    assert bob.answer(arrived.leg, BOB, net.now) is None
    ok = parse(bob.take_outgoing()[-1].data)
    assert b"m=audio 5000" in ok.body
    body = (
        b"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4444 RTP/AVP 8\r\n"
    )
    ack = (
        f"ACK sip:bob@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {a.host};branch=z9hG4bKlate2\r\n"
        f"From: <sip:alice@10.0.0.2>;tag=at\r\nTo: {ok.header('To')}\r\nCall-ID: late\r\nCSeq: 1 ACK\r\n"
        f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    bob.receive(ack.encode() + body, a, net.now)
    events = bob.take_events()
    assert only(events, Confirmed)
    agreed = only(events, MediaChanged).agreement.audio
    assert (agreed.port, agreed.codec) == (4444, PCMA)


def test_a_replaces_header_names_the_leg_it_replaces(net):
    call = connect(net)
    carol, c = net.agent("carol")
    header = call.bob.replaces_header(call.leg)
    carol.invite(
        Uri("sip", "alice", call.a.host), audio("10.0.0.3", 7000), net.now, headers=(("Replaces", header),)
    )
    assert only(net.seen(call.a), CallArrived).replaces == call.out
    carol.invite(
        Uri("sip", "alice", call.a.host),
        audio("10.0.0.3", 7000),
        net.now,
        headers=(("Replaces", "x;to-tag=1;from-tag=2"),),
    )
    net.settle()
    assert only(net.seen(c), Ended).status == 481


def test_info_inside_a_call_is_reported_and_answered(net):
    call = connect(net)
    request = call.alice.request("INFO", net.now, leg=call.out, body=b"Signal=1")
    came = only(net.seen(call.b), RequestArrived)
    assert (came.leg, came.method, came.needs_response) == (call.leg, "INFO", False)
    assert only(net.seen(call.a), ResponseArrived).status == 200
    assert request


def test_a_handled_method_waits_for_the_application(net):
    call = connect(net, handled=frozenset({"REFER"}))
    call.alice.request("REFER", net.now, leg=call.out, headers=(("Refer-To", "<sip:carol@10.0.0.3>"),))
    came = only(net.seen(call.b), RequestArrived)
    assert came.needs_response
    call.bob.respond(came.request, 202, net.now)
    assert only(net.seen(call.a), ResponseArrived).status == 202
    with pytest.raises(RefusedError):
        call.bob.respond(came.request, 202, net.now)


def test_a_forgotten_request_is_answered_with_500(net):
    call = connect(net, handled=frozenset({"REFER"}))
    call.alice.request("REFER", net.now, leg=call.out)
    net.wait(31)
    assert (
        only([e for e in net.seen(call.a) if isinstance(e, ResponseArrived)], ResponseArrived).status == 500
    )


def test_options_is_answered_inside_and_outside_a_call(net):
    call = connect(net)
    call.alice.request("OPTIONS", net.now, leg=call.out)
    call.alice.request("OPTIONS", net.now, target=parse_uri(f"sip:{call.b.host}"))
    assert [e.status for e in net.seen(call.a)] == [200, 200]
    assert net.seen(call.b) == []


def test_a_call_that_the_peer_forgot_ends_on_481(net):
    call = connect(net)
    call.bob.hang_up(call.leg, net.now)
    call.bob.take_outgoing()  # its BYE gets lost, and it forgets
    call.alice.hold(call.out, net.now)
    assert only(net.seen(call.a), Ended).status == 481


def test_a_connection_that_breaks_fails_the_call(net):
    alice, a = net.agent("alice")
    alice.invite(Uri("sip", "bob", "10.0.0.2"), ALICE, net.now)
    net.settle()
    alice.connection_failed(Address("udp", "10.0.0.2", 5060), net.now)
    assert only(net.seen(a), Ended).by is EndedBy.FAILED


def test_early_media_is_agreed_before_the_answer(net):
    call = dial(net)
    call.bob.ring(call.leg, net.now, status=183, media=BOB)
    progressed = only(net.seen(call.a), Progressed)
    assert progressed.agreement.audio.port == 5000
    call.bob.answer(call.leg, BOB, net.now)
    assert only(net.seen(call.a), Answered).agreement == progressed.agreement
