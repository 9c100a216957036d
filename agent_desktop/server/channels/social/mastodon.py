"""An account on a Mastodon server: mentions and direct messages in, direct answers out.

Notifications are asked for from where the server's own marker stands, oldest first; the marker moves after
the commit alone, so that nothing is lost over a restart.  An answer is always direct: only the customer
reads it, whoever read the question.  Our id is the server's Idempotency-Key: tried twice, it is posted once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

from agent_desktop.domain.medium import SOCIAL
from agent_desktop.domain.messaging import SocialAccount
from agent_desktop.domain.types import Instant, MessageId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import DeliveryError, IncomingMessage, Intake, OutgoingMessage
from agent_desktop.server import outside
from agent_desktop.server.channels.social.reading import plain, table, tables, text
from agent_desktop.server.pieces import Loaded, ReadFile, loaded

WHO: Final = "The Mastodon server"
WHERE: Final = "mastodon:"  # how the record names who is there
PAGE: Final = 40
EVERY_S: Final = 10.0
TROUBLE_S: Final = 60.0
LOOKED_S, LOOKED_MOST = 1.0, 30  # how often a film is asked for until it may be posted
OURS: Final = "ad:"  # how our own ids begin, among the server's numbers

log = logging.getLogger(__name__)


class MastodonChannel:
    """One account (`ports.channels.Channel`)."""

    medium = SOCIAL

    def __init__(
        self,
        account: SocialAccount,
        read_file: ReadFile | None = None,
        *,
        timeout_s: float = outside.TIMEOUT_S,
        every_s: float = EVERY_S,
        trouble_s: float = TROUBLE_S,
        looked_s: float = LOOKED_S,
    ) -> None:
        self.id = account.id
        self.account = account
        self.trouble = ""
        self._timeout_s, self._every_s, self._trouble_s = timeout_s, every_s, trouble_s
        self._read_file, self._looked_s = read_file, looked_s
        self._token, self._seen = "", ""
        self._http: httpx.AsyncClient | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, intake: Intake) -> None:
        """Read the secret and begin to ask; raises `ConfigError`."""
        self._token = await outside.secret(self.account.token_file, "token_file")
        self._http = outside.client(timeout_s=self._timeout_s)
        self._task = asyncio.create_task(self._follow(intake), name=f"mastodon-{self.id}")

    async def stop(self) -> None:
        """Ask and send nothing more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def send(self, outgoing: OutgoingMessage) -> str:
        """Post a direct answer.  Raises `DeliveryError`."""
        files = await loaded(self._read_file, WHO, outgoing.message.attachments)
        media = [await self._uploaded(file) for file in files]
        asked = next((one for one in reversed(outgoing.references) if one.isdigit()), "")
        letter = {
            "status": f"@{outgoing.to_address.removeprefix(WHERE)} {outgoing.message.text}",
            "visibility": "direct",
            **({"media_ids": media} if media else {}),
            **({"in_reply_to_id": asked} if asked else {}),
        }
        key = {"Idempotency-Key": str(outgoing.message.id)}
        answer = await self._call("POST", "/api/v1/statuses", json=letter, headers=key)
        if answer.status == 200:
            return "sent"
        raise self._refused(answer)

    async def _uploaded(self, file: Loaded) -> str:
        """Its name at the server, once it may be posted.  Raises `DeliveryError`."""
        answer = await self._call("POST", "/api/v2/media", files={"file": file.form})
        key = text(answer.table(), "id")
        if answer.status not in {200, 202} or not key:
            raise self._refused(answer)
        for _ in range(LOOKED_MOST if answer.status == 202 else 0):  # it is being worked on
            answer = await self._call("GET", f"/api/v1/media/{quote(key, safe='')}")
            if answer.status == 200:
                break
            if answer.status != 206:
                raise self._refused(answer)
            await asyncio.sleep(self._looked_s)
        if answer.status != 200:
            raise DeliveryError(f"{WHO} is still working on {file.name}. It is tried again.", permanent=False)
        return key

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        """Not shown."""

    def agent_joined(self, thread: str, name: str) -> None:
        """Not shown."""

    def agent_read(self, thread: str) -> None:
        """Not shown."""

    def external_id(self, message: MessageId) -> str:
        """Our own id, which no status of the server's can have."""
        return f"{OURS}{message}"

    # Inside.

    async def _follow(self, intake: Intake) -> None:
        while True:
            pause = self._every_s
            try:
                if not self._seen:
                    self._seen = await self._marker()
                while await self._page(intake) == PAGE:
                    pass
            except DeliveryError as error:
                log.warning("Mastodon: %s", error)
                self.trouble = self.trouble or str(error)
                pause = max(self._trouble_s, error.retry_s)
            except AgentDesktopError as error:  # not kept: the marker stands, it comes again
                log.warning("a mention is not kept yet: %s", error)
                pause = self._trouble_s
            except Exception:
                log.exception("mentions are asked for again")
                pause = self._trouble_s
            await asyncio.sleep(pause)

    async def _marker(self) -> str:
        """Where we stood; an account without a marker begins with its newest page."""
        answer = await self._good("GET", "/api/v1/markers", params={"timeline[]": "notifications"})
        return text(answer.table("notifications"), "last_read_id") or "0"

    async def _page(self, intake: Intake) -> int:
        """Take the next notifications, oldest first; how many there were."""
        asked = {"types[]": "mention", "limit": str(PAGE), **({"min_id": self._seen} if self._seen else {})}
        answer = await self._good("GET", "/api/v1/notifications", params=asked)
        found = list(tables({"page": answer.document}, "page"))
        for one in reversed(found):
            message = self._message(one)
            if message is not None:
                await intake.message_arrived(message)
        if found and (newest := text(found[0], "id")):
            self._seen = newest
            await self._good("POST", "/api/v1/markers", json={"notifications": {"last_read_id": newest}})
        return len(found)

    def _message(self, said: dict[str, Any]) -> IncomingMessage | None:
        status, writer = table(said, "status"), table(said, "account")
        key, name = text(status, "id"), text(writer, "acct")
        if text(said, "type") != "mention" or not key or not name:
            return None
        warning, files = text(status, "spoiler_text"), list(tables(status, "media_attachments"))
        words = [f"[Content warning: {warning}]"] if warning else []
        words.append(plain(text(status, "content")))
        for file in files:
            kind, tale = text(file, "type") or "file", text(file, "description")
            words.append(f"[{kind.capitalize()}{f': {tale}' if tale else ''}, to be seen on Mastodon itself]")
        return IncomingMessage(
            channel=self.id,
            medium=SOCIAL,
            external_id=key,
            address_kind="social",
            from_address=f"{WHERE}{name}",
            shown_address=f"@{name}",
            from_name=text(writer, "display_name") or name,
            text="\n".join(word for word in words if word),
            thread=f"{WHERE}{name}",
            sent_at=_instant(text(status, "created_at")),
        )

    async def _good(self, method: str, path: str, **more: Any) -> outside.Answer:
        answer = await self._call(method, path, **more)
        if answer.status != 200:
            raise self._refused(answer)
        return answer

    async def _call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> outside.Answer:
        if self._http is None:
            raise DeliveryError("The channel is not open.", permanent=False)
        own = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        answer = await outside.call(
            self._http, WHO, method, f"{self.account.api_url}{path}", headers=own, **more
        )
        if answer.status == 200:
            self.trouble = ""
        return answer

    def _refused(self, answer: outside.Answer) -> DeliveryError:
        if answer.status in {401, 403}:
            self.trouble = (
                "The Mastodon server does not accept our token any more: an administrator must renew "
                f"token_file of {self.id} and restart the router. Nothing comes or goes until then."
            )
            log.error("a channel's token is not valid any more", extra={"channel": self.id})
            return DeliveryError(self.trouble, permanent=True)
        pause = 0.0
        if answer.status == 429 and (reset := _instant(answer.headers.get("X-RateLimit-Reset", ""))):
            pause = min(max(0.0, reset - time.time()), outside.RETRY_MOST_S)
        return outside.refused(WHO, answer, text(answer.table(), "error"), pause_s=pause)


def _instant(said: str) -> Instant | None:
    with contextlib.suppress(ValueError, OverflowError):
        return Instant(datetime.fromisoformat(said).timestamp())
    return None
