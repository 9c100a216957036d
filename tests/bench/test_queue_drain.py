"""`bench queue-drain`: its arithmetic, and one small overload against a real router."""

from __future__ import annotations

import pytest

from agent_desktop.bench import queue_drain
from agent_desktop.errors import AgentDesktopError


def test_an_overload_is_drained_by_the_real_router_and_compared_with_an_ideal_queue() -> None:
    results = queue_drain.run(agents=4, handle_s=0.1, rate=50.0, arrivals=24)
    rate, then, wait, waited_then, order = results
    assert 0 < rate.value <= rate.against_value * 1.05
    assert rate.against_value == pytest.approx(40.0)
    assert wait.value >= wait.against_value > 0
    assert then.against == waited_then.against == "measured before: Asterisk 22 app_queue default"
    assert (then.against_value, waited_then.against_value) == (27.0, 5.0)
    assert 0 <= order.value <= 1


def test_the_ideal_queue_is_first_come_first_served_and_loses_no_time() -> None:
    assert queue_drain.ideal_waits([0.0, 0.0, 0.0, 0.0], 2, 1.0) == [0.0, 0.0, 1.0, 1.0]
    assert queue_drain.ideal_waits([0.0, 5.0], 1, 1.0) == [0.0, 0.0]


def test_the_drain_is_counted_over_whole_rounds() -> None:
    perfect = [float(n // 2) for n in range(9)]  # two agents, one second each
    assert queue_drain.rate_drained(perfect, 2) == pytest.approx(2.0)
    late = [1.25 * (n // 2) for n in range(9)]
    assert queue_drain.rate_drained(late, 2) == pytest.approx(1.6)
    with pytest.raises(AgentDesktopError, match="Too little work"):
        queue_drain.rate_drained([0.0, 0.0, 1.0], 2)


def test_who_overtakes_is_counted() -> None:
    assert queue_drain.overtaken([(0.0, 1.0), (0.1, 1.2), (0.2, 1.19)]) == 0
    assert queue_drain.overtaken([(0.0, 1.0), (0.1, 0.2)]) == 0.5
