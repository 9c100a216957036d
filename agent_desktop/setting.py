"""What a declaration of a setting is: its name, type, default, help, and who reads it.

The declarations themselves are in `settings.py`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

V = TypeVar("V", bound=str | int | float | bool)


class Scope(enum.Enum):
    """A program that reads settings; the value is its word on the command line."""

    DESKTOP = "desktop"
    TEXT = "text"
    PHONE = "phone"
    SERVER = "server"
    SWITCH = "switch"
    DEMO = "demo"


FRONT_ENDS = frozenset({Scope.DESKTOP, Scope.TEXT})
EVERYWHERE = frozenset(Scope)
SCREEN = frozenset({Scope.DESKTOP, Scope.DEMO})


@dataclass(frozen=True, slots=True)
class Setting(Generic[V]):
    """One declaration.  `name` is `section.key` of the file; an empty `option`: not on the command line."""

    name: str
    default: V
    help: str
    scopes: frozenset[Scope]
    option: str = ""
    metavar: str = "TEXT"
    choices: tuple[V, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def kind(self) -> type[V]:
        return type(self.default)

    @property
    def is_switch(self) -> bool:
        """On, off, or something else besides: true and false are understood too."""
        return "on" in self.choices and "off" in self.choices

    @property
    def environment(self) -> str:
        """The environment variable: `server.url` is AGENT_DESKTOP_SERVER_URL."""
        return f"AGENT_DESKTOP_{self.name.replace('.', '_').upper()}"

    @property
    def dest(self) -> str:
        """The attribute of the argparse namespace."""
        return self.option.lstrip("-").replace("-", "_")


def in_words(setting: Setting[Any]) -> str:
    """What may be given: "a number at least 1", "one of …"."""
    if setting.choices:
        return f"one of {', '.join(map(str, setting.choices))}"
    kinds = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    limits = [
        f"{word} {limit:g}"
        for word, limit in (("at least", setting.minimum), ("at most", setting.maximum))
        if limit is not None
    ]
    return " ".join((kinds[setting.kind], " and ".join(limits))).strip()
