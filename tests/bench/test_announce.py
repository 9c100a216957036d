"""The bench of announcements hears what it makes happen; how soon is its own business."""

from __future__ import annotations

import math

import pytest

from agent_desktop.bench import announce

pytestmark = pytest.mark.screen


def test_a_ring_and_a_message_are_heard_on_the_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "ROUNDS", 2)
    monkeypatch.setattr(announce, "POLITE_ROUNDS", 1)
    found = announce.run()
    assert [row.metric.partition(" ")[0] for row in found] == ["ring", "message"]
    assert all(math.isfinite(row.value) and row.value > 0 for row in found)
    assert all(row.against_value > 0 for row in found)
