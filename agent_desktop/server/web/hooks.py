"""The providers' doors: `POST /hooks/sms/PROVIDER` and `/hooks/social/PROVIDER`, with `GET` to verify them.

Every channel of a provider looks at a request, for one application may serve several pages; when none
knows the signature it is refused (403).  200 is said after the commit alone: 503 makes the provider send it
again.  A body has 1 MB at most and is never unpacked, so that a small one cannot become a large one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiohttp import web

from agent_desktop.domain.medium import SMS, SOCIAL
from agent_desktop.domain.messaging import META
from agent_desktop.errors import AgentDesktopError
from agent_desktop.ports.channels import Channel
from agent_desktop.ports.hooks import ForeignError, HookAnswer, Hooked, HookRequest

BODY_BYTES: Final = 1 << 20
RETRY_AFTER_S: Final = 30
# One application of Meta's serves all its products, by one address if its owner likes.
TOGETHER: Final = {"meta": META}

log = logging.getLogger(__name__)


def hook_routes(channels: Sequence[Channel]) -> list[web.RouteDef]:
    """The doors of these channels; an unknown provider finds none (404)."""
    routes = []
    for medium in (SMS, SOCIAL):
        path = f"/hooks/{medium}/{{provider}}"
        handler = _handler([one for one in channels if one.medium == medium and isinstance(one, Hooked)])
        routes += [web.post(path, handler), web.get(path, handler, allow_head=False)]
    return routes


def _handler(channels: Sequence[Hooked]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        provider = request.match_info["provider"]
        known = TOGETHER.get(provider, (provider,))
        asked = [channel for channel in channels if channel.provider in known]
        if not asked:
            return web.Response(status=404, text="Nothing is configured here.")
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            return web.Response(status=415, text="Send it unpacked.")
        told = await _read(request)
        if told is None:
            return web.Response(status=413, text="A request has 1 MB at most.")
        return await _answer(asked, told)

    return handle


async def _read(request: web.Request) -> HookRequest | None:
    if (request.content_length or 0) > BODY_BYTES:
        return None
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    if len(body) > BODY_BYTES:
        return None
    return HookRequest(
        method=request.method,
        query=dict(request.query),
        query_string=request.rel_url.raw_query_string,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )


async def _answer(asked: Sequence[Hooked], told: HookRequest) -> web.Response:
    answers: list[HookAnswer] = []
    for channel in asked:
        try:
            answers.append(await channel.hooked(told))
        except ForeignError as error:
            log.info("a request is refused", extra={"provider": channel.provider, "why": str(error)})
        except AgentDesktopError as error:
            log.warning("what a provider told is not kept yet: %s", error)
            return web.Response(
                status=503, text="Not kept. Send it again.", headers={"Retry-After": str(RETRY_AFTER_S)}
            )
    if not answers:
        return web.Response(status=403, text="The signature is not right.")
    best = max(answers, key=lambda one: (one.status, one.data, one.body))
    if best.data:
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return web.Response(body=best.data, content_type=best.content_type, headers=headers)
    return web.Response(status=best.status, text=best.body, content_type=best.content_type)
