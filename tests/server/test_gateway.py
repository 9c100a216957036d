"""The agents' door, as programs and strangers meet it: real HTTP, real websockets, a real record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.types import AgentId, ConversationId
from agent_desktop.errors import DiskFullError
from agent_desktop.server.app import _door_trouble
from agent_desktop.server.config import ServerSettings
from agent_desktop.wire import commands, events
from agent_desktop.wire.codec import AGENT_LINK, MAX_REQUEST_BYTES, Refused
from agent_desktop.wire.replica import from_snapshot
from tests.server.door import PATIENCE_S, Door, Program, eventually, framed, hello, token_of
from tests.server.floor import ANA, BEN, MAIL

CORPUS = Path(__file__).parents[1] / "corpora" / "json_nst" / "test_parsing"
RIGHT = "correct horse battery"
USER = {"user": "ana", "password": RIGHT, "client": "test"}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    opened = await Door(tmp_path / "record.db").open()
    yield opened
    await opened.close()


async def post(
    door: Door, body: bytes | str, path: str = "/api/v1/sessions"
) -> tuple[int, dict[str, object]]:
    assert door.http is not None
    async with door.http.post(path, data=body) as answer:
        return answer.status, await answer.json()


async def refused(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, int | None]:
    """Read to the end; the code of the refusal and of the close."""
    code = ""
    async with asyncio.timeout(PATIENCE_S):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                _, body = AGENT_LINK.decode(message.data)
                if isinstance(body, Refused):
                    code = body.code
    return code, socket.close_code


# --- sign-in --------------------------------------------------------------------------------------


async def test_a_right_password_gives_a_token_that_opens_the_websocket(door: Door) -> None:
    await door.router.auth.set_password(ANA, RIGHT)
    status, body = await post(door, json.dumps(USER))
    assert (status, body["agent"]) == (201, "ana")
    program = await door.program(ANA, str(body["token"]))
    assert program.replica.me.id == "ana"
    assert program.replica.me.online


async def test_a_wrong_password_is_refused_and_the_sixth_try_must_wait(door: Door) -> None:
    await door.router.auth.set_password(ANA, RIGHT)
    wrong = json.dumps({**USER, "password": "wrong"})
    answers = [await post(door, wrong) for _ in range(6)]
    assert [status for status, _ in answers] == [401] * 5 + [429]
    assert answers[0][1]["code"] == "wrong_password"
    assert answers[5][1]["code"] == "too_many"
    assert (await post(door, json.dumps(USER)))[0] == 429, "the right one waits too, or the wait tells"
    door.clock.at += 61
    assert (await post(door, json.dumps(USER)))[0] == 201


async def test_an_unknown_user_hears_the_same_as_a_wrong_password(door: Door) -> None:
    unknown = await post(door, json.dumps({**USER, "user": "nobody"}))
    await door.router.auth.set_password(ANA, RIGHT)
    assert unknown == await post(door, json.dumps({**USER, "password": "wrong"}))


async def test_a_sign_in_that_is_no_json_is_answered_in_words(door: Door) -> None:
    bodies = [file.read_bytes() for file in sorted(CORPUS.glob("*.json"))]
    assert len(bodies) > 300
    for body in [*bodies, b"", b'{"user": 1, "password": []}', b"\xff\xfe", b"[" * 500_000]:
        status, answer = await post(door, body)
        assert (status, answer["code"]) == (400, "bad_request"), body[:60]


async def test_signing_out_ends_the_token(door: Door) -> None:
    program = await door.program(ANA)
    assert (await program.ask(commands.SignOut())).ok
    await program.until(lambda: program.code is not None)
    assert program.replica.signed_out == "signed_out"
    code, _ = await refused_hello(door, hello(token_of(ANA)))
    assert code == "bad_token"


async def test_a_second_sign_in_ends_the_first_and_says_so(door: Door) -> None:
    await door.router.auth.set_password(ANA, RIGHT)
    _, first = await post(door, json.dumps(USER))
    program = await door.program(ANA, str(first["token"]))
    assert (await program.ask(commands.SetReady())).ok
    _, second = await post(door, json.dumps(USER))
    await program.until(lambda: program.code is not None)
    assert program.replica.signed_out == "signed_in_elsewhere"
    assert (await refused_hello(door, hello(str(first["token"]))))[0] == "bad_token"
    again = await door.program(ANA, str(second["token"]))
    assert (again.replica.me.state, again.replica.me.reason) == ("not_ready", "signed_in")


# --- strangers ------------------------------------------------------------------------------------


async def refused_hello(door: Door, *frames: str | bytes) -> tuple[str, int | None]:
    socket = await door.socket()
    for frame in frames:
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
    return await refused(socket)


async def test_a_wrong_token_is_refused(door: Door) -> None:
    assert await refused_hello(door, hello("guessed")) == ("bad_token", 1008)
    assert await refused_hello(door, hello("\ud800".encode("utf-8", "replace").decode())) == (
        "bad_token",
        1008,
    )


async def test_a_program_of_another_protocol_is_refused_and_disturbs_nobody(door: Door) -> None:
    program = await door.program(ANA)
    assert await refused_hello(door, hello(token_of(ANA), protocol=99)) == ("bad_protocol", 1008)
    assert (await program.ask(commands.SetReady())).ok, "the program that works is still connected"


async def test_a_request_before_hello_is_refused(door: Door) -> None:
    request = framed(b'{"type":"Request","id":"r","command":{"type":"SetReady"}}')
    assert await refused_hello(door, request) == ("bad_frame", 1008)


async def test_hello_twice_is_refused(door: Door) -> None:
    assert await refused_hello(door, hello(token_of(ANA)), hello(token_of(ANA))) == ("bad_frame", 1008)


async def test_a_web_page_is_refused(door: Door) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await door.socket(Origin="https://evil.example")
    assert caught.value.status == 403


async def test_a_frame_over_64_kib_ends_the_connection(door: Door) -> None:
    big = "x" * (MAX_REQUEST_BYTES + 1)
    _, close = await refused_hello(door, hello(token_of(ANA)), big)
    assert close in (1008, 1009)
    note = commands.AddNote(message="m", conversation="c", text="x" * (MAX_REQUEST_BYTES - 1000))
    program = await door.program(ANA)
    assert (await program.ask(note)).code == "unknown_conversation", "a large one within the limit is read"


async def test_an_unknown_command_is_answered_and_the_connection_stays(door: Door) -> None:
    program = await door.program(ANA)
    assert program.socket is not None
    request = framed(b'{"type":"Request","id":"r-new","command":{"type":"FlyToTheMoon","speed":3}}')
    await program.socket.send_str(request)
    await program.until(lambda: "r-new" in program.replies)
    assert program.replies["r-new"][0].code == "unknown_command"
    assert (await program.ask(commands.SetReady())).ok


async def test_a_defect_of_ours_is_answered_and_written_down(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> events.Reply:
        raise ZeroDivisionError

    program = await door.program(ANA)
    monkeypatch.setattr(door.router.desk, "handle", broken)
    with caplog.at_level(logging.ERROR):
        reply = await program.ask(commands.SetReady())
    assert (reply.ok, reply.code) == (False, "failed")
    assert "ZeroDivisionError" in caplog.text


async def test_every_json_text_is_survived(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """As a whole frame, as a body and as a command: an answer or a refusal, and the door stays open."""
    with caplog.at_level(logging.ERROR):
        for file in sorted(CORPUS.glob("*.json")):
            data = file.read_bytes()[: MAX_REQUEST_BYTES - 200]
            for frame in (
                data,
                b'{"seq":0,"ack":0,"body":%b}' % data,
                b'{"seq":0,"ack":0,"body":{"type":"Request","id":"r","command":%b}}' % data,
            ):
                socket = await door.socket()
                await socket.send_str(hello(token_of(ANA)))
                await socket.send_bytes(frame)
                await socket.send_str(framed(b'{"type":"Ping"}'))
                await answered_or_refused(socket)
    assert caplog.records == []
    assert (await (await door.program(BEN)).ask(commands.SetReady())).ok


async def answered_or_refused(socket: aiohttp.ClientWebSocketResponse) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and '"Pong"' in message.data:
                break
        await socket.close()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Door]]:
    """A door that stays open over all examples of a property."""
    with asyncio.Runner() as runner:
        opened = runner.run(Door(tmp_path_factory.mktemp("door") / "record.db").open())
        yield runner, opened
        runner.run(opened.close())


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=300)), min_size=1, max_size=5))
def test_random_bytes_are_survived(
    standing: tuple[asyncio.Runner, Door], frames: list[tuple[bool, bytes]]
) -> None:
    runner, door = standing

    async def live() -> None:
        socket = await door.socket()
        for text, data in frames:
            kind = aiohttp.WSMsgType.TEXT if text else aiohttp.WSMsgType.BINARY
            with contextlib.suppress(aiohttp.ClientConnectionResetError):
                await socket.send_frame(data, kind)
        code, close = await refused(socket)
        assert code == "bad_frame" or close == 1007, "nothing random is a hello"
        program = await door.program(ANA)
        assert (await program.ask(commands.SetReady())).ok
        await program.drop()

    runner.run(live())


# --- connections that go wrong --------------------------------------------------------------------


async def test_a_silent_connection_is_given_up_after_15_seconds_and_its_offer_15_later(door: Door) -> None:
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
    assert door.router.hub.index.waiting(MAIL) == 0, "a program may come back within the lease"
    door.clock.at += 15
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
