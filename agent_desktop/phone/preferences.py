"""Which microphone, speaker and ring devices are used: the first of the agent's list that is plugged in.

Lists are ordered, most wanted first.  "" is the system's own device, "silent" and sound files are always
there.  When nothing of the list is there, the system's own device is used: a call without sound is worse
than a call on the wrong speaker.

A name stays the same over a reboot and over another USB port: the number that ALSA gave the card and the
"2- " that Windows puts before a second copy are no part of it (complaint R10).  A ring device may carry
its own level, "Speakers@-6dB": several ring at once, each as loud as it was told (R12).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from agent_desktop.wire.phone import SelectDevices

OWN: Final = ""
SILENT: Final = "silent"
_ALSA_CARD: Final = re.compile(r"\s*\((?:plug)?hw:\d+,\d+\)$")
_WINDOWS_COPY: Final = re.compile(r"(^|\()\d+- ")
_LEVEL: Final = re.compile(r"@([+-]?\d{1,2}(?:\.\d+)?) ?dB$")
_LOUDEST_DB: Final = 12.0
_QUIETEST_DB: Final = -60.0


@dataclass(frozen=True, slots=True)
class RingOutput:
    """A device that rings, and how much louder or quieter than the others (dB)."""

    name: str
    level_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """The agent's lists; the defaults mean the system's own devices, and ringing in the ear."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    rings: tuple[str, ...] = ()


def wanted_of(command: SelectDevices) -> Wanted:
    """The lists of a command; a single name stands for a list of one."""
    return Wanted(
        command.microphones or _one(command.microphone),
        command.speakers or _one(command.speaker),
        command.rings or _one(command.ring),
    )


def _one(name: str) -> tuple[str, ...]:
    return (name,) if name else ()


def stable_name(name: str) -> str:
    """What stays of a device's name when its card gets another number."""
    return _WINDOWS_COPY.sub(r"\1", _ALSA_CARD.sub("", name.strip())) or name


def find(wanted: str, present: Collection[str]) -> str | None:
    """The name of the present device that a wish means; None when it is not there."""
    if wanted in present:
        return wanted
    stable = stable_name(wanted).casefold()
    return next((name for name in present if stable_name(name).casefold() == stable), None)


def is_always_there(name: str) -> bool:
    """Silence and files need no card."""
    return name == SILENT or name.startswith("file:") or name.lower().endswith(".wav")


def choose(wanted: tuple[str, ...], present: Collection[str], refused: Collection[str] = frozenset()) -> str:
    """The best device that can be used now; `refused` are there but could not be opened."""
    usable = [name for name in present if name not in refused]
    for wish in wanted:
        if is_always_there(wish) or (wish == OWN and usable and OWN not in refused):
            return wish
        found = find(wish, usable)
        if wish and found is not None:
            return found
    if usable and OWN not in refused:
        return OWN
    return usable[0] if usable else SILENT


def is_best(wanted: tuple[str, ...], used: str) -> bool:
    """Whether nothing that could be plugged in would be taken instead."""
    return used == (wanted[0] if wanted else OWN) or (
        bool(wanted) and find(wanted[0], (used,)) is not None and used != SILENT
    )


def choose_rings(
    wanted: tuple[str, ...], present: Collection[str], refused: Collection[str] = frozenset()
) -> tuple[RingOutput, ...]:
    """Every ring device that is there; none means that it rings in the ear."""
    usable = [name for name in present if name not in refused]
    rings: dict[str, RingOutput] = {}
    for wish in wanted:
        output = ring_of(wish)
        own = bool(usable) and OWN not in refused
        there = is_always_there(output.name) or (output.name == OWN and own)
        found = output.name if there else find(output.name, usable)
        if found is not None:
            rings.setdefault(found, RingOutput(found, output.level_db))
    return tuple(rings.values())


def ring_of(text: str) -> RingOutput:
    """`NAME` or `NAME@-6dB`."""
    match = _LEVEL.search(text)
    if match is None:
        return RingOutput(text)
    return RingOutput(
        text[: match.start()].rstrip(), min(_LOUDEST_DB, max(_QUIETEST_DB, float(match.group(1))))
    )
