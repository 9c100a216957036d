"""Cards through PortAudio: rates, channels, queues, and what happens when PortAudio starts again."""

from __future__ import annotations

import types

import numpy as np
import pytest

from agent_desktop.errors import DeviceError
from agent_desktop.media import tones
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE
from agent_desktop.phone import soundcard


class PortAudioError(Exception):
    """As in sounddevice."""


class FakePortAudio:
    """Cards with the rate and the channels that they know; those that were plugged in late are not seen."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.plugged = {"Headset": (48_000, 2), "Laptop": (SAMPLE_RATE_HZ, 1)}
        self.api = "ALSA"
        self.streams = []
        self._initialize()

    def _terminate(self) -> None:
        for stream in self.streams:
            stream.is_open = False

    def _initialize(self) -> None:
        self.seen = dict(self.plugged)

    def query_devices(self, index=None, kind=None):
        rows = [
            {"name": f"{name} (hw:{n},0)", "hostapi": 0, "max_input_channels": 2, "max_output_channels": 2}
            for n, name in enumerate(self.seen)
        ]
        if index is None and kind is None:
            return rows
        if not rows:
            raise PortAudioError
        return rows[index or 0]

    def query_hostapis(self, index=None):
        count = len(self.seen)
        first = 0 if count else -1
        row = {"name": self.api, "devices": list(range(count))}
        row |= {"default_input_device": first, "default_output_device": first}
        return [row] if index is None else row

    def WasapiSettings(self, **more):
        return more

    def InputStream(self, **more):
        return self._stream(more)

    OutputStream = InputStream

    def _stream(self, more):
        name = list(self.seen)[more["device"]]
        if name not in self.plugged or (more["samplerate"], more["channels"]) != self.plugged[name]:
            raise PortAudioError
        own = {"name": name, "is_open": True, "latency": 0.02, "start": lambda: None, "stop": lambda: None}
        stream = types.SimpleNamespace(**{**more, **own})
        stream.close = lambda: setattr(stream, "is_open", False)
        self.streams.append(stream)
        return stream


@pytest.fixture
def portaudio(monkeypatch):
    made = FakePortAudio()
    monkeypatch.setattr(soundcard, "sounddevice", made)
    yield made
    soundcard._open_cards.clear()


def samples(stream, value: int = 0):
    return np.full((stream.blocksize, stream.channels), value, dtype=np.int16)


def test_a_card_is_opened_as_it_knows_it_and_named_without_its_number(portaudio):
    assert [info.name for info in soundcard.list_cards()] == ["Headset", "Laptop"]
    microphone = soundcard.CardMicrophone("Headset")
    microphone.start()
    (stream,) = portaudio.streams
    assert (stream.samplerate, stream.channels, microphone.factor) == (48_000, 2, 48_000 // SAMPLE_RATE_HZ)
    for _ in range(5):
        stream.callback(samples(stream, 1000), stream.blocksize, None, None)
    heard = [microphone.read() for _ in range(6)]
    assert all(len(frame) == FRAME_SAMPLES for frame in heard)
    assert abs(int(heard[4][100]) - 1000) < 20
    assert heard[5] is SILENCE
    assert microphone.latency_ms == pytest.approx(20)
    microphone.stop()
    assert not stream.is_open


def test_a_part_of_a_name_and_the_systems_own_are_choices_and_the_rest_is_said(portaudio):
    for choice, name in (("lap", "Laptop"), ("", "Headset"), ("Laptop (hw:7,0)", "Laptop")):
        speaker = soundcard.CardSpeaker(choice)
        speaker.start()
        assert portaudio.streams[-1].name == name
        speaker.close()
    with pytest.raises(DeviceError, match="called Piano"):
        soundcard.CardSpeaker("Piano")
    portaudio.seen = {}
    with pytest.raises(DeviceError, match="No microphone"):
        soundcard.CardMicrophone("")


def test_both_sides_of_a_speaker_get_the_sound_and_a_full_queue_loses_its_oldest(portaudio):
    speaker = soundcard.CardSpeaker("Headset")
    speaker.start()
    stream = portaudio.streams[-1]
    for _ in range(12):
        speaker.write(tones.sine(500, 0.02))
    assert len(speaker._frames) <= 5
    data = samples(stream)
    stream.callback(data, stream.blocksize, None, None)
    assert np.array_equal(data[:, 0], data[:, 1])
    speaker._frames.clear()
    stream.callback(data, stream.blocksize, None, None)
    assert not data.any()
    speaker._frames.append(SILENCE[:7])  # made for another rate
    stream.callback(samples(stream), stream.blocksize, None, None)
    speaker.close()


def test_a_microphone_that_nobody_reads_does_not_grow(portaudio):
    microphone = soundcard.CardMicrophone("Laptop")
    microphone.start()
    for _ in range(50):
        portaudio.streams[-1].callback(samples(portaudio.streams[-1]), FRAME_SAMPLES, None, None)
    assert len(microphone._frames) <= 10


def test_a_card_that_ends_or_falls_silent_is_gone(portaudio, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(soundcard.time, "monotonic", lambda: now[0])
    speaker = soundcard.CardSpeaker("Laptop")
    speaker.start()
    now[0] += 2.0  # a slow start
    speaker.write(SILENCE)
    now[0] += 2.0
    with pytest.raises(DeviceError, match="unplugged"):
        speaker.write(SILENCE)
    microphone = soundcard.CardMicrophone("Laptop")
    microphone.start()
    portaudio.streams[-1].finished_callback()
    with pytest.raises(DeviceError):
        microphone.read()


def test_looking_again_shows_new_cards_and_open_ones_go_on(portaudio):
    microphone, speaker = soundcard.CardMicrophone("Laptop"), soundcard.CardSpeaker("Headset")
    microphone.start()
    speaker.start()
    portaudio.plugged = {"New": (16_000, 1), **portaudio.plugged}
    del portaudio.plugged["Headset"]
    soundcard.look_again()
    assert [info.name for info in soundcard.list_cards()] == ["New", "Laptop"]
    assert [stream.name for stream in portaudio.streams if stream.is_open] == ["Laptop"]
    assert microphone.read() is SILENCE
    with pytest.raises(DeviceError):
        speaker.write(SILENCE)


def test_while_portaudio_starts_again_there_is_silence_and_no_error(portaudio):
    microphone, speaker = soundcard.CardMicrophone("Laptop"), soundcard.CardSpeaker("Laptop")
    for card in (microphone, speaker):
        card.start()
        card.move()
    assert microphone.read() is SILENCE
    speaker.write(SILENCE)
    for card in (microphone, speaker):
        card.start()
        card.come_back()
    assert sum(stream.is_open for stream in portaudio.streams) == 2


def test_a_card_that_another_program_has_is_said(portaudio):
    microphone = soundcard.CardMicrophone("Laptop")
    del portaudio.plugged["Laptop"]
    with pytest.raises(DeviceError, match="in use by another program"):
        microphone.start()


def test_wasapi_is_asked_to_take_any_rate(portaudio):
    portaudio.api = "Windows WASAPI"
    soundcard.CardMicrophone("Laptop").start()
    assert portaudio.streams[-1].extra_settings == {"auto_convert": True}


def test_without_portaudio_there_are_no_cards(monkeypatch):
    monkeypatch.setattr(soundcard, "sounddevice", None)
    soundcard.look_again()
    assert soundcard.list_cards() == ()
    with pytest.raises(DeviceError, match="no sound system"):
        soundcard.CardMicrophone("")


def test_the_better_ear_hears_more_and_a_card_with_one_side_hears_all(portaudio):
    speaker = soundcard.CardSpeaker("Headset")
    speaker.start()
    stream = portaudio.streams[-1]
    speaker.turn((1.0, 0.25))
    for _ in range(5):
        speaker.write(np.full(FRAME_SAMPLES, 8000, dtype=np.int16))
    for _ in range(4):
        played = samples(stream)
        stream.callback(played, stream.blocksize, None, None)
    assert abs(int(played[200, 0]) - 8000) < 120
    assert abs(int(played[200, 1]) - 2000) < 40
    one_sided = soundcard.CardSpeaker("Laptop")
    one_sided.start()
    one_sided.turn((0.0, 1.0))
    one_sided.write(np.full(FRAME_SAMPLES, 8000, dtype=np.int16))
    played = samples(portaudio.streams[-1])
    portaudio.streams[-1].callback(played, FRAME_SAMPLES, None, None)
    assert int(played[200, 0]) == 8000
