from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from agent_desktop.media.baudot import BaudotLeg, Found, Happening, State, TurnPassed
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import Pcm, to_pcm
from agent_desktop.media.tty_reading import Shown

SIZE = 160
QUIET: Pcm = np.zeros(SIZE, dtype=np.int16)


@dataclass
class Side:
    """A leg and what its agent saw: turns, and the text of each."""

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
        return [text for text in self.texts if text]


def connect(
    one: Side, other: Side, frames: int, *, echo_db: float | None = None, echo_frames: int = 0
) -> None:
    """Both hear each other through G.711, and `one` itself again where there is an echo."""
    gain = 0.0 if echo_db is None else 10 ** (echo_db / 20)
    for _ in range(frames):
        for side in (one, other):
            side.sent.append(side.leg.frame(SIZE))
        a, b = (side.sent[-1] if side.sent[-1] is not None else QUIET for side in (one, other))
        back = one.sent[-1 - echo_frames] if len(one.sent) > echo_frames else None
        mixed = b if back is None else to_pcm(b + gain * back.astype(np.float64))
        one.take(one.leg.hear(PCMU.decode(PCMU.encode(mixed))))
        other.take(other.leg.hear(PCMU.decode(PCMU.encode(a))))


def test_two_sides_talk_in_turns() -> None:
    agent, caller = Side(BaudotLeg(is_found=True)), Side(BaudotLeg(is_found=True))
    agent.leg.say("hello ga")
    connect(agent, caller, 180)
    assert caller.said == ["HELLO GA"]
    assert caller.turns == [TurnPassed(("GA",), ours=False)]
    assert agent.turns == [TurnPassed(("GA",), ours=True)]
    caller.leg.say("order 4711 q ga")
    connect(agent, caller, 260)
    assert agent.said == ["ORDER 4711 Q GA"]
    assert agent.turns[-1] == TurnPassed(("Q", "GA"), ours=False)
    assert caller.said == ["HELLO GA"]
    assert agent.leg.state is State.IDLE


def test_three_good_characters_are_a_textphone_and_nothing_is_lost_of_them() -> None:
    agent, caller = Side(BaudotLeg()), Side(BaudotLeg(baud=50.0))
    caller.leg.say("e")
    connect(agent, caller, 130)
    assert agent.seen == []
    caller.leg.say("help")
    connect(agent, caller, 130)
    assert agent.leg.is_found
    assert isinstance(agent.seen[0], Found)
    assert agent.said == ["HELP"]


def test_the_agents_text_waits_for_the_caller_to_stop() -> None:
    agent, caller = Side(BaudotLeg(is_found=True)), Side(BaudotLeg(is_found=True))
    caller.leg.say("one moment please ga")
    connect(agent, caller, 60)
    agent.leg.say("yes")
    assert agent.leg.state is State.RECEIVING
    connect(agent, caller, 340)
    both = [a is not None and c is not None for a, c in zip(agent.sent, caller.sent, strict=True)]
    assert not any(both)
    assert agent.said == ["ONE MOMENT PLEASE GA"]
    assert caller.said == ["YES"]


def test_an_interruption_does_not_wait() -> None:
    agent, caller = Side(BaudotLeg(is_found=True)), Side(BaudotLeg(is_found=True))
    caller.leg.say("a very long story")
    connect(agent, caller, 60)
    agent.leg.say("stop")
    agent.leg.interrupt()
    connect(agent, caller, 2)
    assert agent.leg.state is State.SENDING


@pytest.mark.parametrize("echo_db", [-6.0, -30.0])
@pytest.mark.parametrize("delay_ms", [0, 200, 800])
def test_the_agents_own_text_is_never_shown_as_the_callers(echo_db: float, delay_ms: int) -> None:
    agent, caller = Side(BaudotLeg(is_found=True)), Side(BaudotLeg(is_found=True))
    agent.leg.say("hello 42 ga")
    connect(agent, caller, 280, echo_db=echo_db, echo_frames=delay_ms // 20)
    assert agent.said == []
    caller.leg.say("hello 7 ga")
    connect(agent, caller, 220, echo_db=echo_db, echo_frames=delay_ms // 20)
    assert agent.said == ["HELLO 7 GA"]
    assert agent.leg.round_trip_s == pytest.approx(delay_ms / 1000, abs=0.015)


def test_one_echoed_letter_of_an_unmeasured_line_is_not_shown_either() -> None:
    agent, caller = Side(BaudotLeg(is_found=True)), Side(BaudotLeg(is_found=True))
    agent.leg.say("k")
    connect(agent, caller, 150, echo_db=-10.0, echo_frames=40)
    assert agent.said == []


def test_what_has_not_gone_out_can_be_taken_back() -> None:
    leg = BaudotLeg()
    leg.say("ab")
    assert leg.waiting == 2
    assert leg.take_back() == "B"
    assert leg.take_back() == "A"
    assert leg.take_back() is None


def test_the_agent_is_told_what_the_caller_will_read() -> None:
    said = BaudotLeg().say("caf\u00e9 \u65e5")
    assert said.text == "CAFE ?"
    assert said.is_changed
