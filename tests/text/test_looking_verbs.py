"""The verbs of what only panels had: articles, notices, the filter, older lines; and the numbers of lists."""

from __future__ import annotations

import json
from typing import Any

from agent_desktop.text import panels
from agent_desktop.viewmodels.parts import Field, Tone
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import inbox as i
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.calls import TargetModel
from tests.client.talks import NOW, OTHER, TALK, as_supervisor, asked, changed, on_a_call, told_phone
from tests.text.terminal import Terminal
from tests.viewmodels.lists import answer, with_views

ARTICLE = m.ArticleModel(id="k1", title="Broken lamps", summary="Send a new one.", body="Step 1.\nStep 2.")


def message(number: int, **more: Any) -> m.MessageModel:
    return m.MessageModel(
        id=f"m{number}", conversation="v1", medium="email", direction="in", at=NOW - 1000 + number,
        text=f"Line {number}", author_name="Amina Yusuf", **more,
    )  # fmt: skip


def test_articles_are_found_read_and_put_into_the_draft(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.type("open i1")
    assert plain.type("knowledge broken lamp") == []
    answer(plain.desk, "SuggestArticles", e.Result(articles=(ARTICLE,)))
    assert plain.lines() == ["Found for: broken lamp", "1. Broken lamps. Send a new one."]
    assert plain.type("knowledge 1") == ["Broken lamps", "Step 1.", "Step 2."]
    plain.type("knowledge insert 1")
    kept = plain.desk.desktop.drafts.get(plain.desk.desktop.key("v1", "note"))  # a call has notes alone
    assert kept.text == "Send a new one."
    assert plain.type("knowledge insert 7")[-1].startswith("knowledge: not done. There is no article 7.")


def test_articles_are_objects_for_a_program(program: Terminal) -> None:
    on_a_call(program.desk)
    program.type("open i1")
    program.type("knowledge lamp")
    answer(program.desk, "SuggestArticles", e.Result(articles=(ARTICLE,)))
    first, last = (json.loads(line) for line in program.lines())
    assert (first["type"], first["number"], first["article"]) == ("article", 1, "k1")
    assert last == {"type": "ok", "verb": "knowledge", "message": ""}


def test_notices_are_listed_and_taken_away(plain: Terminal) -> None:
    assert plain.type("notices") == ["There is nothing to notice."]
    plain.desk.desktop.notice("one", "The first.")
    plain.desk.desktop.notice("two", "The second.", Tone.DANGER, dismissable=False)
    assert plain.type("notices") == ["1. The first.", "2. The second."]
    assert plain.type("dismiss 2") == ["dismiss: not done. This notice goes when its cause is gone."]
    assert plain.type("dismiss 1") == ["dismiss: done"]
    assert plain.type("dismiss") == ["dismiss: not done. There is no such notice. Say notices for the list."]


def test_the_filter_is_said_changed_and_cleared(plain: Terminal) -> None:
    with_views(plain.desk)
    first, second, *_more = plain.type("filter")
    assert first.startswith("Filter. ")
    assert second == "1. Words (text):"
    plain.type("filter states snoozed")
    assert plain.desk.desktop.asked_for().states == ("snoozed",)
    plain.type("filter 3 email")
    assert plain.desk.desktop.asked_for().media == ("email",)
    plain.type("filter unread off")
    assert not plain.desk.desktop.asked_for().unread
    assert plain.type("filter states happy")[-1] == (
        "filter: not done. There is no happy. Possible: Any state, Open, Snoozed, Resolved."
    )
    assert "There is no field colour of the filter. Possible: " in plain.type("filter colour red")[-1]
    plain.type("filter clear")
    assert plain.desk.desktop.asked_for().media == ()


def test_older_says_what_the_page_brought(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.desk.events(e.MessageChanged(message=message(5)))
    plain.type("open i1")
    plain.desk.answer_all()
    plain.lines()
    plain.type("older")
    page = tuple(e.TimelineItem(message=message(n)) for n in (1, 2))
    answer(plain.desk, "FetchTimeline", e.Result(timeline=page))
    lines = plain.lines()
    assert [line.rpartition(": ")[2] for line in lines if "Line" in line] == ["Line 1", "Line 2"]


def test_why_a_message_stands_here_is_said(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.desk.events(e.ConversationChanged(conversation=m.ConversationModel(id="v1", medium="email")))
    plain.desk.events(e.MessageChanged(message=message(1, threading_reason="It answers your mail.")))
    plain.type("open i1")
    assert plain.type("whyhere") == ["It answers your mail."]
    assert plain.type("whyhere 9")[-1] == "whyhere: not done. There is no message 9 here. 1 is the newest."


def test_a_found_customer_is_linked_by_number(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.type("find kind:customer lena")
    hit = e.SearchHit(kind="customer", id="c9", title="Lena Brandt")
    plain.desk.answer_all(result=e.Result(hits=(hit,)))
    assert plain.lines() == ["1. Lena Brandt"]
    plain.type("link 1")
    assert c.LinkCustomer(interaction="i1", customer="c9") in asked(plain.desk)


def test_the_numbers_of_the_board_stand_for_agents_and_work(plain: Terminal) -> None:
    as_supervisor(plain.desk)
    plain.type("agents")
    plain.desk.answer_all()
    lines = plain.lines()
    number = next(line.partition(".")[0] for line in lines if "Sara" in line)
    plain.type(f"setstate {number} notready break")
    assert next(x for x in asked(plain.desk) if isinstance(x, c.SetAgentState)).agent == "a8"
    plain.type("calls")
    plain.desk.answer_all()
    plain.lines()
    plain.type("why 1")
    assert c.ExplainInteraction(interaction=OTHER.id) in asked(plain.desk)


def test_queues_of_the_board_are_lines(plain: Terminal) -> None:
    as_supervisor(plain.desk)
    plain.type("queues")
    plain.desk.answer_all()
    assert plain.lines()[0].startswith("1. ")


def test_a_target_is_taken_by_its_number_and_a_longer_number_is_dialled(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.type("targets")
    found = (TargetModel(kind="queue", id="billing", name="Billing", ready=1, blind=True, consult=True),)
    plain.desk.answer_all(result=e.Result(targets=found))
    plain.lines()
    plain.type("transfer 1")
    assert c.TransferInteraction(interaction="i1", target="billing") in asked(plain.desk)
    plain.desk.runtime.store.asked.clear()
    plain.type("consult 0301234")
    assert c.Consult(interaction="i1", target="0301234") in asked(plain.desk)


def test_the_numbers_of_who_and_of_drafts_open_what_they_name(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.desk.events(e.InteractionChanged(interaction=OTHER))
    assert plain.type("who")[0].startswith("1. Amina Yusuf")
    plain.type("open 1")
    assert plain.desk.desktop.workspace.selected == "i1"
    plain.desk.drafts.put(plain.desk.desktop.key("v1", "reply"), "It leaves today.", message="")
    assert plain.type("drafts")[0].startswith("1. ")
    plain.type("open 1")
    assert plain.desk.desktop.situation().looked_at is not None


def test_reasons_views_and_queues_are_numbers_too(plain: Terminal) -> None:
    with_views(plain.desk)
    plain.type("notready 2")
    assert next(x for x in asked(plain.desk) if isinstance(x, c.SetNotReady)).reason == "lunch"
    plain.type("renameview 1 Waiting mail")
    assert next(x for x in asked(plain.desk) if isinstance(x, i.SaveView)).view.label == "Waiting mail"
    plain.type("dial 03012 for 2")
    assert c.DialNumber(number="03012", queue="billing") in asked(plain.desk)
    assert plain.type("dial 03012 for nowhere")[-1].startswith("dial: not done. There is no queue nowhere.")


def test_a_device_is_added_and_moved(plain: Terminal) -> None:
    devices = tuple(p.DeviceInfo(name=name, speaker=True) for name in ("Desk", "Headset"))
    plain.desk.phone(p.DevicesChanged(devices=devices, speakers=("Desk",)))
    plain.type("use speaker headset add")
    assert told_phone(plain.desk)[-1].speakers == ("Desk", "Headset")
    plain.desk.phone(p.DevicesChanged(devices=devices, speakers=("Desk", "Headset")))
    plain.type("use speaker 2 up")
    assert told_phone(plain.desk)[-1].speakers == ("Headset", "Desk")


def test_a_name_goes_before_a_number(plain: Terminal) -> None:
    """An agent's extension is never taken for the number of a line."""
    as_supervisor(plain.desk)
    plain.session.numbers.agents = ("a7", "a8")
    plain.type("setstate 6002 ready")
    assert next(x for x in asked(plain.desk) if isinstance(x, c.SetAgentState)).agent == "a8"


def test_a_field_is_one_line_of_its_name_the_word_for_it_and_what_it_holds() -> None:
    order = Field("order", "Order number", required=True)
    assert panels.field_line(order) == "Order number (order, required): empty"
    assert panels.field_line(Field("order", "Order", value="48213")) == "Order: 48213"
    why = Field("why", "Reason", "choice", "late", choices=("late", "lost"), error="Reason is needed.")
    assert panels.field_line(why) == "Reason (why): late. one of: late, lost. Reason is needed."


def test_the_views_that_are_listed_leave_nothing_open_for_the_next_verb(plain: Terminal) -> None:
    with_views(plain.desk)
    plain.type("views")
    assert plain.type("customer") == ["No customer: nothing is open."]


def test_a_line_of_the_list_has_no_mark_twice(plain: Terminal) -> None:
    on_a_call(plain.desk, changed(TALK, last_line="Is it back?"))
    assert "Is it back? Support" in plain.type("inbox mine")[-1]


def test_what_means_nothing_in_a_call_is_said(plain: Terminal) -> None:
    on_a_call(plain.desk)
    shown = plain.type("open i1")
    assert len(shown) == len(set(shown))  # what is written and to whom is one line where it is the same
    no_copy = "copy: not done. Nobody can get a copy of what is written here."
    assert plain.type("copy a@example.com") == [no_copy]
    assert plain.type("whyhere") == ["whyhere: not done. There is no message here."]


def test_oneself_is_no_agent_to_listen_to(plain: Terminal) -> None:
    as_supervisor(plain.desk)
    assert plain.type("listen mateo ruiz") == ["listen: not done. That is you: name another agent."]


def test_a_draft_of_a_conversation_that_is_gone_has_no_id_for_a_name(plain: Terminal) -> None:
    plain.desk.drafts.put(plain.desk.desktop.key("v-gone", "reply"), "Hello", message="m1")
    assert plain.type("drafts") == ["1. Not in view now, reply, 10:00: Hello"]
