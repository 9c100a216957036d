"""What the switch tells the router: one tagged struct per event (the link is `wire.switch`)."""

from __future__ import annotations

from agent_desktop.wire.calls import CallQuality, CallText, CallTextLine
from agent_desktop.wire.model import Model

LegQuality = CallQuality  # how a leg sounds, as the record keeps it


class SwitchLeg(Model, frozen=True, kw_only=True):
    """One person in a call.  `kind` is customer, agent, guest or supervisor; `state` ringing or up.

    `mode` is a supervisor's: listen, whisper, barge.
    """

    id: str
    kind: str
    state: str = "ringing"
    extension: str = ""
    number: str = ""
    name: str = ""
    mode: str = ""
    muted: bool = False
    up_at: float = 0.0
    quality: LegQuality | None = None


class SwitchCall(Model, frozen=True, kw_only=True):
    """A call with a customer.  `state` is ringing, answered, connecting, bridged, held or ended."""

    id: str
    state: str
    direction: str = "in"
    from_number: str = ""
    from_name: str = ""
    to_number: str = ""
    interaction: str = ""
    extension: str = ""  # of the agent's leg, when there is one
    arrived_at: float = 0.0
    answered_at: float = 0.0
    bridged_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""  # customer, agent, network, system
    ended_why: str = ""  # the Reason that came with it, or the SIP status in words
    legs: tuple[SwitchLeg, ...] = ()  # all that are there now; in CallEnded all that were there last
    talk: str = "customer"  # whom the agent talks with: customer, guest, all
    recording: str = "off"  # off, on, paused
    secure: bool = False
    trunk: str = ""
    text: str = ""  # the customer types: tty or rtt


class SwitchEvent(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every event from the switch; its tag is the class name."""


class TextSaid(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """A line of typed text is finished; (`call`, `leg`, `line.number`) names it, should it come twice.

    `leg` is whose; the line's `speaker` is customer or agent (also a guest), or system for the switch's own.
    `audience` is who could read it as it was typed: customer (also what the customer typed), or only the
    centre (on hold, in a consult, in a whisper).  Nothing is told that was typed while card data was given; a
    line without an audience is of a switch that leaves this to the router.
    """

    call: str
    leg: str
    line: CallTextLine
    audience: str = ""  # customer, centre


class SwitchSnapshot(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """Everything the switch knows, sent at attach."""

    calls: tuple[SwitchCall, ...] = ()
    registered: tuple[str, ...] = ()  # extensions
    sip: str = ""  # host:port it listens on
    configured: bool = False  # a directory was set
    trunks: tuple[tuple[str, str], ...] = ()  # id, state (as in TrunkChanged)
    tls: str = ""  # host:port, when it listens for TLS
    fingerprint: str = ""  # SHA-256 of its own certificate
    said: tuple[TextSaid, ...] = ()  # of the calls that are up, or ended unseen; some were told before


class CallArrived(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """A customer calls one of the centre's numbers; the switch rings until told what to do."""

    call: SwitchCall


class CallChanged(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The call's state as it is now (answered, bridged, held)."""

    call: SwitchCall


class PlayEnded(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The prompts of one `Play` are over (the music may go on)."""

    call: str
    play: str


class DigitsCollected(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """Touch-tones gathered for one `Play`; empty when nothing was pressed in time."""

    call: str
    play: str
    digits: str = ""


class AgentLegFailed(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The agent's phone did not answer; the caller still hears the music."""

    call: str
    extension: str
    interaction: str
    status: int = 0
    detail: str = ""


class AgentLegEnded(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The agent's leg is gone while the customer is still there (phone crashed, network)."""

    call: str
    extension: str
    by: str = "agent"


class TextMoved(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """How the customer's TTY stands: turn, what waits, what came damaged.  Shown, never kept; no lines."""

    text: CallText


class AgentDialled(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """An agent's own phone dialled a number outside: the switch made a call for it."""

    call: SwitchCall


class LegEnded(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """A guest or supervisor is gone, or never came (`was_up` false: not answered, busy, refused).

    `by` is leg, agent, system or network.  After a blind transfer that failed the customer hears music.
    """

    call: str
    leg: str
    was_up: bool = False
    by: str = "leg"
    status: int = 0
    detail: str = ""


class RecordingChanged(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """A recording began, was paused, went on or ended (`off`, with its length), or failed (`detail`)."""

    call: str
    recording: str
    state: str
    at: float = 0.0
    length_s: float = 0.0
    masked_s: float = 0.0
    path: str = ""
    detail: str = ""


class MessageTaken(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The voicemail is in its file.  `why` is key, silence, limit or hang_up; length 0: nothing was said."""

    call: str
    recording: str
    path: str
    length_s: float = 0.0
    why: str = ""


class KeysPressed(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """Keys that somebody pressed in a call (never while it is secure, nor those of a `Play`)."""

    call: str
    leg: str
    digits: str


class SecureDigits(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The customer's secret keys: hand them on and forget them; never log or store them.

    With `over` false only `count` is told, for the dots on the agent's screen.
    """

    call: str
    count: int = 0
    digits: str = ""
    over: bool = False


class TransferAsked(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """An agent's own phone asked for a transfer (REFER); the router carries it out as the agent's wish.

    `with_call` is the other call of that phone when it was an attended one.
    """

    call: str
    extension: str
    target: str
    with_call: str = ""


class TrunkChanged(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """`state` is up, registering, failed or down; `detail` says why, in words."""

    trunk: str
    state: str
    detail: str = ""


class CallEnded(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The customer's leg is gone; `call` says who ended it and when."""

    call: SwitchCall


class ExtensionRegistered(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """An agent's phone registered, or is gone."""

    extension: str
    registered: bool = True


class SwitchReply(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The answer to one request; a refusal says what happened, to which command, in which call."""

    request: str
    ok: bool = True
    code: str = ""
    message: str = ""
    command: str = ""
    call: str = ""
    leg: str = ""


AnySwitchEvent = (
    SwitchSnapshot
    | CallArrived
    | CallChanged
    | PlayEnded
    | DigitsCollected
    | AgentLegFailed
    | AgentLegEnded
    | AgentDialled
    | TextSaid
    | TextMoved
    | LegEnded
    | RecordingChanged
    | MessageTaken
    | KeysPressed
    | SecureDigits
    | TransferAsked
    | TrunkChanged
    | CallEnded
    | ExtensionRegistered
    | SwitchReply
)
