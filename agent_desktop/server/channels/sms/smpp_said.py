"""What deliver_sm says, in words: a text, a part of one, or what became of one of ours; pure.

Receipts carry the id and the state as parameters (SMPP 3.4, 5.3.2.12 and 5.3.2.35) or in their text, in the
form of appendix B; ids are written in decimal by some centres and in hexadecimal by the same ones elsewhere.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent_desktop.domain import gsm
from agent_desktop.domain.gsm import Place
from agent_desktop.server.channels.sms.smpp_pdu import (
    HAS_HEADER,
    RECEIPT,
    RECEIPT_BITS,
    RECEIPTED_ID,
    SAR_NUMBER,
    SAR_REFERENCE,
    SAR_TOTAL,
    STATE,
    Short,
    words,
)

INTERNATIONAL, ALPHANUMERIC = 1, 5
UCS2_CODING: Final = 8
STATES: Final = {1: "sent", 2: "delivered", 6: "sent"} | dict.fromkeys((3, 4, 5, 7, 8), "failed")
NAMES: Final = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
WHY: Final = {
    3: "the phone could not be reached in time",
    4: "it was deleted on its way",
    5: "it cannot be delivered",
    7: "the network does not know what became of it",
    8: "the network refused it",
}
_ID: Final = re.compile(r"\bid:\s*([^\s]{1,64})", re.IGNORECASE)
_STATE: Final = re.compile(r"\bstat:\s*([A-Z]{3,7})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a part of a message of ours."""

    id: str
    state: str
    detail: str
    number: str  # whose phone


@dataclass(frozen=True, slots=True)
class Text:
    """A customer's text, or a part of it."""

    sender: str
    text: str
    place: Place | None = None


def read(short: Short) -> Receipt | Text:
    """What a customer or the network says."""
    if short.esm_class & RECEIPT_BITS == RECEIPT:
        return _receipt(short)
    place, data = None, short.text
    if short.esm_class & HAS_HEADER:
        place, data = gsm.parted(data)
    said = [short.options.get(tag, b"") for tag in (SAR_REFERENCE, SAR_TOTAL, SAR_NUMBER)]
    if place is None and all(said):
        place = gsm.placed(*(int.from_bytes(one) for one in said))
    if place is not None and place.total == 1:
        place = None
    return Text(number_of(short.source, short.source_ton), _text(data, short.data_coding), place)


def number_of(said: str, ton: int) -> str:
    """A number as people write it."""
    return f"+{said.lstrip('+')}" if ton == INTERNATIONAL and said.lstrip("+").isdigit() else said


def address_of(number: str) -> tuple[str, int, int]:
    """A number as the network writes it, its type and its plan (5.2.5, 5.2.6)."""
    if number.startswith("+"):
        return "".join(char for char in number if char.isdigit()), INTERNATIONAL, 1
    return (number, 0, 1) if number.isdigit() else (number, ALPHANUMERIC, 0)


def same_ids(name: str) -> Iterator[str]:
    """An id and the other ways to write it, as `plain_id` writes them."""
    yield name
    yield plain_id(name)
    with contextlib.suppress(ValueError):
        yield f"{int(name):x}"
    with contextlib.suppress(ValueError):
        yield str(int(name, 16))


def plain_id(name: str) -> str:
    """An id without what differs where the same centre writes it twice."""
    return name.lower().lstrip("0") or "0"


def _receipt(short: Short) -> Receipt:
    text = short.text.decode("latin-1")
    named, stated = _ID.search(text), _STATE.search(text)
    given = words(short.options.get(RECEIPTED_ID, b""))
    state = NAMES.get(stated[1].upper(), 0) if stated else 0
    if len(told := short.options.get(STATE, b"")) == 1:
        state = told[0]
    detail = f"The message did not arrive: {WHY[state]}." if state in WHY else ""
    return Receipt(
        given or (named[1] if named else ""),
        STATES.get(state, ""),
        detail,
        number_of(short.source, short.source_ton),
    )


def _text(data: bytes, coding: int) -> str:
    """Data coding: 5.2.19, and the message classes of TS 23.038, section 4."""
    if coding == UCS2_CODING or coding & 0xFC == 0x18:
        return gsm.decode(data, gsm.UCS2)
    if coding in {2, 4} or coding & 0xF4 == 0xF4:
        return "[Data for a program, not a text.]"
    if coding == 0 or coding & 0xF0 in {0x10, 0xF0}:
        return gsm.decode(data, gsm.GSM7)
    return data.decode("latin-1")
