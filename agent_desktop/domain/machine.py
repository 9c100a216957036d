"""The table-driven machine: the transition table is the program.

A machine knows which event leads from which state to which.  An illegal pair raises, in words; the
diagram of the operating guide is drawn from the same table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from agent_desktop.errors import IllegalStepError

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Machine(Generic[E]):
    """`table` maps (state, type of event) to the next state."""

    name: str
    table: Mapping[tuple[str, type[E]], str]

    def next(self, state: str, event: E) -> str:
        """The state after `event`; raises `IllegalStepError` when there is no such step."""
        try:
            return self.table[state, type(event)]
        except KeyError:
            words, now = _words(type(event).__name__), state.replace("_", " ")
            raise IllegalStepError(f"{words} is not possible: the {self.name} is {now}.") from None

    def allows(self, state: str, event: type[E]) -> bool:
        """Whether there is a step from `state` by an event of this type."""
        return (state, event) in self.table

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        rows = [f"    {a} --> {b}: {event.__name__}" for (a, event), b in self.table.items()]
        return "\n".join(["stateDiagram-v2", *rows])


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()
