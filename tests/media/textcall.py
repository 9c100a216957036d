"""A call in which both sides type: two text legs on two sessions on loopback, whose clock is the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from agent_desktop.media import codecs, t140
from agent_desktop.media.baudot import TurnPassed
from agent_desktop.media.pcm import SILENCE, Pcm, to_pcm
from agent_desktop.media.rtt import TextPlan
from agent_desktop.media.session import Plan
from agent_desktop.media.source import Address
from agent_desktop.media.text_leg import TextLeg, TextRoute
from agent_desktop.media.text_news import LegLine, TextNews
from agent_desktop.media.text_stream import StreamPlan
from agent_desktop.media.udp import UdpPort, bind_pair
from tests.media.leg import PORTS, Call

TEXT_PLAN = TextPlan(t140_payload_type=97, red_payload_type=96)


@dataclass
class Reader:
    """What one side was told."""

    news: list[TextNews] = field(default_factory=list)
    lines: dict[int, LegLine] = field(default_factory=dict)

    def take(self, news: TextNews) -> None:
        self.news.append(news)
        for line in news.lines:
            self.lines[line.number] = line

    def said(self, speaker: str) -> list[str]:
        """The lines of one speaker that are not erased."""
        return [line.text for line in self.lines.values() if line.speaker == speaker and line.text]

    @property
    def heard(self) -> str:
        """What a gateway was given, as it stands in the end."""
        return t140.applied("".join(news.heard for news in self.news))

    @property
    def turns(self) -> list[TurnPassed]:
        return [news.passed for news in self.news if news.passed is not None]


class Side:
    """One leg, its session and its reader."""

    def __init__(self, call: TextCall, fix_delay: Callable[..., None] | None = None) -> None:
        self.reader = Reader()
        wall = call.sound.wall
        self.leg = TextLeg(self.reader.take, fix_delay=fix_delay, clock=wall.read, wall_clock=wall.read)
        self.is_held = False
        self.echo_db: float | None = None
        self.echo_frames = 0
        self.voice: Pcm = SILENCE
        self.tones: list[Pcm | None] = []
        self.ear: list[Pcm] = []
        self.spared: list[bool] = []

    def echoed(self, frame: Pcm) -> Pcm:
        """With what this side heard a while ago, where its machine sends that back."""
        if self.echo_db is None or len(self.ear) <= self.echo_frames:
            return frame
        back = self.ear[-1 - self.echo_frames].astype(np.float64) * 10 ** (self.echo_db / 20)
        return to_pcm(frame + back)

    def offer(self) -> Address:
        """Ports for real-time text."""
        ports: tuple[UdpPort, UdpPort] = bind_pair("127.0.0.1", PORTS)
        self.leg.open(ports)
        return ports[0].address


class TextCall:
    """`agent` and `caller`; the call's sound is PCMU unless it is agreed otherwise."""

    def __init__(self, codec: str = "PCMU", *, fix_delay: Callable[..., None] | None = None) -> None:
        self.sound = Call()
        self.sound.agree(codec)
        self.codec = codec
        self.agent, self.caller = Side(self, fix_delay), Side(self)
        self.sound.one.tap = self.agent.leg.hear
        self.sound.other.tap = self.caller.leg.hear

    def with_tones(self) -> None:
        for side in (self.agent, self.caller):
            side.leg.configure(TextRoute(has_tty=self.codec in {"PCMU", "PCMA"}))

    def with_stream(self, plan: TextPlan = TEXT_PLAN) -> None:
        agent, caller = self.agent.offer(), self.caller.offer()
        self.agent.leg.configure(TextRoute(StreamPlan(plan, remote=caller), has_tty=True))
        self.caller.leg.configure(TextRoute(StreamPlan(plan, remote=agent), has_tty=True))

    def go_on(self, seconds: float) -> None:
        sides = ((self.agent, self.sound.one), (self.caller, self.sound.other))
        for _ in range(round(seconds * 50)):
            self.sound.wall.now += 0.02
            self.sound.tick_number += 1
            for side, session in sides:
                side.leg.receive_due()
                session.receive_due()
                side.ear.append(session.read_frame())
                side.spared.append(side.leg.is_far_carrier)
            self.sound.road.is_open = self.sound.tick_number not in self.sound.lost
            for side, session in sides:
                tones = side.leg.send_due(is_held=side.is_held)
                side.tones.append(tones)
                session.write_frame(side.echoed(side.voice if tones is None else tones))

    def close(self) -> None:
        for side in (self.agent, self.caller):
            side.leg.close()
        self.sound.one.close()
        self.sound.other.close()


def plan_for(remote: Address, name: str) -> Plan:
    """Sound towards anybody who speaks plain RTP."""
    codec = codecs.make(name, {"PCMU": 0, "PCMA": 8}[name], "")
    return Plan(remote=remote, codec=codec, accepted={codec.payload_type: codec})
