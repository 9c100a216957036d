"""What one window holds of writing beside the drafts: asked once, called back, chosen, being fetched.

It is lost with the window.  What the agent wrote is not in here: texts, copies, channels and files of a draft
are in the drafts, which survive the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from agent_desktop.client.drafts import Drafts, Key
from agent_desktop.wire.calls import TargetModel
from agent_desktop.wire.models import AttachmentModel

WITH = "with:"  # the mode under which a draft's copies, channel and files are kept: "with:reply"


class Extras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What goes with a draft: who gets a copy, by which channel, which files, who is mentioned."""

    copies: str = ""
    channel: str = ""
    files: tuple[AttachmentModel, ...] = ()
    mentions: tuple[str, ...] = ()
    shared: bool = False  # colleagues are shown the draft

    @property
    def is_empty(self) -> bool:
        return self == Extras()


def extras_of(text: str) -> Extras:
    """What was kept; an unreadable one is an empty one."""
    if not text:
        return Extras()
    try:
        return msgspec.json.decode(text, type=Extras)
    except msgspec.MsgspecError:
        return Extras()


def is_written(drafts: Drafts, author: str, conversation: str, mode: str) -> bool:
    """Whether a draft holds anything to send: words of its own, or files."""
    if drafts.get(Key(author, conversation, mode)).text.strip():
        return True
    return bool(extras_of(drafts.get(Key(author, conversation, WITH + mode)).text).files)


@dataclass(frozen=True, slots=True)
class Concluding:
    """What was to be finished while words were not sent: the act as it was given, and the draft."""

    action: str
    given: tuple[tuple[str, str], ...]
    conversation: str
    mode: str
    interaction: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The router kept a reply back: its code, and the sentence."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A message that is being sent on."""

    conversation: str
    message: str
    address: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class MacroOpen:
    """The preview that is open; `texts` are the steps' words as they were changed, by the step's place."""

    macro: str
    conversation: str
    texts: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Running:
    """A macro that runs: how many of its steps are done, and which answers are awaited."""

    label: str
    steps: int
    done: int = 0
    problem: str = ""
    waiting: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Pending:
    """The state of writing."""

    # Per conversation: who would have got it when the draft began, by each channel ("": its own).
    began_to: dict[str, dict[str, str]] = field(default_factory=dict)
    colleagues: tuple[TargetModel, ...] = ()  # agents whom the stream does not tell of, by the last question
    tried: set[str] = field(default_factory=set)  # drafts (their message's id) that were to be sent
    despite: dict[str, set[str]] = field(default_factory=dict)  # per draft: what was said and passed over
    refusals: dict[str, Refusal] = field(default_factory=dict)  # per conversation
    typed: dict[str, tuple[str, str]] = field(default_factory=dict)  # a refused line: (text, code)
    held: dict[str, str] = field(default_factory=dict)  # replies that can be called back: their conversation
    copies: dict[str, str] = field(default_factory=dict)  # their texts as they were written
    told: set[tuple[str, str]] = field(default_factory=set)  # (message, state) that was said aloud
    then: dict[str, str] = field(default_factory=dict)  # per reply on its way: stay, next or close
    concluding: Concluding | None = None  # what is asked before something is finished
    concludes: dict[str, Concluding] = field(default_factory=dict)  # per message on its way: what then ends
    kept: dict[tuple[str, str], str] = field(default_factory=dict)  # (conversation, mode): kept knowingly
    splitting: dict[str, frozenset[str]] = field(default_factory=dict)  # per conversation: chosen messages
    forwarding: Forwarding | None = None
    macro: MacroOpen | None = None
    running: dict[str, Running] = field(default_factory=dict)  # by the request that is awaited
    asked_why: set[str] = field(default_factory=set)  # messages whose threading reason is shown
    to_share: dict[tuple[str, str], str] = field(default_factory=dict)  # (conversation, mode): a shared text
    shared_at: float = 0.0
    typing: str = ""  # the conversation whose customer is shown that I write
    wrote_at: float = 0.0
