"""Who may telephone through this switch, and under which number each agent's phone is known.

The router sends the directory: extensions with the hashes of their passwords (never a password), the
numbers that the centre answers, and the trunks.  The SIP stack asks it for hashes and slows guessing
down; this file says whose call may go where.

Rules: a call that shows an extension as its caller must prove it; a stranger may call the centre's
numbers only from this computer or from a trunk, and nothing else (toll fraud); known and unknown users
get the same answers; one extension makes at most 2 calls at once, or as many as the limits say, and 20 a
minute.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from agent_desktop.sip.accounts import Ha1
from agent_desktop.sip.address import Address
from agent_desktop.wire.switch import Extension, SetDirectory

_CALLS_AT_ONCE: Final = 2
_CALLS_PER_MINUTE: Final = 20


class Admission(Enum):
    """What becomes of a call that arrives."""

    TO_CENTRE = "to_centre"
    FROM_AGENT = "from_agent"
    CHALLENGE = "challenge"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_TRUSTED = "not_trusted"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way to the outside; with a port, calls to outside numbers leave there."""

    host: str
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """What the router said last."""

    realm: str = ""
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    trunks: tuple[Trunk, ...] = ()
    echo_number: str = ""

    def secret_of(self, user: str) -> Ha1 | None:
        known = self.extensions.get(user)
        return None if known is None else Ha1(known.ha1, known.ha1_sha256)

    def trusts(self, source: Address) -> bool:
        """The call comes from this computer or from a trunk."""
        return _is_loopback(source.host) or any(trunk.host == source.host for trunk in self.trunks)

    @property
    def way_out(self) -> Address | None:
        """Where calls to outside numbers go."""
        way = next((trunk for trunk in self.trunks if trunk.port is not None), None)
        return None if way is None or way.port is None else Address("udp", way.host, way.port)

    def admit(
        self, *, caller: str, called: str, proved: str | None, source: Address, by_trunk: bool = False
    ) -> Admission:
        """Judge a call by who it says it is, whom it wants, what it proved and whence it came.

        `by_trunk`: it came over one of the trunk accounts.
        """
        if proved is not None and proved in self.extensions:
            return Admission.TO_CENTRE if called in self.numbers else Admission.FROM_AGENT
        if caller in self.extensions:
            return Admission.CHALLENGE
        if not (by_trunk or self.trusts(source)):
            return Admission.NOT_TRUSTED
        return Admission.TO_CENTRE if called in self.numbers else Admission.UNKNOWN_NUMBER


def directory_of(command: SetDirectory) -> Directory:
    """The directory that the router sent."""
    return Directory(
        realm=command.realm,
        extensions={extension.extension: extension for extension in command.extensions},
        numbers=frozenset(command.numbers),
        trunks=tuple(_trunk(text) for text in command.trunks),
        echo_number=command.exchange.echo_number,
    )


def _trunk(text: str) -> Trunk:
    """`192.0.2.1`, `192.0.2.1:5060`, `[2001:db8::1]:5060`."""
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.startswith("[")):
        return Trunk(host.strip("[]"), int(port))
    return Trunk(text.strip("[]"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class CallCaps:
    """Keeps one extension from making more calls than a person can."""

    def __init__(self) -> None:
        self._begun: dict[str, deque[float]] = {}

    def may_call(self, extension: str, calls_up: int, now: float, at_once: int = _CALLS_AT_ONCE) -> bool:
        """Whether the extension may begin another call; if so it is counted."""
        begun = self._begun.setdefault(extension, deque())
        while begun and now - begun[0] >= 60:
            begun.popleft()
        if calls_up >= max(at_once, _CALLS_AT_ONCE) or len(begun) >= _CALLS_PER_MINUTE:
            return False
        begun.append(now)
        return True
