"""Mail that no person wrote: automatic answers, lists, bounces (RFC 3834, 3464, 5230; RFC 2919, 2369).

An automatic mail is shown to the agent like any other and is never answered by a machine.  A bounce names
the mail of ours that did not arrive, and says why in words.
"""

from __future__ import annotations

import logging
import re
from email.message import Message

from agent_desktop.domain.threading import MARK
from agent_desktop.server.channels.email import charsets, names
from agent_desktop.server.channels.email.parts import Fields, Opened, fields_in

log = logging.getLogger(__name__)

_MACHINES = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?_?\.?reply|do-?_?\.?not-?_?\.?reply|owner-.*|.*-request|.*-bounces?|bounces?[+-].*)@",
    re.IGNORECASE,
)
_BULK = frozenset(("bulk", "junk", "list", "auto_reply"))
# Fields that only machines set, whatever their value (RFC 2369, RFC 2919, and what programs made up).
_SET_BY_MACHINES = frozenset(
    (
        *("list-id", "list-unsubscribe", "list-post", "list-help", "list-owner", "list-archive"),
        *("mailing-list", "x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder"),
        *("x-autoreply-from", "x-mail-autoreply", "feedback-id", "x-failed-recipients", "x-loop"),
        *("x-mailinglist", "x-facebook-notify", "x-cron-env"),
    )
)
# Of [MS-OXCMAIL]: DR, RN and NRN ask for no receipts alone, and people's mails carry them too.
_NO_ANSWER = frozenset(("all", "oof", "autoreply"))
_ID = re.compile(r"<[^<>\s\x00-\x20]{1,900}>")
_OURS = re.compile(rf"<{MARK}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+@[A-Za-z0-9.-]+>")
MAX_IDS = 200
MAX_GROUPS = 50
MAX_SEARCHED = 64 * 1024


def automatic(fields: Fields, sender: str, envelope_sender: str | None) -> bool:
    """Whether a machine sent it; `envelope_sender` is what MAIL FROM said, None when that is not known."""
    submitted = fields.raw("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if fields.raw("precedence").strip().lower() in _BULK:
        return True
    if not _SET_BY_MACHINES.isdisjoint(fields.values):
        return True
    suppress = fields.raw("x-auto-response-suppress").lower().replace(";", ",").split(",")
    if not _NO_ANSWER.isdisjoint(one.strip() for one in suppress):
        return True
    if envelope_sender == "" or fields.raw("return-path").strip() == "<>":
        return True
    kind = fields.raw("content-type").lower()
    return kind.startswith("multipart/report") or bool(_MACHINES.match(sender))


def ids(value: str) -> tuple[str, ...]:
    """The message ids in a field, in order (RFC 5322, section 3.6.4); the newest when there are too many."""
    return tuple(dict.fromkeys(_ID.findall(value)))[-MAX_IDS:]


def bounce(mail: Opened) -> tuple[str, str]:
    """The id of our mail that did not arrive and why, or ("", "")."""
    if "message/delivery-status" not in mail.kinds and not mail.fields.count("x-failed-recipients"):
        return "", ""
    try:
        return _bounce(mail)
    except Exception:
        log.warning("a delivery report could not be read", exc_info=True)
        return "", ""


def _bounce(mail: Opened) -> tuple[str, str]:
    parts = list(_parts(mail.message))
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is not None:
        failed = [group for group in _groups(status) if group.raw("action").strip().lower() == "failed"]
        return (_returned(mail, parts), _why(failed)) if failed else ("", "")
    if not mail.fields.count("x-failed-recipients"):
        return "", ""
    who = names.one_line(mail.fields.raw("x-failed-recipients"))
    return _returned(mail, parts), f"The mail to {who} could not be delivered."


def _parts(message: Message | None, depth: int = 0) -> list[Message]:
    if message is None or depth > 3:
        return []
    found = [message]
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for child in payload[:MAX_GROUPS]:
            if isinstance(child, Message):
                found += _parts(child, depth + 1)
    return found


def _groups(status: Message) -> list[Fields]:
    """The groups of fields of a delivery status: one about the report, then one per recipient."""
    payload = status.get_payload()
    if not isinstance(payload, list):
        return []
    return [fields_in(group) for group in payload[:MAX_GROUPS] if isinstance(group, Message)]


def _returned(mail: Opened, parts: list[Message]) -> str:
    """The id of the mail that came back."""
    for part in parts:
        match part.get_content_type():
            case "message/rfc822":
                payload = part.get_payload()
                inner = payload[0] if isinstance(payload, list) and payload else None
                found = ids(fields_in(inner).raw("message-id")) if isinstance(inner, Message) else ()
            case "text/rfc822-headers":
                found = _named(str(part.get_payload())[:MAX_SEARCHED])
            case _:
                found = ()
        if found:
            return found[0]
    answered = ids(mail.fields.raw("in-reply-to")) or ids(mail.fields.raw("references"))
    if answered:
        return answered[-1]
    ours = _OURS.search(mail.text[:MAX_SEARCHED])
    return ours[0] if ours else ""


def _named(head: str) -> tuple[str, ...]:
    found = re.search(r"^message-id:\s*(<[^<>\s]+>)", charsets.unescaped(head), re.IGNORECASE | re.MULTILINE)
    return (found[1],) if found else ()


def _why(failed: list[Fields]) -> str:
    """What the other side said, for the agent."""
    said = []
    for group in failed[:3]:
        who = names.one_line(group.raw("final-recipient").rpartition(";")[2])
        reason = names.one_line(group.raw("diagnostic-code").partition(";")[2], 300)
        status = names.one_line(group.raw("status"), 20)
        because = reason or status or "no reason given"
        said.append(f"The mail to {who or 'the customer'} could not be delivered: {because}")
    return "\n".join(said)
