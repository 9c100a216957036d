"""A desktop gets everything it may see, a page at a time, and each change after it, and nothing else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain.types import AgentId, ConversationId, MessageId
from agent_desktop.server import copies
from agent_desktop.server.storage import personal
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.events import Result
from agent_desktop.wire.models import ConversationModel, CustomerModel, InteractionModel, MessageModel
from tests.server.asking import only
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUE, Floor

EMPTY = (("everything", ""),)


@dataclass
class Copy:
    """A desktop's copies, filled by pages alone."""

    floor: Floor
    agent: AgentId
    cursor: str = ""
    pages: int = 0
    conversations: dict[str, ConversationModel] = field(default_factory=dict)
    messages: dict[str, MessageModel] = field(default_factory=dict)
    customers: dict[str, CustomerModel] = field(default_factory=dict)
    interactions: dict[str, InteractionModel] = field(default_factory=dict)

    async def page(self, limit: int = 200) -> Result:
        reply = await self.floor.do(self.agent, inbox.FetchCopies(cursor=self.cursor, limit=limit))
        assert reply.ok, reply.message
        assert reply.result is not None
        self._take(reply.result)
        return reply.result

    async def fill(self, limit: int = 200) -> None:
        while (await self.page(limit)).more:
            assert self.pages < 500

    def _take(self, page: Result) -> None:
        self.pages += 1
        self.cursor = page.cursor
        for kind, key in page.removed:
            if kind == "everything":
                for table in (self.conversations, self.messages, self.customers, self.interactions):
                    table.clear()
            elif kind == "conversation":
                self.conversations.pop(key, None)
                self.messages = {k: m for k, m in self.messages.items() if m.conversation != key}
            elif kind == "message":
                self.messages.pop(key, None)
            elif kind == "customer":
                self.customers.pop(key, None)
            else:
                self.interactions.pop(key, None)
        self.conversations.update({c.id: c for c in page.conversations})
        self.messages.update({m.id: m for m in page.messages})
        self.customers.update({c.id: c for c in page.customers})
        self.interactions.update({i.id: i for i in page.interactions})


async def opened(tmp_path: Path) -> Floor:
    return await Floor(tmp_path / "record.db").start()


async def written(floor: Floor, conversations_each: int, messages: int) -> None:
    for thread in range(conversations_each):
        for number in range(messages):
            await floor.chat(f"{thread}.{number}", f"x{thread}.{number}", f"v{thread}")


async def test_everything_comes_in_pages_whatever_their_size_the_newest_first(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(SUE, ready=False)
    await written(floor, 3, 4)
    sizes = {}
    for limit in (1, 3, 5, 200):
        copy = Copy(floor, SUE)
        first = await copy.page(limit)
        assert first.removed == EMPTY
        assert first.messages[0].text == "2.3"
        await copy.fill(limit)
        assert sorted(m.text for m in copy.messages.values()) == [
            f"{t}.{n}" for t in range(3) for n in range(4)
        ]
        assert {m.conversation for m in copy.messages.values()} == set(copy.conversations)
        assert {c.customer for c in copy.conversations.values()} - {""} <= set(copy.customers)
        sizes[limit] = copy.pages
    assert sizes[1] > sizes[3] > sizes[200]
    await floor.stop()


async def test_what_comes_while_it_is_filled_is_not_missed_and_after_it_comes_alone(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(SUE, ready=False)
    await written(floor, 2, 3)
    copy = Copy(floor, SUE)
    await copy.page(2)
    await floor.chat("meanwhile", "x-meanwhile", "v0")
    await copy.fill(2)
    assert "meanwhile" in {m.text for m in copy.messages.values()}
    await floor.chat("later", "x-later", "v1")
    page = await copy.page()
    assert [m.text for m in page.messages] == ["later"]
    assert ({kind for kind, _key in page.removed}, page.more) == ({"interaction"}, False)
    again = await copy.page()
    assert (again.messages, again.conversations, again.cursor) == ((), (), page.cursor)
    await floor.stop()


async def test_an_agent_gets_what_lies_in_its_queues_and_no_other(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(ANA, BEN, ready=False)
    await floor.chat("in the chat", "x1", "v1")
    await floor.mail()
    mine, his = Copy(floor, ANA), Copy(floor, BEN)
    await mine.fill()
    await his.fill()
    assert {c.queue for c in mine.conversations.values()} == {MAIL, CHAT}
    assert {c.queue for c in his.conversations.values()} == {CHAT}
    assert {m.text for m in his.messages.values()} == {"in the chat"}
    await floor.stop()


async def test_a_note_and_a_delivery_are_changes_and_work_of_others_is_not_copied(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(ANA)
    await floor.mail()
    assert (await floor.do(ANA, commands.AcceptOffer(offer=floor.offers(ANA)[0]))).ok
    copy, other = Copy(floor, ANA), Copy(floor, SUE)
    await floor.sign_in(SUE, ready=False)
    await copy.fill()
    await other.fill()
    work = only(floor)
    assert set(copy.interactions) == {work.id}
    assert other.interactions == {}
    assert (
        await floor.do(ANA, commands.AddNote(message="n1", conversation=work.conversation, text="Hm."))
    ).ok
    sent = commands.SendMessage(message="s1", conversation=work.conversation, text="Soon.")
    assert (await floor.do(ANA, sent)).ok
    await floor.writing.deliver(MessageId("s1"), "delivered")
    await copy.fill()
    assert copy.messages["n1"].direction == "note"
    assert copy.messages["s1"].delivery == "delivered"
    assert (await floor.do(ANA, commands.WrapUp(interaction=work.id, code="solved"))).ok
    await other.fill()
    assert other.interactions[work.id].state == "closed"
    await floor.stop()


async def test_other_rights_another_record_and_an_erased_customer_begin_anew(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(BEN, ready=False)
    await floor.chat("hello", "x1", "v1")
    copy = Copy(floor, BEN)
    await copy.fill()
    entries = floor.hub.centre.agents
    before = entries[BEN]
    entries[BEN] = type(before)(id=BEN, name="Ben", extension="102", queues=(MAIL,))
    floor.reload()
    assert (await copy.page()).removed == EMPTY
    await copy.fill()
    assert copy.conversations == {}
    entries[BEN] = before
    floor.reload()
    await copy.fill()
    assert {m.text for m in copy.messages.values()} == {"hello"}
    for broken in ("nonsense", '["c","",999999,1.0]', copy.cursor.replace('"c"', '"x"')):
        copy.cursor = broken
        assert (await copy.page()).removed == EMPTY
    await copy.fill()
    await floor.stop()
    with personal.opened(tmp_path / "record.db", read_only=False) as connection:
        connection.execute(
            "insert into settings (name, value) values ('erased', '1')"
            " on conflict (name) do update set value = value + 1"
        )
    floor._open()
    await floor.start()
    assert (await copy.page()).removed == EMPTY
    await floor.stop()


async def test_erasing_a_customer_counts_so_that_copies_are_filled_anew(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(ANA)
    await floor.mail()
    offer = floor.offers(ANA)[0]
    assert (await floor.do(ANA, commands.AcceptOffer(offer=offer))).ok
    work = only(floor)
    assert (
        await floor.do(ANA, commands.CreateCustomer(interaction=work.id, customer="amina", name="Amina"))
    ).ok
    assert (await floor.do(ANA, commands.WrapUp(interaction=work.id, code="solved"))).ok
    await floor.stop()
    with personal.opened(tmp_path / "record.db", read_only=False) as connection:
        personal.erase(connection, personal.find(connection, "amina"))
        personal.erase(connection, personal.Traces(
            customer="nobody", name="", conversations=(), interactions=(), messages=(), blobs=(), raws=(),
            replies=(),
        ))  # fmt: skip
        counted = connection.execute("select value from settings where name = 'erased'").fetchone()
    assert str(counted[0]) == "2"


async def test_a_conversation_that_leaves_the_queue_is_let_go_and_one_that_comes_brings_what_was_said(
    tmp_path: Path,
) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(BEN, ready=False)
    await written(floor, 1, 3)
    copy = Copy(floor, BEN)
    await copy.fill()
    assert len(copy.messages) == 3
    (key,) = copy.conversations
    for queue, messages in ((MAIL, 0), (CHAT, 3)):
        work = next(iter(floor.hub.tables.interactions.values()))
        await floor.hub.run(
            lambda step, work=work, queue=queue: step.interaction(  # type: ignore[misc]  # this turn's values
                type_queued(work.id, step.now, queue)
            )
        )
        await floor.hub.run(
            lambda step, queue=queue: step.conversation(  # type: ignore[misc]  # the same
                conversations.OwnerChanged(
                    conversation=ConversationId(key), at=step.now, owner=AgentId(""), queue=queue
                )
            )
        )
        await floor.settle()
        await copy.fill()
        assert len(copy.messages) == messages
        assert len(copy.conversations) == min(messages, 1)
    await floor.stop()


def type_queued(key: object, at: object, queue: object) -> object:
    from agent_desktop.domain import interaction as interactions

    return interactions.Queued(interaction=key, at=at, queue=queue)  # type: ignore[arg-type]  # a test's values


async def test_a_page_is_bounded_in_bytes_and_a_huge_html_stays_with_the_server(tmp_path: Path) -> None:
    floor = await opened(tmp_path)
    await floor.sign_in(SUE, ready=False)
    for number in range(6):
        await floor.chat("x" * (copies.PAGE_BYTES // 2), f"x{number}", "v1")
    copy = Copy(floor, SUE)
    first = await copy.page()
    assert len(first.messages) == 2
    await copy.fill()
    assert len(copy.messages) == 6
    await floor.stop()


@pytest.mark.parametrize("seed", range(12))
async def test_copies_kept_up_to_date_are_those_that_are_filled_anew_after_any_history(
    seed: int, tmp_path: Path
) -> None:
    draw = random.Random(seed)
    floor = await opened(tmp_path)
    await floor.sign_in(SUE, ANA, BEN, ready=False)
    kept = [Copy(floor, SUE), Copy(floor, BEN)]
    for step in range(45):
        await act(floor, draw, step)
        if draw.random() < 0.3:
            await draw.choice(kept).page(draw.choice((1, 3, 200)))
    for copy in kept:
        await copy.fill(draw.choice((1, 5, 200)))
        fresh = Copy(floor, copy.agent)
        await fresh.fill()
        assert copy.messages == fresh.messages
        assert {k: copy.conversations.get(k) for k in fresh.conversations} == fresh.conversations
        assert {m.conversation for m in copy.messages.values()} <= set(copy.conversations)
        assert {k: copy.customers.get(k) for k in fresh.customers} == fresh.customers
        assert copy.interactions == fresh.interactions
    await floor.stop()


async def act(floor: Floor, draw: random.Random, step: int) -> None:
    """Something that happens to conversations; a refusal is nothing that happened."""
    threads = sorted(c.id for c in floor.hub.tables.conversations.values())
    if not threads or draw.random() < 0.25:
        await floor.chat(f"{step}", f"x{step}", f"v{draw.randrange(4)}")
        return
    one, two = draw.choice(threads), draw.choice(threads)
    held = [m.id for m in floor.store.messages(one)]
    kinds: list[commands.AnyCommand] = [
        commands.AddNote(message=f"n{step}", conversation=one, text=f"{step}"),
        commands.SendMessage(message=f"s{step}", conversation=one, text=f"{step}", held_s=10.0),
        inbox.TagConversation(conversation=one, add=(f"t{step}",)),
        inbox.AssignConversation(conversation=one, agent=draw.choice(("ana", "ben"))),
        inbox.AssignConversation(conversation=one, queue=draw.choice((MAIL, CHAT))),
        inbox.MergeConversations(conversation=one, into=two),
        inbox.UnmergeConversation(conversation=one),
        inbox.UnsplitConversation(conversation=one),
        inbox.ResolveConversation(conversation=one, code="solved"),
        inbox.ReopenConversation(conversation=one),
        inbox.SnoozeConversation(conversation=one),
    ]
    if held:
        some = tuple(draw.sample(held, draw.randint(1, len(held))))
        kinds.append(inbox.SplitConversation(conversation=one, new=f"new{step}", messages=some))
    sent = [key for key in held if key.startswith("s")]
    if sent:
        kinds += [inbox.CancelMessage(conversation=one, message=sent[-1])] * 4
    owner = floor.hub.tables.conversations[one].owner
    agent = owner if owner and draw.random() < 0.7 else draw.choice((SUE, ANA, BEN))
    await floor.do(agent, draw.choice(kinds))
