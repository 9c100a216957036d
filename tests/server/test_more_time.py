"""More time while an offer rings, agents with longer timers, and customers who speak through a relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import timers
from agent_desktop.domain.interaction import OFFERED, QUEUED, WRAP_UP
from agent_desktop.domain.types import Seconds
from agent_desktop.wire import access, commands
from tests.server.asking import only, rules
from tests.server.floor import ANA, BEN, Floor, Mirror


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


def _entry(floor: Floor, **changed: object) -> None:
    """Another entry of Ana in the configuration."""
    centre = floor.hub.centre
    centre.agents[ANA] = replace(centre.agents[ANA], **changed)  # type: ignore[arg-type]  # fields of the entry
    floor.reload()


async def test_more_time_rings_on_and_ends_at_the_new_deadline(floor: Floor) -> None:
    rules(floor, offer_extend_s=Seconds(15.0), offer_extend_times=1)
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    await floor.wait(15)
    assert (await floor.do(ANA, access.ExtendOffer(offer=offer.id))).ok
    await floor.wait(10)  # the first deadline has passed
    still = only(floor).offer
    assert only(floor).state == OFFERED
    assert still is not None
    assert (still.id, still.expires_at, still.more_times) == (offer.id, offer.expires_at + 15, 0)
    refused = await floor.do(ANA, access.ExtendOffer(offer=offer.id))
    assert (refused.ok, refused.code) == (False, "extended_out")
    await floor.wait(10.1)
    assert only(floor).state == QUEUED


async def test_more_time_survives_a_restart(floor: Floor) -> None:
    rules(floor, offer_extend_s=Seconds(15.0))
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    assert (await floor.do(ANA, access.ExtendOffer(offer=offer.id))).ok
    await floor.restart()
    again = only(floor).offer
    assert again is not None
    assert again.expires_at == offer.expires_at + 15


async def test_nobody_lengthens_what_is_offered_to_another(floor: Floor) -> None:
    rules(floor, offer_extend_s=Seconds(15.0))
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    refused = await floor.do(BEN, access.ExtendOffer(offer=offer.id))
    assert (refused.ok, refused.code) == (False, "offer_over")


async def test_a_queue_without_it_gives_no_more_time(floor: Floor) -> None:
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    refused = await floor.do(ANA, access.ExtendOffer(offer=offer.id))
    assert (refused.ok, refused.code) == (False, "no_more_time")


async def test_longer_timers_of_an_agent_lengthen_the_offer_and_the_wrap_up(floor: Floor) -> None:
    rules(floor, wrapup_mode="mandatory_timed", wrapup_s=Seconds(30.0))
    _entry(floor, timers=2.0)
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    assert offer.expires_at == offer.offered_at + 40
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    assert (await floor.do(ANA, commands.EndInteraction(interaction=only(floor).id))).ok
    i = only(floor)
    assert (i.state, i.wrapup_deadline_at) == (WRAP_UP, i.wrapup_at + 60)
    await floor.wait(59)
    assert only(floor).state == WRAP_UP


async def test_nothing_is_answered_by_itself_for_an_agent_who_must_not_be_hurried(floor: Floor) -> None:
    rules(floor, auto_accept=True)
    _entry(floor, auto_accept=False)
    await floor.sign_in(ANA)
    await floor.call()
    await floor.wait(2)
    assert only(floor).state == OFFERED


async def test_a_relay_customer_is_noted_and_the_wrap_up_is_longer(floor: Floor) -> None:
    rules(floor, wrapup_mode="mandatory_timed", wrapup_s=Seconds(30.0))
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    key = only(floor).id
    unknown = await floor.do(ANA, access.SetAccessNeeds(interaction=key, needs=(timers.RELAY,)))
    assert (unknown.ok, unknown.code) == (False, "no_customer")
    assert (await floor.do(ANA, commands.CreateCustomer(interaction=key, customer="k1", name="Lena"))).ok
    assert (await floor.do(ANA, access.SetAccessNeeds(interaction=key, needs=(timers.RELAY,)))).ok
    assert (await floor.do(ANA, commands.EndInteraction(interaction=key))).ok
    i = only(floor)
    assert i.wrapup_deadline_at == i.wrapup_at + 30 * floor.hub.centre.relay_timers


async def test_the_agents_program_is_told_of_more_time_as_the_same_offer(floor: Floor) -> None:
    rules(floor, offer_extend_s=Seconds(15.0))
    await floor.sign_in(ANA)
    mirror = Mirror(floor, ANA)
    mirror.connect()
    await floor.call()
    mirror.catch_up()
    (before,) = floor.board.snapshot(ANA).offers
    assert (await floor.do(ANA, access.ExtendOffer(offer=before.id))).ok
    mirror.catch_up()
    (after,) = floor.board.snapshot(ANA).offers
    assert (after.id, after.expires_at, after.more_times) == (before.id, before.expires_at + 15, 2)
    assert mirror.differences() == []


async def test_a_number_that_relays_call_tags_its_calls_and_their_wrap_up_is_longer(floor: Floor) -> None:
    rules(floor, wrapup_mode="mandatory_timed", wrapup_s=Seconds(30.0))
    centre = floor.hub.centre
    relayed = tuple(replace(row, needs=(timers.RELAY,)) for row in centre.numbers)
    floor.hub.centre = replace(centre, numbers=relayed)
    await floor.sign_in(ANA)
    await floor.call()
    offer = only(floor).offer
    assert offer is not None
    (shown,) = floor.board.snapshot(ANA).interactions
    assert shown.tags == (timers.RELAY,)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
    assert (await floor.do(ANA, commands.EndInteraction(interaction=only(floor).id))).ok
    i = only(floor)
    assert i.wrapup_deadline_at == i.wrapup_at + 60
