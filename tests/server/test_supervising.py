from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.interaction import ActNoted
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, SUE, Floor
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


@pytest.fixture
async def call(floor: Floor) -> Talk:
    await floor.sign_in(SUE, ready=False)
    return await talk(floor)


def supervise(call: Talk) -> wire.Supervise:
    order = call.floor.exchange.last(wire.Supervise)
    assert isinstance(order, wire.Supervise)
    return order


async def joined(call: Talk, mode: str = "listen", up_at: float = 0.0) -> str:
    leg = supervise(call).leg
    call.legs = [
        *[kept for kept in call.legs if kept.id != leg],
        wire.SwitchLeg(id=leg, kind="supervisor", state="up", extension="103", mode=mode, up_at=up_at),
    ]
    await call.tell()
    return leg


async def test_a_supervisor_listens_and_changes_the_mode_on_the_same_leg(call: Talk) -> None:
    floor = call.floor
    assert (await floor.do(SUE, commands.Supervise(agent="ana", mode="listen"))).ok
    first = supervise(call)
    assert (first.extension, first.mode, first.name) == ("103", "listen", "Sue")
    await joined(call)
    for mode in ("whisper", "barge", "listen"):
        assert (await floor.do(SUE, commands.Supervise(agent="ana", mode=mode))).ok
        assert (supervise(call).leg, supervise(call).mode) == (first.leg, mode)


async def test_every_act_of_a_supervisor_is_logged(call: Talk) -> None:
    floor = call.floor
    for mode in ("listen", "whisper", "barge"):
        await floor.do(SUE, commands.Supervise(agent="ana", mode=mode))
        await joined(call, mode)
    await floor.do(SUE, commands.Supervise(mode="off"))
    acts = [e.act for _, e in floor.store.events() if isinstance(e, ActNoted)]
    assert acts == ["listen", "whisper", "barge", "off"]


async def test_leaving_takes_the_leg_away(call: Talk) -> None:
    await call.floor.do(SUE, commands.Supervise(agent="ana"))
    leg = await joined(call)
    assert (await call.floor.do(SUE, commands.Supervise(mode="off"))).ok
    assert call.floor.exchange.last(wire.RemoveLeg) == wire.RemoveLeg(call="c1", leg=leg)


async def test_an_agent_may_not_listen(call: Talk) -> None:
    await call.floor.sign_in(BEN)
    reply = await call.floor.do(BEN, commands.Supervise(agent="ana"))
    assert (reply.ok, reply.code) == (False, "not_allowed")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (commands.Supervise(agent="ben"), "no_call"),
        (commands.Supervise(agent="nobody"), "unknown_agent"),
        (commands.Supervise(agent="ana", mode="spy"), "bad_value"),
        (commands.Supervise(agent="ana", hears="nobody"), "bad_value"),
        (commands.Supervise(mode="off"), "not_there"),
    ],
)
async def test_what_cannot_be_supervised_is_refused(
    call: Talk, command: commands.Supervise, code: str
) -> None:
    reply = await call.floor.do(SUE, command)
    assert (reply.ok, reply.code) == (False, code)


async def test_taking_over_needs_a_leg_and_makes_the_supervisor_the_agent(call: Talk) -> None:
    floor = call.floor
    reply = await floor.do(SUE, commands.TakeOver(interaction=call.interaction))
    assert (reply.ok, reply.code) == (False, "not_there")
    await floor.do(SUE, commands.Supervise(agent="ana"))
    leg = await joined(call)
    assert (await floor.do(SUE, commands.TakeOver(interaction=call.interaction))).ok
    assert floor.exchange.last(wire.PromoteLeg) == wire.PromoteLeg(call="c1", leg=leg)
    call.extension = "103"
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="103")]
    await call.tell()
    assert (call.now.agent, call.now.state) == (SUE, "active")


async def test_who_listens_may_leave_while_the_customer_waits_for_another_agent(call: Talk) -> None:
    """The exchange leaves supervisors with the customer when the agent goes."""
    floor = call.floor
    await floor.do(SUE, commands.Supervise(agent="ana"))
    leg = await joined(call)
    await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Support"))
    call.extension, call.legs = "", [call.legs[0], call.legs[-1]]
    await call.tell("treatment")
    refused = await floor.do(SUE, commands.Supervise(interaction=call.interaction, mode="barge"))
    assert refused.code == "not_connected"
    assert (await floor.do(SUE, commands.Supervise(mode="off"))).ok
    assert floor.exchange.last(wire.RemoveLeg) == wire.RemoveLeg(call="c1", leg=leg)


async def test_a_call_that_was_just_sent_on_is_not_taken_over_from_the_colleague_it_rings_at(
    call: Talk,
) -> None:
    """The exchange has not told yet that the agent is out: what the record says counts."""
    floor = call.floor
    await floor.sign_in(BEN)
    await floor.do(SUE, commands.Supervise(agent="ana"))
    await joined(call)
    await floor.do(ANA, commands.TransferInteraction(interaction=call.interaction, target="Ben"))
    assert (call.now.state, call.now.call.state if call.now.call else "") == ("offered", "bridged")
    reply = await floor.do(SUE, commands.TakeOver(interaction=call.interaction))
    assert (reply.ok, reply.code) == (False, "not_connected")
    assert not [order for order in floor.exchange.asked if isinstance(order, wire.PromoteLeg)]


async def test_who_took_a_call_over_is_told_that_and_not_why_it_was_offered_to_another(call: Talk) -> None:
    floor = call.floor
    assert call.now.reasons == ("You were the only free agent", "Waited 0:00 in Support")
    await floor.do(SUE, commands.Supervise(agent="ana"))
    leg = await joined(call)
    await floor.do(SUE, commands.TakeOver(interaction=call.interaction))
    call.extension = "103"
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="103")]
    await call.tell()
    reply = await floor.do(SUE, commands.ExplainInteraction(interaction=call.interaction))
    assert reply.result is not None
    assert reply.result.explanation is not None
    assert reply.result.explanation.lines == ("Taken over by Sue",)
    assert reply.result.explanation.considered == ()


async def test_a_parked_call_that_its_listener_takes_is_one_call_at_the_listeners_phone(call: Talk) -> None:
    floor = call.floor
    await floor.do(SUE, commands.Supervise(agent="ana", mode="barge"))
    leg = await joined(call, "barge")
    await floor.do(ANA, commands.ParkInteraction(interaction=call.interaction))
    call.extension, call.legs = "", [call.legs[0], call.legs[-1]]
    await call.tell("treatment")
    assert (await floor.do(SUE, commands.TakeInteraction(interaction=call.interaction))).ok
    gone, rings = floor.exchange.asked[-2:]
    assert gone == wire.RemoveLeg(call="c1", leg=leg)
    assert isinstance(rings, wire.ConnectAgent)
    assert rings.extension == "103"


async def test_the_agent_sees_who_listens_unless_the_policy_is_private(call: Talk) -> None:
    floor = call.floor
    await floor.do(SUE, commands.Supervise(agent="ana"))
    await joined(call)
    seen = floor.board.snapshot(ANA).interactions[0].call
    assert seen is not None
    assert [leg.name for leg in seen.legs if leg.kind == "supervisor"] == ["Sue"]
    object.__setattr__(floor.hub.centre, "supervision", "private")
    await call.tell(ended_why="x")
    hidden = floor.board.snapshot(ANA).interactions[0].call
    assert hidden is not None
    assert not [leg for leg in hidden.legs if leg.kind == "supervisor"]
    told = [body for _, body in floor.board.receiver(ANA).stream.since(0) or [] if b"ended_why" in body]
    assert told
    assert not any(b"Sue" in body for body in told)
    shown = floor.board.snapshot(SUE).interactions[0].call
    assert shown is not None
    assert [leg.name for leg in shown.legs if leg.kind == "supervisor"] == ["Sue"]


async def test_a_supervisor_in_a_call_is_offered_no_other(call: Talk) -> None:
    floor = call.floor
    await floor.do(SUE, commands.Supervise(agent="ana"))
    await joined(call)
    assert floor.hub.load(SUE)["voice"] == 1  # type: ignore[index]
