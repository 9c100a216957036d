"""The measured side of `bench routing` and `bench queue-drain`: the whole router, or a bare relay.

A process of its own: takes a plan as JSON, prints one JSON line with its port and its agents' tokens, hands
out the work after "go" and prints its CPU time after "cpu".
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from agent_desktop.domain import interaction as interactions
from agent_desktop.domain.centre import AgentEntry, Centre, Disposition, Queue
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    DispositionCode,
    Instant,
    InteractionId,
    MediumId,
    QueueId,
)
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.ports.storage import Changes, Session, User
from agent_desktop.server.beside import settled
from agent_desktop.server.hub import Step
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import open_store
from agent_desktop.wire import switch as wire
from agent_desktop.wire.codec import Welcome, encode_body, envelop
from agent_desktop.wire.events import OfferMade
from agent_desktop.wire.models import OfferModel

QUEUE, EMAIL, BOX = QueueId("mail"), MediumId("email"), ChannelId("box")
SOLVED: Final = DispositionCode("solved")
SLICE: Final = 50  # arrivals in one turn of the loop when they come as fast as they can
Arrive = Callable[[int], object]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to run: `whole` takes mails through the intake, otherwise bare work arrives at the hub.

    A rate of 0 is as fast as they can be handed out.
    """

    kind: str  # router, relay
    agents: int
    arrivals: int
    rate: float
    limit: int = 2  # pieces of work that one agent takes at once
    whole: bool = True


class NoExchange:
    """Nobody calls in this bench."""

    async def attach(self, on_event: Callable[[wire.AnySwitchEvent], None]) -> None:
        del on_event

    def ask(self, command: wire.AnySwitchCommand) -> None:
        del command

    async def detach(self, *, shutdown: bool) -> None:
        del shutdown


def main() -> None:
    """Run one side."""
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_router(Path(folder), plan) if plan.kind == "router" else _relay(plan))


async def _hand_out(port: int, tokens: list[str], arrive: Arrive, plan: Plan) -> None:
    _say({"port": port, "tokens": tokens})
    await asyncio.to_thread(sys.stdin.readline)
    cpu_before, start = time.process_time(), time.monotonic()
    number = 0
    while number < plan.arrivals:
        if plan.rate:
            due = min(plan.arrivals, int((time.monotonic() - start) * plan.rate) + 1)
        else:
            due = min(plan.arrivals, number + SLICE)
        for each in range(number, due):
            arrive(each)
        number = due
        next_at = start + number / plan.rate if plan.rate else 0.0
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
    await asyncio.to_thread(sys.stdin.readline)
    _say({"cpu_s": time.process_time() - cpu_before, "started_at": start})
    await asyncio.Event().wait()


def _say(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def router_of(folder: Path, size: int, limit: int) -> Router:
    """The whole router on a record in a folder: one queue, so many agents in it."""
    agents = [AgentId(f"a{n}") for n in range(size)]
    return Router(
        store=open_store(folder / "record.db"),
        centre=Centre(
            name="Bench",
            queues={QUEUE: Queue(id=QUEUE, name="Mail", media=(EMAIL,), wrapup_mode="mandatory")},
            agents={a: AgentEntry(id=a, name=a, queues=(QUEUE,), limits={EMAIL: limit}) for a in agents},
            dispositions={SOLVED: Disposition(code=SOLVED, label="Solved")},
        ),
        doors=Doors(),
        exchange=NoExchange(),
    )


async def _router(folder: Path, plan: Plan) -> None:
    router = router_of(folder, plan.agents, plan.limit)
    tokens = {f"token-{agent}": agent for agent in router.centre.agents}
    now = time.time()
    sessions = [
        Session(
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            agent=agent,
            client="bench",
            created_at=Instant(now),
            expires_at=Instant(now + 3600),
        )
        for token, agent in tokens.items()
    ]
    users = {agent: User(id=agent, password_hash="", sip_secret="") for agent in router.centre.agents}
    await router.store.commit(Changes(users=users, sessions={s.token_hash: s for s in sessions}))
    await router.start()
    settled()  # as the router's own process does when it has started
    under_way: set[asyncio.Task[object]] = set()

    def mail(number: int) -> None:
        coming = router.intake.message_arrived(
            IncomingMessage(
                channel=BOX,
                medium=EMAIL,
                external_id=f"<{number}@bench>",
                address_kind="email",
                from_address=f"customer{number}@example.com",
                subject=str(time.monotonic()),
                text="Where is my parcel?",
            )
        )
        task = asyncio.ensure_future(coming)
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    def bare(number: int) -> None:
        arrived_at = time.monotonic()

        def change(step: Step) -> None:
            key = InteractionId(f"i{number}")
            value = interactions.Interaction(
                id=key,
                medium=EMAIL,
                from_address=f"customer{number}@example.com",
                subject=str(arrived_at),
                arrived_at=step.now,
                updated_at=step.now,
            )
            step.interaction(interactions.Arrived(interaction=key, at=step.now, value=value))
            router.work.waiting.queue(step, key, QUEUE)

        router.hub.run(change)

    await _hand_out(router.port, list(tokens), mail if plan.whole else bare, plan)


async def _relay(plan: Plan) -> None:
    sockets: list[web.WebSocketResponse] = []
    sending: set[asyncio.Task[None]] = set()

    async def agent(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.receive()
        await socket.send_str(envelop(encode_body(Welcome(protocol=1, epoch="relay"))).decode())
        sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        return socket

    app = web.Application()
    app.add_routes([web.get("/ws/agent", agent)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()

    def arrive(number: int) -> None:
        offer = OfferModel(
            id=f"o{number}", interaction=f"i{number}", agent="", medium=EMAIL, subject=str(time.monotonic())
        )
        frame = envelop(encode_body(OfferMade(offer=offer)), seq=number + 1)
        task = asyncio.ensure_future(sockets[number % len(sockets)].send_str(frame.decode()))
        sending.add(task)
        task.add_done_callback(sending.discard)

    await _hand_out(int(runner.addresses[0][1]), [f"t{n}" for n in range(plan.agents)], arrive, plan)


if __name__ == "__main__":
    main()
