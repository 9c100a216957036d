"""Watching and being watched (RFC 6665, RFC 3842, RFC 4235)."""

from __future__ import annotations

import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.sip.accounts import Account, Registrar
from agent_desktop.sip.address import Address
from agent_desktop.sip.bodies import SUMMARY, MessageSummary, read_summary
from agent_desktop.sip.events import Notified, Subscribed, SubscriptionEnded, Unsubscribed
from agent_desktop.sip.uri import Uri, parse_name_addr

BOTH = frozenset({"message-summary", "dialog"})
MAILBOX = bytes(MessageSummary(is_waiting=True, new=2, old=1))
PROOF = ("WWW-Authenticate", 'Digest realm="centre.test", nonce="n1", algorithm=MD5, qop="auth"')
THERE = Address("udp", "10.0.0.9", 5060)


# ---------------------------------------------------------------- we are watched


def watched(script, expires="Expires: 60\r\n", **settings):
    s = script(packages=BOTH, **settings)
    s.ask("SUBSCRIBE", extra=f"Event: message-summary\r\n{expires}")
    (ok,) = s.answered()
    assert ok.status == 200
    (came,) = s.events()
    assert isinstance(came, Subscribed)
    return s, came, parse_name_addr(ok.header("To")).tag


def test_a_watcher_is_reported_and_told_the_state(script):
    s, came, _tag = watched(script)
    assert (came.package, came.target.user, came.expires_s, came.user) == (
        "message-summary",
        "phone",
        60,
        None,
    )
    s.agent.notify(came.subscription, MAILBOX, SUMMARY, s.net.now)
    told = s.one("NOTIFY")
    assert told.header("Subscription-State") == "active;expires=60"
    assert told.header("Event") == "message-summary"
    assert read_summary(told.body) == MessageSummary(is_waiting=True, new=2, old=1)


def test_a_watcher_hears_something_within_half_a_second(script):
    s, _came, _tag = watched(script)
    s.later(0.5)
    assert s.one("NOTIFY").body == b""


def test_a_refresh_is_answered_with_the_last_state(script):
    s, came, tag = watched(script)
    s.agent.notify(came.subscription, MAILBOX, SUMMARY, s.net.now)
    s.reply(s.one("NOTIFY"), 200)
    s.later(40)
    s.ask("SUBSCRIBE", to_tag=tag, extra="Event: message-summary\r\nExpires: 60\r\n")
    again = s.one("NOTIFY")
    assert (again.body, again.header("Subscription-State")) == (MAILBOX, "active;expires=60")
    assert [a.status for a in s.answers] == [200]
    assert s.events() == []
    s.reply(again, 200)
    s.later(59)
    assert s.events() == []


def test_a_watcher_that_does_not_come_back_is_told_the_end(script):
    s, came, _tag = watched(script)
    s.agent.notify(came.subscription, MAILBOX, SUMMARY, s.net.now)
    s.reply(s.one("NOTIFY"), 200)
    s.later(61)
    last = s.sent("NOTIFY")[0]
    assert (last.header("Subscription-State"), last.body) == ("terminated;reason=timeout", MAILBOX)
    assert s.events() == [Unsubscribed(came.subscription, "timeout")]
    with pytest.raises(RefusedError):
        s.agent.notify(came.subscription, b"", SUMMARY, s.net.now)


def test_a_watcher_that_leaves_gets_a_last_word(script):
    s, came, tag = watched(script)
    s.ask("SUBSCRIBE", to_tag=tag, extra="Event: message-summary\r\nExpires: 0\r\n")
    assert s.one("NOTIFY").header("Subscription-State").startswith("terminated")
    assert s.events() == [Unsubscribed(came.subscription, "left")]


def test_one_look_is_answered_and_over(script):
    s, came, _tag = watched(script, "Expires: 0\r\n")
    s.agent.notify(came.subscription, MAILBOX, SUMMARY, s.net.now)
    told = s.one("NOTIFY")
    assert (told.header("Subscription-State"), told.body) == ("terminated;reason=timeout", MAILBOX)
    assert s.events() == [Unsubscribed(came.subscription, "left")]


def test_we_may_send_a_watcher_away(script):
    s, came, _tag = watched(script)
    s.agent.end_subscription(came.subscription, s.net.now)
    assert s.one("NOTIFY").header("Subscription-State") == "terminated;reason=noresource"
    assert s.events() == [Unsubscribed(came.subscription, "noresource")]
    s.agent.end_subscription(came.subscription, s.net.now)
    assert s.sent() == []


def test_news_that_come_fast_are_told_one_at_a_time_and_the_newest_wins(script):
    s, came, _tag = watched(script)
    for number in range(5):
        s.agent.notify(came.subscription, bytes(MessageSummary(True, number)), SUMMARY, s.net.now)
    first = s.one("NOTIFY")
    assert b"0/0" in first.body
    s.reply(first, 200)
    assert b"4/0" in s.one("NOTIFY").body


@pytest.mark.parametrize("status", [481, 408, 404])
def test_a_watcher_that_does_not_listen_is_forgotten(script, status):
    s, came, _tag = watched(script)
    s.agent.notify(came.subscription, MAILBOX, SUMMARY, s.net.now)
    s.reply(s.one("NOTIFY"), status)
    assert s.events() == [Unsubscribed(came.subscription, "lost")]
    assert len(s.agent._parts.notifier) == 0


@pytest.mark.parametrize(
    ("extra", "status", "header"),
    [
        ("Event: presence\r\n", 489, ("Allow-Events", "dialog, message-summary")),
        ("", 489, ("Allow-Events", "dialog, message-summary")),
        ("Event: dialog\r\nExpires: 5\r\n", 423, ("Min-Expires", "30")),
    ],
)
def test_what_cannot_be_watched_is_refused(script, extra, status, header):
    s = script(packages=BOTH)
    s.ask("SUBSCRIBE", extra=extra)
    (refused,) = s.answered()
    assert (refused.status, refused.header(header[0])) == (status, header[1])
    assert s.events() == []


def test_without_packages_nothing_can_be_watched(script):
    s = script()
    s.ask("SUBSCRIBE", extra="Event: dialog\r\n")
    assert s.statuses() == [405]


def test_where_there_are_accounts_a_stranger_is_challenged(script):
    s = script(packages=BOTH, registrar=Registrar("centre.test", {"anna": "secret"}.get))
    s.ask("SUBSCRIBE", extra="Event: dialog\r\n")
    assert s.statuses() == [401]
    assert s.events() == []


def test_who_guesses_a_password_is_told_to_wait(script):
    s = script(packages=BOTH, registrar=Registrar("centre.test", {"anna": "secret"}.get))
    guess = 'Digest username="anna", realm="centre.test", nonce="x", uri="sip:x", response="0"'
    for number in range(7):
        s.ask("SUBSCRIBE", call_id=f"g{number}", extra=f"Event: dialog\r\nAuthorization: {guess}\r\n")
    assert s.statuses() == [401] * 5 + [403] * 2


def test_a_stranger_cannot_refresh_or_end_a_subscription(script):
    s, _came, tag = watched(script)
    s.ask("SUBSCRIBE", to_tag=tag, from_tag="evil", extra="Event: message-summary\r\nExpires: 0\r\n")
    assert s.statuses() == [481]
    assert s.events() == []


def test_what_else_comes_in_a_subscription_is_refused(script):
    s, _came, tag = watched(script)
    s.ask("MESSAGE", "hello", to_tag=tag)
    s.ask("SUBSCRIBE", to_tag=tag, number=1, extra="Event: message-summary\r\n")
    assert s.statuses() == [405, 500]


def test_watchers_are_bounded(script, monkeypatch):
    monkeypatch.setattr("agent_desktop.sip.notifier.MAX_WATCHERS", 3)
    s = script(packages=BOTH)
    for number in range(5):
        s.ask("SUBSCRIBE", call_id=f"c{number}", extra="Event: dialog\r\n")
    assert s.statuses() == [200, 200, 200, 503, 503]


# ---------------------------------------------------------------- we watch


ACCOUNT = Account("anna", "centre.test", THERE, "secret")


@pytest.fixture
def watching(script):
    s = script()
    name = s.agent.subscribe(Uri("sip", "anna", "centre.test"), "message-summary", s.net.now, account=ACCOUNT)
    return s, name, s.one("SUBSCRIBE")


def tell(s, subscribe, *, state="active;expires=600", event="message-summary", tag="bt"):
    s.ask(
        "NOTIFY",
        MAILBOX.decode(),
        to_tag=parse_name_addr(subscribe.header("From")).tag,
        from_tag=tag,
        call_id=subscribe.call_id,
        kind=SUMMARY,
        extra=f"Event: {event}\r\nSubscription-State: {state}\r\n",
    )


def test_a_mailbox_is_watched_through_its_challenge(watching):
    s, name, first = watching
    assert (first.header("Event"), first.header("Accept")) == ("message-summary", SUMMARY)
    s.reply(first, 401, extra=(PROOF,))
    second = s.one("SUBSCRIBE")
    assert (second.header("CSeq"), second.has("Authorization")) == ("2 SUBSCRIBE", True)
    s.reply(second, 200, extra=(("Expires", "600"),))
    tell(s, second)
    assert s.statuses() == [200]
    (told,) = s.events()
    assert isinstance(told, Notified)
    assert told.subscription == name
    assert read_summary(told.body).new == 2


def test_news_may_overtake_the_answer(watching):
    s, name, first = watching
    tell(s, first)
    assert s.statuses() == [200]
    s.reply(first, 200, extra=(("Expires", "600"),))
    assert [e.subscription for e in s.events()] == [name]
    s.later(541)
    again = s.sent("SUBSCRIBE")[0]
    assert again.header("To").endswith(";tag=bt")
    assert again.header("CSeq") == "2 SUBSCRIBE"


def test_it_is_renewed_before_its_end(watching):
    s, _name, first = watching
    s.reply(first, 200, extra=(("Expires", "100"),))
    s.later(69)
    assert s.sent() == []
    s.later(12)
    assert s.sent("SUBSCRIBE")[0].uri == "sip:bob@10.0.0.9"


def test_leaving_says_so_and_waits_for_the_last_news(watching):
    s, name, first = watching
    s.reply(first, 200)
    s.agent.unsubscribe(name, s.net.now)
    s.agent.unsubscribe(name, s.net.now)
    last = s.one("SUBSCRIBE")
    assert last.header("Expires") == "0"
    s.reply(last, 200)
    tell(s, last, state="terminated;reason=timeout")
    told, ended = s.events()
    assert isinstance(told, Notified)
    assert ended == SubscriptionEnded(name, 200, "timeout", None)
    s.later(100)
    assert s.events() == []


def test_leaving_before_the_answer_ends_at_once(watching):
    s, name, _first = watching
    s.agent.unsubscribe(name, s.net.now)
    assert s.events() == [SubscriptionEnded(name, 200, "OK", None)]


@pytest.mark.parametrize("status", [404, 489, 403, 405])
def test_what_is_refused_for_good_is_not_tried_again(watching, status):
    s, name, first = watching
    s.reply(first, status)
    assert s.events() == [SubscriptionEnded(name, status, "x", None)]
    s.later(1000)
    assert s.sent() == []


def test_a_server_in_trouble_is_asked_again_later(watching):
    s, _name, first = watching
    waits = []
    for _ in range(5):
        s.reply(first, 503)
        (ended,) = s.events()
        waits.append(ended.retry_at - s.net.now)
        s.net.now = ended.retry_at
        s.agent.tick(s.net.now)
        first = s.sent("SUBSCRIBE")[-1]
    assert waits == sorted(waits)
    assert len({first.call_id}) == 1


def test_a_time_that_is_too_short_is_lengthened(watching):
    s, _name, first = watching
    s.reply(first, 423, extra=(("Min-Expires", "7200"),))
    assert s.one("SUBSCRIBE").header("Expires") == "7200"


def test_a_subscription_that_the_server_lost_is_made_anew(watching):
    s, _name, first = watching
    s.reply(first, 200, extra=(("Expires", "100"),))
    s.later(81)
    again = s.sent("SUBSCRIBE")[0]
    s.reply(again, 481)
    fresh = s.one("SUBSCRIBE")
    assert fresh.call_id != first.call_id
    assert "tag=" not in fresh.header("To")


@pytest.mark.parametrize(
    ("state", "retries"),
    [
        ("terminated;reason=deactivated", True),
        ("terminated", True),
        ("terminated;reason=rejected", False),
        ("terminated;reason=noresource", False),
    ],
)
def test_the_servers_end_is_the_end_or_a_new_beginning(watching, state, retries):
    s, name, first = watching
    s.reply(first, 200)
    tell(s, first, state=state)
    assert len(s.sent("SUBSCRIBE")) == (1 if retries else 0)
    ended = [e for e in s.events() if isinstance(e, SubscriptionEnded)]
    assert [e.subscription for e in ended] == ([] if retries else [name])


def test_a_server_that_wants_time_gets_it(watching):
    s, _name, first = watching
    s.reply(first, 200)
    tell(s, first, state="terminated;reason=probation;retry-after=90")
    ended = s.events()[-1]
    assert ended.retry_at == s.net.now + 90


def test_news_from_a_stranger_are_refused(watching):
    s, _name, first = watching
    s.reply(first, 200)
    tell(s, first, tag="evil")
    tell(s, first, event="presence")
    s.number = 0
    assert s.statuses() == [481, 481]
    assert s.events() == []


def test_old_news_are_refused(watching):
    s, _name, first = watching
    s.reply(first, 200)
    tell(s, first)
    s.number -= 1
    tell(s, first)
    assert s.statuses() == [200, 500]


def test_a_broken_state_is_taken_as_active(watching):
    s, _name, first = watching
    s.reply(first, 200)
    tell(s, first, state='active;"')
    assert s.statuses() == [200]


def test_news_that_nobody_asked_for_are_taken_from_our_server_alone(script):
    s = script()
    s.agent.register(ACCOUNT, s.net.now)
    s.sent()
    s.ask("NOTIFY", MAILBOX.decode(), kind=SUMMARY, extra="Event: message-summary\r\n")
    (told,) = s.events()
    assert (told.subscription, read_summary(told.body).is_waiting) == (None, True)
    stranger = Address("udp", "10.6.6.6", 5060)
    s.ask(
        "NOTIFY",
        MAILBOX.decode(),
        kind=SUMMARY,
        extra="Event: message-summary\r\n",
        call_id="c9",
        source=stranger,
    )
    assert s.statuses() == [200, 481]


def test_two_of_us_share_a_mailbox(net):
    switch, s = net.agent("switch", packages=BOTH, registrar=Registrar("centre.test", {"anna": "secret"}.get))
    phone, p = net.agent("phone")
    account = Account("anna", "centre.test", s, "secret")
    name = phone.subscribe(Uri("sip", "anna", "centre.test"), "message-summary", net.now, account=account)
    (came,) = net.seen(s)
    assert came.user == "anna"
    switch.notify(came.subscription, MAILBOX, SUMMARY, net.now)
    (told,) = net.seen(p)
    assert read_summary(told.body).new == 2
    net.wait(8000)
    assert net.seen(s) == []
    phone.unsubscribe(name, net.now)
    assert [type(e) for e in net.seen(p)][-1] is SubscriptionEnded
    assert net.seen(s) == [Unsubscribed(came.subscription, "left")]
    net.wait(100)
    assert phone.deadline is None
    assert switch.deadline is None
