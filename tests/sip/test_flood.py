"""One source that floods is cut off, and nobody else is."""

from __future__ import annotations

from agent_desktop.sip import flood as module
from agent_desktop.sip.flood import Flood

REGISTER = b"REGISTER sip:x SIP/2.0\r\n"


def test_a_burst_passes_and_what_goes_over_it_is_dropped():
    flood = Flood(rate_per_s=10, burst=5)
    assert [flood.admits("a", REGISTER, 0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert flood.dropped == 2
    assert flood.admits("b", REGISTER, 0.0)
    assert [flood.admits("a", REGISTER, 0.2) for _ in range(3)] == [True, True, False]


def test_what_belongs_to_a_known_call_is_never_dropped():
    flood = Flood(rate_per_s=0.001, burst=1)
    assert flood.admits("a", REGISTER, 0.0)
    assert not flood.admits("a", REGISTER, 0.0)
    for message in (b"SIP/2.0 200 OK\r\n", b"sip/2.0 180 \r\n", b"ACK sip:x SIP/2.0\r\n"):
        assert flood.admits("a", message, 0.0)


def test_a_clock_that_stands_or_goes_back_fills_nothing():
    flood = Flood(rate_per_s=1000, burst=1)
    assert flood.admits("a", REGISTER, 10.0)
    assert not flood.admits("a", REGISTER, 9.0)
    assert not flood.admits("a", REGISTER, 9.0)


def test_spoofed_sources_fill_no_memory(monkeypatch):
    monkeypatch.setattr(module, "MAX_SOURCES", 10)
    flood = Flood()
    for number in range(100):
        assert flood.admits(f"10.0.0.{number}", REGISTER, 0.0)
    assert len(flood._buckets) == 10
