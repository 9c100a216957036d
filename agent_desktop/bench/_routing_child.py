"""The measured side of `bench routing`: the whole router, or a bare relay, as a process of its own.

Prints one JSON line with its port and its agents' tokens, hands out the work after "go" and prints its CPU
time after "cpu".
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import WSMsgType, web

from agent_desktop.domain.centre import AgentEntry, Centre, Disposition, Queue
from agent_desktop.domain.types import AgentId, ChannelId, DispositionCode, Instant, MediumId, QueueId
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.ports.storage import Changes, Session, User
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.store import open_store
from agent_desktop.wire import switch as wire
from agent_desktop.wire.codec import Welcome, encode_body, envelop
from agent_desktop.wire.events import OfferMade
from agent_desktop.wire.models import OfferModel

QUEUE, EMAIL, BOX = QueueId("mail"), MediumId("email"), ChannelId("box")
Arrive = Callable[[int], Awaitable[None]]


class _NoExchange:
    """Nobody calls in this bench."""

    async def attach(self, on_event: Callable[[wire.AnySwitchEvent], None]) -> None:
        del on_event

    def ask(self, command: wire.AnySwitchCommand) -> None:
        del command

    async def detach(self, *, shutdown: bool) -> None:
        del shutdown


def main() -> None:
    """Run one side: KIND AGENTS ARRIVALS RATE."""
    kind, size, arrivals, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    with tempfile.TemporaryDirectory() as folder:
        serve = _router if kind == "router" else _relay
        asyncio.run(serve(Path(folder), size, arrivals, rate))


async def _hand_out(port: int, tokens: list[str], arrive: Arrive, arrivals: int, rate: float) -> None:
    _say({"port": port, "tokens": tokens})
    await asyncio.to_thread(sys.stdin.readline)
    cpu_before, start = time.process_time(), time.monotonic()
    tasks = []
    for number in range(arrivals):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        tasks.append(asyncio.ensure_future(arrive(number)))
    await asyncio.gather(*tasks)
    await asyncio.to_thread(sys.stdin.readline)
    _say({"cpu_s": time.process_time() - cpu_before})
    await asyncio.Event().wait()


def _say(values: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


async def _router(folder: Path, size: int, arrivals: int, rate: float) -> None:
    store = open_store(folder / "record.db")
    agents = [AgentId(f"a{n}") for n in range(size)]
    code = DispositionCode("solved")
    router = Router(
        store=store,
        centre=Centre(
            name="Bench",
            queues={QUEUE: Queue(id=QUEUE, name="Mail", media=(EMAIL,), wrapup_mode="mandatory")},
            agents={a: AgentEntry(id=a, name=a, queues=(QUEUE,)) for a in agents},
            dispositions={code: Disposition(code=code, label="Solved")},
        ),
        doors=Doors(),
        exchange=_NoExchange(),
    )
    tokens = {f"token-{agent}": agent for agent in agents}
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
    users = {agent: User(id=agent, password_hash="", sip_secret="") for agent in agents}
    await store.commit(Changes(users=users, sessions={s.token_hash: s for s in sessions}))
    await router.start()

    async def arrive(number: int) -> None:
        await router.intake.message_arrived(
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

    await _hand_out(router.port, list(tokens), arrive, arrivals, rate)


async def _relay(_folder: Path, size: int, arrivals: int, rate: float) -> None:
    sockets: list[web.WebSocketResponse] = []

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

    async def arrive(number: int) -> None:
        offer = OfferModel(
            id=f"o{number}", interaction=f"i{number}", agent="", medium=EMAIL, subject=str(time.monotonic())
        )
        frame = envelop(encode_body(OfferMade(offer=offer)), seq=number + 1)
        await sockets[number % len(sockets)].send_str(frame.decode())

    await _hand_out(int(runner.addresses[0][1]), [f"t{n}" for n in range(size)], arrive, arrivals, rate)


if __name__ == "__main__":
    main()
