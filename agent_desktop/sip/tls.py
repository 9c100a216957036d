"""TLS for SIP (RFC 3261 section 26, RFC 5922): whom we believe, and why not, in words.

Three ways to trust a telephone server: the system's authorities (the usual one), a private authority's file,
or the SHA-256 fingerprints of certificates, for a small centre whose exchange made its own.  A pinned
certificate is believed whoever signed it and whatever name it bears; any other is refused.  Nothing turns
verification off (trap T14).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import ssl
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import ConfigError

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_EXPIRED, _NOT_YET, _WRONG_NAME, _WRONG_IP = 10, 9, 62, 64
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21, 24, 27})


class PinMismatchError(ssl.SSLError):
    """The server showed another certificate than the pinned ones."""


@dataclass(frozen=True, slots=True)
class TlsTrust:
    """Whom we connect to, and what we show of ourselves when asked.

    `pins` are SHA-256 fingerprints as `openssl x509 -fingerprint -sha256` prints them; with any of them
    `ca_file` is not asked.  `certificate_file` (with `key_file`, or both in one) is our own.
    """

    ca_file: str = ""
    pins: tuple[str, ...] = ()
    certificate_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pins", tuple(read_fingerprint(pin) for pin in self.pins))


def read_fingerprint(text: str) -> str:
    """A fingerprint in one spelling; ConfigError for what is none."""
    found = re.sub(r"[:\s-]", "", text.lower().removeprefix("sha-256").removeprefix("sha256"))
    if not _HEX.fullmatch(found):
        raise ConfigError("A fingerprint of a certificate is 64 digits and letters a to f (SHA-256).")
    return found


def fingerprint_of(certificate: bytes) -> str:
    """The fingerprint of a certificate in DER."""
    return hashlib.sha256(certificate).hexdigest()


def client_context(trust: TlsTrust) -> ssl.SSLContext:
    """For connections that we open.  ConfigError when a file is missing or is none."""
    try:
        context = ssl.create_default_context(cafile=trust.ca_file or None)
        if trust.certificate_file:
            context.load_cert_chain(trust.certificate_file, trust.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"A certificate file cannot be used: {_plain(error)}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.pins:
        # The fingerprint is compared as soon as the handshake is done, before a byte of SIP is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_context(certificate_file: str, key_file: str = "", *, client_ca_file: str = "") -> ssl.SSLContext:
    """For connections that we take; with `client_ca_file` only from who shows a certificate of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate_file, key_file or None)
        if client_ca_file:
            context.load_verify_locations(client_ca_file)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"A certificate file cannot be used: {_plain(error)}.") from error
    return context


def check_pin(pins: tuple[str, ...], certificate: bytes | None) -> None:
    """PinMismatchError when certificates are pinned and this is none of them."""
    shown = fingerprint_of(certificate or b"")
    if pins and not any(hmac.compare_digest(pin, shown) for pin in pins):
        raise PinMismatchError(shown)


def explained(error: BaseException, host: str) -> str:
    """Why there is no connection, as an agent can read it."""
    match error:
        case PinMismatchError():
            return (
                f"The telephone server {host} shows a certificate that is not the one agreed on. "
                f"Do not go on before your administrator has said that it was changed."
            )
        case ssl.SSLCertVerificationError():
            return _unbelieved(error, host)
        case ssl.SSLError():
            return f"The telephone server {host} and this telephone cannot agree on encryption (TLS)."
        case TimeoutError():
            return f"The telephone server {host} does not answer. Check the network and the address."
        case ConnectionResetError() | ConnectionAbortedError():
            return f"The telephone server {host} hung up at once. Perhaps its port for TLS is another one."
        case ConnectionRefusedError():
            return f"Nobody takes calls at {host}. Check the address and the port."
        case _:
            return f"The telephone server {host} cannot be reached: {_plain(error)}."


def _unbelieved(error: ssl.SSLCertVerificationError, host: str) -> str:
    code = error.verify_code
    if code in {_WRONG_NAME, _WRONG_IP}:
        return (
            f"The certificate of the telephone server is for another name than {host}. Check the address, or "
            f"ask your administrator."
        )
    if code == _EXPIRED:
        return f"The certificate of the telephone server {host} is out of date. Ask your administrator."
    if code == _NOT_YET:
        return (
            f"The certificate of the telephone server {host} is not valid yet. Check this computer's clock."
        )
    if code in _UNKNOWN_AUTHORITY:
        return (
            f"Nobody that this computer trusts vouches for the telephone server {host}. "
            f"Ask your administrator for the authority's certificate file or the server's fingerprint."
        )
    return f"The certificate of the telephone server {host} is not accepted: {error.verify_message}."


def _plain(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)
    return str(text).rstrip(".") or type(error).__name__
