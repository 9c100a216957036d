"""`bench routing` with tiny sizes: its form, and that each part measures what it says."""

from __future__ import annotations

import math

import pytest

from agent_desktop.bench import _crowd as crowd
from agent_desktop.bench import _decisions, _growth, routing
from agent_desktop.bench._measured import Figures
from agent_desktop.bench.result import Result
from agent_desktop.domain.agent import READY

TINY = routing.Sizes(
    agents=20,
    waiting=60,
    flood=(4, 20),
    steady=(4, 20, 200.0),
    whole=((3, 6, 50.0),),
    growth=(10, 20),
    times=5,
    restart=40,
)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return routing.run(TINY)


def test_every_part_is_there_once(results: list[Result]) -> None:
    metrics = [result.metric for result in results]
    assert len(set(metrics)) == len(metrics)
    for part in (
        "offers decided",
        "durable offers (router's rooms",
        "longest turn of the loop",
        "durable offers over websockets",
        "CPU per offer",
        "arrival to offer p99, 4 agents, 200/s",
        "CPU per interaction",
        "arrival to offer p99, whole interactions",
        "restart with 40 waiting",
        *_growth.ACTS,
    ):
        assert any(metric.startswith(part) for metric in metrics), part


def test_every_figure_is_a_number_beside_another(results: list[Result]) -> None:
    for result in results:
        assert math.isfinite(result.value), result
        assert math.isfinite(result.against_value), result
        assert list(result.as_json()) == [
            *("metric", "value", "unit", "against", "against_value", "ratio", "goal", "met")
        ]


def test_the_router_costs_more_than_the_relay(results: list[Result]) -> None:
    for result in results:
        if result.metric.startswith("CPU per"):
            assert result.value > result.against_value > 0


def test_the_crowd_is_the_same_every_time_and_its_work_can_be_done() -> None:
    assert crowd.work(7) == crowd.work(7)
    assert crowd.agent(3) == crowd.agent(3)
    assert crowd.agent(3).state == READY
    assert len(crowd.centre(5).agents) == 5
    assert _decisions.decided(20, 60) > _decisions.scanned(20, 60) / 1000


def test_a_flat_cost_has_no_slope_and_a_linear_one_has_one() -> None:
    assert _growth.slope([1, 10, 100], [5.0, 5.0, 5.0]) == pytest.approx(0.0)
    assert _growth.slope([1, 10, 100], [5.0, 50.0, 500.0]) == pytest.approx(1.0)
    assert math.isnan(_growth.slope([1], [5.0]))


def test_delays_are_counted_from_the_arrival() -> None:
    figures = Figures(offers=[(0.0, 0.001 * n) for n in range(1, 101)], cpu_s=0.01)
    assert figures.percentile(0.5) == pytest.approx(51.0)
    assert figures.percentile(0.99) == pytest.approx(100.0)
    assert figures.cpu_us == pytest.approx(100.0)
    assert figures.per_s == pytest.approx(1000.0)
