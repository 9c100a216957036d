"""Notices and announcements: sentences that say what happened and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Button, Tone


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that stays until it is dismissed or its cause is gone.  Newest last."""

    id: str
    text: str
    tone: Tone
    at: float
    button: Button | None = None  # the next step, if there is one
    dismiss: Button | None = None  # None: it goes when its cause is gone


@dataclass(frozen=True, slots=True)
class Announcement:
    """A sentence for the screen reader; assertive only for ring and hang-up.  `sound` names its sound."""

    text: str
    assertive: bool = False
    sound: str = ""  # ring, or a name of `wire.phone.PlaySound` (message, your_turn, warning, lost); or empty
    clock: bool = False  # a time that no event tells: the line mode says it too
    shown: str = ""  # what a notification says where the text is not to be read out
    about: str = ""  # what its sound was, also when the phone has played it
