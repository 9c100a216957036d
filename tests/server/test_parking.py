from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.interaction import Noted
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, Floor
from tests.server.talking import talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


async def test_a_call_that_nobody_takes_rings_again_at_who_parked_it(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.wait(121)
    assert call.now.offer is not None
    assert call.now.offer.agent == ANA


async def test_news_of_a_parked_call_do_not_keep_it_parked(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.wait(60)
    news = Noted(interaction=call.interaction, at=floor.hub.clock.now(), customer_name="Amina")
    await floor.hub.run(lambda step: step.interaction(news))
    await floor.wait(61)
    assert call.now.offer is not None


async def test_a_call_that_is_parked_again_has_the_whole_time_anew(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.wait(60)
    await floor.do(ANA, commands.TakeInteraction(interaction=call.interaction))
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.wait(61)
    assert call.now.state == "parked"
    await floor.wait(60)
    assert call.now.offer is not None


async def test_a_restart_does_not_forget_what_is_parked(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    await floor.restart()
    await floor.wait(121)
    assert floor.hub.tables.interactions[call.interaction].state in {"queued", "offered"}


async def test_a_call_that_was_taken_stays_where_it_is(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    assert (await floor.do(BEN, commands.TakeInteraction(interaction=call.interaction))).ok
    await floor.wait(121)
    assert (call.now.state, call.now.agent) == ("active", BEN)


async def test_a_parked_call_is_a_target_and_a_callback_is_none(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN)
    at = floor.hub.clock.now() + 3600
    await floor.do(ANA, commands.AskCallback(interaction=call.interaction, at=at))
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    found = (await floor.do(BEN, commands.FindTargets(text=""))).result
    assert found is not None
    assert [t.id for t in found.targets if t.kind == "parked"] == [call.interaction]


async def test_nothing_is_parked_in_a_consult(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.Consult(interaction=call.interaction, target="+4930123"))
    await call.guest(number="+4930123")
    reply = await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    assert (reply.ok, reply.code) == (False, "consult_open")
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.Unbridge)]


async def test_who_is_on_a_call_takes_no_second_one(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    second = await talk(floor, call="c2")
    assert second.now.agent == ANA
    reply = await floor.do(ANA, commands.TakeInteraction(interaction=call.interaction))
    assert (reply.ok, reply.code) == (False, "busy")
    assert (await floor.do(ANA, commands.HoldInteraction(interaction=second.interaction))).ok
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=call.interaction))).ok
