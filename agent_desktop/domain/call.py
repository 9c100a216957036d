"""The voice side of an interaction: the switch's call, who is in it, and how it sounded.

The switch reports; these values are what the record keeps of its reports.  A leg is one person's end of
the call: the customer, the agent who has the interaction, a guest (consulted, or in the conference), a
supervisor.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.domain.types import AgentId, CallId, Instant, LegId, RecordingId, Seconds

CUSTOMER, AGENT, GUEST, SUPERVISOR = "customer", "agent", "guest", "supervisor"
LISTEN, WHISPER, BARGE = "listen", "whisper", "barge"
MODES = (LISTEN, WHISPER, BARGE)
BRIDGED, ENDED, TRANSFERRED = "bridged", "ended", "transferred"  # over; over for us, while others talk on
OVER = frozenset({ENDED, TRANSFERRED})
TTY, RTT, ASK = "tty", "rtt", "ask"  # how a customer types; not known: the switch asks
CARRIERS = {TTY: "TTY", RTT: "real-time text"}
WITH_CUSTOMER, WITH_GUEST, WITH_ALL = "customer", "guest", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuality:
    """How a leg sounded: what came from there, and (`sent_`) what its own reports say arrived there."""

    codec: str = ""
    encrypted: bool = False
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0
    r_factor: float = 0.0
    mos: float = 0.0
    sent_loss_percent: float = 0.0
    sent_mos: float = 0.0
    text_lost: int = 0
    """Packets of real-time text that nobody read."""
    text_flooded: int = 0
    """Characters from there that were more than a leg may send."""
    text_dropped: int = 0
    """Characters to there for which there was no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One person in a call; `state` is ringing or up, `mode` a supervisor's."""

    id: LegId
    kind: str
    state: str = "ringing"
    agent: AgentId = AgentId("")
    number: str = ""
    name: str = ""
    mode: str = ""
    muted: bool = False
    up_at: Instant = Instant(0.0)
    quality: CallQuality | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The switch's call and its instants; `talk` says whom the agent talks with."""

    id: CallId
    state: str = "ringing"
    from_number: str = ""
    to_number: str = ""
    answered_at: Instant = Instant(0.0)
    bridged_at: Instant = Instant(0.0)
    ended_at: Instant = Instant(0.0)
    ended_by: str = ""
    ended_why: str = ""
    talk: str = WITH_CUSTOMER
    legs: tuple[Leg, ...] = ()
    recording: str = "off"  # off, on, paused
    recording_paused_at: Instant = Instant(0.0)
    secure: bool = False
    secure_since_at: Instant = Instant(0.0)
    secure_keys: int = 0
    keys: str = ""
    trunk: str = ""
    text: str = ""  # the customer types: one of CARRIERS
    notice: str = ""  # the last thing that the agent should know: "Chen did not answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording of the call, or a message that the customer left; the router keeps it encrypted."""

    id: RecordingId
    kind: str = "call"  # call, voicemail
    path: str = ""
    at: Instant = Instant(0.0)
    length_s: Seconds = Seconds(0.0)
    masked_s: Seconds = Seconds(0.0)
    transcript: str = ""


def guests(call: Call) -> tuple[Leg, ...]:
    """The consulted, or the others of a conference."""
    return tuple(leg for leg in call.legs if leg.kind == GUEST)


def supervisor(call: Call, agent: AgentId) -> Leg | None:
    """A supervisor's own leg."""
    return next((leg for leg in call.legs if leg.kind == SUPERVISOR and leg.agent == agent), None)


def companions(call: Call) -> frozenset[AgentId]:
    """Agents of the centre who are in this call without having the interaction."""
    if call.state in OVER:
        return frozenset()
    return frozenset(leg.agent for leg in call.legs if leg.agent and leg.kind in {GUEST, SUPERVISOR})
