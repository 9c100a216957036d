"""Judging a talk while something is killed in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent_desktop.media import wav

from .listening import CUSTOMER_HZ, RATE, longest_gap_ms
from .programs import until
from .telephone import Telephone

GAP_MS = 60
BEFORE_S, AFTER_S = 3.0, 7.0


def listen(caller: Telephone, ear: Path, act: Callable[[], object], after_s: float = AFTER_S) -> None:
    """Do something terrible in the middle of a talk and judge the sound at both ends around it.

    What this computer itself was late for the caller's own thread is not held against the centre.
    """
    since = time.time()
    ear_before = len(wav.read(ear))
    until(lambda: time.time() > since + BEFORE_S)
    act()
    acted = time.time()
    until(lambda: time.time() > acted + after_s, after_s + 1)
    before = time.time() - 0.1
    heard = wav.read(ear)[ear_before:]
    gap, own = caller.gap_ms(since, before), caller.own_stall_ms(since, before)
    other_gap = longest_gap_ms(heard, CUSTOMER_HZ)
    print(f"gaps: agent to caller {gap:.0f} ms, caller to agent {other_gap} ms; own stall {own:.0f} ms")
    allowed = GAP_MS + max(0.0, own)
    assert gap <= allowed, f"the caller heard nothing for {gap:.0f} ms"
    assert other_gap <= allowed, f"the agent heard nothing for {other_gap} ms"
    assert len(heard) > (BEFORE_S + after_s - 0.7) * RATE, "the agent's ear stood still"
