"""The conversation: its header, one timeline over all media, and the composer that says what it will do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent_desktop.viewmodels.parts import Badge, Button, Empty, Tone

REPLY, NOTE = "reply", "note"


class ItemKind(Enum):
    """What a line of the timeline is."""

    DAY = "day"
    IN = "in"
    OUT = "out"
    NOTE = "note"
    SYSTEM = "system"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """A file of a message: `4 KB` is its size in words."""

    id: str
    name: str
    size: str
    media_type: str


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording of the call, or a message that the customer left.

    `play` is play or stop; while it is heard `at` says where ("0:12 of 1:40") and `fraction` runs to 1.
    """

    id: str
    label: str  # "Recording, 4:27", "Voice message, 0:32"
    play: Button
    playing: bool = False
    at: str = ""
    fraction: float = 0.0
    transcript: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class TimelineItemView:
    """One line of the timeline.  `text` is plain text; `html`, if any, goes to the one viewer only."""

    kind: ItemKind
    id: str
    text: str
    author: str = ""  # "You", "Amina Yusuf"
    meta: str = ""  # "Email · 16:20 · read"
    icon: str = ""
    badges: tuple[Badge, ...] = ()
    delivery: Badge | None = None
    quoted: str = ""
    html: str = ""
    attachments: tuple[AttachmentView, ...] = ()
    recordings: tuple[RecordingRow, ...] = ()
    callback: Button | None = None  # have the customer called back
    threading_reason: str = ""
    at: float = 0.0
    sending: bool = False
    accessible: str = ""  # "Amina Yusuf, email, 16:02: Hello…"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to write here: reply or note.  Choose it by `composer.mode` with `mode=id`."""

    id: str
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A canned reply with its variables filled from the card; `missing` names those it could not fill."""

    id: str
    label: str
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComposerView:
    """The composer.  Write every keystroke to `desktop.write(text)`; it is durable within a second.

    `says` is what Send will do: "Reply by email to amina@example.com".  `reason` is why nothing can be
    written now, in words; empty when it can.  `draft_key` changes when another draft is shown: load
    `text` into the editor then, and not on every refresh.
    """

    says: str
    placeholder: str
    modes: tuple[Mode, ...]
    draft_key: str
    text: str
    saved: str  # "Draft saved 09:41", "Sending…", or empty
    reason: str
    send: Button
    templates: tuple[Template, ...] = ()
    note: bool = False
    interlock: str = ""  # "Amina wrote while you were writing: read it, then send."


@dataclass(frozen=True, slots=True)
class ConversationView:
    """The middle of the window.  With `empty` set there is nothing else to show."""

    interaction: str
    conversation: str
    title: str
    subtitle: str
    icon: str
    tone: Tone
    why: tuple[str, ...]  # why me: one sentence a reason
    buttons: tuple[Button, ...]
    items: tuple[TimelineItemView, ...]
    composer: ComposerView | None
    typing: str = ""  # "Amina is writing…"
    more: bool = False  # older items can be fetched: `conversation.older`
    loading: bool = False
    empty: Empty | None = None
