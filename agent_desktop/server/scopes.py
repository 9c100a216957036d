"""A view's scope is another one now: work comes into the view and leaves it, some in each turn of the loop.

What changes meanwhile follows the new scope by itself, and is looked at again: that says the same once more.
A later change of scope begins anew, and what is left of an earlier one is let be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from agent_desktop.domain.types import AgentId, InteractionId
from agent_desktop.server.audience import Receiver

AT_ONCE: Final = 200  # pieces of work in one turn


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
