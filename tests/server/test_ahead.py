"""Long conversations move in one change, and what it needs is read before it, a page at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.conversation import Message
from agent_desktop.domain.types import ConversationId, Instant, MessageId
from agent_desktop.ports.storage import Changes
from agent_desktop.server import ahead, joining, scopes
from agent_desktop.wire import commands, events, inbox
from tests.server.floor import ANA, BEN, SUE, Mirror
from tests.server.inboxed import Inbox

PAGE = 4
LENGTH = 3 * PAGE


@pytest.fixture
async def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Inbox]:
    monkeypatch.setattr(ahead, "PAGE", PAGE)
    monkeypatch.setattr(joining, "LONG", PAGE)
    monkeypatch.setattr(scopes, "AT_ONCE", 2)
    floor = Inbox(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


async def long(floor: Inbox, external: str) -> str:
    """A conversation of many messages, each with a text of its own."""
    thread = await floor.arrived(external)
    (first,) = floor.messages(thread)
    more: dict[MessageId, Message] = {}
    for number in range(1, LENGTH):
        key = MessageId(f"{external}-{number}")
        at = Instant(first.at - number)
        more[key] = replace(
            first, id=key, at=at, text=f"{external} {number}", external_id=f"{external}{number}"
        )
    held = replace(floor.thread(thread), messages=LENGTH)
    floor.hub.tables.conversations[held.id] = held
    await floor.store.commit(Changes(messages=more, conversations={held.id: held}))
    return thread


def asked(floor: Inbox, command: commands.AnyCommand) -> asyncio.Task[events.Reply]:
    return asyncio.ensure_future(floor.do(ANA, command))


async def test_no_turn_of_the_loop_reads_more_than_a_page(
    floor: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    turn, read = 0, dict[int, int]()
    messages = floor.store.messages

    def counted(
        conversation: ConversationId, *, before: Instant | None = None, limit: int = 50
    ) -> list[Message]:
        found = list(messages(conversation, before=before, limit=limit))
        read[turn] = read.get(turn, 0) + len(found)
        return found

    monkeypatch.setattr(floor.store, "messages", counted)
    for command in (
        inbox.MergeConversations(conversation=one, into=other),
        inbox.UnmergeConversation(conversation=one),
    ):
        going = asked(floor, command)
        while not going.done():
            turn += 1
            await asyncio.sleep(0)
        assert (await going).ok
    assert sum(read.values()) >= 3 * LENGTH
    assert max(read.values()) <= PAGE + 1  # the system's line is of the first message's instant


async def test_a_long_merge_and_its_undoing_leave_everything_as_it_was(floor: Inbox) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    before = floor.texts(one), floor.texts(other)
    mirror = Mirror(floor, SUE)
    mirror.connect()
    await floor.said(SUE, inbox.LookAt(conversation=other))
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    assert (floor.texts(one), sorted(floor.texts(other))) == ([], sorted(before[0] + before[1]))
    assert floor.thread(other).messages == 2 * LENGTH + 1  # the line that says so
    assert mirror.differences() == []
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    assert (floor.texts(one), floor.texts(other)) == before
    assert (floor.thread(one).messages, floor.thread(other).messages) == (LENGTH, LENGTH + 2)
    assert mirror.differences() == []


async def test_what_is_written_while_a_long_conversation_is_read_moves_with_it(floor: Inbox) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    merging = asked(floor, inbox.MergeConversations(conversation=one, into=other))
    await asyncio.sleep(0)
    noting = asked(floor, commands.AddNote(message="n1", conversation=one, text="Call first"))
    assert all(reply.ok for reply in await asyncio.gather(merging, noting))
    assert floor.texts(one) == []
    assert "Call first" in floor.texts(other)
    assert len(floor.texts(other)) == 2 * LENGTH + 1


async def test_a_message_that_leaves_while_it_is_read_stays_where_it_went(floor: Inbox) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    gone = floor.messages(one)[-1]
    merging = asked(floor, inbox.MergeConversations(conversation=one, into=other))
    await asyncio.sleep(0)
    splitting = asked(floor, inbox.SplitConversation(conversation=one, new="new", messages=(gone.id,)))
    assert all(reply.ok for reply in await asyncio.gather(merging, splitting))
    assert [m.id for m in floor.messages("new")] == [gone.id]
    assert len(floor.texts(other)) == 2 * LENGTH - 1


async def test_a_long_merge_that_is_asked_for_again_meanwhile_is_done_once(floor: Inbox) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    command = inbox.MergeConversations(conversation=one, into=other)
    tasks = [asyncio.ensure_future(floor.desk.handle(ANA, "once", command)) for _ in range(2)]
    first, again = await asyncio.gather(*tasks)
    assert first == again
    assert first.ok
    assert len(floor.texts(other)) == 2 * LENGTH


async def test_acts_on_long_conversations_keep_their_order(floor: Inbox) -> None:
    one, other = await long(floor, "<1@out>"), await long(floor, "<2@out>")
    both = (
        inbox.MergeConversations(conversation=one, into=other),
        inbox.UnmergeConversation(conversation=one),
    )
    replies = await asyncio.gather(*(asked(floor, command) for command in both))
    assert all(reply.ok for reply in replies)
    assert len(floor.texts(one)) == len(floor.texts(other)) == LENGTH


async def test_a_wider_view_fills_over_several_turns_and_ends_as_a_fresh_one(floor: Inbox) -> None:
    for number in range(7):
        await floor.arrived(f"<{number}@out>", f"customer{number}@example.com")
    mirror = Mirror(floor, SUE)
    mirror.connect()
    floor.board.watch(SUE, "all")
    assert 0 < len(floor.board.receiver(SUE).interactions) < 7
    assert mirror.differences() == []
    for _ in range(7):
        await asyncio.sleep(0)
    assert len(floor.board.receiver(SUE).interactions) == 7
    assert mirror.differences() == []


async def test_a_scope_that_is_left_again_at_once_leaves_nothing_in_view(floor: Inbox) -> None:
    for number in range(7):
        await floor.arrived(f"<{number}@out>", f"customer{number}@example.com")
    mirror = Mirror(floor, SUE)
    mirror.connect()
    floor.board.watch(SUE, "all")
    assert floor.board.receiver(SUE).interactions
    floor.board.watch(SUE, "mine")
    for _ in range(9):
        await asyncio.sleep(0)
    assert floor.board.receiver(SUE).interactions == set()
    assert mirror.differences() == []
