from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.types import Seconds
from agent_desktop.domain.waiting import estimated, usual


def test_a_free_agent_means_no_wait() -> None:
    assert estimated(0, ready=1, staffed=4) == 0


def test_nobody_at_work_gives_no_estimate() -> None:
    assert estimated(3, ready=0, staffed=0) == -1


def test_those_ahead_are_shared_by_the_agents() -> None:
    assert estimated(3, ready=0, staffed=2, handle_s=Seconds(100.0)) == 200


@given(st.integers(0, 50), st.integers(0, 10), st.integers(1, 20))
def test_more_ahead_never_waits_less(ahead: int, ready: int, staffed: int) -> None:
    assert estimated(ahead + 1, ready=ready, staffed=staffed) >= estimated(
        ahead, ready=ready, staffed=staffed
    )


@given(st.floats(1, 1000), st.floats(1, 1000))
def test_the_usual_time_moves_towards_the_newest(before: float, newest: float) -> None:
    after = usual(Seconds(before), Seconds(newest))
    assert min(before, newest) - 1e-9 <= after <= max(before, newest) + 1e-9
