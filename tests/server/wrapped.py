"""Work that has ended, for the tests of wrap-up: queues and codes as a test wants them, and what was kept."""

from __future__ import annotations

from dataclasses import replace

from agent_desktop.domain.centre import Disposition
from agent_desktop.domain.interaction import Closed, Interaction
from agent_desktop.domain.types import DispositionCode, InteractionId, QueueId, Seconds
from agent_desktop.wire import commands, events
from agent_desktop.wire import switch as wire
from tests.server.floor import ANA, MAIL, SUPPORT, Floor
from tests.server.talking import Talk, talk


def rule(floor: Floor, queue: QueueId = SUPPORT, **changes: object) -> None:
    queues = floor.hub.centre.queues
    queues[queue] = replace(queues[queue], **changes)  # type: ignore[arg-type]  # fields by name


def code(floor: Floor, name: str, **what: object) -> None:
    made = Disposition(code=DispositionCode(name), label=name.title(), **what)  # type: ignore[arg-type]
    floor.hub.centre.dispositions[made.code] = made


async def ended(floor: Floor) -> Talk:
    """A call that the customer has ended: its wrap-up runs."""
    call = await talk(floor)
    await over(floor)
    return call


async def over(floor: Floor, call: str = "c1") -> None:
    floor.exchange.on_event(wire.CallEnded(call=wire.SwitchCall(id=call, state="ended", ended_by="customer")))
    await floor.settle()


async def taken(floor: Floor, wrapup_s: float) -> str:
    """A mail that Ana took from the list and ended: its wrap-up begins beside another."""
    rule(floor, MAIL, wrapup_mode="mandatory_timed", wrapup_s=Seconds(wrapup_s))
    await floor.mail()
    mail = next(i.id for i in floor.hub.tables.interactions.values() if i.medium == "email")
    assert (await floor.do(ANA, commands.TakeInteraction(interaction=mail))).ok
    assert (await floor.do(ANA, commands.EndInteraction(interaction=mail))).ok
    return mail


def kept(floor: Floor, key: str) -> Interaction:
    found = floor.store.interaction(InteractionId(key))
    assert found is not None
    return found


async def finish(floor: Floor, key: str, code: str = "solved", **more: object) -> events.Reply:
    return await floor.do(ANA, commands.WrapUp(interaction=key, code=code, **more))  # type: ignore[arg-type]


def closings(floor: Floor, key: str) -> list[Closed]:
    log = (event for _seq, event in floor.store.events(0, 10_000))
    return [e for e in log if isinstance(e, Closed) and e.interaction == key]
