"""A call kept for long: session refreshes, holds, other codecs and devices, and no gap outside the holds.

The customer is a telephone of our own stack that measures; the agent sits at the text mode with its phone.
`LONG_CALL_S=1800 .venv/bin/pytest tests/e2e/test_long_call.py -s --timeout 2400` is the half hour of
`resources/docs/benchmarks.md`; with every other check it is a minute and a half.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent_desktop.media import wav
from agent_desktop.media.pcm import FRAME_S
from agent_desktop.voice.offer import MediaPolicy
from agent_desktop.wire import phone as wire
from tests.interop.party import Party
from tests.interop.sound import WATCH, GrowingFile, Pcm, gaps_ms, hears, until

from . import listening, places
from .agent import AgentInText
from .phonelink import PhoneLink
from .programs import Bare

LONG_S = float(os.environ.get("LONG_CALL_S", "95"))
TIMER_S = 90  # the least that RFC 4028 allows: a refresh every 45 s
TURN_S = min(LONG_S, 150.0)  # one hold, one other codec, one other device in each turn
HOLD_S = 3.0
MOST_GAP_MS = 60
OTHER_HZ = 900  # the agent's voice at the other device

pytestmark = [pytest.mark.peer, pytest.mark.timeout(LONG_S + 120)]


def refreshed_often(text: str) -> str:
    """The centre's configuration with the shortest session timer."""
    line = f"session_timer_s = {TIMER_S}\n"
    if "[exchange]\n" in text:
        return text.replace("[exchange]\n", f"[exchange]\n{line}")
    return f"{text}\n[exchange]\n{line}"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Bare]:
    """A router and its switch whose calls are refreshed often."""
    made = Bare(tmp_path / "centre", places.block(), refreshed_often)
    yield made
    made.stop()
    assert made.errors() == []


@dataclass
class Heard:
    """What one end heard outside the holds."""

    gaps: list[int] = field(default_factory=list)
    seconds: float = 0.0
    too_long: list[str] = field(default_factory=list)

    def add(self, sound: Pcm, hz: int, since: float) -> None:
        """`since` is when it began: what this computer itself was late for is not held against the centre."""
        gaps, stalled = gaps_ms(sound, hz), WATCH.stalled_ms(since)
        self.gaps += gaps
        self.seconds += len(sound) / listening.RATE
        if max(gaps, default=0) > MOST_GAP_MS + stalled:
            self.too_long.append(f"{max(gaps)} ms, own stall {stalled:.0f} ms, {hz} Hz, {len(sound)} samples")

    @property
    def longest(self) -> int:
        return max(self.gaps, default=0)


def resident_mb(pid: int) -> float:
    """How much memory a process holds."""
    with Path(f"/proc/{pid}/status").open() as file:
        line = next(line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Devices(PhoneLink):
    """A front end that changes the phone's devices: two voices, two ears."""

    def __init__(self, agent: AgentInText, folder: Path) -> None:
        super().__init__(agent)
        self._turn = 0
        self._folder = folder
        self.hz = listening.AGENT_HZ
        self.path = agent.ear
        self.ear = GrowingFile(lambda: self.path)
        listening.voice(folder / "voice0.wav", listening.AGENT_HZ)
        listening.voice(folder / "voice1.wav", OTHER_HZ)

    async def swap(self) -> None:
        """The other microphone and a new speaker, in the middle of the call."""
        self._turn += 1
        self.hz = (listening.AGENT_HZ, OTHER_HZ)[self._turn % 2]
        self.path = self._folder / f"ear{self._turn}.wav"
        chosen = wire.SelectDevices(
            microphone=f"file:{self._folder / f'voice{self._turn % 2}.wav'}", speaker=f"file:{self.path}"
        )
        reply = await self.ask(chosen)
        assert reply.ok, reply


async def test_a_long_call_has_no_gap_outside_its_holds(
    centre: Bare, text: Callable[..., AgentInText], tmp_path: Path
) -> None:
    agent = await asyncio.to_thread(text(centre, "mateo").ready)
    customer = await Party(
        listening.CUSTOMER_HZ, MediaPolicy(codecs=("opus", "PCMU")), session_s=TIMER_S
    ).open(centre.sip)
    devices = Devices(agent, tmp_path)
    await devices.plain_sound()
    try:
        await call(centre, agent, customer, devices)
    finally:
        await devices.close()
        await customer.close()


async def call(centre: Bare, agent: AgentInText, customer: Party, devices: Devices) -> None:
    line = await customer.dial("8001")
    offer = await asyncio.to_thread(agent.wait, "offer", media="voice")
    await asyncio.to_thread(agent.done, f"accept {offer['interaction']}")
    await asyncio.to_thread(agent.wait, "call", interaction=offer["interaction"], state="up")
    await hears(line.ear, devices.hz, "the customer")
    await hears(devices.ear, customer.hz, "the agent")
    programs = {"switch": centre.switch_pid, "router": centre.router_pid, "phone": agent.phone_pid}
    memory = {name: resident_mb(pid) for name, pid in programs.items()}
    by_customer, by_agent = Heard(), Heard()
    swaps, holds, codecs = 0, 0, [line.codec]
    began = time.monotonic()

    class Stretch:
        """Sound at both ends from now on, judged when it is over."""

        def __init__(self) -> None:
            self.hz, self.marks = devices.hz, (line.ear.mark(), devices.ear.mark())
            self.since = time.monotonic()

        def over(self) -> None:
            by_customer.add(line.ear.since(self.marks[0]), self.hz, self.since)
            by_agent.add(devices.ear.since(self.marks[1]), customer.hz, self.since)

    async def until_s(seconds: float) -> None:
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))

    turn = 0
    while time.monotonic() - began < LONG_S - TURN_S / 2:
        start = turn * TURN_S
        stretch = Stretch()
        await until_s(start + TURN_S * 0.25)
        stretch.over()

        await asyncio.to_thread(agent.done, "hold")
        await until(lambda: not devices_hear(devices, customer.hz), why="the agent hears the held customer")
        await asyncio.sleep(HOLD_S)
        await asyncio.to_thread(agent.done, "resume")
        await hears(line.ear, devices.hz, "the customer after the hold")
        await hears(devices.ear, customer.hz, "the agent after the hold")
        holds += 1

        stretch = Stretch()
        await until_s(start + TURN_S * 0.5)
        wanted = ("PCMU",) if line.codec.lower() == "opus" else ("opus", "PCMU")
        await customer.speak(*wanted)
        codecs.append(line.codec)
        await until_s(start + TURN_S * 0.75)
        # The swap is a stretch of its own: the voice is another one from then on.
        stretch.over()

        before, old_ear, old_hz = line.ear.mark(), devices.path, devices.hz
        old_mark = devices.ear.mark()
        swapped_at = time.monotonic()
        await devices.swap()
        await hears(line.ear, devices.hz, "the customer after the swap")
        await hears(devices.ear, customer.hz, "the agent after the swap")
        moment = line.ear.since(before)
        missing = missing_ms(moment, old_hz, devices.hz)
        by_customer.gaps.append(missing)
        if missing > MOST_GAP_MS + WATCH.stalled_ms(swapped_at):
            by_customer.too_long.append(f"{missing} ms in swap {swaps + 1}")
        swaps += 1
        old = GrowingFile(lambda path=old_ear: path)
        old.mark()
        rest = old.since(old_mark)
        fresh = devices.ear.since(0)
        took = time.monotonic() - swapped_at
        lost = 1000 * (took - (len(rest) + len(fresh)) / listening.RATE)
        print(f"swap {swaps}: the customer missed {missing} ms; the ears are {lost:.0f} ms behind the clock")
        by_agent.add(rest, customer.hz, swapped_at)
        by_agent.add(fresh, customer.hz, swapped_at)
        turn += 1
    stretch = Stretch()
    await until_s(LONG_S)
    stretch.over()

    quality = line.session.quality()
    assert quality is not None
    refreshed = refreshes(customer.received)
    grown = {name: resident_mb(pid) - memory[name] for name, pid in programs.items()}
    figures = {
        "seconds": round(time.monotonic() - began, 1),
        "refreshes": refreshed,
        "holds": holds,
        "codecs": codecs,
        "swaps": swaps,
        "gap_customer_ms": by_customer.longest,
        "gap_agent_ms": by_agent.longest,
        "gaps": sorted(by_customer.gaps + by_agent.gaps)[-10:],
        "own_stall_ms": round(WATCH.stalled_ms(began)),
        "too_long": by_customer.too_long + by_agent.too_long,
        "judged_s": round(by_customer.seconds + by_agent.seconds, 1),
        "loss_percent": round(100 * quality.loss, 3),
        "jitter_ms": round(1000 * quality.jitter_s, 2),
        "mos": round(quality.mos, 2),
        "received": line.session.counters.received,
        "memory_mb": {name: round(value, 1) for name, value in memory.items()},
        "grown_mb": {name: round(value, 1) for name, value in grown.items()},
    }
    print("long call:", json.dumps(figures))
    assert not figures["too_long"], figures["too_long"]
    restarted = len(codecs) - 1  # a re-INVITE begins the session anew
    least = max(1, int(LONG_S / (TIMER_S / 2)) - 1 - restarted)
    assert refreshed >= least, "the session was not refreshed"
    assert line.session.counters.received > 0.9 * LONG_S / FRAME_S
    assert not line.ended
    await asyncio.to_thread(agent.done, "hangup")
    await until(lambda: line.ended, why="the customer was not told of the end")
    await asyncio.to_thread(agent.close, offer["interaction"])


def devices_hear(devices: Devices, hz: int) -> bool:
    """Whether the last 0.3 s of the agent's ear hold the tone."""
    return listening.heard_now(devices.path, hz, 0.3)


def missing_ms(sound: Pcm, *voices: int) -> int:
    """The longest time in which none of the voices was there."""
    at = [0]
    there = sum(listening.steps_with(sound, hz).astype(int) for hz in voices)
    run = 0
    for step in there:  # type: ignore[union-attr]  # an array: there is more than one voice
        run = 0 if step else run + 1
        at.append(run)
    return 10 * max(at)


def refreshes(received: list[bytes]) -> int:
    """How often the session was refreshed, by either side: their requests, and their answers to ours."""
    count = 0
    for message in received:
        head = message.partition(b"\r\n\r\n")[0]
        is_answer = head.startswith(b"SIP/2.0 200") and re.search(rb"(?mi)^cseq: \d+ update", head)
        if head.startswith(b"UPDATE ") or is_answer:
            count += b"session-expires" in head.lower()
    return count


def test_the_ears_of_this_file_find_a_gap(tmp_path: Path) -> None:
    tone = wav.read(listening.voice(tmp_path / "tone.wav", 400))
    tone[8000:9600] = 0
    assert 90 <= max(gaps_ms(tone, 400)) <= 110
    assert 90 <= missing_ms(tone, 400, 700) <= 110
