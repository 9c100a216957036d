"""Registering, staying registered, being a registrar, and who gets a hash of the password."""

from __future__ import annotations

import itertools
import re

import pytest

from agent_desktop.sip.accounts import Account, Registrar
from agent_desktop.sip.address import Address
from agent_desktop.sip.digest import (
    DigestServer,
    Proved,
    Refused,
    parse_challenge,
    parse_credentials,
    respond,
    strongest,
)
from agent_desktop.sip.events import (
    Answered,
    Bound,
    CallArrived,
    Ended,
    Registered,
    RegistrationFailed,
    Unbound,
    Unregistered,
)
from agent_desktop.sip.media import audio
from agent_desktop.sip.parser import parse
from agent_desktop.sip.uri import Uri

PASSWORDS = {"anna": "secret", "ben": "hidden"}


def centre(net, **more):
    switch, s = net.agent("switch", registrar=Registrar("centre.test", PASSWORDS.get, **more))
    phone, p = net.agent("phone")
    return switch, s, phone, p


def account(server, **more):
    return Account(**{"user": "anna", "domain": "centre.test", "server": server, "password": "secret"} | more)


def test_a_phone_registers_stays_registered_and_signs_off(net):
    switch, s, phone, p = centre(net)
    name = phone.register(account(s), net.now)
    assert [type(e) for e in net.seen(p)] == [Registered]
    bound = net.seen(s)[0]
    assert isinstance(bound, Bound)
    assert (bound.user, bound.is_new) == ("anna", True)
    assert [b.source for b in switch.bindings("anna", net.now)] == [p]
    net.wait(1000)
    assert net.seen(p) == []
    assert all(isinstance(e, Bound) and not e.is_new for e in net.seen(s))
    assert len(switch.bindings("anna", net.now)) == 1
    phone.unregister(name, net.now)
    assert [type(e) for e in net.seen(p)] == [Unregistered]
    assert [(type(e), e.expired) for e in net.seen(s)] == [(Unbound, False)]
    assert switch.bindings("anna", net.now) == ()


def test_a_phone_that_vanishes_is_unbound_when_its_time_is_over(net):
    _, s, phone, _ = centre(net)
    phone.register(account(s, expires_s=60), net.now)
    net.seen(s)
    net.loses = lambda _n, _packet: True
    net.wait(61)
    assert [(type(e), e.expired) for e in net.seen(s)] == [(Unbound, True)]


@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"user": "nobody"}])
def test_a_wrong_password_and_an_unknown_user_look_alike_and_are_not_tried_again(net, wrong):
    _, s, phone, p = centre(net)
    phone.register(account(s, **wrong), net.now)
    failed = net.seen(p)[0]
    assert isinstance(failed, RegistrationFailed)
    assert (failed.status, failed.retry_at) == (401, None)
    assert net.words() == ["REGISTER", "401 REGISTER"] * 2
    net.wait(1000)
    assert net.words() == []


def test_guessing_is_slowed_down_by_host_and_user(net):
    server = DigestServer("r", PASSWORDS.get, "secret of the server")

    def attempt(password, host="h", now=0.0):
        challenge = parse_challenge(server.challenges(now)[0])
        header = respond(
            challenge, user="anna", password=password, method="REGISTER", uri="sip:r", cnonce="c", count=1
        )
        return server.check((header,), "REGISTER", host, now)

    for _ in range(5):
        refused = attempt("guess")
        assert isinstance(refused, Refused)
        assert refused.wait_s == 0
    blocked = attempt("secret")
    assert isinstance(blocked, Refused)
    assert blocked.wait_s > 0
    assert attempt("secret", host="other") == Proved("anna")
    assert attempt("secret", now=500.0) == Proved("anna")


def test_a_registrar_that_comes_back_is_found_again_with_waits_of_five_seconds_at_most(net):
    switch, s, phone, p = centre(net)
    net.loses = lambda _n, packet: packet.destination == s
    phone.register(account(s), net.now)
    net.wait(200)
    failures = [e for e in net.seen(p) if isinstance(e, RegistrationFailed)]
    assert len(failures) >= 3
    assert all(e.status == 408 and e.retry_at is not None for e in failures)
    waits = [b.retry_at - a.retry_at for a, b in itertools.pairwise(failures)]
    assert waits == sorted(waits)
    assert waits[-1] - 32 <= 5
    net.loses = lambda _n, _packet: False
    net.wait(5)
    assert [type(e) for e in net.seen(p)][-1] is Registered
    assert switch.bindings("anna", net.now)


def test_too_short_a_time_is_lengthened(net):
    _, s, phone, p = centre(net, min_expires_s=120)
    phone.register(account(s, expires_s=60), net.now)
    registered = net.seen(p)[0]
    assert isinstance(registered, Registered)
    assert registered.expires_s == 120
    assert "423 REGISTER" in net.words()


def test_the_answer_to_a_foreign_realm_is_silence(net):
    """EnableSecurity ES2021-05: a hash for a stranger can be cracked at leisure."""
    _, s = net.agent("switch", registrar=Registrar("evil.test", PASSWORDS.get))
    phone, p = net.agent("phone")
    phone.register(account(s), net.now)
    assert [type(e) for e in net.seen(p)] == [RegistrationFailed]
    assert all(b"Authorization" not in packet.data for _, packet in net.log)


def test_a_peer_that_is_not_the_server_gets_no_hash_even_for_the_right_realm(net):
    _, s, phone, p = centre(net)
    stranger, x = net.agent("stranger", registrar=Registrar("centre.test", {}.get))
    phone.invite(Uri("sip", "x", x.host), audio("10.0.0.2", 4000), net.now, account=account(s), destination=x)
    stranger.challenge(net.seen(x)[0].leg, net.now)
    assert [e.status for e in net.seen(p) if isinstance(e, Ended)] == [401]
    assert all(b"Authorization" not in packet.data for _, packet in net.log)


def test_a_call_through_the_switch_is_challenged_once_and_then_known(net):
    switch, s, phone, p = centre(net)
    phone.invite(Uri("sip", "100", "centre.test"), audio("10.0.0.2", 4000), net.now, account=account(s))
    first = net.seen(s)[0]
    assert isinstance(first, CallArrived)
    assert first.user is None
    switch.challenge(first.leg, net.now)
    second = net.seen(s)
    assert [type(e) for e in second] == [CallArrived]
    assert second[0].user == "anna"
    switch.answer(second[0].leg, audio("10.0.0.1", 6000), net.now)
    assert [type(e) for e in net.seen(p)] == [Answered]


def test_a_replayed_or_old_answer_is_called_stale():
    server = DigestServer("r", PASSWORDS.get, "k", ("MD5", "SHA-256"))
    challenge = parse_challenge(server.challenges(0.0)[1])
    header = respond(challenge, user="anna", password="secret", method="X", uri="sip:r", cnonce="c", count=1)
    assert server.check((header,), "X", "h", 0.0) == Proved("anna")
    again = server.check((header,), "X", "h", 0.0)
    assert isinstance(again, Refused)
    assert all(parse_challenge(text).stale for text in again.challenges)
    late = respond(challenge, user="anna", password="secret", method="X", uri="sip:r", cnonce="c", count=2)
    assert isinstance(server.check((late,), "X", "h", 301.0), Refused)


def test_one_user_cannot_register_as_another(net):
    switch, s, phone, p = centre(net)
    phone.register(account(s, user="ben", password="secret", auth_user="anna"), net.now)
    assert [(type(e), e.status) for e in net.seen(p)] == [(RegistrationFailed, 403)]
    assert switch.bindings("ben", net.now) == ()


def test_the_strongest_challenge_of_our_realm_is_answered():
    md5 = parse_challenge('Digest realm="r", nonce="n", algorithm=MD5, qop="auth,auth-int"')
    sha = parse_challenge('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')
    other = parse_challenge('Digest realm="x", nonce="n", algorithm=SHA-256, qop="auth"')
    assert strongest([md5, other, sha], "r") is sha
    assert strongest([other], "r") is None
    assert parse_challenge('Digest realm="r", nonce="n", algorithm=SHA-512-256') is None
    assert parse_challenge("NoOneKnowsThisScheme opaque-data=here") is None


def test_digest_agrees_with_the_published_example():
    """RFC 2617 section 3.5; SHA-256 is checked against Kamailio in test_peers."""
    challenge = parse_challenge(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    header = respond(
        challenge,
        user="Mufasa",
        password="Circle Of Life",
        method="GET",
        uri="/dir/index.html",
        cnonce="0a4f113b",
        count=1,
    )
    assert parse_credentials(header).response == "6629fae49393a05397450978507c4ef1"


def test_a_user_has_a_bounded_number_of_phones(net):
    switch, s, _, _ = centre(net, max_bindings=2)
    for name in ("one", "two", "three"):
        phone, _ = net.agent(name)
        phone.register(account(s), net.now)
        net.settle()
    assert len(switch.bindings("anna", net.now)) == 2


def test_everything_can_be_removed_with_a_star(net):
    switch, s, phone, p = centre(net)
    phone.register(account(s), net.now)
    net.settle()
    packet = next(q for _, q in reversed(net.log) if q.data.startswith(b"REGISTER"))
    text = re.sub(rb"Contact: [^\r]*", b"Contact: *", packet.data)
    text = re.sub(rb"Expires: \d+", b"Expires: 0", text)
    challenge = parse_challenge(DigestServer.challenges(switch._parts.digest, net.now)[0])
    field = respond(
        challenge,
        user="anna",
        password="secret",
        method="REGISTER",
        uri="sip:centre.test",
        cnonce="c",
        count=1,
    )
    text = re.sub(rb"\r\nAuthorization: [^\r]*", f"\r\nAuthorization: {field}".encode(), text)
    text = re.sub(rb"branch=\w+", b"branch=z9hG4bKnew", text)
    text = re.sub(rb"CSeq: \d+", b"CSeq: 99", text)
    switch.receive(text, p, net.now)
    assert parse(switch.take_outgoing()[0].data).status == 200
    assert switch.bindings("anna", net.now) == ()


def test_a_broken_connection_to_the_registrar_is_mended_within_seconds(net):
    phone, p = net.agent("phone")
    _, s = net.agent("switch", registrar=Registrar("centre.test", PASSWORDS.get))
    phone.register(account(s), net.now)
    net.settle()
    net.words()
    phone.connection_failed(s, net.now)
    net.wait(2)
    assert "200 REGISTER" in net.words()
    assert [type(e) for e in net.seen(p)] == [Registered]


def test_a_broken_address_is_a_clear_failure(net):
    phone, p = net.agent("phone")
    phone.register(account(Address("tcp", "10.0.0.9", 5060)), net.now)
    phone.connection_failed(Address("tcp", "10.0.0.9", 5060), net.now)
    failed = net.seen(p)[0]
    assert isinstance(failed, RegistrationFailed)
    assert failed.status == 503
    assert failed.retry_at > net.now
