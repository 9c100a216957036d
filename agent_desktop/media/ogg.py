"""The container of a recording: Opus packets in Ogg pages (RFC 3533, RFC 7845).

A page is closed and handed on by `flush`, so that whoever reads the file while it grows, or after the
power went, has everything up to the last flush.  Any player opens it.

Rules: two head pages, then sound; the granule position counts samples at 48 kHz whatever the input's
rate, the pre-skip included (RFC 7845, section 4); the last page says so, and only the last.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import ProtocolError

GRANULE_HZ: Final = 48_000

_PAGE: Final = struct.Struct("<4sBBQIIIB")
_HEAD: Final = struct.Struct("<8sBBHIhB")
_CONTINUED: Final = 0x01
_FIRST: Final = 0x02
_LAST: Final = 0x04
_MOST_SEGMENTS: Final = 255
_NO_PACKET_ENDS: Final = 0xFFFFFFFFFFFFFFFF
_CRC_AT: Final = 22
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class OggError(ProtocolError):
    """Bytes that are no Ogg stream with Opus."""


class OpusWriter:
    """Packets in, pages out through `write`."""

    __slots__ = ("_body", "_granule", "_lacing", "_sequence", "_serial", "_write")

    def __init__(
        self,
        write: Callable[[bytes], object],
        *,
        channels: int,
        input_rate_hz: int,
        pre_skip: int,
        comments: Mapping[str, str],
        serial: int | None = None,
    ) -> None:
        """`pre_skip` is the encoder's delay in samples at 48 kHz; two channels are left and right."""
        self._write = write
        self._serial = secrets.randbits(32) if serial is None else serial
        self._sequence = 0
        self._granule = 0
        self._lacing = bytearray()
        self._body: list[bytes] = []
        head = _HEAD.pack(b"OpusHead", 1, channels, pre_skip, input_rate_hz, 0, 0)
        self._put(head)
        self._page(_FIRST, 0)
        self._put(_tags(comments))
        self._page(0, 0)

    def packet(self, data: bytes, samples: int) -> None:
        """One packet that holds `samples` at 48 kHz."""
        if len(self._lacing) + len(data) // 255 + 1 > _MOST_SEGMENTS:
            self.flush()
        self._put(data)
        self._granule += samples

    def flush(self) -> None:
        """Close the page, if there is anything on it."""
        if self._lacing:
            self._page(0, self._granule)

    def close(self, trimmed: int = 0) -> None:
        """Write the last page; the last `trimmed` samples (at 48 kHz) are not played."""
        self._page(_LAST, self._granule - trimmed)

    def _put(self, data: bytes) -> None:
        whole, rest = divmod(len(data), 255)
        self._lacing += b"\xff" * whole + bytes([rest])
        self._body.append(data)

    def _page(self, flags: int, granule: int) -> None:
        head = _PAGE.pack(b"OggS", 0, flags, granule, self._serial, self._sequence, 0, len(self._lacing))
        page = bytearray(b"".join((head, bytes(self._lacing), *self._body)))
        struct.pack_into("<I", page, _CRC_AT, checksum(page))
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        self._lacing.clear()
        self._body.clear()
        self._write(bytes(page))


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read."""

    flags: int
    granule: int
    serial: int
    sequence: int
    packets: tuple[bytes, ...]

    @property
    def last(self) -> bool:
        return bool(self.flags & _LAST)


def pages(data: bytes) -> Iterator[Page]:
    """The whole pages of a file; a page that was cut off at the end is left out.  Raises `OggError`.

    Packets that span pages, which `OpusWriter` never writes for sound, are refused.
    """
    at = 0
    while at + _PAGE.size <= len(data):
        magic, version, flags, granule, serial, sequence, crc, count = _PAGE.unpack_from(data, at)
        if magic != b"OggS" or version != 0:
            raise OggError("The recording is no Ogg file, or a piece of it is missing.")
        lacing = data[at + _PAGE.size : at + _PAGE.size + count]
        end = at + _PAGE.size + count + sum(lacing)
        if len(lacing) < count or end > len(data):
            return
        page = bytearray(data[at:end])
        page[_CRC_AT : _CRC_AT + 4] = bytes(4)
        if checksum(page) != crc:
            raise OggError("A page of the recording is damaged.")
        if flags & _CONTINUED or (lacing and lacing[-1] == 255) or granule == _NO_PACKET_ENDS:
            raise OggError("The recording has packets of a kind that this program does not write.")
        yield Page(flags, granule, serial, sequence, tuple(_packets(page[_PAGE.size + count :], lacing)))
        at = end


def _packets(body: bytes | bytearray, lacing: bytes) -> Iterator[bytes]:
    start = end = 0
    for size in lacing:
        end += size
        if size < 255:
            yield bytes(body[start:end])
            start = end


def checksum(page: bytes | bytearray) -> int:
    """CRC-32 of RFC 3533: polynomial 04c11db7, nothing inverted, most significant bit first.

    zlib's runs the other way round, so bytes and result are mirrored.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _tags(comments: Mapping[str, str]) -> bytes:
    """RFC 7845, section 5.2: a vendor, then NAME=value."""
    texts = [b"agent-desktop", *(f"{name}={value}".encode() for name, value in comments.items())]
    vendor, *rest = (struct.pack("<I", len(text)) + text for text in texts)
    return b"".join((b"OpusTags", vendor, struct.pack("<I", len(rest)), *rest))
