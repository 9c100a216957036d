"""The inbox's lists: what a filter holds, page by page, counts, and the views that agents keep (B18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.types import QueueId, Seconds
from agent_desktop.wire import commands, inbox
from agent_desktop.wire.listing import FilterModel, ViewModel
from tests.server.asking import rules
from tests.server.floor import ANA, BEN, CHAT, MAIL, SUE, Mirror
from tests.server.inboxed import Inbox


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Inbox]:
    floor = Inbox(tmp_path / "record.db")
    await floor.start()
    await floor.sign_in(ANA, BEN, SUE, ready=False)
    yield floor
    await floor.stop()


async def listed(floor: Inbox, agent: object = SUE, limit: int = 100, **holds: object) -> list[str]:
    """All pages of a list, one after the other."""
    found: list[str] = []
    after = ""
    for _ in range(50):
        asked = inbox.ListConversations(
            holds=FilterModel(**holds),  # type: ignore[arg-type] # the fields of the test
            after=after,
            limit=limit,
        )
        reply = await floor.said(agent, asked)  # type: ignore[arg-type] # one of the three
        assert reply.result is not None
        page = [c.id for c in reply.result.conversations]
        assert len(page) <= limit
        found += page
        after = reply.result.cursor
        assert reply.result.more == bool(after)
        if not after:
            return found
    raise AssertionError("a list without an end")


async def several(floor: Inbox, many: int = 7) -> list[str]:
    """Mails, each a second younger than the one before."""
    found = []
    for number in range(many):
        await floor.wait(1)
        found.append(await floor.arrived(f"<{number}@out>"))
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("order", ["newest", "oldest", "promise"])
async def test_pages_put_together_are_the_list_in_its_order(floor: Inbox, order: str, limit: int) -> None:
    threads = await several(floor)
    found = await listed(floor, order=order, limit=limit)
    assert found == (threads if order == "oldest" else threads[::-1])


async def test_what_is_promised_first_is_first_and_what_has_no_promise_last(floor: Inbox) -> None:
    rules(floor, MAIL, first_reply_s=Seconds(600))
    threads = await several(floor, 4)
    rules(floor, MAIL, first_reply_s=Seconds(0))
    plain = await floor.arrived("<plain@out>")
    for limit in (1, 2, 10):
        assert await listed(floor, order="promise", limit=limit) == [*threads, plain]
    assert await listed(floor, late=True) == []
    await floor.wait(600)
    assert await listed(floor, late=True, order="promise") == threads
    assert set(await listed(floor, late=True)) == set(threads)
    await floor.said(ANA, inbox.AssignConversation(conversation=threads[0], agent=ANA))
    await floor.said(ANA, commands.SendMessage(message="z", conversation=threads[0], text="Yes"))
    assert await listed(floor, late=True, order="promise") == threads[1:]


async def test_several_values_are_alternatives_and_fields_add_up(floor: Inbox) -> None:
    mine, nobodys, closed = (await several(floor, 3))[:3]
    await floor.chat("Hello", "1")
    (chat,) = (i.conversation for i in floor.hub.tables.interactions.values() if i.medium == "chat")
    await floor.said(ANA, inbox.AssignConversation(conversation=mine, agent=ANA))
    await floor.said(ANA, inbox.ResolveConversation(conversation=closed))
    assert set(await listed(floor, states=("open",))) == {mine, nobodys, chat}
    assert await listed(floor, states=("resolved",)) == [closed]
    assert set(await listed(floor, states=("resolved", "open"), media=("email",))) == {mine, nobodys, closed}
    assert set(await listed(floor, queues=(CHAT,))) == {chat}
    assert set(await listed(floor, channels=("help",), unread=True)) == {nobodys, closed}
    assert await listed(floor, ANA, agents=("me",)) == [mine]
    assert set(await listed(floor, agents=("nobody",), media=("email",))) == {nobodys, closed}
    assert set(await listed(floor, agents=("nobody", ANA), states=("open",), queues=(MAIL,))) == {
        mine,
        nobodys,
    }
    assert await listed(floor, text="lamp", states=("resolved",)) == [closed]
    assert await listed(floor, text="nothing like it") == []
    assert await listed(floor, since_at=floor.clock.at + 1) == []


async def test_tags_and_followed_ones_are_found(floor: Inbox) -> None:
    one, two, three = await several(floor, 3)
    await floor.said(SUE, inbox.TagConversation(conversation=one, add=("lamp", "broken")))
    await floor.said(SUE, inbox.TagConversation(conversation=two, add=("lamp",)))
    await floor.said(BEN, inbox.FollowConversation(conversation=three))
    assert set(await listed(floor, tags=("lamp",))) == {one, two}
    assert await listed(floor, tags=("lamp", "broken")) == [one]
    assert await listed(floor, BEN, followed=True) == [three]
    assert await listed(floor, SUE, followed=True) == []
    await floor.said(SUE, inbox.TagConversation(conversation=one, remove=("lamp",)))
    assert await listed(floor, tags=("lamp",)) == [two]


async def test_agents_list_what_is_in_their_queues_or_theirs_or_followed(floor: Inbox) -> None:
    one, two = await several(floor, 2)
    entries = floor.hub.centre.agents
    entries[BEN] = replace(entries[BEN], queues=(CHAT,))
    floor.reload()
    assert await listed(floor, BEN) == []
    assert await listed(floor, BEN, queues=(MAIL,)) == []
    await floor.said(SUE, inbox.AssignConversation(conversation=one, agent=BEN))
    assert await listed(floor, BEN) == [one]
    assert await listed(floor, ANA) == [one, two] or set(await listed(floor, ANA)) == {one, two}
    counted = await floor.said(BEN, inbox.CountViews())
    assert counted.result is not None
    assert counted.result.counts == ()


async def test_a_merged_conversation_is_in_no_list_until_it_is_there_again(floor: Inbox) -> None:
    one, two = await several(floor, 2)
    await floor.said(SUE, inbox.MergeConversations(conversation=one, into=two))
    assert await listed(floor) == [two]
    await floor.said(SUE, inbox.UnmergeConversation(conversation=one))
    assert set(await listed(floor)) == {one, two}


async def test_a_page_is_not_shifted_by_what_comes_in_meanwhile(floor: Inbox) -> None:
    threads = await several(floor, 4)
    first = await floor.said(SUE, inbox.ListConversations(limit=2))
    assert first.result is not None
    await floor.wait(1)
    await floor.arrived("<new@out>")
    rest = await floor.said(SUE, inbox.ListConversations(limit=10, after=first.result.cursor))
    assert rest.result is not None
    assert [c.id for c in (*first.result.conversations, *rest.result.conversations)] == threads[::-1]


async def test_a_wrong_page_or_order_is_refused_in_words(floor: Inbox) -> None:
    assert await floor.refused(SUE, inbox.ListConversations(after="nonsense")) == "bad_value"
    wrong = inbox.ListConversations(holds=FilterModel(order="loudest"))
    assert await floor.refused(SUE, wrong) == "bad_value"
    assert await floor.refused(SUE, inbox.FetchConversation(conversation="none")) == "unknown_conversation"


# --- views ------------------------------------------------------------------------------------------

MINE = ViewModel(id="v1", label="My open", holds=FilterModel(states=("open",), agents=("me",)), key="5")


async def test_a_view_is_kept_for_its_owner_and_counted_over_restarts(floor: Inbox) -> None:
    threads = await several(floor, 2)
    await floor.said(ANA, inbox.AssignConversation(conversation=threads[0], agent=ANA))
    mirror = Mirror(floor, ANA)
    mirror.connect()
    await floor.said(ANA, inbox.SaveView(view=MINE))
    assert mirror.differences() == []
    (shown,) = mirror.replica.views
    assert (shown.label, shown.owner, shown.key) == ("My open", ANA, "5")
    assert floor.board.snapshot(BEN).views == ()
    await floor.restart()
    counted = await floor.said(ANA, inbox.CountViews())
    assert counted.result is not None
    assert counted.result.counts == (("v1", 1),)
    await floor.said(ANA, inbox.RemoveView(view="v1"))
    await floor.restart()
    assert floor.board.snapshot(ANA).views == ()


async def test_nobody_changes_a_colleagues_view(floor: Inbox) -> None:
    await floor.said(ANA, inbox.SaveView(view=MINE))
    assert await floor.refused(BEN, inbox.SaveView(view=MINE)) == "not_yours"
    assert await floor.refused(BEN, inbox.RemoveView(view="v1")) == "not_yours"
    nameless = ViewModel(id="v2", label="  ")
    assert await floor.refused(BEN, inbox.SaveView(view=nameless)) == "bad_value"


async def test_a_teams_view_is_kept_by_its_leader_for_everybody_in_it(floor: Inbox) -> None:
    entries = floor.hub.centre.agents
    entries[ANA] = replace(entries[ANA], team="first")
    floor.reload()
    team = ViewModel(id="t1", label="Team", team="first")
    assert await floor.refused(ANA, inbox.SaveView(view=team)) == "not_allowed"
    mirror = Mirror(floor, ANA)
    mirror.connect()
    await floor.said(SUE, inbox.SaveView(view=team))
    assert mirror.differences() == []
    assert [v.id for v in mirror.replica.views] == ["t1"]
    assert floor.board.snapshot(BEN).views == ()
    assert await floor.refused(ANA, inbox.RemoveView(view="t1")) == "not_yours"


async def test_a_filter_of_too_many_or_unknown_values_is_refused_and_leaves_other_lists_be(
    floor: Inbox,
) -> None:
    many = tuple(f"q{n}" for n in range(51))
    for holds in (
        FilterModel(queues=many),
        FilterModel(agents=many),
        FilterModel(tags=many),
        FilterModel(states=("lost",)),
        FilterModel(text="x" * 1001),
    ):
        assert (await floor.do(BEN, inbox.ListConversations(holds=holds))).code == "bad_value"
        view = ViewModel(id="v1", label="Large", holds=holds)
        assert (await floor.do(BEN, inbox.SaveView(view=view))).code == "bad_value"
    assert (await floor.do(BEN, inbox.ListConversations(holds=FilterModel(queues=many[:50])))).ok


async def test_the_views_of_one_agent_have_a_size_together(floor: Inbox) -> None:
    large = FilterModel(tags=tuple(f"{n:0>900}" for n in range(40)))
    replies = [
        await floor.do(BEN, inbox.SaveView(view=ViewModel(id=f"v{n}", label="Large", holds=large)))
        for n in range(2)
    ]
    assert [reply.code for reply in replies] == ["", "too_large"]
    assert (await floor.do(ANA, inbox.SaveView(view=ViewModel(id="v9", label="Large", holds=large)))).ok


async def test_a_list_finds_a_word_that_two_thousand_newer_conversations_of_other_queues_hold(
    floor: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_desktop.server.storage.listing.FEW", 3)
    await floor.chat("broken lamp here", "c1", "v1")
    await several(floor, 5)
    agents = floor.hub.tables.agents
    agents[BEN] = replace(agents[BEN], queues=frozenset({CHAT}))
    found = await listed(floor, BEN, text="lamp")
    assert [floor.thread(key).medium for key in found] == ["chat"]


async def test_what_is_transferred_is_in_the_lists_of_the_queue_it_went_to(floor: Inbox) -> None:
    thread = await floor.taken()
    work = floor.live(thread)
    assert work is not None
    returns = replace(floor.hub.centre.queues[MAIL], id=QueueId("returns"), name="Returns")
    floor.hub.centre.queues[returns.id] = returns
    assert (await floor.do(ANA, commands.TransferInteraction(interaction=work.id, target="returns"))).ok
    assert await listed(floor, queues=("returns",)) == [thread]
    assert await listed(floor, queues=(MAIL,)) == []
