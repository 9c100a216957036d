"""Reading what is handed in over HTTP, up to a size."""

from __future__ import annotations

from aiohttp import web


async def read(request: web.Request, most: int) -> bytes | None:
    """The body, or None when it is larger than `most` bytes; what is too large is not held in memory."""
    if request.content_length is not None and request.content_length > most:
        return None
    taken = bytearray()
    async for piece in request.content.iter_chunked(1 << 16):
        taken += piece
        if len(taken) > most:
            return None
    return bytes(taken)
