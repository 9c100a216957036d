"""Captions in the record: kept as what was typed is, and not while somebody must not be written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.domain.conversation import IN, OUT
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CallTextLine
from tests.server.floor import ANA, SUE, Floor
from tests.server.talking import Talk, talk
from tests.server.typing_call import kept


@pytest.fixture
async def call(tmp_path: Path):
    floor = await Floor(tmp_path / "record.db").start()
    await floor.sign_in(SUE, ready=False)
    yield await talk(floor)
    await floor.stop()


async def keep(call: Talk, text: str, number: int = 1, speaker: str = "customer", agent=ANA):
    line = CallTextLine(number=number, speaker=speaker, medium="tty", text=text, began_at=5.0, damaged=(1,))
    return await call.floor.do(agent, KeepCaption(interaction=call.interaction, call="k1", line=line))


async def test_what_was_said_is_a_message_that_says_that_a_machine_wrote_it(call: Talk) -> None:
    assert (await keep(call, "My lamp\nis broken.")).ok
    assert (await keep(call, "I am sorry.", 2, "agent")).ok
    theirs, mine = kept(call.floor)
    assert (theirs.direction, theirs.text, theirs.carrier) == (IN, "My lamp is broken.", "caption")
    assert (theirs.damaged, theirs.sent_at) == ((), 5.0)
    assert (mine.direction, mine.author, mine.carrier) == (OUT, ANA, "caption")
    assert call.now.last_line == "My lamp is broken."


async def test_a_caption_that_is_told_again_is_kept_once_also_after_a_restart(call: Talk) -> None:
    await keep(call, "Hello.")
    await keep(call, "Hello.")
    await call.floor.restart()
    await keep(call, "Hello.")
    assert [m.text for m in kept(call.floor)] == ["Hello."]


@pytest.mark.parametrize("state", [{"secure": True}, {"recording": "paused"}, {}])
async def test_nothing_is_kept_that_must_not_be_written_down(call: Talk, state) -> None:
    call.with_whom = "customer" if state else "guest"  # a colleague alone, in a consult
    await call.tell(**state)
    assert (await keep(call, "Four one one one.")).ok
    assert kept(call.floor) == []


async def test_nobody_keeps_captions_of_a_call_that_is_not_theirs_or_of_nobody(call: Talk) -> None:
    refused = await keep(call, "Hello.", agent=SUE)
    assert refused.code in {"not_yours", "not_allowed"}
    assert (await keep(call, "Hello.", speaker="system")).code == "wrong_command"
    assert kept(call.floor) == []
