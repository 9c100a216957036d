"""The page of text telephones: its figures are those of a run, and the one in the repository has them."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

AT = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
ROW = {
    "metric": "G2 wrong characters",
    "value": 0.155,
    "unit": "%",
    "against": "minimodem",
    "against_value": 4.25,
    "ratio": None,
    "goal": "<= 1",
    "met": True,
}


@pytest.fixture(scope="module")
def maker(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "text_telephony", repository / "installer" / "text_telephony.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_figures_come_into_the_page_and_nothing_else_of_it_changes(maker: ModuleType) -> None:
    page = "before\n<!-- measured: bench tty -->\nold\n<!-- end of what was measured -->\nafter"
    rows = [ROW, {**ROW, "metric": "G7 CPU", "value": None, "against": "the goal", "met": False}]
    new = maker.filled(page, rows, AT)
    assert new.startswith("before\n")
    assert new.endswith("\nafter")
    assert "old" not in new
    assert "Run of 2026-01-02 03:04 UTC: 1 of 2 figures meet their goal." in new
    assert "| wrong characters | 0.155 % | minimodem: 4.25 | <= 1 | yes |" in new
    assert "| CPU | none % |  | <= 1 | **no** |" in new
    assert maker.filled(new, rows, AT) == new


def test_the_page_in_the_repository_has_figures_for_every_goal(maker: ModuleType) -> None:
    text = maker.PAGE.read_text("utf-8")
    headings = re.findall(r"^### (G\d+): (.*)$", text, re.MULTILINE)
    assert dict(headings) == maker.GOALS
