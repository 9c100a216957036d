"""The chat's files over HTTP: who may hand in and fetch, and what the answers say to the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from agent_desktop.server.channels.webchat.files import FILE_BYTES
from agent_desktop.server.web.chat import CONNECTS_AT_ONCE

SHOP = "https://shop.example"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def token(client: Any, server: Any) -> AsyncIterator[str]:
    """A visitor who sits at the chat."""
    async with client.ws_connect(server.socket_url, headers={"Origin": SHOP}) as visitor:
        await visitor.send_str('{"type": "hello"}')
        yield (await visitor.receive_json())["token"]


def headers(token: str, name: str = "photo.png", origin: str = SHOP) -> dict[str, str]:
    return {
        "Origin": origin,
        "Authorization": f"Bearer {token}",
        "X-Chat-Client": "client-0001",
        "X-File-Name": quote(name),
    }


def url(server: Any, key: str = "") -> str:
    return f"{server.url}/chat/files{key}?site=demo"


async def test_a_file_goes_up_and_comes_down_as_a_download(client: Any, server: Any, token: str) -> None:
    async with client.post(url(server), headers=headers(token, "Lampe ä.html"), data=b"<b>hi</b>") as answer:
        assert answer.status == 201
        assert (await answer.json())["type"] == "ack"
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert answer.headers["Vary"] == "Origin"
    (file,) = next(iter(server.centre.record.values()))[0].attachments
    assert file.name == "Lampe ä.html"
    async with client.get(url(server, f"/{file.id}"), headers=headers(token)) as answer:
        assert await answer.read() == b"<b>hi</b>"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store"


async def test_without_the_visitors_token_nothing_comes_down(client: Any, server: Any, token: str) -> None:
    async with client.post(url(server), headers=headers(token), data=b"hi"):
        pass
    (file,) = next(iter(server.centre.record.values()))[0].attachments
    for wrong in ("", token[:-1], token.swapcase()):
        async with client.get(url(server, f"/{file.id}"), headers=headers(wrong)) as answer:
            assert answer.status == 404
    async with client.get(url(server, f"/{file.id}&token={token}")) as answer:
        assert answer.status == 404


async def test_another_page_may_neither_hand_in_nor_fetch_nor_ask(
    client: Any, server: Any, token: str
) -> None:
    evil = headers(token, origin="https://evil.example")
    for asked in (
        client.post(url(server), headers=evil, data=b"hi"),
        client.get(url(server, "/b-1"), headers=evil),
        client.options(url(server), headers=evil),
        client.post(url(server), headers={"Authorization": f"Bearer {token}"}, data=b"hi"),
    ):
        async with asked as answer:
            assert answer.status == 403
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert server.centre.record == {}


async def test_the_browsers_question_beforehand_is_answered(client: Any, server: Any) -> None:
    async with client.options(url(server), headers={"Origin": SHOP}) as answer:
        assert answer.status == 204
        assert "x-file-name" in answer.headers["Access-Control-Allow-Headers"]
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP


async def test_what_is_too_large_is_refused_and_not_kept(client: Any, server: Any, token: str) -> None:
    async def bytes_without_end() -> AsyncIterator[bytes]:
        for _ in range(FILE_BYTES // 1_000_000 + 1):
            yield bytes(1_000_000)

    async with client.post(url(server), headers=headers(token), data=bytes_without_end()) as answer:
        assert answer.status == 413
        said = await answer.json()
    assert (said["reason"], said["retry_ms"]) == ("too_large", 0)
    assert server.centre.record == {}


async def test_a_client_id_and_a_known_site_are_needed(client: Any, server: Any, token: str) -> None:
    async with client.post(
        url(server), headers={**headers(token), "X-Chat-Client": "no"}, data=b"x"
    ) as answer:
        assert answer.status == 400
    async with client.post(f"{server.url}/chat/files?site=none", headers=headers(token), data=b"x") as answer:
        assert answer.status == 404


async def test_a_site_that_lost_its_origin_lets_nobody_in(client: Any, server: Any, token: str) -> None:
    server.channel.site = replace(server.channel.site, origins=())
    async with client.post(url(server), headers=headers(token), data=b"x") as answer:
        assert answer.status == 403


async def test_many_pictures_at_once_do_not_keep_the_visitor_from_connecting(
    client: Any, server: Any
) -> None:
    statuses = []
    for _ in range(3 * CONNECTS_AT_ONCE):
        async with client.options(url(server), headers={"Origin": SHOP}) as answer:
            statuses.append(answer.status)
    assert set(statuses) == {204}
    async with client.ws_connect(server.socket_url, headers={"Origin": SHOP}) as visitor:
        await visitor.send_str('{"type": "hello"}')
        assert (await visitor.receive_json())["type"] == "welcome"
