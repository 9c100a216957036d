"""What was typed in calls (O3): each line that is finished is a message of the call's conversation.

So is a caption, which the agent's phone has made of what was said, and that the agent shares the line in
another way (VCO, HCO).  A centre may keep no captions: then who listens reads them while the call is there,
and nothing of them is written.

A line is known by its call, its leg and its number, so that one that is told again, after a lost link or
a restart, is kept once.  Supervisors who listen read along as everybody does who may see the conversation.

Rules: what a person types while card data is given is neither kept nor told to anybody (the switch tells none
of it); what only colleagues read as it was typed (a whisper, a consult) is a note; a line has at most 2,000
characters, and a call at most so many lines in a while: what is beyond is said to be missing, once.  The last
words of a call are read when it is over already: they are taken for a while from who had it.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from msgspec import structs

from agent_desktop.domain import call as calls
from agent_desktop.domain import conversation as conversations
from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import Leg
from agent_desktop.domain.conversation import IN, NOTE, OUT, SYSTEM, Message
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.types import AgentId, ChannelId, Instant, InteractionId, MessageId, Seconds
from agent_desktop.errors import RefusedError
from agent_desktop.server.callbook import watch
from agent_desktop.server.calls import Calls
from agent_desktop.server.channels.voice import CallNews
from agent_desktop.server.handling import mine
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.threads import thread_of
from agent_desktop.wire import switch as wire
from agent_desktop.wire.access import KeepCaption
from agent_desktop.wire.calls import CAPTION, CARRIED, CARRY, CallTextLine

VOICE: Final = ChannelId("voice")
PAUSED: Final = "paused"
LONGEST: Final = 2000
LINES_AT_ONCE: Final = 300
LINES_PER_S: Final = 2.0
LATE_S: Final = Seconds(600.0)  # the last words of a call may come so long after its form is done
REMEMBERED: Final = 10_000  # lines and calls
EARLY: Final = 200  # lines of calls that are not in the record yet
READ_BY_CUSTOMER: Final = "customer"
TOO_MUCH: Final = "More was typed than can be kept; some of it is missing here."

V = TypeVar("V")
ShowCaption = Callable[[InteractionId, CallTextLine], None]


def unread(_key: InteractionId, _line: CallTextLine) -> None:
    """Nobody reads along."""


@dataclass(slots=True)
class _Room:
    """How many more lines of a call are kept now."""

    lines: float
    at: Instant
    full: bool = False


class Typed:
    """Keeps the lines of calls."""

    def __init__(self, hub: Hub, calls_: Calls, *, show: ShowCaption = unread) -> None:
        """`show` is told the captions of a centre that keeps none: to be read along, never written."""
        self._hub = hub
        self._show = show
        self._kept: OrderedDict[str, None] = OrderedDict()  # what the record may not have yet
        self._calls: OrderedDict[str, InteractionId] = OrderedDict()  # for lines that come after the end
        self._early: list[wire.TextSaid] = []
        self._rooms: OrderedDict[str, _Room] = OrderedDict()
        calls_.news.append(self.told)
        calls_.begun.append(self._begun)
        calls_.found_text.append(self._found)

    def forget(self) -> None:
        """After a failed commit: what was not kept was never said; it may be told again."""
        self._kept.clear()

    def told(self, event: CallNews) -> None:
        """A line is finished."""
        if isinstance(event, wire.TextSaid):
            watch(self._hub.run(lambda step: self._take(step, event)))

    def caption(self, step: Step, agent: AgentId, command: KeepCaption) -> None:
        """What was said, as the agent's phone understood it.  Raises `RefusedError`."""
        i = _had(step, agent, InteractionId(command.interaction))
        line = structs.replace(command.line, damaged=(), finished=True)
        if i.call is not None and line.medium == CARRY and line.text in CARRIED.values():
            carried = structs.replace(line, speaker="system", medium=calls.TTY, confidence=0.0)
            self._take(step, wire.TextSaid(call=i.call.id, leg=f"{CARRY}:{command.call}", line=carried))
            return
        if i.call is None or line.speaker not in {"customer", "agent"}:
            raise RefusedError("Only what is said in a call has captions.", code="wrong_command")
        if i.call.secure or i.call.recording == PAUSED or i.call.talk == calls.WITH_GUEST:
            return
        sure = min(1.0, max(0.0, line.confidence))
        said = structs.replace(line, medium=CAPTION, confidence=sure)
        told = wire.TextSaid(call=i.call.id, leg=f"{CAPTION}:{command.call}", line=said)
        if self._hub.centre.keep_captions:
            self._take(step, told)
        elif said.text.strip() and name_of(told) not in self._kept and self._has_room(i.call.id, step.now):
            _remember(self._kept, name_of(told), None)
            read = structs.replace(said, text=plain(said.text), changed_at=step.now)
            step.after(lambda: self._show(i.id, read))

    def _begun(self, step: Step, i: Interaction) -> None:
        """Lines of a call that came while there was no router are told before the call is known again."""
        if i.call is None or not self._early:
            return
        key = i.call.id
        mine = [said for said in self._early if said.call == key]
        self._early = [said for said in self._early if said.call != key]
        for said in mine:
            self._take(step, said)

    def _found(self, step: Step, i: Interaction) -> None:
        del step
        if i.call is not None:
            _remember(self._calls, i.call.id, i.id)

    def _take(self, step: Step, said: wire.TextSaid) -> None:
        name = name_of(said)
        if name in self._kept or step.hub.store.message_by_external(VOICE, name) is not None:
            return
        i = self._interaction(step, said.call)
        if i is None:
            self._early = [*self._early, said][-EARLY:]
            return
        _remember(self._calls, said.call, i.id)
        direction = _direction(i, said)
        if direction != SYSTEM and not said.audience and i.call is not None and i.call.secure:
            return  # a switch that does not say for whom it was typed
        _remember(self._kept, name, None)
        if self._has_room(said.call, step.now):
            self._add(step, i, said, direction, plain(said.line.text))
        elif not self._rooms[said.call].full:
            self._rooms[said.call].full = True
            self._add(step, i, said, SYSTEM, TOO_MUCH)

    def _interaction(self, step: Step, call: str) -> Interaction | None:
        live = step.tables.by_call.get(call)
        if live is not None:
            return step.tables.interactions[live]
        over = self._calls.get(call)
        return step.hub.store.interaction(over) if over is not None else None

    def _has_room(self, call: str, now: Instant) -> bool:
        room = self._rooms.get(call)
        if room is None:
            room = _Room(float(LINES_AT_ONCE), now)
            _remember(self._rooms, call, room)
        room.lines = min(float(LINES_AT_ONCE), room.lines + (now - room.at) * LINES_PER_S)
        room.at = now
        if room.lines < 1:
            return False
        room.lines -= 1
        room.full = False
        return True

    @staticmethod
    def _add(step: Step, i: Interaction, said: wire.TextSaid, direction: str, text: str) -> None:
        if not text.strip():
            return
        thread = thread_of(step, i.conversation)
        leg = _leg(i, said.leg)
        author = _author(step, i, leg) if direction in (OUT, NOTE) else AgentId("")
        message = Message(
            id=MessageId(step.new_id("m")),
            conversation=thread.id,
            medium=i.medium,
            direction=direction,
            at=step.now,
            text=text,
            interaction=i.id,
            author=author,
            author_name=_author_name(step, i, leg, author, direction),
            from_address=i.from_address if direction == IN and i.direction == "in" else "",
            external_id=name_of(said),
            channel=VOICE,
            automatic=direction == SYSTEM,
            sent_at=Instant(said.line.began_at),
            carrier=said.line.medium,
            damaged=tuple(place for place in said.line.damaged if 0 <= place < len(text)),
            confidence=said.line.confidence if direction != SYSTEM else 0.0,
        )
        was = thread.state
        thread = step.conversation(
            conversations.MessageAdded(conversation=thread.id, at=step.now, message=message)
        )
        if direction != IN:
            return
        if i.agent and thread.unread:  # it stands on the screen of who has the call
            step.conversation(conversations.MessagesRead(conversation=thread.id, at=step.now))
        if was == "resolved" and i.state in interactions.OVER:  # the end of a line, after the form was done
            step.conversation(conversations.Resolved(conversation=thread.id, at=step.now))
        if i.id in step.tables.interactions:
            line = conversations.line(text)
            step.interaction(interactions.Noted(interaction=i.id, at=step.now, last_line=line))


def _had(step: Step, agent: AgentId, key: InteractionId) -> Interaction:
    """The interaction in this agent's hand, or that was until just now.  Raises `RefusedError`."""
    over = step.hub.store.interaction(key) if key not in step.tables.interactions else None
    if over is None or over.agent != agent or step.now - over.closed_at > LATE_S:
        return mine(step, agent, key)
    return over


def name_of(said: wire.TextSaid) -> str:
    """What a line is known by outside."""
    return f"{said.call}/{said.leg}/{said.line.number}"


def plain(text: str) -> str:
    """A line as it is kept: one line, no controls, not endless; places stay where they are."""
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text[:LONGEST])


def _direction(i: Interaction, said: wire.TextSaid) -> str:
    if said.line.speaker == "system":
        return SYSTEM
    if said.line.speaker == "customer":
        return IN
    if said.audience:  # as it was typed, whatever has become of the call since
        return OUT if said.audience == READ_BY_CUSTOMER else NOTE
    leg, call = _leg(i, said.leg), i.call
    whispers = leg is not None and leg.kind == calls.SUPERVISOR and leg.mode != calls.BARGE
    apart = call is not None and call.talk == calls.WITH_GUEST and any(calls.guests(call))
    return NOTE if whispers or apart or i.state == interactions.HELD else OUT


def _leg(i: Interaction, label: str) -> Leg | None:
    return next((leg for leg in i.call.legs if leg.id == label), None) if i.call is not None else None


def _author(step: Step, i: Interaction, leg: Leg | None) -> AgentId:
    """Who typed it; nobody of the centre: empty."""
    if leg is not None and leg.kind in (calls.GUEST, calls.SUPERVISOR):
        return leg.agent
    known = leg.agent if leg is not None else AgentId("")
    return known if known in step.tables.agents else i.agent


def _author_name(step: Step, i: Interaction, leg: Leg | None, author: AgentId, direction: str) -> str:
    if direction == IN:
        return i.customer_name
    if direction == SYSTEM:
        return ""
    known = step.tables.agents.get(author)
    return known.name if known is not None else (leg.name or leg.number) if leg is not None else ""


def _remember(table: OrderedDict[str, V], key: str, value: V) -> None:
    table[key] = value
    while len(table) > REMEMBERED:
        table.popitem(last=False)
