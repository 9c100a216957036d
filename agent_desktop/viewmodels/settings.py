"""The settings place: devices and sound, the ring, the screen, the keys, the phone, the self-test."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Badge, Button
from agent_desktop.viewmodels.settings_rows import ChoicesView, KeysView


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device in its order.  `up` and `down` move it, `state` says: in use, not here."""

    name: str
    state: Badge
    up: Button
    down: Button
    use: Button  # add it to the list, or take it away


@dataclass(frozen=True, slots=True)
class DeviceList:
    """One list: microphone, speaker or ring devices, most wanted first."""

    kind: str
    title: str
    help: str
    rows: tuple[DeviceRow, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A loudness that can be set, in dB below full scale; `act(action, value="-12")`."""

    label: str
    action: str
    value_db: float
    least_db: float = -60.0
    most_db: float = 0.0


@dataclass(frozen=True, slots=True)
class DevicesView:
    """Devices and sound.  `switches` are echo, noise, gain and the call-waiting tone (`checked`)."""

    lists: tuple[DeviceList, ...]
    switches: tuple[Button, ...]
    levels: tuple[Level, ...]
    headset: Badge
    headset_detail: str
    test: Button  # play a sound on the ring and speaker devices
    microphone_db: float = -96.0


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One line of the self-test, with the live level of the one that runs (dBFS; -96: none)."""

    id: str
    label: str
    badge: Badge
    words: str
    running: bool = False
    level_db: float = -96.0


@dataclass(frozen=True, slots=True)
class SelfTestView:
    """Before the shift.  `verdict` is a sentence: not tested, running, all good, what to do."""

    title: str
    rows: tuple[CheckRow, ...]
    verdict: str
    badge: Badge
    run: Button
    cancel: Button
    required: bool = False


@dataclass(frozen=True, slots=True)
class PhoneView:
    """The phone: registration, engine and what it cannot do, the codec and encryption of a call."""

    registration: Badge
    detail: str
    engine: str
    cannot: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The place: one page at a time (`act("settings.page", page=...)`)."""

    pages: tuple[Button, ...]
    page: str  # devices, ringing, screen, keys, phone, selftest
    devices: DevicesView
    phone: PhoneView
    self_test: SelfTestView
    screen: ChoicesView
    ringing: ChoicesView
    keys: KeysView
