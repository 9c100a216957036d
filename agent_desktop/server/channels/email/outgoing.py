"""The way out: one mail handed to the mailbox's SMTP server (RFC 5321, RFC 3207).

When TLS was asked for, nothing is sent without it: a server that does not offer STARTTLS or whose
certificate is not good gets no word of the mail and no password.

Every failure becomes a `DeliveryError` in words for the agent, with whether trying again is of use:
answers of the 500s to the mail itself are for good, everything else may pass.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence

import aiosmtplib

from agent_desktop.domain.centre import Mailbox
from agent_desktop.ports.channels import DeliveryError
from agent_desktop.server.channels.email import names

log = logging.getLogger(__name__)

NONE, STARTTLS, TLS = "none", "starttls", "tls"
MODES = frozenset((NONE, STARTTLS, TLS))
TIMEOUT_S = 60.0


class ServerError(DeliveryError):
    """No mail leaves: the server does not take any from us, whoever it is for."""


async def deliver(
    mailbox: Mailbox,
    mail: bytes,
    *,
    sender: str,
    recipients: Sequence[str],
    password: str = "",
    tls_context: ssl.SSLContext | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Hand one mail over; returns when the server has taken it for the first of `recipients`.

    The others get copies; one whom the server refuses is logged, because the mail itself has gone out and
    must not go out again.  Raises DeliveryError.
    """
    client = aiosmtplib.SMTP(
        hostname=mailbox.smtp_host,
        port=mailbox.smtp_port,
        use_tls=mailbox.smtp_tls == TLS,
        start_tls=mailbox.smtp_tls == STARTTLS,
        tls_context=tls_context,
        timeout=timeout_s,
        # The name in EHLO: the library would look this computer's name up on the loop.
        local_hostname=mailbox.address.rpartition("@")[2] or "localhost",
    )
    server = f"The mail server {mailbox.smtp_host}:{mailbox.smtp_port}"
    try:
        async with client:
            if mailbox.smtp_user:
                await client.login(mailbox.smtp_user, password)
            refused, _ = await client.sendmail(sender, list(dict.fromkeys(recipients)), mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise _refused(f"{recipients[0]} was refused", first.code, first.message) from error
    except aiosmtplib.SMTPAuthenticationError as error:
        raise ServerError(
            f"{server} refused the user {mailbox.smtp_user} ({error.code}). "
            "Ask an administrator to check the password.",
            permanent=False,
        ) from error
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        raise _refused(f"{server} refused the mail", error.code, error.message) from error
    except aiosmtplib.SMTPResponseException as error:
        said = names.one_line(error.message)
        raise DeliveryError(f"{server} is not ready: {error.code} {said}.", permanent=False) from error
    except (TimeoutError, aiosmtplib.SMTPTimeoutError) as error:
        raise ServerError(f"{server} did not answer in time.", permanent=False) from error
    except ssl.SSLError as error:
        raise _no_tls(server) from error
    except aiosmtplib.SMTPException as error:
        raise (_no_tls(server) if _is_about_tls(error) else _unreachable(server)) from error
    except (OSError, asyncio.IncompleteReadError) as error:
        raise _unreachable(server) from error
    for address, (code, said) in refused.items():
        if address == recipients[0]:
            why = _refused(f"{address} was refused", code, said)
            raise DeliveryError(f"{why} (The copies went out.)", permanent=True)
        log.warning("a copy was refused", extra={"server": mailbox.smtp_host, "code": code})


def _refused(what: str, code: int, said: str) -> DeliveryError:
    return DeliveryError(f"{what}: {code} {names.one_line(said, 300)}", permanent=500 <= code < 600)


def _no_tls(server: str) -> ServerError:
    return ServerError(
        f"{server} gives no safe connection (TLS), so nothing was sent. Ask an administrator to check it.",
        permanent=False,
    )


def _unreachable(server: str) -> ServerError:
    return ServerError(f"{server} cannot be reached.", permanent=False)


def _is_about_tls(error: BaseException) -> bool:
    """Whether a failure to connect was one of TLS: the library hides the cause behind its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) or "STARTTLS" in str(cause).upper():
            return True
        cause = cause.__cause__ or cause.__context__
    return False
