"""Work kept for one agent: for a time, which a later one replaces; and what people take from the list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import MediumId
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, Floor
from tests.server.talking import talk


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    yield made
    await made.stop()


async def test_the_timer_of_an_earlier_reservation_does_not_end_a_newer_one(floor: Floor) -> None:
    """Sent to Ben, taken back, and sent to Ben again: the second time has its own half minute."""
    call = await talk(floor)
    await floor.sign_in(BEN, ready=False)
    await call.kept_for("Ben")
    await floor.wait(5)
    hub, key = floor.hub, call.now.id
    await hub.run(lambda step: floor.work.waiting.back_to_sender(step, step.interaction_of(key)))
    await floor.wait(5)
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    await call.tell()
    await call.kept_for("Ben")
    until_at = floor.clock.at + 30
    assert (call.now.reserved, call.now.reserved_until_at) == (BEN, until_at)
    await floor.wait(20)  # the first one's time is over
    assert call.now.reserved == BEN
    await floor.wait(10)
    assert call.now.reserved == ANA


async def test_what_is_kept_for_one_agent_has_its_time_in_the_record(floor: Floor) -> None:
    call = await talk(floor)
    await floor.sign_in(BEN, ready=False)
    await call.kept_for("Ben")
    until_at = call.now.reserved_until_at
    await floor.wait(20)
    await floor.restart()
    assert call.now.reserved_until_at == until_at
    await floor.presence.came(ANA)
    await floor.wait(10)
    assert call.now.reserved == ANA


# --- taken from the list ----------------------------------------------------------------------------


def mails(floor: Floor) -> list[Interaction]:
    return sorted(floor.hub.tables.interactions.values(), key=lambda i: i.arrived_at)


async def three_mails(floor: Floor) -> None:
    for number in range(3):
        await floor.mail(f"<{number}@out>", sender=f"v{number}@example.com")
        await floor.wait(1)


async def test_nobody_takes_more_from_the_list_than_there_is_room_for(floor: Floor) -> None:
    await floor.sign_in(ANA, ready=False)
    await three_mails(floor)
    first, second, third = (commands.TakeInteraction(interaction=i.id) for i in mails(floor))
    assert (await floor.do(ANA, first)).ok
    assert (await floor.do(ANA, second)).ok
    refused = await floor.do(ANA, third)
    assert (refused.ok, refused.code) == (False, "no_room")
    assert refused.message == "You have no room for one more: Email. Finish or park something first."
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=first.interaction))).ok
    assert (await floor.do(ANA, third)).ok


async def test_a_mail_may_be_taken_beside_a_call(floor: Floor) -> None:
    await talk(floor)
    await floor.mail()
    (mail,) = (i for i in mails(floor) if i.medium == "email")
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=mail.id))).ok


async def test_an_agents_own_limit_counts(floor: Floor) -> None:
    await floor.sign_in(ANA, ready=False)
    await three_mails(floor)
    agents = floor.hub.tables.agents
    agents[ANA] = replace(agents[ANA], limits={MediumId("email"): 1})
    first, second, _third = (commands.TakeInteraction(interaction=i.id) for i in mails(floor))
    assert (await floor.do(ANA, first)).ok
    assert (await floor.do(ANA, second)).code == "no_room"
