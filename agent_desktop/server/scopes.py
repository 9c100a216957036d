"""What a view holds; when its scope is another one, work comes and leaves, some in each turn of the loop.

What changes meanwhile follows the new scope by itself, and is looked at again: that says the same once more.
A later change of scope begins anew, and what is left of an earlier one is let be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import islice
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, InteractionId, QueueId
from agent_desktop.server.audience import Receiver

AT_ONCE: Final = 200  # pieces of work in one turn


def near(receiver: Receiver, interaction: Interaction) -> bool:
    """In the agent's hand or ear, or parked by it: its conversation and customer are in view too."""
    if receiver.agent in interactions.concerned(interaction):
        return True
    return interaction.state == interactions.PARKED and interaction.agent == receiver.agent


def holds(receiver: Receiver, interaction: Interaction, queues: Container[QueueId], *, leads: bool) -> bool:
    """Whether a piece of work is in the view; `queues` are the agent's own."""
    if interaction.state in interactions.OVER or interaction.state == interactions.ARRIVED:
        return False
    if near(receiver, interaction):
        return True
    if receiver.scope == "mine":
        return False
    if interaction.state == interactions.QUEUED and interaction.queue in queues:
        return True
    return receiver.scope == "all" and (leads or interaction.queue in queues)


def follow(
    receiver: Receiver,
    keys: Iterable[InteractionId],
    receivers: Mapping[AgentId, Receiver],
    bring: Callable[[InteractionId], object],
) -> None:
    """Bring pieces of work up to date in a view, the first of them now, for as long as it is there."""
    receiver.looking = looking = iter(keys)

    def some() -> None:
        if receiver.looking is not looking or receivers.get(receiver.agent) is not receiver:
            return
        looked_at = list(islice(looking, AT_ONCE))
        for key in looked_at:
            bring(key)
        receiver.wake()
        if len(looked_at) == AT_ONCE:
            asyncio.get_running_loop().call_soon(some)

    some()
