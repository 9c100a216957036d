"""A telephone server for two phones that joins their calls and keeps out of the sound."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Self

from agent_desktop.sip import events as sip
from agent_desktop.sip import media
from agent_desktop.sip.accounts import Registrar, Settings
from agent_desktop.sip.address import LegId
from agent_desktop.sip.media import LocalMedia
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.transport import SipTransport, SystemRandomness

REALM: Final = "bench.test"
_HOST: Final = "127.0.0.1"
_PASSWORD: Final = "bench"  # noqa: S105 - of two phones that live for a minute


class BenchRegistrar:
    """Registrar and signalling; each phone is told the other's address for the sound (G.711)."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._other: dict[LegId, LegId] = {}
        self._transport = SipTransport(self._happened)

    def password(self, user: str) -> str:
        return f"{_PASSWORD}-{user}"

    async def __aenter__(self) -> Self:
        udp = await self._transport.listen_udp(_HOST, self._port)
        tcp = await self._transport.listen_tcp(_HOST, self._port)
        settings = Settings(local=(udp, tcp), registrar=Registrar(REALM, self.password))
        self._transport.start(UserAgent(settings, SystemRandomness()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    def _happened(self, event: sip.Event) -> None:
        agent, now = self._transport.agent, self._transport.now()
        match event:
            case sip.CallArrived() if event.offer is not None:
                self._pass_on(event, event.offer.streams[0])
            case sip.Answered() if event.agreement.audio is not None and event.leg in self._other:
                theirs = event.agreement.audio
                agent.answer(self._other[event.leg], _sound(theirs.address, theirs.port), now)
            case sip.Ended():
                other = self._other.pop(event.leg, None)
                if other is not None:
                    self._other.pop(other, None)
                    agent.hang_up(other, now)
            case _:
                pass
        self._transport.flush()

    def _pass_on(self, event: sip.CallArrived, wanted: media.Stream) -> None:
        agent, now = self._transport.agent, self._transport.now()
        bindings = agent.bindings(event.called.user, now)
        if event.user is None:
            agent.challenge(event.leg, now)
        elif not bindings:
            agent.reject(event.leg, now, 404)
        else:
            leg = agent.invite(
                bindings[0].contact,
                _sound(wanted.address or _HOST, wanted.port),
                now,
                destination=bindings[0].source,
            )
            self._other[leg], self._other[event.leg] = event.leg, leg


def _sound(address: str, port: int) -> LocalMedia:
    return media.audio(address, port, (media.PCMU, media.TELEPHONE_EVENT))
