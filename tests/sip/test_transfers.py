"""Transfers by REFER, both ways, and calls that take the place of others."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.address import RequestId
from agent_desktop.sip.events import (
    Ended,
    ReferEnded,
    ReferProgressed,
    RequestArrived,
    TransferAsked,
)
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.uri import Uri, parse_name_addr

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)
CAROL = Uri("sip", "carol", "10.0.0.7")


def news(s, refer, fragment, state="active;expires=60", event="refer"):
    """The transferee tells how it goes."""
    s.ask(
        "NOTIFY",
        fragment,
        to_tag=parse_name_addr(refer.header("From")).tag,
        from_tag="bt",
        call_id=refer.call_id,
        kind="message/sipfrag",
        extra=f"Event: {event}\r\nSubscription-State: {state}\r\n",
    )


@pytest.fixture
def sent(script):
    """A blind transfer that the peer took."""
    s = script()
    leg = s.up()
    name = s.agent.refer(leg, CAROL, s.net.now)
    refer = s.one("REFER")
    return s, leg, name, refer


# ---------------------------------------------------------------- we ask


def test_a_blind_transfer_names_the_target_and_who_asks(sent):
    _s, _leg, _name, refer = sent
    assert refer.header("Refer-To") == "<sip:carol@10.0.0.7>"
    assert refer.header("Referred-By").startswith("<sip:phone@")
    assert "norefersub" in refer.header("Supported")


def test_its_progress_is_told_and_its_end_once(sent):
    s, leg, name, refer = sent
    s.reply(refer, 202)
    news(s, refer, "SIP/2.0 100 Trying\r\n")
    news(s, refer, "SIP/2.0 180 Ringing\r\n")
    news(s, refer, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    news(s, refer, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    assert s.statuses() == [200] * 4
    assert s.events() == [
        ReferProgressed(leg, name, 100, "Trying"),
        ReferProgressed(leg, name, 180, "Ringing"),
        ReferEnded(leg, name, 200, "OK"),
    ]
    assert s.agent.is_up(leg)


def test_news_that_overtake_the_202_count(sent):
    s, leg, name, refer = sent
    news(s, refer, "SIP/2.0 486 Busy Here\r\n", "terminated;reason=noresource")
    s.reply(refer, 202)
    assert s.events() == [ReferEnded(leg, name, 486, "Busy Here")]


@pytest.mark.parametrize("status", [405, 603, 481])
def test_a_peer_that_will_not_transfer_says_so(sent, status):
    s, leg, name, refer = sent
    s.reply(refer, status)
    assert s.events() == [ReferEnded(leg, name, status, "x")]


def test_a_peer_that_takes_it_without_news_is_not_waited_for(sent):
    s, leg, name, refer = sent
    s.reply(refer, 202, extra=(("Refer-Sub", "false"),))
    assert s.events() == [ReferEnded(leg, name, 202, "x", is_told=False)]
    s.later(300)
    assert s.events() == []


def test_a_peer_that_stops_telling_ends_the_wait(sent):
    s, _leg, name, refer = sent
    s.reply(refer, 202)
    news(s, refer, "SIP/2.0 100 Trying\r\n", "terminated;reason=timeout")
    progressed, ended = s.events()
    assert isinstance(progressed, ReferProgressed)
    assert (ended.request, ended.status) == (name, 0)


def test_a_peer_that_says_nothing_ends_the_wait_after_three_minutes(sent):
    s, leg, name, refer = sent
    s.reply(refer, 202)
    s.later(181)
    assert s.events() == [ReferEnded(leg, name, 408, "Request Timeout")]


def test_news_still_count_when_the_peer_has_hung_up(sent):
    s, leg, name, refer = sent
    s.reply(refer, 202)
    s.ask("BYE", to_tag=parse_name_addr(refer.header("From")).tag, from_tag="bt", call_id=refer.call_id)
    news(s, refer, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    ended, transferred = s.events()
    assert isinstance(ended, Ended)
    assert transferred == ReferEnded(leg, name, 200, "OK")


def test_news_are_waited_for_longer_than_the_call_is_remembered(sent):
    s, leg, name, refer = sent
    s.reply(refer, 202)
    s.agent.hang_up(leg, s.net.now)
    s.reply(s.one("BYE"), 200)
    s.later(100)
    news(s, refer, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    assert s.events()[-1] == ReferEnded(leg, name, 200, "OK")
    s.later(100)
    news(s, refer, "SIP/2.0 200 OK\r\n", "terminated;reason=noresource")
    assert s.statuses()[-1] == 481


def test_news_are_matched_by_the_number_of_their_refer(sent):
    s, leg, first, refer = sent
    second = s.agent.refer(leg, Uri("sip", "dora", "10.0.0.7"), s.net.now)
    other = s.one("REFER")
    number = other.header("CSeq").split()[0]
    news(s, refer, "SIP/2.0 200 OK\r\n", event=f"refer;id={number}")
    assert s.events() == [ReferEnded(leg, second, 200, "OK")]
    news(s, refer, "SIP/2.0 486 Busy\r\n", event="refer;id=;;")
    assert s.events() == [ReferEnded(leg, first, 486, "Busy")]


def test_news_without_sense_change_nothing(sent):
    s, _leg, _name, refer = sent
    news(s, refer, "hello")
    assert s.statuses() == [200]
    assert s.events() == []
    news(s, refer, "x", event="talk")
    (arrived,) = s.events()
    assert isinstance(arrived, RequestArrived)


def test_an_attended_transfer_names_the_other_call(script):
    s = script()
    first, second = s.up(), s.up()
    s.agent.refer(first, None, s.net.now, replaces=second)
    value = s.one("REFER").header("Refer-To")
    assert value.startswith("<sip:bob@10.0.0.9?Replaces=")
    assert "%3Bto-tag%3Dbt%3Bfrom-tag%3D" in value


def test_a_blind_transfer_needs_a_target(script):
    s = script()
    with pytest.raises(ValueError, match="target"):
        s.agent.refer(s.up(), None, s.net.now)


# ---------------------------------------------------------------- the peer asks


def asked(s, refer_to="<sip:carol@10.0.0.7>", extra=""):
    leg, tag = s.taken()
    s.ask("REFER", to_tag=tag, extra=f"Refer-To: {refer_to}\r\nReferred-By: <sip:alice@x>\r\n{extra}")
    return leg, tag


def test_the_application_hears_of_the_wish_and_tells_how_it_goes(script):
    s = script(takes_transfers=True)
    leg, _tag = asked(s)
    (wish,) = s.events()
    assert isinstance(wish, TransferAsked)
    assert (wish.leg, str(wish.target), wish.replaces) == (leg, "sip:carol@10.0.0.7", None)
    assert wish.referred_by.uri.user == "alice"
    s.agent.accept_transfer(wish.request, s.net.now)
    assert s.statuses() == [202]
    s.agent.refer_progress(wish.request, 180, s.net.now)
    s.agent.refer_progress(wish.request, 200, s.net.now)
    s.agent.refer_progress(wish.request, 200, s.net.now)
    ringing, done = s.sent("NOTIFY")
    assert (ringing.body, done.body) == (b"SIP/2.0 180 Ringing\r\n", b"SIP/2.0 200 OK\r\n")
    assert ringing.header("Event") == "refer;id=2"
    assert ringing.header("Subscription-State") == "active;expires=180"
    assert done.header("Subscription-State") == "terminated;reason=noresource"


def test_the_first_news_is_that_it_is_tried(script):
    s = script(takes_transfers=True)
    asked(s)
    s.agent.accept_transfer(s.events()[0].request, s.net.now)
    assert s.one("NOTIFY").body == b"SIP/2.0 100 Trying\r\n"


def test_a_wish_may_name_the_call_to_replace(script):
    s = script(takes_transfers=True)
    asked(s, "<sip:carol@10.0.0.7?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Evil=x>")
    (wish,) = s.events()
    assert wish.replaces == Replaces("a@b", "1", "2")
    assert wish.target.headers == ""


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("", 400),
        ("nonsense", 400),
        ("<mailto:a@b>", 416),
        ("<sip:c@d?Replaces=x>", 400),
        ("<sip:c@d>\r\nRefer-To: <sip:e@f>", 400),
    ],
)
def test_a_wish_without_one_target_is_refused(script, value, status):
    s = script(takes_transfers=True)
    asked(s, value)
    assert s.statuses() == [status]
    assert s.events() == []


def test_the_application_may_refuse(script):
    s = script(takes_transfers=True)
    asked(s)
    name = s.events()[0].request
    s.agent.refuse_transfer(name, s.net.now)
    assert s.statuses() == [603]
    with pytest.raises(RefusedError):
        s.agent.accept_transfer(name, s.net.now)


def test_an_application_that_forgets_is_answered_for(script):
    s = script(takes_transfers=True)
    asked(s)
    s.later(31)
    assert 500 in s.statuses()


def test_one_wish_at_a_time(script):
    s = script(takes_transfers=True)
    _leg, tag = asked(s)
    s.ask("REFER", to_tag=tag, extra="Refer-To: <sip:c@d>\r\n")
    assert s.statuses() == [491]


def test_a_peer_that_wants_no_news_gets_none(script):
    s = script(takes_transfers=True)
    asked(s, extra="Refer-Sub: false\r\n")
    name = s.events()[0].request
    s.agent.accept_transfer(name, s.net.now)
    assert s.sent("NOTIFY") == []
    (accepted,) = s.answers
    assert (accepted.status, accepted.header("Refer-Sub")) == (202, "false")
    s.agent.refer_progress(name, 200, s.net.now)
    assert s.sent("NOTIFY") == []


def test_a_transfer_that_takes_for_ever_is_closed(script):
    s = script(takes_transfers=True)
    asked(s)
    s.agent.accept_transfer(s.events()[0].request, s.net.now)
    s.reply(s.one("NOTIFY"), 200)
    s.later(181)
    last = s.sent("NOTIFY")[0]
    assert last.header("Subscription-State") == "terminated;reason=timeout"
    assert last.body.startswith(b"SIP/2.0 408")


def test_nobody_is_told_who_does_not_listen(script):
    s = script(takes_transfers=True)
    asked(s)
    name = s.events()[0].request
    s.agent.accept_transfer(name, s.net.now)
    s.reply(s.one("NOTIFY"), 481)
    s.agent.refer_progress(name, 200, s.net.now)
    assert s.sent("NOTIFY") == []


def test_without_the_setting_a_refer_is_not_allowed(script):
    s = script()
    asked(s)
    (refused,) = s.answered()
    assert refused.status == 405
    assert "REFER" not in refused.header("Allow")


def test_a_refer_outside_a_call_is_not_taken(script):
    s = script(takes_transfers=True)
    s.ask("REFER", extra="Refer-To: <sip:c@d>\r\n")
    assert s.statuses() == [403]


def test_an_unknown_transfer_cannot_be_answered(script):
    s = script()
    with pytest.raises(RefusedError):
        s.agent.accept_transfer(RequestId("x"), s.net.now)
    s.agent.refer_progress(RequestId("x"), 200, s.net.now)
    assert s.sent() == []
