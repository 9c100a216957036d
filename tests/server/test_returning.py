"""The return timer: work in hand without a reply goes back to its queue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.interaction import Interaction, Returned
from agent_desktop.domain.types import AgentId, Seconds
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, CHAT, MAIL, Floor
from tests.server.talking import talk


def rules(floor: Floor) -> None:
    queues = floor.hub.centre.queues
    for key in (MAIL, CHAT):
        queues[key] = replace(queues[key], return_s=Seconds(120.0))


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = await Floor(tmp_path / "record.db").start()
    rules(made)
    yield made
    await made.stop()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


async def accept(floor: Floor, agent: AgentId = ANA) -> None:
    (offer,) = floor.offers(agent)
    assert (await floor.do(agent, commands.AcceptOffer(offer=offer))).ok


async def reply(floor: Floor, text: str = "On its way.") -> None:
    sent = commands.SendMessage(
        message=f"m{next(floor.request)}", conversation=only(floor).conversation, text=text
    )
    assert (await floor.do(ANA, sent)).ok


async def test_work_without_a_reply_goes_back_with_its_age_and_is_offered_to_somebody_else(
    floor: Floor,
) -> None:
    await floor.chat("Hello", "1")
    queued_at = only(floor).queued_at
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.sign_in(BEN)
    await floor.wait(119)
    assert (only(floor).state, only(floor).agent) == ("active", ANA)
    await floor.wait(1)
    i = only(floor)
    assert (i.state, i.queued_at, i.path[-1]) == ("offered", queued_at, "Ana did not reply")
    assert i.offer is not None
    assert i.offer.agent == BEN
    assert any(isinstance(e, Returned) and e.why == "no reply" for _, e in floor.store.events())


async def test_who_had_it_is_asked_last_but_is_asked_when_nobody_else_is_there(floor: Floor) -> None:
    await floor.chat("Hello", "1")
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.wait(120)
    assert (only(floor).state, only(floor).refused_by) == ("queued", (ANA,))
    await floor.wait(20)
    assert only(floor).state == "offered"


async def test_who_had_it_is_asked_again_after_a_restart_too(floor: Floor) -> None:
    await floor.chat("Hello", "1")
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.wait(120)
    await floor.restart()
    rules(floor)
    await floor.sign_in(ANA)
    assert only(floor).state == "queued"
    await floor.wait(20)
    assert only(floor).state == "offered"


async def test_a_reply_stops_the_timer(floor: Floor) -> None:
    await floor.chat("Hello", "1")
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.wait(100)
    await reply(floor)
    await floor.wait(1000)
    assert (only(floor).state, only(floor).agent) == ("active", ANA)


async def test_a_note_does_not(floor: Floor) -> None:
    await floor.mail()
    await floor.sign_in(ANA)
    await accept(floor)
    noted = commands.AddNote(message="n1", conversation=only(floor).conversation, text="Who knows?")
    assert (await floor.do(ANA, noted)).ok
    await floor.wait(120)
    assert only(floor).state == "queued"


async def test_each_assignment_starts_it_anew(floor: Floor) -> None:
    await floor.mail()
    await floor.sign_in(ANA)
    await accept(floor)
    await reply(floor)
    await floor.wait(1)
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=only(floor).id, target="Mail"))).ok
    await accept(floor)
    await floor.wait(119)
    assert only(floor).state == "active"
    await floor.wait(1)
    assert only(floor).state == "queued"


async def test_what_is_taken_by_hand_is_timed_too(floor: Floor) -> None:
    await floor.mail()
    await floor.sign_in(ANA, ready=False)
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=only(floor).id))).ok
    await floor.wait(120)
    assert only(floor).state == "queued"


async def test_parked_work_stays_parked(floor: Floor) -> None:
    await floor.chat("Hello", "1")
    await floor.sign_in(ANA)
    await accept(floor)
    assert (await floor.do(ANA, commands.ParkInteraction(interaction=only(floor).id))).ok
    await floor.wait(1000)
    assert only(floor).state == "parked"


async def test_it_runs_on_over_a_restart(floor: Floor) -> None:
    await floor.mail()
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.wait(10)
    await floor.stop()
    floor._open()
    rules(floor)
    await floor.start()
    await floor.presence.came(ANA)
    await floor.wait(109)
    assert only(floor).state == "active"
    await floor.wait(1)
    assert only(floor).state == "queued"


async def test_a_queue_without_it_lets_work_rest(floor: Floor) -> None:
    floor.hub.centre.queues[MAIL] = replace(floor.hub.centre.queues[MAIL], return_s=Seconds(0.0))
    await floor.mail()
    await floor.sign_in(ANA)
    await accept(floor)
    await floor.wait(100_000)
    assert only(floor).state == "active"


class Shrinking(Floor):
    """A floor from whose configuration agents are taken out before it starts again."""

    without: tuple[AgentId, ...] = ()

    def configuration(self) -> Centre:
        made = super().configuration()
        left = {key: entry for key, entry in made.agents.items() if key not in self.without}
        return replace(made, agents=left)


async def test_written_work_of_an_agent_who_is_no_longer_configured_waits_again_after_a_start(
    tmp_path: Path,
) -> None:
    floor = Shrinking(tmp_path / "shrinking.db")
    await floor.start()
    await floor.chat("Hello", "1")
    queued_at = only(floor).queued_at
    await floor.sign_in(ANA)
    await accept(floor)
    floor.without = (ANA,)
    await floor.restart()
    await floor.wait(0)
    assert (only(floor).state, only(floor).agent, only(floor).queued_at) == ("queued", "", queued_at)
    await floor.sign_in(BEN)
    assert len(floor.offers(BEN)) == 1
    whys = [e.why for _, e in floor.store.events(limit=10_000) if isinstance(e, Returned)]
    assert whys == ["the agent is gone"]
    await floor.stop()


async def test_the_timer_of_an_agent_who_is_taken_out_names_the_agent_and_gives_the_work_back(
    floor: Floor,
) -> None:
    await floor.mail()
    await floor.sign_in(ANA)
    await accept(floor)
    del floor.hub.tables.agents[ANA]
    await floor.wait(120)
    assert only(floor).state == "queued"
    assert "ana did not reply" in only(floor).path


async def test_a_call_kept_for_an_agent_who_is_no_longer_configured_is_offered_to_others_after_a_start(
    tmp_path: Path,
) -> None:
    floor = Shrinking(tmp_path / "shrinking.db")
    await floor.start()
    call = await talk(floor)
    await floor.sign_in(BEN, ready=False)
    await call.kept_for("ben")
    assert only(floor).reserved == BEN
    floor.without = (BEN,)
    await floor.restart()
    await floor.wait(0)
    await floor.presence.came(ANA)
    assert only(floor).reserved != BEN
    assert len(floor.offers(ANA)) == 1
    await floor.stop()
