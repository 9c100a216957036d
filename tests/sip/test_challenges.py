"""Challenges that we meet: who gets an answer, how often, and what is kept."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.digest import parse_credentials
from agent_desktop.sip.events import Answered, Ended, Registered, RegistrationFailed, ResponseArrived
from agent_desktop.sip.uri import Uri

THERE = Address("udp", "10.0.0.9", 5060)
ANNA = Account("anna", "centre.test", THERE, "secret")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)


def www(nonce="n1", realm="centre.test", more="", algorithm="MD5"):
    return (
        "WWW-Authenticate",
        f'Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{more}',
    )


def proxy(nonce="p1", realm="centre.test", more=""):
    return ("Proxy-Authenticate", www(nonce, realm, more)[1])


STALE = ", stale=true"


def nonces(request, name):
    return [parse_credentials(value).nonce for value in request.all(name)]


def test_a_proxy_and_the_server_behind_it_both_get_their_answer(script):
    s = script()
    _leg, first = s.dial(account=ANNA)
    s.reply(first, 407, extra=(proxy(),))
    second = s.sent("INVITE")[-1]
    assert (nonces(second, "Proxy-Authorization"), second.has("Authorization")) == (["p1"], False)
    s.reply(second, 401, extra=(www(),))
    third = s.sent("INVITE")[-1]
    assert (nonces(third, "Proxy-Authorization"), nonces(third, "Authorization")) == (["p1"], ["n1"])
    assert third.header("CSeq") == "3 INVITE"
    s.reply(third, 200, SDP)
    assert isinstance(s.events()[-1], Answered)


def test_two_proxies_of_two_realms_of_ours_both_get_one(script):
    s = script()
    account = Account("anna", "centre.test", THERE, "secret", realms=("centre.test", "trunk.test"))
    _leg, first = s.dial(account=account)
    s.reply(first, 407, extra=(proxy(),))
    second = s.sent("INVITE")[-1]
    s.reply(second, 407, extra=(proxy("p2", "trunk.test"),))
    third = s.sent("INVITE")[-1]
    assert nonces(third, "Proxy-Authorization") == ["p1", "p2"]


def test_one_answer_may_hold_both_challenges(script):
    s = script()
    _leg, first = s.dial(account=ANNA)
    s.reply(first, 401, extra=(www(), proxy()))
    second = s.sent("INVITE")[-1]
    assert second.has("Authorization")
    assert second.has("Proxy-Authorization")


def test_a_stale_nonce_is_replaced(script):
    s = script()
    _leg, first = s.dial(account=ANNA)
    s.reply(first, 401, extra=(www(),))
    s.reply(s.sent("INVITE")[-1], 401, extra=(www("n2", more=STALE),))
    assert nonces(s.sent("INVITE")[-1], "Authorization") == ["n2"]


@pytest.mark.parametrize("more", ["", STALE])
def test_a_server_that_never_has_enough_is_left(script, more):
    s = script()
    _leg, invite = s.dial(account=ANNA)
    tries = 0
    while True:
        s.reply(invite, 401, extra=(www(f"n{tries}", more=more),))
        found = s.sent("INVITE")
        if not found:
            break
        invite, tries = found[-1], tries + 1
    assert tries == (4 if more else 1)
    assert [e.status for e in s.events() if isinstance(e, Ended)] == [401]


@pytest.mark.parametrize("more", ["", STALE])
@pytest.mark.parametrize("what", ["register", "options", "info", "hold"])
def test_nothing_ever_loops(script, what, more):
    s = script()
    leg = s.up(account=ANNA) if what in {"info", "hold"} else None
    match what:
        case "register":
            s.agent.register(ANNA, s.net.now)
        case "options":
            s.agent.request("OPTIONS", s.net.now, target=Uri("sip", "", "centre.test"), account=ANNA)
        case "info":
            s.agent.request("INFO", s.net.now, leg=leg)
        case "hold":
            s.agent.hold(leg, s.net.now)
    sent = [m for m in s.sent() if m.method != "ACK"]
    for number in range(20):
        if not sent:
            break
        s.reply(sent[-1], 401, extra=(www(f"n{number}", more=more),))
        sent = [m for m in s.sent() if m.method != "ACK"]
    assert number <= 5
    (told,) = s.events()
    assert told.status == 401
    assert isinstance(told, ResponseArrived | RegistrationFailed) or what == "hold"


@pytest.mark.parametrize("realm", ["evil.test", "", "centre.test.evil"])
def test_a_foreign_realm_gets_nothing(script, realm):
    s = script()
    _leg, first = s.dial(account=ANNA)
    s.reply(first, 401, extra=(www(realm=realm),))
    assert s.sent("INVITE") == []


def test_the_realm_of_a_trunk_is_a_setting(script):
    s = script()
    trunk = Account("100", "sip.provider.test", THERE, "pw", realm="provider")
    _leg, first = s.dial(account=trunk)
    s.reply(first, 401, extra=(www(realm="provider"),))
    assert len(s.sent("INVITE")) == 1
    _leg, first = s.dial(account=trunk)
    s.reply(first, 401, extra=(www(realm="sip.provider.test"),))
    assert s.sent("INVITE") == []


def test_a_second_address_of_the_provider_may_ask_and_a_stranger_may_not(script):
    other = Address("udp", "10.0.0.8", 5060)
    for also, tries in (((other,), 1), ((), 0)):
        s = script()
        account = Account("anna", "centre.test", THERE, "secret", also_at=also)
        _leg, first = s.dial(account=account, destination=other)
        s.reply(first, 401, extra=(www(),))
        assert len(s.sent("INVITE")) == tries


def test_sha_256_is_preferred_and_unknown_kinds_are_skipped(script):
    s = script()
    _leg, first = s.dial(account=ANNA)
    asks = (
        www("a"),
        www("b", algorithm="SHA-256"),
        www("c", algorithm="SHA-512-256"),
        ("WWW-Authenticate", "Basic x"),
    )
    s.reply(first, 401, extra=(*asks, ("WWW-Authenticate", 'Digest "')))
    assert nonces(s.sent("INVITE")[-1], "Authorization") == ["b"]


def test_a_call_that_came_through_our_server_answers_its_challenges(script):
    s = script()
    s.agent.register(ANNA, s.net.now)
    s.sent()
    leg, _tag = s.taken()
    s.agent.hang_up(leg, s.net.now)
    s.reply(s.one("BYE"), 407, extra=(proxy(),))
    again = s.one("BYE")
    assert nonces(again, "Proxy-Authorization") == ["p1"]
    assert int(again.header("CSeq").split()[0]) == 2


def test_a_server_that_is_configured_by_name_is_known_by_its_address_after_it_registered_us(script):
    s = script()
    named = Address("udp", "sip.centre.test", 5060)
    s.agent.register(Account("anna", "centre.test", named, "secret"), s.net.now)
    s.reply(s.one("REGISTER"), 200)
    leg, _tag = s.taken()
    s.agent.hang_up(leg, s.net.now)
    s.reply(s.one("BYE"), 407, extra=(proxy(),))
    assert nonces(s.one("BYE"), "Proxy-Authorization") == ["p1"]


def test_who_has_not_registered_us_is_not_taken_for_our_server(script):
    s = script()
    named = Address("udp", "sip.centre.test", 5060)
    s.agent.register(Account("anna", "centre.test", named, "secret"), s.net.now)
    s.reply(s.one("REGISTER"), 403)
    leg, _tag = s.taken()
    s.agent.hang_up(leg, s.net.now)
    s.reply(s.one("BYE"), 407, extra=(proxy(),))
    assert s.sent() == []


def test_several_trunks_register_each_with_its_own_name_and_password(script):
    s = script()
    trunks = [
        Account("100", "one.test", THERE, "pw1", realm="one"),
        Account("200", "two.test", THERE, "pw2", realm="two"),
    ]
    names = [s.agent.register(trunk, s.net.now) for trunk in trunks]
    asked = s.sent("REGISTER")
    for request, realm in zip(asked, ("one", "two"), strict=True):
        s.reply(request, 401, extra=(www(realm=realm),))
    proofs = s.sent("REGISTER")
    assert [parse_credentials(r.header("Authorization")).username for r in proofs] == ["100", "200"]
    assert [r.header("Contact").split("@")[0] for r in proofs] == ["<sip:100", "<sip:200"]
    for request in proofs:
        s.reply(request, 200, extra=(("Service-Route", "<sip:x;lr>"), ("Path", "<sip:y;lr>")))
    assert [e.registration for e in s.events() if isinstance(e, Registered)] == names
