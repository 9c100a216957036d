"""The tables of promises, as the operating guide shows them: a story, and how each clock stands.

The centre is in Berlin, open from Monday to Friday, 09:00 to 12:00 and 13:00 to 17:00; closed on 25 December.
It promises a first reply within 2 hours, each further reply within 1 hour and a resolution within 8 hours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """When, what happened, and how first reply, next reply and resolution stand then; empty: no clock."""

    when: str
    what: str
    first: str = ""
    next: str = ""
    resolution: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One story."""

    title: str
    lines: tuple[Line, ...]


def table(title: str, *lines: tuple[str, ...]) -> Table:
    return Table(title, tuple(Line(*line) for line in lines))


TABLES = (
    table(
        "A customer is answered in time, asks again, and is helped",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:30", "replied", "kept", "", "stands, 7:30 left"),
        ("2026-11-23 14:00", "wrote", "kept", "due Mon 15:00", "due Tue 14:30"),
        ("2026-11-23 14:10", "wrote", "kept", "due Mon 15:00", "due Tue 14:30"),
        ("2026-11-23 14:20", "replied", "kept", "kept", "stands, 7:10 left"),
        ("2026-11-23 14:30", "done", "kept", "kept", "kept"),
    ),
    table(
        "A clock warns at 80 % and breaks at its time",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:35", "time", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:36", "time", "warned, due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:59", "time", "warned, due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 11:00", "time", "broken", "", "due Tue 10:00"),
        ("2026-11-23 11:30", "replied", "broken, served Mon 11:30", "", "stands, 5:30 left"),
    ),
    table(
        "Answered work never breaks, however long the customer takes",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:00", "replied", "kept", "", "stands, 7:00 left"),
        ("2026-12-21 09:00", "time", "kept", "", "stands, 7:00 left"),
        ("2026-12-21 09:00", "wrote", "kept", "due Mon 10:00", "due Mon 17:00"),
    ),
    table(
        "A note is no reply",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:30", "noted", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 11:00", "time", "broken", "", "due Tue 10:00"),
    ),
    table(
        "A message before the first reply starts no second clock",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:30", "wrote", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:40", "replied", "kept", "", "stands, 7:20 left"),
    ),
    table(
        "Lunch and night do not count, and nothing breaks then",
        ("2026-11-23 11:30", "waited", "due Mon 14:30", "", "due Tue 13:30"),
        ("2026-11-23 12:30", "time", "due Mon 14:30", "", "due Tue 13:30"),
        ("2026-11-23 14:06", "time", "warned, due Mon 14:30", "", "due Tue 13:30"),
        ("2026-11-23 14:15", "replied", "kept", "", "stands, 6:15 left"),
        ("2026-11-23 16:45", "wrote", "kept", "due Tue 09:45", "due Tue 16:00"),
        ("2026-11-24 03:00", "time", "kept", "due Tue 09:45", "due Tue 16:00"),
        ("2026-11-24 09:45", "time", "kept", "broken", "due Tue 16:00"),
    ),
    table(
        "Who writes at night is answered in the morning",
        ("2026-11-23 23:00", "waited", "due Tue 11:00", "", "due Wed 10:00"),
        ("2026-11-24 10:59", "replied", "kept", "", "stands, 6:01 left"),
    ),
    table(
        "A weekend and a holiday do not count",
        ("2026-12-24 16:00", "waited", "due Mon 10:00", "", "due Mon 17:00"),
        ("2026-12-25 10:00", "time", "due Mon 10:00", "", "due Mon 17:00"),
        ("2026-12-28 09:59", "replied", "kept", "", "stands, 6:01 left"),
    ),
    table(
        "The night of 23 hours takes nothing away",
        ("2026-03-27 16:00", "waited", "due Mon 10:00", "", "due Mon 17:00"),
        ("2026-03-30 09:36", "time", "warned, due Mon 10:00", "", "due Mon 17:00"),
        ("2026-03-30 09:59", "replied", "kept", "", "stands, 6:01 left"),
    ),
    table(
        "The night of 25 hours adds nothing",
        ("2026-10-23 16:00", "waited", "due Mon 10:00", "", "due Mon 17:00"),
        ("2026-10-26 10:00", "time", "broken", "", "due Mon 17:00"),
    ),
    table(
        "An emergency closing stops the clocks, and they go on with what was left",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:00", "closed", "stands, 1:00 left", "", "stands, 7:00 left"),
        ("2026-11-23 16:00", "time", "stands, 1:00 left", "", "stands, 7:00 left"),
        ("2026-11-24 09:00", "opened", "due Tue 10:00", "", "due Tue 17:00"),
        ("2026-11-24 09:36", "time", "warned, due Tue 10:00", "", "due Tue 17:00"),
    ),
    table(
        "A reply during an emergency closing keeps the promise",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:00", "closed", "stands, 1:00 left", "", "stands, 7:00 left"),
        ("2026-11-24 11:00", "replied", "kept", "", "stands, 7:00 left"),
        ("2026-11-24 12:00", "opened", "kept", "", "stands, 7:00 left"),
    ),
    table(
        "The answer of a call is its first reply; the resolution runs until the work is done",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:01", "answered", "kept", "", "due Tue 10:00"),
        ("2026-11-23 09:10", "done", "kept", "", "kept"),
    ),
    table(
        "Work that is closed without a reply has neither kept nor broken the promise of one",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:05", "done", "", "", "kept"),
    ),
    table(
        "What was broken stays broken when the work is done",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-24 10:00", "time", "broken", "", "broken"),
        ("2026-11-24 11:00", "done", "broken, served Tue 11:00", "", "broken, served Tue 11:00"),
    ),
    table(
        "A customer who leaves unserved leaves no promise",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 09:05", "left", "", "", ""),
    ),
    table(
        "In another queue the customer's clock goes on",
        ("2026-11-23 09:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
        ("2026-11-23 10:00", "waited", "due Mon 11:00", "", "due Tue 10:00"),
    ),
)
