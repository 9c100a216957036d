from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.domain.agent import NOT_READY, READY, Agent
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import EMAIL, MEDIA, VOICE
from agent_desktop.domain.routing import (
    Candidate,
    Requirement,
    agent_rank,
    obstacle,
    requirement,
    serves,
    work_rank,
)
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, SkillId

FRENCH, LAMPS = SkillId("french"), SkillId("lamps")
MAIL = QueueId("mail")
ANA = Agent(
    id=AgentId("ana"), name="Ana", queues=frozenset({MAIL}), skills={FRENCH: 4, LAMPS: 2}, state=READY
)
WANTED = Requirement(EMAIL, MAIL, ((FRENCH, 3),))
WORK = Interaction(
    id=InteractionId("i1"), medium=EMAIL, queue=MAIL, skills={LAMPS: 1, FRENCH: 3}, queued_at=Instant(100.0)
)


def test_a_requirement_is_the_same_in_whatever_order_the_skills_came() -> None:
    other = replace(WORK, skills={FRENCH: 3, LAMPS: 1})
    assert requirement(WORK) == requirement(other) == Requirement(EMAIL, MAIL, ((FRENCH, 3), (LAMPS, 1)))


@pytest.mark.parametrize(
    ("agent", "does"),
    [
        (ANA, True),
        (replace(ANA, skills={FRENCH: 3}), True),
        (replace(ANA, skills={FRENCH: 2}), False),
        (replace(ANA, skills={}), False),
        (replace(ANA, queues=frozenset()), False),
        (replace(ANA, state=NOT_READY), True),
    ],
)
def test_an_agent_serves_by_queue_and_skill_whatever_the_state(agent: Agent, does: bool) -> None:
    assert serves(agent, WANTED) is does


@pytest.mark.parametrize(
    ("agent", "load", "why"),
    [
        (ANA, {}, ""),
        (replace(ANA, queues=frozenset()), {}, "not in this queue"),
        (replace(ANA, skills={FRENCH: 2}), {}, "french below 3"),
        (replace(ANA, state=NOT_READY), {}, "not ready"),
        (replace(ANA, state="logged_out"), {}, "logged out"),
        (replace(ANA, next_state=NOT_READY), {}, "break next"),
        (ANA, {VOICE: 1}, "no free capacity"),
        (ANA, {EMAIL: 2}, "no free capacity"),
    ],
)
def test_why_an_agent_cannot_be_asked_is_said_in_words(
    agent: Agent, load: dict[MediumId, int], why: str
) -> None:
    assert obstacle(Candidate(agent, load), WANTED, MEDIA[EMAIL]) == why


def test_work_is_taken_by_priority_then_by_age_then_by_id() -> None:
    urgent = replace(WORK, id=InteractionId("i9"), priority=99, queued_at=Instant(500.0))
    older = replace(WORK, id=InteractionId("i8"), queued_at=Instant(50.0))
    same = replace(WORK, id=InteractionId("i0"))
    assert sorted([WORK, older, same, urgent], key=work_rank) == [urgent, older, same, WORK]


def test_agents_are_asked_by_proficiency_in_what_is_asked_then_longest_idle_then_id() -> None:
    best = replace(ANA, id=AgentId("z"), skills={FRENCH: 5}, idle_since_at=Instant(90.0))
    idle = replace(ANA, id=AgentId("y"), idle_since_at=Instant(10.0))
    late = replace(ANA, id=AgentId("x"), idle_since_at=Instant(20.0))
    twin = replace(ANA, id=AgentId("a"), skills={FRENCH: 4, LAMPS: 5}, idle_since_at=Instant(20.0))
    ranked = sorted([late, idle, twin, best], key=lambda agent: agent_rank(agent, WANTED))
    assert [agent.id for agent in ranked] == ["z", "y", "a", "x"]
