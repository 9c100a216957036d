"""Every command is an action with a right; what is not one's own stays closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.permissions import ACTIONS
from agent_desktop.domain.types import AgentId
from agent_desktop.server import rights
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, SUE, Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = await Floor(tmp_path / "record.db").start()
    yield floor
    await floor.stop()


def test_every_command_of_the_wire_has_a_right() -> None:
    assert set(rights.ACTION) == set(commands.AnyCommand.__args__)
    assert set(rights.ACTION.values()) <= ACTIONS


def command_for(kind: type[commands.Command], interaction: str, conversation: str) -> commands.Command:
    """A command of this kind about one thing, every other field filled in somehow."""
    values: dict[str, object] = {}
    for name in kind.__struct_fields__:
        if name == "interaction":
            values[name] = interaction
        elif name == "conversation":
            values[name] = conversation
        elif name in kind.__struct_fields__[: len(kind.__struct_fields__) - len(kind.__struct_defaults__)]:
            values[name] = "x"
    if "typing" in kind.__struct_fields__:
        values["typing"] = True
    return kind(**values)


NAMES_A_THING = [
    kind
    for kind in commands.AnyCommand.__args__
    if {"interaction", "conversation"} & set(kind.__struct_fields__)
]


@pytest.mark.parametrize("kind", NAMES_A_THING, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("who", [BEN, AgentId("stranger")])
async def test_nobody_touches_work_that_is_neither_theirs_nor_in_their_queues(
    floor: Floor, kind: type[commands.Command], who: AgentId
) -> None:
    """The mail queue is Ana's alone: Ben serves others, a stranger none."""
    await floor.sign_in(ANA)
    await floor.mail()
    (offer,) = floor.board.snapshot(ANA).offers
    await floor.do(ANA, commands.AcceptOffer(offer=offer.id))
    conversation = floor.board.snapshot(ANA).conversations[0].id
    before = dict(floor.hub.tables.interactions), dict(floor.hub.tables.conversations)
    asked = command_for(kind, offer.interaction, conversation)
    if who not in floor.hub.tables.agents:
        floor.hub.tables.agents[who] = floor.hub.tables.agents[BEN].__class__(id=who, name="Stranger")
    reply = await floor.do(who, asked)
    open_to_all = kind in {commands.FetchTimeline, commands.LinkCustomer, commands.CreateCustomer}
    assert reply.code == "not_allowed" if not open_to_all else (reply.ok or reply.code == "not_yours")
    assert (dict(floor.hub.tables.interactions), dict(floor.hub.tables.conversations)) == before


async def test_a_supervisor_may_ask_why_about_any_interaction_and_an_agent_of_another_queue_not(
    floor: Floor,
) -> None:
    await floor.sign_in(SUE, ready=False)
    await floor.mail()
    (key,) = floor.hub.tables.interactions
    assert (await floor.do(SUE, commands.ExplainInteraction(interaction=key))).ok
    assert (await floor.do(BEN, commands.ExplainInteraction(interaction=key))).code == "not_allowed"
