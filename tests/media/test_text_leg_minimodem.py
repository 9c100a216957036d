"""Conversations of a text leg with minimodem over RTP: 20 turns both ways on a clean line, and with loss.

The RTP is real, over loopback; the clock is the test.
"""

from __future__ import annotations

import random
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media.hearing import Halves
from agent_desktop.media.pcm import NARROW_RATE_HZ, SILENCE, Pcm, frames_of
from agent_desktop.media.resampling import widened
from tests.media.baudot_line import wrong
from tests.media.textcall import TextCall

# Without the signs that minimodem writes otherwise than a textphone (# & = +).
QUESTIONS = [
    "HELLO IS THIS BILLING Q GA", "YES MY NUMBER IS 4711-08 GA", "NO, THE OTHER ONE GA", "OK GA",
    "IT SAYS $ 42.50 BUT I PAID 40 GA", "ON 3/11 BY CARD GA", "THE CARD ENDS IN 5 6 7 8 GA",
    "HOW LONG WILL IT TAKE Q GA", "THAT IS LONG GA", "CAN YOU SEND A LETTER Q GA",
    "12 OAK ST, APT. 7 AB GA", "WITH A DOUBLE L (WILLOW) GA", "YES: 90210 GA", "WHAT ABOUT MAY Q GA",
    "I SEE; THANKS GA", "ONE MORE: MY NAME IS O'HARA GA", "WITH AN APOSTROPHE! GA", "GOOD GA",
    "THAT IS ALL GA", "BYE SK",
]  # fmt: skip
ANSWERS = [
    "Hello, yes. Your number please? GA", "Is it Main St 5? GA", "4711-09 then GA", "One moment GA",
    "I see 42.50 here GA", "When? GA", "Which card? GA", "Thank you, found it GA", "10 days GA",
    "I am sorry GA", "Yes, where to? GA", "Is that Wilow? GA", "And the ZIP? GA", "Noted GA",
    "May is paid (3/5) GA", "You are welcome GA", "How is it spelt? GA", "Fixed: O'HARA GA",
    "Anything else? GA", "Good bye SK",
]  # fmt: skip
NARROW_FRAME = 160


def typed_by_minimodem(text: str, folder: Path) -> Pcm:
    path = folder / "typed.wav"
    command = [
        "minimodem",
        "--tx",
        "tdd",
        "--stopbits",
        "2.0",
        "--samplerate",
        f"{NARROW_RATE_HZ}",
        "-f",
        path,
    ]
    subprocess.run(command, input=text.encode("ascii"), check=True)
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)


def read_by_minimodem(sound: Pcm, folder: Path) -> str:
    path = folder / "heard.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(NARROW_RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    done = subprocess.run(
        ["minimodem", "--rx", "tdd", "--quiet", "-f", path], check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode("ascii", "replace")


def plain(text: str) -> str:
    return " ".join(text.upper().split())


class Line:
    """The caller is minimodem at `one`; the agent is our leg at `other`, whose sound may lose packets."""

    def __init__(self, codec: str, lost: float = 0.0, seed: int = 1) -> None:
        self.call = TextCall(codec)
        self.call.with_tones()
        self.agent = self.call.caller  # the leg on whose way packets are lost
        self.heard: list[Pcm] = []
        self.call.sound.one.tap = self._tape
        self._chance, self._lost = random.Random(seed), lost

    def _tape(self, halves: Halves) -> None:
        for half in halves:
            self.heard.append(np.zeros(80, dtype=np.int16) if half is None else half)

    def say(self, sound: Pcm) -> None:
        """minimodem's tones, 20 ms at a time."""
        for frame in frames_of(widened(sound)):
            self._tick(frame)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            self._tick(SILENCE)

    def _tick(self, frame: Pcm) -> None:
        if self._chance.random() < self._lost:
            self.call.sound.lost.add(self.call.sound.tick_number + 1)
        self.call.agent.voice = frame
        self.call.go_on(0.02)

    def answered(self) -> None:
        """Until the agent's text is out, and a pause."""
        self.wait(0.5)
        while self.agent.leg.state.is_sending or self.agent.leg.state.waiting:
            self.wait(0.1)
        self.wait(0.4)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
def test_twenty_turns_both_ways_without_a_wrong_character(codec: str, tmp_path: Path) -> None:
    line = Line(codec)
    for question, answer in zip(QUESTIONS, ANSWERS, strict=True):
        line.say(typed_by_minimodem(question, tmp_path))
        line.wait(0.5)
        assert line.agent.leg.state.turn == "near"
        line.agent.leg.write(answer)
        line.answered()
        assert line.agent.leg.state.turn == "far"
    assert line.agent.reader.said("customer") == QUESTIONS
    assert line.agent.reader.said("agent") == [answer.upper() for answer in ANSWERS]
    assert plain(read_by_minimodem(np.concatenate(line.heard), tmp_path)) == plain("".join(ANSWERS))
    assert line.agent.leg.state.damaged == 0
    line.call.close()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_packet_in_a_hundred_lost_costs_at_most_one_character_in_a_hundred(
    seed: int, tmp_path: Path
) -> None:
    line = Line("PCMU", lost=0.01, seed=seed)
    text = " ".join(QUESTIONS[:12])
    line.say(typed_by_minimodem(text, tmp_path))
    line.wait(0.6)
    assert line.call.sound.other._hearing.jitter.playout.lost == len(line.call.sound.lost) > 20
    assert wrong(text, " ".join(line.agent.reader.said("customer"))) <= 1.0
    assert line.agent.leg.state.damaged > 0  # and where it was, is marked
    line.call.close()
