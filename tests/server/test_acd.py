"""The index says what a scan over everything would say, at a cost that does not grow with everything."""

from __future__ import annotations

import itertools
import math
import random
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.domain.agent import NOT_READY, READY, Agent, may_be_offered
from agent_desktop.domain.centre import SELECTIONS, Queue
from agent_desktop.domain.explaining import MOST, rank_for
from agent_desktop.domain.interaction import ACTIVE, CLOSED, OFFERED, QUEUED, Interaction
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.routing import Candidate, Requirement, agent_rank, hindrance, requirement
from agent_desktop.domain.skills import Place, SkillStep, parse
from agent_desktop.domain.types import AgentId, Instant, InteractionId, MediumId, QueueId, Seconds, SkillId
from agent_desktop.server.acd import SLACK, Index, Match

QUEUES = tuple(QueueId(q) for q in ("a", "b"))
SKILLS = tuple(SkillId(s) for s in ("french", "lamps"))
VOICE, EMAIL, CHAT = (MediumId(m) for m in ("voice", "email", "chat"))
AGENTS = tuple(AgentId(f"agent-{n}") for n in range(4))
WORK = tuple(InteractionId(f"work-{n}") for n in range(8))

Load = Mapping[MediumId, int]


@dataclass
class Scan:
    """The rules of `domain.routing`, by looking at everything each time."""

    queues: Mapping[QueueId, Queue] = field(default_factory=dict)
    agents: dict[AgentId, tuple[Agent, Load]] = field(default_factory=dict)
    work: dict[InteractionId, Interaction] = field(default_factory=dict)

    def wanted(self, one: Interaction) -> Requirement:
        return requirement(one, self.queues.get(one.queue))

    def can(self, key: AgentId, wanted: Requirement) -> bool:
        return hindrance(Candidate(*self.agents[key]), wanted, MEDIA[wanted.medium]) is None

    def match_work(self, one: Interaction) -> Match | None:
        wanted = self.wanted(one)
        select = self.queues[one.queue].select if one.queue in self.queues else "proficiency"
        asked = self.agents.keys() - set(one.refused_by)
        able = [self.agents[key][0] for key in asked if self.can(key, wanted)]
        able.sort(key=lambda a: agent_rank(a, wanted, select))
        preferred = one.preferred in {a.id for a in able}
        able.sort(key=lambda a: a.id != one.preferred)
        found = tuple(a.id for a in able)
        return Match(one.id, found[0], preferred=preferred, agents=found[:MOST]) if able else None

    def match_agent(self, key: AgentId) -> Match | None:
        agent = self.agents[key][0]
        able = [w for w in self.work.values() if self.can(key, self.wanted(w)) and key not in w.refused_by]
        able.sort(key=lambda w: rank_for(agent, w))
        firsts = tuple({self.wanted(w): w.id for w in reversed(able)}.values())[::-1]
        works = tuple(w.id for w in able if w.id in firsts)[:MOST]
        if not able:
            return None
        return Match(able[0].id, key, preferred=able[0].preferred == key, cause="agent", works=works)


PLACES = st.builds(Place, priority=st.sampled_from((1, 50, 99)), delay_s=st.sampled_from((0.0, 0.0, 30.0)))
WISHES = tuple(parse(text) for text in ("french", "french >= 2 or lamps", "not lamps"))
steps = st.builds(
    SkillStep,
    wish=st.sampled_from(WISHES),
    agent=st.sampled_from((AgentId(""), AgentId(""), AGENTS[0])),
    expires_s=st.just(Seconds(10.0)),
)
queues = st.builds(
    lambda made: {queue.id: queue for queue in made},
    st.tuples(
        *(
            st.builds(
                Queue,
                id=st.just(key),
                name=st.just(key),
                steps=st.lists(steps, max_size=2).map(tuple),
                select=st.sampled_from(SELECTIONS),
            )
            for key in QUEUES
        )
    ),
)
agents = st.builds(
    Agent,
    id=st.sampled_from(AGENTS),
    name=st.just("Ana"),
    queues=st.frozensets(st.sampled_from(QUEUES)),
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5)),
    limits=st.dictionaries(st.sampled_from((VOICE, EMAIL, CHAT)), st.integers(0, 3)),
    state=st.sampled_from((READY, READY, READY, NOT_READY)),
    next_state=st.sampled_from(("", "", "", NOT_READY, READY)),
    offered_media=st.frozensets(st.sampled_from((EMAIL, CHAT)), max_size=1),
    transfers=st.booleans(),
    phone=st.sampled_from((True, True, False)),
    paused=st.frozensets(st.sampled_from(QUEUES), max_size=1),
    places=st.dictionaries(st.sampled_from(QUEUES), PLACES, max_size=2),
    capacity=st.sampled_from((0, 0, 2, 3)),
    weight=st.integers(1, 3),
    handled=st.integers(0, 3),
    handled_s=st.sampled_from((Seconds(0.0), Seconds(10.0))),
    waited_s=st.sampled_from((Seconds(0.0), Seconds(10.0))),
    served_at=st.integers(0, 3).map(lambda n: Instant(float(n))),
    idle_since_at=st.integers(0, 5).map(lambda n: Instant(float(n))),
)
loads = st.dictionaries(st.sampled_from((VOICE, EMAIL, CHAT)), st.integers(0, 2))
work = st.builds(
    Interaction,
    id=st.sampled_from(WORK),
    medium=st.sampled_from((VOICE, EMAIL, CHAT)),
    state=st.sampled_from((QUEUED, QUEUED, QUEUED, OFFERED, ACTIVE, CLOSED)),
    queue=st.sampled_from(QUEUES),
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=2),
    priority=st.sampled_from((10, 50, 99)),
    preferred=st.sampled_from((AgentId(""), *AGENTS)),
    reserved=st.sampled_from((AgentId(""), AgentId(""), *AGENTS)),
    sent_by=st.sampled_from((AgentId(""), AGENTS[1])),
    stage=st.integers(0, 2),
    delay_s=st.sampled_from((Seconds(0.0), Seconds(30.0))),
    older_s=st.sampled_from((Seconds(0.0), Seconds(0.0), Seconds(3.0))),
    refused_by=st.lists(st.sampled_from(AGENTS), max_size=2).map(tuple),
    queued_at=st.integers(1, 5).map(lambda n: Instant(float(n))),
)
changes = st.lists(st.one_of(st.tuples(agents, loads), work), max_size=60)


@settings(max_examples=300)
@given(queues, changes)
def test_the_index_agrees_with_a_scan_after_any_changes(
    rules: dict[QueueId, Queue],
    history: list[tuple[Agent, dict[MediumId, int]] | Interaction],
) -> None:
    index, scan = Index(MEDIA, rules), Scan(rules)
    for change in history:
        if isinstance(change, Interaction):
            index.work_changed(change)
            scan.work.pop(change.id, None)
            if change.state == QUEUED:
                scan.work[change.id] = change
        else:
            index.agent_changed(*change)
            scan.agents[change[0].id] = change
        agree(index, scan)


def agree(index: Index, scan: Scan) -> None:
    for one in scan.work.values():
        wanted = scan.wanted(one)
        assert index.free(wanted) == sum(scan.can(key, wanted) for key in scan.agents)
        others = scan.agents.keys() - set(one.refused_by)
        assert index.free(wanted, one.refused_by) == sum(scan.can(key, wanted) for key in others)
        assert index.match_work(one) == scan.match_work(one)
    for key in AGENTS:
        assert index.match_agent(key) == (scan.match_agent(key) if key in scan.agents else None)
    for queue in QUEUES:
        waiting = [one for one in scan.work.values() if one.queue == queue]
        assert index.waiting(queue) == len(waiting)
        assert sorted(one.id for one in index.work_in(queue)) == sorted(one.id for one in waiting)
        assert index.oldest(queue) == min((one.queued_at for one in waiting), default=0.0)
        ready = [a for a, _ in scan.agents.values() if may_be_offered(a) and queue in a.queues]
        assert index.ready(queue) == len(ready)
        assert {a.id for a in index.members(queue)} == {
            a.id for a, _ in scan.agents.values() if queue in a.queues
        }


# --- growth ---------------------------------------------------------------------------------------


def calls(act: Callable[[], object]) -> int:
    """Count the calls of Python functions that an act makes."""
    count = 0

    def counted(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


def slope(sizes: list[int], costs: list[float]) -> float:
    """The steepness of a line through the logarithms: 0 flat, 1 linear."""
    xs, ys = [math.log(n) for n in sizes], [math.log(c) for c in costs]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def agent_of(n: int, rng: random.Random, **changed: object) -> Agent:
    made = Agent(
        id=AgentId(f"agent-{n}"),
        name="Ana",
        queues=frozenset((QUEUES[0],)),
        skills={skill: rng.randint(1, 5) for skill in SKILLS},
        state=READY,
        idle_since_at=Instant(rng.random()),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def work_of(n: int, rng: random.Random) -> Interaction:
    return Interaction(
        id=InteractionId(f"work-{n}"),
        medium=EMAIL,
        state=QUEUED,
        queue=QUEUES[0],
        skills={SKILLS[n % 2]: 1 + n // 2 % 4},
        priority=rng.choice((30, 50, 70)),
        queued_at=Instant(float(n)),
    )


def test_an_arrival_costs_the_same_with_a_hundred_times_the_agents() -> None:
    sizes, costs = [1_000, 10_000, 100_000], []
    for size in sizes:
        rng, index = random.Random(7), Index(MEDIA)
        for n in range(8):  # every requirement was seen before: a new one looks at each agent once
            index.work_changed(work_of(n, rng))
            index.work_changed(replace(work_of(n, rng), state=CLOSED))
        for n in range(size):
            index.agent_changed(agent_of(n, rng), {})

        def arrive(index: Index = index, rng: random.Random = rng) -> None:
            for n in range(100):
                one = work_of(n, rng)
                index.work_changed(one)
                match = index.match_work(one)
                assert match is not None
                index.free(requirement(one))
                index.ready(QUEUES[0])
                index.work_changed(replace(one, state=OFFERED))
                asked = agent_of(int(match.agent[6:]), rng, idle_since_at=Instant(2.0))
                index.agent_changed(asked, {EMAIL: 2})

        costs.append(float(calls(arrive)))
    assert slope(sizes, costs) <= 0.15, costs


def test_a_free_agent_costs_the_same_with_a_hundred_times_the_work() -> None:
    sizes, costs = [1_000, 10_000, 100_000], []
    for size in sizes:
        rng, index = random.Random(7), Index(MEDIA)
        for n in range(size):
            index.work_changed(work_of(n, rng))

        def free(index: Index = index, rng: random.Random = rng) -> None:
            for n in range(100):
                index.agent_changed(agent_of(n, rng, skills=dict.fromkeys(SKILLS, 5)), {})
                match = index.match_agent(AgentId(f"agent-{n}"))
                assert match is not None
                index.waiting(QUEUES[0])
                index.oldest(QUEUES[0])
                taken = work_of(int(match.interaction[5:]), rng)
                index.work_changed(replace(taken, state=OFFERED))
                index.agent_changed(agent_of(n, rng, state=NOT_READY), {EMAIL: 1})

        costs.append(float(calls(free)))
    assert slope(sizes, costs) <= 0.15, costs


def test_the_count_of_calls_sees_a_scan() -> None:
    sizes, costs = [100, 1_000, 10_000], []
    for size in sizes:
        rng, scan = random.Random(7), Scan()
        for n in range(size):
            scan.agents[AgentId(f"agent-{n}")] = (agent_of(n, rng), {})
        costs.append(float(calls(partial(scan.match_work, work_of(1, rng)))))
    assert slope(sizes, costs) > 0.8


@pytest.mark.parametrize("stuck", [True, False])
def test_the_index_does_not_grow_with_what_is_over(stuck: bool) -> None:
    """Neither behind work that nobody can take, nor in lanes where nothing arrives any more."""
    rng, index = random.Random(7), Index(MEDIA)
    if stuck:
        index.work_changed(replace(work_of(0, rng), priority=99))
    else:
        index.work_changed(work_of(0, rng))
        index.work_changed(replace(work_of(0, rng), state=CLOSED))
    for n in itertools.islice(itertools.count(1), 5_000):
        index.work_changed(work_of(n, rng))
        index.work_changed(replace(work_of(n, rng), state=CLOSED))
        index.agent_changed(agent_of(n % 3, rng, idle_since_at=Instant(float(n))), {})
    for lane in index._lanes.values():
        assert len(lane.agents) <= 2 * 3 + SLACK
        assert len(lane.work) <= 2 * 1 + SLACK
    for line in index._lines.values():
        assert len(line.by_age) <= 2 * 1 + SLACK


def test_an_agent_who_refused_is_passed_over_and_keeps_its_place() -> None:
    index, rng = Index(MEDIA), random.Random(7)
    one = work_of(1, rng)
    for n in range(3):
        index.agent_changed(
            agent_of(n, rng, skills=dict.fromkeys(SKILLS, 5), idle_since_at=Instant(float(n))), {}
        )
    refused = replace(one, refused_by=(AgentId("agent-0"), AgentId("agent-1")))
    index.work_changed(refused)
    third = AgentId("agent-2")
    assert index.match_work(refused) == Match(one.id, third, agents=(third,))
    everybody = tuple(AgentId(f"agent-{n}") for n in range(3))
    assert index.match_work(one) == Match(one.id, everybody[0], agents=everybody)
