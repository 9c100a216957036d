"""Conversations and their work, found and moved: what every room of the inbox needs.

An old name of a merged conversation leads to the survivor, so that a slow client's command arrives.
Everything is looked at before anything changes, so that a refusal leaves no trace.
"""

from __future__ import annotations

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import joining
from agent_desktop.domain.agent import LOGGED_OUT
from agent_desktop.domain.conversation import Conversation, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import room_for
from agent_desktop.domain.types import AgentId, ConversationId, InteractionId, MessageId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.handling import handled
from agent_desktop.server.hub import Step
from agent_desktop.server.messages import message_of
from agent_desktop.server.work import Work

BY_HAND = "You took it from the list"
GIVEN = "It was assigned to you"


def thread_of(step: Step, key: str) -> Conversation:
    """A conversation, or the one that it went into.  Raises `RefusedError`."""
    found = step.conversation_of(joining.survivor(step.conversation_of, ConversationId(key)))
    if found is None:
        raise RefusedError("There is no such conversation.", code="unknown_conversation")
    return found


def live_of(step: Step, thread: ConversationId) -> Interaction | None:
    """The work that goes on in a conversation; what only waits for its form is over."""
    key = step.tables.live_of.get(thread)
    found = step.tables.interactions.get(key) if key is not None else None
    return None if found is None or found.state == interactions.WRAP_UP else found


def name_of(step: Step, agent: AgentId) -> str:
    """An agent's name, also of one who is not configured any more."""
    known = step.tables.agents.get(agent)
    return known.name if known is not None else agent


def withdrawn(step: Step, i: Interaction) -> Interaction:
    """Nobody is asked any more; it waits."""
    if i.offer is None:
        return i
    return step.interaction(
        interactions.OfferEnded(
            interaction=i.id, at=step.now, offer=i.offer.id, agent=i.offer.agent, why="withdrawn"
        )
    )


def has_room(step: Step, agent: AgentId, thread: Conversation) -> bool:
    """Whether an agent is at work and may have one more of this medium in hand."""
    known, medium = step.tables.agents.get(agent), step.hub.media[thread.medium]
    if known is None or known.state == LOGGED_OUT:
        return False
    return room_for(medium, step.load(agent), known.limits, known.capacity, step.hub.media)


def given(
    step: Step, work: Work, i: Interaction, agent: AgentId, why: str, *, by: AgentId = AgentId("")
) -> Interaction:
    """Put work into an agent's hands, wherever it is now; `by` is who did that to it, if it was a person."""
    i = withdrawn(step, i)
    had = i.agent if by and i.agent not in {by, agent} else AgentId("")
    if i.state in (interactions.ACTIVE, interactions.HELD):
        handed = interactions.HandedOver(
            interaction=i.id, at=step.now, agent=agent, why=why, taken_from=had, by=by
        )
        after = step.interaction(handed)
    else:
        accepted = interactions.Accepted(
            interaction=i.id,
            at=step.now,
            agent=agent,
            reasons=(why,),
            taken_from=had if i.state == interactions.PARKED and by == agent else AgentId(""),
        )
        after = step.interaction(accepted)
    handled(work.handlers, after, lambda h: h.accepted(step, after))
    return after


def begun(
    step: Step,
    work: Work,
    thread: Conversation,
    *,
    agent: AgentId = AgentId(""),
    queue: QueueId = QueueId(""),
    preferred: AgentId = AgentId(""),
    why: str = BY_HAND,
) -> Interaction:
    """Open a conversation without work: it is in an agent's hands then, or waits in a queue."""
    if thread.state != "open":
        thread = step.conversation(conversations.Reopened(conversation=thread.id, at=step.now))
    last = message_of(step, thread.last_message) if thread.last_message else None
    owed = last is not None and last.direction == conversations.IN
    key = InteractionId(step.new_id("i"))
    value = Interaction(
        id=key,
        medium=thread.medium,
        channel=thread.channel,
        direction="in" if owed else "out",
        conversation=thread.id,
        customer=thread.customer,
        customer_name=thread.customer_name,
        from_address=last.from_address if last is not None and owed else "",
        subject=thread.subject,
        last_line=thread.last_line,
        queue=queue or thread.queue,
        unread=thread.unread,
        arrived_at=step.now,
        updated_at=step.now,
    )
    made = step.interaction(interactions.Arrived(interaction=key, at=step.now, value=value))
    if agent:
        return given(step, work, made, agent, why)
    return work.waiting.queue(step, key, queue or thread.queue, preferred=preferred or thread.owner)


def say(step: Step, thread: Conversation, text: str) -> Message:
    """A line of the system in a conversation: what was done, by whom; customers never see it."""
    said = Message(
        id=MessageId(step.new_id("m")),
        conversation=thread.id,
        medium=thread.medium,
        direction=conversations.SYSTEM,
        at=step.now,
        text=text,
    )
    step.conversation(conversations.MessageAdded(conversation=thread.id, at=step.now, message=said))
    return said
