"""The same done to many: picking, progress, refusals, the way back, a single act's way back, offline."""

from __future__ import annotations

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.bulk import AT_ONCE, BulkView
from agent_desktop.viewmodels.inbox import RowMove
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire.listing import MacroModel, StepModel
from tests.client.desks import Desk
from tests.client.talks import changed
from tests.viewmodels.lists import answer, asked, conversation, in_view, later, page, with_views


def bar(desk: Desk) -> BulkView:
    view = desk.desktop.inbox().bulk
    assert view is not None
    return view


def pick(desk: Desk, *conversations: str) -> None:
    for one in conversations:
        assert desk.desktop.act("bulk.pick", id=one) == ""


def test_rows_are_picked_one_by_one_in_ranges_and_all(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c4", "c1")
    assert list(desk.desktop.workspace.picked) == ["c4"]
    desk.desktop.act("bulk.pick", id="c2", to="c3")
    assert set(desk.desktop.workspace.picked) == {"c4", "c2", "c3"}
    desk.desktop.act("bulk.pick", id="c2", to="c1")  # the range is another one: what was picked before stays
    assert set(desk.desktop.workspace.picked) == {"c4", "c2", "c1"}
    assert desk.desktop.inbox_row(0).marks.picked
    assert "picked" in desk.desktop.inbox_row(0).accessible
    desk.desktop.act("bulk.all")
    assert bar(desk).says == "5 picked"
    desk.desktop.act("bulk.none")
    assert desk.desktop.inbox().bulk is None
    desk.desktop.pump()
    assert desk.said()[-1] == "Nothing picked"


def test_all_of_a_view_are_picked_as_their_pages_come(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    answer(desk, "ListConversations", page(1, 100, more=True))
    desk.desktop.act("bulk.all")
    assert bar(desk).says == "100 picked, more are coming"
    desk.desktop.act("views.more")
    answer(desk, "ListConversations", page(101, 150))
    assert bar(desk).says == "150 picked"


def test_each_conversation_has_its_own_command_and_a_few_are_under_way(desk: Desk) -> None:
    in_view(desk, 20)
    desk.desktop.act("bulk.all")
    assert desk.desktop.act("conversation.resolve") == ""
    assert len(asked(desk, "ResolveConversation")) == AT_ONCE
    assert bar(desk).says == "Resolving: 0 of 20"
    assert desk.desktop.workspace.picked == {}
    for _turn in range(5):
        answer(desk, "ResolveConversation")
    view = bar(desk)
    assert (view.says, view.fraction) == ("Resolving: 5 of 20", 0.25)
    assert len(asked(desk, "ResolveConversation")) == AT_ONCE
    while asked(desk, "ResolveConversation"):
        answer(desk, "ResolveConversation")
    view = bar(desk)
    assert view.says == "Resolved: 20 conversations."
    assert view.undo is not None
    assert view.undo.label == "Undo, 10 s"
    assert "Resolved: 20 conversations. It can be undone for 10 seconds: F8." in desk.said()


def test_what_was_refused_is_listed_with_its_sentence(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2", "c3")
    desk.desktop.act("conversation.tag", value="vip, refund")
    first = answer(desk, "TagConversation")
    assert first == i.TagConversation(conversation="c1", add=("vip", "refund"))
    answer(desk, "TagConversation", ok=False, message="You may not tag this one.")
    answer(desk, "TagConversation")
    view = bar(desk)
    assert view.says == "Tagged vip, refund: 2 conversations. 1 refused."
    assert view.refused == ("Customer 2: Order 2: You may not tag this one.",)
    assert not desk.desktop.notices()  # it stands in the bar
    later(desk, 12)
    assert bar(desk).undo is None
    assert bar(desk).refused  # until it is read
    desk.desktop.act("bulk.dismiss")
    assert desk.desktop.inbox().bulk is None


def test_undo_leads_back_to_what_was_before(desk: Desk) -> None:
    with_views(desk)
    desk.desktop.act("views.open", name="late")
    before = (
        conversation(1, owner="a8"),
        conversation(2, state="snoozed", snoozed_until_at=desk.now + 900),
        conversation(3, state="resolved"),
    )
    answer(desk, "ListConversations", e.Result(conversations=before))
    desk.outside.router.clear()
    desk.desktop.act("bulk.all")
    desk.desktop.act("conversation.assign", value="me")
    for _turn in range(3):
        answer(desk, "AssignConversation")
    later(desk, 5)
    assert desk.desktop.act("bulk.undo") == ""
    back = [command for _id, command in desk.outside.router if not isinstance(command, c.QUERIES)]
    assert back == [
        i.AssignConversation(conversation="c1", agent="a8", was="a7"),
        i.SnoozeConversation(conversation="c2", until_at=before[1].snoozed_until_at),
        i.ResolveConversation(conversation="c3"),
    ]
    desk.answer_all()
    assert bar(desk).says == "Undone: 3 conversations."
    assert desk.desktop.act("bulk.undo") == "There is nothing to undo."


def test_undo_ends_after_ten_seconds(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2")
    desk.desktop.act("conversation.snooze", value="tomorrow")
    desk.answer_all()
    later(desk, 10.5)
    assert desk.desktop.inbox().bulk is None
    assert desk.desktop.act("bulk.undo") == "There is nothing to undo."


def test_only_what_was_confirmed_is_undone(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2")
    desk.desktop.act("conversation.resolve")
    answer(desk, "ResolveConversation", ok=False, message="A newer message came.")
    answer(desk, "ResolveConversation")
    desk.desktop.act("bulk.undo")
    assert [command for _id, command in desk.outside.router] == [i.ReopenConversation(conversation="c2")]


def test_a_single_act_can_be_undone_too(desk: Desk) -> None:
    in_view(desk)
    assert desk.desktop.act("conversation.resolve", id="c2") == ""
    answer(desk, "ResolveConversation")
    assert bar(desk).says == "Resolved."
    desk.desktop.act("bulk.undo")
    assert answer(desk, "ReopenConversation").conversation == "c2"


def test_a_single_act_that_is_refused_is_a_notice_and_no_undo(desk: Desk) -> None:
    in_view(desk)
    desk.desktop.act("conversation.resolve", id="c2")
    answer(desk, "ResolveConversation", ok=False, message="A newer message came.")
    assert [n.text for n in desk.desktop.notices()] == ["A newer message came."]
    assert desk.desktop.inbox().bulk is None


def test_a_work_can_be_stopped(desk: Desk) -> None:
    in_view(desk, 20)
    desk.desktop.act("bulk.all")
    desk.desktop.act("conversation.prioritise", value="80")
    stop = bar(desk).stop
    assert stop is not None
    desk.desktop.act(stop.action)
    while asked(desk, "PrioritiseConversation"):
        answer(desk, "PrioritiseConversation")
    assert bar(desk).says == f"Priority 80: {AT_ONCE} conversations. 12 left as they were."


def test_without_the_server_every_act_waits_and_is_marked(desk: Desk) -> None:
    in_view(desk, 20)
    desk.put(LinkReported("router", Connection("lost", "Nobody answers.")))
    desk.desktop.act("bulk.all")
    assert desk.desktop.act("conversation.tag", value="later") == ""
    assert bar(desk).says == "20 acts wait for the server"
    row = desk.desktop.inbox_row(0)
    assert row.marks.waiting == "Waits to be sent"
    assert "Waits to be sent" in row.accessible


def test_a_macro_of_acts_is_run_on_many_and_one_that_sends_is_not(desk: Desk) -> None:
    steps = (StepModel(act="tag", value="refund"), StepModel(act="resolve"))
    close = MacroModel(id="close", label="Close as refund", steps=steps)
    reply = MacroModel(id="reply", label="Thank and close", steps=(StepModel(act="send"), *steps))
    centre = changed(desk.runtime.store.replica.centre, macros=(close, reply))
    desk.events(e.CentreChanged(centre=centre))
    in_view(desk)
    pick(desk, "c1", "c2")
    assert "in one conversation at a time" in desk.desktop.act("conversation.macro", value="reply")
    assert desk.desktop.act("conversation.macro", value="close") == ""
    for kind in ("TagConversation", "TagConversation", "ResolveConversation", "ResolveConversation"):
        answer(desk, kind)
    assert bar(desk).says == "Close as refund: 2 conversations."
    desk.desktop.act("bulk.undo")
    assert answer(desk, "ReopenConversation").conversation == "c1"  # the last step is undone first
    assert answer(desk, "TagConversation") == i.TagConversation(conversation="c1", remove=("refund",))


def test_a_note_goes_into_each_with_an_id_of_its_own(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2")
    desk.desktop.act("conversation.annotate", value="Lost at the depot.")
    notes = [command for _id, command in asked(desk, "AddNote")]
    assert [n.conversation for n in notes] == ["c1", "c2"]
    assert len({n.message for n in notes}) == 2
    assert all(isinstance(n, c.AddNote) for n in notes)
    desk.answer_all()
    assert bar(desk).undo is None  # a note stays


def test_the_rows_of_the_three_lists_are_picked_by_their_conversations(desk: Desk) -> None:
    for n in (1, 2):
        thread = conversation(n)
        work = m.InteractionModel(
            id=f"i{n}", medium="email", state="active", agent="a7", conversation=f"c{n}", queue="support"
        )
        desk.events(e.ConversationChanged(conversation=thread), e.InteractionChanged(interaction=work))
    desk.outside.router.clear()
    desk.desktop.act("bulk.all")
    assert sorted(desk.desktop.workspace.picked) == ["c1", "c2"]
    desk.desktop.act("conversation.untag", value="vip")
    assert len(asked(desk, "TagConversation")) == 2
    desk.desktop.pump()
    redraws = [r for x in desk.refreshes for r in x.rows if r.move is RowMove.CHANGED and r.count == 2]
    assert redraws


def test_waiting_work_that_nobody_opened_is_picked_and_tagged_by_its_conversation(desk: Desk) -> None:
    for n in (1, 2):
        work = m.InteractionModel(
            id=f"i{n}", medium="email", state="queued", conversation=f"c{n}", queue="support",
            customer_name=f"Customer {n}",
        )  # fmt: skip
        desk.events(e.InteractionChanged(interaction=work))
    desk.desktop.act("inbox.tab", tab="queue")
    desk.outside.router.clear()
    desk.desktop.act("bulk.all")
    assert all(desk.desktop.inbox_row(n).marks.picked for n in range(2))
    assert desk.desktop.act("choose.open", kind="tag", about="c1,c2") == ""
    panel = desk.desktop.chooser()
    assert panel is not None
    assert panel.sentence == "2 conversations"
    assert desk.desktop.act("conversation.tag", id="c1,c2", value="autumn") == ""
    assert [command.conversation for _, command in asked(desk, "TagConversation")] == ["c1", "c2"]


def test_a_value_that_means_nothing_begins_no_work(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2")
    assert "is no time" in desk.desktop.act("conversation.snooze", value="someday")
    assert "Possible: " in desk.desktop.act("conversation.assign", value="nobody at all")
    assert desk.desktop.act("conversation.prioritise", value="200") == "A priority is a number from 1 to 99."
    assert desk.outside.router == []
    assert len(desk.desktop.workspace.picked) == 2


def test_where_the_queue_asks_for_a_code_it_can_be_chosen_at_once(desk: Desk) -> None:
    in_view(desk)
    pick(desk, "c1", "c2")
    desk.desktop.act("conversation.resolve")
    answer(desk, "ResolveConversation", ok=False, code="no_code", message="This queue needs a code.")
    answer(desk, "ResolveConversation")
    chooser = desk.desktop.chooser()
    assert chooser is not None
    assert (chooser.title, [r.key for r in chooser.rows]) == (
        "Resolve",
        ["solved", "replacement", "refund_full"],
    )
    desk.outside.router.clear()
    desk.desktop.act("choose.run", key="solved")
    assert answer(desk, "ResolveConversation") == i.ResolveConversation(conversation="c1", code="solved")
