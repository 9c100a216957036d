"""What a medium does beside when the work moves: ring a phone, tell a visitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, InteractionId, MediumId
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Step


class Handler(Protocol):
    """What a medium does when the work moves.  Called inside the step; effects go to `step.after`."""

    def accepted(self, step: Step, interaction: Interaction) -> None: ...
    def held(self, step: Step, interaction: Interaction) -> None: ...
    def resumed(self, step: Step, interaction: Interaction) -> None: ...
    def returned(self, step: Step, interaction: Interaction) -> None: ...
    def ended(self, step: Step, interaction: Interaction) -> None: ...


def handled(
    handlers: Mapping[MediumId, Handler], interaction: Interaction, act: Callable[[Handler], None]
) -> None:
    """Let the interaction's medium do its part."""
    if (handler := handlers.get(interaction.medium)) is not None:
        act(handler)


def mine(step: Step, agent: AgentId, key: InteractionId) -> Interaction:
    """An interaction in this agent's hand; raises `RefusedError` otherwise."""
    interaction = step.interaction_of(key)
    if interaction.agent != agent or interaction.state == interactions.QUEUED:
        raise RefusedError("This interaction is not yours.", code="not_yours")
    return interaction
