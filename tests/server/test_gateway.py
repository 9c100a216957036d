"""The agents' door, as programs and strangers meet it: real HTTP, real websockets, a real record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.ports.storage import Changes
from agent_desktop.wire import commands, events
from agent_desktop.wire.codec import AGENT_LINK, MAX_REQUEST_BYTES, Refused
from tests.server.door import PATIENCE_S, Door, framed, hello, token_of
from tests.server.floor import ANA, BEN

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


async def test_a_file_that_can_run_programs_is_kept_and_never_handed_out(door: Door) -> None:
    """The words of a refused file reach the agent; its bytes stay with the original mail."""
    await door.store.commit(Changes(blobs={"x-1": b"MZ"}))
    assert door.http is not None
    signed_in = {"Authorization": f"Bearer {token_of(ANA)}"}
    async with door.http.get("/api/v1/attachments/x-1", headers=signed_in) as no:
        assert (no.status, (await no.json())["code"]) == (403, "blocked_attachment")
