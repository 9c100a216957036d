"""Session timers (RFC 4028) under a manual clock: 90 s sessions, both roles, both ends."""

from __future__ import annotations

import pytest

from agent_desktop.sip.events import Answered, CallArrived, Confirmed, Ended, EndedBy, ReinviteRefused
from agent_desktop.sip.media import audio
from agent_desktop.sip.uri import Uri

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)
TIMER = "Supported: timer\r\n"


def expires(value, *more):
    return (("Session-Expires", value), ("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"), *more)


# ---------------------------------------------------------------- what is asked for


def test_a_call_asks_for_half_an_hour_and_accepts_90_seconds(script):
    _leg, invite = script().dial()
    assert invite.header("Session-Expires") == "1800"
    assert invite.header("Min-SE") == "90"
    assert "timer" in invite.header("Supported")


def test_without_a_session_time_nothing_is_asked(script):
    s = script(session_expires_s=0)
    _leg, invite = s.dial()
    assert not invite.has("Session-Expires")
    s.reply(invite, 200, SDP, extra=expires("90;refresher=uac"))
    s.sent()
    s.later(500)
    assert s.sent() == []


def test_a_peer_that_wants_longer_sessions_gets_them(script):
    s = script(session_expires_s=90)
    leg, invite = s.dial()
    s.reply(invite, 422, extra=(("Min-SE", "300"),))
    again = s.sent("INVITE")[-1]
    assert (again.header("Session-Expires"), again.header("Min-SE")) == ("300", "300")
    assert again.header("CSeq") == "2 INVITE"
    s.reply(again, 200, SDP, extra=expires("300;refresher=uas"))
    assert s.agent.is_up(leg)


def test_a_peer_that_wants_more_each_time_is_given_up(script):
    s = script()
    tries = 0
    _leg, invite = s.dial()
    least = 2000
    while invite is not None:
        tries += 1
        s.reply(invite, 422, extra=(("Min-SE", str(least)),))
        least += 1
        found = s.sent("INVITE")
        invite = found[-1] if found else None
    assert tries < 7
    (ended,) = s.events()
    assert (ended.by, ended.status) == (EndedBy.REFUSED, 422)


# ---------------------------------------------------------------- we refresh


def test_the_caller_refreshes_by_update_at_half_the_time(script):
    s = script(session_expires_s=90)
    leg = s.up(expires("90;refresher=uac"))
    s.later(44.9)
    assert s.sent() == []
    s.later(0.2)
    update = s.one("UPDATE")
    assert update.header("Session-Expires") == "90;refresher=uac"
    assert update.body == b""
    s.reply(update, 200, extra=expires("90;refresher=uac"))
    s.later(44.8)
    assert s.sent() == []
    s.later(0.4)
    assert len(s.sent("UPDATE")) == 1
    assert s.agent.is_up(leg)
    assert s.events() == []


def test_without_update_it_refreshes_by_a_reinvite_that_changes_nothing(script):
    s = script(session_expires_s=90)
    leg, invite = s.dial()
    s.reply(invite, 200, SDP, extra=(("Session-Expires", "90;refresher=uac"),))
    s.sent()
    s.events()
    s.later(45.1)
    again = s.one("INVITE")
    assert again.body == invite.body
    s.reply(again, 200, SDP, extra=(("Session-Expires", "90;refresher=uac"),))
    assert s.one("ACK")
    assert s.events() == []
    s.later(45.1)
    assert len(s.sent("INVITE")) == 1
    assert s.agent.is_up(leg)


def test_a_refused_update_is_followed_by_a_reinvite(script):
    s = script(session_expires_s=90)
    s.up(expires("90;refresher=uac"))
    s.later(45.1)
    s.reply(s.one("UPDATE"), 405)
    assert s.one("INVITE")


def test_a_refresh_that_is_too_short_is_lengthened(script):
    s = script(session_expires_s=90)
    s.up(expires("90;refresher=uac"))
    s.later(45.1)
    s.reply(s.one("UPDATE"), 422, extra=(("Min-SE", "120"),))
    assert s.one("UPDATE").header("Session-Expires") == "120;refresher=uac"


def test_a_reinvite_that_is_too_short_is_lengthened_a_few_times(script):
    s = script(session_expires_s=90)
    leg = s.up((("Session-Expires", "90;refresher=uac"),))
    s.agent.hold(leg, s.net.now)
    least = 100
    while found := s.sent("INVITE"):
        s.reply(found[0], 422, extra=(("Min-SE", str(least)),))
        least += 100
    assert least == 600
    assert [type(e) for e in s.events()] == [ReinviteRefused]
    assert s.agent.is_up(leg)


def test_a_refresh_that_meets_glare_is_made_again_and_says_nothing(script):
    s = script(session_expires_s=90)
    leg, invite = s.dial()
    s.reply(invite, 200, SDP, extra=(("Session-Expires", "90;refresher=uac"),))
    s.sent()
    s.events()
    s.later(45.1)
    s.reply(s.one("INVITE"), 491)
    s.later(9)
    assert len(s.sent("INVITE")) == 1
    assert s.events() == []
    assert s.agent.is_up(leg)


@pytest.mark.parametrize("status", [481, 408])
def test_a_refresh_that_finds_nobody_ends_the_call(script, status):
    s = script(session_expires_s=90)
    s.up(expires("90;refresher=uac"))
    s.later(45.1)
    s.reply(s.one("UPDATE"), status)
    (ended,) = s.events()
    assert (ended.by, ended.status) == (EndedBy.TIMED_OUT, status)


def test_refusals_of_the_refresh_end_the_call_only_with_the_session(script):
    s = script(session_expires_s=90)
    leg = s.up(expires("90;refresher=uac"))
    s.later(45.1)
    while found := s.sent("UPDATE"):
        s.reply(found[0], 500)
        s.later(9)
        if not s.agent.is_up(leg):
            break
    (ended,) = s.events()
    assert isinstance(ended, Ended)
    assert ended.by is EndedBy.TIMED_OUT
    assert ended.cause == "Recovery on timer expiry"


# ---------------------------------------------------------------- the peer refreshes


def test_a_peer_that_vanishes_is_left_before_the_session_is_over(script):
    s = script(session_expires_s=90)
    s.up(expires("90;refresher=uas"))
    s.later(59.9)
    assert s.sent() == []
    s.later(0.2)
    bye = s.one("BYE")
    assert bye.header("Reason") == 'Q.850;cause=102;text="Recovery on timer expiry"'
    (ended,) = s.events()
    assert (ended.by, ended.status) == (EndedBy.TIMED_OUT, 408)
    s.later(100)
    assert s.agent.deadline is None


def test_a_long_session_is_left_32_seconds_before_its_end(script):
    s = script()
    s.up(expires("1800;refresher=uas"))
    s.later(1767.9)
    assert s.sent("BYE") == []
    s.later(0.2)
    assert len(s.sent("BYE")) == 1


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_each_refresh_of_the_peer_starts_the_time_again(script, method):
    s = script(session_expires_s=90)
    leg, tag = s.taken(f"{TIMER}Session-Expires: 90;refresher=uac\r\n")
    for _ in range(5):
        s.later(50)
        body = SDP if method == "INVITE" else ""
        s.ask(method, body, to_tag=tag, extra=f"{TIMER}Session-Expires: 90;refresher=uac\r\n")
        (ok,) = [a for a in s.answered() if a.status == 200]
        assert ok.header("Session-Expires") == "90;refresher=uac"
        assert ok.header("Require") == "timer"
        if method == "INVITE":
            s.ask("ACK", to_tag=tag, number=s.number)
    assert s.agent.is_up(leg)
    s.later(61)
    assert not s.agent.is_up(leg)


# ---------------------------------------------------------------- what we answer


@pytest.mark.parametrize(
    ("extra", "wanted"),
    [
        (f"{TIMER}Session-Expires: 90\r\n", "90;refresher=uac"),
        (f"{TIMER}Session-Expires: 90;refresher=uas\r\n", "90;refresher=uas"),
        (f"{TIMER}Session-Expires: 4000\r\n", "1800;refresher=uac"),
        (f"{TIMER}Session-Expires: 4000\r\nMin-SE: 3000\r\n", "3000;refresher=uac"),
        ("Session-Expires: 100\r\n", "100;refresher=uas"),
        ("x: 100;refresher=uas\r\n", "100;refresher=uas"),
        (TIMER, "1800;refresher=uas"),
        ("", ""),
    ],
)
def test_the_answer_says_who_refreshes_and_how_often(script, extra, wanted):
    s = script()
    leg = s.called(extra)
    s.agent.answer(leg, audio("10.0.0.1", 4000), s.net.now)
    assert s.answered()[-1].header("Session-Expires") == wanted


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_session_that_is_too_short_gets_422(script, method):
    s = script()
    _leg, tag = s.taken()
    s.ask(method, SDP, to_tag=tag, extra=f"{TIMER}Session-Expires: 30\r\n")
    (refused,) = [a for a in s.answered() if a.status != 100]
    assert (refused.status, refused.header("Min-SE")) == (422, "90")


def test_a_new_call_that_is_too_short_gets_422_and_is_no_call(script):
    s = script(min_session_s=120)
    s.ask("INVITE", SDP, extra=f"{TIMER}Session-Expires: 90\r\n")
    assert s.statuses() == [422]
    assert s.events() == []


def test_a_refresh_without_a_session_time_ends_the_timer(script):
    s = script()
    leg, tag = s.taken(f"{TIMER}Session-Expires: 90;refresher=uac\r\n")
    s.ask("UPDATE", to_tag=tag)
    assert s.statuses() == [200]
    s.later(500)
    assert s.agent.is_up(leg)


def test_two_of_us_keep_a_call_for_an_hour(net):
    alice, a = net.agent("alice", session_expires_s=90)
    bob, b = net.agent("bob")
    out = alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    arrived = net.seen(b)[0]
    assert isinstance(arrived, CallArrived)
    bob.answer(arrived.leg, audio(b.host, 5000), net.now)
    net.wait(3600)
    assert alice.is_up(out)
    assert bob.is_up(arrived.leg)
    assert net.words().count("UPDATE") == 80
    assert [type(e) for e in net.seen(a)] == [Answered]
    assert [type(e) for e in net.seen(b)] == [Confirmed]


def test_a_network_that_dies_ends_both_sides(net):
    alice, a = net.agent("alice", session_expires_s=90)
    bob, b = net.agent("bob")
    alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    arrived = net.seen(b)[0]
    bob.answer(arrived.leg, audio(b.host, 5000), net.now)
    net.wait(10)
    net.loses = lambda _n, _packet: True
    net.wait(100)
    assert [e.by for e in net.seen(a) + net.seen(b) if isinstance(e, Ended)] == [EndedBy.TIMED_OUT] * 2
    assert not [e for e in net.seen(a) if isinstance(e, ReinviteRefused)]
    net.wait(100)
    assert alice.deadline is None
    assert bob.deadline is None
