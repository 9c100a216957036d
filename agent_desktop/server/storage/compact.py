"""Entities of many fields as JSON that says only what is not as usual.

Work that waits has some fifty fields, and most of them have their default: left out, the record is a third
as large, and a router that starts reads it twice as fast.  A document of an older program, which wrote every
field, is read all the same.

An event that holds such an entity whole (work that arrived, a message that came) says no more of it either:
it is in the log for ever.

Rules of the file: a default of such an entity is part of the file format; SQL that looks into a document
treats what is not there as empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec

from agent_desktop.domain.copying import copier

T = TypeVar("T")
Teller = Callable[[Any], dict[str, Any]]


class Compact(Generic[T]):
    """Tells and reads one class of frozen dataclasses with slots."""

    def __init__(self, kind: type[T]) -> None:
        named: list[Field[Any]] = list(fields(kind))  # type: ignore[arg-type]  # a dataclass
        hints = get_type_hints(kind)
        mirror = msgspec.defstruct(
            f"Written{kind.__name__}",
            [(field.name, hints[field.name], *_default(field)) for field in named],
            kw_only=True,
            gc=False,
        )
        self._decoder = msgspec.json.Decoder(mirror)
        self._made = copier(kind)
        self.told = teller(kind)

    def decode(self, body: str) -> T:
        """Give the value of a JSON text.  Raises `msgspec.MsgspecError` for a damaged one."""
        made: T = self._made(self._decoder.decode(body), {})
        return made


def _default(field: Field[Any]) -> tuple[Any, ...]:
    if field.default is not MISSING:
        return (field.default,)
    if field.default_factory is not MISSING:
        return (msgspec.field(default_factory=field.default_factory),)
    return ()


def teller(kind: type[Any]) -> Teller:
    """Make what gives the fields of a value that are not as usual, by name."""
    lines = ["def told(value):", "    found = {}"]
    usual: dict[str, Any] = {}
    for number, field in enumerate(fields(kind)):
        lines.append(f"    one = value.{field.name}")
        if field.default is not MISSING:
            usual[f"usual{number}"] = field.default
            lines.append(f"    if one is not usual{number}:")
        else:
            lines.append("    if one:" if field.default_factory is not MISSING else "    if True:")
        lines.append(f"        found[{field.name!r}] = one")
    lines.append("    return found")
    exec("\n".join(lines), usual)  # noqa: S102 - the names are those of the class's own fields
    told: Teller = usual["told"]
    return told
