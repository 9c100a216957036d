"""What agents do with work in hand: text, forms and calls."""

from __future__ import annotations

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain import wrapup
from agent_desktop.domain.call import guests
from agent_desktop.domain.interaction import Interaction
from agent_desktop.domain.invariants import Violation
from agent_desktop.server.waiting import TRANSFER_S
from agent_desktop.wire import commands
from tests.server.histories.centres import SUE, Dice
from tests.server.histories.scene import IN_HAND, PEOPLE, TARGETS, UNWANTED, Scene


async def takes(s: Scene, d: Dice) -> str:
    waiting = s.of(interactions.QUEUED, interactions.PARKED, interactions.OFFERED)
    if not waiting:
        return ""
    agent, chosen = d.of(s.agents), [d.of(waiting)]
    if d.one_in(2):  # whatever there is
        chosen = waiting
    said = [await s.ask(agent, commands.TakeInteraction(interaction=i.id)) for i in chosen]
    return "; ".join(said)


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
    words = await s.ask(i.agent, commands.TransferInteraction(interaction=i.id, target=d.of(TARGETS)))
    if words.endswith("ok") and d.one_in(3):
        await s.rooms.wait(TRANSFER_S + 1.0)
        words += "; nobody has taken it half a minute later"
    return words


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
        i.agent, commands.WrapUp(interaction=i.id, code=d.of(("solved", "solved", "later", "form", "")))
    )


async def finishes_what_is_parked(s: Scene, d: Dice) -> str:
    """The form of a call in the park, of a callback that waits for its time, of a mail put aside."""
    talks = [i for i in _talks(s) if i.agent in s.agents]
    if talks and d.one_in(2):
        await s.ask(talks[0].agent, commands.ParkInteraction(interaction=talks[0].id))
    if not (parked := s.of(interactions.PARKED)):
        return ""
    i = d.of(parked)
    if d.one_in(4):
        return await s.ask(i.agent, commands.EndInteraction(interaction=i.id))
    return await s.ask(i.agent, commands.WrapUp(interaction=i.id, code="solved"))


async def a_customer_wants_no_calls(s: Scene, d: Dice) -> str:
    """Nothing that waits to call this customer back is left."""
    if not (held := s.of(interactions.WRAP_UP, *IN_HAND)):
        return ""
    i = d.of(held)
    if d.one_in(2):  # who was to be called back has thought better of it
        later = s.rooms.clock.at + 300.0
        await s.ask(i.agent, commands.AskCallback(interaction=i.id, at=later))
    words = await s.ask(i.agent, commands.WrapUp(interaction=i.id, code="never"))
    kept = s.rooms.store.interaction(i.id)
    if kept is None or kept.disposition != "never" or kept.state not in interactions.OVER:
        return words
    address = wrapup.customers_address(kept)
    for other in s.of(interactions.PARKED, interactions.QUEUED, interactions.OFFERED):
        if other.callback_number and address in (other.callback_number, other.from_address):
            s.broken.append(Violation(UNWANTED, "who wants no calls is to be called back", other.id))
    return words


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


async def dials(s: Scene, d: Dice) -> str:
    return await s.ask(d.of(s.agents), commands.DialNumber(number="+33699", queue=d.of(("", "sales"))))


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
    number = d.of(("+33655", ""))
    command = commands.AskCallback(interaction=i.id, number=number, at=at, mine=d.one_in(2))
    return await s.ask(i.agent, command)
