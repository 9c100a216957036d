"""In `centre.toml`: what a queue promises, when work without a reply goes back, when nobody is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from agent_desktop.domain.centre import EMPTY_FACTORS, Queue
from agent_desktop.domain.medium import MEDIA, VOICE
from agent_desktop.server.tomlfile import Table

DAY_S: Final = 86_400.0
PROMISES: Final = ("first_reply_s", "next_reply_s", "resolution_s")
MOST_S: Final[Mapping[str, float]] = {**dict.fromkeys(PROMISES, 366 * DAY_S), "return_s": 31 * DAY_S}
EMPTY: Final = ("join_empty", "leave_empty")


def of_queue(table: Table, hours: Collection[str]) -> dict[str, Any]:
    """The fields of a queue besides its seconds."""
    named = table.has("promise_hours")
    return {
        "promise_hours": table.text("promise_hours", "", choices=hours) if named else "",
        **{name: table.texts(name, choices=EMPTY_FACTORS) for name in EMPTY},
    }


def check(table: Table, made: Queue, closed: Collection[str]) -> None:
    """What belongs together is there together; `closed` are the settings of what a caller meets then."""
    if made.promise_hours and not any(getattr(made, name) for name in PROMISES):
        table.blame("promise_hours", f"there is no promise that it counts for: {', '.join(PROMISES)}.")
    if made.return_s and not any(MEDIA[medium].text for medium in made.media):
        table.blame("return_s", "only text work goes back without a reply, and this queue takes none.")
    empty = [name for name in EMPTY if getattr(made, name)]
    if empty and VOICE not in made.media:
        table.blame(empty[0], "only calls are turned away, and this queue takes none.")
    elif empty and not closed:
        table.blame(empty[0], "say what a caller meets when nobody is there: closed_say or closed_queue.")
    if closed and not (made.hours or empty):
        table.blame(next(iter(closed)), "only a queue with hours, join_empty or leave_empty is ever closed.")
