"""From what PortAudio lists to devices that a person can choose: each once, by a name that lasts.

A computer shows one headset several times: once for each host API (Windows has four), and under a name
that carries the number of its card.  Of one headset the copy in the best host API is kept; two headsets of
one kind are told apart by "#2".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent_desktop.phone.preferences import stable_name
from agent_desktop.wire.phone import DeviceInfo

# The first of these that the computer has is the best: shared with other programs, and short of delay.
_BEST_APIS: Final = ("Windows WASAPI", "Core Audio", "PulseAudio", "ALSA", "JACK Audio Connection Kit")
_MME_LENGTH: Final = 31
"""The oldest Windows API cuts names off there."""


@dataclass(frozen=True, slots=True)
class Card:
    """One device of one host API; `index` is good until PortAudio starts again."""

    name: str
    index: int
    api: str
    microphone: bool
    speaker: bool
    own_microphone: bool = False
    own_speaker: bool = False


def cards_of(entries: Iterable[Mapping[str, Any]], apis: Iterable[Mapping[str, Any]]) -> tuple[Card, ...]:
    """The devices of `query_devices` and `query_hostapis`, the best host API first."""
    hosts = list(apis)
    order = sorted(range(len(hosts)), key=lambda number: _rank(str(hosts[number]["name"])))
    rows = list(enumerate(entries))
    own = next((hosts[number] for number in order if hosts[number].get("devices")), {})
    found: list[Card] = []
    known: set[str] = set()
    for number in order:
        api = str(hosts[number]["name"])
        seen: dict[str, int] = {}
        here: set[str] = set()
        for index, entry in rows:
            if entry["hostapi"] != number:
                continue
            plain = stable_name(str(entry["name"]))
            microphone, speaker = entry["max_input_channels"] > 0, entry["max_output_channels"] > 0
            short = str(entry["name"]).casefold()[:_MME_LENGTH]
            if short in known or not (microphone or speaker):
                continue
            here.add(short)
            copies = [*[f"{plain}/in"] * microphone, *[f"{plain}/out"] * speaker]
            nth = max(seen.get(key, 0) for key in copies) + 1
            seen.update(dict.fromkeys(copies, nth))
            found.append(
                Card(
                    plain if nth == 1 else f"{plain} #{nth}",
                    index,
                    api,
                    microphone,
                    speaker,
                    index == own.get("default_input_device"),
                    index == own.get("default_output_device"),
                )
            )
        known |= here
    return tuple(found)


def _rank(api: str) -> int:
    return _BEST_APIS.index(api) if api in _BEST_APIS else len(_BEST_APIS)


def infos_of(cards: Iterable[Card]) -> tuple[DeviceInfo, ...]:
    """The same for a screen, once for each name: a headset's two halves are one device."""
    infos: dict[str, DeviceInfo] = {}
    for card in cards:
        known = infos.get(card.name, DeviceInfo(name=card.name))
        infos[card.name] = DeviceInfo(
            name=card.name,
            microphone=known.microphone or card.microphone,
            speaker=known.speaker or card.speaker,
            default=known.default or card.own_microphone or card.own_speaker,
        )
    return tuple(infos.values())
