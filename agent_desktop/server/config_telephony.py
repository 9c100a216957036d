"""The telephone part of `centre.toml`: trunks, routes, limits against toll fraud, how the exchange speaks."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from agent_desktop.domain.dialling import EMERGENCY, Limits
from agent_desktop.domain.telephony import CODECS, SRTP, TRANSPORTS, Exchange, Route, Trunk
from agent_desktop.domain.types import Seconds
from agent_desktop.server.tomlfile import Table

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"\+?[0-9*#]{0,15}")
_FINGERPRINT: Final = re.compile(r"([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
_DIGITS: Final = re.compile(r"\+?[0-9*#]{2,15}")
_PREFIX_WORDS: Final = "the beginning of a number: digits, '+' in front if international"


def trunk(key: str, table: Table) -> Trunk:
    """One trunk."""
    plain = Trunk(id=key, host="")
    made = Trunk(
        id=key,
        host=table.match("host", _HOST, "a host name or address", None),
        transport=table.text("transport", plain.transport, choices=TRANSPORTS),
        port=table.whole("port", 5061 if table.text("transport") == "tls" else 5060, least=1, most=65_535),
        user=table.text("user", most=100),
        password_file=table.file("password_file"),
        realm=table.text("realm", most=100),
        register=table.flag("register", default=False),
        expires_s=table.whole("expires_s", plain.expires_s, least=60, most=7200),
        codecs=table.texts("codecs", choices=CODECS),
        srtp=table.text("srtp", plain.srtp, choices=SRTP),
        ca_file=table.file("ca_file"),
        fingerprint=table.match("fingerprint", _FINGERPRINT, "a SHA-256 fingerprint: 64 hexadecimal digits"),
        caller_id=table.match("caller_id", _DIGITS, "a number"),
        most_calls=table.whole("most_calls", plain.most_calls, least=1, most=10_000),
        text=table.flag("text", default=plain.text),
    )
    if made.register and not (made.user and made.password_file):
        table.blame("register", "to register, the trunk needs a user and a password_file.")
    if made.srtp == "mandatory" and made.transport != "tls":
        table.blame("srtp", 'keys of encrypted sound are only secret over transport = "tls".')
    table.done()
    return made


def route(table: Table, trunks: Collection[str]) -> Route:
    """One route."""
    made = Route(
        prefix=table.match("prefix", _PREFIX, _PREFIX_WORDS),
        trunks=table.texts("trunks", choices=trunks),
        strip=table.whole("strip", 0, least=0, most=15),
        prepend=table.match("prepend", _PREFIX, _PREFIX_WORDS),
    )
    if not made.trunks:
        table.blame("trunks", "name one trunk or more.")
    table.done()
    return made


def limits(table: Table) -> Limits:
    """Where may be called, how often and for how much; without the table the careful defaults."""
    plain = Limits()
    made = Limits(
        allowed=_prefixes(table, "allowed"),
        refused=_prefixes(table, "refused"),
        emergency=_prefixes(table, "emergency") if table.has("emergency") else EMERGENCY,
        calls_per_agent=table.whole("calls_per_agent", 2, least=0, most=100),
        dials_per_agent_hour=table.whole("dials_per_agent_hour", 60, least=0, most=10_000),
        minutes_per_call=table.number("minutes_per_call", plain.minutes_per_call, most=1440),
        prices=tuple(_price(row) for row in table.rows("prices")),
        per_day=table.number("per_day", plain.per_day, most=1_000_000),
    )
    if made.per_day and not made.prices:
        table.blame("per_day", "a limit of money needs prices: [[limits.prices]] prefix, per_minute.")
    table.done()
    return made


def exchange(table: Table) -> Exchange:
    """How the exchange speaks."""
    plain = Exchange()
    voices = table.table("voices")
    made = Exchange(
        codecs=table.texts("codecs", choices=CODECS) or plain.codecs,
        srtp=table.text("srtp", plain.srtp, choices=SRTP),
        session_timer_s=Seconds(table.number("session_timer_s", plain.session_timer_s, least=90)),
        voices=tuple((language, voices.text(language, None, most=100)) for language in voices.names()),
        echo_number=table.match("echo_number", _DIGITS, "a number"),
        phones=table.text("phones", plain.phones, choices=TRANSPORTS),
    )
    if made.srtp == "mandatory" and made.phones != "tls":
        table.blame("srtp", 'keys of encrypted sound are only secret over phones = "tls".')
    voices.done()
    table.done()
    return made


def _prefixes(table: Table, key: str) -> tuple[str, ...]:
    found = table.texts(key)
    for place, prefix in enumerate(found):
        if _PREFIX.fullmatch(prefix) is None or not prefix:
            table.document.blame((*table.where, key, place), f"{prefix!r} is not {_PREFIX_WORDS}.")
    return found


def _price(table: Table) -> tuple[str, float]:
    prefix = table.match("prefix", _PREFIX, _PREFIX_WORDS)
    price = table.number("per_minute", 0.0, most=1000)
    table.done()
    return prefix, price
