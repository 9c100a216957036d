"""The headset and the calls, in step: what a button means now, and which lamps are lit.

The lamps follow the calls and nothing else: every button becomes an act, the act changes the calls, the
changed calls light the lamps.  So nothing can go round in a circle, and a headset that was plugged in again
shows what is, muted included (complaint R14).

- lifted: answers what rings; nothing rings: takes the held call back;
- dropped: ends the call that is heard; a held one stays, as on a desk telephone;
- flash: answers a second call, changes between two, holds or takes back a single one;
- a button that means nothing now lights the lamps again, because the headset may think otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent_desktop.phone.calltable import DIALLING, HELD, RINGING, UP
from agent_desktop.ports.headset import (
    Connected,
    Disconnected,
    FlashPressed,
    Headset,
    HeadsetEvent,
    HookDropped,
    HookLifted,
    Lamps,
    MutePressed,
    MuteSet,
    RedialPressed,
    RejectPressed,
    Unusable,
)
from agent_desktop.wire.phone import HeadsetInfo, PhoneCall


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """Pick up; a call that is up is held first."""

    call: str


@dataclass(frozen=True, slots=True)
class AnswerOffer:
    """Accept the offer that rings without a call here."""


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up."""

    call: str


@dataclass(frozen=True, slots=True)
class RejectCall:
    """Do not answer."""

    call: str


@dataclass(frozen=True, slots=True)
class RejectOffer:
    """Decline the offer that rings."""


@dataclass(frozen=True, slots=True)
class MuteCall:
    """Mute or unmute."""

    call: str
    on: bool


@dataclass(frozen=True, slots=True)
class HoldCall:
    """Hold or take back."""

    call: str
    on: bool


@dataclass(frozen=True, slots=True)
class SwapCalls:
    """Hold one, then take the other back."""

    hold: str
    resume: str


@dataclass(frozen=True, slots=True)
class Redial:
    """Call the last number again."""


Act = AnswerCall | AnswerOffer | EndCall | RejectCall | RejectOffer | MuteCall | HoldCall | SwapCalls | Redial


def lamps_of(calls: Sequence[PhoneCall], *, offered: bool = False) -> Lamps:
    """What a headset must show."""
    live = _first(calls, UP)
    return Lamps(
        ring=offered or _rings(calls) is not None,
        off_hook=live is not None or _first(calls, DIALLING) is not None,
        muted=live is not None and live.muted,
        held=_first(calls, HELD) is not None,
    )


def act_of(event: HeadsetEvent, calls: Sequence[PhoneCall], *, offered: bool = False) -> Act | None:
    """What a button asks for; None when it means nothing now."""
    rings, live, held = _rings(calls), _first(calls, UP), _first(calls, HELD)
    match event:
        case HookLifted():
            if rings is not None:
                return AnswerCall(rings.id)
            if offered:
                return AnswerOffer()
            return HoldCall(held.id, on=False) if held is not None and live is None else None
        case HookDropped():
            ending = live or _first(calls, DIALLING)
            return None if ending is None else EndCall(ending.id)
        case FlashPressed():
            if rings is not None:
                return AnswerCall(rings.id)
            if live is not None and held is not None:
                return SwapCalls(live.id, held.id)
            single = live or held
            return None if single is None else HoldCall(single.id, on=live is not None)
        case MutePressed():
            return None if live is None else MuteCall(live.id, on=not live.muted)
        case MuteSet(on=on):
            return None if live is None or live.muted == on else MuteCall(live.id, on=on)
        case RejectPressed():
            if rings is not None:
                return RejectCall(rings.id)
            return RejectOffer() if offered else None
        case RedialPressed():
            return None if live is not None or rings is not None or offered else Redial()
        case Connected() | Disconnected() | Unusable():
            return None


def _first(calls: Sequence[PhoneCall], state: str) -> PhoneCall | None:
    return next((call for call in calls if call.state == state), None)


def _rings(calls: Sequence[PhoneCall]) -> PhoneCall | None:
    return next((call for call in calls if call.state == RINGING and call.direction == "in"), None)


class HeadsetDesk:
    """Joins a headset to the calls.  Everything runs on one thread, the event loop's.

    `act` carries an act out and then says `follow`; `changed` is told for the screen.
    """

    def __init__(
        self, headset: Headset, act: Callable[[Act], None], changed: Callable[[HeadsetInfo], None]
    ) -> None:
        self._headset = headset
        self._act = act
        self._changed = changed
        self._calls: tuple[PhoneCall, ...] = ()
        self._offered = False
        self._lamps = Lamps()
        self.info = HeadsetInfo()

    def start(self) -> None:
        """Begin to look for headsets."""
        self._headset.start(self.on_event)

    def stop(self) -> None:
        """Lamps out."""
        self._headset.stop()

    def follow(self, calls: Sequence[PhoneCall], *, offered: bool | None = None) -> None:
        """The calls as they are now, and whether an offer rings (None: as before)."""
        self._calls = tuple(calls)
        if offered is not None:
            self._offered = offered
        lamps = lamps_of(self._calls, offered=self._offered)
        if lamps != self._lamps:
            self._lamps = lamps
            self._headset.show(lamps)
            self._tell(replace_info(self.info, lamps))

    def follow_microphone(self, name: str) -> None:
        """The microphone in use has changed; the buttons go with it."""
        self._headset.follow(name)

    def on_event(self, event: HeadsetEvent) -> None:
        """A button, or the headset came or went."""
        match event:
            case Connected(name=name):
                self._tell(replace_info(HeadsetInfo(name=name, connected=True), self._lamps))
                self._headset.show(self._lamps, again=True)
            case Disconnected():
                self._tell(HeadsetInfo())
            case Unusable(name=name, words=words):
                self._tell(HeadsetInfo(name=name, detail=words))
            case _:
                act = act_of(event, self._calls, offered=self._offered)
                if act is not None:
                    self._act(act)
                # What it was asked for may not be what came of it.
                self._headset.show(self._lamps, again=act is None)

    def _tell(self, info: HeadsetInfo) -> None:
        if info != self.info:
            self.info = info
            self._changed(info)


def replace_info(info: HeadsetInfo, lamps: Lamps) -> HeadsetInfo:
    """The same headset with these lamps."""
    return HeadsetInfo(
        name=info.name,
        connected=info.connected,
        off_hook=lamps.off_hook,
        muted=lamps.muted,
        detail=info.detail,
    )
