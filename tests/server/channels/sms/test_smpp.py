"""The SMPP client against a server that we did not write."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import smpp34

from agent_desktop.domain import gsm
from agent_desktop.domain.conversation import OUT, Message
from agent_desktop.domain.gsm import Place
from agent_desktop.domain.messaging import SmsNumber
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MediumId, MessageId, QueueId
from agent_desktop.errors import ConfigError
from agent_desktop.ports.channels import DeliveryError, OutgoingMessage
from agent_desktop.server.channels.sms.smpp import SmppChannel
from agent_desktop.server.channels.sms.smpp_session import Times
from tests.contract.test_channel import RecordingIntake
from tests.server.channels.sms.centre_peer import Peer, until, value


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer()
    await made.start()
    yield made
    await made.stop()


def channel_to(peer: Peer, folder: Path) -> SmppChannel:
    secret = folder / "password"
    secret.write_text("pass\n", "utf-8")
    number = SmsNumber(
        id=ChannelId("gateway"),
        number="+4700000",
        queue=QueueId("support"),
        provider="smpp",
        host="127.0.0.1",
        port=peer.port,
        system_id="desk",
        password_file=str(secret),
    )
    return SmppChannel(
        number, times=Times(response_s=3.0, enquire_s=0.05), pause_s=0.05, chance=random.Random(7)
    )


@pytest.fixture
async def channel(peer: Peer, intake: RecordingIntake, tmp_path: Path) -> AsyncIterator[SmppChannel]:
    made = channel_to(peer, tmp_path)
    await made.start(intake)
    await until(lambda: made.connected and peer.bound)
    yield made
    await made.stop()


def outgoing(text: str, key: str = "m-1") -> OutgoingMessage:
    message = Message(
        id=MessageId(key),
        conversation=ConversationId("c"),
        medium=MediumId("sms"),
        direction=OUT,
        at=Instant(1.0),
        text=text,
        external_id=key,
    )
    return OutgoingMessage(message=message, to_address="+4791234567")


def receipt(name: str, state: str) -> bytes:
    dates = "submit date:2611221000 done date:2611221001"
    return f"id:{name} sub:001 dlvrd:001 {dates} stat:{state} err:000 text:Hello".encode()


async def test_a_short_text_is_submitted_and_its_receipt_comes_back(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    assert await channel.send(outgoing("Hello {you}")) == "sent"
    (got,) = peer.got
    assert value(got.destination_addr) == "4791234567"
    assert gsm.decode(value(got.short_message), gsm.GSM7) == "Hello {you}"
    assert await peer.deliver(receipt("000000A1", "DELIVRD"), esm_class=4)
    assert intake.moved == [("m-1", "delivered", "")]


async def test_receipts_may_name_their_message_in_decimal_or_by_a_parameter(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    await channel.send(outgoing("one"))
    await channel.send(outgoing("two", "m-2"))
    assert await peer.deliver(receipt(str(0xA1), "UNDELIV"), esm_class=4)
    tlvs = [smpp34.Tlv(0x001E, b"000000A2\0"), smpp34.Tlv(0x0427, b"\x02")]
    assert await peer.deliver(b"", esm_class=4, tlvs=tlvs)
    assert [(key, state) for key, state, _ in intake.moved] == [("m-1", "failed"), ("m-2", "delivered")]
    assert "cannot be delivered" in intake.moved[0][2]


async def test_a_long_text_is_delivered_when_all_its_parts_are(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    text = "Прывітанне, " * 20
    assert await channel.send(outgoing(text)) == "sent"
    parts = dict(gsm.parted(value(one.short_message)) for one in peer.got)
    assert {place.total for place in parts if place} == {len(peer.got)} == {4}
    ordered = sorted((place.number, data) for place, data in parts.items() if place)
    assert "".join(gsm.decode(data, gsm.UCS2) for _, data in ordered) == text
    for number in range(4):
        assert intake.moved == []
        assert await peer.deliver(receipt(f"{0xA1 + number:08X}", "DELIVRD"), esm_class=4)
    assert intake.moved == [("m-1", "delivered", "")]


async def test_a_throttled_part_alone_is_submitted_again(channel: SmppChannel, peer: Peer) -> None:
    peer.refuse = [smpp34.ESME_RTHROTTLED]
    with pytest.raises(DeliveryError) as slow:
        await channel.send(outgoing("a" * 200))
    assert (slow.value.permanent, slow.value.retry_s) == (False, 5.0)
    assert await channel.send(outgoing("a" * 200)) == "sent"
    places = [gsm.parted(value(one.short_message))[0] for one in peer.got]
    assert sorted(place.number for place in places if place) == [1, 2]
    assert len({place.reference for place in places if place}) == 1


async def test_a_number_that_is_refused_is_told_in_words(channel: SmppChannel, peer: Peer) -> None:
    peer.refuse = [smpp34.ESME_RINVDSTADR]
    with pytest.raises(DeliveryError, match="the number is not valid") as failed:
        await channel.send(outgoing("Hello"))
    assert failed.value.permanent


async def test_a_customers_text_is_answered_after_it_is_kept(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    intake.full = True
    assert not await peer.deliver(b"Hello")
    intake.full = False
    assert await peer.deliver(b"Hello")
    assert await peer.deliver("Привет 😀".encode("utf-16-be"), data_coding=8)
    assert [one.text for one in intake.got] == ["Hello", "Привет 😀"]
    assert (intake.got[0].from_address, intake.got[0].thread) == ("+4791234567", "+4791234567")


async def test_the_same_text_twice_from_a_customer_is_two_messages(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    assert await peer.deliver(b"ok")
    assert await peer.deliver(b"ok")
    assert len({one.external_id for one in intake.got}) == 2


async def test_what_comes_again_after_the_connection_broke_is_taken_once(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    assert await peer.deliver(b"ok")
    assert channel._session is not None
    channel._session._writer.transport.abort()
    await until(lambda: len(peer.bound) == 2 and channel.connected)
    assert await peer.deliver(b"ok")  # the centre had not seen our answer
    assert await peer.deliver(b"ok")  # and this one is new
    assert len({one.external_id for one in intake.got}) == 2
    assert await channel.send(outgoing("Hello")) == "sent"


async def test_a_customer_may_write_the_same_word_long_after_the_connection_broke(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    assert await peer.deliver(b"ok")
    assert channel._session is not None
    channel._taken = type(channel._taken)(
        {key: (name, at - 100.0) for key, (name, at) in channel._taken.items()}
    )
    channel._session._writer.transport.abort()
    await until(lambda: len(peer.bound) == 2 and channel.connected)
    assert await peer.deliver(b"ok")
    assert len({one.external_id for one in intake.got}) == 2


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
async def test_parts_are_joined_in_any_order_by_header_or_by_parameter(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake, order: tuple[int, ...]
) -> None:
    words = {1: b"one ", 2: b"two ", 3: b"three"}
    for number in order:
        header = gsm.header(Place(7, 3, number))
        assert await peer.deliver(header + words[number], esm_class=0x40)
    for number in order:
        said = {0x020C: b"\x01\x07", 0x020E: b"\x03", 0x020F: bytes([number])}
        tlvs = [smpp34.Tlv(tag, data) for tag, data in said.items()]
        assert await peer.deliver(words[number], tlvs=tlvs)
    assert [one.text for one in intake.got] == ["one two three"] * 2
    assert all(len(one.kept) == 3 for one in intake.got)


async def test_parts_that_came_before_a_restart_are_not_lost(
    peer: Peer, intake: RecordingIntake, tmp_path: Path
) -> None:
    first = channel_to(peer, tmp_path)
    await first.start(intake)
    await until(lambda: first.connected and peer.bound)
    assert await peer.deliver(gsm.header(Place(9, 2, 1)) + b"be", esm_class=0x40)
    await first.stop()
    intake.unparsed = lambda _channel: list(intake.raws.items())  # type: ignore[method-assign]  # the record
    peer.bound.clear()
    second = channel_to(peer, tmp_path)
    await second.start(intake)
    await until(lambda: second.connected and peer.bound)
    assert await peer.deliver(gsm.header(Place(9, 2, 2)) + b"fore", esm_class=0x40)
    await second.stop()
    assert [one.text for one in intake.got] == ["before"]


async def test_a_part_that_could_not_be_joined_yet_is_joined_when_it_comes_again(
    channel: SmppChannel, peer: Peer, intake: RecordingIntake
) -> None:
    assert await peer.deliver(gsm.header(Place(5, 2, 1)) + b"a", esm_class=0x40)
    intake.full = True
    assert not await peer.deliver(gsm.header(Place(5, 2, 2)) + b"b", esm_class=0x40)
    intake.full = False
    assert await peer.deliver(gsm.header(Place(5, 2, 2)) + b"b", esm_class=0x40)
    assert [one.text for one in intake.got] == ["ab"]


async def test_a_centre_that_takes_leave_is_connected_to_again(channel: SmppChannel, peer: Peer) -> None:
    await peer.bound[-1].unbind()
    await until(lambda: len(peer.bound) == 2 and channel.connected)
    assert await channel.send(outgoing("Hello")) == "sent"


async def test_leave_is_taken_when_the_channel_stops(channel: SmppChannel, peer: Peer) -> None:
    await channel.stop()
    await until(lambda: peer.gone == 1)
    assert not channel.connected
    with pytest.raises(DeliveryError) as closed:
        await channel.send(outgoing("Hello"))
    assert not closed.value.permanent


async def test_a_centre_that_is_away_is_no_error_and_is_tried_again(
    intake: RecordingIntake, tmp_path: Path
) -> None:
    peer = Peer()
    channel = channel_to(peer, tmp_path)
    await channel.start(intake)
    await until(lambda: "cannot be reached" in channel.trouble)
    with pytest.raises(DeliveryError, match="cannot be reached"):
        await channel.send(outgoing("Hello"))
    await peer.start()
    await until(lambda: channel.connected)
    assert channel.trouble == ""
    await channel.stop()
    await peer.stop()


async def test_a_missing_secret_is_told_at_the_start(intake: RecordingIntake, tmp_path: Path) -> None:
    channel = channel_to(Peer(), tmp_path)
    (tmp_path / "password").write_text("\n", "utf-8")
    with pytest.raises(ConfigError, match="password_file"):
        await channel.start(intake)
