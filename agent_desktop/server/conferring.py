"""More than two in a call: consult, swap, conference, attended transfer, and the call sent to a number.

Rules: the customer always hears music while waiting and is never dropped because somebody else did not
answer; a consult that fails brings the agent back to the customer; a transfer to a number that fails
rings the agent again.  What is possible when is `domain.transfer`'s table; whom an agent may ask is
`domain.permissions`'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent_desktop.domain import call as calls
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import transfer
from agent_desktop.domain.agent import Agent
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.permissions import can
from agent_desktop.domain.types import AgentId, InteractionId, QueueId
from agent_desktop.errors import RefusedError
from agent_desktop.server.callbook import CallBook, allow, moved, not_reached
from agent_desktop.server.calls import CONNECT_S, Calls
from agent_desktop.server.channels.voice import CallNews, VoiceChannel
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.work import Work
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire

NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
RING_S = 30.0
WITH_WHOM = frozenset({"customer", "guest", "all"})


@dataclass(frozen=True, slots=True)
class Target:
    """Who is to be called: an agent of the centre, or a number outside."""

    name: str
    agent: AgentId = AgentId("")
    extension: str = ""
    number: str = ""


class Conferring:
    """The acts with more than one person beside the agent."""

    def __init__(self, hub: Hub, work: Work, voice: VoiceChannel, calls_: Calls) -> None:
        self._hub = hub
        self._work = work
        self._voice = voice
        self._book: CallBook = calls_.book
        calls_.news.append(self.told)

    # --- what agents ask --------------------------------------------------------------------------

    def consult(self, step: Step, agent: AgentId, command: commands.Consult) -> None:
        """Ring somebody while the customer hears music."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.CONSULT, i)
        target = self._target(step.agent_of(agent), "consult", command.target)
        self._tell(step, i, f"Ringing {target.name}.")
        self._add(step, i, call.id, target, blind=False)

    def talk_with(self, step: Step, agent: AgentId, command: commands.TalkWith) -> None:
        """Swap, or make it a conference."""
        i = mine(step, agent, InteractionId(command.interaction))
        if command.with_whom not in WITH_WHOM:
            raise RefusedError("You talk with the customer, the guest or all.", code="bad_value")
        call = allow(transfer.CONFERENCE if command.with_whom == "all" else transfer.SWAP, i)
        step.after(lambda: self._voice.order(wire.SetTalk(call=call.id, with_whom=command.with_whom)))

    def complete(self, step: Step, agent: AgentId, command: commands.CompleteTransfer) -> None:
        """The guest goes on with the customer; the agent is out."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.COMPLETE, i)
        up = [leg for leg in calls.guests(call) if leg.state == "up" and command.leg in {"", leg.id}]
        if not up:
            raise RefusedError("That person is not in the call.", code="unknown_leg")
        step.after(lambda: self._voice.order(wire.PromoteLeg(call=call.id, leg=up[0].id)))

    def drop(self, step: Step, agent: AgentId, command: commands.DropLeg) -> None:
        """Take a guest out of the call."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.DROP, i)
        self._guest(call, command.leg)
        step.after(lambda: self._voice.order(wire.RemoveLeg(call=call.id, leg=command.leg)))

    def mute(self, step: Step, agent: AgentId, command: commands.SetLegMute) -> None:
        """The others do not hear a guest."""
        i = mine(step, agent, InteractionId(command.interaction))
        call = allow(transfer.DROP, i)
        self._guest(call, command.leg)
        step.after(lambda: self._voice.order(wire.MuteLeg(call=call.id, leg=command.leg, on=command.on)))

    def send_to_number(self, step: Step, agent: AgentId, i: Interaction, number: str) -> None:
        """Blind transfer to a number: the agent is out of the call, the customer hears music."""
        call = allow(transfer.BLIND, i)
        target = self._target(step.agent_of(agent), "blind", number)
        if i.state == interactions.HELD:
            self._work.resume(step, agent, i.id)
        self._tell(step, step.interaction_of(i.id), f"Sending the call to {target.name}.")
        self._add(step, i, call.id, target, blind=True)

    def may_send(self, agent: AgentId, i: Interaction, kind: str) -> None:
        """Raise `RefusedError` unless this call may be sent away blindly now, by this agent."""
        allow(transfer.BLIND, i)
        self.may(agent, "blind", kind)

    def may(self, agent: AgentId, how: str, kind: str) -> None:
        """Raise `RefusedError` unless the agent may transfer so ("blind", "consult") to that kind."""
        role = self._hub.tables.agents[agent].role
        if not can(role, f"{how}_{kind}", own=True):
            raise RefusedError(f"You may not transfer to an outside {kind}.", code="not_allowed")

    # --- what the exchange tells ------------------------------------------------------------------

    def told(self, event: CallNews) -> None:
        """Somebody did not answer, left, or a desk phone asked for a transfer."""
        match event:
            case wire.LegEnded():
                self._book.change(event.call, lambda step, i: self._leg_ended(step, i, event))
            case wire.TransferAsked():
                self._book.change(event.call, lambda step, i: self._asked(step, i, event))
            case wire.KeysPressed():
                self._book.change(event.call, lambda step, i: self._keys(step, i, event))
            case _:
                pass

    def _leg_ended(self, step: Step, i: Interaction, event: wire.LegEnded) -> None:
        leg = next((leg for leg in (i.call.legs if i.call else ()) if leg.id == event.leg), None)
        if i.call is None or leg is None or leg.kind != calls.GUEST:
            self._nobody_there(step, i, event)
            return
        rest = tuple(other for other in i.call.legs if other.id != leg.id)
        talk = i.call.talk if any(other.kind == calls.GUEST for other in rest) else calls.WITH_CUSTOMER
        who = leg.name or leg.number
        said = f"{who} is gone." if event.was_up else not_reached(who, event.detail)
        i = moved(step, i, replace(i.call, legs=rest, talk=talk, notice=said))
        nobody = not any(other.kind in {calls.AGENT, calls.GUEST} for other in rest)
        if nobody and not event.was_up and i.state == interactions.ACTIVE:
            self._ring_again(step, i)

    def _nobody_there(self, step: Step, i: Interaction, event: wire.LegEnded) -> None:
        """The number that the flow sent a caller to did not answer: a person takes the call."""
        if i.state == interactions.ARRIVED and not event.was_up and i.call is not None:
            flow = self._hub.centre.flows.get(i.place.flow) if i.place is not None else None
            queue = flow.person_queue if flow is not None else i.queue
            self._work.waiting.queue(step, i.id, queue)
            music = wire.Play(call=i.call.id, play="music", then_music=True)
            step.after(lambda: self._voice.order(music))

    def _ring_again(self, step: Step, i: Interaction) -> None:
        """A blind transfer failed: the customer comes back to who sent the call away."""
        agent, call = step.tables.agents.get(i.agent), i.call
        if agent is None:  # taken out of the configuration: anybody may take it
            self._work.give_back(step, i.id, i.queue, "the transfer failed")
        elif call is not None:
            step.after(
                lambda: self._voice.connect(
                    call.id,
                    extension=agent.extension,
                    interaction=i.id,
                    timeout_s=CONNECT_S,
                    number=call.from_number,
                    name=i.customer_name,
                )
            )

    def _asked(self, step: Step, i: Interaction, event: wire.TransferAsked) -> None:
        """A transfer key on the agent's own phone: the same act as from the screen."""
        owner = self._book.agent_at(event.extension)
        if owner is None or owner.id != i.agent:
            return
        if event.with_call:
            joined = wire.PromoteLeg(call=event.call, leg=step.new_id("l"), from_call=event.with_call)
            step.after(lambda: self._voice.order(joined))
            return
        try:
            other = self._book.agent_at(event.target)
            if other is not None:
                self._work.transfer(step, owner.id, i.id, other.id)
            else:
                self.send_to_number(step, owner.id, i, event.target)
        except RefusedError as error:
            self._tell(step, i, str(error))

    @staticmethod
    def _keys(step: Step, i: Interaction, event: wire.KeysPressed) -> None:
        pressed_by = next((leg for leg in (i.call.legs if i.call else ()) if leg.id == event.leg), None)
        if i.call is not None and not i.call.secure and pressed_by and pressed_by.kind == calls.CUSTOMER:
            moved(step, i, replace(i.call, keys=(i.call.keys + event.digits)[-32:]))

    # --- inside -----------------------------------------------------------------------------------

    def _add(self, step: Step, i: Interaction, call: str, target: Target, *, blind: bool) -> None:
        leg = step.new_id("l")
        agent = step.agent_of(i.agent)
        step.after(
            lambda: self._voice.order(
                wire.AddLeg(
                    call=call,
                    leg=leg,
                    extension=target.extension,
                    number=target.number,
                    name=target.name,
                    interaction=i.id,
                    from_number=agent.extension
                    if target.extension and not blind
                    else self._voice.caller_id(i.queue),
                    from_name=agent.name if not blind else i.customer_name,
                    timeout_s=RING_S,
                    blind=blind,
                )
            )
        )

    def _target(self, agent: Agent, how: str, word: str) -> Target:
        """Whom a word means.  Raises `RefusedError`: nobody, oneself, not there, not allowed."""
        word = word.strip()
        others = [a for a in self._hub.tables.agents.values() if word and word in (a.id, a.name, a.extension)]
        if others and others[0].id == agent.id:
            raise RefusedError("That is you.", code="yourself")
        if others:
            self.may(agent.id, how, "agent")
            return Target(others[0].name, others[0].id, self._free_phone(others[0]))
        queue = next((q for q in self._hub.centre.queues.values() if word in (q.id, q.name)), None)
        if queue is not None:
            self.may(agent.id, how, "queue")
            ready = self._ready_in(queue.id, agent.id)
            if ready is None:
                raise RefusedError(f"Nobody in {queue.name} is free to be asked now.", code="nobody_free")
            return Target(f"{ready.name} ({queue.name})", ready.id, ready.extension)
        number = re.sub(r"[().\s/-]", "", word.removeprefix("tel:"))
        if not NUMBER.fullmatch(number):
            raise RefusedError(f"There is no agent, queue or number “{word}”.", code="unknown_target")
        self.may(agent.id, how, "number")
        return Target(number, number=number)

    def _free_phone(self, agent: Agent) -> str:
        """The phone of an agent who may be asked: one who is in a call is asked too, it rings beside it."""
        return self._book.phone_of(agent)

    def _ready_in(self, queue: QueueId, but: AgentId) -> Agent | None:
        """Who has been idle longest in a queue and has a phone."""
        free = [
            a
            for a in self._hub.tables.agents.values()
            if queue in a.queues
            and a.id != but
            and a.state == "ready"
            and a.extension in self._book.registered
            and not self._hub.load(a.id)
        ]
        return min(free, key=lambda a: (a.idle_since_at, a.id), default=None)

    @staticmethod
    def _guest(call: calls.Call, leg: str) -> None:
        if not any(other.id == leg for other in calls.guests(call)):
            raise RefusedError("That person is not in the call.", code="unknown_leg")

    @staticmethod
    def _tell(step: Step, i: Interaction, words: str) -> None:
        if i.call is not None:
            moved(step, i, replace(i.call, notice=words))
