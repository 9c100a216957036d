"""The conversation: its header, one timeline over all media, and the composer that says what it will do."""

from __future__ import annotations

from collections.abc import Sequence
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
    """A file of a message: `4 KB` is its size in words.

    `name` is safe to show; `save` is how it is kept, `blocked` why it cannot be.  `state` says how far the
    fetching is ("saved in Downloads"), `cid` names an inline image of the formatted version.
    """

    id: str
    name: str
    size: str
    media_type: str
    blocked: str = ""
    state: str = ""
    cid: str = ""
    save: Button | None = None
    folder: Button | None = None  # once it is saved: where it is


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
    threading_reason: str = ""  # once it was asked for: "why is this here?"
    at: float = 0.0
    sending: bool = False
    warnings: tuple[str, ...] = ()  # what is odd about the sender
    protection: str = ""  # signed or encrypted, in words
    recover: Button | None = None  # take it back while it is held, or send it again after it failed
    acts: tuple[Button, ...] = ()  # forward, why is this here, choose for a split
    chosen: bool | None = None  # while messages are chosen for a split
    typed: bool = False  # typed in a call: in letters of one width
    typing: bool = False  # it is being written now
    damaged: tuple[int, ...] = ()  # places in the text to underline: their sound came damaged
    accessible: str = ""  # "Amina Yusuf, email, 16:02: Hello…"


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to write here: a reply, one by another channel, a note.  `composer.mode` with `mode=id`."""

    id: str
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Template:
    """A canned reply with its variables filled from the card; `missing` names those it could not fill.

    `line` is how it begins, `used` how often this agent took it; `language` is that of the variant.
    """

    id: str
    label: str
    text: str
    missing: tuple[str, ...] = ()
    line: str = ""
    used: int = 0
    language: str = ""
    files: tuple[str, ...] = ()
    accessible: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """A sentence above the editor or the timeline, with what can be done about it.

    `lines` is what came since, oldest first: read it, then send.  A strip that `stops` keeps a reply back.
    """

    id: str
    text: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    tone: Tone = Tone.WARNING
    stops: bool = False
    asks: bool = False  # an act waits for the answer: the keyboard comes to the last button, Esc presses it

    @property
    def accessible(self) -> str:
        return " ".join((self.text, *self.lines))


@dataclass(frozen=True, slots=True)
class FileChip:
    """A file that will go with the reply: on its way (`fraction` below 1), there, or refused (`error`)."""

    id: str
    name: str
    detail: str  # "84 KB", "uploading, 40 %", "too large: 25 MB at most"
    remove: Button
    fraction: float = 1.0
    error: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """The reply that can still be called back: "Sent to amina@example.com in 8 s" and the button."""

    text: str
    undo: Button
    fraction: float = 1.0  # of the time that is left


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
    conversation: str = ""
    recipient: str = ""  # "To Amina Yusuf <amina@example.com>, by email from help@nordlight.example"
    copies: str | None = None  # who gets a copy; None where the medium has none
    strips: tuple[Strip, ...] = ()
    files: tuple[FileChip, ...] = ()
    attach: Button | None = None
    limits: str = ""  # "Files up to 25 MB"
    count: str = ""  # "12 characters too long", where a message has a limit
    held: Held | None = None
    after: tuple[Button, ...] = ()  # stay, next, close: what happens after sending
    share: Button | None = None
    colleagues: tuple[tuple[str, str], ...] = ()  # (id, name) that @@ completes in a note


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
    items: Sequence[TimelineItemView]
    composer: ComposerView | None
    typing: str = ""  # "Amina is writing…"
    more: bool = False  # older items can be fetched: `conversation.older`
    loading: bool = False
    empty: Empty | None = None
    strips: tuple[Strip, ...] = ()  # who is here, merged, put aside, messages being chosen
