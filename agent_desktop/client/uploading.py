"""Giving the server a file that goes with a reply, over HTTP; used on the network's thread.

`POST {server}/api/v1/files` with the bearer token, the bytes as they are, the name percent-encoded in
`X-File-Name` and the media type that it stands for.  The answer names the file.  Nothing is read into memory
as a whole.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec

from agent_desktop.client.fetching import TIMEOUT_S, refused
from agent_desktop.client.files import Upload, UploadEnded, media_type
from agent_desktop.client.session import Session
from agent_desktop.i18n import _
from agent_desktop.links.connection import is_loopback
from agent_desktop.wire.models import AttachmentModel

PIECE = 64 * 1024


async def upload_file(session: Session, upload: Upload, moved: Callable[[int], None]) -> UploadEnded:
    """Upload it; `moved` is told how many bytes have gone.  Never raises for network or disk."""
    why = ""
    try:
        with Path(upload.path).open("rb") as source:  # noqa: ASYNC230 - read in small pieces below
            length = os.fstat(source.fileno()).st_size
            if not length:
                return UploadEnded(upload.id, None, _("the file is empty."))
            headers = {
                "Authorization": f"Bearer {session.token}",
                "Content-Type": media_type(upload.name),
                "Content-Length": str(length),
                "X-File-Name": quote(upload.name, safe=""),
            }
            trust = not is_loopback(session.server)
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=trust) as http:
                answer = await http.post(
                    f"{session.server}/api/v1/files",
                    content=_pieces(source.fileno(), moved),
                    headers=headers,
                )
            if answer.is_success:
                return UploadEnded(upload.id, msgspec.json.decode(answer.content, type=AttachmentModel))
            why = await refused(answer)
    except httpx.HTTPError:
        why = _("the server did not answer.")
    except OSError as error:
        why = error.strerror or str(error)
    except msgspec.MsgspecError:
        why = _("the server's answer was not understood.")
    return UploadEnded(upload.id, None, why)


async def _pieces(source: int, moved: Callable[[int], None]) -> AsyncIterator[bytes]:
    sent = 0
    while piece := os.read(source, PIECE):
        yield piece
        sent += len(piece)
        moved(sent)
