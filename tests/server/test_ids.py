"""Identifiers of the router: nobody guesses them, none comes twice, and what is made later sorts later."""

from __future__ import annotations

import time

import pytest

from agent_desktop.server.router import CHANCE_BYTES, IDS_DRAWN, RandomIds


def test_none_comes_twice_also_beyond_what_is_drawn_at_once() -> None:
    ids, others = RandomIds(), RandomIds()
    made = [source.new("i") for _ in range(3 * IDS_DRAWN) for source in (ids, others)]
    assert len(set(made)) == len(made)
    assert all(one.startswith("i-") for one in made)


def test_one_made_in_a_later_millisecond_sorts_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, at_ms = RandomIds(), 1_700_000_000_000
    made = []
    for later_ms in (0, 1, 999, 86_400_000, 40 * 365 * 86_400_000):
        monkeypatch.setattr(time, "time_ns", lambda later_ms=later_ms: (at_ms + later_ms) * 1_000_000)
        made += [ids.new("m")]
    assert made == sorted(made)
    assert len({len(one) for one in made}) == 1, "as long in forty years"


def test_those_of_one_millisecond_have_nothing_but_the_time_in_common(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    ids = RandomIds()
    chance = 2 * CHANCE_BYTES
    made = [ids.new() for _ in range(100)]
    assert len({one[:-chance] for one in made}) == 1
    assert len({one[-chance:] for one in made}) == 100
    assert CHANCE_BYTES * 8 >= 80
