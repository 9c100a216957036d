from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path

import pytest

from agent_desktop.demo.firm import centre_file, firm
from agent_desktop.demo.sample import sample, write_sample
from agent_desktop.domain import conversation, customer, interaction, lifecycle
from agent_desktop.domain.agent import AgentEvent
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import ConversationEvent
from agent_desktop.domain.customer import CustomerEvent
from agent_desktop.domain.interaction import InteractionEvent
from agent_desktop.domain.types import ConversationId, CustomerId, Instant, InteractionId
from agent_desktop.ports.storage import Changes, Sought
from agent_desktop.server.config import load_centre
from agent_desktop.server.storage.store import SqliteStore, open_store

NOW = Instant(1_795_000_000.0)
DAY_S = 86_400.0


@pytest.fixture(scope="module")
def centre() -> Centre:
    return load_centre(centre_file())


@pytest.fixture(scope="module")
def written(centre: Centre) -> Changes:
    return sample(firm(), centre, NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = open_store(tmp_path / "record.db")
    yield opened
    await opened.close()


def test_the_firm_has_the_people_of_the_drawings_and_some_forty_in_all(written: Changes) -> None:
    names = {value.name for value in written.customers.values()}
    assert {"Amina Yusuf", "Jordan Diaz", "Priya Kulkarni", "Tom Meyer", "Lena Brandt", "D. Okafor"} <= names
    assert len(written.customers) == 40
    assert len(written.articles) == 12
    assert len(written.interactions) > 60
    assert {i.medium for i in written.interactions.values()} == {"voice", "email", "chat"}


def test_the_same_instant_gives_the_same_sample(centre: Centre, written: Changes) -> None:
    again = sample(firm(), centre, NOW)
    for each in fields(Changes):
        assert getattr(again, each.name) == getattr(written, each.name)


@pytest.mark.parametrize("second", [0.0, 1.0, 43_200.0, 86_399.0])
def test_nothing_of_the_past_is_yet_to_come(centre: Centre, second: float) -> None:
    now = Instant(NOW - NOW % DAY_S + second)
    changes = sample(firm(), centre, now)
    instants = [event.at for event in changes.events]
    assert max(instants) < now
    assert instants == sorted(instants)
    assert min(instants) > now - 400 * DAY_S


def test_everything_that_is_named_is_there(centre: Centre, written: Changes) -> None:
    data = firm()
    for row in data.customers:
        assert {past.topic for past in row.past} <= set(data.topics), row.name
    for key, topic in data.topics.items():
        assert topic.queue in centre.queues, key
        assert topic.medium in centre.queues[topic.queue].media, key  # type: ignore[index]  # ids are strings
        if topic.abandoned:
            continue
        queue = centre.queues[topic.queue]  # type: ignore[index]  # the same
        assert topic.disposition in queue.dispositions, key
        form = centre.dispositions[topic.disposition].fields  # type: ignore[index]  # the same
        assert {each.id for each in form if each.required} <= set(topic.values), key
        assert set(topic.values) <= {each.id for each in form}, key
    for article in written.articles.values():
        assert article.owner in centre.agents
    for done in written.interactions.values():
        assert done.state in interaction.OVER
        assert not done.agent or done.agent in centre.agents
        assert "{" not in f"{done.subject}{done.last_line}{done.disposition_note}"
    for message in written.messages.values():
        assert "{" not in message.text


async def test_it_is_written_once(store: SqliteStore, centre: Centre, written: Changes) -> None:
    assert await write_sample(store, centre, NOW) is True
    assert store.load().last_event == len(written.events)
    assert await write_sample(store, centre, Instant(NOW + DAY_S)) is False
    assert store.load().last_event == len(written.events)
    assert store.load().interactions == {}


async def test_the_log_alone_rebuilds_it(store: SqliteStore, centre: Centre) -> None:
    await write_sample(store, centre, NOW)
    people: dict[str, customer.Customer] = {}
    threads: dict[str, conversation.Conversation] = {}
    work: dict[str, interaction.Interaction] = {}
    for _, event in store.events(limit=100_000):
        match event:
            case CustomerEvent():
                people[event.customer] = customer.step(people.get(event.customer), event)
            case ConversationEvent():
                threads[event.conversation] = conversation.step(threads.get(event.conversation), event)
            case InteractionEvent():
                work[event.interaction] = lifecycle.step(work.get(event.interaction), event)
            case AgentEvent():
                raise AssertionError(event)
    assert len(people) == 40
    for key, value in people.items():
        assert store.customer(CustomerId(key)) == value
    for key, thread in threads.items():
        assert store.conversation(ConversationId(key)) == thread
    for key, done in work.items():
        assert store.interaction(InteractionId(key)) == done


async def test_a_card_shows_what_happened_before(store: SqliteStore, centre: Centre) -> None:
    await write_sample(store, centre, NOW)
    amina = store.customers_at("phone", "+212522000147")
    assert [found.id for found in amina] == ["amina-yusuf"]
    assert [order.id for order in amina[0].orders] == ["48213", "47120"]
    history = store.history(amina[0].id)
    assert [done.subject for done in history] == [
        "Delivery of order 48213",
        "Where is my invoice?",
        "Size exchange",
        "Late delivery",
    ]
    messages, _ = store.timeline(amina[0].id, ConversationId(""), before=None, limit=50)
    assert "Hello, my parcel shows “delivered” but nothing arrived. Order 48213." in {
        m.text for m in messages
    }
    found = await store.search(Sought(text="48213", limit=10))
    assert {hit.kind for hit in found.hits} == {"customer", "message", "note"}
    suggested = await store.search_articles("my parcel shows delivered but nothing arrived", 3)
    assert suggested[0].title == "Parcel marked delivered, not received"
