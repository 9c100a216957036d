"""The switch's own certificate, so that a small centre has encrypted signalling without asking anybody.

Made at the first start: an elliptic key (P-256) and a certificate that it signs itself, in one file of the
data folder that only its owner can read.  No authority vouches for it; the router gives its fingerprint to
the phones, which believe this one certificate and no other.  A centre that has a certificate of its own
names it in the settings.

Rules: the file appears whole or not at all; one that cannot be read, or is nearly out of date, is made anew,
and the phones are given the new fingerprint with their next sign-in.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent_desktop.errors import ConfigError

log = logging.getLogger(__name__)

FILE: Final = "switch-tls.pem"
LIFETIME: Final = dt.timedelta(days=3650)
_RENEWED: Final = dt.timedelta(days=30)
_NAME: Final = "agent-desktop switch"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the certificate and its key are, and the SHA-256 fingerprint in hexadecimal."""

    file: Path
    key_file: Path
    fingerprint: str


def of_centre(certificate: str, key: str) -> Certificate:
    """The certificate that the settings name.  ConfigError when it cannot be read."""
    path = Path(certificate)
    return Certificate(path, Path(key) if key else path, _fingerprint(_read(path)))


def of_switch(folder: Path, hosts: Iterable[str], now: dt.datetime) -> Certificate:
    """Our own, made if it is not there, or no good any more.  OSError when it cannot be kept."""
    path = folder / FILE
    try:
        known = _read(path)
        if known.not_valid_after_utc - now > _RENEWED and known.not_valid_before_utc <= now:
            return Certificate(path, path, _fingerprint(known))
        log.warning("the certificate of the switch is nearly out of date and is made anew")
    except ConfigError as error:
        if path.exists():
            log.warning("the certificate of the switch is made anew: %s", error)
    made = _make(path, hosts, now)
    return Certificate(path, path, _fingerprint(made))


def _read(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"The certificate {path} cannot be read.") from error


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _make(path: Path, hosts: Iterable[str], now: dt.datetime) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))  # a phone's clock may be late
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _keep(path, private + certificate.public_bytes(serialization.Encoding.PEM))
    log.info("the switch has a certificate", extra={"fingerprint": _fingerprint(certificate)})
    return certificate


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
