"""Cells: a class for each column, a test for each row, and one line of result for each.

`Cells` is the base of every column; its tests are named `phone-baresip-hold`.  What the peer cannot do is
no test but a sentence in `cannot`, and goes into the results as such.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest

from .rows import ROWS, WORDS, Pair, calm

GREEN, RED, IMPOSSIBLE, UNTRIED = "green", "red", "impossible", "untried"


ACCOUNTS = {"srtp", "PCMU", "PCMA", "G722", "opus"}
"""Rows with an account of their own; afterwards the plain one is used again."""


class Results:
    """What this worker found, written after each cell."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cells: dict[str, dict[str, Any]] = {}
        self._versions: dict[str, str] = {}

    def add(self, ours: str, peer: str, row: str, state: str, why: str = "", **figures: Any) -> None:
        cell = {"ours": ours, "peer": peer, "row": row, "state": state, "why": why, "figures": figures}
        self._cells[f"{ours}-{peer}-{row}"] = cell
        self._write()

    def version(self, program: str, text: str) -> None:
        self._versions[program] = text
        self._write()

    def _write(self) -> None:
        told = {"at": time.time(), "cells": self._cells, "versions": self._versions}
        self._path.write_text(json.dumps(told, indent=1))


class Column:
    """What a column is."""

    ours: ClassVar[str] = ""
    peer: ClassVar[str] = ""
    rows: ClassVar[dict[str, Any]] = dict(ROWS)
    cannot: ClassVar[dict[str, str]] = {}
    untried: ClassVar[dict[str, str]] = {}


def say_what_is_not_tried(column: type[Column], results: Results) -> None:
    """Write down the cells of a column that have no test, each with its reason."""
    for state, cells in ((IMPOSSIBLE, column.cannot), (UNTRIED, column.untried)):
        for row, why in cells.items():
            results.add(column.ours, column.peer, row, state, why)


async def judge(column: type[Column], row: str, pair: Any, results: Results) -> None:
    """Run one cell and write down how it was."""
    pair.figures = {}
    began = time.monotonic()
    try:
        await asyncio.wait_for(column.rows[row](pair), 75)
    except BaseException as error:
        said = f"{error}".strip().splitlines()
        why = (said[0] if said else type(error).__name__)[:200]
        results.add(column.ours, column.peer, row, RED, why, **pair.figures)
        raise
    finally:
        if isinstance(pair, Pair):
            await calm(pair)
            if row in ACCOUNTS:
                await pair.account("plain")
        else:
            await pair.ours.calm()
    results.add(
        column.ours, column.peer, row, GREEN, **pair.figures, took_s=round(time.monotonic() - began, 1)
    )


def generate(metafunc: pytest.Metafunc) -> None:
    """One test for each row that this column's peer can do."""
    column = metafunc.cls
    if column is not None and issubclass(column, Column) and "row" in metafunc.fixturenames:
        rows = [row for row in WORDS if row in column.rows and row not in {**column.cannot, **column.untried}]
        ids = [f"{column.ours}-{column.peer}-{row}" for row in rows]
        metafunc.parametrize("row", rows, ids=ids, scope="function")


def folder() -> Path:
    """Where the results of this run go: see `installer/interop.py`."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("INTEROP_RESULTS", str(root / ".pytest_cache" / "interop")))
