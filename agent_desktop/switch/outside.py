"""What the call table needs from the rest of the switch, as protocols, so that tests give it doubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent_desktop.media.pcm import Pcm
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, Headers, LegId
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.sip.registrar import Binding
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.switch.mixing import Source
from agent_desktop.wire.switch import AnySwitchEvent, LegQuality, Prompt


class Signalling(Protocol):
    """The part of `sip.session.UserAgent` that the call table uses."""

    def bindings(self, user: str, now: float) -> tuple[Binding, ...]: ...

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

    def challenge(self, leg: LegId, now: float) -> None: ...

    def hang_up(self, leg: LegId, now: float, *, status: int = 603, headers: Headers = ()) -> None: ...


class Desk(Protocol):
    """The part of `MixingDesk` that the call table uses."""

    def open_leg(self, leg: str, on_digit: Callable[[str], None]) -> tuple[str, int]: ...

    def configure(self, leg: str, agreement: Agreement) -> None: ...

    def close_leg(self, leg: str) -> None: ...

    def hear(self, listener: str, gains: Mapping[str, float]) -> None: ...

    def add_source(self, name: str, source: Source) -> None: ...

    def remove_source(self, name: str) -> None: ...

    def press(self, leg: str, digits: str) -> bool: ...

    @property
    def load(self) -> float: ...

    def silent_s(self, leg: str) -> float: ...

    def quality(self, leg: str) -> LegQuality | None: ...


class Speaking(Protocol):
    """The part of `Sounds` that the call table uses."""

    async def sound_of(self, prompts: Sequence[Prompt]) -> list[Pcm]: ...


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
