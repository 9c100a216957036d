"""A supervisor in an agent's call, through the whole house: who hears whom, by the levels of three tones.

Customer, agent and supervisor each say one tone.  1250 Hz lies between what codecs make of the others.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from tests.interop.party import Party
from tests.interop.sound import Ear, GrowingFile, Pcm, hears, until

from . import listening
from .agent import AgentInText
from .listening import AGENT_HZ, CUSTOMER_HZ
from .phonelink import PhoneLink
from .programs import Demo

pytestmark = pytest.mark.peer

LEAD_HZ = 1250
UNHEARD_DBFS, BETWEEN_DBFS = -60.0, -36.0
"""One packet of 20 ms of a voice of -12 dBFS stands at -26 dBFS in its 100 ms."""
STAY_S = 1.0
TRIES = 4
CLEAR_DBFS = (-20.0, -8.0)
"""How loud a voice of -12 dBFS may arrive."""


class Wire:
    """Counts the INVITEs that a port sends, on the loopback itself, where the system lets us listen."""

    def __init__(self, port: int) -> None:
        self._port = port
        try:
            self._tap: socket.socket | None = socket.socket(
                socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003)
            )
            self._tap.bind(("lo", 0))
            self._tap.setblocking(False)
        except PermissionError:
            self._tap = None

    def invites(self) -> int | None:
        """How many have passed since the last question, each once; None when we may not listen."""
        if self._tap is None:
            return None
        seen: set[bytes] = set()
        while True:
            try:
                packet, where = self._tap.recvfrom(65535)
            except BlockingIOError:
                return len(seen)
            ip = packet[14:]
            if where[2] == socket.PACKET_OUTGOING or len(ip) < 28 or ip[0] >> 4 != 4 or ip[9] != 17:
                continue
            udp = ip[(ip[0] & 15) * 4 :]
            if int.from_bytes(udp[:2], "big") == self._port and udp[8:15] == b"INVITE ":
                found = re.search(rb"(?i)branch=([^;\r]+)", udp)
                seen.add(found[1] if found else udp)

    def close(self) -> None:
        if self._tap is not None:
            self._tap.close()


class Person:
    """Somebody at the text mode with a voice of one pitch."""

    def __init__(self, demo: Demo, user: str, hz: int, folder: Path) -> None:
        voice = listening.voice(folder / f"{user}.wav", hz)
        self.text = AgentInText(demo, user, folder / user, voice)
        self.ear = GrowingFile(lambda: self.text.ear)

    async def do(self, line: str) -> None:
        await asyncio.to_thread(self.text.done, line)


@pytest.fixture
def people(demo: Demo, tmp_path: Path) -> Iterator[dict[str, Person]]:
    made = {
        "agent": Person(demo, "mateo", AGENT_HZ, tmp_path),
        "lead": Person(demo, "astrid", LEAD_HZ, tmp_path),
    }
    yield made
    for one in made.values():
        one.text.end()


@pytest.fixture
async def customer(demo: Demo) -> AsyncIterator[Party]:
    made = await Party(CUSTOMER_HZ).open(demo.sip)
    yield made
    await made.close()


class Ears:
    """What the three hear."""

    def __init__(self, customer: Ear, agent: Ear, lead: Ear) -> None:
        self._ears = {"customer": customer, "agent": agent, "lead": lead}

    async def levels(self) -> dict[str, dict[int, float]]:
        """The loudest 100 ms of each tone at each ear, in a second from now on."""
        await asyncio.sleep(0.8)  # files are written in halves of a second
        marks = {who: ear.mark() for who, ear in self._ears.items()}
        await asyncio.sleep(STAY_S + 0.6)
        heard = {who: ear.since(marks[who]) for who, ear in self._ears.items()}
        return {
            who: {hz: loudest(sound, hz) for hz in (CUSTOMER_HZ, AGENT_HZ, LEAD_HZ)}
            for who, sound in heard.items()
        }


def loudest(sound: Pcm, hz: int) -> float:
    size = SAMPLE_RATE_HZ // 10
    pieces = [sound[at : at + size] for at in range(0, len(sound) - size + 1, size)]
    assert len(pieces) >= 5, f"only {len(pieces) / 10} s of sound came"
    return max(tones.tone_dbfs(piece, hz) for piece in pieces)


def unlike(levels: dict[str, dict[int, float]], hears: dict[str, set[int]]) -> list[str]:
    """What is not as it should be: everybody hears these tones alone; two leave traces of the codec."""
    wrong = []
    for who, voices in hears.items():
        unheard = UNHEARD_DBFS if len(voices) < 2 else BETWEEN_DBFS
        for hz, loud in levels[who].items():
            right = CLEAR_DBFS[0] < loud < CLEAR_DBFS[1] if hz in voices else loud < unheard
            if not right:
                wrong.append(f"{who} hears {hz} Hz at {loud:.1f} dBFS")
    return wrong


async def expect(ears: Ears, **hears: set[int]) -> dict[str, dict[int, float]]:
    """Wait for a second in which everybody hears exactly these tones: a busy machine tears holes."""
    for _ in range(TRIES):
        levels = await ears.levels()
        if not (wrong := unlike(levels, hears)):
            return levels
    raise AssertionError("; ".join(wrong))


async def test_listen_whisper_and_barge_are_heard_where_they_should_and_nowhere_else(
    demo: Demo, people: dict[str, Person], customer: Party
) -> None:
    agent, lead = people["agent"], people["lead"]
    await asyncio.to_thread(agent.text.ready)
    await asyncio.to_thread(lead.text.signed_in)
    phones = [PhoneLink(agent.text), PhoneLink(lead.text)]
    wire = Wire(int(demo.sip.rpartition(":")[2]))
    try:
        for phone in phones:
            await phone.plain_sound()
        line = await customer.dial("8001")
        offer = await asyncio.to_thread(agent.text.wait, "offer", media="voice")
        await agent.do(f"accept {offer['interaction']}")
        await asyncio.to_thread(agent.text.wait, "call", interaction=offer["interaction"], state="up")
        await hears(line.ear, AGENT_HZ, "the customer", within_s=25)
        ears = Ears(line.ear, agent.ear, lead.ear)
        await supervised(people, phones[1], ears, wire, line.ear)
        await agent.do("hangup")
        await until(lambda: line.ended, why="the customer was not told of the end")
        await asyncio.to_thread(agent.text.close, offer["interaction"])
    finally:
        wire.close()
        for phone in phones:
            await phone.close()


async def supervised(
    people: dict[str, Person], phone: PhoneLink, ears: Ears, wire: Wire, customer: Ear
) -> None:
    agent, lead = people["agent"], people["lead"]
    both = {CUSTOMER_HZ, AGENT_HZ}
    wire.invites()
    mark = customer.mark()
    await lead.do("listen mateo")
    await until(phone.calls, why="the supervisor's phone was not rung")
    levels = {"listen": await expect(ears, customer={AGENT_HZ}, agent={CUSTOMER_HZ}, lead=both)}
    assert wire.invites() in {1, None}

    await lead.do("whisper")
    levels["whisper"] = await expect(ears, customer={AGENT_HZ}, agent={CUSTOMER_HZ, LEAD_HZ}, lead=both)
    unheard = loudest(customer.since(mark), LEAD_HZ)
    assert unheard < BETWEEN_DBFS, "a supervisor who listened or whispered reached the customer"

    await lead.do("barge")
    voices = {"customer": {AGENT_HZ, LEAD_HZ}, "agent": {CUSTOMER_HZ, LEAD_HZ}, "lead": both}
    levels["barge"] = await expect(ears, **voices)

    await lead.do("listen")
    await expect(ears, customer={AGENT_HZ}, agent={CUSTOMER_HZ}, lead=both)

    # On hold the supervisor hears whom was chosen, and the customer hears the music alone.
    await lead.do("barge")
    await agent.do("hold")
    await lead.do("hears agent")
    held = await expect(ears, lead={AGENT_HZ})
    assert held["customer"][LEAD_HZ] < BETWEEN_DBFS, "a supervisor is heard by a customer on hold"
    await lead.do("hears customer")
    await expect(ears, lead={CUSTOMER_HZ})
    await agent.do("resume")
    await lead.do("whisper")
    await expect(ears, customer={AGENT_HZ}, lead=both)

    # Card data: supervisors hear nothing, and hear again afterwards.
    await agent.do("secure on")
    await expect(ears, customer={AGENT_HZ}, lead=set())
    await agent.do("secure off")
    await expect(ears, customer={AGENT_HZ}, lead=both)

    assert len(phone.calls()) == 1, "the supervisor's phone was rung again"
    assert wire.invites() in {0, None}, "a change of the mode sent an INVITE to somebody"
    print("supervision, dBFS:", {mode: _rounded(told) for mode, told in levels.items()}, f"{unheard:.0f}")
    await lead.do("leave")


def _rounded(levels: dict[str, dict[int, float]]) -> dict[str, dict[int, float]]:
    return {who: {hz: round(loud) for hz, loud in heard.items()} for who, heard in levels.items()}
