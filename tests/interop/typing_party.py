"""Telephones on which somebody types, at the far side of what is tested.

`Minimodem` is a textphone that others wrote: its tones are minimodem's, made beforehand, and what it heard is
read by minimodem afterwards; our own modem listens along, so that a test knows when it is its turn.
`TypingParty` is a telephone of our own stack with letters (RFC 4103), or with our textphone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque

import numpy as np

from agent_desktop.bench._tty_peers import minimodem_reads, minimodem_sends
from agent_desktop.media import t140
from agent_desktop.media.hearing import Halves
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg, TextRoute
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.tty_carrier import TtyCarrier
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.media import LocalMedia
from agent_desktop.voice.offer import text_stream
from agent_desktop.voice.text import PlannedText, route_of

from .party import Line, Party
from .places import HOST, SOUND
from .sound import until

_NOTHING: Pcm = np.zeros(80, dtype=np.int16)


class _Mouth:
    """Tones that were made beforehand; silence between them."""

    def __init__(self) -> None:
        self.frames: deque[Pcm] = deque()

    def frame(self) -> Pcm:
        return self.frames.popleft() if self.frames else SILENCE


class Minimodem(Party):
    """A textphone of others: half duplex, 45.45 baud."""

    def __init__(self) -> None:
        super().__init__(440)
        self._mouth = _Mouth()
        self._tone = self._mouth  # type: ignore[assignment]  # another voice
        self._modem = TtyCarrier(is_found=True)
        self._read: list[str] = []
        self._tape: list[Pcm] = []

    async def say(self, text: str) -> None:
        """Send, and wait until everything is on the line."""
        tones = await asyncio.to_thread(minimodem_sends, text)
        self._mouth.frames.extend(frames_of(Upsampler()(tones)))
        await until(lambda: not self._mouth.frames, len(tones) / 8000 + 10, why=lambda: "tones are left")

    @property
    def text(self) -> str:
        """What our modem read along."""
        return t140.applied("".join(self._read))

    async def told(self, words: str, within_s: float = 60.0) -> None:
        """Wait for words, and as long as a person does before answering: a TTY is deaf for 600 ms."""
        await until(lambda: words in self.text, within_s, why=lambda: self.text)
        await asyncio.sleep(1.2)

    @property
    def mark(self) -> int:
        """How much has been heard."""
        return len(self._tape)

    async def printed(self, since: int = 0) -> str:
        """What minimodem reads of everything that was heard since a `mark`; what was lost is silence."""
        return await asyncio.to_thread(minimodem_reads, np.concatenate(self._tape[since:]))

    def _session(self) -> MediaSession:
        session = super()._session()
        session.tap = self._hear
        return session

    def _hear(self, halves: Halves) -> None:
        self._tape += [_NOTHING if half is None else half for half in halves]
        if not self._mouth.frames:
            self._read.extend(heard.text for heard in self._modem.hear(halves))


class TypingParty(Party):
    """Letters, or with `letters` off our textphone in the sound."""

    def __init__(self, hz: int, *, letters: bool = True) -> None:
        super().__init__(hz)
        self._letters = letters
        self._texts: dict[int, TextLeg] = {}
        self._planned: dict[int, PlannedText] = {}
        self.heard = ""

    def type(self, text: str) -> None:
        """In the newest call."""
        self._texts[id(self.line.session)].write(text)

    @property
    def text(self) -> str:
        """What the other side typed, with its erasing done."""
        return t140.applied(self.heard)

    @property
    def waiting(self) -> int:
        return self._texts[id(self.line.session)].state.waiting

    async def told(self, words: str, within_s: float = 60.0) -> None:
        await until(lambda: words in self.text, within_s, why=lambda: self.text)

    async def close(self) -> None:
        await super().close()
        for text in self._texts.values():
            text.close()

    def _told(self, news: TextNews) -> None:
        self.heard += news.heard

    def _session(self) -> MediaSession:
        session = super()._session()
        text = self._texts[id(session)] = TextLeg(self._told)
        session.tap = text.hear
        return session

    async def add_letters(self) -> None:
        """To the running call, by re-INVITE."""
        self._letters, line = True, self.line
        changes = len(line.all(sip.MediaChanged))
        line.media = self._with_letters(line.session, line.media)
        self.transport.agent.reinvite(line.leg, line.media, self.transport.now())
        self.transport.flush()
        await until(lambda: len(line.all(sip.MediaChanged)) > changes, why=lambda: line.events)

    def _media(self, session: MediaSession) -> LocalMedia:
        media = super()._media(session)
        return self._with_letters(session, media) if self._letters else media

    def _with_letters(self, session: MediaSession, media: LocalMedia) -> LocalMedia:
        ports = bind_pair(HOST, SOUND)
        self._texts[id(session)].open(ports)
        return media.with_text(text_stream(media, ports[0].address[1], secrets.token_bytes))

    def _agreed(self, line: Line, agreement: object) -> None:
        super()._agreed(line, agreement)
        key = id(line.session)
        planned = self._planned[key] = route_of(agreement, self._planned.get(key))  # type: ignore[arg-type]  # as its base has it
        self._texts[key].configure(planned.route if self._letters else TextRoute(has_tty=True))

    def _tick(self) -> None:
        frame = self._tone.frame()
        for line in self.lines:
            if line.ended is None:
                text = self._texts[id(line.session)]
                text.receive_due()
                line.session.receive_due()
                line.ear.take(line.session.read_frame())
                tones = text.send_due()
                line.session.write_frame(frame if tones is None else tones)
