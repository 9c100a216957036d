"""What the router tells a front end about calls: legs, quality, recordings, where a call may go."""

from __future__ import annotations

from typing import Final

from agent_desktop.wire.model import Model


class CallQuality(Model, frozen=True, kw_only=True):
    """How a call sounded at one leg: what came from there, and (`sent_`) what arrived there."""

    codec: str = ""
    encrypted: bool = False
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0
    r_factor: float = 0.0
    mos: float = 0.0
    sent_loss_percent: float = 0.0
    sent_mos: float = 0.0
    text_lost: int = 0  # packets of real-time text that nobody read
    text_flooded: int = 0  # characters from there that were more than a leg may send
    text_dropped: int = 0  # characters to there for which there was no room


class LegModel(Model, frozen=True, kw_only=True):
    """One person in a call.  `kind` is customer, agent, guest or supervisor; `state` ringing or up.

    A supervisor's leg has a `mode`: listen, whisper, barge.  Whether the agent sees it is the centre's
    policy (`CentreInfo.supervision`); supervisors always do.
    """

    id: str
    kind: str
    state: str = "ringing"
    agent: str = ""
    number: str = ""
    name: str = ""
    mode: str = ""
    muted: bool = False
    up_at: float = 0.0
    quality: CallQuality | None = None


CAPTION: Final = "caption"
"""The medium of a line that was said, and read by a machine."""
CARRY: Final = "carry"
"""The medium of a line of the system's: text and voice share the call in another way from here on."""
CARRIED: Final = {
    "vco": "Voice carry-over: the caller speaks, you type.",
    "hco": "Hearing carry-over: the caller types, you speak.",
    "text": "Both sides type again.",
}
"""What such a line says, by the mode that begins (`CallText.mode`)."""


class CallTextLine(Model, frozen=True, kw_only=True):
    """One line typed or said in a call, as it stands now: it takes the place of the one with its `number`.

    `speaker` is customer, agent or system; `medium` tty, rtt, caption or carry.  `damaged` are places in
    `text` whose sound came damaged; U+FFFD stands where text was lost.  A line without text was erased.

    `confidence` is how sure the machine is of a caption: the geometric mean of the probabilities that the
    model gave to the pieces of words it wrote, e to the power of their mean log probability; above 0, at most
    1.  0: nothing is known of it.  It is no share of right words.
    """

    number: int
    speaker: str
    medium: str
    text: str = ""
    began_at: float = 0.0
    changed_at: float = 0.0
    finished: bool = False
    damaged: tuple[int, ...] = ()
    confidence: float = 0.0


class CallText(Model, frozen=True, kw_only=True):
    """The text of one call at the agent's phone, or of the customer's leg at the switch (without lines).

    `carrier` is what carries it: rtt (agreed on in SDP), tty (tones in the sound), or empty.  `mode` is off
    (tones are not read, nothing is shown), text, vco (the customer speaks and reads) or hco (the customer
    types and hears).  `found`: somebody typed, the panel opens.  `turn` says who may write on a TTY: agent,
    customer, or empty where both may.
    """

    call: str
    carrier: str = ""
    mode: str = "text"
    found: bool = False
    turn: str = ""
    typing: bool = False  # the customer's carrier is on, or text came within the last second
    sending: bool = False  # our tones are on the line
    waiting: int = 0  # characters that have not gone out
    waiting_s: float = 0.0  # how long they need at the line's pace
    damaged: int = 0  # characters of the whole call that came damaged
    baud: float = 0.0
    detail: str = ""  # why there is no text, or how it is carried, in words
    captions: str = "off"  # what is said is shown too: off, far (the other side), both
    captions_detail: str = ""  # why they have stopped by themselves, in words
    lines: tuple[CallTextLine, ...] = ()


class CallModel(Model, frozen=True, kw_only=True):
    """The voice side of an interaction as the switch sees it; the agent's own phone adds mute and levels."""

    id: str
    state: str = "treatment"  # ringing, treatment, connecting, bridged, held, ended
    from_number: str = ""
    to_number: str = ""
    answered_at: float = 0.0
    bridged_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""  # customer, agent, network, system
    ended_why: str = ""
    recording: str = "off"  # off, on, paused
    recording_paused_at: float = 0.0
    secure: bool = False  # card data is being given: masked, nobody listens in
    secure_since_at: float = 0.0
    secure_keys: int = 0  # how many secret keys the customer has pressed
    talk: str = "customer"  # whom the agent talks with: customer, guest, all
    legs: tuple[LegModel, ...] = ()
    keys: str = ""  # the last keys that the customer pressed in the call
    trunk: str = ""
    text: str = ""  # the customer types: tty or rtt
    line: CallText | None = None  # how the customer's TTY stands, where the switch is its modem; no lines
    captions: tuple[CallTextLine, ...] = ()  # the last ones, for who listens, where the centre keeps none
    notice: str = ""  # the last thing that the agent should know: "Chen did not answer."


class RecordingModel(Model, frozen=True, kw_only=True):
    """A recording, kept encrypted; fetched at `/api/v1/interactions/INTERACTION/recordings/ID`."""

    id: str
    kind: str = "call"  # call, voicemail
    at: float = 0.0
    length_s: float = 0.0
    masked_s: float = 0.0
    transcript: str = ""


class TargetModel(Model, frozen=True, kw_only=True):
    """Somebody or something that a call can go to.  `kind` is agent, queue, number or parked.

    `state` is the agent's activity or state; a queue tells who is ready and the estimated wait.
    `blind` and `consult` say whether the asking agent may; `reason` why not, in words.
    """

    kind: str
    id: str
    name: str
    state: str = ""
    ready: int = 0
    waiting: int = 0
    estimated_s: float = 0.0
    blind: bool = True
    consult: bool = True
    reason: str = ""
