"""`agent-desktop server --config FILE`: the router as a process of its own.

It reads `centre.toml`, opens the record, starts the switch (or finds the one that still runs), opens its
doors and works until SIGTERM.  Calls that are up go on at the switch when the router stops.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import ssl
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from agent_desktop import logs
from agent_desktop.domain.centre import Centre
from agent_desktop.errors import AgentDesktopError, ConfigError
from agent_desktop.ports.channels import Channel
from agent_desktop.ports.storage import Store
from agent_desktop.server import tomlfile
from agent_desktop.server.adapters import messaging_channels
from agent_desktop.server.beside import settled
from agent_desktop.server.channels.email.channel import EmailChannel
from agent_desktop.server.channels.email.listener import MailListener
from agent_desktop.server.channels.webchat.channel import WebChatChannel
from agent_desktop.server.config import ServerSettings, centre_of
from agent_desktop.server.exchange import EmbeddedExchange
from agent_desktop.server.router import Doors, Router
from agent_desktop.server.storage.reserve import RESERVE_BYTES
from agent_desktop.server.storage.store import open_store
from agent_desktop.server.web.chat import chat_routes
from agent_desktop.server.web.help import Way, help_routes
from agent_desktop.server.web.hooks import hook_routes
from agent_desktop.server.web.security import protect

log = logging.getLogger(__name__)


def main(args: argparse.Namespace) -> int:
    """Run the router until it is told to stop."""
    config = Path(args.config)
    document = tomlfile.read(config)
    centre, settings = centre_of(document)
    data = Path(args.data) if getattr(args, "data", None) else Path(settings.data or config.parent / "data")
    data.mkdir(parents=True, exist_ok=True)
    logs.configure("server", data=data)
    return asyncio.run(_run(centre, settings, data, document.text))


async def _run(centre: Centre, settings: ServerSettings, data: Path, text: str) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT"):
        if hasattr(signal, name):
            loop.add_signal_handler(getattr(signal, name), stopped.set)
    router, listener = build(centre, settings, data, text)
    try:
        await router.start()
        await listener.start(router.intake)
        settled()
        log.info("router ready", extra={"port": router.port})
        await stopped.wait()
    except OSError as error:
        raise AgentDesktopError(_door_trouble(error, settings)) from error
    finally:
        await listener.stop()
        await router.stop()
    return 0


def build(
    centre: Centre, settings: ServerSettings, data: Path, text: str = ""
) -> tuple[Router, MailListener]:
    """Join a router and its mail listener from a configuration; nothing runs yet.

    `text` is the file that says it: it goes into the record, where replay finds it.
    """
    store = open_store(data / "record.db", reserve_bytes=RESERVE_BYTES)
    exchange = EmbeddedExchange(data, _switch_arguments(settings, data))

    async def read_file(key: str) -> bytes:
        return await store.file(key) or b""

    chats = [WebChatChannel(site, read_file=read_file) for site in centre.chats]
    mails = [EmailChannel(mailbox, read_file=read_file) for mailbox in centre.mailboxes]
    listener = MailListener(
        settings.smtp_host,
        settings.smtp_port,
        centre.mailboxes,
        lmtp_port=settings.lmtp_port,
        tls=mail_certificate(settings),
        tls_required=settings.smtp_tls_required,
    )
    messaging = messaging_channels(centre, read_file)
    channels: Sequence[Channel] = [*mails, *chats, *messaging]
    router = Router(
        store=store,
        centre=centre,
        doors=Doors(
            http_host=settings.http_host,
            http_port=settings.http_port,
            sip=f"{settings.sip_host}:{settings.sip_port}",
        ),
        exchange=exchange,
        config_text=text,
        recordings=data / "recordings",
        channels=channels,
        web_routes=[*_pages(centre, store, chats), *hook_routes(messaging)],
        protect=protect,
    )
    return router, listener


def mail_certificate(settings: ServerSettings) -> ssl.SSLContext | None:
    """What mail servers that hand over are shown; raises `ConfigError`."""
    if not settings.smtp_certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.smtp_certificate, settings.smtp_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"The certificate {settings.smtp_certificate} and its key {settings.smtp_key} do not fit. "
            "Check smtp_certificate and smtp_key.",
            key="smtp_certificate",
        ) from error
    return context


def _pages(centre: Centre, store: Store, chats: Sequence[WebChatChannel]) -> list[web.RouteDef]:
    ways = [Way(label=f"Write to {m.address}", href=f"mailto:{m.address}") for m in centre.mailboxes]
    ways += [Way(label=f"Call {n.number}", href=f"tel:{n.number}") for n in centre.numbers[:1]]
    chat = chats[0].id if chats else None
    return [*chat_routes(chats), *help_routes(lambda: store, firm=centre.name, ways=ways, chat=chat)]


def _switch_arguments(settings: ServerSettings, data: Path) -> list[str]:
    return [
        "switch",
        f"--data={data}",
        f"--sip-host={settings.sip_host}",
        f"--sip-port={settings.sip_port}",
        f"--sip-tls-port={settings.sip_tls_port}",
        f"--first-rtp-port={settings.rtp_first}",
        f"--last-rtp-port={settings.rtp_last}",
    ]


def _door_trouble(error: OSError, settings: ServerSettings) -> str:
    return (
        f"The router could not listen ({error.strerror or error}). "
        f"Is another program using port {settings.http_port} or {settings.smtp_port}? "
        "Choose other ports under [server] in the configuration."
    )
