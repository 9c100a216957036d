"""The buttons and lamps of a headset, from the reports of several families to the calls and back."""

from __future__ import annotations

import pytest

from agent_desktop.phone.headset_hid import HidHeadset, matching
from agent_desktop.phone.headset_signals import DROP, FLASH, HOOK, MUTE, REDIAL, REJECT_BUTTON
from agent_desktop.phone.headset_virtual import FAMILIES, VirtualHid, family
from agent_desktop.ports.headset import Lamps
from tests.phone.headset_rig import Phone


@pytest.fixture(params=FAMILIES)
def phone(request):
    return Phone(request.param)


def test_a_ringing_call_lights_the_lamp_and_lifting_answers_it(phone):
    call = phone.put()
    phone.settle()
    assert phone.device.shown == (True, False, False, False)
    phone.press(HOOK)
    assert phone.take_acts() == ["AnswerCall"]
    assert phone.calls[call].state == "up"
    assert phone.device.shown == (False, True, False, False)


def test_a_call_answered_on_the_screen_is_acknowledged_and_ended_by_the_button(phone):
    call = phone.put()
    phone.settle()
    phone.change(call, state="up")
    phone.settle()
    assert phone.take_acts() == []
    assert phone.device.shown == (False, True, False, False)
    phone.press(HOOK)
    assert phone.take_acts() == ["EndCall"]
    assert phone.device.shown == (False, False, False, False)


def test_a_call_that_the_customer_ends_puts_the_headset_back_without_an_act(phone):
    call = phone.put(state="up")
    phone.settle()
    phone.end(call)
    phone.settle()
    assert phone.take_acts() == []
    assert phone.device.shown == (False, False, False, False)
    phone.put()
    phone.settle()
    phone.press(HOOK)
    assert phone.take_acts() == ["AnswerCall"]


def test_a_call_answered_by_the_button_can_be_ended_by_it_again_and_again(phone):
    for _ in range(3):
        phone.put()
        phone.settle()
        phone.press(HOOK)
        phone.press(HOOK)
        assert phone.take_acts() == ["AnswerCall", "EndCall"]
        assert phone.calls == {}


def test_mute_goes_both_ways_and_never_in_a_circle(phone):
    call = phone.put(state="up")
    phone.settle()
    for muted in (True, False, True):
        phone.press(MUTE)
        assert phone.take_acts() == ["MuteCall"]
        assert phone.calls[call].muted is muted
        assert phone.device.shown[2] is muted
    for muted in (False, True, False):
        phone.change(call, muted=muted)
        phone.settle()
        assert phone.take_acts() == []
        assert phone.device.shown[2] is muted
    phone.press(MUTE)
    assert phone.calls[call].muted


def test_a_muted_call_stays_muted_while_the_headset_is_pulled_out_and_plugged_in_again(phone):
    call = phone.put(state="up", muted=True)
    phone.settle()
    phone.hid.unplug(phone.device)
    phone.settle()
    assert not phone.infos[-1].connected
    phone.hid.plug(phone.device)
    phone.settle()
    assert phone.take_acts() == []
    assert phone.calls[call].muted
    assert phone.device.shown == (False, True, True, False)
    assert phone.infos[-1].connected
    assert phone.infos[-1].muted
    phone.settle()
    phone.press(MUTE)
    assert not phone.calls[call].muted


def test_a_button_that_means_nothing_lights_the_lamps_again(phone):
    writes = phone.device.writes
    phone.press(HOOK)
    phone.press(MUTE)
    assert phone.take_acts() == []
    assert phone.device.shown == (False, False, False, False)
    assert phone.device.writes > writes


@pytest.mark.parametrize("name", ["switch_and_pulse", "buttons", "switches"])
def test_flash_answers_a_second_call_then_changes_between_the_two(name):
    phone = Phone(name)
    first = phone.put(state="up")
    second = phone.put()
    phone.settle()
    phone.press(FLASH)
    assert (phone.calls[first].state, phone.calls[second].state) == ("held", "up")
    phone.press(FLASH)
    assert (phone.calls[first].state, phone.calls[second].state) == ("up", "held")
    assert phone.take_acts() == ["AnswerCall", "SwapCalls"]
    assert phone.device.shown == (False, True, False, True)
    phone.end(second)
    phone.settle()
    phone.press(FLASH)
    assert phone.calls[first].state == "held"
    phone.press(FLASH)
    assert phone.calls[first].state == "up"


def test_a_held_call_stays_when_the_headset_is_put_down_and_comes_back_when_it_is_lifted(phone):
    call = phone.put(state="up")
    phone.settle()
    phone.change(call, state="held")
    phone.settle()
    assert phone.take_acts() == []
    phone.press(HOOK)
    assert phone.take_acts() == ["HoldCall"]
    assert phone.calls[call].state == "up"


def test_an_offer_without_a_call_rings_and_is_accepted_or_declined_at_the_headset():
    phone = Phone("switch_and_pulse")
    phone.offer(on=True)
    phone.settle()
    assert phone.device.shown[0]
    phone.press(HOOK)
    phone.offer(on=True)
    phone.settle()
    phone.press(REJECT_BUTTON)
    assert phone.take_acts() == ["AnswerOffer", "RejectOffer"]


def test_reject_and_redial():
    phone = Phone("switch_and_pulse")
    phone.put()
    phone.settle()
    phone.press(REDIAL)
    phone.press(REJECT_BUTTON)
    phone.press(REDIAL)
    assert phone.take_acts() == ["RejectCall", "Redial"]
    assert phone.device.shown[1]
    phone.press(HOOK)
    assert phone.take_acts() == ["EndCall"]
    buttons = Phone("buttons")
    buttons.put()
    buttons.settle()
    buttons.press(DROP)
    assert buttons.take_acts() == ["RejectCall"]


@pytest.mark.parametrize("reads", [1, 3, 6])
def test_an_acknowledgement_that_comes_late_is_not_taken_for_a_button(reads):
    phone = Phone("switches")
    phone.device.acknowledges_after = reads
    call = phone.put(state="up")
    phone.settle(2.0)
    assert phone.take_acts() == []
    phone.end(call)
    phone.settle()
    phone.put()
    phone.settle()
    phone.press(HOOK)
    assert phone.take_acts() == ["AnswerCall"]


def test_unmuting_at_once_after_muting_is_not_lost():
    for name in FAMILIES:
        phone = Phone(name)
        call = phone.put(state="up")
        phone.settle()
        for muted in (True, False):
            phone.device.press(MUTE, phone.now)
            phone.settle(0.3)
            assert phone.calls[call].muted is muted, name


def test_a_button_bounces_without_harm(phone):
    phone.put(state="up")
    phone.settle()
    for _ in range(3):
        phone.device.press(MUTE, phone.now)
        phone.now += 0.005
    phone.settle()
    assert phone.take_acts() == ["MuteCall"]


def test_a_headset_that_may_not_be_opened_is_said_once_with_what_to_do():
    phone = Phone("buttons")
    phone.hid.unplug(phone.device)
    phone.settle()
    phone.device.is_forbidden = True
    phone.hid.plug(phone.device)
    phone.infos.clear()
    phone.settle()
    phone.settle()
    assert [info.connected for info in phone.infos] == [False]
    assert "may not open" in phone.infos[0].detail
    phone.device.is_forbidden = False
    phone.settle()
    assert phone.infos[-1].connected
    assert phone.infos[-1].detail == ""


def test_a_device_without_hook_and_mute_is_said_in_words():
    phone = Phone("buttons")
    phone.hid.unplug(phone.device)
    phone.device.descriptor = bytes.fromhex("05 0B 09 05 A1 01 C0")
    phone.hid.plug(phone.device)
    phone.settle()
    assert "neither a hook nor a mute" in phone.infos[-1].detail


def test_the_buttons_go_with_the_microphone_in_use():
    phone = Phone("buttons")
    phone.device.name = "Poly Blackwire 5220"
    other = family("switch_and_pulse")
    other.name = "Jabra Link 380"
    phone.hid.plug(other)
    phone.desk.follow_microphone("Headset (Jabra Link 380)")
    phone.put()
    phone.settle()
    assert phone.infos[-1].name == "Jabra Link 380"
    assert other.shown[0]
    phone.desk.follow_microphone("Poly Blackwire 5220 Series: USB Audio")
    phone.settle()
    assert phone.infos[-1].name == "Poly Blackwire 5220"
    assert matching("anything", ()) is None


def test_the_thread_lights_lamps_hears_buttons_and_puts_them_out_at_the_end():
    import threading

    hid, device = VirtualHid(), family("switch_and_pulse")
    hid.plug(device)
    headset = HidHeadset(lambda work: work(), hid)
    came, lifted = threading.Event(), threading.Event()

    def on_event(event) -> None:
        (came if type(event).__name__ == "Connected" else lifted).set()

    headset.start(on_event)
    assert came.wait(10)
    device.press(HOOK, 1.0)
    assert lifted.wait(10)
    headset.show(Lamps(ring=True))
    headset.stop()
    assert device.shown == (False, False, False, False)
