"""The pages of what a person chooses: the screen, the ring, the keys; rows of buttons, each one choice."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Button


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One thing to choose: its name, the choices with the one in force checked, and a sentence about it."""

    label: str
    options: tuple[Button, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class ChoicesView:
    """A page of rows, each in its place; `says` stands above them."""

    title: str
    rows: tuple[ChoiceRow, ...]
    says: str = ""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An action and its key.  Change it by `keys.set` with `id` and `keys`."""

    id: str
    label: str
    keys: str  # portable: Ctrl+Shift+A, F2; empty: none
    usual: str

    @property
    def changed(self) -> bool:
        return self.keys != self.usual


@dataclass(frozen=True, slots=True)
class KeysView:
    """The keys in the groups of the table."""

    title: str
    says: str
    groups: tuple[tuple[str, tuple[KeyRow, ...]], ...]
    reset: Button
