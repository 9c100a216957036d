"""Customers who type in their calls (H4): found early or while the call runs, and put to agents who type.

The switch is told where typing is to be expected: by the number, its flow, the queue, or what the customer
needs.  Once it is known that the customer types, the work asks for the skill of `text_skill`, as long as an
agent at work in the queue has it; where none has, anybody may be asked, and the agent reads why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent_desktop.domain import agent as agents
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import CARRIERS, RTT, TTY
from agent_desktop.domain.copying import replace
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, Instant, InteractionId, QueueId, Seconds, SkillId
from agent_desktop.errors import RefusedError
from agent_desktop.server.callbook import moved
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import CallNews, VoiceChannel
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step, rules_of
from agent_desktop.server.work import Work
from agent_desktop.wire import switch as wire
from agent_desktop.wire.access import ActOnText
from agent_desktop.wire.calls import CallText

AGAIN_S: Final = Seconds(30.0)  # agents with the skill come and go
ACTS: Final = frozenset({"interrupt", "fix_shift"})
WAITS: Final = frozenset({interactions.QUEUED, interactions.OFFERED})
FOUND: Final = {TTY: "TTY found", RTT: "real-time text found"}
NOBODY: Final = "Nobody at work in this queue has the skill {skill}: you were asked all the same."

ShowLine = Callable[[InteractionId, CallText], None]


def unseen(_key: InteractionId, _line: CallText) -> None:
    """Nobody looks."""


class Texting:
    """Routes by how the customer speaks."""

    def __init__(
        self, hub: Hub, work: Work, voice: VoiceChannel, calls: Calls, *, show: ShowLine = unseen
    ) -> None:
        """`show` is told how the TTY of a customer stands: to be shown, never kept."""
        self._hub = hub
        self._work = work
        self._voice = voice
        self._armed: set[InteractionId] = set()
        self._show = show
        calls.begun.append(self._begun)
        calls.news.append(self._told)
        calls.found_text.append(self._found)
        calls.asks_for = self._asked

    def resume(self) -> None:
        """After a start: those who wait are looked at again."""
        self._armed.clear()
        for i in tuple(self._hub.tables.interactions.values()):
            if i.state in WAITS and _carrier(i):
                self._arm(i.id)

    def act(self, step: Step, agent: AgentId, command: ActOnText) -> None:
        """Interrupt the customer's TTY, or read its turn again.  Raises `RefusedError`."""
        i = mine(step, agent, InteractionId(command.interaction))
        if command.act not in ACTS:
            raise RefusedError("On a TTY one interrupts, or fixes the shift.", code="wrong_command")
        if i.call is None or i.call.text != TTY:
            raise RefusedError("The customer has no TTY.", code="no_tty")
        order = wire.ActOnText(call=i.call.id, act=command.act)
        step.after(lambda: self._voice.order(order))

    def _told(self, event: CallNews) -> None:
        if isinstance(event, wire.TextMoved):
            key = self._hub.tables.by_call.get(event.text.call)
            if key is not None:
                self._show(key, event.text)

    # --- expected -----------------------------------------------------------------------------------

    def _begun(self, step: Step, i: Interaction) -> None:
        centre, call = self._hub.centre, i.call
        number = next((row for row in centre.numbers if row.number == i.to_address), None)
        flow = centre.flows.get(number.flow) if number is not None else None
        customer = step.customer_of(i.customer)
        needs = customer.access_needs if customer is not None else ()
        known = next((need for need in needs if need in CARRIERS), "")
        carrier = (number.text if number else "") or known or (flow.text if flow else "")
        if call is not None and carrier:
            self._expect(step, call.id, carrier)

    def _expect(self, step: Step, call: str, carrier: str) -> None:
        step.after(lambda: self._voice.order(wire.SetCallText(call=call, carrier=carrier)))

    # --- known --------------------------------------------------------------------------------------

    def _found(self, step: Step, i: Interaction) -> None:
        """The customer types."""
        words = FOUND.get(_carrier(i))
        if words is None:
            return
        step.interaction(interactions.PathTaken(interaction=i.id, at=step.now, step=words, place=i.place))
        self._settle(step, i.id)

    def _asked(
        self, step: Step, i: Interaction, queue: QueueId, skills: dict[SkillId, int]
    ) -> dict[SkillId, int]:
        """What a call that comes to wait in a queue asks for, because the customer types or is to.

        Who chose in the flow to be served by those who type has a textphone.
        """
        skill = self._hub.centre.text_skill
        expected = rules_of(self._hub, queue).text or (TTY if skill and skill in skills else "")
        if i.call is not None and expected and not i.call.text:
            self._expect(step, i.call.id, expected)
        if not _carrier(i):
            return skills
        self._arm(i.id)
        if self._is_served(step, queue):
            return {skill: 1, **skills}
        self._say_nobody(step, i)
        return skills

    def _settle(self, step: Step, key: InteractionId) -> None:
        """Ask for the skill while somebody at work has it, and for nothing while nobody has."""
        i, skill = step.interaction_of(key), self._hub.centre.text_skill
        if i.state not in WAITS:
            return
        self._arm(key)
        own = rules_of(self._hub, i.queue).skills
        has, may = skill in i.skills, self._is_served(step, i.queue)
        if skill in own or has == may or i.reserved:  # one agent is asked, whatever else
            return
        if not may:
            self._say_nobody(step, i)
        if i.state == interactions.OFFERED:
            asked = step.tables.agents.get(i.offer.agent) if i.offer is not None else None
            if not may or asked is None or asked.skills.get(skill, 0) >= 1:
                return  # it is right where it rings
            self._work.offering.take_back(step, i)
            i = step.interaction_of(key)
        if i.state != interactions.QUEUED:
            return
        rest = {name: level for name, level in i.skills.items() if name != skill}
        step.interaction(
            interactions.Queued(
                interaction=key,
                at=step.now,
                queue=i.queue,
                skills={**rest, skill: 1} if may else rest,
                priority=i.priority,
                preferred=i.preferred,
                reserved=i.reserved,
                reserved_until_at=i.reserved_until_at,
            )
        )

    def _is_served(self, step: Step, queue: QueueId) -> bool:
        """Somebody at work in the queue has the skill."""
        skill = self._hub.centre.text_skill
        return bool(skill) and any(
            queue in agent.queues and agent.skills.get(skill, 0) >= 1 and agent.state != agents.LOGGED_OUT
            for agent in step.tables.agents.values()
        )

    def _say_nobody(self, step: Step, i: Interaction) -> None:
        now, skill = step.interaction_of(i.id), self._hub.centre.text_skill
        if now.call is not None and skill:
            moved(step, now, replace(now.call, notice=NOBODY.format(skill=skill)))

    def _arm(self, key: InteractionId) -> None:
        if key not in self._armed:
            self._armed.add(key)
            self._hub.at(Instant(self._hub.clock.now() + AGAIN_S), lambda late: self._look(late, key))

    def _look(self, step: Step, key: InteractionId) -> None:
        self._armed.discard(key)
        i = step.tables.interactions.get(key)
        if i is not None and i.state in WAITS and _carrier(i):
            self._settle(step, key)


def _carrier(i: Interaction) -> str:
    """How the customer types; empty: not, as far as is known."""
    return i.call.text if i.call is not None and i.call.text in CARRIERS else ""
