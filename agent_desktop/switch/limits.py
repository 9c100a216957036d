"""What an agent may dial, kept to: every call to the outside is judged, counted and ended in time.

The judgement is `domain.dialling`; here are its clock, its file and its words.  The ledger lies in the data
folder (`dialled.json`, for its owner alone), so that a switch that is started again has forgotten neither
the dials of the last hour nor what the day has cost.

Rules: every refusal is logged; a call is told half a minute before it has to end; a minute is bought while
the one before still runs, so that nobody who may go on is warned; a ledger that cannot be read is put aside
and never stops a call for help.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from agent_desktop.domain import dialling
from agent_desktop.domain.dialling import Allowed, Ledger, Limits, Refused
from agent_desktop.domain.types import Instant
from agent_desktop.errors import RefusedError
from agent_desktop.wire.switch import DialLimits

log = logging.getLogger(__name__)

FILE: Final = "dialled.json"
NOTICE_S: Final = 30.0


def limits_of(command: DialLimits) -> Limits:
    """The limits that the router sent."""
    return Limits(
        allowed=command.allowed,
        refused=command.refused,
        emergency=command.emergency,
        calls_per_agent=command.calls_per_agent,
        dials_per_agent_hour=command.dials_per_agent_hour,
        minutes_per_call=command.minutes_per_call,
        prices=command.prices,
        per_day=command.per_day,
    )


class Tolls:
    """The ledger of one switch, in the signalling thread; legs have the names of the mixer."""

    def __init__(
        self,
        *,
        wall: Callable[[], float],
        ledger: Ledger | None = None,
        keep: Callable[[Ledger], None] = lambda _ledger: None,
    ) -> None:
        """`keep` puts the ledger on disk, soon and without waiting for it."""
        self.limits = Limits()
        self._wall = wall
        self._keep = keep
        self._ledger = ledger or Ledger()
        self._told: set[str] = set()

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    def may_dial(self, number: str, agent: str, leaves_as: str = "") -> Allowed:
        """Judge a number; RefusedError with words for the agent."""
        judged = dialling.verdict(self.limits, self._ledger, number, agent, self._now(), leaves_as=leaves_as)
        if isinstance(judged, Refused):
            raise RefusedError(judged.words, code=judged.code)
        return judged

    def is_emergency(self, number: str) -> bool:
        """A number for help."""
        return dialling.normal(number) in {dialling.normal(known) for known in self.limits.emergency}

    def begun(self, leg: str, agent: str, allowed: Allowed) -> None:
        """The number is being dialled."""
        self._set(dialling.begun(self._ledger, leg, agent, allowed, self._now()))

    def answered(self, leg: str) -> None:
        """Time counts from here; a leg that is not of the ledger is passed over."""
        self._set(dialling.answered(self._ledger, leg, self._now()))

    def ended(self, leg: str) -> None:
        self._told.discard(leg)
        self._set(dialling.ended(self._ledger, leg))

    def watch(self) -> tuple[list[str], list[str]]:
        """Once a second: the legs to be told that they end in `NOTICE_S`, and those that end now."""
        soon: list[str] = []
        over: list[str] = []
        now = self._now()
        for line in self._ledger.lines:
            left = self._left(line.call, now)
            if left <= 0:
                log.warning("a call has used up its time or its money", extra={"leg": line.call})
                over.append(line.call)
            elif left <= NOTICE_S and line.call not in self._told:
                self._told.add(line.call)
                soon.append(line.call)
            elif left > NOTICE_S:
                self._told.discard(line.call)
        return soon, over

    def _left(self, leg: str, now: Instant) -> float:
        """Seconds until the leg has to end, after buying another minute if it is time and there is money."""
        line = self._ledger.line(leg)
        if line is None:
            return float("inf")
        left = dialling.ends_at(self.limits, line) - now
        while left <= NOTICE_S:
            longer = dialling.renewed(self.limits, self._ledger, leg, now)
            if longer is None:
                return left
            self._set(longer)
            line = longer.line(leg) or line
            left = dialling.ends_at(self.limits, line) - now
        return left

    def _now(self) -> Instant:
        return Instant(self._wall())

    def _set(self, ledger: Ledger) -> None:
        if ledger is not self._ledger and ledger != self._ledger:
            self._ledger = ledger
            self._keep(ledger)


class _Kept(msgspec.Struct, frozen=True):
    """The ledger on disk.  What is set aside for calls that are up counts as spent: they may be answered."""

    dials: tuple[tuple[str, float], ...] = ()
    spent: tuple[tuple[int, int], ...] = ()


class LedgerFile:
    """Keeps the newest ledger on disk, in a thread of its own turn; `write` never waits."""

    def __init__(self, folder: Path, start: Callable[[Callable[[], None]], object]) -> None:
        """`start` runs a function in a worker thread."""
        self._path = folder / FILE
        self._start = start
        self._lock = threading.Lock()
        self._next: Ledger | None = None
        self._busy = False

    def read(self) -> Ledger:
        """What was kept; an empty ledger when there is none, or none that can be read."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return Ledger()
        except (OSError, ValueError) as error:
            log.error("what was dialled before cannot be read and is put aside: %s", error)  # noqa: TRY400
            self._put_aside()
            return Ledger()
        dials = tuple((agent, Instant(at)) for agent, at in kept.dials)
        return Ledger(dials=dials, spent=kept.spent)

    def write(self, ledger: Ledger) -> None:
        """Keep this one; an older one that still waits is left out."""
        with self._lock:
            self._next = ledger
            if self._busy:
                return
            self._busy = True
        self._start(self.flush)

    def flush(self) -> None:
        """Write until nothing waits."""
        while True:
            with self._lock:
                ledger, self._next = self._next, None
                if ledger is None:
                    self._busy = False
                    return
            try:
                self._put(ledger)
            except OSError as error:
                log.error("what is dialled cannot be kept: %s", error)  # noqa: TRY400

    def _put(self, ledger: Ledger) -> None:
        ledger = dialling.settled(ledger)
        dials = tuple((agent, float(at)) for agent, at in ledger.dials)
        data = msgspec.json.encode(_Kept(dials, ledger.spent))
        fresh = self._path.with_suffix(".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as written:
            written.write(data)
            written.flush()
            os.fsync(written.fileno())
        fresh.replace(self._path)

    def _put_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".unreadable"))
        except OSError as error:
            log.warning("it cannot be put aside either: %s", error)
