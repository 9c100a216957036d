"""Merging and splitting: what moves, what is told, what becomes of the work, and that it can be undone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.types import ChannelId
from agent_desktop.wire import commands, inbox
from tests.server.floor import ANA, BEN, SUE, Mirror
from tests.server.inboxed import Inbox


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Inbox]:
    floor = Inbox(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


async def two(floor: Inbox) -> tuple[str, str]:
    """Two mails of the same customer, by mistake two conversations."""
    return await floor.arrived("<1@out>"), await floor.arrived("<2@out>")


def externals(floor: Inbox, thread: str) -> list[str]:
    return [m.external_id for m in floor.messages(thread)]


async def test_a_merged_conversations_messages_are_in_the_other_one_with_the_reason(floor: Inbox) -> None:
    one, other = await two(floor)
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    assert externals(floor, one) == []
    assert sorted(externals(floor, other)) == ["<1@out>", "<2@out>"]
    gone, stays = floor.thread(one), floor.thread(other)
    assert (gone.merged_into, stays.merged) == (other, (one,))
    told = floor.store.messages(stays.id)[-1]
    assert (told.direction, told.text) == (
        "system",
        "Ana merged “Where is my lamp?” into this one: 1 message.",
    )


async def test_the_old_name_leads_to_the_survivor_for_reading_writing_and_later_mails(floor: Inbox) -> None:
    one, other = await two(floor)
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    await floor.said(ANA, inbox.AssignConversation(conversation=one, agent=ANA))
    fetched = await floor.said(ANA, inbox.FetchConversation(conversation=one))
    assert fetched.result is not None
    assert fetched.result.conversations[0].id == other
    await floor.said(ANA, commands.SendMessage(message="z", conversation=one, text="To the old name"))
    assert floor.texts(other)[-1] == "To the old name"
    await floor.restart()
    await floor.mail("<3@out>", references=("<1@out>",))
    assert "<3@out>" in externals(floor, other)
    assert len(floor.hub.tables.interactions) == 1


async def test_a_merge_is_undone_and_everything_is_where_it_was(floor: Inbox) -> None:
    one, other = await two(floor)
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    await floor.restart()
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    assert (externals(floor, one), externals(floor, other)) == (["<1@out>"], ["<2@out>"])
    assert (floor.thread(one).merged_into, floor.thread(other).merged) == ("", ())
    assert (floor.thread(one).last_line, floor.thread(one).messages) == ("Hello, where is it?", 1)
    assert await floor.refused(ANA, inbox.UnmergeConversation(conversation=one)) == "wrong_state"


async def test_the_work_of_both_goes_on_as_one_and_comes_apart_with_its_age(floor: Inbox) -> None:
    one = await floor.arrived("<1@out>")
    age = floor.clock.at
    await floor.wait(30)
    other = await floor.taken(ANA, "<2@out>")
    first = floor.live(one)
    assert first is not None
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    ended = floor.store.interaction(first.id)
    assert ended is not None
    assert (ended.state, ended.disposition) == (interactions.CLOSED, "merged")
    assert floor.live(one) is None
    await floor.wait(30)
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    again = floor.live(one)
    assert again is not None
    assert (again.state, again.queued_at - again.older_s) == (interactions.QUEUED, age)
    held = floor.live(other)
    assert held is not None
    assert (held.agent, held.state) == (ANA, interactions.ACTIVE)


async def test_who_worked_on_the_one_that_goes_works_on_the_one_that_stays(floor: Inbox) -> None:
    one = await floor.taken(ANA, "<1@out>")
    other = await floor.arrived("<2@out>")
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    live = floor.live(other)
    assert live is not None
    assert (live.agent, live.state, floor.thread(other).owner) == (ANA, interactions.ACTIVE, ANA)
    assert len(floor.hub.tables.in_hand[ANA]) == 1


async def test_work_follows_into_a_closed_conversation_and_back(floor: Inbox) -> None:
    other = await floor.closed(BEN, "<2@out>")
    one = await floor.taken(ANA, "<1@out>")
    before = floor.live(one)
    assert before is not None
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    live = floor.live(other)
    assert live is not None
    assert (live.id, live.agent, floor.thread(other).state) == (before.id, ANA, "open")
    await floor.restart()
    live = floor.live(other)
    assert live is not None
    assert live.id == before.id
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    live = floor.live(one)
    assert live is not None
    assert (live.id, live.agent, floor.live(other)) == (before.id, ANA, None)


async def test_a_second_merge_of_the_same_one_is_a_conflict(floor: Inbox) -> None:
    one, other = await two(floor)
    third = await floor.arrived("<3@out>")
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    assert await floor.refused(BEN, inbox.MergeConversations(conversation=one, into=third)) == "conflict"
    same = inbox.MergeConversations(conversation=other, into=one)
    assert await floor.refused(BEN, same) == "same_conversation"


async def test_a_chat_that_goes_on_is_not_merged_away_from_its_customer(floor: Inbox) -> None:
    mail = await floor.arrived()
    await floor.chat("Hello", "1")
    (chat,) = (i.conversation for i in floor.hub.tables.interactions.values() if i.medium == "chat")
    asked = inbox.MergeConversations(conversation=chat, into=mail)
    assert await floor.refused(ANA, asked) == "wrong_state"
    await floor.said(SUE, inbox.ResolveConversation(conversation=chat))
    await floor.said(ANA, asked)
    assert [m.text for m in floor.intake.transcript(ChannelId("demo"), "v1")] == ["Hello"]
    await floor.said(ANA, inbox.AssignConversation(conversation=mail, agent=ANA))
    await floor.intake.customer_left(ChannelId("demo"), "v1")
    live = floor.live(mail)
    assert live is not None
    assert live.state == interactions.ACTIVE, "who leaves the chat does not end the mail's work"


async def test_messages_that_do_not_belong_are_split_off_and_put_back(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.mail("<2@out>", sender="eve@example.com", references=("<1@out>",))
    await floor.mail("<3@out>", references=("<1@out>",))
    eve = next(m for m in floor.messages(thread) if m.external_id == "<3@out>")
    await floor.said(ANA, inbox.SplitConversation(conversation=thread, new="v-new", messages=(eve.id,)))
    made = floor.thread("v-new")
    assert (made.split_from, made.messages - 1, externals(floor, "v-new")) == (thread, 1, ["<3@out>"])
    assert "<3@out>" not in externals(floor, thread)
    assert floor.live("v-new") is not None
    await floor.mail("<4@out>", references=("<3@out>",))
    assert externals(floor, "v-new") == ["<3@out>", "<4@out>"]
    await floor.said(ANA, inbox.UnsplitConversation(conversation="v-new"))
    assert set(externals(floor, thread)) >= {"<1@out>", "<3@out>", "<4@out>"}
    assert floor.thread("v-new").merged_into == thread
    await floor.said(ANA, commands.AddNote(message="n", conversation="v-new", text="To the old name"))
    assert "To the old name" in floor.texts(thread)


async def test_what_cannot_be_split_off_is_told(floor: Inbox) -> None:
    thread = await floor.taken()
    (only,) = floor.messages(thread)

    def split(*keys: str, new: str = "v-new") -> inbox.SplitConversation:
        return inbox.SplitConversation(conversation=thread, new=new, messages=keys)

    assert await floor.refused(ANA, split()) == "empty"
    assert await floor.refused(ANA, split(only.id)) == "nothing_left"
    assert await floor.refused(ANA, split("none")) == "conflict"
    await floor.said(ANA, commands.AddNote(message="n", conversation=thread, text="A note"))
    assert await floor.refused(ANA, split("n")) == "no_customer"
    assert await floor.refused(ANA, split(only.id, new=thread)) == "exists"
    assert await floor.refused(ANA, inbox.UnsplitConversation(conversation=thread)) == "wrong_state"


async def test_two_acts_of_one_moment_see_one_another(floor: Inbox) -> None:
    """The reply is not in the record yet when the merge is asked for."""
    one, other = await two(floor)
    await floor.said(ANA, inbox.AssignConversation(conversation=one, agent=ANA))
    await asyncio.gather(
        floor.desk.handle(ANA, "a", commands.SendMessage(message="z", conversation=one, text="Both")),
        floor.desk.handle(ANA, "b", inbox.MergeConversations(conversation=one, into=other)),
    )
    await floor.settle()
    assert "Both" in floor.texts(other)
    assert floor.texts(one) == []
    await floor.settle()
    assert floor.messages(other)[-1].delivery == "sent"


async def test_a_long_conversation_comes_into_view_by_its_newest_messages_alone(floor: Inbox) -> None:
    one, other = await two(floor)
    await floor.said(ANA, inbox.AssignConversation(conversation=other, agent=ANA))
    for number in range(60):
        await floor.said(ANA, commands.AddNote(message=f"n{number:02}", conversation=one, text=str(number)))
    mirror = Mirror(floor, ANA)
    mirror.connect()
    before = floor.board.receiver(ANA).stream.seq
    await floor.said(ANA, inbox.MergeConversations(conversation=one, into=other))
    assert mirror.differences() == []
    assert floor.board.receiver(ANA).stream.seq - before < 60
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    assert mirror.differences() == []


async def test_a_merge_costs_what_moves_and_not_what_stays(
    floor: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await two(floor)
    for number in range(200):
        floor.clock.at += 1
        note = commands.AddNote(message=f"n{number:03}", conversation=other, text=str(number))
        await floor.said(ANA, note)
    rows, kept = 0, floor.thread(other).last_message
    read = floor.store.messages

    def counted(*key: object, **how: object) -> object:
        nonlocal rows
        found = read(*key, **how)  # type: ignore[arg-type] # passed on
        rows += len(found)
        return found

    monkeypatch.setattr(floor.store, "messages", counted)
    await floor.said(SUE, inbox.MergeConversations(conversation=one, into=other))
    await floor.said(SUE, inbox.UnmergeConversation(conversation=one))
    assert rows < 200, "the two hundred that stay are never read as a whole"
    assert floor.thread(other).messages == 201 + 2  # and two lines of the system
    assert floor.thread(other).last_message == kept, "however many notes came after it"


# --- any order --------------------------------------------------------------------------------------

ACTS = ("merge", "unmerge", "split", "unsplit", "mail", "note", "reply", "snooze", "restart")


class Desk:
    """Merges and splits as hypothesis chooses, beside a list of who said what at first."""

    def __init__(self, floor: Inbox) -> None:
        self.floor = floor
        self.threads: list[str] = []
        self.splits: list[str] = []
        self.first: dict[str, str] = {}  # message, conversation where it came to be
        self.count = 0

    async def begin(self) -> None:
        await self.floor.sign_in(SUE, ready=False)
        for number in range(3):
            self.threads.append(await self.floor.arrived(f"<begin{number}@out>"))
        self.note_new()

    def where(self) -> dict[str, str]:
        """Each message with its conversation; every message in exactly one."""
        found: dict[str, str] = {}
        for thread in self.threads:
            for message in self.floor.messages(thread):
                assert message.id not in found, "no message is in two conversations"
                assert message.conversation == thread
                found[message.id] = thread
        return found

    def note_new(self) -> None:
        for message, thread in self.where().items():
            self.first.setdefault(message, thread)

    async def act(self, name: str, pick: int, other: int) -> None:
        floor, self.count = self.floor, self.count + 1
        one, two = self.threads[pick % len(self.threads)], self.threads[other % len(self.threads)]
        match name:
            case "merge":
                await floor.do(SUE, inbox.MergeConversations(conversation=one, into=two))
            case "unmerge":
                await floor.do(SUE, inbox.UnmergeConversation(conversation=one))
            case "split":
                held = [m.id for m in floor.messages(one)]
                some = tuple(held[: 1 + other % max(1, len(held))])
                new = f"v-split{self.count}"
                reply = await floor.do(SUE, inbox.SplitConversation(conversation=one, new=new, messages=some))
                if reply.ok:
                    self.threads.append(new)
                    self.splits.append(new)
            case "unsplit" if self.splits:
                split = self.splits[pick % len(self.splits)]
                await floor.do(SUE, inbox.UnsplitConversation(conversation=split))
            case "mail":
                held = [m.external_id for m in floor.messages(one) if m.external_id]
                if held:
                    await floor.mail(f"<more{self.count}@out>", references=(held[0],))
            case "note":
                await floor.do(SUE, commands.AddNote(message=f"n{self.count}", conversation=one, text="x"))
            case "reply":
                await floor.do(SUE, inbox.AssignConversation(conversation=one, agent=SUE))
            case "snooze":
                await floor.do(SUE, inbox.AssignConversation(conversation=one, agent=SUE))
                until = floor.clock.at + other * 60 if other else 0
                await floor.do(SUE, inbox.SnoozeConversation(conversation=one, until_at=until))
            case "restart":
                await floor.restart()
                await floor.presence.came(SUE)
            case _:
                pass
        self.note_new()

    def check(self) -> None:
        where = self.where()
        assert set(where) == set(self.first), "no message is lost"
        for thread in self.threads:
            held = self.floor.thread(thread)
            kept = self.floor.store.messages(held.id, limit=1000)
            assert held.messages == len(kept), "the count is right"
            assert not (held.merged_into and kept), "a merged one holds nothing"
            said = [m for m in kept if m.direction in ("in", "out")]
            assert held.last_message == (max(said, key=lambda m: (m.at, m.id)).id if said else "")
            live = self.floor.live(thread)
            assert not (held.merged_into and live), "the work is where the messages are"
            if live is not None:
                asleep = live.state == interactions.PARKED
                assert asleep == (held.state == "snoozed"), (
                    "work sleeps with its conversation, and alone never"
                )

    async def undo_everything(self) -> None:
        for split in reversed(self.splits):
            await self.floor.do(SUE, inbox.UnsplitConversation(conversation=split))
            self.check()
        for thread in self.threads:
            if thread not in self.splits:
                await self.floor.do(SUE, inbox.UnmergeConversation(conversation=thread))
                self.check()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=14)
)
def test_whatever_is_merged_and_split_every_message_is_in_one_place_and_all_can_be_undone(
    acts: list[tuple[str, int, int]],
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            floor = Inbox(Path(folder) / "record.db")
            await floor.start()
            desk = Desk(floor)
            try:
                await desk.begin()
                mirror = Mirror(floor, SUE)
                mirror.connect()
                for name, pick, other in acts:
                    await desk.act(name, pick, other)
                    desk.check()
                    if name == "restart":
                        mirror.connect()
                    assert mirror.differences() == []
                await desk.undo_everything()
                began = {m: t for m, t in desk.first.items() if t not in desk.splits}
                now = desk.where()
                assert {m: now[m] for m in began} == began, "undone, everything is where it came to be"
            finally:
                await floor.stop()

    asyncio.run(live())
