"""Search in the router's record: kinds, filters, pages, the best, slips, and every naughty string."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.domain import agent as a
from agent_desktop.domain import call as calls
from agent_desktop.domain import conversation as c
from agent_desktop.domain.knowledge import Article
from agent_desktop.domain.searching import pieces
from agent_desktop.domain.types import AgentId, CallId, CustomerId, Instant, MediumId, MessageId
from agent_desktop.ports.storage import Changes, Found, Sought, Store
from agent_desktop.server.storage import migrate, search
from agent_desktop.server.storage.store import open_store
from tests.contract.records import AMINA, CORPORA, card, of, said, thread, work


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(tmp_path / "record.db")
    yield opened
    await opened.close()


async def ids(store: Store, text: str, **narrowed: Any) -> list[str]:
    return [hit.id for hit in (await store.search(Sought(text=text, **narrowed))).hits]


def call(key: str, at: float, **fields: Any) -> Any:
    value = calls.Call(id=CallId(f"call-{key}"))
    return work(key, at, **{"call": value, "state": "closed", "agent": AgentId("a7"), **fields})


async def everything(store: Store) -> None:
    await store.commit(
        of(
            a.Agent(id=AgentId("a7"), name="Mateo Ruiz"),
            card("amina", "Amina Yusuf", ("phone", "+212522000147")),
            card("lena", "Lena Brandt"),
            thread("c1", customer=AMINA, customer_name="Amina Yusuf"),
            thread("c2", customer=CustomerId("lena"), customer_name="Lena Brandt"),
            said("m1", "c1", 10.0, "The lamp arrived broken", subject="Order"),
            said("m2", "c2", 20.0, "A lamp by chat", medium=MediumId("chat")),
            said("n1", "c1", 30.0, "She wants another lamp", direction=c.NOTE, author_name="Mateo Ruiz"),
            call(
                "i1",
                40.0,
                customer=AMINA,
                customer_name="Amina Yusuf",
                from_address="+212522000147",
                disposition_note="Promised a new lamp",
            ),
            Article(id="a1", title="Lamps", body="How to send one.", updated_at=Instant(5.0)),
        )
    )


async def test_messages_notes_calls_and_articles_are_found_together_newest_first(store: Store) -> None:
    await everything(store)
    found = await store.search(Sought(text="lamp"))
    assert [(hit.kind, hit.id) for hit in found.hits] == [
        ("call", "i1"),
        ("note", "n1"),
        ("message", "m2"),
        ("message", "m1"),
        ("article", "a1"),
    ]
    assert not found.cursor
    assert all("[" in hit.highlight for hit in found.hits if hit.kind != "article")
    assert [hit.medium for hit in found.hits] == ["voice", "email", "chat", "email", ""]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"kinds": ("message",)}, ["m2", "m1"]),
        ({"kinds": ("note",)}, ["n1"]),
        ({"kinds": ("note", "call")}, ["i1", "n1"]),
        ({"kinds": ("message", "note")}, ["n1", "m2", "m1"]),
        ({"kinds": ("article",)}, ["a1"]),
        ({"kinds": ("nonsense",)}, []),
        ({"media": ("chat",)}, ["m2"]),
        ({"media": ("voice", "chat")}, ["i1", "m2"]),
        ({"media": ('"email" OR', "smoke-signals")}, []),
        ({"customer": "amina"}, ["i1", "n1", "m1"]),
        ({"customer": "lena", "kinds": ("message",)}, ["m2"]),
        ({"customer": "nobody"}, []),
        ({"before": Instant(30.0)}, ["m2", "m1"]),
        ({"before": Instant(40.0), "media": ("email",), "customer": "amina"}, ["n1", "m1"]),
    ],
)
@pytest.mark.parametrize("best", [False, True])
async def test_filters_add_up(
    store: Store, narrowed: dict[str, Any], expected: list[str], *, best: bool
) -> None:
    await everything(store)
    found = await ids(store, "lamp", best=best, **narrowed)
    assert sorted(found) == sorted(expected)
    assert best or found == expected


@pytest.mark.parametrize(
    "typed",
    ["mateo", "promised lamp", "+212522000147", "+212 522 000 147", "0522 000 147", "0522000147", "yusuf"],
)
async def test_a_call_is_found_by_number_name_note_and_who_took_it(store: Store, typed: str) -> None:
    await everything(store)
    assert "i1" in await ids(store, typed, kinds=("call",))


async def test_a_call_that_goes_on_is_in_the_list_and_not_in_the_search(store: Store) -> None:
    await store.commit(of(call("i2", 1.0, state="active", customer_name="Nadia Haddad")))
    assert await ids(store, "nadia") == []
    await store.commit(of(call("i2", 1.0, state="wrap_up", customer_name="Nadia Haddad")))
    await store.commit(of(call("i2", 1.0, customer_name="Nadia Haddad", disposition_note="Happy")))
    assert await ids(store, "nadia happy") == ["i2"]
    await store.commit(of(call("i2", 1.0, customer_name="Nadia El Haddad", disposition_note="Happy")))
    assert await ids(store, "nadia el") == ["i2"]


@pytest.mark.parametrize("typed", ["yusuf", "amina@example.com", "terms.pdf", "sales@centre.example"])
async def test_who_wrote_to_whom_and_the_names_of_files_are_searched(store: Store, typed: str) -> None:
    file = c.Attachment(id="f1", name="terms.pdf")
    message = said(
        "m1",
        "c1",
        1.0,
        author_name="A. Yusuf",
        from_address="amina@example.com",
        to_addresses=("sales@centre.example",),
        attachments=(file,),
    )
    await store.commit(of(thread("c1"), message))
    assert await ids(store, typed) == ["m1"]


async def test_the_marks_of_the_index_cannot_be_searched_for(store: Store) -> None:
    await everything(store)
    assert await ids(store, "email") == []
    assert await ids(store, "\ue000email") == []
    assert await ids(store, "note", kinds=("note",)) == []


async def test_a_phrase_stands_together_and_is_only_begun_while_its_quotes_are_open(store: Store) -> None:
    await store.commit(
        of(thread("c1"), said("m1", "c1", 1.0, "a broken lamp"), said("m2", "c1", 2.0, "lamp, broken"))
    )
    assert await ids(store, '"broken lamp"') == ["m1"]
    assert await ids(store, '"broken la') == ["m1"]
    assert await ids(store, '"broken la"') == []
    assert await ids(store, "broken la") == ["m2", "m1"]


async def pages(store: Store, sought: Sought) -> list[Found]:
    found = [await store.search(sought)]
    while found[-1].cursor:
        assert len(found) < 200
        found.append(await store.search(replace(sought, after=found[-1].cursor)))
    return found


@pytest.mark.parametrize("best", [False, True])
async def test_pages_together_hold_everything_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, *, best: bool
) -> None:
    monkeypatch.setattr(search, "RANKED_MOST", 10)
    many = [said(f"m{n}", "c1", n, "lamp " * (n % 5 + 1)) for n in range(60)]
    cards = [card(f"k{n}", f"Lamp {n}") for n in range(23)]
    ended = [call(f"i{n}", 30.0 + n, customer_name="Lamp") for n in range(17)]
    await store.commit(of(thread("c1"), *many, *cards, *ended))
    found = await pages(store, Sought(text="lamp", limit=8, best=best))
    seen = [hit.id for page in found for hit in page.hits]
    assert len(seen) == len(set(seen)) == 100
    assert all(len(page.hits) == 8 for page in found[:-1])
    if not best:
        messages = [hit.id for page in found for hit in page.hits if hit.kind == "message"]
        assert messages == [f"m{n}" for n in range(59, -1, -1)]


@pytest.mark.parametrize(
    "cursor", ["x", "messages=", "messages=9;drop", "articles=1.99999", "\ud800", "=" * 999]
)
async def test_a_cursor_that_is_none_of_ours_finds_nothing(store: Store, cursor: str) -> None:
    await everything(store)
    assert await store.search(Sought(text="lamp", after=cursor)) == Found()


async def test_the_best_is_what_says_it_most(store: Store) -> None:
    await store.commit(
        of(
            thread("c1"),
            said("m1", "c1", 1.0, "lamp", subject="Lamp"),
            said("m2", "c1", 2.0, "one lamp among very many other words that say nothing of it at all"),
        )
    )
    assert await ids(store, "lamp", best=True) == ["m1", "m2"]
    assert await ids(store, "lamp") == ["m2", "m1"]


async def test_a_slip_is_forgiven_when_nothing_else_is_found(store: Store) -> None:
    await store.commit(of(thread("c1"), said("m1", "c1", 1.0, "The invoice is wrong"), card("x", "Yusuf")))
    assert await ids(store, "ivnoice wrong") == ["m1"]
    assert await ids(store, "yusif") == ["x"]
    assert await ids(store, "zzzzzz") == []


async def test_what_came_in_late_is_found_by_its_own_time(store: Store) -> None:
    await store.commit(of(thread("c1"), *(said(f"m{n}", "c1", 100 + n, "lamp") for n in range(30))))
    await store.commit(of(said("late", "c1", 50.0, "lamp")))
    assert await ids(store, "lamp", before=Instant(100.0)) == ["late"]
    assert await ids(store, "lamp", before=Instant(102.0)) == ["m1", "m0", "late"]


async def test_what_is_erased_is_not_found(store: Store, tmp_path: Path) -> None:
    await everything(store)
    await store.close()
    raw = sqlite3.connect(tmp_path / "record.db")
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("DELETE FROM conversations WHERE id = 'c1'")
    raw.execute("DELETE FROM interactions WHERE id = 'i1'")
    raw.commit()
    raw.close()
    again = open_store(tmp_path / "record.db")
    try:
        assert await ids(again, "lamp") == ["m2", "a1"]
    finally:
        await again.close()


async def test_a_record_of_the_version_before_is_searched_whole(tmp_path: Path) -> None:
    """The migration builds both indexes anew, of what was there before them."""
    path = tmp_path / "record.db"
    versions = Path(migrate.FOLDER) / "versions"
    new = open_store(tmp_path / "new.db")
    await everything(new)
    await new.close()
    raw = sqlite3.connect(path)
    raw.executescript((versions / "0001_first.sql").read_text("utf-8"))
    raw.execute("ATTACH ? AS new", (str(tmp_path / "new.db"),))
    for table in ("agents", "customers", "conversations", "messages", "interactions", "articles"):
        names = ", ".join(row[1] for row in raw.execute(f"PRAGMA table_info({table})"))
        raw.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM new.{table}")  # noqa: S608 - our names
    raw.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    raw.execute("INSERT INTO alembic_version VALUES ('0001')")
    raw.commit()
    raw.close()
    store = open_store(path)
    try:
        assert await ids(store, "lamp") == ["i1", "n1", "m2", "m1", "a1"]
        assert await ids(store, "mateo", kinds=("call", "note")) == ["i1", "n1"]
    finally:
        await store.close()


@pytest.mark.parametrize("seed", range(5))
async def test_the_index_agrees_with_the_messages_whatever_is_written(
    store: Store, tmp_path: Path, seed: int
) -> None:
    """New, changed and called back in one group of commits or in several: FTS5 itself compares both."""
    rng = random.Random(seed)
    await store.commit(of(thread("c1")))
    there: dict[str, str] = {}
    for _round in range(12):
        commits = []
        for _commit in range(rng.randint(1, 4)):
            key, text = f"m{rng.randint(0, 9)}", f"word{rng.randint(0, 5)} lamp"
            if rng.random() < 0.3:
                there.pop(key, None)
                commits.append(Changes(called_back={MessageId(key): said(key, "c1", 1.0, text)}))
            else:
                there[key] = text
                commits.append(of(said(key, "c1", 1.0, text)))
        await asyncio.gather(*(store.commit(changes) for changes in commits))
        assert sorted(await ids(store, "lamp", limit=50)) == sorted(there)
    for number in range(6):
        wanted = [key for key, text in there.items() if text.startswith(f"word{number} ")]
        assert sorted(await ids(store, f'"word{number} lamp"', limit=50)) == sorted(wanted)
    raw = sqlite3.connect(tmp_path / "record.db")
    raw.execute("INSERT INTO messages_fts(messages_fts) VALUES ('integrity-check')")
    assert raw.execute("SELECT count(*) FROM messages_new").fetchone() == (0,)
    raw.close()


async def test_a_message_that_changes_twice_before_it_is_indexed_is_indexed_once(
    store: Store, tmp_path: Path
) -> None:
    await store.commit(of(thread("c1"), said("m1", "c1", 1.0, "lamp")))
    await store.close()
    raw = sqlite3.connect(tmp_path / "record.db")
    for word in ("vase", "clock"):
        raw.execute("UPDATE messages SET body = json_set(body, '$.text', ?)", (word,))
    raw.commit()
    raw.close()
    again = open_store(tmp_path / "record.db")
    try:
        await again.commit(of(said("m2", "c1", 2.0, "chair")))
        found = [await ids(again, word) for word in ("lamp", "vase", "clock", "chair")]
        assert found == [[], [], ["m1"], ["m2"]]
    finally:
        await again.close()


def naughty() -> list[str]:
    strings: list[str] = json.loads((CORPORA / "strings_blns" / "blns.json").read_text("utf-8"))
    return strings


async def test_every_naughty_string_is_found_again_as_text_and_as_a_query(store: Store) -> None:
    strings = naughty()
    await store.commit(of(thread("c1"), *(said(f"m{n}", "c1", n, text) for n, text in enumerate(strings))))
    missed = []
    for number, text in enumerate(strings):
        for best in (False, True):
            found = await pages(store, Sought(text=text, limit=200, kinds=("message",), best=best))
            if pieces(text) and f"m{number}" not in {hit.id for page in found for hit in page.hits}:
                missed.append(text)
    assert len(strings) > 500
    assert missed == []
