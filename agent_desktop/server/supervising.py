"""A supervisor in somebody else's call: listen, whisper, barge, take over (PRODUCT 3.8, J1, J2).

Rules: one leg for all modes, so that changing the mode never dials again; every act is an entry of the
log, whether or not the agent is told; nobody supervises the own call; the exchange sees to it that a
whisper never reaches the customer.
"""

from __future__ import annotations

from agent_desktop.domain import call as calls
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Call
from agent_desktop.domain.interaction import ActNoted, Interaction
from agent_desktop.domain.permissions import can
from agent_desktop.domain.types import AgentId, InteractionId
from agent_desktop.errors import RefusedError
from agent_desktop.server.calls import IN_TALK, TALKING, Calls
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.hub import Hub, Step
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire

OFF = "off"
HEARS = frozenset({"both", "agent", "customer"})


class Supervising:
    """What a supervisor does with a call."""

    def __init__(self, hub: Hub, voice: VoiceChannel, calls_: Calls) -> None:
        self._hub = hub
        self._voice = voice
        self._book = calls_.book

    def supervise(self, step: Step, by: AgentId, command: commands.Supervise) -> None:
        """Join, change the mode, or leave."""
        mode = command.mode
        if mode != OFF and mode not in calls.MODES:
            raise RefusedError("The mode is listen, whisper, barge or off.", code="bad_value")
        if command.hears not in HEARS:
            raise RefusedError("You hear both, the agent or the customer.", code="bad_value")
        me = step.agent_of(by)
        if not can(me.role, calls.LISTEN if mode == OFF else mode):
            raise RefusedError("You may not do this. Ask your administrator.", code="not_allowed")
        i = self._find(step, by, command)
        if mode == OFF:
            self._leave(step, by, i, command.hears)
            return
        call = self._talking(i)
        leg = calls.supervisor(call, by)
        step.interaction(ActNoted(interaction=i.id, at=step.now, by=by, act=mode, detail=command.hears))
        name = leg.id if leg is not None else step.new_id("l")
        extension = self._book.phone_of(me)
        step.after(
            lambda: self._voice.order(
                wire.Supervise(
                    call=call.id,
                    leg=name,
                    mode=mode,
                    extension=extension,
                    name=me.name,
                    hears=command.hears,
                )
            )
        )

    def _leave(self, step: Step, by: AgentId, i: Interaction, hears: str) -> None:
        """Out of the call, also while its customer waits for another agent."""
        call = i.call
        leg = calls.supervisor(call, by) if call is not None else None
        if call is None or leg is None:
            raise RefusedError("You are not in this call.", code="not_there")
        step.interaction(ActNoted(interaction=i.id, at=step.now, by=by, act=OFF, detail=hears))
        step.after(lambda: self._voice.order(wire.RemoveLeg(call=call.id, leg=leg.id)))

    def take_over(self, step: Step, by: AgentId, command: commands.TakeOver) -> None:
        """The supervisor in the call takes the agent's place."""
        i = step.interaction_of(InteractionId(command.interaction))
        call = self._talking(i)
        leg = calls.supervisor(call, by)
        if leg is None or leg.state != "up":
            raise RefusedError("Listen to the call first, then take it over.", code="not_there")
        step.interaction(ActNoted(interaction=i.id, at=step.now, by=by, act="take_over"))
        step.after(lambda: self._voice.order(wire.PromoteLeg(call=call.id, leg=leg.id)))

    def _find(self, step: Step, by: AgentId, command: commands.Supervise) -> Interaction:
        if command.interaction:
            i = step.interaction_of(InteractionId(command.interaction))
        else:
            i = self._call_of(step, by, command)
        if i.agent == by:
            raise RefusedError("This is your own call.", code="own_call")
        return i

    def _call_of(self, step: Step, by: AgentId, command: commands.Supervise) -> Interaction:
        """The call of an agent; with `off` and no agent the one that is listened to."""
        if not command.agent and command.mode == OFF:
            beside = [step.tables.interactions[key] for key in step.tables.beside.get(by, ())]
            heard = [i for i in beside if i.call is not None and calls.supervisor(i.call, by) is not None]
            if not heard:
                raise RefusedError("You are not in a call.", code="not_there")
            return heard[0]
        word = command.agent.strip()
        agents = step.tables.agents.values()
        agent = next((a for a in agents if word and word in (a.id, a.name, a.extension)), None)
        if agent is None:
            raise RefusedError(f"There is no agent “{word}”.", code="unknown_agent")
        held = [step.tables.interactions[key] for key in step.tables.in_hand.get(agent.id, ())]
        talks = [i for i in held if i.call is not None and i.state in IN_TALK]
        if not talks:
            raise RefusedError(f"{agent.name} has no call now.", code="no_call")
        return min(talks, key=lambda i: i.state != interactions.ACTIVE)

    @staticmethod
    def _talking(i: Interaction) -> Call:
        """Both must say so: the exchange may not have told yet that the agent sent the call away."""
        if i.call is None or i.call.state not in TALKING or i.state not in IN_TALK:
            raise RefusedError("The call is not connected to an agent now.", code="not_connected")
        return i.call
