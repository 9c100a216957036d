"""Calling a provider's web interface: one request, with an end, and failures in words (`DeliveryError`).

Never a redirect, for it would carry our secrets along; never more of an answer than fits a reply.  429 and
5xx pass, and say when to come again; a refused token is told apart, because only an administrator mends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Collection, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from agent_desktop.errors import AgentDesktopError, ConfigError
from agent_desktop.ports.channels import DeliveryError

TIMEOUT_S: Final = 20.0
ANSWER_BYTES: Final = 1 << 20
RETRY_MOST_S: Final = 3600.0
WORDS_MOST: Final = 300
SENT_ON: Final = frozenset({301, 302, 303, 307, 308})
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})  # no TLS is asked of this computer

log = logging.getLogger(__name__)


class FileError(AgentDesktopError):
    """A file of a message could not be had."""


class Answer:
    """What came back; `document` is its JSON, an empty table where it has none."""

    def __init__(self, response: httpx.Response, body: bytes) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.body = body
        self.document: Any = {}
        with contextlib.suppress(ValueError, RecursionError):
            self.document = json.loads(body)

    def table(self, *keys: str) -> dict[str, Any]:
        """A table inside the document; an empty one where there is none."""
        found: Any = self.document
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}


def client(*, timeout_s: float = TIMEOUT_S) -> httpx.AsyncClient:
    """Calls outwards; the computer's own proxies and keys are not used."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes addresses, which hold a bot's token
    return httpx.AsyncClient(timeout=timeout_s, follow_redirects=False, trust_env=False)


async def call(http: httpx.AsyncClient, who: str, method: str, url: str, **more: Any) -> Answer:
    """One request.  Raises `DeliveryError` when nothing came back; what came back may be a refusal."""
    try:
        async with http.stream(method, url, **more) as response:
            return Answer(response, await _body(response))
    except FileError as error:
        raise DeliveryError(f"{who} answered too much.", permanent=False) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        log.info("a provider does not answer", extra={"provider": who, "why": type(error).__name__})
        raise DeliveryError(f"{who} does not answer. It is tried again.", permanent=False) from error


def retry_s(headers: Mapping[str, str], now: float | None = None) -> float:
    """When to come again: seconds or a date (RFC 9110, section 10.2.3); 0: not said."""
    said = headers.get("Retry-After", "")
    with contextlib.suppress(ValueError):
        return min(max(0.0, float(said)), RETRY_MOST_S)
    with contextlib.suppress(ValueError, TypeError):
        at = parsedate_to_datetime(said).timestamp()
        return min(max(0.0, at - (time.time() if now is None else now)), RETRY_MOST_S)
    return 0.0


def refused(who: str, answer: Answer, words: str, *, pause_s: float = 0.0) -> DeliveryError:
    """The failure that an answer means: for now (429, 5xx), or for good, in the provider's words."""
    if answer.status == 429 or answer.status >= 500:
        pause = pause_s or retry_s(answer.headers)
        return DeliveryError(
            f"{who} takes nothing just now ({answer.status}).", permanent=False, retry_s=pause
        )
    said = f": {words[:WORDS_MOST]}" if words else ""
    return DeliveryError(f"{who} refused the message ({answer.status}){said}", permanent=True)


async def fetch(
    http: httpx.AsyncClient, url: str, hosts: Collection[str], *, most: int, **more: Any
) -> tuple[str, bytes]:
    """A file: its media type and bytes, from one of `hosts` alone.  Raises `FileError`.

    A provider may send us on to its store, once: to a host of the same list, and without our secrets.
    """
    for last in (False, True):
        _from_known(url, hosts)
        try:
            async with http.stream("GET", url, **more) as response:
                if last or response.status_code not in SENT_ON:
                    return await _file(response, most)
                url, more = str(response.url.join(response.headers.get("Location", ""))), {}
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise FileError("the provider does not answer") from error
    raise FileError("the provider sends us round and round")


def _from_known(url: str, hosts: Collection[str]) -> None:
    try:
        parts = urlsplit(url)
        name, host = parts.netloc.lower(), parts.hostname
    except ValueError as error:
        raise FileError("its address cannot be read") from error
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)
    if not safe or name not in {one.lower() for one in hosts}:
        raise FileError("it lies on a host that is not configured")


async def _file(response: httpx.Response, most: int) -> tuple[str, bytes]:
    if response.status_code != 200:
        raise FileError(f"the provider answered {response.status_code}")
    kind = response.headers.get("Content-Type", "application/octet-stream").partition(";")[0]
    return kind.strip().lower(), await _body(response, most)


async def secret(file: str, setting: str) -> str:
    """The secret in a file; raises `ConfigError` when it cannot be read or is empty."""
    try:
        found = (await asyncio.to_thread(Path(file).read_text, encoding="utf-8")).strip()
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"The file {file} cannot be read. Check {setting} and its rights.", key=setting
        ) from error
    if not found:
        raise ConfigError(f"The file {file} is empty. It must hold the {setting}.", key=setting)
    return found


async def _body(response: httpx.Response, most: int = ANSWER_BYTES) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise FileError(f"it has more than {most // 1_000_000} MB")
        parts.append(part)
    return b"".join(parts)
