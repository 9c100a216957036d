"""The decision: who is asked, and in which order.

Pure rules; the index that makes them cheap is `server.acd`, the words that explain them `explaining`.
Work asks for a requirement: a queue's agents, a step's wish, the skills that the customer chose.  An agent is
asked when it serves that, may be offered the medium now, and has room.  Every order ends with an id, so that
the same facts always give the same decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from agent_desktop.domain.agent import LOGGED_OUT, NOT_READY, READY, Agent, may_be_offered, open_to, works
from agent_desktop.domain.centre import OfferRules, Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import Medium, room_for
from agent_desktop.domain.skills import NOTHING, Place, Wish, joined, levels, meets, missing, named, words
from agent_desktop.domain.types import AgentId, MediumId, QueueId, Seconds, SkillId

PLACE = Place()
PROFICIENCY = "proficiency"

AgentRank = tuple[float, float, AgentId]
WorkRank = tuple[int, float, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a waiting interaction asks of an agent; many interactions share one.

    It is looked up with every change of its work: what it hashes to is computed once.
    """

    medium: MediumId
    queue: QueueId
    skills: tuple[tuple[SkillId, int], ...] = ()
    only: AgentId = AgentId("")  # kept for this agent, or a step names it; whatever its queues
    wish: Wish = NOTHING  # the skill step's
    delay_s: Seconds = Seconds(0.0)  # places with a longer delay are not asked yet
    sent: bool = False  # a person transferred it to `only`
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash what it asks for."""
        asks = (self.medium, self.queue, self.skills, self.only, self.wish, self.delay_s, self.sent)
        object.__setattr__(self, "_hash", hash(asks))

    def __hash__(self) -> int:
        """The hash of what it asks for."""
        return self._hash


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent with the work in hand."""

    agent: Agent
    load: Mapping[MediumId, int]
    doing: str = ""  # as `agent.activity` says it, where it is known


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an agent cannot be asked: a kind to count by, and words."""

    kind: str
    words: str


# --- what is asked for ----------------------------------------------------------------------------


def requirement(interaction: Interaction, queue: Queue | None = None) -> Requirement:
    """What this interaction asks for now, by the steps of its queue."""
    i = interaction
    if i.reserved:
        return Requirement(i.medium, i.queue, only=i.reserved, sent=bool(i.sent_by))
    steps = queue.steps if queue is not None else ()
    if i.stage >= len(steps) > 0:  # the last step is over: anybody in the queue
        return _of_queue(i.medium, i.queue, (), i.delay_s)
    skills = tuple(sorted(i.skills.items())) if i.skills else ()
    if not steps:
        return _of_queue(i.medium, i.queue, skills, i.delay_s)
    step = steps[i.stage]
    delay_s = Seconds(0.0) if step.agent else i.delay_s
    return Requirement(i.medium, i.queue, skills, step.agent, step.wish, delay_s)


@lru_cache(maxsize=4096)
def _of_queue(
    medium: MediumId, queue: QueueId, skills: tuple[tuple[SkillId, int], ...], delay_s: Seconds
) -> Requirement:
    """One requirement for all the work that asks for the same of a queue's agents."""
    return Requirement(medium, queue, skills, delay_s=delay_s)


def asked(wanted: Requirement) -> Wish:
    """All skills of a requirement as one wish."""
    return joined(levels(dict(wanted.skills)), wanted.wish)


@lru_cache(maxsize=4096)
def _asked_words(skills: tuple[tuple[SkillId, int], ...], wish: Wish) -> str:
    return words(joined(levels(dict(skills)), wish))


def rule(interaction: Interaction, queue: Queue) -> str:
    """Say in words what is asked for now: the step and its skills; empty when it is the queue alone."""
    if interaction.reserved:
        return "transferred to one agent" if interaction.sent_by else "kept for one agent"
    wanted = requirement(interaction, queue)
    said = _asked_words(wanted.skills, wanted.wish) if wanted.skills or wanted.wish is not NOTHING else ""
    if not queue.steps:
        return said
    if interaction.stage >= len(queue.steps):
        return "after the last step: anybody in the queue"
    if wanted.only:
        said = " and ".join(part for part in (f"agent {wanted.only}", said) if part)
    return f"step {interaction.stage + 1} of {len(queue.steps)}: {said or 'anybody in the queue'}"


def offer_rules(queue: Queue, medium: Medium) -> OfferRules:
    """How long work of a medium is offered in a queue, and whether it is accepted by itself."""
    if medium.id in queue.offers:
        return queue.offers[medium.id]
    seconds = queue.offer_s if medium.talk or medium.live else queue.text_offer_s
    return OfferRules(offer_s=seconds, auto_accept=queue.auto_accept)


# --- who can be asked -----------------------------------------------------------------------------


def place_of(agent: Agent, queue: QueueId) -> Place:
    """An agent's place in a queue."""
    return agent.places.get(queue, PLACE)


def serves(agent: Agent, wanted: Requirement) -> bool:
    """Whether the agent is in the queue, there long enough, and has the skills, whatever the state."""
    if wanted.only:
        if agent.id != wanted.only:
            return False
    elif wanted.queue not in agent.queues or place_of(agent, wanted.queue).delay_s > wanted.delay_s:
        return False
    for skill, level in wanted.skills:
        if agent.skills.get(skill, 0) < level:
            return False
    return wanted.wish is NOTHING or meets(wanted.wish, agent.skills)


def available(agent: Agent, wanted: Requirement, medium: Medium) -> bool:
    """Whether the agent's state lets it be asked for this.

    Not ready, it may still be offered some media, or what people transfer to it (G15).
    """
    if medium.talk and not agent.phone:
        return False
    if wanted.queue in agent.paused and not wanted.sent:
        return False
    return may_be_offered(agent) or open_to(agent, medium.id, transferred=wanted.sent)


def open_to_work(agent: Agent) -> bool:
    """Whether the agent may be asked for anything at all."""
    if may_be_offered(agent):
        return True
    then = agent.next_state != NOT_READY or agent.next_media or agent.next_transfers
    return agent.state != LOGGED_OUT and works(agent) and bool(then)


def obstacle(candidate: Candidate, wanted: Requirement, medium: Medium) -> str:
    """Why this agent cannot be asked now, in words; empty when it can."""
    found = hindrance(candidate, wanted, medium)
    return found.words if found is not None else ""


def hindrance(candidate: Candidate, wanted: Requirement, medium: Medium) -> Obstacle | None:
    """What keeps this agent from being asked now; the first that applies."""
    agent = candidate.agent
    if not serves(agent, wanted):
        return _unserved(agent, wanted)
    if medium.talk and not agent.phone and agent.state != LOGGED_OUT:
        return Obstacle("phone", "no phone")
    if not available(agent, wanted, medium):
        return _unavailable(agent, wanted)
    if not room_for(medium, candidate.load, agent.limits, agent.capacity):
        return Obstacle("capacity", "no free capacity")
    return None


def _unserved(agent: Agent, wanted: Requirement) -> Obstacle:
    if wanted.only and agent.id != wanted.only:
        return Obstacle("kept", "kept for another agent")
    if not wanted.only and wanted.queue not in agent.queues:
        return Obstacle("queue", "not in this queue")
    for skill, level in wanted.skills:
        if agent.skills.get(skill, 0) < level:
            return Obstacle("skills", f"{skill} below {level}")
    if not meets(wanted.wish, agent.skills):
        return Obstacle("skills", f"does not meet: {missing(wanted.wish, agent.skills)}")
    return Obstacle("delay", f"asked after {clock(place_of(agent, wanted.queue).delay_s)}")


def _unavailable(agent: Agent, wanted: Requirement) -> Obstacle:
    if agent.state == LOGGED_OUT:
        return Obstacle("logged_out", "logged out")
    if wanted.queue in agent.paused and not wanted.sent:
        return Obstacle("paused", "paused in this queue after a missed offer")
    if agent.state == READY:
        return Obstacle("break_next", "break next")
    return Obstacle("not_ready", "not ready")


# --- in which order -------------------------------------------------------------------------------


def work_rank(interaction: Interaction) -> WorkRank:
    """The order of waiting work: priority (99 first), then age, then id so that ties are decided."""
    i = interaction
    return (-i.priority, i.queued_at - i.older_s, i.id)


def agent_rank(agent: Agent, wanted: Requirement, select: str = PROFICIENCY) -> AgentRank:
    """The order of free agents by a queue's selection; then longest idle, then id."""
    return (measure(select)(agent, wanted), agent.idle_since_at, agent.id)


def measure(select: str) -> Callable[[Agent, Requirement], float]:
    """What a selection looks at first: the least is asked first."""
    return _MEASURES[select]


def proficiency(agent: Agent, wanted: Requirement) -> int:
    """How good the agent is at all that is asked for."""
    if not wanted.skills and wanted.wish is NOTHING:
        return 0
    skills = dict.fromkeys((*(skill for skill, _ in wanted.skills), *named(wanted.wish)))
    return sum(agent.skills.get(skill, 0) for skill in skills)


def occupancy(agent: Agent) -> float:
    """The share of the shift with work in hand, as it was when work last left the hands."""
    whole = agent.handled_s + agent.waited_s
    return agent.handled_s / whole if whole > 0 else 0.0


_MEASURES: Mapping[str, Callable[[Agent, Requirement], float]] = {
    "longest_idle": lambda _agent, _wanted: 0.0,
    "least_occupied": lambda agent, _wanted: occupancy(agent),
    "round_robin": lambda agent, _wanted: agent.served_at,
    "weighted": lambda agent, _wanted: agent.handled / agent.weight,
    PROFICIENCY: lambda agent, wanted: -float(proficiency(agent, wanted)),
}


def clock(seconds: float) -> str:
    """Write minutes and seconds, as on a screen."""
    return _clock(round(seconds)) if seconds > 0 else "0:00"


@lru_cache(maxsize=4096)
def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
