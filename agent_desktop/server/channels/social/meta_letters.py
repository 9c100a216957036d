"""What Messenger, Instagram and WhatsApp are handed: letters, and files before them.  Pure.

A letter holds a text or one file.  WhatsApp shows words beside a picture, a film or a document: with one file
they are one letter.  A file that is too large for its kind goes as a document, which may be larger.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from agent_desktop.domain.messaging import WHATSAPP
from agent_desktop.server.pieces import Loaded

CAPTION_MOST: Final = 1024
PART: Final = "#part"
# What WhatsApp shows in its place, and how large it may be; all else is a document.
SHOWN: Final = {
    "image/jpeg": ("image", 5_000_000),
    "image/png": ("image", 5_000_000),
    "video/mp4": ("video", 16_000_000),
    "video/3gpp": ("video", 16_000_000),
    "audio/aac": ("audio", 16_000_000),
    "audio/amr": ("audio", 16_000_000),
    "audio/mpeg": ("audio", 16_000_000),
    "audio/mp4": ("audio", 16_000_000),
}
PICTURE_MOST: Final = 8_000_000  # Messenger's
KINDS: Final = frozenset({"image", "audio", "video"})

Piece = dict[str, Any]


def upload(provider: str, file: Loaded) -> tuple[str, dict[str, str], str]:
    """Where a file is handed in, what stands beside it, and the name of its field."""
    if provider == WHATSAPP:
        return "media", {"messaging_product": "whatsapp", "type": file.form[2]}, "file"
    asked = {"attachment": {"type": _kind(file), "payload": {"is_reusable": True}}}
    return "message_attachments", {"message": json.dumps(asked)}, "filedata"


def file_of(provider: str, file: Loaded, name: str) -> Piece:
    """The part of a letter that shows a file, by the name that it was given when it was handed in."""
    if provider != WHATSAPP:
        return {"attachment": {"type": _kind(file), "payload": {"attachment_id": name}}}
    kind, most = SHOWN.get(file.media_type, ("document", 0))
    if kind == "document" or len(file.data) > most:
        return {"type": "document", "document": {"id": name, "filename": file.name}}
    return {"type": kind, kind: {"id": name}}


def pieces(provider: str, said: str, files: Sequence[Piece]) -> list[Piece]:
    """What the letters of a message hold, in order."""
    if provider != WHATSAPP:
        return [*([{"text": said}] if said else []), *files]
    if len(files) == 1 and said and len(said) <= CAPTION_MOST and files[0]["type"] != "audio":
        (file,), kind = files, files[0]["type"]
        return [{**file, kind: {**file[kind], "caption": said}}]
    return [*([{"type": "text", "text": {"body": said}}] if said else []), *files]


def ids(message: str, letters: int) -> list[str]:
    """Our own ids of the letters of a message: the last one's is the message's.

    A message has come when its last letter has: until then the rest is tried again.
    """
    return [*(f"{message}{PART}{n}" for n in range(1, letters)), message][-letters:] if letters else []


def message_of(own: str) -> tuple[str, bool]:
    """Whose news it is, and whether it is about all of the message; of a part only its failure counts."""
    message, part, _ = own.partition(PART)
    return message, not part


def letter(provider: str, to: str, own: str, piece: Piece) -> dict[str, Any]:
    """A letter to somebody; our own id travels with it."""
    if provider == WHATSAPP:
        return {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            **piece,
            "biz_opaque_callback_data": own,
        }
    return {
        "recipient": {"id": to},
        "messaging_type": "RESPONSE",
        "message": {**piece, "metadata": own},
    }


def _kind(file: Loaded) -> str:
    large = file.kind == "image" and len(file.data) > PICTURE_MOST
    return file.kind if file.kind in KINDS and not large else "file"
