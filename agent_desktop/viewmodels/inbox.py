"""The inbox: tabs, media chips, and rows that are made only when they are looked at.

The order of the rows is kept up to date change by change (`InboxOrder`): a change costs a search in a
sorted list, whatever the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from agent_desktop.viewmodels.parts import Badge, Empty


class RowMove(Enum):
    """What happened to the list of rows."""

    INSERTED = "inserted"
    REMOVED = "removed"
    CHANGED = "changed"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One step from the old list to the new; steps are applied in order.  A move is removed + inserted."""

    move: RowMove
    index: int = 0


@dataclass(frozen=True, slots=True)
class Tab:
    """Mine, Queue or All.  `count` is None while it is not known.  Choose it by `inbox.tab` with `tab=id`."""

    id: str
    label: str
    count: int | None
    selected: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A medium to filter by; the empty id is all media.  Choose it by `inbox.medium` with `medium=id`."""

    id: str
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A row of three lines: name and age; last line; queue and tags with the badge at the right."""

    interaction: str
    conversation: str
    medium: str
    icon: str
    initials: str
    title: str
    age: str
    line: str
    tags: tuple[str, ...]
    badge: Badge | None
    unread: int
    typing: bool
    selected: bool
    live: bool
    accessible: str  # the whole row as one sentence


@dataclass(frozen=True, slots=True)
class InboxView:
    """The frame round the rows; ask `desktop.inbox_row(index)` for a row, 0 <= index < total."""

    tabs: tuple[Tab, ...]
    chips: tuple[Chip, ...]
    total: int
    selected_index: int  # -1: none
    loading: bool
    empty: Empty | None
