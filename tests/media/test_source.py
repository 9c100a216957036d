from __future__ import annotations

import numpy as np

from agent_desktop.media.rtp import RtpPacket
from agent_desktop.media.source import Address, SourceLock

PEER: Address = ("127.0.0.1", 4000)
NAT: Address = ("203.0.113.7", 61000)
STRANGER: Address = ("198.51.100.1", 4000)


def packet(sequence: int, ssrc: int = 1) -> RtpPacket:
    return RtpPacket(0, sequence & 0xFFFF, 0, ssrc, b"")


def test_the_signalled_address_is_believed_at_once() -> None:
    lock = SourceLock(PEER)
    assert lock.admits(PEER, packet(1))
    assert lock.target == PEER


def test_another_address_needs_four_packets_in_order() -> None:
    lock = SourceLock(PEER)
    assert [lock.admits(NAT, packet(n)) for n in (65534, 65535, 0, 1, 2)] == [False] * 3 + [True] * 2
    assert lock.target == NAT


def test_packets_out_of_order_or_of_another_stream_begin_the_probation_again() -> None:
    lock = SourceLock(PEER)
    assert not any(lock.admits(NAT, packet(n)) for n in (1, 2, 3, 5, 6, 7))
    assert not any(lock.admits(NAT, packet(8, ssrc=n)) for n in range(10))


def test_after_the_peer_was_heard_nobody_else_is() -> None:
    lock = SourceLock(PEER)
    lock.admits(PEER, packet(1))
    assert not any(lock.admits(STRANGER, packet(n)) for n in range(1000))
    assert (lock.target, lock.refused) == (PEER, 1000)


def test_the_signalled_address_wins_against_one_that_was_learned() -> None:
    lock = SourceLock(PEER)
    for n in range(4):
        lock.admits(NAT, packet(n))
    assert lock.admits(PEER, packet(100, ssrc=2))
    assert lock.target == PEER
    assert not lock.admits(NAT, packet(5))


def test_sprayed_packets_are_never_played_and_redirect_nothing() -> None:
    random = np.random.default_rng(7)
    lock = SourceLock(PEER)
    lock.admits(PEER, packet(1))
    played = sum(
        lock.admits(("127.0.0.1", int(port)), packet(int(sequence)))
        for port, sequence in zip(
            random.integers(4001, 60000, 100_000), random.integers(0, 65536, 100_000), strict=True
        )
    )
    assert (played, lock.target) == (0, PEER)
