from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.quality import CODECS, Grade, Tally, rate


def test_a_perfect_call_is_good() -> None:
    perfect = rate(loss=0.0, jitter_s=0.0, delay_s=0.0)
    assert perfect.r == pytest.approx(93.2)
    assert perfect.mos == pytest.approx(4.41, abs=0.01)
    assert perfect.grade is Grade.GOOD


@pytest.mark.parametrize(
    ("loss", "concealed", "r"),
    [(0.01, True, 89.6), (0.05, True, 77.4), (0.10, True, 66.1), (0.01, False, 75.3), (0.05, False, 42.1)],
)
def test_loss_costs_what_g113_says(loss: float, concealed: bool, r: float) -> None:
    assert rate(loss=loss, jitter_s=0, delay_s=0, concealed=concealed).r == pytest.approx(r, abs=0.1)


def test_delay_costs_little_below_the_knee_and_much_above() -> None:
    calm, tight, late = (rate(loss=0, jitter_s=0, delay_s=delay).r for delay in (0.05, 0.17, 0.4))
    assert calm - tight < 4
    assert tight - late > 25


@pytest.mark.parametrize(
    ("loss", "grade"), [(0.0, Grade.GOOD), (0.05, Grade.FAIR), (0.10, Grade.POOR), (0.3, Grade.BAD)]
)
def test_the_grade_follows_the_loss(loss: float, grade: Grade) -> None:
    assert rate(loss=loss, jitter_s=0, delay_s=0.03).grade is grade


@given(st.floats(0, 1), st.floats(0, 3), st.sampled_from([*CODECS, "L16"]), st.floats(1, 8))
def test_every_figure_stays_in_its_range(loss: float, delay: float, codec: str, burst: float) -> None:
    rated = rate(loss=loss, jitter_s=0, delay_s=delay, codec=codec, burst=burst)
    assert 0 <= rated.r <= 100
    assert 1 <= rated.mos <= 4.5


def test_the_same_loss_in_bursts_costs_more() -> None:
    assert rate(loss=0.05, jitter_s=0, delay_s=0, burst=3).r < rate(loss=0.05, jitter_s=0, delay_s=0).r


def test_opus_bears_loss_better() -> None:
    opus, g711 = (rate(loss=0.05, jitter_s=0, delay_s=0, codec=name).r for name in ("opus", "PCMU"))
    assert opus > g711


def test_a_tally_tells_loss_and_rows_since_before() -> None:
    now, before = Tally(1100, 50, 20), Tally(100, 10, 10)
    since = now.since(before)
    assert since == Tally(1000, 40, 10)
    assert since.loss == 0.04
    assert since.burst_ratio == pytest.approx(4 * 0.96)
    assert (Tally().loss, Tally().burst_ratio) == (0.0, 1.0)
    assert Tally(10, 10, 1).burst_ratio == 1.0
    assert Tally(10, -2, 0).loss == 0.0
