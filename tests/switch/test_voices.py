from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import ogg, opus, tones, wav
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, frames_of
from agent_desktop.switch.treatments import Sounds, sound_of_file
from agent_desktop.switch.voices import VoiceError, Voices, prune, readable, used
from agent_desktop.wire.switch import Prompt


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Your number is 0891234567.", "Your number is 089, 123, 456, 7."),
        ("Call +4989123.", "Call + 498, 912, 3."),
        ("You are 3rd, wait 12 minutes.", "You are 3rd, wait 12 minutes."),
        ("It is 14:30 on 2026-11-22.", "It is 14:30 on 2026-11-22."),
        ("That is 10000.50 euro.", "That is 10000.50 euro."),
        ("Order 12345, please", "Order 123, 45, please"),
    ],
)
def test_long_rows_of_digits_are_dictated(text: str, spoken: str) -> None:
    assert readable(text).replace(" ", "") == spoken.replace(" ", "")
    assert readable("ticket 48213") == "ticket 4 8 2, 1 3"


def program(folder: Path, name: str, file_option: str) -> str:
    """A speaker that writes a tone and what it was given beside it."""
    path = folder / name
    path.write_text(
        f"#!{sys.executable}\n"
        "import sys, wave\n"
        f"out = sys.argv[sys.argv.index('{file_option}') + 1]\n"
        f"open('{folder}/given', 'w').write(' '.join(sys.argv[1:-1]) + '|' + sys.stdin.read())\n"
        "with wave.open(out, 'wb') as file:\n"
        "    file.setnchannels(1); file.setsampwidth(2); file.setframerate(22050)\n"
        "    file.writeframes(bytes(22050))\n"
    )
    path.chmod(0o700)
    return str(path)


def test_a_centre_chooses_its_voices_by_language(tmp_path: Path) -> None:
    voices = Voices(espeak=program(tmp_path, "espeak", "-w"), piper="")
    voices.chosen = {"en": "en-gb", "pt-BR": "pt-br+f2"}
    for language, voice in (("en-AU", "en-gb"), ("pt-BR", "pt-br+f2"), ("de", "de")):
        voices.speak("Hello", language, tmp_path / "x" / f"{language}.wav")
        assert (tmp_path / "given").read_text() == f"--stdin -v {voice} -s 150 -w|Hello"
        assert (tmp_path / "x" / f"{language}.wav").is_file()


def test_piper_speaks_where_a_model_is_named(tmp_path: Path) -> None:
    model = tmp_path / "en.onnx"
    model.write_bytes(b"a model")
    voices = Voices(espeak="", piper=program(tmp_path, "piper", "--output_file"))
    voices.chosen = {"en": f"piper:{model}"}
    voices.speak("Your order 12345", "en", tmp_path / "x.wav")
    assert (tmp_path / "given").read_text() == f"--model {model} --output_file|Your order 1 2 3, 4 5"


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        ("piper:/nowhere.onnx", "no Piper model"),
        ("piper:/etc/passwd", "no Piper model"),
        ("--help", "no voice"),
        ("en;rm", "no voice"),
        ("", "not installed"),
    ],
)
def test_a_voice_that_is_not_there_says_so(tmp_path: Path, voice: str, words: str) -> None:
    voices = Voices(espeak="" if not voice else "espeak-ng", piper="piper")
    voices.chosen = {"en": voice}
    with pytest.raises(VoiceError, match=words):
        voices.speak("Hello", "en", tmp_path / "x.wav")
    voices = Voices(espeak="espeak-ng", piper="")
    voices.chosen = {"en": "piper:x.onnx"}
    with pytest.raises(VoiceError, match="Piper is not installed"):
        voices.speak("Hello", "en", tmp_path / "x.wav")


async def test_another_voice_speaks_the_words_anew(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path)
    words = [Prompt(text="Good afternoon, everybody.")]
    (first,) = await sounds.sound_of(words)
    sounds.use_voices({"en": "en-us+f3"})
    (second,) = await sounds.sound_of(words)
    assert len(first) != len(second) or not np.array_equal(first, second)
    sounds.use_voices({"en": "en-us+f3"})
    assert np.array_equal((await sounds.sound_of(words))[0], second)
    assert len(list((tmp_path / "en").iterdir())) == 2


async def test_a_voice_that_fails_is_a_tone(tmp_path: Path) -> None:
    sounds = Sounds(tmp_path)
    sounds.use_voices({"en": "piper:/nowhere.onnx"})
    (sound,) = await sounds.sound_of([Prompt(text="Hello")])
    assert np.array_equal(sound, tones.zip_tone())


async def test_memory_holds_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_desktop.switch.treatments._KEPT_SAMPLES", 20_000)
    sounds = Sounds(tmp_path)
    for name in ("a", "b", "c"):
        wav.write(tmp_path / name, tones.sine(500, 0.5))
        (sound,) = await sounds.sound_of([Prompt(file=str(tmp_path / name))])
        assert len(sound) == 8000
    assert [prompt.file[-1] for prompt in sounds._kept] == ["b", "c"]


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    paths = [tmp_path / "en" / f"{turn}.wav" for turn in range(4)]
    paths[0].parent.mkdir()
    for turn, path in enumerate(paths):
        path.write_bytes(bytes(1000))
        os.utime(path, (1000 + turn, 1000 + turn))
    used(paths[0])
    used(tmp_path / "none.wav")
    prune(tmp_path, 2500)
    assert [path.name for path in sorted((tmp_path / "en").iterdir())] == ["0.wav", "3.wav"]


def opus_file(path: Path, channels: int) -> Path:
    sound = tones.sine(500, 1.0)
    encoder = opus.Encoder(channels=channels, bitrate_bps=32000, application="audio", fec=False, complexity=3)
    data: list[bytes] = []
    writer = ogg.OpusWriter(
        data.append,
        channels=channels,
        input_rate_hz=SAMPLE_RATE_HZ,
        pre_skip=encoder.lookahead_samples * 3,
        comments={},
    )
    for frame in frames_of(sound):
        writer.packet(encoder.encode(np.repeat(frame, channels)), 960)
    writer.close()
    path.write_bytes(b"".join(data))
    return path


@pytest.mark.parametrize("channels", [1, 2])
def test_a_prompt_may_be_opus_in_ogg(tmp_path: Path, channels: int) -> None:
    sound = sound_of_file(opus_file(tmp_path / "x.opus", channels))
    assert len(sound) / SAMPLE_RATE_HZ == pytest.approx(1.0, abs=0.05)
    assert tones.tone_dbfs(sound[3200:], 500) == pytest.approx(-12, abs=1)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_a_prompt_may_have_any_rate(tmp_path: Path, rate: int) -> None:
    wav.write(tmp_path / "x.wav", tones.sine(500, 0.5, rate_hz=rate), rate)
    sound = sound_of_file(tmp_path / "x.wav")
    assert len(sound) == pytest.approx(SAMPLE_RATE_HZ / 2, abs=2)
    assert tones.tone_dbfs(sound[1600:6400], 500) == pytest.approx(-12, abs=0.5)


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = opus_file(tmp_path / "x.opus", 1).read_bytes()
    second = next(at for at in range(30, len(whole)) if whole[at : at + 4] == b"OggS")
    for data in (b"OggS and no more", whole[:second], b"rubbish", whole.replace(b"OpusHead", b"OpusFoot")):
        (tmp_path / "y").write_bytes(data)
        with pytest.raises((ogg.OggError, wav.WavError)):
            sound_of_file(tmp_path / "y")
    with pytest.raises(wav.WavError, match="cannot be read"):
        sound_of_file(tmp_path / "none.wav")
    monkeypatch.setattr("agent_desktop.switch.treatments._LARGEST_BYTES", 10)
    with pytest.raises(wav.WavError, match="too large"):
        sound_of_file(tmp_path / "x.opus")
