"""Bytes to envelopes and back.

A frame is one JSON text: `{"seq": 7, "ack": 3, "body": {"type": "OfferMade", …}}`.  The envelope is
read first with its body raw; a body whose tag is unknown becomes `Unknown`, never an exception; a
frame that is no envelope, or a known tag with wrong fields, raises `WireError`.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from agent_desktop.errors import WireError
from agent_desktop.wire.commands import AnyCommand
from agent_desktop.wire.events import AnyEvent, Reply, Snapshot, Unknown
from agent_desktop.wire.model import Model
from agent_desktop.wire.phone import AnyPhoneCommand, AnyPhoneEvent, PhoneReply, PhoneSnapshot
from agent_desktop.wire.switch import AnySwitchCommand, AnySwitchEvent, SwitchReply, SwitchSnapshot

PROTOCOL = 1
MAX_REQUEST_BYTES = 64 * 1024

C = TypeVar("C", bound=Model)
E = TypeVar("E", bound=Model)


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """`seq` numbers the server's events from 1 (0: not part of the stream); `ack` is the last seq seen."""

    body: msgspec.Raw
    seq: int = 0
    ack: int = 0


class Frame(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of what links say to each other beside commands and events."""


class Hello(Frame, frozen=True, kw_only=True, tag=True):
    """First frame of a client: who it is and what it has seen."""

    protocol: int
    token: str
    client: str = ""
    epoch: str = ""
    last_seq: int = 0


class Welcome(Frame, frozen=True, kw_only=True, tag=True):
    """First frame of a server; then the gap is replayed (`resumed`) or a snapshot follows."""

    protocol: int
    epoch: str
    resumed: bool = False
    heartbeat_s: float = 5.0
    server_at: float = 0.0  # what the server's clock shows; 0: it does not say


class Refused(Frame, frozen=True, kw_only=True, tag=True):
    """The link ends here; `code` is bad_token, bad_protocol, bad_frame, too_slow or superseded."""

    code: str
    message: str = ""


class Ping(Frame, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Are you there?  A server says what its clock shows (0: it does not)."""

    server_at: float = 0.0


class Pong(Frame, frozen=True, kw_only=True, tag=True):
    """I am."""


class Request(Frame, frozen=True, kw_only=True, tag=True):
    """One command with the UUID that makes it act once."""

    id: str
    command: msgspec.Raw


AnyFrame = Hello | Welcome | Refused | Ping | Pong | Request
_FRAME_TAGS = frozenset({"Hello", "Welcome", "Refused", "Ping", "Pong", "Request"})


class _Tagged(msgspec.Struct, frozen=True):
    type: str


_envelopes = msgspec.json.Decoder(Envelope)
_tags = msgspec.json.Decoder(_Tagged)
_frames: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(AnyFrame)
_encoder = msgspec.json.Encoder()


def encode_body(body: msgspec.Struct) -> bytes:
    """The JSON of a command, event or frame, without its envelope."""
    return _encoder.encode(body)


def envelop(body: bytes, *, seq: int = 0, ack: int = 0) -> bytes:
    """A whole frame round an encoded body; a body is encoded once for many receivers."""
    return b'{"seq":%d,"ack":%d,"body":%b}' % (seq, ack, body)


class LinkCodec(Generic[C, E]):
    """Reads and writes the frames of one kind of link (agent, phone, switch)."""

    def __init__(self, commands: Any, events: Any, *, snapshot: type[Model], reply: type[Model]) -> None:
        self._commands: msgspec.json.Decoder[C] = msgspec.json.Decoder(commands)
        self._events: msgspec.json.Decoder[E] = msgspec.json.Decoder(events)
        self._command_tags = {t.__name__ for t in commands.__args__}
        self._event_tags = {t.__name__ for t in events.__args__}
        self.snapshot = snapshot
        self.reply = reply

    def decode(self, data: bytes | str) -> tuple[Envelope, AnyFrame | E | Unknown]:
        """An envelope and its body.  Raises `WireError` on anything that is no frame of this link."""
        try:
            envelope = _envelopes.decode(data)
            tag = _tags.decode(envelope.body).type
            if tag in self._event_tags:
                return envelope, self._events.decode(envelope.body)
            if tag in _FRAME_TAGS:
                return envelope, _frames.decode(envelope.body)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            msg = f"The frame could not be read: {error}"
            raise WireError(msg) from error
        return envelope, Unknown(tag)

    def decode_command(self, raw: msgspec.Raw) -> C | Unknown:
        """The command of a `Request`.  Raises `WireError` when its fields are wrong."""
        try:
            tag = _tags.decode(raw).type
            if tag in self._command_tags:
                return self._commands.decode(raw)
        except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
            msg = f"The command could not be read: {error}"
            raise WireError(msg) from error
        return Unknown(tag)


AGENT_LINK: LinkCodec[AnyCommand, AnyEvent] = LinkCodec(AnyCommand, AnyEvent, snapshot=Snapshot, reply=Reply)
PHONE_LINK: LinkCodec[AnyPhoneCommand, AnyPhoneEvent] = LinkCodec(
    AnyPhoneCommand, AnyPhoneEvent, snapshot=PhoneSnapshot, reply=PhoneReply
)
SWITCH_LINK: LinkCodec[AnySwitchCommand, AnySwitchEvent] = LinkCodec(
    AnySwitchCommand, AnySwitchEvent, snapshot=SwitchSnapshot, reply=SwitchReply
)
