"""The native engine: our own SIP stack and sound thread.

One `Station` is a set of ports on the computer's address towards the registrar.  When the network
changes a new station is opened; the old one lives until its last call is over.

Rules: calls are taken from the registrar's host alone (CVE-2021-37624, CVE-2025-47779: whoever reaches a
phone's port must not make it ring); digits are sent to their end before a hold; a call that the agent's
offer names is marked by the `X-Interaction` header of its INVITE.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Final

from agent_desktop.errors import IllegalStepError, RefusedError, SipError
from agent_desktop.phone.engine import (
    DTMF,
    HOLD,
    SECOND_CALL,
    TCP,
    TLS,
    Arrived,
    CameUp,
    Gone,
    HoldChanged,
    News,
    RegistrationNews,
    RingsThere,
)
from agent_desktop.phone.reasons import words_for
from agent_desktop.phone.sound import Sound
from agent_desktop.phone.station import Station, open_station, plan_for, resolved, target_of
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import LegId, RegistrationId
from agent_desktop.sip.media import Agreement, LocalMedia, audio
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

INTERACTION: Final = "X-Interaction"
MAX_CALLS: Final = 4
EXPIRES_S: Final = 40
"""Short, because a restarted switch learns where we are from the next REGISTER."""
RETRY_S: Final = 5.0
_DIGIT_POLL_S: Final = 0.02
_DIGIT_PATIENCE_S: Final = 10.0
_GOODBYE_S: Final = 1.0


@dataclass(slots=True, eq=False)
class _Call:
    """One call here: the name that the table gave it, and its leg."""

    name: str
    station: Station
    leg: LegId
    media: LocalMedia
    is_incoming: bool
    holds: bool = False
    wants_hold: bool | None = None


class NativeEngine:
    """See `engine.Engine`.  Lives on the event loop."""

    name = "native"
    capabilities = (HOLD, DTMF, TCP, TLS, SECOND_CALL)

    def __init__(self, sound: Sound, report: Callable[[News], None]) -> None:
        self._sound = sound
        self._report = report
        self._station: Station | None = None
        self._retired: set[Station] = set()
        self._using = asyncio.Lock()
        self._calls: dict[str, _Call] = {}
        self._legs: dict[tuple[int, LegId], _Call] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._account: PhoneAccount | None = None

    # ------------------------------------------------------------ registration

    async def use(self, account: PhoneAccount | None) -> None:
        """Open a station for the account when the old one does not fit, and register."""
        self._account = account
        async with self._using:
            if self._account == account:  # nothing newer was asked for meanwhile
                await self._use(account)

    async def _use(self, account: PhoneAccount | None) -> None:
        old = self._station
        if account is None:
            self._sign_off(old)
            self._station = None
            await self._retire(old)
            self._report(RegistrationNews("none"))
            return
        self._report(RegistrationNews("registering"))
        try:
            wanted = await plan_for(account)
        except (OSError, SipError) as error:
            log.warning("the registrar %s cannot be reached: %s", account.server, error)
            self._report(
                RegistrationNews("failed", "The telephone server's address is not known. It is tried again.")
            )
            self._try_later(account)
            return
        server, here = wanted
        self._sign_off(old)
        kept = old if old is not None and (old.host, old.kind) == (here, server.transport) else None
        try:
            station = kept or await open_station(here, server.transport, self._on_event)
        except OSError as error:
            log.warning("no port can be opened on %s: %s", here, error)
            self._report(
                RegistrationNews(
                    "failed", "No telephone port can be opened on this computer. It is tried again."
                )
            )
            self._try_later(account)
            return
        station.account = Account(
            user=account.extension,
            domain=account.server,
            server=server,
            password=account.password,
            realm=account.realm,
            display_name=account.display_name,
            expires_s=EXPIRES_S,
        )
        station.server_host = server.host if server.transport != "tls" else await resolved(server.host)
        station.server_port = server.port
        self._station = station
        if kept is None:
            await self._retire(old)
        station.registration = station.transport.agent.register(station.account, station.transport.now())
        station.transport.flush()

    def _try_later(self, account: PhoneAccount) -> None:
        async def again() -> None:
            await asyncio.sleep(RETRY_S)
            if self._account == account:
                await self.use(account)

        self._spawn(again())

    def _sign_off(self, station: Station | None) -> None:
        if station is not None and station.registration is not None:
            station.transport.agent.unregister(station.registration, station.transport.now())
            station.registration = None
            station.transport.flush()

    async def _retire(self, station: Station | None) -> None:
        """Close a station when its last call is over and its farewell was heard."""
        if station is None:
            return

        station.is_retired = True
        self._retired.add(station)
        if not station.calls:
            station.emptied.set()

        async def wait() -> None:
            await station.emptied.wait()
            await asyncio.sleep(_GOODBYE_S)
            self._retired.discard(station)
            await station.transport.close()

        self._spawn(wait())

    # ------------------------------------------------------------ commands

    def dial(self, call: str, target: str, interaction: str) -> None:
        """Call a number, an extension or a SIP address through the registrar."""
        station = self._station
        if station is None or station.registration is None:
            raise RefusedError("The phone is not signed in at the telephone server.", code="not_registered")
        if len(self._calls) >= MAX_CALLS:
            raise RefusedError("There are too many calls at this phone; end one first.", code="too_many")
        uri = target_of(target, station.account)
        media = self._open_media(call, station)
        headers = ((INTERACTION, interaction),) if interaction else ()
        leg = station.transport.agent.invite(
            uri,
            media,
            station.transport.now(),
            account=station.account,
            destination=station.account.server,
            headers=headers,
        )
        self._keep(_Call(call, station, leg, media, is_incoming=False))
        station.transport.flush()

    def answer(self, call: str) -> None:
        """Pick up."""
        found = self._get(call)
        agent, now = found.station.transport.agent, found.station.transport.now()
        agreement = agent.answer(found.leg, found.media, now)
        self._configure(found, agreement)
        self._report(CameUp(call))
        found.station.transport.flush()

    def reject(self, call: str, status: int) -> None:
        found = self._get(call)
        found.station.transport.agent.reject(found.leg, found.station.transport.now(), status)
        found.station.transport.flush()

    def hang_up(self, call: str) -> None:
        found = self._get(call)
        found.station.transport.agent.hang_up(found.leg, found.station.transport.now())
        found.station.transport.flush()

    def hold(self, call: str, *, on: bool) -> None:
        """Hold or resume, after the last digit has gone out (T6)."""
        found = self._get(call)
        if not found.station.transport.agent.is_up(found.leg):
            raise IllegalStepError("Only a call that is up can be held.")
        is_waiting = found.wants_hold is not None
        found.wants_hold = on
        if not is_waiting:
            self._turn(found, asyncio.get_running_loop().time() + _DIGIT_PATIENCE_S)

    def _turn(self, call: _Call, until: float) -> None:
        loop = asyncio.get_running_loop()
        if self._sound.pressing(call.name) and loop.time() < until:
            loop.call_later(_DIGIT_POLL_S, self._turn, call, until)
            return
        on, call.wants_hold = call.wants_hold, None
        if on is None or self._calls.get(call.name) is not call:
            return
        agent, now = call.station.transport.agent, call.station.transport.now()
        with contextlib.suppress(RefusedError):  # it ended meanwhile; its end was reported
            call.holds = on
            (agent.hold if on else agent.resume)(call.leg, now)
            call.station.transport.flush()

    def press(self, call: str, digits: str) -> bool:
        return self._sound.press(self._get(call).name, digits)

    async def close(self) -> None:
        """End every call, sign off, and give the farewells a moment to leave."""
        for call in tuple(self._calls):
            with contextlib.suppress(RefusedError):
                self.hang_up(call)
        self._account = None
        station, self._station = self._station, None
        self._sign_off(station)
        open_still = [*self._retired, *([station] if station is not None else [])]
        if open_still:
            await asyncio.sleep(0.3)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for old in open_still:
            await old.transport.close()

    # ------------------------------------------------------------ what SIP reports

    def _on_event(self, station: Station, event: sip.Event) -> None:
        match event:
            case sip.CallArrived():
                self._arrived(station, event)
            case sip.Registered():
                self._registered(station, event.registration)
            case sip.RegistrationFailed():
                self._not_registered(station, event)
            case sip.Progressed() | sip.Answered() | sip.MediaChanged() | sip.ReinviteRefused() | sip.Ended():
                call = self._legs.get((id(station), event.leg))
                if call is not None:
                    self._on_call(call, event)
            case _:
                pass

    def _arrived(self, station: Station, event: sip.CallArrived) -> None:
        agent, now = station.transport.agent, station.transport.now()
        if not station.is_server(event.source):
            log.warning("a call from %s is refused: it is not the telephone server", event.source)
            agent.reject(event.leg, now, 403)
            return
        if len(self._calls) >= MAX_CALLS:
            agent.reject(event.leg, now, 486)
            return
        call = f"phone-{uuid.uuid4().hex[:16]}"
        media = self._open_media(call, station)
        self._keep(_Call(call, station, event.leg, media, is_incoming=True))
        agent.ring(event.leg, now)
        number = event.caller.uri.user or event.caller.uri.host
        self._report(Arrived(call, number, event.caller.name, event.message.header(INTERACTION)))

    def _on_call(
        self,
        call: _Call,
        event: sip.Progressed | sip.Answered | sip.MediaChanged | sip.ReinviteRefused | sip.Ended,
    ) -> None:
        match event:
            case sip.Progressed():
                self._configure(call, event.agreement)
                if event.status != 100:
                    self._report(RingsThere(call.name, event.agreement is not None))
            case sip.Answered():
                self._configure(call, event.agreement)
                self._report(CameUp(call.name))
            case sip.MediaChanged():
                self._configure(call, event.agreement)
                if not event.by_peer:
                    self._report(HoldChanged(call.name, call.holds))
            case sip.ReinviteRefused():
                call.holds = not call.holds
                self._report(HoldChanged(call.name, call.holds, refused=words_for(event.status)))
            case sip.Ended():
                self._ended(call, event)

    def _ended(self, call: _Call, event: sip.Ended) -> None:
        self._calls.pop(call.name, None)
        self._legs.pop((id(call.station), call.leg), None)
        call.station.calls.discard(call.name)
        if call.station.is_retired and not call.station.calls:
            call.station.emptied.set()
        self._sound.close_call(call.name)
        by = {
            sip.EndedBy.LOCAL: "agent",
            sip.EndedBy.REMOTE: "remote",
            sip.EndedBy.CANCELLED: "remote",
            sip.EndedBy.REFUSED: "remote",
            sip.EndedBy.TIMED_OUT: "network",
            sip.EndedBy.FAILED: "network",
        }[event.by]
        detail = words_for(event.status) if event.status >= 300 and by != "agent" else ""
        self._report(Gone(call.name, by, event.status, detail))

    def _registered(self, station: Station, registration: RegistrationId) -> None:
        if station is self._station and registration == station.registration:
            self._report(RegistrationNews("registered"))

    def _not_registered(self, station: Station, event: sip.RegistrationFailed) -> None:
        if station is not self._station or event.registration != station.registration:
            return
        detail = words_for(event.status)
        if event.retry_at is not None:
            detail += " It is tried again."
            self._spawn(self._look_at_network(station))
        self._report(RegistrationNews("failed", detail))

    async def _look_at_network(self, station: Station) -> None:
        """A registrar that is not reached may mean that this computer has another address now."""
        account = self._account
        if account is None or station is not self._station:
            return
        with contextlib.suppress(OSError, SipError):
            _, here = await plan_for(account)
            if here != station.host and station is self._station:
                log.info("this computer's address is %s now, it was %s", here, station.host)
                await self.use(account)

    # ------------------------------------------------------------ inside

    def _open_media(self, call: str, station: Station) -> LocalMedia:
        return audio(*self._sound.open_call(call, station.host))

    def _configure(self, call: _Call, agreement: Agreement | None) -> None:
        if agreement is not None:
            self._sound.configure(call.name, agreement.audio)

    def _keep(self, call: _Call) -> None:
        self._calls[call.name] = call
        self._legs[id(call.station), call.leg] = call
        call.station.calls.add(call.name)

    def _get(self, call: str) -> _Call:
        found = self._calls.get(call)
        if found is None:
            raise RefusedError("There is no such call any more.", code="no_such_call")
        return found

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
