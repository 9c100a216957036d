"""Routing in lines: why, my state with its timers, and what a supervisor changes by verb."""

from __future__ import annotations

import json

from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.routing import ConsideredModel, ExplanationModel
from tests.client.talks import NOW, OTHER, TALK, as_supervisor, asked, changed, on_a_call
from tests.text.terminal import Terminal

WAITS = m.InteractionModel(
    id="i6", medium="email", state="queued", queue="support", customer_name="Bo", queued_at=NOW - 60
)
OFFER = m.OfferModel(
    id="o6", interaction="i6", agent="a7", medium="email", queue="support", customer_name="Bo",
    queued_at=NOW - 60, offered_at=NOW, expires_at=NOW + 20,
    reasons=("German ≥ 3: you have 4", "Longest idle of 3 free agents: 4:12", "Waited 1:00 in Support"),
)  # fmt: skip
GOT = ExplanationModel(
    interaction="i6", waiting=7, free=3, rule="german at 3 or more", selection="longest idle",
    score="idle 4:12", decided_at=NOW, waited_s=60, lines=OFFER.reasons,
    considered=(ConsideredModel(id="a7", name="Mateo Ruiz", score="idle 4:12", why="asked"),
                ConsideredModel(id="", name="An agent", score="idle 0:08", why="idle for less time")),
)  # fmt: skip


def test_an_offer_prints_its_reasons(plain: Terminal) -> None:
    plain.desk.events(e.OfferMade(offer=OFFER))
    said = plain.lines()[0]
    assert said.startswith("Email from Bo, Support, waited 1 minute")
    first, *more = OFFER.reasons
    assert said.count(first) == 1
    assert said.endswith(f"Why you: {'; '.join(more)}.")


def test_why_is_one_line_a_step(plain: Terminal) -> None:
    plain.desk.events(e.OfferMade(offer=OFFER))
    plain.type("why")
    assert asked(plain.desk) == [c.ExplainInteraction(interaction="i6")]
    plain.type("why")
    plain.desk.answer_all(result=e.Result(lines=GOT.lines, explanation=GOT))
    lines = plain.lines()
    assert lines[:5] == [
        "Why did I get this? · Bo · Support",
        "Longest idle of 3 free agents",
        "Waiting work: 7 waiting · Support",
        "Candidates: 3 free agents",
        "Rule step: German at 3 or more",
    ]
    assert lines[5:8] == ["Chosen by: Longest idle", "Score: Idle 4:12", "Tie-break: None was needed"]
    assert lines[-2:] == ["Mateo Ruiz (you): Chosen, idle 4:12", "An agent: idle 0:08, idle for less time"]
    assert plain.desk.desktop.explanation() is None  # nothing stays open in lines


def test_why_is_an_object_with_the_lines_and_what_they_are_made_of(program: Terminal) -> None:
    program.desk.events(e.InteractionChanged(interaction=WAITS))
    program.type("why i6")
    nobody = changed(GOT, nobody=True, free=0, considered=(), lines=("Waits in Support", "Nobody serves it."))
    program.desk.answer_all(result=e.Result(lines=nobody.lines, explanation=nobody))
    why, ok = (json.loads(line) for line in program.lines())
    assert (ok["type"], ok["verb"]) == ("ok", "why")
    assert (why["type"], why["interaction"], why["nobody"], why["waiting"]) == ("why", "i6", True, 7)
    assert why["lines"][0] == why["sentence"] == "Nobody serves it."


def test_a_second_question_does_not_lose_the_first(program: Terminal) -> None:
    program.desk.events(e.InteractionChanged(interaction=WAITS))
    program.type("why i6")
    program.type("why i6")
    program.desk.answer_all(result=e.Result(lines=("Waits in Support",)))
    told = [json.loads(line) for line in program.lines()]
    assert [one["type"] for one in told] == ["why", "ok", "why", "ok"]
    assert all(one["lines"] == ["Waits in Support"] for one in told if one["type"] == "why")


def test_status_says_state_work_next_state_and_every_timer(plain: Terminal) -> None:
    on_a_call(plain.desk)
    plain.desk.events(e.InteractionChanged(interaction=changed(
        TALK, id="i2", customer_name="Bo", state="wrap_up", wrapup_at=NOW - 12, wrapup_deadline_at=NOW + 48,
    )))  # fmt: skip
    me = changed(plain.desk.truth.me, state="ready", reason="", since_at=NOW - 2467, activity="busy",
                 activity_since_at=NOW - 100, next_state="not_ready", next_reason="break")  # fmt: skip
    plain.desk.events(e.AgentChanged(agent=me))
    said = plain.lines()
    assert said[-1] == "State: On a call (Ready), Break next"
    assert plain.type("status")[:4] == [
        "State: On a call (Ready), Break next, 01:40",
        "State below it: Ready 41:07",
        "Next: Break next (stay takes it back)",
        "wrap-up of Bo, 48 seconds left",
    ]
    plain.type("stay")
    assert asked(plain.desk) == [c.SetReady()]


def test_a_state_that_the_system_set_says_what_to_do(plain: Terminal) -> None:
    me = changed(plain.desk.truth.me, state="not_ready", reason="not_responding", since_at=NOW)
    plain.desk.events(e.AgentChanged(agent=me))
    said = "State: Not ready, Not responding. You missed an offer. Choose Ready when you are back."
    assert plain.lines() == [said]
    assert plain.type("status")[0] == said


def test_the_state_line_of_a_program_keeps_its_fields(program: Terminal) -> None:
    me = changed(program.desk.truth.me, state="ready", reason="", activity="busy", activity_since_at=NOW,
                 next_state="not_ready", next_reason="lunch")  # fmt: skip
    program.desk.events(e.AgentChanged(agent=me))
    record = json.loads(program.lines()[-1])
    assert (record["type"], record["state"], record["reason"], record["next"]) == (
        "state",
        "ready",
        "",
        "lunch",
    )
    assert (record["activity"], record["activity_since_at"]) == ("busy", NOW)


def test_a_supervisor_changes_by_verb(plain: Terminal) -> None:
    desk = plain.desk
    as_supervisor(desk)
    stuck = changed(OTHER, id="i4", state="wrap_up", call=None)
    desk.events(e.InteractionChanged(interaction=WAITS), e.InteractionChanged(interaction=stuck))
    asked(desk)
    for line, sent in (
        ("setstate sara ready", c.SetAgentState(agent="a8", state="ready")),
        ("setstate sara notready lunch", c.SetAgentState(agent="a8", state="not_ready", reason="lunch")),
        ("setstate sara break", c.SetAgentState(agent="a8", state="not_ready", reason="break")),
        ("setstate 6002 signout", c.SetAgentState(agent="a8", state="logged_out")),
        ("forcewrapup i4 solved left the desk",
         c.ForceWrapUp(interaction="i4", code="solved", reason="left the desk")),
        ("forcewrapup sara 2", c.ForceWrapUp(interaction="i4", code="replacement")),
        ("prioritise i6 80", c.MoveInQueue(interaction="i6", priority=80)),
        ("prioritise i6 80 5 called twice",
         c.MoveInQueue(interaction="i6", priority=80, older_s=300.0, reason="called twice")),
        ("prioritise i6 80 promised", c.MoveInQueue(interaction="i6", priority=80, reason="promised")),
    ):  # fmt: skip
        plain.type(line)
        assert asked(desk) == [sent]
    plain.type("setstate sara ready")
    desk.answer_all(ok=False, message="Sara is in another team.")
    assert plain.lines()[-1] == "setstate: not done. Sara is in another team."
    assert plain.type("prioritise i6") == [
        "prioritise: not done. A priority is a number from 1 to 99; 99 is served first."
    ]
    assert plain.type("setstate")[0].startswith("setstate: not done. setstate needs more: setstate AGENT")
