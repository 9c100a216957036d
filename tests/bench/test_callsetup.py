from __future__ import annotations

import pytest

from agent_desktop.bench import callsetup
from agent_desktop.bench._sipp import CALLER, Load, firsts

LOG = """----------------------------------------------- 2026-11-22\t02:00:00.250000
UDP message sent (512 bytes):

INVITE sip:4000@127.0.0.1:26001 SIP/2.0
From: <sip:+493017@127.0.0.1>;tag=1
----------------------------------------------- 2026-11-22\t02:00:00.300000
UDP message received [300] bytes :

SIP/2.0 180 Ringing
From: <sip:+493017@127.0.0.1>;tag=1
----------------------------------------------- 2026-11-22\t02:00:00.800000
UDP message sent (512 bytes):

INVITE sip:4000@127.0.0.1:26001 SIP/2.0
From: <sip:+493017@127.0.0.1>;tag=1
"""


def test_the_first_message_of_each_caller_is_found_with_its_time() -> None:
    sent, rang = firsts(LOG, "INVITE sip:"), firsts(LOG, "SIP/2.0 180 ")
    assert list(sent) == list(rang) == ["+493017"]
    assert rang["+493017"] - sent["+493017"] == pytest.approx(0.05, abs=1e-6)
    assert firsts("", "INVITE sip:") == {}


def test_calls_that_never_rang_are_missing_and_the_goal_is_missed() -> None:
    ours = callsetup.figures(0, {"a": 1.0, "b": 2.0}, {"a": 1.02}, cpu=0.04)
    bare = callsetup.figures(0, {"a": 1.0}, {"a": 1.001})
    assert ours.missing == 1
    assert ours.cpu_ms == pytest.approx(20)
    table = callsetup.results(Load(2, 30, 100), ours, bare)
    assert [row.met for row in table] == [False, False, False, True]
    assert table[2].value == pytest.approx(20)
    assert table[2].ratio == pytest.approx(20, rel=0.01)
    assert callsetup.figures(1, {}, {}).percentile(0.99) == float("inf")


@pytest.mark.peer
def test_real_calls_reach_the_phones_of_agents_through_router_and_switch() -> None:
    load = Load(calls=4, per_s=10, talk_ms=300)
    table = callsetup.run(load, agents=4)
    assert table[0].value == 0
    assert table[0].against_value == 0
    assert all(row.value > 0 for row in table[1:])
    assert CALLER.startswith("+")
