"""How fast a visitor may be, and how fast we were."""

from __future__ import annotations

from agent_desktop.server.channels.webchat.pace import AnswerTimes, Bucket


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(burst=2, per_minute=60.0)
    assert [bucket.take(0.0), bucket.take(0.0)] == [0.0, 0.0]
    assert bucket.take(0.0) == 1.0
    assert bucket.take(0.5) == 0.5
    assert bucket.take(1.0) == 0.0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(burst=2, per_minute=60.0)
    bucket.take(0.0)
    assert not bucket.full(0.5)
    assert bucket.full(1.0)
    assert [bucket.take(1000.0), bucket.take(1000.0)] == [0.0, 0.0]
    assert bucket.take(1000.0) > 0.0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(burst=1, per_minute=60.0)
    assert bucket.take(100.0) == 0.0
    assert bucket.take(50.0) == 1.0


def test_answer_times_are_silent_until_there_are_three_and_forget_after_fifty() -> None:
    times = AnswerTimes()
    times.add(10.0)
    times.add(20.0)
    assert times.median_s() is None
    times.add(600.0)
    assert times.median_s() == 20
    for _ in range(50):
        times.add(5.0)
    assert times.median_s() == 5
