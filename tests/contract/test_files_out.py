"""Files that go out by SMS and social channels: with their bytes, once, or refused; never left out."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.messaging import FILES, SmsNumber
from agent_desktop.domain.types import ChannelId, MessageId, QueueId
from agent_desktop.ports.channels import DeliveryError, OutgoingMessage
from agent_desktop.server.channels.sms import twilio as twilio_module
from agent_desktop.server.channels.sms.smpp import SmppChannel
from agent_desktop.server.channels.sms.twilio import TwilioChannel
from agent_desktop.server.channels.social import meta_letters as letters
from agent_desktop.server.pieces import Loaded
from tests.contract.bench import Asked, ProviderBench, Scripted
from tests.contract.providers import (
    EVERY,
    MastodonBench,
    MetaBench,
    TelegramBench,
    TwilioBench,
    WhatsAppBench,
    answer,
    opened,
)
from tests.contract.test_channel import RecordingIntake

LAMP = Attachment(id="b-lamp", name="Lämpchen.png", media_type="image/png", size_bytes=9)
BILL = Attachment(id="b-bill", name="bill.pdf", media_type="application/pdf", size_bytes=8)
KEPT = {"b-lamp": b"\x89PNG lamp", "b-bill": b"%PDF-bil"}
TAKES = sorted(set(EVERY) - {"instagram"})


async def made(bench: ProviderBench) -> AsyncIterator[ProviderBench]:
    bench.kept = dict(KEPT)
    async for one in opened(bench, RecordingIntake()):
        yield one


@pytest.fixture(params=TAKES)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[ProviderBench]:
    async for one in made(EVERY[request.param]()):
        yield one


def told(bench: ProviderBench) -> list[Asked]:
    """What the provider was handed; what it is asked all the time is left out."""
    return [one for one in bench.asked if "notifications" not in one.path and "markers" not in one.path]


async def carried(bench: ProviderBench, data: bytes) -> bool:
    """Whether the provider has these bytes: they were sent, or are fetched by an address of ours."""
    if isinstance(bench, TwilioBench):
        urls = parse_qs(told(bench)[-1].body.decode())["MediaUrl"]
        given = [await bench.get(f"{bench.path}?{urlsplit(url).query}") for url in urls]
        return any(one.content == data for one in given)
    return any(data in one.body for one in told(bench))


async def test_a_file_goes_out_with_its_bytes_and_its_words(bench: ProviderBench) -> None:
    assert await bench.channel.send(answer("Look at this", files=(LAMP,))) == "sent"
    assert await carried(bench, KEPT["b-lamp"])
    assert any(b"Look" in one.body for one in told(bench))


async def test_a_file_goes_out_without_words(bench: ProviderBench) -> None:
    assert await bench.channel.send(answer("", files=(LAMP,))) == "sent"
    assert await carried(bench, KEPT["b-lamp"])


async def test_several_files_go_out_together(bench: ProviderBench) -> None:
    assert await bench.channel.send(answer(files=(LAMP, BILL))) == "sent"
    assert await carried(bench, KEPT["b-lamp"])
    assert await carried(bench, KEPT["b-bill"])


async def test_a_file_that_is_gone_is_told_and_nothing_is_sent(bench: ProviderBench) -> None:
    del bench.kept["b-bill"]
    with pytest.raises(DeliveryError, match=r"bill\.pdf") as failed:
        await bench.channel.send(answer(files=(LAMP, BILL)))
    assert failed.value.permanent
    assert told(bench) == []


async def test_a_file_that_cannot_be_read_now_is_tried_again(
    bench: ProviderBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_key: str) -> bytes:
        raise OSError("the disk")

    monkeypatch.setattr(bench.channel, "_read_file", broken)
    with pytest.raises(DeliveryError, match="nothing was sent") as failed:
        await bench.channel.send(answer(files=(LAMP,)))
    assert not failed.value.permanent
    assert told(bench) == []


async def test_what_takes_no_files_refuses_a_message_that_has_some() -> None:
    async for bench in made(EVERY["instagram"]()):
        with pytest.raises(DeliveryError, match="takes no files") as failed:
            await bench.channel.send(answer(files=(LAMP,)))
        assert failed.value.permanent
        assert told(bench) == []
    smpp = SmppChannel(SmsNumber(id=ChannelId("gw"), number="1234", queue=QueueId("q"), provider="smpp"))
    plain = TwilioChannel(SmsNumber(id=ChannelId("t"), number="1234", queue=QueueId("q")), _lamp)  # no MMS
    for channel in (smpp, plain):
        with pytest.raises(DeliveryError, match="takes no files") as failed:
            await channel.send(answer(files=(LAMP,)))
        assert failed.value.permanent


async def _lamp(_key: str) -> bytes:
    return KEPT["b-lamp"]


# Twilio: the provider fetches the file from us.


@pytest.fixture
async def twilio() -> AsyncIterator[ProviderBench]:
    async for one in made(TwilioBench()):
        yield one


async def test_the_address_of_a_file_is_good_for_that_file_and_for_a_while(
    twilio: TwilioBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await twilio.channel.send(answer(files=(LAMP,)))
    (url,) = parse_qs(told(twilio)[-1].body.decode())["MediaUrl"]
    assert url.startswith("https://centre.example/hooks/sms/twilio?")
    asked = f"{twilio.path}?{urlsplit(url).query}"
    given = await twilio.get(asked)
    assert (given.content, given.headers["Content-Type"]) == (KEPT["b-lamp"], "image/png")
    assert given.headers["X-Content-Type-Options"] == "nosniff"
    for wrong in (
        asked.replace("b-lamp", "b-bill"),
        asked.replace("image%2Fpng", "text%2Fhtml"),
        re.sub(r"until=\d+", "until=99999999999", asked),
        re.sub(r"until=\d+", "until=x", asked),
        re.sub(r"key=\w+", "key=0", asked),
        re.sub(r"&key=\w+", "", asked),
    ):
        assert (await twilio.get(wrong)).status_code == 403, wrong
    late = twilio_module.LENT_S + 1 + time.time()
    monkeypatch.setattr(twilio.channel, "_now", lambda: late)
    assert (await twilio.get(asked)).status_code == 403


# Meta: text and files are letters of their own.


async def test_a_second_try_goes_on_where_the_first_one_stopped() -> None:
    async for page in made(MetaBench()):
        page.answers = [
            Scripted(200, {"attachment_id": "1"}),
            Scripted(200, {"attachment_id": "2"}),
            Scripted(200, {"message_id": "mid.1"}),
            Scripted(503, {}),
        ]
        with pytest.raises(DeliveryError, match="1 of 3 parts left") as failed:
            await page.channel.send(answer(files=(LAMP, BILL)))
        assert not failed.value.permanent
        assert await page.channel.send(answer(files=(LAMP, BILL))) == "sent"
        said = [one.document["message"] for one in page.asked if one.path.endswith("/messages")]
        kinds = [one.get("text") or one["attachment"]["type"] for one in said]
        assert kinds == ["answer", "image", "image", "file"]  # the first picture was refused
        assert [one["metadata"] for one in said] == ["m-1#part1", "m-1#part2", "m-1#part2", "m-1"]


async def test_a_file_that_the_service_refuses_leaves_nothing_half_said() -> None:
    async for page in made(MetaBench()):
        page.answers = [Scripted(400, {"error": {"message": "Upload failed", "code": 100}})]
        with pytest.raises(DeliveryError, match="Upload failed") as failed:
            await page.channel.send(answer(files=(LAMP,)))
        assert failed.value.permanent
        assert not [one for one in page.asked if one.path.endswith("/messages")]


async def test_whatsapp_shows_the_words_beside_one_file_and_before_several() -> None:
    async for number in made(WhatsAppBench()):
        await number.channel.send(answer("Your lamp", files=(LAMP,)))
        sound = Attachment(id="b-lamp", name="a.mp3", media_type="audio/mpeg", size_bytes=9)
        await number.channel.send(replace_id(answer("Your sound", files=(sound, BILL)), "m-2"))
        said = [one.document for one in number.asked if one.path.endswith("/messages")]
        assert [one["type"] for one in said] == ["image", "text", "audio", "document"]
        assert said[0]["image"] == {"id": "med.1", "caption": "Your lamp"}
        assert said[3]["document"]["filename"] == "bill.pdf"
        ids = [one["biz_opaque_callback_data"] for one in said]
        assert ids == ["m-1", "m-2#part1", "m-2#part2", "m-2"]


async def test_a_message_has_come_when_its_last_part_has_and_failed_when_any_part_did() -> None:
    """Were it "delivered" with its first part, the rest would not be tried again."""
    number, intake = WhatsAppBench(), RecordingIntake()
    async for _ in opened(number, intake):
        for own, state in (
            ("m-2#part1", "delivered"),
            ("m-2#part1", "failed"),
            ("m-2", "sent"),
            ("m-2", "read"),
        ):
            told = {"id": f"wamid.{own}", "status": state, "biz_opaque_callback_data": own}
            body = number.body({"statuses": [told]})
            assert (await number.post(*number.seal(body))).status_code == 200
    assert [(key, state) for key, state, _ in intake.moved] == [
        ("m-2", "failed"),
        ("m-2", "sent"),
        ("m-2", "read"),
    ]


@pytest.mark.parametrize(
    ("provider", "most", "kind"), [("whatsapp", 5_000_000, "document"), ("messenger", 8_000_000, "file")]
)
def test_what_is_too_large_for_a_picture_goes_as_a_document(provider: str, most: int, kind: str) -> None:
    for size, shown in ((most, "image"), (most + 1, kind)):
        file = Loaded(name="scan.png", media_type="image/png", data=bytes(size))
        piece = letters.file_of(provider, file, "name")
        assert (piece.get("type") or piece["attachment"]["type"]) == shown


# Telegram.


async def test_a_long_text_goes_before_its_file_and_a_short_one_beside_it() -> None:
    async for bot in made(TelegramBench()):
        await bot.channel.send(answer("Hello", files=(LAMP,)))
        assert [one.path.rpartition("/")[2] for one in bot.asked] == ["sendDocument"]
        bot.asked.clear()
        await bot.channel.send(replace_id(answer("😀" * 513, files=(LAMP, BILL)), "m-2"))
        assert [one.path.rpartition("/")[2] for one in bot.asked] == ["sendMessage", "sendMediaGroup"]
        media = re.search(rb'name="media"\r\n\r\n(.+?)\r\n', bot.asked[1].body)
        assert media is not None
        listed = json.loads(media[1])
        assert [one["media"] for one in listed] == ["attach://file0", "attach://file1"]
        assert not [one for one in listed if "caption" in one]


# Mastodon.


async def test_a_film_is_posted_when_the_server_has_worked_on_it() -> None:
    server = MastodonBench()
    server.working = 2
    async for toots in made(server):
        await toots.channel.send(answer(files=(LAMP,)))
        looked = [one.path for one in toots.asked if one.path.startswith("/api/v1/media/")]
        (posted,) = [one for one in toots.asked if one.path == "/api/v1/statuses"]
        assert len(looked) == 3
        assert posted.document["media_ids"] == [looked[0].rpartition("/")[2]]
        assert posted.headers["idempotency-key"] == "m-1"


def test_each_service_that_is_said_to_take_files_is_tried_here() -> None:
    assert sorted(set(FILES)) == TAKES


def replace_id(outgoing: OutgoingMessage, key: str) -> OutgoingMessage:
    return replace(outgoing, message=replace(outgoing.message, id=MessageId(key)))
