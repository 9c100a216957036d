"""What the call table needs from the rest of the switch, as protocols, so that tests give it doubles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent_desktop.domain.dialling import Allowed
from agent_desktop.errors import RefusedError
from agent_desktop.media.pcm import Pcm
from agent_desktop.media.recording import Report
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId, RegistrationId, RequestId, SubscriptionId
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.replaces import Replaces
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.mixing import Source
from agent_desktop.switch.text_desk import OnText
from agent_desktop.wire.switch import AnySwitchEvent, LegQuality, Prompt


class Signalling(Protocol):
    """The part of `sip.session.UserAgent` that the call table uses."""

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]: ...

    def register(self, account: Account, now: float) -> RegistrationId: ...

    def unregister(self, registration: RegistrationId, now: float) -> None: ...

    def invite(
        self,
        target: Uri,
        media: LocalMedia,
        now: float,
        *,
        caller: NameAddr | None = None,
        account: Account | None = None,
        headers: Headers = (),
        destination: Address | None = None,
    ) -> LegId: ...

    def ring(
        self, leg: LegId, now: float, *, status: int = 180, media: LocalMedia | None = None
    ) -> Agreement | None: ...

    def answer(self, leg: LegId, media: LocalMedia, now: float) -> Agreement | None: ...

    def reject(
        self, leg: LegId, now: float, status: int = 486, reason: str = "", *, headers: Headers = ()
    ) -> None: ...

    def replaces(self, leg: LegId) -> Replaces: ...

    def accept_transfer(self, request: RequestId, now: float) -> None: ...

    def refuse_transfer(self, request: RequestId, now: float, status: int = 603) -> None: ...

    def refer_progress(self, request: RequestId, status: int, now: float, reason: str = "") -> None: ...

    def notify(self, subscription: SubscriptionId, body: bytes, content_type: str, now: float) -> None: ...

    def end_subscription(
        self, subscription: SubscriptionId, now: float, reason: str = "noresource"
    ) -> None: ...

    def set_media(self, leg: LegId, media: LocalMedia) -> None: ...

    def reinvite(self, leg: LegId, media: LocalMedia, now: float) -> None: ...

    def is_heard(self, leg: LegId) -> bool: ...

    def challenge(self, leg: LegId, now: float) -> None: ...

    def hang_up(self, leg: LegId, now: float, *, status: int = 603, headers: Headers = ()) -> None: ...


class Typewriter(Protocol):
    """The part of `media.text_leg.TextLeg` that the calls use."""

    def write(self, text: str, speaker: str = "") -> None: ...

    def announce(self) -> None: ...

    def finish_lines(self) -> None: ...

    def interrupt(self) -> None: ...

    def fix_shift(self) -> None: ...

    def take_back(self, speaker: str = "") -> None: ...


class TextPorts(Protocol):
    """The part of `text_desk.TextDesk` that the calls use."""

    given_up: Callable[[str], None]

    def of(self, leg: str) -> Typewriter | None: ...

    def open_stream(self, leg: str, *, is_needed: bool = True, is_offered: bool = False) -> int: ...

    def read_tones(self, leg: str) -> None: ...


class Desk(Protocol):
    """The part of `MixingDesk` that the call table uses."""

    @property
    def texts(self) -> TextPorts: ...

    def open_leg(
        self, leg: str, on_digit: Callable[[str], None], on_text: OnText | None = None
    ) -> tuple[str, int]: ...

    def spare(self, leg: str, *, on: bool) -> None: ...

    def configure(self, leg: str, agreement: Agreement) -> None: ...

    def close_leg(self, leg: str) -> None: ...

    def hear(self, listener: str, gains: Mapping[str, float]) -> None: ...

    def add_source(self, name: str, source: Source) -> None: ...

    def remove_source(self, name: str) -> None: ...

    def add_tape(self, name: str, write: Callable[[Pcm, Pcm], None]) -> None: ...

    def tape_hears(self, name: str, left: Mapping[str, float], right: Mapping[str, float]) -> None: ...

    def remove_tape(self, name: str) -> None: ...

    def press(self, leg: str, digits: str) -> bool: ...

    @property
    def load(self) -> float: ...

    def silent_s(self, leg: str) -> float: ...

    def quality(self, leg: str) -> LegQuality | None: ...

    def quality_now(self, leg: str) -> LegQuality | None: ...


class Speaking(Protocol):
    """The part of `Sounds` that the call table uses."""

    async def sound_of(self, prompts: Sequence[Prompt]) -> list[Pcm]: ...


class Tape(Protocol):
    """The part of `media.recording.Recorder` that the recordings use."""

    def write(self, customer: Pcm, ours: Pcm) -> None: ...

    @property
    def paused(self) -> bool: ...

    def pause(self, reason: str = ...) -> None: ...

    def resume(self, reason: str = ...) -> None: ...

    def stop(self) -> None: ...


OpenTape = Callable[[Path, str, Callable[[Report], None]], Awaitable[Tape]]
"""Makes a file for a recording's id and starts writing; the function is told how it goes, in any thread.

OSError or AgentDesktopError when the file cannot be made.
"""


async def no_tape(path: Path, recording: str, told: Callable[[Report], None]) -> Tape:
    """For a switch without a place for recordings."""
    _ = path, recording, told
    raise RefusedError("This switch has no place for recordings.", code="no_recordings")


@dataclass(frozen=True, slots=True)
class Way:
    """How a number is reached: where the INVITE goes, as whom, over which trunk."""

    target: Uri
    destination: Address
    account: Account | None = None
    headers: Headers = ()
    trunk: str = ""
    caller: NameAddr | None = None
    """Who From shows, when it is not who the caller says."""
    extension: str = ""
    """The colleague whose phone it is; empty outside."""
    number: str = ""
    """What was dialled."""
    toll: Allowed | None = None
    """The judgement of `limits`; None for a colleague's phone."""
    agent: str = ""
    """In whose name it is dialled; empty for the centre itself."""
    rest: tuple[Way, ...] = ()
    """The ways to be tried when this one fails."""
    hops: int = 0
    """How often the call was sent on."""


class Timer(Protocol):
    """Something that can still be called off."""

    def cancel(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything around the call table.  `later` arms a timer; `soon` hands a call to the table's thread."""

    signalling: Callable[[], Signalling]
    desk: Desk
    speaking: Speaking
    emit: Callable[[AnySwitchEvent], None]
    later: Callable[[float, Callable[[], None]], Timer]
    soon: Callable[[Callable[[], None]], None]
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    new_id: Callable[[], str]
    attended: Callable[[], bool]
    """A router is attached."""
    host: str
    """Our name in the addresses of From."""
    open_tape: OpenTape = no_tape
