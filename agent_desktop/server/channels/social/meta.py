"""A Messenger page, an Instagram account or a WhatsApp number: web hooks in, the Graph API out.

A request is signed with HMAC-SHA256 over its raw bytes by the application's secret; the first one asks for a
word that we agreed on.  Our own id travels with each message and comes back with its news, so that a restart
forgets nothing; where only a point in time comes back, the transcript says which messages it means.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections import OrderedDict
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx

from agent_desktop.domain.conversation import OUT
from agent_desktop.domain.medium import SOCIAL
from agent_desktop.domain.messaging import FILES, WHATSAPP, SocialAccount
from agent_desktop.domain.types import MessageId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import DeliveryError, IncomingMessage, Intake, OutgoingMessage
from agent_desktop.ports.hooks import ForeignError, HookAnswer, HookRequest
from agent_desktop.server import outside
from agent_desktop.server.channels.social import meta_letters as letters
from agent_desktop.server.channels.social.meta_told import Moved, Reached, Said, Told, told
from agent_desktop.server.channels.social.reading import document, tables, text
from agent_desktop.server.pieces import Loaded, Pieces, ReadFile, loaded

GONE: Final = frozenset({"sent", "delivered", "read"})
KNOWN_MOST: Final = 10_000
AGAIN_S: Final = 60.0
EXPIRED: Final = frozenset({190, 102})
TOO_OFTEN: Final = frozenset({4, 17, 32, 613, 80007, 130429, 131048, 131056})
TOO_LATE: Final = frozenset({131047})
TOO_LATE_PARTS: Final = frozenset({2018278, 2534022})
BEFORE: Final = {"delivered": frozenset({"sent"}), "read": frozenset({"sent", "delivered"})}

log = logging.getLogger(__name__)


class MetaChannel:
    """One account (`ports.channels.Channel`, `ports.hooks.Hooked`)."""

    medium = SOCIAL

    def __init__(
        self,
        account: SocialAccount,
        read_file: ReadFile | None = None,
        *,
        timeout_s: float = outside.TIMEOUT_S,
    ) -> None:
        self.id = account.id
        self.account = account
        self.provider = account.provider
        self.trouble = ""  # why nothing goes out, in words
        self._timeout_s = timeout_s
        self._read_file, self._pieces = (read_file if account.provider in FILES else None), Pieces()
        self._token = self._secret = self._word = ""
        self._known: OrderedDict[str, str] = OrderedDict()  # their ids of our messages
        self._http: httpx.AsyncClient | None = None
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> None:
        """Read the secrets; raises `ConfigError`."""
        self._token = await outside.secret(self.account.token_file, "token_file")
        self._secret = await outside.secret(self.account.secret_file, "secret_file")
        self._word = await outside.secret(self.account.verify_file, "verify_file")
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
        """Hand a message to the service.  Raises `DeliveryError`."""
        message = outgoing.message
        if message.delivery in GONE:  # the answer was lost, and the news came
            return message.delivery
        files = await loaded(self._read_file, self._who, message.attachments)
        shown = [letters.file_of(self.provider, file, await self._uploaded(file)) for file in files]
        said = letters.pieces(self.provider, message.text, shown)
        to = outgoing.to_address.removeprefix(f"{self.provider}:").removeprefix("+")
        names = letters.ids(str(message.id), len(said))
        written = [letters.letter(self.provider, to, *each) for each in zip(names, said, strict=True)]
        posts = [partial(self._post, *each) for each in zip(names, written, strict=True)]
        await self._pieces.send(message.id, posts)
        return "sent"

    @property
    def _who(self) -> str:
        return self.provider.capitalize()

    async def _post(self, own: str, letter: dict[str, Any]) -> None:
        answer = await self._call("messages", json=letter)
        first: dict[str, Any] = next(tables(answer.document, "messages"), {})
        self._remember(text(answer.document, "message_id") or text(first, "id"), own)

    async def _uploaded(self, file: Loaded) -> str:
        """The service's name for a file; the customer sees nothing of it yet."""
        where, more, field = letters.upload(self.provider, file)
        answer = await self._call(where, data=more, files={field: file.form})
        key = text(answer.table(), "attachment_id") or text(answer.table(), "id")
        if not key:
            raise DeliveryError(f"{self._who} did not say what became of {file.name}.", permanent=False)
        return key

    async def _call(self, where: str, **more: Any) -> outside.Answer:
        """One request for our account.  Raises `DeliveryError`."""
        if self._http is None:
            raise DeliveryError("The channel is not open.", permanent=False)
        url = f"{self.account.api_url}/{quote(self.account.account, safe='')}/{where}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            answer = await outside.call(self._http, self._who, "POST", url, headers=headers, **more)
        except DeliveryError as error:
            self.trouble = str(error)
            raise DeliveryError(str(error), permanent=False, retry_s=AGAIN_S) from error
        if 200 <= answer.status < 300:
            self.trouble = ""
            return answer
        raise self._refused(self._who, answer)

    def _refused(self, who: str, answer: outside.Answer) -> DeliveryError:
        error = answer.table("error")
        code, part, words = error.get("code"), error.get("error_subcode"), text(error, "message")
        if code in EXPIRED or answer.status == 401:
            self.trouble = (
                f"{who} does not accept our token any more: an administrator must renew token_file of "
                f"{self.id} and restart the router. Nothing goes out until then."
            )
            log.error("a channel's token is not valid any more", extra={"channel": self.id, "code": code})
            return DeliveryError(self.trouble, permanent=True)
        if code in TOO_LATE or part in TOO_LATE_PARTS:
            said = "takes no replies later than 24 hours after the customer last wrote"
            return DeliveryError(f"{who} {said}.", permanent=True)
        if code in TOO_OFTEN:
            pause = outside.retry_s(answer.headers) or AGAIN_S
            return DeliveryError(f"{who} takes nothing just now.", permanent=False, retry_s=pause)
        return outside.refused(who, answer, f"{words} ({code})" if code else words)

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Not shown."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Not shown."""

    def agent_read(self, thread: str) -> None:
        """Not shown."""

    def external_id(self, message: MessageId) -> str:
        """Our own id: it travels with the message."""
        return str(message)

    # In.

    async def hooked(self, request: HookRequest) -> HookAnswer:
        """The service asks who we are, or tells what happened."""
        intake = self._intake
        if intake is None:
            raise AgentDesktopError("The channel is not open.")
        if request.method == "GET":
            return self._verified(request)
        made = hmac.new(self._secret.encode(), request.body, hashlib.sha256).hexdigest()
        given = request.headers.get("x-hub-signature-256", "")
        if not hmac.compare_digest(f"sha256={made}".encode(), given.encode()):
            raise ForeignError("wrong signature")
        for one in told(document(request.body), self.provider, self.account.account):
            await self._take(intake, one)
        return HookAnswer(body="EVENT_RECEIVED")

    def _verified(self, request: HookRequest) -> HookAnswer:
        given = request.query.get("hub.verify_token", "")
        good = hmac.compare_digest(self._word.encode(), given.encode("utf-8", "replace"))
        if request.query.get("hub.mode") != "subscribe" or not good:
            raise ForeignError("wrong word")
        return HookAnswer(body=request.query.get("hub.challenge", ""))

    async def _take(self, intake: Intake, one: Told) -> None:
        match one:
            case Said():
                await intake.message_arrived(self._message(one))
            case Moved():
                own = one.own or self._known.get(one.id, "")
                if own:
                    self._remember(one.id, own)
                    ours, whole = letters.message_of(own)
                    if whole or one.state == "failed":
                        await intake.delivery_moved(ours, one.state, one.detail)
            case Reached():
                for message in intake.transcript(self.id, self._address(one.sender)):
                    due = message.direction == OUT and message.at <= one.until
                    if due and message.delivery in BEFORE[one.state]:
                        await intake.delivery_moved(message.external_id, one.state)

    def _message(self, said: Said) -> IncomingMessage:
        phone, address = self.provider == WHATSAPP, self._address(said.sender)
        return IncomingMessage(
            channel=self.id,
            medium=SOCIAL,
            external_id=said.id,
            address_kind="phone" if phone else "social",
            from_address=address,
            shown_address=address if phone else "",
            from_name=said.name,
            text=said.text,
            thread=address,
            sent_at=said.at,
        )

    def _address(self, sender: str) -> str:
        """A customer as the record names them: a number, or the service with its own id."""
        return f"+{sender}" if self.provider == WHATSAPP else f"{self.provider}:{sender}"

    def _remember(self, key: str, own: str) -> None:
        if key:
            self._known[key] = own
        while len(self._known) > KNOWN_MOST:
            self._known.popitem(last=False)
