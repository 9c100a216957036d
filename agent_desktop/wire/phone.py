"""The link between a front end and the agent's phone process.

The phone is the server of this link: it outlives the window, and a restarted window attaches again
and is given a `PhoneSnapshot`.  Commands travel in a `Request`; each is answered by a `PhoneReply`.

The shells that hold the sockets are `links.server.LinkServer` and `links.client.LinkClient`; the run
file of a long-lived process is `links.runfile`.
"""

from __future__ import annotations

from agent_desktop.wire.models import Model, PhoneAccount


class PhoneCommand(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every command to the phone; its tag is the class name."""


class SetAccount(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Register with this account (again, if it changed)."""

    account: PhoneAccount


class ClearAccount(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Un-register; live calls go on."""


class Expect(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Answer the call that carries this interaction's id at once: its agent accepted the offer."""

    interaction: str


class Dial(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Call a number or an extension; `interaction` travels with it when the router made one."""

    target: str
    interaction: str = ""


class Answer(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Answer a ringing call."""

    call: str


class Reject(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Refuse a ringing call; `status` is the SIP answer (486 busy, 603 declined)."""

    call: str
    status: int = 603


class HangUp(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """End a call in any state."""

    call: str


class SetMute(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Send silence instead of the microphone, or stop doing so."""

    call: str
    on: bool


class SetHold(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Hold by re-INVITE, or resume."""

    call: str
    on: bool


class SendDtmf(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Press keys (RFC 4733): 0-9 * # A-D."""

    call: str
    digits: str


class SelectDevices(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Choose devices by name; empty means the system's own; `silent`, or `file:IN.wav:OUT.wav`."""

    microphone: str = ""
    speaker: str = ""
    ring: str = ""


class Shutdown(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """End the phone process; live calls are hung up."""


AnyPhoneCommand = (
    SetAccount
    | ClearAccount
    | Expect
    | Dial
    | Answer
    | Reject
    | HangUp
    | SetMute
    | SetHold
    | SendDtmf
    | SelectDevices
    | Shutdown
)


class DeviceInfo(Model, frozen=True, kw_only=True):
    """A sound device."""

    name: str
    microphone: bool = False
    speaker: bool = False
    default: bool = False


class Registration(Model, frozen=True, kw_only=True):
    """`state` is none, registering, registered or failed; `detail` says why in words."""

    state: str = "none"
    detail: str = ""
    extension: str = ""
    since_at: float = 0.0


class PhoneCall(Model, frozen=True, kw_only=True):
    """One call at the agent's phone.  `state` is dialling, ringing, up, held or ended."""

    id: str
    direction: str
    state: str
    interaction: str = ""
    remote: str = ""
    remote_name: str = ""
    muted: bool = False
    started_at: float = 0.0
    up_at: float = 0.0
    held_at: float = 0.0
    ended_at: float = 0.0
    ended_by: str = ""  # agent, remote, network
    status: int = 0  # the final SIP answer when it did not come up
    detail: str = ""


class PhoneEvent(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every event from the phone; its tag is the class name."""


class PhoneSnapshot(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Everything the phone knows, sent at attach."""

    registration: Registration = Registration()
    calls: tuple[PhoneCall, ...] = ()
    devices: tuple[DeviceInfo, ...] = ()
    microphone: str = ""
    speaker: str = ""
    engine: str = "native"
    capabilities: tuple[str, ...] = ()


class RegistrationChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The phone registered, failed or lost its registrar."""

    registration: Registration


class PhoneCallChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """A call as it is now; `ended` ones are gone after this event."""

    call: PhoneCall


class DevicesChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Devices came, went or were chosen."""

    devices: tuple[DeviceInfo, ...] = ()
    microphone: str = ""
    speaker: str = ""
    detail: str = ""


class LevelsMeasured(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Level meters in dBFS, at most five times a second while a call is up."""

    call: str
    sent_db: float = -96.0
    received_db: float = -96.0


class QualityMeasured(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Live quality of a call; shown in words."""

    call: str
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    delay_ms: float = 0.0
    mos: float = 0.0


class PhoneReply(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The answer to one request; a refusal says what happened and what to do."""

    request: str
    ok: bool = True
    code: str = ""
    message: str = ""


AnyPhoneEvent = (
    PhoneSnapshot
    | RegistrationChanged
    | PhoneCallChanged
    | DevicesChanged
    | LevelsMeasured
    | QualityMeasured
    | PhoneReply
)
