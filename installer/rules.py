"""The tables of the routing guide, from the rows that the tests of the domain run.

What the guide says is what was tested: the rows lie in `tests/domain/*_tables.py`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

ROWS = Path(__file__).resolve().parent.parent / "tests" / "domain"


@cache
def rows_of(name: str) -> ModuleType:
    """The rows of one room of the domain.  Raises `ImportError` when there are none."""
    path = ROWS / f"{name}_tables.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A table of Markdown."""
    shown = ["| " + " | ".join(_cell(value) for value in line) + " |" for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *shown])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("|", "\\|").replace("\n", " ")


def state(pair: tuple[str, str]) -> str:
    """A state and its reason in words."""
    words, reason = pair[0].replace("_", " "), pair[1].replace("_", " ")
    return f"{words} ({reason})" if reason else words


def choices() -> str:
    """What an agent or a supervisor chooses, and what is shown then."""
    rows: Any = rows_of("agent").CHOSEN
    return table(
        ("situation and choice", "shown", "next"),
        ((row.situation, state(row.shown), state(row.next)) for row in rows),
    )


def courses() -> str:
    """What happens one after the other, and what is shown when the hands are empty."""
    rows: Any = rows_of("agent").COURSES
    return table(
        ("what happens", "then shown", "next", "cause in the log"),
        ((r.situation, state(r.shown), state(r.next), r.cause.replace("_", " ")) for r in rows),
    )


def turns() -> str:
    """When the turn of the longest idle begins anew."""
    rows: Any = rows_of("agent").TURNS
    return table(
        ("what happens", "the turn"),
        ((row.situation, "begins anew" if row.begins else "stays") for row in rows),
    )


def offered() -> str:
    """What may be offered in which state."""
    rows: Any = rows_of("agent").OPEN
    return table(
        ("state", "an email", "a call", "a call that a person transfers"),
        ((row.situation, row.email, row.call, row.transferred_call) for row in rows),
    )


def decisions() -> str:
    """The rules of routing, one table for each."""
    rows: Any = rows_of("routing").TABLES
    head = ("situation", "outcome", "why")
    return "\n\n".join(
        f"**{one.title}**\n\n" + table(head, ((r.situation, r.asked, r.why) for r in one.rows))
        for one in rows
    )


def modes() -> str:
    """The modes of wrap-up."""
    rows: Any = rows_of("wrapup").MODES
    return table(
        ("mode", "in words", "may be left without a code", "a code ends it", "code when the time is over"),
        ((f"`{r.mode}`", r.words, r.without_code, r.early or "—", r.at_the_end or "—") for r in rows),
    )


def promises() -> str:
    """The stories of promises."""
    rows: Any = rows_of("promise").TABLES
    head = ("when", "what", "first reply", "next reply", "resolution")
    return "\n\n".join(
        f"**{one.title}**\n\n"
        + table(head, ((r.when, r.what, r.first, r.next, r.resolution) for r in one.lines))
        for one in rows
    )
