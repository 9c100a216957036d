"""What a call's sound and text are, in the words of the phone and the switch, before it becomes SDP.

`LocalMedia` is what we can do, `MediaOffer` what the peer said, `Agreement` what both do now.  `sdp`
writes and reads it, `negotiation` joins the two (RFC 3264).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from agent_desktop.sip.sdes import Crypto, Srtp


class Direction(Enum):
    """RFC 4566 section 6, seen from the side that says it."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in {Direction.SENDRECV, Direction.SENDONLY}

    @property
    def receives(self) -> bool:
        return self in {Direction.SENDRECV, Direction.RECVONLY}

    @property
    def mirrored(self) -> Direction:
        """The same stream seen from the other side."""
        return direction(sends=self.receives, receives=self.sends)

    def __and__(self, other: Direction) -> Direction:
        return direction(sends=self.sends and other.sends, receives=self.receives and other.receives)


def direction(*, sends: bool, receives: bool) -> Direction:
    """The word for what one side does."""
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


@dataclass(frozen=True, slots=True)
class Codec:
    """One RTP format: its name and clock as in a=rtpmap, the payload type, and a=fmtp."""

    name: str
    payload_type: int
    rate: int = 8000
    channels: int = 1
    fmtp: str = ""

    def is_same_format(self, other: Codec) -> bool:
        """The same format, whatever number each side gives it.

        Opus is always written with two channels (RFC 7587 section 7) and means one format all the same.
        """
        name = self.name.lower()
        same_channels = self.channels == other.channels or name == "opus"
        return (name, self.rate) == (other.name.lower(), other.rate) and same_channels


PCMU = Codec("PCMU", 0)
PCMA = Codec("PCMA", 8)
# Its clock is 8000 in SDP by RFC 3551 and 16 kHz in the air.
G722 = Codec("G722", 9)
OPUS = Codec("opus", 111, 48000, 2, "useinbandfec=1")
COMFORT_NOISE = Codec("CN", 13)
TELEPHONE_EVENT = Codec("telephone-event", 101, fmtp="0-16")
# RFC 4733 section 2.1: events count in the clock of the sound that they interrupt.
TELEPHONE_EVENT_48000 = Codec("telephone-event", 110, 48000, fmtp="0-16")
TELEPHONY = (PCMU, PCMA, TELEPHONE_EVENT)
# RFC 4103: typed text with three generations of redundancy, or as many as the peer's answer names: at 10 %
# of loss three packets in a row are lost once in a thousand, four once in ten thousand.  The numbers are free
# in our sound as well, for peers that look a number up without its line.
T140 = Codec("t140", 99, 1000)
RED = Codec("red", 98, 1000, fmtp="99/99/99/99")
REAL_TIME_TEXT = (RED, T140)

TEXT = "text"
"""The kind of an m= line for real-time text."""

Prefer = Literal["ours", "theirs"]
"""Whose order of codecs decides when the peer's offer is answered."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One m= line: audio, or text (RFC 4103); `attributes` carries the rest.

    `crypto` holds the keys of the side that wrote it; `crypto_lines` counts what stood there, so that an
    answer with a key that cannot be followed is not taken for one without.  `prefer`, `srtp`, `insists` and
    `takes_rtcp_mux` are wishes of our own side and are never read from a peer.
    """

    port: int
    codecs: tuple[Codec, ...] = TELEPHONY
    direction: Direction = Direction.SENDRECV
    kind: str = "audio"
    protocol: str = "RTP/AVP"
    ptime_ms: int = 20
    address: str = ""
    attributes: tuple[str, ...] = ()
    crypto: tuple[Crypto, ...] = ()
    crypto_lines: int = 0
    max_ptime_ms: int | None = None
    rtcp: tuple[str, int] | None = None
    rtcp_mux: bool = False
    formats: tuple[str, ...] = ()
    """The formats as they stood, for repeating a stream that we refuse."""
    srtp: Srtp = Srtp.OFF
    prefer: Prefer = "theirs"
    takes_rtcp_mux: bool = False
    insists: bool = False
    """Offer this again within a call although it was refused before."""

    @property
    def is_refused(self) -> bool:
        return self.port == 0


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Our side of a call: where we receive, and which streams and codecs we take, preferred first."""

    address: str
    streams: tuple[Stream, ...]

    @property
    def audio(self) -> Stream:
        return self.streams[0]

    @property
    def text(self) -> Stream | None:
        """Where we take real-time text, if we do."""
        return next((stream for stream in self.streams if stream.kind == TEXT), None)

    def with_text(self, stream: Stream | None) -> LocalMedia:
        """The same with another stream of text, or without one."""
        others = tuple(each for each in self.streams if each.kind != TEXT)
        return replace(self, streams=others if stream is None else (*others, stream))

    def with_direction(self, wanted: Direction) -> LocalMedia:
        return replace(self, streams=tuple(replace(stream, direction=wanted) for stream in self.streams))


def audio(address: str, port: int, codecs: tuple[Codec, ...] = TELEPHONY) -> LocalMedia:
    """The usual side: one audio stream, both ways."""
    return LocalMedia(address, (Stream(port, codecs),))


@dataclass(frozen=True, slots=True)
class MediaOffer:
    """What the peer wrote: its streams as they stand, each with its own receiving address."""

    streams: tuple[Stream, ...]
    session_id: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class AgreedStream:
    """What one stream does now.

    `codec` and `dtmf` carry the payload type to send with; `accepts` holds what may come in, with the
    payload types it comes with.  `direction` is ours: without `sends` nothing may be sent, without
    `receives` nothing is expected.  `address` and `port` are the peer's, as is `rtcp` where it named one.
    `seal` is the key that we encrypt with and `open` the peer's; both or none.
    """

    kind: str
    address: str
    port: int
    codec: Codec
    dtmf: Codec | None
    direction: Direction
    ptime_ms: int = 20
    accepts: tuple[Codec, ...] = ()
    attributes: tuple[str, ...] = ()
    comfort_noise: Codec | None = None
    seal: Crypto | None = None
    open: Crypto | None = None
    rtcp: tuple[str, int] | None = None
    rtcp_mux: bool = False
    formats: tuple[Codec, ...] = ()
    """Everything that we may send, preferred first, with the numbers and parameters of the peer."""

    @property
    def is_encrypted(self) -> bool:
        return self.seal is not None and self.open is not None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the call's media does now; a stream that was refused is None, in the order of the m= lines."""

    streams: tuple[AgreedStream | None, ...]
    lines: tuple[Stream, ...] = field(default=(), compare=False)
    """Our m= lines as they stand, which a later offer repeats in this order (RFC 3264 section 8)."""

    @property
    def audio(self) -> AgreedStream | None:
        return next((stream for stream in self.streams if stream and stream.kind == "audio"), None)

    @property
    def text(self) -> AgreedStream | None:
        return next((stream for stream in self.streams if stream and stream.kind == TEXT), None)

    @property
    def is_held_by_peer(self) -> bool:
        """The peer takes nothing from us now: we must not send speech."""
        stream = self.audio
        return stream is not None and not stream.direction.sends
