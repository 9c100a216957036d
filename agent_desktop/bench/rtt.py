"""Real-time text (RFC 4103): exact, through lost packets, and how soon, with liblinphone at the other end.

We type with liblinphone in a real call (our SIP and RTP, voice beside it), both at once; in the same run two
liblinphones type with each other.  Then packets are lost on the way between two of ours, with and without
redundancy.  Goals G10 to G13: references/text-and-accessibility, section 7.

Needs numpy and liblinphone10 (Debian); without the latter its rows are left out, and that is said.
"""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import json
import random
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError

if TYPE_CHECKING:
    from agent_desktop.bench._rtt_phone import TextPhone
    from agent_desktop.media.rtt import TextPlan

_HOST: Final = "127.0.0.1"
_TEXT: Final = "Grüße 你好 åé, one two three four five six. "
_KEY_S: Final = 0.15
_WAIT_S: Final = 15.0
_RIVAL: Final = "liblinphone to liblinphone"
_THEIRS: Final = 2
"""How often liblinphone repeats a packet."""
_GOAL_LOSS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; a test asks for less."""

    typed: int = 80
    characters: int = 1440
    seeds: int = 5
    losses: tuple[float, ...] = (0.01, 0.05, 0.1, 0.2, 0.3)


def run(size: Size | None = None) -> list[Result]:
    """Measure every goal of real-time text."""
    if importlib.util.find_spec("numpy") is None:
        raise AgentDesktopError("This bench needs the package numpy: agent-desktop[phone].")
    asked = size or Size()
    found = list(losses(asked))
    if not has_liblinphone():
        print("liblinphone is not installed: its rows are left out (apt-get install liblinphone10).")
        return found
    return found + asyncio.run(_with_liblinphone(asked))


def has_liblinphone() -> bool:
    """Whether the other end is installed."""
    try:
        ctypes.CDLL("liblinphone.so.10")
    except OSError:
        return False
    return True


# -- lost packets -----------------------------------------------------------------------------------------


def losses(size: Size) -> Iterator[Result]:
    """Goal G11: independent loss, about seven characters a second; the same drops with less redundancy.

    Ours repeat a packet three times to each other, and twice to a peer that answers so (liblinphone does).
    """
    from agent_desktop.media.rtt import TextPlan

    most = _between_ours().generations
    for share in size.losses:
        gone = dict.fromkeys(sorted({0, _THEIRS, most}), (0, 0))
        for repeats in gone:
            plan = TextPlan(99, 98, repeats) if repeats else TextPlan(99)
            for seed in range(size.seeds):
                lost, marks = _typed_through(plan, size.characters, share, seed)
                gone[repeats] = gone[repeats][0] + lost, gone[repeats][1] + marks
        for repeats, against in ((most, _THEIRS), (_THEIRS, 0)):
            lost, holes = gone[repeats]
            is_goal = repeats == most and share <= _GOAL_LOSS
            yield Result(
                metric=f"G11 characters lost of {size.characters * size.seeds}, {share:.0%} of packets lost, "
                f"each repeated {repeats} times, {holes} marked holes",
                value=lost,
                unit="characters",
                against=f"the same drops, each repeated {against} times",
                against_value=gone[against][0],
                goal="0" if is_goal else "reported",
                met=lost == 0 or not is_goal,
            )


def _between_ours() -> TextPlan:
    """What two of ours agree on, by their SDP."""
    from agent_desktop.sip.negotiation import answer_offer
    from agent_desktop.sip.sdp import Origin, build_sdp, parse_sdp
    from agent_desktop.voice.offer import MediaPolicy, local_media, text_stream
    from agent_desktop.voice.text import route_of

    sound = local_media(MediaPolicy(codecs=("PCMU",)), _HOST, 4000, secrets.token_bytes)
    ours = sound.with_text(text_stream(sound, 4002, secrets.token_bytes))
    offer = parse_sdp(build_sdp(Origin("1", 1, _HOST), ours))
    stream = route_of(answer_offer(offer, ours).agreement).route.stream
    if stream is None:
        raise AgentDesktopError("Two of ours agree on no text.")
    return stream.text


def _typed_through(plan: Any, characters: int, share: float, seed: int) -> tuple[int, int]:
    """How many of so many characters did not arrive, and how many holes were marked."""
    from agent_desktop.media.rtp import RtpSender
    from agent_desktop.media.rtt_receive import TextReceiver
    from agent_desktop.media.rtt_send import TextSender

    chance = random.Random(seed)  # noqa: S311 - drops that can be repeated
    sender = TextSender(plan, RtpSender(ssrc=1, sequence=2, timestamp=3), 0.0)
    receiver = TextReceiver(plan)
    text, now_s, typed = "", 0.0, 0
    while typed < characters or not sender.is_idle:
        if typed < characters:
            sender.write("abcdefghijklmnopqrstuvwxyz"[typed % 26])
            typed += 1
        now_s += 1 / 7
        packet = sender.due(now_s)
        if packet is not None and chance.random() >= share:
            text += receiver.receive(packet, now_s)
        text += receiver.tick(now_s)
    text += receiver.finish()
    return characters - len(text.replace("\ufffd", "")), receiver.counters.holes


# -- with liblinphone -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Linphone:
    """One liblinphone in a process of its own."""

    sip: int
    process: asyncio.subprocess.Process
    events: list[dict[str, Any]] = field(default_factory=list)

    def all(self, event: str) -> list[tuple[str, float]]:
        return [(each.get("char", ""), each["t"]) for each in self.events if each["event"] == event]

    async def read(self) -> None:
        while self.process.stdout is not None and (line := await self.process.stdout.readline()):
            self.events.append(json.loads(line))

    def type(self, text: str) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(json.dumps(text).encode() + b"\n")

    async def end(self) -> None:
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def _linphone(voice: Path, target: str = "") -> tuple[_Linphone, asyncio.Task[None]]:
    sip, text, audio = (_free_port() for _ in range(3))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "agent_desktop.bench._linphone_child"),
        *(f"{sip}", f"{text}", f"{audio}", str(voice), *([target] if target else [])),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    made = _Linphone(sip, process)
    reader = asyncio.create_task(made.read())
    await _until(lambda: bool(made.all("ready")))
    return made, reader


async def _with_liblinphone(size: Size) -> list[Result]:
    from agent_desktop.bench._rtt_phone import TextPhone
    from agent_desktop.media import tones, wav

    text = (_TEXT * (size.typed // len(_TEXT) + 1))[: size.typed]
    with tempfile.TemporaryDirectory() as folder:
        voice = Path(folder) / "voice.wav"
        wav.write(voice, tones.sine(700, 60.0))
        callee, first = await _linphone(voice)
        caller, second = await _linphone(voice, f"sip:peer@{_HOST}:{callee.sip}")
        rival = await _between_theirs(caller, callee, text)
        await caller.end()
        await callee.end()
        peer, third = await _linphone(voice)
        ours = TextPhone()
        await ours.call(_HOST, peer.sip, secrets.token_bytes)
        results = await _between(ours, peer, text, rival)
        await ours.close()
        await peer.end()
        await asyncio.gather(first, second, third)
    return results


async def _between_theirs(one: _Linphone, other: _Linphone, text: str) -> float:
    """The 95th percentile of two liblinphones, in ms."""
    await _until(lambda: bool(one.all("up") and other.all("up")))
    for sign in text:
        one.type(sign)
        await asyncio.sleep(_KEY_S)
    await _until(lambda: len(other.all("char")) >= len(text))
    return _p95(one.all("sent"), other.all("char"))


async def _between(ours: TextPhone, theirs: _Linphone, text: str, rival_ms: float) -> list[Result]:
    from agent_desktop.media.rtt import BUFFERED_S

    await _until(lambda: ours.is_up and bool(theirs.all("up")))
    typed: list[tuple[str, float]] = []
    for sign in text:
        typed.append((sign, time.time()))
        ours.type(sign)
        theirs.type(sign)
        await asyncio.sleep(_KEY_S)
    await _until(lambda: len(theirs.all("char")) >= len(text) and len(ours.came) >= len(text))
    found: list[Result] = []
    for way, sent, came in (
        ("liblinphone reads us", typed, theirs.all("char")),
        ("we read liblinphone", theirs.all("sent"), ours.came),
    ):
        wrong = sum(one != other for (one, _), (other, _) in zip(sent, came, strict=False))
        wrong += abs(len(sent) - len(came))
        found.append(
            Result(
                metric=f"G10 wrong signs of {len(text)}, {way}",
                value=wrong,
                unit="signs",
                against=_RIVAL,
                against_value=0,
                goal="0",
                met=wrong == 0,
            )
        )
        late = _p95(sent, came)
        found.append(
            Result(
                metric=f"G12 key to the other reader, {way}, 95th percentile",
                value=late,
                unit="ms",
                against=_RIVAL,
                against_value=rival_ms,
                goal="<= 500",
                met=late <= 500,
            )
        )
    to_packet = _p95(typed, ours.sent)
    found.append(
        Result(
            metric="G12 key to packet, 95th percentile",
            value=to_packet,
            unit="ms",
            against="the longest wait of RFC 4103",
            against_value=1000 * BUFFERED_S,
            goal="<= 300",
            met=to_packet <= 1000 * BUFFERED_S,
        )
    )
    found.append(
        Result(
            metric=f"G13 audio packets lost of {ours.audio_packets} while both type",
            value=ours.audio_lost,
            unit="packets",
            against="none",
            against_value=0,
            goal="0",
            met=ours.audio_lost == 0,
        )
    )
    return found


def _p95(sent: list[tuple[str, float]], came: list[tuple[str, float]]) -> float:
    delays = sorted(1000 * (there - here) for (_, here), (_, there) in zip(sent, came, strict=False))
    return delays[min(len(delays) - 1, int(0.95 * len(delays)))] if delays else float("nan")


async def _until(what: Any) -> None:
    end = time.monotonic() + _WAIT_S + 60
    while not what():
        if time.monotonic() > end:
            raise AgentDesktopError("liblinphone did not answer; is liblinphone10 installed?")
        await asyncio.sleep(0.02)


def _free_port() -> int:
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((_HOST, 0))
            number = int(probe.getsockname()[1])
        if number % 2 == 0:
            return number
