"""A centre for tests: a router on a real websocket, and a phone.

`FakeCentre` keeps its state in a `Replica` and sends every change through a `wire.session.Stream`, so that
"snapshot + events == fresh snapshot" can be asked of a client.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from agent_desktop.domain.types import Instant
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.codec import AGENT_LINK, PHONE_LINK, encode_body
from agent_desktop.wire.replica import apply
from agent_desktop.wire.session import HelloReceived, RequestReceived, ServerSide, Stream
from tests.client.answers import Answer, answered, changed
from tests.client.small_centre import small_centre, snapshot_of

PASSWORD = "correct horse"
TOKEN = "token-7"


class FakeCentre:
    """A router and, if `data` is given, a phone, on a thread of their own."""

    def __init__(self, port: int, data: Path | None = None) -> None:
        self.port = port
        self.server = f"http://127.0.0.1:{port}"
        self.truth = small_centre()
        self.stream = Stream(epoch="epoch-1")
        self.replies: dict[str, bytes] = {}
        self.acted: list[Any] = []
        self.phone_commands: list[Any] = []
        self.phone_calls: dict[str, p.PhoneCall] = {}
        self.connections = 0
        self.sign_outs = 0
        self.cut_after: int | None = None  # frames to a client before its connection is cut
        self._data = data
        self._sockets: set[Any] = set()
        self._phones: list[tuple[Any, Stream]] = []
        self._ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-centre", daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    # ── from the test's thread ──

    def say(self, *events: Any) -> None:
        """Send events to every client, and keep the truth."""
        asyncio.run_coroutine_threadsafe(self._say(events), self._loop).result(5)

    def cut(self) -> None:
        """Cut every connection, as a network does."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)

    def phone_says(self, *events: Any) -> None:
        asyncio.run_coroutine_threadsafe(self._phone_says(events), self._loop).result(5)

    def offer(self, medium: str = "voice", interaction: str = "i1", **fields: Any) -> m.OfferModel:
        """Ring."""
        now = time.time()
        conversation = fields.pop("conversation", "")
        shared = {
            "medium": medium,
            "queue": "support",
            "customer": "c1",
            "customer_name": "Amina Yusuf",
            "from_address": fields.pop("from_address", "+212522000147"),
        }
        work = m.InteractionModel(
            id=interaction, state="offered", agent="a7", conversation=conversation, queued_at=now - 22,
            arrived_at=now - 30, reasons=("speaks Arabic",), **shared,
        )  # fmt: skip
        offer = m.OfferModel(
            id=f"o-{interaction}", interaction=interaction, agent="a7", queued_at=now - 22, offered_at=now,
            expires_at=now + 20, reasons=("speaks Arabic",), path=("2 Orders",), **shared,
        )  # fmt: skip
        events: list[Any] = [e.InteractionChanged(interaction=work)]
        if conversation:
            thread = m.ConversationModel(id=conversation, medium=medium, customer="c1", subject="Order 48213")
            first = m.MessageModel(
                id=f"m-{conversation}", conversation=conversation, medium=medium, direction="in", at=now - 40,
                text="Hello, my parcel shows delivered.", interaction=interaction, author_name="Amina Yusuf",
                from_address=shared["from_address"],
            )  # fmt: skip
            events += [e.ConversationChanged(conversation=thread), e.MessageChanged(message=first)]
        self.say(*events, e.OfferMade(offer=offer))
        return offer

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # ── on its own thread ──

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/api/v1/sessions", self._sign_in)
        app.router.add_delete("/api/v1/sessions/current", self._sign_out)
        app.router.add_get("/ws/agent", self._agent)
        app.router.add_get("/", self._phone)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        if self._data is not None:
            (self._data / "run").mkdir(parents=True, exist_ok=True)
            run = {"pid": os.getpid(), "port": self.port, "token": "phone"}
            (self._data / "run" / "phone.json").write_text(json.dumps(run))

    async def _sign_in(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body["password"] == "slow down":
            return web.json_response({}, status=429, headers={"Retry-After": "30"})
        if body["password"] != PASSWORD:
            return web.json_response({}, status=401)
        return web.json_response(
            {"token": TOKEN, "agent": "a7", "expires_at": time.time() + 3600}, status=201
        )

    async def _sign_out(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        self.sign_outs += 1
        return web.Response(status=204)

    async def _agent(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        side: ServerSide[Any, Any] = ServerSide(AGENT_LINK, _now())
        entry = (socket, side)
        self._sockets.add(entry)
        self.connections += 1
        try:
            async for frame in socket:
                if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                got = side.receive(frame.data, _now())
                if isinstance(got, HelloReceived):
                    if got.hello.token != TOKEN:
                        side.refuse("bad_token", "Sign in again.")
                    else:
                        side.welcome(
                            got.hello, self.stream, lambda: encode_body(snapshot_of(self.truth)), _now()
                        )
                elif isinstance(got, RequestReceived):
                    await self._request(got)
                if not await self._flush(socket, side):
                    break
        finally:
            self._sockets.discard(entry)
        return socket

    async def _request(self, got: RequestReceived[Any]) -> None:
        if got.id in self.replies:
            body = self.replies[got.id]
        else:
            ok, code, message, result, events = self._act(got.command)
            await self._say(events)
            body = encode_body(e.Reply(request=got.id, ok=ok, code=code, message=message, result=result))
            if not isinstance(got.command, c.QUERIES):
                self.replies[got.id] = body
        self._push(body)
        for socket, side in tuple(self._sockets):
            await self._flush(socket, side)

    def _push(self, body: bytes) -> None:
        seq = self.stream.append(body, _now())
        for _socket, side in self._sockets:
            side.push(seq, body)

    async def _flush(self, socket: Any, side: ServerSide[Any, Any]) -> bool:
        while frames := side.outgoing():
            for frame in frames:
                if self.cut_after is not None:
                    self.cut_after -= 1
                    if self.cut_after < 0:
                        self.cut_after = None
                        socket._req.transport.abort()
                        return False
                try:
                    await socket.send_str(frame.decode())
                except ConnectionError:
                    return False
        if side.closing is not None:
            await socket.close()
            return False
        return True

    async def _say(self, events: Any) -> None:
        for event in events:
            self.truth = apply(self.truth, event)
            self._push(encode_body(event))
        for socket, side in tuple(self._sockets):
            await self._flush(socket, side)

    async def _cut(self) -> None:
        for socket, _side in tuple(self._sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    def _act(self, command: Any) -> Answer:
        self.acted.append(command)
        return answered(self.truth, command)

    async def _phone(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        side: ServerSide[Any, Any] = ServerSide(PHONE_LINK, _now())
        stream = Stream(epoch=f"phone-{next(self._ids)}")
        entry = (socket, side)
        self._phones.append((entry, stream))
        registered = p.Registration(state="registered", extension="6001")
        first = p.PhoneSnapshot(registration=registered, calls=tuple(self.phone_calls.values()))
        try:
            async for frame in socket:
                if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                got = side.receive(frame.data, _now())
                if isinstance(got, HelloReceived):
                    side.welcome(got.hello, stream, lambda: encode_body(first), _now())
                elif isinstance(got, RequestReceived):
                    self.phone_commands.append(got.command)
                    events = [*self._phone_act(got.command), p.PhoneReply(request=got.id)]
                    for event in events:
                        body = encode_body(event)
                        side.push(stream.append(body, _now()), body)
                for out in side.outgoing():
                    await socket.send_str(out.decode())
                if isinstance(got, RequestReceived) and isinstance(got.command, p.Shutdown):
                    if self._data is not None:
                        (self._data / "run" / "phone.json").unlink(missing_ok=True)
                    break
        finally:
            self._phones.remove((entry, stream))
        return socket

    def _phone_act(self, command: Any) -> list[Any]:
        match command:
            case p.Expect(interaction=i):
                call = p.PhoneCall(id=f"k-{i}", direction="in", state="up", interaction=i, up_at=time.time())
            case p.SetMute(call=k, on=on):
                call = changed(self.phone_calls[k], muted=on)
            case p.HangUp(call=k):
                call = changed(self.phone_calls[k], state="ended", ended_by="agent")
            case _:
                return []
        self.phone_calls[call.id] = call
        if call.state == "ended":
            del self.phone_calls[call.id]
        return [p.PhoneCallChanged(call=call)]

    async def _phone_says(self, events: Any) -> None:
        for (socket, side), stream in self._phones:
            for event in events:
                body = encode_body(event)
                side.push(stream.append(body, _now()), body)
            for out in side.outgoing():
                await socket.send_str(out.decode())


def _now() -> Instant:
    return Instant(time.monotonic())
