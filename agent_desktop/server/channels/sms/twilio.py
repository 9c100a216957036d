"""A number with Twilio, or with a provider that speaks its interface: web hooks in, REST out.

A request is signed with HMAC-SHA1 over the address that the provider called and the sorted form fields.  A
message is known by its MessageSid, so that one told twice is taken once.  What became of a message of ours
comes to an address with our own id in it: it finds the message even after a restart.  Files that go out (MMS)
are fetched by the provider from our address, which names one file and a time and is signed with our secret.

Rule of the file: when nobody answered a send, it is not known whether it went out.  The next try waits a
minute for the provider's word, which then says so, because a text sent twice cannot be called back.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import mimetypes
import time
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx

from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.medium import SMS
from agent_desktop.domain.messaging import SmsNumber
from agent_desktop.domain.types import MessageId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import (
    DeliveryError,
    IncomingAttachment,
    IncomingMessage,
    Intake,
    OutgoingMessage,
)
from agent_desktop.ports.hooks import ForeignError, HookAnswer, HookRequest
from agent_desktop.server import outside
from agent_desktop.server.pieces import ReadFile, loaded

NOTHING: Final = HookAnswer(body="<Response></Response>", content_type="text/xml")
STATES: Final = {
    "accepted": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
}
GONE: Final = frozenset({"sent", "delivered", "read"})
FIELDS_MOST: Final = 200
FILES_MOST: Final = 10
FILE_BYTES: Final = 5_000_000
FILES_S: Final = 8.0  # the provider waits 15 s for our answer
AGAIN_S: Final = 60.0
LENT_S: Final = 4 * 3600.0  # so long the provider may fetch a file of ours
OPENED: Final = ("image/", "audio/", "video/")
OPENED_TOO: Final = frozenset({"application/pdf", "text/plain", "text/vcard", "text/x-vcard"})

log = logging.getLogger(__name__)


class TwilioChannel:
    """One number (`ports.channels.Channel`, `ports.hooks.Hooked`)."""

    medium = SMS

    def __init__(
        self,
        number: SmsNumber,
        read_file: ReadFile | None = None,
        *,
        timeout_s: float = outside.TIMEOUT_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.id = number.id
        self.number = number
        self.provider = number.provider
        self.trouble = ""  # why nothing goes out, in words
        self._timeout_s = timeout_s
        self._read_file, self._now = (read_file if number.mms else None), now
        self._token = ""
        self._http: httpx.AsyncClient | None = None
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> None:
        """Read the secret; raises `ConfigError`."""
        self._token = await outside.secret(self.number.secret_file, "secret_file")
        self._http = outside.client(timeout_s=self._timeout_s)
        self._intake = intake

    async def stop(self) -> None:
        """Take and send nothing more."""
        self._intake = None
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    # Out.

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Hand a text to the provider; what becomes of it is told later.  Raises `DeliveryError`."""
        message, number = outgoing.message, self.number
        if message.delivery in GONE:  # its answer was lost, and its news came
            return message.delivery
        files = await loaded(self._read_file, "This number", message.attachments)
        if self._http is None:
            raise DeliveryError("The channel is not open.", permanent=False)
        until = self._now() + LENT_S
        media = [self._lent(a, until) for a in message.attachments] if files else []
        try:
            answer = await outside.call(
                self._http,
                "The SMS provider",
                "POST",
                f"{number.api_url}/2010-04-01/Accounts/{quote(number.account)}/Messages.json",
                auth=(number.account, self._token),
                data={
                    "From": number.number,
                    "To": outgoing.to_address,
                    **({"Body": message.text} if message.text else {}),
                    **({"MediaUrl": media} if media else {}),
                    "StatusCallback": self._news_of(message.id),
                },
            )
        except DeliveryError as error:
            self.trouble = str(error)
            raise DeliveryError(str(error), permanent=False, retry_s=AGAIN_S) from error
        if 200 <= answer.status < 300:
            self.trouble = ""
            return "sent"
        said = answer.table()
        words, code = str(said.get("message", "")), said.get("code", "")
        if answer.status in {401, 403}:
            log.error("the SMS provider refuses our secret", extra={"channel": self.id, "code": code})
            self.trouble = (
                "The SMS provider does not accept our secret any more: an administrator must renew "
                f"secret_file of {self.id} and restart the router. Nothing goes out until then."
            )
            words = f"{words} {self.trouble}"
        raise outside.refused("The SMS provider", answer, f"{words} ({code})" if code else words)

    def _news_of(self, message: MessageId) -> str:
        return self._ours(message=message)

    def _ours(self, **asked: str) -> str:
        url = self.number.webhook_url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"

    def _lent(self, file: Attachment, until: float) -> str:
        """Where the provider fetches a file: nobody else knows the address, and it is good for a while."""
        asked = {"file": file.id, "type": file.media_type, "until": str(int(until))}
        return self._ours(**asked, key=self._key(asked))

    def _key(self, asked: Mapping[str, str]) -> str:
        said = "\n".join(asked.get(name, "") for name in ("file", "type", "until"))
        return hmac.new(self._token.encode(), f"lent\n{said}".encode(), hashlib.sha256).hexdigest()

    async def _hand_out(self, asked: Mapping[str, str]) -> HookAnswer:
        """The provider fetches a file that goes with a message of ours."""
        good = hmac.compare_digest(self._key(asked).encode(), asked.get("key", "").encode())
        if not good or self._read_file is None or float(asked["until"]) < self._now():
            raise ForeignError("no file for that address")
        try:
            data = await self._read_file(asked["file"])
        except Exception as error:
            raise AgentDesktopError("A file could not be read.") from error
        if not data:
            raise ForeignError("the file is not there any more")
        return HookAnswer(data=data, content_type=asked["type"] or "application/octet-stream")

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """A text message shows nobody that somebody writes."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Nor who is there."""

    def agent_read(self, thread: str) -> None:
        """Nor who has read."""

    def external_id(self, message: MessageId) -> str:
        """Our own id: it stands in the address of the news."""
        return str(message)

    # In.

    async def hooked(self, request: HookRequest) -> HookAnswer:
        """A text came, or news of one of ours."""
        intake = self._intake
        if intake is None:
            raise AgentDesktopError("The channel is not open.")
        if request.method == "GET" and request.query.get("file"):
            return await self._hand_out(request.query)
        fields = _fields(request.body) if request.method == "POST" else {}
        self._check(request, fields)
        own = request.query.get("message", "")
        if own:
            await self._news(intake, own, fields)
        elif _one(fields, "To") in {"", self.number.number} and _one(fields, "MessageSid"):
            await intake.message_arrived(await self._message(fields))
        return NOTHING

    def _check(self, request: HookRequest, fields: Mapping[str, list[str]]) -> None:
        url = self.number.webhook_url
        if request.query_string:
            url = f"{url.partition('?')[0]}?{request.query_string}"
        given = request.headers.get("x-twilio-signature", "")
        if not hmac.compare_digest(signature(self._token, url, fields).encode(), given.encode()):
            raise ForeignError("wrong signature")
        if _one(fields, "AccountSid") not in {"", self.number.account}:
            raise ForeignError("another account")

    @staticmethod
    async def _news(intake: Intake, own: str, fields: Mapping[str, list[str]]) -> None:
        state = STATES.get(_one(fields, "MessageStatus") or _one(fields, "SmsStatus"), "")
        if not state:
            return
        detail = ""
        if state == "failed":
            code, words = _one(fields, "ErrorCode"), _one(fields, "ErrorMessage")
            detail = words or (
                f"The provider gives the reason {code}." if code else "The provider gives none."
            )
        await intake.delivery_moved(own, state, detail)

    async def _message(self, fields: Mapping[str, list[str]]) -> IncomingMessage:
        text = _one(fields, "Body")
        files, missing = await self._files(fields)
        sender = _one(fields, "From")
        return IncomingMessage(
            channel=self.id,
            medium=SMS,
            external_id=_one(fields, "MessageSid"),
            address_kind="phone",
            from_address=sender,
            shown_address=sender,
            from_name=_one(fields, "ProfileName"),
            to_addresses=(self.number.number,),
            text="\n".join((*((text,) if text else ()), *missing)),
            attachments=files,
            thread=sender,
        )

    async def _files(
        self, fields: Mapping[str, list[str]]
    ) -> tuple[tuple[IncomingAttachment, ...], tuple[str, ...]]:
        said = _one(fields, "NumMedia")
        count = min(int(said), FILES_MOST) if said.isascii() and said.isdigit() and len(said) < 4 else 0
        urls = [url for n in range(count) if (url := _one(fields, f"MediaUrl{n}"))]
        files, missing = [], []
        until = asyncio.get_running_loop().time() + FILES_S
        for place, url in enumerate(urls, start=1):
            try:
                async with asyncio.timeout_at(until):
                    files.append(await self._file(url, place))
            except (outside.FileError, TimeoutError) as error:
                why = str(error) or "the provider is slow"
                missing.append(f"[File {place} could not be fetched: {why}.]")
        return tuple(files), tuple(missing)

    async def _file(self, url: str, place: int) -> IncomingAttachment:
        if self._http is None:
            raise outside.FileError("the channel is not open")
        own = urlsplit(self.number.api_url).netloc
        auth = (self.number.account, self._token) if _netloc(url) == own else None
        kind, data = await outside.fetch(
            self._http, url, self.number.media_hosts, most=FILE_BYTES, **({"auth": auth} if auth else {})
        )
        good = kind.startswith(OPENED) or kind in OPENED_TOO
        return IncomingAttachment(
            name=f"file-{place}{mimetypes.guess_extension(kind) or ''}",
            media_type=kind,
            data=data,
            blocked="" if good and kind != "image/svg+xml" else "Files of this kind are not opened.",
        )


def signature(token: str, url: str, fields: Mapping[str, list[str]]) -> str:
    """The signature of a request: its address, then the sorted names each with their values."""
    said = url + "".join(
        f"{name}{value}" for name in sorted(fields) for value in sorted(dict.fromkeys(fields[name]))
    )
    made = hmac.new(token.encode(), said.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def _fields(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(
            body.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=FIELDS_MOST,
            errors="strict",
        )
    except (ValueError, UnicodeDecodeError) as error:
        raise ForeignError("no form") from error


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
