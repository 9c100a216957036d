from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.call import Recording
from agent_desktop.domain.interaction import ActNoted, Interaction
from agent_desktop.domain.medium import VOICE
from agent_desktop.domain.types import AgentId, InteractionId, RecordingId, Seconds
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.vault import VaultWriter, destroy
from agent_desktop.ports.storage import Changes
from tests.server.door import Door, token_of
from tests.server.floor import ANA, BEN, SUE, SUPPORT

SOUND = bytes(range(256)) * 1000
URL = "/api/v1/interactions/i1/recordings/r1"


@pytest.fixture
async def door(tmp_path: Path):
    made = await Door(tmp_path / "record.db").open()
    path = tmp_path / "recordings" / "r1.rec"
    path.parent.mkdir()
    writer = VaultWriter(path, MasterKeys.at(tmp_path / "recordings.keys"))
    writer.write(SOUND)
    writer.close()
    kept = Recording(id=RecordingId("r1"), path=str(path), length_s=Seconds(5.0))
    call = Interaction(
        id=InteractionId("i1"), medium=VOICE, state="closed", agent=ANA, queue=SUPPORT, recordings=(kept,)
    )
    other = replace(call, id=InteractionId("i2"), recordings=(replace(kept, kind="voicemail"),))
    await made.store.commit(Changes(interactions={call.id: call, other.id: other}))
    yield made
    await made.close()


def as_agent(agent: AgentId, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(agent)}", **more}


async def test_who_had_the_call_hears_it_and_the_log_says_so(door: Door) -> None:
    async with door.http.get(URL, headers=as_agent(ANA)) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/ogg")
        assert await answer.read() == SOUND
    acts = [(e.by, e.act, e.detail) for _, e in door.store.events() if isinstance(e, ActNoted)]
    assert acts == [(ANA, "recording_heard", "r1")]


async def test_a_player_may_ask_for_a_part(door: Door) -> None:
    async with door.http.get(URL, headers=as_agent(SUE, Range="bytes=100000-100009")) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 100000-100009/{len(SOUND)}"
        assert await answer.read() == SOUND[100_000:100_010]


@pytest.mark.parametrize("part", ["bytes=9999999-", "bytes=5-2", "bytes=x", "lines=1-2"])
async def test_a_part_that_does_not_exist_is_refused(door: Door, part: str) -> None:
    async with door.http.get(URL, headers=as_agent(ANA, Range=part)) as answer:
        assert answer.status in {416, 400}


async def test_nobody_else_hears_it(door: Door) -> None:
    async with door.http.get(URL, headers=as_agent(BEN)) as answer:
        assert answer.status == 403
    async with door.http.get(URL) as answer:
        assert answer.status == 401


async def test_a_message_is_heard_by_whoever_serves_its_queue(door: Door) -> None:
    async with door.http.get(URL.replace("i1", "i2"), headers=as_agent(BEN)) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("url", [URL.replace("r1", "r9"), URL.replace("i1", "i9")])
async def test_what_does_not_exist_is_said(door: Door, url: str) -> None:
    async with door.http.get(url, headers=as_agent(ANA)) as answer:
        assert answer.status == 404


async def test_an_erased_recording_says_so(door: Door, tmp_path: Path) -> None:
    destroy(tmp_path / "recordings" / "r1.rec")
    async with door.http.get(URL, headers=as_agent(ANA)) as answer:
        assert answer.status == 410


async def test_a_changed_file_is_an_error_and_never_noise(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "recordings" / "r1.rec"
    data = bytearray(path.read_bytes())
    data[4] ^= 1
    path.write_bytes(bytes(data))
    async with door.http.get(URL, headers=as_agent(ANA)) as answer:
        assert answer.status == 404
