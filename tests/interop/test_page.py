"""The page itself: every cell is a test or a reason, and what is in the repository is whole."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from . import test_kamailio, test_phone_telephones, test_sipp, test_switch_telephones
from .cells import Column
from .rows import WORDS

ROOT = Path(__file__).resolve().parents[2]
MODULES = (test_kamailio, test_phone_telephones, test_sipp, test_switch_telephones)


@pytest.fixture(scope="module")
def interop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("interop", ROOT / "installer" / "interop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def columns() -> list[type[Column]]:
    found = [one for module in MODULES for name, one in vars(module).items() if name.startswith("Test")]
    return sorted({one for one in found if issubclass(one, Column)}, key=lambda one: one.__name__)


def test_every_cell_is_tried_or_has_a_reason(interop: ModuleType) -> None:
    settled = {
        f"{one.ours}-{one.peer}-{row}"
        for one in columns()
        for row in {**one.rows, **one.cannot, **one.untried}
    }
    assert set(interop.every()) == settled
    assert interop.ROWS == WORDS


def test_a_page_shows_marks_reasons_and_figures(interop: ModuleType, tmp_path: Path) -> None:
    cells = {
        "phone-sipp-call-in": {"state": "green", "why": "", "figures": {"gap_ms": 20}},
        "phone-sipp-srtp": {"state": "impossible", "why": "SIPp has none", "figures": {}},
        "switch-baresip-hold": {"state": "red", "why": "nothing | was heard", "figures": {}},
    }
    (tmp_path / "worker0.json").write_text(json.dumps({"at": 0, "cells": cells, "versions": {"SIPp": "3"}}))
    page = interop.page(*interop.read(tmp_path))
    assert "| Call in | ✔ | ? |" in page
    assert "- SIPp, SRTP, mandatory: SIPp has none." in page
    assert "- baresip 1.0, Hold by us: ✘ nothing / was heard." in page
    assert "| Longest gap in a second of talk | 20 ms | 20 ms | 20 ms | 1 |" in page


def test_the_page_in_the_repository_has_a_mark_in_every_cell(interop: ModuleType) -> None:
    page = (ROOT / "resources" / "docs" / "interoperability.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 9]
    marks = [mark.strip() for row in rows for mark in row.split("|")[2:-1] if row.split("|")[1].strip()]
    assert len(marks) == len(interop.every())
    assert set(marks) <= set(interop.MARKS.values())
    assert re.search(r"^Run of \d{4}-\d\d-\d\d", page, re.MULTILINE)


def test_the_page_in_the_repository_says_why_a_cell_is_not_green(interop: ModuleType) -> None:
    text = (ROOT / "resources" / "docs" / "interoperability.md").read_text("utf-8")
    for title in interop.OURS.values():
        part = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
        reasons = [line for line in part.splitlines() if line.startswith("- ")]
        for row in part.splitlines():
            cells = [cell.strip() for cell in row.split("|")[1:-1]]
            if not cells or cells[0] not in interop.ROWS.values():
                continue
            for peer, mark in zip(interop.PEERS.values(), cells[1:], strict=True):
                named = [line for line in reasons if line.startswith(f"- {peer}, ") and cells[0] in line]
                assert mark == "✔" or named, f"{title}, {peer}, {cells[0]}"
