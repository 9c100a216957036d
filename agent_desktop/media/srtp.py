"""Sound that nobody on the way can hear or change: SRTP and SRTCP (RFC 3711), keys from SDP (RFC 4568).

The work is done by libsrtp through pylibsrtp (1.4 us a packet and direction).

Rules: what fails authentication, is repeated or is no SRTP opens as None and is counted by the session;
a direction whose key stays the same keeps its state through a re-INVITE (`continuing`), because the
roll-over counter of a running stream is told by nobody again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from agent_desktop.errors import ConfigError

try:
    import pylibsrtp
except ImportError:
    pylibsrtp = None  # type: ignore[assignment]  # a phone without encryption works

_PROFILES: Final = {
    "AES_CM_128_HMAC_SHA1_80": ("SRTP_PROFILE_AES128_CM_SHA1_80", 30),
    "AES_CM_128_HMAC_SHA1_32": ("SRTP_PROFILE_AES128_CM_SHA1_32", 30),
    "AEAD_AES_128_GCM": ("SRTP_PROFILE_AEAD_AES_128_GCM", 28),
}
_WINDOW_PACKETS: Final = 128  # a late packet within 2.5 s is no replay


class Cipher(Protocol):
    """What a session needs: seals what goes out, opens what comes in (None: forged or repeated)."""

    def seal(self, packet: bytes) -> bytes: ...

    def open(self, packet: bytes) -> bytes | None: ...

    def seal_rtcp(self, packet: bytes) -> bytes: ...

    def open_rtcp(self, packet: bytes) -> bytes | None: ...

    def continuing(self, before: Cipher | None) -> Cipher:
        """Itself, with the state of `before` for a direction whose key has not changed."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class KeyParams:
    """One direction: the suite's name in SDP, and master key with salt.  It never shows its key."""

    suite: str
    key: bytes

    def __repr__(self) -> str:
        return f"KeyParams({self.suite})"


@lru_cache(maxsize=1)
def suites() -> tuple[str, ...]:
    """The suites that the library has; none without it."""
    return tuple(name for name, (_, size) in _PROFILES.items() if _works(KeyParams(name, bytes(size))))


def _works(params: KeyParams) -> bool:
    try:
        _context(params, outbound=True)
    except ConfigError:
        return False
    return True


def _context(params: KeyParams, *, outbound: bool) -> Any:
    if pylibsrtp is None:
        raise ConfigError("Encrypted sound needs pylibsrtp, which is not installed on this computer.")
    profile, size = _PROFILES.get(params.suite, ("", 0))
    if len(params.key) != size or not size:
        raise ConfigError(f"The encryption {params.suite} is not known, or its key has not {size} bytes.")
    direction = pylibsrtp.Policy.SSRC_ANY_OUTBOUND if outbound else pylibsrtp.Policy.SSRC_ANY_INBOUND
    try:
        policy = pylibsrtp.Policy(
            key=params.key, ssrc_type=direction, srtp_profile=getattr(pylibsrtp.Policy, profile)
        )
        policy.window_size = _WINDOW_PACKETS
        return pylibsrtp.Session(policy=policy)
    except (pylibsrtp.Error, AttributeError) as error:
        raise ConfigError(f"This computer cannot encrypt sound with {params.suite}: {error}.") from error


class Srtp:
    """Both directions of one stream.  Raises ConfigError for a suite or key that cannot be used."""

    __slots__ = ("opening", "receiving", "sealing", "sending")

    def __init__(self, sending: KeyParams, receiving: KeyParams) -> None:
        self.sending, self.receiving = sending, receiving
        self.sealing = _context(sending, outbound=True)
        self.opening = _context(receiving, outbound=False)

    def continuing(self, before: Cipher | None) -> Cipher:
        if isinstance(before, Srtp):
            if before.sending == self.sending:
                self.sealing = before.sealing
            if before.receiving == self.receiving:
                self.opening = before.opening
        return self

    def seal(self, packet: bytes) -> bytes:
        sealed: bytes = self.sealing.protect(packet)
        return sealed

    def open(self, packet: bytes) -> bytes | None:
        try:
            opened: bytes = self.opening.unprotect(packet)
        except (pylibsrtp.Error, ValueError):
            return None
        return opened

    def seal_rtcp(self, packet: bytes) -> bytes:
        sealed: bytes = self.sealing.protect_rtcp(packet)
        return sealed

    def open_rtcp(self, packet: bytes) -> bytes | None:
        try:
            opened: bytes = self.opening.unprotect_rtcp(packet)
        except (pylibsrtp.Error, ValueError):
            return None
        return opened
