"""What customers, the exchange, phones, clocks and computers do."""

from __future__ import annotations

import asyncio

from agent_desktop.domain.types import ChannelId, MediumId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.wire import switch as wire
from tests.server.histories.centres import AGENTS, EXTENSIONS, Dice
from tests.server.histories.scene import KINDS, Scene


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
