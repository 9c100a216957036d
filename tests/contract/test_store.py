"""What every `Store` of ports/storage.py must do, run on each that there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain import agent as a
from agent_desktop.domain import conversation as c
from agent_desktop.domain import customer as k
from agent_desktop.domain import interaction as i
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    MessageId,
    OfferId,
    QueueId,
    Seconds,
    SkillId,
)
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import (
    Changes,
    QueueCount,
    Sought,
    Store,
)
from tests.contract.records import AMINA, CHAT, MAIL, STORES, card, of, said, thread, work


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = STORES[request.param](tmp_path / "record.db")
    yield opened
    await opened.close()


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    return lambda: STORES[request.param](tmp_path / "record.db")


async def test_what_was_committed_is_read_back_the_same(store: Store) -> None:
    agent = a.Agent(
        id=AgentId("mateo"), name="Mateo", queues=frozenset({QueueId("q")}), skills={SkillId("es"): 5}
    )
    offer = i.Offer(
        id=OfferId("o"), agent=agent.id, offered_at=Instant(1.25), expires_at=Instant(21.25), reasons=("x",)
    )
    interaction = work("i1", 1.0, state=i.OFFERED, offer=offer, path=("2 Orders",), skills={SkillId("es"): 3})
    conversation = thread("c1", customer=AMINA, updated_at=Instant(3.0))
    attachment = c.Attachment(id="b1", name="lamp.jpg", size_bytes=3)
    message = said(
        "m1", "c1", 3.0, "Grüße\n\x00 \U0001f4a1", attachments=(attachment,), references=("<a@b>",)
    )
    customer = replace(card("amina", "Amina", ("email", "A@example.com")), facts=(("Lifetime", "2 184 €"),))
    article = Article(id="a1", title="Parcel", tags=("delivery",))
    changes = of(agent, interaction, conversation, message, customer, article)
    changes.blobs["b1"] = b"\x00\xff\x00"
    await store.commit(changes)
    assert store.interaction(interaction.id) == interaction
    assert store.conversation(conversation.id) == conversation
    assert store.message(message.id) == message
    assert store.customer(customer.id) == customer
    assert store.article("a1") == article
    assert store.articles() == [article]
    assert store.blob("b1") == b"\x00\xff\x00"
    assert store.load().agents == {agent.id: agent}


async def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.interaction(InteractionId("x")) is None
    assert store.conversation(ConversationId("x")) is None
    assert store.conversation_of_thread(CHAT, "x") is None
    assert store.message(MessageId("x")) is None
    assert store.message_by_external(MAIL, "x") is None
    assert store.customer(CustomerId("x")) is None
    assert store.reply_to("x") is None
    assert store.raw("x") is None
    assert store.blob("x") is None
    assert store.user(AgentId("x")) is None
    assert store.session("x") is None
    assert store.article("x") is None


async def test_an_empty_commit_writes_nothing(store: Store) -> None:
    await store.commit(Changes())
    assert store.load().last_event == 0


async def test_everything_is_there_after_a_reopening(opener: Callable[[], Store]) -> None:
    first = opener()
    event = a.ShiftStarted(agent=AgentId("mateo"), at=Instant(1.0))
    changes = Changes(events=[event], settings={"epoch": "e1"})
    changes.interactions[InteractionId("i1")] = work("i1", 1.0, state=i.QUEUED)
    await first.commit(changes)
    await first.close()
    second = opener()
    try:
        live = second.load()
        assert live.settings == {"epoch": "e1"}
        assert live.last_event == 1
        assert set(live.interactions) == {"i1"}
        assert second.events() == [(1, event)]
    finally:
        await second.close()


async def test_a_start_loads_the_work_that_is_not_over(store: Store) -> None:
    await store.commit(
        of(
            thread("c1"),
            thread("c2"),
            work("i1", 1.0, state=i.QUEUED, conversation=ConversationId("c1")),
            work("i2", 2.0, state=i.CLOSED, conversation=ConversationId("c2")),
            work("i3", 3.0, state=i.ABANDONED),
            work("i4", 4.0, state=i.WRAP_UP),
        )
    )
    live = store.load()
    assert set(live.interactions) == {"i1", "i4"}
    assert store.conversation(ConversationId("c1")) is not None, "it is read when somebody looks at it"


async def test_the_log_is_numbered_in_order_and_read_in_pages(store: Store) -> None:
    events = [a.WentReady(agent=AgentId(f"a{n % 2}"), at=Instant(n)) for n in range(10)]
    for event in events:
        await store.commit(Changes(events=[event]))
    first = store.events(limit=4)
    rest = store.events(after=first[-1][0], limit=100)
    assert [seq for seq, _ in [*first, *rest]] == list(range(1, 11))
    assert [event for _, event in [*first, *rest]] == events
    assert [event for _, event in store.events(subject="a1")] == events[1::2]


async def test_a_later_commit_replaces_an_entity(store: Store) -> None:
    await store.commit(of(work("i1", 1.0, state=i.QUEUED)))
    await store.commit(of(work("i1", 1.0, state=i.CLOSED)))
    found = store.interaction(InteractionId("i1"))
    assert found is not None
    assert found.state == i.CLOSED
    assert store.load().interactions == {}


async def test_a_chat_finds_its_newest_conversation_by_the_visitor(store: Store) -> None:
    await store.commit(
        of(
            thread("old", channel=CHAT, address="v1", updated_at=Instant(1.0)),
            thread("new", channel=CHAT, address="v1", updated_at=Instant(2.0)),
            thread("other", channel=MAIL, address="v1", updated_at=Instant(3.0)),
        )
    )
    found = store.conversation_of_thread(CHAT, "v1")
    assert found is not None
    assert found.id == "new"


async def test_a_chat_goes_on_where_it_was_and_not_in_what_was_split_off(store: Store) -> None:
    gone = ConversationId("gone")
    await store.commit(
        of(
            thread("here", channel=CHAT, address="v1", updated_at=Instant(1.0)),
            thread("merged", channel=CHAT, address="v1", updated_at=Instant(2.0), merged_into=gone),
            thread(
                "split",
                channel=CHAT,
                address="v1",
                updated_at=Instant(3.0),
                split_from=ConversationId("here"),
            ),
        )
    )
    found = store.conversation_of_thread(CHAT, "v1")
    assert found is not None
    assert found.id == "here"
    assert [one.id for one in store.conversations_of_thread(CHAT, "v1")] == ["split", "merged", "here"]


async def test_messages_are_found_by_the_outsides_ids(store: Store) -> None:
    await store.commit(
        of(
            thread("c1"),
            thread("c2", channel=CHAT),
            said("m1", "c1", 1.0, external_id="<1@x>"),
            said("m2", "c2", 2.0, external_id="<2@x>"),
            said("m3", "c2", 3.0, external_id=""),
        )
    )
    found = store.message_by_external(MAIL, "<1@x>")
    assert found is not None
    assert found.id == "m1"
    assert store.message_by_external(CHAT, "<1@x>") is None
    assert store.message_by_external(CHAT, "") is None
    wanted = ["<2@x>", "<0@x>", "", "\ud800", "<1@x>"]
    assert store.conversations_of_external(wanted) == {"<1@x>": "c1", "<2@x>": "c2"}
    assert store.conversations_of_external([f"<{n}@y>" for n in range(2000)]) == {}


async def test_messages_are_paged_back_without_a_gap_even_at_one_instant(store: Store) -> None:
    texts = [said(f"m{n}", "c1", at, f"{n}") for n, at in enumerate([1, 2, 3, 3, 3, 3, 4, 5])]
    await store.commit(of(thread("c1"), *texts))
    seen: list[str] = []
    before: Instant | None = None
    while page := store.messages(ConversationId("c1"), before=before, limit=3):
        assert [m.at for m in page] == sorted(m.at for m in page)
        seen[:0] = [m.id for m in page]
        before = page[0].at
    assert seen == [m.id for m in texts]


async def test_a_timeline_joins_all_media_of_a_customer_page_by_page(store: Store) -> None:
    await store.commit(
        of(
            thread("c1", customer=AMINA),
            thread("c2", customer=AMINA, medium=MediumId("chat")),
            thread("c3", customer=CustomerId("other")),
            *(said(f"m{n}", f"c{1 + n % 2}", n * 2.0) for n in range(6)),
            said("strange", "c3", 5.0),
            *(work(f"i{n}", n * 2.0 + 1, customer=AMINA, state=i.CLOSED) for n in range(6)),
        )
    )
    everything: list[str] = []
    before: Instant | None = None
    while True:
        texts, done = store.timeline(AMINA, ConversationId("c1"), before=before, limit=4)
        items = sorted([(m.at, str(m.id)) for m in texts] + [(w.arrived_at, str(w.id)) for w in done])
        if not items:
            break
        assert len(items) <= 4
        everything[:0] = [key for _, key in items]
        before = items[0][0]
    assert everything == [key for n in range(6) for key in (f"m{n}", f"i{n}")]


async def test_a_timeline_without_a_customer_is_the_conversation_alone(store: Store) -> None:
    await store.commit(
        of(
            thread("c1"),
            thread("c2"),
            said("m1", "c1", 1.0),
            said("m2", "c2", 2.0),
            work("i1", 3.0, conversation=ConversationId("c1")),
            work("i2", 3.0),
        )
    )
    texts, done = store.timeline(CustomerId(""), ConversationId("c1"), before=None, limit=10)
    assert [m.id for m in texts] == ["m1"]
    assert [w.id for w in done] == ["i1"]


async def test_customers_are_found_by_the_normal_form_of_an_address(store: Store) -> None:
    await store.commit(
        of(
            card("amina", "Amina", ("phone", "+212 522 000 147"), ("email", "Amina@Example.com")),
            card("double", "Double", ("email", "amina@example.com")),
        )
    )
    assert [found.id for found in store.customers_at("phone", "00212522000147")] == ["amina"]
    assert [found.id for found in store.customers_at("email", "AMINA@example.com")] == ["amina", "double"]
    await store.commit(of(card("amina", "Amina", ("phone", "+49 30 1234567"))))
    assert store.customers_at("phone", "+212522000147") == []
    assert [found.id for found in store.customers_at("email", "amina@example.com")] == ["double"]


async def test_customers_are_paged_by_name(store: Store) -> None:
    names = ["Anna", "bert", "Bert", "Åke", "Zoe", "anna"]
    await store.commit(of(*(card(f"k{n}", name) for n, name in enumerate(names))))
    seen: list[k.Customer] = []
    while page := store.customers(after=seen[-1].id if seen else "", limit=2):
        seen += page
    assert sorted(found.id for found in seen) == [f"k{n}" for n in range(6)]
    assert [found.name.casefold() for found in seen] == sorted(name.casefold() for name in names)


async def test_a_customers_history_is_what_is_over_newest_first(store: Store) -> None:
    await store.commit(
        of(
            *(work(f"i{n}", n, customer=AMINA, state=i.CLOSED) for n in range(5)),
            work("lost", 2.5, customer=AMINA, state=i.ABANDONED),
            work("now", 9.0, customer=AMINA, state=i.ACTIVE),
        )
    )
    assert [w.id for w in store.history(AMINA, limit=4)] == ["i4", "i3", "lost", "i2"]


async def test_interactions_are_paged_by_arrival_of_one_agent_or_of_all(store: Store) -> None:
    await store.commit(of(*(work(f"i{n}", n // 2, agent=AgentId(f"a{n % 2}")) for n in range(10))))
    page = store.interactions_before(agent=None, before=None, limit=3)
    assert [w.id for w in page] == ["i9", "i8", "i7", "i6"]
    after = store.interactions_before(agent=None, before=page[-1].arrived_at, limit=100)
    assert [w.id for w in after] == [f"i{n}" for n in range(5, -1, -1)]
    mine = store.interactions_before(agent=AgentId("a1"), before=Instant(3.0), limit=2)
    assert [w.id for w in mine] == ["i5", "i3"]


async def test_a_queue_counts_what_came_in_since_an_instant(store: Store) -> None:
    q = QueueId("support")
    await store.commit(
        of(
            work("early", 1, queue=q, queued_at=Instant(1), accepted_at=Instant(2), state=i.CLOSED),
            work("soon", 100, queue=q, queued_at=Instant(100), accepted_at=Instant(120), state=i.ACTIVE),
            work("late", 100, queue=q, queued_at=Instant(100), accepted_at=Instant(121), state=i.CLOSED),
            work("out", 100, queue=q, accepted_at=Instant(100), direction="out", state=i.CLOSED),
            work("lost", 100, queue=q, queued_at=Instant(100), ended_at=Instant(130), state=i.ABANDONED),
            work("waiting", 100, queue=q, queued_at=Instant(100), state=i.QUEUED),
        )
    )
    counted = store.queue_counts(Instant(50))
    assert counted == {q: QueueCount(answered=2, answered_in_time=1, abandoned=1)}
    counted = store.queue_counts(Instant(50), {q: Seconds(30.0)})
    assert counted == {q: QueueCount(answered=2, answered_in_time=2, abandoned=1)}
    assert store.queue_counts(Instant(500)) == {}


async def test_a_closed_store_says_so(opener: Callable[[], Store]) -> None:
    store = opener()
    await store.close()
    await store.close()
    with pytest.raises(StorageError, match="closed"):
        await store.commit(Changes(settings={"a": "b"}))
    with pytest.raises(StorageError, match="closed"):
        store.load()
    with pytest.raises(StorageError, match="closed"):
        await store.search(Sought(text="x"))


async def test_the_log_is_walked_without_its_contents(opener: Callable[[], Store]) -> None:
    store = opener()
    assert (store.last_event(), store.changes(0, 10), store.setting("erased")) == (0, [], "")
    thread_ = thread("v1")
    first = c.Started(conversation=thread_.id, at=Instant(1.0), value=thread_)
    second = c.MessageAdded(
        conversation=thread_.id, at=Instant(2.0), message=said("m1", "v1", 2.0, "x" * 9000)
    )
    third = c.DeliveryMoved(
        conversation=thread_.id, at=Instant(3.0), message=MessageId("m1"), delivery="sent"
    )
    await store.commit(
        Changes(
            events=[first, second, third],
            conversations={thread_.id: thread_},
            messages={MessageId("m1"): said("m1", "v1", 2.0)},
            settings={"erased": "2"},
        )
    )
    told = [(x.seq, x.at, x.kind, x.about, x.subject, x.message) for x in store.changes(0, 10)]
    assert told == [
        (1, 1.0, "Started", "conversation", "v1", ""),
        (2, 2.0, "MessageAdded", "conversation", "v1", "m1"),
        (3, 3.0, "DeliveryMoved", "conversation", "v1", "m1"),
    ]
    assert [x.seq for x in store.changes(1, 1)] == [2]
    assert (store.last_event(), store.setting("erased")) == (3, "2")
    await store.close()
