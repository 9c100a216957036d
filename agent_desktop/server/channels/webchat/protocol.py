"""What the chat widget and the router say to each other: JSON objects in text frames of a websocket.

Every frame has a `type`.  A visitor is known by a **token**: made by the server, unguessable (256 bits),
kept by the widget in the visitor's browser, sent in the first frame and never in an address.  The router
keeps only its hash; the hash is the thread.

The visitor's words are never lost and never doubled: each message has a `client` id made by the widget,
which sends it again, one at a time and in order, until it gets an `ack`; the ack follows the commit.  The
centre's words are never lost: each visible message has a `seq` in the thread's stream.  A widget that
comes back says `epoch` and `last`; it gets the messages after `last`, or, if the stream is another one
(the router was started again), everything with `reset` true.  A message may come twice and has an `id`
for that; it is shown in the order of `at`.

From the widget:

- `hello {v, token?, epoch?, last?, name?, open?}`: the first frame, within 10 s.
- `say {client, text, name?}`: a message of at most 4,000 characters.
- `letter {client, name, mail, text}`: while nobody is free, where `welcome` says `letters`: a message that is
  answered by mail.  Acknowledged like a message; it is not part of the chat.
- `typing {on}`: at most every 2 s; forgotten after 8 s.
- `window {open}`: the chat is open before the visitor, or not.
- `have {seq, seen}`: everything up to `seq` came; `seen`: and was before the visitor's eyes.
- `leave {}`: the visitor ends the conversation.  Answer: `left`, then close 1000.
- `ping {n}`: answer: `pong {n}`.

Files go over HTTP, with the token as bearer (`server/web/chat_files.py`): each is a message of its own with a
`client` id like any other, acknowledged after the commit, and comes back to the windows as a `message`.

From the router:

- `welcome {v, token, epoch, last, reset, read, title, greeting, queue, agent, file_bytes, letters}`, then
  messages; `file_bytes` is the most of one file.
- `message {seq, id, from, text, at, name?, client?, files?, lang?}`; `from` is visitor, agent or notice; a
  file is `{id, name, size, kind}`, without an `id` when it can run programs and is not handed out; `lang` is
  the language of the text where its words tell it, for who has it read aloud (WCAG 3.1.2).
- `ack {client, id, seq, at}`: committed.
- `refused {client, reason, text, retry_ms}`: not taken; `retry_ms` 0 means: do not try again.
- `typing {on, name}`, `agent {name}` (has joined), `read {seq}` (the agent saw everything up to it).
- `queue {ready, waiting, answers_s}`: agents free, interactions waiting, the median time to an answer as
  this router measured it (null until there are enough).
- `left {}`, `pong {n}`.

Closes: 1000 bye · 1003 not text · 1007 not of this protocol · 1008 against the rules (no hello, too many
frames) · 1009 frame over 64 KB · 1011 our fault · 1012 the router stops · 1013 the reader is too slow or
has too many windows.  An unknown `type` is skipped, an unknown field too.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Annotated

import msgspec

from agent_desktop.errors import ProtocolError

VERSION = 1
FRAME_BYTES = 64 * 1024
TEXT_CHARS = 4_000
NAME_CHARS = 80

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
# What a text may hold of control characters: tab and line feed.
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), 127))

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
ClientId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """The first frame."""

    v: int = VERSION
    token: Annotated[str, msgspec.Meta(max_length=200)] = ""
    epoch: Annotated[str, msgspec.Meta(max_length=64)] = ""
    last: Seq = 0
    name: Annotated[str, msgspec.Meta(max_length=400)] = ""
    open: bool = False


class Say(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the visitor."""

    client: ClientId
    text: str
    name: Annotated[str, msgspec.Meta(max_length=400)] = ""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is answered by mail."""

    client: ClientId
    text: str
    mail: Annotated[str, msgspec.Meta(max_length=254)]
    name: Annotated[str, msgspec.Meta(max_length=400)] = ""


class Typing(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor writes, or stopped."""

    on: bool


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The chat is open before the visitor, or not."""

    open: bool


class Have(msgspec.Struct, frozen=True, kw_only=True):
    """What came to the widget."""

    seq: Seq
    seen: bool = False


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """The visitor ends the conversation."""


class Ping(msgspec.Struct, frozen=True, kw_only=True):
    """Are you there?"""

    n: Seq = 0


Frame = Hello | Say | Letter | Typing | Window | Have | Leave | Ping


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with the queue."""

    ready: int
    waiting: int
    answers_s: int | None = None


class Outgoing(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A frame from the router."""


class WelcomeFrame(Outgoing, frozen=True, kw_only=True, tag="welcome"):
    """The answer to hello; the messages follow."""

    v: int = VERSION
    token: str
    epoch: str
    last: int
    reset: bool
    read: int
    title: str
    greeting: str
    queue: Queue
    agent: str
    file_bytes: int = 0
    letters: bool = False


class FileFrame(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a message."""

    id: str
    name: str
    size: int
    kind: str


class MessageFrame(Outgoing, frozen=True, kw_only=True, tag="message", omit_defaults=True):
    """One message that the visitor may see."""

    seq: int
    id: str
    sender: str = msgspec.field(name="from")
    text: str
    at: float
    name: str = ""
    client: str = ""
    files: tuple[FileFrame, ...] = ()
    lang: str = ""


class AckFrame(Outgoing, frozen=True, kw_only=True, tag="ack"):
    """The visitor's message is committed."""

    client: str
    id: str
    seq: int
    at: float


class RefusedFrame(Outgoing, frozen=True, kw_only=True, tag="refused"):
    """The visitor's message was not taken."""

    client: str
    reason: str
    text: str
    retry_ms: int


class TypingFrame(Outgoing, frozen=True, kw_only=True, tag="typing"):
    """The agent writes, or stopped."""

    on: bool
    name: str


class AgentFrame(Outgoing, frozen=True, kw_only=True, tag="agent"):
    """An agent has joined."""

    name: str


class ReadFrame(Outgoing, frozen=True, kw_only=True, tag="read"):
    """The agent saw the visitor's messages up to here."""

    seq: int


class QueueFrame(Outgoing, frozen=True, kw_only=True, tag="queue"):
    """The queue's state moved."""

    ready: int
    waiting: int
    answers_s: int | None = None


class LeftFrame(Outgoing, frozen=True, kw_only=True, tag="left"):
    """The visitor has left; the close follows."""


class PongFrame(Outgoing, frozen=True, kw_only=True, tag="pong"):
    """Here I am."""

    n: int


class _Head(msgspec.Struct, frozen=True):
    type: str


_clients = re.compile(r"[A-Za-z0-9_-]{8,64}")
_head = msgspec.json.Decoder(_Head)
_bodies: dict[str, msgspec.json.Decoder[Frame]] = {
    kind.__name__.lower(): msgspec.json.Decoder(kind)
    for kind in (Hello, Say, Letter, Typing, Window, Have, Leave, Ping)
}
_encoder = msgspec.json.Encoder()


def decode(data: str) -> Frame | None:
    """Read a frame; None for a type that this version does not know.  Raises `ProtocolError`."""
    try:
        raw = data.encode()
        if len(raw) > FRAME_BYTES:
            raise ProtocolError("The frame is longer than 64 KB.")
        body = _bodies.get(_head.decode(raw).type)
        return None if body is None else body.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError("The frame is not of the chat protocol.") from error


def encode(frame: Outgoing) -> str:
    """Write a frame."""
    return _encoder.encode(frame).decode()


def new_token() -> str:
    """Make the secret that a visitor is known by."""
    return secrets.token_urlsafe(32)


def is_token(token: str) -> bool:
    """Whether a text has the form of our tokens."""
    return _TOKEN.fullmatch(token) is not None


def is_client(client: str) -> bool:
    """Whether a text may be a message's `client` id."""
    return _clients.fullmatch(client) is not None


def thread_of(channel: str, token: str) -> str:
    """The thread of a token: a hash, so that the record cannot be used to sit down at a chat."""
    return hashlib.sha256(f"webchat\0{channel}\0{token}".encode()).hexdigest()


def clean(text: str) -> str:
    """A text without control characters and without blank ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS).strip()
