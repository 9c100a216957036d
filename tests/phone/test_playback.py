"""Playing recordings: what is heard, from where, how its place and its end are told."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, frames_of
from agent_desktop.media.recording import Recorder
from agent_desktop.phone.playback import OpusSound, Player, WavSound, open_sound


class File:
    """A sink on the disk."""

    def __init__(self, path):
        self._file = path.open("wb")

    def write(self, data):
        self._file.write(data)

    def flush(self):
        self._file.flush()

    def sync(self):
        self._file.flush()

    def close(self):
        self._file.close()


@pytest.fixture
def recording(tmp_path):
    """Three seconds: the customer says 440 Hz, and after one second 880 Hz; we say nothing."""
    path = tmp_path / "call.opus"
    recorder = Recorder(File(path))
    sound = np.concatenate([tones.sine(440, 1.0), tones.sine(880, 2.0)])
    for frame in frames_of(sound):
        recorder.write(frame, np.zeros(FRAME_SAMPLES, dtype=np.int16))
    recorder.stop()
    while recorder.work():
        pass
    return path


def played(sound, seconds=60.0):
    frames = []
    while len(frames) < seconds * 50 and (frame := sound.frame()) is not None:
        assert len(frame) == FRAME_SAMPLES
        frames.append(frame)
    return np.concatenate(frames) if frames else np.zeros(0, dtype=np.int16)


def test_a_recording_of_ours_is_heard_to_its_end(recording):
    sound = open_sound(recording)
    assert isinstance(sound, OpusSound)
    assert sound.length_s == pytest.approx(3.0, abs=0.03)
    heard = played(sound)
    assert len(heard) / SAMPLE_RATE_HZ == pytest.approx(3.0, abs=0.03)
    assert tones.tone_dbfs(heard[4000:12000], 440) > -22
    assert tones.tone_dbfs(heard[20000:40000], 880) > -22


def test_it_begins_where_it_is_told_to(recording):
    sound = open_sound(recording)
    sound.seek(1.5)
    heard = played(sound)
    assert len(heard) / SAMPLE_RATE_HZ == pytest.approx(1.5, abs=0.03)
    assert tones.tone_dbfs(heard[:8000], 880) > -22
    assert tones.tone_dbfs(heard[:8000], 440) < -50
    sound.seek(0.0)
    assert tones.tone_dbfs(played(sound, 0.5), 440) > -22
    sound.seek(99.0)
    assert sound.frame() is None


def test_a_wav_file_is_heard_from_a_place_in_it(tmp_path):
    path = tmp_path / "voice.wav"
    wav.write(path, np.concatenate([tones.sine(440, 1.0), tones.sine(880, 1.01)]))
    sound = open_sound(path)
    assert isinstance(sound, WavSound)
    sound.seek(1.0)
    heard = played(sound)
    assert tones.tone_dbfs(heard[:SAMPLE_RATE_HZ], 880) > -20
    assert len(heard) % FRAME_SAMPLES == 0


class Ear:
    """Takes a source and asks it as the sound thread does."""

    def __init__(self):
        self.source = None

    def play_source(self, source):
        self.source = source

    def ticks(self, count):
        for _ in range(count):
            if self.source is not None and self.source.frame() is None:
                self.source = None


@pytest.fixture
async def player():
    ear, told = Ear(), []
    made = Player(ear, told.append, lambda work: work())
    made.ear, made.told = ear, told
    return made


async def test_where_it_stands_is_told_once_a_second_and_its_end_once(player, recording, eventually):
    player.play(str(recording), 0.5)
    await eventually(lambda: player.ear.source)
    player.ear.ticks(200)
    assert [round(e.at_s, 1) for e in player.told] == [0.5, 1.5, 2.5, 3.0]
    assert [e.over for e in player.told] == [False, False, False, True]
    assert {round(e.length_s, 1) for e in player.told} == {3.0}
    player.stop()
    assert len(player.told) == 4


async def test_the_next_file_takes_the_place_of_the_one_before(player, recording, tmp_path, eventually):
    voice = tmp_path / "voice.wav"
    wav.write(voice, tones.sine(440, 1.0))
    player.play(str(recording), 0.0)
    await eventually(lambda: player.ear.source)
    old = player.ear.source
    player.ear.ticks(10)
    player.play(str(voice), 0.0)
    assert player.told[-1].over
    assert player.told[-1].path == str(recording)
    await eventually(lambda: player.ear.source)
    old.frame()  # the sound thread may ask it once more
    player.ear.ticks(60)
    assert [e.path for e in player.told if e.over] == [str(recording), str(voice)]


async def test_stopping_while_it_is_read_plays_nothing(player, recording):
    player.play(str(recording), 0.0)
    player.stop()
    await asyncio.sleep(0.1)
    assert player.ear.source is None
    assert [e.over for e in player.told] == [True]


async def test_what_cannot_be_played_is_told_in_words(player, tmp_path, recording, eventually):
    garbage, torn = tmp_path / "x.wav", tmp_path / "torn.opus"
    garbage.write_bytes(b"RIFF nothing")
    data = bytearray(recording.read_bytes())
    data[200] ^= 0xFF
    torn.write_bytes(data)
    empty = tmp_path / "empty.opus"
    empty.write_bytes(b"OggS")
    for path in (tmp_path / "missing.wav", garbage, torn, empty):
        player.told.clear()
        player.play(str(path), 0.0)
        await eventually(lambda: player.told)
        assert player.told[-1].over
        assert player.told[-1].detail.endswith(".") or "WAV" in player.told[-1].detail
