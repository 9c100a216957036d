"""What does not work is told to who leads: since when, why, and no more when it works again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from agent_desktop.server.channels.voice import CallNews
from agent_desktop.server.trunks import Trunks
from agent_desktop.wire import switch as wire
from agent_desktop.wire.models import TroubleModel
from tests.server.door import Door, Program
from tests.server.floor import ANA, SUE

WHY = "Its mail cannot be read (the server refused the password)."


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(tmp_path / "record.db")
    made.mail.trouble = ""  # type: ignore[attr-defined] # this channel says how it is
    await made.open()
    yield made
    await made.close()


def breaks(door: Door, why: str) -> None:
    door.mail.trouble = why  # type: ignore[attr-defined] # as above


async def looked(door: Door, *programs: Program, after_s: float = 0.0) -> None:
    """Time passes, everything is looked at, and what was told is read."""
    door.clock.at += after_s
    door.router.troubles.look()
    for program in programs:
        await program.catch_up()


async def page(door: Door, path: str) -> str:
    assert isinstance(door.http, aiohttp.ClientSession)
    async with door.http.get(path) as answer:
        return await answer.text()


async def test_who_leads_is_told_since_when_a_mailbox_cannot_be_read(door: Door) -> None:
    sue, ana = await door.program(SUE), await door.program(ANA)
    began = door.clock.now()
    breaks(door, WHY)
    await looked(door, sue, ana)
    assert not sue.replica.troubles  # it may be back in a moment
    await looked(door, sue, ana, after_s=6.0)
    assert sue.replica.troubles == (
        TroubleModel(id="help", name="help@centre.example", text=WHY, since_at=began),
    )
    assert not ana.replica.troubles  # she can do nothing about it
    assert await sue.differences() == []
    breaks(door, "Another reason.")
    await looked(door, sue, after_s=2.0)
    assert [(one.text, one.since_at) for one in sue.replica.troubles] == [("Another reason.", began)]


async def test_it_is_gone_when_it_works_again_and_a_new_one_begins_anew(door: Door) -> None:
    sue = await door.program(SUE)
    for _ in range(2):
        breaks(door, WHY)
        began = door.clock.now()
        await looked(door, sue)
        await looked(door, sue, after_s=6.0)
        assert [one.since_at for one in sue.replica.troubles] == [began]
        breaks(door, "")
        await looked(door, sue, after_s=1.0)
        assert not sue.replica.troubles


async def test_what_comes_back_within_seconds_is_not_told(door: Door) -> None:
    sue = await door.program(SUE)
    heard = sue.side.last_seq
    for _ in range(5):
        breaks(door, WHY)
        await looked(door, sue, after_s=3.0)
        breaks(door, "")
        await looked(door, sue, after_s=3.0)
    assert sue.side.last_seq == heard


async def test_who_signs_in_later_finds_it_in_the_first_picture(door: Door) -> None:
    breaks(door, WHY)
    await looked(door)
    await looked(door, after_s=6.0)
    sue, ana = await door.program(SUE), await door.program(ANA)
    assert [one.id for one in sue.replica.troubles] == ["help"]
    assert not ana.replica.troubles


async def test_health_and_figures_say_it_too(door: Door) -> None:
    assert "channel_troubles" not in await page(door, "/readyz")
    breaks(door, WHY)
    assert WHY in await page(door, "/readyz")
    assert 'agent_desktop_channel_trouble{channel="help"} 1' in await page(door, "/metrics")


def test_a_trunk_that_is_down_is_a_trouble_and_one_that_registers_is_none() -> None:
    trunks = Trunks(("carrier",))

    def told(state: str, detail: str = "") -> str:
        event: CallNews = wire.TrunkChanged(trunk="carrier", state=state, detail=detail)
        trunks.told(event)
        ((key, name, why),) = trunks.troubles()
        assert (key, name) == ("trunk:carrier", "The trunk carrier")
        return why

    assert trunks.troubles()[0][2] == ""  # nothing is known of it yet
    assert told("registering") == ""
    assert told("down", "403 Forbidden") == "403 Forbidden"
    assert told("down") == "It is down."
    assert told("up") == ""
