"""Calls as interactions: the hub's side of voice.

Implements `channels.voice.VoiceDesk` and `work.Handler`.  A call that arrives is recorded before it is
answered; a caller who hangs up while waiting has abandoned; an agent's phone that does not answer sends
the call back to the head of its queue and its agent out of the rotation.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from agent_desktop.domain import agent as agents
from agent_desktop.domain import customer as customers
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.call import OVER, TRANSFERRED, supervisor
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.ivr import Ask, Place
from agent_desktop.domain.medium import VOICE
from agent_desktop.domain.overflow import Admission, home
from agent_desktop.domain.types import (
    AgentId,
    CustomerId,
    DispositionCode,
    Instant,
    QueueId,
    SkillId,
)
from agent_desktop.errors import RefusedError
from agent_desktop.server import dips
from agent_desktop.server.arriving import arrive
from agent_desktop.server.callbook import CallBook, handed, moved, not_reached
from agent_desktop.server.channels.voice import CallNews, VoiceChannel
from agent_desktop.server.effects import may_call
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.phones import Phones
from agent_desktop.server.work import Work
from agent_desktop.wire import switch as wire

CONNECT_S = 15.0
SENT = DispositionCode("sent_on")
TALKING = frozenset({"bridged", "held"})  # states of the exchange's call
WAITING = frozenset({interactions.ARRIVED, interactions.QUEUED, interactions.OFFERED})
IN_TALK = frozenset({interactions.ACTIVE, interactions.HELD})


AsksFor = Callable[[Step, Interaction, QueueId, dict[SkillId, int]], dict[SkillId, int]]
"""What a call asks for in a queue: what the customer chose, and what else it needs."""


class Calls:
    """The voice side of interactions."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self.book = CallBook(hub)
        self.news: list[Callable[[CallNews], None]] = []
        self.bridged: list[Callable[[Step, Interaction], None]] = []
        self.begun: list[Callable[[Step, Interaction], None]] = []
        self.found_text: list[Callable[[Step, Interaction], None]] = []
        self.asks_for: AsksFor = lambda _step, _i, _queue, skills: skills
        self.arrived_there: list[Callable[[Step, Interaction, str], None]] = []
        self.call_back: Callable[[Step, Interaction], None] = lambda _step, _i: None
        self.unreached: Callable[[Step, Interaction], bool] = lambda _step, _i: False
        self.ask_back: Callable[[str, str, QueueId, dict[SkillId, int]], None] = lambda *_asked: None
        self.pressed_waiting: Callable[[str, str], None] = lambda *_pressed: None
        self.leave_message: Callable[[str, QueueId], None] = lambda *_asked: None
        self.leaving: Callable[[Step, Interaction], bool] = lambda _step, _i: False
        self.phone_came: list[Callable[[Agent], None]] = []
        self.phones = Phones(hub, self.book)
        work.handlers[VOICE] = self
        work.rehoming.lost_call = self._left_behind

    # --- VoiceDesk --------------------------------------------------------------------------------

    def call_arrived(self, call: wire.SwitchCall) -> Awaitable[None]:
        """Record a new call."""

        def begin(step: Step) -> None:
            if call.id not in step.tables.by_call:
                begun = arrive(self._hub, step, call, self.book)
                for follow in self.begun:
                    follow(step, begun)

        return self._hub.run(begin)

    def call_path(self, call: str, words: str, place: Place) -> None:
        """A choice in the flow, in words, and where the call stands now."""

        def walk(step: Step, i: Interaction) -> None:
            if i.state == interactions.ARRIVED and (words or place != i.place):
                step.interaction(
                    interactions.PathTaken(interaction=i.id, at=step.now, step=words, place=place)
                )

        self.book.change(call, walk)

    def find_out(self, ask: Ask) -> tuple[bool, dict[str, str]]:
        """What a flow asks: opening hours, a customer or an order."""
        return dips.find_out(self._hub, ask.kind, ask.value, ask.caller)

    def admit(self, queue: QueueId) -> Admission:
        """Where a caller who is sent to a queue waits."""
        return dips.admitted(self._hub, queue)

    def key_pressed(self, call: str, digits: str) -> None:
        """A caller pressed a key while waiting."""
        self.pressed_waiting(call, digits)

    def call_back_asked(self, call: str, number: str, queue: QueueId, skills: dict[SkillId, int]) -> None:
        """A caller chose in the flow to be called back."""
        self.ask_back(call, number, queue, skills)

    def take_message(self, call: str, queue: QueueId) -> None:
        """The flow ended in a voicemail."""
        self.leave_message(call, queue)

    def call_sent(self, call: str, number: str) -> None:
        """The flow sends the caller to a number outside; nobody here has the call."""

        def send(step: Step, i: Interaction) -> None:
            leg = step.new_id("l")
            order = wire.AddLeg(call=call, leg=leg, number=number, name=number, blind=True, interaction=i.id)
            step.interaction(interactions.PathTaken(interaction=i.id, at=step.now, step=f"sent to {number}"))
            step.after(lambda: self._voice.order(order))

        self.book.change(call, send)

    def call_queued(self, call: str, queue: QueueId, skills: dict[SkillId, int]) -> None:
        """The flow ended in a queue."""

        def enqueue(step: Step, i: Interaction) -> None:
            if i.state == interactions.ARRIVED:
                self._work.waiting.queue(step, i.id, queue, self.asks_for(step, i, queue, skills))

        self.book.change(call, enqueue)

    def call_moved(self, call: wire.SwitchCall) -> None:
        """The exchange reported where the call stands."""

        def move(step: Step, i: Interaction) -> None:
            if i.call is None or i.call.state in OVER:  # news from before the end change nothing
                return
            was, typed = i.call.state, i.call.text
            after = moved(step, i, self.book.as_call(call, i.call))
            for find in self.found_text if call.text and not typed else ():
                find(step, after)
            after = step.interaction_of(i.id)
            for follow in self.arrived_there:
                follow(step, after, was)
            after = step.interaction_of(i.id)
            if call.state in TALKING and after.state == interactions.ARRIVED and not call.extension:
                self._sent_away(step, after)
            if call.state in TALKING and after.state in IN_TALK:
                after = self._follow_agent(step, after, call, i)
            if was not in TALKING and call.state in TALKING:
                for tell in self.bridged:
                    tell(step, after)

        self.book.change(call.id, move)

    @staticmethod
    def _sent_away(step: Step, i: Interaction) -> None:
        """The flow sent the caller to a number, and it answered: done here, while the two talk on."""
        if i.call is not None:
            gone = replace(i.call, state=TRANSFERRED, ended_at=step.now, ended_by="system")
            step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=gone))
        step.interaction(interactions.Closed(interaction=i.id, at=step.now, code=SENT, cause="system"))

    def _follow_agent(
        self, step: Step, i: Interaction, call: wire.SwitchCall, before: Interaction
    ) -> Interaction:
        """Whoever has the agent's leg now has the interaction; nobody: others talk on without us."""
        owner = self.book.agent_at(call.extension)
        if owner is not None and owner.id != i.agent:
            self._work.wrapping.handed_on(step, i, i.agent)  # first: the hands are not empty in between
            return step.interaction(handed(step, before, owner))
        if not call.extension and i.call is not None:
            gone = replace(i.call, state=TRANSFERRED, ended_at=step.now, ended_by="agent")
            step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=gone))
            return self._work.wrapping.end(step, i.id, "agent")
        return i

    def agent_leg_failed(self, call: str, extension: str, detail: str) -> None:
        """The agent's phone did not answer: back to the queue, the agent is not responding."""
        why = f"the phone {extension} did not answer: {detail}"
        self.book.change(call, lambda step, i: self.lost_agent(step, i, why))

    def agent_leg_ended(self, call: str, extension: str, by: str) -> None:
        """A plain hang-up of the agent ends the call; a phone that is gone gives the call back."""

        def end(step: Step, i: Interaction) -> None:
            if i.state not in IN_TALK:
                return
            if by == "agent":
                self._work.wrapping.end(step, i.id, "agent")
            else:
                self.lost_agent(step, i, f"the phone {extension} is gone")

        self.book.change(call, end)

    def lost_agent(self, step: Step, i: Interaction, why: str) -> None:
        """The agent's phone is out: the customer waits on with the age, an outbound call is over."""
        if i.state not in IN_TALK:
            return
        if i.direction == "out" and (i.call is None or not i.call.bridged_at):
            self._work.wrapping.end(step, i.id, "network")  # nobody was reached yet: nobody waits
            return
        agent = step.tables.agents.get(i.agent)  # none: taken out of the configuration
        if agent is not None and agent.state == agents.READY:
            step.agent(
                agents.WentNotReady(
                    agent=agent.id, at=step.now, reason=agents.NOT_RESPONDING, cause="phone_failed"
                )
            )
        queue = home(self._hub.centre.queues, i.queue, i.medium)
        step.interaction(interactions.Returned(interaction=i.id, at=step.now, queue=queue, why=why))

    def _left_behind(self, step: Step, i: Interaction, why: str) -> None:
        """The configuration no longer has the agent, who did not talk: what rings or waits there is freed."""
        self.lost_agent(step, i, why)
        left = step.tables.interactions.get(i.id)
        if left is not None and left.state == interactions.QUEUED:
            self.returned(step, left)

    def agent_dialled(self, call: wire.SwitchCall) -> None:
        """An agent dialled on the phone itself."""

        def dialled(step: Step) -> None:
            owner = next((a for a in step.tables.agents.values() if a.extension == call.extension), None)
            if owner is None or call.id in step.tables.by_call:
                return
            i = arrive(self._hub, step, call, self.book, agent=owner.id)
            step.interaction(interactions.Accepted(interaction=i.id, at=step.now, agent=owner.id))

        self._hub.run(dialled)

    def call_ended(self, call: wire.SwitchCall) -> None:
        """The customer's leg is gone."""

        def ended(step: Step, i: Interaction) -> None:
            by = call.ended_by or "network"
            if i.call is not None and i.call.state not in OVER:
                before = self.book.as_call(call, i.call)
                unheard = i.direction == "out" and by != "agent" and not before.bridged_at
                colleague = self.book.agent_at(i.to_address)
                who = colleague.name if colleague else i.customer_name or i.to_address
                last = replace(
                    before,
                    state="ended",
                    ended_at=Instant(call.ended_at or step.now),
                    ended_by=by,
                    notice=not_reached(who, before.ended_why) if unheard else before.notice,
                )
                step.interaction(interactions.CallMoved(interaction=i.id, at=step.now, call=last))
            if i.callback_number and i.state in WAITING:
                return  # the customer hung up to be called back: the place is kept
            if i.callback_number and i.state in IN_TALK and self.unreached(step, step.interaction_of(i.id)):
                return
            if i.state == interactions.ARRIVED and self.leaving(step, step.interaction_of(i.id)):
                return
            if i.state in IN_TALK or (i.state == interactions.PARKED and not i.callback_number):
                self._work.wrapping.end(step, i.id, by)
            elif i.state in WAITING:
                step.interaction(interactions.Abandoned(interaction=i.id, at=step.now, by=by))

        self.book.change(call.id, ended)

    def extension_registered(self, extension: str, *, registered: bool) -> None:
        """An agent's phone is there, or gone."""
        (self.book.registered.add if registered else self.book.registered.discard)(extension)
        if (agent := self.book.agent_at(extension)) is not None:
            self.phones.moved(agent.id)
            for tell in self.phone_came if registered else ():
                tell(agent)

    def told(self, event: CallNews) -> None:
        """What happened in a call that is up, for whoever deals with it."""
        for take in self.news:
            take(event)

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
            if live[key].state in (interactions.QUEUED, interactions.OFFERED) and _is_up(live[key]):
                yield call

    def unplaced_calls(self) -> Iterable[tuple[str, str, Place | None]]:
        """Calls still in their flow."""
        live = self._hub.tables.interactions
        for call, key in self._hub.tables.by_call.items():
            if live[key].state == interactions.ARRIVED and _is_up(live[key]):
                yield call, live[key].to_address, live[key].place

    # --- Handler ----------------------------------------------------------------------------------

    def accepted(self, step: Step, interaction: Interaction) -> None:
        """Ring the agent's phone."""
        call, agent = interaction.call, step.agent_of(interaction.agent)
        if interaction.callback_number and (call is None or call.state in OVER):
            self.call_back(step, interaction)
            return
        if call is None:
            return
        if (listens := supervisor(call, agent.id)) is not None:  # who takes it does not listen to it too
            step.after(lambda: self._voice.order(wire.RemoveLeg(call=call.id, leg=listens.id)))
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
            step.after(lambda: self._voice.order(wire.HoldCall(call=call.id)))

    def resumed(self, step: Step, interaction: Interaction) -> None:
        """The customer is back."""
        if (call := interaction.call) is not None:
            step.after(lambda: self._voice.order(wire.ResumeCall(call=call.id)))

    def returned(self, step: Step, interaction: Interaction) -> None:
        """The agent's leg goes, the customer waits."""
        if (call := interaction.call) is not None:
            step.after(lambda: self._voice.order(wire.Unbridge(call=call.id)))

    def ended(self, step: Step, interaction: Interaction) -> None:
        """Hang up, unless the customer did; the form may be done before the exchange says so."""
        call, by = interaction.call, interaction.ended_by
        if call is None or call.state in OVER:
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
        customer, _ = customers.match(
            self._hub.store.customers_at("phone", customers.normal("phone", number))
        )
        may_call(step, customer.id if customer else CustomerId(""), number)
        if step.load(agent).get(VOICE):
            raise RefusedError("You have a call already. End or transfer it first.", code="busy")
        if caller.extension not in self.book.registered:
            raise RefusedError("Your phone is not registered. Check the phone first.", code="no_phone")
        call = wire.SwitchCall(
            id=step.new_id("c"),
            state="ringing",
            direction="out",
            to_number=number,
            extension=caller.extension,
            arrived_at=step.now,
        )
        i = arrive(self._hub, step, call, self.book, agent=agent, queue=queue)
        step.interaction(
            interactions.Accepted(interaction=i.id, at=step.now, agent=agent, reasons=("You dialled",))
        )
        # A colleague sees who calls, a customer the number of the queue.
        shown = caller.extension if self.book.agent_at(number) else self._voice.caller_id(queue)
        step.after(
            lambda: self._voice.order(
                wire.DialOut(
                    call=call.id,
                    extension=caller.extension,
                    number=number,
                    interaction=i.id,
                    caller_id=shown,
                )
            )
        )


def _is_up(i: Interaction) -> bool:
    return i.call is not None and i.call.state not in OVER
