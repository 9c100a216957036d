from __future__ import annotations

from pathlib import Path

from agent_desktop.client.clock import STEP_S, ClockTold, followed
from tests.client.desks import Desk


def test_a_laptop_that_slept_has_right_timers_with_the_next_heartbeat(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.put(ClockTold(-3600.0))
    assert desk.runtime.now == desk.now - 3600.0
    desk.put(ClockTold(2.0))
    assert desk.runtime.now == desk.now + 2.0
    desk.drafts.close()


def test_what_the_network_adds_moves_nothing() -> None:
    assert followed(2.0, ClockTold(2.0 + STEP_S / 2)) == 2.0
    assert followed(2.0, ClockTold(2.0 + STEP_S)) == 2.0 + STEP_S
