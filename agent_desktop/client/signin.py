"""Signing in and out over HTTP: a user name and a password for a token.

`POST {server}/api/v1/sessions` with user, password and client gives token, agent and expires_at.  Every
failure is a `SignInError` whose text says what happened and what to do.  The password is in no log and in
no exception.
"""

from __future__ import annotations

import httpx

from agent_desktop import __version__
from agent_desktop.client.session import Session, SignInError, tidy_server
from agent_desktop.i18n import _, plural
from agent_desktop.links.connection import is_loopback

TIMEOUT_S = 10.0
SESSIONS = "/api/v1/sessions"


async def sign_in(server: str, user: str, password: str, *, client: str) -> Session:
    """Ask for a session.  Raises `SignInError`."""
    server = tidy_server(server)
    if not user or not password:
        raise SignInError(_("Type your user name and your password."), code="wrong_password")
    body = {"user": user, "password": password, "client": f"{client} {__version__}"}
    try:
        async with _http(server) as http:
            answer = await http.post(f"{server}{SESSIONS}", json=body)
    except httpx.TimeoutException:
        raise SignInError(
            _("The server {server} did not answer in time. Try again.", server=server), code="unreachable"
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise SignInError(
            _(
                "The server {server} cannot be reached. Check the address and your network, then try again.",
                server=server,
            ),
            code="unreachable",
        ) from None
    return _session(server, user, answer)


async def sign_out(session: Session) -> bool:
    """End the session at the server; False when it could not be told (it then ends by itself)."""
    try:
        async with _http(session.server) as http:
            answer = await http.delete(
                f"{session.server}{SESSIONS}/current", headers={"Authorization": f"Bearer {session.token}"}
            )
    except httpx.HTTPError:
        return False
    return answer.is_success


def _http(server: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_loopback(server), follow_redirects=False)


def _session(server: str, user: str, answer: httpx.Response) -> Session:
    match answer.status_code:
        case 200 | 201:
            try:
                body = answer.json()
                agent = body.get("agent", "")
                agent_id = str(agent.get("id", "")) if isinstance(agent, dict) else str(agent)
                return Session(server, user, str(body["token"]), agent_id, float(body.get("expires_at") or 0))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise SignInError(
                    _("{server} answers, but it is not a server of this program.", server=server),
                    code="failed",
                ) from None
        case 400 | 401 | 403 | 422:
            raise SignInError(
                _("The user name or the password is wrong. Check both and try again."), code="wrong_password"
            )
        case 429:
            raise SignInError(_too_many(answer.headers.get("Retry-After", "")), code="too_many")
        case 503:
            raise SignInError(
                _("The server is starting or too busy. Try again in a moment."), code="unreachable"
            )
        case 404 | 405:
            raise SignInError(
                _("{server} answers, but it is not a server of this program.", server=server), code="failed"
            )
        case status:
            raise SignInError(
                _(
                    "The server could not sign you in (status {status}). Tell your administrator.",
                    status=status,
                ),
                code="failed",
            )


def _too_many(retry_after: str) -> str:
    if not retry_after.isdecimal():
        return _("Too many tries. Wait a while, then try again.")
    return plural(
        "Too many tries. Wait {n} second, then try again.",
        "Too many tries. Wait {n} seconds, then try again.",
        int(retry_after),
    )
