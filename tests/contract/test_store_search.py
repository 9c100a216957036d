"""What every `Store` must find: search over messages, customers and articles, hostile text too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import customer as k
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.types import (
    Instant,
)
from agent_desktop.errors import StorageError
from agent_desktop.ports.storage import (
    Hit,
    Sought,
    Store,
)
from tests.contract.records import AMINA, CORPORA, MAIL, STORES, card, of, said, thread


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = STORES[request.param](tmp_path / "record.db")
    yield opened
    await opened.close()


async def found(store: Store, text: str, limit: int, **narrowed: Any) -> tuple[Hit, ...]:
    return (await store.search(Sought(text=text, limit=limit, **narrowed))).hits


async def test_search_finds_all_words_the_last_as_a_beginning_newest_first(store: Store) -> None:
    await store.commit(
        of(
            card("amina", "Amina Yusuf", ("email", "amina@example.com")),
            thread("c1", customer=AMINA, customer_name="Amina Yusuf"),
            said("m1", "c1", 10.0, "The lamp arrived broken", subject="Broken lamp"),
            said("m2", "c1", 20.0, "A lámp for the hall"),
            said("m3", "c1", 30.0, "Thank you"),
            Article(id="a1", title="Broken on arrival", body="Send a new lamp.", updated_at=Instant(15.0)),
        )
    )
    assert [hit.id for hit in await found(store, "lamp", 10)] == ["m2", "a1", "m1"]
    assert [hit.id for hit in await found(store, "LAMP brok", 10)] == ["a1", "m1"]
    assert not await found(store, "brok lamp", 10)
    hit = next(hit for hit in await found(store, "arrived", 10) if hit.kind == "message")
    assert (hit.kind, hit.conversation, hit.customer) == ("message", "c1", "amina")
    assert hit.title == "Broken lamp"
    assert "[arrived]" in hit.highlight
    people = await found(store, "yus", 10)
    assert [(hit.kind, hit.id, hit.title) for hit in people] == [("customer", "amina", "Amina Yusuf")]
    assert [hit.id for hit in await found(store, "amina@example.com", 10)] == ["amina"]


@pytest.mark.parametrize(
    "typed", ["+212 522 000 147", "+212522000147", "212522", "522 000", "casab", "48213"]
)
async def test_a_customer_is_found_by_what_an_agent_may_type(store: Store, typed: str) -> None:
    amina = card("amina", "Amina Yusuf", ("phone", "+212 522 000 147"))
    order = k.Order(id="48213", title="Lamp")
    await store.commit(of(replace(amina, city="Casablanca", orders=(order,)), card("other", "Other")))
    assert [hit.id for hit in await found(store, typed, 5)] == ["amina"]


async def test_a_card_is_found_among_a_hundred_newer_messages(store: Store) -> None:
    await store.commit(
        of(
            card("amina", "Amina Yusuf"),
            thread("c1", customer=AMINA),
            *(said(f"m{n}", "c1", n, "Amina writes again") for n in range(100)),
        )
    )
    hits = await found(store, "amina", 8)
    assert len(hits) == 8
    assert "amina" in {hit.id for hit in hits}
    assert [hit.id for hit in hits if hit.kind == "message"] == [f"m{n}" for n in range(99, 92, -1)]


async def test_search_follows_an_entity_that_changed(store: Store) -> None:
    await store.commit(of(card("x", "Lena Brandt"), thread("c1"), said("m1", "c1", 1.0, "first words")))
    await store.commit(of(card("x", "Lena Vogel"), said("m1", "c1", 1.0, "first words", delivery="sent")))
    assert not await found(store, "brandt", 5)
    assert [hit.id for hit in await found(store, "vogel", 5)] == ["x"]
    assert [hit.id for hit in await found(store, "first", 5)] == ["m1"]


async def test_articles_are_suggested_by_any_word_best_first(store: Store) -> None:
    await store.commit(
        of(
            Article(id="parcel", title="Parcel marked delivered, not received", body="Ask the neighbours."),
            Article(id="refund", title="Refund limits per role", body="Agents up to 50 €. A parcel too."),
            Article(id="stock", title="Stock and pre-orders"),
        )
    )
    found = await store.search_articles("hello, my parcels never came, they were not received", 5)
    assert [article.id for article in found] == ["parcel", "refund"]
    assert not await store.search_articles("", 5)
    assert not await store.search_articles("parcel", 0)


def hostile() -> list[str]:
    strings = json.loads((CORPORA / "strings_blns" / "blns.json").read_text("utf-8"))
    own = [
        '"',
        '""',
        "*",
        "a*b",
        "NEAR(a b)",
        "a AND",
        "title:x",
        "-x",
        "^x",
        "x\x00y",
        "'",
        "\ud800",
        "(" * 5000,
    ]
    return [*strings, *own]


async def test_no_text_that_a_person_can_type_breaks_a_search(store: Store) -> None:
    await store.commit(of(thread("c1"), said("m1", "c1", 1.0, "NEAR AND title x")))
    assert len(hostile()) > 500
    for text in hostile():
        await found(store, text, 5)
        await store.search_articles(text, 5)
    assert [hit.id for hit in await found(store, "NEAR AND title", 5)] == ["m1"]


async def test_hostile_text_comes_back_as_it_was_or_is_refused_whole(store: Store) -> None:
    kept = 0
    await store.commit(of(thread("c1")))
    for number, text in enumerate(hostile()):
        message = said(f"m{number}", "c1", number, text, subject=text, external_id=f"{number} {text}")
        customer = card(f"k{number}", text, ("email", text))
        try:
            await store.commit(of(message, customer))
        except StorageError:
            assert store.message(message.id) is None
            assert store.customer(customer.id) is None
        else:
            kept += 1
            assert store.message(message.id) == message
            assert store.message_by_external(MAIL, f"{number} {text}") == message
            assert store.customer(customer.id) == customer
            assert customer.id in {found.id for found in store.customers_at("email", text)}
    assert kept > 500
