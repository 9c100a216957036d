"""Promises to customers (SLA clocks): first reply, next reply, resolution.

Pure functions: a clock counts only the calendar's hours, stands still while the customer is awaited, warns at
80 % of its time, and never breaks for work that was answered (PRODUCT G13, R49).

| what happens                     | first reply | next reply            | resolution       |
|----------------------------------|-------------|-----------------------|------------------|
| the customer waits in a queue    | starts      |                       | starts           |
| an agent replies to the customer | ends        | ends                  | stands still     |
| an agent answers the call        | ends        |                       | runs on          |
| the customer writes again        | runs on     | starts, if none runs  | runs again       |
| an agent writes a note           | runs on     | runs on               | runs on          |
| the work is done                 | is dropped  | is dropped            | ends             |
| the customer leaves unserved     | is dropped  | is dropped            | is dropped       |

A clock that ends in time is kept, at its due time or later broken.  One that is dropped is neither: nobody
was kept waiting.  A promise stands once it is made: in another queue only clocks that the work has not yet
are added, and each keeps counting the hours it was made with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from agent_desktop.domain.hours import Hours, after_open_seconds, open_seconds
from agent_desktop.domain.types import Instant, Seconds

FIRST_REPLY, NEXT_REPLY, RESOLUTION = "first_reply", "next_reply", "resolution"
RUNNING, PAUSED, KEPT, BROKEN = "running", "paused", "kept", "broken"
WARN_PART: Final = 0.8
NEVER: Final = Instant(0.0)


class Happening(Enum):
    """What moves the clocks."""

    WAITED = "the customer waits in a queue"
    REPLIED = "an agent replies to the customer"
    ANSWERED = "an agent answers the call"
    WROTE = "the customer writes again"
    NOTED = "an agent writes a note"
    DONE = "the work is done"
    LEFT = "the customer leaves unserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One clock.  `due_at` and `warn_at` are zero while it stands still; `left_s` counts open hours.

    `left_s` was left at `since_at`.  A broken one keeps its `due_at`, and has `ended_at` once it is served.
    """

    kind: str
    seconds: Seconds
    state: str = RUNNING
    since_at: Instant = NEVER
    left_s: Seconds = Seconds(0.0)
    due_at: Instant = NEVER
    warn_at: Instant = NEVER
    warned: bool = False
    ended_at: Instant = NEVER
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a queue promises; 0: nothing.  `hours` names the calendar; empty: every hour counts."""

    first_reply_s: Seconds = Seconds(0.0)
    next_reply_s: Seconds = Seconds(0.0)
    resolution_s: Seconds = Seconds(0.0)
    hours: str = ""


Promises = tuple[Promise, ...]
Calendars = Mapping[str, Hours]


def step(
    promises: Promises,
    what: Happening,
    terms: Terms,
    hours: Calendars,
    now: Instant,
    *,
    since: Instant = NEVER,
) -> Promises:
    """The promises after something happened; `since` is when the customer began to wait, if not now."""
    looked = tick(promises, hours, now)
    match what:
        case Happening.WAITED:
            return _started(looked, terms, hours, since or now, now)
        case Happening.ANSWERED:
            return tuple(_ended(p, now) if p.kind == FIRST_REPLY else p for p in looked)
        case Happening.REPLIED:
            return tuple(_paused(p, hours, now) if p.kind == RESOLUTION else _ended(p, now) for p in looked)
        case Happening.WROTE:
            again = tuple(_resumed(p, hours, now) if p.kind == RESOLUTION else p for p in looked)
            return _next_reply(again, terms, hours, now)
        case Happening.DONE:
            return tuple(_ended(p, now) for p in looked if p.kind == RESOLUTION or not _stands(p))
        case Happening.LEFT:
            return tuple(_ended(p, now) for p in looked if not _stands(p))
        case Happening.NOTED:  # the customer does not see it
            return looked


def tick(promises: Promises, hours: Calendars, now: Instant) -> Promises:
    """Warn and break what is due.  A clock whose calendar was closed meanwhile (emergency) stands still."""
    if not any(_rings(p, now) for p in promises):
        return promises
    return tuple(_looked(p, hours, now) if _rings(p, now) else p for p in promises)


def recounted(promises: Promises, hours: Calendars, now: Instant) -> Promises:
    """Count by the calendars as they are now: one was closed in an emergency, opened again, or changed.

    What counted until now stays counted: the hours before are the calendar without its emergency switch.
    """
    return tick(tuple(_recounted(p, hours, now) for p in promises), hours, now)


def next_deadline(promises: Promises) -> Instant | None:
    """When to look again: the next warning or the next due time of a running clock."""
    return min((at for p in promises if p.state == RUNNING and (at := _rings_at(p))), default=None)


def next_due(promises: Iterable[Promise]) -> Instant:
    """What is promised next, or was and is still owed; zero when no clock runs."""
    return min((p.due_at for p in promises if is_open(p) and p.due_at), default=NEVER)


def is_open(promise: Promise) -> bool:
    """Whether it is still owed: running, standing still, or broken and not served yet."""
    return promise.state in (RUNNING, PAUSED) or (promise.state == BROKEN and not promise.ended_at)


# --- one clock --------------------------------------------------------------------------------------


def _started(promises: Promises, terms: Terms, hours: Calendars, since: Instant, now: Instant) -> Promises:
    have = {p.kind for p in promises}
    wanted = ((FIRST_REPLY, terms.first_reply_s), (RESOLUTION, terms.resolution_s))
    new = tuple(
        _counting(Promise(kind=kind, seconds=seconds, hours=terms.hours), hours, since, seconds)
        for kind, seconds in wanted
        if seconds and kind not in have
    )
    return tick((*promises, *new), hours, now)


def _next_reply(promises: Promises, terms: Terms, hours: Calendars, now: Instant) -> Promises:
    """A new clock, unless the customer is owed a reply already: the oldest message counts."""
    owed = any(is_open(p) for p in promises if p.kind != RESOLUTION)
    if owed or not terms.next_reply_s:
        return promises
    new = Promise(kind=NEXT_REPLY, seconds=terms.next_reply_s, hours=terms.hours)
    others = tuple(p for p in promises if p.kind != NEXT_REPLY)
    return (*others, _counting(new, hours, now, terms.next_reply_s))


def _counting(p: Promise, hours: Calendars, since: Instant, left: float) -> Promise:
    """The clock runs from `since` with so much left; under a calendar that is closed for long it stands."""
    calendar = hours.get(p.hours)
    shut = calendar is not None and calendar.closed
    due = None if shut else after_open_seconds(calendar, since, left)
    warn = after_open_seconds(calendar, since, left - p.seconds + p.seconds * WARN_PART)
    return replace(
        p,
        state=RUNNING,
        since_at=since,
        left_s=Seconds(left),
        due_at=NEVER if due is None else due,
        warn_at=NEVER if due is None or warn is None else warn,
    )


def _left(p: Promise, hours: Calendars, now: Instant) -> Seconds:
    """What is left of a running clock; of one that stands, what was left."""
    if not p.due_at:
        return p.left_s
    calendar = hours.get(p.hours)
    before = replace(calendar, closed=False) if calendar is not None else None
    return Seconds(max(0.0, p.left_s - open_seconds(before, p.since_at, now)))


def _recounted(p: Promise, hours: Calendars, now: Instant) -> Promise:
    if p.state != RUNNING:
        return p
    calendar = hours.get(p.hours)
    shut = calendar is not None and calendar.closed
    if shut and p.due_at:
        return _counting(p, hours, now, _left(p, hours, now))
    if shut or p.due_at == (after_open_seconds(calendar, p.since_at, p.left_s) or NEVER):
        return p
    return _counting(p, hours, p.since_at if p.due_at else now, p.left_s)


def _paused(p: Promise, hours: Calendars, now: Instant) -> Promise:
    if p.state != RUNNING:
        return p
    left = _left(p, hours, now)
    return replace(p, state=PAUSED, since_at=now, left_s=left, due_at=NEVER, warn_at=NEVER)


def _resumed(p: Promise, hours: Calendars, now: Instant) -> Promise:
    return _counting(p, hours, now, p.left_s) if p.state == PAUSED else p


def _ended(p: Promise, now: Instant) -> Promise:
    if not is_open(p):
        return p
    return replace(p, state=BROKEN if p.state == BROKEN else KEPT, ended_at=now, warn_at=NEVER)


def _stands(p: Promise) -> bool:
    return p.state in (RUNNING, PAUSED)


def _rings_at(p: Promise) -> Instant:
    return p.due_at if p.warned else p.warn_at or p.due_at


def _rings(p: Promise, now: Instant) -> bool:
    return p.state == RUNNING and 0 < _rings_at(p) <= now


def _looked(p: Promise, hours: Calendars, now: Instant) -> Promise:
    calendar = hours.get(p.hours)
    if calendar is not None and calendar.closed:
        return _recounted(p, hours, now)
    if p.due_at <= now:
        return replace(p, state=BROKEN, warned=True, left_s=Seconds(0.0))
    return replace(p, warned=True)
