from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import customer as customers
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.ivr import Choice
from agent_desktop.domain.types import AgentId, CustomerId, SkillId
from agent_desktop.server import texting
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from agent_desktop.wire.access import ActOnText
from agent_desktop.wire.calls import CallText
from tests.server.floor import ANA, BEN, SUPPORT, Floor
from tests.server.talking import Talk, talk

TEXT = SkillId("text")


class TypingFloor(Floor):
    """Ben alone has the skill."""

    def configuration(self) -> Centre:
        made = super().configuration()
        made.agents[BEN] = replace(made.agents[BEN], skills={TEXT: 3})
        return made


@pytest.fixture
async def floor(tmp_path: Path):
    made = await TypingFloor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def offered(floor: Floor) -> AgentId:
    """Whose phone is about to ring."""
    (offer,) = [i.offer for i in floor.hub.tables.interactions.values() if i.offer is not None]
    return offer.agent


async def types(floor: Floor, carrier: str = "tty", call: str = "c1") -> None:
    """The exchange found out."""
    floor.exchange.on_event(wire.CallChanged(call=wire.SwitchCall(id=call, state="answered", text=carrier)))
    await floor.settle()


def expected(floor: Floor) -> list[str]:
    return [c.carrier for c in floor.exchange.asked if isinstance(c, wire.SetCallText)]


async def test_who_types_in_the_menu_is_put_to_an_agent_with_the_skill(floor: Floor) -> None:
    await floor.sign_in(ANA, BEN)
    await floor.call(number="100")
    await types(floor)
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play="p1", digits="1"))
    await floor.settle()
    assert offered(floor) == BEN
    (i,) = floor.hub.tables.interactions.values()
    assert (i.skills, i.path[:1]) == ({TEXT: 1}, ("TTY found",))
    reasons = floor.board.snapshot(BEN).offers[0].reasons
    assert "Caller types by TTY" in reasons
    assert "text ≥ 1: you have 3" in reasons


async def test_who_types_while_waiting_asks_for_the_skill_from_then_on(floor: Floor) -> None:
    await floor.sign_in(BEN, ready=False)
    await floor.call()
    await types(floor, "rtt")
    (i,) = floor.hub.tables.interactions.values()
    assert (i.state, i.skills, i.path[-1]) == ("queued", {TEXT: 1}, "real-time text found")
    await floor.sign_in(ANA)
    assert floor.offers(ANA) == []
    assert (await floor.do(BEN, commands.SetReady())).ok
    assert offered(floor) == BEN


async def test_an_offer_to_an_agent_without_the_skill_goes_to_one_who_has_it(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    assert offered(floor) == ANA
    await floor.sign_in(BEN)
    await types(floor)
    assert offered(floor) == BEN
    assert floor.hub.tables.agents[ANA].state == "ready"


async def test_an_offer_that_rings_at_the_right_agent_rings_on(floor: Floor) -> None:
    await floor.sign_in(BEN)
    await floor.call()
    before = floor.board.snapshot(BEN).offers[0].id
    await types(floor)
    assert floor.board.snapshot(BEN).offers[0].id == before


async def test_where_nobody_at_work_has_the_skill_anybody_is_asked_and_reads_why(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call(number="100")
    await types(floor)
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play="p1", digits="1"))
    await floor.settle()
    assert offered(floor) == ANA
    (i,) = floor.hub.tables.interactions.values()
    assert i.call is not None
    assert i.call.notice == texting.NOBODY.format(skill="text")


async def test_when_the_last_one_with_the_skill_leaves_anybody_is_asked(floor: Floor) -> None:
    await floor.sign_in(BEN, ready=False)
    await floor.call()
    await types(floor)
    await floor.sign_in(ANA)
    assert (await floor.do(BEN, commands.SignOut())).ok
    await floor.wait(texting.AGAIN_S)
    assert offered(floor) == ANA


async def test_when_somebody_with_the_skill_comes_who_waits_asks_for_it_again(floor: Floor) -> None:
    await floor.call()
    await types(floor)
    (i,) = floor.hub.tables.interactions.values()
    assert i.skills == {}
    await floor.sign_in(BEN, ready=False)
    await floor.restart()
    await floor.wait(texting.AGAIN_S)
    (i,) = floor.hub.tables.interactions.values()
    assert i.skills == {TEXT: 1}


async def test_a_centre_without_the_skill_asks_for_nothing(floor: Floor) -> None:
    floor.hub.centre = replace(floor.hub.centre, text_skill=SkillId(""))
    await floor.sign_in(ANA)
    await floor.call()
    await types(floor)
    assert offered(floor) == ANA
    (i,) = floor.hub.tables.interactions.values()
    assert (i.skills, i.call and i.call.notice) == ({}, "")


async def test_the_agent_who_talks_keeps_the_call(floor: Floor) -> None:
    call: Talk = await talk(floor)
    await call.tell(text="tty")
    assert (call.now.agent, call.now.state, call.now.skills) == (ANA, "active", {})
    assert call.now.path[-1] == "TTY found"


@pytest.mark.parametrize("where", ["number", "flow", "queue"])
async def test_typing_is_expected_by_the_number_its_flow_or_the_queue(floor: Floor, where: str) -> None:
    centre = floor.hub.centre
    match where:
        case "number":
            rows = tuple(replace(row, text="ask") for row in centre.numbers)
            floor.hub.centre = replace(centre, numbers=rows)
        case "flow":
            centre.flows["straight"] = replace(centre.flows["straight"], text="ask")
        case _:
            centre.queues[SUPPORT] = replace(centre.queues[SUPPORT], text="ask")
    await floor.call()
    assert expected(floor) == ["ask"]
    kinds = [type(order) for order in floor.exchange.asked]
    if where != "queue":
        assert kinds.index(wire.SetCallText) < kinds.index(wire.AnswerCall)


@pytest.mark.parametrize(("needs", "asked"), [(("relay", "tty"), ["tty"]), (("rtt",), ["rtt"]), ((), [])])
async def test_typing_is_expected_of_a_customer_who_needs_it(
    floor: Floor, needs: tuple[str, ...], asked: list[str]
) -> None:
    card = customers.Customer(
        id=CustomerId("k1"),
        name="Amina",
        addresses=(customers.Address(kind="phone", value="+33611"),),
        access_needs=needs,
    )
    await floor.hub.run(
        lambda step: step.customer(customers.CustomerAdded(customer=card.id, at=step.now, value=card))
    )
    await floor.call()
    assert expected(floor) == asked


async def test_how_a_textphone_stands_is_shown_to_its_agent_and_never_kept(floor: Floor) -> None:
    await talk(floor)
    await types(floor)
    before = len(list(floor.store.events()))
    stands = CallText(call="c1", carrier="tty", found=True, turn="customer", waiting=18, waiting_s=3.6)
    floor.exchange.on_event(wire.TextMoved(text=stands))
    await floor.settle()
    (shown,) = floor.board.snapshot(ANA).interactions
    assert shown.call is not None
    assert shown.call.line == stands
    assert len(list(floor.store.events())) == before


async def test_an_agent_interrupts_the_own_customers_textphone_alone(floor: Floor) -> None:
    talking = await talk(floor)
    act = ActOnText(interaction=talking.interaction, act="interrupt")
    assert (await floor.do(ANA, act)).code == "no_tty"
    await types(floor)
    assert (await floor.do(ANA, act)).ok
    assert [c for c in floor.exchange.asked if isinstance(c, wire.ActOnText)] == [
        wire.ActOnText(call="c1", act="interrupt")
    ]
    assert (await floor.do(BEN, act)).code in {"not_yours", "not_allowed"}
    unknown = ActOnText(interaction=talking.interaction, act="shout")
    assert (await floor.do(ANA, unknown)).code == "wrong_command"


async def test_who_chose_those_who_type_in_the_flow_has_a_textphone(floor: Floor) -> None:
    flow = floor.hub.centre.flows["welcome"]
    menu = replace(flow.nodes[0], choices=(Choice(key="4", label="Text", queue=SUPPORT, skills={TEXT: 1}),))
    floor.hub.centre.flows["welcome"] = replace(flow, nodes=(menu,))
    await floor.call(number="100")
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play="p1", digits="4"))
    await floor.settle()
    assert expected(floor) == ["tty"]
    (i,) = floor.hub.tables.interactions.values()
    assert i.skills == {TEXT: 1}


async def test_only_words_that_ask_for_an_answer_give_the_turn_away(floor: Floor) -> None:
    await floor.call("c1", number="100")
    await floor.call("c2", number="200")
    plays = [order for order in floor.exchange.asked if isinstance(order, wire.Play)]
    assert {play.call: play.awaits for play in plays} == {"c1": True, "c2": False}
