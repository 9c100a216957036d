"""What a live call shows: who, how long, how it sounds, who else is there, and what can be done."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button, Tone


@dataclass(frozen=True, slots=True)
class RecordingView:
    """The recording of a call: the mark, the time of a pause, and what can be done with it."""

    state: str  # off, on, paused
    badge: Badge
    banner: str  # "Recording is paused for 00:12", or empty
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One more person in the call, with the buttons of that person: swap, mute, remove."""

    leg: str
    name: str
    state: Badge
    active: bool  # I talk with this person now
    spoken: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class CallCard:
    """One live call.  `quiet` ones (held) are drawn faintly.

    `buttons` are those of the situation table, in order, each enabled or with its reason: mute, hold or
    resume, transfer, consult, keypad, recording, in-call text, end; while somebody is consulted swap,
    conference and complete.  With several calls each button says which call it means.
    """

    interaction: str  # empty for a call that the router does not know
    call: str  # the phone's id of it, empty until the phone has it
    title: str
    timer: str
    badges: tuple[Badge, ...]
    tone: Tone
    quiet: bool
    muted: bool
    spoken: str
    buttons: tuple[Button, ...] = ()
    sent_db: float = -96.0
    received_db: float = -96.0
    quality: Badge | None = None
    quality_words: str = ""  # "You hear gaps: 4 % is lost."
    encrypted: Badge | None = None
    recording: RecordingView | None = None
    secure: str = ""  # "Card data: 6 keys", while it is given
    people: tuple[PersonRow, ...] = ()  # all but the customer and me
    talk: str = "customer"  # customer, guest, all
    notice: str = ""
    listeners: str = ""  # "Astrid listens", unless the policy is private
