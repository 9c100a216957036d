"""What goes wrong inside a call, at its edges, and at a registrar: each has its answer."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError, SipError
from agent_desktop.sip.accounts import Account, Registrar
from agent_desktop.sip.address import Address
from agent_desktop.sip.digest import parse_challenge, parse_credentials, respond
from agent_desktop.sip.events import (
    Answered,
    CallArrived,
    Confirmed,
    Ended,
    EndedBy,
    MediaChanged,
    Registered,
    RegistrationFailed,
    ReinviteRefused,
    ResponseArrived,
)
from agent_desktop.sip.media import Direction, audio
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import parse
from agent_desktop.sip.uri import Uri

THERE = Address("udp", "10.0.0.9", 5060)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na={}\r\n"
)
PROOF = ("WWW-Authenticate", 'Digest realm="centre.test", nonce="n1", algorithm=MD5, qop="auth"')


def request(method, cseq, body="", *, tag="", extra="", uri="sip:bob@10.0.0.1"):
    to = f";tag={tag}" if tag else ""
    kind = "Content-Type: application/sdp\r\n" if body and "Content-Type" not in extra else ""
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{method}{cseq}\r\n"
        f"From: <sip:alice@10.0.0.9>;tag=at\r\nTo: <sip:bob@10.0.0.1>{to}\r\nCall-ID: c1\r\n"
        f"CSeq: {cseq} {method}\r\nContact: <sip:alice@10.0.0.9>\r\n{extra}{kind}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def answer(asked: Request, status: int, *, body: bytes = b"", extra=()) -> bytes:
    to = asked.header("To")
    kept = [(n, v) for n, v in asked.headers if n in {"Via", "From", "Call-ID", "CSeq"}]
    kept += [("To", to if "tag=" in to else f"{to};tag=bt"), ("Contact", "<sip:bob@10.0.0.9>"), *extra]
    if body:
        kept.append(("Content-Type", "application/sdp"))
    return bytes(Response(tuple(kept), body, status, "x"))


def statuses(agent):
    return [int(p.data.split()[1]) for p in agent.take_outgoing() if p.data.startswith(b"SIP/2.0")]


def sent(agent) -> list[Request]:
    return [m for p in agent.take_outgoing() if isinstance(m := parse(p.data), Request)]


@pytest.fixture
def ours(net):
    """A call that we made through our server, and that is up; every packet is in the test's hands."""
    alice, _ = net.agent("alice")
    account = Account("alice", "centre.test", THERE, "secret")
    leg = alice.invite(Uri("sip", "bob", "centre.test"), audio("10.0.0.1", 4000), net.now, account=account)
    (invite,) = sent(alice)
    alice.receive(answer(invite, 200, body=SDP.format("sendrecv").encode()), THERE, net.now)
    assert [m.method for m in sent(alice)] == ["ACK"]
    assert [type(e) for e in alice.take_events()] == [Answered]
    return alice, leg


@pytest.fixture
def theirs(net):
    """A call that came and is up."""
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, SDP.format("sendrecv")), THERE, net.now)
    event = bob.take_events()[0]
    bob.answer(event.leg, audio("10.0.0.1", 5000), net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    bob.receive(request("ACK", 1, tag=tag), THERE, net.now)
    assert isinstance(bob.take_events()[-1], Confirmed)
    return bob, event.leg, tag


# ---------------------------------------------------------------- our requests


def test_a_challenge_of_our_server_inside_a_call_is_answered(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    (first,) = sent(alice)
    alice.receive(answer(first, 401, extra=(PROOF,)), THERE, net.now)
    ack, second = sent(alice)
    assert (ack.method, second.method) == ("ACK", "INVITE")
    assert int(second.header("CSeq").split()[0]) == int(first.header("CSeq").split()[0]) + 1
    assert parse_credentials(second.header("Authorization")).username == "alice"
    alice.receive(answer(second, 200, body=SDP.format("recvonly").encode()), THERE, net.now)
    changed = alice.take_events()[0]
    assert isinstance(changed, MediaChanged)
    assert changed.agreement.audio.direction is Direction.SENDONLY
    sent(alice)
    alice.hang_up(leg, net.now)
    (bye,) = sent(alice)
    alice.receive(answer(bye, 401, extra=(PROOF,)), THERE, net.now)
    (again,) = sent(alice)
    assert (again.method, again.has("Authorization")) == ("BYE", True)


def test_a_wrong_password_for_a_reinvite_leaves_the_call_up(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    for _ in range(4):
        found = [m for m in sent(alice) if m.method == "INVITE"]
        if not found:
            break
        alice.receive(answer(found[0], 401, extra=(PROOF,)), THERE, net.now)
    assert [type(e) for e in alice.take_events()] == [ReinviteRefused]
    assert alice.is_up(leg)


@pytest.mark.parametrize(("status", "bye"), [(481, False), (408, True)])
def test_a_peer_that_has_lost_the_call_ends_it(net, ours, status, bye):
    alice, leg = ours
    alice.hold(leg, net.now)
    (invite,) = sent(alice)
    alice.receive(answer(invite, status), THERE, net.now)
    ended = alice.take_events()[0]
    assert isinstance(ended, Ended)
    assert (ended.by, ended.status) == (EndedBy.TIMED_OUT, status)
    assert ("BYE" in [m.method for m in sent(alice)]) is bye
    assert leg not in alice.legs


def test_a_reinvite_that_nobody_answers_ends_the_call(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    net.wait(33)
    assert [type(e) for e in net.seen(Address("udp", "10.0.0.1", 5060))] == [Ended]
    assert not alice.is_up(leg)


def test_an_answer_to_a_hold_that_makes_no_sense_ends_the_call(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    (invite,) = sent(alice)
    alice.receive(answer(invite, 200), THERE, net.now)
    assert [m.method for m in sent(alice)] == ["ACK", "BYE"]
    assert alice.take_events()[0].by is EndedBy.FAILED


def test_an_answer_to_a_hold_that_comes_twice_is_acknowledged_twice(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    (invite,) = sent(alice)
    ok = answer(invite, 200, body=SDP.format("recvonly").encode())
    alice.receive(ok, THERE, net.now)
    alice.receive(ok, THERE, net.now)
    assert [m.method for m in sent(alice)] == ["ACK", "ACK"]
    assert len(alice.take_events()) == 1


def test_hold_and_resume_pressed_at_once_end_in_the_last_wish(net, ours):
    alice, leg = ours
    alice.hold(leg, net.now)
    alice.resume(leg, net.now)
    alice.hold(leg, net.now)
    alice.resume(leg, net.now)
    (invite,) = sent(alice)
    alice.receive(answer(invite, 200, body=SDP.format("recvonly").encode()), THERE, net.now)
    ack, again = sent(alice)
    assert b"a=sendrecv" in again.body
    alice.receive(answer(again, 200, body=SDP.format("sendrecv").encode()), THERE, net.now)
    assert alice.agreement(leg).audio.direction is Direction.SENDRECV
    assert ack.method == "ACK"


def test_a_request_in_a_call_that_the_peer_lost_ends_it(net, ours):
    alice, leg = ours
    alice.request("INFO", net.now, leg=leg)
    (info,) = sent(alice)
    alice.receive(answer(info, 481), THERE, net.now)
    assert [type(e) for e in alice.take_events()] == [ResponseArrived, Ended]


def test_a_request_outside_a_call_answers_its_challenge(net):
    alice, _ = net.agent("alice")
    account = Account("alice", "centre.test", THERE, "secret")
    name = alice.request("OPTIONS", net.now, target=Uri("sip", "", "centre.test"), account=account)
    (first,) = sent(alice)
    alice.receive(answer(first, 401, extra=(PROOF,)), THERE, net.now)
    (second,) = sent(alice)
    assert second.has("Authorization")
    alice.receive(answer(second, 200), THERE, net.now)
    assert [(e.request, e.status) for e in alice.take_events()] == [(name, 200)]


def test_a_request_needs_somewhere_to_go(net):
    alice, _ = net.agent("alice")
    with pytest.raises(SipError):
        alice.request("OPTIONS", net.now)


# ---------------------------------------------------------------- their requests


def test_an_update_without_an_offer_moves_the_target_only(net, theirs):
    bob, leg, tag = theirs
    moved = request("UPDATE", 2, tag=tag).replace(
        b"Contact: <sip:alice@10.0.0.9>", b"Contact: <sip:new@10.0.0.8>"
    )
    bob.receive(moved, THERE, net.now)
    assert statuses(bob) == [200]
    bob.hang_up(leg, net.now)
    assert sent(bob)[0].uri == "sip:new@10.0.0.8"


def test_an_update_while_we_offer_gets_491(net, theirs):
    bob, leg, tag = theirs
    bob.hold(leg, net.now)
    sent(bob)
    bob.receive(request("UPDATE", 2, SDP.format("sendonly"), tag=tag), THERE, net.now)
    assert statuses(bob) == [491]


@pytest.mark.parametrize(("body", "status"), [(SDP.format("sendonly"), 500), ("", 200)])
def test_an_update_before_the_answer_may_not_offer(net, body, status):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, SDP.format("sendrecv")), THERE, net.now)
    bob.ring(bob.take_events()[0].leg, net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    bob.receive(request("UPDATE", 2, body, tag=tag), THERE, net.now)
    assert statuses(bob) == [status]


def test_an_update_with_no_shared_codec_gets_488(net, theirs):
    bob, leg, tag = theirs
    body = SDP.format("sendrecv").replace("RTP/AVP 0", "RTP/AVP 97")
    bob.receive(request("UPDATE", 2, body, tag=tag), THERE, net.now)
    assert statuses(bob) == [488]
    assert bob.is_up(leg)


def test_a_second_invite_before_the_first_is_answered_gets_500(net):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, SDP.format("sendrecv")), THERE, net.now)
    bob.ring(bob.take_events()[0].leg, net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    bob.receive(request("INVITE", 2, SDP.format("sendrecv"), tag=tag), THERE, net.now)
    assert statuses(bob) == [500]


def test_an_ack_with_an_answer_that_makes_no_sense_ends_the_call(net):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1), THERE, net.now)
    bob.answer(bob.take_events()[0].leg, audio("10.0.0.1", 5000), net.now)
    tag = parse(bob.take_outgoing()[-1].data).header("To").partition("tag=")[2]
    bob.receive(request("ACK", 1, "rubbish", tag=tag), THERE, net.now)
    assert [type(e) for e in bob.take_events()] == [Confirmed, Ended]
    assert [m.method for m in sent(bob)] == ["BYE"]


def test_too_many_calls_are_refused_for_a_while(net):
    bob, _ = net.agent("bob", max_legs=0)
    bob.receive(request("INVITE", 1, SDP.format("sendrecv")), THERE, net.now)
    bob.receive(request("OPTIONS", 1), THERE, net.now)
    assert statuses(bob) == [503, 503]


@pytest.mark.parametrize("value", ["nonsense", "c1;;", "x;to-tag=a;from-tag=b", ";"])
def test_a_replaces_header_that_names_nothing_gets_481(net, value):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, SDP.format("sendrecv"), extra=f"Replaces: {value}\r\n"), THERE, net.now)
    assert statuses(bob)[-1] == 481


def test_a_compressed_description_gets_415(net):
    bob, _ = net.agent("bob")
    extra = "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n"
    bob.receive(request("INVITE", 1, SDP.format("sendrecv"), extra=extra), THERE, net.now)
    assert statuses(bob) == [415]


def test_a_call_cannot_be_challenged_without_accounts(net):
    bob, _ = net.agent("bob")
    bob.receive(request("INVITE", 1, SDP.format("sendrecv")), THERE, net.now)
    event = bob.take_events()[0]
    assert isinstance(event, CallArrived)
    with pytest.raises(RefusedError):
        bob.challenge(event.leg, net.now)


def test_a_caller_that_guesses_is_told_to_wait(net):
    switch, _ = net.agent("switch", registrar=Registrar("centre.test", {"alice": "secret"}.get))
    answers = []
    for number in range(1, 8):
        ask = parse_challenge(switch._parts.digest.challenges(net.now)[0])
        guess = respond(
            ask, user="alice", password="guess", method="INVITE", uri="sip:b", cnonce="c", count=1
        )
        data = request("INVITE", number, SDP.format("sendrecv"), extra=f"Authorization: {guess}\r\n")
        switch.receive(data.replace(b"Call-ID: c1", b"Call-ID: c%d" % number), THERE, net.now)
        event = switch.take_events()[0]
        assert event.user is None
        switch.challenge(event.leg, net.now)
        answers.append(statuses(switch)[-1])
    assert answers == [401] * 5 + [403] * 2


# ---------------------------------------------------------------- registering


def test_leaving_while_the_answer_is_on_its_way_still_leaves(net):
    phone, p = net.agent("phone")
    name = phone.register(Account("anna", "centre.test", THERE, "secret"), net.now)
    (first,) = sent(phone)
    phone.unregister(name, net.now)
    phone.unregister(name, net.now)
    phone.receive(answer(first, 200), THERE, net.now)
    (last,) = sent(phone)
    assert last.header("Expires") == "0"
    phone.receive(answer(last, 200), THERE, net.now)
    assert [type(e).__name__ for e in net.seen(p)] == ["Unregistered"]


def test_a_server_that_asks_for_time_gets_it(net):
    phone, p = net.agent("phone")
    phone.register(Account("anna", "centre.test", THERE, "secret"), net.now)
    (first,) = sent(phone)
    phone.receive(answer(first, 503, extra=(("Retry-After", "90"),)), THERE, net.now)
    failed = net.seen(p)[0]
    assert isinstance(failed, RegistrationFailed)
    assert failed.retry_at == net.now + 90
    net.wait(91)
    assert "REGISTER" in net.words()


def test_what_the_server_grants_counts_and_not_what_we_asked(net):
    phone, p = net.agent("phone")
    phone.register(Account("anna", "centre.test", THERE, "secret", expires_s=600), net.now)
    (first,) = sent(phone)
    granted = answer(first, 200, extra=(("Expires", "40"),))
    phone.receive(granted, THERE, net.now)
    assert [(type(e), e.expires_s) for e in net.seen(p)] == [(Registered, 40)]
