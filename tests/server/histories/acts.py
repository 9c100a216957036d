"""What people, phones, clocks and computers do: one small function for each act.

An act draws its choices from its own number over what there is at that moment, so that a history still makes
sense when other acts are taken out of it.  It returns what it did in words, or nothing when it could not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.call import guests
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.invariants import LEASE, ONE_HAND, Violation
from agent_desktop.domain.types import AgentId, ChannelId, MediumId
from agent_desktop.errors import StorageError
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.wire import commands
from agent_desktop.wire import switch as wire
from tests.server.histories.centres import AGENTS, EXTENSIONS, SUE, Dice
from tests.server.histories.exchange import Line
from tests.server.histories.rooms import Rooms

KINDS = {"help": "email", "site": "chat", "texts": "sms"}
PEOPLE = ("ana", "ben", "cat", "sue", "sales", "+33700")
REASONS = ("break", "mail", "sent")
TARGETS = ("ana", "ben", "cat", "sue", "support", "sales", "mail", "chats")
IN_HAND = (interactions.ACTIVE, interactions.HELD)


@dataclass(slots=True)
class Scene:
    """A history as it goes on."""

    rooms: Rooms
    calls: int = 0
    messages: int = 0
    offers: list[tuple[AgentId, str]] = field(default_factory=list)  # that were seen, also those long over
    broken: list[Violation] = field(default_factory=list)  # found by an act itself

    @property
    def work(self) -> list[Interaction]:
        """Everything live, in one order."""
        live = self.rooms.hub.tables.interactions
        return [live[key] for key in sorted(live)]

    def offered(self) -> list[Interaction]:
        return [i for i in self.work if i.offer is not None]

    def note_offers(self) -> None:
        """Remember the offers that there are, for whoever accepts one that is over."""
        now = [(i.offer.agent, i.offer.id) for i in self.work if i.offer is not None]
        self.offers += [seen for seen in now if seen not in self.offers]

    def of(self, *states: str) -> list[Interaction]:
        return [i for i in self.work if i.state in states]

    def lines(self) -> list[Line]:
        return [self.rooms.line.lines[key] for key in sorted(self.rooms.line.lines)]

    async def ask(self, agent: AgentId, command: commands.AnyCommand) -> str:
        """An agent's program asks; one that was away connects first."""
        if agent not in self.rooms.connected:
            await self.rooms.come(agent)
        reply = await self.rooms.do(agent, command)
        name = type(command).__name__
        values = " ".join(str(getattr(command, f)) for f in command.__struct_fields__)
        return f"{agent}: {name} {values} → {'ok' if reply.ok else reply.code}"


Act = Callable[[Scene, Dice], Awaitable[str]]


# --- customers ------------------------------------------------------------------------------------


async def a_call_comes(s: Scene, d: Dice) -> str:
    s.calls += 1
    call, number = f"c{s.calls}", d.of(("100", "200", "200"))
    s.rooms.line.rings(call, number, f"+3361{d.below(4)}", s.rooms.clock.at)
    for _ in range(3):
        await asyncio.sleep(0)
    await s.rooms.settle()
    return f"{call} rings {number}"


async def a_caller_presses(s: Scene, d: Dice) -> str:
    plays = [(call, play) for call, play in s.rooms.line.plays.items() if call in s.rooms.line.lines]
    if not plays:
        return ""
    call, play = d.of(plays)
    key = d.of(("1", "2", "9", ""))
    s.rooms.tell(wire.DigitsCollected(call=call, play=play, digits=key))
    await s.rooms.settle()
    return f"{call} presses {key or 'nothing'}"


async def a_customer_writes(s: Scene, d: Dice) -> str:
    s.messages += 1
    channel, who = d.of(("help", "site", "site", "texts")), f"v{d.below(3)}"
    thread = "" if channel == "help" else who
    answered = (f"<{d.below(s.messages)}@out>",) if channel == "help" and d.one_in(2) else ()
    await s.rooms.intake.message_arrived(
        IncomingMessage(
            channel=ChannelId(channel),
            medium=MediumId(KINDS[channel]),
            external_id=f"<{s.messages}@out>",
            address_kind=KINDS[channel],
            from_address=f"{who}@example.com",
            text="Hello",
            thread=thread,
            references=answered,
        )
    )
    await s.rooms.settle()
    return f"{who} writes to {channel}"


async def a_visitor_leaves(s: Scene, d: Dice) -> str:
    who = f"v{d.below(3)}"
    await s.rooms.intake.customer_left(ChannelId("site"), who)
    await s.rooms.settle()
    return f"{who} leaves the chat"


async def a_caller_hangs_up(s: Scene, d: Dice) -> str:
    if not (lines := s.lines()):
        return ""
    line = d.of(lines)
    s.rooms.line.end(line, "customer")
    return f"the customer of {line.call.id} hangs up"


# --- the exchange ---------------------------------------------------------------------------------


async def news_come(s: Scene, _d: Dice) -> str:
    told = s.rooms.line.deliver()
    await s.rooms.settle()
    return "the exchange tells its news" if told else ""


async def a_phone_answers(s: Scene, d: Dice) -> str:
    ringing = [
        line for line in s.lines() if line.ringing or (line.call.state == "ringing" and line.call.extension)
    ]
    if not ringing:
        return ""
    line = d.of(ringing)
    if d.one_in(4) and line.ringing:
        s.rooms.line.no_answer(line)
        return f"the agent's phone does not answer {line.call.id}"
    s.rooms.line.answers(line, s.rooms.clock.at)
    return f"{line.call.id} is answered"


async def an_agents_phone_goes(s: Scene, d: Dice) -> str:
    up = [line for line in s.lines() if line.call.extension and line.call.state in ("bridged", "held")]
    if not up:
        return ""
    line, by = d.of(up), d.of(("agent", "agent", "network"))
    s.rooms.line.agent_hangs_up(line, by)
    return f"the agent's end of {line.call.id} is gone: {by}"


async def a_guest_acts(s: Scene, d: Dice) -> str:
    guests = [(line, leg) for line in s.lines() for leg in line.call.legs if leg.kind == "guest"]
    if not guests:
        return ""
    line, leg = d.of(guests)
    if leg.state == "ringing" and not d.one_in(4):
        s.rooms.line.guest_answers(line)
        return f"the guest of {line.call.id} answers"
    s.rooms.line.guest_leaves(line, leg)
    return f"the guest of {line.call.id} leaves"


async def a_phone_registers(s: Scene, d: Dice) -> str:
    phone, there = EXTENSIONS[d.of(AGENTS)], not d.one_in(3)
    (s.rooms.line.registered.add if there else s.rooms.line.registered.discard)(phone)
    s.rooms.tell(wire.ExtensionRegistered(extension=phone, registered=there))
    await s.rooms.settle()
    return f"phone {phone} is {'there' if there else 'gone'}"


# --- agents: their state --------------------------------------------------------------------------


async def signs_in(s: Scene, d: Dice) -> str:
    agent = d.of(AGENTS)
    await s.rooms.come(agent)
    await s.rooms.settle()
    return f"{agent} signs in"


async def a_shift_begins(s: Scene, d: Dice) -> str:
    """Everybody comes, most are ready."""
    ready = [agent for agent in AGENTS if not d.one_in(5)]
    for agent in AGENTS:
        await s.rooms.come(agent)
    for agent in ready:
        await s.rooms.do(agent, commands.SetReady())
    return f"everybody signs in; ready: {', '.join(ready)}"


async def goes_ready(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(AGENTS), commands.SetReady())


async def goes_not_ready(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(AGENTS), commands.SetNotReady(reason=d.of(REASONS)))


async def signs_out(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(AGENTS), commands.SignOut())


async def loses_the_line(s: Scene, d: Dice) -> str:
    agent = d.of(AGENTS)
    s.rooms.connected.discard(agent)
    s.rooms.presence.lost(agent)
    return f"{agent}'s connection is lost"


async def signs_in_elsewhere(s: Scene, d: Dice) -> str:
    agent = d.of(AGENTS)
    s.rooms.connected.discard(agent)
    await s.rooms.presence.moved_elsewhere(agent)
    await s.rooms.settle()
    return f"{agent} signs in on another computer"


async def a_session_ends(s: Scene, d: Dice) -> str:
    agent = d.of(AGENTS)
    s.rooms.connected.discard(agent)
    await s.rooms.presence.left(agent)
    await s.rooms.settle()
    return f"{agent}'s session ends"


async def a_supervisor_sets(s: Scene, d: Dice) -> str:
    state = d.of(("ready", "not_ready", "logged_out"))
    return await s.ask(SUE, commands.SetAgentState(agent=d.of(AGENTS), state=state, reason="break"))


# --- agents: offers -------------------------------------------------------------------------------


async def accepts(s: Scene, d: Dice) -> str:
    if not (offered := s.offered()):
        return ""
    i = d.of(offered)
    assert i.offer is not None
    return await s.ask(i.offer.agent, commands.AcceptOffer(offer=i.offer.id))


async def a_call_is_taken(s: Scene, d: Dice) -> str:
    """Somebody accepts a call, and the customer is there."""
    calls = [i for i in s.offered() if i.call is not None]
    if not calls:
        return ""
    i = d.of(calls)
    assert i.offer is not None
    words = await s.ask(i.offer.agent, commands.AcceptOffer(offer=i.offer.id))
    s.rooms.line.deliver()
    taken = s.rooms.hub.tables.interactions.get(i.id)
    line = s.rooms.line.lines.get(taken.call.id) if taken is not None and taken.call is not None else None
    if line is not None and (line.ringing or line.call.extension):
        s.rooms.line.answers(line, s.rooms.clock.at)
        s.rooms.line.deliver()
        words += f"; {line.call.id} is answered"
    await s.rooms.settle()
    return words


async def accepts_too_late(s: Scene, d: Dice) -> str:
    """The deadline is over, its timer has not yet run."""
    if not (offered := s.offered()):
        return ""
    i = d.of(offered)
    assert i.offer is not None
    s.rooms.clock.at = max(s.rooms.clock.at, i.offer.expires_at + d.below(3))
    words = await s.ask(i.offer.agent, commands.AcceptOffer(offer=i.offer.id))
    if words.endswith("ok"):
        s.broken.append(Violation(LEASE, "an accept after the deadline was taken", i.id, i.offer.agent))
    s.rooms.hub.tick()
    await s.rooms.settle()
    return f"{words}, too late"


async def accepts_anothers(s: Scene, d: Dice) -> str:
    """An offer of somebody else's, or one that is long over."""
    if not s.offers:
        return ""
    owner, offer = d.of(s.offers)
    other = d.of([a for a in AGENTS if a != owner])
    words = await s.ask(other, commands.AcceptOffer(offer=offer))
    if words.endswith("ok"):
        s.broken.append(Violation(ONE_HAND, "somebody else's offer was taken", agent=other))
    return words


async def accepts_again(s: Scene, d: Dice) -> str:
    """An offer that was seen before, by whom it was for."""
    if not s.offers:
        return ""
    owner, offer = d.of(s.offers)
    there = any(i.offer is not None and i.offer.id == offer for i in s.work)
    words = await s.ask(owner, commands.AcceptOffer(offer=offer))
    if words.endswith("ok") and not there:
        s.broken.append(Violation(LEASE, "an offer that is over was taken", agent=owner))
    return words


async def declines(s: Scene, d: Dice) -> str:
    if not (offered := s.offered()):
        return ""
    i = d.of(offered)
    assert i.offer is not None
    return await s.ask(i.offer.agent, commands.DeclineOffer(offer=i.offer.id))


async def everything_at_once(s: Scene, d: Dice) -> str:
    """At one instant: accept, decline, hang-up, sign-out, the deadline, a supervisor; one of them wins."""
    if not (offered := s.offered()):
        return ""
    i = d.of(offered)
    assert i.offer is not None
    agent, desk = i.offer.agent, s.rooms.desk
    if d.one_in(2):
        s.rooms.clock.at = max(s.rooms.clock.at, i.offer.expires_at)
    asked: list[tuple[AgentId, commands.AnyCommand]] = [
        (agent, commands.AcceptOffer(offer=i.offer.id)),
        (agent, commands.DeclineOffer(offer=i.offer.id)),
        (d.of(AGENTS), commands.AcceptOffer(offer=i.offer.id)),
        (agent, commands.SetNotReady(reason="break")),
        (agent, commands.SignOut()),
        (agent, commands.SetReady()),
        (d.of(AGENTS), commands.TakeInteraction(interaction=i.id)),
        (SUE, commands.SetAgentState(agent=agent, state="not_ready", reason="break")),
    ]
    chosen = [asked.pop(d.below(len(asked))) for _ in range(3)]
    for who in sorted({who for who, _ in chosen} - s.rooms.connected):
        await s.rooms.come(who)
    if d.one_in(2) and i.call is not None and (line := s.rooms.line.lines.get(i.call.id)) is not None:
        s.rooms.line.end(line, "customer")
        s.rooms.line.deliver()
    running = [
        asyncio.ensure_future(desk.handle(who, f"r{next(s.rooms.request)}", what)) for who, what in chosen
    ]
    s.rooms.hub.tick()
    await asyncio.gather(*running)
    await s.rooms.settle()
    names = ", ".join(f"{who} {type(what).__name__}" for who, what in chosen)
    return f"at once about {i.id}: {names}, the deadline"


# --- agents: work ---------------------------------------------------------------------------------


async def takes(s: Scene, d: Dice) -> str:
    waiting = s.of(interactions.QUEUED, interactions.PARKED, interactions.OFFERED)
    if not waiting:
        return ""
    return await s.ask(d.of(AGENTS), commands.TakeInteraction(interaction=d.of(waiting).id))


async def holds_or_resumes(s: Scene, d: Dice) -> str:
    if not (held := s.of(*IN_HAND)):
        return ""
    i = d.of(held)
    if i.state == interactions.HELD:
        return await s.ask(i.agent, commands.ResumeInteraction(interaction=i.id))
    return await s.ask(i.agent, commands.HoldInteraction(interaction=i.id))


async def parks(s: Scene, d: Dice) -> str:
    if not (held := s.of(*IN_HAND)):
        return ""
    i = d.of(held)
    return await s.ask(i.agent, commands.ParkInteraction(interaction=i.id))


async def transfers(s: Scene, d: Dice) -> str:
    if not (held := s.of(*IN_HAND, interactions.WRAP_UP)):
        return ""
    i = d.of(held)
    return await s.ask(i.agent, commands.TransferInteraction(interaction=i.id, target=d.of(TARGETS)))


async def replies(s: Scene, d: Dice) -> str:
    texts = [i for i in s.of(*IN_HAND, interactions.WRAP_UP) if i.call is None]
    if not texts:
        return ""
    i = d.of(texts)
    s.messages += 1
    command = commands.SendMessage(message=f"m{s.messages}", conversation=i.conversation, text="Good day")
    return await s.ask(i.agent, command)


async def ends(s: Scene, d: Dice) -> str:
    if not (held := s.of(*IN_HAND)):
        return ""
    i = d.of(held)
    return await s.ask(i.agent, commands.EndInteraction(interaction=i.id))


async def wraps_up(s: Scene, d: Dice) -> str:
    if not (held := s.of(interactions.WRAP_UP, *IN_HAND)):
        return ""
    i = d.of(held)
    return await s.ask(
        i.agent, commands.WrapUp(interaction=i.id, code=d.of(("solved", "solved", "solved", "form", "")))
    )


async def extends(s: Scene, d: Dice) -> str:
    if not (held := s.of(interactions.WRAP_UP)):
        return ""
    i = d.of(held)
    return await s.ask(i.agent, commands.ExtendWrapUp(interaction=i.id))


async def a_supervisor_ends_a_wrap_up(s: Scene, d: Dice) -> str:
    if not (held := s.of(interactions.WRAP_UP)):
        return ""
    i = d.of(held)
    return await s.ask(SUE, commands.ForceWrapUp(interaction=i.id, code="solved", reason="stuck"))


async def is_moved_in_the_queue(s: Scene, d: Dice) -> str:
    if not (waiting := s.of(interactions.QUEUED, interactions.OFFERED)):
        return ""
    command = commands.MoveInQueue(
        interaction=d.of(waiting).id, priority=1 + d.below(99), older_s=float(d.below(600)), reason="urgent"
    )
    return await s.ask(SUE, command)


# --- agents: calls --------------------------------------------------------------------------------


async def dials(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(AGENTS), commands.DialNumber(number="+33699", queue=d.of(("", "sales"))))


def _talks(s: Scene) -> list[Interaction]:
    """Calls in which an agent and somebody else hear each other."""
    return [i for i in s.of(*IN_HAND) if i.call is not None and i.call.state in ("bridged", "held")]


async def consults(s: Scene, d: Dice) -> str:
    if not (talks := _talks(s)):
        return ""
    i = d.of(talks)
    words = await s.ask(i.agent, commands.Consult(interaction=i.id, target=d.of(PEOPLE)))
    s.rooms.line.deliver()
    await s.rooms.settle()
    return words


async def completes(s: Scene, d: Dice) -> str:
    """The guest answers, and goes on with the customer."""
    talks = [i for i in _talks(s) if i.call is not None and guests(i.call)]
    if not talks:
        return ""
    i = d.of(talks)
    line = s.rooms.line.lines.get(i.call.id if i.call is not None else "")
    if line is not None and line.guest:
        s.rooms.line.guest_answers(line)
        s.rooms.line.deliver()
        await s.rooms.settle()
    words = await s.ask(i.agent, commands.CompleteTransfer(interaction=i.id))
    s.rooms.line.deliver()
    await s.rooms.settle()
    return words


async def a_supervisor_listens(s: Scene, d: Dice) -> str:
    if not (talks := _talks(s)):
        return ""
    i = d.of(talks)
    if d.one_in(3):
        return await s.ask(SUE, commands.TakeOver(interaction=i.id))
    return await s.ask(SUE, commands.Supervise(interaction=i.id, mode=d.of(("listen", "barge", "off"))))


async def asks_for_a_callback(s: Scene, d: Dice) -> str:
    if not (held := s.of(*IN_HAND, interactions.WRAP_UP)):
        return ""
    i, later = d.of(held), d.of((0.0, 30.0, 300.0))
    at = s.rooms.clock.at + later if later else 0.0
    command = commands.AskCallback(interaction=i.id, number="+33655", at=at, mine=d.one_in(2))
    return await s.ask(i.agent, command)


# --- clocks and computers -------------------------------------------------------------------------


async def time_passes(s: Scene, d: Dice) -> str:
    seconds = d.of((0.6, 1.0, 3.0, 6.0, 11.0, 16.0, 21.0, 31.0, 45.0, 61.0))
    await s.rooms.wait(seconds)
    return f"{seconds} s pass"


async def the_clock_jumps(s: Scene, d: Dice) -> str:
    seconds = d.of((-1.0, -5.0, -20.0, 200.0, 3600.0, 90_000.0))
    await s.rooms.wait(seconds)
    return f"the clock jumps by {seconds} s"


async def the_router_restarts(s: Scene, _d: Dice) -> str:
    await s.rooms.restart()
    return "the router restarts"


async def the_disk_is_full(s: Scene, d: Dice) -> str:
    record = s.rooms.record()
    if not hasattr(record, "fail_next"):
        return ""
    record.fail_next = True
    name, act = d.of((("accept", accepts), ("write", wraps_up), ("time", time_passes), ("ready", goes_ready)))
    try:
        words = await act(s, d)
    except StorageError:
        words = "nothing was kept"
    record.fail_next = False
    await s.rooms.settle()
    return f"the disk is full for {name}: {words or 'nothing'}"


EVERY: dict[str, tuple[Act, int]] = {
    act.__name__: (act, weight)
    for act, weight in (
        (a_call_comes, 12),
        (a_caller_presses, 3),
        (a_customer_writes, 14),
        (a_visitor_leaves, 2),
        (a_caller_hangs_up, 3),
        (news_come, 12),
        (a_phone_answers, 9),
        (an_agents_phone_goes, 2),
        (a_guest_acts, 4),
        (a_phone_registers, 2),
        (a_shift_begins, 1),
        (signs_in, 3),
        (goes_ready, 6),
        (goes_not_ready, 3),
        (signs_out, 2),
        (loses_the_line, 2),
        (signs_in_elsewhere, 1),
        (a_session_ends, 1),
        (a_supervisor_sets, 2),
        (accepts, 14),
        (a_call_is_taken, 9),
        (accepts_too_late, 2),
        (accepts_anothers, 1),
        (accepts_again, 1),
        (declines, 3),
        (everything_at_once, 3),
        (takes, 3),
        (holds_or_resumes, 3),
        (parks, 2),
        (transfers, 4),
        (replies, 2),
        (ends, 5),
        (wraps_up, 7),
        (extends, 2),
        (a_supervisor_ends_a_wrap_up, 1),
        (is_moved_in_the_queue, 1),
        (dials, 2),
        (consults, 5),
        (completes, 4),
        (a_supervisor_listens, 3),
        (asks_for_a_callback, 2),
        (time_passes, 14),
        (the_clock_jumps, 2),
        (the_router_restarts, 1),
        (the_disk_is_full, 1),
    )
}
