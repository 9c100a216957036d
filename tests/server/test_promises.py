"""Promises on the floor: set, warned, kept and broken by what happens to the work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.hours import DAYS, Hours, Period
from agent_desktop.domain.interaction import Interaction, PromisesSet
from agent_desktop.domain.types import MediumId, QueueId, Seconds
from agent_desktop.server import promises
from agent_desktop.server.views import interaction_model
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, CHAT, MAIL, SUPPORT, Floor
from tests.server.talking import talk

ALWAYS = Hours(id="day", week={day: (Period(0, 1440),) for day in DAYS})
PROMISED = {
    "first_reply_s": Seconds(100.0),
    "next_reply_s": Seconds(50.0),
    "resolution_s": Seconds(1000.0),
}


def rules(floor: Floor, *keys: QueueId, **more: object) -> None:
    queues = floor.hub.centre.queues
    for key in keys or (MAIL, CHAT, SUPPORT):
        queues[key] = replace(queues[key], **(more or PROMISED))


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    rules(made)
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


def clocks(i: Interaction) -> dict[str, str]:
    return {p.kind: p.state for p in i.promises}


async def accepted(floor: Floor) -> Interaction:
    await floor.sign_in(ANA)
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    return only(floor)


async def reply(floor: Floor, text: str = "It is on its way.") -> None:
    thread = only(floor).conversation
    sent = commands.SendMessage(message=f"m{next(floor.request)}", conversation=thread, text=text)
    assert (await floor.do(ANA, sent)).ok


async def test_work_that_comes_has_its_clocks_and_the_next_due_first(floor: Floor) -> None:
    await floor.mail()
    i = only(floor)
    assert clocks(i) == {"first_reply": "running", "resolution": "running"}
    assert i.promise_at == floor.clock.at + 100
    model = interaction_model(i)
    assert [(p.kind, p.state, p.due_at) for p in model.promises] == [
        ("first_reply", "running", floor.clock.at + 100),
        ("resolution", "running", floor.clock.at + 1000),
    ]


async def test_an_accept_is_no_reply_to_a_mail_and_a_message_is(floor: Floor) -> None:
    await floor.mail()
    i = await accepted(floor)
    assert clocks(i)["first_reply"] == "running"
    await floor.wait(10)
    await reply(floor)
    i = only(floor)
    assert clocks(i) == {"first_reply": "kept", "resolution": "paused"}
    assert (i.replied_at, i.promise_at) == (floor.clock.at, 0.0)
    await floor.wait(5000)
    assert clocks(only(floor)) == {"first_reply": "kept", "resolution": "paused"}


async def test_a_note_stops_no_clock(floor: Floor) -> None:
    await floor.mail()
    i = await accepted(floor)
    noted = commands.AddNote(message="n1", conversation=i.conversation, text="Asked the shop.")
    assert (await floor.do(ANA, noted)).ok
    await floor.wait(100)
    assert clocks(only(floor))["first_reply"] == "broken"


async def test_the_customers_next_message_starts_the_next_reply(floor: Floor) -> None:
    await floor.chat("Hello", "1")
    await accepted(floor)
    await reply(floor)
    await floor.wait(500)
    await floor.chat("And when?", "2")
    i = only(floor)
    assert clocks(i) == {"first_reply": "kept", "resolution": "running", "next_reply": "running"}
    assert i.promise_at == floor.clock.at + 50
    await floor.wait(60)
    assert clocks(only(floor))["next_reply"] == "broken"
    await reply(floor)
    assert floor.work.promising.ended == {
        (CHAT, "first_reply", "kept"): 1,
        (CHAT, "next_reply", "broken"): 1,
    }


async def test_the_warning_and_the_end_are_events_of_the_log(floor: Floor) -> None:
    await floor.mail()
    key = only(floor).id
    await floor.wait(79)
    assert not only(floor).promises[0].warned
    await floor.wait(1)
    assert only(floor).promises[0].warned
    await floor.wait(20)
    told = [e for _, e in floor.store.events() if isinstance(e, PromisesSet) and e.interaction == key]
    first = [next(p for p in e.promises if p.kind == "first_reply") for e in told]
    assert [(p.state, p.warned) for p in first] == [("running", False), ("running", True), ("broken", True)]


async def test_the_answer_of_a_call_is_its_reply_and_its_end_the_resolution(floor: Floor) -> None:
    made = await talk(floor)
    assert clocks(made.now) == {"first_reply": "kept", "resolution": "running"}
    floor.exchange.on_event(wire.CallEnded(call=_gone()))
    await floor.settle()
    assert floor.work.promising.ended[SUPPORT, "resolution", "kept"] == 1


def _gone() -> wire.SwitchCall:
    return wire.SwitchCall(id="c1", state="ended", ended_by="customer")


async def test_a_caller_who_hangs_up_leaves_no_promise_kept_or_broken(floor: Floor) -> None:
    await floor.call()
    key = only(floor).id
    floor.exchange.on_event(wire.CallEnded(call=_gone()))
    await floor.settle()
    kept = floor.store.interaction(key)
    assert kept is not None
    assert kept.promises == ()
    assert not floor.work.promising.ended


async def test_a_transferred_interaction_keeps_its_clock(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[MAIL] = replace(queues[MAIL], media=(MediumId("email"),))
    queues[QueueId("other")] = replace(queues[MAIL], id=QueueId("other"), name="Other")
    await floor.mail()
    due = only(floor).promise_at
    i = await accepted(floor)
    await floor.wait(10)
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=i.id, target="Other"))).ok
    assert (only(floor).queue, only(floor).promise_at) == ("other", due)


async def test_a_restart_takes_nothing_from_the_clocks(floor: Floor) -> None:
    await floor.mail()
    before = only(floor).promises
    await floor.wait(50)
    await floor.restart()
    rules(floor)
    assert only(floor).promises == before
    await floor.wait(30)
    assert only(floor).promises[0].warned
    await floor.stop()
    floor.clock.at += 500  # nobody is there when it breaks
    floor._open()
    await floor.start()
    floor.hub.tick()
    await floor.settle()
    assert only(floor).promises[0].state == "broken"
    assert only(floor).promises[0].due_at == before[0].due_at


async def test_text_waits_outside_the_hours_and_its_clock_stands(floor: Floor) -> None:
    floor.hub.centre.hours["day"] = replace(ALWAYS, closed=True)
    rules(floor, MAIL, **PROMISED, promise_hours="day", hours="day")
    await floor.mail()
    assert (only(floor).state, only(floor).promise_at) == ("queued", 0.0)
    await floor.wait(5000)
    assert clocks(only(floor))["first_reply"] == "running"


async def test_an_emergency_closing_stops_running_clocks_and_opening_starts_them(floor: Floor) -> None:
    floor.hub.centre.hours["day"] = ALWAYS
    rules(floor, MAIL, **PROMISED, promise_hours="day")
    await floor.mail()
    await floor.wait(30)
    floor.hub.centre.hours["day"] = replace(ALWAYS, closed=True)
    await floor.wait(1)
    assert (only(floor).promise_at, only(floor).promises[0].left_s) == (0.0, 69.0)
    await floor.wait(5000)
    floor.hub.centre.hours["day"] = ALWAYS
    await floor.wait(0)
    assert only(floor).promise_at == floor.clock.at + 69


async def test_a_closing_while_the_router_was_down_counts_from_its_start(floor: Floor) -> None:
    floor.hub.centre.hours["day"] = ALWAYS
    rules(floor, MAIL, **PROMISED, promise_hours="day")
    await floor.mail()
    await floor.wait(30)
    await floor.stop()
    floor._open()
    floor.hub.centre.hours["day"] = replace(ALWAYS, closed=True)
    await floor.start()
    await floor.settle()
    assert (only(floor).promise_at, only(floor).promises[0].left_s) == (0.0, 70.0)


async def test_the_metrics_tell_what_was_kept(floor: Floor) -> None:
    await floor.mail()
    await accepted(floor)
    await reply(floor)
    assert floor.work.promising.gauges() == [
        ("agent_desktop_promises", '{queue="mail",kind="first_reply",state="kept"}', 1)
    ]


async def test_work_that_an_agent_begins_has_no_clocks(floor: Floor) -> None:
    await floor.sign_in(ANA)
    assert (await floor.do(ANA, commands.DialNumber(number="+33699", queue=SUPPORT))).ok
    assert only(floor).promises == ()


async def test_many_clocks_are_counted_anew_a_slice_at_a_time(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "SLICE", 2)
    floor.hub.centre.hours["day"] = ALWAYS
    rules(floor, MAIL, **PROMISED, promise_hours="day")
    for n in range(5):
        await floor.mail(f"<{n}@out>")
    floor.hub.centre.hours["day"] = replace(ALWAYS, closed=True)
    await floor.wait(0)
    standing = [i for i in floor.hub.tables.interactions.values() if not i.promise_at]
    assert len(standing) == 2
    await floor.wait(0.1)
    await floor.wait(0.1)
    assert not any(i.promise_at for i in floor.hub.tables.interactions.values())


async def test_a_callback_is_promised_from_the_time_that_was_agreed(floor: Floor) -> None:
    call = await talk(floor)
    at = floor.clock.at + 3600
    assert (await floor.do(ANA, commands.AskCallback(interaction=call.interaction, at=at))).ok
    later = next(i for i in floor.hub.tables.interactions.values() if i.callback_number)
    await floor.wait(3601)
    due = floor.hub.tables.interactions[later.id]
    assert clocks(due) == {"first_reply": "running", "resolution": "running"}
    assert due.promise_at == at + 100
