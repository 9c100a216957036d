"""Calls that take the place of others (RFC 3891), and the attended transfer that three of us make of it."""

from __future__ import annotations

from agent_desktop.sip.events import CallArrived, Ended, EndedBy, ReferEnded, TransferAsked
from agent_desktop.sip.media import audio
from agent_desktop.sip.replaces import Replaces, parse_replaces
from agent_desktop.sip.uri import Uri, parse_name_addr

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)


def up(net, caller, callee, there, port):
    out = caller.invite(Uri("sip", "x", there.host), audio("10.0.0.1", port), net.now)
    net.settle()
    (arrived,) = [e for e in net.seen(there) if isinstance(e, CallArrived)]
    callee.answer(arrived.leg, audio(there.host, port + 1), net.now)
    net.settle()
    return out, arrived.leg


def test_an_attended_transfer_connects_the_other_two(net):
    agent, a = net.agent("agent")
    customer, c = net.agent("customer", takes_transfers=True)
    expert, e = net.agent("expert")
    to_customer, at_customer = up(net, agent, customer, c, 4000)
    to_expert, at_expert = up(net, agent, expert, e, 4100)
    name = agent.refer(to_customer, None, net.now, replaces=to_expert)
    (wish,) = [x for x in net.seen(c) if isinstance(x, TransferAsked)]
    customer.accept_transfer(wish.request, net.now)
    new = customer.invite(wish.target, audio(c.host, 4200), net.now, replaces=wish.replaces)
    (arrived,) = [x for x in net.seen(e) if isinstance(x, CallArrived)]
    assert arrived.replaces == at_expert
    expert.answer(arrived.leg, audio(e.host, 4300), net.now)
    expert.hang_up(arrived.replaces, net.now)
    net.settle()
    customer.refer_progress(wish.request, 200, net.now)
    net.settle()
    assert customer.is_up(new)
    assert expert.is_up(arrived.leg)
    assert not expert.is_up(at_expert)
    told = net.seen(a)
    assert ReferEnded(to_customer, name, 200, "OK") in told
    assert [x.leg for x in told if isinstance(x, Ended)] == [to_expert]
    agent.hang_up(to_customer, net.now)
    assert [x.by for x in net.seen(c) if isinstance(x, Ended)] == [EndedBy.REMOTE]
    assert customer.is_up(new)
    assert not customer.is_up(at_customer)


def test_a_call_that_replaces_says_that_it_must_be_understood(script):
    s = script()
    _leg, invite = s.dial(replaces=Replaces("c", "1", "2", early_only=True))
    assert invite.header("Require") == "replaces"
    assert invite.header("Replaces") == "c;to-tag=1;from-tag=2;early-only"


def test_only_an_early_call_may_be_replaced_early_only(script):
    s = script()
    leg = s.up()
    named = s.agent.replaces(leg)
    swapped = Replaces(named.call_id, named.from_tag, named.to_tag)
    s.ask("INVITE", SDP, extra=f"Replaces: {swapped};early-only\r\n")
    assert s.statuses() == [486]
    s.ask("INVITE", SDP, call_id="c2", extra=f"Replaces: {swapped}\r\n")
    (arrived,) = s.events()
    assert arrived.replaces == leg


def test_our_ringing_call_may_be_picked_up(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 180)
    s.events()
    ours = parse_name_addr(invite.header("From")).tag
    s.ask("INVITE", SDP, extra=f"Replaces: {invite.call_id};to-tag={ours};from-tag=bt;early-only\r\n")
    (arrived,) = s.events()
    assert arrived.replaces == leg


def test_a_call_that_is_over_is_not_replaced(script):
    s = script()
    leg = s.up()
    named = s.agent.replaces(leg)
    s.agent.hang_up(leg, s.net.now)
    s.sent()
    s.ask(
        "INVITE", SDP, extra=f"Replaces: {named.call_id};to-tag={named.from_tag};from-tag={named.to_tag}\r\n"
    )
    assert s.statuses() == [603]


def test_two_replaces_are_one_too_many(script):
    s = script()
    s.ask("INVITE", SDP, extra="Replaces: a;to-tag=1;from-tag=2\r\nReplaces: b;to-tag=1;from-tag=2\r\n")
    assert s.statuses() == [400]


def test_what_is_written_is_what_is_read():
    for one in (Replaces("a@b", "1", "2"), Replaces("x", "y", "z", early_only=True)):
        assert parse_replaces(str(one)) == one
