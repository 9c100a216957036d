"""Who is at a conversation and what they write there: told to colleagues, never kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent_desktop.server.watching import LOOKED_MOST
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


def watchers(mirror: Mirror, thread: str) -> list[tuple[str, str]]:
    mirror.catch_up()
    return [(w.name, w.doing) for w in mirror.replica.conversations[thread].watchers]


async def seen_by(floor: Inbox, agent: object = ANA) -> Mirror:
    mirror = Mirror(floor, ANA if agent is ANA else BEN)
    mirror.connect()
    return mirror


async def test_everybody_who_has_it_in_view_sees_who_looks_and_what_they_do(floor: Inbox) -> None:
    thread = await floor.taken()
    ana = await seen_by(floor)
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    assert watchers(ana, thread) == [("Ben", "viewing")]
    await floor.wait(1)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    assert watchers(ana, thread) == [("Ben", "replying")]
    await floor.wait(1)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing=""))
    assert watchers(ana, thread) == []
    assert ana.differences() == []


async def test_colleagues_who_see_the_row_of_waiting_work_see_who_looks_at_it(floor: Inbox) -> None:
    thread = await floor.arrived()
    live = floor.live(thread)
    assert live is not None
    await floor.said(ANA, commands.Watch(scope="queue"))
    ana = await seen_by(floor)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    assert ana.differences() == []
    assert [w.name for w in ana.replica.interactions[live.id].watchers] == ["Ben"]
    assert thread not in ana.replica.conversations
    await floor.wait(1)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing=""))
    assert ana.differences() == []
    assert ana.replica.interactions[live.id].watchers == ()


async def test_what_is_looked_at_is_in_view_with_its_messages_until_it_is_left(floor: Inbox) -> None:
    thread = await floor.closed()
    ben = Mirror(floor, BEN)
    ben.connect()
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    ben.catch_up()
    assert [m.text for m in ben.replica.messages[thread]] == ["Hello, where is it?"]
    await floor.mail("<2@out>", references=("<1@out>",))
    ben.catch_up()
    assert len(ben.replica.messages[thread]) == 2
    await floor.wait(1)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing=""))
    assert thread not in ben.replica.conversations or ben.differences() == []
    assert ben.differences() == []
    assert thread not in ben.replica.conversations


async def test_fast_changes_are_told_together(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    before = floor.board.receiver(ANA).stream.seq
    for number in range(40):
        doing = ("viewing", "replying")[number % 2]
        await floor.said(BEN, inbox.LookAt(conversation=thread, doing=doing))
    await floor.wait(0.4)
    assert floor.board.receiver(ANA).stream.seq - before <= 2
    ana = await seen_by(floor)
    assert watchers(ana, thread) == [("Ben", "replying")]


async def test_a_desktop_that_vanished_is_not_shown_for_longer_than_its_lease(floor: Inbox) -> None:
    thread = await floor.taken()
    ana = await seen_by(floor)
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    await floor.said(BEN, inbox.ShareDraft(conversation=thread, text="Dear Amina"))
    floor.presence.lost(BEN)
    await floor.wait(10)
    assert watchers(ana, thread) == [("Ben", "replying")]
    await floor.wait(6)
    assert watchers(ana, thread) == []
    assert ana.replica.shared == {}
    assert ana.differences() == []


async def test_a_desktop_that_comes_back_in_time_is_shown_on(floor: Inbox) -> None:
    thread = await floor.taken()
    ana = await seen_by(floor)
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    floor.presence.lost(BEN)
    await floor.wait(10)
    await floor.presence.came(BEN)
    await floor.wait(20)
    assert watchers(ana, thread) == [("Ben", "viewing")]


async def test_who_signs_out_is_at_no_conversation(floor: Inbox) -> None:
    thread = await floor.taken()
    ana = await seen_by(floor)
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    floor.board.end(BEN)
    await floor.wait(1)
    assert watchers(ana, thread) == []


async def test_one_desktop_looks_at_a_few_conversations_at_once(floor: Inbox) -> None:
    threads = [await floor.arrived(f"<{n}@out>") for n in range(LOOKED_MOST + 1)]
    for thread in threads:
        await floor.said(BEN, inbox.LookAt(conversation=thread))
    await floor.wait(1)
    assert floor.board.receiver(BEN).looked == set(threads[1:])
    assert Mirror(floor, BEN).replica.conversations == {}


async def test_a_shared_draft_is_seen_by_colleagues_and_not_by_its_writer(floor: Inbox) -> None:
    thread = await floor.taken()
    await floor.said(BEN, inbox.LookAt(conversation=thread))
    mirrors = [await seen_by(floor), await seen_by(floor, BEN)]
    await floor.said(ANA, inbox.ShareDraft(conversation=thread, text="Dear Amina,"))
    for mirror in mirrors:
        assert mirror.differences() == []
    (shown,) = mirrors[1].replica.shared[thread]
    assert (shown.name, shown.mode, shown.text) == ("Ana", "reply", "Dear Amina,")
    assert mirrors[0].replica.shared == {}
    await floor.said(ANA, commands.SendMessage(message="z", conversation=thread, text="Dear Amina, yes."))
    assert mirrors[1].differences() == []
    assert mirrors[1].replica.shared == {}


async def test_a_look_leaves_nothing_in_the_record(floor: Inbox) -> None:
    thread = await floor.taken()
    before = list(floor.store.events(limit=10_000))
    await floor.said(BEN, inbox.LookAt(conversation=thread, doing="replying"))
    await floor.said(BEN, inbox.ShareDraft(conversation=thread, text="Dear"))
    assert list(floor.store.events(limit=10_000)) == before


async def test_what_cannot_be_done_at_a_conversation_is_refused(floor: Inbox) -> None:
    thread = await floor.taken()
    assert await floor.refused(ANA, inbox.LookAt(conversation=thread, doing="sleeping")) == "bad_value"
    assert await floor.refused(ANA, inbox.ShareDraft(conversation=thread, mode="x")) == "bad_value"
    assert await floor.refused(ANA, inbox.ShareDraft(conversation=thread, text="x" * 20_001)) == "too_long"
