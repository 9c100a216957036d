"""The chat's door: who is let in, what bad bytes get, and the headers of every answer."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from agent_desktop.server.web import chat as door
from agent_desktop.server.web.chat import same_origin
from agent_desktop.server.web.security import add_headers

CORPUS = Path(__file__).parents[2] / "corpora" / "json_nst" / "test_parsing"
HELLO = '{"type": "hello"}'


@pytest.fixture
async def client() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


def joined(client: Any, server: Any, origin: str | None = "") -> Any:
    headers = {} if origin is None else {"Origin": origin or server.url}
    return client.ws_connect(server.socket_url, headers=headers, max_msg_size=0)


async def test_our_own_page_and_the_configured_shop_may_come_in(client: Any, server: Any) -> None:
    for origin in (server.url, "https://shop.example"):
        async with joined(client, server, origin) as visitor:
            await visitor.send_str(HELLO)
            assert (await visitor.receive_json())["type"] == "welcome"


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "https://shop.example.evil.example",
        "http://127.0.0.1:1",
        "http://[",
        "file://",
    ],
)
async def test_other_pages_may_not(client: Any, server: Any, origin: str | None) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await joined(client, server, origin)
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://help.example", "help.example", True),
        ("https://HELP.example:8443", "help.example:8443", True),
        ("https://help.example", "help.example:8443", False),
        ("ws://help.example", "help.example", False),
        ("http://", "", False),
        ("", "", False),
    ],
)
def test_an_origin_is_ours_by_host_and_port(origin: str, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same


async def test_an_unknown_site_is_not_found(client: Any, server: Any) -> None:
    async with client.get(f"{server.url}/ws/chat?site=other") as answer:
        assert answer.status == 404


async def test_compression_is_off_even_when_asked_for(client: Any, server: Any) -> None:
    async with client.ws_connect(server.socket_url, headers={"Origin": server.url}, compress=15) as visitor:
        assert not visitor.compress


async def test_every_json_of_the_corpus_gets_a_close_with_a_reason(
    client: Any, server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(door, "CONNECTS_AT_ONCE", 10_000)
    for path in sorted(CORPUS.iterdir()):
        raw = await asyncio.to_thread(path.read_bytes)
        async with joined(client, server) as visitor:
            # The bytes as they are, in a text frame: some are no UTF-8 at all.
            await visitor._writer.send_frame(raw, aiohttp.WSMsgType.TEXT)
            answer = await visitor.receive(timeout=30)
            assert answer.type is aiohttp.WSMsgType.CLOSE, path.name
            # Over 64 KB is 1009, bytes that are no UTF-8 are 1007.
            assert answer.data in {1007, 1008, 1009}, path.name
    async with joined(client, server) as visitor:
        await visitor.send_str(HELLO)
        assert (await visitor.receive_json())["type"] == "welcome"


async def test_random_bytes_close_the_connection_and_never_the_door(client: Any, server: Any) -> None:
    rng = random.Random(20)
    for size in (0, 1, 7, 200, 5_000, 60_000):
        for kind in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            async with joined(client, server) as visitor:
                await visitor._writer.send_frame(rng.randbytes(size), kind)
                answer = await visitor.receive(timeout=30)
                assert answer.type is aiohttp.WSMsgType.CLOSE
                assert answer.data in {1003, 1007}
    # Bytes that are no websocket frame at all.
    for _ in range(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        request = (
            f"GET /ws/chat?site=demo HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        writer.write(request.encode() + rng.randbytes(500))
        assert (await reader.readline()).startswith(b"HTTP/1.1 101")
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 30)
        writer.close()
    async with joined(client, server) as visitor:
        await visitor.send_str(HELLO)
        assert (await visitor.receive_json())["type"] == "welcome"


async def test_a_frame_over_64_kb_is_closed_with_1009(client: Any, server: Any) -> None:
    async with joined(client, server) as visitor:
        await visitor.send_str("x" * 70_000)
        answer = await visitor.receive(timeout=30)
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.CLOSE, 1009)


async def test_who_says_nothing_is_asked_to_leave(client: Any, server: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(door, "HELLO_S", 0.05)
    async with joined(client, server) as visitor:
        answer = await visitor.receive(timeout=30)
        assert (answer.data, answer.extra) == (1008, "Say hello first.")


def masked(text: str) -> bytes:
    """A short text frame of a client (RFC 6455, section 5.2) with a mask of zeros."""
    raw = text.encode()
    assert len(raw) < 126
    return bytes([0x81, 0x80 | len(raw), 0, 0, 0, 0]) + raw


async def test_a_reader_that_stands_still_is_closed_and_holds_nobody_up(
    server: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(door, "CLOSE_S", 0.2)
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.setblocking(False)
    with contextlib.closing(stuck):
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stuck, ("127.0.0.1", server.port))
        request = (
            f"GET /ws/chat?site=demo HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        said = masked('{"type": "say", "client": "abcdefgh", "text": "Hello"}')
        await loop.sock_sendall(stuck, request.encode() + masked(HELLO) + said)
        got = b""
        while b'"type":"ack"' not in got:
            got += await asyncio.wait_for(loop.sock_recv(stuck, 4096), 30)
        # From here on it reads nothing.  Others are served meanwhile and afterwards.
        room = server.channel._rooms[next(iter(server.centre.record))]
        async with asyncio.timeout(60):
            while room.windows:
                await server.channel.send(server.centre.agent_writes(room.thread, "x" * 50_000))
                await asyncio.sleep(0.001)
        assert server.channel._connections == set()


async def test_a_fault_of_ours_closes_one_connection_and_is_written_down(
    client: Any, server: Any, monkeypatch: Any, caplog: Any
) -> None:
    async def broken(_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(server.centre, "message_arrived", broken)
    async with joined(client, server) as visitor:
        await visitor.send_str(HELLO)
        await visitor.receive_json()
        await visitor.send_str('{"type": "say", "client": "abcdefgh", "text": "Hello"}')
        answer = await visitor.receive(timeout=30)
        assert (answer.data, answer.extra) == (1011, "Something failed here. Connect again.")
    assert "ZeroDivisionError" in caplog.text
    async with joined(client, server) as visitor:
        await visitor.send_str(HELLO)
        assert (await visitor.receive_json())["type"] == "welcome"


async def test_addresses_that_were_quiet_are_forgotten(client: Any, server: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(door, "ADDRESSES_KEPT", 1)
    for _ in range(3):
        async with joined(client, server) as visitor:
            await visitor.send_str(HELLO)
            assert (await visitor.receive_json())["type"] == "welcome"


async def test_without_a_chat_site_there_is_no_shop(client: Any) -> None:
    application = web.Application()
    application.add_routes(door.chat_routes([]))
    async with (
        TestServer(application, host="127.0.0.1") as alone,
        client.get(alone.make_url("/chat/demo")) as answer,
    ):
        assert answer.status == 404
        assert await answer.text() == "There is no chat site in centre.toml."


async def test_over_tls_the_browser_is_told_to_stay_there() -> None:
    answer = web.Response()
    await add_headers(make_mocked_request("GET", "/help", sslcontext=True), answer)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    plain = web.Response()
    await add_headers(make_mocked_request("GET", "/help"), plain)
    assert "Strict-Transport-Security" not in plain.headers


async def test_too_many_connections_from_one_address_wait(client: Any, server: Any) -> None:
    """The allowance refills while a slow machine connects: it is used up sooner or later all the same."""

    async def connect_on_and_on() -> None:
        for _ in range(20 * door.CONNECTS_AT_ONCE):
            async with joined(client, server):
                pass

    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await connect_on_and_on()
    assert caught.value.status == 429


@pytest.mark.parametrize(
    "path", ["/chat/demo", "/chat/demo.css", "/chat/widget.js", "/help", "/help/none", "/nowhere"]
)
async def test_every_answer_carries_the_security_headers(client: Any, server: Any, path: str) -> None:
    async with client.get(server.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Server"] == "agent-desktop"
        wanted = "cross-origin" if path == "/chat/widget.js" else "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == wanted


async def test_the_shop_has_no_inline_script_or_style(client: Any, server: Any) -> None:
    async with client.get(f"{server.url}/chat/demo") as answer:
        text = await answer.text()
    assert '<script src="/chat/widget.js" data-site="demo" async></script>' in text
    assert text.count("<script") == 1
    assert "<style" not in text
    assert " style=" not in text
    assert "javascript:" not in text
    assert "@SITE@" not in text


async def test_the_widget_is_a_script_whatever_the_system_thinks(client: Any, server: Any) -> None:
    async with client.get(f"{server.url}/chat/widget.js") as answer:
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
