"""A caller of our own stack behind the test's exchange, with sound and text that the test sees and makes."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from agent_desktop.media.hearing import Halves
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.resampling import widened
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import LegLine, TextNews
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import Agreement, LocalMedia, Stream
from agent_desktop.voice.offer import MediaPolicy, local_media, text_stream
from agent_desktop.voice.plan import Planned, plan_of
from agent_desktop.voice.text import PlannedText, route_of

from .conftest import HOST, Exchange, until

PORTS = range(62_400, 63_400)


class TextCaller:
    """Calls the phone, or is called by it; `tape` is the phone's sound as it came."""

    def __init__(
        self, exchange: Exchange, *, codec: str = "PCMU", srtp: str = "off", reads_tones: bool = False
    ) -> None:
        self._exchange = exchange
        self._reads_tones = reads_tones
        self.session = MediaSession(bind_pair(HOST, PORTS))
        self.lines: dict[int, LegLine] = {}
        self.text = TextLeg(self._told, near="customer", far="agent", mode="text" if reads_tones else "off")
        self.session.tap = self._hear
        self.tape: list[Pcm] = []
        policy = MediaPolicy(codecs=tuple(codec.split()), srtp=srtp)
        self.media: LocalMedia = local_media(policy, HOST, self.session.local[1], secrets.token_bytes)
        self._speech: deque[Pcm] = deque()
        self._planned, self._route = Planned(), PlannedText()
        self.agreements: list[Agreement] = []
        self.leg: LegId | None = None
        self._pacer = Pacer(self._tick)
        self._pacer.start()
        self._follower = asyncio.get_running_loop().create_task(self._follow())

    def takes_text(self) -> LocalMedia:
        """Open ports for real-time text; our side with it."""
        ports = bind_pair(HOST, PORTS)
        self.text.open(ports)
        self.text.set_mode("text")
        stream: Stream = text_stream(self.media, ports[0].address[1], secrets.token_bytes)
        return self.media.with_text(stream)

    async def call(self) -> None:
        """Call the phone that is registered; it is answered by the test."""
        self.leg = await self._exchange.call(media=self.media)

    def offer(self, media: LocalMedia) -> None:
        """Offer other media within the call."""
        assert self.leg is not None
        transport = self._exchange.transport
        transport.agent.reinvite(self.leg, media, transport.now())
        transport.flush()

    def answer_with(self, media: LocalMedia) -> None:
        """What the phone's next offer is answered from."""
        assert self.leg is not None
        self._exchange.agent.set_media(self.leg, media)

    def say(self, narrow: Pcm) -> None:
        """Send a long sound of 8 kHz from now on."""
        self._speech.extend(frames_of(widened(narrow)))

    @property
    def is_silent(self) -> bool:
        return not self._speech

    def said(self, speaker: str) -> list[str]:
        return [line.text for line in self.lines.values() if line.speaker == speaker and line.text]

    async def agreed(self, fits: Any) -> Agreement:
        """Wait for an agreement that fits."""
        found: Agreement = await until(
            lambda: next((one for one in self.agreements if fits(one)), None), why=lambda: self.agreements
        )
        return found

    async def close(self) -> None:
        self._follower.cancel()
        await asyncio.gather(self._follower, return_exceptions=True)
        self._pacer.stop()
        self.text.close()
        self.session.close()

    # -- inside

    async def _follow(self) -> None:
        seen = 0
        while True:
            events = self._exchange.events[seen:]
            seen += len(events)
            for event in events:
                if isinstance(event, sip.CallArrived):
                    self.leg = event.leg
                    transport = self._exchange.transport
                    self._agree(transport.agent.answer(event.leg, self.media, transport.now()))
                    transport.flush()
                elif isinstance(event, sip.Answered | sip.MediaChanged):
                    self._agree(event.agreement)
            await asyncio.sleep(0.01)

    def _agree(self, agreement: Agreement | None) -> None:
        if agreement is None:
            return
        self.agreements.append(agreement)
        self._planned = plan_of(agreement.audio, self._planned)
        self.session.configure(self._planned.plan)
        self._route = route_of(agreement, self._route)
        route = self._route.route
        self.text.configure(route if self._reads_tones else replace(route, has_tty=False))

    def _told(self, news: TextNews) -> None:
        for line in news.lines:
            self.lines[line.number] = line

    def _hear(self, halves: Halves) -> None:
        self.text.hear(halves)
        for half in halves:
            self.tape.append(np.zeros(80, dtype=np.int16) if half is None else half)

    def _tick(self) -> None:
        self.text.receive_due()
        self.session.receive_due()
        self.session.read_frame()
        tones = self.text.send_due()
        voice = self._speech.popleft() if self._speech else SILENCE
        self.session.write_frame(voice if tones is None else tones)
