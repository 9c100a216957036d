"""A clicked number reaches the desktop that runs, and nobody else can ring there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent_desktop.client.handing import NAME, Doorbell, Handed, hand_over
from agent_desktop.client.numbers import dialled, is_link
from agent_desktop.links import runfile


def test_a_link_is_handed_over_and_without_a_desktop_it_is_not(tmp_path: Path) -> None:
    got: list[object] = []

    async def run() -> None:
        assert not hand_over(tmp_path, "tel:1")
        bell = Doorbell(tmp_path, got.append)
        await bell.listen()
        assert await asyncio.to_thread(hand_over, tmp_path, "tel:+49301234")
        bell.close()
        assert not await asyncio.to_thread(hand_over, tmp_path, "tel:2")

    asyncio.run(run())
    assert [item.link for item in got if isinstance(item, Handed)] == ["tel:+49301234"]
    assert runfile.read(tmp_path, NAME) is None


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"token": "guessed", "link": "tel:1"}).encode() + b"\n",
        b"no json\n",
        b"[]\n",
        b"",
        b"x" * 10_000 + b"\n",
    ],
)
def test_who_does_not_know_the_token_is_not_heard(tmp_path: Path, line: bytes) -> None:
    got: list[object] = []

    async def run() -> bytes:
        bell = Doorbell(tmp_path, got.append)
        await bell.listen()
        run = runfile.read(tmp_path, NAME)
        assert run is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", run.port)
        writer.write(line)
        writer.write_eof()
        try:
            answer = await reader.read()
        except ConnectionError:
            answer = b""
        writer.close()
        bell.close()
        return answer

    assert asyncio.run(run()) == b""
    assert got == []


def test_a_run_file_of_a_program_that_is_gone_is_no_desktop(tmp_path: Path) -> None:
    runfile.write(tmp_path, NAME, runfile.RunFile(2**22 + 1, 1, "t"))
    assert not hand_over(tmp_path, "tel:1")


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("tel:+49-30-1234", "+49301234"),
        ("TEL:+49%2030%201234;phone-context=x", "+49301234"),
        ("sip:6002@pbx.example;user=phone", "6002"),
        ("sip:lena@pbx.example", "lena@pbx.example"),
        ("callto://+4930", "+4930"),
    ],
)
def test_a_link_is_the_number_in_it(link: str, number: str) -> None:
    assert is_link(link)
    assert dialled(link) == number
