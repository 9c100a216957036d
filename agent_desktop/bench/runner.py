"""Finds a bench by the name of its module, runs it and prints a table or one JSON object.

A bench reports; it never fails on a missed goal.  What a bench prints while it runs goes to standard
error, so that `--json` puts exactly one object on standard output.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pkgutil
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

from agent_desktop import bench
from agent_desktop.bench.result import Result
from agent_desktop.errors import UsageError

_NOT_A_BENCH = frozenset({"runner", "result"})


def names() -> tuple[str, ...]:
    """Give the names of the benches, sorted; a module `queue_drain` is the bench `queue-drain`."""
    found = (module.name for module in pkgutil.iter_modules(bench.__path__))
    mine = (name for name in found if name not in _NOT_A_BENCH and not name.startswith("_"))
    return tuple(sorted(name.replace("_", "-") for name in mine))


def module_of(name: str) -> ModuleType:
    """Give the module of a bench."""
    return importlib.import_module(f"{bench.__name__}.{name.replace('-', '_')}")


def described(name: str) -> str:
    """Give the first line of the bench's docstring."""
    return (module_of(name).__doc__ or "").strip().partition("\n")[0]


def measure(name: str) -> Sequence[Result]:
    """Run a bench; raises UsageError for a name that there is not."""
    if name not in names():
        raise UsageError(f"There is no bench {name!r}. There are: {', '.join(names()) or 'none'}.")
    run: Callable[[], list[Result]] = module_of(name).run
    with contextlib.redirect_stdout(sys.stderr):
        return run()


def as_json(name: str, results: Sequence[Result]) -> str:
    """Give the one object of `bench NAME --json`."""
    return json.dumps({"bench": name, "results": [result.as_json() for result in results]}, allow_nan=False)


def as_table(results: Sequence[Result]) -> str:
    """Give the results as aligned columns for people."""
    rows = [
        ("metric", "value", "unit", "against", "its value", "ratio", "goal", "met"),
        *(
            (
                result.metric,
                _figure(result.value),
                result.unit,
                result.against,
                _figure(result.against_value),
                "-" if result.ratio is None else _figure(result.ratio),
                result.goal,
                "yes" if result.met else "no",
            )
            for result in results
        ),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column in {1, 4, 5} else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def main(name: str | None, *, json_lines: bool) -> int:
    """Do `agent-desktop bench [NAME] [--json]`."""
    if name is None:
        for known in names():
            print(f"{known:<12} {described(known)}")
        return 0
    results = measure(name)
    print(as_json(name, results) if json_lines else as_table(results))
    return 0


def _figure(value: float) -> str:
    """Four significant figures, without an exponent where it can be helped."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
