"""What each provider of SMS and social messages has of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from agent_desktop.domain.types import Instant, MessageId
from agent_desktop.ports.channels import DeliveryError
from tests.contract.bench import ProviderBench, Scripted
from tests.contract.providers import (
    TOKEN,
    WORD,
    MastodonBench,
    MetaBench,
    TelegramBench,
    TwilioBench,
    WhatsAppBench,
    answer,
    opened,
)
from tests.contract.test_channel import RecordingIntake


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


@pytest.fixture
async def twilio(intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(TwilioBench(), intake):
        yield made


@pytest.fixture
async def page(intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(MetaBench(), intake):
        yield made


@pytest.fixture
async def whatsapp(intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(WhatsAppBench(), intake):
        yield made


@pytest.fixture
async def bot(intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(TelegramBench(), intake):
        yield made


@pytest.fixture
async def toots(intake: RecordingIntake) -> AsyncIterator[ProviderBench]:
    async for made in opened(MastodonBench(), intake):
        yield made


# Twilio.


async def test_a_text_goes_out_with_the_way_back_for_its_news(twilio: TwilioBench) -> None:
    assert await twilio.channel.send(answer("Hello & bye")) == "sent"
    (asked,) = twilio.asked
    assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert asked.headers["authorization"].startswith("Basic ")
    assert b"Body=Hello+%26+bye" in asked.body
    assert b"StatusCallback=https%3A%2F%2Fcentre.example%2Fhooks%2Fsms%2Ftwilio%3Fmessage%3Dm-1" in asked.body


async def test_news_come_to_their_message_and_unknown_ones_are_left(
    twilio: TwilioBench, intake: RecordingIntake
) -> None:
    for state in ("delivered", "sent", "receiving", "undelivered"):
        assert await twilio.status("m-1", state, ErrorCode="30003") == 200
    assert [(key, state) for key, state, _ in intake.moved] == [
        ("m-1", "delivered"),
        ("m-1", "sent"),  # late: the router never goes back
        ("m-1", "failed"),
    ]
    assert "30003" in intake.moved[-1][2]


async def test_a_text_whose_answer_was_lost_is_not_sent_twice_when_its_news_came(twilio: TwilioBench) -> None:
    assert await twilio.channel.send(answer(delivery="delivered")) == "delivered"
    assert twilio.asked == []


async def test_a_text_to_another_number_of_ours_is_not_this_channels(
    twilio: TwilioBench, intake: RecordingIntake
) -> None:
    fields = {**twilio.fields("Hello", "one"), "To": "+4711111"}
    assert (await twilio.post(*twilio.form(fields))).status_code == 200
    other = {**twilio.fields("Hello", "two"), "AccountSid": "AC2"}
    assert (await twilio.post(*twilio.form(other))).status_code == 403
    assert intake.got == []


async def test_pictures_come_from_the_configured_host_alone(
    twilio: TwilioBench, intake: RecordingIntake
) -> None:
    twilio.files = {
        "one": ("image/png", b"\x89PNG"),
        "two": f"{twilio.url}/files/one",
        "three": "http://localhost:1/secret",
        "five": ("image/png", b"x" * 5_000_001),
        "six": ("application/x-msdownload", b"MZ"),
        "seven": f"{twilio.url}/files/two",
    }
    names = ("one", "two", "three", "five", "six", "seven")
    urls = [*(f"{twilio.url}/files/{name}" for name in names), "https://evil.example/x", "file:///etc/passwd"]
    media = {f"MediaUrl{n}": url for n, url in enumerate(urls)}
    fields = {**twilio.fields("Look", "one"), **media, "NumMedia": str(len(urls))}
    assert (await twilio.post(*twilio.form(fields))).status_code == 200
    (message,) = intake.got
    assert [file.data for file in message.attachments] == [b"\x89PNG", b"\x89PNG", b"MZ"]
    assert [bool(file.blocked) for file in message.attachments] == [False, False, True]
    assert message.text.startswith("Look\n[File 3 could not be fetched")
    assert message.text.count("could not be fetched") == 5
    assert message.shown_address == "+4791234567"


# Meta.


async def test_meta_is_told_the_word_that_was_agreed_on(page: MetaBench) -> None:
    asked = f"{page.path}?hub.mode=subscribe&hub.challenge=123&hub.verify_token="
    good = await page.get(f"{asked}{WORD}")
    assert (good.status_code, good.text, good.headers["Content-Type"]) == (
        200,
        "123",
        "text/plain; charset=utf-8",
    )
    assert (await page.get(f"{asked}guess")).status_code == 403
    assert (await page.get("/hooks/social/messenger")).status_code == 403


async def test_one_address_serves_all_of_metas_products(page: MetaBench, intake: RecordingIntake) -> None:
    _, headers, body = page.signed("Hello", "one")
    assert (await page.post("/hooks/social/meta", headers, body)).status_code == 200
    assert (await page.post("/hooks/social/meta", {}, body)).status_code == 403
    assert [one.text for one in intake.got] == ["Hello"]


async def test_one_body_brings_several_messages_and_another_pages_are_left(
    page: MetaBench, intake: RecordingIntake
) -> None:
    two = page.body(page.event("a", "one"), page.event("b", "two"), page.event("a", "one"))
    assert (await page.post(*page.seal(two))).status_code == 200
    other = page.body(page.event("c", "three")).replace(b'"id": "page1", "time"', b'"id": "page2", "time"')
    assert (await page.post(*page.seal(other))).status_code == 200
    assert [one.text for one in intake.got] == ["one", "two"]
    assert intake.got[0].sent_at == 1_800_000_000.0


async def test_an_echo_of_our_own_is_news_and_never_a_message(
    page: MetaBench, intake: RecordingIntake
) -> None:
    echo = {
        "sender": {"id": "page1"},
        "recipient": {"id": "77"},
        "timestamp": 1,
        "message": {"mid": "x", "text": "ours", "is_echo": True, "metadata": "m-9"},
    }
    assert await page.tell(echo) == 200
    assert await page.tell({"sender": {"id": "77"}, "timestamp": 2, "read": {"mid": "x"}}) == 200
    assert intake.got == []
    assert [(key, state) for key, state, _ in intake.moved] == [("m-9", "sent"), ("m-9", "read")]


async def test_read_until_then_means_what_the_transcript_says(
    page: MetaBench, intake: RecordingIntake
) -> None:
    kept = answer(delivery="sent").message
    intake.said = [
        replace(kept, id=MessageId("m1"), external_id="m1", at=Instant(100.0)),
        replace(kept, id=MessageId("m2"), external_id="m2", at=Instant(200.0)),
        replace(kept, id=MessageId("m3"), external_id="m3", at=Instant(100.0), delivery="queued"),
    ]
    assert await page.tell({"sender": {"id": "77"}, "timestamp": 5, "read": {"watermark": 150_000}}) == 200
    assert intake.moved == [("m1", "read", "")]


async def test_pictures_postbacks_and_deleted_messages_are_words(
    page: MetaBench, intake: RecordingIntake
) -> None:
    picture = page.event("a", "")
    picture["message"]["attachments"] = [{"type": "image", "payload": {"url": "https://x.example"}}]
    button = {"sender": {"id": "77"}, "timestamp": 3, "postback": {"title": "Track my order"}}
    gone = page.event("b", "")
    gone["message"]["is_deleted"] = True
    assert await page.tell(picture, button, button, gone) == 200
    assert [one.text for one in intake.got] == [
        "[Picture: to be seen in the service itself.]",
        "Track my order",
        "[The customer deleted a message.]",
    ]


async def test_our_id_travels_with_the_message_and_the_token_in_no_address(page: MetaBench) -> None:
    assert await page.channel.send(answer()) == "sent"
    (asked,) = page.asked
    assert asked.path == "/page1/messages"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.document["message"] == {"text": "answer", "metadata": "m-1"}
    assert asked.document["recipient"] == {"id": "77"}


@pytest.mark.parametrize(
    ("error", "words", "permanent"),
    [
        ({"code": 10, "error_subcode": 2018278, "message": "outside"}, "24 hours", True),
        ({"code": 613, "message": "rate"}, "just now", False),
    ],
)
async def test_metas_reasons_are_told_apart(
    page: MetaBench, error: dict[str, object], words: str, *, permanent: bool
) -> None:
    page.answers = [Scripted(400, {"error": error})]
    with pytest.raises(DeliveryError, match=words) as failed:
        await page.channel.send(answer())
    assert failed.value.permanent is permanent


async def test_whatsapp_gives_our_id_back_with_its_news(
    whatsapp: WhatsAppBench, intake: RecordingIntake
) -> None:
    assert await whatsapp.channel.send(answer()) == "sent"
    assert whatsapp.asked[0].document["biz_opaque_callback_data"] == "m-1"

    def status(state: str, **more: object) -> dict[str, object]:
        return {"statuses": [{"id": "wamid.out", "status": state, "recipient_id": "479", **more}]}

    errors = [{"code": 131047, "title": "Re-engagement", "error_data": {"details": "More than 24 hours"}}]
    assert await whatsapp.tell(status("read"), status("delivered", biz_opaque_callback_data="m-1")) == 200
    assert await whatsapp.tell(status("failed", errors=errors), status("nonsense")) == 200
    assert intake.moved == [
        ("m-1", "read", ""),
        ("m-1", "delivered", ""),
        ("m-1", "failed", "More than 24 hours"),
    ]


async def test_a_whatsapp_customer_is_known_by_number_and_name(
    whatsapp: WhatsAppBench, intake: RecordingIntake
) -> None:
    assert await whatsapp.customer_writes("Hello", "wamid.1")
    (message,) = intake.got
    assert (message.address_kind, message.from_address, message.from_name) == ("phone", "+4791234567", "Anna")
    assert message.thread == "+4791234567"
    await whatsapp.channel.send(replace(answer(), to_address=message.thread))
    assert whatsapp.asked[-1].document["to"] == "4791234567"


async def test_an_answer_goes_to_the_services_own_name_of_the_customer(
    page: MetaBench, bot: TelegramBench, toots: MastodonBench, intake: RecordingIntake
) -> None:
    for bench in (page, bot, toots):
        await bench.customer_writes("Hello", "one")
        assert await bench.channel.send(replace(answer(), to_address=intake.got[-1].thread)) == "sent"
    assert page.asked[-1].document["recipient"] == {"id": "77"}
    assert bot.asked[-1].document["chat_id"] == "77"
    statuses = [one.document["status"] for one in toots.asked if one.path == "/api/v1/statuses"]
    assert statuses == ["@anna@social.example answer"]


# Telegram.


async def test_edits_and_stickers_are_words_and_groups_are_left(
    bot: TelegramBench, intake: RecordingIntake
) -> None:
    told = [
        bot.update({"text": "Hello"}, "a"),
        bot.update({"text": "Hello!", "edit_date": 5}, "b", "edited_message"),
        bot.update({"sticker": {"emoji": "🙂"}}, "c"),
        bot.update({"photo": [{}], "caption": "the broken one"}, "d"),
        bot.update({"text": "not for us"}, "e", chat="group"),
        bot.update({"new_thing": {}}, "f"),
    ]
    for one in (*told, *told):
        assert (await bot.post(*one)).status_code == 200
    assert [one.text for one in intake.got] == [
        "Hello",
        "[The customer changed an earlier message to:]\nHello!",
        "[Sticker: 🙂]",
        "[Picture, to be seen in Telegram itself]\nthe broken one",
        "[A message of a kind that cannot be shown here.]",
    ]
    assert intake.got[0].shown_address == "@anna"


async def test_telegram_says_when_to_come_again(bot: TelegramBench) -> None:
    bot.answers = [
        Scripted(429, {"ok": False, "parameters": {"retry_after": 17}}),
        Scripted(403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}),
    ]
    with pytest.raises(DeliveryError) as slow:
        await bot.channel.send(answer())
    assert (slow.value.permanent, slow.value.retry_s) == (False, 17.0)
    with pytest.raises(DeliveryError, match="blocked by the user") as blocked:
        await bot.channel.send(answer())
    assert blocked.value.permanent


# Mastodon.


async def test_an_answer_is_direct_and_posted_once(toots: MastodonBench, intake: RecordingIntake) -> None:
    assert await toots.customer_writes("Where is <br>my <b>order</b>?", "one")
    (message,) = intake.got
    assert message.text == "Where is\nmy order?"
    assert (message.from_name, message.shown_address) == ("Anna", "@anna@social.example")
    before = len(toots.asked)
    assert await toots.channel.send(answer(references=("1234", "ad:m-0"))) == "sent"
    asked = next(one for one in toots.asked[before:] if one.path == "/api/v1/statuses")
    assert asked.document == {"status": "@77 answer", "visibility": "direct", "in_reply_to_id": "1234"}
    assert asked.headers["idempotency-key"] == "m-1"


async def test_mentions_go_on_where_the_marker_stands(toots: MastodonBench, intake: RecordingIntake) -> None:
    assert await toots.customer_writes("one", "a")
    await toots.channel.stop()
    for number in range(90):  # more than two pages came meanwhile
        toots.mention(f"line {number}", f"b{number:03d}")
    await toots.channel.start(intake)
    assert await toots.customer_writes("last", "z")
    assert [one.text for one in intake.got] == ["one", *(f"line {number}" for number in range(90)), "last"]


async def test_content_warnings_and_pictures_are_told(toots: MastodonBench, intake: RecordingIntake) -> None:
    toots.mention(
        "see", "a", spoiler_text="food", media_attachments=[{"type": "image", "description": "a pie"}]
    )
    assert await toots.customer_writes("<script>x</script>next &amp; last", "b")
    assert [one.text for one in intake.got] == [
        "[Content warning: food]\nsee\n[Image: a pie, to be seen on Mastodon itself]",
        "next & last",
    ]
