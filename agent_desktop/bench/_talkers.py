"""Voices of telephones in the bench's process: each sends a tone and throws away what it hears."""

from __future__ import annotations

import queue
from dataclasses import dataclass
from typing import Final, TypeAlias

from agent_desktop.media import tones
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.session import MediaSession
from agent_desktop.media.tones import Loop
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import media
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import Agreement, LocalMedia
from agent_desktop.voice.plan import plan_of

_HOST: Final = "127.0.0.1"


Leg: TypeAlias = tuple[str, LegId]
"""Whose leg (two stacks may give the same name), and which."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Ports for one telephone's sound."""

    session: MediaSession

    @property
    def media(self) -> LocalMedia:
        """Our side of its SDP."""
        return media.audio(*self.session.local, (media.PCMU, media.TELEPHONE_EVENT))


class Talkers:
    """One thread speaks for all of them; `open`, `belongs` and `agreed` are for the signalling's thread."""

    def __init__(self, ports: range) -> None:
        self._ports = ports
        self._sessions: dict[Leg, MediaSession] = {}
        self._new: queue.SimpleQueue[MediaSession] = queue.SimpleQueue()
        self._talking: list[MediaSession] = []
        self._tone = Loop(tones.sine(440, 1.0))
        self._pacer = Pacer(self._tick)
        self._pacer.start()

    def open(self) -> Voice:
        """Open ports for one more (G.711)."""
        return Voice(MediaSession(bind_pair(_HOST, self._ports)))

    def belongs(self, leg: Leg, voice: Voice) -> None:
        """This voice is that leg's."""
        self._sessions[leg] = voice.session

    def agreed(self, leg: Leg, agreement: Agreement | None) -> None:
        """It talks from now on."""
        session = self._sessions.get(leg)
        if session is not None and agreement is not None:
            session.configure(plan_of(agreement.audio).plan)
            self._new.put(session)

    @property
    def heard(self) -> int:
        """How many packets came."""
        return sum(session.counters.received for session in self._sessions.values())

    def close(self) -> None:
        self._pacer.stop()
        for session in self._sessions.values():
            session.close()

    def _tick(self) -> None:
        while not self._new.empty():
            self._talking.append(self._new.get())
        frame = self._tone.frame()
        for session in self._talking:
            session.receive_due()
            session.read_frame()
            session.write_frame(frame)
