from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.media.quality import CODECS, Grade, Tally, rate


def test_a_perfect_call_is_good() -> None:
    quality = rate(loss=0, jitter_s=0, delay_s=0.0)
    assert quality.r == pytest.approx(93.2)
    assert quality.mos == pytest.approx(4.41, abs=0.01)
    assert quality.grade is Grade.GOOD


def test_delay_counts_as_in_g107() -> None:
    assert rate(loss=0, jitter_s=0, delay_s=0.15).r == pytest.approx(93.2 - 3.6)
    assert rate(loss=0, jitter_s=0, delay_s=0.4).r == pytest.approx(93.2 - 9.6 - 0.11 * 222.7, abs=0.01)


def test_concealment_makes_loss_bearable() -> None:
    with_it, without = (
        rate(loss=0.01, jitter_s=0, delay_s=0, concealed=concealed).r for concealed in (True, False)
    )
    # Published: about 4 per 1 % with concealment; without, G.113's robustness of 4.3 gives 18.
    assert 93.2 - with_it == pytest.approx(3.6, abs=0.3)
    assert 93.2 - without == pytest.approx(17.9, abs=0.5)


@pytest.mark.parametrize(
    ("loss", "delay_s", "grade"),
    [(0.0, 0.08, Grade.GOOD), (0.05, 0.08, Grade.FAIR), (0.08, 0.15, Grade.POOR), (0.3, 0.4, Grade.BAD)],
)
def test_the_agent_reads_a_word(loss: float, delay_s: float, grade: Grade) -> None:
    assert rate(loss=loss, jitter_s=0.01, delay_s=delay_s).grade is grade


@given(st.floats(0, 1), st.floats(0, 5), st.floats(0, 1), st.floats(0, 5))
def test_more_loss_or_delay_is_never_better(loss: float, delay: float, more: float, later: float) -> None:
    better = rate(loss=loss, jitter_s=0, delay_s=delay)
    worse = rate(loss=min(1, loss + more), jitter_s=0, delay_s=delay + later)
    assert worse.r <= better.r + 1e-9
    assert 1 <= worse.mos <= better.mos + 1e-9 <= 4.6


@pytest.mark.parametrize(
    ("loss", "concealed", "r"),
    [(0.01, True, 89.6), (0.05, True, 77.4), (0.10, True, 66.1), (0.01, False, 75.3), (0.05, False, 42.1)],
)
def test_loss_costs_what_g113_says(loss: float, concealed: bool, r: float) -> None:
    assert rate(loss=loss, jitter_s=0, delay_s=0, concealed=concealed).r == pytest.approx(r, abs=0.1)


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
