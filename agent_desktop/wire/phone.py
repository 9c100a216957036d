"""The link between a front end and the agent's phone process.

The phone is the server of this link: it outlives the window, and a restarted window attaches again
and is given a `PhoneSnapshot`.  Commands travel in a `Request`; each is answered by a `PhoneReply`.

The shells that hold the sockets are `links.server.LinkServer` and `links.client.LinkClient`; the run
file of a long-lived process is `links.runfile`.
"""

from __future__ import annotations

from agent_desktop.wire.calls import CallText
from agent_desktop.wire.model import Model
from agent_desktop.wire.phone_commands import (
    Answer,
    AnyPhoneCommand,
    CancelSelfTest,
    ChooseCaptions,
    ClearAccount,
    Dial,
    Expect,
    FixShift,
    HangUp,
    InterruptText,
    PauseCaptions,
    PhoneCommand,
    PlayFile,
    PlaySound,
    Reject,
    RunSelfTest,
    SelectDevices,
    SendDtmf,
    SetAccount,
    SetCaptions,
    SetHold,
    SetMute,
    SetRinging,
    SetSound,
    SetText,
    Shutdown,
    StopFile,
    Transfer,
    TypeText,
)

__all__ = [
    "Answer",
    "AnyPhoneCommand",
    "AnyPhoneEvent",
    "CallTextChanged",
    "CancelSelfTest",
    "CaptionsChanged",
    "ChooseCaptions",
    "ClearAccount",
    "DeviceInfo",
    "DevicesChanged",
    "Dial",
    "Expect",
    "FilePlayed",
    "FixShift",
    "HangUp",
    "HeadsetChanged",
    "HeadsetInfo",
    "HeadsetPressed",
    "InterruptText",
    "LevelsMeasured",
    "MessagesWaiting",
    "PauseCaptions",
    "PhoneCall",
    "PhoneCallChanged",
    "PhoneCommand",
    "PhoneEvent",
    "PhoneReply",
    "PhoneSnapshot",
    "PlayFile",
    "PlaySound",
    "QualityMeasured",
    "Registration",
    "RegistrationChanged",
    "Reject",
    "RunSelfTest",
    "SelectDevices",
    "SelfCheck",
    "SelfTestChanged",
    "SendDtmf",
    "SetAccount",
    "SetCaptions",
    "SetHold",
    "SetMute",
    "SetRinging",
    "SetSound",
    "SetText",
    "Shutdown",
    "SoundChanged",
    "StopFile",
    "Transfer",
    "TypeText",
]


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
    captions_detail: str = ""  # why this phone has no captions, in words (capabilities: captions)


class RegistrationChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The phone registered, failed or lost its registrar."""

    registration: Registration


class PhoneCallChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """A call as it is now; `ended` ones are gone after this event."""

    call: PhoneCall


class CallTextChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """The text of a call moved: its state as it is now, and of its lines those that changed."""

    text: CallText


class CaptionsChanged(PhoneEvent, frozen=True, kw_only=True, tag=True):
    """Whether this phone makes captions now, and why not, in words."""

    able: bool
    detail: str = ""


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
    text_lost: int = 0  # packets of real-time text that nobody read
    text_flooded: int = 0  # characters that came and were more than may
    text_dropped: int = 0  # characters that were typed and for which there was no room


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
    | CaptionsChanged
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
