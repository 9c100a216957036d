"""Files over HTTP: agents hand them in, until a message takes them (B16), and fetch those of messages.

The limits are stated: how many, how large, and that programs are refused.  The same bytes are kept once; the
name of a file is forgotten after a week, the bytes stay with the messages that took them.  The bytes are for
whoever may see a conversation that has them, and for the agent who handed them in; what else the record keeps
as bytes is no file.  The answer never tells whether there is a file that one may not see.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from agent_desktop.domain import programs
from agent_desktop.domain.centre import Centre
from agent_desktop.domain.conversation import Attachment
from agent_desktop.domain.permissions import can
from agent_desktop.domain.sources import FILES_MOST, Source
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.errors import AgentDesktopError, RefusedError
from agent_desktop.ports.channels import BLOCKED_BLOB
from agent_desktop.ports.storage import Changes, Store, Upload
from agent_desktop.server import bodies
from agent_desktop.server.hub import Hub, Step
from agent_desktop.server.rights import may_see

log = logging.getLogger(__name__)
PATH: Final = "/api/v1/files"
OUT: Final = "/api/v1/attachments/{id}"
FILE_BYTES: Final = 25_000_000
NAME_LETTERS: Final = 200
_OF_A_NOTE: Final = (FILE_BYTES, FILES_MOST)
KEPT_S: Final = 7 * 86_400.0
FORGOTTEN_AT_ONCE: Final = 100
PLACES_MOST: Final = 100
OF_THE_CENTRE: Final = AgentId("")  # files of canned replies: everybody sends them, and they stay


def attachments(
    hub: Hub, agent: AgentId, files: Sequence[str], source: Source | None = None
) -> tuple[Attachment, ...]:
    """The files of a message, if the channel takes them (None: a note).  Raises `RefusedError`."""
    if not files:
        return ()
    limit, most = (source.file_limit_bytes, source.files_most) if source is not None else _OF_A_NOTE
    if source is not None and not limit:
        raise RefusedError(f"{source.name} takes no files.", code="no_files")
    if len(files) > most:
        raise RefusedError(f"At most {most} files go with one message.", code="too_many")
    found = []
    for key in dict.fromkeys(files):
        file = hub.store.upload(key)
        if file is None or file.agent not in {agent, OF_THE_CENTRE}:
            raise RefusedError("A file is not there any more. Attach it again.", code="unknown_file")
        if file.size_bytes > limit:
            said = f"The file {file.name} is too large: {_megabytes(limit)} at most."
            raise RefusedError(said, code="too_large")
        if source is not None and source.file_types and file.media_type not in source.file_types:
            raise RefusedError(f"{source.name} does not take {file.name}.", code="bad_type")
        found.append(
            Attachment(id=file.blob, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes)
        )
    together = source.files_bytes if source is not None else 0
    if together and sum(file.size_bytes for file in found) > together:
        said = f"The files are too large together: {_megabytes(together)} at most."
        raise RefusedError(said, code="too_large")
    return tuple(found)


def file_routes(hub: Hub, who: Callable[[web.Request], AgentId | None]) -> list[web.RouteDef]:
    """`POST /api/v1/files`: the bytes as they are; the name percent-encoded in `X-File-Name`.

    `GET /api/v1/attachments/ID`: the bytes of a file, always as a download.
    """

    async def take(request: web.Request) -> web.Response:
        agent = who(request)
        if agent is None:
            return _trouble(401, "bad_token", "Sign in first.")
        name = _name(unquote(request.headers.get("X-File-Name", "")))
        if why := programs.refused(name, request.content_type):
            return _trouble(415, "bad_type", f"{name} is not sent. {why}")
        data = await bodies.read(request, FILE_BYTES)
        if data is None:
            return _trouble(413, "too_large", f"A file has at most {_megabytes(FILE_BYTES)}.")
        if not data:
            return _trouble(400, "empty", f"{name} is empty.")
        try:
            blob = await asyncio.to_thread(_blob_of, data)
            kind = request.content_type
            kept = await hub.run(lambda step: _keep(step, agent, name, kind, blob=blob, data=data))
        except AgentDesktopError as error:
            return _trouble(507, "not_kept", str(error))
        answer = {
            "id": kept.id,
            "name": kept.name,
            "media_type": kept.media_type,
            "size_bytes": kept.size_bytes,
        }
        return web.json_response(answer, status=201)

    async def give(request: web.Request) -> web.Response:
        agent, key = who(request), request.match_info["id"]
        if agent is None:
            return _trouble(401, "bad_token", "Sign in first.")
        if key.startswith(BLOCKED_BLOB):
            return _trouble(403, "blocked_attachment", "This file can run programs and is not handed out.")
        data = await hub.store.file(key) if await _may_have(hub, agent, key) else None
        if data is None:
            said = "There is no such file in a conversation that you may see."
            return _trouble(404, "unknown_attachment", said)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=data, content_type="application/octet-stream", headers=headers)

    return [web.post(PATH, take), web.get(OUT, give)]


async def _may_have(hub: Hub, agent: AgentId, key: str) -> bool:
    """Whether the bytes are of a conversation that the agent may see, or were handed in by the agent."""
    known = hub.tables.agents.get(agent)
    if known is None or not key.isascii():
        return False
    queues = None if can(known.role, "see_conversation", own=False, in_queue=False) else known.queues
    for most in (1, PLACES_MOST):  # the first one is nearly always enough, and costs least
        places = await hub.store.file_places(key, agent, queues, limit=most)
        if any(may_see(hub, known, place) for place in places):
            return True
    return hub.store.handed_in(agent, key)


def _blob_of(data: bytes) -> str:
    """What the bytes are called; of large files this takes its time."""
    return f"b-{hashlib.sha256(data).hexdigest()}"


def _keep(step: Step, agent: AgentId, name: str, media_type: str, *, blob: str, data: bytes) -> Upload:
    kept = Upload(
        id=step.new_id("f"),
        agent=agent,
        name=name,
        media_type=media_type,
        blob=blob,
        size_bytes=len(data),
        at=step.now,
    )
    step.changes.blobs[blob] = data
    step.changes.uploads[kept.id] = kept
    forgotten(step)
    return kept


async def laid_out(store: Store, centre: Centre, now: Instant) -> None:
    """Keep the files of canned replies, once; one that cannot be read is left out."""
    for file in (file for template in centre.templates for file in template.files):
        if store.upload(file.id) is not None:
            continue
        try:
            data = await asyncio.to_thread(Path(file.path).read_bytes)
        except OSError as error:
            log.warning("the file %s of a canned reply cannot be read: %s", file.path, error)
            continue
        kept = Upload(
            id=file.id,
            agent=OF_THE_CENTRE,
            name=file.name,
            media_type=file.media_type,
            blob=await asyncio.to_thread(_blob_of, data),
            size_bytes=len(data),
            at=now,
        )
        await store.commit(Changes(blobs={kept.blob: data}, uploads={kept.id: kept}))


def forgotten(step: Step) -> None:
    """Let the names go of files that no message took for long."""
    for old in step.hub.store.uploads_before(Instant(step.now - KEPT_S), FORGOTTEN_AT_ONCE):
        step.changes.uploads[old] = None


def _name(said: str) -> str:
    """A file's name as one safe line: no folders, no control characters."""
    last = said.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    return plain[:NAME_LETTERS] or "file"


def _megabytes(size: int) -> str:
    return f"{size // 1_000_000} MB"


def _trouble(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)
