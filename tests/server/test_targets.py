"""Where work can go: only queues that serve its medium, and nobody is asked to talk in a chat."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, Floor
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


@pytest.fixture
async def call(floor: Floor) -> Talk:
    made = await talk(floor)
    await floor.sign_in(BEN)
    return made


async def found(floor: Floor, interaction: str) -> list[tuple[str, str]]:
    result = (await floor.do(ANA, commands.FindTargets(interaction=interaction))).result
    assert result is not None
    return [(target.kind, target.id) for target in result.targets]


async def test_a_call_goes_to_agents_and_to_queues_of_voice_alone(call: Talk) -> None:
    assert await found(call.floor, call.interaction) == [("agent", BEN), ("queue", "support")]


async def test_a_chat_goes_to_queues_of_chat_alone_and_not_to_parked_calls(call: Talk) -> None:
    floor = call.floor
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.chat("Hello", "m1")
    chat = next(i.id for i in floor.hub.tables.interactions.values() if i.medium == "chat")
    assert await found(floor, chat) == [("agent", BEN), ("queue", "webchat")]
    assert ("parked", call.interaction) in await found(floor, "")


async def test_without_a_subject_every_queue_is_found(call: Talk) -> None:
    queues = [key for kind, key in await found(call.floor, "") if kind == "queue"]
    assert queues == ["mail", "support", "webchat"]


async def blind_to_ben(call: Talk, interaction: str) -> tuple[bool, str]:
    result = (await call.floor.do(ANA, commands.FindTargets(interaction=interaction, text="Ben"))).result
    assert result is not None
    return result.targets[0].blind, result.targets[0].reason


async def test_a_call_is_sent_on_blind_only_to_who_would_be_rung(call: Talk) -> None:
    away = "Not ready, so nobody would be rung. Consult, or choose a queue."
    await call.floor.do(BEN, commands.SetNotReady(reason="break"))
    assert await blind_to_ben(call, call.interaction) == (False, away)
    assert (await blind_to_ben(call, ""))[0]
    await call.floor.do(BEN, commands.SetReady())
    assert (await blind_to_ben(call, call.interaction))[0]
