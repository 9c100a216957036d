"""The switch's process: `agent-desktop switch`.

It opens one SIP port (UDP and TCP) and the link for the router, and writes where the link is to
`run/switch.json` in the data folder, readable by its owner alone.  The SIP stack starts with the first
directory that the router sends, because digests need its realm.

It ends at once on SIGTERM or a `ShutdownSwitch` (live calls are hung up), and by itself 30 s after the
router is gone and the last call is over; until then calls go on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import gc
import logging
import os
import signal
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from agent_desktop import logs, settings
from agent_desktop.errors import AgentDesktopError, ConfigError, RefusedError
from agent_desktop.links import runfile
from agent_desktop.media.tones import Loop
from agent_desktop.sip import events as sip
from agent_desktop.sip.accounts import Ha1, Registrar
from agent_desktop.sip.accounts import Settings as SipSettings
from agent_desktop.sip.address import Address
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.tls import server_context
from agent_desktop.sip.transport import SipTransport, SystemRandomness
from agent_desktop.switch import certificate
from agent_desktop.switch.b2bua import BackToBack
from agent_desktop.switch.bindings import BindingsFile, Phones
from agent_desktop.switch.limits import LedgerFile, Tolls
from agent_desktop.switch.link import RouterLink
from agent_desktop.switch.mixing import MixingDesk, Ports
from agent_desktop.switch.orders import Orders
from agent_desktop.switch.outside import Surroundings, Timer
from agent_desktop.switch.provision import Provision
from agent_desktop.switch.registrar import directory_of
from agent_desktop.switch.table import MUSIC, Table
from agent_desktop.switch.tapes import Tapes
from agent_desktop.switch.treatments import Sounds
from agent_desktop.switch.watching import PACKAGES
from agent_desktop.wire import switch as wire

log = logging.getLogger(__name__)

NAME: Final = "switch"
ALONE_S: Final = 30.0
_WATCH_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """Where the switch listens and keeps its files."""

    data: Path
    host: str = "127.0.0.1"
    sip_port: int = 5060
    tls_port: int = 0
    certificate: str = ""
    certificate_key: str = ""
    link_port: int = 0
    first_rtp_port: int = 16384
    last_rtp_port: int = 32766
    most_calls: int = 500
    alone_s: float = ALONE_S


class Switch:
    """Everything of one switch on the running event loop."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._transport = SipTransport(self._on_sip, on_trouble=self._on_trouble)
        self._local: tuple[Address, ...] = ()
        self._realm = ""
        self._started = False
        self._tasks: set[asyncio.Task[None]] = set()
        ports = Ports(options.host, options.first_rtp_port, options.last_rtp_port)
        self._desk = MixingDesk(ports, tell=self._soon)
        self._sounds = Sounds(options.data / "prompts")
        self._ledger = LedgerFile(options.data, lambda work: self._loop.run_in_executor(None, work))
        self._tapes = Tapes(options.data)
        self._tls: Address | None = None
        self._fingerprint = ""
        self._link = RouterLink(do=self._command, snapshot=self._snapshot, monotonic=time.monotonic)
        self._table = Table(
            Surroundings(
                signalling=lambda: self._transport.agent,
                desk=self._desk,
                speaking=self._sounds,
                emit=self._link.emit,
                later=self._later,
                soon=self._soon,
                monotonic=self._transport.now,
                wall=time.time,
                new_id=lambda: f"call-{uuid.uuid4().hex[:16]}",
                attended=lambda: self._link.attached,
                host=options.host,
                open_tape=self._tapes.open,
            ),
            most_calls=options.most_calls,
            tolls=Tolls(wall=time.time, ledger=self._ledger.read(), keep=self._ledger.write),
        )
        self._provision = Provision(self._table, self._transport.trust_at, self._sounds.use_voices)
        self._orders = Orders(self._table)
        self._calls = BackToBack(self._table)
        self._phones = Phones(
            BindingsFile(options.data),
            signalling=lambda: self._transport.agent,
            changed=self._binding_changed,
            monotonic=self._transport.now,
            wall=time.time,
        )
        self._desk.add_source(MUSIC, Loop(self._sounds.music))

    async def open(self) -> None:
        """Open every port.  Raises AgentDesktopError with what to do when one is taken."""
        host, port = self._options.host, self._options.sip_port
        try:
            udp = await self._transport.listen_udp(host, port)
            tcp = await self._transport.listen_tcp(host, udp.port)
        except OSError as error:
            raise AgentDesktopError(
                f"The telephone port {host}:{port} cannot be opened: {error.strerror or error}. "
                f"Stop the other program that uses it, or choose another with --sip-port."
            ) from error
        self._local = (udp, tcp)
        await self._listen_tls()
        try:
            await self._link.start(self._options.link_port)
        except OSError as error:
            raise AgentDesktopError(f"The port of the router's link cannot be opened: {error}.") from error
        self._desk.start()
        self._tapes.start()
        here = runfile.RunFile(os.getpid(), self._link.port, self._link.token, time.time())
        runfile.write(self._options.data, NAME, here)
        log.info("the switch is up", extra={"sip": _place(udp), "link_port": here.port})

    async def _listen_tls(self) -> None:
        """Open the port for encrypted signalling; without it the switch still serves the others."""
        host, now = self._options.host, dt.datetime.now(dt.UTC)
        try:
            if self._options.certificate:
                ours = certificate.of_centre(self._options.certificate, self._options.certificate_key)
            else:
                names = {host, "localhost", socket.gethostname()}
                ours = certificate.of_switch(self._options.data, sorted(names), now)
            context = server_context(str(ours.file), str(ours.key_file))
            self._tls = await self._transport.listen_tcp(host, self._options.tls_port, tls=context)
        except (ConfigError, OSError) as error:
            if self._options.certificate or self._options.tls_port:
                raise AgentDesktopError(f"Encrypted calls cannot be served: {error}") from error
            log.error("encrypted calls cannot be served: %s", error)  # noqa: TRY400
            return
        self._fingerprint = ours.fingerprint
        self._local = (*self._local, self._tls)

    async def run(self) -> None:
        """Serve until the end."""
        gc.collect()
        gc.freeze()  # what lives for ever need not be looked at by every collection
        try:
            while not self._stop.is_set():
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _WATCH_S)
                self._act(self._calls.watch)
                alone = self._link.alone_since
                if alone is None or self._table.calls:
                    continue
                if time.monotonic() - alone >= self._options.alone_s:
                    log.info("no router and no call is left: the switch ends")
                    break
        finally:
            await self.close()

    def stop(self) -> None:
        """End soon; safe to call more than once."""
        self._stop.set()

    async def close(self) -> None:
        """Hang up what is up and close every port."""
        if self._started:
            self._act(self._table.end_all)
            await asyncio.sleep(0.05)  # the last BYE and CallEnded leave
        late = self._desk.lateness
        log.info(
            "the switch is down",
            extra={"ticks": late.ticks, "late_p99_ms": round(late.p99_ms, 2), "skipped": late.skipped},
        )
        runfile.remove(self._options.data, NAME, os.getpid())
        await self._link.stop()
        self._provision.stop()
        await self._transport.close()
        await asyncio.to_thread(self._desk.stop)
        await asyncio.to_thread(self._tapes.stop)
        await asyncio.to_thread(self._ledger.flush)

    # -- what comes in ----------------------------------------------------------------------------------

    def _command(self, command: wire.AnySwitchCommand) -> None:
        match command:
            case wire.SetDirectory():
                self._set_directory(command)
            case wire.ShutdownSwitch():
                log.info("the router ends the switch")
                self.stop()
            case wire.TellMessages() if self._started:
                self._act(partial(self._calls.watching.messages, command))
            case _:
                if not self._started:
                    raise RefusedError("The switch has no directory yet.", code="not_configured")
                self._act(partial(self._orders.do, command))

    def _set_directory(self, command: wire.SetDirectory) -> None:
        if self._started and command.realm != self._realm:
            raise RefusedError("The realm changes only when the switch is started again.", code="realm_fixed")
        task = self._loop.create_task(self._use_music(command.music))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if not self._started:
            self._begin(command)
        self._act(partial(self._provision.use, command))

    def _begin(self, command: wire.SetDirectory) -> None:
        """The first directory: now the stack knows its realm and its timers."""
        self._table.directory = directory_of(command)
        self._realm, self._started = command.realm, True
        registrar = Registrar(realm=command.realm, password_of=self._secret_of)
        agent = UserAgent(
            SipSettings(
                local=self._local,
                product="agent-desktop-switch",
                registrar=registrar,
                session_expires_s=command.exchange.session_timer_s,
                takes_transfers=True,
                packages=PACKAGES,
            ),
            SystemRandomness(),
        )
        self._transport.start(agent)
        self._act(self._phones.restore)

    def _secret_of(self, user: str) -> Ha1 | None:
        return self._table.directory.secret_of(user)

    async def _use_music(self, path: str) -> None:
        try:
            await self._sounds.use_music(path)
        except AgentDesktopError as error:
            log.warning("the queue music cannot be played: %s", error)
        self._desk.add_source(MUSIC, Loop(self._sounds.music))

    def _on_trouble(self, server: Address, words: str) -> None:
        self._table.trunks.trouble(server, words)

    def _on_sip(self, event: sip.Event) -> None:
        match event:
            case sip.Bound() | sip.Unbound() | sip.ResponseArrived():
                self._phones.happened(event)
            case sip.Registered() | sip.RegistrationFailed():
                self._table.trunks.happened(event)
            case _:
                pass
        self._calls.happened(event)

    def _binding_changed(self, extension: str, *, there: bool) -> None:
        self._link.emit(wire.ExtensionRegistered(extension=extension, registered=there))

    def _snapshot(self) -> wire.SwitchSnapshot:
        local = self._local[0] if self._local else None
        return wire.SwitchSnapshot(
            calls=tuple(call.wire() for call in self._table.calls),
            registered=self._phones.registered,
            sip=_place(local),
            configured=self._started,
            trunks=self._table.trunks.states,
            tls=_place(self._tls),
            fingerprint=self._fingerprint,
            said=self._table.texts.said.lines,
        )

    # -- the one thread of signalling -------------------------------------------------------------------

    def _act(self, act: Callable[[], None]) -> None:
        """Do something with the table, then send what the SIP stack has to say."""
        try:
            act()
        finally:
            self._transport.flush()

    def _later(self, seconds: float, act: Callable[[], None]) -> Timer:
        return self._loop.call_later(seconds, self._act, act)

    def _soon(self, act: Callable[[], None]) -> None:
        """From any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the switch is down
            self._loop.call_soon_threadsafe(self._act, act)


def _place(address: Address | None) -> str:
    """`host:port`, an IPv6 host in brackets; "" for none."""
    return "" if address is None else str(address).partition(":")[2]


async def serve(options: Options) -> None:
    """Run one switch until SIGTERM, SIGINT, `ShutdownSwitch` or loneliness."""
    switch = Switch(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows has no signals on its loop
            loop.add_signal_handler(number, switch.stop)
    try:
        await switch.open()
    except AgentDesktopError:
        await switch.close()
        raise
    await switch.run()


def main(arguments: argparse.Namespace) -> int:
    """Do `agent-desktop switch`."""
    chosen = settings.load(arguments)
    data = settings.data_folder(arguments.data)
    logs.configure(NAME, data=data, level=chosen[settings.LOG_LEVEL])
    options = Options(
        data=data,
        host=chosen[settings.SWITCH_HOST],
        sip_port=chosen[settings.SWITCH_SIP_PORT],
        tls_port=chosen[settings.SWITCH_TLS_PORT],
        certificate=chosen[settings.SWITCH_CERTIFICATE],
        certificate_key=chosen[settings.SWITCH_CERTIFICATE_KEY],
        first_rtp_port=chosen[settings.SWITCH_FIRST_RTP_PORT],
        last_rtp_port=chosen[settings.SWITCH_LAST_RTP_PORT],
    )
    try:
        asyncio.run(serve(options))
    finally:
        logs.close()
    return 0
