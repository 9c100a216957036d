"""Stand-ins for the providers of SMS and social messages: they follow the published interfaces, on loopback.

A bench is one adapter, the provider before it, and a customer who writes there.  What the provider's
interface answers to our messages is scripted (`answers`); what it was asked is kept (`asked`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from agent_desktop.domain.conversation import OUT, Attachment, Message
from agent_desktop.domain.messaging import SmsNumber, SocialAccount
from agent_desktop.domain.types import ChannelId, ConversationId, Instant, MediumId, MessageId, QueueId
from agent_desktop.ports.channels import Channel, Intake, OutgoingMessage
from agent_desktop.server.channels.sms.twilio import TwilioChannel, signature
from agent_desktop.server.channels.social.mastodon import MastodonChannel
from agent_desktop.server.channels.social.meta import MetaChannel
from agent_desktop.server.channels.social.telegram import TelegramChannel
from tests.contract.bench import Asked, ProviderBench, Scripted

DEADLINE_S = 30.0
SECRET, WORD, TOKEN = "s3cret", "agreed", "t0ken"


class TwilioBench(ProviderBench):
    path = "/hooks/sms/twilio"

    def made(self) -> Channel:
        return TwilioChannel(
            SmsNumber(
                id=ChannelId("text"),
                number="+4700000",
                queue=QueueId("support"),
                account="AC1",
                secret_file=self.file("secret", SECRET),
                api_url=f"{self.url}/api",
                webhook_url=f"https://centre.example{self.path}",
                media_hosts=(f"127.0.0.1:{self.port}",),
                mms=True,
            ),
            self.read,
            timeout_s=0.5,
        )

    def usual(self, asked: Asked) -> Scripted:
        return Scripted(201, {"sid": "SM1", "status": "queued"})

    def form(self, fields: dict[str, str], query: str = "") -> tuple[str, dict[str, str], bytes]:
        url = f"https://centre.example{self.path}{query}"
        made = signature(SECRET, url, {name: [value] for name, value in fields.items()})
        headers = {"X-Twilio-Signature": made, "Content-Type": "application/x-www-form-urlencoded"}
        return f"{self.path}{query}", headers, urlencode(fields).encode()

    def signed(self, text: str, name: str) -> tuple[str, dict[str, str], bytes]:
        return self.form(self.fields(text, name))

    @staticmethod
    def fields(text: str, name: str) -> dict[str, str]:
        return {
            "MessageSid": f"SM{name}",
            "AccountSid": "AC1",
            "From": "+4791234567",
            "To": "+4700000",
            "Body": text,
            "NumMedia": "0",
        }

    async def status(self, message: str, state: str, **more: str) -> int:
        told = {"MessageSid": "SM1", "AccountSid": "AC1", "MessageStatus": state, **more}
        return (await self.post(*self.form(told, f"?message={message}"))).status_code


class MetaBench(ProviderBench):
    provider = "messenger"
    account = "page1"

    @property
    def path(self) -> str:  # type: ignore[override]  # the same word, made of another
        return f"/hooks/social/{self.provider}"

    def made(self) -> Channel:
        return MetaChannel(
            SocialAccount(
                id=ChannelId("page"),
                provider=self.provider,
                queue=QueueId("support"),
                account=self.account,
                token_file=self.file("token", TOKEN),
                secret_file=self.file("secret", SECRET),
                verify_file=self.file("word", WORD),
                api_url=f"{self.url}/api",
            ),
            self.read,
            timeout_s=0.5,
        )

    def usual(self, asked: Asked) -> Scripted:
        if asked.path.endswith("/message_attachments"):
            return Scripted(200, {"attachment_id": f"att.{len(self.asked)}"})
        return Scripted(200, {"recipient_id": "77", "message_id": "mid.out"})

    def event(self, name: str, text: str, at_ms: int = 1_800_000_000_000) -> dict[str, Any]:
        return {
            "sender": {"id": "77"},
            "recipient": {"id": self.account},
            "timestamp": at_ms,
            "message": {"mid": name, "text": text},
        }

    def body(self, *events: dict[str, Any]) -> bytes:
        entries = [{"id": self.account, "time": 1, "messaging": [event]} for event in events]
        return json.dumps({"object": "page", "entry": entries}).encode()

    def seal(self, body: bytes) -> tuple[str, dict[str, str], bytes]:
        made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return self.path, {"X-Hub-Signature-256": f"sha256={made}"}, body

    def signed(self, text: str, name: str) -> tuple[str, dict[str, str], bytes]:
        return self.seal(self.body(self.event(name, text)))

    async def tell(self, *events: dict[str, Any]) -> int:
        return (await self.post(*self.seal(self.body(*events)))).status_code


class InstagramBench(MetaBench):
    provider = "instagram"
    account = "ig1"


class WhatsAppBench(MetaBench):
    provider = "whatsapp"
    account = "phone1"

    def usual(self, asked: Asked) -> Scripted:
        if asked.path.endswith("/media"):
            return Scripted(200, {"id": f"med.{len(self.asked)}"})
        return Scripted(200, {"messages": [{"id": "wamid.out"}]})

    def event(self, name: str, text: str, at_ms: int = 1_800_000_000_000) -> dict[str, Any]:
        said = {"id": name, "from": "4791234567", "timestamp": str(at_ms // 1000)}
        return {"messages": [{**said, "type": "text", "text": {"body": text}}]}

    def body(self, *events: dict[str, Any]) -> bytes:
        about = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self.account},
            "contacts": [{"wa_id": "4791234567", "profile": {"name": "Anna"}}],
        }
        changes = [{"field": "messages", "value": {**about, **event}} for event in events]
        return json.dumps(
            {"object": "whatsapp_business_account", "entry": [{"id": "waba", "changes": changes}]}
        ).encode()


class TelegramBench(ProviderBench):
    path = "/hooks/social/telegram"

    def made(self) -> Channel:
        return TelegramChannel(
            SocialAccount(
                id=ChannelId("bot"),
                provider="telegram",
                queue=QueueId("support"),
                token_file=self.file("token", TOKEN),
                secret_file=self.file("secret", SECRET),
                api_url=f"{self.url}/api",
            ),
            self.read,
            timeout_s=0.5,
        )

    def usual(self, asked: Asked) -> Scripted:
        return Scripted(200, {"ok": True, "result": {"message_id": 5}})

    def signed(self, text: str, name: str) -> tuple[str, dict[str, str], bytes]:
        return self.update({"text": text}, name)

    def update(
        self, said: dict[str, Any], name: str, kind: str = "message", chat: str = "private"
    ) -> tuple[str, dict[str, str], bytes]:
        number = int.from_bytes(name.encode()[-4:])
        message = {
            "message_id": number,
            "from": {"id": 77, "is_bot": False, "first_name": "Anna", "username": "anna"},
            "chat": {"id": 77, "type": chat},
            "date": 1_800_000_000,
            **said,
        }
        body = json.dumps({"update_id": number, kind: message}).encode()
        return self.path, {"X-Telegram-Bot-Api-Secret-Token": SECRET}, body


class MastodonBench(ProviderBench):
    """The server keeps the marker; the customer has been read when it moved past their mention."""

    def __init__(self) -> None:
        self.notices: list[dict[str, Any]] = []
        self.marker = 0
        self.working = 0  # so many times a file is not ready yet
        self.down: Callable[[], bool] = lambda: False
        super().__init__()

    def made(self) -> Channel:
        return MastodonChannel(
            SocialAccount(
                id=ChannelId("toots"),
                provider="mastodon",
                queue=QueueId("support"),
                account="@help@social.example",
                token_file=self.file("token", TOKEN),
                api_url=f"{self.url}/api",
            ),
            self.read,
            timeout_s=0.5,
            every_s=0.01,
            trouble_s=0.01,
            looked_s=0.01,
        )

    def usual(self, asked: Asked) -> Scripted:
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return Scripted(401, {"error": "The access token is invalid"})
        if asked.path.startswith("/api/v1/markers"):
            if asked.body:
                self.marker = int(asked.document["notifications"]["last_read_id"])
            return Scripted(200, {"notifications": {"last_read_id": str(self.marker)}})
        if asked.path.startswith("/api/v1/notifications"):
            after = int(httpx.QueryParams(asked.path.partition("?")[2])["min_id"])
            newer = [one for one in self.notices if int(one["id"]) > after][:40]
            return Scripted(200, newer[::-1])
        if asked.path == "/api/v2/media":
            return Scripted(202, {"id": f"m{len(self.asked)}", "url": None})
        if asked.path.startswith("/api/v1/media/"):
            self.working -= 1
            return Scripted(206 if self.working >= 0 else 200, {"id": "m1"})
        return Scripted(200, {"id": "900"})

    def mention(self, text: str, name: str, **more: Any) -> None:
        status = {
            "id": str(1000 + int.from_bytes(name.encode()[-4:])),
            "content": f"<p>{text}</p>",
            "visibility": "direct",
            "created_at": "2026-11-22T10:00:00.000Z",
            **more,
        }
        account = {"acct": "anna@social.example", "display_name": "Anna"}
        number = str(len(self.notices) + 1)
        self.notices.append({"id": number, "type": "mention", "account": account, "status": status})

    async def customer_writes(self, text: str, name: str) -> bool:
        await self.open()
        self.mention(text, name)
        async with asyncio.timeout(DEADLINE_S):
            pages = self._pages() + 12  # more were asked for, and it did not move: it is not kept
            while self.marker < len(self.notices) and self._pages() < pages:  # noqa: ASYNC110 - their state
                await asyncio.sleep(0.005)
        return self.marker >= len(self.notices)

    def _pages(self) -> int:
        return sum(one.path.startswith("/api/v1/notifications") for one in self.asked)


HOOKED: dict[str, Callable[[], ProviderBench]] = {
    "twilio": TwilioBench,
    "messenger": MetaBench,
    "instagram": InstagramBench,
    "whatsapp": WhatsAppBench,
    "telegram": TelegramBench,
}
EVERY: dict[str, Callable[[], ProviderBench]] = {**HOOKED, "mastodon": MastodonBench}


async def opened(bench: ProviderBench, intake: Intake) -> AsyncIterator[ProviderBench]:
    await bench.open()
    await bench.channel.start(intake)
    try:
        yield bench
    finally:
        await bench.channel.stop()
        await bench.customer_leaves()


def answer(
    text: str = "answer",
    delivery: str = "queued",
    references: tuple[str, ...] = (),
    files: tuple[Attachment, ...] = (),
) -> OutgoingMessage:
    message = Message(
        id=MessageId("m-1"),
        conversation=ConversationId("c1"),
        medium=MediumId("social"),
        direction=OUT,
        at=Instant(2000.0),
        text=text,
        delivery=delivery,
        attachments=files,
    )
    return OutgoingMessage(message=message, to_address="77", references=references)
