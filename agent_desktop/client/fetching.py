"""Fetching over HTTP into a file of this user alone: recordings, files and pictures of messages.

`GET {server}/api/v1/interactions/{interaction}/recordings/{recording}` and
`GET {server}/api/v1/attachments/{file}` with the bearer token.  The file is made with mode 0600 before the
first byte and removed when anything goes wrong; nothing is ever opened.  A picture from the sender's own
server is fetched only when it was asked for, without the token, without cookies, from public addresses alone:
the name is looked up once, and what was looked at is what is connected to.  What is no picture is not taken.
Used on the network's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

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
PICTURE_S = 20.0  # from the question to the last byte: a server that drips holds nothing up
TRIED = 3  # addresses of a host
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
        async with asyncio.timeout(PICTURE_S):
            data = await (_ours(session, name) if name.startswith(OURS) else _strangers(httpx.URL(name)))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        data = b""
    return PictureFetched(name, data)


async def _ours(session: Session, name: str) -> bytes:
    address = f"{session.server}/api/v1/attachments/{quote(name.removeprefix(OURS), safe='')}"
    headers = {"Authorization": f"Bearer {session.token}"}
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_loopback(session.server)) as http,
        http.stream("GET", address, headers=headers) as answer,
    ):
        return await _whole(answer) if answer.is_success else b""


async def _strangers(url: httpx.URL) -> bytes:
    """From the addresses that were looked at; a proxy of this computer looks the name up itself."""
    addresses = await public_addresses(url.host)
    if not addresses or url.scheme not in {"http", "https"}:
        return b""
    proxy = _proxy(url)
    targets = [url] if proxy else [url.copy_with(host=address) for address in addresses[:TRIED]]
    trusted = httpx.create_ssl_context()
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, proxy=proxy, verify=trusted) as http:
        for target in targets:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await _picture(http, target, url)
    return b""


async def _picture(http: httpx.AsyncClient, target: httpx.URL, url: httpx.URL) -> bytes:
    """Ask the target as if it was asked by its name: in the request, and of its certificate."""
    headers = {"Accept": "image/*", "Host": url.netloc.decode("ascii")}
    named = {"sni_hostname": url.raw_host.decode("ascii")}
    async with http.stream("GET", target, headers=headers, extensions=named) as answer:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return await _whole(answer) if answer.is_success and kind in PICTURES else b""


async def _whole(answer: httpx.Response) -> bytes:
    """The picture; nothing of one that is too large."""
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > MOST_PICTURE:
            return b""
    return bytes(data)


def _proxy(url: httpx.URL) -> str | None:
    known = getproxies()
    found = known.get(url.scheme) or known.get("all")
    if not found or proxy_bypass(url.host):
        return None
    return found if "://" in found else f"http://{found}"


async def public_addresses(host: str) -> tuple[str, ...]:
    """The addresses of a host; none unless all are public, lest a mail reaches into the centre."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    addresses = tuple(dict.fromkeys(str(row[4][0]) for row in found))
    return addresses if all(is_public(address) for address in addresses) else ()


def is_public(address: str) -> bool:
    """Whether an address is one of the open network, and stands for no IPv4 address inside it."""
    at = ipaddress.ip_address(address)
    if not at.is_global or at.is_multicast or at.is_reserved or at.is_link_local:
        return False  # ::/8 is reserved: with it go NAT64 (64:ff9b::) and ::a.b.c.d
    if isinstance(at, ipaddress.IPv4Address):
        return True
    return not at.is_site_local and all(inner is None for inner in (at.ipv4_mapped, at.sixtofour, at.teredo))


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
