"""Which devices the phone uses while they come and go: a sound system that the test plays."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import DeviceError
from agent_desktop.phone.devices import SilentMicrophone, SilentSpeaker
from agent_desktop.phone.hotswap import CALM_S, EAGER_S, RETRY_S, HotSwap
from agent_desktop.phone.preferences import OWN, SILENT, Wanted
from agent_desktop.wire.phone import DeviceInfo


class FakeCard(SilentMicrophone, SilentSpeaker):
    def __init__(self, name: str) -> None:
        self.name = name
        self.starts = 0

    def start(self) -> None:
        self.starts += 1


class FakeSystem:
    """What is plugged in, what PortAudio knows of it, and what another program has."""

    def __init__(self, *plugged: str) -> None:
        self.plugged = list(plugged)
        self.listed = list(plugged)
        self.busy: set[str] = set()
        self.looks = 0
        self.can_scout = True
        self.closed = False

    def _infos(self, names):
        return tuple(DeviceInfo(name=name, microphone=True, speaker=True) for name in names)

    def known(self):
        return self._infos(self.listed)

    def scout(self):
        return self._infos(self.plugged) if self.can_scout else None

    def look_again(self):
        self.looks += 1
        self.listed = list(self.plugged)

    def open_microphone(self, name):
        if name in self.busy or not self.plugged or (name != OWN and name not in self.plugged):
            raise DeviceError(f"{name} cannot be used.")
        return FakeCard(name)

    open_speaker = open_microphone

    def close(self):
        self.closed = True


@dataclass
class FakeEar:
    is_open: bool = False
    microphone: object = None
    speaker: object = None
    ringers: tuple = ()
    changes: list = field(default_factory=list)

    def use(self, *, microphone=None, speaker=None):
        self.microphone = microphone or self.microphone
        self.speaker = speaker or self.speaker
        self.changes.append((microphone, speaker))

    def ring_on(self, ringers):
        self.ringers = ringers


class Desk:
    def __init__(self, *plugged: str, wanted=("Headset", "Laptop"), rings=(), in_call=True) -> None:
        self.now = 100.0
        self.system = FakeSystem(*plugged)
        self.ear = FakeEar(is_open=in_call)
        self.told = []
        self.swap = HotSwap(self.ear, self.told.append, backend=self.system, clock=lambda: self.now)
        self.swap.want(Wanted(wanted, wanted, rings))
        self.swap.step()

    def pass_time(self, seconds: float) -> None:
        """As the thread would: a step whenever one is due."""
        end = self.now + seconds
        while self.swap._look_at <= end:
            self.now = max(self.now, self.swap._look_at)
            self.swap.step()
        self.now = end

    def unplug(self, name: str) -> None:
        """Tear it out: the streams that use it fail."""
        self.system.plugged.remove(name)
        now = self.told[-1]
        for which, used in (("microphone", now.microphone), ("speaker", now.speaker)):
            if used == name:
                self.swap.lost(which, "It was unplugged.")
        if name in now.rings:
            self.swap.lost("ring", "It was unplugged.")
        self.swap.step()

    @property
    def used(self):
        return self.told[-1].microphone, self.told[-1].speaker


def test_the_best_device_is_used_and_started_only_in_a_call():
    assert Desk("Laptop", "Headset").used == ("Headset", "Headset")
    assert Desk("Laptop", "Headset").ear.microphone.starts == 1
    assert Desk("Laptop", "Headset", in_call=False).ear.microphone.starts == 0


def test_a_headset_torn_out_is_replaced_in_the_same_step_and_taken_back_soon_after_it_returns():
    desk = Desk("Laptop", "Headset")
    desk.unplug("Headset")
    assert desk.used == ("Laptop", "Laptop")
    assert desk.ear.microphone.name == "Laptop"
    desk.pass_time(10)
    assert desk.used == ("Laptop", "Laptop")
    desk.system.plugged.append("Headset")
    desk.pass_time(1.0)
    assert desk.used == ("Headset", "Headset")
    assert desk.told[-1].detail == ""


def test_a_worse_device_that_returns_changes_nothing_and_interrupts_nothing():
    desk = Desk("Headset")
    looks, changes = desk.system.looks, len(desk.ear.changes)
    desk.system.plugged.append("Laptop")
    desk.pass_time(2 * CALM_S)
    assert desk.used == ("Headset", "Headset")
    assert (desk.system.looks, len(desk.ear.changes)) == (looks, changes)
    assert {info.name for info in desk.told[-1].devices} == {"Headset", "Laptop"}


def test_a_wanted_device_that_is_away_is_listed_as_absent():
    desk = Desk("Laptop")
    assert [(info.name, info.present) for info in desk.told[-1].devices] == [
        ("Laptop", True),
        ("Headset", False),
    ]


def test_a_card_that_cannot_be_listed_because_we_use_it_stays_in_use():
    desk = Desk("Headset", "Laptop")
    desk.system.plugged.remove("Headset")
    desk.pass_time(10)
    assert desk.used == ("Headset", "Headset")
    assert all(info.present for info in desk.told[-1].devices)


def test_without_a_call_an_unplugged_card_is_left_as_soon_as_it_is_not_listed():
    desk = Desk("Headset", "Laptop", in_call=False)
    desk.system.plugged.remove("Headset")
    desk.pass_time(CALM_S)
    assert desk.used == ("Laptop", "Laptop")


def test_a_device_that_another_program_has_is_passed_over_and_tried_again():
    desk = Desk("Laptop", "Headset")
    desk.system.busy.add("Headset")
    desk.swap.lost("microphone", "It stopped working.")
    desk.swap.step()
    assert desk.used == ("Laptop", "Headset")
    desk.pass_time(2.0)
    assert desk.used == ("Laptop", "Headset")
    desk.system.busy.clear()
    desk.pass_time(RETRY_S + EAGER_S)
    assert desk.used == ("Headset", "Headset")


def test_the_last_device_gone_is_silence_in_words_and_the_next_one_is_taken():
    desk = Desk("Headset")
    desk.unplug("Headset")
    desk.pass_time(2.0)
    assert desk.used == (SILENT, SILENT)
    assert "No microphone was found" in desk.told[-1].detail
    desk.system.plugged.append("Webcam")
    desk.pass_time(RETRY_S + 1)
    assert desk.used in {(OWN, OWN), ("Webcam", "Webcam")}
    assert desk.told[-1].detail == ""


def test_a_change_of_the_list_is_followed_at_once_in_a_call():
    desk = Desk("Headset", "Laptop")
    desk.system.plugged.append("New")
    desk.swap.want(Wanted(("New",), ("Laptop",)))
    desk.swap.step()
    assert desk.used == ("New", "Laptop")
    assert desk.ear.microphone.starts == 1


def test_several_devices_ring_and_one_that_is_torn_out_leaves_the_others():
    desk = Desk("Headset", "Speakers", rings=("Speakers@-6dB", "Headset"))
    assert desk.told[-1].rings == ("Speakers", "Headset")
    assert [round(ringer.gain, 2) for ringer in desk.ear.ringers] == [0.5, 1.0]
    desk.unplug("Speakers")
    desk.pass_time(2.0)
    assert desk.told[-1].rings == ("Headset",)
    assert len(desk.ear.ringers) == 1
    desk.system.plugged.append("Speakers")
    desk.pass_time(RETRY_S)
    assert desk.told[-1].rings == ("Speakers", "Headset")


def test_a_ring_device_that_is_busy_leaves_the_others_ringing():
    desk = Desk("Headset", "Speakers", in_call=False)
    desk.system.busy.add("Speakers")
    desk.swap.want(Wanted(rings=("Speakers", "Headset")))
    desk.swap.step()
    assert desk.told[-1].rings == ("Headset",)
    assert "cannot be used" in desk.told[-1].detail
    desk.system.busy.clear()
    desk.pass_time(RETRY_S + CALM_S)
    assert desk.told[-1].rings == ("Speakers", "Headset")


def test_without_a_scout_the_phone_looks_itself_while_nothing_is_open():
    desk = Desk("Laptop", in_call=False)
    desk.system.can_scout = False
    desk.system.plugged.append("Headset")
    desk.pass_time(CALM_S)
    assert desk.used == ("Headset", "Headset")
    desk.ear.is_open = True
    looks = desk.system.looks
    desk.pass_time(3 * CALM_S)
    assert desk.system.looks == looks


def test_the_thread_starts_tells_and_ends():
    import threading

    told = threading.Event()
    system = FakeSystem("Headset")
    swap = HotSwap(FakeEar(), lambda _now: told.set(), backend=system)
    swap.start()
    assert told.wait(10)
    swap.stop()
    assert system.closed


def test_a_sound_system_that_breaks_is_tried_again():
    import threading

    calls = []
    again = threading.Event()

    class Broken(FakeSystem):
        def scout(self):
            calls.append(1)
            raise RuntimeError

    swap = HotSwap(FakeEar(), lambda _now: again.set(), backend=Broken("Headset"))
    swap.start()
    swap.want(Wanted(("Headset",)))
    swap.stop()
    assert calls


@pytest.mark.parametrize("in_call", [True, False])
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["plug", "tear"]), st.sampled_from(["Headset", "Laptop", "Webcam"]))
    )
)
def test_after_any_plugging_the_best_device_is_in_use(in_call, acts):
    desk = Desk("Laptop", in_call=in_call)
    for act, name in acts:
        if act == "plug" and name not in desk.system.plugged:
            desk.system.plugged.append(name)
        elif act == "tear" and name in desk.system.plugged:
            desk.unplug(name)
        desk.pass_time(0.3)
    desk.pass_time(RETRY_S + CALM_S)
    plugged = desk.system.plugged
    best = next((name for name in ("Headset", "Laptop") if name in plugged), None)
    if best:
        assert desk.used == (best, best)
    elif plugged:
        assert desk.used[0] in {OWN, "Webcam"}
    else:
        assert desk.used == (SILENT, SILENT)
