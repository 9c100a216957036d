"""Connections that go wrong, a full disk, a taken port: nothing acknowledged is lost, nothing acts twice."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.types import AgentId, ConversationId
from agent_desktop.errors import DiskFullError
from agent_desktop.server.app import _door_trouble
from agent_desktop.server.config import ServerSettings
from agent_desktop.wire import commands, events
from agent_desktop.wire.replica import from_snapshot
from tests.server.door import Door, Program, eventually, token_of
from tests.server.floor import ANA, BEN, MAIL


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    opened = await Door(tmp_path / "record.db").open()
    yield opened
    await opened.close()


async def test_a_silent_connection_is_given_up_after_15_seconds_with_its_offer(door: Door) -> None:
    program = await door.program(ANA)
    assert (await program.ask(commands.SetReady())).ok
    await door.mail_in(1)
    await program.until(lambda: bool(program.replica.offers))
    door.clock.at += 14.9
    door.router.board.receiver(ANA).wake()
    await asyncio.sleep(0.05)
    assert door.online(ANA)
    door.clock.at += 0.1
    door.router.board.receiver(ANA).wake()
    await eventually(lambda: not door.online(ANA))
    door.router.hub.tick()
    await eventually(lambda: door.router.hub.index.waiting(MAIL) == 1)
    assert door.router.hub.tables.agents[ANA].reason == "lost_connection"


async def test_a_program_that_pongs_is_never_given_up(door: Door) -> None:
    program = await door.program(ANA)
    for _ in range(10):
        door.clock.at += 5
        door.router.board.receiver(ANA).wake()
        assert await program.read(), "the heartbeat"
        await program.ask(commands.SetReady())
    assert door.online(ANA)


async def test_a_slow_reader_is_cut_off_and_resumes_without_loss_while_others_do_not_notice(
    door: Door,
) -> None:
    slow, other = await door.program(ANA), await door.program(BEN)
    quiet = [await timed(other) for _ in range(30)]
    info = from_snapshot(door.router.board.snapshot(ANA)).centre
    busy: list[float] = []
    sent = 0
    async with asyncio.timeout(60):
        while door.online(ANA):
            for _ in range(20):
                sent += 1
                name = f"{sent} {'x' * 16_000}"
                changed = events.CentreChanged(centre=type(info)(name=name))
                door.router.board.send(ANA, changed)
            busy.append(await timed(other))
            assert sent < 9_000, "never cut off"
    door.router.board.send(ANA, events.CentreChanged(centre=info))
    await slow.until(lambda: slow.code is not None)
    assert slow.code == 1013
    read = len(slow.names)
    assert read < sent, "some of it waited in the router"
    await slow.connect()
    assert slow.welcome is not None
    assert slow.welcome.resumed
    assert [int(name.split()[0]) for name in slow.names[:-1]] == list(range(1, sent + 1))
    assert await slow.differences() == []
    assert statistics.median(busy) < 10 * statistics.median(quiet) + 0.05


async def timed(program: Program) -> float:
    start = time.perf_counter()
    await program.ask(commands.ListInteractions())
    return time.perf_counter() - start


async def test_two_connections_at_once_leave_one_that_works(door: Door) -> None:
    programs = [Program(door, ANA, token_of(ANA)) for _ in range(4)]
    door.programs += programs
    await asyncio.gather(*(program.connect() for program in programs), return_exceptions=True)
    assert door.router.gateway.online == 1
    for program in programs:
        await program.send(commands.SetReady(), "both")
    await eventually(lambda: door.router.hub.tables.agents[ANA].state == "ready")
    assert door.online(ANA)


@pytest.mark.parametrize("times", [5])
async def test_a_command_sent_again_over_reconnects_acts_once(door: Door, times: int) -> None:
    program = await door.program(ANA)
    await program.ask(commands.SetReady())
    await door.mail_in(1)
    await program.until(lambda: bool(program.replica.offers))
    (offer,) = program.replica.offers.values()
    assert (await program.ask(commands.AcceptOffer(offer=offer.id))).ok
    await program.until(lambda: bool(program.replica.conversations))
    (conversation,) = program.replica.conversations
    command = commands.SendMessage(message="m-once", conversation=conversation, text="It is on its way.")
    await program.send(command, "once")
    for _ in range(times - 1):
        await program.drop()
        await program.connect(frames=1)  # the welcome: what has no reply yet is sent again
        await program.flush()
    await program.until(lambda: "once" in program.replies)
    assert program.replies["once"][-1].ok
    repeated = await program.ask(command, "once")
    assert repeated.ok
    await eventually(lambda: len(door.mail.sent) == 1)
    kept = door.store.messages(ConversationId(conversation))
    assert [m.id for m in kept if m.direction == "out"] == ["m-once"]
    await program.drop()
    await program.connect()
    assert await program.differences() == []


MOVES = ("mail", "ready", "not_ready", "accept", "wrap_up", "note", "watch", "drop", "drop_early", "other")


@settings(max_examples=15)
@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 9)), max_size=25))
def test_a_reconnect_at_any_point_ends_in_the_same_state(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    async def live() -> None:
        door = await Door(tmp_path_factory.mktemp("door") / "record.db").open()
        try:
            program, other = await door.program(ANA), await door.program(BEN)
            for number, (move, pick) in enumerate(moves):
                await moved(program, other, number, move, pick)
            await program.drop()
            await program.connect()
            while program.side.pending:
                await program.read()
            assert await program.differences() == []
            assert await other.differences() == []
        finally:
            await door.close()

    asyncio.run(live())


async def moved(program: Program, other: Program, number: int, move: str, pick: int) -> None:
    if program.socket is None:
        await program.connect(frames=1)
    replica = program.replica
    match move:
        case "mail":
            await program.door.mail_in(number)
        case "ready":
            await program.send(commands.SetReady())
        case "not_ready":
            await program.send(commands.SetNotReady(reason="break"))
        case "accept" if replica.offers:
            await program.send(commands.AcceptOffer(offer=next(iter(replica.offers))))
        case "wrap_up" if replica.interactions:
            key = next(iter(replica.interactions))
            await program.send(commands.WrapUp(interaction=key, code="solved"))
        case "note" if replica.conversations:
            key = next(iter(replica.conversations))
            await program.send(commands.AddNote(message=f"n{number}", conversation=key, text="Noted"))
        case "watch":
            await program.send(commands.Watch(scope=("mine", "queue", "all")[pick % 3]))
        case "drop":
            await program.drop()
        case "drop_early":
            await program.drop()
            await program.connect(frames=1 + pick % 2)
        case "other":
            await other.ask(commands.SetReady())
        case _:
            await program.catch_up()


# --- a full disk, a taken port --------------------------------------------------------------------


async def test_on_a_full_disk_nothing_acknowledged_is_lost_and_work_goes_on_when_there_is_room(
    door: Door,
) -> None:
    program = await door.program(ANA)
    await program.ask(commands.SetReady())
    await door.mail_in(1)
    await program.until(lambda: bool(program.replica.offers))
    (offer,) = program.replica.offers.values()
    await program.ask(commands.AcceptOffer(offer=offer.id))
    await program.until(lambda: bool(program.replica.conversations))
    (conversation,) = program.replica.conversations
    limit_pages(door, 30)
    acknowledged: list[str] = []
    for number in range(500):
        note = commands.AddNote(message=f"n{number}", conversation=conversation, text="x" * 2000)
        reply = await program.ask(note)
        if not reply.ok:
            break
        acknowledged.append(note.message)
    assert acknowledged
    assert (reply.code, "full" in reply.message) == ("not_kept", True)
    with pytest.raises(DiskFullError):
        await door.mail_in(2, text="y" * 50_000)
    assert notes(door, conversation) == acknowledged
    assert await program.differences() == [], "the view is what was kept, on the same connection"
    assert door.router.gateway.online == 1
    limit_pages(door, 1_000_000)
    again = await program.ask(note)
    assert again.ok
    assert notes(door, conversation) == [*acknowledged, note.message]
    await door.mail_in(2)
    await program.until(lambda: bool(program.replica.offers))
    assert await program.differences() == []
    for key, value in door.router.hub.tables.interactions.items():
        assert door.store.interaction(key) == value


def limit_pages(door: Door, more: int) -> None:
    connection = door.store._writer._connection
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")
    connection.rollback()


def notes(door: Door, conversation: str) -> list[str]:
    kept = door.store.messages(ConversationId(conversation), limit=1000)
    return sorted((m.id for m in kept if m.direction == "note"), key=lambda key: int(key[1:]))


async def test_a_taken_port_is_said_in_words_and_leaves_nothing_behind(door: Door, tmp_path: Path) -> None:
    second = Door(tmp_path / "second.db", port=door.router.port)
    with pytest.raises(OSError, match="address already in use") as caught:
        await second.open()
    words = _door_trouble(caught.value, ServerSettings(http_port=door.router.port))
    assert str(door.router.port) in words
    await second.close()
    third = await Door(tmp_path / "second.db").open()
    assert (await third.program(AgentId("ben"))).replica.me.id == "ben"
    await third.close()
