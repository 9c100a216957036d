"""Wrap-up: it starts when the customer is gone, runs by the router's clock, and ends with one disposition.

The rules are `domain.wrapup`.  Here their deadlines are armed and their events written: an agent's program
that is closed, asleep or away stops none of them, and a restart of the router arms them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import timers, wrapup
from agent_desktop.domain.centre import WrapUpRules
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import (
    AgentId,
    ConversationId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    Seconds,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.effects import Effects
from agent_desktop.server.handling import Handler, handled, mine
from agent_desktop.server.hub import Hub, Step, rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as the agent leaves it."""

    code: DispositionCode = wrapup.NONE
    note: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    survey: bool = False


NOTHING = Filled()


class Wrapping:
    """The acts at the end of work."""

    def __init__(self, hub: Hub, handlers: Mapping[MediumId, Handler]) -> None:
        self._hub = hub
        self._handlers = handlers
        self._gone: set[AgentId] = set()  # whose lease is over
        self.effects = Effects(hub)

    def rules(self, interaction: Interaction) -> WrapUpRules:
        """How an interaction is wrapped up."""
        rule = wrapup.rules_for(rules_of(self._hub, interaction.queue), interaction)
        hub, key = self._hub, interaction.customer
        card = (hub.tables.customers.get(key) or hub.store.customer(key)) if key else None
        agent = hub.tables.agents.get(interaction.agent)
        needs = (*(card.access_needs if card is not None else ()), *interaction.tags)
        return timers.wrap_up(rule, agent, needs, hub.centre.relay_timers)

    def end(self, step: Step, key: InteractionId, by: str, form: Filled = NOTHING) -> Interaction:
        """The customer is gone or the work is done: wrap-up starts, by the queue's mode.

        Where there is no wrap-up, the interaction is closed, with what `form` says.
        """
        interaction = step.interaction_of(key)
        rule = self.rules(interaction)
        deadline = wrapup.deadline(rule, step.now, self._running(step, interaction.agent))
        ended = step.interaction(
            interactions.Ended(interaction=key, at=step.now, by=by, deadline_at=deadline)
        )
        handled(self._handlers, ended, lambda h: h.ended(step, ended))
        if not wrapup.MODES[rule.mode].begins:
            return self.close(step, key, form, cause="system" if form is NOTHING else "agent")
        if ended.agent not in step.tables.agents:  # whom the configuration no longer has fills in no form
            return self.close(step, key, Filled(code=wrapup.LEFT), cause="system")
        self._arm(ended)
        self._one_clock(step, ended.agent)
        if ended.agent in self._gone:
            self._arm_absence(ended)
        return step.interaction_of(key)

    def handed_on(self, step: Step, i: Interaction, agent: AgentId) -> None:
        """The agent put a call through: the customer goes on, the agent's own part is wrapped up (R26)."""
        rule = self.rules(i)
        if not wrapup.MODES[rule.mode].begins or agent not in step.tables.agents:
            return
        part = replace(
            i,
            id=InteractionId(step.new_id("i")),
            state=interactions.WRAP_UP,
            agent=agent,
            conversation=ConversationId(""),  # which goes on with the other agent
            call=None,
            offer=None,
            callback_number="",
            recordings=(),
            promises=(),
            held_at=Instant(0.0),
            held_s=Seconds(0.0),  # the hold is told of the call that goes on
            ended_at=step.now,
            ended_by="agent",
            wrapup_at=step.now,
            wrapup_deadline_at=wrapup.deadline(rule, step.now, self._running(step, agent)),
            updated_at=step.now,
        )
        self._arm(step.interaction(interactions.Arrived(interaction=part.id, at=step.now, value=part)))
        self._one_clock(step, agent)

    def finish(self, step: Step, key: InteractionId, form: Filled) -> Interaction:
        """The agent is done: at once, or at the deadline where nobody leaves early."""
        interaction = step.interaction_of(key)
        early = wrapup.MODES[self.rules(interaction).mode].leaves_early
        if early or interaction.state != interactions.WRAP_UP or interaction.wrapup_deadline_at <= step.now:
            return self.close(step, key, form)
        return step.interaction(
            interactions.DispositionChosen(
                interaction=key,
                at=step.now,
                code=form.code,
                note=form.note,
                values=dict(form.values),
                survey=form.survey,
            )
        )

    def extend(self, step: Step, agent: AgentId, key: InteractionId) -> None:
        """More time for the form; counted and limited (F3)."""
        interaction = mine(step, agent, key)
        queue = rules_of(self._hub, interaction.queue)
        if interaction.state != interactions.WRAP_UP:
            raise RefusedError("The wrap-up has not begun.", code="wrong_state")
        if not interaction.wrapup_deadline_at:
            raise RefusedError("This wrap-up has no time limit.", code="no_limit")
        if interaction.wrapup_extensions >= queue.extend_times:
            said = _extended_out(queue.extend_times)
            raise RefusedError(said, code="extended_out")
        after = step.interaction(
            interactions.WrapUpExtended(
                interaction=key,
                at=step.now,
                deadline_at=Instant(interaction.wrapup_deadline_at + queue.extend_s),
            )
        )
        self._arm(after)
        self._one_clock(step, agent)

    def close(
        self, step: Step, key: InteractionId, form: Filled = NOTHING, *, cause: str = "agent"
    ) -> Interaction:
        """Write the disposition, once; what the code brings about is done in the same step."""
        step.interaction_of(key)  # refused when it is over
        closed = step.interaction(
            interactions.Closed(
                interaction=key,
                at=step.now,
                code=form.code,
                note=form.note,
                values=dict(form.values),
                cause=cause,
                survey=form.survey,
            )
        )
        self.effects.carry_out(step, closed)
        return closed

    def resume(self, interaction: Interaction) -> None:
        """After a start: the clock runs on."""
        if interaction.state == interactions.WRAP_UP:
            self._arm(interaction)

    # --- an agent who is gone -----------------------------------------------------------------------

    def agent_gone(self, step: Step, agent: AgentId) -> None:
        """The lease is over: a wrap-up without a limit is closed when the agent stays away too long."""
        self._gone.add(agent)
        for interaction in self._running(step, agent):
            self._arm_absence(interaction)

    def agent_back(self, agent: AgentId) -> None:
        """The agent is there again, and may finish."""
        self._gone.discard(agent)

    def _arm_absence(self, interaction: Interaction) -> None:
        if not interaction.wrapup_deadline_at:
            at = Instant(self._hub.clock.now() + self._hub.centre.wrapup_safety_s)
            self._hub.at(at, lambda step: self._abandoned(step, interaction.id))

    def _abandoned(self, step: Step, key: InteractionId) -> None:
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.WRAP_UP:
            return
        if interaction.agent in self._gone and not interaction.wrapup_deadline_at:
            self.close(step, key, Filled(code=wrapup.LEFT), cause="system")

    # --- the clock ----------------------------------------------------------------------------------

    def _running(self, step: Step, agent: AgentId) -> list[Interaction]:
        """The agent's wrap-ups."""
        held = (step.tables.interactions[key] for key in sorted(step.tables.in_hand.get(agent, ())))
        return [i for i in held if i.state == interactions.WRAP_UP]

    def _one_clock(self, step: Step, agent: AgentId) -> None:
        """All the agent's wrap-ups that have a limit end together."""
        running = self._running(step, agent)
        end = wrapup.clock(running)
        for behind in wrapup.followers(running, end):
            self._arm(
                step.interaction(
                    interactions.WrapUpExtended(
                        interaction=behind.id, at=step.now, deadline_at=end, counted=False
                    )
                )
            )

    def _over_at(self, interaction: Interaction) -> Instant:
        return wrapup.over_at(self.rules(interaction), interaction, self._hub.centre.wrapup_safety_s)

    def _arm(self, interaction: Interaction) -> None:
        if at := self._over_at(interaction):
            self._hub.at(at, lambda late: self._over(late, interaction.id))

    def _over(self, step: Step, key: InteractionId) -> None:
        interaction = step.tables.interactions.get(key)
        if interaction is None or interaction.state != interactions.WRAP_UP:
            return
        if not 0 < self._over_at(interaction) <= step.now:
            return
        code, cause = wrapup.code_at_end(interaction)
        form = Filled(
            code=code,
            note=interaction.disposition_note,
            values=interaction.disposition_values,
            survey=interaction.survey,
        )
        self.close(step, key, form, cause=cause)


def _extended_out(times: int) -> str:
    if not times:
        return "This queue gives no more time."
    return f"It was extended {'once' if times == 1 else f'{times} times'} already. There is no more time."
