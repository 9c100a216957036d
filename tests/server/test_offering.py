"""Offers as agents meet them: leases, misses, declines, steps and delays on a manual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import NOT_READY, READY
from agent_desktop.domain.centre import OfferRules, Reason
from agent_desktop.domain.interaction import ACTIVE, OFFERED, QUEUED
from agent_desktop.domain.medium import VOICE
from agent_desktop.domain.skills import SkillStep, parse
from agent_desktop.domain.types import OfferId, QueueId, ReasonCode, Seconds
from agent_desktop.server.hub import Step
from agent_desktop.wire import commands
from tests.server.asking import FRENCH_FIRST, asked, only, place, rules
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUE, SUPPORT, Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


# --- leases ---------------------------------------------------------------------------------------


async def test_an_offer_keeps_its_decision_and_so_does_the_work_that_was_accepted(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.wait(5)
    await floor.sign_in(BEN)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    assert offer.decision is not None
    assert [(c.id, c.why) for c in offer.decision.considered] == [
        (ANA, "asked"),
        (BEN, "idle for less time"),
    ]
    assert (offer.decision.cause, offer.decision.free, offer.decision.at) == ("work", 2, floor.clock.at)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    assert only(floor).decision == offer.decision
    await floor.restart()
    assert only(floor).decision == offer.decision


@pytest.mark.parametrize(("rule", "seconds"), [({}, 20), ({VOICE: OfferRules(offer_s=Seconds(9.0))}, 9)])
async def test_an_offer_lasts_as_the_queue_says_for_the_medium(
    floor: Floor, rule: dict[Any, OfferRules], seconds: float
) -> None:
    rules(floor, offers=rule)
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(seconds - 1)
    assert asked(floor) == ANA
    await floor.wait(1)
    assert only(floor).state == QUEUED


async def test_a_medium_is_accepted_by_itself_where_the_queue_says_so(floor: Floor) -> None:
    rules(floor, MAIL, offers={only_medium: OfferRules(auto_accept=True) for only_medium in ("email",)})
    await floor.sign_in(ANA)
    await floor.mail()
    await floor.wait(1)
    assert only(floor).state == ACTIVE


async def test_after_a_restart_an_offer_is_still_accepted_by_itself(floor: Floor) -> None:
    rules(floor, MAIL, auto_accept=True)
    await floor.sign_in(ANA)
    await floor.mail()
    assert only(floor).state == OFFERED
    floor.reload()
    await floor.wait(1)
    assert only(floor).state == ACTIVE


async def test_nobody_is_put_through_to_an_agent_who_is_not_back_yet(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    queues[MAIL] = replace(queues[MAIL], auto_accept=True)
    await floor.sign_in(ANA)
    await floor.mail()
    floor.presence.lost(ANA)
    await floor.wait(1)
    assert only(floor).state == OFFERED
    await floor.presence.came(ANA)
    await floor.wait(1)
    assert only(floor).state == ACTIVE


async def test_an_accept_after_the_deadline_is_refused_and_nothing_is_lost(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    floor.clock.at += 20
    reply = await floor.do(ANA, commands.AcceptOffer(offer=offer))
    assert (reply.ok, reply.code) == (False, "offer_expired")
    floor.hub.tick()
    await floor.settle()
    assert (only(floor).state, only(floor).offer_ended) == (QUEUED, "expired")
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).code == "offer_over"
    await floor.sign_in(BEN)
    assert asked(floor) == BEN


async def test_accept_wins_over_the_expiry_of_the_same_instant_when_it_came_first(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    floor.clock.at += 19.99
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    await floor.wait(0.01)
    assert (only(floor).state, only(floor).agent) == (ACTIVE, ANA)
    assert floor.hub.tables.agents[ANA].state == READY


# --- missed and declined --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missed", "state", "paused"),
    [("off", READY, ()), ("queue", READY, (SUPPORT,)), ("all", NOT_READY, ())],
)
async def test_who_misses_an_offer_is_kept_from_more_as_the_queue_says(
    floor: Floor, missed: str, state: str, paused: tuple[QueueId, ...]
) -> None:
    rules(floor, missed=missed)
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(20)
    ana = floor.hub.tables.agents[ANA]
    assert (ana.state, tuple(ana.paused)) == (state, paused)
    assert only(floor).offer_ended == "expired"


async def test_who_missed_an_offer_stays_ready_but_is_asked_for_it_again_only_after_a_while(
    floor: Floor,
) -> None:
    rules(floor, missed="off")
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(20)
    assert asked(floor) == ""
    await floor.wait(20)
    assert asked(floor) == ANA


async def test_a_paused_queue_asks_again_after_the_next_ready_and_others_meanwhile(floor: Floor) -> None:
    rules(floor, missed="queue")
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(20)
    await floor.wait(40)
    assert asked(floor) == ""
    await floor.chat("Hello", "m1")
    chat = next(i for i in floor.hub.tables.interactions.values() if i.queue == CHAT)
    assert chat.state == OFFERED
    assert (await floor.do(ANA, commands.DeclineOffer(offer=floor.offers(ANA)[0]))).ok
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert [i.queue for i in floor.hub.tables.interactions.values() if i.state == OFFERED] == [SUPPORT]


async def test_ready_said_during_other_work_ends_the_pause_of_a_queue(floor: Floor) -> None:
    rules(floor, missed="queue")
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(25)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    assert floor.hub.tables.agents[ANA].paused == {SUPPORT}
    assert (await floor.do(ANA, commands.SetReady())).ok
    assert floor.hub.tables.agents[ANA].paused == frozenset()
    mail = next(i.id for i in floor.hub.tables.interactions.values() if i.medium == "email")
    assert (await floor.do(ANA, commands.WrapUp(interaction=mail, code="solved"))).ok
    await floor.wait(25)
    assert len(floor.offers(ANA)) == 1


async def test_a_decline_needs_a_reason_of_the_centre_where_there_are_any(floor: Floor) -> None:
    reason = Reason(code=ReasonCode("case"), label="Busy with a case")
    floor.hub.centre = replace(floor.hub.centre, decline_reasons=(reason,), decline_needs_reason=True)
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    for said in ("", "bored"):
        reply = await floor.do(ANA, commands.DeclineOffer(offer=offer, reason=said))
        assert (reply.ok, reply.code, reply.message) == (
            False,
            "unknown_reason",
            "Say why you decline: case.",
        )
    assert asked(floor) == ANA
    assert (await floor.do(ANA, commands.DeclineOffer(offer=offer, reason="case"))).ok
    ended = [e for _, e in floor.store.events() if isinstance(e, interactions.OfferEnded)]
    assert [(e.why, e.reason) for e in ended] == [("declined", "case")]


async def test_where_no_reason_is_needed_one_that_is_given_must_be_known(floor: Floor) -> None:
    reason = Reason(code=ReasonCode("case"), label="Busy with a case")
    floor.hub.centre = replace(floor.hub.centre, decline_reasons=(reason,))
    await floor.sign_in(ANA)
    await floor.call()
    (offer,) = floor.offers(ANA)
    assert (await floor.do(ANA, commands.DeclineOffer(offer=offer, reason="bored"))).code == "unknown_reason"
    assert (await floor.do(ANA, commands.DeclineOffer(offer=offer))).ok


# --- steps, delays, turns -------------------------------------------------------------------------


async def test_a_step_asks_those_with_the_skill_and_the_rest_after_its_time(floor: Floor) -> None:
    rules(floor, steps=FRENCH_FIRST)
    await floor.sign_in(BEN)
    await floor.call()
    assert asked(floor) == ""
    await floor.wait(29)
    assert asked(floor) == ""
    await floor.wait(1)
    assert (asked(floor), only(floor).stage) == (BEN, 1)
    offer = only(floor).offer
    assert offer is not None
    assert offer.reasons[0] == "After the last step: anybody in the queue"


async def test_steps_go_on_while_it_rings_and_after_a_restart(floor: Floor) -> None:
    steps = (*FRENCH_FIRST, SkillStep(wish=parse("not french"), expires_s=Seconds(30)))
    rules(floor, steps=steps)
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(15)
    floor.reload()
    await floor.wait(15)
    assert only(floor).stage == 1
    await floor.wait(30)
    assert (only(floor).stage, asked(floor)) == (2, "")
    widened = [e.stage for _, e in floor.store.events() if isinstance(e, interactions.Widened)]
    assert widened == [1, 2]


async def test_a_start_that_took_long_goes_on_with_the_step_that_holds_by_then(floor: Floor) -> None:
    rules(floor, steps=FRENCH_FIRST)
    await floor.sign_in(BEN)
    await floor.call()
    floor.clock.at += 100
    floor.reload()
    floor.hub.tick()
    await floor.settle()
    assert only(floor).stage == 1


async def test_a_step_that_names_an_agent_asks_nobody_else(floor: Floor) -> None:
    rules(floor, steps=(SkillStep(agent=BEN, expires_s=Seconds(10)),))
    await floor.sign_in(ANA)
    await floor.call()
    assert asked(floor) == ""
    await floor.sign_in(BEN)
    assert asked(floor) == BEN


async def test_in_another_queue_steps_begin_anew(floor: Floor) -> None:
    rules(floor, CHAT, steps=FRENCH_FIRST)
    await floor.sign_in(BEN)
    await floor.chat("Hello", "m1")
    await floor.wait(30)
    assert (await floor.do(BEN, commands.AcceptOffer(offer=floor.offers(BEN)[0]))).ok
    key = only(floor).id
    await floor.wait(1)
    assert (await floor.do(BEN, commands.TransferInteraction(interaction=key, target="Web chat"))).ok
    assert (only(floor).stage, only(floor).entered_at) == (0, floor.clock.at)


async def test_young_work_is_not_offered_where_the_place_has_a_delay(floor: Floor) -> None:
    await floor.sign_in(ANA, BEN)
    await place(floor, ANA, SUPPORT, delay_s=Seconds(40))
    await place(floor, BEN, SUPPORT, delay_s=Seconds(90))
    await floor.call()
    assert asked(floor) == ""
    await floor.wait(39)
    assert asked(floor) == ""
    await floor.wait(1)
    assert asked(floor) == ANA
    assert only(floor).delay_s == Seconds(40)


async def test_a_free_agent_serves_the_queue_of_the_better_place_first(floor: Floor) -> None:
    await floor.call()
    await floor.wait(60)
    await floor.chat("Hello", "m1")
    await place(floor, BEN, CHAT, priority=80)
    await floor.sign_in(BEN)
    (found,) = (i for i in floor.hub.tables.interactions.values() if i.state == OFFERED)
    assert found.queue == CHAT


async def test_who_comes_free_takes_what_waited_before_it_takes_what_arrives(floor: Floor) -> None:
    """Both in one step: the older work waits for this agent alone (G5)."""
    await floor.call("c1")
    older = only(floor)
    await floor.wait(10)
    await floor.presence.came(ANA)

    def both(step: Step) -> None:
        value = replace(older, id="i-new", queued_at=step.now, call=None, state="arrived")  # type: ignore[arg-type]  # an id
        step.interaction(interactions.Arrived(interaction=value.id, at=step.now, value=value))
        step.interaction(interactions.Queued(interaction=value.id, at=step.now, queue=SUPPORT))
        step.agent(agents.WentReady(agent=ANA, at=step.now))

    await floor.hub.run(both)
    assert floor.hub.tables.interactions[older.id].state == OFFERED


# --- moved by a supervisor ------------------------------------------------------------------------


async def test_a_supervisor_moves_work_and_its_wait_stays_true(floor: Floor) -> None:
    await floor.call("c1", caller="+331")
    await floor.wait(30)
    await floor.call("c2", caller="+332")
    young = max(floor.hub.tables.interactions.values(), key=lambda i: i.queued_at)
    since = young.queued_at
    reply = await floor.do(
        SUE, commands.MoveInQueue(interaction=young.id, priority=50, older_s=60, reason="VIP")
    )
    assert reply.ok, reply.message
    await floor.sign_in(ANA)
    moved = floor.hub.tables.interactions[young.id]
    assert (moved.state, moved.queued_at, moved.older_s) == (OFFERED, since, Seconds(60))
    assert moved.offer is not None
    assert "Moved in the queue by a supervisor" in moved.offer.reasons


@pytest.mark.parametrize(
    ("priority", "older_s", "code"),
    [
        (0, 0.0, "bad_value"),
        (100, 0.0, "bad_value"),
        (50, 86_401.0, "bad_value"),
        (50, float("nan"), "bad_value"),
    ],
)
async def test_a_move_has_its_limits(floor: Floor, priority: int, older_s: float, code: str) -> None:
    await floor.call()
    key = only(floor).id
    command = commands.MoveInQueue(interaction=key, priority=priority, older_s=older_s)
    assert (await floor.do(SUE, command)).code == code
    assert only(floor).priority == 50


async def test_what_is_in_hand_is_not_moved(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    reply = await floor.do(SUE, commands.MoveInQueue(interaction=only(floor).id, priority=99))
    assert reply.code == "wrong_state"


# --- explained ------------------------------------------------------------------------------------


async def test_an_offer_that_is_not_there_is_refused(floor: Floor) -> None:
    await floor.sign_in(ANA)
    with pytest.raises(Exception, match="over"):
        await floor.hub.run(lambda step: floor.work.offering.accept(step, ANA, OfferId("o-none")))


async def test_the_offer_of_an_agent_who_is_no_longer_configured_ends_like_any_other(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    assert asked(floor) == ANA
    del floor.hub.tables.agents[ANA]
    await floor.wait(20)
    assert only(floor).state == QUEUED
