"""Wrap-up: it starts when the customer is gone, runs by the server's clock, and ends with one disposition."""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.centre import TIMED_MODES
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, DispositionCode, Instant, InteractionId, MediumId
from agent_desktop.errors import RefusedError
from agent_desktop.server.handling import Handler, handled, mine
from agent_desktop.server.hub import Hub, Step, rules_of

TIMEOUT = DispositionCode("timeout")
NONE = DispositionCode("none")


class Wrapping:
    """The acts at the end of work."""

    def __init__(self, hub: Hub, handlers: Mapping[MediumId, Handler]) -> None:
        self._hub = hub
        self._handlers = handlers

    def end(self, step: Step, key: InteractionId, by: str) -> Interaction:
        """The customer is gone or the work is done: wrap-up starts, by the queue's mode."""
        interaction = step.interaction_of(key)
        queue = rules_of(self._hub, interaction.queue)
        timed = queue.wrapup_mode in TIMED_MODES and queue.wrapup_s
        deadline = Instant(step.now + queue.wrapup_s) if timed else Instant(0.0)
        ended = step.interaction(
            interactions.Ended(interaction=key, at=step.now, by=by, deadline_at=deadline)
        )
        handled(self._handlers, ended, lambda h: h.ended(step, ended))
        if queue.wrapup_mode == "none":
            return self.close(step, key, NONE, cause="system")
        if deadline:
            self._arm(ended)
        return ended

    def _arm(self, interaction: Interaction) -> None:
        self._hub.at(interaction.wrapup_deadline_at, lambda late: self._over(late, interaction.id))

    def _over(self, step: Step, key: InteractionId) -> None:
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.WRAP_UP:
            return
        if interaction.wrapup_deadline_at <= step.now:
            self.close(step, key, TIMEOUT, cause="timeout")

    def extend(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """More time for the form; counted and limited (F3)."""
        interaction = mine(step, agent, key)
        queue = rules_of(self._hub, interaction.queue)
        if not interaction.wrapup_deadline_at:
            raise RefusedError("This wrap-up has no time limit.", code="no_limit")
        if interaction.wrapup_extensions >= queue.extend_times:
            raise RefusedError(f"It was extended {queue.extend_times} times already.", code="extended_out")
        after = step.interaction(
            interactions.WrapUpExtended(
                interaction=key,
                at=step.now,
                deadline_at=Instant(interaction.wrapup_deadline_at + queue.extend_s),
            )
        )
        self._arm(after)

    def close(
        self,
        step: Step,
        key: InteractionId,
        code: DispositionCode,
        *,
        note: str = "",
        values: dict[str, str] | None = None,
        cause: str = "agent",
    ) -> Interaction:
        """Write the disposition, once."""
        interaction = step.interaction_of(key)
        closed = step.interaction(
            interactions.Closed(
                interaction=key, at=step.now, code=code, note=note, values=values or {}, cause=cause
            )
        )
        if interaction.agent and not step.tables.in_hand.get(interaction.agent):
            step.agent(agents.HandsEmptied(agent=interaction.agent, at=step.now, cause="closed"))
        return closed

    def resume(self, interaction: Interaction) -> None:
        """After a start: the clock runs on."""
        if interaction.state == interactions.WRAP_UP and interaction.wrapup_deadline_at:
            self._arm(interaction)
