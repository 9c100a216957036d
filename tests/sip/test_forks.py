"""One call, many places: redirections, forks, and the early media of the place that answers."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import Answered, Ended, EndedBy, Progressed, Redirected

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio {} RTP/AVP 0\r\na=sendrecv\r\n"
)


def to(*contacts):
    return tuple(("Contact", contact) for contact in contacts)


# ---------------------------------------------------------------- 3xx


def test_without_the_setting_a_redirection_is_the_end(script):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 302, contact="", extra=to("<sip:carol@10.0.0.7>"))
    assert s.sent("INVITE") == []
    (ended,) = s.events()
    assert (ended.by, ended.status) == (EndedBy.REFUSED, 302)
    assert ended.message.header("Contact") == "<sip:carol@10.0.0.7>"


def test_a_redirection_is_followed_to_its_best_contact(script):
    s = script(max_redirects=2)
    leg, invite = s.dial()
    s.reply(
        invite,
        302,
        contact="",
        extra=to("<sip:a@10.0.0.5>;q=0.1, <sip:b@10.0.0.6:5070>;q=0.9", "<mailto:x@y>"),
    )
    (packet,) = [p for p in s.agent.take_outgoing() if p.data.startswith(b"INVITE")]
    assert packet.destination == Address("udp", "10.0.0.6", 5070)
    assert packet.data.startswith(b"INVITE sip:b@10.0.0.6:5070 SIP/2.0")
    (followed,) = s.events()
    assert (followed.leg, followed.status, str(followed.target)) == (leg, 302, "sip:b@10.0.0.6:5070")


def test_a_followed_call_keeps_its_name_and_its_interaction(script):
    s = script(max_redirects=2)
    leg, invite = s.dial(headers=(("X-Interaction", "i7"),))
    s.reply(invite, 302, contact="", extra=to("<sip:c@10.0.0.5>"))
    again = s.sent("INVITE")[-1]
    assert (again.call_id, again.header("X-Interaction")) == (invite.call_id, "i7")
    assert again.header("CSeq") == "2 INVITE"
    s.reply(again, 200, SDP.format(6000))
    assert s.agent.is_up(leg)


@pytest.mark.parametrize(
    "contact", ["<sip:bob@10.0.0.9>", "<sip:bob@10.0.0.9:5060>", "<sip:bob@10.0.0.9;foo=1>", "x", ""]
)
def test_a_circle_or_nonsense_is_the_end(script, contact):
    s = script(max_redirects=5)
    _leg, invite = s.dial()
    s.reply(invite, 301, contact="", extra=to(contact) if contact else ())
    assert s.sent("INVITE") == []


def test_a_chain_without_end_is_cut(script):
    s = script(max_redirects=3)
    _leg, invite = s.dial()
    followed = 0
    for number in range(10):
        s.reply(invite, 302, contact="", extra=to(f"<sip:c{number}@10.0.0.5>"))
        found = s.sent("INVITE")
        if not found:
            break
        followed, invite = followed + 1, found[-1]
    assert followed == 3
    assert [type(e) for e in s.events()] == [Redirected] * 3 + [Ended]


def test_a_password_does_not_go_along(script):
    there = Address("udp", "10.0.0.9", 5060)
    ask = ("WWW-Authenticate", 'Digest realm="centre.test", nonce="n", qop="auth"')
    s = script(max_redirects=3)
    _leg, invite = s.dial(account=Account("anna", "centre.test", there, "secret"))
    s.reply(invite, 401, extra=(ask,))
    proved = s.sent("INVITE")[-1]
    assert proved.has("Authorization")
    s.reply(proved, 302, contact="", extra=to("<sip:x@10.6.6.6>"))
    away = s.sent("INVITE")[-1]
    assert not away.has("Authorization")
    s.reply(away, 401, extra=(ask,))
    assert s.sent("INVITE") == []


def test_a_redirection_within_our_domain_goes_through_our_server(script):
    there = Address("udp", "10.0.0.9", 5060)
    s = script(max_redirects=3)
    _leg, invite = s.dial(account=Account("anna", "centre.test", there, "secret"))
    s.reply(invite, 302, contact="", extra=to("<sip:200@centre.test>"))
    (packet,) = [p for p in s.agent.take_outgoing() if p.data.startswith(b"INVITE")]
    assert packet.destination == there


def test_a_cancelled_call_follows_nobody(script):
    s = script(max_redirects=3)
    leg, invite = s.dial()
    s.agent.cancel(leg, s.net.now)
    s.reply(invite, 302, contact="", extra=to("<sip:x@10.0.0.5>"))
    assert s.sent("INVITE") == []


def test_a_followed_call_can_be_cancelled(script):
    s = script(max_redirects=3)
    leg, invite = s.dial()
    s.reply(invite, 302, contact="", extra=to("<sip:x@10.0.0.5>"))
    again = s.sent("INVITE")[-1]
    s.reply(again, 180)
    s.agent.cancel(leg, s.net.now)
    cancel = s.one("CANCEL")
    assert (cancel.uri, cancel.header("CSeq")) == (again.uri, "2 CANCEL")


# ---------------------------------------------------------------- forks


def test_the_early_media_of_the_place_that_answers_counts(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 183, SDP.format(6100), tag="one")
    s.reply(invite, 183, SDP.format(6200), tag="two")
    early = [e.agreement.audio.port for e in s.events() if isinstance(e, Progressed)]
    assert early == [6100, 6200]
    s.reply(invite, 200, tag="one")
    (answered,) = s.events()
    assert isinstance(answered, Answered)
    assert answered.agreement.audio.port == 6100
    assert s.agent.agreement(leg).audio.port == 6100


def test_the_first_answer_wins_and_every_later_one_is_ended(script):
    s = script()
    leg, invite = s.dial()
    for tag in ("one", "two", "three"):
        s.reply(invite, 180, tag=tag)
    s.reply(invite, 200, SDP.format(6000), tag="two", contact="sip:two@10.0.0.9")
    for tag in ("one", "three", "four"):
        s.reply(invite, 200, SDP.format(6000), tag=tag, contact=f"sip:{tag}@10.0.0.9")
    sent = s.sent()
    assert [m.uri.split(":")[1].split("@")[0] for m in sent if m.method == "BYE"] == ["one", "three", "four"]
    assert len([m for m in sent if m.method == "ACK"]) == 4
    assert s.agent.is_up(leg)
    assert [type(e) for e in s.events()] == [Progressed] * 3 + [Answered]


def test_the_places_that_lost_are_forgotten(script):
    s = script()
    _leg, invite = s.dial()
    s.reply(invite, 180, tag="one")
    s.reply(invite, 200, SDP.format(6000), tag="two")
    tag = invite.header("From").partition("tag=")[2]
    s.sent()
    s.ask("UPDATE", to_tag=tag, from_tag="one", call_id=invite.call_id)
    assert s.statuses() == [481]


def test_a_flood_of_forks_is_bounded(script):
    s = script()
    leg, invite = s.dial()
    for number in range(500):
        s.reply(invite, 180, tag=f"t{number}")
    assert len(s.agent._legs.get(leg).early) == 32
    s.reply(invite, 200, SDP.format(6000), tag="t400")
    assert s.agent.is_up(leg)


def test_an_answer_within_a_millisecond_finds_its_call(script):
    """Trap T8: the leg is known before its first packet leaves."""
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 200, SDP.format(6000))
    s.reply(invite, 200, SDP.format(6000))
    assert [e.leg for e in s.events()] == [leg]
    assert [m.method for m in s.sent()] == ["ACK", "ACK"]
