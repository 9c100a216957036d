"""Queues that are closed or full, and work that goes on to wait elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Queue
from agent_desktop.domain.hours import DAYS, Hours, Period
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.ivr import Say
from agent_desktop.domain.medium import VOICE, VOICEMAIL
from agent_desktop.domain.types import QueueId, Seconds, SkillId
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, FRENCH, SUPPORT, Floor

OTHER = QueueId("other")
ALWAYS = Hours(id="day", week={day: (Period(0, 1440),) for day in DAYS})


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    queues = made.hub.centre.queues
    queues[OTHER] = Queue(id=OTHER, name="Other", media=(VOICE, VOICEMAIL), skills={SkillId("calm"): 1})
    made.hub.centre.hours["day"] = ALWAYS
    yield made
    await made.stop()


def rules(floor: Floor, **more: object) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], **more)  # type: ignore[arg-type]  # fields by name


def close(floor: Floor) -> None:
    floor.hub.centre.hours["day"] = replace(ALWAYS, closed=True)


def of(floor: Floor, call: str = "c1") -> Interaction:
    return floor.hub.tables.interactions[floor.hub.tables.by_call[call]]


def playing(floor: Floor) -> wire.Play:
    order = floor.exchange.last(wire.Play)
    assert isinstance(order, wire.Play)
    return order


async def over(floor: Floor) -> None:
    floor.exchange.on_event(wire.PlayEnded(call="c1", play=playing(floor).play))
    await floor.settle()


async def test_who_has_waited_too_long_waits_on_elsewhere_with_the_age_and_the_path(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0), skills={FRENCH: 1})
    await floor.call("c1")
    queued_at = of(floor).queued_at
    await floor.wait(59)
    assert of(floor).queue == SUPPORT
    await floor.wait(1)
    moved = of(floor)
    assert (moved.queue, moved.queued_at, moved.state) == (OTHER, queued_at, "queued")
    assert moved.skills == {SkillId("calm"): 1}
    assert moved.path[-1] == "waited long in Support, now in Other"


async def test_a_call_that_is_offered_when_its_time_comes_goes_on_later(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0), offer_s=Seconds(20.0))
    await floor.call("c1")
    await floor.wait(50)
    await floor.sign_in(ANA)
    await floor.wait(10)
    assert (of(floor).state, of(floor).queue) == ("offered", SUPPORT)
    await floor.wait(10)
    await floor.wait(10)
    assert (of(floor).state, of(floor).queue) == ("queued", OTHER)


async def test_work_does_not_go_on_to_a_closed_queue(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    floor.hub.centre.queues[OTHER] = replace(floor.hub.centre.queues[OTHER], hours="day")
    close(floor)
    await floor.call("c1")
    await floor.wait(60)
    assert of(floor).queue == SUPPORT
    floor.hub.centre.hours["day"] = ALWAYS
    await floor.wait(10)
    assert of(floor).queue == OTHER


async def test_a_full_queue_sends_new_callers_on(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_size=1)
    await floor.call("c1")
    await floor.call("c2")
    assert (of(floor, "c1").queue, of(floor, "c2").queue) == (SUPPORT, OTHER)
    assert of(floor, "c2").path[-1] == "Support is full"


async def test_a_closed_queue_says_so_and_hangs_up(floor: Floor) -> None:
    rules(floor, hours="day", closed_say=(Say(text="We are closed."),))
    close(floor)
    await floor.call("c1")
    assert ([p.text for p in playing(floor).prompts], playing(floor).then_music) == (
        ["We are closed."],
        False,
    )
    assert (of(floor).state, of(floor).path) == ("arrived", ("Support is closed",))
    await over(floor)
    assert floor.exchange.last(wire.HangUpCall) == wire.HangUpCall(call="c1", by="system")


async def test_a_closed_queue_takes_a_message(floor: Floor) -> None:
    rules(floor, hours="day", closed_say=(Say(text="Speak after the beep."),), closed_voicemail=OTHER)
    close(floor)
    await floor.call("c1")
    await over(floor)
    order = floor.exchange.last(wire.TakeMessage)
    assert isinstance(order, wire.TakeMessage)
    assert order.recording.endswith(".other")


async def test_a_closed_queue_sends_callers_on_and_an_open_one_takes_them(floor: Floor) -> None:
    rules(floor, hours="day", closed_queue=OTHER)
    await floor.call("c1")
    close(floor)
    await floor.call("c2")
    assert (of(floor, "c1").queue, of(floor, "c2").queue) == (SUPPORT, OTHER)


async def test_the_time_to_go_on_runs_on_over_a_restart(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    other = floor.hub.centre.queues[OTHER]
    await floor.call("c1")
    await floor.wait(40)
    await floor.restart()
    floor.hub.centre.queues[OTHER] = other
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    floor.telephone.resume_deadlines()
    await floor.wait(19)
    assert of(floor).queue == SUPPORT
    await floor.wait(1)
    assert of(floor).queue == OTHER


async def test_in_the_next_queue_the_time_counts_anew(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    queues = floor.hub.centre.queues
    queues[OTHER] = replace(queues[OTHER], overflow=SUPPORT, overflow_s=Seconds(30.0))
    await floor.call("c1")
    await floor.wait(60)
    assert of(floor).queue == OTHER
    await floor.wait(29)
    assert of(floor).queue == OTHER
    await floor.wait(1)
    assert of(floor).queue == SUPPORT


async def test_declining_does_not_give_the_whole_time_again(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    await floor.sign_in(ANA)
    await floor.call("c1")
    await floor.wait(15)
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.DeclineOffer(offer=offer, reason="busy"))).ok
    await floor.do(ANA, commands.SetNotReady(reason="break"))
    await floor.wait(20)
    await floor.wait(25)
    assert of(floor).queue == OTHER


async def test_who_was_answered_in_time_stays(floor: Floor) -> None:
    rules(floor, overflow=OTHER, overflow_s=Seconds(60.0))
    await floor.call("c1")
    gone = wire.SwitchCall(id="c1", state="ended", ended_by="customer")
    floor.exchange.on_event(wire.CallEnded(call=gone))
    await floor.settle()
    await floor.wait(100)
    assert not floor.hub.tables.interactions
