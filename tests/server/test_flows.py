from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Number
from agent_desktop.domain.customer import Address, Customer, CustomerAdded, Order
from agent_desktop.domain.hours import Hours, Period
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.ivr import Choice, Flow, Node, Say
from agent_desktop.domain.types import CustomerId, Instant
from agent_desktop.wire import switch as wire
from tests.server.floor import SUPPORT, Floor

OPEN = Hours(
    id="open", week={day: (Period(0, 1440),) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
)
NIGHT = Hours(id="night")
FLOW = Flow(
    id="whole",
    person_queue=SUPPORT,
    nodes=(
        Node(id="door", hours="open", open="hello", closed="late"),
        Node(id="late", say=(Say(text="We are closed."),), voicemail=SUPPORT),
        Node(id="hello", say=(Say(text="Hello."),), goto="who"),
        Node(id="who", lookup="customer", found="named", not_found="menu"),
        Node(id="named", say=(Say(text="Welcome, {customer.name}."),), goto="menu"),
        Node(
            id="menu",
            say=(Say(text="Press.", variants={"fr": "Appuyez."}),),
            choices=(
                Choice(key="1", label="Order", goto="number"),
                Choice(key="2", label="French", goto="french"),
                Choice(key="3", label="Call me back", goto="back"),
                Choice(key="4", label="Elsewhere", goto="elsewhere"),
            ),
        ),
        Node(
            id="number",
            say=(Say(text="Key your order."),),
            collect="order_number",
            least=2,
            most=8,
            goto="dip",
        ),
        Node(id="dip", lookup="order", by="order_number", found="tell", not_found="menu"),
        Node(id="tell", say=(Say(text="Your {order.title}: {order.state}."),), goto="menu"),
        Node(id="french", language="fr", say=(Say(text="Bonjour", language="fr"),), goto="menu"),
        Node(id="back", say=(Say(text="We call you back."),), callback=True, queue=SUPPORT),
        Node(id="elsewhere", say=(Say(text="One moment."),), transfer="+4930123"),
    ),
)


@pytest.fixture
async def floor(tmp_path: Path):
    made = await Floor(tmp_path / "record.db").start()
    centre = made.hub.centre
    centre.flows["whole"] = FLOW
    centre.hours.update({"open": OPEN, "night": NIGHT})
    object.__setattr__(centre, "numbers", (*centre.numbers, Number(number="300", flow="whole")))
    lamp = Order(id="N-4711", title="lamp", state="on its way", ordered_at=Instant(1.0))
    amina = Customer(
        id=CustomerId("amina"),
        name="Amina",
        addresses=(Address(kind="phone", value="+33611"),),
        orders=(lamp,),
    )
    await made.hub.run(lambda step: step.customer(CustomerAdded(customer=amina.id, at=step.now, value=amina)))
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


def playing(floor: Floor) -> wire.Play:
    order = floor.exchange.last(wire.Play)
    assert isinstance(order, wire.Play)
    return order


def said(floor: Floor) -> list[str]:
    return [prompt.text for prompt in playing(floor).prompts]


async def over(floor: Floor) -> None:
    """What plays now has been heard."""
    floor.exchange.on_event(wire.PlayEnded(call="c1", play=playing(floor).play))
    await floor.settle()


async def key(floor: Floor, digits: str) -> None:
    floor.exchange.on_event(wire.DigitsCollected(call="c1", play=playing(floor).play, digits=digits))
    await floor.settle()


async def at_the_menu(floor: Floor, caller: str = "+33611") -> None:
    await floor.call("c1", number="300", caller=caller)
    while said(floor) != ["Press."]:
        await over(floor)


async def test_a_known_caller_is_greeted_by_name(floor: Floor) -> None:
    await floor.call("c1", number="300")
    heard = [said(floor)]
    for _ in range(2):
        await over(floor)
        heard.append(said(floor))
    assert heard == [["Hello."], ["Welcome, Amina."], ["Press."]]
    assert only(floor).path == ("open", "customer found")


async def test_an_unknown_caller_goes_straight_to_the_menu(floor: Floor) -> None:
    await at_the_menu(floor, caller="+4930999")
    assert only(floor).path == ("open", "customer not found")


async def test_a_caller_hears_how_the_own_order_stands(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "1")
    assert (said(floor), playing(floor).collect, playing(floor).end_key) == (["Key your order."], 8, "#")
    await key(floor, "4711")
    assert said(floor) == ["Your lamp: on its way."]
    assert only(floor).path[-2:] == ("order_number: 4711", "order N-4711 found")


async def test_a_stranger_hears_of_nobody_elses_order(floor: Floor) -> None:
    await at_the_menu(floor, caller="+4930999")
    await key(floor, "1")
    await key(floor, "4711")
    assert said(floor) == ["Press."]
    assert only(floor).path[-1] == "order not found"


async def test_the_language_that_was_chosen_is_spoken_from_then_on(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "2")
    await over(floor)
    assert [(p.text, p.language) for p in playing(floor).prompts] == [("Appuyez.", "fr")]


async def test_a_caller_asks_to_be_called_back_in_the_flow(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "3")
    assert (said(floor), only(floor).state) == (["We call you back."], "queued")
    await over(floor)
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id="c1", state="ended", ended_by="customer")))
    await floor.settle()
    assert (only(floor).state, only(floor).callback_number) == ("queued", "+33611")


async def test_outside_the_hours_a_message_is_taken(floor: Floor) -> None:
    floor.hub.centre.hours["open"] = replace(OPEN, closed=True)
    await floor.call("c1", number="300")
    assert said(floor) == ["We are closed."]
    await over(floor)
    order = floor.exchange.last(wire.TakeMessage)
    assert isinstance(order, wire.TakeMessage)
    assert order.recording.endswith(".support")


async def test_a_caller_is_sent_to_a_number_outside(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "4")
    await over(floor)
    order = floor.exchange.last(wire.AddLeg)
    assert isinstance(order, wire.AddLeg)
    assert (order.number, order.blind) == ("+4930123", True)


async def test_zero_reaches_a_person_from_a_menu_and_from_a_number(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "1")
    await key(floor, "0")
    assert (only(floor).state, only(floor).queue) == ("queued", SUPPORT)


async def test_zero_reaches_a_person_while_words_ask_for_nothing(floor: Floor) -> None:
    await floor.call("c1", number="300")
    assert (said(floor), playing(floor).collect) == (["Hello."], 1)
    await key(floor, "0")
    assert only(floor).state == "queued"


async def test_another_key_only_skips_the_words(floor: Floor) -> None:
    await floor.call("c1", number="300")
    await key(floor, "7")
    assert said(floor) == ["Welcome, Amina."]


async def test_a_caller_who_presses_nothing_reaches_a_person_in_the_end(floor: Floor) -> None:
    await at_the_menu(floor)
    for _ in range(3):
        await key(floor, "")
    assert only(floor).state == "queued"


async def test_a_restarted_router_goes_on_where_the_caller_stood(floor: Floor) -> None:
    await at_the_menu(floor)
    await key(floor, "1")
    centre = floor.hub.centre
    await floor.stop()
    floor._open()
    for name in ("flows", "hours"):
        getattr(floor.hub.centre, name).update(getattr(centre, name))
    await floor.start()
    up = wire.SwitchCall(id="c1", state="answered", from_number="+33611", to_number="300")
    floor.exchange.on_event(wire.SwitchSnapshot(calls=(up,), registered=("101", "102", "103")))
    await floor.settle()
    assert said(floor) == ["Key your order."]


async def test_a_flow_that_goes_in_circles_ends_with_a_person(floor: Floor) -> None:
    floor.hub.centre.flows["whole"] = Flow(
        id="whole",
        person_queue=SUPPORT,
        nodes=(
            Node(id="a", lookup="customer", found="b", not_found="b"),
            Node(id="b", lookup="customer", found="a", not_found="a"),
        ),
    )
    await floor.call("c1", number="300")
    assert only(floor).state == "queued"


async def sent_on(floor: Floor) -> wire.AddLeg:
    await at_the_menu(floor)
    await key(floor, "4")
    await over(floor)
    order = floor.exchange.last(wire.AddLeg)
    assert isinstance(order, wire.AddLeg)
    return order


async def test_a_number_that_answers_takes_the_caller_and_nothing_was_abandoned(floor: Floor) -> None:
    await sent_on(floor)
    key_ = only(floor).id
    floor.exchange.on_event(wire.CallChanged(call=wire.SwitchCall(id="c1", state="bridged")))
    await floor.settle()
    kept = floor.store.interaction(key_)
    assert kept is not None
    assert (kept.state, kept.disposition) == ("closed", "sent_on")


async def test_a_number_that_does_not_answer_brings_the_caller_to_a_person(floor: Floor) -> None:
    order = await sent_on(floor)
    floor.exchange.on_event(wire.LegEnded(call="c1", leg=order.leg, status=480))
    await floor.settle()
    assert (only(floor).state, only(floor).queue) == ("queued", SUPPORT)
    assert playing(floor).then_music
