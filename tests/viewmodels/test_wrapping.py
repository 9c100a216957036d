"""The wrap-up form: modes, the code that is kept, codes that ask once more, digits, second presses."""

from __future__ import annotations

import msgspec
import pytest

from agent_desktop.viewmodels.customer import _history
from agent_desktop.viewmodels.side import WrapUpView
from agent_desktop.viewmodels.timeline import call_line
from agent_desktop.viewmodels.wrapping import code_label
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, TALK, asked, changed, on_a_call

UNWANTED = m.DispositionInfo(
    code="unwanted", label="Wants no calls", confirm=True, effects=("Nobody calls this customer again",)
)


def mode(desk: Desk, name: str, *rules: m.WrapUpInfo) -> None:
    """Wrap up the support queue like this."""
    replica = desk.runtime.store.replica
    support, *others = replica.centre.queues
    codes = (*support.dispositions, UNWANTED)
    support = msgspec.structs.replace(
        support, wrapup_mode=name, wrapups=rules, dispositions=codes, extend_times=2
    )
    replica.centre = msgspec.structs.replace(replica.centre, queues=(support, *others))


def ended(desk: Desk, *, left_s: float = 48.0, **more: object) -> None:
    deadline = desk.now + left_s if left_s else 0.0
    over = changed(TALK, state="wrap_up", wrapup_at=NOW, wrapup_deadline_at=deadline, **more)
    desk.events(e.InteractionChanged(interaction=over))
    desk.phone(p.PhoneCallChanged(call=p.PhoneCall(id="k1", direction="in", state="ended", interaction="i1")))


def form(desk: Desk) -> WrapUpView:
    desk.desktop.act("inbox.open", id="i1")
    shown = desk.desktop.side().wrapup
    assert shown is not None
    return shown


def finished(desk: Desk) -> list[c.WrapUp]:
    return [one for one in asked(desk) if isinstance(one, c.WrapUp)]


@pytest.mark.parametrize(
    ("name", "left_s", "says", "missing"),
    [
        ("optional", 0, "You can finish with a code or without one.", ""),
        ("mandatory", 0, "It waits for a code.", "Choose how it ended."),
        (
            "mandatory_timed", 48, "It ends with a code, or without one when the time is over.",
            "Choose how it ended.",
        ),
        (
            "mandatory_fixed", 48, "It ends when the time is over. Until then the code can be changed.",
            "Choose how it ended.",
        ),
    ],
)  # fmt: skip
def test_each_mode_says_what_it_asks_for(
    desk: Desk, name: str, left_s: float, says: str, missing: str
) -> None:
    mode(desk, name)
    on_a_call(desk)
    ended(desk, left_s=left_s)
    shown = form(desk)
    assert (shown.says, shown.finish.reason, bool(shown.timer)) == (says, missing, bool(left_s))


def test_a_medium_of_the_queue_and_a_callback_have_their_own_modes(desk: Desk) -> None:
    mode(
        desk, "mandatory", m.WrapUpInfo(medium="voice", mode="optional"),
        m.WrapUpInfo(medium="callback", mode="mandatory_fixed", wrapup_s=90),
    )  # fmt: skip
    on_a_call(desk)
    ended(desk, left_s=0)
    assert form(desk).finish.enabled
    ended(desk, callback_tries=1)
    assert form(desk).finish.label == "Keep this code"


def test_the_form_is_filled_during_the_call_and_nothing_is_lost_when_it_ends(desk: Desk) -> None:
    mode(desk, "mandatory_timed")
    on_a_call(desk)
    shown = form(desk)
    assert shown.says == "You can fill this in now. Nothing is lost when the work ends."
    assert (shown.finish.enabled, shown.extend.enabled, shown.digits) == (False, False, False)
    desk.desktop.act("wrapup.code", code="replacement")
    desk.desktop.act("wrapup.field", field="order", value="48213")
    desk.desktop.act("wrapup.note", text="left today")
    ended(desk)
    assert desk.desktop.act("wrapup.finish") == ""
    assert finished(desk) == [
        c.WrapUp(interaction="i1", code="replacement", note="left today", values=(("order", "48213"),))
    ]


def test_a_code_that_is_kept_until_the_deadline_is_shown_and_can_be_changed(desk: Desk) -> None:
    mode(desk, "mandatory_fixed")
    on_a_call(desk)
    ended(desk)
    desk.desktop.act("wrapup.code", code="solved")
    assert form(desk).finish.label == "Keep this code"
    assert desk.desktop.act("wrapup.finish") == ""
    desk.answer_all()
    ended(desk, disposition="solved", disposition_note="")
    shown = form(desk)
    assert shown.chosen == "Chosen: Solved. It is written in 0:48."
    assert (shown.finish.label, [x.code for x in shown.codes if x.selected]) == (
        "Change the code",
        ["solved"],
    )
    desk.desktop.act("wrapup.code", code="refund_full")
    assert [x.code for x in form(desk).codes if x.selected] == ["refund_full"]


def test_an_empty_form_begins_with_the_code_that_the_router_keeps(desk: Desk) -> None:
    mode(desk, "mandatory_fixed")
    on_a_call(desk)
    ended(desk, disposition="solved", disposition_note="thanked")
    shown = form(desk)
    assert ([x.code for x in shown.codes if x.selected], shown.note) == (["solved"], "thanked")
    assert desk.desktop.act("wrapup.finish") == ""
    assert finished(desk) == [c.WrapUp(interaction="i1", code="solved", note="thanked")]


def test_a_code_that_asks_once_more_says_what_it_does_and_a_double_press_is_no_answer(desk: Desk) -> None:
    mode(desk, "mandatory")
    on_a_call(desk)
    ended(desk, left_s=0)
    desk.desktop.act("wrapup.code", code="unwanted")
    assert form(desk).effects == ("Nobody calls this customer again",)
    question = "Wants no calls: Nobody calls this customer again. Do it once more if you are sure."
    assert desk.desktop.act("wrapup.finish") == question
    assert desk.desktop.act("wrapup.finish") == question
    desk.desktop.pump()
    assert desk.said().count(question) == 1
    assert (form(desk).confirm, form(desk).finish.label) == (question, "Yes, finish")
    assert finished(desk) == []
    desk.now += 1.5
    assert desk.desktop.act("wrapup.finish") == ""
    assert [one.code for one in finished(desk)] == ["unwanted"]


def test_another_code_takes_the_question_back(desk: Desk) -> None:
    mode(desk, "mandatory")
    on_a_call(desk)
    ended(desk, left_s=0)
    desk.desktop.act("wrapup.code", code="unwanted")
    desk.desktop.act("wrapup.finish")
    desk.now += 5
    desk.desktop.act("wrapup.code", code="solved")
    desk.desktop.act("wrapup.code", code="unwanted")
    assert form(desk).confirm == ""
    assert desk.desktop.act("wrapup.finish")


def test_digits_choose_only_after_the_work_and_not_while_another_call_needs_them(desk: Desk) -> None:
    mode(desk, "mandatory")
    on_a_call(desk)
    ended(desk, left_s=0)
    assert not form(desk).digits
    desk.now += 1.2
    assert form(desk).digits
    desk.desktop.act("wrapup.code", key="3")
    assert [x.code for x in form(desk).codes if x.selected] == ["refund_full"]
    desk.events(e.InteractionChanged(interaction=changed(OTHER, agent="a7")))
    assert not form(desk).digits
    desk.desktop.act("wrapup.code", key="1")
    assert [x.code for x in form(desk).codes if x.selected] == ["refund_full"]


def test_a_second_press_does_not_finish_the_next_form(desk: Desk) -> None:
    mode(desk, "mandatory")
    on_a_call(desk)
    ended(desk, left_s=0)
    other = changed(TALK, id="i2", call=None, customer_name="Lena Brandt", state="wrap_up", wrapup_at=NOW)
    desk.events(e.InteractionChanged(interaction=other))
    for key in ("i2", "i1"):
        desk.desktop.act("inbox.open", id=key)
        desk.desktop.act("wrapup.code", code="solved")
    assert desk.desktop.act("wrapup.finish") == ""
    desk.desktop.act("inbox.open", id="i2")
    said = desk.desktop.act("wrapup.finish")
    assert said == "The form before was finished just now. Press again to finish Lena Brandt."
    desk.now += 1.1
    assert desk.desktop.act("wrapup.finish") == ""
    assert [one.interaction for one in finished(desk)] == ["i1", "i2"]


def test_more_time_says_how_often_it_can_still_be_pressed(desk: Desk) -> None:
    mode(desk, "mandatory_timed")
    on_a_call(desk)
    ended(desk)
    assert form(desk).extend.label == "More time (2 left)"
    assert form(desk).timer_spoken == "48 seconds of wrap-up left"
    ended(desk, wrapup_extensions=2)
    assert form(desk).extend.reason == "It was lengthened 2 times already."


def test_codes_of_the_system_are_told_in_words(desk: Desk) -> None:
    infos = desk.runtime.store.queue("support").dispositions
    assert [code_label(infos, code) for code in ("solved", "timeout", "left", "forced", "none", "gone")] == [
        "Solved", "Time was over", "The agent left", "Ended by a supervisor", "No code", "gone",
    ]  # fmt: skip


def test_a_queue_without_a_wrap_up_promises_none(desk: Desk) -> None:
    mode(desk, "none")
    on_a_call(desk)
    assert form(desk).says == "This queue has no wrap-up: it is over when the work ends."


def test_the_history_and_the_timeline_tell_how_it_ended_in_words(desk: Desk) -> None:
    """A code of another queue too, and one that stood in for words that there were not."""
    mode(desk, "optional")
    rows = {
        "solved": _history(desk.desktop.situation(), line("solved", "Where is my lamp?"), None).text,
        "unwanted": _history(desk.desktop.situation(), line("unwanted", "unwanted"), None).text,
        "voicemail": _history(desk.desktop.situation(), line("voicemail", ""), None).text,
    }
    assert rows["solved"].endswith("Where is my lamp? · Solved")
    assert rows["unwanted"].endswith("Wants no calls")
    assert "unwanted" not in rows["unwanted"]
    assert rows["voicemail"].endswith("Left a message")
    call = changed(TALK, state="closed", queue="billing", disposition="unwanted")
    assert "Wants no calls" in call_line(desk.desktop.situation(), call).text


def line(code: str, summary: str) -> m.HistoryModel:
    return m.HistoryModel(interaction="i0", medium="voice", at=NOW, summary=summary, disposition=code)
