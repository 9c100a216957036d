"""Which way a request goes whose like was too long for a datagram."""

from __future__ import annotations

from agent_desktop.sip import long_requests
from agent_desktop.sip.long_requests import NO_TCP_S, LongRequests

PEER = ("192.0.2.1", 5060)


def request(method: str, branch: str) -> bytes:
    return f"{method} sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;rport;branch={branch}\r\n\r\n".encode()


def test_cancel_and_the_ack_of_a_refusal_follow_their_invite_and_nothing_else_does():
    ways = LongRequests()
    assert not ways.follows(request("CANCEL", "z9hG4bK1"))
    ways.went(request("INVITE", "z9hG4bK1"))
    ways.went(request("MESSAGE", "z9hG4bK2"))
    assert ways.follows(request("CANCEL", "z9hG4bK1"))
    assert ways.follows(request("ACK", "z9hG4bK1"))
    assert not ways.follows(request("BYE", "z9hG4bK1"))
    assert not ways.follows(request("ACK", "z9hG4bK11"))
    assert not ways.follows(request("CANCEL", "z9hG4bK2"))
    assert not ways.follows(b"CANCEL sip:x@y SIP/2.0\r\n\r\n")


def test_a_peer_that_takes_no_tcp_is_asked_again_after_a_while():
    ways, asked = LongRequests(), request("INVITE", "z9hG4bK1")
    assert ways.may_go(asked, *PEER, now=1.0)
    ways.refused(*PEER, now=1.0)
    assert not ways.may_go(asked, *PEER, now=NO_TCP_S)
    assert ways.may_go(asked, "192.0.2.2", 5060, now=2.0)
    assert ways.may_go(asked, *PEER, now=1.0 + NO_TCP_S)


def test_an_answer_and_what_names_another_way_stay_on_theirs():
    ways = LongRequests()
    assert not ways.may_go(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x\r\n\r\n", *PEER, now=1.0)
    assert not ways.may_go(b"INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/TLS x\r\n\r\n", *PEER, now=1.0)


def test_only_so_much_is_remembered(monkeypatch):
    monkeypatch.setattr(long_requests, "_MOST", 3)
    ways = LongRequests()
    for number in range(5):
        ways.went(request("INVITE", f"z9hG4bK{number}"))
        ways.refused("192.0.2.1", number, now=1.0)
    assert [ways.follows(request("CANCEL", f"z9hG4bK{number}")) for number in range(5)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert not ways.may_go(request("INVITE", "z9hG4bK9"), "192.0.2.1", 4, now=2.0)
