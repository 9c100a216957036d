"""A view of conversations: pages by keyset, woven renewals, filters, saved views, reading what is closed."""

from __future__ import annotations

import itertools
import random

import pytest

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.inbox import RowChange, RowMove
from agent_desktop.viewmodels.views import Listing, woven
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire.listing import FilterModel, ViewModel, WatcherModel
from tests.client.desks import Desk
from tests.client.talks import changed
from tests.viewmodels.lists import (
    NOW,
    OPEN,
    answer,
    asked,
    conversation,
    in_view,
    later,
    page,
    shown,
    with_views,
)


def followed(old: list[str], steps: tuple[RowChange, ...], new: list[str]) -> list[str]:
    """What a list becomes that follows the steps; an inserted row is read from the new list."""
    here = list(old)
    for step in steps:
        match step.move:
            case RowMove.INSERTED:
                here[step.index : step.index] = new[step.index : step.index + step.count]
            case RowMove.REMOVED:
                del here[step.index]
            case _:
                pass
    return here


def test_a_renewal_is_woven_in_by_steps_that_lead_to_it() -> None:
    draw = random.Random(5)
    letters = [f"c{n}" for n in range(12)]
    for _turn in range(300):
        old = draw.sample(letters, draw.randrange(0, 12))
        new = draw.sample(letters, draw.randrange(0, 12))
        assert followed(old, woven(old, new), new) == new


def test_one_arrival_is_one_step() -> None:
    old = [f"c{n}" for n in range(500)]
    assert woven(old, ["new", *old]) == (RowChange(RowMove.INSERTED, 0),)


def test_a_view_comes_in_pages_as_one_scrolls(desk: Desk) -> None:
    with_views(desk)
    assert desk.desktop.act("views.open", name="unanswered") == ""
    assert desk.desktop.inbox().loading
    first = answer(desk, "ListConversations", page(1, 100, more=True))
    assert first == i.ListConversations(holds=FilterModel(states=("open",)), limit=100)
    view = desk.desktop.inbox()
    assert view.head is not None
    assert (view.total, view.head.more_from) == (100, 70)
    assert [t.selected for t in view.tabs] == [False, False, False, True]
    desk.desktop.act("views.more")
    desk.desktop.act("views.more")  # once is enough
    assert len(asked(desk, "ListConversations")) == 1
    second = answer(desk, "ListConversations", page(101, 150))
    assert second.after == "100"
    view = desk.desktop.inbox()
    assert view.head is not None
    assert (view.total, view.head.more_from, view.head.count) == (150, -1, "150")
    assert desk.desktop.act("views.more") == "There is no next page."
    assert RowChange(RowMove.INSERTED, 100, 50) in [r for x in desk.refreshes for r in x.rows]


def test_a_page_of_an_earlier_question_is_not_shown(desk: Desk) -> None:
    in_view(desk, 3)
    desk.desktop.act("views.open", name="late")
    stale, _command = asked(desk, "ListConversations")[0]
    desk.desktop.act("views.open", name="unanswered")
    desk.events(e.Reply(request=stale, result=page(7, 9)))
    assert desk.desktop.inbox().loading
    answer_now = asked(desk, "ListConversations")[-1][0]
    desk.events(e.Reply(request=answer_now, result=page(1, 2)))
    assert shown(desk) == ["c1", "c2"]


def test_what_happens_changes_the_row_at_once_and_its_place_with_the_next_page(desk: Desk) -> None:
    in_view(desk, 3)
    desk.events(e.ConversationChanged(conversation=conversation(3, last_line="Hello?", updated_at=NOW)))
    assert desk.desktop.inbox_row(2).line == "Hello?"
    later(desk, 3)
    again = answer(desk, "ListConversations", e.Result(conversations=(
        conversation(3, last_line="Hello?", updated_at=NOW), conversation(1), conversation(2),
    )))  # fmt: skip
    assert again.after == ""
    assert shown(desk) == ["c3", "c1", "c2"]


def test_watchers_and_typing_are_no_reason_to_ask_again(desk: Desk) -> None:
    in_view(desk, 2)
    watched = conversation(1, watchers=(WatcherModel(agent="a8", name="Sara Lindqvist", doing="replying"),))
    desk.events(e.ConversationChanged(conversation=conversation(1)))
    later(desk, 3)
    answer(desk, "ListConversations", page(1, 2))
    desk.events(e.ConversationChanged(conversation=watched))
    later(desk, 3)
    assert asked(desk, "ListConversations") == []
    row = desk.desktop.inbox_row(0)
    assert [w.short for w in row.marks.watchers] == ["SL replying"]
    assert "Sara Lindqvist is replying" in row.accessible


def test_the_renewed_first_page_keeps_the_pages_below_it(desk: Desk) -> None:
    listing = Listing(FilterModel())
    listing.begun(page(1, 4, more=True))
    listing.went_on(page(5, 8, more=True))
    rows = (conversation(9, updated_at=NOW), conversation(1), conversation(3), conversation(4))
    fresh = e.Result(conversations=rows, cursor="4", more=True)
    steps = listing.renewed(fresh)
    assert listing.ids == ["c9", "c1", "c3", "c4", "c5", "c6", "c7", "c8"]  # c2 has gone
    assert listing.cursor == "8"
    assert [s.move for s in steps] == [RowMove.REMOVED, RowMove.INSERTED]


def test_a_refused_view_says_why_and_what_to_do(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    answer(desk, "ListConversations", ok=False, message="The server is busy.")
    empty = desk.desktop.inbox().empty
    assert empty is not None
    assert empty.button is not None
    assert (empty.sentence, empty.button.action) == ("The server is busy.", "views.retry")
    desk.desktop.act("views.retry")
    answer(desk, "ListConversations", page(1, 1))
    assert shown(desk) == ["c1"]


def test_a_view_is_chosen_by_its_key_and_left_by_a_tab(desk: Desk) -> None:
    with_views(desk)
    assert desk.desktop.act("views.key2") == ""
    assert desk.desktop.inbox().head is not None
    assert desk.desktop.act("views.key7") == "No view has the key 7."
    desk.desktop.act("inbox.tab", tab="mine")
    assert desk.desktop.inbox().head is None
    desk.desktop.act("inbox.tab", tab="views")  # the one that was shown last
    head = desk.desktop.inbox().head
    assert head is not None
    assert head.label == "Late"


def test_counts_stand_beside_the_views(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.list")
    answer(desk, "CountViews", e.Result(counts=(("v1", 12), ("v2", 1000))))
    chooser = desk.desktop.chooser()
    assert chooser is not None
    assert [(r.name, r.badge.text if r.badge else "") for r in chooser.rows] == [
        ("Unanswered", "12"),
        ("Late", "1000+"),
    ]
    desk.desktop.act("choose.find", text="lat")
    chooser = desk.desktop.chooser()
    assert chooser is not None
    assert [r.name for r in chooser.rows] == ["Late"]
    desk.desktop.act("choose.run", key="v2")
    assert desk.desktop.chooser() is None
    assert desk.desktop.listing is not None
    assert desk.desktop.listing.view is not None
    assert desk.desktop.listing.view.id == "v2"


def test_a_filter_holds_at_once_and_is_saved_as_a_view(desk: Desk) -> None:
    desk.desktop.act("filter.open")
    form = desk.desktop.filter_form()
    assert form is not None
    assert [f.id for f in form.fields][:3] == ["text", "states", "media"]
    desk.desktop.act("filter.set", field="states", value="Snoozed")
    desk.desktop.act("filter.set", field="media", value="Email")
    holds = FilterModel(states=("snoozed",), media=("email",), agents=("me",))  # of the list Mine
    assert asked(desk, "ListConversations")[-1][1].holds == holds
    head = desk.desktop.inbox().head
    assert head is not None
    assert [chip.button.label for chip in head.chips] == ["Snoozed", "Email", "Me"]
    desk.desktop.act("filter.set", field="agents", value="")
    assert desk.desktop.act("views.save", name="Sleeping mail") == ""
    saved = asked(desk, "SaveView")[0][1].view
    assert (saved.label, saved.key, saved.owner) == ("Sleeping mail", "1", "a7")
    assert saved.holds == FilterModel(states=("snoozed",), media=("email",))


def test_only_ones_own_view_can_be_renamed_and_removed(desk: Desk) -> None:
    centre = changed(desk.runtime.store.replica.centre, views=(ViewModel(id="v9", label="Everything"),))
    desk.events(e.CentreChanged(centre=centre))
    in_view(desk)
    assert desk.desktop.act("views.rename", name="late") == "Another view is called that."
    assert desk.desktop.act("views.save", name="Unanswered") == "Another view is called that."
    assert desk.desktop.act("views.rename", name="To do") == ""
    assert answer(desk, "SaveView").view.label == "To do"
    assert desk.desktop.act("views.remove") == ""
    assert answer(desk, "RemoveView").view == OPEN.id
    assert desk.desktop.listing is None
    desk.desktop.act("views.open", name="Everything")
    assert "belongs to the centre" in desk.desktop.act("views.remove")
    head = desk.desktop.inbox().head
    assert head is not None
    assert head.acts == ()


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("medium:email state:open", FilterModel(media=("email",), states=("open",))),
        ("queue:billing unread late", FilterModel(queues=("billing",), unread=True, late=True)),
        ("owner:me tag:vip,gold", FilterModel(agents=("me",), tags=("vip", "gold"))),
        ("late lost parcel", FilterModel(late=True, text="lost parcel")),
        ("sort:promise followed", FilterModel(order="promise", followed=True)),
        ("late http://x", FilterModel(late=True, text="http://x")),
    ],
)  # fmt: skip
def test_a_filter_is_typed_in_words(desk: Desk, words: str, holds: FilterModel) -> None:
    first, _space, rest = words.partition(" ")
    assert desk.desktop.act("go.inbox", tab=first, filter=rest) == ""
    assert asked(desk, "ListConversations")[-1][1].holds == holds


@pytest.mark.parametrize("words", ["medium:pigeon", "state:burnt", "colour:red"])
def test_a_filter_that_means_nothing_says_what_is_possible(desk: Desk, words: str) -> None:
    assert "Possible: " in desk.desktop.act("go.inbox", tab=words)


def test_a_closed_conversation_is_read_and_can_be_taken(desk: Desk) -> None:
    in_view(desk)
    assert desk.desktop.act("inbox.open", id="c3") == ""
    assert answer(desk, "FetchConversation").conversation == "c3"
    said = m.MessageModel(
        id="m1", conversation="c3", medium="email", direction="in", at=NOW - 90, text="Where is it?"
    )
    item = e.TimelineItem(message=said)
    answer(desk, "FetchTimeline", e.Result(timeline=(item,)))
    view = desk.desktop.conversation()
    assert (view.interaction, view.conversation, view.title) == ("", "c3", "Order 3")
    assert "Where is it?" in [line.text for line in view.items]
    assert desk.desktop.inbox().selected_index == 2
    assert desk.desktop.act("composer.send", text="Hello") == "This is not yours. Take it first."
    assert desk.desktop.act("conversation.take") == ""
    assert answer(desk, "AssignConversation") == i.AssignConversation(conversation="c3", agent="a7", was="")
    work = m.InteractionModel(
        id="i9", medium="email", state="active", agent="a7", conversation="c3", queue="support"
    )
    desk.events(e.InteractionChanged(interaction=work))
    assert desk.desktop.conversation().interaction == "i9"  # mine now: it can be answered


def test_a_merged_conversation_leads_to_the_one_that_stays(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("inbox.open", conversation="c77")
    answer(desk, "FetchConversation", e.Result(conversations=(conversation(4),)))
    assert desk.desktop.conversation().conversation == "c4"


def test_what_is_in_view_is_opened_with_its_work(desk: Desk) -> None:
    in_view(desk)
    work = m.InteractionModel(id="i2", medium="email", state="queued", conversation="c2", queue="support")
    desk.events(e.InteractionChanged(interaction=work))
    desk.desktop.act("inbox.open", id="2")
    assert desk.desktop.conversation().interaction == "i2"


def test_the_view_is_asked_for_again_when_the_server_is_back(desk: Desk) -> None:
    in_view(desk)
    desk.put(LinkReported("router", Connection("lost", "Nobody answers.")))
    later(desk, 40)
    assert asked(desk, "ListConversations") == []
    assert shown(desk) == ["c1", "c2", "c3", "c4", "c5"]  # what is there stays
    desk.put(LinkReported("router", Connection("online")))
    later(desk, 1)
    assert len(asked(desk, "ListConversations")) == 1


def test_rows_are_made_at_a_cost_that_does_not_grow(desk: Desk) -> None:
    in_view(desk, 100)
    listing = desk.desktop.listing
    assert listing is not None
    for first in itertools.count(101, 1000):
        listing.went_on(page(first, first + 999, more=True))
        if len(listing) > 10_000:
            break
    assert desk.desktop.inbox_row(9_999).conversation == "c10000"
    assert listing.index("c9000") == 8_999


def test_what_is_only_read_has_its_card_and_the_way_to_take_it(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("inbox.open", id="c3")
    answer(desk, "FetchConversation", e.Result(conversations=(conversation(3, state="resolved"),)))
    coming = desk.desktop.side().customer
    assert coming is not None
    assert (coming.line, coming.create) == ("The card is loading…", None)  # no second card is offered
    card = m.CustomerModel(id="p3", name="Priya Kulkarni", city="Pune")
    assert answer(desk, "FetchCustomer", e.Result(customer=card)).customer == "p3"
    shown_card = desk.desktop.side().customer
    assert shown_card is not None
    assert (shown_card.name, shown_card.create) == ("Priya Kulkarni", None)
    buttons = {b.action: b for b in desk.desktop.conversation().buttons}
    assert buttons["conversation.take"].enabled
    assert buttons["conversation.reopen"].enabled


def test_the_palette_finds_views_and_reads_what_a_search_found(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("palette.open")
    desk.desktop.act("palette.find", text="unansw")
    hit = e.SearchHit(kind="message", id="m9", title="Old order", conversation="c42")
    answer(desk, "SearchEverything", e.Result(hits=(hit,)))
    palette = desk.desktop.palette()
    assert palette is not None
    found = {item.title: item.button for item in palette.items}
    assert found["Unanswered"].action == "views.open"
    old = found["Old order"]
    assert old.enabled
    assert desk.desktop.act(old.action, **dict(old.args)) == ""
    assert answer(desk, "FetchConversation").conversation == "c42"
