"""The checker in the running router: one line and one count for each violation, and never a false alarm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import invariants
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, OfferId
from agent_desktop.server import checking
from agent_desktop.server.checking import AT_ONCE, GRACE_S, WORK_SLICE, Checking
from agent_desktop.server.offering import Offering
from agent_desktop.wire import commands
from tests.server.door import Door
from tests.server.floor import ANA, BEN, Floor


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = Floor(tmp_path / "record.db")
    await floor.start()
    yield floor
    await floor.stop()


@pytest.fixture
def checker(floor: Floor) -> Checking:
    made = Checking(floor.hub)
    floor.hub.published.append(made.committed)
    return made


def look(checker: Checking) -> int:
    """One whole round; how many slices it had."""
    return sum(1 for _ in checker.round())


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        r.getMessage() for r in caplog.records if r.name == checking.__name__ and r.levelno >= logging.ERROR
    ]


def only(floor: Floor) -> Interaction:
    (interaction,) = floor.hub.tables.interactions.values()
    return interaction


async def test_an_ordinary_day_breaks_nothing(
    floor: Floor, checker: Checking, caplog: pytest.LogCaptureFixture
) -> None:
    await floor.sign_in(ANA, BEN)
    await floor.call()
    await floor.mail()
    await floor.chat("Hello", "1")
    for agent in (ANA, BEN):
        for offer in floor.offers(agent):
            await floor.do(agent, commands.AcceptOffer(offer=offer))
            look(checker)
    for _ in range(8):
        await floor.wait(15)
        look(checker)
    assert said(caplog) == []
    assert not checker.violations
    assert checker.rounds > 8


async def test_a_violation_is_one_line_with_its_ids_and_one_count(
    floor: Floor, checker: Checking, caplog: pytest.LogCaptureFixture
) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    i = only(floor)
    floor.hub.tables.in_hand.setdefault(BEN, set()).add(i.id)
    for _ in range(3):
        look(checker)
    assert said(caplog) == [
        f"invariant one_hand is broken: an agent holds what another has (interaction {i.id}, agent ben)"
    ]
    assert checker.violations == {invariants.ONE_HAND: 1}


async def test_what_was_mended_and_breaks_again_is_told_again(floor: Floor, checker: Checking) -> None:
    await floor.mail()
    floor.hub.tables.in_hand[BEN] = {only(floor).id}
    look(checker)
    floor.hub.tables.in_hand[BEN] = set()
    look(checker)
    floor.hub.tables.in_hand[BEN] = {only(floor).id}
    look(checker)
    assert checker.violations[invariants.ONE_HAND] == 2


async def test_what_a_commit_changed_is_looked_at_at_once(
    floor: Floor, checker: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor.hub.index, "waits", lambda _key: False)
    await floor.mail()
    assert checker.violations == {invariants.NOT_LOST: 1}


async def test_a_deadline_may_be_late_by_the_grace(
    floor: Floor, checker: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Offering, "expire", lambda *_offer: None)
    await floor.sign_in(ANA)
    await floor.mail()
    offer = only(floor).offer
    assert offer is not None
    floor.clock.at = offer.expires_at + GRACE_S
    look(checker)
    assert not checker.violations
    floor.clock.at += 0.1
    look(checker)
    assert checker.violations == {invariants.LEASE: 1}


async def test_work_left_waiting_counts_when_two_looks_agree(
    floor: Floor, checker: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Offering, "settle", lambda _self, step: (step.freed.clear(), step.arrived.clear()))
    floor.hub.settle = floor.work.offering.settle
    await floor.sign_in(ANA)
    await floor.mail()
    look(checker)  # it has only just come
    assert not checker.violations
    floor.clock.at += GRACE_S + 1
    look(checker)  # suspected
    assert not checker.violations
    floor.clock.at += GRACE_S
    look(checker)
    assert checker.violations == {invariants.NO_IDLE: 1}


async def test_work_for_which_nobody_is_free_is_not_left_waiting(floor: Floor, checker: Checking) -> None:
    await floor.sign_in(ANA, ready=False)
    await floor.mail()
    for _ in range(4):
        floor.clock.at += 60
        look(checker)
    assert not checker.violations


async def test_offers_of_before_a_clock_was_set_back_prove_nothing(floor: Floor, checker: Checking) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    look(checker)
    floor.clock.at -= 20
    assert (await floor.do(ANA, commands.DialNumber(number="+33699"))).ok
    look(checker)
    await floor.wait(5)
    look(checker)
    assert not checker.violations


async def test_a_round_goes_in_slices_and_survives_what_ends_meanwhile(
    floor: Floor, checker: Checking
) -> None:
    tables = floor.hub.tables
    for number in range(2 * WORK_SLICE):
        key = InteractionId(f"x{number}")
        tables.interactions[key] = Interaction(id=key, medium=only_medium(floor), state=interactions.PARKED)
    slices = 0
    for _ in checker.round():
        slices += 1
        tables.interactions.clear()
    assert slices >= 3
    assert not checker.violations


def only_medium(floor: Floor) -> interactions.MediumId:
    return next(iter(floor.hub.media))


async def test_of_a_large_commit_the_round_sees_the_rest(floor: Floor, checker: Checking) -> None:
    def many(step: object) -> None:
        for number in range(AT_ONCE + 10):
            key = InteractionId(f"x{number:04}")
            value = Interaction(id=key, medium=only_medium(floor), state=interactions.QUEUED)
            step.interaction(interactions.Arrived(interaction=key, at=floor.hub.clock.now(), value=value))  # type: ignore[attr-defined]  # a step

    await floor.hub.run(many)
    assert checker.violations == {invariants.NOT_LOST: AT_ONCE}, "none has a queue"
    look(checker)
    assert checker.violations == {invariants.NOT_LOST: AT_ONCE + 10}


async def test_a_defect_of_the_checker_ends_neither_commits_nor_rounds(
    floor: Floor, checker: Checking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise ValueError

    monkeypatch.setattr(invariants, "of_interaction", broken)
    monkeypatch.setattr(checking, "EVERY_S", 0.0)
    await floor.mail()
    assert len(floor.hub.tables.interactions) == 1
    running = asyncio.get_running_loop().create_task(checker.run())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    assert said(caplog).count("a round of the checker failed") > 1


async def test_an_offer_by_an_earlier_runs_clock_is_not_judged(floor: Floor, checker: Checking) -> None:
    await floor.sign_in(ANA)
    await floor.mail()
    i = only(floor)
    later = Instant(floor.clock.at + 500)
    lease = interactions.Offer(
        id=OfferId("o"), agent=AgentId(ANA), offered_at=later, expires_at=Instant(later + 20)
    )
    floor.hub.tables.interactions[i.id] = replace(i, offer=lease)
    look(checker)
    assert not checker.violations


async def test_the_metrics_name_every_rule(checker: Checking) -> None:
    rows = checker.rows()
    assert [at for _, at, _ in rows[:-1]] == [f'{{rule="{rule}"}}' for rule in invariants.RULES]
    assert {value for _, _, value in rows} == {0}
    assert all(name.endswith("_total") for name, _, _ in rows)


async def test_the_running_router_counts_what_breaks_in_its_metrics(tmp_path: Path) -> None:
    door = await Door(tmp_path / "record.db").open()
    assert door.http is not None
    try:
        async with door.http.get("/metrics") as answer:
            text = await answer.text()
    finally:
        await door.close()
    assert "# TYPE agent_desktop_invariant_violations_total counter" in text
    assert 'agent_desktop_invariant_violations_total{rule="one_hand"} 0' in text
