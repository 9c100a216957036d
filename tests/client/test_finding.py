"""Search in the copies on this computer: the same question and the same answer as the router's."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent_desktop.client import copied, finding, finding_index
from agent_desktop.client.finding import find, merged
from agent_desktop.domain.searching import pieces
from agent_desktop.wire import models as m
from agent_desktop.wire.calls import CallModel
from agent_desktop.wire.commands import SearchEverything
from agent_desktop.wire.customer import AddressModel
from agent_desktop.wire.events import Result, SearchHit

STRINGS = Path(__file__).parents[1] / "corpora" / "strings_blns" / "blns.json"


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = copied.open_file(tmp_path / "copies.db")
    yield connection
    connection.close()


def said(key: str, at: float, text: str, **fields: Any) -> m.MessageModel:
    plain = {"conversation": "c1", "medium": "email", "direction": "in", **fields}
    return m.MessageModel(id=key, at=at, text=text, **plain)


def thread(key: str, customer: str, name: str) -> m.ConversationModel:
    return m.ConversationModel(id=key, medium="email", customer=customer, customer_name=name)


def call(key: str, at: float, **fields: Any) -> m.InteractionModel:
    plain = {"medium": "voice", "state": "closed", "call": CallModel(id=f"call-{key}"), **fields}
    return m.InteractionModel(id=key, arrived_at=at, **plain)


def put(copies: sqlite3.Connection, *things: Any) -> None:
    for thing in things:
        copied.put(copies, thing)


def ids(copies: sqlite3.Connection, text: str, **narrowed: Any) -> list[str]:
    return [hit.id for hit in find(copies, SearchEverything(text=text, **narrowed)).hits]


def everything(copies: sqlite3.Connection) -> None:
    copied.keep(copies, "me", m.AgentModel(id="a7", name="Mateo Ruiz"))
    put(
        copies,
        m.CustomerModel(
            id="amina", name="Amina Yusuf", addresses=(AddressModel(kind="phone", value="+212522000147"),)
        ),
        thread("c1", "amina", "Amina Yusuf"),
        thread("c2", "lena", "Lena Brandt"),
        said("n1", 30.0, "She wants another lamp", direction="note", author_name="Mateo Ruiz"),
        said("m1", 10.0, "The lamp arrived broken", subject="Order", from_address="amina@example.com"),
        said("m2", 20.0, "A lamp by chat", medium="chat", conversation="c2"),
        call("i1", 40.0, customer="amina", customer_name="Amina Yusuf", from_address="+212522000147",
             disposition_note="Promised a new lamp", agent="a7"),
    )  # fmt: skip


def test_messages_notes_and_calls_are_found_by_their_own_time(copies: sqlite3.Connection) -> None:
    everything(copies)
    found = find(copies, SearchEverything(text="lamp"))
    kinds = [("call", "i1"), ("note", "n1"), ("message", "m2"), ("message", "m1")]
    assert [(hit.kind, hit.id) for hit in found.hits] == kinds
    assert not found.more
    assert all("[lamp]" in hit.highlight for hit in found.hits)
    first = found.hits[-1]
    assert (first.title, first.conversation, first.customer, first.medium) == (
        "Order",
        "c1",
        "amina",
        "email",
    )
    assert found.hits[2].title == "Lena Brandt"


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"kinds": ("message",)}, ["m2", "m1"]),
        ({"kinds": ("note",)}, ["n1"]),
        ({"kinds": ("note", "call")}, ["i1", "n1"]),
        ({"kinds": ("nonsense",)}, []),
        ({"media": ("chat", "voice")}, ["i1", "m2"]),
        ({"media": ('"email" OR',)}, []),
        ({"customer": "amina"}, ["i1", "n1", "m1"]),
        ({"customer": "lena"}, ["m2"]),
        ({"before_at": 30.0}, ["m2", "m1"]),
    ],
)
@pytest.mark.parametrize("best", [False, True])
def test_filters_add_up(
    copies: sqlite3.Connection, narrowed: dict[str, Any], expected: list[str], *, best: bool
) -> None:
    everything(copies)
    found = ids(copies, "lamp", best=best, **narrowed)
    assert sorted(found) == sorted(expected)
    assert best or found == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("mateo", ["i1", "n1"]),
        ("+212 522 000 147", ["i1", "amina"]),
        ("0522 000 147", ["i1"]),
        ("promised", ["i1"]),
        ("amina@example.com", ["m1"]),
        ('"arrived broken"', ["m1"]),
        ('"broken arrived"', []),
        ("email", []),
        ("arrievd", ["m1"]),
        ("yusif", ["i1", "amina"]),
        ("", []),
    ],
)
def test_what_an_agent_may_type_finds_it(copies: sqlite3.Connection, typed: str, expected: list[str]) -> None:
    everything(copies)
    assert sorted(ids(copies, typed)) == sorted(expected)


def test_the_index_follows_what_changes_and_goes(copies: sqlite3.Connection) -> None:
    everything(copies)
    put(copies, said("m1", 10.0, "The vase arrived whole"))
    assert ids(copies, "vase") == ["m1"]
    assert "m1" not in ids(copies, "lamp")
    copied.remove(copies, "conversation", "c2")
    copied.remove(copies, "interaction", "i1")
    assert ids(copies, "lamp") == ["n1"]
    copied.remove(copies, copied.EVERYTHING, "")
    assert ids(copies, "lamp") == []


@pytest.mark.parametrize("best", [False, True])
def test_pages_together_hold_everything_once(
    copies: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, *, best: bool
) -> None:
    monkeypatch.setattr(finding, "BLOCK", 10)
    put(copies, thread("c1", "amina", "Amina"))
    put(copies, *(said(f"m{n}", float(n * 7 % 40), "lamp " * (n % 4 + 1)) for n in range(40)))
    put(copies, *(m.CustomerModel(id=f"k{n}", name=f"Lamp {n}") for n in range(13)))
    put(copies, *(call(f"i{n}", 20.0 + n, customer_name="Lamp") for n in range(11)))
    seen: list[str] = []
    asked = SearchEverything(text="lamp", limit=8, best=best)
    while True:
        found = find(copies, asked)
        seen += [hit.id for hit in found.hits]
        if not found.more:
            break
        assert len(found.hits) == 8
        asked = msgspec.structs.replace(asked, after=found.cursor)
    assert len(seen) == len(set(seen)) == 64


@pytest.mark.parametrize("seed", range(4))
def test_the_index_agrees_with_the_messages_whatever_is_written(
    copies: sqlite3.Connection, seed: int
) -> None:
    rng = random.Random(seed)
    put(copies, thread("c1", "amina", "Amina"))
    there: set[str] = set()
    for _round in range(60):
        key = f"m{rng.randint(0, 9)}"
        match rng.randint(0, 3):
            case 0:
                copied.remove(copies, "message", key)
                there.discard(key)
            case 1 if rng.random() < 0.5:
                assert set(ids(copies, "lamp", limit=50)) == there
            case _:
                put(copies, said(key, 1.0, f"word{rng.randint(0, 5)} lamp"))
                there.add(key)
    assert set(ids(copies, "lamp", limit=50)) == there
    copies.execute("INSERT INTO message_fts(message_fts) VALUES ('integrity-check')")


def test_a_file_of_copies_without_an_index_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "copies.db"
    bare = sqlite3.connect(path)
    for statement in copied.SCHEMA:
        bare.execute(statement)
    bare.execute(f"pragma user_version = {copied.VERSION}")
    everything(bare)
    bare.commit()
    bare.close()
    connection = copied.open_file(path)
    try:
        assert ids(connection, "lamp") == ["i1", "n1", "m2", "m1"]
        finding_index.prepare(connection)  # once is enough
        assert sorted(ids(connection, "yusuf")) == ["amina", "i1"]
    finally:
        connection.close()


def test_every_naughty_string_is_found_again_as_text_and_as_a_query(copies: sqlite3.Connection) -> None:
    strings: list[str] = json.loads(STRINGS.read_text("utf-8"))
    put(copies, *(said(f"m{n}", float(n), text) for n, text in enumerate(strings)))
    missed = [
        text
        for n, text in enumerate(strings)
        if pieces(text) and f"m{n}" not in ids(copies, text, limit=200, kinds=("message",))
        and not find(copies, SearchEverything(text=text, limit=200)).more
    ]  # fmt: skip
    assert len(strings) > 500
    assert missed == []


def hit(key: str, at: float, title: str = "") -> SearchHit:
    return SearchHit(kind="message", id=key, title=title, at=at)


def test_what_is_here_and_at_the_router_is_one_list() -> None:
    here = (hit("a", 5.0), hit("b", 4.0, "old"), hit("gone", 4.5), hit("c", 1.0))
    there = (hit("new", 6.0), hit("b", 4.0, "new"))
    assert merged(here, None) == here
    assert [h.id for h in merged(here, Result(hits=there))] == ["new", "b"]
    more = merged(here, Result(hits=there, more=True))
    assert [(h.id, h.title) for h in more] == [("new", ""), ("b", "new"), ("c", "")]
    card = SearchHit(kind="customer", id="k", title="Amina")  # of no time: it says nothing of the page's end
    assert [h.id for h in merged(here, Result(hits=(*there, card), more=True))] == ["new", "b", "c", "k"]
    assert [h.id for h in merged((*here, card), Result(hits=there, more=True))] == ["new", "b", "c", "k"]


def test_the_best_stay_in_the_order_of_how_well_they_match() -> None:
    there = (hit("old", 1.0), hit("new", 9.0))
    whole = merged((hit("here", 5.0),), Result(hits=there, more=True), best=True)
    assert [h.id for h in whole] == ["old", "new", "here"]
