"""The queueing formulas: against printed tables, each other, and where factorials overflow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain import erlang
from agent_desktop.domain.types import Seconds

MINUTE = Seconds(60.0)


def direct_c(agents: int, load: float) -> float:
    """Erlang C as it is printed, with factorials: exact for a few agents."""
    full = load**agents / math.factorial(agents) * agents / (agents - load)
    return full / (sum(load**k / math.factorial(k) for k in range(agents)) + full)


@pytest.mark.parametrize(("agents", "load", "share"), [(1, 0.5, 0.3333), (5, 3.0, 0.1101), (10, 5.0, 0.0184)])
def test_erlang_b_is_what_the_tables_print(agents: int, load: float, share: float) -> None:
    assert erlang.blocked(agents, load) == pytest.approx(share, abs=5e-5)


@given(agents=st.integers(1, 60), share=st.floats(0.01, 0.99))
def test_erlang_c_is_the_printed_formula(agents: int, share: float) -> None:
    load = agents * share
    assert erlang.wait_probability(agents, load) == pytest.approx(direct_c(agents, load), rel=1e-9)


def test_one_agent_is_the_single_server_queue() -> None:
    assert erlang.wait_probability(1, 0.8) == pytest.approx(0.8)
    assert erlang.asa(1, 0.8, MINUTE) == pytest.approx(0.8 * 60 / 0.2)
    assert erlang.service_level(1, 0.8, MINUTE, Seconds(0)) == pytest.approx(0.2)


def test_thousands_of_agents_are_no_trouble() -> None:
    busy = erlang.erlang_c(10_000, 9_950.0, MINUTE)
    assert 0.4 < busy.waits < 0.6
    assert busy.asa_s == pytest.approx(busy.waits * 60 / 50)
    assert erlang.erlang_c(10_000, 1.0, MINUTE) == erlang.Expected(
        waits=0.0, asa_s=Seconds(0.0), occupancy=0.0001
    )
    assert erlang.erlang_a(10_000, 1.0, MINUTE, MINUTE).waits == 0.0


def test_too_much_load_has_no_end() -> None:
    over = erlang.erlang_c(3, 3.0, MINUTE)
    assert over == erlang.Expected(waits=1.0, asa_s=Seconds(math.inf), occupancy=1.0)
    assert erlang.service_level(3, 4.0, MINUTE, Seconds(20)) == 0.0
    assert erlang.occupancy(0, 0.0) == 1.0


def test_no_load_waits_for_nobody() -> None:
    assert erlang.blocked(3, 0.0) == 0.0
    assert erlang.erlang_c(3, 0.0, MINUTE).waits == 0.0
    assert erlang.erlang_a(3, 0.0, MINUTE, MINUTE).occupancy == 0.0
    assert erlang.service_level(3, 0.0, Seconds(0), Seconds(20)) == 1.0


@given(agents=st.integers(1, 200), share=st.floats(0.05, 0.98))
def test_one_more_agent_never_makes_the_wait_longer(agents: int, share: float) -> None:
    load = agents * share
    assert erlang.asa(agents + 1, load, MINUTE) <= erlang.asa(agents, load, MINUTE)
    assert erlang.wait_probability(agents + 1, load) <= erlang.wait_probability(agents, load)


def test_the_fewest_agents_for_a_promise_are_found() -> None:
    found = erlang.needed(10.0, Seconds(180), Seconds(20), 0.8)
    assert erlang.service_level(found, 10.0, Seconds(180), Seconds(20)) >= 0.8
    assert erlang.service_level(found - 1, 10.0, Seconds(180), Seconds(20)) < 0.8
    assert found == 14  # the example of every planner's table: 200 calls an hour, 3 minutes, 80/20
    with pytest.raises(ValueError, match="below 1"):
        erlang.needed(10.0, MINUTE, MINUTE, 1.0)


@given(agents=st.integers(1, 80), share=st.floats(0.1, 0.95))
def test_endless_patience_makes_erlang_a_erlang_c(agents: int, share: float) -> None:
    load = agents * share
    plain, patient = (
        erlang.erlang_c(agents, load, MINUTE),
        erlang.erlang_a(agents, load, MINUTE, Seconds(1e9)),
    )
    assert patient.waits == pytest.approx(plain.waits, rel=1e-3)
    assert patient.asa_s == pytest.approx(plain.asa_s, rel=1e-3)
    assert erlang.erlang_a(agents, load, MINUTE, Seconds(math.inf)) == plain


@given(agents=st.integers(0, 50), load=st.floats(0.1, 200.0), patience=st.floats(1.0, 1000.0))
def test_who_leaves_and_who_is_served_are_everybody(agents: int, load: float, patience: float) -> None:
    made = erlang.erlang_a(agents, load, MINUTE, Seconds(patience))
    assert -1e-9 <= made.abandons <= 1.0 + 1e-9
    assert made.occupancy <= 1.0 + 1e-9
    # Erlang A with handle time as patience is a queue of infinitely many servers: Poisson many are there.
    if agents:
        as_long = erlang.erlang_a(agents, load, MINUTE, MINUTE)
        idle = sum(
            (agents - k) * math.exp(k * math.log(load) - load - math.lgamma(k + 1)) for k in range(agents)
        )
        assert as_long.occupancy == pytest.approx((agents - idle) / agents, rel=1e-6, abs=1e-9)


def test_impossible_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        erlang.blocked(-1, 1.0)
    with pytest.raises(ValueError, match="greater than 0"):
        erlang.erlang_a(1, 1.0, MINUTE, Seconds(0))
