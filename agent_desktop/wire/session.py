"""One link, two sides, no sockets: resume, heartbeat and bounds.

The server side numbers its events in a `Stream` that outlives connections.  A client says which
epoch and sequence it has seen and gets the gap, or a snapshot when the gap is no longer held.  The
client keeps every request until its reply came and sends it again after a reconnect; the server
remembers request ids, so that a resend acts once.

`now` is an argument everywhere; the shell asks for `deadline()` and calls `tick(now)`.  Rules:
heartbeat every 5 s, a side silent for 15 s is gone (references/reliability, G6); a server queue above
1,000 events or 1 MiB ends the connection with `too_slow`, the client resumes (G8).

The shells that hold the sockets are `links.server.LinkServer` and `links.client.LinkClient`; the run
file of a long-lived process is `links.runfile`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeVar

import msgspec

from agent_desktop.domain.types import Instant, Seconds
from agent_desktop.errors import WireError
from agent_desktop.wire.codec import (
    MAX_REQUEST_BYTES,
    PROTOCOL,
    Hello,
    LinkCodec,
    Ping,
    Pong,
    Refused,
    Request,
    Welcome,
    encode_body,
    envelop,
)
from agent_desktop.wire.events import Unknown
from agent_desktop.wire.model import Model

HEARTBEAT_S = Seconds(5.0)
SILENCE_S = Seconds(15.0)
RING_EVENTS = 10_000
RING_S = Seconds(600.0)
QUEUE_EVENTS = 1_000
QUEUE_BYTES = 1 << 20
BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)

_PING = envelop(encode_body(Ping()))
_PONG = envelop(encode_body(Pong()))


@dataclass(slots=True)
class Stream:
    """The numbered events for one receiver; held for a while for those who come back."""

    epoch: str
    seq: int = 0
    ring: deque[tuple[int, Instant, bytes]] = field(default_factory=deque)

    def append(self, body: bytes, now: Instant) -> int:
        """Number one encoded event; returns its sequence."""
        self.seq += 1
        self.ring.append((self.seq, now, body))
        while len(self.ring) > RING_EVENTS or (self.ring and now - self.ring[0][1] > RING_S):
            self.ring.popleft()
        return self.seq

    def since(self, seq: int) -> list[tuple[int, bytes]] | None:
        """The events after `seq`, or None when some of them are no longer held."""
        if seq > self.seq:
            return None
        if seq == self.seq:
            return []
        if not self.ring or self.ring[0][0] > seq + 1:
            return None
        missed = islice(reversed(self.ring), self.seq - seq)
        return [(n, body) for n, _, body in missed][::-1]


@dataclass(frozen=True, slots=True)
class RequestReceived(Generic[C]):
    """A command came in.  The shell answers with the link's reply event on the stream."""

    id: str
    command: C | Unknown


@dataclass(frozen=True, slots=True)
class HelloReceived:
    """The first frame: the shell checks the token and calls `welcome` or `refuse`."""

    hello: Hello


class ServerSide(Generic[C, E]):
    """The router's (phone's, switch's) end of one connection."""

    def __init__(self, codec: LinkCodec[C, E], now: Instant) -> None:
        self._codec = codec
        self._heard_at = now
        self._pinged_at = now
        self._greeted = False
        self._live = False
        self._out: deque[bytes] = deque()
        self._out_bytes = 0
        # What the welcome itself queued (snapshot or gap) is not held against a client that just came.
        self._greeting_frames = 0
        self._greeting_bytes = 0
        self._acked = 0
        self.closing: Refused | None = None

    @property
    def live(self) -> bool:
        """The client was welcomed and the link is not ending."""
        return self._live and self.closing is None

    @property
    def acked(self) -> int:
        """The last sequence that the client says it has seen."""
        return self._acked

    def receive(self, data: bytes | str, now: Instant) -> HelloReceived | RequestReceived[C] | None:
        """Take one frame.  Bad frames end the link with a `Refused`; nothing raises."""
        self._heard_at = now
        if self.closing is not None:
            return None
        if len(data) > MAX_REQUEST_BYTES:
            self.refuse("bad_frame", "The frame is larger than 64 KiB.")
            return None
        try:
            envelope, body = self._codec.decode(data)
            self._acked = max(self._acked, envelope.ack)
            if isinstance(body, Hello):
                if self._greeted:
                    self.refuse("bad_frame", "Hello was said twice.")
                    return None
                self._greeted = True
                return HelloReceived(body)
            if isinstance(body, Request) and self._live:
                return RequestReceived(body.id, self._codec.decode_command(body.command))
        except WireError as error:
            self.refuse("bad_frame", str(error))
            return None
        if isinstance(body, Ping):
            self._put(_PONG)
            self._check_bound()
        elif isinstance(body, Request):
            self.refuse("bad_frame", "Say hello first.")
        return None

    def welcome(
        self,
        hello: Hello,
        stream: Stream,
        snapshot: Callable[[], bytes],
        now: Instant,
        server_at: float = 0.0,
    ) -> bool:
        """Greet, then replay the gap or send `snapshot()`; returns whether the gap was replayed."""
        if hello.protocol != PROTOCOL:
            self.refuse(
                "bad_protocol",
                f"The server speaks protocol {PROTOCOL}, this program {hello.protocol}: update one.",
            )
            return False
        gap = stream.since(hello.last_seq) if hello.epoch == stream.epoch and hello.last_seq else None
        resumed = gap is not None
        greeting = Welcome(
            protocol=PROTOCOL,
            epoch=stream.epoch,
            resumed=resumed,
            heartbeat_s=HEARTBEAT_S,
            server_at=server_at,
        )
        self._put(envelop(encode_body(greeting)))
        self._live = True
        if gap is None:
            self._put(envelop(snapshot(), seq=stream.seq))
        else:
            for seq, body in gap:
                self._put(envelop(body, seq=seq))
        self._greeting_frames, self._greeting_bytes = len(self._out), self._out_bytes
        self._heard_at = now
        return resumed

    def push(self, seq: int, body: bytes) -> None:
        """Send one numbered event; a client that does not read is cut off, never waited for."""
        if not self.live:
            return
        self._put(envelop(body, seq=seq))
        self._check_bound()

    def _check_bound(self) -> None:
        events = len(self._out) - self._greeting_frames
        size = self._out_bytes - self._greeting_bytes
        if events > QUEUE_EVENTS or size > QUEUE_BYTES:
            self.refuse("too_slow", "The program reads too slowly; it will catch up after a reconnect.")

    def tell(self, body: bytes) -> None:
        """Send one event that is this client's alone and not part of the stream (a reply)."""
        if self.live:
            self._put(envelop(body))

    def refuse(self, code: str, message: str) -> None:
        """End the link; whatever was queued is dropped (the stream keeps it)."""
        if self.closing is None:
            self.closing = Refused(code=code, message=message)
            self._out.clear()
            self._out_bytes = self._greeting_frames = self._greeting_bytes = 0
            self._put(envelop(encode_body(self.closing)))

    def finish(self, code: str = "signed_out") -> None:
        """End the link after what is queued was written."""
        if self.closing is None:
            self.closing = Refused(code=code)
            self._put(envelop(encode_body(self.closing)))

    def outgoing(self, limit: int = 64) -> list[bytes]:
        """Up to `limit` frames to write now; the rest counts against the bound."""
        if len(self._out) <= limit:
            frames = list(self._out)
            self._out.clear()
            self._out_bytes = self._greeting_frames = self._greeting_bytes = 0
            return frames
        frames = [self._out.popleft() for _ in range(limit)]
        size = sum(map(len, frames))
        self._out_bytes -= size
        self._greeting_frames = max(0, self._greeting_frames - len(frames))
        self._greeting_bytes = max(0, self._greeting_bytes - size)
        return frames

    @property
    def heard_at(self) -> Instant:
        """When the client was heard last."""
        return self._heard_at

    def deadline(self) -> Instant:
        """When `tick` must be called next."""
        return Instant(min(self._pinged_at + HEARTBEAT_S, self._heard_at + SILENCE_S))

    def tick(self, now: Instant, server_at: float = 0.0) -> bool:
        """Send a heartbeat when due; False when the client has been silent for too long.

        `server_at` is what the clock on the wall shows: the other end sets its timers by it.
        """
        if now - self._heard_at >= SILENCE_S:
            return False
        if now - self._pinged_at >= HEARTBEAT_S:
            self._pinged_at = now
            self._put(envelop(encode_body(Ping(server_at=server_at))) if server_at else _PING)
        return True

    def _put(self, frame: bytes) -> None:
        self._out.append(frame)
        self._out_bytes += len(frame)


class ClientSide(Generic[C, E]):
    """A front end's (or the router's) end of a link; it lives over many connections."""

    def __init__(self, codec: LinkCodec[C, E], *, client: str) -> None:
        self._codec = codec
        self._client = client
        self._epoch = ""
        self._last_seq = 0
        self._heard_at = Instant(0.0)
        self._pinged_at = Instant(0.0)
        self._out: list[bytes] = []
        self._pending: dict[str, bytes] = {}
        self._attempts = 0
        self.live = False
        self.refused: Refused | None = None
        self.unknown_tags: set[str] = set()
        self.server_at = 0.0  # the server's clock, as it was told last; 0: not since it was taken

    @property
    def pending(self) -> tuple[str, ...]:
        """Ids of requests without a reply yet, oldest first."""
        return tuple(self._pending)

    @property
    def last_seq(self) -> int:
        """The last event applied."""
        return self._last_seq

    def connected(self, token: str, now: Instant) -> None:
        """A new connection is open: say hello."""
        self.live = False
        self.refused = None
        self._heard_at = self._pinged_at = now
        hello = Hello(
            protocol=PROTOCOL, token=token, client=self._client, epoch=self._epoch, last_seq=self._last_seq
        )
        self._out = [envelop(encode_body(hello))]

    def receive(self, data: bytes | str, now: Instant) -> E | None:
        """Take one frame; returns an event to apply.

        Raises `WireError` when the stream has a gap or the frame is unreadable: close and connect again.
        """
        self._heard_at = now
        envelope, body = self._codec.decode(data)
        match body:
            case Welcome():
                self.live = True
                self._attempts = 0
                self.server_at = body.server_at
                if body.epoch != self._epoch:
                    self._epoch, self._last_seq = body.epoch, 0
                self._out.extend(self._pending.values())
                return None
            case Refused():
                self.live = False
                self.refused = body
                return None
            case Ping():
                self.server_at = body.server_at
                self._out.append(envelop(encode_body(Pong()), ack=self._last_seq))
                return None
            case Pong() | Hello() | Request():
                return None
            case Unknown():
                self.unknown_tags.add(body.tag)
                self._advance(envelope.seq)
                return None
            case _:
                return self._event(envelope.seq, body)

    def _event(self, seq: int, event: E) -> E | None:
        if isinstance(event, self._codec.snapshot):
            self._last_seq = seq
            return event
        if not self._advance(seq):
            return None
        if isinstance(event, self._codec.reply):
            self._pending.pop(getattr(event, "request", ""), None)
        return event

    def _advance(self, seq: int) -> bool:
        """Note that a sequence came; False when it had come before."""
        if seq and seq <= self._last_seq:
            return False
        if seq and seq != self._last_seq + 1:
            msg = f"Event {self._last_seq + 1} is missing; connecting again."
            raise WireError(msg)
        if seq:
            self._last_seq = seq
        return True

    def request(self, request_id: str, command: C) -> None:
        """Ask for something; kept and resent until its reply comes."""
        frame = envelop(encode_body(Request(id=request_id, command=_raw(command))), ack=self._last_seq)
        self._pending[request_id] = frame
        if self.live:
            self._out.append(frame)

    def forget(self, request_id: str) -> None:
        """Stop resending a request (its asker gave up)."""
        self._pending.pop(request_id, None)

    def lost(self) -> None:
        """The connection is gone; requests stay pending."""
        self.live = False
        self._out = []

    def retry_after(self, jitter: float) -> Seconds:
        """How long to wait before the next connection; `jitter` is 0..1."""
        base = BACKOFF_S[min(self._attempts, len(BACKOFF_S) - 1)]
        self._attempts += 1
        return Seconds(base * (0.5 + jitter))

    def outgoing(self) -> list[bytes]:
        """Frames to write now."""
        frames, self._out = self._out, []
        return frames

    def deadline(self) -> Instant:
        """When `tick` must be called next."""
        silence = self._heard_at + SILENCE_S
        return Instant(min(self._pinged_at + HEARTBEAT_S, silence) if self.live else silence)

    def tick(self, now: Instant) -> bool:
        """Send a heartbeat when due; False when the server has been silent for too long."""
        if now - self._heard_at >= SILENCE_S:
            return False
        if self.live and now - self._pinged_at >= HEARTBEAT_S:
            self._pinged_at = now
            self._out.append(envelop(encode_body(Ping()), ack=self._last_seq))
        return True


def _raw(command: Model) -> msgspec.Raw:
    return msgspec.Raw(encode_body(command))
