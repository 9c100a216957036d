"""Headsets that are not there: they speak real reports, keep their own state and answer as hardware does.

For tests and for the demo.  Each family has a report descriptor of its own, written by the rules of USB HID
1.11 and the usage tables, with what makers do differently: a hook that stays or springs back, a mute that
pulses, toggles or is an arm that is turned up, lamps in one report or in one each, an acknowledgement that
comes at once, late or never.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.phone.headset_hid import Found, Handle
from agent_desktop.phone.headset_report import INPUT, OUTPUT, Field, Layout, parse
from agent_desktop.phone.headset_signals import (
    DROP,
    FLASH,
    HOOK,
    LED_HOLD,
    LED_MUTE,
    LED_OFF_HOOK,
    LED_RING,
    MUTE,
    REDIAL,
    REJECT_BUTTON,
    RINGER,
)

DEBOUNCE_S: Final = 0.03

# Items: 05 usage page, 09 usage, A1/C0 collection, 85 report id, 15/25 logical range, 75 size, 95 count,
# 81 input and 91 output; data flags: 02 variable, 04 relative, 20 no preferred state, 01 constant.
_RANGE: Final = "15 00 25 01 75 01"

SWITCH_AND_PULSE: Final = bytes.fromhex(
    "05 0B 09 05 A1 01 85 02" + _RANGE + "09 20 09 97 95 02 81 22"  # hook, line busy tone: switches
    "09 2F 09 21 09 24 95 03 81 06"  # mute, flash, redial: pulses
    "05 09 09 07 95 01 81 06"  # button 7 rejects
    "95 0A 81 03"
    "05 08 09 09 09 17 09 18 09 20 09 21 95 05 91 22 95 0B 91 03 C0"
)
"""A wireless base: the hook is a switch that is acknowledged, mute a pulse, all lamps in one report."""

BUTTONS: Final = bytes.fromhex(
    "05 0C 09 01 A1 01 85 01" + _RANGE + "09 E9 09 EA 95 02 81 02 95 06 81 01 C0"  # volume keys
    "05 0B 09 01 A1 01 85 08" + _RANGE + "09 20 09 2F 09 21 09 26 95 04 81 02 95 04 81 01"
    "85 09 05 08 09 09 95 01 91 22 95 07 91 01"
    "85 17 09 17 95 01 91 22 95 07 91 01"
    "85 18 05 0B 09 9E 95 01 91 22 95 07 91 01"
    "85 20 05 08 09 20 95 01 91 22 95 07 91 01 C0"
)
"""Everything springs back, nothing is acknowledged, each lamp has a report of its own."""

SWITCHES: Final = bytes.fromhex(
    "05 0B 09 05 A1 01 85 03" + _RANGE + "09 20 95 01 81 02 09 2F 95 01 81 22 09 21 95 01 81 06 95 05 81 03"
    "85 04 05 08 09 17 09 18 09 09 09 20 95 04 91 02 95 04 91 03 C0"
)
"""The hook is declared as a button and stays all the same; mute is a switch that follows its lamp."""

PULSES: Final = bytes.fromhex(
    "05 0B 09 04 A1 01" + _RANGE + "09 20 09 2F 95 02 81 06 95 06 81 03"
    "05 08 09 17 09 09 09 18 95 03 91 02 95 05 91 03 C0"
)
"""A small corded one without report numbers: relative pulses for hook and mute."""

ARM: Final = bytes.fromhex(
    "05 0B 09 05 A1 01 85 05" + _RANGE + "09 20 95 01 81 22"
    "15 FF 25 01 75 02 09 2F 95 01 81 06 75 05 95 01 81 03"
    "15 00 25 01 75 01 05 08 09 17 09 09 09 18 95 03 91 22 95 05 91 03 C0"
)
"""Muted by turning the microphone's arm up: on and off are two values."""


@dataclass(slots=True)
class VirtualHeadset:
    """One headset; what a person does with it are its verbs, what it shows are its lamps."""

    name: str
    descriptor: bytes
    acknowledges: bool = False
    acknowledges_after: int = 0
    """How many reads the acknowledgement is late."""
    is_forbidden: bool = False
    lamps: dict[int, int] = field(default_factory=dict)
    writes: int = 0
    _state: dict[int, int] = field(default_factory=dict)
    _reports: deque[bytes] = field(default_factory=deque)
    _layout: Layout = field(init=False)
    _pressed_at: dict[int, float] = field(default_factory=dict)
    _late: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._layout = parse(self.descriptor)

    # ------------------------------------------------------------ a person

    def press(self, usage: int, now: float) -> None:
        """Press a button, or turn a switch over."""
        entry = self._entry(INPUT, usage)
        if entry is None or now - self._pressed_at.get(usage, -1e9) < DEBOUNCE_S:
            return
        self._pressed_at[usage] = now
        if self._stays(usage, entry):
            self._send(usage, 1 - self._state.get(usage, 0))
        elif entry.minimum < 0:
            self._send(usage, -1 if self.is_lit(LED_MUTE) else 1)
            self._send(usage, 0)
        else:
            self._send(usage, 1)
            self._send(usage, 0)

    def is_lit(self, *usages: int) -> bool:
        """Whether a lamp is lit; each may go by several names."""
        return any(self.lamps.get(usage, 0) for usage in usages)

    @property
    def shown(self) -> tuple[bool, bool, bool, bool]:
        """Ring, off hook, muted, held, those that it has; what it has not is False."""
        return (
            self.is_lit(LED_RING, RINGER),
            self.is_lit(LED_OFF_HOOK),
            self.is_lit(LED_MUTE),
            self.is_lit(LED_HOLD),
        )

    @property
    def can_hold(self) -> bool:
        return self._entry(OUTPUT, LED_HOLD) is not None

    # ------------------------------------------------------------ the firmware

    def unplugged(self) -> None:
        """It forgets everything."""
        self.lamps.clear()
        self._state.clear()
        self._reports.clear()
        self._late.clear()

    def next_report(self) -> bytes:
        """What it sends next; empty when it has nothing to say."""
        late, self._late = self._late, []
        for usage, value, reads in late:
            if reads > 0:
                self._late.append((usage, value, reads - 1))
            elif self._state.get(usage, 0) != value:
                self._send(usage, value)
        return self._reports.popleft() if self._reports else b""

    def take(self, report: bytes) -> None:
        """An output report: lamps, and what it does because of them."""
        self.writes += 1
        number, bits = report[0], int.from_bytes(report[1:], "little")
        before = dict(self.lamps)
        for entry in self._layout.fields:
            if entry.kind == OUTPUT and entry.report == number:
                self.lamps[entry.usages[0]] = bits >> entry.at & (1 << entry.bits) - 1
        if not self.acknowledges:
            return
        for lamp, usage in ((LED_OFF_HOOK, HOOK), (LED_MUTE, MUTE)):
            entry_in = self._entry(INPUT, usage)
            if entry_in is not None and self._stays(usage, entry_in):
                wanted = self.lamps.get(lamp, 0)
                if before.get(lamp, 0) != wanted:
                    self._late.append((usage, wanted, self.acknowledges_after))

    def _stays(self, usage: int, entry: Field) -> bool:
        return not entry.is_relative and (
            not entry.has_preferred or (usage == HOOK and self.descriptor == SWITCHES)
        )

    def _entry(self, kind: str, usage: int) -> Field | None:
        return next((f for f in self._layout.fields if f.kind == kind and usage in f.usages), None)

    def _send(self, usage: int, value: int) -> None:
        """A report holds the state of all its controls."""
        self._state[usage] = value
        entry = self._entry(INPUT, usage)
        if entry is None:
            return
        bits = 0
        for other in self._layout.fields:
            if other.kind == INPUT and other.report == entry.report:
                bits |= (self._state.get(other.usages[0], 0) & (1 << other.bits) - 1) << other.at
        body = bits.to_bytes(self._layout.sizes[INPUT, entry.report], "little")
        self._reports.append((bytes([entry.report]) if self._layout.is_numbered else b"") + body)


class VirtualHid:
    """A computer's HID devices, as many as are plugged in; `headset_hid.HidSystem`."""

    def __init__(self) -> None:
        self._plugged: dict[bytes, VirtualHeadset] = {}
        self._count = 0

    def plug(self, headset: VirtualHeadset) -> None:
        """It gets another path each time, as in life."""
        self._count += 1
        self._plugged[b"virtual-%d" % self._count] = headset

    def unplug(self, headset: VirtualHeadset) -> None:
        self._plugged = {path: known for path, known in self._plugged.items() if known is not headset}
        headset.unplugged()

    def find(self) -> tuple[Found, ...]:
        return tuple(Found(path, headset.name) for path, headset in self._plugged.items())

    def open(self, path: bytes) -> Handle:
        headset = self.at(path)
        if headset.is_forbidden:
            raise PermissionError
        return _VirtualHandle(self, path)

    def at(self, path: bytes) -> VirtualHeadset:
        """The headset at a path; OSError when it was pulled out."""
        if path not in self._plugged:
            raise OSError("It was pulled out.")
        return self._plugged[path]


@dataclass(frozen=True, slots=True)
class _VirtualHandle:
    system: VirtualHid
    path: bytes

    def descriptor(self) -> bytes:
        return self.system.at(self.path).descriptor

    def read(self, timeout_ms: int) -> bytes:
        _ = timeout_ms
        return self.system.at(self.path).next_report()

    def write(self, report: bytes) -> None:
        self.system.at(self.path).take(report)

    def close(self) -> None:
        """Nothing is held."""


def family(name: str) -> VirtualHeadset:
    """One of the families: switch_and_pulse, buttons, switches, pulses or arm."""
    made = {
        "switch_and_pulse": (SWITCH_AND_PULSE, True),
        "buttons": (BUTTONS, False),
        "switches": (SWITCHES, True),
        "pulses": (PULSES, False),
        "arm": (ARM, True),
    }
    descriptor, acknowledges = made[name]
    return VirtualHeadset(name, descriptor, acknowledges)


FAMILIES: Final = ("switch_and_pulse", "buttons", "switches", "pulses", "arm")
CONTROLS: Final = (HOOK, MUTE, FLASH, REDIAL, DROP, REJECT_BUTTON)
