from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.call import guests
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import commands, events
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, Floor
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


@pytest.fixture
async def call(floor: Floor) -> Talk:
    return await talk(floor)


async def ask(call: Talk, command: commands.AnyCommand, agent: AgentId = ANA) -> events.Reply:
    return await call.floor.do(agent, command)


def last(call: Talk, kind: type[wire.SwitchCommand]) -> wire.SwitchCommand:
    return call.floor.exchange.last(kind)


async def test_a_consult_rings_the_colleague_by_name(call: Talk) -> None:
    await call.floor.sign_in(BEN)
    assert (await ask(call, commands.Consult(interaction=call.interaction, target="Ben"))).ok
    added = last(call, wire.AddLeg)
    assert isinstance(added, wire.AddLeg)
    assert (added.extension, added.interaction, added.from_name, added.blind) == (
        "102",
        call.interaction,
        "Ana",
        False,
    )


async def test_who_is_asked_sees_the_interaction_while_it_rings_and_is_offered_no_call(call: Talk) -> None:
    floor = call.floor
    await floor.sign_in(BEN)
    await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    await call.guest("ben", up=False)
    seen = floor.board.snapshot(BEN)
    assert [i.id for i in seen.interactions] == [call.interaction]
    assert seen.customers or seen.conversations
    await floor.call("c2", caller="+4930")
    waiting = [i for i in floor.hub.tables.interactions.values() if i.state == "queued"]
    assert len(waiting) == 1


async def test_a_second_consult_is_refused_with_the_reason(call: Talk) -> None:
    await call.floor.sign_in(BEN)
    await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    await call.guest("ben")
    reply = await ask(call, commands.Consult(interaction=call.interaction, target="+4930123"))
    assert (reply.ok, reply.code) == (False, "consult_open")


@pytest.mark.parametrize(
    ("target", "code"),
    [("nobody", "unknown_target"), ("ana", "yourself"), ("", "unknown_target"), ("1", "unknown_target")],
)
async def test_a_target_that_means_nothing_is_refused(call: Talk, target: str, code: str) -> None:
    reply = await ask(call, commands.Consult(interaction=call.interaction, target=target))
    assert (reply.ok, reply.code) == (False, code)


async def test_a_colleague_without_a_phone_cannot_be_asked(call: Talk) -> None:
    await call.say(wire.ExtensionRegistered(extension="102", registered=False))
    reply = await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    assert (reply.ok, reply.code) == (False, "no_phone")


async def test_a_guest_who_does_not_answer_brings_the_agent_back_and_says_so(call: Talk) -> None:
    await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    leg = await call.guest("ben", up=False)
    await call.say(wire.LegEnded(call="c1", leg=leg, was_up=False, status=486, detail="Busy here."))
    now = call.now.call
    assert now is not None
    assert (now.talk, guests(now), now.notice) == ("customer", (), "Ben did not answer: Busy here.")
    assert call.now.state == "active"


async def test_swap_and_conference_go_to_the_exchange(call: Talk) -> None:
    await ask(call, commands.Consult(interaction=call.interaction, target="+4930123"))
    await call.guest(number="+4930123")
    for whom in ("customer", "guest", "all"):
        assert (await ask(call, commands.TalkWith(interaction=call.interaction, with_whom=whom))).ok
        assert last(call, wire.SetTalk) == wire.SetTalk(call="c1", with_whom=whom)


async def test_nobody_can_be_swapped_with_while_the_guest_rings(call: Talk) -> None:
    await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    await call.guest("ben", up=False)
    reply = await ask(call, commands.TalkWith(interaction=call.interaction, with_whom="all"))
    assert (reply.ok, reply.code) == (False, "guest_rings")


async def test_completing_hands_the_interaction_to_the_guest(call: Talk) -> None:
    floor = call.floor
    await floor.sign_in(BEN)
    await ask(call, commands.Consult(interaction=call.interaction, target="ben"))
    leg = await call.guest("ben")
    assert (await ask(call, commands.CompleteTransfer(interaction=call.interaction))).ok
    assert last(call, wire.PromoteLeg) == wire.PromoteLeg(call="c1", leg=leg)
    call.extension, call.with_whom = "102", "customer"
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="agent", state="up", extension="102")]
    await call.tell()
    assert (call.now.agent, call.now.state) == (BEN, "active")
    assert [i.id for i in floor.board.snapshot(BEN).interactions] == [call.interaction]
    (part,) = floor.board.snapshot(ANA).interactions  # what is left for Ana is the form of her part
    assert (part.state, part.call, part.id == call.interaction) == ("wrap_up", None, False)


async def test_an_outside_guest_goes_on_with_the_customer_and_the_agent_wraps_up(call: Talk) -> None:
    await ask(call, commands.Consult(interaction=call.interaction, target="+4930123"))
    leg = await call.guest(number="+4930123")
    await ask(call, commands.CompleteTransfer(interaction=call.interaction))
    call.extension = ""
    call.legs = [call.legs[0], wire.SwitchLeg(id=leg, kind="guest", state="up", number="+4930123")]
    await call.tell()
    assert call.now.state == "wrap_up"
    assert not [c for c in call.floor.exchange.asked if isinstance(c, wire.HangUpCall)]


async def test_a_guest_is_muted_and_taken_out(call: Talk) -> None:
    await ask(call, commands.Consult(interaction=call.interaction, target="+4930123"))
    leg = await call.guest(number="+4930123")
    assert (await ask(call, commands.SetLegMute(interaction=call.interaction, leg=leg))).ok
    assert last(call, wire.MuteLeg) == wire.MuteLeg(call="c1", leg=leg, on=True)
    assert (await ask(call, commands.DropLeg(interaction=call.interaction, leg=leg))).ok
    assert last(call, wire.RemoveLeg) == wire.RemoveLeg(call="c1", leg=leg)
    reply = await ask(call, commands.DropLeg(interaction=call.interaction, leg="lc"))
    assert (reply.ok, reply.code) == (False, "unknown_leg")


async def test_a_call_sent_to_a_number_that_answers_leaves_the_agent(call: Talk) -> None:
    assert (
        await ask(call, commands.TransferInteraction(interaction=call.interaction, target="+4930 123"))
    ).ok
    added = last(call, wire.AddLeg)
    assert isinstance(added, wire.AddLeg)
    assert (added.number, added.blind) == ("+4930123", True)
    call.extension = ""
    call.legs = [call.legs[0], wire.SwitchLeg(id=added.leg, kind="guest", state="ringing", number="+4930123")]
    await call.tell("connecting")
    assert call.now.state == "active"
    call.legs = [call.legs[0], wire.SwitchLeg(id=added.leg, kind="guest", state="up", number="+4930123")]
    await call.tell("bridged")
    assert call.now.state == "wrap_up"


async def test_a_call_sent_to_a_number_that_is_busy_comes_back(call: Talk) -> None:
    await ask(call, commands.TransferInteraction(interaction=call.interaction, target="+4930123"))
    added = last(call, wire.AddLeg)
    assert isinstance(added, wire.AddLeg)
    call.extension = ""
    call.legs = [call.legs[0], wire.SwitchLeg(id=added.leg, kind="guest", state="ringing", number="+4930123")]
    await call.tell("connecting")
    await call.say(wire.LegEnded(call="c1", leg=added.leg, status=486, detail="Busy here"))
    again = last(call, wire.ConnectAgent)
    assert isinstance(again, wire.ConnectAgent)
    assert (again.extension, again.interaction, call.now.state) == ("101", call.interaction, "active")
    assert call.now.call is not None
    assert "did not answer" in call.now.call.notice


async def test_a_transfer_key_on_a_desk_phone_is_the_same_act(call: Talk) -> None:
    await call.say(wire.TransferAsked(call="c1", extension="101", target="+4930123"))
    added = last(call, wire.AddLeg)
    assert isinstance(added, wire.AddLeg)
    assert (added.number, added.blind) == ("+4930123", True)


async def test_a_desk_phone_joins_its_two_calls(call: Talk) -> None:
    await call.say(wire.TransferAsked(call="c1", extension="101", target="", with_call="c2"))
    order = last(call, wire.PromoteLeg)
    assert isinstance(order, wire.PromoteLeg)
    assert (order.call, order.from_call, bool(order.leg)) == ("c1", "c2", True)


async def test_another_phone_cannot_transfer_the_call(call: Talk) -> None:
    before = len(call.floor.exchange.asked)
    await call.say(wire.TransferAsked(call="c1", extension="102", target="+4930123"))
    assert len(call.floor.exchange.asked) == before


async def test_a_parked_call_hears_music_and_a_colleague_takes_it(call: Talk) -> None:
    floor = call.floor
    await floor.sign_in(BEN)
    assert (await ask(call, commands.ParkInteraction(interaction=call.interaction))).ok
    assert last(call, wire.Unbridge) == wire.Unbridge(call="c1")
    assert not floor.hub.tables.in_hand.get(ANA)
    assert (await floor.do(BEN, commands.TakeInteraction(interaction=call.interaction))).ok
    connect = last(call, wire.ConnectAgent)
    assert isinstance(connect, wire.ConnectAgent)
    assert (connect.extension, call.now.agent, call.now.state) == ("102", BEN, "active")


async def test_a_customer_who_hangs_up_while_parked_is_wrapped_up_by_who_parked(call: Talk) -> None:
    await ask(call, commands.ParkInteraction(interaction=call.interaction))
    await call.say(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    found = call.floor.hub.tables.interactions[call.now.id] if "c1" in call.floor.hub.tables.by_call else None
    assert found is not None
    assert (found.state, found.agent) == ("wrap_up", ANA)


async def test_keys_of_the_customer_are_shown_and_those_of_others_are_not(call: Talk) -> None:
    await call.say(wire.KeysPressed(call="c1", leg="lc", digits="42"))
    await call.say(wire.KeysPressed(call="c1", leg="la", digits="9"))
    assert call.now.call is not None
    assert call.now.call.keys == "42"
