"""What a front end asks of the phone: one tagged struct per command (the link is `wire.phone`)."""

from __future__ import annotations

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
    r"""Send typed text: `\n` is a new line, `\b` takes the last sign back.  On a TTY it waits its turn.

    `ends_turn`: the agent is done; what is typed next is a line of its own, whatever the other side is told.
    """

    call: str
    text: str
    ends_turn: bool = False


class InterruptText(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Send what waits although the customer is typing."""

    call: str


class FixShift(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """A TTY's turn shows figures where letters were meant, or the other way: read it again."""

    call: str


class SetCaptions(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Show what is said in the call as text: `mode` is off, far (the other side), both."""

    call: str
    mode: str = "far"


class PauseCaptions(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """Card data is given (or no more): nothing of it may become a caption."""

    call: str
    on: bool


class ChooseCaptions(PhoneCommand, frozen=True, kw_only=True, tag=True):
    """What makes captions from now on, in the words of the settings `captions.*`; running ones change."""

    engine: str = "off"
    model: str = ""
    start: bool = False  # with every call


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
    | SetCaptions
    | PauseCaptions
    | ChooseCaptions
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
