"""Twenty turns: a textphone of others (minimodem), the whole centre, an agent with the text skill.

Issue 6, point 2: no wrong character on a clean line, at most one in a hundred where one packet in a hundred
is lost in each direction; the agent at the text mode, and at the real desktop through the accessibility bus.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interop.typing_party import Minimodem
from tests.media.baudot_line import folded, wrong

from .agent import AgentInText
from .programs import Demo, until
from .screen import Screen, Window
from .typed_relay import FarMinimodem
from .typed_window import TypedWindow

pytestmark = [pytest.mark.peer, pytest.mark.timeout(700)]  # textphones are slow: 5 characters a second

TURNS = (
    ("HELLO Q GA", "HELLO. WHO IS THERE? GA"),
    ("ANN LEE GA", "YOUR NUMBER? GA"),
    ("4711-08 GA", "THE LAMP? GA"),
    ("NO, THE BELL GA", "SINCE WHEN? GA"),
    ("3/11 GA", "IS IT LOUD? GA"),
    ("NOT AT ALL GA", "I SEND A NEW ONE GA"),
    ("HOW MUCH Q GA", "NOTHING GA"),
    ("WHEN Q GA", "IN 2 OR 3 DAYS GA"),
    ("TO 12 OAK ST GA", "YES. ANYTHING ELSE? GA"),
    ("NO, BYE SK", "GOOD BYE SK"),
)
ASKED = " ".join(question for question, _ in TURNS)
ANSWERED = "".join(answer for _, answer in TURNS)  # nothing ends a line of a textphone but the turn


async def stopped(caller: Minimodem, before: int, answer: str) -> None:
    """The answer has come, however damaged, and nothing follows: then the caller types, as people do."""
    seen, since = -1, time.monotonic()

    def is_over() -> bool:
        nonlocal seen, since
        if len(caller.text) != seen:
            seen, since = len(caller.text), time.monotonic()
        return seen - before >= len(answer) - 3 and time.monotonic() - since > 1.2

    deadline = time.monotonic() + 60
    while not is_over():
        assert time.monotonic() < deadline, (answer, caller.text)
        await asyncio.sleep(0.05)


class InText:
    """The agent at the text mode."""

    def __init__(self, agent: AgentInText) -> None:
        self._agent = agent
        self.heard: list[str] = []

    def takes(self) -> None:
        offer = self._offer = self._agent.wait("offer", 40.0, media="voice")
        self._agent.done(f"accept {offer['interaction']}")
        self._agent.wait("call", 40.0, interaction=offer["interaction"], state="up")

    def reads(self) -> None:
        came = self._agent.wait("call_text", 40.0, speaker="caller", finished=True)
        self.heard.append(came["text"].strip())

    def types(self, answer: str) -> None:
        words, _, last = answer.rpartition(" ")
        self._agent.done(f"say {words} /{last.lower()}")

    def ends(self) -> None:
        self._agent.done("hangup")
        self._agent.wait("interaction", state="wrap_up")
        self._agent.finish(self._offer["interaction"])


async def twenty_turns(demo: Demo, caller: Minimodem, agent: InText | TypedWindow) -> tuple[float, float]:
    """How much of the caller's text, and of the agent's, came wrong, in per cent."""
    await caller.open(demo.sip)
    line = asyncio.create_task(caller.dial("8001"))
    await asyncio.to_thread(agent.takes)
    await line
    mark = caller.mark
    for question, answer in TURNS:
        before = len(caller.text)
        await caller.say(question)
        await asyncio.to_thread(agent.reads)
        await asyncio.to_thread(agent.types, answer)
        await stopped(caller, before, answer)
    printed = await caller.printed(mark)
    await asyncio.to_thread(agent.ends)
    return wrong(ASKED, " ".join(agent.heard)), wrong(ANSWERED, folded(printed).strip())


async def test_twenty_turns_with_the_text_mode_without_a_wrong_character(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    caller = Minimodem()
    try:
        assert await twenty_turns(demo, caller, InText(text(demo).ready())) == (0.0, 0.0)
    finally:
        await caller.close()


async def test_twenty_turns_with_one_packet_in_a_hundred_lost(
    demo: Demo, text: Callable[..., AgentInText]
) -> None:
    """Of all characters, both ways, over five conversations at most.

    One shift that is lost costs the others' modem a whole word: of one conversation alone that is 3 %.
    """
    agent, rates = InText(text(demo).ready()), []
    for number in range(5, 10):
        caller, agent.heard = FarMinimodem(one_in=100, seed=number), []
        try:
            theirs, ours = await twenty_turns(demo, caller, agent)
        finally:
            await caller.close()
        assert caller.relay is not None
        assert min(caller.relay.to_caller.lost, caller.relay.to_exchange.lost) > 25
        rates.append((theirs * len(ASKED) + ours * len(ANSWERED)) / (len(ASKED) + len(ANSWERED)))
        if sum(rates) / len(rates) <= 1.0:
            return
    raise AssertionError(rates)


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.stop()


@pytest.mark.screen
async def test_twenty_turns_with_the_desktop_without_a_wrong_character(
    demo: Demo, screen: Screen, agent_voice: Path, tmp_path: Path, text: Callable[..., AgentInText]
) -> None:
    caller = Minimodem()
    window = await asyncio.to_thread(Window, screen, demo, "mateo", tmp_path / "mateo", agent_voice)
    agent = TypedWindow(screen)
    try:
        await asyncio.to_thread(screen.press, "Ready", within_s=60.0)
        assert await twenty_turns(demo, caller, agent) == (0.0, 0.0)
    finally:
        await caller.close()
        agent.close()
        window.end()
        until(lambda: not window.phone_pid, 30, "the phone did not end")
    again = text(demo)  # who comes next has nothing to finish first
    left = again.had("interaction", state="wrap_up")
    again.finish(left["interaction"])
