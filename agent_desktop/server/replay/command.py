"""`agent-desktop admin replay`: every decision of the record again, and what another configuration had done.

It only reads: the router may be running.  Exit status 1 when a decision came out otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.types import Instant
from agent_desktop.errors import StorageError, UsageError
from agent_desktop.server.config import load_centre
from agent_desktop.server.replay import daybook, record, whatif
from agent_desktop.server.replay.exact import Outcome, Replay
from agent_desktop.server.storage import personal

TOLD_MOST = 20
ALWAYS = Instant(float("inf"))


def main(args: argparse.Namespace, path: Path, fallback: Centre | None) -> int:
    """Replay the record at `path`; `fallback` holds where the record names no configuration."""
    since, until = instant(args.since, Instant(0.0)), instant(args.until, ALWAYS)
    if since >= until:
        raise UsageError("--from must be before --to.")
    if args.picture and not args.other:
        raise UsageError("A picture is of a what-if: give --config FILE too.")
    if args.other:
        return _what_if(args, path, fallback, (since, until))
    with personal.opened(path, read_only=True) as connection:
        connection.execute("BEGIN")  # one view of everything, whatever the router writes meanwhile
        configured = record.configurations(connection, path.parent, fallback)
        outcome = Replay(configured, since, until).run(record.events(connection))
    _say(json.dumps(asdict(outcome)) if args.json else words(outcome))
    return 1 if outcome.differences else 0


def _what_if(
    args: argparse.Namespace, path: Path, fallback: Centre | None, period: tuple[Instant, Instant]
) -> int:
    other = load_centre(Path(args.other))
    with personal.opened(path, read_only=True) as connection:
        connection.execute("BEGIN")
        configured = record.configurations(connection, path.parent, fallback)
        day = daybook.read((event for _, event in record.events(connection)), *period)
    if not day.turns:
        raise StorageError("In this period nothing came to wait in any queue.")
    held = [c for c in configured if c.at <= day.since] or configured[:1]
    changed = sum(day.since < c.at <= day.until for c in configured)
    made = asyncio.run(whatif.what_if(day, held[-1].centre, other))
    if args.picture:
        _write(Path(args.picture), whatif.drawn(made))
    if args.json:
        found = {"from": day.since, "to": day.until, "ran_by": held[-1].name, "changed": changed}
        _say(json.dumps({**found, **whatif.document(made)}))
        return 0
    _say(f"{_time(day.since)} to {_time(day.until)}, by {held[-1].name}, and by {args.other}")
    if changed:
        _say(f"The configuration changed {changed} times in this period; the simulation keeps the first.")
    _say(whatif.table(made))
    if args.picture:
        _say(f"The picture: {args.picture}")
    return 0


def words(outcome: Outcome) -> str:
    """What a replay found, in lines."""
    found_words = (
        f"{outcome.decisions} decisions in {outcome.entries} entries of the log: "
        f"{outcome.identical} identical, {outcome.decisions - outcome.identical} different."
    )
    lines = [found_words, f"By {', '.join(outcome.configurations)}."]
    if outcome.without:
        lines.append(f"{outcome.without} offers were made by an older router, which kept no decision.")
    if outcome.orphans:
        lines.append(
            f"{outcome.orphans} entries are about something that the log does not hold (erased, or not in "
            "the configuration); decisions beside it may differ for that reason."
        )
    lines += (
        f"entry {found.entry}, {_time(found.at)}, {found.interaction}: {found.what}: "
        f"recorded {found.recorded}, now {found.computed}"
        for found in outcome.differences[:TOLD_MOST]
    )
    if len(outcome.differences) > TOLD_MOST:
        lines.append(f"and {len(outcome.differences) - TOLD_MOST} more; --json lists them all.")
    return "\n".join(lines)


def instant(text: str | None, default: Instant) -> Instant:
    """A time as people write it: 2026-11-21, 2026-11-21T09:00 (this computer's zone), or seconds."""
    if not text:
        return default
    try:
        return Instant(float(text))
    except ValueError:
        pass
    try:
        return Instant(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{text} is no time; write it like 2026-11-21T09:00.") from error


def _time(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}.") from error


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
