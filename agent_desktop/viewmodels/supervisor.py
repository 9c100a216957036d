"""The supervisor's board: agents, live calls, who waits, and the call that is listened to (J1, J2)."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button, Tone


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the six large numbers on top."""

    label: str
    value: str
    detail: str
    tone: Tone = Tone.PLAIN
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent: state with its time, what is in hand, the phone."""

    id: str
    name: str
    initials: str
    state: Badge
    timer: str
    work: str  # "Amina Okafor · Support · 03:12", or empty
    phone: Badge
    spoken: str
    buttons: tuple[Button, ...] = ()  # listen, whisper, barge, state: enabled or with the reason
    after: str = ""  # what comes next, or the state below the work where it is not ready: "Break next"


@dataclass(frozen=True, slots=True)
class CallRow:
    """A live call: customer, queue, agent, age, state, quality, recording, who listens."""

    interaction: str
    customer: str
    queue: str
    agent: str
    age: str
    state: Badge
    quality: Badge | None
    recording: Badge | None
    listeners: str
    spoken: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """Somebody who waits: who, where, how long, and the tone of the age (3 and 5 minutes)."""

    interaction: str
    icon: str
    customer: str
    queue: str
    age: str
    tone: Tone
    spoken: str
    priority: str = ""  # "priority 80"; empty for the plain one
    buttons: tuple[Button, ...] = ()  # why nobody, move


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue's live numbers as text."""

    id: str
    name: str
    waiting: str
    oldest: str
    ready: str
    service_level: str
    abandoned: str
    tone: Tone
    spoken: str
    wrap_up: str = "0"  # agents of it who are in wrap-up: neither ready nor busy


@dataclass(frozen=True, slots=True)
class ListeningCard:
    """The call that this supervisor is in: one control for all modes.

    `modes` are listen, whisper, barge, `checked` the one that is on; then take over and leave.  `hears`
    are agent, customer, both: what is heard while the customer is on hold (`hold_rule` says so).
    """

    interaction: str
    title: str
    timer: str
    state: Badge
    modes: tuple[Button, ...]
    hears: tuple[Button, ...]
    hold_rule: str
    take_over: Button
    leave: Button
    spoken: str


@dataclass(frozen=True, slots=True)
class SupervisorView:
    """The whole place."""

    figures: tuple[Figure, ...]
    agents: tuple[AgentRow, ...]
    calls: tuple[CallRow, ...]
    waiting: tuple[WaitingRow, ...]
    queues: tuple[QueueRow, ...]
    listening: ListeningCard | None = None
    empty: str = ""
