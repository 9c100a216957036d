"""Devices, the headset and the cleaning of the microphone, as the front ends see them."""

from __future__ import annotations

import pytest

from agent_desktop.media.cleaning import Cleaner
from agent_desktop.phone import equipment as module
from agent_desktop.phone.equipment import Equipment
from agent_desktop.phone.hotswap import InUse
from agent_desktop.phone.loudness import Loudness
from agent_desktop.phone.preferences import Wanted
from agent_desktop.ports.headset import Connected, HookLifted
from agent_desktop.wire import phone as wire
from tests.phone.cards import Cards


class Sound:
    """Remembers what it was told."""

    is_open = False

    def __init__(self):
        self.cleaners = []
        self.loudness = Loudness()

    def use(self, *, microphone=None, speaker=None): ...

    def ring_on(self, ringers): ...

    def clean_with(self, cleaner):
        self.cleaners.append(cleaner)


class Headset:
    """A headset whose buttons the test presses."""

    def __init__(self, soon):
        self.soon, self.lamps, self.followed, self.stopped = soon, [], [], False

    def start(self, on_event):
        self.press = on_event

    def follow(self, microphone):
        self.followed.append(microphone)

    def show(self, lamps, *, again=False):
        self.lamps.append(lamps)

    def stop(self):
        self.stopped = True


@pytest.fixture
def made(monkeypatch):
    class Now:
        """A thread that runs at once."""

        def __init__(self, target, args=(), **_more):
            self._work = lambda: target(*args)

        def start(self):
            self._work()

        def is_alive(self):
            return False

    monkeypatch.setattr(module.threading, "Thread", Now)
    sound, told, acts, headsets = Sound(), [], [], []

    def headset(soon):
        headsets.append(Headset(soon))
        return headsets[-1]

    equipment = Equipment(
        sound,
        told.append,
        lambda work: work(),
        acts.append,
        wanted=Wanted(("Jabra",), ("Jabra",)),
        backend=Cards("Jabra", "Webcam"),
        headset=headset,
    )
    equipment.sound, equipment.told, equipment.acts, equipment.hardware = sound, told, acts, headsets[0]
    return equipment


def used(equipment, microphone, **more):
    equipment._devices_changed(InUse((), microphone, microphone, (), **more))


def test_a_real_microphone_is_cleaned_and_a_file_or_silence_is_not(made):
    used(made, "Jabra")
    assert isinstance(made.sound.cleaners[-1], Cleaner)
    assert made.cancels_echo
    for name in ("silent", "voice.wav", "file:in.wav:out.wav"):
        used(made, name)
        assert made.sound.cleaners[-1] is None
        assert not made.cancels_echo


def test_cleaning_is_switched_in_a_call(made):
    used(made, "Jabra")
    made.clean(wire.SetSound(echo=False, noise=True, gain=False))
    assert made.sound.cleaners[-1].wanted == (False, True, False)
    assert made.told[-1].sound.noise
    assert not made.cancels_echo
    made.clean(wire.SetSound(echo=False, noise=False, gain=False))
    assert made.sound.cleaners[-1] is None


def test_a_cleaner_that_cannot_be_made_leaves_the_voice_as_it_is(made, monkeypatch, caplog):
    def broken(_cleaner):
        raise OSError("no such library")

    monkeypatch.setattr(module.Cleaner, "prepare", broken)
    used(made, "Jabra")
    assert made.sound.cleaners == []
    assert "cannot be cleaned" in caplog.text


def test_only_the_last_wish_counts(made, monkeypatch):
    waiting = []
    made._soon = waiting.append
    made._follow_microphone()
    made.in_use = InUse((), "Jabra", "Jabra")
    made._follow_microphone()
    made._follow_microphone()
    for work in waiting:
        work()
    assert len([cleaner for cleaner in made.sound.cleaners if cleaner is not None]) == 1


def test_what_is_in_use_and_what_is_wanted_are_both_told(made):
    made.want(wire.SelectDevices(microphones=("A", "B"), speaker="C", rings=("D@-6dB",)))
    told = made.told[-1]
    assert (told.microphones, told.speakers, told.rings) == (("A", "B"), ("C",), ("D@-6dB",))
    used(made, "Webcam", detail="Something is wrong.")
    assert (made.told[-1].microphone, made.told[-1].detail) == ("Webcam", "Something is wrong.")


def test_the_headset_follows_the_microphone_and_the_calls(made):
    made._desk.start()
    used(made, "Jabra")
    assert made.hardware.followed == ["Jabra"]
    made.hardware.press(Connected("Jabra Evolve"))
    assert made.headset.name == "Jabra Evolve"
    made.follow((wire.PhoneCall(id="a", direction="in", state="ringing"),), offered=False)
    assert made.hardware.lamps[-1].ring
    made.hardware.press(HookLifted())
    assert [act.call for act in made.acts] == ["a"]
    made.stop()
    assert made.hardware.stopped


def test_a_phone_without_a_headset_has_none(made):
    bare = Equipment(
        made.sound, made.told.append, lambda work: work(), made.acts.append, wanted=Wanted(), backend=Cards()
    )
    bare.follow((), offered=True)
    assert bare.headset == wire.HeadsetInfo()
    used(bare, "silent")
    bare.stop()


def test_louder_calls_and_the_better_ear_are_set_with_the_other_sound(made):
    made.clean(wire.SetSound(volume_db=12.0, balance=-1.0))
    assert made._sound.loudness.sides == (1.0, 0.0)
    assert made.settings.volume_db == 12.0
