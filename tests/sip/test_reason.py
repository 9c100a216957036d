"""Why a call ended and who somebody is: Reason, P-Asserted-Identity, and the side that hung up."""

from __future__ import annotations

import pytest

from agent_desktop.sip.address import Address
from agent_desktop.sip.events import Ended, EndedBy, IdentityChanged
from agent_desktop.sip.media import audio
from agent_desktop.sip.message import Response
from agent_desktop.sip.reason import ELSEWHERE, Reason, cause_of, reasons_of
from agent_desktop.sip.uri import NameAddr, Uri

SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)
TRUSTED = frozenset({"10.0.0.9"})
ASSERTED = 'P-Asserted-Identity: "Anna Berg" <sip:+4930123@x>, <tel:+4930123>\r\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Q.850;cause=17", "User busy"),
        ('Q.850;cause=16;text="Terminated \\"so\\""', 'Terminated "so"'),
        ('SIP ;cause=200 ;text="Call completed elsewhere"', "Call completed elsewhere"),
        ("SIP;cause=486", "Busy Here"),
        ("Q.850;cause=126", "Q.850 126"),
        ("x;cause=1, Q.850;cause=19", "x 1"),
        ("Q.850", ""),
        ("Q.850;cause=x", ""),
        ("Q.850;cause=99999", ""),
        (";;", ""),
        ('Q.850;cause=1;text="open', ""),
        ("", ""),
    ],
)
def test_a_reason_is_read_in_words_and_nonsense_is_skipped(text, words):
    assert cause_of(Response((("Reason", text),) if text else (), status=486)) == words


def test_reasons_are_bounded():
    many = ", ".join(["Q.850;cause=16"] * 100)
    assert len(reasons_of(Response((("Reason", many),), status=486))) == 8


def test_our_hang_up_says_normal_clearing(script):
    s = script()
    leg = s.up()
    s.agent.hang_up(leg, s.net.now)
    assert s.one("BYE").header("Reason") == 'Q.850;cause=16;text="Normal call clearing"'


def test_our_own_reason_goes_first(script):
    s = script()
    leg = s.up()
    s.agent.hang_up(leg, s.net.now, reason=Reason("SIP", 600, 'A "word"'))
    assert s.one("BYE").all("Reason") == ('SIP;cause=600;text="A \\"word\\""',)


def test_a_cancel_can_say_that_another_phone_answered(script):
    s = script()
    leg, invite = s.dial()
    s.reply(invite, 180)
    s.agent.cancel(leg, s.net.now, reason=ELSEWHERE)
    assert s.one("CANCEL").header("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'


def test_a_call_that_nobody_answers_is_cancelled_with_its_reason(script):
    s = script(ring_timeout_s=20.0)
    _leg, invite = s.dial()
    s.reply(invite, 180)
    s.later(21)
    assert "cause=19" in s.sent("CANCEL")[0].header("Reason")
    ended = s.events()[-1]
    assert (ended.by, ended.cause) == (EndedBy.TIMED_OUT, "No answer from user")


@pytest.mark.parametrize("what", ["BYE", "CANCEL", "486"])
def test_the_peers_reason_is_in_the_end(script, what):
    s = script()
    extra = "Reason: Q.850;cause=21\r\n"
    match what:
        case "BYE":
            _leg, tag = s.taken()
            s.ask("BYE", to_tag=tag, extra=extra)
            by = EndedBy.REMOTE
        case "CANCEL":
            s.called()
            branch = next(s.branches) - 1
            s.branches = iter([branch])
            s.ask("CANCEL", number=1, extra=extra)
            by = EndedBy.CANCELLED
        case _:
            _leg, invite = s.dial()
            s.reply(invite, 486, extra=(("Reason", "Q.850;cause=21"),))
            by = EndedBy.REFUSED
    (ended,) = s.events()
    assert isinstance(ended, Ended)
    assert (ended.by, ended.cause) == (by, "Call rejected")


# ---------------------------------------------------------------- who hung up


def test_both_hang_up_at_once_and_each_ends_its_own(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    out = alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    leg = net.seen(b)[0].leg
    bob.answer(leg, audio(b.host, 5000), net.now)
    net.settle()
    net.seen(a)
    net.seen(b)
    alice.hang_up(out, net.now)
    bob.hang_up(leg, net.now)
    assert [e.by for e in net.seen(a) + net.seen(b)] == [EndedBy.LOCAL] * 2
    assert net.words()[-4:] == ["BYE", "BYE", "200 BYE", "200 BYE"]


def test_a_refusal_by_us_is_ours_and_the_callers_is_refused(net):
    alice, a = net.agent("alice")
    bob, b = net.agent("bob")
    alice.invite(Uri("sip", "bob", b.host), audio(a.host, 4000), net.now)
    bob.reject(net.seen(b)[0].leg, net.now, 603)
    assert (net.seen(a)[0].by, net.seen(b)[0].by) == (EndedBy.REFUSED, EndedBy.LOCAL)


# ---------------------------------------------------------------- identity


def test_an_identity_counts_from_a_trusted_host(script):
    s = script(trusted=TRUSTED)
    s.ask("INVITE", SDP, extra=ASSERTED)
    (came,) = s.events()
    assert (came.asserted.name, came.asserted.uri.user) == ("Anna Berg", "+4930123")


def test_an_identity_from_anybody_else_is_not_there(script):
    s = script(trusted=TRUSTED)
    s.ask("INVITE", SDP, extra=ASSERTED, source=Address("udp", "10.6.6.6", 5060))
    assert s.events()[0].asserted is None


@pytest.mark.parametrize("value", ["", '"open <sip:a@b>', "<mailto:a@b>"])
def test_an_unreadable_identity_is_no_identity(script, value):
    s = script(trusted=TRUSTED)
    s.ask("INVITE", SDP, extra=f"P-Asserted-Identity: {value}\r\n")
    assert s.events()[0].asserted is None


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_new_voice_is_told_once(script, method):
    s = script(trusted=TRUSTED)
    leg, tag = s.taken()
    s.ask(method, SDP, to_tag=tag, extra=ASSERTED)
    (changed,) = s.events()
    assert isinstance(changed, IdentityChanged)
    assert (changed.leg, changed.asserted.name) == (leg, "Anna Berg")
    if method == "INVITE":
        s.ask("ACK", to_tag=tag, number=s.number)
    s.ask(method, SDP, to_tag=tag, extra=ASSERTED)
    assert s.events() == []


def test_who_answers_is_told_by_a_trusted_network(script):
    s = script(trusted=TRUSTED)
    leg, invite = s.dial()
    s.reply(invite, 180, extra=(("P-Asserted-Identity", "<sip:200@x>"),))
    s.reply(invite, 200, SDP, extra=(("P-Asserted-Identity", "<sip:300@x>"),))
    told = [(e.leg, e.asserted.uri.user) for e in s.events() if isinstance(e, IdentityChanged)]
    assert told == [(leg, "200"), (leg, "300")]


def test_we_assert_who_calls(script):
    s = script()
    _leg, invite = s.dial(asserted=NameAddr(Uri("sip", "200", "centre.test"), "Support"))
    assert invite.header("P-Asserted-Identity") == '"Support" <sip:200@centre.test>'
