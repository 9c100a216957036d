"""OPTIONS, INFO, MESSAGE and methods that nobody knows."""

from __future__ import annotations

import pytest

from agent_desktop.sip.bodies import (
    DTMF,
    DTMF_RELAY,
    DialogState,
    MessageSummary,
    Relayed,
    dialog_info,
    read_dtmf,
    read_sipfrag,
    read_summary,
    sipfrag,
)
from agent_desktop.sip.events import DigitRelayed, RequestArrived


def test_options_tells_the_truth(script):
    s = script(takes_transfers=True, packages=frozenset({"dialog"}))
    s.ask("OPTIONS")
    (answer,) = s.answered()
    allowed = set(answer.header("Allow").split(", "))
    assert {"PRACK", "UPDATE", "REFER", "SUBSCRIBE", "OPTIONS", "INFO"} <= allowed
    assert not {"MESSAGE", "REGISTER", "PUBLISH"} & allowed
    assert answer.header("Supported") == "100rel, norefersub, replaces, timer"
    assert answer.header("Allow-Events") == "dialog"
    assert "application/sdp" in answer.header("Accept")


def test_every_method_that_is_allowed_is_not_refused_with_405(script):
    s = script(takes_transfers=True, takes_messages=True, packages=frozenset({"dialog"}))
    _leg, tag = s.taken()
    s.ask("OPTIONS")
    for method in s.answered()[0].header("Allow").split(", "):
        if method not in {"INVITE", "ACK", "BYE", "CANCEL", "SUBSCRIBE"}:
            s.ask(method, to_tag=tag, extra="Refer-To: <sip:a@b>\r\nEvent: x\r\n")
            assert 405 not in s.statuses(), method


@pytest.mark.parametrize("method", ["PUBLISH", "FOO", "REGISTER"])
def test_an_unknown_method_is_told_what_is_known(script, method):
    s = script()
    s.ask(method)
    (refused,) = s.answered()
    assert refused.status == 405
    assert "INVITE" in refused.header("Allow")


@pytest.mark.parametrize(("takes", "status"), [(True, 200), (False, 405)])
def test_a_message_is_taken_when_the_settings_say_so(script, takes, status):
    s = script(takes_messages=takes)
    s.ask("MESSAGE", "hello", kind="text/plain")
    assert s.statuses() == [status]
    (came,) = s.events()
    assert isinstance(came, RequestArrived)
    assert came.message.body == b"hello"


def test_a_key_in_an_info_is_a_key(script):
    s = script()
    leg, tag = s.taken()
    s.ask("INFO", "Signal=5\r\nDuration=160\r\n", to_tag=tag, kind=DTMF_RELAY)
    assert s.statuses() == [200]
    assert s.events()[-1] == DigitRelayed(leg, "5", 160)


def test_an_info_that_says_nothing_is_answered_politely(script):
    s = script()
    _leg, tag = s.taken()
    s.ask("INFO", "<picture_fast_update/>", to_tag=tag, kind="application/media_control+xml")
    s.ask("INFO", to_tag=tag)
    s.ask("INFO", "Signal=55\r\n", to_tag=tag, kind=DTMF_RELAY)
    assert s.statuses() == [200] * 3
    assert not [e for e in s.events() if isinstance(e, DigitRelayed)]


def test_an_info_package_is_refused_by_name_and_an_info_without_a_call_too(script):
    s = script()
    _leg, tag = s.taken()
    s.ask("INFO", to_tag=tag, extra="Info-Package: g.test\r\n")
    s.ask("INFO", call_id="other")
    assert s.statuses() == [469, 481]


def test_an_unknown_extension_is_named(script):
    s = script()
    s.ask("INVITE", extra="Require: 100rel, magic\r\n")
    (refused,) = s.answered()
    assert (refused.status, refused.header("Unsupported")) == (420, "magic")


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        (DTMF_RELAY, b"Signal= 1\r\nDuration= 250", Relayed("1", 250)),
        (DTMF_RELAY, b"Signal=*\nDuration=x", Relayed("*")),
        (DTMF_RELAY, b"signal: 11", Relayed("#")),
        (DTMF_RELAY, b"Signal=a", Relayed("A")),
        (DTMF, b" 7 ", Relayed("7")),
        (DTMF, b"16", None),
        (DTMF_RELAY, b"", None),
        (DTMF_RELAY, b"\xff\xfe", None),
    ],
)
def test_keys_are_read_as_gateways_write_them(kind, body, key):
    assert read_dtmf(kind, body) == key


def test_what_is_written_is_read_again():
    assert read_sipfrag(sipfrag(486, "Busy Here")) == (486, "Busy Here")
    assert read_sipfrag(b"nonsense") is None
    summary = MessageSummary(is_waiting=True, new=3, old=4, account="sip:a@b")
    assert read_summary(bytes(summary)) == summary
    assert read_summary(b"Messages-Waiting: no\r\n") == MessageSummary(is_waiting=False)
    assert read_summary(b"Messages-Waiting: perhaps") is None


def test_the_calls_of_somebody_are_written_safely():
    body = dialog_info(
        "sip:a@b",
        3,
        (DialogState("1", "confirmed", "initiator", remote="sip:<&>@x"), DialogState("2", "early")),
    )
    assert b'version="3" state="full" entity="sip:a@b"' in body
    assert b"<remote><identity>sip:&lt;&amp;&gt;@x</identity></remote>" in body
    assert body.count(b"</dialog>") == 2
