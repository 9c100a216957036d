"""Our Contact says who this end is: a transfer by another phone points there (RFC 3261 section 8.1.1.8)."""

from __future__ import annotations

import pytest

from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address
from agent_desktop.sip.events import TransferAsked
from agent_desktop.sip.media import audio
from agent_desktop.sip.uri import NameAddr, Uri, parse_name_addr

THERE = Address("udp", "10.0.0.9", 5060)
ALICE = Account("alice", "centre.test", THERE, "secret")


@pytest.fixture
def phone(script):
    """Called at `phone`; the product's own name is another."""
    return script(name="product", packages=frozenset({"dialog"}), takes_transfers=True)


def user(message):
    return parse_name_addr(message.header("Contact")).uri.user


def test_who_is_called_answers_as_the_one_who_was_called(phone):
    leg = phone.called()
    phone.agent.ring(leg, phone.net.now)
    phone.agent.answer(leg, audio("10.0.0.1", 4000), phone.net.now)
    told = [answer for answer in phone.answered() if answer.has("Contact")]
    assert [(answer.status, user(answer)) for answer in told] == [(180, "phone"), (200, "phone")]


def test_a_call_to_no_user_is_answered_as_the_account_it_came_for(phone):
    phone.agent.register(ALICE, phone.net.now)
    invite = phone.one("REGISTER")
    phone.reply(invite, 200, extra=(("Expires", "60"),), contact=f"{user(invite)}@10.0.0.1")
    data = (
        "INVITE sip:10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKn1\r\n"
        "From: <sip:bob@10.0.0.9>;tag=at\r\nTo: <sip:10.0.0.1>\r\nCall-ID: nobody\r\nCSeq: 1 INVITE\r\n"
        "Contact: <sip:bob@10.0.0.9>\r\nContent-Length: 0\r\n\r\n"
    )
    phone.agent.receive(data.encode(), THERE, phone.net.now)
    phone.agent.ring(phone.agent.legs[0], phone.net.now)
    assert [user(a) for a in phone.answered() if a.status == 180] == ["alice"]


def test_what_is_asked_within_a_call_comes_from_the_same_user(phone):
    leg, tag = phone.taken("Allow: UPDATE\r\n")
    phone.agent.hold(leg, phone.net.now)
    invite = phone.one("INVITE")
    assert user(invite) == "phone"
    phone.reply(invite, 488)
    phone.sent()
    phone.agent.request("INFO", phone.net.now, leg=leg)
    phone.agent.refer(leg, Uri("sip", "carol", "10.0.0.7"), phone.net.now)
    assert [(asked.method, user(asked)) for asked in phone.sent() if asked.has("Contact")] == [
        ("INFO", "phone"),
        ("REFER", "phone"),
    ]
    phone.ask("UPDATE", to_tag=tag)
    phone.ask("REFER", to_tag=tag, extra="Refer-To: <sip:carol@10.0.0.7>\r\n")
    (asked,) = [event for event in phone.events() if isinstance(event, TransferAsked)]
    phone.agent.accept_transfer(asked.request, phone.net.now)
    sent = phone.sent("NOTIFY")
    assert [(a.status, user(a)) for a in phone.answers] == [(200, "phone"), (202, "phone")]
    assert [user(notify) for notify in sent] == ["phone"]


def test_who_is_watched_or_asked_for_abilities_answers_as_the_one_who_was_asked(phone):
    phone.ask("OPTIONS")
    phone.ask("SUBSCRIBE", extra="Event: dialog\r\nExpires: 60\r\n", call_id="c2")
    assert [user(answer) for answer in phone.answered()] == ["phone", "phone"]
    phone.later(0.6)
    assert user(phone.one("NOTIFY")) == "phone"


def test_who_calls_is_the_account_or_who_it_says_it_is(phone):
    _leg, invite = phone.dial(account=ALICE)
    assert user(invite) == "alice"
    _leg, invite = phone.dial(caller=NameAddr(Uri("sip", "+4940777001", "10.0.0.1")))
    assert user(invite) == "+4940777001"
    _leg, invite = phone.dial()
    assert user(invite) == "product"


def test_who_watches_is_the_account(phone):
    phone.agent.subscribe(ALICE.uri, "message-summary", phone.net.now, account=ALICE)
    assert user(phone.one("SUBSCRIBE")) == "alice"
