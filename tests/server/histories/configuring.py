"""The configuration is changed, and the router started with it: agents come, change and go, queues go."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.domain.centre import AgentEntry, Centre, Queue
from agent_desktop.domain.ivr import Flow
from agent_desktop.domain.types import MediumId, QueueId, Seconds
from tests.server.histories.centres import (
    AGENTS,
    CHAT,
    CHATS,
    DAN,
    EMAIL,
    MAIL,
    SALES,
    SMS,
    SUPPORT,
    TEXTS,
    VOICE,
    Dice,
    centre,
)
from tests.server.histories.scene import Scene

GOES_TO = {SUPPORT: SALES, SALES: SUPPORT, MAIL: TEXTS, CHATS: TEXTS, TEXTS: CHATS}
TAKES = {SUPPORT: VOICE, SALES: VOICE, MAIL: EMAIL, CHATS: CHAT, TEXTS: SMS}


async def an_agent_is_removed(s: Scene, d: Dice) -> str:
    """The line is taken out, whatever the agent has in hand."""
    if len(s.agents) == 1:
        return ""
    gone = d.of(s.agents)
    now = s.rooms.configuration()
    await s.rooms.restart_with(replace(now, agents={k: a for k, a in now.agents.items() if k != gone}))
    return f"the router restarts without {gone}"


async def an_agent_is_added(s: Scene, d: Dice) -> str:
    """Somebody new, or one who was taken out before."""
    absent = [key for key in (*AGENTS, DAN) if key not in s.agents]
    if not absent:
        return ""
    key, now = d.of(absent), s.rooms.configuration()
    queues = tuple(queue for queue in now.queues if not d.one_in(3))
    entry = AgentEntry(
        id=key, name=key.title(), extension=s.rooms.extensions[key], queues=queues, capacity=d.below(3) * 2
    )
    await s.rooms.restart_with(replace(now, agents={**now.agents, key: entry}))
    return f"the router restarts with {key} in {', '.join(queues)}"


async def an_agent_is_changed(s: Scene, d: Dice) -> str:
    """Other queues, skills, limits and room."""
    key, now = d.of(s.agents), s.rooms.configuration()
    other = centre(d.below(1 << 20)).agents.get(key)
    entry = replace(
        now.agents[key],
        queues=tuple(queue for queue in now.queues if not d.one_in(3)),
        skills=other.skills if other else {},
        limits={MediumId("chat"): d.below(3)} if d.one_in(2) else {},
        capacity=d.below(4),
        places={},
    )
    await s.rooms.restart_with(replace(now, agents={**now.agents, key: entry}))
    return f"the router restarts; {key} is in {', '.join(entry.queues)} now, capacity {entry.capacity}"


async def a_queue_is_removed(s: Scene, d: Dice) -> str:
    """Its channel and its numbers lead to another queue from then on."""
    now = s.rooms.configuration()
    gone = d.of([queue for queue in now.queues if GOES_TO[queue] in now.queues] or [QueueId("")])
    if not gone:
        return ""
    await s.rooms.restart_with(without_queue(now, gone))
    return f"the router restarts without the queue {gone}"


def without_queue(now: Centre, gone: QueueId) -> Centre:
    """A centre in which another queue has taken a queue's place."""
    to = GOES_TO[gone]
    medium = TAKES[gone]
    queues = {key: _elsewhere(queue, gone) for key, queue in now.queues.items() if key != gone}
    media = queues[to].media
    queues[to] = replace(queues[to], media=media if medium in media else (*media, medium))
    return replace(
        now,
        queues=queues,
        agents={key: _not_in(entry, gone) for key, entry in now.agents.items()},
        flows={key: _leads_to(flow, gone, to) for key, flow in now.flows.items()},
        mailboxes=tuple(replace(m, queue=to if m.queue == gone else m.queue) for m in now.mailboxes),
        chats=tuple(replace(c, queue=to if c.queue == gone else c.queue) for c in now.chats),
    )


def _elsewhere(queue: Queue, gone: QueueId) -> Queue:
    if queue.overflow != gone:
        return queue
    return replace(queue, overflow=QueueId(""), overflow_s=Seconds(0))


def _not_in(entry: AgentEntry, gone: QueueId) -> AgentEntry:
    return replace(
        entry,
        queues=tuple(queue for queue in entry.queues if queue != gone),
        places={queue: place for queue, place in entry.places.items() if queue != gone},
    )


def _leads_to(flow: Flow, gone: QueueId, to: QueueId) -> Flow:
    def led(queue: QueueId) -> QueueId:
        return to if queue == gone else queue

    nodes = tuple(
        replace(node, choices=tuple(replace(choice, queue=led(choice.queue)) for choice in node.choices))
        for node in flow.nodes
    )
    return replace(flow, person_queue=led(flow.person_queue), nodes=nodes)
