"""Benches are found by name, report a ratio of the same run and never fail on a missed goal."""

from __future__ import annotations

import json
import math
import sys
import types

import pytest

from agent_desktop import cli
from agent_desktop.bench import result, runner
from agent_desktop.bench.result import Result, compared


def slow(_ratio: float = 2.0) -> Result:
    return compared(
        "first paint",
        400.0,
        "ms",
        against="a bare window",
        against_value=200.0,
        goal="at most 1.6x",
        meets=lambda ratio: ratio <= 1.6,
    )


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> str:
    module = types.ModuleType("agent_desktop.bench.planted")
    module.__doc__ = "Measures nothing.\n\nMore."

    def run() -> list[Result]:
        print("a line of the bench itself")
        return [slow()]

    module.run = run  # type: ignore[attr-defined]  # that is what a bench has
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(runner, "names", lambda: ("planted",))
    return "planted"


def test_a_result_carries_its_ratio_and_whether_the_goal_was_met() -> None:
    assert slow().ratio == 2.0
    assert not slow().met
    assert list(slow().as_json()) == [
        "metric",
        "value",
        "unit",
        "against",
        "against_value",
        "ratio",
        "goal",
        "met",
    ]


@pytest.mark.parametrize(("value", "other"), [(1.0, 0.0), (math.inf, 1.0), (1.0, math.nan)])
def test_no_ratio_means_no_goal_met_and_still_json(value: float, other: float) -> None:
    odd = compared("m", value, "ms", against="x", against_value=other, goal="any", meets=lambda _ratio: True)
    assert odd.ratio is None
    assert not odd.met
    assert "NaN" not in runner.as_json("x", [odd])
    assert "Infinity" not in runner.as_json("x", [odd])


def test_json_is_exactly_one_object_and_a_missed_goal_is_no_failure(
    planted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", planted, "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out) == {
        "bench": "planted",
        "results": [
            {
                "metric": "first paint",
                "value": 400.0,
                "unit": "ms",
                "against": "a bare window",
                "against_value": 200.0,
                "ratio": 2.0,
                "goal": "at most 1.6x",
                "met": False,
            }
        ],
    }
    assert len(out.splitlines()) == 1


def test_a_table_shows_the_same(planted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", planted]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split()[:3] == ["metric", "value", "unit"]
    assert " ".join(row.split()) == "first paint 400 ms a bare window 200 2 at most 1.6x no"


def test_without_a_name_the_benches_are_listed(planted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench"]) == 0
    assert capsys.readouterr().out == "planted      Measures nothing.\n"


def test_every_bench_of_the_project_can_be_run_and_says_what_it_measures() -> None:
    assert not {"runner", "result"} & set(runner.names())
    for name in runner.names():
        assert len(runner.described(name)) > 15
        assert callable(runner.module_of(name).run)
    assert "queue-drain" in runner.names()


def test_figures_are_short() -> None:
    figures = [runner._figure(value) for value in (0.00012345, 1.23456, 999.96, 12345.6)]
    assert figures == ["0.0001234", "1.235", "1000", "12,346"]
    assert result._finite(math.nan) is None
