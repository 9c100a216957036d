"""Files go up whole and come down into a place of their own; pictures of strangers only from public hosts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import pytest
from aiohttp import web

from agent_desktop.client import fetching
from agent_desktop.client.fetching import fetch_file, fetch_picture, is_public, public_addresses
from agent_desktop.client.files import Upload, UploadEnded
from agent_desktop.client.session import Session
from agent_desktop.client.uploading import upload_file
from tests.client.ports import free_port

DATA = bytes(range(256)) * 2000
R = TypeVar("R")
GOOD = "token"


async def _take(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer token":
        return web.json_response({"message": "Sign in first."}, status=401)
    name = unquote(request.headers["X-File-Name"])
    if name.endswith(".exe"):
        return web.json_response({"message": f"{name} is a program."}, status=415)
    data = await request.read()
    answer = {"id": "f1", "name": name, "media_type": request.content_type, "size_bytes": len(data)}
    return web.json_response(answer, status=201)


async def _give(request: web.Request) -> web.Response:
    if request.headers.get("Authorization") != "Bearer token":
        return web.json_response({"message": "Sign in first."}, status=401)
    if request.match_info["id"] != "b 1":
        return web.json_response({"message": "There is no such file."}, status=404)
    return web.Response(body=DATA, content_type="application/octet-stream")


def carried(act: Callable[[Session], Awaitable[R]], token: str = GOOD) -> R:
    port = free_port()

    async def run() -> R:
        app = web.Application(client_max_size=10_000_000)
        app.router.add_post("/api/v1/files", _take)
        app.router.add_get("/api/v1/attachments/{id}", _give)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            return await act(Session(f"http://127.0.0.1:{port}", "mateo", token, "a7", 0.0))
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def of(path: Path) -> Upload:
    return Upload("u1", "v1", "reply", str(path), path.name, path.stat().st_size if path.exists() else 0)


def test_a_file_goes_up_whole_under_its_name_and_tells_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "Bericht für Ömer.pdf"
    path.write_bytes(DATA)
    moved: list[int] = []
    ended = carried(lambda session: upload_file(session, of(path), moved.append))
    assert ended.error == ""
    assert ended.file is not None
    assert (ended.file.name, ended.file.media_type) == ("Bericht für Ömer.pdf", "application/pdf")
    assert ended.file.size_bytes == len(DATA)
    assert moved == sorted(moved)
    assert moved[-1] == len(DATA)


@pytest.mark.parametrize(
    ("name", "data", "token", "why"),
    [
        ("a.exe", b"MZ", "token", "a.exe is a program."),
        ("a.pdf", b"", "token", "the file is empty."),
        ("a.pdf", b"x", "old", "Sign in first."),
        ("gone.pdf", None, "token", "No such file or directory"),
    ],
)
def test_what_cannot_go_up_says_why(
    tmp_path: Path, name: str, data: bytes | None, token: str, why: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    ended: UploadEnded = carried(lambda session: upload_file(session, of(path), lambda _n: None), token)
    assert (ended.file, ended.error) == (None, why)


def test_a_server_that_is_not_there_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"x")
    session = Session(f"http://127.0.0.1:{free_port()}", "mateo", "token", "a7", 0.0)
    ended = asyncio.run(upload_file(session, of(path), lambda _n: None))
    assert ended.error == "the server did not answer."


def test_a_file_comes_down_whole_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "report.pdf"
    got = carried(lambda session: fetch_file(session, "b 1", str(target)))
    assert (got.path, got.error) == (str(target), "")
    assert target.read_bytes() == DATA
    assert target.stat().st_mode & 0o077 == 0
    assert not target.stat().st_mode & 0o111
    assert [x.name for x in target.parent.iterdir()] == ["report.pdf"]


def test_a_file_that_cannot_be_had_leaves_the_old_one_alone(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    target.write_bytes(b"old")
    got = carried(lambda session: fetch_file(session, "other", str(target)))
    assert (got.path, got.error) == ("", "There is no such file.")
    assert target.read_bytes() == b"old"
    assert [x.name for x in tmp_path.iterdir()] == ["report.pdf"]


def test_a_picture_of_ours_comes_with_the_token_and_a_strangers_never_from_inside() -> None:
    assert carried(lambda session: fetch_picture(session, "file:b 1")).data == DATA
    for inside in (
        "http://127.0.0.1:1/x.png",
        "http://[::1]/x.png",
        "http://10.0.0.1/x.png",
        "ftp:",
        "http://",
    ):
        assert carried(lambda session, at=inside: fetch_picture(session, at)).data == b""  # type: ignore[misc]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "224.0.0.1", "240.0.0.1", "100.64.0.1",
        "ff02::1", "ff0e::1", "fec0::1", "fe80::1%1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:a00:1::", "::7f00:1",
    ],
)  # fmt: skip
def test_addresses_of_the_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


def test_a_host_with_one_address_of_the_inside_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (at, 0)) for at in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: rows)
    assert asyncio.run(public_addresses("mixed.example")) == ()
    assert asyncio.run(public_addresses("")) == ()


def strangers(monkeypatch: pytest.MonkeyPatch, give: Callable[[web.Request], Awaitable[web.StreamResponse]],
              fetch: Callable[[str], Awaitable[R]]) -> tuple[R, list[str]]:  # fmt: skip
    """A picture of pictures.example, whose name leads elsewhere at a second look; the looks."""
    looked: list[str] = []
    real = socket.getaddrinfo

    def look(host: str | bytes | None, *args: Any, **more: Any) -> Any:
        if host not in {"pictures.example", b"pictures.example"}:
            return real(host, *args, **more)
        looked.append("pictures.example")
        return real("127.0.0.1" if len(looked) == 1 else "127.0.0.2", *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    port = free_port()

    async def run() -> R:
        app = web.Application()
        app.router.add_get("/a.png", give)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            return await fetch(f"http://pictures.example:{port}/a.png")
        finally:
            await runner.cleanup()

    return asyncio.run(run()), looked


def test_a_strangers_picture_comes_from_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts: list[str] = []

    async def give(request: web.Request) -> web.Response:
        hosts.append(request.host.partition(":")[0])
        return web.Response(body=b"png", content_type="image/png")

    session = Session("http://127.0.0.1:1", "mateo", GOOD, "a7", 0.0)
    got, looked = strangers(monkeypatch, give, lambda name: fetch_picture(session, name))
    assert (got.data, hosts, looked) == (b"png", ["pictures.example"], ["pictures.example"])


def test_a_server_that_drips_a_picture_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "image/png"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await answer.write(b"x")
                await asyncio.sleep(0.02)
        return answer

    monkeypatch.setattr(fetching, "PICTURE_S", 0.3)
    session = Session("http://127.0.0.1:1", "mateo", GOOD, "a7", 0.0)
    got, _looked = strangers(monkeypatch, give, lambda name: fetch_picture(session, name))
    assert got.data == b""
