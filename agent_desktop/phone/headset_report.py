"""What a headset's reports mean: the report descriptor of USB HID 1.11 (sections 5 and 6.2.2), read and used.

A descriptor is a little program: global items (usage page, sizes, report id) and local ones (usages) set
the scene for each input, output or feature.  Reading it gives fields with their place in a report, their
usage and their flags; with those a report is decoded and made.  Pure; whatever a device sends, the worst
that happens is a HidError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.errors import ProtocolError

INPUT, OUTPUT, FEATURE = "input", "output", "feature"
_MAIN: Final = {0x8: INPUT, 0x9: OUTPUT, 0xB: FEATURE}
_MOST_BITS: Final = 8 * 4096
_MOST_FIELDS: Final = 4096
_DEEPEST: Final = 64


class HidError(ProtocolError):
    """A report descriptor or a report that follows no rule."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a report.  A usage is page * 65536 + number.

    A variable has one usage; an array names the usages of which some are on.
    """

    kind: str
    report: int
    at: int
    bits: int
    usages: tuple[int, ...]
    application: int
    minimum: int = 0
    maximum: int = 1
    is_variable: bool = True
    is_relative: bool = False
    has_preferred: bool = True
    """A button that springs back; a switch that stays where it is put has no preferred state."""


@dataclass(frozen=True, slots=True)
class Layout:
    """All fields of a device; `sizes`: whole bytes of each kind and report, without its number."""

    fields: tuple[Field, ...]
    sizes: Mapping[tuple[str, int], int]
    is_numbered: bool


@dataclass(frozen=True, slots=True)
class _Scene:
    """The global items."""

    page: int = 0
    minimum: int = 0
    maximum: int = 0
    size: int = 0
    count: int = 0
    report: int = 0


def parse(descriptor: bytes) -> Layout:
    """Read a report descriptor."""
    scene, saved = _Scene(), list[_Scene]()
    usages, first, last = list[int](), None, None
    applications: list[int] = []
    ends: dict[tuple[str, int], int] = {}
    fields: list[Field] = []
    numbered = False
    for kind, tag, data in _items(descriptor):
        value = int.from_bytes(data, "little")
        signed = int.from_bytes(data, "little", signed=True)
        if kind == 1:
            if tag == 0xA:
                saved.append(scene)
            elif tag == 0xB and saved:
                scene = saved.pop()
            else:
                scene = _set(scene, tag, value, signed)
                numbered = numbered or tag == 0x8
            if len(saved) > _DEEPEST:
                raise HidError("The headset's descriptor is nested too deeply.")
        elif kind == 2:
            usage = value if len(data) == 4 else scene.page << 16 | value
            if tag == 0x0:
                usages.append(usage)
            elif tag == 0x1:
                first = usage
            elif tag == 0x2:
                last = usage
            if first is not None and last is not None:
                usages.extend(range(first, min(last, first + _MOST_FIELDS) + 1))
                first = last = None
        elif kind == 0:
            if tag == 0xA:
                applications.append(usages[0] if usages and value == 1 else (applications or [0])[-1])
            elif tag == 0xC and applications:
                applications.pop()
            elif tag in _MAIN:
                key = (_MAIN[tag], scene.report)
                start = ends.get(key, 0)
                ends[key] = start + scene.size * scene.count
                if ends[key] > _MOST_BITS or scene.count > _MOST_FIELDS or len(applications) > _DEEPEST:
                    raise HidError("The headset's descriptor asks for more than a report can hold.")
                if not value & 1 and scene.size:  # constant fields only fill up
                    application = applications[-1] if applications else 0
                    fields += _fields(key, start, scene, tuple(usages), flags=value, application=application)
            usages, first, last = [], None, None
        if len(usages) > _MOST_FIELDS or len(fields) > _MOST_FIELDS:
            raise HidError("The headset's descriptor names too many controls.")
    return Layout(tuple(fields), {key: (end + 7) // 8 for key, end in ends.items()}, numbered)


def _items(descriptor: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type (0 main, 1 global, 2 local), tag and data of each item; long items are skipped."""
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == 0xFE:
            at += 3 + (descriptor[at + 1] if at + 1 < len(descriptor) else 0)
            continue
        size = (0, 1, 2, 4)[prefix & 3]
        data = descriptor[at + 1 : at + 1 + size]
        if len(data) < size:
            raise HidError("The headset's descriptor ends in the middle of an item.")
        yield prefix >> 2 & 3, prefix >> 4, data
        at += 1 + size


def _set(scene: _Scene, tag: int, value: int, signed: int) -> _Scene:
    match tag:
        case 0x0:
            return replace(scene, page=value & 0xFFFF)
        case 0x1:
            return replace(scene, minimum=signed)
        case 0x2:
            return replace(scene, maximum=signed if scene.minimum < 0 else value)
        case 0x7:
            return replace(scene, size=value)
        case 0x8:
            return replace(scene, report=value & 0xFF)
        case 0x9:
            return replace(scene, count=value)
        case _:
            return scene  # units and physical limits do not matter here


def _fields(
    key: tuple[str, int], start: int, scene: _Scene, usages: tuple[int, ...], *, flags: int, application: int
) -> Iterator[Field]:
    for number in range(scene.count):
        own = usages[min(number, len(usages) - 1) :][:1] if flags & 2 else usages
        yield Field(
            kind=key[0],
            report=key[1],
            at=start + number * scene.size,
            bits=scene.size,
            usages=own,
            application=application,
            minimum=scene.minimum,
            maximum=scene.maximum,
            is_variable=bool(flags & 2),
            is_relative=bool(flags & 4),
            has_preferred=not flags & 0x20,
        )


def decode(layout: Layout, data: bytes) -> dict[int, tuple[Field, int]]:
    """The usages of an input report with their values; a report that is too short has none of the rest."""
    number, body = (data[0], data[1:]) if layout.is_numbered and data else (0, data)
    bits = int.from_bytes(body, "little")
    found: dict[int, tuple[Field, int]] = {}
    for field in layout.fields:
        if field.kind != INPUT or field.report != number or field.at + field.bits > 8 * len(body):
            continue
        value = bits >> field.at & (1 << field.bits) - 1
        if not field.is_variable:
            for place, usage in enumerate(field.usages):
                is_on = value == field.minimum + place
                if is_on or usage not in found:
                    found[usage] = (field, int(is_on))
        elif field.usages:
            if field.minimum < 0 and value >> field.bits - 1:
                value -= 1 << field.bits
            found[field.usages[0]] = (field, value)
    return found


def encode(layout: Layout, report: int, values: Mapping[int, int]) -> bytes:
    """An output report as it is written: its number (0 when the device numbers none), then its bits."""
    size = layout.sizes.get((OUTPUT, report), 0)
    bits = 0
    for field in layout.fields:
        if field.kind == OUTPUT and field.report == report and field.is_variable and field.usages:
            bits |= (values.get(field.usages[0], 0) & (1 << field.bits) - 1) << field.at
    return bytes([report]) + (bits & (1 << 8 * size) - 1).to_bytes(size, "little")
