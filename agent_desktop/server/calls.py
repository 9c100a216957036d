"""Calls as interactions: the hub's side of voice.

Implements `channels.voice.VoiceDesk` and `work.Handler`.  A call that arrives is recorded before it is
answered; a caller who hangs up while waiting has abandoned; an agent's phone that does not answer sends
the call back to the head of its queue and its agent out of the rotation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from agent_desktop.domain import agent as agents
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Call
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
    QueueId,
    SkillId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import switch as wire

CONNECT_S = 15.0
IN_TALK = frozenset({interactions.ACTIVE, interactions.HELD})


class Calls:
    """The voice side of interactions."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self.registered: set[str] = set()
        work.handlers[VOICE] = self

    # --- VoiceDesk --------------------------------------------------------------------------------

    def call_arrived(self, call: wire.SwitchCall) -> Awaitable[None]:
        """Record a new call."""

        def arrive(step: Step) -> None:
            if call.id not in step.tables.by_call:
                self._start(step, call, agent=AgentId(""))

        return self._hub.run(arrive)

    def call_path(self, call: str, words: str) -> None:
        """A choice in the flow, in words."""
        self._change(
            call,
            lambda step, i: step.interaction(
                interactions.PathTaken(interaction=i.id, at=step.now, step=words)
            ),
        )

    def call_queued(self, call: str, queue: QueueId, skills: dict[SkillId, int]) -> None:
        """The flow ended in a queue."""

        def enqueue(step: Step, i: Interaction) -> None:
            if i.state == interactions.ARRIVED:
                self._work.queue(step, i.id, queue, skills)

        self._change(call, enqueue)

    def call_moved(self, call: wire.SwitchCall) -> None:
        """The exchange reported where the call stands."""

        def move(step: Step, i: Interaction) -> None:
            over = i.call is None or i.call.state == "ended"  # news from before the end change nothing
            if not over and i.call is not None and (moved := _as_call(call, i.call)) != i.call:
                step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=moved))

        self._change(call.id, move)

    def agent_leg_failed(self, call: str, extension: str, detail: str) -> None:
        """The agent's phone did not answer: back to the queue, the agent is not responding."""
        why = f"the phone {extension} did not answer: {detail}"
        self._change(call, lambda step, i: self._lost_agent(step, i, why))

    def agent_leg_ended(self, call: str, extension: str, by: str) -> None:
        """A plain hang-up of the agent ends the call; a phone that is gone gives the call back."""

        def end(step: Step, i: Interaction) -> None:
            if i.state not in IN_TALK:
                return
            if by == "agent":
                self._work.end(step, i.id, "agent")
            else:
                self._lost_agent(step, i, f"the phone {extension} is gone")

        self._change(call, end)

    def _lost_agent(self, step: Step, i: Interaction, why: str) -> None:
        if i.state not in IN_TALK:
            return
        if i.direction == "out":
            self._work.end(step, i.id, "network")
            return
        agent = step.agent_of(i.agent)
        if agent.state == agents.READY:
            step.agent(
                agents.WentNotReady(
                    agent=agent.id, at=step.now, reason=agents.NOT_RESPONDING, cause="phone_failed"
                )
            )
        queue = i.queue or next(iter(self._hub.centre.queues))
        step.interaction(interactions.Returned(interaction=i.id, at=step.now, queue=queue, why=why))

    def agent_dialled(self, call: wire.SwitchCall) -> None:
        """An agent dialled on the phone itself."""

        def dialled(step: Step) -> None:
            owner = next((a for a in step.tables.agents.values() if a.extension == call.extension), None)
            if owner is None or call.id in step.tables.by_call:
                return
            i = self._start(step, call, agent=owner.id)
            step.interaction(interactions.Accepted(interaction=i.id, at=step.now, agent=owner.id))

        self._hub.run(dialled)

    def call_ended(self, call: wire.SwitchCall) -> None:
        """The customer's leg is gone."""

        def ended(step: Step, i: Interaction) -> None:
            by = call.ended_by or "network"
            if i.call is not None and i.call.state != "ended":
                last = replace(
                    i.call, state="ended", ended_at=Instant(call.ended_at or step.now), ended_by=by
                )
                step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=last))
            if i.state in IN_TALK:
                self._work.end(step, i.id, by)
            elif i.state in (interactions.ARRIVED, interactions.QUEUED, interactions.OFFERED):
                step.interaction(interactions.Abandoned(interaction=i.id, at=step.now, by=by))

        self._change(call.id, ended)

    def extension_registered(self, extension: str, *, registered: bool) -> None:
        """An agent's phone is there, or gone."""
        (self.registered.add if registered else self.registered.discard)(extension)

    def known_calls(self) -> Iterable[str]:
        """Calls that the record believes to be up."""
        live = self._hub.tables.interactions
        for call, key in self._hub.tables.by_call.items():
            if live[key].state != interactions.WRAP_UP:
                yield call

    def waiting_calls(self) -> Iterable[str]:
        """Calls that wait for an agent."""
        live = self._hub.tables.interactions
        for call, key in self._hub.tables.by_call.items():
            if live[key].state in (interactions.QUEUED, interactions.OFFERED):
                yield call

    def unplaced_calls(self) -> Iterable[tuple[str, str]]:
        """Calls still in their flow."""
        live = self._hub.tables.interactions
        for call, key in self._hub.tables.by_call.items():
            if live[key].state == interactions.ARRIVED:
                yield call, live[key].to_address

    # --- Handler ----------------------------------------------------------------------------------

    def accepted(self, step: Step, interaction: Interaction) -> None:
        """Ring the agent's phone."""
        call, agent = interaction.call, step.agent_of(interaction.agent)
        if call is None:
            return
        step.after(
            lambda: self._voice.connect(
                call.id,
                extension=agent.extension,
                interaction=interaction.id,
                timeout_s=CONNECT_S,
                number=call.from_number,
                name=interaction.customer_name,
            )
        )

    def held(self, step: Step, interaction: Interaction) -> None:
        """Music for the customer."""
        if (call := interaction.call) is not None:
            step.after(lambda: self._voice.hold(call.id))

    def resumed(self, step: Step, interaction: Interaction) -> None:
        """The customer is back."""
        if (call := interaction.call) is not None:
            step.after(lambda: self._voice.resume(call.id))

    def returned(self, step: Step, interaction: Interaction) -> None:
        """The agent's leg goes, the customer waits."""
        if (call := interaction.call) is not None:
            step.after(lambda: self._voice.back_to_queue(call.id))

    def ended(self, step: Step, interaction: Interaction) -> None:
        """Hang up, unless the customer did; the form may be done before the exchange says so."""
        call, by = interaction.call, interaction.ended_by
        if call is None or call.state == "ended":
            return
        last = replace(call, state="ended", ended_at=step.now, ended_by=by)
        step.interaction(interactions.CallMoved(interaction=interaction.id, at=step.now, call=last))
        step.after(lambda: self._voice.hang_up(call.id, by))

    # --- agents -----------------------------------------------------------------------------------

    def dial(self, step: Step, agent: AgentId, number: str, queue: QueueId) -> None:
        """Start an outbound call."""
        caller = step.agent_of(agent)
        if not number.strip():
            raise RefusedError("There is no number to dial.", code="empty")
        if step.load(agent).get(VOICE):
            raise RefusedError("You have a call already. End or transfer it first.", code="busy")
        if caller.extension not in self.registered:
            raise RefusedError("Your phone is not registered. Check the phone first.", code="no_phone")
        call = wire.SwitchCall(
            id=step.new_id("c"),
            state="ringing",
            direction="out",
            to_number=number,
            extension=caller.extension,
            arrived_at=step.now,
        )
        i = self._start(step, call, agent=agent, queue=queue)
        step.interaction(
            interactions.Accepted(interaction=i.id, at=step.now, agent=agent, reasons=("You dialled",))
        )
        step.after(
            lambda: self._voice.dial(call.id, extension=caller.extension, number=number, interaction=i.id)
        )

    # --- inside -----------------------------------------------------------------------------------

    def _start(
        self, step: Step, call: wire.SwitchCall, *, agent: AgentId, queue: QueueId = QueueId("")
    ) -> Interaction:
        outward = call.direction == "out"
        number = call.to_number if outward else call.from_number
        customer, _ = customers.match(
            self._hub.store.customers_at("phone", customers.normal("phone", number)) if number else ()
        )
        name = customer.name if customer else call.from_name or number or "Unknown number"
        thread = conversations.Conversation(
            id=ConversationId(step.new_id("v")),
            medium=VOICE,
            channel=ChannelId("voice"),
            customer=customer.id if customer else CustomerId(""),
            customer_name=name,
            address=number,
            agent=agent,
            updated_at=step.now,
        )
        step.conversation(conversations.Started(conversation=thread.id, at=step.now, value=thread))
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
            call=_as_call(call, Call(id=CallId(call.id))),
            arrived_at=Instant(call.arrived_at or step.now),
            updated_at=step.now,
        )
        return step.interaction(interactions.Arrived(interaction=value.id, at=step.now, value=value))

    def _change(self, call: str, change: Callable[[Step, Interaction], object]) -> None:
        def find(step: Step) -> None:
            key = step.tables.by_call.get(call)
            if key is not None:
                change(step, step.tables.interactions[key])

        _watch(self._hub.run(find))


def _watch(future: asyncio.Future[None]) -> None:
    """The exchange has no answer to give: what failed is in the hub's log already."""
    future.add_done_callback(lambda done: done.cancelled() or done.exception())


def _as_call(call: wire.SwitchCall, before: Call) -> Call:
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
    )
