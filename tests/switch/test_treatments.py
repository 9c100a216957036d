from __future__ import annotations

import asyncio
import importlib.util
import os
import tomllib
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import tones, wav
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Pcm
from agent_desktop.switch import music
from agent_desktop.switch.treatments import Prompts, Sounds, spoken_name
from agent_desktop.wire.switch import Prompt

ROOT = Path(__file__).resolve().parents[2]


def heard(prompts: Prompts, frames: int) -> list[Pcm | None]:
    return [prompts.frame() for _ in range(frames)]


def test_prompts_are_heard_in_order_and_the_end_is_told_once() -> None:
    told: list[str] = []
    first, second = np.full(400, 1, np.int16), np.full(320, 2, np.int16)
    prompts = Prompts([first, second], lambda: told.append("over"))
    sound = heard(prompts, 3)
    assert [None if frame is None else int(frame[0]) for frame in sound] == [1, 1, 2]
    assert not told
    assert heard(prompts, 5) == [None] * 5
    assert told == ["over"]


def test_a_key_ends_the_words() -> None:
    told: list[str] = []
    prompts = Prompts([np.ones(16000, np.int16)], lambda: told.append("over"))
    heard(prompts, 3)
    prompts.skip()
    assert prompts.frame() is None
    assert told == ["over"]


def test_the_shipped_music_is_pleasantly_loud_and_loops_without_a_click() -> None:
    sound = music.shipped()
    assert 20 < len(sound) / SAMPLE_RATE_HZ < 40
    assert -24 < tones.level_dbfs(sound) < -12
    assert np.abs(sound.astype(np.int32)).max() < 32000
    seam = np.concatenate([sound[-400:], sound[:400]]).astype(np.int32)
    assert np.abs(np.diff(seam)).max() <= np.abs(np.diff(sound.astype(np.int32))).max()
    levels = [tones.level_dbfs(sound[start : start + 8000]) for start in range(0, len(sound) - 8000, 8000)]
    assert min(levels) > -40


async def test_words_are_spoken_once_and_kept(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path)
    prompt = Prompt(text="Good morning.", language="en")
    (first,) = await sounds.sound_of([prompt])
    assert tones.level_dbfs(first) > -40
    kept = tmp_path / "en" / f"{spoken_name('Good morning.', 'en')}.wav"
    assert kept.is_file()
    wav.write(kept, tones.sine(500, 0.5))
    (again,) = await Sounds(tmp_path).sound_of([prompt])
    assert tones.tone_dbfs(again, 500) == pytest.approx(-12, abs=0.5)


async def test_the_words_never_reach_the_command_line(tmp_path: Path) -> None:
    (sound,) = await Sounds(tmp_path / "kept").sound_of([Prompt(text="--help -w /etc/x", language="../en")])
    assert len(sound) > FRAME_SAMPLES
    assert os.listdir(tmp_path) == ["kept"]  # noqa: PTH208  a listing is all it is
    assert os.listdir(tmp_path / "kept") == ["en"]  # noqa: PTH208  the same


@pytest.mark.parametrize(
    "prompt", [Prompt(file="/nowhere.wav"), Prompt(text="hello"), Prompt(text="hello", language="en")]
)
async def test_what_cannot_be_played_is_a_short_tone_and_no_silence(tmp_path: Path, prompt: Prompt) -> None:
    (sound,) = await Sounds(tmp_path, speaker="/nowhere/espeak-ng").sound_of([prompt])
    assert np.array_equal(sound, tones.zip_tone())


async def test_an_empty_prompt_is_nothing_to_hear(tmp_path: Path) -> None:
    (sound,) = await Sounds(tmp_path).sound_of([Prompt()])
    assert not sound.any()


async def test_music_comes_from_a_file_or_is_the_shipped_one(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path)
    wav.write(tmp_path / "m.wav", tones.sine(600, 1.0))
    await sounds.use_music(str(tmp_path / "m.wav"))
    assert tones.tone_dbfs(sounds.music, 600) == pytest.approx(-12, abs=0.5)
    with pytest.raises(wav.WavError):
        await sounds.use_music(str(tmp_path / "none.wav"))
    await sounds.use_music("")
    assert np.array_equal(sounds.music, music.shipped())


def test_the_sample_centre_speaks_without_espeak_ng(tmp_path: Path) -> None:
    """If this fails, the words were changed: run `python installer/prompts.py`."""
    spec = importlib.util.spec_from_file_location("prompts", ROOT / "installer" / "prompts.py")
    assert spec is not None
    assert spec.loader is not None
    recorder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recorder)
    texts = list(recorder.said(tomllib.loads(recorder.CENTRE.read_text("utf-8"))))
    assert texts
    sounds = Sounds(tmp_path, speaker="/nowhere/espeak-ng")
    for sound in asyncio.run(sounds.sound_of([Prompt(text=text, language="en") for text in texts])):
        assert len(sound) > SAMPLE_RATE_HZ
        assert tones.level_dbfs(sound) > -30
