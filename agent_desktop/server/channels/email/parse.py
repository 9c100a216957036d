"""A mail's bytes made into a message: who wrote, what, in answer to which mail.

Nothing that came from outside can stop this: each field and each part is read in its own `try`, and a mail
that cannot be read in full becomes a message that says so; its bytes are kept.  Call it in a thread.

Rules of the file: the address shown is the real one, whatever the display name pretends; the text is
without what it quotes; the page is sanitised; nothing is fetched.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from email.utils import mktime_tz, parsedate_tz
from typing import TypeVar

from agent_desktop.domain.medium import EMAIL
from agent_desktop.domain.types import ChannelId, Instant
from agent_desktop.ports.channels import IncomingMessage
from agent_desktop.server.channels.email import (
    charsets,
    markup,
    names,
    oddities,
    parts,
    protection,
    quote,
    reports,
    sanitise,
)
from agent_desktop.server.channels.email.parts import Fields, Opened

log = logging.getLogger(__name__)

T = TypeVar("T")

ADDRESS_KIND = "email"
INVENTED_DOMAIN = "no-message-id.invalid"  # of ids that we made for mails without one; never sent out
MAX_RECIPIENTS = 100
MAX_ADDRESS_HEADER = 8 * 1024  # the library's address parser recurses and is quadratic
_EARLIEST, _LATEST = 0.0, 4_102_444_800.0  # 1970 to 2100


def parse(
    raw: bytes, *, channel: ChannelId, raw_id: str = "", envelope_sender: str | None = None
) -> IncomingMessage:
    """Make a message of a mail; never raises.

    `envelope_sender` is what MAIL FROM said ("" for the null path), None when that is not known.
    """
    try:
        return _parse(raw, channel, raw_id, envelope_sender)
    except Exception:
        log.exception("a mail could not be read", extra={"raw": raw_id})
        return _unreadable(raw, channel, raw_id, envelope_sender)


def external_id(fields: Fields, raw: bytes) -> str:
    """The mail's Message-ID, or one made from its bytes when it has none."""
    value = fields.raw("message-id")
    found = reports.ids(value)
    if found:
        return found[0]
    word = value.strip().strip("<>")
    if word and len(word) < 900 and word.isascii() and word.isprintable() and not any(map(str.isspace, word)):
        return f"<{word}>"
    return f"<{hashlib.sha256(raw).hexdigest()[:40]}@{INVENTED_DOMAIN}>"


def _parse(raw: bytes, channel: ChannelId, raw_id: str, envelope_sender: str | None) -> IncomingMessage:
    mail = parts.opened(raw)
    fields = mail.fields
    name, sender = _sender(fields, envelope_sender)
    text, quoted = _words(mail)
    replied, earlier = _ids(fields, "in-reply-to"), _ids(fields, "references")
    bounced, why = reports.bounce(mail)
    to, copies = _recipients(fields)
    none: tuple[str, ...] = ()
    return IncomingMessage(
        channel=channel,
        medium=EMAIL,
        external_id=external_id(fields, raw),
        address_kind=ADDRESS_KIND,
        from_address=sender,
        from_name=name,
        to_addresses=to,
        copy_addresses=copies,
        subject=_tried(lambda: fields.text("subject"), ""),
        text=text,
        html=_page(mail),
        quoted=quoted,
        attachments=tuple(mail.files),
        # A report on a mail of ours belongs where that mail is.
        references=tuple(dict.fromkeys((*filter(None, [bounced]), *replied, *reversed(earlier)))),
        in_reply_to=replied,
        reply_to=_reply_to(fields, sender),
        raw=raw_id,
        sent_at=_tried(lambda: _date(fields.raw("date")), None),
        automatic=reports.automatic(fields, sender, envelope_sender),
        bounce_of=bounced,
        bounce_detail=why,
        protection=_tried(lambda: protection.status(mail), ""),
        warnings=_tried(lambda: oddities.of(fields, sender), none),
    )


def _unreadable(raw: bytes, channel: ChannelId, raw_id: str, envelope_sender: str | None) -> IncomingMessage:
    return IncomingMessage(
        channel=channel,
        medium=EMAIL,
        external_id=f"<{hashlib.sha256(raw).hexdigest()[:40]}@{INVENTED_DOMAIN}>",
        address_kind=ADDRESS_KIND,
        from_address=names.address_of(envelope_sender or ""),
        text="[This mail could not be read. Its original is kept.]",
        raw=raw_id,
        automatic=True,
    )


def _sender(fields: Fields, envelope_sender: str | None) -> tuple[str, str]:
    """Name and address of who wrote: From, else Sender, else what the envelope said."""
    for field in ("from", "sender", "reply-to", "return-path"):
        found = _people(fields, field)
        if found:
            return found[0]
    return "", names.address_of(envelope_sender or "")


def _recipients(fields: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those whom it was written to, and those who got a copy; nobody twice."""
    to, copies = ([address for _, address in _people(fields, field)] for field in ("to", "cc"))
    first = dict.fromkeys(to[:MAX_RECIPIENTS])
    return tuple(first), tuple(one for one in dict.fromkeys(copies[:MAX_RECIPIENTS]) if one not in first)


def _reply_to(fields: Fields, sender: str) -> str:
    """Where the writer wants the answer, when that is not where the mail came from."""
    found = _people(fields, "reply-to")
    return found[0][1] if found and found[0][1].casefold() != sender.casefold() else ""


def _people(fields: Fields, field: str) -> list[tuple[str, str]]:
    value = fields.raw(field)[:MAX_ADDRESS_HEADER]
    nobody: list[tuple[str, str]] = []
    found = _tried(lambda: names.addresses(value, charsets.header), nobody)
    if found:
        return found
    address = names.first_address(value)
    return [("", address)] if address else []


def _ids(fields: Fields, name: str) -> tuple[str, ...]:
    none: tuple[str, ...] = ()
    return _tried(lambda: reports.ids(fields.raw(name)), none)


def _words(mail: Opened) -> tuple[str, str]:
    """The text of a mail and what it quotes."""
    text = mail.text
    if not text.strip() and mail.html:
        text = _tried(lambda: markup.text_of(mail.html[: sanitise.MAX_BYTES]), "")
    text = names.plain(text)
    reply, quoted = _tried(lambda: quote.split(text), (text.strip("\n"), ""))
    if mail.notes:
        note = f"[This mail could not be read in full: {'; '.join(mail.notes)}. Its original is kept.]"
        reply = f"{reply}\n\n{note}" if reply.strip() else note
    return reply, quoted


def _page(mail: Opened) -> str:
    if not mail.html:
        return ""
    return _tried(lambda: sanitise.clean(mail.html, mail.cids), "")


def _date(value: str) -> Instant | None:
    found = parsedate_tz(value[:200])
    if found is None:
        return None
    at = float(mktime_tz(found))
    return Instant(at) if _EARLIEST <= at <= _LATEST else None


def _tried(make: Callable[[], T], otherwise: T) -> T:
    """What `make` gives, or `otherwise` when it raises."""
    try:
        return make()
    except Exception:
        log.warning("a field of a mail could not be read", exc_info=True)
        return otherwise
