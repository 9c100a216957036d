"""Every row of the tables that the operating guide shows is what the rules say."""

from __future__ import annotations

import pytest

from agent_desktop.domain import explaining, routing
from agent_desktop.domain.centre import AgentEntry
from agent_desktop.domain.medium import MEDIA
from agent_desktop.domain.routing import Candidate, clock
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.domain.widening import delays, reach
from tests.domain.routing_tables import NOBODY, NOW, TABLES, Row, markdown


def agent_asked(row: Row) -> tuple[str, str]:
    wanted, medium = routing.requirement(row.work, row.queue), MEDIA[row.work.medium]
    loads = [row.in_hand, *({} for _ in row.agents)]
    crowd = [Candidate(agent, load) for agent, load in zip(row.agents, loads, strict=False)]
    free = [
        c.agent
        for c in crowd
        if routing.hindrance(c, wanted, medium) is None and c.agent.id not in row.work.refused_by
    ]
    if not free:
        return NOBODY, routing.obstacle(crowd[0], wanted, medium)
    preferred = row.work.preferred in {a.id for a in free}
    free.sort(key=lambda a: routing.agent_rank(a, wanted, row.queue.select))
    free.sort(key=lambda a: a.id != row.work.preferred)
    made = explaining.agent_chosen(
        row.work, row.queue, free, free=len(free), waiting=1, now=NOW, preferred=preferred
    )
    why = made.selection if preferred else made.tie_break or made.selection
    return made.agent, why if len(free) > 1 else "only one"


def work_taken(row: Row) -> tuple[str, str]:
    (agent,) = row.agents
    works = sorted([row.work, *row.others], key=lambda work: explaining.rank_for(agent, work))
    made = explaining.work_chosen(agent, row.queue, works, free=1, waiting=2, now=NOW)
    return made.considered[0].id, made.considered[1].why


def reached(row: Row) -> tuple[str, str]:
    entries = [
        AgentEntry(id=AgentId(a.id), name=a.name, queues=tuple(a.queues), places=a.places) for a in row.agents
    ]
    now = Instant(row.work.entered_at + row.waited_s)
    found = reach(row.queue, delays(entries, row.queue.id), row.work.entered_at, now)
    who = f"step {found.stage + 1}" if found.stage < len(row.queue.steps) else "anybody"
    then = f"changes in {clock(found.next_at - now)}" if found.next_at else "nothing changes any more"
    return f"{who}, delay {clock(found.delay_s)}", then


def offered(row: Row) -> tuple[str, str]:
    rules = routing.offer_rules(row.queue, MEDIA[row.work.medium])
    return f"{rules.offer_s:g} s", "answered by itself" if rules.auto_accept else "answered by hand"


LOOKS = {"agent": agent_asked, "work": work_taken, "reach": reached, "offer": offered}


@pytest.mark.parametrize(
    ("kind", "row"),
    [pytest.param(t.kind, row, id=f"{t.name}: {row.situation}") for t in TABLES for row in t.rows],
)
def test_the_rules_do_what_the_table_says(kind: str, row: Row) -> None:
    assert LOOKS[kind](row) == (row.asked, row.why)


def test_a_table_is_printed_for_the_guide() -> None:
    lines = markdown(TABLES[0]).splitlines()
    assert lines[0] == "| Situation | Who is asked | Why |"
    assert len(lines) == len(TABLES[0].rows) + 2
