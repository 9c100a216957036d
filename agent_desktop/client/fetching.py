"""Fetching a recording over HTTP into a private temporary file; used on the network's thread.

`GET {server}/api/v1/interactions/{interaction}/recordings/{recording}` with the bearer token.  The file is
made with mode 0600 before the first byte and removed when anything goes wrong.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

import httpx

from agent_desktop.client.player import RecordingFetched, remove
from agent_desktop.client.session import Session
from agent_desktop.i18n import _
from agent_desktop.links.connection import is_loopback

TIMEOUT_S = 30.0
MOST_BYTES = 512 * 1024 * 1024
FOLDER = "playing"


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
    headers = {"Authorization": f"Bearer {session.token}"}
    written = 0
    async with (
        httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_loopback(session.server)) as http,
        http.stream("GET", address, headers=headers) as answer,
    ):
        if not answer.is_success:
            return await _refused(answer)
        async for piece in answer.aiter_bytes():
            written += len(piece)
            if written > MOST_BYTES:
                return _("it is too long to be played here.")
            os.write(file, piece)
    return "" if written else _("it is empty.")


async def _refused(answer: httpx.Response) -> str:
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
