"""A small centre for tests: a router on a real websocket, a phone, and a network without one.

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
from agent_desktop.wire.replica import Replica, apply, from_snapshot
from agent_desktop.wire.session import HelloReceived, RequestReceived, ServerSide, Stream

PASSWORD = "correct horse"
TOKEN = "token-7"

CENTRE = m.CentreInfo(
    name="Nordlight",
    media=(
        m.MediumInfo(id="voice", name="Voice", icon="voice", live=True, talk=True, exclusive=True),
        m.MediumInfo(id="email", name="Email", icon="email", text=True, subject=True),
        m.MediumInfo(id="chat", name="Chat", icon="chat", text=True, live=True, typing=True),
    ),
    queues=(
        m.QueueInfo(
            id="support",
            name="Support",
            media=("voice", "email", "chat"),
            script="greeting",
            dispositions=(
                m.DispositionInfo(code="solved", label="Solved", key="1", survey=True),
                m.DispositionInfo(
                    code="replacement",
                    label="Replacement sent",
                    key="2",
                    fields=(m.FieldInfo(id="order", label="Order", required=True, kind="number"),),
                ),
                m.DispositionInfo(code="refund", label="Refund"),
                m.DispositionInfo(code="refund_full", label="Full refund", parent="refund", key="3"),
            ),
        ),
        m.QueueInfo(id="billing", name="Billing", media=("voice", "email")),
    ),
    reasons=(
        m.ReasonInfo(code="break", label="Break"),
        m.ReasonInfo(code="lunch", label="Lunch"),
        m.ReasonInfo(code="not_responding", label="Not responding", system=True),
    ),
    decline_reasons=(m.ReasonInfo(code="busy", label="Busy with a case"),),
    scripts=(
        m.ScriptInfo(
            id="greeting",
            title="Greeting",
            pages=(
                m.ScriptPage(
                    id="hello",
                    title="Hello",
                    text="Good day {customer.name}, this is {agent.name}.",
                    must_read=("This call may be recorded.",),
                    fields=(m.FieldInfo(id="order", label="Order"),),
                    choices=(("Order missing", "missing"),),
                ),
                m.ScriptPage(id="missing", title="Missing", text="I will look for order {order}."),
            ),
        ),
    ),
    templates=(
        m.TemplateInfo(id="thanks", label="Thanks", text="Dear {customer.name}, thank you. {order.id}"),
    ),
)
ME = m.AgentModel(
    id="a7", name="Mateo Ruiz", extension="6001", state="not_ready", reason="break", since_at=1.0
)
CUSTOMER = m.CustomerModel(
    id="c1",
    name="Amina Yusuf",
    addresses=(m.AddressModel(kind="phone", value="+212522000147", verified=True),),
    city="Casablanca",
    timezone="Africa/Casablanca",
    since_year=2019,
    tags=("VIP",),
    facts=(("Lifetime", "2 184 €"),),
    orders=(m.OrderModel(id="48213", title="Lamp Nour", state="missing", tone="danger"),),
    history=(m.HistoryModel(interaction="i0", medium="email", at=1000.0, summary="Where is my invoice?"),),
)


def snapshot_of(replica: Replica) -> e.Snapshot:
    return e.Snapshot(
        me=replica.me,
        centre=replica.centre,
        phone=replica.phone,
        scope=replica.scope,
        interactions=tuple(replica.interactions.values()),
        offers=tuple(replica.offers.values()),
        conversations=tuple(replica.conversations.values()),
        messages=tuple(message for thread in replica.messages.values() for message in thread),
        customers=tuple(replica.customers.values()),
        queues=tuple(replica.queues.values()),
        agents=tuple(replica.agents.values()),
    )


def small_centre() -> Replica:
    return from_snapshot(
        e.Snapshot(
            me=ME,
            centre=CENTRE,
            phone=m.PhoneAccount(extension="6001", server="127.0.0.1:5060", password="s"),
            customers=(CUSTOMER,),
            queues=(m.QueueModel(id="support", waiting=3, answered=10, answered_in_time=9),),
            agents=(ME, m.AgentModel(id="a8", name="Sara Lindqvist", extension="6002", state="ready")),
        )
    )


class FakeOutside:
    """`runtime.Outside` in memory: what was asked is kept, what comes in is put."""

    def __init__(self) -> None:
        self.inbox: list[object] = []
        self.router: list[tuple[str, Any]] = []
        self.phone: list[tuple[str, Any]] = []
        self.order: list[Any] = []
        self.begun: list[Any] = []
        self.ended: list[tuple[Any, bool]] = []

    def drain(self) -> list[object]:
        items, self.inbox = self.inbox, []
        return items

    def ask_router(self, request_id: str, command: Any) -> None:
        self.router.append((request_id, command))
        self.order.append(command)

    def ask_phone(self, request_id: str, command: Any) -> None:
        self.phone.append((request_id, command))
        self.order.append(command)

    def sign_in(self, *, server: str, user: str, password: str, remember: bool | None) -> None:
        self.order.append(("sign_in", server, user))

    def begin(self, session: Any) -> None:
        self.begun.append(session)

    def end(self, session: Any, *, keep_phone: bool) -> None:
        self.ended.append((session, keep_phone))

    def close(self, *, keep_phone: bool, session: Any) -> None:
        self.ended.append((session, keep_phone))

    def retry(self) -> None:
        self.order.append("retry")

    def commands(self) -> list[Any]:
        return [command for _id, command in self.router]


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

    def _act(self, command: Any) -> tuple[bool, str, str, e.Result | None, list[Any]]:
        """What a router does, in the little that the tests need."""
        self.acted.append(command)
        now, truth = time.time(), self.truth
        change = _changed
        match command:
            case c.SetReady():
                return _ok(e.AgentChanged(agent=change(truth.me, state="ready", reason="", since_at=now)))
            case c.SetNotReady(reason=reason):
                agent = change(truth.me, state="not_ready", reason=reason, since_at=now)
                return _ok(e.AgentChanged(agent=agent))
            case c.AcceptOffer(offer=offer_id):
                offer = truth.offers.get(offer_id)
                if offer is None:
                    return False, "gone", "The offer is over.", None, []
                work = change(truth.interactions[offer.interaction], state="active", accepted_at=now)
                return _ok(
                    e.OfferWithdrawn(offer=offer_id, interaction=offer.interaction, why="accepted"),
                    e.InteractionChanged(interaction=work),
                    e.AgentChanged(agent=change(truth.me, activity="busy", activity_since_at=now)),
                )
            case c.DeclineOffer(offer=offer_id):
                interaction = truth.offers[offer_id].interaction
                return _ok(
                    e.OfferWithdrawn(offer=offer_id, interaction=interaction, why="declined"),
                    e.InteractionRemoved(interaction=interaction),
                )
            case c.HoldInteraction(interaction=i):
                work = change(truth.interactions[i], state="held", held_at=now)
                return _ok(e.InteractionChanged(interaction=work))
            case c.ResumeInteraction(interaction=i):
                return _ok(e.InteractionChanged(interaction=change(truth.interactions[i], state="active")))
            case c.EndInteraction(interaction=i):
                work = change(
                    truth.interactions[i],
                    state="wrap_up",
                    wrapup_at=now,
                    ended_at=now,
                    wrapup_deadline_at=now + 60,
                )
                return _ok(e.InteractionChanged(interaction=work))
            case c.WrapUp(interaction=i, code=code):
                if truth.interactions[i].state != "wrap_up":
                    return False, "wrong_state", "It is not in wrap-up.", None, []
                idle = change(truth.me, activity="idle", activity_since_at=now)
                closed = change(truth.interactions[i], state="closed", disposition=code, closed_at=now)
                return _ok(
                    e.InteractionChanged(interaction=closed),
                    e.InteractionRemoved(interaction=i),
                    e.AgentChanged(agent=idle),
                )
            case c.SendMessage() | c.AddNote():
                note = isinstance(command, c.AddNote)
                sent = m.MessageModel(
                    id=command.message,
                    conversation=command.conversation,
                    medium="email",
                    at=now,
                    author="a7",
                    direction="note" if note else "out",
                    text=command.text,
                    interaction=command.interaction,
                    delivery="" if note else "queued",
                )
                return _ok(e.MessageChanged(message=sent))
            case c.ExplainInteraction():
                return True, "", "", e.Result(lines=("Queue Support.", "You speak Arabic.")), []
            case c.SearchEverything(text=text):
                hit = e.SearchHit(
                    kind="customer", id="c1", title="Amina Yusuf", highlight=f"[{text}]", customer="c1"
                )
                return True, "", "", e.Result(hits=(hit,)), []
            case c.Watch(scope=scope):
                return _ok(e.ScopeChanged(scope=scope))
            case c.TransferInteraction(interaction=i):
                return _ok(e.InteractionRemoved(interaction=i))
            case c.FetchTimeline() | c.SuggestArticles() | c.FetchCustomer() | c.ListInteractions():
                return True, "", "", e.Result(), []
            case _:
                return _ok()

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
                call = _changed(self.phone_calls[k], muted=on)
            case p.HangUp(call=k):
                call = _changed(self.phone_calls[k], state="ended", ended_by="agent")
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


def _ok(*events: Any) -> tuple[bool, str, str, None, list[Any]]:
    return True, "", "", None, list(events)


def _changed(model: Any, **fields: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(model, **fields)


def _now() -> Instant:
    return Instant(time.monotonic())
