from __future__ import annotations

from agent_desktop.bench import pacing


def test_lateness_is_the_distance_from_the_grid_of_the_earliest_packets() -> None:
    left = [5.000, 5.020, 5.043, 5.060, 5.081]
    assert [round(late, 3) for late in pacing._lateness_ms(left)] == [0, 0, 3, 0, 1]


def test_every_case_is_measured_and_compared_in_the_same_run() -> None:
    results = pacing.run(seconds=0.6, rounds=1)
    assert len(results) == 3
    for result in results:
        assert result.unit == "ms"
        assert result.value > 0
        assert result.against_value > 0
        assert result.met == (result.value <= 1.0)
    # Bursts of 30 ms on its own loop delay an asyncio sender by much of their length, on any machine.
    assert results[1].against_value > 10
