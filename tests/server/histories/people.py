"""What agents do about their state and about offers, and supervisors about agents."""

from __future__ import annotations

import asyncio

from agent_desktop.domain.interaction import hand
from agent_desktop.domain.invariants import LEASE, ONE_HAND, Violation
from agent_desktop.domain.types import AgentId
from agent_desktop.wire import access, commands
from tests.server.histories.centres import SUE, Dice
from tests.server.histories.scene import FORCED, REASONS, Scene


async def signs_in(s: Scene, d: Dice) -> str:
    agent = d.of(s.agents)
    await s.rooms.come(agent)
    await s.rooms.settle()
    return f"{agent} signs in"


async def a_shift_begins(s: Scene, d: Dice) -> str:
    """Everybody comes, most are ready."""
    ready = [agent for agent in s.agents if not d.one_in(5)]
    for agent in s.agents:
        await s.rooms.come(agent)
    for agent in ready:
        await s.rooms.do(agent, commands.SetReady())
    return f"everybody signs in; ready: {', '.join(ready)}"


async def goes_ready(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(s.agents), commands.SetReady())


async def goes_not_ready(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(s.agents), commands.SetNotReady(reason=d.of(REASONS)))


async def signs_out(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(s.agents), commands.SignOut())


async def loses_the_line(s: Scene, d: Dice) -> str:
    agent = d.of(s.agents)
    s.rooms.go(agent)
    s.rooms.presence.lost(agent)
    return f"{agent}'s connection is lost"


async def signs_in_elsewhere(s: Scene, d: Dice) -> str:
    agent = d.of(s.agents)
    s.rooms.go(agent)
    await s.rooms.presence.moved_elsewhere(agent)
    await s.rooms.settle()
    return f"{agent} signs in on another computer"


async def a_session_ends(s: Scene, d: Dice) -> str:
    agent = d.of(s.agents)
    s.rooms.go(agent)
    await s.rooms.presence.left(agent)
    await s.rooms.settle()
    return f"{agent}'s session ends"


async def a_supervisor_sets(s: Scene, d: Dice) -> str:
    state = d.of(("ready", "not_ready", "logged_out"))
    return await s.ask(SUE, commands.SetAgentState(agent=d.of(s.agents), state=state, reason="break"))


async def a_supervisor_sets_a_busy_agent(s: Scene, d: Dice) -> str:
    """With work in hand: the choice stands, and is taken after it."""
    tables = s.rooms.hub.tables
    busy = [agent for agent in s.agents if any(hand(i) == agent for i in s.work)]
    if not busy:
        return ""
    agent, state = d.of(busy), d.of(("ready", "not_ready", "logged_out"))
    words = await s.ask(SUE, commands.SetAgentState(agent=agent, state=state, reason=d.of(REASONS)))
    after = tables.agents[agent]
    if words.endswith("ok") and (after.next_state or after.state) != state:
        s.broken.append(Violation(FORCED, "a supervisor's choice does not stand", agent=agent))
    return words


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
    other = d.of([a for a in s.agents if a != owner])
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


async def waits_longer(s: Scene, d: Dice) -> str:
    """More time to answer: the same lease, until later; refused where there is none."""
    if not (offered := s.offered()):
        return ""
    i = d.of(offered)
    assert i.offer is not None
    return await s.ask(i.offer.agent, access.ExtendOffer(offer=i.offer.id))


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
        (agent, access.ExtendOffer(offer=i.offer.id)),
        (d.of(s.agents), commands.AcceptOffer(offer=i.offer.id)),
        (agent, commands.SetNotReady(reason="break")),
        (agent, commands.SignOut()),
        (agent, commands.SetReady()),
        (d.of(s.agents), commands.TakeInteraction(interaction=i.id)),
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
