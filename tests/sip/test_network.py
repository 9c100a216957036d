"""The network goes and comes back: registrations, calls that are up, and the way that is kept open."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import Ended, MediaChanged, Registered, RegistrationFailed
from agent_desktop.sip.media import audio
from agent_desktop.sip.parser import parse

THERE = Address("udp", "10.0.0.9", 5060)
NEW = Address("udp", "10.0.0.50", 5060)
ANNA = Account("anna", "centre.test", THERE, "secret")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)


@pytest.fixture
def registered(script):
    s = script()
    name = s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 200, extra=(("Expires", "300"),))
    assert s.events() == [Registered(name, 300)]
    return s, name


def test_another_network_is_told_at_once(registered):
    s, _name = registered
    s.agent.network_changed(s.net.now)
    assert len(s.sent("REGISTER")) == 1


def test_what_was_on_its_way_when_the_network_went_is_forgotten(registered):
    s, _name = registered
    s.agent.network_changed(s.net.now)
    old = s.one("REGISTER")
    s.agent.network_changed(s.net.now)
    fresh = s.one("REGISTER")
    s.reply(old, 503)
    assert s.events() == []
    s.reply(fresh, 200)
    s.later(20)
    assert s.sent("REGISTER") == []


def test_a_wrong_password_gets_another_chance_on_another_network(script):
    s = script()
    s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 403)
    s.later(1000)
    assert s.sent() == []
    s.agent.network_changed(s.net.now)
    assert len(s.sent("REGISTER")) == 1


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_a_server_that_is_away_is_asked_within_five_seconds_then_less_often(script, monkeypatch, chance):
    s = script()
    monkeypatch.setattr(type(s.agent._core.randomness), "fraction", lambda _self: chance)
    s.agent.register(ANNA, s.net.now)
    waits = []
    for _ in range(14):
        s.reply(s.sent("REGISTER")[-1], 503)
        (failed,) = s.events()
        assert isinstance(failed, RegistrationFailed)
        waits.append(failed.retry_at - s.net.now)
        s.net.now = failed.retry_at
        s.agent.tick(s.net.now)
    assert max(waits[:6]) <= 5
    assert waits == sorted(waits)
    assert 59 <= waits[-1] <= 120


def test_five_hundred_phones_do_not_come_back_in_one_second(net):
    when = []
    for number in range(50):
        phone, _here = net.agent(f"p{number}")
        chances = iter([(number * 37 % 100) / 100] * 50)
        phone._core.randomness.fraction = lambda chances=chances: next(chances)
        phone.register(ANNA, net.now)
        phone.connection_failed(THERE, net.now)
        failed = phone.take_events()[0]
        when.append(failed.retry_at - net.now)
    assert max(when) <= 5
    assert len({round(w, 3) for w in when}) > 40


def test_a_broken_connection_is_made_again_within_two_seconds(script):
    there = Address("tcp", "10.0.0.9", 5060)
    s = script()
    s.agent.register(Account("anna", "centre.test", there, "secret"), s.net.now)
    s.reply(s.one("REGISTER"), 200)
    s.agent.connection_failed(there, s.net.now)
    s.later(1.2)
    assert len(s.sent("REGISTER")) == 1


def test_a_phone_that_is_leaving_does_not_come_back(registered):
    s, name = registered
    s.agent.unregister(name, s.net.now)
    s.sent()
    s.agent.network_changed(s.net.now)
    assert s.sent() == []
    assert [type(e).__name__ for e in s.events()] == ["Unregistered"]


# ---------------------------------------------------------------- calls move along


def test_calls_that_are_up_go_on_at_the_new_address(script):
    s = script()
    s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 200)
    first, second = s.up(), s.up()
    ringing, _invite = s.dial()
    s.events()
    s.agent.refresh_targets((NEW,), s.net.now, {second: audio("10.0.0.50", 4777)})
    sent = s.sent()
    assert sorted(m.method for m in sent) == ["INVITE", "INVITE", "REGISTER"]
    for message in sent:
        assert "@10.0.0.50:5060" in message.header("Contact")
        assert message.header("Via").startswith("SIP/2.0/UDP 10.0.0.50:5060")
    bodies = [m.body for m in sent if m.method == "INVITE"]
    assert all(b"c=IN IP4 10.0.0.50" in body and b"10.0.0.1\r" not in body for body in bodies)
    assert b"m=audio 4000" in bodies[0]
    assert b"m=audio 4777" in bodies[1]
    for message in sent:
        if message.method == "INVITE":
            s.reply(message, 200, SDP)
    assert [(type(e), e.leg) for e in s.events()] == [(MediaChanged, first), (MediaChanged, second)]
    assert ringing in s.agent.legs


def test_a_held_call_stays_held_while_it_moves(script):
    s = script()
    leg = s.up()
    s.agent.hold(leg, s.net.now)
    s.reply(s.one("INVITE"), 200, SDP.replace("sendrecv", "recvonly"))
    s.sent()
    s.agent.refresh_targets((NEW,), s.net.now)
    assert b"a=sendonly" in s.one("INVITE").body


def test_a_call_that_is_gone_when_we_come_back_is_ended(script):
    s = script()
    s.up()
    s.agent.refresh_targets((NEW,), s.net.now)
    s.reply(s.one("INVITE"), 481)
    assert [type(e) for e in s.events()] == [Ended]


def test_a_peer_that_comes_over_a_new_connection_is_reached_there(script):
    s = script()
    old, new = Address("tcp", "10.0.0.9", 40000), Address("tcp", "10.0.0.9", 40001)
    s.ask("INVITE", SDP, source=old)
    leg = s.events()[0].leg
    s.agent.answer(leg, audio("10.0.0.1", 4000), s.net.now)
    tag = s.answered()[-1].header("To").partition("tag=")[2]
    s.ask("ACK", to_tag=tag, number=1, source=old)
    s.ask("UPDATE", to_tag=tag, number=2, source=new)
    s.sent()
    s.agent.hang_up(leg, s.net.now)
    (packet,) = s.agent.take_outgoing()
    assert packet.destination == new
    assert parse(packet.data).method == "BYE"


# ---------------------------------------------------------------- keeping the way open


def test_the_way_is_kept_open_with_empty_lines(script):
    s = script(keep_alive_s=30.0)
    s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 200, extra=(("Expires", "3600"),))
    s.later(100)
    pings = [p for p in s.agent.take_outgoing() if not p.data.strip()]
    assert len(pings) == 3
    assert {(p.data, p.destination) for p in pings} == {(b"\r\n\r\n", THERE)}


def test_a_server_that_does_not_answer_our_probe_is_registered_at_anew(script):
    s = script(keep_alive_s=30.0, keep_alive_by_options=True)
    s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 200, extra=(("Expires", "3600"),))
    s.later(27.1)
    s.reply(s.one("OPTIONS"), 404)
    s.later(20)
    assert s.sent("REGISTER") == []
    s.later(50)
    assert len(s.sent("REGISTER")) >= 1


def test_nothing_is_kept_open_after_leaving(script):
    s = script(keep_alive_s=30.0)
    name = s.agent.register(ANNA, s.net.now)
    s.reply(s.one("REGISTER"), 200)
    s.agent.unregister(name, s.net.now)
    s.reply(s.one("REGISTER"), 200)
    s.later(200)
    assert s.sent() == []
    assert s.agent.deadline is None
