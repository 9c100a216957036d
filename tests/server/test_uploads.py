"""Files that agents hand in over HTTP, with their limits."""

from __future__ import annotations

import io
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from agent_desktop.server import uploads
from tests.server.door import Door, token_of
from tests.server.floor import ANA

URL = "/api/v1/files"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = await Door(tmp_path / "record.db").open()
    yield made
    await made.close()


def named(name: str, kind: str = "text/plain") -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(ANA)}", "X-File-Name": quote(name), "Content-Type": kind}


async def test_a_file_is_kept_and_named_by_an_id(door: Door) -> None:
    async with door.http.post(URL, data=b"a letter", headers=named("Grüße an Zoë.txt")) as answer:
        assert answer.status == 201
        said = await answer.json()
    assert (said["name"], said["media_type"], said["size_bytes"]) == ("Grüße an Zoë.txt", "text/plain", 8)
    kept = door.store.upload(said["id"])
    assert kept is not None
    assert (kept.agent, door.store.blob(kept.blob)) == (ANA, b"a letter")


async def test_a_file_larger_than_a_frame_of_the_link_comes_in_whole(door: Door) -> None:
    data = bytes(range(256)) * 12_000  # 3 MB
    async with door.http.post(
        URL, data=io.BytesIO(data), headers=named("scan.pdf", "application/pdf")
    ) as answer:
        said = await answer.json()
    kept = door.store.upload(said["id"])
    assert kept is not None
    assert door.store.blob(kept.blob) == data


async def test_nobody_who_is_not_signed_in_hands_in_a_file(door: Door) -> None:
    async with door.http.post(URL, data=b"x", headers={"X-File-Name": "x.txt"}) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("name", ["run.exe", "RUN.EXE", "letter.pdf.js", "a.vbs"])
async def test_programs_are_not_taken(door: Door, name: str) -> None:
    async with door.http.post(URL, data=b"MZ", headers=named(name)) as answer:
        assert (answer.status, (await answer.json())["code"]) == (415, "bad_type")


async def test_what_is_too_large_is_refused_with_the_limit(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILE_BYTES", 100_000)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 50_000

    async with door.http.post(URL, data=b"x" * 100_001, headers=named("a.txt")) as answer:
        assert (answer.status, (await answer.json())["code"]) == (413, "too_large")
    async with door.http.post(URL, data=pieces(), headers=named("a.txt")) as answer:  # of unknown length
        assert answer.status == 413
    async with door.http.post(URL, data=b"", headers=named("a.txt")) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "empty")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\secrets\\plan.txt", "plan.txt"),
        ("a\x00b\r\n\u202etxt.pdf", "abtxt.pdf"),
        ("", "file"),
        ("...", "file"),
    ],
)
async def test_a_name_is_one_safe_line(door: Door, said: str, kept: str) -> None:
    async with door.http.post(URL, data=b"x", headers=named(said)) as answer:
        assert (await answer.json())["name"] == kept


async def test_what_nobody_sent_within_a_week_is_forgotten(door: Door) -> None:
    async with door.http.post(URL, data=b"old", headers=named("old.txt")) as answer:
        old = (await answer.json())["id"]
    door.clock.at += 8 * 86_400
    await door.router.hub.run(uploads.forgotten)
    assert door.store.upload(old) is None


async def test_the_loop_neither_reads_nor_names_the_bytes_of_a_file(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls go on while somebody hands in or fetches 25 MB: that is done beside the loop."""
    named_in: list[threading.Thread] = []
    name_of = uploads._blob_of

    def naming(data: bytes) -> str:
        named_in.append(threading.current_thread())
        return name_of(data)

    monkeypatch.setattr(uploads, "_blob_of", naming)
    monkeypatch.setattr(door.store, "blob", None)
    async with door.http.post(URL, data=b"a letter", headers=named("letter.txt")) as answer:
        kept = door.store.upload((await answer.json())["id"])
    assert kept is not None
    assert named_in
    assert threading.current_thread() not in named_in
    fetched = f"/api/v1/attachments/{kept.blob}"
    async with door.http.get(fetched, headers={"Authorization": f"Bearer {token_of(ANA)}"}) as given:
        assert (given.status, await given.read()) == (200, b"a letter")
