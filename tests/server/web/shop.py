"""Another firm's page that carries the widget, on a port and an origin of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from aiohttp import web


@contextlib.asynccontextmanager
async def strict_shop(server: Any) -> AsyncIterator[str]:
    """Another firm's page with the widget, whose policy allows what the widget says it needs."""
    policy = (
        f"default-src 'none'; script-src {server.url}; style-src 'none'; base-uri 'none'; "
        "form-action 'none'; "
        f"connect-src ws://127.0.0.1:{server.port} {server.url}; require-trusted-types-for 'script'"
    )
    text = (
        "<!doctype html><html lang=ar dir=rtl><title>A shop</title><body><p>Lamps</p>"
        f'<script src="{server.url}/chat/widget.js" data-site="demo" data-theme="dark" async></script>'
    )

    async def shop(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    other = web.Application()
    other.router.add_get("/shop", shop)
    runner = web.AppRunner(other, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    server.channel.site = replace(server.channel.site, origins=(origin,))
    try:
        yield f"{origin}/shop"
    finally:
        await runner.cleanup()
