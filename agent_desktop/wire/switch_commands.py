"""What the router asks of the switch: one tagged struct per command (the link is `wire.switch`)."""

from __future__ import annotations

from agent_desktop.wire.exchange import (
    DialLimits,
    ExchangeSettings,
    Extension,
    OutboundRoute,
    Trunk,
)
from agent_desktop.wire.model import Model


class SwitchCommand(Model, frozen=True, kw_only=True, tag_field="type"):
    """The base of every command to the switch; its tag is the class name."""


class SetDirectory(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Who may register, and which numbers the centre answers.  Replaces what was set before."""

    realm: str
    extensions: tuple[Extension, ...] = ()
    numbers: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()  # addresses that may call besides loopback
    music: str = ""  # path of the queue music (WAV), empty for the shipped one
    trunk_accounts: tuple[Trunk, ...] = ()
    routes: tuple[OutboundRoute, ...] = ()
    limits: DialLimits = DialLimits()
    exchange: ExchangeSettings = ExchangeSettings()


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
    the last prompt or the last key; a key pressed during a prompt ends it (barge-in), unless
    `barge_in` is off.  `end_key` ends the gathering early and is not part of the digits.  Without `awaits`
    a key is taken, and none is asked for: who reads the words on a textphone is not given the turn.
    """

    call: str
    play: str  # the router's id of this act
    prompts: tuple[Prompt, ...] = ()
    then_music: bool = False
    collect: int = 0
    collect_s: float = 6.0
    end_key: str = ""
    barge_in: bool = True
    awaits: bool = True


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
    """Ring the agent's phone, then the number; `call` is the router's id for the new call.

    Without an extension the number alone is rung (a callback, customer first): the call is `answered`
    when the customer is there, and waits with music for `ConnectAgent`.
    """

    call: str
    extension: str
    number: str
    interaction: str
    caller_id: str = ""
    timeout_s: float = 45.0  # how long the far end may ring


class AddLeg(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Ring one more person for a call: an extension, else a number.  `leg` is the router's id for it.

    A consult: from now on the agent hears that person (its ringback first) and the customer music,
    until `SetTalk`, `PromoteLeg` or the person's end.  With `blind` the agent's leg is taken away at
    once and the customer hears music until the person answers (blind transfer).
    """

    call: str
    leg: str
    extension: str = ""
    number: str = ""
    name: str = ""
    interaction: str = ""
    from_number: str = ""
    from_name: str = ""
    timeout_s: float = 30.0
    blind: bool = False


class SetTalk(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Whom the agent talks with: customer, guest (the consulted), or all (a conference).

    Whoever is left out hears music.
    """

    call: str
    with_whom: str


class PromoteLeg(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """The guest or supervisor takes the agent's place; the agent's leg is taken away.

    Completes an attended transfer, leaves a conference, takes a call over.  An outside guest talks
    with the customer and no agent is left: the call goes on and ends when one of the two hangs up.
    With `from_call` it is the far end of that other call of the same agent (the two calls of an attended
    transfer): it comes over, under the name `leg`, and the other call is over.
    """

    call: str
    leg: str
    from_call: str = ""


class MuteLeg(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """This leg is not heard by the others, or is again."""

    call: str
    leg: str
    on: bool = True


class RemoveLeg(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Hang up on a guest or a supervisor; when the last guest goes the agent talks with the customer."""

    call: str
    leg: str


class Supervise(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Ring a supervisor's phone into the call, or change the mode of one that is there, without a redial.

    `mode` is listen (heard by nobody), whisper (by the agent alone) or barge (by everybody).  While the
    customer is on hold the supervisor hears only `hears`: agent, customer (the music is not sent) or both.
    """

    call: str
    leg: str
    mode: str
    extension: str = ""
    name: str = ""
    hears: str = "both"
    timeout_s: float = 15.0


class Record(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Record the call, both sides apart, encrypted: `act` is start, pause, resume or stop.

    `announce` is heard by the customer and the agent before the first frame is kept.  A pause masks and
    keeps the length.  `path` is where the file goes, made by the router.
    """

    call: str
    recording: str
    act: str
    path: str = ""
    announce: tuple[Prompt, ...] = ()


class SetSecure(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Card data is being given: the recording is masked, supervisors hear nothing, keys are not told.

    With `collect` the customer's keys go to nobody in the call: they arrive at the router alone as one
    `SecureDigits`, after that many, `end_key`, or `collect_s` without one.
    """

    call: str
    on: bool
    collect: int = 0
    collect_s: float = 20.0
    end_key: str = "#"


class ActOnText(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """On the customer's TTY: `act` is interrupt (send what waits although it types) or fix_shift."""

    call: str
    act: str


class SetCallText(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """The customer types, or is asked whether: `carrier` is tty, rtt or ask.  May come before the answer.

    With tty what the customer is told goes out in tones, before the spoken words until something is typed;
    with ask tones say HD, the words are spoken, and tones say DIAL 1.
    """

    call: str
    carrier: str


class TakeMessage(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """Voicemail: a beep, then record the customer alone, encrypted, until a key, silence or `most_s`."""

    call: str
    recording: str
    path: str
    most_s: float = 180.0
    silence_s: float = 6.0
    end_key: str = "#"


class TellMessages(SwitchCommand, frozen=True, kw_only=True, tag=True):
    """How many voice messages wait for an extension (RFC 3842, to whoever subscribed)."""

    extension: str
    new: int = 0
    old: int = 0


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
    | AddLeg
    | SetTalk
    | PromoteLeg
    | MuteLeg
    | RemoveLeg
    | Supervise
    | Record
    | SetSecure
    | SetCallText
    | ActOnText
    | TakeMessage
    | TellMessages
    | HangUpCall
    | ShutdownSwitch
)
