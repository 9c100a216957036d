"""Our own computer stands still while it types: the tones are sent late, but never cut."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.pcm import SILENCE
from agent_desktop.media.rtp import RtpPacket, signed_difference
from agent_desktop.media.sending import Manner, Sending
from agent_desktop.media.text_leg import TextLeg, TextRoute
from tests.media.baudot_line import folded
from tests.media.test_pacer import Clock
from tests.media.test_text_leg_minimodem import read_by_minimodem

TEXT = "HELLO, ORDER 4711 WENT OUT ON MAY 5 GA"


def sent_in_spite_of(stalls_s: list[float], packet_ms: int) -> list[RtpPacket]:
    """Every half a second the next stall, until the text is out."""
    clock, sending, packets = Clock(), Sending(), list[RtpPacket]()
    leg = TextLeg(lambda news: None, is_announced=True, clock=clock.read, wall_clock=clock.read)
    leg.configure(TextRoute(has_tty=True))
    leg.write(TEXT)
    manner = Manner(packet_ms=packet_ms)
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1
        leg.receive_due()
        tones = leg.send_due()
        packets.extend(sending.say(SILENCE if tones is None else tones, manner))
        if ticks % 25 == 0 and stalls_s:
            clock.now += stalls_s.pop()
        if ticks > 50 and not leg.state.is_sending and not leg.state.waiting:
            pacer.stop()

    pacer = Pacer(tick, clock=clock.read, sleep=clock.sleep)
    pacer.run()
    assert not stalls_s
    leg.close()
    return packets


@pytest.mark.parametrize("packet_ms", [10, 20, 30])
def test_a_stalled_sender_leaves_no_gap_in_the_tones(packet_ms: int, tmp_path: Path) -> None:
    """Ticks that run in a bunch after a short stall, and ticks that are left out after a long one."""
    chance = random.Random(packet_ms)
    stalls = [chance.choice((0.06, 0.15, 0.3, 0.9)) for _ in range(12)]
    packets = sent_in_spite_of([*stalls, 0.9, 0.15], packet_ms)
    for before, after in pairwise(packets):
        assert signed_difference(after.timestamp, before.timestamp, 32) == len(before.payload)
        assert signed_difference(after.sequence, before.sequence, 16) == 1
    sound = np.concatenate([PCMU.decode(packet.payload) for packet in packets])
    assert folded(read_by_minimodem(sound, tmp_path)) == TEXT
