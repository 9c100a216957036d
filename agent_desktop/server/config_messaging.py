"""`[sms.NAME]` and `[social.NAME]` in `centre.toml`: numbers for text messages, and social accounts.

Secrets stand in files of their own, never in `centre.toml`.  What a provider does not need is a problem
that is told, and what it needs and is missing too: a channel that could never work is found before it starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from agent_desktop.domain import messaging
from agent_desktop.domain.centre import Queue
from agent_desktop.domain.medium import SMS, SOCIAL
from agent_desktop.domain.messaging import SmsNumber, SocialAccount
from agent_desktop.domain.sources import LONGEST_UNDO_S, OWNERSHIP
from agent_desktop.domain.types import ChannelId, MediumId, QueueId, Seconds
from agent_desktop.server.tomlfile import Table

API_URLS: Final = dict.fromkeys(messaging.META, "https://graph.facebook.com/v21.0") | {
    messaging.TELEGRAM: "https://api.telegram.org",
    messaging.MASTODON: "",  # every server is its own
}
NEEDS: Final = {
    messaging.TWILIO: ("account", "secret_file", "webhook_url"),
    messaging.SMPP: ("host", "system_id", "password_file"),
    **dict.fromkeys(messaging.META, ("account", "token_file", "secret_file", "verify_file")),
    messaging.TELEGRAM: ("token_file", "secret_file"),
    messaging.MASTODON: ("account", "token_file", "api_url"),
}
ALSO: Final = {
    messaging.TWILIO: ("api_url", "media_hosts", "mms"),
    messaging.SMPP: ("port", "tls", "system_type", "window"),
    **dict.fromkeys(messaging.META, ("api_url",)),
    messaging.TELEGRAM: ("account", "api_url"),
    messaging.MASTODON: (),
}
_NUMBER: Final = re.compile(r"\+[0-9]{4,15}|[0-9]{3,8}|[A-Za-z0-9 ]{3,11}")
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?")
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


def queue_for(table: Table, medium: MediumId, queues: Mapping[QueueId, Queue]) -> QueueId:
    """The queue that a channel feeds; it must take the channel's medium."""
    queue = QueueId(table.text("queue", None, choices=queues))
    if queue in queues and medium not in queues[queue].media:
        table.blame("queue", f"the queue {queue!r} does not take {medium}.")
    return queue


def number(key: str, table: Table, queues: Mapping[QueueId, Queue]) -> SmsNumber:
    """One number for text messages."""
    provider = table.text("provider", messaging.TWILIO, choices=messaging.SMS_PROVIDERS)
    plain = SmsNumber(id=ChannelId(key), number="", queue=QueueId(""))
    made = SmsNumber(
        id=ChannelId(key),
        number=table.match("number", _NUMBER, "a number such as +4712345678 or a short code", None),
        queue=queue_for(table, SMS, queues),
        provider=provider,
        name=table.text("name", most=100),
        ownership=table.text("ownership", "assignee", choices=OWNERSHIP),
        undo_s=Seconds(table.number("undo_s", 0.0, least=0.0, most=LONGEST_UNDO_S)),
        account=table.match("account", re.compile(r"[A-Za-z0-9]+"), "an account's SID"),
        secret_file=table.file("secret_file"),
        api_url=_url(table, "api_url", plain.api_url),
        webhook_url=_url(table, "webhook_url", ""),
        media_hosts=_hosts(table) or plain.media_hosts,
        mms=table.flag("mms", default=False),
        host=table.text("host", most=255),
        port=table.whole("port", plain.port, least=1, most=65_535),
        tls=table.flag("tls", default=False),
        system_id=table.text("system_id", most=15),  # SMPP 3.4, section 4.1.1
        system_type=table.text("system_type", most=12),
        password_file=table.file("password_file"),
        window=table.whole("window", plain.window, least=1, most=100),
    )
    _fits(table, provider, {messaging.TWILIO, messaging.SMPP})
    table.done()
    return made


def account(key: str, table: Table, queues: Mapping[QueueId, Queue]) -> SocialAccount:
    """One social account."""
    provider = table.text("provider", None, choices=messaging.SOCIAL_PROVIDERS)
    made = SocialAccount(
        id=ChannelId(key),
        provider=provider or messaging.TELEGRAM,
        queue=queue_for(table, SOCIAL, queues),
        account=table.text("account", most=200),
        name=table.text("name", most=100),
        ownership=table.text("ownership", "assignee", choices=OWNERSHIP),
        undo_s=Seconds(table.number("undo_s", 0.0, least=0.0, most=LONGEST_UNDO_S)),
        token_file=table.file("token_file"),
        secret_file=table.file("secret_file"),
        verify_file=table.file("verify_file"),
        api_url=_url(table, "api_url", API_URLS.get(provider, "")),
    )
    if provider:
        _fits(table, provider, set(messaging.SOCIAL_PROVIDERS))
    table.done()
    return made


def _fits(table: Table, provider: str, others: set[str]) -> None:
    """Blame what the provider needs and has not, and what only others have."""
    for key in NEEDS[provider]:
        if not table.has(key):
            table.blame("", f"{provider} needs {key}.")
    own = {*NEEDS[provider], *ALSO[provider]}
    for key in sorted({key for other in others for key in (*NEEDS[other], *ALSO[other])} - own):
        if table.has(key):
            table.blame(key, f"{provider} has no use for this.")


def _url(table: Table, key: str, default: str) -> str:
    """A web address: by https, but for a computer's own."""
    value = table.text(key, default, most=500)
    if not value or value == default:
        return value
    try:
        parts = urlsplit(value)
        good = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        )
    except ValueError:
        good = False
    if not good:
        table.blame(key, f"{value!r} is not an address such as https://www.example.com.")
    return value.rstrip("/") if key == "api_url" else value


def _hosts(table: Table) -> tuple[str, ...]:
    found = table.texts("media_hosts")
    for place, host in enumerate(found):
        if _HOST.fullmatch(host) is None:
            table.document.blame((*table.where, "media_hosts", place), f"{host!r} is not the name of a host.")
    return found
