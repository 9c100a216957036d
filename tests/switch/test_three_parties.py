"""Supervision, consults, conferences and transfers with four real telephones, judged by their tones.

Each telephone says one tone: the customer 440 Hz, the agent 700, the colleague 900, the lead 1250.  What
each heard was recorded by the telephone itself.  1250 Hz lies between the harmonics that G.711 makes of
the others, so that what is measured there is the lead's voice alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import Pcm
from agent_desktop.wire.switch import (
    AddLeg,
    AnswerCall,
    CallArrived,
    CallChanged,
    CallEnded,
    ConnectAgent,
    HangUpCall,
    HoldCall,
    LegEnded,
    PromoteLeg,
    RemoveLeg,
    SetTalk,
    Supervise,
    SwitchCall,
)

from . import slot
from .conftest import (
    HOST,
    SIP_PORT,
    Baresip,
    LinkRouter,
    SwitchProcess,
    loudest_at,
    pieces,
    seconds_of,
    until,
)

pytestmark = pytest.mark.peer

CUSTOMER_HZ, AGENT_HZ, COLLEAGUE_HZ, LEAD_HZ, MUSIC_HZ = 440, 700, 900, 1250, 600
STAY_S = 1.2  # how long each state lasts
UNHEARD_DBFS = -60.0


def telephone(
    factory: pytest.TempPathFactory, name: str, extension: str, hz: int, ports: tuple[int, int]
) -> Iterator[Baresip]:
    phone = Baresip(factory.mktemp(name), name, ports, BS_USER=extension, BS_TONE_HZ=str(hz))
    phone.start()
    yield phone
    phone.stop()


@pytest.fixture(scope="module")
def colleague(tmp_path_factory: pytest.TempPathFactory, switch: SwitchProcess) -> Iterator[Baresip]:
    yield from telephone(tmp_path_factory, "colleague", "202", COLLEAGUE_HZ, slot.SPARE)


@pytest.fixture(scope="module")
def lead(tmp_path_factory: pytest.TempPathFactory, switch: SwitchProcess) -> Iterator[Baresip]:
    yield from telephone(tmp_path_factory, "lead", "203", LEAD_HZ, slot.LEAD)


@pytest.fixture
def phones(customer: Baresip, agent: Baresip, colleague: Baresip, lead: Baresip) -> dict[int, Baresip]:
    """Everybody, by their tones."""
    return {CUSTOMER_HZ: customer, AGENT_HZ: agent, COLLEAGUE_HZ: colleague, LEAD_HZ: lead}


@pytest.fixture
async def talking(router: LinkRouter, customer: Baresip, agent: Baresip) -> AsyncIterator[str]:
    """A customer and extension 201 who talk."""
    await customer.do("dial", f"sip:4000@{HOST}:{SIP_PORT}")
    call = (await router.event(CallArrived)).call.id
    await router.do(AnswerCall(call=call))
    await router.do(ConnectAgent(call=call, extension="201", interaction="i-7"))
    await changed(router, lambda call: call.state == "bridged")
    yield call
    await router.ask(HangUpCall(call=call))


async def changed(router: LinkRouter, fits: object) -> SwitchCall:
    """The newest word about the call, once it fits."""
    assert callable(fits)

    def newest() -> SwitchCall | None:
        told = router.all(CallChanged)
        return told[-1].call if told and fits(told[-1].call) else None

    found: SwitchCall = await until(newest, why="the call as it should be")
    return found


def up(label: str) -> object:
    return lambda call: any(leg.id == label and leg.state == "up" for leg in call.legs)


async def brought_in(router: LinkRouter, command: AddLeg | Supervise) -> None:
    await router.do(command)
    await changed(router, up(command.leg))


def steady(sound: Pcm, hz: float) -> list[Pcm]:
    """The tenths of a second within the longest stretch in which a tone was there, without its edges."""
    parts = pieces(sound)
    there = [tones.tone_dbfs(part, hz) > -20 for part in parts]
    longest: list[Pcm] = []
    stretch: list[Pcm] = []
    for part, sounds in zip(parts, there, strict=True):
        stretch = [*stretch, part] if sounds else []
        longest = max(longest, stretch, key=len)
    assert len(longest) > 8, f"{hz} Hz was never heard for long"
    return longest[2:-2]


def loudest_in(parts: list[Pcm], hz: float) -> float:
    return max(tones.tone_dbfs(part, hz) for part in parts)


async def test_a_whisper_and_a_listener_never_reach_the_customer(
    router: LinkRouter, customer: Baresip, agent: Baresip, lead: Baresip, talking: str
) -> None:
    began = {}
    for number, mode in enumerate(("listen", "whisper", "listen", "whisper")):
        order = Supervise(call=talking, leg="s1", mode=mode, extension="203")
        if number == 0:
            await brought_in(router, order)
        else:
            await router.do(order)
        began[number] = time.monotonic()
        await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=talking))
    whispered = began[2] - began[1] + time.monotonic() - began[3]
    by_customer, by_agent, by_lead = await customer.heard(), await agent.heard(), await lead.heard()
    parts = steady(by_customer, AGENT_HZ)
    assert len(parts) * 0.1 > 4 * STAY_S - 0.5
    assert loudest_in(parts, LEAD_HZ) < UNHEARD_DBFS
    assert seconds_of(by_agent, LEAD_HZ) == pytest.approx(whispered, abs=0.5)
    assert loudest_at(by_agent, LEAD_HZ) == pytest.approx(-12.3, abs=1.5)
    assert seconds_of(by_lead, CUSTOMER_HZ) > 4 * STAY_S - 0.5
    assert seconds_of(by_lead, AGENT_HZ) > 4 * STAY_S - 0.5


async def test_the_mode_changes_without_a_redial_and_barging_is_heard_by_both(
    router: LinkRouter, customer: Baresip, agent: Baresip, lead: Baresip, talking: str
) -> None:
    before = lead.log().count("Call established")
    await brought_in(router, Supervise(call=talking, leg="s1", mode="listen", extension="203"))
    await asyncio.sleep(STAY_S)
    began = {}
    for mode in ("whisper", "barge", "listen"):
        await router.do(Supervise(call=talking, leg="s1", mode=mode))
        began[mode] = time.monotonic()
        await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=talking))
    assert lead.log().count("Call established") == before + 1
    by_customer, by_agent, by_lead = await customer.heard(), await agent.heard(), await lead.heard()
    assert seconds_of(by_customer, LEAD_HZ) == pytest.approx(began["listen"] - began["barge"], abs=0.4)
    assert seconds_of(by_agent, LEAD_HZ) == pytest.approx(began["listen"] - began["whisper"], abs=0.5)
    assert loudest_at(by_customer, LEAD_HZ) == pytest.approx(-12.3, abs=1.5)
    assert seconds_of(by_lead, CUSTOMER_HZ) > 4 * STAY_S - 0.5
    assert loudest_at(by_lead, AGENT_HZ) == pytest.approx(-12.3, abs=1.5)


async def test_on_hold_the_supervisor_hears_only_whom_was_chosen_and_the_customer_only_music(
    router: LinkRouter, customer: Baresip, agent: Baresip, lead: Baresip, talking: str
) -> None:
    order = Supervise(call=talking, leg="s1", mode="barge", extension="203", hears="agent")
    await router.do(HoldCall(call=talking))
    await brought_in(router, order)
    await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=talking))
    by_customer, by_lead = await customer.heard(), await lead.heard()
    await agent.heard()
    music = steady(by_customer, MUSIC_HZ)
    assert loudest_in(music, LEAD_HZ) < -40
    assert loudest_in(steady(by_lead, AGENT_HZ), CUSTOMER_HZ) < -45
    assert loudest_in(steady(by_lead, AGENT_HZ), MUSIC_HZ) < -45


async def test_a_consult_a_swap_and_a_completed_transfer(
    router: LinkRouter, customer: Baresip, agent: Baresip, colleague: Baresip, talking: str
) -> None:
    await brought_in(router, AddLeg(call=talking, leg="g1", extension="202", interaction="i-7"))
    consulted = time.monotonic()
    await asyncio.sleep(STAY_S)  # the customer hears music
    await router.do(SetTalk(call=talking, with_whom="customer"))
    swapped = time.monotonic()
    await asyncio.sleep(STAY_S)  # the colleague hears music
    await router.do(PromoteLeg(call=talking, leg="g1"))
    call = await changed(router, lambda call: call.extension == "202")
    assert call.state == "bridged"
    joined = time.monotonic()
    await asyncio.sleep(STAY_S)
    await colleague.do("hangup")
    assert (await router.event(CallEnded)).call.ended_by == "agent"
    over = time.monotonic()
    by_customer, by_agent = await customer.heard(), await agent.heard()
    by_colleague = await colleague.heard()
    assert seconds_of(by_customer, MUSIC_HZ) > STAY_S - 0.4
    assert seconds_of(by_customer, COLLEAGUE_HZ) == pytest.approx(over - joined, abs=0.5)
    assert seconds_of(by_agent, COLLEAGUE_HZ) == pytest.approx(swapped - consulted, abs=0.5)
    assert seconds_of(by_agent, MUSIC_HZ) == 0
    assert seconds_of(by_colleague, MUSIC_HZ) == pytest.approx(joined - swapped, abs=0.5)
    assert seconds_of(by_colleague, CUSTOMER_HZ) == pytest.approx(over - joined, abs=0.5)


async def test_four_people_confer_and_the_agent_leaves_without_ending_it(
    router: LinkRouter, phones: dict[int, Baresip], talking: str
) -> None:
    for leg, extension in (("g1", "202"), ("g2", "203")):
        await brought_in(router, AddLeg(call=talking, leg=leg, extension=extension))
        await router.do(SetTalk(call=talking, with_whom="all"))
    await asyncio.sleep(STAY_S)
    await router.do(PromoteLeg(call=talking, leg="g1"))
    await asyncio.sleep(STAY_S)
    await router.do(RemoveLeg(call=talking, leg="g2"))
    assert (await router.event(LegEnded)).leg == "g2"
    await asyncio.sleep(0.3)
    assert not router.all(CallEnded)
    await router.do(HangUpCall(call=talking))
    heard = {hz: await phone.heard() for hz, phone in phones.items()}
    for own, sound in heard.items():
        assert loudest_at(sound, own) < -25, f"{own} Hz hears itself"
        for other in heard.keys() - {own}:
            assert seconds_of(sound, other) > STAY_S - 0.4, f"{own} Hz does not hear {other} Hz"
    assert seconds_of(heard[CUSTOMER_HZ], LEAD_HZ) > 2 * STAY_S - 0.5


async def test_a_blind_transfer_reaches_the_colleague(
    router: LinkRouter, customer: Baresip, agent: Baresip, colleague: Baresip, talking: str
) -> None:
    await asyncio.sleep(0.5)
    await router.do(AddLeg(call=talking, leg="g1", extension="202", blind=True))
    await changed(router, lambda call: call.extension == "202" and call.state == "bridged")
    moved = time.monotonic()
    await asyncio.sleep(STAY_S)
    await router.do(HangUpCall(call=talking))
    stayed = time.monotonic() - moved
    assert seconds_of(await customer.heard(), COLLEAGUE_HZ) == pytest.approx(stayed, abs=0.5)
    assert seconds_of(await colleague.heard(), CUSTOMER_HZ) == pytest.approx(stayed, abs=0.5)
    await agent.heard()


async def test_a_blind_transfer_that_nobody_answers_brings_the_customer_back_to_the_agent(
    tmp_path: Path, router: LinkRouter, customer: Baresip, agent: Baresip, talking: str
) -> None:
    phone = Baresip(tmp_path, "slow", slot.FOURTH, BS_USER="204", BS_ANSWER="manual")
    await asyncio.to_thread(phone.start)
    try:
        await router.do(AddLeg(call=talking, leg="g1", extension="204", blind=True, timeout_s=1.5))
        failed = await router.event(LegEnded)
        assert (failed.was_up, failed.status) == (False, 408)
        await asyncio.sleep(0.4)
        await router.do(ConnectAgent(call=talking, extension="201", interaction="i-7"))
        await changed(router, lambda call: call.state == "bridged")
        await asyncio.sleep(STAY_S)
        await router.do(HangUpCall(call=talking))
        by_customer = await customer.heard()
        assert seconds_of(by_customer, MUSIC_HZ) > 1.5
        assert tones.tone_dbfs(np.concatenate(pieces(by_customer)[-8:-3]), AGENT_HZ) > -20
    finally:
        await asyncio.to_thread(phone.stop)
        await agent.heard()
