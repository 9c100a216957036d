"""Fetching over HTTP into a file of this user alone: recordings, files and pictures of messages.

`GET {server}/api/v1/interactions/{interaction}/recordings/{recording}` and
`GET {server}/api/v1/attachments/{file}` with the bearer token.  The file is made with mode 0600 before the
first byte and removed when anything goes wrong; nothing is ever opened.  A picture from the sender's own
server is fetched only when it was asked for, without the token, without cookies, from public addresses alone;
what is no picture is not taken.  Used on the network's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx

from agent_desktop.client.files import FileFetched, PictureFetched
from agent_desktop.client.player import RecordingFetched, remove
from agent_desktop.client.session import Session
from agent_desktop.i18n import _
from agent_desktop.links.connection import is_loopback

TIMEOUT_S = 30.0
MOST_BYTES = 512 * 1024 * 1024
FOLDER = "playing"
OURS = "file:"  # a picture that our server keeps
MOST_PICTURE = 8 * 1024 * 1024
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})


async def fetch_recording(session: Session, interaction: str, recording: str, data: Path) -> RecordingFetched:
    """Fetch it; never raises for what the network or the disk does."""
    path = ""
    try:
        folder = data / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, path = tempfile.mkstemp(suffix=".ogg", dir=folder)
        with os.fdopen(handle, "wb") as file:
            why = await _into(file.fileno(), session, interaction, recording)
    except httpx.HTTPError:
        why = _("the server did not answer.")
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        remove(path)
        return RecordingFetched(interaction, recording, "", why)
    return RecordingFetched(interaction, recording, path)


async def _into(file: int, session: Session, interaction: str, recording: str) -> str:
    """Write the answer into the file; gives why not, in words."""
    address = (
        f"{session.server}/api/v1/interactions/{quote(interaction, safe='')}"
        f"/recordings/{quote(recording, safe='')}"
    )
    return await _copied(file, session, address, _("it is too long to be played here."))


async def _copied(file: int, session: Session, address: str, too_long: str) -> str:
    headers = {"Authorization": f"Bearer {session.token}"}
    written = 0
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_loopback(session.server)) as http,
        http.stream("GET", address, headers=headers) as answer,
    ):
        if not answer.is_success:
            return await refused(answer)
        async for piece in answer.aiter_bytes():
            written += len(piece)
            if written > MOST_BYTES:
                return too_long
            os.write(file, piece)
    return "" if written else _("it is empty.")


async def fetch_file(session: Session, file: str, path: str) -> FileFetched:
    """Save a file of a message: whole beside its place, then moved there.  Never raises."""
    beside = ""
    try:
        folder = Path(path).parent
        folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=".saving-", dir=folder)
        with os.fdopen(handle, "wb") as target:
            address = f"{session.server}/api/v1/attachments/{quote(file, safe='')}"
            why = await _copied(target.fileno(), session, address, _("it is too large to be saved."))
        if not why:
            os.replace(beside, path)  # noqa: PTH105 - it is moved in a moment
    except httpx.HTTPError:
        why = _("the server did not answer.")
    except OSError as error:
        why = error.strerror or str(error)
    if why:
        remove(beside)
    return FileFetched(file, "" if why else path, why)


async def fetch_picture(session: Session, name: str) -> PictureFetched:
    """A picture of a message: `file:ID` from our server, an http address from the sender's.  Never raises."""
    try:
        ours = name.startswith(OURS)
        if not ours and not await is_public(urlsplit(name).hostname or ""):
            return PictureFetched(name, b"")
        file = quote(name.removeprefix(OURS), safe="")
        address = f"{session.server}/api/v1/attachments/{file}" if ours else name
        headers = {"Authorization": f"Bearer {session.token}"} if ours else {"Accept": "image/*"}
        trust = not ours or not is_loopback(session.server)
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=trust) as http,
            http.stream("GET", address, headers=headers) as answer,
        ):
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if not answer.is_success or not (ours or kind in PICTURES):
                return PictureFetched(name, b"")
            data = bytearray()
            async for piece in answer.aiter_bytes():
                data += piece
                if len(data) > MOST_PICTURE:
                    return PictureFetched(name, b"")
            return PictureFetched(name, bytes(data))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return PictureFetched(name, b"")


async def is_public(host: str) -> bool:
    """Whether every address of a host is a public one: a mail must not reach into the centre's network."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    return bool(addresses) and all(address.is_global for address in addresses)


async def refused(answer: httpx.Response) -> str:
    """The server's own sentence, or one for the status."""
    with contextlib.suppress(ValueError, AttributeError):
        await answer.aread()
        said = str(answer.json().get("message", ""))
        if said:
            return said
    return _("the server refused (status {status}).", status=answer.status_code)


def sweep(data: Path) -> None:
    """Remove what an earlier run left behind."""
    for left in (data / FOLDER).glob("*.ogg"):
        remove(str(left))
