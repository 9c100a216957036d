"""What an agent may see is on this computer, private, as it is now, and is read without the router."""

from __future__ import annotations

import queue
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from agent_desktop.client import copied, copies
from agent_desktop.client.catching_up import AGAIN_S, ANSWER_S, IDLE_S, PAGE, PAUSE_S, CatchingUp
from agent_desktop.client.copies import Answered, Copies, CopiesOpened, PageKept, name_of, path_of
from agent_desktop.client.offline import Offline
from agent_desktop.client.session import Session
from agent_desktop.client.store import Store
from agent_desktop.links.connection import Connection
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox
from agent_desktop.wire import models as m
from agent_desktop.wire.customer import AddressModel
from agent_desktop.wire.listing import FilterModel, ViewModel
from tests.client.small_centre import CENTRE, ME, small_centre, snapshot_of

T = TypeVar("T")
SESSION = Session("http://127.0.0.1:1", "mateo", "token", "a7", 0.0)
THREAD = m.ConversationModel(id="v1", medium="email", customer="c1", subject="Lamp", updated_at=10.0)
CARD = m.CustomerModel(
    id="c1", name="Amina Yusuf", addresses=(AddressModel(kind="email", value="a@b.example"),)
)


def said(key: str, at: float, conversation: str = "v1", text: str = "Hello") -> m.MessageModel:
    return m.MessageModel(
        id=key, conversation=conversation, medium="email", direction="in", at=at, text=text, subject="Lamp"
    )


class Kept:
    """A `Copies` and what it told."""

    def __init__(self, path: Path) -> None:
        self.told: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.copies = Copies(path, self.told.put)

    def next(self, kind: type[T]) -> T:
        while not isinstance(item := self.told.get(timeout=30), kind):
            pass
        return item

    def asked(self, query: c.AnyCommand) -> e.Reply:
        self.copies.ask("q", query, "a7")
        return self.next(Answered).reply

    def found(self, query: c.AnyCommand) -> e.Result:
        reply = self.asked(query)
        assert reply.result is not None, reply.message
        return reply.result


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "copies" / "one.db")
    yield made
    made.copies.close()


def rows(path: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_file_is_private_and_says_what_it_is_found_by(kept: Kept) -> None:
    kept.copies.put(THREAD, said("m1", 1.0, text="Where is it?"), CARD)
    kept.copies.close()
    path = kept.copies.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert rows(path, "select num, id, conversation, at, words from message") == [
        (1, "m1", "v1", 1.0, "Lamp\nWhere is it?")
    ]
    assert rows(path, "select num, id, words from customer") == [(1, "c1", "Amina Yusuf\na@b.example")]
    assert (
        msgspec.json.decode(rows(path, "select body from conversation")[0][0], type=m.ConversationModel)
        == THREAD
    )


def test_a_row_keeps_its_number_when_it_changes(kept: Kept) -> None:
    kept.copies.put(said("m1", 1.0), said("m2", 2.0))
    kept.copies.put(msgspec.structs.replace(said("m1", 1.0), delivery="read"))
    kept.copies.close()
    assert rows(kept.copies.path, "select num, id from message order by num") == [(1, "m1"), (2, "m2")]


def test_a_page_is_kept_with_where_the_next_one_begins_and_lets_go_what_is_gone(kept: Kept) -> None:
    kept.copies.put(THREAD, said("m1", 1.0), said("m2", 2.0), CARD)
    kept.copies.put(msgspec.structs.replace(THREAD, id="v2"), said("m3", 3.0, "v2"))
    kept.copies.page(
        e.Result(removed=(("message", "m1"), ("conversation", "v2"), ("customer", "c1")), cursor="7")
    )
    assert kept.next(PageKept) == PageKept(kept.copies.path)
    kept.copies.close()
    assert rows(kept.copies.path, "select id from message") == [("m2",)]
    assert rows(kept.copies.path, "select id from conversation") == [("v1",)]
    assert rows(kept.copies.path, "select * from customer") == []
    again = Kept(kept.copies.path)
    assert again.next(CopiesOpened).cursor == "7"
    again.copies.page(e.Result(removed=((copied.EVERYTHING, ""),), messages=(said("m9", 9.0),), cursor="8"))
    again.copies.close()
    assert rows(kept.copies.path, "select id from message") == [("m9",)]


def test_a_damaged_file_is_removed_and_made_anew_and_filling_begins_at_the_beginning(
    tmp_path: Path,
) -> None:
    path = tmp_path / "one.db"
    path.write_bytes(b"no database at all" * 1000)
    made = Kept(path)
    opened = made.next(CopiesOpened)
    assert (opened.snapshot, opened.cursor) == (None, "")
    assert not path.with_name("one.db.damaged").exists()
    made.copies.put(THREAD)
    made.copies.close()
    assert rows(path, "select id from conversation") == [("v1",)]


@pytest.mark.parametrize("changed", [False, True])
def test_words_that_were_erased_are_nowhere_on_the_disk(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    wiped = threading.Event()
    wiping = copied.wipe

    def wipe(connection: sqlite3.Connection) -> None:
        wiping(connection)
        wiped.set()

    monkeypatch.setattr(copied, "wipe", wipe)
    monkeypatch.setattr(copies, "WIPE_AFTER_S", 0.2)
    kept.next(CopiesOpened)
    many = [said(f"m{n}", float(n), text=f"hello xyzzysecret{n}") for n in range(50)]
    card = m.CustomerModel(id="c9", name="Erasable Quuxperson")
    kept.copies.put(THREAD, card, *many)
    kept.found(inbox.FetchConversation(conversation="v1"))
    if changed:
        kept.copies.put(m.CustomerModel(id="c9", name=""), *(said(x.id, x.at, text="") for x in many))
    else:
        kept.copies.remove("conversation", "v1")
        kept.copies.remove("customer", "c9")
    assert wiped.wait(10)
    folder = kept.copies.path.parent
    left = {file.name: file.read_bytes().lower() for file in folder.iterdir() if file.suffix != ".db-shm"}
    assert {name for name, data in left.items() if b"xyzzysecret" in data or b"quuxperson" in data} == set()


def test_a_file_that_is_damaged_while_it_is_used_is_made_anew_too(kept: Kept) -> None:
    kept.next(CopiesOpened)
    kept.copies.put(THREAD)
    kept.copies.keep("me", ME)
    assert kept.found(inbox.FetchConversation(conversation="v1")).conversations == (THREAD,)
    connection = sqlite3.connect(kept.copies.path)
    connection.execute("update conversation set body = '{\"id\": 7}'")
    connection.commit()
    connection.close()
    assert not kept.asked(inbox.FetchConversation(conversation="v1")).ok
    assert kept.next(CopiesOpened).cursor == ""
    kept.copies.put(THREAD)
    assert kept.found(inbox.FetchConversation(conversation="v1")).conversations == (THREAD,)


def test_a_file_of_another_version_is_filled_anew(kept: Kept) -> None:
    kept.copies.put(THREAD)
    kept.copies.close()
    connection = sqlite3.connect(kept.copies.path)
    connection.execute("pragma user_version = 99")
    connection.close()
    again = Kept(kept.copies.path)
    assert again.next(CopiesOpened).snapshot is None
    again.copies.close()
    assert rows(kept.copies.path, "select * from conversation") == []


def test_the_state_to_open_with_is_what_is_in_hand_and_no_call(kept: Kept) -> None:
    work = m.InteractionModel(
        id="i1", medium="email", state="active", agent="a7", conversation="v1", customer="c1"
    )
    call = m.InteractionModel(id="i2", medium="voice", state="active", agent="a7")
    form = m.InteractionModel(id="i3", medium="voice", state="wrap_up", agent="a7")
    other = m.InteractionModel(id="i4", medium="email", state="active", agent="a8")
    kept.copies.keep("me", ME)
    kept.copies.keep("centre", CENTRE)
    kept.copies.put(work, call, form, other, THREAD, said("m1", 1.0), CARD, ViewModel(id="w", label="Late"))
    kept.copies.close()
    snapshot = Kept(kept.copies.path).next(CopiesOpened).snapshot
    assert snapshot is not None
    assert snapshot.me == ME
    assert snapshot.centre == CENTRE
    assert snapshot.phone is None
    assert {i.id for i in snapshot.interactions} == {"i1", "i3"}
    assert (snapshot.conversations, snapshot.messages, snapshot.customers) == (
        (THREAD,),
        (said("m1", 1.0),),
        (CARD,),
    )
    assert [v.label for v in snapshot.views] == ["Late"]


def test_a_timeline_holds_every_medium_of_the_customer_and_pages_back(kept: Kept) -> None:
    chat = msgspec.structs.replace(THREAD, id="v2", medium="chat")
    call = m.InteractionModel(id="i2", medium="voice", state="closed", customer="c1", arrived_at=2.5)
    kept.copies.keep("centre", CENTRE)
    kept.copies.put(THREAD, chat, call, said("m1", 1.0), said("m2", 2.0, "v2"), said("m3", 3.0), CARD)
    page = kept.found(c.FetchTimeline(conversation="v1", limit=3))
    told = [t.message.id if t.message else t.interaction.id if t.interaction else "" for t in page.timeline]
    assert told == ["m2", "i2", "m3"]
    assert page.more
    older = kept.found(c.FetchTimeline(conversation="v1", before_at=2.0))
    assert [t.message.id for t in older.timeline if t.message] == ["m1"]
    assert kept.found(c.FetchCustomer(customer="c1")).customer == CARD


def test_what_is_not_here_is_said_and_a_merged_conversation_leads_to_its_survivor(kept: Kept) -> None:
    missing = kept.asked(c.FetchTimeline(conversation="v9"))
    assert (missing.ok, missing.code) == (False, "not_copied")
    kept.copies.put(msgspec.structs.replace(THREAD, id="v2", merged_into="v1"), THREAD, said("m1", 1.0))
    found = kept.found(inbox.FetchConversation(conversation="v2"))
    assert (found.conversations, found.messages) == ((THREAD,), (said("m1", 1.0),))


def test_a_list_is_paged_by_its_filter(kept: Kept) -> None:
    for number in range(5):
        tags = ("vip",) if number % 2 == 0 else ()
        kept.copies.put(msgspec.structs.replace(THREAD, id=f"v{number}", updated_at=float(number), tags=tags))
    wanted = FilterModel(tags=("vip",))
    first = kept.found(inbox.ListConversations(holds=wanted, limit=2))
    assert ([t.id for t in first.conversations], first.more) == (["v4", "v2"], True)
    rest = kept.found(inbox.ListConversations(holds=wanted, limit=2, after=first.cursor))
    assert ([t.id for t in rest.conversations], rest.more) == (["v0"], False)


def test_filling_asks_for_a_page_when_the_last_one_is_on_the_disk_and_goes_on_there() -> None:
    filling = CatchingUp()
    assert filling.next(0.0) is None  # the file is not open yet
    filling.opened("5", 0.0)
    assert filling.next(0.0) == inbox.FetchCopies(cursor="5", limit=PAGE)
    filling.asked("q1")
    assert filling.next(ANSWER_S - 1) is None
    assert not filling.took(e.Reply(request="other"), 1.0)
    assert filling.took(e.Reply(request="q1", result=e.Result(cursor="6", more=True)), 1.0)
    assert filling.next(ANSWER_S + 1) is None  # not kept yet
    filling.kept("", 2.0)
    assert filling.next(2.0 + PAUSE_S / 2) is None
    assert filling.next(2.0 + PAUSE_S) == inbox.FetchCopies(cursor="6", limit=PAGE)
    filling.asked("q2")
    filling.took(e.Reply(request="q2", result=e.Result(cursor="7")), 3.0)
    filling.kept("", 3.0)
    assert filling.complete
    assert filling.next(3.0 + IDLE_S) == inbox.FetchCopies(cursor="7", limit=PAGE)


def test_a_page_that_could_not_be_written_is_asked_for_again_and_an_old_server_is_left_alone() -> None:
    filling = CatchingUp()
    filling.opened("", 0.0)
    filling.next(0.0)
    filling.asked("q1")
    filling.took(e.Reply(request="q1", result=e.Result(cursor="6", more=True)), 0.0)
    filling.kept("The disk is full.", 0.0)
    assert filling.next(AGAIN_S) == inbox.FetchCopies(cursor="", limit=PAGE)
    filling.asked("q2")
    filling.took(e.Reply(request="q2", ok=False, code="unknown_command"), AGAIN_S)
    assert filling.next(10 * AGAIN_S) is None


def test_two_people_at_one_computer_have_a_file_each(tmp_path: Path) -> None:
    names = {name_of("https://a.example", user) for user in ("ana", "ben")}
    assert len(names) == 2
    assert name_of("https://a.example/", "Ana ") in names
    assert path_of(tmp_path, SESSION).parent == tmp_path / "copies"


class Asking:
    """What was asked of the router."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def ask_router(self, request_id: str, command: Any) -> None:
        self.asked.append((request_id, command))


def test_the_stream_is_kept_and_what_only_left_the_view_stays(tmp_path: Path) -> None:
    told: queue.SimpleQueue[object] = queue.SimpleQueue()
    offline, store = Offline(tmp_path, post=told.put), Store()
    offline.begin(store, SESSION, Asking())
    for event in (
        snapshot_of(small_centre()),
        e.ConversationChanged(conversation=THREAD),
        e.MessageChanged(message=said("m1", 1.0)),
        e.MessageChanged(message=said("m2", 2.0)),
        e.MessageRemoved(conversation="v1", message="m1"),
        e.MessageRemoved(conversation="elsewhere", message="m2"),
        e.ConversationRemoved(conversation="v1"),
    ):
        assert not offline.heard(store, event)
    path = path_of(tmp_path, SESSION)
    offline.close()
    assert rows(path, "select id from message") == [("m2",)]
    assert rows(path, "select id from conversation") == [("v1",)]
    assert rows(path, "select id from customer") == [("c1",)]
    assert "password" not in str(rows(path, "select * from kept"))


def test_without_the_router_questions_are_answered_from_here_and_with_it_by_the_router(
    tmp_path: Path,
) -> None:
    from agent_desktop.client.store import Asked

    told: queue.SimpleQueue[object] = queue.SimpleQueue()
    offline, store, asking = Offline(tmp_path, post=told.put), Store(), Asking()
    offline.begin(store, SESSION, asking)
    offline.heard(store, e.ConversationChanged(conversation=THREAD))
    store.connection = Connection("lost", "Nobody answers.")
    assert offline.ask(store, Asked("q1", c.FetchTimeline(conversation="v1")))
    items: list[object] = []
    while not any(isinstance(item, Answered) for item in items):
        items.append(told.get(timeout=30))
    events = [event for item in items for event in offline.took(store, item) or ()]
    assert [event.request for event in events if isinstance(event, e.Reply)] == ["q1"]
    store.connection = Connection("online")
    assert not offline.ask(store, Asked("q2", c.FetchTimeline(conversation="v1")))
    offline.close()


def test_where_nothing_can_be_kept_questions_are_answered_with_that_and_nobody_waits(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.write_text("a file where the folder should be")
    made = Kept(folder / "one.db")
    made.copies.put(THREAD)
    reply = made.asked(c.FetchCustomer(customer="c1"))
    assert (reply.ok, reply.message) == (False, "The copies on this computer cannot be read.")
    made.copies.close()
