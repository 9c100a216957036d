"""What a medium does beside when the work moves: ring a phone, tell a visitor."""

from __future__ import annotations

from typing import Protocol

from agent_desktop.domain.interaction import Interaction
from agent_desktop.server.hub import Step


class Handler(Protocol):
    """What a medium does when the work moves.  Called inside the step; effects go to `step.after`."""

    def accepted(self, step: Step, interaction: Interaction) -> None: ...
    def held(self, step: Step, interaction: Interaction) -> None: ...
    def resumed(self, step: Step, interaction: Interaction) -> None: ...
    def returned(self, step: Step, interaction: Interaction) -> None: ...
    def ended(self, step: Step, interaction: Interaction) -> None: ...
