"""A Telegram bot: web hooks in, the Bot API out.

A request carries the word that was given with `setWebhook`; an update is known by its number, so that one
told twice is taken once.  People write to the bot in private; what is said in groups is not for the centre.
What is no text is named in words, and a message that was edited says so, because the first one stays.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import httpx

from agent_desktop.domain.medium import SOCIAL
from agent_desktop.domain.messaging import SocialAccount
from agent_desktop.domain.types import MessageId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import DeliveryError, IncomingMessage, Intake, OutgoingMessage
from agent_desktop.ports.hooks import ForeignError, HookAnswer, HookRequest
from agent_desktop.server import outside
from agent_desktop.server.channels.social.reading import document, instant, table, text
from agent_desktop.server.pieces import Loaded, Pieces, ReadFile, loaded

WHO: Final = "Telegram"
CAPTION_MOST: Final = 1024  # UTF-16 units of the words beside files
OURS: Final = "telegram:"  # how the record names who is there
KINDS: Final = {
    "sticker": "Sticker",
    "photo": "Picture",
    "video": "Video",
    "video_note": "Video",
    "animation": "Animation",
    "voice": "Voice message",
    "audio": "Sound",
    "document": "File",
    "location": "Place",
    "venue": "Place",
    "contact": "Address card",
    "poll": "Poll",
    "dice": "Dice",
}

log = logging.getLogger(__name__)


class TelegramChannel:
    """One bot (`ports.channels.Channel`, `ports.hooks.Hooked`)."""

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
        self.trouble = ""
        self._timeout_s = timeout_s
        self._read_file, self._pieces = read_file, Pieces()
        self._token = self._word = ""
        self._http: httpx.AsyncClient | None = None
        self._intake: Intake | None = None

    async def start(self, intake: Intake) -> None:
        """Read the secrets; raises `ConfigError`."""
        self._token = await outside.secret(self.account.token_file, "token_file")
        self._word = await outside.secret(self.account.secret_file, "secret_file")
        self._http = outside.client(timeout_s=self._timeout_s)
        self._intake = intake

    async def stop(self) -> None:
        """Take and send nothing more."""
        self._intake = None
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Hand a message to Telegram; it tells no more of it.  Raises `DeliveryError`."""
        message, chat = outgoing.message, outgoing.to_address.removeprefix(OURS)
        files = await loaded(self._read_file, WHO, message.attachments)
        captioned = bool(files) and _units(message.text) <= CAPTION_MOST
        pieces = []
        if message.text and not captioned:
            pieces.append(partial(self._call, "sendMessage", json={"chat_id": chat, "text": message.text}))
        if files:
            pieces.append(partial(self._files, chat, files, message.text if captioned else ""))
        await self._pieces.send(message.id, pieces)
        return "sent"

    async def _files(self, chat: str, files: Sequence[Loaded], caption: str) -> None:
        """One file, or several as one album; as files, for a picture would be made smaller on the way."""
        said = {"caption": caption} if caption else {}
        if len(files) == 1:
            data = {"chat_id": chat, **said}
            await self._call("sendDocument", data=data, files={"document": files[0].form})
            return
        last = len(files) - 1  # where the service shows the words of several files
        media = [
            {"type": "document", "media": f"attach://file{n}", **(said if n == last else {})}
            for n in range(len(files))
        ]
        data = {"chat_id": chat, "media": json.dumps(media)}
        parts = {f"file{n}": file.form for n, file in enumerate(files)}
        await self._call("sendMediaGroup", data=data, files=parts)

    async def _call(self, method: str, **more: Any) -> None:
        """One request to the bot's interface.  Raises `DeliveryError`."""
        if self._http is None:
            raise DeliveryError("The channel is not open.", permanent=False)
        url = f"{self.account.api_url}/bot{self._token}/{method}"
        try:
            answer = await outside.call(self._http, WHO, "POST", url, **more)
        except DeliveryError as error:
            self.trouble = str(error)
            raise
        if answer.status == 200 and answer.table().get("ok") is True:
            self.trouble = ""
            return
        words = text(answer.table(), "description")
        if answer.status in {401, 404}:
            self.trouble = (
                f"Telegram does not accept our token any more: an administrator must renew token_file of "
                f"{self.id} and restart the router. Nothing goes out until then."
            )
            log.error("a channel's token is not valid any more", extra={"channel": self.id})
            raise DeliveryError(self.trouble, permanent=True)
        if answer.status == 403:
            raise DeliveryError(f"The customer does not take messages of our bot: {words}", permanent=True)
        pause = instant(text(answer.table("parameters"), "retry_after")) or 0.0
        raise outside.refused(WHO, answer, words, pause_s=min(pause, outside.RETRY_MOST_S))

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Not shown."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Not shown."""

    def agent_read(self, thread: str) -> None:
        """Not shown."""

    def external_id(self, message: MessageId) -> str:
        """Our own id; Telegram has no use for it."""
        return str(message)

    async def hooked(self, request: HookRequest) -> HookAnswer:
        """An update came."""
        intake = self._intake
        if intake is None:
            raise AgentDesktopError("The channel is not open.")
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if request.method != "POST" or not hmac.compare_digest(self._word.encode(), given.encode()):
            raise ForeignError("wrong word")
        message = self._message(document(request.body))
        if message is not None:
            await intake.message_arrived(message)
        return HookAnswer()

    def _message(self, update: dict[str, Any]) -> IncomingMessage | None:
        edited = table(update, "edited_message")
        said = edited or table(update, "message")
        chat, sender = table(said, "chat"), table(said, "from")
        number, thread = text(update, "update_id"), text(chat, "id")
        if not number or not thread or text(chat, "type") != "private" or sender.get("is_bot") is True:
            return None
        name = " ".join(filter(None, (text(sender, "first_name"), text(sender, "last_name"))))
        user = text(sender, "username")
        words = _words(said)
        return IncomingMessage(
            channel=self.id,
            medium=SOCIAL,
            external_id=f"update:{number}",
            address_kind="social",
            from_address=f"{OURS}{thread}",
            shown_address=f"@{user}" if user else "",
            from_name=name or user,
            text=f"[The customer changed an earlier message to:]\n{words}" if edited else words,
            thread=f"{OURS}{thread}",
            sent_at=instant(text(said, "edit_date" if edited else "date")),
        )


def _units(said: str) -> int:
    """How long the service counts a text."""
    return len(said.encode("utf-16-le", "surrogatepass")) // 2


def _words(said: dict[str, Any]) -> str:
    """A message in words."""
    if words := text(said, "text"):
        return words
    parts = []
    for kind, name in KINDS.items():
        if kind in said:
            what = text(table(said, kind), "emoji") or text(table(said, kind), "file_name")
            parts.append(f"[{name}{f': {what}' if what else ', to be seen in Telegram itself'}]")
            break
    parts.append(text(said, "caption"))
    return "\n".join(part for part in parts if part) or "[A message of a kind that cannot be shown here.]"
