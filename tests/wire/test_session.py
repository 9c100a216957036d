"""One link over many connections: nothing lost, nothing acted on twice, nobody waited for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.types import Instant
from agent_desktop.errors import WireError
from agent_desktop.wire import commands as c
from agent_desktop.wire import session as s
from agent_desktop.wire.codec import AGENT_LINK, Hello, Ping, encode_body, envelop
from agent_desktop.wire.events import AnyEvent, QueueChanged, Reply, Snapshot
from agent_desktop.wire.models import AgentModel, CentreInfo, QueueModel
from agent_desktop.wire.replica import Replica, apply

T0 = Instant(1000.0)
Client = s.ClientSide[Any, Any]
Server = s.ServerSide[Any, Any]


class World:
    """A router and a client with wires that can be cut anywhere; `now` moves by hand."""

    def __init__(self) -> None:
        self.now = T0
        self.stream = s.Stream(epoch="e1")
        self.truth = Replica(me=AgentModel(id="a", name="A"))
        self.replica = Replica()
        self.client: Client = s.ClientSide(AGENT_LINK, client="test")
        self.server: Server | None = None
        self.acted: list[str] = []
        self.replies: dict[str, bytes] = {}
        self.answered: list[str] = []
        self.resumed: list[bool] = []
        self.snapshots = 0

    def snapshot(self) -> bytes:
        self.snapshots += 1
        return encode_body(
            Snapshot(me=self.truth.me, centre=CentreInfo(name="C"), queues=tuple(self.truth.queues.values()))
        )

    def connect(self) -> None:
        self.server = s.ServerSide(AGENT_LINK, self.now)
        self.client.connected("token", self.now)
        self.to_server()

    def cut(self) -> None:
        self.server = None
        self.client.lost()

    def change(self, queue: str, waiting: int) -> None:
        event: AnyEvent = QueueChanged(queue=QueueModel(id=queue, waiting=waiting))
        self.truth = apply(self.truth, event)
        self.push(encode_body(event))

    def push(self, body: bytes) -> None:
        seq = self.stream.append(body, self.now)
        if self.server is not None:
            self.server.push(seq, body)

    def to_server(self) -> None:
        for frame in self.client.outgoing():
            if self.server is None:
                return
            match self.server.receive(frame, self.now):
                case s.HelloReceived(hello=hello):
                    self.resumed.append(self.server.welcome(hello, self.stream, self.snapshot, self.now))
                case s.RequestReceived(id=request):
                    if request not in self.replies:
                        self.acted.append(request)
                        self.replies[request] = encode_body(Reply(request=request))
                    self.push(self.replies[request])
                case None:
                    pass

    def to_client(self, frames: int = 10**6) -> None:
        """Deliver so many frames."""
        while frames and self.server is not None:
            some = self.server.outgoing(min(frames, 64))
            if not some:
                return
            for frame in some:
                event = self.client.receive(frame, self.now)
                if event is not None:
                    self.replica = apply(self.replica, event)
                    if isinstance(event, Reply):
                        self.answered.append(event.request)
            frames -= len(some)

    def settle(self) -> None:
        if self.server is None or not self.client.live:
            self.cut()
            self.connect()
        for _ in range(4):
            self.to_client()
            self.to_server()


def test_a_new_client_gets_a_snapshot_and_a_returning_one_the_gap() -> None:
    w = World()
    w.change("q", 1)
    w.settle()
    w.cut()
    w.change("q", 2)
    w.change("r", 5)
    w.settle()
    assert w.resumed == [False, True]
    assert w.snapshots == 1
    assert w.replica.queues == w.truth.queues


def test_a_gap_that_is_no_longer_held_is_a_snapshot() -> None:
    w = World()
    w.change("q", 1)
    w.settle()
    w.cut()
    for n in range(s.RING_EVENTS + 5):
        w.change("q", n)
    w.settle()
    assert w.resumed == [False, False]
    assert w.replica.queues == w.truth.queues


def test_a_restarted_router_is_another_epoch_and_a_snapshot() -> None:
    w = World()
    w.change("q", 1)
    w.settle()
    w.cut()
    w.stream = s.Stream(epoch="e2")
    w.change("q", 9)
    w.settle()
    assert w.resumed == [False, False]
    assert w.replica.queues == w.truth.queues


def test_a_gap_longer_than_the_bound_reaches_the_client() -> None:
    w = World()
    w.change("q", 1)
    w.settle()
    w.cut()
    for n in range(s.QUEUE_EVENTS * 3):
        w.change("q", n)
    w.connect()
    w.change("q", 77)
    assert w.server is not None
    assert w.server.live
    w.to_client()
    assert w.replica.queues == w.truth.queues


def test_a_snapshot_larger_than_the_bound_reaches_the_client() -> None:
    w = World()
    for n in range(3000):
        w.truth.queues[str(n)] = QueueModel(id=str(n) + "x" * 500, waiting=1)
    w.truth.queues = {q.id: q for q in w.truth.queues.values()}
    w.connect()
    w.change("q", 1)
    w.to_client()
    assert w.replica.queues == w.truth.queues


def test_a_client_that_does_not_read_is_cut_off_and_catches_up() -> None:
    w = World()
    w.settle()
    for n in range(s.QUEUE_EVENTS + 2):
        w.change("q", n)
    assert w.server is not None
    assert w.server.closing is not None
    assert w.server.closing.code == "too_slow"
    w.to_client()
    assert w.client.refused is not None
    w.settle()
    assert w.replica.queues == w.truth.queues


def test_a_client_that_pings_and_does_not_read_is_cut_off() -> None:
    w = World()
    w.settle()
    assert w.server is not None
    for _ in range(s.QUEUE_EVENTS + 2):
        w.server.receive(envelop(encode_body(Ping())), w.now)
    assert w.server.closing is not None
    assert len(w.server.outgoing(10**6)) == 1


def test_a_missing_event_ends_the_connection() -> None:
    w = World()
    w.settle()
    w.change("q", 1)
    w.change("q", 2)
    assert w.server is not None
    frames = w.server.outgoing()
    with pytest.raises(WireError, match="missing"):
        w.client.receive(frames[1], w.now)


def test_a_missing_event_is_noticed_behind_an_unknown_one() -> None:
    w = World()
    w.settle()
    with pytest.raises(WireError, match="missing"):
        w.client.receive(b'{"seq":5,"body":{"type":"FromTheFuture"}}', w.now)


def test_a_request_sent_five_times_acts_once_and_is_answered() -> None:
    w = World()
    w.settle()
    w.client.request("r1", c.SetReady())
    for _ in range(5):
        w.to_server()
        w.cut()
        w.connect()
        w.to_client(1)
    w.settle()
    assert w.acted == ["r1"]
    assert w.client.pending == ()
    assert "r1" in w.answered


def test_heartbeat_and_silence() -> None:
    w = World()
    w.settle()
    assert w.server is not None
    assert w.client.deadline() == T0 + s.HEARTBEAT_S
    w.now = Instant(T0 + s.HEARTBEAT_S)
    assert w.client.tick(w.now)
    w.to_server()
    w.to_client()
    w.now = Instant(w.now + s.SILENCE_S - 0.1)
    assert w.client.tick(w.now)
    assert w.server.tick(w.now)
    w.now = Instant(w.now + 0.2)
    assert not w.client.tick(w.now)
    assert not w.server.tick(w.now)


def test_the_servers_clock_is_told_with_the_welcome_and_each_heartbeat() -> None:
    w = World()
    server: Server = s.ServerSide(AGENT_LINK, w.now)
    w.client.connected("token", w.now)
    (frame,) = w.client.outgoing()
    hello = server.receive(frame, w.now)
    assert isinstance(hello, s.HelloReceived)
    server.welcome(hello.hello, w.stream, w.snapshot, w.now, server_at=1_800_000_000.5)
    for frame in server.outgoing():
        w.client.receive(frame, w.now)
    assert w.client.server_at == 1_800_000_000.5
    later = Instant(w.now + s.HEARTBEAT_S)
    assert server.tick(later, 1_800_000_005.5)
    (ping,) = server.outgoing()
    w.client.receive(ping, later)
    assert w.client.server_at == 1_800_000_005.5


def test_a_client_that_waits_for_its_welcome_sleeps() -> None:
    client: Client = s.ClientSide(AGENT_LINK, client="t")
    client.connected("token", T0)
    late = Instant(T0 + s.HEARTBEAT_S + 1)
    assert client.tick(late)
    assert client.deadline() > late


def test_the_wait_between_connections_grows_and_is_bounded() -> None:
    client: Client = s.ClientSide(AGENT_LINK, client="t")
    waits = [client.retry_after(0.5) for _ in range(10)]
    assert waits == sorted(waits)
    assert waits[0] == s.BACKOFF_S[0]
    assert waits[-1] == s.BACKOFF_S[-1]


def test_a_bad_frame_ends_the_link_with_a_reason_and_nothing_raises() -> None:
    for frame in (
        b"",
        b"{",
        b'{"body":1}',
        "x" * 70_000,
        b'{"body":{"type":"Request","id":"1","command":{}}}',
    ):
        server: Server = s.ServerSide(AGENT_LINK, T0)
        server.receive(frame, T0)
        assert server.closing is not None, frame
        assert server.closing.message


def test_hello_twice_and_another_protocol_are_refused() -> None:
    server: Server = s.ServerSide(AGENT_LINK, T0)
    hello = envelop(encode_body(Hello(protocol=1, token="t")))
    assert isinstance(server.receive(hello, T0), s.HelloReceived)
    server.receive(hello, T0)
    assert server.closing is not None
    old: Server = s.ServerSide(AGENT_LINK, T0)
    old.welcome(Hello(protocol=99, token="t"), s.Stream(epoch="e"), lambda: b"", T0)
    assert old.closing is not None
    assert old.closing.code == "bad_protocol"


STEPS = st.one_of(
    st.tuples(st.just("change"), st.sampled_from("pqr"), st.integers(0, 9)),
    st.tuples(st.just("ask"), st.just(""), st.just(0)),
    st.tuples(st.just("cut"), st.just(""), st.just(0)),
    st.tuples(st.just("connect"), st.just(""), st.just(0)),
    st.tuples(st.just("up"), st.just(""), st.just(0)),
    st.tuples(st.just("down"), st.just(""), st.integers(1, 4)),
    st.tuples(st.just("restart"), st.just(""), st.just(0)),
)


@given(st.lists(STEPS, max_size=60))
def test_cut_anywhere_the_replica_ends_equal_and_every_request_acts_once(
    steps: list[tuple[str, str, int]],
) -> None:
    w = World()
    asked = 0
    for step, queue, number in steps:
        match step:
            case "change":
                w.change(queue, number)
            case "ask":
                asked += 1
                w.client.request(f"r{asked}", c.SetReady())
            case "cut":
                w.cut()
            case "connect" if w.server is None:
                w.connect()
            case "up":
                w.to_server()
            case "down":
                w.to_client(number)
            case "restart":
                w.cut()
                w.stream = s.Stream(epoch=w.stream.epoch + "x")
            case _:
                pass
    w.settle()
    assert w.replica.queues == w.truth.queues
    assert sorted(w.acted) == sorted(f"r{n + 1}" for n in range(asked))
    assert w.client.pending == ()
