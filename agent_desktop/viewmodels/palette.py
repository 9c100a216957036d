"""The command palette: every action and everything found, by typing."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desktop.viewmodels.parts import Button


@dataclass(frozen=True, slots=True)
class PaletteItem:
    """A line of the palette; press its button.  `group` is the heading it stands under."""

    group: str
    title: str
    detail: str
    button: Button
    accessible: str


@dataclass(frozen=True, slots=True)
class PaletteView:
    """What the palette shows for `query`; write it by `palette.find` with `text=…`."""

    query: str
    items: tuple[PaletteItem, ...]
    searching: bool = False
    empty: str = ""
