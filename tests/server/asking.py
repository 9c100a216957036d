"""The words of tests about offers: a queue's rules, a place, the only work there is, who is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent_desktop.domain.centre import Queue
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.skills import Place, SkillStep, parse
from agent_desktop.domain.types import AgentId, QueueId, Seconds
from tests.server.floor import SUPPORT, Floor

FRENCH_FIRST = (SkillStep(wish=parse("french >= 3"), expires_s=Seconds(30)),)


def rules(floor: Floor, key: QueueId = SUPPORT, **changed: Any) -> Queue:
    queues = floor.hub.centre.queues
    queues[key] = replace(queues[key], **changed)
    return queues[key]


async def place(floor: Floor, key: AgentId, queue: QueueId, **said: Any) -> None:
    """Give an agent a place, as a changed configuration does at the next start."""
    entries = floor.hub.centre.agents
    entries[key] = replace(entries[key], places={**entries[key].places, queue: Place(**said)})
    floor.reload()


def only(floor: Floor) -> Interaction:
    (found,) = floor.hub.tables.interactions.values()
    return found


def asked(floor: Floor) -> str:
    """Who is asked for the one interaction there is."""
    offer = only(floor).offer
    return offer.agent if offer else ""
