"""The inbox at a thousand to a million conversations, and threads of up to ten thousand messages.

The real list and the real middle of the window, over a desktop that is in step with a made-up router;
what is measured runs from the event or the act to the painted frame.  Beside them in the same process: a
QListView with the same painting and a proxy model as its filter, and one QTextDocument for a whole
thread.  Qt draws in memory (its offscreen platform), so that no screen's speed is measured.

The last rows are the router's: how long each act of a large inbox holds its loop (`_held_child`).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
LENGTHS: Final = (100, 1_000, 10_000)
PATIENCE_S: Final = 900.0
FIRST_MS: Final = 30.0
INSERT_MS: Final = 4.0
FRAME_MS: Final = 8.0
OPEN_MS: Final = 20.0
OPEN_MB: Final = 5.0
FLAT: Final = 1.5
HELD: Final = 10_000
HELD_MS: Final = 20.0
SORTED: Final = "sorted"
PLAIN: Final = "a QListView with the same painting"
ONE: Final = "one QTextDocument"

Figures = Mapping[str, float | list[float]]


def run() -> list[Result]:
    """Measure each size in a process of its own."""
    lists = {size: measured("list", size) for size in SIZES}
    threads = {length: measured("thread", length) for length in LENGTHS}
    return [*told(lists, threads), *held(HELD)]


def measured(kind: str, number: int) -> dict[str, float | list[float]]:
    """Run one measured window; gives its figures."""
    return _child("_inbox_child", kind, str(number))


def held(number: int) -> list[Result]:
    """How long the router's loop was held by each act on so many conversations, or so many messages."""
    rows = []
    for act, (cpu_ms, clock_ms) in _child("_held_child", str(number)).items():
        rows.append(
            Result(
                metric=f"router's loop held by {act}, {number:,} conversations and messages, longest",
                value=cpu_ms,
                unit="ms",
                against="the longest turn by the clock, not by its CPU: waits for others are in it",
                against_value=clock_ms,
                goal=f"at most {HELD_MS:g} ms",
                met=cpu_ms <= HELD_MS,
            )
        )
    return rows


def _child(module: str, *words: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", f"agent_desktop.bench.{module}", *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    if done.returncode != 0:
        raise AgentDesktopError(f"What was measured in {module} ended early; what it said stands above.")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def told(lists: Mapping[int, Figures], threads: Mapping[int, Figures]) -> list[Result]:
    """The figures as results."""
    results: list[Result] = []
    for size, figures in lists.items():
        rows = f"{size:,} conversations"
        results += [
            _at_most(f"first paint, {rows}", typical(figures, "first"), FIRST_MS, figures, "plain_first"),
            _at_most(f"insert, {rows}", typical(figures, "insert"), INSERT_MS, figures, "plain_insert"),
            _at_most(f"scrolled frame p99, {rows}", p99(figures, "frame"), FRAME_MS, figures, "plain_first"),
            _reported(f"filter, {rows}", typical(figures, "filter"), figures, "plain_filter"),
            _reported(
                f"lists sorted from a snapshot, {rows}", typical(figures, "sorted"), figures, "plain_first"
            ),
        ]
    for name in ("first", "insert", "frame", "filter"):
        results.append(_flat(name, lists, "conversations"))
    for length, figures in threads.items():
        results += [
            _at_most(
                f"open a thread of {length:,} messages",
                typical(figures, "open"),
                OPEN_MS,
                figures,
                "one_document",
                against=ONE,
            ),
            _at_most(
                f"memory for it, {length:,} messages",
                typical(figures, "grown_mb"),
                OPEN_MB,
                figures,
                "one_document_mb",
                against=ONE,
                unit="MB",
            ),
        ]
    results.append(_flat("open", threads, "messages"))
    return results


def typical(figures: Figures, name: str) -> float:
    """The figure, or the median of several."""
    value = figures[name]
    return statistics.median(value) if isinstance(value, list) else float(value)


def p99(figures: Figures, name: str) -> float:
    """The value that one in a hundred is above."""
    value = figures[name]
    ordered: Sequence[float] = sorted(value) if isinstance(value, list) else [value]
    return ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]


def _at_most(
    metric: str,
    value: float,
    most: float,
    figures: Figures,
    other: str,
    *,
    against: str = PLAIN,
    unit: str = "ms",
) -> Result:
    return Result(
        metric=metric,
        value=value,
        unit=unit,
        against=against,
        against_value=typical(figures, other),
        goal=f"at most {most:g} {unit}",
        met=value <= most,
    )


def _reported(metric: str, value: float, figures: Figures, other: str) -> Result:
    return Result(
        metric=metric,
        value=value,
        unit="ms",
        against=PLAIN,
        against_value=typical(figures, other),
        goal="none: it is reported",
        met=True,
    )


def _flat(name: str, sizes: Mapping[int, Figures], things: str) -> Result:
    """What the largest costs beside the smallest."""
    small, large = min(sizes), max(sizes)
    value, other = typical(sizes[large], name), typical(sizes[small], name)
    return Result(
        metric=f"{name} at {large:,} {things}",
        value=value,
        unit="ms",
        against=f"the same at {small:,}",
        against_value=other,
        goal=f"at most {FLAT:g} times",
        met=bool(other) and value / other <= FLAT,
    )
