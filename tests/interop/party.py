"""A telephone of our own stack that stands at the far side of what is tested: a tone for a voice, all ears.

It is the measuring end, never the one under test: what it heard is kept frame by frame, so that gaps are
exact, and every SIP message that it was sent is kept too.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from agent_desktop.media import tones
from agent_desktop.media.pacer import Pacer
from agent_desktop.media.session import MediaSession
from agent_desktop.media.tones import Loop
from agent_desktop.media.udp import bind_pair
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address, LegId
from agent_desktop.sip.media import LocalMedia
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.sip.uri import NameAddr, Uri
from agent_desktop.voice.offer import MediaPolicy, again, local_media
from agent_desktop.voice.plan import Planned, plan_of

from .places import HOST, SOUND
from .sound import Frames, until

PASSWORD = "secret"
PCMU_ONLY = MediaPolicy(codecs=("PCMU",))


@dataclass(eq=False)
class Line:
    """One call of a party."""

    leg: LegId
    session: MediaSession
    media: LocalMedia
    planned: Planned = field(default_factory=Planned)
    ear: Frames = field(default_factory=Frames)
    digits: list[str] = field(default_factory=list)
    events: list[sip.Event] = field(default_factory=list)
    ended: sip.Ended | None = None

    @property
    def is_up(self) -> bool:
        return any(isinstance(event, sip.Answered | sip.Confirmed) for event in self.events)

    @property
    def codec(self) -> str:
        return self.planned.plan.codec.name

    def all(self, kind: type) -> list[sip.Event]:
        return [event for event in self.events if isinstance(event, kind)]


class Party:
    """Dials, answers at once, holds, changes its codec."""

    def __init__(
        self, hz: int, policy: MediaPolicy = PCMU_ONLY, *, answers: bool = True, session_s: int = 1800
    ) -> None:
        self.hz, self.policy, self.answers, self._session_s = hz, policy, answers, session_s
        self._tone = Loop(tones.sine(hz, 1.0))
        self.lines: list[Line] = []
        self.events: list[sip.Event] = []
        self.received: list[bytes] = []
        self.transport = SipTransport(self._happened)
        self._pacer = Pacer(self._tick)
        self._account: Account | None = None
        self._server = Address("udp", HOST, 5060)

    async def open(self, server: str, user: str = "", realm: str = "") -> Party:
        """Open ports; with a user, register and wait for it."""
        local = await self.transport.listen_udp(HOST, 0)
        take_in = self.transport.received

        def received(data: bytes, source: Address) -> None:
            self.received.append(data)
            take_in(data, source)

        self.transport.received = received  # type: ignore[method-assign]  # a tap on the wire
        settings = Settings(local=(local,), user=user or "guest", session_expires_s=self._session_s)
        self.transport.start(UserAgent(settings, SystemRandomness()))
        self._pacer.start()
        self._server = Address("udp", HOST, int(server.rpartition(":")[2]))
        if user:
            self._account = Account(user, server, self._server, PASSWORD, realm=realm)
            self.transport.agent.register(self._account, self.transport.now())
            self.transport.flush()
            await until(lambda: self.seen(sip.Registered), why=lambda: self.events)
        return self

    def seen(self, kind: type) -> sip.Event | None:
        return next((event for event in self.events if isinstance(event, kind)), None)

    @property
    def line(self) -> Line:
        """The newest call."""
        return self.lines[-1]

    async def dial(self, number: str, *, caller: str = "+4940777001", up: bool = True) -> Line:
        """Call a number at the server and wait for the answer."""
        session = self._session()
        media = self._media(session)
        leg = self.transport.agent.invite(
            Uri("sip", user=number, host=HOST, port=self._server.port),
            media,
            self.transport.now(),
            caller=None if self._account else NameAddr(Uri("sip", user=caller, host=HOST), name="Grace"),
            account=self._account,
            destination=self._server,
        )
        line = self._keep(Line(leg, session, media))
        self.transport.flush()
        if up:
            await until(lambda: line.is_up, why=lambda: line.events)
        return line

    async def rung(self, calls: int = 1) -> Line:
        """Wait until so many calls have come or gone out, and the newest is up."""
        await until(lambda: len(self.lines) >= calls and self.line.is_up, why=lambda: self.events)
        return self.line

    def hang_up(self, line: Line | None = None) -> None:
        line = line or self.line
        if line.ended is None:
            self.transport.agent.hang_up(line.leg, self.transport.now())
            self.transport.flush()

    async def hold(self, *, on: bool) -> None:
        line, agent = self.line, self.transport.agent
        changes = len(line.all(sip.MediaChanged))
        (agent.hold if on else agent.resume)(line.leg, self.transport.now())
        self.transport.flush()
        await until(lambda: len(line.all(sip.MediaChanged)) > changes, why=lambda: line.events)

    async def speak(self, *codecs: str) -> None:
        """Change the codec within the call, by re-INVITE."""
        line = self.line
        changes = len(line.all(sip.MediaChanged))
        policy = MediaPolicy(codecs=codecs, srtp=self.policy.srtp)
        line.media = again(policy, line.media, secrets.token_bytes)
        self.transport.agent.reinvite(line.leg, line.media, self.transport.now())
        self.transport.flush()
        await until(lambda: len(line.all(sip.MediaChanged)) > changes, why=lambda: line.events)

    def press(self, digits: str) -> None:
        assert self.line.session.press(digits), "the other side takes no keys"

    async def forget(self) -> None:
        """End every call and free its ports."""
        old = self.lines
        for line in old:
            self.hang_up(line)
        await until(lambda: all(line.ended for line in old), why=lambda: [line.events for line in old])
        self.lines = []
        await asyncio.sleep(0.03)  # the sound thread is through with the old ones
        for line in old:
            line.session.close()

    async def close(self) -> None:
        for line in self.lines:
            self.hang_up(line)
        self._pacer.stop()
        await self.transport.close()
        for line in self.lines:
            line.session.close()

    # ---- inside

    def _session(self) -> MediaSession:
        digits: list[str] = []
        session = MediaSession(bind_pair(HOST, SOUND), on_digit=digits.append)
        self._digits = digits
        return session

    def _media(self, session: MediaSession) -> LocalMedia:
        return local_media(self.policy, HOST, session.local[1], secrets.token_bytes)

    def _keep(self, line: Line) -> Line:
        line.digits = self._digits
        self.lines = [*self.lines, line]  # a new list: the sound thread goes through the old one
        return line

    def _happened(self, event: sip.Event) -> None:
        self.events.append(event)
        agent, now = self.transport.agent, self.transport.now()
        if isinstance(event, sip.CallArrived):
            session = self._session()
            media = self._media(session)
            line = self._keep(Line(event.leg, session, media))
            agent.ring(event.leg, now)
            if self.answers:
                self._agreed(line, agent.answer(event.leg, media, now))
            return
        leg = getattr(event, "leg", None)
        for line in self.lines:
            if line.leg != leg:
                continue
            line.events.append(event)
            if isinstance(event, sip.Answered | sip.MediaChanged | sip.Progressed):
                self._agreed(line, event.agreement)
            if isinstance(event, sip.Ended):
                line.ended = event

    def _agreed(self, line: Line, agreement: object) -> None:
        stream = getattr(agreement, "audio", None)
        if stream is not None:
            line.planned = plan_of(stream, line.planned)
            line.session.configure(line.planned.plan)

    def _tick(self) -> None:
        frame = self._tone.frame()
        for line in self.lines:
            if line.ended is None:
                line.session.receive_due()
                line.ear.take(line.session.read_frame())
                line.session.write_frame(frame)
