"""What Meta's web hooks say, as values: Messenger, Instagram and WhatsApp Cloud; pure.

One body carries several entries with several events, for several pages; each account takes its own.  What is
no text (a picture, a place, a voice message) is named in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from agent_desktop.domain.messaging import WHATSAPP
from agent_desktop.domain.types import Instant
from agent_desktop.server.channels.social.reading import instant, table, tables, text

KINDS: Final = {
    "image": "Picture",
    "video": "Video",
    "audio": "Voice message",
    "file": "File",
    "document": "File",
    "sticker": "Sticker",
    "location": "Place",
    "contacts": "Address card",
    "template": "Form",
    "fallback": "Link",
    "share": "Shared post",
    "story_mention": "Mention in a story",
    "ig_reel": "Reel",
    "reel": "Reel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A customer's message."""

    id: str
    sender: str
    text: str
    name: str = ""
    at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of a message of ours; `own` is our id for it, where they give it back."""

    state: str
    id: str = ""
    own: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Everything that this customer was sent until then is delivered, or read."""

    state: str
    sender: str
    until: Instant


Told = Said | Moved | Reached


def told(body: dict[str, Any], provider: str, account: str) -> Iterator[Told]:
    """What a body says to one account."""
    if provider == WHATSAPP:
        yield from _whatsapp(body, account)
        return
    for entry in tables(body, "entry"):
        if text(entry, "id") == account:
            for event in tables(entry, "messaging"):
                yield from _messaging(event, account)


def _messaging(event: dict[str, Any], account: str) -> Iterator[Told]:
    sender, at = text(event, "sender", "id"), instant(text(event, "timestamp"), 1000.0)
    message = table(event, "message")
    if message.get("is_echo"):  # ours, or written in Meta's own inbox, which is no customer's message
        if own := text(message, "metadata"):
            yield Moved(state="sent", id=text(message, "mid"), own=own)
        return
    if not sender or sender == account:
        return
    for kind, state in (("delivery", "delivered"), ("read", "read")):
        if (until := instant(text(event, kind, "watermark"), 1000.0)) is not None:
            yield Reached(state=state, sender=sender, until=until)
        elif mid := text(event, kind, "mid"):
            yield Moved(state=state, id=mid)
    if mid := text(message, "mid"):
        yield Said(id=mid, sender=sender, text=_words(message), at=at)
    postback = table(event, "postback")
    if title := text(postback, "title") or text(postback, "payload"):
        key = text(postback, "mid") or f"postback:{sender}:{text(event, 'timestamp')}"
        yield Said(id=key, sender=sender, text=title, at=at)


def _words(message: dict[str, Any]) -> str:
    if message.get("is_deleted"):
        return "[The customer deleted a message.]"
    parts = [text(message, "text")]
    parts += [_named(text(one, "type")) for one in tables(message, "attachments")]
    return "\n".join(part for part in parts if part) or "[A message of a kind that cannot be shown here.]"


def _whatsapp(body: dict[str, Any], account: str) -> Iterator[Told]:
    for entry in tables(body, "entry"):
        for change in tables(entry, "changes"):
            value = table(change, "value")
            if text(value, "metadata", "phone_number_id") != account:
                continue
            names = {text(one, "wa_id"): text(one, "profile", "name") for one in tables(value, "contacts")}
            for message in tables(value, "messages"):
                sender, key = text(message, "from"), text(message, "id")
                if sender and key:
                    at = instant(text(message, "timestamp"))
                    words = _whatsapp_words(message)
                    yield Said(id=key, sender=sender, text=words, name=names.get(sender, ""), at=at)
            for status in tables(value, "statuses"):
                yield from _status(status)


def _whatsapp_words(message: dict[str, Any]) -> str:
    kind = text(message, "type")
    content = table(message, kind)
    match kind:
        case "text":
            return text(content, "body")
        case "button":
            return text(content, "text")
        case "interactive":
            chosen = table(content, "button_reply") or table(content, "list_reply")
            return text(chosen, "title") or "[An answer to a form.]"
        case "reaction":
            emoji = text(content, "emoji")
            return f"[The customer reacted with {emoji}]" if emoji else "[The customer took a reaction back.]"
        case _:
            caption = text(content, "caption") or text(content, "filename")
            return "\n".join(part for part in (_named(kind), caption) if part)


def _status(status: dict[str, Any]) -> Iterator[Told]:
    state = text(status, "status")
    if state not in {"sent", "delivered", "read", "failed"}:
        return
    error = next(tables(status, "errors"), {})
    detail = text(error, "error_data", "details") or text(error, "message") or text(error, "title")
    yield Moved(
        state=state,
        id=text(status, "id"),
        own=text(status, "biz_opaque_callback_data"),
        detail=(detail or "WhatsApp gives no reason.") if state == "failed" else "",
    )


def _named(kind: str) -> str:
    name = KINDS.get(kind)
    return (
        f"[{name}: to be seen in the service itself.]" if name else "[Something that cannot be shown here.]"
    )
