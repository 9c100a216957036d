"""Two agents at one conversation, each at a desktop of their own, before the real router (R37, R39, R45)."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import SpeakerChanged
from agent_desktop.domain.types import ConversationId
from agent_desktop.wire import inbox
from tests.client.seats import Seat, later, settled
from tests.server.floor import ANA, BEN
from tests.server.inboxed import Policies


@dataclass
class Room:
    """The router, Ana and Ben, and a mail that Ana has in hand."""

    floor: Policies
    ana: Seat
    ben: Seat
    thread: str

    async def settle(self) -> None:
        await settled(self.floor, self.ana, self.ben)

    async def later(self, seconds: float) -> None:
        await later(self.floor, seconds, self.ana, self.ben)

    def out(self) -> list[tuple[str, str]]:
        """What went to the customer: whose, which words."""
        return [(m.author, m.text) for m in self.floor.messages(self.thread) if m.direction == "out"]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    floor = Policies(tmp_path / "record.db", "open")  # whoever sees it may reply
    await floor.start()
    ids = (f"x{n}" for n in itertools.count(1))
    ana, ben = (Seat(lambda: floor, agent, ids, tmp_path) for agent in (ANA, BEN))
    for seat in (ana, ben):
        await floor.presence.came(seat.agent)
    thread = await floor.taken()
    made = Room(floor, ana, ben, thread)
    await made.later(1)
    for seat in (ana, ben):
        seat.open(thread)
    await made.later(3)
    yield made
    ana.close()
    ben.close()
    await floor.stop()


async def test_both_see_that_the_other_one_is_there_and_writes(room: Room) -> None:
    assert room.ana.watchers(room.thread) == [(BEN, "viewing")]
    assert room.ben.watchers(room.thread) == [(ANA, "viewing")]
    room.ben.write("Dear Amina")
    await room.later(2)
    assert room.ana.watchers(room.thread) == [(BEN, "replying")]
    assert room.ana.strips() == {}  # she writes nothing yet
    room.ana.write("Hello Amina")
    await room.later(2)
    assert "Ben is writing a reply too. Agree who sends." in room.ana.strips().values()
    assert "Ana is writing a reply too. Agree who sends." in room.ben.strips().values()


async def test_two_write_and_one_sends_first_the_other_one_is_kept_back_and_loses_nothing(room: Room) -> None:
    room.ana.write("Hello Amina, it is on its way.")
    room.ben.write("Dear Amina, we send a new one.")
    await room.later(2)
    assert room.ana.press("composer.anyway") == ""  # they agreed that she sends
    await room.later(15)  # past the time in which it can be called back
    assert room.out() == [(ANA, "Hello Amina, it is on its way.")]
    assert room.ben.strips()["newer_message"] == "Ana replied while you were writing: read it, then send."
    assert room.ben.press("composer.send") != ""
    await room.settle()
    assert len(room.out()) == 1
    composer = room.ben.screen.composer()
    assert composer is not None
    assert composer.text == "Dear Amina, we send a new one."
    assert room.ben.press("composer.seen") == ""
    room.ben.write("Dear Amina, and thank you for waiting.")
    assert room.ben.press("composer.send") == ""
    await room.later(15)
    assert room.out()[1:] == [(BEN, "Dear Amina, and thank you for waiting.")]


async def test_who_has_not_heard_yet_is_kept_back_by_the_router(room: Room) -> None:
    """Ben's line is slow: he presses Send before he can know that Ana has sent."""
    room.ana.write("Hello Amina")
    room.ben.write("Dear Amina")
    assert room.ana.press("composer.send") == ""
    await settled(room.floor, room.ana)
    assert room.ben.strips() == {}
    assert room.ben.press("composer.send") == ""  # nothing that he knows stands in its way
    await room.settle()
    await room.later(15)
    assert room.out() == [(ANA, "Hello Amina")]
    composer = room.ben.screen.composer()
    assert composer is not None
    assert composer.text == "Dear Amina"  # it is in his editor again
    assert "newer_message" in room.ben.strips()


async def test_both_send_in_one_moment_and_exactly_one_goes_out(room: Room) -> None:
    room.ana.write("Hello Amina")
    room.ben.write("Dear Amina")
    assert room.ana.press("composer.send") == ""
    assert room.ben.press("composer.send") == ""
    await room.settle()
    await room.later(15)
    ((author, _text),) = room.out()
    kept_back = room.ben if author == ANA else room.ana
    assert "newer_message" in kept_back.strips()


async def test_a_bot_that_speaks_is_stopped_by_whoever_takes_over_and_both_see_it(room: Room) -> None:
    thread = ConversationId(room.thread)
    await room.floor.hub.run(
        lambda step: step.conversation(SpeakerChanged(conversation=thread, at=step.now, bot="Robin"))
    )
    await room.settle()
    room.ana.write("Hello Amina")
    room.ben.write("Dear Amina")
    for seat in (room.ana, room.ben):
        assert seat.strips()["bot"] == "Robin speaks here now. Stop it first, or both of you answer."
    assert "Robin" in room.ana.press("composer.send")
    composer = room.ana.screen.composer()
    assert composer is not None
    (strip,) = [one for one in composer.strips if one.id == "bot"]
    stop = next(one for one in strip.buttons if one.action == "bot.stop")
    assert room.ana.screen.act(stop.action, **dict(stop.args)) == ""
    await room.settle()
    assert room.floor.thread(room.thread).bot == ""
    for seat in (room.ana, room.ben):
        assert "bot" not in seat.strips()
    room.ben.write("")
    await room.later(12)
    assert room.ana.press("composer.send") == ""
    await room.later(15)
    assert room.out() == [(ANA, "Hello Amina")]


async def test_a_reply_that_passes_the_bot_over_silences_it(room: Room) -> None:
    thread = ConversationId(room.thread)
    await room.floor.hub.run(
        lambda step: step.conversation(SpeakerChanged(conversation=thread, at=step.now, bot="Robin"))
    )
    await room.settle()
    room.ana.write("Hello Amina")
    assert room.ana.press("composer.anyway") == ""
    await room.later(15)
    assert room.floor.thread(room.thread).bot == ""
    assert room.ben.runtime.store.replica.conversations[room.thread].bot == ""
    assert room.out() == [(ANA, "Hello Amina")]


async def test_what_one_splits_the_other_one_sees_and_puts_back(room: Room) -> None:
    await room.later(1)
    await room.floor.mail("<2@out>", references=(room.floor.messages(room.thread)[0].external_id,))
    await room.settle()
    first, second = room.floor.messages(room.thread)
    split = inbox.SplitConversation(conversation=room.thread, messages=(second.id,), new="v-new")
    room.ana.ask(split)
    await room.settle()
    assert [m.id for m in room.floor.messages("v-new")] == [second.id]
    for seat in (room.ana, room.ben):
        shown = seat.runtime.store.replica.messages[room.thread]
        assert [m.id for m in shown if m.direction == "in"] == [first.id]
    room.ben.open("v-new")
    await room.later(3)
    assert room.ben.screen.act("conversation.unsplit") == ""
    await room.settle()
    assert [m.id for m in room.floor.messages(room.thread)] == [first.id, second.id]
    room.ben.open(room.thread)
    await room.later(3)
    for seat in (room.ana, room.ben):
        shown = seat.runtime.store.replica.messages[room.thread]
        assert [m.id for m in shown if m.direction == "in"] == [first.id, second.id]
    assert room.floor.thread("v-new").merged_into == room.thread
