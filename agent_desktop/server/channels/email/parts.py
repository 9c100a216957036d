"""A mail taken apart: its header fields, its words, its files (RFC 2045 to 2049, 2183, 2231).

The standard library's parser with its old policy reads any bytes; the newer policy raises on one real mail
in nine.  What makes it slow or deep is capped while it reads; a mail over a cap gives its header fields and
the first lines of its body, and the stored bytes keep the rest.

Rule of the file: each header and each part is read in its own `try`, so that one of them never takes
another with it.
"""

from __future__ import annotations

import hashlib
import html
import logging
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Policy, compat32
from email.utils import collapse_rfc2231_value
from typing import Any

from agent_desktop.ports.channels import BLOB, BLOCKED_BLOB, IncomingAttachment
from agent_desktop.server.channels.email import charsets, files, markup, names
from agent_desktop.server.channels.email.cuts import Cuts

log = logging.getLogger(__name__)

MAX_PARTS = 100
MAX_PARSED = 1_000  # parts that the parser may make before it is stopped
MAX_MULTIPARTS = 100
MAX_LINES = 1_000_000
MAX_LINE_CHECKS = 10_000_000  # lines times multiparts that are open around them
MAX_HEADERS = 1_000
MAX_HEADER = 64 * 1024
MAX_PARAMETERS = 2_000
MAX_DEPTH = 20
MAX_TEXT_BYTES = 512 * 1024
MAX_SUBJECT = 998
MAX_HEAD = 256 * 1024
MAX_SHOWN_RAW = 8 * 1024
MAX_CID = 300
MAX_FILE_BYTES = 25 * 1024 * 1024
_FEED = 64 * 1024
_AS_IS = frozenset(("", "7bit", "8bit", "binary"))
# A field with one parameter and nothing odd in it.  What has a star or a digit in its name is RFC 2231's.
_ONE_PARAMETER = re.compile(
    r"[A-Za-z0-9/+.-]+; ?([A-Za-z-]+)=(?:\"([A-Za-z0-9'()+_,./:=?-]+)\"|([A-Za-z0-9'()+_./:=?-]+))"
)
BOM = "\ufeff".encode()


class TooComplexError(Exception):
    """The mail has more structure than people's mails have; never leaves this file."""


@dataclass(slots=True)
class _Budget:
    """Makes the parser's parts and stops it at the caps."""

    lines: int
    made: int = 0
    multiparts: int = 0

    def __call__(self, policy: Policy[Any] = compat32) -> Message:
        self.made += 1
        if self.made > MAX_PARSED:
            raise TooComplexError
        part = _Part(policy)
        part.budget = self
        return part

    def open_multipart(self) -> None:
        self.multiparts += 1
        if self.multiparts > MAX_MULTIPARTS or self.multiparts * self.lines > MAX_LINE_CHECKS:
            raise TooComplexError


class _Part(Message):
    """A part whose Content-Type parameters are looked at only when their length is a person's.

    The library reads all headers of a part each time that it is asked for one, and takes the Content-Type
    apart each time; here what was found is kept until a header changes.
    """

    budget: _Budget | None = None
    _found: dict[str, Any] | None = None
    _kind = ""
    _payload: object  # the library's

    def get(self, name: str, failobj: Any = None) -> Any:
        if self._found is None:
            self._found = {}
            for key, value in self.raw_items():
                lower = key.lower()
                if lower not in self._found:
                    self._found[lower] = self.policy.header_fetch_parse(key, value)
        return self._found.get(name.lower(), failobj)

    def get_content_type(self) -> str:
        if not self._kind:
            self._kind = super().get_content_type()
        return self._kind

    def set_default_type(self, ctype: str) -> None:
        self._kind = ""
        super().set_default_type(ctype)

    def set_raw(self, name: str, value: str) -> None:
        self._found, self._kind = None, ""
        super().set_raw(name, value)

    def written(self) -> str:
        """The text of the part as it stands in the mail, with escaped bytes."""
        return self._payload if isinstance(self._payload, str) else ""

    def set_boundary(self, boundary: str) -> None:  # a mail that goes on as a file may need one
        self._found, self._kind = None, ""
        super().set_boundary(boundary)

    def get_param(
        self,
        param: str,
        failobj: Any = None,
        header: str = "content-type",
        unquote: bool = True,  # noqa: FBT001, FBT002 - the signature of Message
    ) -> Any:
        # The library cuts parameters in quadratic time.
        value = str(self.get(header, ""))
        if len(value) > MAX_PARAMETERS:
            return failobj
        simple = _ONE_PARAMETER.fullmatch(value) if unquote else None
        if simple is not None:
            return simple[2] or simple[3] if simple[1].lower() == param else failobj
        return super().get_param(param, failobj, header, unquote)

    def get_boundary(self, failobj: Any = None) -> Any:
        if self.budget is not None:
            self.budget.open_multipart()
        return super().get_boundary(failobj)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The header fields by lower-case name, as they stand in the mail."""

    values: Mapping[str, tuple[str, ...]]

    def raw(self, name: str) -> str:
        """The first value of a field, unfolded; "" when there is none."""
        found = self.values.get(name.lower(), ())
        return charsets.unfolded(found[0]) if found else ""

    def text(self, name: str) -> str:
        """The first value of a field with its encoded words read."""
        return names.one_line(charsets.header(self.raw(name)), MAX_SUBJECT)

    def count(self, name: str) -> int:
        return len(self.values.get(name.lower(), ()))


@dataclass(slots=True)
class Opened:
    """A mail taken apart.  `notes` say what could not be read, in words for the agent."""

    fields: Fields
    message: Message | None
    text: str = ""
    html: str = ""
    files: list[IncomingAttachment] = field(default_factory=list)
    cids: dict[str, str] = field(default_factory=dict)  # Content-ID to the name of a file
    notes: list[str] = field(default_factory=list)
    cuts: Cuts = field(default_factory=lambda: Cuts(b""))
    kinds: set[str] = field(default_factory=set)  # the media types of its parts

    def note(self, words: str) -> None:
        if words not in self.notes:
            self.notes.append(words)


def opened(raw: bytes) -> Opened:
    """Take a mail apart; never fails."""
    raw = raw.removeprefix(BOM)
    cuts = Cuts(raw)
    message = _parsed(cuts.short()) if len(_head(raw)) < MAX_HEAD else None
    if message is None:
        return _head_only(raw)
    mail = Opened(fields=_fields(message), message=message, cuts=cuts)
    try:
        body = _Body(mail).read(message, 0)
        mail.text, mail.html = body
    except Exception:
        log.warning("the body of a mail could not be read", exc_info=True)
        mail.note("its body is damaged")
    return mail


def fields_of(raw: bytes) -> Fields:
    """The header fields alone."""
    message = _parsed(_head(raw.removeprefix(BOM)))
    return Fields(values={}) if message is None else _fields(message)


def fields_in(message: Message) -> Fields:
    """The header fields of a part."""
    return _fields(message)


def _parsed(raw: bytes) -> Message | None:
    lines = max(raw.count(b"\n"), raw.count(b"\r"))
    if lines > MAX_LINES:
        return None
    budget = _Budget(lines=lines)
    try:
        # typeshed wants a class; the library takes anything that makes a message.
        parser: BytesFeedParser[Message] = BytesFeedParser(budget, policy=compat32)
        for place in range(0, len(raw), _FEED):
            parser.feed(raw[place : place + _FEED])
        return parser.close()
    except TooComplexError:
        return None
    except Exception:
        log.warning("a mail could not be parsed as a whole", exc_info=True)
        return None


def _head(raw: bytes) -> bytes:
    """The header block, at most a few hundred kilobytes of it."""
    ends = [place for mark in (b"\r\n\r\n", b"\n\n") if (place := raw.find(mark, 0, MAX_HEAD)) >= 0]
    return raw[: min(ends, default=MAX_HEAD)].replace(b"\x00", b"")


def _head_only(raw: bytes) -> Opened:
    """A mail whose body is not taken apart: its fields and the first lines as they stand."""
    head = _head(raw)
    # Without its Content-Type the head is a mail of one plain part.
    message = _parsed(head.replace(b"ontent-", b"ontent_").replace(b"ONTENT-", b"ONTENT_"))
    body = raw[len(head) : len(head) + MAX_SHOWN_RAW]
    mail = Opened(
        fields=Fields(values={}) if message is None else _fields(message),
        message=None,
        text=charsets.text(body).strip(),
    )
    mail.note("it has far more parts or lines than a mail has")
    return mail


def _fields(message: Message) -> Fields:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in list(message.raw_items())[:MAX_HEADERS]:
        try:
            key = str(name).lower()
            values[key] = (*values.get(key, ()), str(value)[:MAX_HEADER])
        except Exception:
            log.debug("a header field could not be read", exc_info=True)
    return Fields(values=values)


@dataclass(slots=True)
class _Body:
    """Reads the parts of a mail into its text, its page and its files."""

    mail: Opened
    parts: int = 0

    def read(self, part: Message, depth: int) -> tuple[str, str]:
        """The (text, page) of a part; files are added to the mail."""
        if depth > MAX_DEPTH:
            self.mail.note("its parts are nested too deep")
            return "", ""
        kind = part.get_content_type()
        self.mail.kinds.add(kind)
        if not part.is_multipart() or kind.startswith("message/"):
            return self._leaf(part, kind)
        read = []
        for child in part.get_payload():
            if not isinstance(child, Message):
                continue
            try:
                read.append(self.read(child, depth + 1))
            except Exception:
                log.warning("a part of a mail could not be read", exc_info=True)
                self.mail.note("a part of it is damaged")
        return _chosen(read) if kind == "multipart/alternative" else _joined(read)

    def _leaf(self, part: Message, kind: str) -> tuple[str, str]:
        self.parts += 1
        if self.parts > MAX_PARTS:
            self.mail.note(f"only its first {MAX_PARTS} parts are shown")
            return "", ""
        name = _name(part)
        disposition = str(part.get("content-disposition", "")).partition(";")[0].strip().lower()
        shown = disposition != "attachment" and not (name and disposition != "inline")
        if (shown and kind in {"text/plain", "text/html"}) or (kind.startswith("multipart/") and shown):
            words = self._words(part)
            return ("", words) if kind == "text/html" else (words, "")
        self._file(part, kind, name)
        return "", ""

    def _words(self, part: Message) -> str:
        data = _bytes(part, self.mail.cuts)
        if len(data) > MAX_TEXT_BYTES:
            self.mail.note("its text is long and is shown in part")
            data = data[:MAX_TEXT_BYTES]
        label = part.get_param("charset", "")
        label = collapse_rfc2231_value(label) if isinstance(label, tuple) else label
        return names.plain(charsets.text(data, str(label or "")))

    def _file(self, part: Message, kind: str, name: str) -> None:
        data = _bytes(part, self.mail.cuts)
        if len(data) > MAX_FILE_BYTES:
            self.mail.note("a file of it is too large to be kept apart")
            return
        kind = names.media_type(kind)
        taken = [one.name for one in self.mail.files]
        safe = names.file_name(name, kind, len(taken) + 1, taken)
        cid = str(part.get("content-id", "")).strip().strip("<>")
        refused = files.blocked(safe, kind)
        inline = 0 < len(cid) < MAX_CID and self.mail.cids.setdefault(cid, safe) == safe
        self.mail.files.append(
            IncomingAttachment(
                name=safe,
                media_type=kind,
                data=data,
                content_id=safe if inline and kind.startswith("image/") else "",
                blocked=refused,
                blob=f"{BLOCKED_BLOB if refused else BLOB}{hashlib.sha256(data).hexdigest()}",
            )
        )


def _chosen(read: list[tuple[str, str]]) -> tuple[str, str]:
    """Of alternatives: the words of the first that has some, the page of the last that is one."""
    text = next((text for text, _ in read if text.strip()), "")
    page = next((page for _, page in reversed(read) if page.strip()), "")
    return text, page


def _joined(read: list[tuple[str, str]]) -> tuple[str, str]:
    """Parts one after the other; where one is a page, all become one page."""
    texts = [text if text.strip() else markup.text_of(page[:MAX_TEXT_BYTES]) for text, page in read]
    together = "\n\n".join(text.strip("\n") for text in texts if text.strip())
    pages = [page for _, page in read if page.strip()]
    if not pages:
        return together, ""
    if len(pages) == 1 and not any(text.strip() and not page.strip() for text, page in read):
        return (read[0][0] if len(read) == 1 else together), pages[0]
    whole = (
        page if page.strip() else f"<pre>{html.escape(text)}</pre>"
        for text, page in read
        if (text + page).strip()
    )
    return together, "\n".join(whole)


def _bytes(part: Message, cuts: Cuts) -> bytes:
    """The bytes of a leaf."""
    payload = part.get_payload()
    if isinstance(payload, list):
        inner = payload[0] if payload and part.get_content_type() == "message/rfc822" else part
        return cuts.restored(bytes(inner.as_bytes() if isinstance(inner, Message) else b""))
    encoding = str(part.get("content-transfer-encoding", "")).lower()
    if encoding.strip() == "base64":
        text = str(payload or "")
        return charsets.base64(cuts.whole(text) or cuts.restored(charsets.raw(text)))
    written = part.written() if isinstance(part, _Part) else ""
    if cuts.in_text(written):
        data = cuts.restored(charsets.raw(written))
        if encoding in _AS_IS:
            return data
        if encoding == "quoted-printable":
            return quopri.decodestring(data)
        part.set_payload(data.decode("ascii", "surrogateescape"))
    decoded = part.get_payload(decode=True)
    return cuts.restored(decoded) if isinstance(decoded, bytes) else b""


def _name(part: Message) -> str:
    """The file name that a part claims; "" when there is none or it cannot be read."""
    if part.get("content-disposition") is None and "name" not in str(part.get("content-type", "")).lower():
        return ""
    try:
        return charsets.header(part.get_filename("") or "")
    except Exception:  # noqa: BLE001 - RFC 2231 in its broken forms raises many things
        return ""
