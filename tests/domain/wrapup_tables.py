"""The five modes of wrap-up as a table (PRODUCT 3.6); the operating guide shows these rows.

Each row: mode; left without a code; left early with a code; when the time is over; what is written then.
"""

from __future__ import annotations

from dataclasses import dataclass

NEVER = "there is none"


@dataclass(frozen=True)
class Row:
    """One mode; `early`: when a code ends the wrap-up."""

    mode: str
    words: str
    begins: bool
    without_code: bool
    early: str  # "", "at once", "at the deadline"
    timed: bool
    at_the_end: str  # the code when none was chosen; empty: it does not end by itself


MODES = (
    Row("none", "No wrap-up", begins=False, without_code=True, early="", timed=False, at_the_end=""),
    Row(
        "optional", "Left with a code or without", begins=True, without_code=True, early="at once",
        timed=False, at_the_end="",
    ),
    Row(
        "mandatory", "Left with a code", begins=True, without_code=False, early="at once", timed=False,
        at_the_end="",
    ),
    Row(
        "mandatory_timed", "Left with a code, or the time ends it", begins=True, without_code=False,
        early="at once", timed=True, at_the_end="timeout",
    ),
    Row(
        "mandatory_fixed", "The time ends it; a code is kept until then", begins=True, without_code=False,
        early="at the deadline", timed=True, at_the_end="timeout",
    ),
)  # fmt: skip

# own deadline after, the other's deadline after (0: none runs) -> the clock of both
CLOCKS = (
    (60, 0, 60),
    (60, 20, 60),  # the longer of the two, for both
    (20, 60, 60),  # never a shorter one
    (60, 60, 60),
)

# configured seconds, age in seconds, deadline since the beginning, safety -> over
SAFETY = (
    (60, 60, 60, 900, True),
    (60, 59, 60, 900, False),
    (60, 900, 1200, 900, True),  # lengthened too often
    (60, 899, 1200, 900, False),
    (3600, 900, 3600, 900, False),  # a queue's own time is never cut
    (3600, 3600, 3600, 900, True),
    (60, 900, 0, 900, True),  # the limit came later than the wrap-up
    (0, 2_000_000, 0, 900, False),  # no limit
)

# do_not_call, callback_s, conversation -> what is done, in order
EFFECTS = (
    (False, 0, "resolved", ("resolved",)),
    (False, 0, "open", ("open",)),
    (False, 0, "snoozed", ("snoozed",)),
    (False, 3600, "open", ("call +4912345 in 3600", "open")),
    (True, 0, "resolved", ("never call +4912345", "resolved")),
)

SPOKEN = ((1, "1 second"), (45, "45 seconds"), (60, "1 minute"), (5400, "90 minutes"), (3600, "1 hour"),
          (86_400, "1 day"), (172_800, "2 days"), (0.5, "0.5 seconds"))  # fmt: skip
