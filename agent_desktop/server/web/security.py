"""What every answer of the router's web side says to the browser: run nothing, frame nothing, leak nothing.

`protect(application)` puts the headers on every answer, errors and files too; a handler that sets one of
them itself (the widget, which other sites load) keeps its own.  OWASP Secure Headers Project; CSP Level 3.
"""

from __future__ import annotations

from aiohttp import web

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def protect(application: web.Application) -> None:
    """Put the security headers on every answer of an application."""
    application.on_response_prepare.append(add_headers)


async def add_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Add what the handler has not set; say nothing of the program behind."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.secure:
        for name, value in OVER_TLS.items():
            response.headers.setdefault(name, value)
    response.headers["Server"] = "agent-desktop"
