"""The registrar, message by message: what it keeps, what it refuses, and whom it tells to wait."""

from __future__ import annotations

import hashlib

import pytest

from agent_desktop.sip.accounts import Ha1, Registrar
from agent_desktop.sip.address import Address
from agent_desktop.sip.deadlines import Deadlines
from agent_desktop.sip.digest import DigestServer, Proved, parse_challenge, respond
from agent_desktop.sip.events import Bound
from agent_desktop.sip.parser import parse

THERE = Address("udp", "10.0.0.9", 5060)


def register(switch, now, *, cseq=1, contact="<sip:anna@10.0.0.9>", expires="60", call="r1"):
    ask = parse_challenge(switch._parts.digest.challenges(now)[0])
    proof = respond(ask, user="anna", password="secret", method="REGISTER", uri="sip:r", cnonce="c", count=1)
    switch.receive(
        (
            f"REGISTER sip:centre.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{call}{cseq}\r\n"
            f"From: <sip:anna@centre.test>;tag=1\r\nTo: <sip:anna@centre.test>\r\nCall-ID: {call}\r\n"
            f"CSeq: {cseq} REGISTER\r\nContact: {contact}\r\nExpires: {expires}\r\n"
            f"Authorization: {proof}\r\n\r\n"
        ).encode(),
        THERE,
        now,
    )
    return parse(switch.take_outgoing()[-1].data)


@pytest.fixture
def switch(net):
    made, _ = net.agent("switch", registrar=Registrar("centre.test", {"anna": "secret"}.get))
    return made


@pytest.mark.parametrize(
    ("contact", "expires", "status"),
    [
        ("*", "60", 400),
        ("*, <sip:anna@10.0.0.9>", "0", 400),
        ("<tel:123>", "60", 400),
        ("<sip:anna@10.0.0.9>", "5", 423),
        ("<sip:anna@10.0.0.9>;expires=5", "600", 423),
        ("<sip:anna@10.0.0.9>;q=nan", "60", 200),
        ("<sip:anna@10.0.0.9>;q=loud", "rubbish", 200),
        ("<sip:anna@10.0.0.9>;expires=4294967297", "60", 200),
    ],
)
def test_a_registration_is_judged_by_what_it_says(net, switch, contact, expires, status):
    told = register(switch, net.now, contact=contact, expires=expires)
    assert told.status == status
    if status == 200:
        assert "expires=" in told.header("Contact")
    if status == 423:
        assert told.header("Min-Expires") == "30"


def test_a_registration_that_was_overtaken_changes_nothing(net, switch):
    assert register(switch, net.now, cseq=5).status == 200
    assert register(switch, net.now, cseq=4, contact="<sip:old@10.0.0.9>").status == 500
    assert [str(b.contact) for b in switch.bindings("anna", net.now)] == ["sip:anna@10.0.0.9"]
    assert register(switch, net.now, cseq=1, call="r2", contact="<sip:new@10.0.0.9>;q=0.5").status == 200
    contacts = [str(b.contact) for b in switch.bindings("anna", net.now)]
    assert contacts == ["sip:anna@10.0.0.9", "sip:new@10.0.0.9"]


def test_a_phone_can_ask_where_it_is_registered(net, switch):
    register(switch, net.now)
    assert len([e for e in switch.take_events() if isinstance(e, Bound)]) == 1
    told = register(switch, net.now, cseq=2, contact="<sip:anna@10.0.0.9>", expires="60")
    assert told.header("Contact") == "<sip:anna@10.0.0.9>;expires=60"


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_server_may_know_hashes_only(algorithm):
    text = b"anna:centre.test:secret"
    known = Ha1(hashlib.md5(text).hexdigest(), hashlib.sha256(text).hexdigest())  # noqa: S324 - digest is MD5
    server = DigestServer("centre.test", {"anna": known}.get, "k", (algorithm,))
    ask = parse_challenge(server.challenges(0.0)[0])
    header = respond(ask, user="anna", password="secret", method="X", uri="sip:r", cnonce="c", count=1)
    assert server.check((header,), "X", "h", 0.0) == Proved("anna")


def test_moved_deadlines_do_not_pile_up():
    deadlines = Deadlines()
    for number in range(5000):
        deadlines.set("one", 100.0 + number, lambda _now: None)
    assert len(deadlines) == 1
    assert len(deadlines._heap) <= 70
    assert deadlines.next == 5099.0
