"""Queues in which nobody is left: who may not join, and who leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Queue
from agent_desktop.domain.interaction import Interaction, TurnedAway
from agent_desktop.domain.ivr import Say
from agent_desktop.domain.medium import CHAT as CHAT_MEDIUM
from agent_desktop.domain.medium import VOICE, VOICEMAIL
from agent_desktop.domain.types import QueueId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, SUPPORT, Floor

OTHER = QueueId("other")
GONE = ("logged_out", "not_ready", "no_phone")
NOBODY = (Say(text="Nobody is here."),)


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    made.hub.centre.queues[OTHER] = Queue(id=OTHER, name="Other", media=(VOICE, VOICEMAIL))
    await made.wait(30)  # the start is over
    yield made
    await made.stop()


def rules(floor: Floor, **more: object) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], **more)  # type: ignore[arg-type]  # fields by name


def of(floor: Floor, call: str = "c1") -> Interaction:
    return floor.hub.tables.interactions[floor.hub.tables.by_call[call]]


def said(floor: Floor) -> list[str]:
    order = floor.exchange.last(wire.Play)
    assert isinstance(order, wire.Play)
    return [prompt.text for prompt in order.prompts]


async def over(floor: Floor) -> None:
    order = floor.exchange.last(wire.Play)
    assert isinstance(order, wire.Play)
    floor.exchange.on_event(wire.PlayEnded(call="c1", play=order.play))
    await floor.settle()


async def test_a_caller_does_not_join_a_queue_in_which_nobody_is(floor: Floor) -> None:
    rules(floor, join_empty=GONE, closed_say=NOBODY)
    await floor.call()
    assert (of(floor).state, of(floor).path) == ("arrived", ("nobody is in Support",))
    assert said(floor) == ["Nobody is here."]
    await over(floor)
    assert floor.exchange.last(wire.HangUpCall) == wire.HangUpCall(call="c1", by="system")


async def test_or_is_sent_to_another_queue(floor: Floor) -> None:
    rules(floor, join_empty=GONE, closed_queue=OTHER)
    await floor.call()
    assert (of(floor).queue, of(floor).state) == (OTHER, "queued")


async def test_an_agent_who_counts_lets_callers_join(floor: Floor) -> None:
    rules(floor, join_empty=("logged_out", "no_phone"), closed_say=NOBODY)
    await floor.sign_in(ANA, ready=False)  # not ready is not in the list
    await floor.call()
    assert (of(floor).state, of(floor).queue) == ("queued", SUPPORT)


async def test_without_the_rule_callers_wait_for_whoever_comes(floor: Floor) -> None:
    await floor.call()
    await floor.wait(100)
    assert of(floor).state == "queued"


async def test_who_waits_leaves_when_the_last_agent_leaves(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    await floor.sign_in(ANA)
    assert (await floor.do(ANA, commands.SetNotReady(reason="break"))).ok
    await floor.sign_in(BEN, ready=False)
    rules(floor, leave_empty=("logged_out",), closed_say=NOBODY)
    await floor.call()
    await floor.wait(10)
    assert of(floor).state == "queued"
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    assert (await floor.do(BEN, commands.SetNotReady(reason="lunch"))).ok
    await floor.wait(2)
    assert of(floor).state == "queued"  # perhaps somebody comes at once
    await floor.wait(1)
    i = of(floor)
    assert (i.state, i.path[-1], said(floor)) == ("arrived", "nobody is in Support", ["Nobody is here."])
    assert any(isinstance(e, TurnedAway) for _, e in floor.store.events())
    await over(floor)
    ended = wire.SwitchCall(id="c1", state="ended", ended_by="system")
    floor.exchange.on_event(wire.CallEnded(call=ended))
    await floor.settle()
    assert not floor.hub.tables.interactions


async def test_who_leaves_may_leave_a_message(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_say=NOBODY, closed_voicemail=OTHER)
    await floor.call()
    await floor.wait(3)
    await over(floor)
    order = floor.exchange.last(wire.TakeMessage)
    assert isinstance(order, wire.TakeMessage)
    taken = wire.MessageTaken(call="c1", recording=order.recording, path=order.path, length_s=4.0)
    floor.exchange.on_event(taken)
    await floor.settle()
    (message,) = floor.hub.tables.interactions.values()
    assert (message.medium, message.queue) == (VOICEMAIL, OTHER)


async def test_who_leaves_for_another_queue_keeps_the_age(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_queue=OTHER)
    await floor.call()
    queued_at = of(floor).queued_at
    await floor.wait(3)
    assert (of(floor).queue, of(floor).state, of(floor).queued_at) == (OTHER, "queued", queued_at)


async def test_an_agent_who_comes_in_time_takes_the_caller(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    await floor.call()
    await floor.wait(1)
    await floor.sign_in(ANA)
    await floor.wait(2)
    assert of(floor).state == "offered"


async def test_who_is_to_be_called_back_keeps_the_place(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    await floor.call()
    floor.calls.call_back_asked("c1", "+33611", SUPPORT, {})
    await floor.settle()
    await floor.wait(10)
    assert of(floor).state == "queued"


async def test_text_waits_though_nobody_is_there(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    for key, queue in tuple(queues.items()):
        if CHAT_MEDIUM in queue.media:
            queues[key] = replace(queue, leave_empty=GONE, join_empty=GONE, closed_say=NOBODY)
    await floor.chat("Hello", "1")
    await floor.wait(100)
    (i,) = floor.hub.tables.interactions.values()
    assert i.state == "queued"


async def test_after_a_start_agents_have_a_while_to_be_back(floor: Floor) -> None:
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    await floor.call()
    await floor.restart()
    rules(floor, leave_empty=GONE, closed_say=NOBODY)
    floor.telephone.emptying.resume()
    await floor.wait(19)
    assert of(floor).state == "queued"
    await floor.wait(1)
    assert of(floor).state == "arrived"
