"""Search over a million messages in the router's own record, against LIKE over the same texts.

The record is filled through the store, 10,000 messages a commit, so that the cost of the index is in the
figure of the build.  Each kind of question is asked many times on the connection that searches for agents
(first 50, newest first); LIKE walks a plain table of the same texts from its newest row, for the same
words, and stops at 50 as well.  What is typed with a slip finds nothing at first and is asked again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agent_desktop.bench import _texts
from agent_desktop.bench._texts import Texts
from agent_desktop.bench.result import Result
from agent_desktop.ports.storage import Changes, Sought
from agent_desktop.server.storage import database, search
from agent_desktop.server.storage.store import open_store

MESSAGES: Final = 1_000_000
AT_ONCE: Final = 10_000
TIMES: Final = 300
LIKES: Final = 12  # of each kind: one takes long
FIRST: Final = 50
P50_MS: Final = 2.0
P99_MS: Final = 20.0
RECORD: Final = "record.db"
PLAIN: Final = "plain.db"
BEST: Final = "common, the best"
SLIPS: Final = "nothing found, slips tried"
_LIKE: Final = "SELECT num, text FROM plain WHERE text LIKE ? ORDER BY num DESC LIMIT ?"


@dataclass(slots=True)
class Measured:
    """Milliseconds of each question, by kind, on both sides; what was found in all."""

    build_s: float = 0.0
    index_bytes: int = 0
    ours: dict[str, list[float]] = field(default_factory=dict)
    like: dict[str, list[float]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)


def run() -> list[Result]:
    """Fill the record, ask, compare."""
    with tempfile.TemporaryDirectory(prefix="agent-desktop-bench-", ignore_cleanup_errors=True) as folder:
        return told(measured(Path(folder), MESSAGES, TIMES), MESSAGES)


def measured(folder: Path, count: int, times: int, *, words: int = _texts.WORDS) -> Measured:
    """Fill a record with so many messages of so many words; ask each kind of question so many times."""
    texts, figures = Texts(count, size=words), Measured()
    sample = filled(folder, texts, figures)
    ask(folder, texts, sample, times, figures)
    return figures


def filled(folder: Path, texts: Texts, figures: Measured) -> list[str]:
    """Make the record and the plain table beside it; gives some of the texts."""
    plain = sqlite3.connect(folder / PLAIN, isolation_level=None)
    plain.execute("PRAGMA journal_mode=OFF")
    plain.execute("PRAGMA synchronous=OFF")
    plain.execute("CREATE TABLE plain (num INTEGER PRIMARY KEY, text TEXT)")
    sample = asyncio.run(_fill(folder / RECORD, texts, plain, figures))
    plain.close()
    figures.index_bytes = (folder / RECORD).stat().st_size
    return sample


def ask(folder: Path, texts: Texts, sample: Sequence[str], times: int, figures: Measured) -> None:
    """Ask each kind of question so many times, of the record and of the plain table."""
    kinds = _texts.asked(texts, sample, times)
    plain = sqlite3.connect(folder / PLAIN)
    connection = database.connect(folder / RECORD, read_only=True)

    def found(text: str, *, best: bool = False) -> int:
        return len(search.search(connection, Sought(text=text, limit=FIRST, best=best)).hits)

    for kind, asked in kinds.items():
        figures.ours[kind], figures.found[kind] = _timed(found, asked)
        likes = [f"%{words.strip(chr(34))}%" for words in asked[:LIKES]]
        if kind != "all of three words":
            figures.like[kind], _count = _timed(lambda text: len(_liked(plain, text)), likes)
    figures.ours[BEST], figures.found[BEST] = _timed(lambda text: found(text, best=True), kinds["common"])
    slips = [word[:-1] + "xq" for word in texts.words[5_000 : 5_000 + times // 10]]
    figures.ours[SLIPS], figures.found[SLIPS] = _timed(found, slips)
    connection.close()
    plain.close()


async def _fill(path: Path, texts: Texts, plain: sqlite3.Connection, figures: Measured) -> list[str]:
    """Put every message into the record and beside it; gives some of the texts."""
    store, sample = open_store(path), []
    batch, rows, taken = Changes(), [], 0.0
    for number, text in enumerate(texts.made()):
        if number % _texts.IN_CONVERSATION == 0:
            thread = _texts.conversation(number // _texts.IN_CONVERSATION)
            batch.conversations[thread.id] = thread
        message = _texts.message(number, text)
        batch.messages[message.id] = message
        rows.append((number, text))
        if number % 997 == 0:
            sample.append(text)
        if len(rows) == AT_ONCE or number == texts.count - 1:
            began = time.monotonic()
            await store.commit(batch)
            taken += time.monotonic() - began
            plain.execute("BEGIN")
            plain.executemany("INSERT INTO plain VALUES (?, ?)", rows)
            plain.execute("COMMIT")
            batch, rows = Changes(), []
    await store.close()
    figures.build_s = taken
    return sample


def _liked(plain: sqlite3.Connection, pattern: str) -> Sequence[object]:
    return plain.execute(_LIKE, (pattern, FIRST)).fetchall()


def _timed(ask: Callable[[str], int], texts: Sequence[str]) -> tuple[list[float], int]:
    """Milliseconds of each question, and how much was found; the first one only warms up."""
    ask(texts[0])
    taken, found = [], 0
    for text in texts:
        began = time.perf_counter()
        found += ask(text)
        taken.append((time.perf_counter() - began) * 1000)
    return taken, found


def percentile(values: Sequence[float], share: float) -> float:
    """A percentile: the value that this share is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def told(figures: Measured, count: int) -> list[Result]:
    """The figures as results."""
    results = [
        Result(
            metric=f"messages into the record with their index, of {count:,}",
            value=count / figures.build_s,
            unit="messages/s",
            against="the size of the record in MB",
            against_value=figures.index_bytes / 1e6,
            goal="none: it is reported",
            met=True,
        )
    ]
    scan = statistics.median(figures.like.get("rare", [0.0]))
    for kind, taken in figures.ours.items():
        like = figures.like.get(kind)
        against = "LIKE, the same words" if like else "LIKE, a rare word"
        other = statistics.median(like) if like else scan
        for name, share, goal in (("p50", 0.5, P50_MS), ("p99", 0.99, P99_MS)):
            value = percentile(taken, share)
            wanted = None if kind in {BEST, SLIPS} and name == "p50" else goal
            results.append(
                Result(
                    metric=f"search, {kind}, {name}",
                    value=value,
                    unit="ms",
                    against=against,
                    against_value=other,
                    goal="none: p99 decides" if wanted is None else f"at most {wanted:g} ms",
                    met=wanted is None or value <= wanted,
                )
            )
    return results
