"""The wrap-up form as it comes in: is the code one of this queue, is everything filled in, may it be left.

Everything is looked at before anything changes, so that a refusal leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import wrapup
from agent_desktop.domain.call import OVER
from agent_desktop.domain.centre import Disposition
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, DispositionCode, InteractionId
from agent_desktop.errors import RefusedError
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.wrapping import Filled, Wrapping
from agent_desktop.wire import commands

_OPEN = frozenset(
    {interactions.ACTIVE, interactions.HELD, interactions.PARKED, interactions.WRAP_UP}
)  # the states in which a form can be handed in


class Forms:
    """What agents and supervisors hand in."""

    def __init__(self, hub: Hub, wrapping: Wrapping) -> None:
        self._hub = hub
        self._wrapping = wrapping

    def wrap_up(self, step: Step, agent: AgentId, command: commands.WrapUp) -> None:
        """The agent finishes with a code, or without one where the mode allows it."""
        key = InteractionId(command.interaction)
        interaction = mine(step, agent, key)
        if interaction.state not in _OPEN:
            raise RefusedError("There is nothing to wrap up yet.", code="wrong_state")
        if _lies_parked(interaction) and step.hub.media[interaction.medium].talk:
            said = "Take the call back and end it first, then finish the form."
            raise RefusedError(said, code="wrong_state")
        given = dict(command.values)
        form = Filled(note=command.note)
        if command.code and command.code != wrapup.NONE:
            disposition = self._disposition(interaction, DispositionCode(command.code))
            _all_filled_in(disposition, given)
            self._wrapping.effects.check(step, interaction, disposition, given)
            form = Filled(
                code=disposition.code,
                note=command.note,
                values=_kept(disposition, given),
                survey=command.survey and disposition.survey,
            )
        elif wrapup.MODES[self._wrapping.rules(interaction).mode].needs_code:
            raise RefusedError("Choose a code: this queue needs one.", code="no_code")
        if interaction.state in (interactions.ACTIVE, interactions.HELD):
            if step.hub.media[interaction.medium].talk:
                raise RefusedError("End the call first, then finish the form.", code="wrong_state")
            interaction = self._wrapping.end(step, key, "agent", form)
        if interaction.state not in interactions.OVER:
            self._wrapping.finish(step, key, form)

    def force(self, step: Step, by: AgentId, command: commands.ForceWrapUp) -> None:
        """A supervisor ends a wrap-up; who and why is an entry of the record (PRODUCT 3.6.7)."""
        key = InteractionId(command.interaction)
        interaction = step.interaction_of(key)
        if interaction.state != interactions.WRAP_UP:
            raise RefusedError("This is not in wrap-up.", code="wrong_state")
        if not command.reason.strip():
            raise RefusedError("Say why you end it.", code="missing_reason")
        form = Filled(
            code=interaction.disposition or wrapup.FORCED,  # what the agent chose already stands
            note=interaction.disposition_note,
            values=interaction.disposition_values,
            survey=interaction.survey,
        )
        if command.code and command.code != wrapup.FORCED:
            disposition = self._disposition(interaction, DispositionCode(command.code))
            self._wrapping.effects.check(step, interaction, disposition, {})
            form = Filled(code=disposition.code)
        step.interaction(
            interactions.ActNoted(
                interaction=key, at=step.now, by=by, act="force_wrap_up", detail=command.reason.strip()
            )
        )
        self._wrapping.close(step, key, form, cause="supervisor")

    def _disposition(self, interaction: Interaction, code: DispositionCode) -> Disposition:
        """A code that can be chosen in the interaction's queue.  Raises `RefusedError`."""
        known = self._hub.centre.dispositions
        queue = self._hub.centre.queues.get(interaction.queue)
        allowed = (queue.dispositions if queue else ()) or tuple(known)
        if code not in allowed:
            raise RefusedError(f"There is no disposition “{code}” in this queue.", code="unknown_disposition")
        if any(known[other].parent == code for other in allowed):
            raise RefusedError(f"Choose one of the codes under “{known[code].label}”.", code="branch")
        return known[code]


def _lies_parked(i: Interaction) -> bool:
    """Whether the customer is in the music of the park; a callback that waits for its time is not."""
    return i.state == interactions.PARKED and i.call is not None and i.call.state not in OVER


def _all_filled_in(disposition: Disposition, values: Mapping[str, str]) -> None:
    missing = [f.label for f in disposition.fields if f.required and not values.get(f.id, "").strip()]
    if missing:
        raise RefusedError(f"Still to fill in: {', '.join(missing)}.", code="missing_field")


def _kept(disposition: Disposition, values: Mapping[str, str]) -> dict[str, str]:
    """What may be written down: card data never is."""
    kinds = {field.id: field.kind for field in disposition.fields}
    return {name: value for name, value in values.items() if kinds.get(name) != "payment"}
