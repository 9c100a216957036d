"""Merging and splitting where a customer is there, said STOP or was put aside: to each what is theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.messaging import OPTED_OUT, STOPPED, SmsNumber
from agent_desktop.domain.types import ChannelId, MediumId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.server.standing import barred
from agent_desktop.wire import inbox
from tests.server.floor import ANA, BEN, CHAT, SUE, FakeChannel
from tests.server.inboxed import DEMO, Inbox, reply

TEXT, SMS, NUMBER = ChannelId("text"), MediumId("sms"), "+4791234567"


def with_a_number(centre: Centre) -> Centre:
    return replace(centre, sms=(SmsNumber(id=TEXT, number="+4700000", queue=CHAT),))


class Threads(Inbox):
    """An inbox with a chat and a number."""

    changed: Callable[[Centre], Centre] = staticmethod(with_a_number)

    async def chatted(self, text: str, key: str, visitor: str = "v1") -> str:
        """A chat message comes in; the id of its conversation."""
        await self.chat(text, key, visitor)
        return self.place(DEMO, key)

    async def texted(self, text: str, key: str) -> str:
        await self.wait(1)
        message = IncomingMessage(
            channel=TEXT,
            medium=SMS,
            external_id=key,
            address_kind="phone",
            from_address=NUMBER,
            shown_address=NUMBER,
            text=text,
            thread=NUMBER,
        )
        await self.intake.message_arrived(message)
        await self.settle()
        return self.place(TEXT, key)

    def place(self, channel: ChannelId, key: str) -> str:
        found = self.store.message_by_external(channel, key)
        assert found is not None
        return found.conversation

    def seen(self, visitor: str = "v1") -> list[str]:
        """What a visitor sees of the chat."""
        return [m.text for m in self.intake.transcript(DEMO, visitor)]

    def state(self, thread: str) -> tuple[str, str]:
        live = self.live(thread)
        return self.thread(thread).state, live.state if live is not None else ""

    async def split(self, thread: str, channel: ChannelId, key: str) -> None:
        message = self.store.message_by_external(channel, key)
        assert message is not None
        command = inbox.SplitConversation(conversation=thread, messages=(message.id,), new="v-new")
        await self.said(ANA, command)

    async def aside(self, thread: str, seconds: float) -> None:
        until = self.clock.at + seconds if seconds else 0
        await self.said(ANA, inbox.SnoozeConversation(conversation=thread, until_at=until))

    async def merged(self, one: str, into: str) -> None:
        await self.said(ANA, inbox.MergeConversations(conversation=one, into=into))


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Threads]:
    floor = Threads(tmp_path / "record.db")
    floor.channels[TEXT] = FakeChannel(TEXT, SMS)
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


# --- who reads what ---------------------------------------------------------------------------------


async def test_chats_of_two_visitors_are_not_merged(floor: Threads) -> None:
    one, other = await floor.chatted("My secret", "a1"), await floor.chatted("Hello", "b1", "v2")
    assert (
        await floor.refused(ANA, inbox.MergeConversations(conversation=one, into=other)) == "other_customer"
    )
    assert (floor.seen("v1"), floor.seen("v2")) == (["My secret"], ["Hello"])


async def test_chats_of_two_visitors_do_not_meet_in_a_mail_either(floor: Threads) -> None:
    mail = await floor.arrived()
    one, other = await floor.chatted("My secret", "a1"), await floor.chatted("Hello", "b1", "v2")
    for chat in (one, other):
        await floor.said(SUE, inbox.ResolveConversation(conversation=chat))
    await floor.merged(one, mail)
    assert (
        await floor.refused(ANA, inbox.MergeConversations(conversation=other, into=mail)) == "other_customer"
    )


async def test_a_visitor_sees_the_own_words_alone_and_what_came_after_a_merge(floor: Threads) -> None:
    mail = await floor.arrived()
    chat = await floor.chatted("Hello", "a1")
    await floor.said(SUE, inbox.ResolveConversation(conversation=chat))
    await floor.merged(chat, mail)
    await floor.wait(1)
    assert await floor.chatted("Still here", "a2") == mail
    assert floor.seen() == ["Hello", "Still here"]
    await floor.restart()
    assert floor.seen() == ["Hello", "Still here"]


async def test_a_visitor_stays_where_they_were_after_a_split_and_a_restart(floor: Threads) -> None:
    chat = await floor.chatted("One", "a1")
    await floor.wait(1)
    await floor.chatted("Two", "a2")
    await floor.said(ANA, inbox.AssignConversation(conversation=chat, agent=ANA))
    await floor.split(chat, DEMO, "a2")
    await floor.wait(1)
    await floor.said(ANA, reply(chat, "To the first"))
    await floor.said(ANA, inbox.TagConversation(conversation="v-new", add=("x",)))
    await floor.restart()
    await floor.wait(1)
    assert await floor.chatted("Three", "a3") == chat
    assert floor.seen() == ["One", "Two", "To the first", "Three"]


# --- STOP -------------------------------------------------------------------------------------------


async def test_stop_is_remembered_in_what_is_split_off(floor: Threads) -> None:
    thread = await floor.texted("Hello", "s1")
    await floor.texted("Something else", "s2")
    await floor.texted("STOP", "s3")
    await floor.split(thread, TEXT, "s2")
    assert floor.thread("v-new").tags == (OPTED_OUT,)
    await floor.said(ANA, inbox.AssignConversation(conversation="v-new", agent=ANA))
    assert await floor.refused(ANA, reply("v-new", "Buy our lamps")) == "barred"
    await floor.texted("START", "s4")
    assert (floor.thread("v-new").tags, floor.thread(thread).tags) == ((), ())
    assert barred(floor.hub, TEXT, NUMBER, floor.clock.now()) == ""


async def test_stop_said_after_a_merge_is_remembered_when_the_merge_is_undone(floor: Threads) -> None:
    mail, thread = await floor.arrived(), await floor.texted("Hello", "s1")
    await floor.merged(thread, mail)
    assert await floor.texted("STOP", "s2") == mail
    await floor.said(ANA, inbox.UnmergeConversation(conversation=thread))
    assert barred(floor.hub, TEXT, NUMBER, floor.clock.now()) == STOPPED


# --- work and what was put aside --------------------------------------------------------------------


async def test_undoing_a_merge_leaves_work_for_what_the_other_wrote_meanwhile(floor: Threads) -> None:
    other = await floor.closed(ANA, "<2@out>")
    one = await floor.taken(ANA, "<1@out>")
    await floor.merged(one, other)
    await floor.mail("<3@out>", references=("<2@out>",))
    await floor.said(ANA, inbox.UnmergeConversation(conversation=one))
    assert (floor.state(one), floor.state(other)) == (("open", "active"), ("open", "queued"))


async def test_what_was_put_aside_comes_back_in_the_closed_one_it_was_merged_into(floor: Threads) -> None:
    other = await floor.closed(ANA, "<2@out>")
    one = await floor.taken(ANA, "<1@out>")
    await floor.aside(one, 100)
    await floor.merged(one, other)
    assert floor.state(other) == ("snoozed", interactions.PARKED)
    await floor.restart()
    await floor.wait(101)
    assert floor.state(other) == ("open", interactions.QUEUED)


async def test_what_was_put_aside_without_work_comes_back_where_it_was_merged_into(floor: Threads) -> None:
    one, other = await floor.closed(ANA, "<1@out>"), await floor.closed(ANA, "<2@out>")
    await floor.aside(one, 100)
    await floor.merged(one, other)
    await floor.wait(101)
    assert floor.state(other) == ("open", interactions.QUEUED)


@pytest.mark.parametrize("seconds", [0, 500])
async def test_waiting_work_wakes_what_it_is_merged_into(floor: Threads, seconds: float) -> None:
    one, other = await floor.arrived("<1@out>"), await floor.taken(ANA, "<2@out>")
    await floor.aside(other, seconds)
    await floor.merged(one, other)
    assert floor.state(other) == ("open", interactions.QUEUED)


async def test_work_in_hand_opens_what_it_is_merged_into(floor: Threads) -> None:
    one, other = await floor.taken(ANA, "<1@out>"), await floor.taken(ANA, "<2@out>")
    await floor.aside(other, 500)
    await floor.merged(one, other)
    assert floor.state(other) == ("open", interactions.ACTIVE)


async def test_of_two_put_aside_the_sooner_time_counts(floor: Threads) -> None:
    one, other = await floor.taken(ANA, "<1@out>"), await floor.taken(ANA, "<2@out>")
    await floor.aside(one, 100)
    await floor.aside(other, 500)
    await floor.merged(one, other)
    assert floor.state(other) == ("snoozed", interactions.PARKED)
    await floor.wait(101)
    assert floor.state(other) == ("open", interactions.QUEUED)
