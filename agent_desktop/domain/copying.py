"""Values with many fields, made and copied quickly: `dataclasses.replace` at a tenth of its cost.

Copying is what a step costs, and an interaction has many fields.  `dataclasses.replace` calls the class with
every field by its name, and a frozen class sets each through a call.  Here each class has a twin with the
same slots that is not frozen: the twin is filled by plain assignments, in a function made of the class's own
field names (as `dataclasses` makes `__init__`), and then takes the class of the value.  Python allows that
between classes of one layout.  It is for frozen dataclasses with slots and without `__post_init__`: nothing
of theirs would run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_Copier = Callable[[Any, dict[str, object]], Any]
_COPIERS: dict[type[Any], _Copier] = {}


def copier(kind: type[Any]) -> _Copier:
    """Make what fills a new value of a class from anything that has its fields, some of them changed.

    Raises `TypeError` for a class that it is not for.
    """
    names, twin = [field.name for field in fields(kind)], _twin(kind)
    lines = [
        "def copied(value, changes):",
        "    copy = new(twin)",
        *(f"    copy.{name} = value.{name}" for name in names),
        "    for name, changed in changes.items():",
        "        set(copy, name, changed)",
        "    copy.__class__ = kind",
        "    return copy",
    ]
    made: dict[str, Any] = {"new": object.__new__, "set": setattr, "twin": twin, "kind": kind}
    exec("\n".join(lines), made)  # noqa: S102 - the names are those of the class's own fields
    copied: _Copier = made["copied"]
    return copied


def _twin(kind: type[Any]) -> type[Any]:
    """A class of the same layout that is not frozen."""
    if hasattr(kind, "__post_init__") or kind.__dictoffset__:
        raise TypeError(f"{kind.__name__} is no dataclass of slots alone.")
    own = {"__slots__": kind.__slots__, "__setattr__": object.__setattr__}
    return type(f"Open{kind.__name__}", kind.__bases__, own)


def quick(kind: type[T]) -> type[T]:
    """Let a frozen dataclass with slots, whose fields are given by name, be made as quickly as it is copied.

    A decorator above `@dataclass(frozen=True, slots=True, kw_only=True)`.
    """
    made: dict[str, Any] = {"twin": _twin(kind), "kind": kind, "set": object.__setattr__, "left_out": MISSING}
    given, lines = [], ["    set(self, '__class__', twin)"]
    for number, field in enumerate(fields(kind)):  # type: ignore[arg-type]  # a dataclass
        name = field.name
        if field.default_factory is not MISSING:
            made[f"usual{number}"] = field.default_factory
            given.append(f"{name}=left_out")
            lines.append(f"    self.{name} = usual{number}() if {name} is left_out else {name}")
            continue
        if field.default is not MISSING:
            made[f"usual{number}"] = field.default
        given.append(name if field.default is MISSING else f"{name}=usual{number}")
        lines.append(f"    self.{name} = {name}")
    head = f"def __init__(self, *, {', '.join(given)}):"
    exec("\n".join([head, *lines, "    self.__class__ = kind"]), made)  # noqa: S102 - as above
    kind.__init__ = wraps(kind.__init__)(made["__init__"])  # type: ignore[method-assign]  # the same arguments
    return kind


def replace(value: T, /, **changes: object) -> T:
    """Give a copy with these fields changed.  Raises `TypeError` for a field that there is not."""
    kind: type[Any] = type(value)
    copied = _COPIERS.get(kind)
    if copied is None:
        copied = _COPIERS[kind] = copier(kind)
    try:
        copy: T = copied(value, changes)
    except AttributeError as error:
        unknown = changes.keys() - {field.name for field in fields(kind)}
        raise TypeError(f"{kind.__name__} has no field {', '.join(map(repr, unknown))}.") from error
    return copy
