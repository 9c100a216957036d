"""What the router tells the switch about the centre: phones, trunks, routes, limits, keys.

Part of the link in `wire.switch`; sent as a whole in `SetDirectory`, and whole again when it changes.
"""

from __future__ import annotations

from agent_desktop.wire.model import Model


class Extension(Model, frozen=True, kw_only=True):
    """An agent's phone that may register; `ha1` is MD5(user:realm:password), `ha1_sha256` its sister."""

    extension: str
    agent: str
    name: str = ""
    ha1: str = ""
    ha1_sha256: str = ""


class Trunk(Model, frozen=True, kw_only=True):
    """A way to the telephone network: a provider's server, or another exchange.

    With `register` the switch registers there as `user`; calls that come from `host` (or over a
    connection to it) are the trunk's.  A challenge is answered to `realm` alone; empty: to the first
    realm that this trunk's own registration named.
    """

    id: str
    host: str
    port: int = 5060
    transport: str = "udp"  # udp, tcp, tls
    user: str = ""
    password: str = ""
    realm: str = ""
    register: bool = False
    expires_s: int = 300
    codecs: tuple[str, ...] = ()
    srtp: str = "off"  # off, optional, mandatory
    ca_file: str = ""
    fingerprint: str = ""  # SHA-256 of its certificate
    caller_id: str = ""  # sent when a call names none
    most_calls: int = 30
    text: bool = True  # real-time text is offered in calls that go out over it


class OutboundRoute(Model, frozen=True, kw_only=True):
    """Numbers that begin with `prefix` go by these trunks, in order; the longest prefix wins.

    `strip` digits are taken away in front, then `prepend` is put there.
    """

    prefix: str
    trunks: tuple[str, ...]
    strip: int = 0
    prepend: str = ""


class DialLimits(Model, frozen=True, kw_only=True):
    """Against toll fraud: where may be called, and how much of it.  0 is no limit.

    `allowed` and `refused` are prefixes, the longest that fits decides; nothing allowed: everything is
    that is not refused.  `emergency` numbers are always allowed.  `prices` are (prefix, cost per minute);
    `per_day` is the most that any 24 hours may cost, in the same unit.
    """

    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ("112", "911", "999", "110")
    calls_per_agent: int = 2
    dials_per_agent_hour: int = 60
    minutes_per_call: float = 0.0
    prices: tuple[tuple[str, float], ...] = ()
    per_day: float = 0.0


class ExchangeSettings(Model, frozen=True, kw_only=True):
    """How the exchange speaks: codecs in order, encryption of sound, certificates, voices."""

    codecs: tuple[str, ...] = ("opus", "G722", "PCMU", "PCMA")
    srtp: str = "optional"
    session_timer_s: int = 1800
    voices: tuple[tuple[str, str], ...] = ()  # language, the voice that speaks it
    echo_number: str = ""
    hold_music: bool = True
