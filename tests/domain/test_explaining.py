from __future__ import annotations

from dataclasses import replace

import pytest

from agent_desktop.domain import explaining
from agent_desktop.domain.agent import NOT_READY, READY, Agent
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import EMAIL, VOICE
from agent_desktop.domain.routing import Candidate
from agent_desktop.domain.skills import Place, SkillStep, parse
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId, Seconds, SkillId

FRENCH, LAMPS = SkillId("french"), SkillId("lamps")
MAIL = Queue(id=QueueId("mail"), name="Mail")
ANA = Agent(
    id=AgentId("ana"),
    name="Ana",
    queues=frozenset({MAIL.id}),
    skills={FRENCH: 4, LAMPS: 2},
    state=READY,
    idle_since_at=Instant(40.0),
)
BEN = replace(ANA, id=AgentId("ben"), idle_since_at=Instant(100.0))
WORK = Interaction(
    id=InteractionId("i1"),
    medium=EMAIL,
    queue=MAIL.id,
    skills={LAMPS: 1, FRENCH: 3},
    queued_at=Instant(100.0),
    entered_at=Instant(100.0),
)
NOW = Instant(165.0)


def said(
    work: Interaction = WORK,
    *,
    queue: Queue = MAIL,
    agents: tuple[Agent, ...] = (ANA, BEN),
    waiting: int = 1,
    preferred: bool = False,
) -> list[str]:
    free = len(agents)
    decision = explaining.agent_chosen(
        work, queue, agents, free=free, waiting=waiting, now=NOW, preferred=preferred
    )
    return list(explaining.reasons(decision, work, agents[0], queue))


def test_the_reasons_follow_the_decision() -> None:
    assert said(waiting=3) == [
        "french ≥ 3: you have 4",
        "lamps ≥ 1: you have 2",
        "Longest idle of 2 free agents: 2:05",
        "First of 3 waiting",
        "Waited 1:05 in Mail",
    ]


STEPS = replace(MAIL, steps=(SkillStep(wish=parse("french >= 4"), expires_s=Seconds(10)),))
WORSE = replace(BEN, skills={FRENCH: 3})


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (said(replace(WORK, priority=80)), "Priority 80"),
        (said(agents=(ANA,)), "You were the only free agent"),
        (said(preferred=True), "Last served by you"),
        (said(replace(WORK, accepted_at=Instant(1.0)), preferred=True), "Transferred to you"),
        (said(replace(WORK, refused_by=(AgentId("ben"),))), "Offered before to 1"),
        (said(replace(WORK, queued_at=Instant(170.0))), "Waited 0:00 in Mail"),
        (said(replace(WORK, older_s=Seconds(30.0))), "Moved in the queue by a supervisor"),
        (said(agents=(ANA, WORSE)), "Best skilled of 2 free agents: proficiency 6"),
        (said(queue=replace(MAIL, select="longest_idle")), "Longest idle of 2 free agents: 2:05"),
        (
            said(
                queue=replace(MAIL, select="round_robin"), agents=(ANA, replace(BEN, served_at=Instant(9.0)))
            ),
            "Next in turn of 2 free agents: last had work not yet",
        ),
        (
            said(queue=replace(MAIL, select="weighted"), agents=(ANA, replace(BEN, handled=3))),
            "Least work for the weight of 2 free agents: 0 taken, weight 1",
        ),
        (
            said(
                queue=replace(MAIL, select="least_occupied"),
                agents=(ANA, replace(BEN, handled_s=Seconds(30.0), waited_s=Seconds(10.0))),
            ),
            "Least occupied of 2 free agents: occupied 0.0%",
        ),
        (said(queue=STEPS), "Step 1 of 1: french ≥ 3 and lamps and french ≥ 4"),
        (said(replace(WORK, stage=1), queue=STEPS), "After the last step: anybody in the queue"),
        (said(agents=(replace(ANA, places={MAIL.id: Place(priority=70)}), BEN)), "Your priority in Mail: 70"),
    ],
)
def test_each_rule_has_its_words(lines: list[str], line: str) -> None:
    assert line in lines


def test_after_the_last_step_no_skill_is_given_as_a_reason() -> None:
    assert not [line for line in said(replace(WORK, stage=1), queue=STEPS) if "you have" in line]


def test_a_decision_for_work_holds_who_was_compared_and_why_others_come_later() -> None:
    twin = replace(ANA, id=AgentId("zoe"))
    made = explaining.agent_chosen(WORK, MAIL, (ANA, twin, BEN, WORSE), free=7, waiting=2, now=NOW)
    assert (made.cause, made.agent, made.free, made.waiting, made.at) == ("work", "ana", 7, 2, NOW)
    assert made.rule == "french ≥ 3 and lamps"
    assert (made.selection, made.tie_break) == ("best skilled", "first by id")
    assert [(c.id, c.score, c.why) for c in made.considered] == [
        ("ana", "proficiency 6, idle 2:05", "asked"),
        ("zoe", "proficiency 6, idle 2:05", "same, but later by id"),
        ("ben", "proficiency 6, idle 1:05", "idle for less time"),
        ("ben", "proficiency 3, idle 1:05", "less skilled"),
    ]


def test_a_decision_for_a_free_agent_holds_what_was_compared() -> None:
    agent = replace(ANA, places={QueueId("vip"): Place(priority=90)})
    vip = replace(WORK, id=InteractionId("i2"), queue=QueueId("vip"), queued_at=Instant(160.0))
    twin = replace(WORK, id=InteractionId("i3"))
    urgent = replace(WORK, id=InteractionId("i4"), priority=60, older_s=Seconds(5.0))
    works = sorted([WORK, vip, twin, urgent], key=lambda work: explaining.rank_for(agent, work))
    made = explaining.work_chosen(agent, MAIL, works, free=1, waiting=3, now=NOW)
    assert (made.cause, made.selection, made.tie_break) == ("agent", "first by place, priority and age", "")
    assert [(c.id, c.score, c.why) for c in made.considered] == [
        ("i2", "place 90, priority 50, waited 0:05", "offered"),
        ("i4", "place 50, priority 60, waited 1:05, ranked 0:05 older", "a place of lower priority"),
        ("i1", "place 50, priority 50, waited 1:05", "a place of lower priority"),
        ("i3", "place 50, priority 50, waited 1:05", "a place of lower priority"),
    ]
    tied = explaining.work_chosen(agent, MAIL, (WORK, twin), free=2, waiting=3, now=NOW)
    assert tied.tie_break == "first by id"
    assert "You came free" in explaining.reasons(tied, WORK, agent, MAIL)


def test_why_nobody_takes_it_is_counted_by_what_keeps_agents_away() -> None:
    queue = replace(
        MAIL,
        steps=(SkillStep(wish=parse("french >= 3"), expires_s=Seconds(80)), SkillStep(wish=parse("lamps"))),
    )
    crowd = [
        *(Candidate(replace(ANA, id=AgentId(f"call-{n}")), {VOICE: 1}, "busy") for n in range(4)),
        *(
            Candidate(replace(ANA, id=AgentId(f"away-{n}"), state=NOT_READY, reason="break"), {})
            for n in range(2)
        ),
        Candidate(replace(ANA, id=AgentId("new"), skills={FRENCH: 2, LAMPS: 1}), {}),
        Candidate(replace(ANA, id=AgentId("form")), {EMAIL: 2}, "wrap_up"),
        Candidate(replace(ANA, id=AgentId("rings")), {VOICE: 1}, "ringing"),
        Candidate(replace(ANA, id=AgentId("full")), {EMAIL: 2}, "busy"),
        Candidate(replace(ANA, id=AgentId("late"), next_state=NOT_READY), {}),
        Candidate(replace(ANA, id=AgentId("gone"), state="logged_out"), {}),
        Candidate(replace(ANA, id=AgentId("slow"), places={MAIL.id: Place(delay_s=Seconds(90))}), {}),
        Candidate(replace(ANA, id=AgentId("missed"), paused=frozenset({MAIL.id})), {}),
        Candidate(replace(ANA, id=AgentId("no")), {}),
        Candidate(replace(ANA, id=AgentId("free")), {}),
    ]
    work = replace(WORK, skills={}, refused_by=(AgentId("no"),))
    opens = explaining.next_change(queue, (Seconds(90),), work, NOW)
    told = explaining.why_nobody(work, queue, crowd, opens=opens, label=str.title, most=3)
    assert told.rule == "step 1 of 2: french ≥ 3"
    assert told.counted == (
        "4 on calls",
        "2 not ready: Break",
        "1 lacks french ≥ 3",
        "1 in wrap-up",
        "1 being asked for other work",
        "1 at the limit of work in hand",
        "1 takes a break next",
        "1 signed out",
        "1 asked after 1:30",
        "1 paused in this queue after a missed offer",
        "1 did not take it",
    )
    assert told.line().endswith("1 did not take it; step 2 opens in 0:15")
    assert [h.agent.id for h in told.first] == ["call-0", "call-1", "call-2"]
    assert told.free == 1


def test_a_phone_that_is_gone_is_told_where_a_phone_is_needed() -> None:
    call = replace(WORK, medium=VOICE)
    told = explaining.why_nobody(call, MAIL, [Candidate(replace(ANA, phone=False), {})])
    assert told.counted == ("1 without a phone",)


@pytest.mark.parametrize(
    ("steps", "delays", "words"),
    [
        ((), (), ""),
        ((), (70.0,), "agents whose place waits 1:10 are asked in 0:05"),
        ((75.0,), (), "anybody in the queue is asked in 0:10"),
        ((75.0, 5.0), (75.0,), "step 2 opens in 0:10"),
        ((0.0,), (), ""),
    ],
)
def test_what_opens_next_is_said(steps: tuple[float, ...], delays: tuple[float, ...], words: str) -> None:
    queue = replace(MAIL, steps=tuple(SkillStep(expires_s=Seconds(s)) for s in steps))
    waits = tuple(Seconds(d) for d in delays)
    assert explaining.next_change(queue, waits, WORK, NOW) == words
