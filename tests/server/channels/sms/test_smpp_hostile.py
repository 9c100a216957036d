"""Whatever an SMS centre sends: read, refused, or the end of the connection, and never more than that."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_desktop.errors import ProtocolError
from agent_desktop.server.channels.sms import smpp_pdu as pdu
from agent_desktop.server.channels.sms.smpp_pdu import Short, Unit
from agent_desktop.server.channels.sms.smpp_said import read
from agent_desktop.server.channels.sms.smpp_session import LostError, Session, Times

ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
OCTET = st.integers(0, 255)
SHORTS = st.builds(
    Short,
    source=ASCII,
    destination=ASCII,
    source_ton=OCTET,
    esm_class=OCTET,
    data_coding=OCTET,
    text=st.binary(min_size=1, max_size=255),
    options=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=40), max_size=4),
)


@settings(max_examples=60)
@given(SHORTS)
def test_a_unit_is_read_as_it_was_written(short: Short) -> None:
    assert pdu.short_of(pdu.short(short)) == short
    read(short)


@settings(max_examples=100)
@given(st.binary(max_size=120), st.binary(max_size=300))
def test_any_octets_are_read_or_refused(data: bytes, body: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        pdu.decoded(data)
    with contextlib.suppress(ProtocolError):
        read(pdu.short_of(body))
    with contextlib.suppress(ProtocolError):
        pdu.name_of(body)


@settings(max_examples=60)
@given(SHORTS, st.data())
def test_a_unit_that_is_cut_or_changed_is_read_or_refused(short: Short, data: st.DataObject) -> None:
    body = bytearray(pdu.short(short))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(OCTET)
    with contextlib.suppress(ProtocolError):
        read(pdu.short_of(bytes(body[: data.draw(st.integers(0, len(body)))])))


class Wire:
    """A connection whose other end is the test."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def run(wire: Wire, data: bytes, taken: list[Unit]) -> None:
    async def deliver(unit: Unit) -> None:
        read(pdu.short_of(unit.body))
        taken.append(unit)

    session = Session(wire.reader, wire, deliver, times=Times(response_s=1.0))  # type: ignore[arg-type]  # a fake
    wire.reader.feed_data(data)
    wire.reader.feed_eof()
    with pytest.raises((LostError, ProtocolError)):
        await session.run()
    assert wire.closed


@pytest.mark.parametrize("size", [0, 4, 15, 70_001, 0xFFFF_FFFF])
async def test_a_length_that_cannot_be_ends_the_connection(size: int) -> None:
    wire = Wire()
    await run(wire, size.to_bytes(4) + b"\0" * 20, [])
    assert pdu.decoded(wire.written).status == pdu.BAD_LENGTH


async def test_an_unknown_command_is_refused_and_the_connection_goes_on() -> None:
    wire = Wire()
    data = pdu.encoded(Unit(0x999, 0, 5)) + pdu.encoded(Unit(pdu.ENQUIRE_LINK, 0, 6))
    await run(wire, data + pdu.encoded(Unit(0x8000_0004, 0, 77)), [])
    first, second = pdu.decoded(wire.written[:16]), pdu.decoded(wire.written[16:])
    assert (first.command, first.status, first.sequence) == (pdu.GENERIC_NACK, pdu.BAD_COMMAND, 5)
    assert (second.command, second.sequence) == (pdu.ENQUIRE_LINK | pdu.RESPONSE, 6)


async def test_random_streams_end_the_connection_and_nothing_else() -> None:
    chance = random.Random(5)
    for _ in range(60):
        units = [
            pdu.encoded(
                Unit(chance.choice((4, 5, 0x15, 0x8000_0015)), 0, n, chance.randbytes(chance.randrange(60)))
            )
            for n in range(chance.randrange(5))
        ]
        await run(Wire(), b"".join(units) + chance.randbytes(chance.randrange(30)), [])


async def test_who_waits_for_an_answer_is_told_when_the_connection_breaks() -> None:
    wire = Wire()

    async def deliver(_unit: Unit) -> None:
        raise AssertionError

    session = Session(wire.reader, wire, deliver)  # type: ignore[arg-type]  # a fake
    running = asyncio.ensure_future(session.run())
    asking = asyncio.ensure_future(session.ask(pdu.SUBMIT_SM))
    await asyncio.sleep(0)
    wire.reader.feed_eof()
    with pytest.raises(LostError):
        await asking
    with pytest.raises(LostError):
        await running
    with pytest.raises(LostError):
        await session.ask(pdu.SUBMIT_SM)
