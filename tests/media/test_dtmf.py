from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media import dtmf, tones, wav
from agent_desktop.media.dtmf import DtmfReceiver, DtmfSender, EventPacket, ToneDetector
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm, frames_of, to_pcm

TALK = (
    "Ooh, aah, eeh. My number is one two three four five six seven eight nine zero. Please call me on "
    "Monday at a quarter past nine, or mail to the office in Amsterdam; we were rolling along the long road. "
)


def sent(digits: str, start: int = 1000) -> list[EventPacket]:
    sender = DtmfSender()
    sender.press(digits)
    packets: list[EventPacket] = []
    timestamp = start
    while sender.busy:
        packets.extend(sender.tick(timestamp))
        timestamp += 160
    return packets


def test_an_event_has_one_timestamp_a_growing_duration_and_three_end_packets() -> None:
    packets = sent("5")
    events = [dtmf.parse(packet.payload) for packet in packets]
    assert {packet.timestamp for packet in packets} == {1000}
    assert [event and event.duration for event in events] == [160, 320, 480, 640, 800, 800, 800]
    assert [event and event.end for event in events] == [False] * 4 + [True] * 3
    assert [packet.marker for packet in packets] == [True] + [False] * 6


def test_a_gap_lies_between_two_digits() -> None:
    packets = sent("11")
    starts = sorted({packet.timestamp for packet in packets})
    assert starts == [1000, 1000 + 9 * 160]


@given(st.text(alphabet=dtmf.DIGITS, min_size=1, max_size=12), st.data())
def test_a_digit_is_heard_once_from_any_one_of_its_packets(digits: str, data: st.DataObject) -> None:
    by_digit: dict[int, list[EventPacket]] = {}
    for packet in sent(digits):
        by_digit.setdefault(packet.timestamp, []).append(packet)
    receiver, heard = DtmfReceiver(), ""
    for packets in by_digit.values():
        kept = data.draw(st.lists(st.sampled_from(packets), min_size=1, max_size=9))
        for packet in kept:
            heard += receiver.receive(packet.timestamp, packet.payload) or ""
    assert heard == digits


@given(st.binary(max_size=8), st.integers(0, 0xFFFFFFFF))
def test_any_payload_is_a_digit_or_nothing(payload: bytes, timestamp: int) -> None:
    digit = DtmfReceiver().receive(timestamp, payload)
    assert digit is None or digit in dtmf.DIGITS


def test_a_sign_that_no_telephone_has_is_refused() -> None:
    with pytest.raises(ValueError, match="Only"):
        DtmfSender().press("1x")


def keyed(
    digit: str,
    *,
    seconds: float = 0.1,
    off: float = 1.0,
    twist_db: float = 0.0,
    noise_db: float | None = None,
) -> Pcm:
    """A digit as a keypad sounds it, with silence behind; `off` shifts the frequencies."""
    place = "123A456B789C*0#D".index(digit)
    low = (697, 770, 852, 941)[place // 4] * off
    high = (1209, 1336, 1477, 1633)[place % 4] * off
    tone = tones.sine(low, seconds, -16).astype(float) + tones.sine(high, seconds, -16 + twist_db).astype(
        float
    )
    tone = np.concatenate([tone, np.zeros(1600)])
    if noise_db is not None:
        power = np.mean(tone[: int(seconds * SAMPLE_RATE_HZ)] ** 2)
        tone += np.random.default_rng(3).normal(0, np.sqrt(power / 10 ** (noise_db / 10)), len(tone))
    return to_pcm(tone)


def detected(sound: Pcm) -> str:
    detector = ToneDetector()
    return "".join(detector.hear(frame) for frame in frames_of(sound))


@pytest.mark.parametrize("off", [0.985, 1.0, 1.015])
@pytest.mark.parametrize("twist_db", [-4.0, 0.0, 4.0])
def test_all_sixteen_keys_are_heard_off_pitch_twisted_and_noisy(off: float, twist_db: float) -> None:
    sounds = [keyed(digit, off=off, twist_db=twist_db, noise_db=10) for digit in dtmf.DIGITS]
    assert "".join(detected(sound) for sound in sounds) == dtmf.DIGITS


def test_the_same_key_twice_is_two_digits_and_a_long_press_is_one() -> None:
    assert detected(np.concatenate([keyed("7"), keyed("7")])) == "77"
    assert detected(keyed("7", seconds=1.5)) == "7"


def test_a_key_that_is_held_for_long_is_one_digit_at_every_clock() -> None:
    receiver = DtmfReceiver()
    heard, start = "", 0xFFFFFF00
    for _segment in range(3):
        for duration in (960, 48_000, 0xFFFF, 0xFFFF):
            payload = dtmf.EventPayload(5, end=False, volume=10, duration=duration).encode()
            heard += receiver.receive(start, payload) or ""
        start = (start + 0xFFFF) & 0xFFFFFFFF
    ended = dtmf.EventPayload(5, end=True, volume=10, duration=700).encode()
    heard += "".join(receiver.receive(start, ended) or "" for _ in range(3))
    assert heard == "5"
    assert receiver.receive((start + 9000) & 0xFFFFFFFF, ended) == "5"


def test_at_the_clock_of_opus_durations_count_in_its_units() -> None:
    sender = DtmfSender()
    sender.step = 960
    sender.press("9")
    packets = [packet for n in range(9) for packet in sender.tick(960 * n)]
    assert [event.duration for event in map(dtmf.parse, [p.payload for p in packets]) if event] == [
        960, 1920, 2880, 3840, 4800, 4800, 4800,
    ]  # fmt: skip
    assert {packet.timestamp for packet in packets} == {0}


@pytest.mark.peer
@pytest.mark.parametrize("voice", ["en-us+f2", "de+m3", "tr+f5"])
def test_no_voice_talks_a_digit(voice: str, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "140", "-w", str(path), TALK], check=True)
    assert detected(wav.read(path)) == ""


def test_a_whistle_and_a_vowel_are_no_digits() -> None:
    n = np.arange(16_000) / 16_000
    vowel = sum(np.sin(2 * np.pi * 697 * k * n) / k for k in (1, 2, 3)) + np.sin(2 * np.pi * 1209 * n)
    assert detected(to_pcm(4000 * vowel)) == ""
    assert detected(tones.sine(1336, 1.0)) == ""


def test_speech_is_no_digit(speech: Pcm) -> None:
    assert detected(speech) == ""


def test_tones_of_the_exchange_are_no_digits() -> None:
    assert detected(np.concatenate([tones.ringback(), tones.busy(), tones.zip_tone()])) == ""
