"""Why did I get this, and why is nobody taking this: the router's decision in words."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from agent_desktop.client.runtime import LinkReported
from agent_desktop.links.connection import Connection
from agent_desktop.viewmodels.explaining import ExplanationView, considered_of, headline, steps_of
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire.routing import ConsideredModel, ExplanationModel
from tests.client.desks import Desk
from tests.client.talks import NOW, OTHER, as_supervisor, asked, changed

WAITS = m.InteractionModel(
    id="i6", medium="email", state="queued", queue="support", customer_name="Bo", queued_at=NOW - 60
)
OFFER = m.OfferModel(
    id="o6", interaction="i6", agent="a7", medium="email", queue="support", customer_name="Bo",
    queued_at=NOW - 60, offered_at=NOW, expires_at=NOW + 20,
    reasons=("You were the only free agent", "Waited 1:00"),
)  # fmt: skip
GOT = ExplanationModel(
    interaction="i6", waiting=7, free=3, rule="anybody in the queue", selection="best skilled",
    score="proficiency 4, idle 4:12", tie_break="longest idle", decided_at=NOW, waited_s=60,
    considered=(
        ConsideredModel(id="a7", name="Mateo Ruiz", score="idle 4:12", why="asked"),
        ConsideredModel(id="", name="An agent", score="idle 0:08", why="idle for less time"),
    ),
    lines=("Longest idle of 3 free agents: 4:12", "Waited 1:00 in Support"),
)  # fmt: skip
NOBODY = ExplanationModel(
    interaction="i6", nobody=True, waiting=2, rule="French at 2 or more", decided_at=NOW, waited_s=60,
    considered=(
        ConsideredModel(id="a8", name="Sara Lindqvist", score="not ready"),
        ConsideredModel(id="a9", name="Chen Wei", score="French below 2"),
    ),
    lines=("Waits in Support", "French at 2 or more", "1 on a call; step 2 opens in 0:20",
           "Sara Lindqvist: not ready", "Chen Wei: French below 2"),
)  # fmt: skip


def opened(desk: Desk) -> ExplanationView:
    view = desk.desktop.explanation()
    assert view is not None
    return view


def told(desk: Desk, model: ExplanationModel | None, lines: tuple[str, ...] = ()) -> ExplanationView:
    desk.answer_all(
        result=e.Result(lines=lines or (model.lines if model is not None else ()), explanation=model)
    )
    return opened(desk)


def got(**fields: Any) -> ExplanationModel:
    made: ExplanationModel = changed(GOT, **fields)
    return made


def test_one_key_asks_about_what_rings_and_shows_its_reasons_until_the_answer_is_there(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS), e.OfferMade(offer=OFFER))
    asked(desk)
    assert desk.desktop.act("why") == ""
    assert asked(desk) == [c.ExplainInteraction(interaction="i6")]
    view = opened(desk)
    assert view.lines == ("You were the only free agent", "Waited 1:00")
    assert view.note == "Asking the server…"


def test_the_offers_card_has_the_question(desk: Desk) -> None:
    desk.events(e.OfferMade(offer=OFFER))
    why = desk.desktop.offers()[0].why
    assert why is not None
    assert (why.label, why.action, why.args) == ("Why me?", "why", (("id", "o6"),))
    assert desk.desktop.act(why.action, **dict(why.args)) == ""
    assert opened(desk).subject == "Bo · Support"


def test_the_answer_is_a_sentence_then_the_steps_then_who_was_looked_at(desk: Desk) -> None:
    desk.events(e.OfferMade(offer=OFFER))
    desk.desktop.act("why")
    view = told(desk, GOT)
    assert view.title == "Why did I get this?"
    assert view.sentence == "Longest idle of 3 free agents"
    assert [(s.label, s.value) for s in view.steps][:6] == [
        ("Waiting work", "7 waiting · Support"),
        ("Candidates", "3 free agents"),
        ("Rule step", "Anybody in the queue"),
        ("Chosen by", "Best skilled"),
        ("Score", "Proficiency 4, idle 4:12"),
        ("Tie-break", "Longest idle"),
    ]
    assert view.steps[6].value.endswith("after 1 minute of waiting")
    assert [(r.name, r.mark, r.why) for r in view.considered] == [
        ("Mateo Ruiz (you)", "Chosen", ""), ("An agent", "", "idle for less time"),
    ]  # fmt: skip
    assert view.lines[-1] == "An agent: idle 0:08, idle for less time"
    assert desk.said()[-1] == view.spoken
    assert view.spoken.startswith("Why did I get this. Bo · Support. Longest idle of 3 free agents.")


def test_the_clock_is_the_routers(desk: Desk) -> None:
    clock = steps_of(GOT, "Support", UTC)[-1]
    assert clock.text == "Clock: 10:00:00, after 1 minute of waiting"


ONE = (ConsideredModel(id="i6"),)
NO_SKILLS = "Nobody serves this queue with the skills asked for."
ONLY_ONE = "The only agent of this queue cannot take it now"


@pytest.mark.parametrize(
    ("model", "mine", "sentence"),
    [
        (got(tie_break=""), True, "Best skilled of 3 free agents"),
        (got(free=1), True, "You were the only free agent"),
        (got(free=1), False, "The only free agent"),
        (got(selection="last served by this agent"), True, "Last served by you"),
        (got(selection="transferred to this agent"), False, "Transferred to this agent"),
        (got(considered=ONE), True, "First of 7 waiting when you came free"),
        (got(considered=ONE), False, "First of 7 waiting when the agent came free"),
        (got(considered=ONE, waiting=1), True, "You came free while it waited"),
        (got(considered=ONE, waiting=1), False, "The agent came free while it waited"),
        (got(free=0), True, "Longest idle of 3 free agents: 4:12"),
        (got(free=0, lines=()), True, "Best skilled"),
        (got(free=0, lines=(), selection="", rule=""), True, "Waited in Support"),
        (NOBODY, True, "None of 2 agents can take it now"),
        (changed(NOBODY, free=1), True, "1 agent is free and is asked next"),
        (changed(NOBODY, considered=NOBODY.considered[:1]), True, ONLY_ONE),
        (changed(NOBODY, considered=NOBODY.considered * 6), True, "Nobody can take it now"),
        (changed(NOBODY, considered=(), lines=("Waits", "Nobody.")), True, "Nobody."),
        (changed(NOBODY, considered=(), lines=()), True, NO_SKILLS),
    ],
)  # fmt: skip
def test_the_decision_in_one_sentence(model: ExplanationModel, mine: bool, sentence: str) -> None:
    assert headline(model, "Support", mine=mine) == sentence


def test_who_waits_says_why_nobody_and_what_can_be_done(desk: Desk) -> None:
    as_supervisor(desk)
    desk.events(e.InteractionChanged(interaction=WAITS))
    desk.desktop.act("inbox.open", id="i6")
    why = next(b for b in desk.desktop.conversation().buttons if b.action == "why")
    assert why.label == "Why is nobody taking this?"
    desk.desktop.act("why", id="i6")
    view = told(desk, NOBODY)
    assert view.title == "Why is nobody taking this?"
    assert [s.text for s in view.steps][:3] == [
        "Waiting work: 2 waiting · Support",
        "Candidates: 0 free agents · 1 on a call; step 2 opens in 0:20",
        "Rule step: French at 2 or more",
    ]
    assert [r.text for r in view.considered] == ["Sara Lindqvist: Not ready", "Chen Wei: French below 2"]
    assert [b.action for b in view.buttons] == ["interaction.take", "lead.open"]


def test_every_waiting_row_of_the_list_has_the_question(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS))
    desk.desktop.act("inbox.tab", tab="queue")
    acts = desk.desktop.row_acts(0)
    assert [b.label for b in acts] == ["Open", "Why is nobody taking this?", "Take"]
    assert desk.desktop.act(acts[1].action, **dict(acts[1].args)) == ""
    assert opened(desk).interaction == "i6"


def test_another_agents_work_is_not_what_i_got(desk: Desk) -> None:
    as_supervisor(desk)
    desk.desktop.act("inbox.open", id="i5")
    assert desk.desktop.conversation().buttons[0].label == "Why did they get this?"
    desk.desktop.act("why", id="i5")
    view = told(desk, changed(GOT, interaction="i5", free=1))
    assert (view.title, view.sentence) == ("Why did Sara Lindqvist get this?", "The only free agent")


def test_a_router_with_sentences_alone_is_shown_too(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS))
    desk.desktop.act("why", id="i6")
    view = told(desk, None, ("Waits in Support", "Sara: not ready"))
    assert (view.sentence, [s.text for s in view.steps], view.considered) == (
        "Waits in Support", ["Sara: not ready"], (),
    )  # fmt: skip
    desk.desktop.act("why.close")
    assert desk.desktop.explanation() is None
    desk.desktop.act("why", id="i6")
    desk.answer_all(result=e.Result())
    assert opened(desk).sentence == "Nothing is recorded about that."


def test_a_refusal_stands_in_the_panel(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS))
    desk.desktop.act("why", id="i6")
    desk.answer_all(ok=False, message="You may not see that.")
    assert opened(desk).lines == ("You may not see that.",)
    assert desk.said()[-1] == "You may not see that."


def test_while_it_is_looked_at_why_nobody_is_asked_again(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=WAITS))
    desk.desktop.act("why", id="i6")
    told(desk, NOBODY)
    said = len(desk.said())
    desk.now += 4
    desk.put()
    assert asked(desk) == []
    desk.now += 2
    desk.put()
    assert asked(desk) == [c.ExplainInteraction(interaction="i6")]
    desk.put(LinkReported("router", Connection("lost", "Nobody answers.")))
    desk.now += 9
    desk.put()
    assert asked(desk) == []
    assert not [one for one in desk.said()[said:] if one.startswith("Why")]  # only the first is read aloud


def test_what_somebody_has_is_not_asked_again_by_itself(desk: Desk) -> None:
    desk.events(e.InteractionChanged(interaction=changed(OTHER, agent="a7")))
    desk.desktop.act("why", id="i5")
    told(desk, changed(GOT, interaction="i5"))
    desk.now += 9
    desk.put()
    assert asked(desk) == []


def test_of_other_waiting_work_an_agent_sees_no_name(desk: Desk) -> None:
    rows = considered_of(
        desk.desktop.situation(),
        got(
            considered=(
                ConsideredModel(id="i6", score="place 50"),
                ConsideredModel(id="i7", why="came later"),
            )
        ),
    )
    assert [(r.name, r.mark) for r in rows] == [("This one", "Chosen"), ("Other waiting work", "")]
