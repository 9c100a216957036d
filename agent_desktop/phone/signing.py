"""Signed in at the telephone server, and staying so: through lost servers, sleep and another network.

One `Station` is a set of ports on the computer's address towards the server.  When that address changes the
station moves there with its calls; when the account is another one a new station is opened, and the old one
lives until its last call is over.

- A server that says nothing is told within five seconds, and asked on and on: the same REGISTER every four
  seconds, a new one after half a minute, with growing and jittered waits.
- While we are signed in the server is asked every 15 s whether it is there (OPTIONS), which also keeps the
  way through a router open.
- Other codecs or another encryption for the same account keep its registration.
- After sleep and on another network we register at once; the calls are offered anew from the new address.
- The mailbox is watched where the server allows it (RFC 3842).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Final

from agent_desktop.errors import ConfigError, SipError
from agent_desktop.media.udp import NoPortError
from agent_desktop.phone import network
from agent_desktop.phone.engine import MailboxChanged, News, RegistrationNews
from agent_desktop.phone.network import Change, NetworkWatch
from agent_desktop.phone.reasons import words_for
from agent_desktop.phone.station import (
    Station,
    open_station,
    plan_for,
    policy_of,
    resolved,
    trust_of,
)
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Account
from agent_desktop.sip.address import Address, LegId
from agent_desktop.sip.bodies import read_summary
from agent_desktop.sip.media import LocalMedia
from agent_desktop.sip.transport import SystemRandomness
from agent_desktop.wire.models import PhoneAccount

log = logging.getLogger(__name__)

EXPIRES_S: Final = 40
"""Short, because a restarted switch learns where we are from the next REGISTER."""
RETRY_S: Final = 5.0
ANSWER_S: Final = 4.0
PROBE_S: Final = 15.0
MAILBOX: Final = "message-summary"
_GOODBYE_S: Final = 1.0
_AGAIN: Final = " It is tried again."
NO_ANSWER: Final = "The telephone server does not answer." + _AGAIN
NO_NETWORK: Final = "This computer has no network." + _AGAIN


class Signing:
    """`moved` gives the sound of a station's calls at another address of ours."""

    def __init__(
        self,
        report: Callable[[News], None],
        on_event: Callable[[Station, sip.Event], None],
        moved: Callable[[Station, str], dict[LegId, LocalMedia]],
    ) -> None:
        self._report_news = report
        self._on_event = on_event
        self._moved = moved
        self.station: Station | None = None
        self.ca_file = ""
        self._retired: set[Station] = set()
        self._using = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._account: PhoneAccount | None = None
        self._told = RegistrationNews("none")
        self._patience: asyncio.TimerHandle | None = None
        self._next_probe: asyncio.TimerHandle | None = None
        self._watch = NetworkWatch(self._way, self._network_changed)

    # ------------------------------------------------------------ signing in and off

    async def use(self, account: PhoneAccount | None) -> None:
        """Open a station for the account when the old one does not fit, and register."""
        self._account = account
        async with self._using:
            if self._account == account:  # nothing newer was asked for meanwhile
                await self._use(account)

    async def _use(self, account: PhoneAccount | None) -> None:
        if account is None:
            old, self.station = self.station, None
            self._sign_off(old)
            self._retire(old)
            self._report(RegistrationNews("none"))
            return
        self._report(RegistrationNews("registering"))
        try:
            await self._sign_in(account)
        except ConfigError as error:
            self._report(RegistrationNews("failed", str(error)))
        except (OSError, SipError) as error:
            log.warning("the telephone server %s cannot be reached: %s", account.server, error)
            self._report(RegistrationNews("failed", "The telephone server's address is not known." + _AGAIN))
            self._try_later(account)
        self._watch.forget()
        self._watch.start()

    async def _sign_in(self, account: PhoneAccount) -> None:
        policy, trust = policy_of(account), trust_of(account, self.ca_file)
        server, here = await plan_for(account)
        there = server.host if server.transport != "tls" else await resolved(server.host)
        named = _account_of(account, server)
        old = self.station
        fits = old is not None and (old.host, old.kind, old.trust) == (here, server.transport, trust)
        if old is not None and fits and old.is_registered and old.account == named:
            old.policy = policy  # other codecs or encryption: nothing that the server has to hear of
            self._report(RegistrationNews("registered"))
            return
        self._sign_off(old)
        station = old if old is not None and fits else await self._opened(account, here, server)
        if station is None:
            return
        if server.transport == "tls" and station is not old:
            station.transport.trust(trust)
        station.trust, station.policy = trust, policy
        station.server_host, station.server_port = there, server.port
        station.account = named
        self.station = station
        if station is not old:
            self._retire(old)
        station.registration = station.transport.agent.register(station.account, station.transport.now())
        station.transport.flush()
        self._expect_answer(station)

    async def _opened(self, account: PhoneAccount, here: str, server: Address) -> Station | None:
        try:
            return await open_station(here, server.transport, self._station_event)
        except OSError as error:
            log.warning("no port can be opened on %s: %s", here, error)
            words = "No telephone port can be opened on this computer." + _AGAIN
            self._report(RegistrationNews("failed", words))
            self._try_later(account)
            return None

    def _try_later(self, account: PhoneAccount) -> None:
        async def again() -> None:
            await asyncio.sleep(_spread(RETRY_S))
            if self._account == account:
                await self.use(account)

        self._spawn(again())

    def _sign_off(self, station: Station | None) -> None:
        if station is None or station.registration is None:
            return
        agent, now = station.transport.agent, station.transport.now()
        if station.mailbox is not None:
            agent.unsubscribe(station.mailbox, now)
            station.mailbox = None
        agent.unregister(station.registration, now)
        station.registration, station.is_registered, station.probe = None, False, None
        station.transport.flush()

    def _retire(self, station: Station | None) -> None:
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

    async def close(self) -> None:
        """Sign off, and give the farewells a moment to leave."""
        self._account = None
        await self._watch.stop()
        for timer in (self._patience, self._next_probe):
            if timer is not None:
                timer.cancel()
        station, self.station = self.station, None
        self._sign_off(station)
        open_still = [*self._retired, *([station] if station is not None else [])]
        if open_still:
            await asyncio.sleep(0.3)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for old in open_still:
            await old.transport.close()

    # ------------------------------------------------------------ the network

    def _way(self) -> str:
        """How the server is reached now; "" when it is not."""
        station = self.station
        if station is None or not station.server_host:
            return "nowhere yet"
        try:
            here = network.own_address(station.server_host, station.server_port)
        except OSError:
            return ""
        return f"{here} {network.default_routes()}"

    def _network_changed(self, change: Change) -> None:
        log.info("the network: %s", change.value)
        account = self._account
        if change is Change.GONE:
            self._lost(NO_NETWORK)
        elif account is not None:
            self._spawn(self._follow(account, change))

    async def _follow(self, account: PhoneAccount, change: Change) -> None:
        async with self._using:
            station = self.station
            if station is None or self._account != account:
                return
            try:
                server, here = await plan_for(account)
                for each in (station, *self._retired):
                    # A connection from before the sleep may hang for minutes before it is known dead.
                    if each.host != here or (each.kind != "udp" and change is Change.SLEPT):
                        log.info("the phone moves from %s to %s", each.host, here)
                        await each.move(here, partial(self._moved, each, here))
            except (OSError, SipError, NoPortError) as error:
                log.warning("the new network cannot be used yet: %s", error)
                self._lost(NO_NETWORK)
                self._try_later(account)
                return
            if server != station.account.server:  # its name leads elsewhere here
                await self._use(account)
                return
            self._register_again(station)

    def _register_again(self, station: Station) -> None:
        station.is_registered, station.probe = False, None
        station.transport.agent.network_changed(station.transport.now())
        station.transport.flush()
        self._expect_answer(station)

    # ------------------------------------------------------------ is the server there

    def _expect_answer(self, station: Station) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = asyncio.get_running_loop().call_later(ANSWER_S, self._no_answer, station)

    def _no_answer(self, station: Station) -> None:
        if station is self.station and station.registration is not None and not station.is_registered:
            self._lost(f"{station.trouble}{_AGAIN}" if station.trouble else NO_ANSWER)

    def _lost(self, words: str) -> None:
        if self._told.state != "none" and not (
            self._told.state == "failed" and _AGAIN not in self._told.detail
        ):
            self._report(RegistrationNews("failed", words))

    def _probe_later(self, station: Station) -> None:
        if self._next_probe is not None:
            self._next_probe.cancel()
        self._next_probe = asyncio.get_running_loop().call_later(_spread(PROBE_S), self._probe, station)

    def _probe(self, station: Station) -> None:
        if station is not self.station or not station.is_registered:
            return
        agent, now, account = station.transport.agent, station.transport.now(), station.account
        station.probe = agent.request("OPTIONS", now, target=account.uri, account=account)
        station.transport.flush()
        self._next_probe = asyncio.get_running_loop().call_later(ANSWER_S, self._probed, station)

    def _probed(self, station: Station) -> None:
        """Four seconds later: who did not answer is not there."""
        if station is not self.station or not station.is_registered:
            return
        if station.probe is None:
            self._probe_later(station)
            return
        log.warning("the telephone server %s does not answer any more", station.account.server)
        self._lost(NO_ANSWER)
        self._register_again(station)

    # ------------------------------------------------------------ what SIP reports

    def _station_event(self, station: Station, event: sip.Event) -> None:
        match event:
            case sip.Registered():
                self._registered(station, event)
            case sip.RegistrationFailed():
                self._not_registered(station, event)
            case sip.ResponseArrived() if event.request == station.probe:
                # Our own layer says 408 when nobody does, and 503 when the connection broke.
                station.probe = None if event.message is not None else station.probe
            case sip.Notified(package=package, body=body) if package == MAILBOX:
                self._mailbox(station, body)
            case sip.SubscriptionEnded():
                if event.subscription == station.mailbox and event.retry_at is None:
                    log.info("the server keeps no mailbox for us: %s %s", event.status, event.reason)
                    station.mailbox = None
            case _:
                self._on_event(station, event)

    def _registered(self, station: Station, event: sip.Registered) -> None:
        if station is not self.station or event.registration != station.registration:
            return
        station.is_registered, station.trouble = True, ""
        self._report(RegistrationNews("registered"))
        self._probe_later(station)
        if station.mailbox is None:
            account = station.account
            station.mailbox = station.transport.agent.subscribe(
                account.uri, MAILBOX, station.transport.now(), account=account
            )

    def _not_registered(self, station: Station, event: sip.RegistrationFailed) -> None:
        if station is not self.station or event.registration != station.registration:
            return
        station.is_registered = False
        if event.retry_at is None:
            self._report(RegistrationNews("failed", words_for(event.status)))
            return
        words = NO_ANSWER if event.status == 408 else words_for(event.status) + _AGAIN
        self._report(RegistrationNews("failed", f"{station.trouble}{_AGAIN}" if station.trouble else words))

    def _mailbox(self, station: Station, body: bytes) -> None:
        found = read_summary(body)
        if found is not None and station is self.station:
            self._report_news(MailboxChanged(max(found.new, int(found.is_waiting)), found.old))

    def _report(self, news: RegistrationNews) -> None:
        if news != self._told or news.state == "none":
            self._told = news
            self._report_news(news)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _account_of(account: PhoneAccount, server: Address) -> Account:
    """Who we are at the server."""
    return Account(
        user=account.extension,
        domain=account.server,
        server=server,
        password=account.password,
        realm=account.realm,
        display_name=account.display_name,
        expires_s=EXPIRES_S,
        learns_realm=not account.realm,
    )


def _spread(seconds: float) -> float:
    """A little less, so that the phones of a centre do not all come in one moment."""
    return seconds * (0.7 + 0.3 * SystemRandomness().fraction())
