"""The small bodies beside SDP: sipfrag, dtmf-relay, message-summary and dialog-info, written and read.

RFC 3420 (message/sipfrag), RFC 3842 (message-summary), RFC 4235 (dialog-info+xml), and the
application/dtmf-relay that many gateways send in INFO.  What is read here came from outside: a body that
cannot be read gives None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

SIPFRAG = "message/sipfrag"
DTMF_RELAY = "application/dtmf-relay"
DTMF = "application/dtmf"
SUMMARY = "application/simple-message-summary"
DIALOG_INFO = "application/dialog-info+xml"
_NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"
_STATUS = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})(?: ([^\r\n]*))?", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z\-]+)[ \t]*[:=][ \t]*(.*?)[ \t]*$")
_COUNTS = re.compile(r"([0-9]{1,6})[ \t]*/[ \t]*([0-9]{1,6})")
_DIGIT = re.compile(r"[0-9A-D*#]")
_EVENTS = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}


def sipfrag(status: int, reason: str) -> bytes:
    """How far a transfer is."""
    return f"SIP/2.0 {status} {reason}\r\n".encode()


def read_sipfrag(body: bytes) -> tuple[int, str] | None:
    """Status and reason of a transfer's progress."""
    match = _STATUS.match(body.lstrip(b"\r\n"))
    if not match:
        return None
    return int(match.group(1)), (match.group(2) or b"").decode("utf-8", "replace").strip()


@dataclass(frozen=True, slots=True)
class Relayed:
    """A key that was pressed far away; `duration_ms` is 0 when that is not told."""

    digit: str
    duration_ms: int = 0


def read_dtmf(kind: str, body: bytes) -> Relayed | None:
    """The key in an INFO of type application/dtmf-relay or application/dtmf."""
    text = body[:512].decode("ascii", "replace")
    if kind == DTMF:
        return _key(text.strip(), "")
    fields = dict(pair for line in text.splitlines() if (pair := _pair(line)))
    return _key(fields.get("signal", ""), fields.get("duration", ""))


def _pair(line: str) -> tuple[str, str] | None:
    match = _FIELD.match(line.strip())
    return (match.group(1).lower(), match.group(2)) if match else None


def _key(signal: str, duration: str) -> Relayed | None:
    key = _EVENTS.get(signal, signal.upper())
    if not _DIGIT.fullmatch(key):
        return None
    lasts = int(duration) if duration.isascii() and duration.isdigit() and len(duration) < 6 else 0
    return Relayed(key, lasts)


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """What waits in a voice mailbox."""

    is_waiting: bool
    new: int = 0
    old: int = 0
    account: str = ""

    def __bytes__(self) -> bytes:
        lines = [f"Messages-Waiting: {'yes' if self.is_waiting else 'no'}"]
        if self.account:
            lines.append(f"Message-Account: {self.account}")
        lines.append(f"Voice-Message: {self.new}/{self.old}")
        return ("\r\n".join(lines) + "\r\n").encode()


def read_summary(body: bytes) -> MessageSummary | None:
    """A message-summary; None when it does not say whether something waits."""
    text = body[:4096].decode("utf-8", "replace")
    fields = dict(pair for line in text.splitlines() if (pair := _pair(line)))
    waiting = fields.get("messages-waiting", "").lower()
    if waiting not in {"yes", "no"}:
        return None
    counts = _COUNTS.match(fields.get("voice-message", ""))
    new, old = (int(counts.group(1)), int(counts.group(2))) if counts else (0, 0)
    return MessageSummary(waiting == "yes", new, old, fields.get("message-account", ""))


@dataclass(frozen=True, slots=True)
class DialogState:
    """One call of somebody, for who watches: `state` is trying, early, confirmed or terminated."""

    id: str
    state: str
    direction: str = ""  # "initiator" or "recipient"
    local: str = ""
    remote: str = ""
    call_id: str = ""
    local_tag: str = ""
    remote_tag: str = ""


def dialog_info(entity: str, version: int, dialogs: tuple[DialogState, ...]) -> bytes:
    """The full state of an address's calls; `version` rises with every NOTIFY of one subscription."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<dialog-info xmlns="{_NAMESPACE}" version="{version}" state="full" entity={quoteattr(entity)}>',
    ]
    for dialog in dialogs:
        named = (
            ("id", dialog.id),
            ("call-id", dialog.call_id),
            ("local-tag", dialog.local_tag),
            ("remote-tag", dialog.remote_tag),
            ("direction", dialog.direction),
        )
        attributes = "".join(f" {name}={quoteattr(value)}" for name, value in named if value)
        lines.append(f"<dialog{attributes}><state>{escape(dialog.state)}</state>")
        for side, who in (("local", dialog.local), ("remote", dialog.remote)):
            if who:
                lines.append(f"<{side}><identity>{escape(who)}</identity></{side}>")
        lines.append("</dialog>")
    lines.append("</dialog-info>")
    return "\r\n".join(lines).encode()
