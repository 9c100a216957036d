"""Two ends of a textphone call on one line: echo, turns, voice between the tones, the gateway.

Each scene gives figures, not a verdict: the bench and the tests hold them against the goals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agent_desktop.bench._tty_line import heard as codes_in
from agent_desktop.bench._tty_line import read, spoken, through
from agent_desktop.media.baudot import BaudotLeg, Happening, TurnPassed
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm, to_pcm
from agent_desktop.media.text_gateway import TextGateway
from agent_desktop.media.tty_reading import Shown

SIZE: Final = 160
_MS: Final = NARROW_RATE_HZ // 1000
_FRAME_MS: Final = SIZE // _MS
_QUIET: Final[Pcm] = np.zeros(SIZE, dtype=np.int16)
_MICROPHONE_HZ: Final = 500


@dataclass(slots=True)
class End:
    """A leg, and what its person saw and sent."""

    leg: BaudotLeg
    texts: list[str] = field(default_factory=lambda: [""])
    seen: list[Happening] = field(default_factory=list)
    sent: list[Pcm | None] = field(default_factory=list)

    def take(self, happened: list[Happening]) -> None:
        self.seen += happened
        for one in happened:
            if isinstance(one, Shown):
                if one.is_new_turn:
                    self.texts.append("")
                self.texts[-1] = self.texts[-1][: one.keep] + one.text

    @property
    def turns(self) -> list[TurnPassed]:
        return [one for one in self.seen if isinstance(one, TurnPassed)]

    @property
    def said(self) -> list[str]:
        """The turns that were read."""
        return [text for text in self.texts if text]


def connect(
    one: End, other: End, frames: int, *, echo_db: float | None = None, echo_samples: int = 0
) -> None:
    """Both hear each other through G.711, and `one` itself again where there is an echo."""
    gain = 0.0 if echo_db is None else 10 ** (echo_db / 20)
    for _ in range(frames):
        for end in (one, other):
            end.sent.append(end.leg.frame(SIZE))
        a, b = (end.sent[-1] if end.sent[-1] is not None else _QUIET for end in (one, other))
        mixed = b if echo_db is None else to_pcm(b + gain * _before(one.sent, echo_samples))
        one.take(one.leg.hear(through(mixed)))
        other.take(other.leg.hear(through(a)))


def _before(sent: list[Pcm | None], samples: int) -> Pcm:
    """What was sent so many samples ago."""
    frames, rest = divmod(samples, SIZE)
    pair = [
        piece if len(sent) > back and (piece := sent[-1 - back]) is not None else _QUIET
        for back in (frames + 1, frames)
    ]
    return np.concatenate(pair)[SIZE - rest : 2 * SIZE - rest]


# -- echo and turns (G8) --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Echoed:
    """`own`: characters of the agent's text that were shown as the caller's; `is_read`: the answer was."""

    own: int
    is_read: bool
    round_trip_error_ms: float


def echoed(echo_db: float, delay_ms: int, said: str = "hello 42 ga", answer: str = "hello 7 ga") -> Echoed:
    """The agent types, hears itself and then the caller's answer, and types once more."""
    agent, caller = End(BaudotLeg(is_found=True)), End(BaudotLeg(is_found=True))

    def go_on(frames: int) -> str:
        before = len(agent.texts)
        connect(agent, caller, frames, echo_db=echo_db, echo_samples=delay_ms * _MS)
        return "".join(agent.texts[before:])

    agent.leg.say(said)
    own = len(go_on(280)) + len(agent.texts[0])
    caller.leg.say(answer)
    is_read = go_on(220) == answer.upper()
    agent.leg.say(said)
    own += len(go_on(280))
    return Echoed(own, is_read, abs(agent.leg.round_trip_s * 1000 - delay_ms))


def overlap_ms(after_ms: int) -> float:
    """How long both tones are on the line when the agent types `after_ms` after the caller began."""
    agent, caller = End(BaudotLeg(is_found=True)), End(BaudotLeg(is_found=True))
    caller.leg.say("one moment please ga")
    tones = [caller.leg.frame(SIZE) for _ in range(260)]
    both = 0
    for number, tone in enumerate(tones):
        if number * _FRAME_MS >= after_ms > (number - 1) * _FRAME_MS:
            agent.leg.say("yes")
        sent = agent.leg.frame(SIZE)
        both += sent is not None and tone is not None
        agent.take(agent.leg.hear(_QUIET if tone is None else through(tone)))
        caller.leg.hear(_QUIET)
    if agent.said != ["ONE MOMENT PLEASE GA"]:
        return float("inf")  # the caller's text was spoilt: as bad as talking over it
    return float(both * _FRAME_MS)


# -- voice between the tones (G9) -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """`back_ms`: from each carrier's end until the ear is open.  `hidden`: share of the voice not heard."""

    back_ms: list[float]
    hidden: float


def voice_carried_over(voice: Pcm, texts: list[str]) -> CarriedOver:
    """The caller types and speaks in turn, without a pause, and the agent listens (VCO)."""
    leg, back, hidden, voiced = BaudotLeg(is_found=True), list[float](), 0, 0
    for number, text in enumerate(texts):
        tone = spoken(text)
        end = int(np.flatnonzero(tone)[-1]) + 1
        piece = voice[number * 16000 : (number + 1) * 16000]
        line = through(np.concatenate([tone[:end], piece]))
        opened: int | None = None
        for start in range(0, len(line) - SIZE + 1, SIZE):
            leg.hear(line[start : start + SIZE])
            if start + SIZE <= end:
                continue
            voiced += 1
            if not leg.is_tone_heard:
                opened = start + SIZE if opened is None else opened
            elif opened is not None:
                hidden += 1
        back.append(float("inf") if opened is None else (opened - end) / _MS)
    return CarriedOver(back, hidden / max(1, voiced))


def microphone_in_tones(text: str) -> float:
    """The share of the sending time with the microphone on the line: a tone of 500 Hz stands for it."""
    leg, leaked, sending = BaudotLeg(is_found=True), 0, 0
    leg.say(text)
    clock = np.arange(SIZE)
    for number in range(60 + 10 * len(text)):
        voice = to_pcm(8000 * np.sin(2 * np.pi * _MICROPHONE_HZ * (clock + number * SIZE) / NARROW_RATE_HZ))
        tones = leg.frame(SIZE)
        on_line = PCMU.decode(PCMU.encode(voice if tones is None else tones))
        leg.hear(_QUIET)
        if not leg.sender.is_sending:
            continue
        sending += 1
        turn = np.exp(-2j * np.pi * _MICROPHONE_HZ * clock / NARROW_RATE_HZ)
        leaked += bool(2 * abs((on_line * turn).mean()) > 4000)
    return leaked / max(1, sending)


# -- the gateway (G14) ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pasted:
    """What came over the line, how many waited at first and after each second, and what was dropped."""

    line: Pcm
    waiting: list[int]
    dropped: int


def pasted(text: str, interrupted_by: str = "", after_s: float = 20.0) -> Pasted:
    """Real-time text pasted at once, as the tones for the TTY that reads it; the TTY may type in between."""
    tty = BaudotLeg(is_found=True)
    gateway = TextGateway(tty)
    gateway.to_tty(text)
    waiting, line = [gateway.waiting], list[Pcm]()
    answer = through(spoken(interrupted_by.upper())) if interrupted_by else _QUIET
    quiet_frames = 0
    while quiet_frames < 40:
        begun = round(after_s * NARROW_RATE_HZ)
        place = len(line) * SIZE - begun
        tones = tty.frame(SIZE)
        frame = answer[place : place + SIZE] if 0 <= place < len(answer) - SIZE else _QUIET
        tty.hear(frame)
        line.append(_QUIET if tones is None else tones)
        quiet_frames = quiet_frames + 1 if tones is None and not tty.waiting else 0
        if len(line) % 50 == 0:
            waiting.append(gateway.waiting)
    return Pasted(np.concatenate(line), waiting, gateway.dropped)


def read_on_tty(line: Pcm) -> str:
    return read(codes_in(through(line)))
