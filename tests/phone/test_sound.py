"""The sound thread with microphones and speakers that do what the test wants."""

from __future__ import annotations

import time

import numpy as np
import pytest

from agent_desktop.errors import DeviceError
from agent_desktop.media import tones, wav
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE
from agent_desktop.media.rtp import RtpPacket
from agent_desktop.media.session import Plan
from agent_desktop.media.udp import bind_pair
from agent_desktop.phone.devices import (
    FileMicrophone,
    FileSpeaker,
    SilentMicrophone,
    file_of,
    list_devices,
    open_microphone,
    open_speaker,
)
from agent_desktop.phone.ears import Ringer
from agent_desktop.phone.sound import Listeners, Sound
from agent_desktop.phone.soundcard import Decimator, Interpolator

HOST = "127.0.0.1"


class FakeMicrophone:
    """Speaks one tone, and fails when it is told to."""

    def __init__(self, hz: float = 500.0) -> None:
        self.loop = tones.Loop(tones.sine(hz, 1.0))
        self.is_open = self.fails = False
        self.fails_to_start = False

    def start(self) -> None:
        if self.fails_to_start:
            raise DeviceError("The microphone is in use by another program.")
        self.is_open = True

    def read(self):
        if self.fails:
            raise DeviceError("The microphone was unplugged.")
        return self.loop.frame()

    def stop(self) -> None:
        self.is_open = False

    def close(self) -> None:
        self.is_open = False


class FakeSpeaker:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.frames = []
        self.fails = False

    def start(self) -> None:
        pass

    def write(self, frame) -> None:
        if self.fails:
            raise DeviceError("The headset was unplugged.")
        self.frames.append(frame)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass

    def last(self, count: int = 25):
        return np.concatenate(self.frames[-count:])


class Desk:
    """A `Sound` whose thread is the test: `run` gives it ticks."""

    def __init__(self) -> None:
        self.levels, self.qualities, self.lost = [], [], []
        self.sound = Sound(
            lambda work: work(),
            Listeners(
                lambda *a: self.levels.append(a),
                lambda *a: self.qualities.append(a),
                lambda *a: self.lost.append(a),
            ),
        )
        self.sound._wake = lambda: None
        self.microphone, self.speaker = FakeMicrophone(), FakeSpeaker()
        self.sound.use(microphone=self.microphone, speaker=self.speaker)
        self.peers = {}

    def call(self, name: str) -> None:
        """A call with a peer that is a pair of ports here."""
        here = self.sound.open_call(name, HOST)
        there = bind_pair(HOST, range(41000, 45000, 2))
        self.peers[name] = there
        self.sound._opened[name].configure(Plan(remote=there[0].address))
        assert here[1] % 2 == 0

    def run(self, ticks: int = 50) -> None:
        for _ in range(ticks):
            self.sound.tick()

    def packets(self, name: str) -> int:
        return sum(1 for _ in self.peers[name][0].receive(1000))

    def close(self) -> None:
        self.sound.stop()
        for pair in self.peers.values():
            for port in pair:
                port.close()


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.close()


def test_the_microphone_is_open_only_while_there_is_a_call(desk):
    desk.run()
    assert not desk.microphone.is_open
    desk.call("a")
    desk.run()
    assert desk.microphone.is_open
    desk.sound.close_call("a")
    desk.run(1)
    assert not desk.microphone.is_open


def test_losing_the_microphone_ends_no_call(desk):
    desk.call("a")
    desk.run(10)
    desk.microphone.fails = True
    assert desk.packets("a") == 10
    desk.run(10)
    assert desk.lost == [("microphone", "The microphone was unplugged.")]
    assert desk.packets("a") == 10
    better = FakeMicrophone()
    desk.sound.use(microphone=better)
    desk.run(10)
    assert desk.levels[-1][1] > -30


def test_losing_the_speaker_ends_no_call(desk):
    desk.call("a")
    desk.speaker.fails = True
    desk.run(10)
    assert desk.lost == [("speaker", "The headset was unplugged.")]
    assert desk.packets("a") == 10


def test_a_device_that_cannot_be_opened_is_said_once_and_the_call_goes_on(desk):
    desk.microphone.fails_to_start = True
    desk.call("a")
    desk.run(20)
    assert desk.lost == [("microphone", "The microphone is in use by another program.")]
    assert desk.packets("a") == 20


@pytest.mark.parametrize("gate", [{"muted": True, "held": False}, {"muted": False, "held": True}])
def test_a_muted_or_held_call_gets_silence_and_its_path_stays_open(desk, gate):
    desk.call("a")
    desk.sound.gate("a", **gate)
    desk.run(20)
    assert desk.packets("a") == 20
    assert desk.levels[-1][1] == -96.0
    desk.sound.gate("a", muted=False, held=False)
    desk.run(20)
    assert desk.levels[-1][1] > -30


def test_levels_come_five_times_a_second(desk):
    desk.call("a")
    desk.run(100)
    assert len(desk.levels) == 10


def test_ringing_and_ringback_are_heard_in_the_ear(desk):
    desk.sound.ring(tones.ringback())
    desk.run(25)
    assert tones.tone_dbfs(desk.speaker.last(), 425) > -25
    desk.sound.ring(None)
    desk.call("a")
    desk.sound.tone("a", tones.sine(425, 1.0))
    desk.run(50)
    assert tones.tone_dbfs(desk.speaker.last(), 425) > -20
    desk.sound.tone("a", None)
    desk.run(50)
    assert tones.tone_dbfs(desk.speaker.last(), 425) < -90


def test_a_device_for_ringing_keeps_the_ear_free(desk):
    ringer = FakeSpeaker()
    desk.sound.ring_on((Ringer(ringer),))
    desk.sound.ring(tones.ringback())
    desk.run(25)
    assert tones.tone_dbfs(ringer.last(), 425) > -25
    assert tones.level_dbfs(desk.speaker.last()) < -90


def test_a_file_is_a_voice_and_an_ear(tmp_path):
    wav.write(tmp_path / "in.wav", tones.sine(440, 0.5))
    voice = open_microphone(str(tmp_path / "in.wav"))
    assert isinstance(voice, FileMicrophone)
    ear = open_speaker(f"file:{tmp_path / 'in.wav'}:{tmp_path / 'out.wav'}")
    assert isinstance(ear, FileSpeaker)
    for _ in range(100):
        ear.write(voice.read())
    ear.close()
    written = wav.read(tmp_path / "out.wav")
    assert len(written) == 100 * FRAME_SAMPLES
    assert tones.tone_dbfs(written, 440) > -14


def test_a_disk_that_fails_is_a_device_that_fails(tmp_path):
    ear = open_speaker(str(tmp_path / "out.wav"))
    ear._disk.close()
    end = time.monotonic() + 5
    while not ear._fault and time.monotonic() < end:
        ear.write(SILENCE)
        time.sleep(0.005)
    with pytest.raises(DeviceError):
        ear.write(SILENCE)
    ear.close()


def test_one_choice_may_name_a_file_for_each_direction():
    assert str(file_of("file:a.wav:b.wav", output=False)) == "a.wav"
    assert str(file_of("file:a.wav:b.wav", output=True)) == "b.wav"
    assert str(file_of("/x/Y.WAV", output=True)) == "/x/Y.WAV"
    assert file_of("USB headset", output=True) is None
    assert file_of("", output=True) is None


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wave file at all"])
def test_a_file_that_is_no_sound_is_a_device_error(tmp_path, content):
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(DeviceError):
        open_microphone(str(path))


def test_a_missing_headset_is_a_device_error_in_words():
    with pytest.raises(DeviceError) as error:
        open_microphone("no such headset")
    assert str(error.value).endswith(".")


def test_devices_can_be_listed_on_a_computer_without_any():
    assert all(info.name for info in list_devices())
    assert all(info.name for info in list_devices(look_again=True))


def test_silence_is_a_microphone():
    assert (SilentMicrophone().read() == SILENCE).all()


@pytest.mark.parametrize("factor", [1, 2, 4, 6])
def test_a_card_of_another_rate_keeps_the_tone_and_adds_none(factor):
    up, down = Interpolator(factor), Decimator(factor)
    sound = tones.sine(1000, 1.0)
    frames = [down(up(sound[at : at + FRAME_SAMPLES])) for at in range(0, len(sound), FRAME_SAMPLES)]
    assert all(len(frame) == FRAME_SAMPLES for frame in frames)
    back = np.concatenate(frames)[2000:]
    assert abs(tones.tone_dbfs(back, 1000) - tones.tone_dbfs(sound, 1000)) < 0.5
    rest = tones.level_dbfs(back) - tones.tone_dbfs(back, 1000)
    assert rest < 0.1


def test_a_tone_above_the_telephone_band_does_not_fold_back():
    rate, factor = 48_000, 6
    n = np.arange(rate)
    high = (10_000 * np.sin(2 * np.pi * 7000 * n / rate)).astype(np.int16)
    heard = Decimator(factor)(high)[1000:]
    assert tones.level_dbfs(heard) < -50


def test_the_thread_rests_when_there_is_nothing_to_hear_and_wakes_for_a_call():
    told = []
    sound = Sound(lambda work: work(), Listeners(lambda *a: told.append(a), lambda *_: None, lambda *_: None))
    sound.use(microphone=FakeMicrophone(), speaker=FakeSpeaker())
    end = time.monotonic() + 10
    while not sound._is_resting or sound._pacer.running:
        assert time.monotonic() < end
        time.sleep(0.02)
    for name in ("a", "b"):
        sound.open_call(name, HOST)
        while name not in {call for call, _, _ in told}:
            assert time.monotonic() < end
            time.sleep(0.02)
        sound.close_call(name)
    sound.stop()
    assert sound.lateness is not None


class Typing:
    """The text of a call that does what the test wants."""

    def __init__(self) -> None:
        self.tones = None
        self.is_far_carrier = self.fails = self.is_closed = False
        self.held = []

    def receive_due(self) -> None:
        if self.fails:
            raise ValueError("nobody thought of this")

    def send_due(self, *, is_held=False):
        self.held.append(is_held)
        return self.tones

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def typing(desk):
    """A call with text."""
    desk.call("a")
    desk.run(1)
    text = desk.sound._calls["a"].text = Typing()
    return text


def test_tones_take_the_place_of_the_voice_muted_or_not_and_only_while_they_are_sent(desk, typing):
    typing.tones = tones.sine(1400, 0.02)
    desk.sound.gate("a", muted=True, held=False)
    desk.run(30)
    assert desk.levels[-1][1] > -20
    typing.tones = None
    desk.run(30)
    assert desk.levels[-1][1] < -90
    desk.sound.gate("a", muted=False, held=True)
    desk.run(2)
    assert typing.held[-1]


def test_the_tones_of_a_textphone_are_kept_from_the_ear(desk, typing):
    peer = desk.peers["a"][0]
    sound = desk.sound._opened["a"]

    def say(number):
        packet = RtpPacket(0, number, 160 * number, 5, PCMU.encode(tones.sine(1400, 0.02, rate_hz=8000)))
        peer.send(packet.encode(), sound.local)

    for number in range(40):
        say(number)
        typing.is_far_carrier = number >= 20
        desk.run(1)
        if number == 19:
            assert tones.level_dbfs(desk.speaker.last(5)) > -30
    assert tones.level_dbfs(desk.speaker.last(5)) < -90


def test_text_that_fails_is_left_out_and_the_voice_goes_on(desk, typing):
    typing.fails = True
    desk.run(30)
    assert typing.is_closed
    assert desk.sound._calls["a"].text is None
    assert desk.levels[-1][1] > -30
    assert desk.packets("a") >= 25
