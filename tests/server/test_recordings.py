from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.interaction import ActNoted
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, SUPPORT, Floor
from tests.server.talking import Talk, talk


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def policy(floor: Floor, recording: str, consent: str = "") -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], recording=recording, consent=consent)


def orders(floor: Floor) -> list[wire.Record]:
    return [c for c in floor.exchange.asked if isinstance(c, wire.Record)]


async def recorded(call: Talk, state: str, length_s: float = 0.0) -> None:
    name = orders(call.floor)[0].recording
    await call.say(wire.RecordingChanged(call="c1", recording=name, state=state, length_s=length_s, path="p"))


async def test_a_queue_that_always_records_begins_with_the_consent(floor: Floor) -> None:
    policy(floor, "always", "This call is recorded.")
    await talk(floor)
    (order,) = orders(floor)
    assert (order.act, order.announce) == ("start", (wire.Prompt(text="This call is recorded."),))
    assert order.path.endswith(".rec")


async def test_a_queue_without_a_recording_records_nothing(floor: Floor) -> None:
    call = await talk(floor)
    assert not orders(floor)
    reply = await floor.do(ANA, commands.SetRecording(interaction=call.interaction, act="start"))
    assert (reply.ok, reply.code) == (False, "not_allowed")


async def test_an_agent_starts_pauses_resumes_and_stops_on_demand_and_each_is_logged(floor: Floor) -> None:
    policy(floor, "on_demand")
    call = await talk(floor)
    state = {"start": "on", "pause": "paused", "resume": "on", "stop": "off"}
    for act, after in state.items():
        assert (await floor.do(ANA, commands.SetRecording(interaction=call.interaction, act=act))).ok
        assert orders(floor)[-1].act == act
        await recorded(call, after, 12.5 if after == "off" else 0.0)
    assert len({order.recording for order in orders(floor)}) == 1
    acts = [e.act for _, e in floor.store.events() if isinstance(e, ActNoted)]
    assert acts == [f"recording_{act}" for act in state]
    assert [(r.length_s, r.path) for r in call.now.recordings] == [(12.5, "p")]


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "erase"])
async def test_an_act_that_does_not_fit_is_refused(floor: Floor, act: str) -> None:
    policy(floor, "on_demand")
    call = await talk(floor)
    reply = await floor.do(ANA, commands.SetRecording(interaction=call.interaction, act=act))
    assert not reply.ok


async def test_a_recording_that_must_be_is_not_stopped(floor: Floor) -> None:
    policy(floor, "always")
    call = await talk(floor)
    await recorded(call, "on")
    reply = await floor.do(ANA, commands.SetRecording(interaction=call.interaction, act="stop"))
    assert (reply.ok, reply.code) == (False, "not_allowed")


async def test_a_forgotten_pause_ends_by_itself(floor: Floor) -> None:
    policy(floor, "always")
    call = await talk(floor)
    await recorded(call, "on")
    await floor.do(ANA, commands.SetRecording(interaction=call.interaction, act="pause"))
    await floor.wait(1)
    await recorded(call, "paused")
    assert orders(floor)[-1].act == "pause"
    await floor.wait(200)
    assert orders(floor)[-1].act == "resume"


async def test_a_failed_recording_is_said_and_the_call_goes_on(floor: Floor) -> None:
    policy(floor, "always")
    call = await talk(floor)
    await call.say(wire.RecordingChanged(call="c1", recording="r", state="off", detail="the disk is full"))
    assert call.now.state == "active"
    assert call.now.call is not None
    assert call.now.call.notice == "The recording failed: the disk is full"


async def test_a_payment_masks_and_its_keys_go_to_the_connector_alone(floor: Floor) -> None:
    paid: list[tuple[str, str]] = []
    floor.telephone.recordings._pay = lambda key, digits: paid.append((key, digits))
    call = await talk(floor)
    command = commands.SetSecure(interaction=call.interaction, on=True, field="card", collect=16)
    assert (await floor.do(ANA, command)).ok
    assert floor.exchange.last(wire.SetSecure) == wire.SetSecure(call="c1", on=True, collect=16)
    await call.tell(secure=True)
    await call.say(wire.SecureDigits(call="c1", count=3))
    assert call.now.call is not None
    assert (call.now.call.secure, call.now.call.secure_keys) == (True, 3)
    await call.say(wire.SecureDigits(call="c1", count=16, digits="4111111111111111", over=True))
    assert paid == [(call.interaction, "4111111111111111")]
    await call.say(wire.KeysPressed(call="c1", leg="lc", digits="4111"))
    await floor.settle()
    kept = b"".join(path.read_bytes() for path in floor.path.parent.iterdir() if path.is_file())
    assert b"4111" not in kept
    assert b"4111" not in b"".join(body for _, body in floor.board.receiver(ANA).stream.since(0) or [])


async def test_a_payment_that_was_forgotten_ends_by_itself(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True))
    await call.tell(secure=True)
    await floor.wait(400)
    assert floor.exchange.last(wire.SetSecure) == wire.SetSecure(call="c1", on=False)


async def test_nothing_is_transferred_while_card_data_is_given(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True))
    await call.tell(secure=True)
    reply = await floor.do(ANA, commands.Consult(interaction=call.interaction, target="+4930123"))
    assert (reply.ok, reply.code) == (False, "secure")


async def test_a_second_card_is_not_unmasked_by_the_first_ones_clock(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True))
    await floor.wait(100)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=False))
    await floor.wait(100)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True))
    await floor.wait(150)
    assert call.now.call is not None
    assert call.now.call.secure
    await floor.wait(200)
    assert not call.now.call.secure


async def test_a_restarted_router_still_ends_a_mask_that_was_forgotten(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True))
    await floor.restart()
    await floor.wait(400)
    assert floor.exchange.last(wire.SetSecure) == wire.SetSecure(call="c1", on=False)


async def test_a_queue_that_answers_for_its_agents_accepts_by_itself(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], auto_accept=True)
    await floor.sign_in(ANA)
    await floor.call("c1")
    await floor.wait(1)
    (found,) = floor.hub.tables.interactions.values()
    assert (found.state, found.agent) == ("active", ANA)


async def test_an_offer_that_was_declined_is_told_as_declined(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call("c1")
    (found,) = floor.hub.tables.interactions.values()
    assert found.offer is not None
    await floor.do(ANA, commands.DeclineOffer(offer=found.offer.id))
    told = [body for _, body in floor.board.receiver(ANA).stream.since(0) or [] if b"OfferWithdrawn" in body]
    assert b'"why":"declined"' in told[-1].replace(b" ", b"")


async def test_a_recording_that_closes_after_its_interaction_keeps_its_length(floor: Floor) -> None:
    policy(floor, "always")
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], wrapup_mode="none")
    call = await talk(floor)
    await recorded(call, "on")
    name = orders(floor)[0].recording
    await call.say(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    assert not floor.hub.tables.interactions
    await call.say(wire.RecordingChanged(call="c1", recording=name, state="off", length_s=7.5, path="p"))
    kept = floor.store.interaction(call.interaction)
    assert kept is not None
    assert [(r.id, r.length_s) for r in kept.recordings] == [(name, 7.5)]


async def test_without_a_connector_no_keys_are_gathered(floor: Floor) -> None:
    call = await talk(floor)
    await floor.do(ANA, commands.SetSecure(interaction=call.interaction, on=True, collect=16))
    assert floor.exchange.last(wire.SetSecure) == wire.SetSecure(call="c1", on=True, collect=0)
