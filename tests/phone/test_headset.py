"""The buttons and lamps of a headset, from the reports of several families to the calls and back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.phone import headset as desk_module
from agent_desktop.phone.headset import HeadsetDesk, lamps_of
from agent_desktop.phone.headset_hid import HidHeadset, matching
from agent_desktop.phone.headset_signals import DROP, FLASH, HOOK, MUTE, REDIAL, REJECT_BUTTON
from agent_desktop.phone.headset_virtual import FAMILIES, VirtualHid, family
from agent_desktop.ports.headset import Lamps
from agent_desktop.wire.phone import PhoneCall


class Phone:
    """Calls, a headset and time; carries out acts as the softphone does."""

    def __init__(self, name: str) -> None:
        self.now = 100.0
        self.calls: dict[str, PhoneCall] = {}
        self.offered = False
        self.acts = []
        self.infos = []
        self.count = 0
        self.device = family(name)
        self.hid = VirtualHid()
        self.headset = HidHeadset(lambda work: work(), self.hid, clock=lambda: self.now)
        self.headset._thread.start = lambda: None
        self.desk = HeadsetDesk(self.headset, self.act, self.infos.append)
        self.desk.start()
        self.hid.plug(self.device)
        self.settle()

    # what happens

    def settle(self, seconds: float = 4.0) -> None:
        for _ in range(8):
            self.headset.step(0)
        self.now += seconds
        for _ in range(8):
            self.headset.step(0)

    def press(self, usage: int) -> None:
        self.device.press(usage, self.now)
        self.settle()

    def put(self, call: PhoneCall | None = None, **more) -> str:
        if call is None:
            self.count += 1
            call = PhoneCall(id=f"c{self.count}", direction="in", state="ringing")
        call = msgspec.structs.replace(call, **more)
        self.calls[call.id] = call
        self.desk.follow(tuple(self.calls.values()), offered=self.offered)
        return call.id

    def end(self, name: str) -> None:
        self.calls.pop(name, None)
        self.desk.follow(tuple(self.calls.values()))

    def change(self, name: str, **more) -> None:
        if name in self.calls:
            self.put(self.calls[name], **more)

    def offer(self, *, on: bool) -> None:
        self.offered = on
        self.desk.follow(tuple(self.calls.values()), offered=on)

    def act(self, act) -> None:
        self.acts.append(act)
        match act:
            case desk_module.AnswerCall(call=call):
                for other in list(self.calls.values()):
                    if other.state == "up":
                        self.change(other.id, state="held")
                self.change(call, state="up")
            case desk_module.EndCall(call=call) | desk_module.RejectCall(call=call):
                self.end(call)
            case desk_module.MuteCall(call=call, on=on):
                self.change(call, muted=on)
            case desk_module.HoldCall(call=call, on=on):
                self.change(call, state="held" if on else "up")
            case desk_module.SwapCalls(hold=hold, resume=resume):
                self.change(hold, state="held")
                self.change(resume, state="up")
            case desk_module.AnswerOffer() | desk_module.RejectOffer():
                self.offer(on=False)
            case desk_module.Redial():
                self.put(direction="out", state="dialling")

    def take_acts(self):
        taken, self.acts = self.acts, []
        return [type(act).__name__ for act in taken]

    @property
    def expected(self):
        lamps = lamps_of(tuple(self.calls.values()), offered=self.offered)
        return lamps.ring, lamps.off_hook, lamps.muted, lamps.held and self.device.can_hold


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


_STEPS = st.lists(
    st.sampled_from(
        [
            *("arrive", "remote_end", "answer", "hold", "resume", "mute", "offer", "withdraw", "dial"),
            *("press_hook", "press_mute", "press_flash", "press_reject", "unplug", "plug", "wait"),
        ]
    ),
    max_size=25,
)
_PRESSES = {"press_hook": HOOK, "press_mute": MUTE, "press_flash": FLASH, "press_reject": REJECT_BUTTON}


@pytest.mark.parametrize("name", FAMILIES)
@settings(deadline=None)
@given(steps=_STEPS)
def test_after_anything_the_lamps_are_the_calls_and_nothing_acts_but_a_person(name, steps):
    phone = Phone(name)
    is_plugged = True
    for step in steps:
        phone.acts.clear()
        calls = list(phone.calls.values())
        match step:
            case "arrive" if len(calls) < 3:
                phone.put()
            case "dial" if not any(call.state in {"up", "dialling"} for call in calls):
                phone.put(direction="out", state="dialling")
            case "remote_end" if calls:
                phone.end(calls[0].id)
            case "answer" if calls and not any(call.state == "up" for call in calls):
                phone.change(calls[-1].id, state="up")
            case "hold" if calls and calls[0].state == "up":
                phone.change(calls[0].id, state="held")
            case "resume" if calls and calls[0].state == "held" and all(c.state != "up" for c in calls):
                phone.change(calls[0].id, state="up")
            case "mute" if calls and calls[0].state == "up":
                phone.change(calls[0].id, muted=not calls[0].muted)
            case "offer" | "withdraw":
                phone.offer(on=step == "offer")
            case "unplug" if is_plugged:
                phone.hid.unplug(phone.device)
                is_plugged = False
            case "plug" if not is_plugged:
                phone.hid.plug(phone.device)
                is_plugged = True
            case _ if step in _PRESSES and is_plugged:
                phone.device.press(_PRESSES[step], phone.now)
        phone.settle()
        assert len(phone.acts) <= (step in _PRESSES), (step, phone.acts)
        if is_plugged:
            assert phone.device.shown == phone.expected, step
            assert phone.infos[-1].connected
