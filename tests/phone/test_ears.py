"""Changing devices without a click, and everything that is heard in the ear."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agent_desktop.errors import DeviceError
from agent_desktop.media import tones
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE
from agent_desktop.phone.ears import Ears, Ringer
from agent_desktop.phone.sound import Listeners, Sound


class Card:
    """A microphone and a speaker at full tone; it fails when it is told to."""

    latency_ms = 15.0

    def __init__(self, hz: float = 250.0) -> None:
        self.loop = tones.Loop(tones.sine(hz, 1.0, -6))
        self.played = []
        self.fails = self.closed = self.cannot_start = False
        self.starts = self.stops = 0

    def start(self) -> None:
        if self.cannot_start:
            raise DeviceError("It is in use.")
        self.starts += 1

    def read(self):
        if self.fails:
            raise DeviceError("It was unplugged.")
        return self.loop.frame()

    def write(self, frame) -> None:
        if self.fails:
            raise DeviceError("It was unplugged.")
        self.played.append(frame)

    def stop(self) -> None:
        self.stops += 1

    def close(self) -> None:
        self.closed = True


def steepest(frames) -> int:
    return int(np.max(np.abs(np.diff(np.concatenate(frames).astype(np.int32)))))


SMOOTH = 2 * steepest([tones.sine(250, 1.0, -6)])


@pytest.fixture
def lost():
    return []


@pytest.fixture
def ears(lost):
    made = Ears(lambda which, error: lost.append((which, str(error))))
    made.use(microphone=Card(), speaker=Card())
    made.open()
    return made


def closed(card) -> bool:
    end = time.monotonic() + 10
    while not card.closed and time.monotonic() < end:
        time.sleep(0.005)
    return card.closed


def test_changing_the_microphone_makes_no_click_and_lets_the_old_one_go(ears):
    old, new = ears._microphone, Card(440)
    heard = [SILENCE, *(ears.read() for _ in range(5))]
    ears.use(microphone=new)
    heard += [ears.read() for _ in range(5)]
    assert steepest(heard) < 2 * SMOOTH
    assert tones.tone_dbfs(np.concatenate(heard[-3:]), 440) > -7
    assert closed(old)


def test_a_microphone_that_is_torn_out_fades_and_the_next_one_fades_in(ears, lost):
    heard = [SILENCE, *(ears.read() for _ in range(5))]
    ears._microphone.fails = True
    heard += [ears.read() for _ in range(3)]
    assert lost == [("microphone", "It was unplugged.")]
    ears.use(microphone=Card())
    heard += [ears.read() for _ in range(5)]
    assert steepest(heard) < SMOOTH
    assert tones.level_dbfs(heard[-1]) > -7


def test_changing_the_speaker_fades_out_of_one_and_into_the_other(ears):
    old, new, tone = ears._speaker, Card(), tones.Loop(tones.sine(250, 1.0, -6))
    for _ in range(3):
        ears.play(tone.frame(), None)
    ears.use(speaker=new)
    for _ in range(3):
        ears.play(tone.frame(), None)
    assert steepest([SILENCE, *old.played, SILENCE]) < SMOOTH
    assert steepest([SILENCE, *new.played]) < SMOOTH
    assert len(old.played) == 4
    assert closed(old)


def test_an_old_device_that_fails_while_it_is_let_go_hurts_nobody(ears, lost):
    ears._microphone.fails = ears._speaker.fails = True
    ears.use(microphone=Card(), speaker=Card())
    ears.play(SILENCE, None)
    ears.read()
    ears.read()
    assert lost == []


def test_changing_twice_in_one_moment_closes_every_old_device(ears):
    cards = [ears._microphone, ears._speaker, Card(), Card()]
    ears.use(microphone=cards[2], speaker=cards[3])
    ears.use(microphone=Card(), speaker=Card())
    ears.play(SILENCE, None)
    ears.read()
    assert all(closed(card) for card in cards)


def test_ringers_ring_at_their_own_levels_and_one_that_fails_leaves_the_others(ears, lost):
    loud, soft, dead = Card(), Card(), Card()
    ears.use_ringers((Ringer(loud), Ringer(soft, 0.1), Ringer(dead)))
    assert ears.rings_elsewhere
    dead.fails = True
    ring = tones.sine(500, 0.02, -6)[:FRAME_SAMPLES]
    ears.play(SILENCE, ring)
    ears.play(SILENCE, None)
    assert lost == [("ring", "It was unplugged.")]
    assert tones.level_dbfs(loud.played[0]) - tones.level_dbfs(soft.played[0]) == pytest.approx(20, abs=0.3)
    assert not loud.played[1].any()
    ears.use_ringers(())
    assert not ears.rings_elsewhere
    assert closed(loud)
    assert closed(dead)


def test_devices_that_cannot_be_started_are_silent_and_said():
    lost = []
    ears = Ears(lambda which, error: lost.append(which))
    cards = [Card(), Card(), Card()]
    for card in cards:
        card.cannot_start = True
    ears.use(microphone=cards[0], speaker=cards[1])
    ears.use_ringers((Ringer(cards[2]),))
    ears.open()
    assert lost == ["microphone", "speaker", "ring"]
    assert not ears.read().any()
    ears.stop()
    ears.stop()
    ears.close()


def test_the_delay_of_both_devices_is_known(ears):
    assert ears.delay_ms == 30.0
    ears._microphone.fails = True
    ears.read()
    assert ears.delay_ms == 15.0


# ---------------------------------------------------------------- what Sound does with them


class Call:
    pressing = False

    def __init__(self, hz: float) -> None:
        self.loop = tones.Loop(tones.sine(hz, 1.0, -12))
        self.sent = []

    def receive_due(self) -> None:
        pass

    def read_frame(self):
        return self.loop.frame()

    def write_frame(self, pcm) -> None:
        self.sent.append(pcm)

    def press(self, digits) -> bool:
        return False

    def quality(self):
        return None

    def close(self) -> None:
        pass


class Desk:
    def __init__(self) -> None:
        self.levels = []
        listeners = Listeners(lambda *a: self.levels.append(a), lambda *_: None, lambda *_: None)
        self.sound = Sound(lambda work: work(), listeners)
        self.sound._wake = lambda: None
        self.card = Card()
        self.ear = Card()
        self.sound.use(microphone=self.card, speaker=self.ear)

    def run(self, ticks: int = 50):
        for _ in range(ticks):
            self.sound.tick()
        return np.concatenate(self.ear.played[-ticks:]) if self.ear.played else SILENCE


def test_the_agent_hears_the_live_call_and_never_the_held_one():
    desk = Desk()
    live, held = Call(500), Call(900)
    desk.sound.join("live", live)
    desk.sound.join("held", held)
    desk.sound.gate("held", muted=False, held=True)
    heard = desk.run()
    assert tones.tone_dbfs(heard, 500) > -13
    assert tones.tone_dbfs(heard, 900) < -60
    assert not np.concatenate(held.sent).any()
    assert tones.level_dbfs(np.concatenate(live.sent)) > -7
    assert len(desk.levels) == 2 * 5


def test_a_tone_tells_of_a_waiting_call_until_it_is_taken_away():
    desk = Desk()
    desk.sound.join("a", Call(500))
    desk.sound.call_waiting(tones.sine(1000, 1.0, -30))
    assert tones.tone_dbfs(desk.run(), 1000) == pytest.approx(-30, abs=1)
    desk.sound.call_waiting(None)
    desk.run(1)
    assert tones.tone_dbfs(desk.run(), 1000) < -60


def test_a_short_sound_is_heard_without_a_call_and_then_the_devices_rest():
    desk = Desk()
    desk.sound.play_once(tones.sine(700, 0.2, -12))
    desk.run(9)
    assert desk.sound.is_open
    desk.run(3)
    assert len(desk.ear.played) == 10
    assert not desk.sound.is_open
    assert desk.ear.stops == 1


def test_a_long_sound_is_heard_until_its_end_or_until_it_is_stopped():
    class Three:
        def __init__(self) -> None:
            self.left = 3

        def frame(self):
            self.left -= 1
            return SILENCE if self.left >= 0 else None

    desk = Desk()
    desk.sound.play_source(Three())
    desk.run(10)
    assert not desk.sound.is_open
    desk.sound.play_source(tones.Loop(tones.sine(600, 1.0)))
    desk.run(10)
    assert desk.sound.is_open
    desk.sound.play_source(None)
    desk.run(2)
    assert not desk.sound.is_open


def test_the_voice_is_cleaned_with_what_was_played_and_measurements_are_not():
    class Halving:
        def clean(self, microphone, played, delay_ms):
            self.seen = (played, delay_ms)
            return (microphone // 2).astype(np.int16)

    desk, cleaner, call, probe = Desk(), Halving(), Call(500), Call(500)
    desk.sound.join("a", call)
    desk.sound.join("probe", probe, raw=True)
    desk.run(3)
    desk.sound.clean_with(cleaner)
    desk.run(10)
    assert tones.level_dbfs(call.sent[2]) - tones.level_dbfs(call.sent[-1]) == pytest.approx(6, abs=0.2)
    assert np.array_equal(cleaner.seen[0], desk.ear.played[-1])
    assert cleaner.seen[1] == 30.0
    assert tones.level_dbfs(probe.sent[-1]) > -7
    desk.sound.clean_with(None)
    desk.run(1)
    assert tones.level_dbfs(call.sent[-1]) > -7


def test_a_cleaner_that_fails_is_left_out(caplog):
    class Broken:
        def clean(self, microphone, played, delay_ms):
            raise ZeroDivisionError

    desk, call = Desk(), Call(500)
    desk.sound.join("a", call)
    desk.sound.clean_with(Broken())
    desk.run(5)
    assert len(call.sent) == 5
    assert tones.level_dbfs(call.sent[-1]) > -7
    assert caplog.text.count("cleaner failed") == 1


def test_calls_are_louder_in_the_ear_and_what_rings_is_not(ears):
    speaker = ears._speaker
    ears.loudness.set(12.0)
    quiet = tones.sine(250, 0.02, -40)
    for _ in range(40):
        heard = ears.play(quiet, None)
    gained = tones.level_dbfs(speaker.played[-1]) - tones.level_dbfs(quiet)
    assert gained == pytest.approx(12.0, abs=0.2)
    assert heard is speaker.played[-1]  # the echo of this is taken out of the microphone
    assert np.array_equal(ears.play(quiet, SILENCE), quiet)


def test_a_card_with_two_sides_is_told_which_ear_hears_more(ears):
    sides = []
    ears._speaker.turn = sides.append
    ears.loudness.set(0.0, 0.5)
    ears.play(SILENCE, None)
    assert sides == [(0.5, 1.0)]
