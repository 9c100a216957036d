"""What a supervisor changes: an agent's state, a stuck wrap-up, the place of who waits."""

from __future__ import annotations

import pytest

from agent_desktop.viewmodels.leading import LeadView
from agent_desktop.viewmodels.parts import Tone
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, as_supervisor, asked, changed

WAITS = m.InteractionModel(
    id="i6", medium="voice", state="queued", queue="billing", customer_name="Bo", queued_at=NOW - 90
)
STUCK = changed(OTHER, id="i4", state="wrap_up", customer_name="Lena Brandt", wrapup_at=NOW - 724, call=None)


@pytest.fixture
def lead(desk: Desk) -> Desk:
    as_supervisor(desk)
    desk.events(e.InteractionChanged(interaction=WAITS), e.InteractionChanged(interaction=STUCK))
    asked(desk)
    return desk


def form(desk: Desk, kind: str, **about: str) -> LeadView:
    assert desk.desktop.act("lead.open", kind=kind, **about) == ""
    view = desk.desktop.lead()
    assert view is not None
    return view


def filled(desk: Desk, **values: str) -> LeadView:
    for name, value in values.items():
        desk.desktop.act("lead.field", field=name, value=value)
    view = desk.desktop.lead()
    assert view is not None
    return view


def test_an_agents_line_has_its_acts(lead: Desk) -> None:
    sara = next(a for a in lead.desktop.supervisor().agents if a.id == "a8")
    assert [(b.action, b.label) for b in sara.buttons[3:]] == [
        ("lead.open", "Finish wrap-up…"), ("lead.open", "State…"),
    ]  # fmt: skip
    assert all(b.enabled for b in sara.buttons[3:])
    me = next((a for a in lead.desktop.supervisor().agents if a.id == "a7"), None)
    assert me is None or not [b for b in me.buttons if b.action == "lead.open"]


def test_the_form_of_a_state_says_what_will_happen_before_it_is_sent(lead: Desk) -> None:
    view = form(lead, "state", agent="a8")
    assert (view.title, view.sentence) == (
        "Set the state of Sara Lindqvist",
        "Sara Lindqvist is now: On a call.",
    )
    assert view.confirm.reason == "Choose a state."
    assert view.fields[0].choices == ("Ready", "Break", "Lunch", "Not ready, set by a supervisor", "Sign out")
    view = filled(lead, state="Lunch")
    assert view.sentence == "Sara Lindqvist is at work (On a call): it becomes the next state."
    assert lead.desktop.act("lead.confirm") == ""
    assert asked(lead) == [c.SetAgentState(agent="a8", state="not_ready", reason="lunch")]
    assert lead.desktop.lead() is None


def test_ready_does_not_wait_for_written_work_and_the_form_says_so(lead: Desk) -> None:
    chen = m.AgentModel(id="a9", name="Chen Wei", state="not_ready", reason="lunch", activity="busy")
    lead.events(e.AgentChanged(agent=chen))
    form(lead, "state", agent="a9")
    said = "Chen Wei is at work (Working): ready at once if it is only written work, else after it."
    assert filled(lead, state="Ready").sentence == said
    assert filled(lead, state="Break").sentence == "Chen Wei is at work (Working): it becomes the next state."


def test_signing_somebody_out_stands_out(lead: Desk) -> None:
    form(lead, "state", agent="a8")
    view = filled(lead, state="Sign out")
    assert view.confirm.tone is Tone.DANGER
    assert "goes back to its queue" in view.sentence
    lead.desktop.act("lead.confirm")
    assert asked(lead) == [c.SetAgentState(agent="a8", state="logged_out")]


def test_an_idle_agent_is_told_who_did_it(lead: Desk) -> None:
    lead.events(e.AgentChanged(agent=m.AgentModel(id="a9", name="Chen Wei", state="ready", activity="idle")))
    form(lead, "state", agent="a9")
    assert filled(lead, state="Ready").sentence == "Chen Wei is told that a supervisor did it."


def test_a_stuck_wrap_up_is_finished_with_a_code_and_a_reason(lead: Desk) -> None:
    view = form(lead, "wrap_up", id="i4")
    assert view.title == "Finish the wrap-up of Lena Brandt"
    assert view.sentence.startswith("Sara Lindqvist has been in it for 12 minutes 4 seconds.")
    assert view.confirm.reason == "Fill in first: Code, Why."
    assert view.fields[0].choices == ("Solved", "Replacement sent", "Full refund")
    filled(lead, code="Full refund", reason="Left the desk")
    lead.desktop.act("lead.confirm")
    assert asked(lead) == [c.ForceWrapUp(interaction="i4", code="refund_full", reason="Left the desk")]
    form(lead, "wrap_up", id="i4")
    lead.events(e.InteractionChanged(interaction=changed(STUCK, state="closed")))
    assert lead.desktop.lead() is None  # it has ended meanwhile


def test_who_waits_is_moved_without_touching_the_true_wait(lead: Desk) -> None:
    row = lead.desktop.supervisor().waiting[0]
    assert [(b.action, b.label) for b in row.buttons] == [("why", "Why nobody?"), ("lead.open", "Move…")]
    view = form(lead, "place", id="i6")
    assert view.sentence == "Waits in Billing for 1 minute 30 seconds. Reports go on showing the true wait."
    assert [(f.id, f.value) for f in view.fields] == [("priority", "50"), ("older", ""), ("reason", "")]
    filled(lead, priority="200")
    assert lead.desktop.act("lead.confirm") == "A priority is a number from 1 to 99; 99 is served first."
    assert lead.desktop.lead() is not None
    filled(lead, priority="80", older="x")
    assert lead.desktop.act("lead.confirm") == "Say in minutes how much older it counts."
    filled(lead, older="5", reason="Called twice")
    assert lead.desktop.act("lead.confirm") == ""
    assert asked(lead) == [c.MoveInQueue(interaction="i6", priority=80, older_s=300.0, reason="Called twice")]
    lead.events(e.InteractionChanged(interaction=changed(WAITS, priority=80)))
    moved = lead.desktop.supervisor().waiting[0]
    assert moved.priority == "priority 80"
    assert "priority 80" in moved.spoken


def test_who_is_served_first_stands_first(lead: Desk) -> None:
    later = changed(WAITS, id="i9", customer_name="Kim", queued_at=NOW - 5, priority=90)
    lead.events(e.InteractionChanged(interaction=later))
    assert [w.customer for w in lead.desktop.supervisor().waiting] == ["Kim", "Bo"]


def test_what_was_done_is_said_when_the_router_has_confirmed_it(lead: Desk) -> None:
    act = lead.desktop.act
    assert act("lead.state", agent="sara", state="ready") == ""
    assert act("lead.wrapup", id="i4", code="solved", reason="stuck") == ""
    assert act("lead.move", id="i6", priority="80") == ""
    lead.answer_all()
    assert lead.said()[-3:] == [
        "Done: the state of Sara Lindqvist is set.",
        "Done: the wrap-up is finished.",
        "Done: priority 80 now.",
    ]


def test_a_refusal_of_the_router_is_a_notice(lead: Desk) -> None:
    lead.desktop.act("lead.state", agent="sara", state="ready")
    lead.answer_all(ok=False, message="Sara is in another team.")
    assert lead.desktop.notices()[-1].text == "Sara is in another team."


def test_an_agent_may_none_of_it(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS))
    act = desk.desktop.act
    for action, about in (
        ("lead.state", {"agent": "sara", "state": "ready"}),
        ("lead.wrapup", {"id": "i6"}),
        ("lead.move", {"id": "i6", "priority": "80"}),
        ("lead.open", {"kind": "state", "agent": "a8"}),
    ):
        assert act(action, **about) == "This is for supervisors."


def test_what_cannot_be_changed_says_why(lead: Desk) -> None:
    act = lead.desktop.act
    assert act("lead.state") == "Say whose state: name the agent."
    assert act("lead.state", agent="sara", state="sleepy").startswith("There is no state sleepy.")
    assert act("lead.state", agent="sara", state="x", reason="y").startswith("There is no state x.")
    assert act("lead.wrapup", id="i6") == "It is not in wrap-up."
    assert act("lead.wrapup", id="nobody").startswith("There is nothing called nobody")
    assert act("lead.move", id="i4", priority="80") == "It does not wait in a queue now."
    assert act("lead.open", kind="nonsense") == "There is no such form."
    lead.events(e.AgentChanged(agent=m.AgentModel(id="a9", name="Chen Wei", state="logged_out")))
    assert act("lead.state", agent="chen", state="ready") == "Chen Wei is signed out."
    assert act("lead.wrapup", id="chen") == "Chen Wei is in no wrap-up now."
    assert act("lead.confirm") == ""  # no form is open
    assert asked(lead) == []


def test_an_agents_wrap_up_is_its_own_state_on_the_board(lead: Desk) -> None:
    sara = m.AgentModel(id="a8", name="Sara Lindqvist", state="ready", activity="wrap_up", phone=True,
                        activity_since_at=NOW - 724, next_state="not_ready", next_reason="break")  # fmt: skip
    lead.events(e.InteractionRemoved(interaction="i5"), e.AgentChanged(agent=sara))
    view = lead.desktop.supervisor()
    row = next(a for a in view.agents if a.id == "a8")
    assert (row.state.text, row.timer, row.work, row.after) == (
        "Wrap-up", "12:04", "Lena Brandt · Support", "Break next",
    )  # fmt: skip
    assert view.queues[0].wrap_up == "1"
    assert "1 in wrap-up" in view.queues[0].spoken
    assert next(f.detail for f in view.figures if f.label == "Ready").endswith("1 in wrap-up")


def test_the_forms_close_each_other(lead: Desk) -> None:
    form(lead, "state", agent="a8")
    lead.desktop.act("why", id="i6")
    assert lead.desktop.lead() is None
    assert lead.desktop.explanation() is not None
    form(lead, "place", id="i6")
    assert lead.desktop.explanation() is None
    lead.desktop.act("lead.close")
    assert lead.desktop.lead() is None
