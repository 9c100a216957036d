"""A copy of a value with some fields changed: `dataclasses.replace`, ten times as fast.

Copying is what a step costs, and an interaction has many fields.  `dataclasses.replace` calls the class with
every field by its name, and a frozen class sets each through a call.  Here each class has a twin with the
same slots that is not frozen: the twin is filled by plain assignments, in a function made of the class's own
field names (as `dataclasses` makes `__init__`), and then takes the class of the value.  Python allows that
between classes of one layout.  It is for frozen dataclasses with slots and without `__post_init__`: nothing
of theirs would run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")

_Copier = Callable[[Any, dict[str, object]], Any]
_COPIERS: dict[type[Any], _Copier] = {}


def copier(kind: type[Any]) -> _Copier:
    """Make what fills a new value of a class from anything that has its fields, some of them changed.

    Raises `TypeError` for a class that it is not for.
    """
    names = [field.name for field in fields(kind)]
    if hasattr(kind, "__post_init__") or kind.__dictoffset__:
        raise TypeError(f"{kind.__name__} is no dataclass of slots alone.")
    own = {"__slots__": kind.__slots__, "__setattr__": object.__setattr__}
    twin = type(f"Open{kind.__name__}", kind.__bases__, own)
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
