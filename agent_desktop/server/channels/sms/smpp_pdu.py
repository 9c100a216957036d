"""The units of SMPP 3.4 as bytes and as values: the specification's sections 3.2, 4 and 5; pure.

Rule of the file: what comes may be hostile.  A length that cannot be, a text without its end, a parameter
longer than its unit: each raises `ProtocolError`, never anything else.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.errors import ProtocolError

HEADER: Final = 16
UNIT_MOST: Final = 70_000  # a message_payload has 64 KB
RESPONSE: Final = 0x8000_0000
GENERIC_NACK: Final = 0x8000_0000
SUBMIT_SM, DELIVER_SM, UNBIND, BIND_TRANSCEIVER, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x09, 0x15
OK, BAD_LENGTH, BAD_COMMAND, SYSTEM_ERROR = 0x00, 0x02, 0x03, 0x08
QUEUE_FULL, THROTTLED, TEMPORARY = 0x14, 0x58, 0x64
VERSION: Final = 0x34
SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER = 0x020C, 0x020E, 0x020F
RECEIPTED_ID, PAYLOAD, STATE = 0x001E, 0x0424, 0x0427
HAS_HEADER: Final = 0x40  # of esm_class
RECEIPT, RECEIPT_BITS = 0x04, 0x3C


@dataclass(frozen=True, slots=True)
class Unit:
    """One protocol data unit."""

    command: int
    status: int
    sequence: int
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """The content of submit_sm and deliver_sm (4.4.1, 4.6.1)."""

    source: str
    destination: str
    source_ton: int = 0
    source_npi: int = 0
    destination_ton: int = 0
    destination_npi: int = 0
    esm_class: int = 0
    receipt: int = 0
    data_coding: int = 0
    text: bytes = b""
    options: Mapping[int, bytes] = field(default_factory=dict)


def encoded(unit: Unit) -> bytes:
    """A unit as it goes out."""
    head = struct.pack(">IIII", HEADER + len(unit.body), unit.command, unit.status, unit.sequence)
    return head + unit.body


def length_of(head: bytes) -> int:
    """The length that four octets announce.  Raises `ProtocolError` for one that cannot be."""
    size = int.from_bytes(head[:4])
    if not HEADER <= size <= UNIT_MOST:
        raise ProtocolError(f"A unit of {size} octets cannot be.")
    return size


def decoded(data: bytes) -> Unit:
    """A whole unit.  Raises `ProtocolError`."""
    if len(data) < HEADER or length_of(data) != len(data):
        raise ProtocolError("A unit is cut.")
    _, command, status, sequence = struct.unpack(">IIII", data[:HEADER])
    return Unit(command, status, sequence, data[HEADER:])


def bind(system_id: str, password: str, system_type: str) -> bytes:
    """The body of bind_transceiver (4.1.5)."""
    words = b"".join(_text(one) for one in (system_id, password, system_type))
    return words + bytes((VERSION, 0, 0)) + _text("")


def short(value: Short) -> bytes:
    """The body of submit_sm (4.4.1) and of deliver_sm."""
    options = b"".join(struct.pack(">HH", tag, len(data)) + data for tag, data in value.options.items())
    return b"".join(
        (
            _text(""),
            bytes((value.source_ton, value.source_npi)),
            _text(value.source),
            bytes((value.destination_ton, value.destination_npi)),
            _text(value.destination),
            bytes((value.esm_class, 0, 0)),
            _text(""),
            _text(""),
            bytes((value.receipt, 0, value.data_coding, 0, len(value.text))),
            value.text,
            options,
        )
    )


def short_of(body: bytes) -> Short:
    """What a body says.  Raises `ProtocolError`."""
    reader = _Reader(body)
    reader.text(6)
    source_ton, source_npi = reader.octet(), reader.octet()
    source = reader.text(21)
    destination_ton, destination_npi = reader.octet(), reader.octet()
    destination = reader.text(21)
    esm_class, _protocol, _priority = reader.octet(), reader.octet(), reader.octet()
    reader.text(17)
    reader.text(17)
    receipt, _replace, data_coding, _default = (reader.octet() for _ in range(4))
    said = reader.octets(reader.octet())
    options = reader.options()
    return Short(
        source=source,
        destination=destination,
        source_ton=source_ton,
        source_npi=source_npi,
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        esm_class=esm_class,
        receipt=receipt,
        data_coding=data_coding,
        text=said or options.get(PAYLOAD, b""),
        options=options,
    )


def name_of(body: bytes) -> str:
    """The id in submit_sm_resp (4.4.2); empty where a refusal has none.  Raises `ProtocolError`."""
    return _Reader(body).text(65) if body else ""


def words(data: bytes) -> str:
    """An octet string that some end with a zero."""
    return data.partition(b"\0")[0].decode("latin-1")


def _text(said: str) -> bytes:
    return said.encode("ascii", "replace").replace(b"\0", b"") + b"\0"


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def octet(self) -> int:
        return self.octets(1)[0]

    def octets(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise ProtocolError("A unit ends before its content.")
        found, self._at = self._data[self._at : end], end
        return found

    def text(self, most: int) -> str:
        end = self._data.find(b"\0", self._at, self._at + most)
        if end < 0:
            raise ProtocolError("A text in a unit has no end.")
        found, self._at = self._data[self._at : end], end + 1
        return found.decode("latin-1")

    def options(self) -> dict[int, bytes]:
        found = {}
        while self._at < len(self._data):
            tag, size = struct.unpack(">HH", self.octets(4))
            found[tag] = self.octets(size)
        return found
