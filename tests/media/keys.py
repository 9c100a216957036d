"""Keys pressed at their times, the packets of them, and what is read at the other end."""

from __future__ import annotations

from collections.abc import Iterable

from agent_desktop.media import rtt
from agent_desktop.media.rtp import RtpPacket, RtpSender, parse
from agent_desktop.media.rtt import TextPlan
from agent_desktop.media.rtt_receive import TextReceiver
from agent_desktop.media.rtt_send import TextSender

RED = TextPlan(t140_payload_type=97, red_payload_type=96)
PLAIN = TextPlan(t140_payload_type=98)
Sent = tuple[float, RtpPacket]


def sender(plan: TextPlan = RED, *, sequence: int = 0xFFFE, greets: bool = False) -> TextSender:
    """Both counters are about to wrap."""
    return TextSender(plan, RtpSender(ssrc=7, sequence=sequence, timestamp=0xFFFFFE00), 0.0, greets=greets)


def drain(sending: TextSender, until_s: float = float("inf")) -> list[Sent]:
    """All packets up to a time, each at the time that the sender asked for."""
    found: list[Sent] = []
    while (at_s := sending.deadline_s) is not None and at_s <= until_s:
        now_s = max(at_s, found[-1][0] if found else 0.0)
        packet = sending.due(now_s)
        assert packet is not None, "the sender asked for a moment and had nothing to do"
        found.append((now_s, packet))
    return found


def typed(keys: Iterable[tuple[float, str]], plan: TextPlan = RED, *, sequence: int = 0xFFFE) -> list[Sent]:
    """Keys pressed at their times, and the packets of them."""
    sending = sender(plan, sequence=sequence)
    found: list[Sent] = []
    for at_s, key in keys:
        found += drain(sending, at_s)
        sending.write(key)
        if sending.deadline_s is not None and sending.deadline_s <= at_s:
            packet = sending.due(at_s)
            assert packet is not None
            found.append((at_s, packet))
    return found + drain(sending)


def heard(packets: Iterable[Sent], plan: TextPlan = RED) -> tuple[str, TextReceiver]:
    receiving = TextReceiver(plan)
    text, now_s = "", 0.0
    for at_s, packet in packets:
        now_s = max(now_s, at_s)
        while (due_s := receiving.deadline_s) is not None and due_s < now_s:
            text += receiving.tick(due_s)
        text += receiving.receive(parse(packet.encode()), now_s)
    while (due_s := receiving.deadline_s) is not None:
        text += receiving.tick(due_s)
    return text, receiving


def letters(count: int, every_s: float = 0.299, start: int = ord("A")) -> list[tuple[float, str]]:
    return [(round(n * every_s, 3), chr(start + n)) for n in range(count)]


def primary(packet: RtpPacket) -> str:
    return rtt.unpack(packet.payload)[-1].data.decode()
