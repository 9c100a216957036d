"""Whom a machine answers, and whom not; what a rule leaves alone because an agent has it in hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain.rules import UNANSWERED, Rule
from agent_desktop.domain.types import ChannelId, ConversationId
from agent_desktop.wire import inbox
from tests.server.floor import ANA
from tests.server.test_rules import DAY, Room, rule

HELP = ChannelId("help")
Start = Callable[..., Awaitable[Room]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    rooms: list[Room] = []

    async def begin(*rules: Rule) -> Room:
        room = Room(tmp_path / "record.db", *rules)
        rooms.append(room)
        await room.start()
        await room.wait(0)
        await room.sign_in(ANA, ready=False)
        return room

    yield begin
    for room in rooms:
        await room.stop()


async def test_an_answer_goes_to_who_wrote_and_to_nobody_whose_conversation_it_came_into(
    start: Start,
) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    await room.came("<1@out>")
    await room.came("<b@out>", from_address="bob@example.com", subject="Of Bob")
    one, into = (room.store.message_by_external(HELP, key).conversation for key in ("<1@out>", "<b@out>"))
    assert (await room.do(ANA, inbox.MergeConversations(conversation=one, into=into))).ok
    room.channels[HELP].sent.clear()
    await room.wait(2 * DAY)
    await room.came("<2@out>", references=("<1@out>",))
    assert room.channels[HELP].sent == []
    assert "answers to another address" in told(room, into)


async def test_a_mail_that_asks_for_replies_elsewhere_gets_no_answer_of_a_machine(start: Start) -> None:
    room = await start(rule("hello", "acknowledge hello", first=True))
    for n in range(3):
        await room.came(f"<{n}@out>", from_address="evil@example.com", reply_to=f"victim{n}@example.org")
    assert room.channels[HELP].sent == []


@pytest.mark.parametrize(("days", "answers"), [(2.0, 1), (4.0, 0)])
async def test_a_mail_that_was_days_on_its_way_gets_no_answer_of_a_machine(
    start: Start, days: float, answers: int
) -> None:
    room = await start(rule("hello", "acknowledge hello"))
    await room.came("<1@out>", sent_at=room.clock.now() - days * DAY)
    assert len(room.channels[HELP].sent) == answers


async def test_a_rule_moves_waiting_work_and_leaves_what_an_agent_has_in_hand(start: Start) -> None:
    room = await start(rule("inv", "route returns", words=("invoice",)))
    await room.came("<1@out>")
    key = room.store.message_by_external(HELP, "<1@out>").conversation
    assert (await room.do(ANA, inbox.AssignConversation(conversation=key, agent=ANA))).ok
    await room.came("<2@out>", references=("<1@out>",), text="my invoice")
    work = room.hub.tables.interactions[room.hub.tables.live_of[key]]
    assert (work.state, work.agent) == ("active", ANA)
    assert "is being worked on" in told(room, key)


def told(room: Room, key: ConversationId) -> str:
    """What the rules say in a conversation."""
    return " ".join(m.text for m in room.store.messages(key, limit=50) if m.direction == "system")


@pytest.mark.parametrize(("asked", "most"), [({"queues": ("returns",)}, 0), ({}, 4)])
async def test_a_rule_on_time_reads_few_messages_and_none_where_it_cannot_fit(
    start: Start, monkeypatch: pytest.MonkeyPatch, asked: dict[str, tuple[str, ...]], most: int
) -> None:
    room = await start(rule("late", "tag late", on=UNANSWERED, days=1, **asked))
    await room.came("<1@out>")
    await room.reply()
    for n in range(2, 9):
        await room.came(f"<{n}@out>", references=("<1@out>",))
    await room.reply("And again.")
    key = room.store.message_by_external(HELP, "<1@out>").conversation
    read: list[int] = []
    messages = room.store.messages

    def counted(*args: Any, **more: Any) -> Any:
        read.append(more["limit"])
        return messages(*args, **more)

    monkeypatch.setattr(room.store, "messages", counted)
    assert (await room.do(ANA, inbox.TagConversation(conversation=key, add=("seen",)))).ok
    assert max(read, default=0) == most
