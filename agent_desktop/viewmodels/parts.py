"""The small pieces that every view is built from: tones, badges, buttons, fields.

Rules of the file: text is plain text in the reader's language; a tone is never the only carrier of a
meaning (the text says it too); `spoken` is what a screen reader is given when the text alone is not
enough.  Icons are names of files in `resources/icons`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """The colour of a meaning; the values are the token names of DESIGN.md."""

    PLAIN = "plain"
    ACCENT = "accent"
    OK = "ok"
    WARNING = "warning"
    DANGER = "danger"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Badge:
    """A short text in a tone: an SLA clock, `REC`, `delivered`."""

    text: str
    tone: Tone = Tone.PLAIN
    spoken: str = ""  # empty: the text


@dataclass(frozen=True, slots=True)
class Button:
    """A way to run an action.  Press it with `desktop.act(button.action, **dict(button.args))`.

    `reason` says in words why it cannot be pressed now; an empty reason means that it can.  `checked`
    is True or False for a toggle and None for a plain button.  `sending`: pressed, not yet confirmed.
    """

    action: str
    label: str
    icon: str = ""
    shortcut: str = ""  # portable text, as QKeySequence reads it: Ctrl+Return, F2, M
    reason: str = ""
    args: tuple[tuple[str, str], ...] = ()
    tone: Tone = Tone.PLAIN  # ACCENT: the primary button, OK: answer, DANGER: end
    checked: bool | None = None
    sending: bool = False

    @property
    def enabled(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form or a script page; `kind` is text, number, date, choice, one or check.

    One of a `one` is always chosen, of a `choice` perhaps none.
    `value` is text: a check is `yes` or empty, a date `2026-11-27`.  `error` says what is wrong with
    the value, in words, `locked` why nothing can be written in it now.
    """

    id: str
    label: str
    kind: str = "text"
    value: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    error: str = ""
    locked: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What a panel without contents says: a title, a sentence, and the next step if there is one."""

    title: str
    sentence: str = ""
    button: Button | None = None
