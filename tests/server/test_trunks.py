from __future__ import annotations

import logging
from pathlib import Path

import pytest

from agent_desktop.server.trunks import Trunks
from agent_desktop.wire import switch as wire
from tests.server.door import Door


@pytest.fixture
async def door(tmp_path: Path):
    made = await Door(tmp_path / "record.db").open()
    yield made
    await made.close()


async def test_a_trunk_that_fails_is_seen_by_whoever_watches_the_router(door: Door) -> None:
    assert door.http is not None
    snapshot = wire.SwitchSnapshot(trunks=(("provider", "up"), ("backup", "up")))
    door.exchange.on_event(snapshot)
    door.exchange.on_event(wire.TrunkChanged(trunk="provider", state="failed", detail="no answer"))
    async with door.http.get("/readyz") as answer:
        assert answer.status == 200, "mail and calls inside go on"
        assert await answer.json() == {
            "ready": True,
            "trunks": {"backup": {"state": "up"}, "provider": {"state": "failed", "detail": "no answer"}},
        }
    async with door.http.get("/metrics") as answer:
        text = await answer.text()
    assert 'agent_desktop_trunk_up{trunk="backup"} 1' in text
    assert 'agent_desktop_trunk_up{trunk="provider"} 0' in text


async def test_every_figure_has_its_type_once(door: Door) -> None:
    assert door.http is not None
    async with door.http.get("/metrics") as answer:
        text = await answer.text()
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    assert "agent_desktop_waiting" in text


def test_a_change_is_said_once_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    trunks = Trunks(["provider"])
    for state, detail in (("registering", ""), ("failed", "403"), ("failed", "403"), ("up", "")):
        trunks.told(wire.TrunkChanged(trunk="provider", state=state, detail=detail))
    trunks.told(wire.MessageTaken(call="c", recording="r", path="p", length_s=1.0))
    said = [(r.levelname, r.getMessage()) for r in caplog.records]
    assert said == [
        ("INFO", "the trunk provider is registering"),
        ("ERROR", "the trunk provider is failed: 403"),
        ("INFO", "the trunk provider is up"),
    ]


def test_a_trunk_of_which_nothing_is_heard_is_unknown() -> None:
    assert Trunks(["provider"]).document() == {"provider": {"state": "unknown"}}
    assert Trunks(["provider"]).gauges() == [("agent_desktop_trunk_up", '{trunk="provider"}', 0)]
