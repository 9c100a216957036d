"""Bad input at the switch's open ports while people talk: the call's sound does not notice.

The sound is judged by the other telephone's recording, the memory by the kernel.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_desktop.wire.switch import CallEnded

from . import hostile
from .conftest import HOST, SIP_PORT, Baresip, LinkRouter, SwitchProcess, longest_gap_ms, loudest_at, until
from .test_switch_calls import connected

pytestmark = pytest.mark.peer

LONGEST_GAP_MS = 60
MOST_GROWN_MB = 40
ROUNDS = 60


async def hang_up(router: LinkRouter, customer: Baresip, call: str) -> None:
    await customer.do("hangup")
    await router.event(CallEnded, lambda e: e.call.id == call)


async def test_broken_sip_and_sdp_beside_a_call_leave_its_sound(
    switch: SwitchProcess, router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await asyncio.sleep(0.5)
    before = hostile.rss_mb(switch.process.pid)
    packets = hostile.sip(1200)
    for _ in range(ROUNDS):
        hostile.send(packets, [(HOST, SIP_PORT)], 20)
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    grown = hostile.rss_mb(switch.process.pid) - before
    assert not [e for e in router.all(CallEnded) if e.call.id == call]
    await hang_up(router, customer, call)
    by_agent, by_customer = await agent.heard(), await customer.heard()
    assert longest_gap_ms(by_agent, 440) <= LONGEST_GAP_MS
    assert longest_gap_ms(by_customer, 700) <= LONGEST_GAP_MS
    assert grown < MOST_GROWN_MB


async def test_ten_thousand_packets_like_rtp_rtcp_and_stun_at_every_open_port_are_not_heard(
    switch: SwitchProcess, router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    await asyncio.sleep(0.5)
    targets = [(HOST, port) for port in hostile.udp_ports(switch.process.pid)]
    assert len(targets) >= 5  # the SIP port, and RTP and RTCP of two legs
    before = hostile.rss_mb(switch.process.pid)
    packets, count = hostile.media(10_000), 0
    while hostile.send(packets, targets, 20):
        count += 1
        await asyncio.sleep(0.04)
    assert count * 20 * len(targets) >= 10_000
    await asyncio.sleep(0.3)
    grown = hostile.rss_mb(switch.process.pid) - before
    await hang_up(router, customer, call)
    by_agent, by_customer = await agent.heard(), await customer.heard()
    assert longest_gap_ms(by_agent, 440) <= LONGEST_GAP_MS
    assert longest_gap_ms(by_customer, 700) <= LONGEST_GAP_MS
    assert loudest_at(by_agent, 440) == pytest.approx(-12.3, abs=1.5)  # noise would add to it
    assert grown < MOST_GROWN_MB


async def test_a_call_that_ends_leaves_no_port_open(
    switch: SwitchProcess, router: LinkRouter, customer: Baresip, agent: Baresip, sounds: Path
) -> None:
    call = await connected(router, customer, sounds)
    before = hostile.udp_ports(switch.process.pid)
    await hang_up(router, customer, call)
    freed = len(before) - 8  # of sound and text
    await until(lambda: len(hostile.udp_ports(switch.process.pid)) == freed, why="eight ports")
