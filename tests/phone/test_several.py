"""Several calls at one phone; what is told of them; offers, buttons and the self-test beside them."""

from __future__ import annotations

import asyncio

import pytest

from agent_desktop.phone import headset as buttons
from agent_desktop.phone import softphone as module
from agent_desktop.phone.engine import (
    Arrived,
    CameUp,
    Gone,
    HoldChanged,
    MailboxChanged,
    SoundAgreed,
    TransferMoved,
)
from agent_desktop.wire import phone as wire
from tests.phone.fake_engine import softphone


@pytest.fixture
async def phone(monkeypatch):
    async with softphone(monkeypatch) as made:
        yield made


def up(phone, call, interaction="", kind=""):
    phone.engine.report(Arrived(call, "1", "", interaction, kind))
    assert phone.handle("1", wire.Answer(call=call)).ok


def held(phone):
    return {call.id: call.state for call in phone.snapshot().calls}


def test_a_second_call_ticks_in_the_ear_and_answering_it_holds_the_first(phone):
    up(phone, "a")
    phone.engine.report(Arrived("b", "2", "", ""))
    assert phone.waits == [True]
    assert phone.rings == [True, False]
    assert phone.handle("2", wire.Answer(call="b")).ok
    assert phone.engine.told == [("answer", "a"), ("hold", "a", True), ("answer", "b")]
    phone.engine.report(HoldChanged("a", on=True))
    assert held(phone) == {"a": "held", "b": "up"}
    assert phone.waits == [True, False]


def test_taking_one_back_holds_the_other_and_ending_one_takes_nothing_back(phone):
    up(phone, "a")
    up(phone, "b")
    phone.engine.report(HoldChanged("a", on=True))
    assert phone.handle("3", wire.SetHold(call="a", on=False)).ok
    assert phone.engine.told[-2:] == [("hold", "b", True), ("hold", "a", False)]
    phone.engine.report(HoldChanged("b", on=True))
    phone.engine.report(HoldChanged("a", on=False))
    phone.engine.report(Gone("a", "remote", 0, ""))
    assert held(phone) == {"b": "held"}


def test_dialling_holds_the_call_that_is_up_before_it_calls(phone):
    up(phone, "a")
    assert phone.handle("2", wire.Dial(target="200")).ok
    assert [what[0] for what in phone.engine.told] == ["answer", "hold", "dial"]


def test_a_dialled_call_that_comes_up_after_another_was_answered_holds_that_one(phone):
    phone.handle("1", wire.Dial(target="200"))
    dialled = phone.engine.told[0][1]
    up(phone, "a")
    phone.engine.report(CameUp(dialled))
    assert phone.engine.told[-1] == ("hold", "a", True)


def test_a_customer_who_cannot_be_held_hears_nothing_of_the_other_call(phone, monkeypatch):
    gates = []
    monkeypatch.setattr(phone._sound, "gate", lambda call, *, muted, held: gates.append((call, held)))
    up(phone, "a")
    up(phone, "b")
    phone.engine.report(HoldChanged("a", on=False, refused="Both sides changed the call at once."))
    assert gates[-1] == ("a", True)
    phone.engine.report(Gone("b", "remote", 0, ""))  # nobody else is there to be heard
    assert gates[-1] == ("a", False)


def test_an_expected_second_call_is_answered_with_the_first_one_held(phone):
    up(phone, "a")
    phone.handle("2", wire.Expect(interaction="i2"))
    phone.engine.report(Arrived("b", "2", "", "i2", "agent"))
    assert phone.engine.told[-2:] == [("hold", "a", True), ("answer", "b")]


def test_a_supervisors_leg_is_taken_only_while_the_supervisor_has_no_call(phone):
    phone.handle("1", wire.Expect(interaction="i1"))
    phone.engine.report(Arrived("a", "", "", "i1", "supervisor"))
    assert phone.engine.told == [("answer", "a")]
    phone.handle("2", wire.Expect(interaction="i2"))
    phone.engine.report(Arrived("b", "", "", "i2", "supervisor"))
    assert held(phone) == {"a": "up", "b": "ringing"}


def test_an_engine_that_cannot_hold_refuses_a_second_call_in_words(phone):
    phone._calling._lines._can_hold = False
    up(phone, "a")
    phone.engine.report(Arrived("b", "2", "", ""))
    reply = phone.handle("2", wire.Answer(call="b"))
    assert (reply.ok, reply.code) == (False, "too_many")


# ---------------------------------------------------------------- what else is told of a call


def test_codec_encryption_and_the_other_sides_hold_are_shown(phone):
    up(phone, "a")
    phone.engine.report(SoundAgreed("a", "opus", encrypted=True))
    (call,) = phone.snapshot().calls
    assert (call.codec, call.encrypted, call.held_by_remote) == ("opus", True, False)
    phone.engine.report(SoundAgreed("a", "opus", encrypted=True, held_by_remote=True))
    assert phone.snapshot().calls[0].held_by_remote


def test_a_transfer_is_told_while_it_lasts(phone):
    up(phone, "a")
    assert phone.handle("2", wire.Transfer(call="a", target="300")).ok
    assert phone.engine.told[-1] == ("transfer", "a", "300", "")
    phone.engine.report(TransferMoved("a", "The call is being transferred."))
    assert phone.snapshot().calls[0].detail == "The call is being transferred."
    assert phone.handle("3", wire.Transfer(call="a")).code == "bad_target"
    assert phone.handle("4", wire.Transfer(call="a", other="nobody")).code == "no_such_call"


def test_voice_messages_are_told_and_kept_for_the_next_window(phone):
    phone.engine.report(MailboxChanged(3, 1))
    assert phone.events[-1] == wire.MessagesWaiting(new=3, old=1)
    assert phone.snapshot().messages_waiting == 3


def test_a_call_that_the_network_ended_is_heard(phone, monkeypatch):
    played = []
    monkeypatch.setattr(phone._sound, "play_once", played.append)
    up(phone, "a")
    phone.engine.report(Gone("a", "network", 408, "There was no answer from the other side."))
    assert len(played) == 1
    ended = [e.call for e in phone.events if isinstance(e, wire.PhoneCallChanged)][-1]
    assert (ended.state, ended.ended_by) == ("ended", "network")


# ---------------------------------------------------------------- offers, sounds and the headset


async def test_an_offer_rings_until_it_is_told_to_stop_or_nobody_is_there(phone, eventually, monkeypatch):
    monkeypatch.setattr(module, "UNATTENDED_S", 0.05)
    phone.attended(by=1)
    assert phone.handle("1", wire.SetRinging(on=True, kind="chat")).ok
    assert phone.rings == [True]
    assert phone.handle("2", wire.SetRinging(on=False)).ok
    assert phone.rings == [True, False]
    phone.handle("3", wire.SetRinging(on=True))
    phone.attended(by=0)
    phone.attended(by=1)  # it is back in time
    await asyncio.sleep(0.1)
    assert phone.rings[-1] is True
    phone.attended(by=0)
    await eventually(lambda: phone.rings[-1] is False)


def test_a_sound_that_there_is_not_is_refused(phone):
    assert phone.handle("1", wire.PlaySound(sound="message")).ok
    assert phone.handle("2", wire.PlaySound(sound="trumpet")).code == "no_such_sound"


def test_sound_settings_are_told_and_kept(phone):
    wanted = wire.SetSound(noise=False, waiting=False)
    assert phone.handle("1", wanted).ok
    assert wire.SoundChanged(sound=wanted) in phone.events
    assert phone.snapshot().sound == wanted
    up(phone, "a")
    phone.engine.report(Arrived("b", "2", "", ""))
    assert phone.waits == []  # it is switched off


def test_buttons_of_the_headset_do_what_they_say(phone):
    press = phone._calling.button
    press(buttons.AnswerOffer())
    assert phone.events[-1] == wire.HeadsetPressed(act="answer")
    press(buttons.RejectOffer())
    assert phone.events[-1] == wire.HeadsetPressed(act="end")
    phone.engine.report(Arrived("a", "1", "", ""))
    press(buttons.AnswerCall("a"))
    press(buttons.MuteCall("a", on=True))
    assert phone.snapshot().calls[0].muted
    press(buttons.HoldCall("a", on=True))
    phone.engine.report(HoldChanged("a", on=True))
    phone.engine.report(Arrived("b", "1", "", ""))
    press(buttons.AnswerCall("b"))
    press(buttons.SwapCalls("b", "a"))
    assert phone.engine.told[-2:] == [("hold", "b", True), ("hold", "a", False)]
    phone.engine.report(Arrived("c", "1", "", ""))
    press(buttons.RejectCall("c"))
    assert phone.engine.told[-1] == ("reject", "c", 603)
    press(buttons.EndCall("b"))
    assert held(phone) == {"a": "held", "c": "ringing"}
    press(buttons.AnswerCall("gone"))  # means nothing any more
    assert held(phone) == {"a": "held", "c": "ringing"}


def test_redial_calls_the_last_number_again(phone):
    phone._calling.button(buttons.Redial())
    assert phone.engine.told == []
    phone.handle("1", wire.Dial(target="200"))
    phone.engine.report(Gone(phone.engine.told[0][1], "remote", 486, "The number is busy."))
    phone._calling.button(buttons.Redial())
    assert [what[2] for what in phone.engine.told] == ["200", "200"]


# ---------------------------------------------------------------- the self-test


async def test_the_self_test_runs_alone_and_a_call_ends_it(phone, eventually):
    up(phone, "a")
    assert phone.handle("1", wire.RunSelfTest()).code == "in_call"
    phone.engine.report(Gone("a", "remote", 0, ""))
    assert phone.handle("2", wire.RunSelfTest(skip=("echo",))).ok
    assert phone.handle("3", wire.RunSelfTest()).code == "wrong_state"
    tests = [e for e in phone.events if isinstance(e, wire.SelfTestChanged)]
    assert {check.id for check in tests[0].checks} == {"microphone", "speaker", "registration"}
    phone.engine.report(Arrived("b", "1", "", ""))
    await eventually(lambda: any(isinstance(e, wire.SelfTestChanged) and e.over for e in phone.events))
    assert phone.handle("4", wire.Answer(call="b")).ok
    assert {check.id for check in phone.snapshot().checks} == {"microphone", "speaker", "registration"}


async def test_a_self_test_can_be_cancelled(phone, eventually):
    assert phone.handle("1", wire.CancelSelfTest()).ok
    assert phone.handle("2", wire.RunSelfTest()).ok
    await asyncio.sleep(0.05)
    assert phone.handle("3", wire.CancelSelfTest()).ok
    await eventually(lambda: any(isinstance(e, wire.SelfTestChanged) and e.over for e in phone.events))
    assert phone.handle("4", wire.RunSelfTest()).ok
