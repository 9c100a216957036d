"""The files of the chat over HTTP: a visitor hands one in, and fetches those of their own conversation.

`POST /chat/files?site=ID` takes the bytes as they are: the visitor's token as bearer, the message's id in
`X-Chat-Client`, the percent-encoded name in `X-File-Name`; the answer is the protocol's `ack` or `refused`.
`GET /chat/files/KEY?site=ID` hands a file out, always as a download.  The token is never part of an
address.  Pages of other origins may ask only where the site names them (Fetch, section 3.2: CORS).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from aiohttp import web

from agent_desktop.domain.types import ChannelId
from agent_desktop.errors import AgentDesktopError
from agent_desktop.server import bodies
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.channels.webchat.connection import refused
from agent_desktop.server.channels.webchat.files import FILE_BYTES
from agent_desktop.server.channels.webchat.protocol import AckFrame, Outgoing, encode, is_client

PATH = "/chat/files"
LATER_S = 5.0
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, x-chat-client, x-file-name",
    "Access-Control-Max-Age": "600",
}
FOR_DOWNLOAD = {
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}

Admit = Callable[[web.Request, WebChatChannel], None]


def file_routes(channels: Mapping[ChannelId, WebChatChannel], admit: Admit) -> list[web.RouteDef]:
    """The routes; `admit` raises what keeps a page or an address out."""

    def channel_of(request: web.Request) -> WebChatChannel:
        channel = channels.get(ChannelId(request.query.get("site", "")))
        if channel is None:
            raise web.HTTPNotFound(text="There is no chat of this name.")
        if request.method != "GET" or request.headers.get("Origin"):
            # A browser leaves Origin out of a page's own GET only; the token is asked for either way.
            admit(request, channel)
        return channel

    async def preflight(request: web.Request) -> web.Response:
        channel_of(request)
        return web.Response(status=204, headers={**_shared(request), **PREFLIGHT})

    async def take(request: web.Request) -> web.Response:
        channel, client = channel_of(request), request.headers.get("X-Chat-Client", "")
        if not is_client(client):
            raise web.HTTPBadRequest(text="X-Chat-Client is missing.", headers=_shared(request))
        data = await bodies.read(request, FILE_BYTES)
        if data is None:
            words = f"A file has at most {FILE_BYTES // 1_000_000} MB."
            return _said(request, refused(client, "too_large", words), status=413)
        name = unquote(request.headers.get("X-File-Name", ""))
        try:
            answer = await channel.hand_in(_token(request), client, name, request.content_type, data)
        except AgentDesktopError as error:
            answer = refused(client, "not_saved", str(error), retry_s=LATER_S)
        return _said(request, answer, status=201 if isinstance(answer, AckFrame) else 409)

    async def hand_out(request: web.Request) -> web.Response:
        found = await channel_of(request).file(_token(request), request.match_info["key"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such file here.", headers=_shared(request))
        headers = {**FOR_DOWNLOAD, **_shared(request)}
        return web.Response(body=found[1], content_type="application/octet-stream", headers=headers)

    return [
        web.options(PATH, preflight),
        web.options(PATH + "/{key}", preflight),
        web.post(PATH, take),
        web.get(PATH + "/{key}", hand_out),
    ]


def _said(request: web.Request, frame: Outgoing, *, status: int) -> web.Response:
    headers = _shared(request)
    return web.Response(text=encode(frame), status=status, content_type="application/json", headers=headers)


def _shared(request: web.Request) -> dict[str, str]:
    """The page that was admitted may read the answer."""
    origin = request.headers.get("Origin", "")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} if origin else {}


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.casefold() == "bearer" else ""
