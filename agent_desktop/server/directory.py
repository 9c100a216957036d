"""What the exchange is told about the centre: phones, numbers, trunks, routes, limits, how to speak."""

from __future__ import annotations

import logging
from pathlib import Path

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.telephony import Trunk
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)
REALM = "agent-desktop"  # of the agents' phones


def directory_of(centre: Centre, extensions: tuple[wire.Extension, ...]) -> wire.SetDirectory:
    """The whole of it; a trunk whose password cannot be read is told without one, and the log says so."""
    exchange, limits = centre.exchange, centre.limits
    return wire.SetDirectory(
        realm=REALM,
        extensions=extensions,
        numbers=tuple(n.number for n in centre.numbers),
        trunks=centre.trunks,
        music=centre.music,
        trunk_accounts=tuple(_trunk(trunk) for trunk in centre.trunk_accounts),
        routes=tuple(
            wire.OutboundRoute(prefix=r.prefix, trunks=r.trunks, strip=r.strip, prepend=r.prepend)
            for r in centre.routes
        ),
        limits=wire.DialLimits(
            allowed=limits.allowed,
            refused=limits.refused,
            emergency=limits.emergency,
            calls_per_agent=limits.calls_per_agent,
            dials_per_agent_hour=limits.dials_per_agent_hour,
            minutes_per_call=limits.minutes_per_call,
            prices=limits.prices,
            per_day=limits.per_day,
        ),
        exchange=wire.ExchangeSettings(
            codecs=exchange.codecs,
            srtp=exchange.srtp,
            session_timer_s=int(exchange.session_timer_s),
            voices=exchange.voices,
            echo_number=exchange.echo_number,
        ),
    )


def _trunk(trunk: Trunk) -> wire.Trunk:
    return wire.Trunk(
        id=trunk.id,
        host=trunk.host,
        port=trunk.port,
        transport=trunk.transport,
        user=trunk.user,
        password=_secret(trunk),
        realm=trunk.realm,
        register=trunk.register,
        expires_s=trunk.expires_s,
        codecs=trunk.codecs,
        srtp=trunk.srtp,
        ca_file=trunk.ca_file,
        fingerprint=trunk.fingerprint,
        caller_id=trunk.caller_id,
        most_calls=trunk.most_calls,
        text=trunk.text,
    )


def _secret(trunk: Trunk) -> str:
    if not trunk.password_file:
        return ""
    try:
        return Path(trunk.password_file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        log.warning("the password of the trunk %s cannot be read: %s", trunk.id, error)
        return ""
