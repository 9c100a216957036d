"""What can be chosen for an act: people, tags, times, what to merge and which one stays."""

from __future__ import annotations

import pytest

from agent_desktop.viewmodels.choosing import ChooserView
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.commands import LinkCustomer
from tests.client.desks import Desk
from tests.client.talks import on_a_call
from tests.viewmodels.lists import answer, asked, conversation, in_view, with_views


def chooser(desk: Desk) -> ChooserView:
    view = desk.desktop.chooser()
    assert view is not None
    return view


def names(desk: Desk) -> list[str]:
    return [row.name for row in chooser(desk).rows]


def test_an_act_without_its_value_opens_its_chooser(desk: Desk) -> None:
    in_view(desk)
    assert desk.desktop.act("conversation.assign", id="c2") == ""
    view = chooser(desk)
    assert (view.title, view.sentence) == ("Assign", "Customer 2: Order 2")
    assert [r.key for r in view.rows] == ["me", "a8", "support", "billing", "nobody"]
    desk.desktop.act("choose.find", text="sar")
    assert names(desk) == ["Sara Lindqvist"]
    desk.desktop.act("choose.run", key="a8")
    assert desk.desktop.chooser() is None
    assert answer(desk, "AssignConversation") == i.AssignConversation(conversation="c2", agent="a8", was="")


def test_colleagues_that_only_the_router_knows_are_found_by_typing(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("conversation.assign", id="c2")
    desk.desktop.act("choose.find", text="chen")
    found = TargetModel(kind="agent", id="a9", name="Chen Wei")
    request, _command = asked(desk, "FindTargets")[-1]
    desk.events(e.Reply(request=request, result=e.Result(targets=(found,))))
    assert names(desk) == ["Chen Wei"]
    desk.desktop.act("choose.run", key="a9")
    assert answer(desk, "AssignConversation").agent == "a9"


def test_tags_in_use_are_offered_and_new_ones_can_be_typed(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    known = (conversation(1, tags=("vip",)), conversation(2, tags=("vip", "refund")), conversation(3))
    answer(desk, "ListConversations", e.Result(conversations=known))
    desk.desktop.act("conversation.tag", id="c3")
    assert names(desk) == ["vip", "refund"]
    desk.desktop.act("choose.find", text="lost, urgent")
    assert names(desk) == ["Tag with lost, urgent"]
    desk.desktop.act("choose.run", key="lost, urgent")
    assert answer(desk, "TagConversation").add == ("lost", "urgent")
    desk.desktop.act("conversation.untag", id="c2")
    assert names(desk) == ["vip", "refund"]


def test_a_time_is_chosen_or_typed(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("conversation.snooze", id="c2")
    assert {"Tomorrow, 9:00", "Monday, 9:00", "In a week", "Until the customer writes"} <= set(names(desk))
    desk.desktop.act("choose.find", text="3d")
    assert len(names(desk)) == 1
    desk.desktop.act("choose.run", key="3d")
    assert answer(desk, "SnoozeConversation").until_at == pytest.approx(desk.now + 3 * 86_400)
    desk.desktop.act("conversation.snooze", id="c2")
    desk.desktop.act("choose.find", text="someday")
    assert chooser(desk).empty.startswith("That is no time.")
    assert desk.desktop.act("choose.run", key="x") == chooser(desk).empty


def test_a_merge_shows_both_and_asks_which_stays(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    mine = conversation(1, customer="p1", messages=2)
    other = conversation(4, customer="p1", customer_name="Customer 1", messages=14)
    answer(desk, "ListConversations", e.Result(conversations=(mine, conversation(2), other)))
    desk.desktop.act("conversation.merge", id="c1")
    assert [r.key for r in chooser(desk).rows] == ["c4"]  # the same customer's
    desk.desktop.act("choose.find", text="order 2")
    assert [r.key for r in chooser(desk).rows] == ["c2"]
    desk.desktop.act("choose.find", text="")
    desk.desktop.act("choose.run", key="c4")
    view = chooser(desk)
    assert view.title == "Which one stays?"
    assert [r.key for r in view.rows] == ["c4", "c1"]  # the longer one first
    assert "14 messages" in view.rows[0].detail
    desk.desktop.act("choose.run", key="c4")
    assert answer(desk, "MergeConversations") == i.MergeConversations(conversation="c1", into="c4")
    bulk = desk.desktop.inbox().bulk
    assert bulk is not None
    assert bulk.says == "Merged."
    desk.desktop.act("bulk.undo")
    assert answer(desk, "UnmergeConversation").conversation == "c1"


def test_a_conversation_is_not_merged_into_itself(desk: Desk) -> None:
    in_view(desk)
    assert desk.desktop.act("conversation.merge", id="c1", into="c1").startswith("Choose another one")
    assert desk.desktop.act("conversation.unmerge", id="c1") == "Nothing was merged into it."


def test_a_view_is_not_called_like_another_one(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("filter.set", field="late", value="yes")
    desk.desktop.act("views.save")
    desk.desktop.act("choose.find", text="late")
    assert desk.desktop.act("choose.run", key="late") == "Another view is called that."
    desk.desktop.act("views.save")
    desk.desktop.act("choose.find", text="Late and open")
    desk.desktop.act("choose.run", key="Late and open")
    assert answer(desk, "SaveView").view.label == "Late and open"


def test_the_menu_of_a_row_has_its_acts(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    answer(desk, "ListConversations", e.Result(conversations=(
        conversation(1, owner="a7", followers=("a7",), tags=("vip",)), conversation(2, state="resolved"),
    )))  # fmt: skip
    mine = [b.action.removeprefix("conversation.") for b in desk.desktop.row_acts(0)]
    wanted = "inbox.open assign tag untag snooze resolve prioritise merge follow bulk.pick"
    assert mine == wanted.split()
    closed = [b.action.removeprefix("conversation.") for b in desk.desktop.row_acts(1)]
    wanted = "inbox.open take assign tag snooze reopen prioritise merge follow bulk.pick"
    assert closed == wanted.split()
    follow = desk.desktop.row_acts(0)[8]
    assert (follow.label, dict(follow.args)) == ("Do not follow any more", {"id": "c1", "value": "off"})
    assert all(b.enabled for b in (*desk.desktop.row_acts(0), *desk.desktop.row_acts(1)))


def test_an_unknown_caller_is_linked_to_the_customer_that_was_found(desk: Desk) -> None:
    on_a_call(desk)
    assert desk.desktop.act("customer.link") == ""
    view = desk.desktop.chooser()
    assert view is not None
    assert (view.title, view.sentence, view.empty) == (
        "This is…", "Amina Yusuf", "Type a name, a number or an address.",
    )  # fmt: skip
    desk.desktop.act("choose.find", text="lena")
    asked_for = next(c for _r, c in reversed(desk.outside.router) if type(c).__name__ == "SearchEverything")
    assert (asked_for.text, asked_for.kinds) == ("lena", ("customer",))
    hit = e.SearchHit(kind="customer", id="c9", title="Lena Brandt", highlight="[lena]@example.com")
    desk.answer_all(result=e.Result(hits=(hit,)))
    view = desk.desktop.chooser()
    assert view is not None
    assert [row.spoken for row in view.rows] == ["Lena Brandt, lena@example.com"]
    desk.outside.router.clear()
    assert desk.desktop.act("choose.run", key="c9") == ""
    linked = [c for _r, c in desk.outside.router if isinstance(c, LinkCustomer)]
    assert linked == [LinkCustomer(interaction="i1", customer="c9")]
    assert desk.desktop.chooser() is None
    assert desk.desktop.workspace.hits == ()


def test_drafts_are_listed_and_one_is_opened(desk: Desk) -> None:
    desk.desktop.act("drafts.list")
    view = desk.desktop.chooser()
    assert view is not None
    assert view.empty == "You have written nothing that is not sent."
    desk.drafts.put(desk.desktop.key("v1", "reply"), "It leaves\ntoday.", message="")
    view = desk.desktop.chooser()
    assert view is not None
    assert [row.spoken for row in view.rows] == ["Not in view now, It leaves today."]
    desk.desktop.act("choose.find", text="tomorrow")
    view = desk.desktop.chooser()
    assert view is not None
    assert view.rows == ()
