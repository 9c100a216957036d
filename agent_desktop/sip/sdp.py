"""SDP as far as a call needs it (RFC 8866, RFC 3264): read a description, write one.

Rules of the file: what is not understood is skipped, what cannot be used is refused with 488, and what is
not SDP at all with 400.  An address of 0.0.0.0 is the hold of RFC 2543 and reads as `sendonly`.  A stream
whose address is a name (the media thread must never wait for a look-up) or a group's (a call is for one)
is read without an address: the others of the call may still be good.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace

from agent_desktop.errors import SipError
from agent_desktop.sip.media import Codec, Direction, LocalMedia, MediaOffer, Stream
from agent_desktop.sip.sdes import MAX_LINES, Crypto, parse_crypto

MIME = "application/sdp"
MAX_STREAMS = 16
MAX_FORMATS = 64
_STATIC = {
    0: Codec("PCMU", 0), 3: Codec("GSM", 3), 4: Codec("G723", 4), 8: Codec("PCMA", 8), 9: Codec("G722", 9),
    13: Codec("CN", 13), 15: Codec("G728", 15), 18: Codec("G729", 18),
}  # fmt: skip
_DIRECTIONS = {direction.value: direction for direction in Direction}


@dataclass(frozen=True, slots=True)
class Origin:
    """The o= line: it names the session, and its version rises with every change (RFC 3264 section 8)."""

    session_id: str
    version: int
    address: str

    def raised(self) -> Origin:
        return replace(self, version=self.version + 1)


@dataclass(slots=True)
class _Section:
    """One m= line and what follows it, while it is read."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    address: str
    direction: Direction
    ptime_ms: int = 20
    max_ptime_ms: int | None = None
    rtcp: str = ""
    crypto: list[str] = field(default_factory=list)
    maps: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    attributes: list[str] = field(default_factory=list)


def parse_sdp(body: bytes) -> MediaOffer:
    """Read a description; SipError 400 when it is none, 488 when it is beyond reason."""
    text = body.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    session_id, version = "", 0
    address, direction = "", Direction.SENDRECV
    sections: list[_Section] = []
    if not text.lstrip("\n").startswith("v=0"):
        raise SipError("The session description is not readable.")
    for line in text.split("\n"):
        if line[1:2] != "=":
            continue  # RFC 4475 DBLREQ has `m =`; skipping is what the RFC asks of a receiver
        key, value = line[0], line[2:].strip()
        match key:
            case "o":
                session_id, version = _origin(value)
            case "c" if sections:
                sections[-1].address = _connection(value)
            case "c":
                address = _connection(value)
            case "m":
                if len(sections) == MAX_STREAMS:
                    raise SipError("The session description has too many streams.", status=488)
                sections.append(_media(value, address, direction))
            case "a" if sections:
                _attribute(sections[-1], value)
            case "a":
                direction = _DIRECTIONS.get(value, direction)
            case _:
                pass
    return MediaOffer(tuple(_stream(section) for section in sections), session_id, version)


def _origin(value: str) -> tuple[str, int]:
    parts = value.split()
    if len(parts) < 6:
        raise SipError("The session description has no readable origin.")
    return f"{parts[1]} {parts[5]}", _number(parts[2], 20) or 0


def _number(text: str, digits: int) -> int | None:
    """A number of at most so many digits: a longer one is never converted."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _connection(value: str) -> str:
    parts = value.split()
    if len(parts) < 3 or parts[0].upper() != "IN":
        return ""
    try:
        found = ipaddress.ip_address(parts[2].split("/")[0])
    except ValueError:
        return ""
    return "" if found.is_multicast or str(found) == "255.255.255.255" else str(found)


def _media(value: str, address: str, direction: Direction) -> _Section:
    parts = value.split()
    port = _number(parts[1].partition("/")[0], 5) if len(parts) > 3 else None
    if port is None or port > 65535:
        raise SipError("The session description has an unreadable stream.")
    return _Section(parts[0].lower(), port, parts[2], tuple(parts[3 : 3 + MAX_FORMATS]), address, direction)


def _attribute(section: _Section, value: str) -> None:
    name, _, rest = value.partition(":")
    number, _, text = rest.partition(" ")
    if value in _DIRECTIONS:
        section.direction = _DIRECTIONS[value]
    elif name == "rtpmap":
        section.maps[number] = text.strip()
    elif name == "fmtp":
        section.parameters[number] = text.strip()
    elif name == "ptime":
        section.ptime_ms = _milliseconds(number) or section.ptime_ms
    elif name == "maxptime":
        section.max_ptime_ms = _milliseconds(number) or section.max_ptime_ms
    elif name == "rtcp":
        section.rtcp = rest.strip()
    elif name == "crypto":
        section.crypto.append(rest)
    elif len(section.attributes) < MAX_FORMATS:
        section.attributes.append(value)


def _milliseconds(text: str) -> int | None:
    found = _number(text, 4)
    return found if found is not None and 10 <= found <= 240 else None


def _stream(section: _Section) -> Stream:
    codecs = [codec for number in section.formats if (codec := _codec(section, number))]
    heard = section.direction
    if section.address in {"0.0.0.0", "::"}:
        heard &= Direction.SENDONLY
    return Stream(
        port=section.port,
        codecs=tuple(codecs),
        direction=heard,
        kind=section.kind,
        protocol=section.protocol,
        ptime_ms=section.ptime_ms,
        address=section.address,
        attributes=tuple(section.attributes),
        crypto=_keys(section.crypto[:MAX_LINES]),
        crypto_lines=len(section.crypto),
        max_ptime_ms=section.max_ptime_ms,
        rtcp=_rtcp(section),
        rtcp_mux="rtcp-mux" in section.attributes,
        formats=section.formats,
    )


def _keys(lines: list[str]) -> tuple[Crypto, ...]:
    """The keys that we could follow; two lines with one tag mean neither (RFC 4568 section 5.1)."""
    found: list[Crypto] = []
    for line in lines:
        try:
            found.append(parse_crypto(line))
        except SipError:
            continue
    tags = [line.tag for line in found]
    return tuple(line for line in found if tags.count(line.tag) == 1)


def _rtcp(section: _Section) -> tuple[str, int] | None:
    """RFC 3605: a port, and an address where it differs from the stream's."""
    number, _, rest = section.rtcp.partition(" ")
    port = _number(number, 5)
    if not port or port > 65535:
        return None
    parts = rest.split()
    address = _connection(rest) if len(parts) == 3 and parts[0].upper() == "IN" else section.address
    return (address, port) if address else None


def _codec(section: _Section, number: str) -> Codec | None:
    payload_type = _number(number, 3)
    if payload_type is None or payload_type > 127:
        return None
    fmtp = section.parameters.get(number, "")
    if number not in section.maps:
        known = _STATIC.get(payload_type)
        return replace(known, fmtp=fmtp) if known else None
    name, _, clock = section.maps[number].partition("/")
    rate, _, channels = clock.partition("/")
    hertz = _number(rate.strip(), 6)
    if not name or not hertz:
        return None
    return Codec(name, payload_type, hertz, max(1, _number(channels, 2) or 1), fmtp)


def build_sdp(origin: Origin, media: LocalMedia) -> bytes:
    """Write a description; the streams carry the codecs and directions to be written."""
    lines = [
        "v=0",
        f"o=- {origin.session_id} {origin.version} IN {_family(origin.address)} {origin.address}",
        "s=-",
        f"c=IN {_family(media.address)} {media.address}",
        "t=0 0",
    ]
    for stream in media.streams:
        lines += _stream_lines(stream, media.address)
    return ("\r\n".join(lines) + "\r\n").encode()


def _stream_lines(stream: Stream, session_address: str) -> list[str]:
    formats = " ".join(str(codec.payload_type) for codec in stream.codecs) or " ".join(stream.formats) or "0"
    lines = [f"m={stream.kind} {stream.port} {stream.protocol} {formats}"]
    if stream.is_refused:
        return lines
    if stream.address and stream.address != session_address:
        lines.append(f"c=IN {_family(stream.address)} {stream.address}")
    for codec in stream.codecs:
        channels = f"/{codec.channels}" if codec.channels > 1 else ""
        lines.append(f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.rate}{channels}")
        if codec.fmtp:
            lines.append(f"a=fmtp:{codec.payload_type} {codec.fmtp}")
    lines += [f"a=crypto:{line}" for line in stream.crypto]
    lines += [f"a={attribute}" for attribute in stream.attributes]
    if stream.rtcp_mux:
        lines.append("a=rtcp-mux")
    if stream.kind == "audio":
        lines.append(f"a=ptime:{stream.ptime_ms}")
    lines.append(f"a={stream.direction.value}")
    return lines


def _family(address: str) -> str:
    return "IP6" if ":" in address else "IP4"
