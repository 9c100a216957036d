"""DKIM: a signature of the mailbox's domain over what it sends (RFC 6376), by dkimpy (the extra `dkim`).

The key is an RSA key in PEM, of 2,048 bits as a rule; its public half stands in the domain's DNS under
`SELECTOR._domainkey`.  A key that does not work is told when the router starts, not with the first mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent_desktop.domain.centre import Mailbox
from agent_desktop.errors import ConfigError

# Signed where they are there; those of `ONCE` once more than they occur, so that no second can be added.
HEADERS: Final = (
    *(b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references"),
    *(b"mime-version", b"content-type", b"content-transfer-encoding", b"auto-submitted"),
)
ONCE: Final = (b"from", b"to", b"subject")
_TRIAL: Final = b"From: a@example.com\r\nSubject: trial\r\n\r\ntrial\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs for one domain."""

    domain: str
    selector: str
    key: bytes = field(repr=False)

    def signed(self, mail: bytes) -> bytes:
        """The mail with its signature on top; call it in a thread."""
        import dkim  # noqa: PLC0415 - an extra

        present = {line.partition(b":")[0].lower() for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        signature: bytes = dkim.sign(
            mail,
            self.selector.encode("ascii"),
            self.domain.encode("ascii"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*(name for name in HEADERS if name in present), *ONCE],
        )
        return signature + mail


def signer_of(mailbox: Mailbox) -> Signer | None:
    """Who signs for a mailbox; None when nobody does.  Raises `ConfigError` for a key that cannot work."""
    if not mailbox.dkim_key_file:
        return None
    try:
        key = Path(mailbox.dkim_key_file).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The key file {mailbox.dkim_key_file} cannot be read. Check its rights.", key="dkim_key_file"
        ) from error
    domain = mailbox.address.rpartition("@")[2].lower()
    ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    made = Signer(domain=ascii_domain, selector=mailbox.dkim_selector, key=key)
    try:
        made.signed(_TRIAL)
    except ImportError as error:
        raise ConfigError(
            "Mail is signed by the extra “dkim”, which is not installed: pip install 'agent-desktop[dkim]'.",
            key="dkim_key_file",
        ) from error
    except Exception as error:
        raise ConfigError(
            f"The key in {mailbox.dkim_key_file} cannot sign mail: an RSA key in PEM is needed.",
            key="dkim_key_file",
        ) from error
    return made
