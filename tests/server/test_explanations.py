"""Why did I get this, and why is nobody taking it: asked by a command, answered from the decision."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands
from agent_desktop.wire.routing import ExplanationModel
from tests.server.asking import FRENCH_FIRST, only, rules
from tests.server.floor import ANA, BEN, SUE, Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


async def explained(floor: Floor, asker: AgentId) -> ExplanationModel:
    reply = await floor.do(asker, commands.ExplainInteraction(interaction=only(floor).id))
    assert reply.result is not None
    assert reply.result.explanation is not None
    assert reply.result.lines == reply.result.explanation.lines
    return reply.result.explanation


async def test_why_did_i_get_this_is_answered_before_and_after_the_accept(floor: Floor) -> None:
    await floor.sign_in(ANA, BEN)
    await floor.call()
    before = await explained(floor, SUE)
    assert (before.nobody, before.free, before.waiting) == (False, 2, 1)
    assert [(c.id, c.name, c.why) for c in before.considered] == [
        (ANA, "Ana", "asked"),
        (BEN, "Ben", "same, but later by id"),
    ]
    assert [(c.id, c.name) for c in (await explained(floor, BEN)).considered] == [
        ("", "An agent"),
        (BEN, "Ben"),
    ]
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    assert (await explained(floor, SUE)).considered == before.considered


async def test_what_an_agent_came_free_for_is_explained_by_the_work_compared(floor: Floor) -> None:
    await floor.mail()
    await floor.sign_in(ANA)
    told = await explained(floor, SUE)
    assert (told.selection, told.rule) == ("first by place, priority and age", "")
    assert [(c.id, c.name) for c in told.considered] == [(only(floor).id, "amina@example.com")]


async def test_why_nobody_is_counted_and_says_what_opens_next(floor: Floor) -> None:
    rules(floor, steps=FRENCH_FIRST)
    await floor.sign_in(BEN)
    await floor.call()
    told = await explained(floor, SUE)
    assert told.nobody
    assert told.lines == (
        "Waits in Support",
        "Step 1 of 1: french ≥ 3",
        "1 signed out, 1 lacks french ≥ 3; anybody in the queue is asked in 0:30",
        "Ana: logged out",
        "Ben: does not meet: french ≥ 3",
    )
