"""A recording comes over HTTP with the token, into a file for this user alone; nothing else stays."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from aiohttp import web

from agent_desktop.client.fetching import FOLDER, fetch_recording, sweep
from agent_desktop.client.player import RecordingFetched
from agent_desktop.client.session import Session
from tests.client.ports import free_port

SOUND = b"OggS" + bytes(range(256)) * 500


async def _answer(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Authorization") != "Bearer token":
        return web.json_response({"code": "bad_token", "message": "Sign in first."}, status=401)
    match request.match_info["recording"]:
        case "r1":
            return web.Response(body=SOUND, content_type="audio/ogg")
        case "empty":
            return web.Response(body=b"", content_type="audio/ogg")
        case "odd":
            return web.Response(status=500, text="no JSON")
        case name:
            return web.json_response({"message": f"There is no recording {name}."}, status=404)


def fetched(folder: Path, recording: str, bearer: str = "", *, serve: bool = True) -> RecordingFetched:
    port = free_port()

    async def run() -> RecordingFetched:
        app = web.Application()
        app.router.add_get("/api/v1/interactions/{interaction}/recordings/{recording}", _answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            if serve:
                await web.TCPSite(runner, "127.0.0.1", port).start()
            session = Session(f"http://127.0.0.1:{port}", "mateo", bearer or "token", "a7", 0.0)
            return await fetch_recording(session, "i 1", recording, folder)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_it_is_whole_and_for_this_user_alone(tmp_path: Path) -> None:
    got = fetched(tmp_path, "r1")
    file = Path(got.path)
    assert got.error == ""
    assert file.read_bytes() == SOUND
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("recording", "token", "serve", "why"),
    [
        ("r9", "token", True, "There is no recording r9."),
        ("r1", "stolen", True, "Sign in first."),
        ("odd", "token", True, "the server refused (status 500)."),
        ("empty", "token", True, "it is empty."),
        ("r1", "token", False, "the server did not answer."),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_no_file(
    tmp_path: Path, recording: str, token: str, serve: bool, why: str
) -> None:
    got = fetched(tmp_path, recording, token, serve=serve)
    assert (got.error, got.path) == (why, "")
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_a_disk_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file where the folder should be")
    assert fetched(tmp_path, "r1").error


def test_what_an_earlier_run_left_is_removed(tmp_path: Path) -> None:
    left = Path(fetched(tmp_path, "r1").path)
    sweep(tmp_path)
    assert not left.exists()
