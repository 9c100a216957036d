"""The link between a front end and the agent's phone process.

The phone is the server of this link: it outlives the window, and a restarted window attaches again
and is given a `PhoneSnapshot`.  Commands travel in a `Request`; each is answered by a `PhoneReply`.

The shells that hold the sockets are `links.server.LinkServer` and `links.client.LinkClient`; the run
file of a long-lived process is `links.runfile`.
"""

from __future__ import annotations

from agent_desktop.wire.calls import CallText
from agent_desktop.wire.model import Model
from agent_desktop.wire.models import PhoneAccount


class PhoneCommand(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every command to the phone; its tag is the class name."""


class SetAccount(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Register with this account (again, if it changed)."""

    account: PhoneAccount


class ClearAccount(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Un-register; live calls go on."""


class Expect(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Answer the call that carries this interaction's id at once: its agent accepted the offer.

    `tone` is the queue's (zip, none, …): what the agent hears just before the customer.
    """

    interaction: str
    tone: str = "zip"


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


class SetText(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Write in the call: `mode` is off, text, vco or hco.  RTT is added where there is none (re-INVITE)."""

    call: str
    mode: str = "text"


class TypeText(PhoneCommand, frozen=True, kw_only=True, tag=True):
    r"""Send typed text: `\n` is a new line, `\b` takes the last sign back.  On a TTY it waits its turn."""

    call: str
    text: str


class InterruptText(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Send what waits although the customer is typing."""

    call: str


class FixShift(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """A TTY's turn shows figures where letters were meant, or the other way: read it again."""

    call: str


class SelectDevices(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Choose devices by name; empty means the system's own; `silent`, or `file:IN.wav:OUT.wav`.

    The lists are ordered, most wanted first: the best one present is used, the next one when it is
    unplugged; `rings` are used all at once.  A single name stands for a list of one.
    """

    microphone: str = ""
    speaker: str = ""
    ring: str = ""
    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()


class SetSound(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """How the microphone is cleaned, how loud calls are heard, and the phone's own sounds (dBFS)."""

    echo: bool = True
    noise: bool = True
    gain: bool = True
    ring_db: float = -12.0
    waiting: bool = True  # the call-waiting tone during a call
    waiting_db: float = -30.0
    silent: tuple[str, ...] = ()  # media that do not ring aloud
    volume_db: float = 0.0  # so much louder than usual in the ear: 0 to 20
    balance: float = 0.0  # -1 left ear only, 0 both, 1 right ear only


class SetRinging(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Ring for an offer of `kind` (voice, chat, email…) on the ring devices until told to stop."""

    on: bool
    kind: str = "voice"


class PlaySound(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Play one of the phone's own sounds once: message, your_turn, warning, lost."""

    sound: str


class PlayFile(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Play a sound file (WAV, Ogg Opus) on the speaker, from `from_s`; one at a time."""

    path: str
    from_s: float = 0.0


class StopFile(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Stop what `PlayFile` plays."""


class Transfer(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Ask the other side to call `target` (REFER), or the remote of the own call `other` (with Replaces).

    For exchanges that are not ours; with ours the router transfers.
    """

    call: str
    target: str = ""
    other: str = ""


class RunSelfTest(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Test devices, echo, registration and a call to the exchange's echo number; `skip` names checks.

    `SelfTestChanged` tells how it goes.  Refused while a call is up.
    """

    skip: tuple[str, ...] = ()


class CancelSelfTest(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """End the self-test now."""


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
    | SetText
    | TypeText
    | InterruptText
    | FixShift
    | SelectDevices
    | SetSound
    | SetRinging
    | PlaySound
    | PlayFile
    | StopFile
    | Transfer
    | RunSelfTest
    | CancelSelfTest
    | Shutdown
)


class DeviceInfo(Model, frozen=True, kw_only=True):
    """A sound device."""

    name: str
    microphone: bool = False
    speaker: bool = False
    default: bool = False
    present: bool = True


class HeadsetInfo(Model, frozen=True, kw_only=True):
    """The headset's buttons (USB HID); `detail` says why they cannot be used, in words."""

    name: str = ""
    connected: bool = False
    off_hook: bool = False
    muted: bool = False
    detail: str = ""


class SelfCheck(Model, frozen=True, kw_only=True):
    """One line of the self-test.  `state` is waiting, running, ok, warning or failed.

    `id` is microphone, speaker, echo, registration, call, connection or clock.
    """

    id: str
    state: str = "waiting"
    words: str = ""
    value: float = 0.0
    unit: str = ""


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
    codec: str = ""
    encrypted: bool = False  # SRTP both ways
    held_by_remote: bool = False


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
    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()
    headset: HeadsetInfo = HeadsetInfo()
    sound: SetSound = SetSound()
    messages_waiting: int = 0
    checks: tuple[SelfCheck, ...] = ()
    texts: tuple[CallText, ...] = ()  # of the live calls, with all their lines


class RegistrationChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The phone registered, failed or lost its registrar."""

    registration: Registration


class PhoneCallChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """A call as it is now; `ended` ones are gone after this event."""

    call: PhoneCall


class CallTextChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The text of a call moved: its state as it is now, and of its lines those that changed."""

    text: CallText


class DevicesChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Devices came, went or were chosen."""

    devices: tuple[DeviceInfo, ...] = ()
    microphone: str = ""  # the one in use now
    speaker: str = ""
    detail: str = ""
    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()


class HeadsetChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """A headset with buttons came, went, or one was pressed."""

    headset: HeadsetInfo


class SoundChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The sound settings as they are now."""

    sound: SetSound


class SelfTestChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """How the self-test goes; `over` with the last one.  Levels of the running check come in `value`."""

    checks: tuple[SelfCheck, ...] = ()
    over: bool = False


class MessagesWaiting(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The exchange says how many new voice messages there are (RFC 3842)."""

    new: int = 0
    old: int = 0


class FilePlayed(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Where `PlayFile` stands, about once a second; `over` at its end, with `detail` when it failed."""

    path: str
    at_s: float = 0.0
    length_s: float = 0.0
    over: bool = False
    detail: str = ""


class HeadsetPressed(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """A headset button that the phone alone cannot carry out: answer (an offer), end, or swap."""

    act: str
    call: str = ""


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
    delay_ms: float = 0.0  # mouth to ear, one way, as far as it can be known
    mos: float = 0.0
    r_factor: float = 0.0
    sent_loss_percent: float = 0.0  # what the other side says it lost
    sent_mos: float = 0.0
    codec: str = ""


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
    | CallTextChanged
    | DevicesChanged
    | HeadsetChanged
    | HeadsetPressed
    | SoundChanged
    | SelfTestChanged
    | MessagesWaiting
    | FilePlayed
    | LevelsMeasured
    | QualityMeasured
    | PhoneReply
)
