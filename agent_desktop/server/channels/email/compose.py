"""A reply made into the bytes of a mail: RFC 5322, RFC 2046, RFC 2047, RFC 3676 (format=flowed), RFC 3834.

The words go out twice, as plain text and as a page (`pages`), of which a mail reader shows the one that it
likes better; inline images belong to the page (RFC 2387), other files to the mail.

The same message gives the same bytes each time, its Message-ID and Date among them, so that a second try
to send is the same mail and not another.

Rules of the file: header values are made of cleaned words, so that no line end gets into them; what the
agent wrote stands first, then the signature, then the quotation behind `>` with who and when.
"""

from __future__ import annotations

import quopri
import re
from base64 import encodebytes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime, quote

from agent_desktop.domain.centre import Mailbox
from agent_desktop.domain.threading import day
from agent_desktop.ports.channels import DeliveryError, OutgoingMessage
from agent_desktop.server.channels.email import names, pages
from agent_desktop.server.channels.email.parse import INVENTED_DOMAIN

MOST_REFERENCES = 20  # the first and the newest: what RFC 5537, section 3.4.4 keeps when it must cut
WIDTH = 76
MAX_LINE = 900  # RFC 5322 allows 998
CRLF = "\r\n"
_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_ASCII_LOCAL = re.compile(r"[!-~]+")
_REPLY = re.compile(r"^\s*(?:re|aw|antw|sv|vs|odp|ref|rv)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to send."""

    name: str
    media_type: str
    data: bytes
    inline: bool = False  # shown in the page


def compose(
    mailbox: Mailbox, outgoing: OutgoingMessage, *, message_id: str, files: Sequence[File] = ()
) -> bytes:
    """The bytes of the mail; raises DeliveryError for an address that no mail can be sent to."""
    thread = _thread(outgoing.references, message_id)
    fields = [
        ("Date", format_datetime(datetime.fromtimestamp(outgoing.message.at, tz=UTC))),
        ("From", _person(mailbox.name, recipient(mailbox.address))),
        ("To", _person(outgoing.to_name, recipient(outgoing.to_address))),
        *_copies(outgoing.message.copy_addresses),
        ("Subject", _words(subject(outgoing.message.subject, reply=bool(outgoing.references)), "Subject")),
        ("Message-ID", message_id),
        *([("In-Reply-To", thread[-1]), ("References", f"{CRLF} ".join(thread))] if thread else []),
        *([("Auto-Submitted", "auto-replied")] if by_machine(outgoing) else []),
        ("MIME-Version", "1.0"),
    ]
    head = CRLF.join(f"{name}: {value}" for name, value in fields).encode("ascii")
    own = re.sub(r"[^A-Za-z0-9]", "", message_id)[:60]
    numbered = list(enumerate(files, 1))
    shown = [(f"{number}.{message_id[1:-1]}", file, number) for number, file in numbered if file.inline]
    page = _quoted(pages.page(_said(mailbox, outgoing), [(cid, file.name) for cid, file, _ in shown]), "html")
    if shown:
        page = _together("related", f"{own}r", (page, *(_file_part(f, n, cid) for cid, f, n in shown)))
    body = _together("alternative", f"{own}a", (_plain_part(text(mailbox, outgoing)), page))
    others = [_file_part(file, number) for number, file in numbered if not file.inline]
    if others:
        body = _together("mixed", f"{own}m", (body, *others))
    return head + b"\r\n" + body


def by_machine(outgoing: OutgoingMessage) -> bool:
    """Whether no agent wrote it: an acknowledgement (RFC 3834, section 2)."""
    return not outgoing.message.author and not outgoing.agent_name


def subject(said: str, *, reply: bool) -> str:
    """The subject; a reply's begins with one "Re:"."""
    said = names.one_line(said, 600)
    if not reply or _REPLY.match(said):
        return said
    return f"Re: {said}" if said else "Re: your message"


def text(mailbox: Mailbox, outgoing: OutgoingMessage) -> str:
    """What is sent as plain text: the words, the signature, the quotation apart."""
    said = _said(mailbox, outgoing)
    parts = [_flowed(said.words)]
    if said.signature:
        parts.append("-- \n" + _flowed(said.signature))
    if said.quoted:
        parts.append(said.attribution + "\n" + _quotation(said.quoted))
    return "\n\n".join(parts) + "\n"


def _said(mailbox: Mailbox, outgoing: OutgoingMessage) -> pages.Said:
    """The pieces of what is sent; the queue's signature goes before the mailbox's."""
    signature = names.plain(outgoing.signature or mailbox.signature).strip("\n")
    quoted = names.plain(outgoing.quoted).strip("\n") if outgoing.quoted.strip() else ""
    return pages.Said(
        words=names.plain(outgoing.message.text).strip("\n"),
        signature=signature.replace("{agent}", names.one_line(outgoing.agent_name)),
        attribution=_attribution(outgoing) if quoted else "",
        quoted=quoted,
    )


def _copies(addresses: Iterable[str]) -> list[tuple[str, str]]:
    found = [recipient(one) for one in dict.fromkeys(addresses)]
    return [("Cc", f",{CRLF} ".join(found))] if found else []


def recipient(address: str) -> str:
    """An address as it goes over the wire: its domain in ASCII (RFC 5891)."""
    local, _, domain = names.address_of(address).rpartition("@")
    if not domain or not local:
        shown = names.one_line(address, 80) or "an empty address"
        raise DeliveryError(
            f"{shown} is no mail address. Correct the customer's address and send again.", permanent=True
        )
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not ascii_domain or not _ASCII_LOCAL.fullmatch(local):
        raise DeliveryError(
            f"{local}@{domain} cannot be reached by this centre's mail server.", permanent=True
        )
    return f"{local}@{ascii_domain}"


def _thread(references: Iterable[str], own: str) -> list[str]:
    """The ids of the thread that may stand in References: valid, real, not our own, not too many."""
    ids = [one for one in dict.fromkeys(references) if _ID.fullmatch(one) and one != own]
    real = [one for one in ids if not one.endswith(f"@{INVENTED_DOMAIN}>")]
    return real if len(real) <= MOST_REFERENCES else [real[0], *real[1 - MOST_REFERENCES :]]


def _attribution(outgoing: OutgoingMessage) -> str:
    who = names.one_line(outgoing.quoted_from) or outgoing.to_address
    if not outgoing.quoted_at:
        return f"{who} wrote:"
    when = datetime.fromtimestamp(outgoing.quoted_at, tz=UTC)
    # Far from any year: the year is always said.
    return f"On {day(outgoing.quoted_at, type(outgoing.quoted_at)(0.0))} at {when:%H:%M} UTC, {who} wrote:"


def _quotation(quoted: str) -> str:
    """Quoted lines; format=flowed has no blank between the marks (RFC 3676, section 4.5)."""
    lines = names.plain(quoted).strip("\n").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def _flowed(paragraphs: str) -> str:
    """Long lines cut with a blank at the end, which a reader joins again; odd beginnings stuffed."""
    return "\n".join(line for paragraph in paragraphs.split("\n") for line in _wrapped(paragraph.rstrip(" ")))


def _wrapped(paragraph: str) -> list[str]:
    lines, line = [], ""
    for word in re.split(r"(?<= )", paragraph):
        if line and len(line) + len(word.rstrip(" ")) > WIDTH:
            lines.append(line)
            line = ""
        line += word
    lines.append(line)
    return [f" {one}" if one.startswith((" ", ">", "From ")) or one == "-- " else one for one in lines]


def _plain_part(words: str) -> bytes:
    """The plain text as a part."""
    lines = words.split("\n")
    if words.isascii() and max(map(len, lines)) <= MAX_LINE:
        head = 'Content-Type: text/plain; charset="us-ascii"; format=flowed' + CRLF
        head += f"Content-Transfer-Encoding: 7bit{CRLF}{CRLF}"
        return head.encode("ascii") + CRLF.join(lines).encode("ascii")
    return _quoted(words, "plain", "; format=flowed")


def _quoted(words: str, kind: str, more: str = "") -> bytes:
    """Text as a part in quoted-printable."""
    head = f'Content-Type: text/{kind}; charset="utf-8"{more}{CRLF}'
    head += f"Content-Transfer-Encoding: quoted-printable{CRLF}{CRLF}"
    encoded = quopri.encodestring(words.encode("utf-8"), quotetabs=False)
    return head.encode("ascii") + encoded.replace(b"\n", b"\r\n")


def _together(kind: str, own: str, parts: Iterable[bytes]) -> bytes:
    """Parts as one part; no line of base64 or quoted-printable can begin with the boundary."""
    boundary = f"=_{own}"
    cut = f"--{boundary}{CRLF}".encode("ascii")
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"{CRLF}{CRLF}'
    return (
        head.encode("ascii")
        + b"".join(cut + part + b"\r\n" for part in parts)
        + f"--{boundary}--{CRLF}".encode("ascii")
    )


def _file_part(file: File, number: int, cid: str = "") -> bytes:
    kind = names.media_type(file.media_type)
    name = names.file_name(file.name, kind, number)
    # RFC 2231; the encoded word is for readers that do not know it.
    coded = "".join(chr(b) if chr(b).isalnum() and b < 128 else f"%{b:02X}" for b in name.encode("utf-8"))
    plain = f'; filename="{quote(name)}"' if name.isascii() else ""
    head = (
        f"Content-Type: {kind}{CRLF}Content-Transfer-Encoding: base64{CRLF}"
        + (f"Content-ID: <{cid}>{CRLF}" if cid else "")
        + f"Content-Disposition: {'inline' if cid else 'attachment'}{plain};{CRLF}"
        f" filename*=utf-8''{coded}{CRLF}{CRLF}"
    )
    return head.encode("ascii") + encodebytes(file.data).replace(b"\n", b"\r\n")


def _person(name: str, address: str) -> str:
    """A mailbox of RFC 5322: the name quoted or encoded, the address apart."""
    name = names.one_line(name)
    if not name:
        return address
    return (
        f'"{quote(name)}" <{address}>'
        if name.isascii() and len(name) < WIDTH
        else f"{_words(name, 'From')}{CRLF} <{address}>"
    )


def _words(said: str, field: str) -> str:
    """Words of a header: as they are, or as encoded words, folded."""
    short = len(said) < WIDTH - len(field)
    # Text that looks like an encoded word would be read as one.
    if said.isascii() and short and "=?" not in said:
        return said
    return Header(said, "utf-8", header_name=field, maxlinelen=WIDTH).encode(linesep=CRLF)
