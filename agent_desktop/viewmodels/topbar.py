"""The top bar: my state and the time in it, my queues, the connection, the phone, the live calls."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button, Tone


@dataclass(frozen=True, slots=True)
class StateView:
    """The state selector.  `choices` are ready and each reason that an agent may pick."""

    label: str  # "Ready", "Break", "On a call"
    tone: Tone
    icon: str
    timer: str  # "02:13"
    next_label: str  # "next: Lunch", or empty
    spoken: str  # "Ready for 2 minutes 13 seconds, next: Lunch"
    choices: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusView:
    """A connection or registration: short label, tone, icon, and the sentence of its tooltip."""

    label: str
    tone: Tone
    icon: str
    detail: str


@dataclass(frozen=True, slots=True)
class CallCard:
    """One live call.  `quiet` ones (held) are drawn faintly.

    `buttons` are those of the situation table, in order, each enabled or with its reason: mute, hold or
    resume, transfer, keypad, in-call text, end.
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


@dataclass(frozen=True, slots=True)
class TopBarView:
    """The whole bar.  `queues` are small badges: waiting count with the oldest wait, service level."""

    agent_name: str
    agent_initials: str
    state: StateView
    queues: tuple[Badge, ...]
    connection: StatusView
    phone: StatusView
    calls: tuple[CallCard, ...]
    palette: Button
    sign_out: Button
