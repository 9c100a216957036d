"""Peers that say nothing, too much, or vanish: every wait ends and nothing grows without bound."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import Ended, EndedBy, RegistrationFailed, ResponseArrived, SubscriptionEnded
from agent_desktop.sip.media import audio
from agent_desktop.sip.uri import Uri

THERE = Address("udp", "10.0.0.9", 5060)
TCP = Address("tcp", "10.0.0.9", 5060)
ANNA = Account("anna", "centre.test", THERE, "secret")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)


def packets(s, until):
    """When the agent sent something to a silent peer, in seconds from now, and what."""
    start, seen = s.net.now, []
    while True:
        seen += [
            (round(s.net.now - start, 3), m) for p in s.agent.take_outgoing() if (m := p.data.split()[0])
        ]
        due = s.agent.deadline
        if due is None or due > start + until:
            return seen
        s.net.now = due
        s.agent.tick(due)


def quiet(s):
    """Nothing is left of anything."""
    core = s.agent._core
    return (len(core.layer), len(s.agent._legs), s.agent.deadline) == (0, 0, None)


# ---------------------------------------------------------------- timers A to K


def test_timers_a_and_b_an_invite_to_silence(script):
    s = script()
    s.agent.invite(Uri("sip", "b", "10.0.0.9"), audio("10.0.0.1", 4000), s.net.now)
    assert [t for t, _ in packets(s, 40)] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    (ended,) = s.events()
    assert (ended.by, ended.status) == (EndedBy.TIMED_OUT, 408)
    s.later(64)
    assert quiet(s)


@pytest.mark.parametrize(("there", "lasts"), [(THERE, True), (TCP, False)])
def test_timer_d_a_refusal_that_comes_again_is_acknowledged_again(script, there, lasts):
    s = script()
    s.agent.invite(Uri("sip", "b", "10.0.0.9"), audio("10.0.0.1", 4000), s.net.now, destination=there)
    invite = s.one("INVITE")
    s.reply(invite, 486)
    assert s.one("ACK")
    s.later(31)
    s.reply(invite, 486)
    assert len(s.sent("ACK")) == (1 if lasts else 0)
    s.later(80)
    assert quiet(s)


def test_timers_e_and_f_a_request_to_silence(script):
    s = script()
    s.agent.request("OPTIONS", s.net.now, target=Uri("sip", "b", "10.0.0.9"))
    assert [t for t, _ in packets(s, 40)] == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert [e.status for e in s.events()] == [408]
    assert quiet(s)


def test_timer_e_slows_down_after_a_provisional_answer(script):
    s = script()
    s.agent.request("OPTIONS", s.net.now, target=Uri("sip", "b", "10.0.0.9"))
    s.reply(s.one("OPTIONS"), 100)
    assert [t for t, _ in packets(s, 40)] == [0.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5]


def test_timer_f_ends_a_request_over_a_connection_without_repeating_it(script):
    s = script()
    s.agent.request("OPTIONS", s.net.now, target=Uri("sip", "b", "10.0.0.9"), destination=TCP)
    assert [t for t, _ in packets(s, 40)] == [0]
    assert [e.status for e in s.events()] == [408]


def test_timers_g_and_h_a_refusal_that_nobody_acknowledges(script):
    s = script()
    leg = s.called()
    s.sent()
    s.agent.reject(leg, s.net.now, 486)
    assert [t for t, _ in packets(s, 40)] == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    s.later(64)
    assert quiet(s)


def test_timer_i_swallows_acks_that_come_again(script):
    s = script()
    leg = s.called()
    s.agent.reject(leg, s.net.now, 486)
    tag = s.answered()[-1].header("To").partition("tag=")[2]
    for _ in range(5):
        s.branches = iter([1])
        s.ask("ACK", to_tag=tag, number=1)
    assert [type(e) for e in s.events()] == [Ended]
    s.later(4.9)
    assert s.sent() == []
    assert len(s.agent._core.layer) == 1
    s.later(0.2)
    assert len(s.agent._core.layer) == 0


def test_timer_j_answers_a_repeated_request_from_memory(script):
    s = script(takes_messages=True)
    s.ask("MESSAGE", "x", kind="text/plain")
    first = s.answered()
    s.branches = iter([1, 1, 1])
    for _ in range(3):
        s.ask("MESSAGE", "x", kind="text/plain", number=1)
    assert [a.status for a in s.answered()] == [200] * 3
    assert len(s.events()) == 1
    assert len(first) == 1
    s.later(33)
    assert quiet(s)


def test_timer_k_swallows_answers_that_come_again(script):
    s = script()
    s.agent.request("OPTIONS", s.net.now, target=Uri("sip", "b", "10.0.0.9"))
    asked = s.one("OPTIONS")
    for _ in range(5):
        s.reply(asked, 200)
    assert [type(e) for e in s.events()] == [ResponseArrived]
    s.later(6)
    assert quiet(s)


def test_every_wait_on_silence_ends(script):
    s = script()
    leg = s.up()
    s.agent.refer(leg, Uri("sip", "c", "10.0.0.7"), s.net.now)
    s.agent.subscribe(Uri("sip", "b", "10.0.0.9"), "dialog", s.net.now)
    s.agent.register(ANNA, s.net.now)
    s.agent.hold(leg, s.net.now)
    s.later(40)
    kinds = {type(e) for e in s.events()}
    assert {Ended, RegistrationFailed, SubscriptionEnded} <= kinds


# ---------------------------------------------------------------- too much


def test_a_peer_that_reinvites_every_second_for_an_hour(script):
    s = script()
    leg, tag = s.taken()
    for number in range(3600):
        body = SDP.replace("sendrecv", "sendonly") if number % 2 else SDP
        s.ask("INVITE", body, to_tag=tag)
        assert s.statuses() == [200]
        s.ask("ACK", to_tag=tag, number=s.number)
        s.later(1)
    s.events()
    s.sent()
    found = s.agent._legs.get(leg)
    assert (len(found.acks), len(found.unacked)) == (0, 0)
    assert len(s.agent._core.layer) < 70
    assert len(s.agent._core.deadlines) < 140
    s.later(33)
    assert len(s.agent._core.layer) == 0
    assert s.agent.is_up(leg)


def test_a_peer_that_reinvites_and_never_acknowledges(script):
    s = script()
    leg, tag = s.taken()
    for _ in range(50):
        s.ask("INVITE", SDP, to_tag=tag)
    statuses = s.statuses()
    assert (statuses.count(200), statuses.count(500)) == (4, 46)
    s.later(40)
    assert not s.agent.is_up(leg)
    (ended,) = [e for e in s.events() if isinstance(e, Ended)]
    assert ended.by is EndedBy.TIMED_OUT
    s.later(100)
    assert quiet(s)


def test_an_answer_that_comes_a_thousand_times(script):
    s = script()
    leg, invite = s.dial()
    for _ in range(1000):
        s.reply(invite, 200, SDP)
    assert len(s.events()) == 1
    assert len(s.sent("ACK")) == 1000
    assert len(s.agent._legs.get(leg).acks) == 1


def test_a_thousand_calls_leave_nothing_behind(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    for _ in range(1000):
        out = alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
        leg = net.seen(b)[0].leg
        bob.answer(leg, audio(b.host, 5000), net.now)
        net.settle()
        alice.hang_up(out, net.now)
        net.seen(a)
        net.seen(b)
        net.log.clear()
    net.wait(100)
    for agent in (alice, bob):
        core = agent._core
        assert (len(core.layer), agent.legs, agent.deadline) == (0, (), None)
        assert len(core.deadlines._heap) == 0
        assert len(agent._legs._dialogs) == 0


def test_a_transferor_that_asks_all_day(script):
    s = script(takes_transfers=True)
    leg, tag = s.taken()
    for _ in range(200):
        s.ask("REFER", to_tag=tag, extra="Refer-To: <sip:c@d>\r\n")
        s.later(31)
        s.sent()
        s.events()
    assert len(s.agent._parts.transfers._taken) == 0
    assert s.agent.is_up(leg)


def test_a_peer_that_vanishes_in_a_call_is_noticed(script):
    s = script(session_expires_s=90)
    s.up((("Session-Expires", "90;refresher=uac"), ("Allow", "UPDATE")))
    s.later(90)
    (ended,) = s.events()
    assert ended.by is EndedBy.TIMED_OUT
    s.later(100)
    assert quiet(s)
