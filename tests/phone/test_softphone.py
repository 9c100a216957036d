"""The softphone's decisions, with an engine that only remembers what it was told."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.errors import IllegalStepError, RefusedError
from agent_desktop.phone import calling
from agent_desktop.phone.attention import Attention
from agent_desktop.phone.engine import (
    Arrived,
    CameUp,
    Gone,
    HoldChanged,
    RingsThere,
)
from agent_desktop.wire import phone as wire
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.models import PhoneAccount
from tests.phone.fake_engine import softphone


@pytest.fixture
async def phone(monkeypatch):
    async with softphone(monkeypatch) as made:
        yield made


def states(phone):
    return [e.call.state for e in phone.events if isinstance(e, wire.PhoneCallChanged)]


def test_ringing_stops_when_it_is_answered_or_gone(phone):
    phone.engine.report(Arrived("a", "1", "Grace", ""))
    assert phone.rings == [True]
    assert phone.handle("1", wire.Answer(call="a")).ok
    assert phone.rings == [True, False]
    phone.engine.report(Arrived("b", "2", "", ""))
    assert phone.rings == [True, False]  # a second call is shown, it does not ring into the first
    phone.engine.report(Gone("a", "remote", 0, ""))
    assert phone.rings == [True, False, True]
    phone.engine.report(Gone("b", "remote", 487, ""))
    assert phone.rings == [True, False, True, False]


def test_an_expected_call_is_answered_without_ringing(phone):
    assert phone.handle("1", wire.Expect(interaction="i1")).ok
    phone.engine.report(Arrived("a", "1", "", "i1"))
    assert phone.engine.told == [("answer", "a")]
    assert states(phone) == ["ringing", "up"]
    assert phone.rings in ([], [True, False])


@pytest.mark.parametrize("tone", ["low", "none"])
def test_the_tone_before_an_expected_call_is_its_queues(phone, monkeypatch, tone):
    heard = []
    monkeypatch.setattr(Attention, "answered_by_itself", lambda _self, played: heard.append(played))
    phone.handle("1", wire.Expect(interaction="i1", tone=tone))
    phone.engine.report(Arrived("a", "1", "", "i1"))
    assert heard == [tone]


def test_an_expectation_is_good_for_one_call_and_for_a_while(phone, monkeypatch):
    phone.handle("1", wire.Expect(interaction="i1"))
    phone.engine.report(Arrived("a", "1", "", "i1"))
    phone.engine.report(Gone("a", "remote", 0, ""))
    phone.engine.report(Arrived("b", "1", "", "i1"))
    assert phone.engine.told == [("answer", "a")]
    monkeypatch.setattr(calling, "EXPECTATION_S", -1.0)
    phone.handle("2", wire.Expect(interaction="i2"))
    phone.engine.report(Arrived("c", "1", "", "i2"))
    assert phone.engine.told == [("answer", "a")]


def test_a_call_without_an_interaction_is_never_answered_by_itself(phone):
    phone.handle("1", wire.Expect(interaction=""))
    phone.engine.report(Arrived("a", "1", "", ""))
    assert phone.engine.told == []
    assert states(phone) == ["ringing"]


def test_a_call_that_cannot_be_answered_stays_and_breaks_nothing(phone):
    phone.engine.refuses = RefusedError("No shared codec.", code="no_codec")
    phone.handle("1", wire.Expect(interaction="i1"))
    phone.engine.report(Arrived("a", "1", "", "i1"))
    assert states(phone) == ["ringing"]


def test_dialling_that_is_refused_is_told_and_leaves_no_call(phone):
    phone.engine.refuses = RefusedError("The phone is not signed in.", code="not_registered")
    reply = phone.handle("1", wire.Dial(target="100"))
    assert (reply.ok, reply.code, reply.message) == (False, "not_registered", "The phone is not signed in.")
    assert states(phone) == ["dialling", "ended"]
    assert not phone.has_calls


def test_hold_is_shown_when_it_is_confirmed_and_not_before(phone):
    phone.handle("1", wire.Dial(target="100", interaction="i1"))
    call = phone.engine.told[0][1]
    assert phone.engine.told == [("dial", call, "100", "i1")]
    phone.engine.report(RingsThere(call, has_sound=False))
    assert not phone.handle("2", wire.SetHold(call=call, on=True)).ok
    phone.engine.report(CameUp(call))
    assert phone.handle("3", wire.SetHold(call=call, on=True)).ok
    assert states(phone)[-1] == "up"
    phone.engine.report(HoldChanged(call, on=True))
    assert states(phone)[-1] == "held"
    assert phone.handle("4", wire.SetHold(call=call, on=True)).ok  # it is held already
    assert [what for what in phone.engine.told if what[0] == "hold"] == [("hold", call, True)]
    phone.engine.report(HoldChanged(call, on=True, refused="Both sides changed the call at once."))
    assert phone.snapshot().calls[0].detail == "Both sides changed the call at once."


def test_keys_are_checked_before_they_are_pressed(phone):
    phone.handle("1", wire.Dial(target="100"))
    call = phone.engine.told[0][1]
    assert not phone.handle("2", wire.SendDtmf(call=call, digits="1")).ok  # not up yet
    phone.engine.report(CameUp(call))
    assert phone.handle("3", wire.SendDtmf(call=call, digits="12ab")).ok
    assert phone.engine.told[-1] == ("press", call, "12AB")
    for digits, code in (
        ("", "bad_digits"),
        ("1;2", "bad_digits"),
        ("1" * 65, "bad_digits"),
        ("#", "no_dtmf"),
    ):
        assert phone.handle("4", wire.SendDtmf(call=call, digits=digits)).code == code


def test_a_status_that_is_none_becomes_a_refusal(phone):
    phone.engine.report(Arrived("a", "1", "", ""))
    phone.handle("1", wire.Reject(call="a", status=200))
    assert phone.engine.told == [("reject", "a", 603)]


def test_a_wrong_state_says_so(phone):
    phone.engine.report(Arrived("a", "1", "", ""))
    phone.engine.refuses = IllegalStepError("This is not possible now.")
    assert phone.handle("1", wire.Answer(call="a")).code == "wrong_state"


def test_a_command_of_a_newer_front_end_is_refused_in_words(phone):
    reply = phone.handle("1", Unknown("TeleportCall"))
    assert (reply.ok, reply.code) == (False, "unknown_command")


async def test_accounts_are_used_in_the_order_they_came(phone, eventually):
    first = PhoneAccount(extension="1", server="h")
    second = PhoneAccount(extension="2", server="h")
    for account in (first, second):
        phone.handle("1", wire.SetAccount(account=account))
    phone.handle("2", wire.ClearAccount())
    await eventually(lambda: phone.engine.accounts == [first, second, None])
    assert phone.snapshot().registration.state == "none"


async def test_a_device_that_is_missing_is_shown_and_the_phone_works(phone, eventually):
    assert phone.handle("1", wire.SelectDevices(microphone="no such microphone", speaker="silent")).ok
    told = await eventually(
        lambda: [e for e in phone.events if isinstance(e, wire.DevicesChanged) and e.microphone == ""]
    )
    assert told[-1].microphones == ("no such microphone",)
    assert [info.present for info in told[-1].devices if info.name == "no such microphone"] == [False]
    phone.engine.report(Arrived("a", "1", "", ""))
    assert phone.handle("3", wire.Answer(call="a")).ok


async def test_a_shutdown_is_passed_on(phone):
    asked = asyncio.Event()
    phone.on_shutdown = asked.set
    assert phone.handle("1", wire.Shutdown()).ok
    assert asked.is_set()
