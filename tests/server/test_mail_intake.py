"""Mails that come together: one commit for all, each where it belongs, the loop never held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.domain.types import Instant
from agent_desktop.server.channels.email.reception import Reception, content_key
from tests.server.floor import Floor
from tests.server.test_hostile_mail import BOX, HELP


def _mail(name: str, *refers: str) -> bytes:
    thread = f"In-Reply-To: {refers[-1]}\r\nReferences: {' '.join(refers)}\r\n" if refers else ""
    head = (
        f"From: a@x.example\r\nTo: help@centre.example\r\nSubject: Lamp\r\nMessage-ID: <{name}@x.example>\r\n"
    )
    return f"{head}{thread}\r\nThis is {name}.\r\n".encode()


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    made = Floor(tmp_path / "record.db")
    await made.start()
    yield made
    await made.stop()


async def _together(floor: Floor, *raws: bytes) -> None:
    """They lie in the record already, as after a crash of the reading, and are read all at once."""
    desk = Reception(BOX, floor.intake)
    for raw in raws:
        await desk.keep(content_key(raw), raw)
    await desk.open(work_off=False)
    await desk.drained()
    await desk.close()


async def test_an_answer_that_comes_together_with_what_it_answers_joins_it(floor: Floor) -> None:
    chain = [f"<{n}@x.example>" for n in range(10)]
    await _together(floor, *(_mail(str(n), *chain[:n]) for n in range(10)))
    kept = [message for _, message in floor.store.recent_messages(Instant(0.0))]
    assert len(kept) == 10
    assert len({message.conversation for message in kept}) == 1
    assert [message.text for message in reversed(kept)] == [f"This is {n}." for n in range(10)]


async def test_mails_that_come_together_are_committed_together(floor: Floor) -> None:
    commits = []
    plain = floor.store.commit

    async def counted(changes) -> None:  # type: ignore[no-untyped-def]
        commits.append(len(changes.messages))
        await plain(changes)

    floor.store.commit = counted  # type: ignore[method-assign]
    await _together(floor, *(_mail(str(n)) for n in range(10)))
    assert [count for count in commits if count] == [10]


async def test_a_mail_that_is_known_already_is_known_among_others(floor: Floor) -> None:
    await _together(floor, _mail("1"), _mail("2"))
    await _together(floor, _mail("3"), _mail("2") + b"\r\n", _mail("4"))
    kept = [message.external_id for _, message in floor.store.recent_messages(Instant(0.0))]
    assert kept == ["<4@x.example>", "<3@x.example>", "<2@x.example>", "<1@x.example>"]


async def test_twenty_megabytes_never_hold_the_loop(floor: Floor) -> None:
    """Counted in turns of the loop, not by the clock: while it reads, others have their turn."""
    body = b"\r\n".join([b"QUJD" * 19] * (20 * 1024 * 1024 // 78))
    head = (
        b"From: a@x.example\r\nTo: help@centre.example\r\nMessage-ID: <big@x.example>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: application/pdf; name=big.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    await _together(floor, head + body)
    beside.cancel()
    message = floor.store.message_by_external(HELP, "<big@x.example>")
    assert message is not None
    assert message.attachments[0].size_bytes > 14 * 1024 * 1024
    assert turns > 100
