"""Reliable provisional answers (RFC 3262), from both ends."""

from __future__ import annotations

import pytest

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
from agent_desktop.sip.uri import Uri

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio {} RTP/AVP 0\r\na=sendrecv\r\n"
)
MINE = audio("10.0.0.1", 4000)
NEEDED = "Require: 100rel\r\n"
ABLE = "Supported: 100rel\r\n"


def reliable(number):
    return (("Require", "100rel"), ("RSeq", str(number)))


# ---------------------------------------------------------------- we call


def test_every_reliable_answer_in_order_gets_its_prack(script):
    s = script()
    _leg, invite = s.dial()
    assert "100rel" in invite.header("Supported")
    s.reply(invite, 180, extra=reliable(41))
    first = s.one("PRACK")
    assert (first.header("RAck"), first.header("CSeq")) == ("41 1 INVITE", "2 PRACK")
    assert first.uri == "sip:bob@10.0.0.9"
    s.reply(invite, 183, SDP.format(6000), extra=reliable(42))
    assert s.one("PRACK").header("RAck") == "42 1 INVITE"
    assert [e.status for e in s.events() if isinstance(e, Progressed)] == [180, 183]


@pytest.mark.parametrize("number", [41, 43, 40, 0, 2**31])
def test_a_repetition_or_a_gap_is_dropped(script, number):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 180, extra=reliable(41))
    s.sent()
    s.events()
    s.reply(invite, 183, extra=reliable(number))
    assert s.sent("PRACK") == []
    assert s.events() == []


def test_the_answer_that_came_reliably_stays_the_answer(script):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6000), extra=reliable(1))
    prack = s.one("PRACK")
    s.reply(prack, 200)
    s.reply(invite, 200, SDP.format(7777))
    ack = s.one("ACK")
    (answered,) = [e for e in s.events() if isinstance(e, Answered)]
    assert answered.agreement.audio.port == 6000
    assert ack.header("CSeq") == "1 ACK"


def test_the_numbers_go_on_after_a_prack(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 180, extra=reliable(1))
    s.reply(s.one("PRACK"), 200)
    s.reply(invite, 200, SDP.format(6000))
    s.sent()
    s.agent.hang_up(leg, s.net.now)
    assert s.one("BYE").header("CSeq") == "3 BYE"


def test_each_fork_counts_for_itself(script):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 180, tag="one", extra=reliable(5))
    s.reply(invite, 180, tag="two", extra=reliable(900))
    assert [p.header("RAck") for p in s.sent("PRACK")] == ["5 1 INVITE", "900 1 INVITE"]


# ---------------------------------------------------------------- we are called


def test_a_caller_that_demands_it_gets_reliable_ringing(script):
    s = script()
    leg = s.called(NEEDED)
    s.agent.ring(leg, s.net.now)
    ringing = s.answered()[-1]
    assert (ringing.status, ringing.header("Require")) == (180, "100rel")
    assert int(ringing.header("RSeq")) > 0


@pytest.mark.parametrize(
    ("extra", "wish", "got"), [(ABLE, True, True), (ABLE, False, False), ("", True, False)]
)
def test_otherwise_it_is_reliable_when_we_wish_and_the_caller_can(script, extra, wish, got):
    s = script()
    leg = s.called(extra)
    s.agent.ring(leg, s.net.now, reliable=wish)
    assert s.answered()[-1].has("RSeq") is got


def rung(s, status=180, **more):
    """A reliable answer of ours, its RSeq, and our tag."""
    leg = s.called(NEEDED)
    s.agent.ring(leg, s.net.now, status=status, **more)
    answer = s.answered()[-1]
    return leg, int(answer.header("RSeq")), answer.header("To").partition("tag=")[2]


def test_it_is_repeated_until_its_prack_comes(script):
    s = script()
    _leg, number, tag = rung(s)
    s.later(3.5)
    assert s.statuses() == [180, 180, 180]
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    assert s.statuses() == [200]
    s.later(100)
    assert s.statuses() == []


def test_a_caller_that_never_acknowledges_is_refused_in_the_end(script):
    s = script()
    rung(s)
    s.later(33)
    assert s.statuses()[-1] == 504
    (ended,) = s.events()
    assert isinstance(ended, Ended)
    assert (ended.by, ended.cause) == (EndedBy.TIMED_OUT, "Recovery on timer expiry")


@pytest.mark.parametrize("rack", ["9 1 INVITE", "{n} 2 INVITE", "{n} 1 UPDATE", "", "x"])
def test_a_prack_for_something_else_gets_481(script, rack):
    s = script()
    _leg, number, tag = rung(s)
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {rack.format(n=number)}\r\n")
    assert s.statuses() == [481]


def test_the_next_one_waits_for_the_first_ones_prack(script):
    s = script()
    leg, number, tag = rung(s)
    s.agent.ring(leg, s.net.now, status=183, media=MINE)
    assert s.statuses() == []
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    ok, progress = s.answered()
    assert (ok.status, progress.status, progress.header("RSeq")) == (200, 183, str(number + 1))


def test_the_answer_waits_until_the_early_media_is_acknowledged(script):
    s = script()
    leg, number, tag = rung(s, 183, media=MINE)
    agreed = s.agent.answer(leg, MINE, s.net.now)
    assert agreed.audio.port == 6000
    assert s.statuses() == []
    assert not s.agent.is_up(leg)
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    ok, answer = s.answered()
    assert (ok.header("CSeq"), answer.header("CSeq")) == ("2 PRACK", "1 INVITE")
    assert answer.body == b""
    assert s.agent.is_up(leg)


def test_a_prack_that_the_answer_overtook_is_answered(script):
    """SIPp sends its PRACK when the 200 is out already."""
    s = script()
    leg, number, tag = rung(s)
    s.agent.answer(leg, MINE, s.net.now)
    assert s.answered()[-1].header("CSeq") == "1 INVITE"
    s.later(0.4)
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    assert s.statuses() == [200]
    s.ask("ACK", to_tag=tag, number=1)
    s.later(100)
    assert s.statuses() == []
    assert s.agent.is_up(leg)


def test_a_call_can_be_hung_up_while_its_answer_waits(script):
    s = script()
    leg, number, tag = rung(s, 183, media=MINE)
    s.agent.answer(leg, MINE, s.net.now)
    s.agent.hang_up(leg, s.net.now)
    assert s.statuses() == [603]
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    assert s.statuses() == [481]


def test_other_media_than_the_early_one_is_offered_after_the_ack(script):
    s = script()
    leg, number, tag = rung(s, 183, media=MINE)
    s.ask("PRACK", to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    s.agent.answer(leg, audio("10.0.0.1", 4444), s.net.now)
    assert s.answered()[-1].body == b""
    s.ask("ACK", to_tag=tag, number=1)
    assert b"m=audio 4444" in s.one("INVITE").body


def test_a_prack_may_carry_the_answer_to_our_early_offer(script):
    s = script()
    leg = s.called(NEEDED, body="")
    assert s.agent.ring(leg, s.net.now) is None
    assert s.statuses() == [100]
    s.agent.ring(leg, s.net.now, status=183, media=MINE)
    progress = s.answered()[-1]
    assert b"m=audio 4000" in progress.body
    tag = progress.header("To").partition("tag=")[2]
    rack = f"RAck: {progress.header('RSeq')} 1 INVITE\r\n"
    s.ask("PRACK", SDP.format(6006), to_tag=tag, extra=rack)
    assert s.statuses() == [200]
    (changed,) = s.events()
    assert isinstance(changed, MediaChanged)
    assert changed.agreement.audio.port == 6006
    s.agent.answer(leg, MINE, s.net.now)
    assert s.answered()[-1].body == b""


@pytest.mark.parametrize(("body", "status"), [(SDP.format(7000), 200), ("v=0\r\nm=x", 400)])
def test_a_prack_may_carry_a_new_offer(script, body, status):
    s = script()
    leg, number, tag = rung(s, 183, media=MINE)
    s.ask("PRACK", body, to_tag=tag, extra=f"RAck: {number} 1 INVITE\r\n")
    assert s.statuses() == [status]
    assert s.agent.agreement(leg).audio.port == (7000 if status == 200 else 6000)


def test_who_does_not_know_it_is_not_demanded_to(script):
    s = script(supported=("replaces",))
    s.ask("INVITE", SDP.format(6000), extra=NEEDED)
    assert s.statuses() == [420]
    assert s.answered() == []


def test_two_of_us_agree_on_early_media_reliably(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    arrived = net.seen(b)[0]
    assert isinstance(arrived, CallArrived)
    bob.ring(arrived.leg, net.now, status=183, media=audio(b.host, 5000), reliable=True)
    net.settle()
    bob.answer(arrived.leg, audio(b.host, 5000), net.now)
    net.settle()
    kinds = [type(e) for e in net.seen(a)]
    assert kinds == [Progressed, Answered]
    assert [type(e) for e in net.seen(b)] == [Confirmed]
    assert [w for w in net.words() if "PRACK" in w] == ["PRACK", "200 PRACK"]


def test_a_lost_prack_is_sent_again_and_the_call_comes_up(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    out = alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    arrived = net.seen(b)[0]
    lost = []
    net.loses = lambda _n, packet: packet.data.startswith(b"PRACK") and not lost and not lost.append(1)
    bob.ring(arrived.leg, net.now, status=183, media=audio(b.host, 5000), reliable=True)
    bob.answer(arrived.leg, audio(b.host, 5000), net.now)
    net.wait(2)
    assert alice.is_up(out)
    assert bob.is_up(arrived.leg)
    assert lost
