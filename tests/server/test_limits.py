"""What keeps the router up and small: failures after a commit, queue numbers for thousands, held values."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import ChannelId, ConversationId, MediumId
from agent_desktop.server import board as board_module
from agent_desktop.server import committed, hub
from agent_desktop.wire import commands
from tests.server.floor import ANA, BEN, SUE, Floor, Mirror


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    opened = await Floor(tmp_path / "record.db").start()
    yield opened
    await opened.stop()


async def test_a_defect_in_an_effect_does_not_end_the_commits(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR):
        await floor.hub.run(lambda step: step.after(broken))
    assert "ZeroDivisionError" in caplog.text
    await floor.sign_in(ANA)
    assert floor.board.snapshot(ANA).me.state == "ready"


async def test_a_defect_in_the_store_is_a_change_that_was_not_kept(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_changes: object) -> None:
        raise ZeroDivisionError

    await floor.sign_in(ANA, ready=False)
    mirror = Mirror(floor, ANA)
    mirror.connect()
    with monkeypatch.context() as patch:
        patch.setattr(floor.store, "commit", broken)
        reply = await floor.desk.handle(ANA, "r1", commands.SetReady())
    assert (reply.ok, reply.code) == (False, "not_kept")
    assert floor.hub.tables.agents[ANA].state == "not_ready"
    assert mirror.differences() == []
    assert (await floor.do(ANA, commands.SetReady(), "r1")).ok, "the same request may be sent again"
    assert mirror.differences() == []


async def test_queue_numbers_are_told_less_often_to_a_larger_audience(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_module, "QUEUES_TOLD_PER_S", 2.0)
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    floor.board.tell_queues()
    assert floor.board.tell_queues() == 0.0, "nothing changed: nothing told"
    await floor.mail()
    assert floor.board.tell_queues() == 1.0, "the mail queue has two who see it: Ana and Sue"
    floor.board.end(SUE)
    await floor.mail("<2@out>")
    assert floor.board.tell_queues() == 0.5


async def test_what_was_looked_at_is_let_go_and_what_is_live_or_changed_is_not(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HELD_MOST", 2)
    monkeypatch.setattr(committed, "HELD_MOST", 2)
    await floor.sign_in(ANA)
    mirror = Mirror(floor, ANA)
    mirror.connect()
    for number in range(12):
        await floor.mail(f"<{number}@out>")
        (offer,) = floor.board.snapshot(ANA).offers
        assert (await floor.do(ANA, commands.AcceptOffer(offer=offer.id))).ok
        done = commands.WrapUp(interaction=offer.interaction, code="solved")
        assert (await floor.do(ANA, done)).ok
        assert mirror.differences() == []
    await floor.chat("Hi", "1")
    live = set(floor.hub.tables.live_of)
    assert live <= floor.hub.tables.conversations.keys()
    assert len(floor.hub.tables.conversations) <= len(live) + 3
    first = floor.store.message_by_external(ChannelId("help"), "<0@out>")
    assert first is not None
    await floor.mail("<again@out>", references=("<0@out>",))
    kept = floor.store.conversation(ConversationId(first.conversation))
    assert kept is not None
    assert (kept.messages, kept.medium) == (2, MediumId("email")), "an old thread is read from the record"
    assert mirror.differences() == []
