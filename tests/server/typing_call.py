"""What the exchange tells of typed text, for tests of the router's rooms."""

from __future__ import annotations

from agent_desktop.domain.conversation import Message
from agent_desktop.wire import switch as wire
from agent_desktop.wire.calls import CallTextLine
from tests.server.floor import Floor


def said(
    text: str,
    number: int = 1,
    *,
    call: str = "c1",
    leg: str = "lc",
    speaker: str = "customer",
    medium: str = "tty",
    damaged: tuple[int, ...] = (),
    audience: str = "",
) -> wire.TextSaid:
    """A line that is finished."""
    line = CallTextLine(
        number=number, speaker=speaker, medium=medium, text=text, began_at=5.0, finished=True, damaged=damaged
    )
    return wire.TextSaid(call=call, leg=leg, line=line, audience=audience)


async def tell(floor: Floor, *events: wire.AnySwitchEvent) -> None:
    """The exchange says this, one after the other."""
    for event in events:
        floor.exchange.on_event(event)
    await floor.settle()


def kept(floor: Floor, call: str = "c1") -> list[Message]:
    """The messages of the call's conversation, oldest first."""
    live = floor.hub.tables.by_call.get(call)
    i = floor.hub.tables.interactions[live] if live is not None else None
    if i is None:
        rows = [row for _, row in floor.store.events() if getattr(row, "value", None) is not None]
        i = next(r.value for r in rows if getattr(getattr(r.value, "call", None), "id", "") == call)
    return list(floor.store.messages(i.conversation))
