"""From reports to what a person did, and from lamps to reports (USB HID Usage Tables 1.4, 3.4, 10 and 14).

Headsets of different makers send the same control in different ways, and its flags say which:

- relative: each 1 is a press (a range from -1: 1 is on, -1 is off);
- absolute without a preferred state: a switch; its value is what it is now;
- absolute with a preferred state: by the tables a button that springs back, but many headsets declare
  their hook so that stays.  What falls back within 0.6 s is a button, what stays is a switch.

A headset repeats what it is told: off hook comes back as a hook that is lifted.  So a value that
repeats what we told is an acknowledgement, even when we have told it otherwise since, and never something
that a person did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.phone.headset_report import OUTPUT, Field, HidError, Layout, decode, encode, parse
from agent_desktop.ports.headset import (
    FlashPressed,
    HeadsetEvent,
    HookDropped,
    HookLifted,
    Lamps,
    MutePressed,
    MuteSet,
    RedialPressed,
    RejectPressed,
)

TELEPHONY: Final = 0x0B
_T, _L, _B = 0x0B << 16, 0x08 << 16, 0x09 << 16
HOOK, FLASH, REDIAL, DROP, MUTE = _T | 0x20, _T | 0x21, _T | 0x24, _T | 0x26, _T | 0x2F
REJECT_BUTTON: Final = _B | 0x07
RINGER: Final = _T | 0x9E
LED_MUTE, LED_OFF_HOOK, LED_RING, LED_HOLD, LED_MICROPHONE = (
    _L | 0x09,
    _L | 0x17,
    _L | 0x18,
    _L | 0x20,
    _L | 0x21,
)
CONTROLS: Final = frozenset({HOOK, FLASH, REDIAL, DROP, MUTE, REJECT_BUTTON})
SPRING_S: Final = 0.6
_ACKNOWLEDGED_S: Final = {HOOK: 3.0, MUTE: 1.0}
"""A wireless base wakes its radio before it says that it is off hook."""
_SWITCH, _BUTTON = "switch", "button"


@dataclass(slots=True)
class _Control:
    value: int = 0
    pressed_at: float = -1e9
    told_at: float = -1e9
    told: list[tuple[bool, float]] = field(default_factory=list)
    """What we told it and it has not repeated yet."""
    kind: str = ""
    """What a control with ambiguous flags turned out to be."""


@dataclass(slots=True)
class Signals:
    """One headset while it is plugged in; `now` is of a clock that never jumps."""

    layout: Layout
    lamps: Lamps = field(default_factory=Lamps)
    _controls: dict[int, _Control] = field(default_factory=dict)
    _last: bytes = b""

    def feed(self, report: bytes, now: float) -> tuple[HeadsetEvent, ...]:
        """What a person did, by an input report."""
        read = {usage: found for usage, found in decode(self.layout, report).items() if usage in CONTROLS}
        is_repeated, self._last = report == self._last, report
        events: list[HeadsetEvent] = []
        for usage, (entry, value) in read.items():
            control = self._controls.setdefault(usage, _Control())
            before, control.value = control.value, value
            event = self._event(usage, entry, control, before, is_repeated=is_repeated, now=now)
            if event is not None:
                events.append(event)
        return tuple(events)

    def show(self, lamps: Lamps, now: float, *, again: bool = False) -> tuple[bytes, ...]:
        """The output reports for these lamps; none when the headset knows."""
        before, self.lamps = self.lamps, lamps
        for usage, old_state, state in (
            (HOOK, before.off_hook, lamps.off_hook),
            (MUTE, before.muted, lamps.muted),
        ):
            if state != old_state:
                control = self._controls.setdefault(usage, _Control())
                control.told_at = now
                control.told.append((state, now))
        old, new = _values(before), _values(lamps)
        numbers = dict.fromkeys(
            entry.report
            for entry in self.layout.fields
            if entry.kind == OUTPUT
            and entry.usages
            and entry.usages[0] in new
            and (again or old[entry.usages[0]] != new[entry.usages[0]])
        )
        return tuple(encode(self.layout, number, new) for number in numbers)

    def _event(
        self, usage: int, entry: Field, control: _Control, before: int, *, is_repeated: bool, now: float
    ) -> HeadsetEvent | None:
        value = control.value
        if usage in (HOOK, MUTE):
            told = self.lamps.off_hook if usage == HOOK else self.lamps.muted
            if entry.is_relative:
                wanted = _of_relative(entry, control, before, told=told, is_repeated=is_repeated)
            elif value == before:
                wanted = None
            elif entry.has_preferred:
                wanted = _of_ambiguous(usage, control, told=told, now=now)
            else:
                wanted = _of_switch(usage, control, told=told, now=now)
            if wanted is None:
                return None
            if usage == HOOK:
                return HookLifted() if wanted else HookDropped()
            is_state = entry.minimum < 0 if entry.is_relative else not entry.has_preferred
            return MuteSet(wanted) if is_state or control.kind == _SWITCH else MutePressed()
        if value > 0 and (before <= 0 or (entry.is_relative and is_repeated)):
            match usage:
                case _ if usage == FLASH:
                    return FlashPressed()
                case _ if usage == REDIAL:
                    return RedialPressed()
                case _:
                    return RejectPressed()
        return None


def _of_relative(
    entry: Field, control: _Control, before: int, *, told: bool, is_repeated: bool
) -> bool | None:
    """Which state a person asks for by a relative value; None when nobody asks for anything."""
    value = control.value
    if entry.minimum < 0:
        return None if value == 0 or (value > 0) == told else value > 0
    return not told if value and (not before or is_repeated) else None


def _of_switch(usage: int, control: _Control, *, told: bool, now: float) -> bool | None:
    """The same for a switch that has changed; what repeats something that we told is nobody's wish."""
    state = bool(control.value)
    waiting = [said for said in control.told if now - said[1] < _ACKNOWLEDGED_S[usage]]
    repeated = next((place for place, said in enumerate(waiting) if said[0] == state), None)
    if repeated is None:
        control.told = waiting
        return None if state == told else state
    control.told = waiting[repeated + 1 :]
    return None


def _of_ambiguous(usage: int, control: _Control, *, told: bool, now: float) -> bool | None:
    """The same for an absolute value that may be a button or a switch; it has changed."""
    if not control.value:
        is_spring = now - control.pressed_at < SPRING_S
        if not control.kind:
            control.kind = _BUTTON if is_spring else _SWITCH
        return _of_switch(usage, control, told=told, now=now) if control.kind == _SWITCH else None
    was_pressed_at, control.pressed_at = control.pressed_at, now
    if control.kind == _SWITCH:
        return _of_switch(usage, control, told=told, now=now)
    # What we told because of a press is not repeated: the control was on already.
    told_unasked = control.told_at - was_pressed_at > SPRING_S
    if told and not control.kind and told_unasked and now - control.told_at < _ACKNOWLEDGED_S[usage]:
        return None  # it repeats what it was told
    return not told


def _values(lamps: Lamps) -> Mapping[int, int]:
    return {
        LED_RING: int(lamps.ring),
        RINGER: int(lamps.ring),
        LED_OFF_HOOK: int(lamps.off_hook),
        LED_MUTE: int(lamps.muted),
        LED_HOLD: int(lamps.held),
        LED_MICROPHONE: int(lamps.muted),
    }


def signals_of(descriptor: bytes) -> Signals:
    """What a headset's descriptor promises; HidError when it has no hook and no mute."""
    layout = parse(descriptor)
    named = {usage for entry in layout.fields if entry.kind == "input" for usage in entry.usages}
    if not named & {HOOK, MUTE}:
        raise HidError("The headset has neither a hook nor a mute button that a telephone can use.")
    return Signals(layout)
