"""Recordings over HTTP: decrypted on the way out, for those who may hear them, with an audit entry.

`GET /api/v1/interactions/ID/recordings/ID` with the session's token; `Range` works, so that a player can
seek.  What was changed on the disk is an error, never noise; an erased recording says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web

from agent_desktop.domain.interaction import ActNoted, Interaction
from agent_desktop.domain.permissions import can
from agent_desktop.domain.types import AgentId, InteractionId
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.vault import VaultError, VaultReader, key_path
from agent_desktop.server.hub import Hub

PATH: Final = "/api/v1/interactions/{interaction}/recordings/{recording}"
Keys = Callable[[], MasterKeys]


def recording_routes(
    hub: Hub, who: Callable[[web.Request], AgentId | None], keys: Keys
) -> list[web.RouteDef]:
    """The one page; `who` reads the session of a request."""

    async def play(request: web.Request) -> web.StreamResponse:
        agent = who(request)
        if agent is None:
            return _trouble(401, "bad_token", "Sign in first.")
        key = InteractionId(request.match_info["interaction"])
        found = hub.tables.interactions.get(key) or hub.store.interaction(key)
        wanted = request.match_info["recording"]
        kept = next((r for r in found.recordings if r.id == wanted), None) if found else None
        if found is None or kept is None or not kept.path:
            return _trouble(404, "unknown_recording", "There is no such recording.")
        if not can(hub.tables.agents[agent].role, "hear_recording", own=_is_own(hub, agent, found)):
            return _trouble(403, "not_allowed", "You may not hear this recording.")
        try:
            reader = await asyncio.to_thread(VaultReader, Path(kept.path), keys())
        except (OSError, VaultError) as error:
            if not key_path(Path(kept.path)).exists():
                return _trouble(410, "erased", "The recording was erased.")
            return _trouble(404, "unreadable", f"The recording cannot be read: {error}")
        with reader:
            try:
                part = _part(request, reader.size)
            except ValueError:
                return _trouble(416, "bad_range", "That part of the recording does not exist.")
            if not part.start:  # once for each time that it is played
                heard = partial(ActNoted, interaction=key, by=agent, act="recording_heard", detail=kept.id)
                await hub.run(lambda step: step.note(heard(at=step.now)))
            return await _send(request, reader, part)

    return [web.get(PATH, play)]


def _part(request: web.Request, size: int) -> range:
    """The bytes that are asked for.  Raises `ValueError` for those that do not exist."""
    asked = request.http_range
    part = range(*slice(asked.start, asked.stop).indices(size))
    if "Range" in request.headers and not part:
        raise ValueError(f"{asked} of {size}")
    return part


async def _send(request: web.Request, reader: VaultReader, part: range) -> web.StreamResponse:
    ranged = "Range" in request.headers
    answer = web.StreamResponse(
        status=206 if ranged else 200,
        headers={
            "Content-Type": "audio/ogg",
            "Content-Length": str(len(part)),
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
    if ranged:
        answer.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{reader.size}"
    if reader.cut_short:
        answer.headers["X-Cut-Short"] = "yes"
    await answer.prepare(request)
    pieces = reader.stream(part.start, len(part))
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await answer.write(piece)
    await answer.write_eof()
    return answer


def _is_own(hub: Hub, agent: AgentId, interaction: Interaction) -> bool:
    """The agent's own call; a message that a caller left is heard by whoever serves its queue."""
    if interaction.agent == agent:
        return True
    left = any(r.kind == "voicemail" for r in interaction.recordings)
    return left and interaction.queue in hub.tables.agents[agent].queues


def _trouble(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"code": code, "message": message}, status=status)
