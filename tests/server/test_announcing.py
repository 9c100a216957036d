"""What callers hear while they wait, and the key that brings a call back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.announcing import Announcements
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.ivr import Flow, Node, Say
from agent_desktop.domain.types import Seconds
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, MAIL, SUPPORT, Floor

RULES = Announcements(
    after_s=Seconds(30.0),
    gap_s=Seconds(30.0),
    every_s=Seconds(90.0),
    position=(Say(text="You are number {position}.", variants={"fr": "Vous êtes numéro {position}."}),),
    first=(Say(text="You are next."),),
    wait=(Say(text="About {minutes} minutes."),),
    callback=(Say(text="Press 1 to be called back."),),
    called_back=(Say(text="We call you. Good-bye."),),
)


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    queues = made.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], announcements=RULES)
    yield made
    await made.stop()


def said(floor: Floor, call: str = "c1") -> list[list[str]]:
    """Everything that a call was told, in order."""
    plays = [c for c in floor.exchange.asked if isinstance(c, wire.Play) and c.call == call]
    return [[prompt.text for prompt in play.prompts] for play in plays if play.prompts]


def last(floor: Floor, call: str = "c1") -> wire.Play:
    return [c for c in floor.exchange.asked if isinstance(c, wire.Play) and c.call == call][-1]


def of(floor: Floor, call: str = "c1") -> Interaction:
    return floor.hub.tables.interactions[floor.hub.tables.by_call[call]]


async def over(floor: Floor, call: str = "c1") -> None:
    floor.exchange.on_event(wire.PlayEnded(call=call, play=last(floor, call).play))
    await floor.settle()


async def press(floor: Floor, digits: str, call: str = "c1") -> None:
    floor.exchange.on_event(wire.DigitsCollected(call=call, play=last(floor, call).play, digits=digits))
    await floor.settle()


async def waiting(floor: Floor, *calls: str) -> None:
    """These callers wait and have heard the greeting."""
    for call in calls:
        await floor.call(call)
        await over(floor, call)


async def test_who_waits_hears_the_place_and_the_offer_over_the_music(floor: Floor) -> None:
    await waiting(floor, "c1", "c2")
    await floor.wait(29)
    assert said(floor) == [["Hello"]]
    await floor.wait(1)
    assert said(floor, "c1")[-1] == ["You are next.", "Press 1 to be called back."]
    assert said(floor, "c2")[-1] == ["You are number 2.", "Press 1 to be called back."]
    assert (last(floor).then_music, last(floor).collect, last(floor).barge_in) == (True, 1, False)


async def test_the_wait_is_told_when_agents_are_at_work(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.sign_in(ANA, ready=False)
    await floor.wait(30)
    assert said(floor)[-1] == ["You are next.", "About 3 minutes.", "Press 1 to be called back."]


async def test_nothing_new_is_not_said_and_a_better_place_is(floor: Floor) -> None:
    await waiting(floor, "c1", "c2")
    await floor.wait(30)
    await over(floor, "c2")
    await floor.wait(31)
    assert len(said(floor, "c2")) == 2
    gone = wire.SwitchCall(id="c1", state="ended", ended_by="customer")
    floor.exchange.on_event(wire.CallEnded(call=gone))
    await floor.settle()
    await floor.wait(30)
    assert said(floor, "c2")[-1] == ["You are next."]


async def test_words_are_never_cut_off_by_an_announcement(floor: Floor) -> None:
    await floor.call("c1")  # the greeting is still being said
    await floor.wait(30)
    assert said(floor) == [["Hello"]]
    await over(floor)
    await floor.wait(2)
    assert said(floor)[-1][0] == "You are next."


async def test_a_call_that_an_agent_has_is_told_nothing(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.sign_in(ANA)
    offer = of(floor).offer
    assert offer is not None
    await floor.wait(10)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    await floor.wait(300)
    assert said(floor) == [["Hello"]]


async def test_a_call_that_is_offered_is_told_nothing_until_it_waits_again(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.wait(20)
    await floor.sign_in(ANA)
    await floor.wait(15)
    assert (of(floor).state, said(floor)) == ("offered", [["Hello"]])
    await floor.wait(6)
    await floor.wait(2)
    assert (of(floor).state, said(floor)[-1][0]) == ("queued", "You are next.")


async def test_the_callers_language_is_spoken(floor: Floor) -> None:
    french = Flow(
        id="straight",
        person_queue=SUPPORT,
        nodes=(
            Node(id="in", say=(Say(text="Bonjour"),), language="fr", goto="wait"),
            Node(id="wait", queue=SUPPORT),
        ),
    )
    await waiting(floor, "c0")
    floor.hub.centre.flows["straight"] = french
    await waiting(floor, "c1")
    assert (of(floor).state, of(floor).language) == ("queued", "fr")
    await over(floor)
    await floor.wait(30)
    assert said(floor)[-1][0] == "Vous êtes numéro 2."
    assert last(floor).prompts[0].language == "fr"


async def test_the_key_brings_a_call_back_that_keeps_the_place(floor: Floor) -> None:
    await waiting(floor, "c1", "c2")
    await floor.wait(30)
    await press(floor, "1")
    assert (of(floor).state, of(floor).callback_number) == ("queued", "+33611")
    assert said(floor)[-1] == ["We call you. Good-bye."]
    await over(floor)
    assert floor.exchange.last(wire.HangUpCall) == wire.HangUpCall(call="c1", by="customer")
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    assert floor.hub.clock.now() - of(floor).queued_at == 30
    await over(floor, "c2")
    await floor.wait(200)
    assert said(floor, "c2")[-1][0] == "You are number 2.", "who is called back keeps the place before them"


async def test_an_agent_who_is_quicker_than_the_good_bye_talks(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.wait(30)
    await press(floor, "1")
    await floor.sign_in(ANA)
    offer = of(floor).offer
    assert offer is not None
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    assert isinstance(floor.exchange.last(wire.ConnectAgent), wire.ConnectAgent)
    await over(floor)
    assert not [c for c in floor.exchange.asked if isinstance(c, wire.HangUpCall)]


async def test_another_key_is_no_answer_and_the_right_one_still_counts(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.wait(30)
    await over(floor)
    await press(floor, "7")
    assert not of(floor).callback_number
    assert (last(floor).prompts, last(floor).collect, last(floor).then_music) == ((), 1, True)
    await press(floor, "1")
    assert of(floor).callback_number == "+33611"


async def test_a_key_that_was_not_offered_does_nothing(floor: Floor) -> None:
    await waiting(floor, "c1")
    await press(floor, "1")
    floor.voice.on_event(wire.DigitsCollected(call="nobody", play="p1", digits="1"))
    floor.calls.key_pressed("nobody", "1")
    assert not of(floor).callback_number


async def test_a_caller_without_a_number_is_not_offered_a_call_back(floor: Floor) -> None:
    await floor.call("c1", caller="anonymous")
    await over(floor)
    await floor.wait(30)
    assert said(floor)[-1] == ["You are next."]
    assert last(floor).collect == 0


async def test_who_waits_is_told_anew_after_a_restart(floor: Floor) -> None:
    await waiting(floor, "c1")
    await floor.wait(30)
    await floor.restart()
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], announcements=RULES)
    floor.telephone.resume_deadlines()
    before = len(said(floor))
    await floor.wait(30)
    assert said(floor)[before:] == [["You are next.", "Press 1 to be called back."]]


async def test_a_queue_that_announces_nothing_is_silent(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[SUPPORT] = replace(queues[SUPPORT], announcements=Announcements())
    await waiting(floor, "c1")
    await floor.wait(600)
    assert said(floor) == [["Hello"]]
    assert MAIL in queues
