"""The router's rooms with calls, phones, transfers, missed offers and a restart: replayed exactly."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from agent_desktop.domain.agent import Agent, AgentEvent, HandsEased
from agent_desktop.domain.types import Instant
from agent_desktop.server.hub import Step
from agent_desktop.server.replay import record
from agent_desktop.server.replay.exact import Outcome, Replay
from agent_desktop.server.replay.record import Configured
from agent_desktop.server.storage import personal
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, BEN, Floor, centre
from tests.server.stating import served
from tests.server.talking import talk


def replayed(path: Path) -> Outcome:
    with personal.opened(path, read_only=True) as connection:
        held = Configured(after=0, at=Instant(0.0), name="the floor's", centre=centre())
        return Replay([held]).run(record.events(connection))


async def test_ready_beside_a_mail_and_an_older_log_that_made_it_wait_are_replayed_alike(
    tmp_path: Path,
) -> None:
    """An older router wrote a next state there: it is applied as it was, and no call is due before it."""
    path = tmp_path / "record.db"
    floor = await Floor(path).start()
    try:
        await floor.sign_in(ANA, ready=False)
        await floor.mail()
        (mail,) = floor.hub.tables.interactions
        assert (await floor.do(ANA, commands.TakeInteraction(interaction=mail))).ok
        await floor.do(ANA, commands.SetReady())
        await floor.call()
        assert floor.offers(ANA)
    finally:
        await floor.stop()
    assert replayed(path).identical == replayed(path).decisions == 1

    connection = sqlite3.connect(path)
    with connection:
        (body,) = connection.execute("select body from events where kind = 'WentReady'").fetchone()
        older = json.dumps({**json.loads(body), "state": "ready"})
        connection.execute(
            "update events set kind = 'NextStateChosen', body = ? where kind = 'WentReady'", (older,)
        )
    connection.close()
    (difference,) = replayed(path).differences  # the offer that an older router had not made
    assert difference.computed == "nobody met anybody"


@pytest.mark.parametrize("older", [False, True])
async def test_turns_beside_an_open_mail_are_replayed_and_an_older_log_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool
) -> None:
    """An older router said nothing when work left hands that were not empty: the same agent was asked."""
    agent = Step.agent

    def silent(self: Step, event: AgentEvent) -> Agent:
        return self.agent_of(event.agent) if isinstance(event, HandsEased) else agent(self, event)

    if older:
        monkeypatch.setattr(Step, "agent", silent)
    path = tmp_path / "record.db"
    floor = await Floor(path).start()
    try:
        await floor.sign_in(ANA)
        await floor.wait(5)
        await floor.sign_in(BEN)
        await floor.mail()
        assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
        who = [await served(floor, f"c{number}") for number in range(4)]
    finally:
        await floor.stop()
    assert who == ([ANA] * 4 if older else [ANA, BEN, ANA, BEN])
    outcome = replayed(path)
    assert (outcome.differences, outcome.identical, outcome.decisions) == ([], 5, 5)


async def test_what_the_rooms_decided_is_decided_again(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    floor = await Floor(path).start()
    try:
        made = await talk(floor)  # Ana has a call
        await floor.sign_in(BEN)
        await floor.chat("hello", "m1")
        await floor.mail()
        await floor.wait(70)  # Ben misses the chat
        await floor.do(BEN, commands.SetReady())
        await floor.do(ANA, commands.TransferInteraction(interaction=made.interaction, target="ben"))
        await floor.wait(31)
        floor.exchange.on_event(wire.ExtensionRegistered(extension="102", registered=False))
        await floor.settle()
        await floor.call("c2")
        await floor.restart()
        await floor.sign_in(ANA, BEN)
        await floor.call("c3", number="100")
        await floor.mail("<2@out>", sender="zoe@example.com")
        await floor.wait(25)
        await floor.sign_in(ANA, BEN)
        await floor.wait(40)
    finally:
        await floor.stop()
    outcome = replayed(path)
    assert outcome.differences == []
    assert outcome.identical == outcome.decisions >= 5
    assert outcome.orphans == 0
