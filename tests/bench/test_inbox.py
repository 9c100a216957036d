"""The bench of the inbox measures the real list and the real thread, each in a process of its own."""

from __future__ import annotations

import sys

import pytest

from agent_desktop.bench import inbox
from agent_desktop.errors import AgentDesktopError

LISTED = {"sorted", "first", "insert", "frame", "filter", "plain_first", "plain_insert", "plain_filter"}


def test_a_small_list_and_a_short_thread_are_measured() -> None:
    listed, thread = inbox.measured("list", 60), inbox.measured("thread", 40)
    assert set(listed) == LISTED
    for name in LISTED - {"sorted"}:
        values = listed[name]
        assert all(value > 0 for value in (values if isinstance(values, list) else [values])), name
    assert inbox.typical(thread, "open") > 0
    assert inbox.typical(thread, "shown") >= 40
    results = inbox.told({60: listed}, {40: thread})
    assert "first paint, 60 conversations" in {result.metric for result in results}
    assert "open a thread of 40 messages" in {result.metric for result in results}


def test_the_largest_is_compared_with_the_smallest() -> None:
    small = dict.fromkeys(LISTED, 2.0)
    large = {**small, "insert": [1.0, 3.5, 4.0]}
    threads = {100: {"open": 10.0, "grown_mb": 1.0, "one_document": 9.0, "one_document_mb": 1.0}}
    results = {r.metric: r for r in inbox.told({1_000: small, 9_000: large}, threads)}
    assert results["insert at 9,000 conversations"].ratio == 1.75
    assert not results["insert at 9,000 conversations"].met
    assert results["first at 9,000 conversations"].met
    assert not results["insert, 9,000 conversations"].goal.startswith("none")


def test_a_window_that_dies_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(AgentDesktopError, match="ended early"):
        inbox.measured("list", 1)


def test_the_acts_of_a_small_inbox_are_watched_at_the_router() -> None:
    results = {result.metric: result for result in inbox.held(30)}
    assert len(results) >= 12
    assert all(result.value > 0 and result.against_value > 0 for result in results.values())
    assert any("held by merge" in metric for metric in results)
