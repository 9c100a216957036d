"""The link between the router and the embedded switch.

The switch is the server of this link: calls outlive the router, and a restarted router attaches
again and is given a `SwitchSnapshot` from which it reconciles.  The router decides; the switch
plays, bridges and reports.  Every command names a call by the switch's id.

The shells that hold the sockets are `links.server.LinkServer` and `links.client.LinkClient`; the run
file of a long-lived process is `links.runfile`.
"""

from __future__ import annotations

from agent_desktop.wire.models import Model


class SwitchCommand(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every command to the switch; its tag is the class name."""


class Extension(Model, frozen=True, kw_only=True):
    """An agent's phone that may register; `ha1` is MD5(user:realm:password), `ha1_sha256` its sister."""

    extension: str
    agent: str
    name: str = ""
    ha1: str = ""
    ha1_sha256: str = ""


class SetDirectory(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Who may register, and which numbers the centre answers.  Replaces what was set before."""

    realm: str
    extensions: tuple[Extension, ...] = ()
    numbers: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()  # addresses that may call besides loopback
    music: str = ""  # path of the queue music (WAV), empty for the shipped one


class Prompt(Model, frozen=True, kw_only=True):
    """One thing to play: a file, or words to speak (cached), in a language."""

    file: str = ""
    text: str = ""
    language: str = "en"


class AnswerCall(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Answer an arrived call (200); playing may follow."""

    call: str


class RefuseCall(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Refuse an arrived call with a SIP status."""

    call: str
    status: int = 480


class Play(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Play prompts in order; then music until told otherwise if `then_music`, else silence.

    `collect` > 0 also gathers that many touch-tones (`DigitsCollected`), within `collect_s` after
    the last prompt; a key pressed during a prompt ends it (barge-in).
    """

    call: str
    play: str  # the router's id of this act
    prompts: tuple[Prompt, ...] = ()
    then_music: bool = False
    collect: int = 0
    collect_s: float = 6.0


class StopPlay(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Silence for the caller."""

    call: str


class ConnectAgent(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Ring the agent's phone and bridge on answer; the caller keeps hearing the music until then."""

    call: str
    extension: str
    interaction: str
    timeout_s: float = 20.0
    from_number: str = ""
    from_name: str = ""


class HoldCall(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """The caller hears music; the agent's leg stays up and hears nothing."""

    call: str


class ResumeCall(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Bridge caller and agent again."""

    call: str


class Unbridge(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Take the agent's leg away (transfer, agent lost); the caller hears music."""

    call: str


class DialOut(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Ring the agent's phone, then the number; `call` is the router's id for the new call."""

    call: str
    extension: str
    number: str
    interaction: str
    caller_id: str = ""


class HangUpCall(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """End the call and every leg of it; `by` is recorded as who ended it."""

    call: str
    by: str = "system"


class ShutdownSwitch(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """End the switch process; live calls are hung up."""


AnySwitchCommand = (
    SetDirectory
    | AnswerCall
    | RefuseCall
    | Play
    | StopPlay
    | ConnectAgent
    | HoldCall
    | ResumeCall
    | Unbridge
    | DialOut
    | HangUpCall
    | ShutdownSwitch
)


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


class SwitchEvent(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every event from the switch; its tag is the class name."""


class SwitchSnapshot(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """Everything the switch knows, sent at attach."""

    calls: tuple[SwitchCall, ...] = ()
    registered: tuple[str, ...] = ()  # extensions
    sip: str = ""  # host:port it listens on
    configured: bool = False  # a directory was set


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


class AgentDialled(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """An agent's own phone dialled a number outside: the switch made a call for it."""

    call: SwitchCall


class CallEnded(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The customer's leg is gone; `call` says who ended it and when."""

    call: SwitchCall


class ExtensionRegistered(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """An agent's phone registered, or is gone."""

    extension: str
    registered: bool = True


class SwitchReply(SwitchEvent, frozen=True, kw_only=True, tag=True):
    """The answer to one request; a refusal says what happened."""

    request: str
    ok: bool = True
    code: str = ""
    message: str = ""


AnySwitchEvent = (
    SwitchSnapshot
    | CallArrived
    | CallChanged
    | PlayEnded
    | DigitsCollected
    | AgentLegFailed
    | AgentLegEnded
    | AgentDialled
    | CallEnded
    | ExtensionRegistered
    | SwitchReply
)
