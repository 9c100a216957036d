"""Captions in the record: kept as what was typed is, and not while somebody must not be written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import IN, OUT, SYSTEM
from agent_desktop.server.typed import LATE_S
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CARRIED, CARRY, CallTextLine
from tests.server.floor import ANA, BEN, SUE, Floor, Mirror
from tests.server.talking import Talk, talk
from tests.server.test_supervising import joined
from tests.server.typing_call import kept


@pytest.fixture
async def call(tmp_path: Path):
    floor = await Floor(tmp_path / "record.db").start()
    await floor.sign_in(SUE, ready=False)
    yield await talk(floor)
    await floor.stop()


class Forgetful(Floor):
    """A centre that keeps no captions."""

    def configuration(self) -> Centre:
        return replace(super().configuration(), keep_captions=False)


@pytest.fixture
async def unkept(tmp_path: Path):
    floor = await Forgetful(tmp_path / "record.db").start()
    await floor.sign_in(SUE, ready=False)
    yield await talk(floor)
    await floor.stop()


async def keep(call: Talk, text: str, number: int = 1, speaker: str = "customer", agent=ANA, **more):
    said = {"medium": "tty", "began_at": 5.0, "damaged": (1,), **more}
    line = CallTextLine(number=number, speaker=speaker, text=text, **said)
    return await call.floor.do(agent, KeepCaption(interaction=call.interaction, call="k1", line=line))


async def listens(call: Talk) -> None:
    assert (await call.floor.do(SUE, commands.Supervise(agent="ana", mode="listen"))).ok
    await call.floor.wait(1)
    await joined(call, up_at=call.floor.clock.at)


async def hung_up(call: Talk) -> None:
    await call.say(wire.CallEnded(call=wire.SwitchCall(id=call.call, state="ended", ended_by="customer")))


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


@pytest.mark.parametrize(("told", "kept_as"), [(0.42, 0.42), (0.0, 0.0), (7.0, 1.0), (-1.0, 0.0)])
async def test_how_sure_the_machine_was_is_kept_and_told(call: Talk, told: float, kept_as: float) -> None:
    await keep(call, "My lamp.", confidence=told)
    assert [m.confidence for m in kept(call.floor)] == [kept_as]
    assert [m.confidence for m in call.floor.board.snapshot(ANA).messages] == [kept_as]


async def test_the_last_words_of_a_call_are_kept_when_it_is_over_already(call: Talk) -> None:
    await keep(call, "Good.", 1)
    conversation = call.now.conversation
    await hung_up(call)
    assert (await keep(call, "Good bye.", 2)).ok
    assert (await call.floor.do(ANA, commands.WrapUp(interaction=call.interaction, code="solved"))).ok
    assert (await keep(call, "Bye.", 3)).ok
    assert [m.text for m in call.floor.store.messages(conversation)] == ["Good.", "Good bye.", "Bye."]
    await call.floor.sign_in(BEN, ready=False)
    assert (await keep(call, "Mine.", 4, agent=BEN)).code == "not_allowed"
    await call.floor.wait(LATE_S + 1)
    assert (await keep(call, "Much later.", 5)).code == "unknown_interaction"


@pytest.mark.parametrize("mode", sorted(CARRIED))
async def test_that_the_call_is_shared_in_another_way_is_a_line_of_the_system_once(
    call: Talk, mode: str
) -> None:
    await call.tell(secure=True)  # nobody's words
    for _ in range(2):
        assert (await keep(call, CARRIED[mode], 9, "system", medium=CARRY)).ok
    (line,) = kept(call.floor)
    assert (line.direction, line.text, line.carrier) == (SYSTEM, CARRIED[mode], "tty")
    assert line.automatic


async def test_nobody_puts_words_into_the_systems_mouth(call: Talk) -> None:
    assert (await keep(call, "Sue agreed.", 9, "system", medium=CARRY)).code == "wrong_command"
    assert kept(call.floor) == []


async def test_a_centre_that_keeps_no_captions_shows_them_to_who_listens_and_writes_none(
    unkept: Talk,
) -> None:
    floor, mirrors = unkept.floor, [Mirror(unkept.floor, agent) for agent in (ANA, SUE)]
    assert not floor.board.snapshot(ANA).centre.keep_captions
    for mirror in mirrors:
        mirror.connect()
    await keep(unkept, "Before she came.", 1)
    await listens(unkept)
    for _ in range(2):
        assert (await keep(unkept, "My lamp\nis broken.", 2, confidence=0.4)).ok
    await keep(unkept, "I am sorry.", 3, "agent")
    assert kept(floor) == []
    seen = [
        one.call.captions for m in mirrors if not m.differences() for one in m.replica.interactions.values()
    ]
    assert seen[0] == ()  # the agent's own phone has them
    assert [(one.speaker, one.text, one.confidence) for one in seen[1]] == [
        ("customer", "My lamp is broken.", 0.4),
        ("agent", "I am sorry.", 0.0),
    ]
    assert len({one.number for one in seen[1]}) == 2
    await hung_up(unkept)
    assert [mirror.differences() for mirror in mirrors] == [[], []]
    assert "lamp" not in "".join(repr(event) for _, event in floor.store.events())


async def test_what_must_not_be_written_down_is_not_shown_either(unkept: Talk) -> None:
    await listens(unkept)
    await unkept.tell(secure=True)
    await keep(unkept, "Four one one one.")
    assert [i.call.captions for i in unkept.floor.board.snapshot(SUE).interactions] == [()]


async def test_a_way_of_sharing_is_kept_where_captions_are_not(unkept: Talk) -> None:
    await keep(unkept, CARRIED["vco"], 9, "system", medium=CARRY)
    assert [m.text for m in kept(unkept.floor)] == [CARRIED["vco"]]
