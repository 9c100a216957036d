"""The decision: who is asked, and why.

Pure rules; the index that makes them cheap is `server.acd`.  Work is taken by priority, then by age.
Agents are asked by proficiency, then longest idle.  Every offer carries its reasons in words (U-3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent_desktop.domain.agent import Agent, may_be_offered
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.types import AgentId, Instant, MediumId, QueueId, SkillId


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a waiting interaction asks of an agent; many interactions share one."""

    medium: MediumId
    queue: QueueId
    skills: tuple[tuple[SkillId, int], ...] = ()
    only: AgentId = AgentId("")  # kept for this agent, whatever its queues


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent with the work in hand."""

    agent: Agent
    load: Mapping[MediumId, int]


def requirement(interaction: Interaction) -> Requirement:
    """What this interaction asks for."""
    skills = tuple(sorted(interaction.skills.items()))
    return Requirement(interaction.medium, interaction.queue, skills, interaction.reserved)


def serves(agent: Agent, wanted: Requirement) -> bool:
    """Whether the agent is in the queue and has every skill at its level, whatever the state."""
    if wanted.only:
        return agent.id == wanted.only
    return wanted.queue in agent.queues and all(
        agent.skills.get(skill, 0) >= level for skill, level in wanted.skills
    )


def obstacle(candidate: Candidate, wanted: Requirement, medium: Medium) -> str:
    """Why this agent cannot be asked now, in words; empty when it can."""
    agent = candidate.agent
    if wanted.only:
        if agent.id != wanted.only:
            return "kept for another agent"
    elif wanted.queue not in agent.queues:
        return "not in this queue"
    for skill, level in () if wanted.only else wanted.skills:
        if agent.skills.get(skill, 0) < level:
            return f"{skill} below {level}"
    if not may_be_offered(agent):
        return "break next" if agent.next_state else agent.state.replace("_", " ")
    if not room_for(medium, candidate.load, agent.limits):
        return "no free capacity"
    return ""


def work_rank(interaction: Interaction) -> tuple[int, Instant, str]:
    """The order of waiting work: priority (99 first), then age, then id so that ties are decided."""
    return (-interaction.priority, interaction.queued_at, interaction.id)


def agent_rank(agent: Agent, wanted: Requirement) -> tuple[int, Instant, AgentId]:
    """The order of free agents: proficiency in what is asked (best first), longest idle, id."""
    proficiency = sum(agent.skills.get(skill, 0) for skill, _ in wanted.skills)
    return (-proficiency, agent.idle_since_at, agent.id)


def reasons(
    interaction: Interaction,
    agent: Agent,
    *,
    queue_name: str,
    free: int,
    waiting: int,
    now: Instant,
    preferred: bool,
) -> tuple[str, ...]:
    """Why this agent was asked, in the order of the decision: rule, candidates, tie-break, clock."""
    lines: list[str] = []
    if interaction.priority != 50:
        lines.append(f"Priority {interaction.priority}")
    lines += [
        f"{skill} ≥ {level}: you have {agent.skills.get(skill, 0)}"
        for skill, level in sorted(interaction.skills.items())
    ]
    if preferred:
        lines.append("Transferred to you" if interaction.accepted_at else "Last served by you")
    elif free <= 1:
        lines.append("You were the only free agent")
    else:
        idle = max(0, round(now - agent.idle_since_at))
        lines.append(f"Longest idle of {free} free agents: {idle // 60}:{idle % 60:02d}")
    if waiting > 1:
        lines.append(f"First of {waiting} waiting")
    if interaction.refused_by:
        lines.append(f"Offered before to {len(interaction.refused_by)}")
    waited = max(0, round(now - interaction.queued_at))
    lines.append(f"Waited {waited // 60}:{waited % 60:02d} in {queue_name}")
    return tuple(lines)
