"""Our end of the text bench: one call with sound and text, and when each sign came and went."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent_desktop.media import tones
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.tones import Loop
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address, LegId
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import Uri
from agent_desktop.voice.offer import MediaPolicy, local_media, text_stream
from agent_desktop.voice.plan import plan_of
from agent_desktop.voice.text import route_of

_PORTS = range(26_500, 26_600)


class TextPhone:
    """Calls one peer; `came` and `sent` are signs with Unix times."""

    def __init__(self) -> None:
        self.came: list[tuple[str, float]] = []
        self.sent: list[tuple[str, float]] = []
        self.is_up = False
        self._typed = ""
        self._session: MediaSession | None = None
        self._text = TextLeg(self._told)
        self._transport = SipTransport(self._happened)
        self._tone = Loop(tones.sine(440, 1.0))
        self._pacer = Pacer(self._tick)
        self._leg: LegId | None = None

    @property
    def audio_packets(self) -> int:
        return self._session.counters.received if self._session is not None else 0

    @property
    def audio_lost(self) -> int:
        """By the sequence numbers of what came."""
        return self._session.lost if self._session is not None else 0

    async def call(self, host: str, port: int, randomness: Callable[[int], bytes]) -> None:
        """Call the peer, with text."""
        local = await self._transport.listen_udp(host, 0)
        self._transport.start(UserAgent(Settings(local=(local,), user="bench"), SystemRandomness()))
        self._session = MediaSession(bind_pair(host, _PORTS))
        ports = bind_pair(host, _PORTS)
        self._text.open(ports)
        sound = local_media(MediaPolicy(codecs=("PCMU",)), host, self._session.local[1], randomness)
        media = sound.with_text(text_stream(sound, ports[0].address[1], randomness))
        self._pacer.start()
        target, there = Uri("sip", user="peer", host=host, port=port), Address("udp", host, port)
        now = self._transport.now()
        self._leg = self._transport.agent.invite(target, media, now, destination=there)
        self._transport.flush()

    def type(self, sign: str) -> None:
        """One key."""
        self._typed += sign
        self._text.write(sign)

    async def close(self) -> None:
        """Hang up and free everything."""
        if self._leg is not None and self.is_up:
            self._transport.agent.hang_up(self._leg, self._transport.now())
            self._transport.flush()
        self._pacer.stop()
        await self._transport.close()
        self._text.close()
        if self._session is not None:
            self._session.close()

    def _happened(self, event: sip.Event) -> None:
        if isinstance(event, sip.Answered | sip.MediaChanged) and event.agreement is not None:
            agreement = event.agreement
            if self._session is not None and agreement.audio is not None:
                self._session.configure(plan_of(agreement.audio).plan)
            self._text.configure(route_of(agreement).route)
            self.is_up = agreement.text is not None

    def _told(self, news: TextNews) -> None:
        self.came += [(sign, time.time()) for sign in news.heard]

    def _tick(self) -> None:
        session = self._session
        if session is None:
            return
        self._text.receive_due()
        session.receive_due()
        session.read_frame()
        self._text.send_due()
        session.write_frame(self._tone.frame())
        gone = len(self._typed) - self._text.state.waiting
        for sign in self._typed[len(self.sent) : gone]:
            self.sent.append((sign, time.time()))
