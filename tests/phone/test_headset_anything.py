"""Whatever calls, people and plugs do: the lamps are the calls, and only a person acts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.phone.headset_signals import FLASH, HOOK, MUTE, REJECT_BUTTON
from agent_desktop.phone.headset_virtual import FAMILIES
from tests.phone.headset_rig import Phone

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
