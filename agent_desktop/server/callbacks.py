"""Calling customers back (PRODUCT 3.10, G12): the place in the queue is kept, the call is made at the turn.

A customer who asks to be called back hangs up and waits on as the same interaction, with its age.  At
its turn the agent accepts; then, by the queue's rule, the agent's phone rings first or the customer's.
Nobody there: it is tried again later, a few times, then it is the agent's to close.

An agent may ask for a callback too: at once or at a time, for whoever is free or for the agent alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Call
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.medium import VOICE
from agent_desktop.domain.types import (
    AgentId,
    CallId,
    ChannelId,
    Instant,
    InteractionId,
    QueueId,
    SkillId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server.arriving import begin
from agent_desktop.server.callbook import moved
from agent_desktop.server.calls import CONNECT_S, IN_TALK, TALKING, Calls
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.effects import UNWANTED, may_call
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step, rules_of
from agent_desktop.server.work import Work
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire

MOST_AHEAD_S: Final = 30 * 86_400.0
AT_ONCE_S: Final = 5.0
OWN_S: Final = 1800.0  # so long an agent's own callback waits for its agent, then anybody may call
CUSTOMER_FIRST: Final = "customer_first"


class Callbacks:
    """Who is to be called back, and when."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel, calls: Calls) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self._calls = calls
        calls.call_back = self.dial
        work.wrapping.effects.call_later = self.call_later
        calls.ask_back = self.asked
        calls.unreached = self.unreached
        calls.arrived_there.append(self.reached)

    def resume_deadlines(self) -> None:
        """After a start: arm the ones that wait for their time."""
        for i in self._hub.tables.interactions.values():
            if i.callback_number and i.state == interactions.PARKED:
                self._arm(i.id, i.callback_at)

    # --- asked for --------------------------------------------------------------------------------

    def asked(self, call: str, number: str, queue: QueueId, skills: dict[SkillId, int]) -> None:
        """A caller chose to be called back, in the flow or while waiting."""

        def ask(step: Step, i: Interaction) -> None:
            if i.state not in (interactions.ARRIVED, interactions.QUEUED):
                return
            step.interaction(interactions.CallbackAsked(interaction=i.id, at=step.now, number=number))
            step.interaction(
                interactions.PathTaken(interaction=i.id, at=step.now, step=f"asked to be called: {number}")
            )
            if i.state == interactions.ARRIVED:
                self._work.waiting.queue(step, i.id, queue, skills)

        self._calls.book.change(call, ask)

    def ask(self, step: Step, agent: AgentId, command: commands.AskCallback) -> None:
        """An agent wants a customer called: a new interaction of the same customer and queue."""
        source = mine(step, agent, InteractionId(command.interaction))
        number = command.number.strip() or source.from_address
        if source.direction == "out" and not command.number.strip():
            number = source.to_address
        if not number or not any(sign.isdigit() for sign in number):
            raise RefusedError("There is no number to call back.", code="empty")
        if command.at and not step.now - 60 <= command.at <= step.now + MOST_AHEAD_S:
            raise RefusedError("A callback lies at most 30 days ahead.", code="bad_value")
        may_call(step, source.customer, number)
        self.call_later(
            step, source, number, Instant(command.at), owner=agent if command.mine else AgentId("")
        )

    def call_later(
        self, step: Step, source: Interaction, number: str, at: Instant, owner: AgentId = AgentId("")
    ) -> None:
        """A callback not before `at`: an agent asked for it, or a disposition code did."""
        later = at > step.now + AT_ONCE_S
        i = self._new(step, source, number, owner)
        not_before = at if later else step.now
        step.interaction(
            interactions.CallbackAsked(interaction=i.id, at=step.now, number=number, not_before=not_before)
        )
        if later:
            step.interaction(interactions.Parked(interaction=i.id, at=step.now))
            self._arm(i.id, at)
        else:
            self._enqueue(step, step.interaction_of(i.id))

    # --- the call itself --------------------------------------------------------------------------

    def dial(self, step: Step, i: Interaction) -> None:
        """The agent has it: call, the agent's phone or the customer's first.

        Who has asked for no calls meanwhile is not called: the callback is over, and its note says why.
        """
        agent, number = step.agent_of(i.agent), i.callback_number
        try:
            may_call(step, i.customer, number)
        except RefusedError as error:
            step.interaction(
                interactions.Closed(
                    interaction=i.id, at=step.now, code=UNWANTED, note=str(error), cause="system"
                )
            )
            return
        call = Call(
            id=CallId(step.new_id("c")),
            state="ringing",
            from_number=self._voice.caller_id(i.queue),
            to_number=number,
        )
        moved(step, i, call)
        queue = self._hub.centre.queues.get(i.queue)
        customer_first = queue is not None and queue.callback == CUSTOMER_FIRST
        step.after(
            lambda: self._voice.order(
                wire.DialOut(
                    call=call.id,
                    extension="" if customer_first else agent.extension,
                    number=number,
                    interaction=i.id,
                    caller_id=call.from_number,
                )
            )
        )

    def reached(self, step: Step, i: Interaction, was: str) -> None:
        """The call moved on: the customer is there, or both are."""
        if not i.callback_number or i.call is None or i.state not in IN_TALK:
            return
        call = i.call
        if call.state in TALKING:
            step.interaction(interactions.CallbackTried(interaction=i.id, at=step.now, reached=True))
        elif call.state == "treatment" and was != "treatment":  # customer first: now the agent
            extension = step.agent_of(i.agent).extension
            step.after(
                lambda: self._voice.connect(
                    call.id,
                    extension=extension,
                    interaction=i.id,
                    timeout_s=CONNECT_S,
                    number=i.callback_number,
                    name=i.customer_name,
                )
            )

    def unreached(self, step: Step, i: Interaction) -> bool:
        """The customer was not there: later again; False when it was tried often enough."""
        queue = self._hub.centre.queues.get(i.queue)
        tries, pause_s = (queue.callback_tries, queue.callback_retry_s) if queue else (1, 0.0)
        again = i.callback_tries + 1 < tries
        at = Instant(step.now + pause_s) if again else Instant(0.0)
        step.interaction(
            interactions.CallbackTried(interaction=i.id, at=step.now, reached=False, not_before=at)
        )
        if not again:
            if i.call is not None:
                times = i.callback_tries + 1
                said = f"{i.customer_name} was not reached after {times} {'try' if times == 1 else 'tries'}."
                moved(step, step.interaction_of(i.id), replace(i.call, notice=said))
            return False
        step.interaction(interactions.Parked(interaction=i.id, at=step.now))
        self._arm(i.id, at)
        return True

    # --- inside -----------------------------------------------------------------------------------

    def _arm(self, key: InteractionId, at: Instant) -> None:
        self._hub.at(at, lambda step: self._due(step, key))

    def _due(self, step: Step, key: InteractionId) -> None:
        i = step.tables.interactions.get(key)
        if i is None or i.state != interactions.PARKED or not i.callback_number:
            return
        if i.callback_at <= step.now:
            self._enqueue(step, i)

    def _enqueue(self, step: Step, i: Interaction) -> None:
        """Let it wait with its age; one that belongs to an agent at work waits a while for that one."""
        queue = self._takes_calls(i.queue)
        rules = rules_of(self._hub, queue)
        reserved, until_at = self._work.waiting.reserve(step, i.id, i.preferred, OWN_S)
        step.interaction(
            interactions.Queued(
                interaction=i.id,
                at=step.now,
                queue=queue,
                skills=i.skills or rules.skills,
                priority=rules.priority,
                preferred=i.preferred,
                reserved=reserved,
                reserved_until_at=until_at,
            )
        )

    def _new(self, step: Step, source: Interaction, number: str, owner: AgentId) -> Interaction:
        thread = begin(step, source.customer, source.customer_name, number, medium=VOICE, agent=owner)
        value = Interaction(
            id=InteractionId(step.new_id("i")),
            medium=VOICE,
            channel=ChannelId("voice"),
            conversation=thread.id,
            customer=source.customer,
            customer_name=source.customer_name,
            from_address=number,
            queue=self._takes_calls(source.queue),
            skills=source.skills,
            preferred=owner,
            agent=owner,
            call=Call(id=CallId(step.new_id("c")), state="ended"),
            arrived_at=step.now,
            updated_at=step.now,
        )
        return step.interaction(interactions.Arrived(interaction=value.id, at=step.now, value=value))

    def _takes_calls(self, queue: QueueId) -> QueueId:
        """Where the callback waits: in the work's own queue when it takes calls, else the first that does."""
        queues = self._hub.centre.queues
        rules = queues.get(queue)
        if rules is not None and VOICE in rules.media:
            return queue
        left = queue if rules is not None else next(iter(queues), queue)  # no queue takes calls
        return next((key for key, other in queues.items() if VOICE in other.media), left)
