"""A call becomes an interaction: who calls or is called, by the number, and the thread that it belongs to."""

from __future__ import annotations

from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Call
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import VOICE
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ChannelId,
    ConversationId,
    CustomerId,
    Instant,
    InteractionId,
    MediumId,
    QueueId,
)
from agent_desktop.server.callbook import CallBook
from agent_desktop.server.hub import Hub, Step
from agent_desktop.wire import switch as wire


def arrive(
    hub: Hub,
    step: Step,
    call: wire.SwitchCall,
    book: CallBook,
    *,
    agent: AgentId = AgentId(""),
    queue: QueueId = QueueId(""),
) -> Interaction:
    """The interaction of a new call; of one that an agent dials with the agent and the queue."""
    number = call.to_number if call.direction == "out" else call.from_number
    customer, _ = customers.match(
        hub.store.customers_at("phone", customers.normal("phone", number)) if number else ()
    )
    name = customer.name if customer else call.from_name or number or "Unknown number"
    thread = begin(step, customer.id if customer else CustomerId(""), name, number, medium=VOICE, agent=agent)
    value = Interaction(
        id=InteractionId(step.new_id("i")),
        medium=VOICE,
        channel=ChannelId("voice"),
        direction=call.direction,
        conversation=thread.id,
        customer=thread.customer,
        customer_name=name,
        from_address=call.from_number,
        to_address=call.to_number,
        queue=queue,
        tags=_needs(hub, call),
        call=book.as_call(call, Call(id=CallId(call.id))),
        arrived_at=Instant(call.arrived_at or step.now),
        updated_at=step.now,
    )
    return step.interaction(interactions.Arrived(interaction=value.id, at=step.now, value=value))


def _needs(hub: Hub, call: wire.SwitchCall) -> tuple[str, ...]:
    """What the callers of a number need, such as those who come through a relay."""
    if call.direction == "out":
        return ()
    return next((row.needs for row in hub.centre.numbers if row.number == call.to_number), ())


def begin(
    step: Step,
    customer: CustomerId,
    name: str,
    number: str,
    *,
    medium: MediumId,
    agent: AgentId = AgentId(""),
) -> Conversation:
    """The conversation that a call, a callback or a voice message belongs to."""
    thread = Conversation(
        id=ConversationId(step.new_id("v")),
        medium=medium,
        channel=ChannelId("voice"),
        customer=customer,
        customer_name=name,
        address=number,
        agent=agent,
        updated_at=step.now,
    )
    return step.conversation(conversations.Started(conversation=thread.id, at=step.now, value=thread))
