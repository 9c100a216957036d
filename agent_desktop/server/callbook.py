"""Which interaction a call of the exchange is, and whose phone an extension is.

Every room that deals with calls changes an interaction through `change`: the exchange names its calls,
the record its interactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from agent_desktop.domain import call as calls
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.call import Call, CallQuality, Leg
from agent_desktop.domain.interaction import CallMoved, HandedOver, Interaction
from agent_desktop.domain.transfer import REASONS, Situation, refusal
from agent_desktop.domain.types import AgentId, Instant, LegId
from agent_desktop.errors import RefusedError
from agent_desktop.server.hub import Hub, Step
from agent_desktop.wire import switch as wire

MOST_KEYS = 64


class CallBook:
    """Calls and phones as the record knows them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.registered: set[str] = set()

    def change(self, call: str, change: Callable[[Step, Interaction], object]) -> None:
        """Do this to the interaction of a call; to none when the record has none (any more)."""

        def find(step: Step) -> None:
            key = step.tables.by_call.get(call)
            if key is not None:
                change(step, step.tables.interactions[key])

        watch(self._hub.run(find))

    def agent_at(self, extension: str) -> Agent | None:
        """Whose phone this is."""
        agents = self._hub.tables.agents.values()
        return next((a for a in agents if extension and a.extension == extension), None)

    def phone_of(self, agent: Agent) -> str:
        """The extension of an agent whose phone is there.  Raises `RefusedError`."""
        if not agent.extension or agent.extension not in self.registered:
            said = f"The phone of {agent.name} is not registered."
            raise RefusedError(said, code="no_phone")
        return agent.extension

    def as_call(self, call: wire.SwitchCall, before: Call) -> Call:
        """The record's value of what the exchange reports; what it does not say is kept."""
        state = {"answered": "treatment"}.get(call.state, call.state)
        return replace(
            before,
            state=state,
            from_number=call.from_number or before.from_number,
            to_number=call.to_number or before.to_number,
            answered_at=Instant(call.answered_at or before.answered_at),
            bridged_at=Instant(call.bridged_at or before.bridged_at),
            ended_at=Instant(call.ended_at or before.ended_at),
            ended_by=call.ended_by or before.ended_by,
            ended_why=call.ended_why or before.ended_why,
            talk=call.talk,
            legs=tuple(self._leg(leg) for leg in call.legs) or before.legs,
            recording=call.recording,
            secure=call.secure,
            trunk=call.trunk or before.trunk,
            text=call.text or before.text,
        )

    def _leg(self, leg: wire.SwitchLeg) -> Leg:
        owner = self.agent_at(leg.extension)
        quality = None
        if leg.quality is not None:
            quality = msgspec.convert(leg.quality, CallQuality, from_attributes=True)
        return Leg(
            id=LegId(leg.id),
            kind=leg.kind,
            state=leg.state,
            agent=owner.id if owner else AgentId(""),
            number=leg.number or leg.extension,
            name=(owner.name if owner else "") or leg.name,
            mode=leg.mode,
            muted=leg.muted,
            up_at=Instant(leg.up_at),
            quality=quality,
        )


_SAID: Final = {
    "404": "was not found", "410": "was not found", "484": "was not found", "604": "was not found",
    "480": "did not answer", "408": "did not answer", "487": "did not answer",
    "486": "is busy", "600": "is busy", "603": "declined the call", "607": "declined the call",
}  # fmt: skip


def not_reached(who: str, why: str) -> str:
    """Why nobody was reached, for the agent; `why` may begin with a SIP status (RFC 3261, section 21)."""
    status, _space, words = why.partition(" ") if why[:3].isdecimal() else ("", "", why)
    if said := _SAID.get(status):
        return f"{who} {said}."
    because = f": {words.rstrip('.')}" if words else ""
    return f"{who} did not answer{because}."


def moved(step: Step, i: Interaction, call: Call) -> Interaction:
    """Write a call's new value, unless it is the old one."""
    if call == i.call:
        return i
    return step.interaction(CallMoved(interaction=i.id, at=step.now, call=call))


def handed(step: Step, before: Interaction, owner: Agent) -> HandedOver:
    """Who has the agent's leg now: a supervisor who was in the call took it over, a guest was put through."""
    had = step.tables.agents.get(before.agent)  # none: taken out of the configuration
    leads = before.call is not None and calls.supervisor(before.call, owner.id) is not None
    return HandedOver(
        interaction=before.id,
        at=step.now,
        agent=owner.id,
        why=f"taken over by {owner.name}" if leads else f"put through by {had.name if had else before.agent}",
        taken_from=before.agent if leads else AgentId(""),
        by=owner.id if leads else AgentId(""),
    )


def situation(i: Interaction) -> Situation:
    """What `domain.transfer` looks at."""
    if i.call is None:
        return Situation(state="")
    up = [leg for leg in calls.guests(i.call) if leg.state == "up"]
    return Situation(
        state=i.call.state,
        held=i.state == "held",
        talk=i.call.talk,
        guests=len(up),
        ringing=len(calls.guests(i.call)) - len(up),
        secure=i.call.secure,
    )


def allow(act: str, i: Interaction) -> Call:
    """The call, when the act is possible in it.  Raises `RefusedError` with the reason in words."""
    code = refusal(act, situation(i))
    if code or i.call is None:
        raise RefusedError(REASONS[code or "no_call"], code=code or "no_call")
    return i.call


def watch(future: asyncio.Future[None]) -> None:
    """The exchange has no answer to give: what failed is in the hub's log already."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
