"""The router as one thing: its rooms, joined.  `app.py` runs it; tests and benches run it too."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from agent_desktop.domain.centre import Centre
from agent_desktop.domain.sources import sources
from agent_desktop.domain.types import AgentId, Instant
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.ports.channels import Channel, Troubled
from agent_desktop.ports.host import Clock, Ids
from agent_desktop.ports.speech import SpeechRecogniser
from agent_desktop.ports.storage import Store, User
from agent_desktop.ports.telephony import Exchange
from agent_desktop.server import versions
from agent_desktop.server.answering import Answering
from agent_desktop.server.auth import Auth
from agent_desktop.server.beside import without_collecting
from agent_desktop.server.board import Board
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.checking import Checking
from agent_desktop.server.desk import Desk
from agent_desktop.server.directory import REALM
from agent_desktop.server.gateway import Gateway
from agent_desktop.server.hub import Hub
from agent_desktop.server.intake import TextIntake
from agent_desktop.server.keeping import KEYS, keep_for
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.presence import Presence
from agent_desktop.server.queries import Queries
from agent_desktop.server.recordings import TakeDigits, forget
from agent_desktop.server.rules import Ruling
from agent_desktop.server.taking import Taking
from agent_desktop.server.targets import Targets
from agent_desktop.server.telephone import telephone
from agent_desktop.server.troubles import Troubles
from agent_desktop.server.trunks import Trunks
from agent_desktop.server.uploads import file_routes, laid_out
from agent_desktop.server.web.recordings import recording_routes
from agent_desktop.server.work import Work
from agent_desktop.server.writing import Writing
from agent_desktop.wire.events import AccountChanged
from agent_desktop.wire.models import PhoneAccount
from agent_desktop.wire.switch import Extension

log = logging.getLogger(__name__)
DAY_S = 86_400.0
QUEUES_EVERY_S = 0.25
CHANCE_BYTES, IDS_DRAWN = 10, 256


class SystemClock:
    """The computer's clocks."""

    def now(self) -> Instant:
        """Seconds since the Unix epoch."""
        return Instant(time.time())

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()


class RandomIds:
    """Identifiers that nobody guesses: when they were made, then 80 bits of the operating system's chance.

    What is made together lies together in the record's indexes: a commit then changes a few pages at the end
    of each and not one somewhere for each entry.  A clock that is set back costs that and nothing else.
    """

    def __init__(self) -> None:
        self._drawn: Iterator[bytes] = iter(())

    def new(self, prefix: str = "") -> str:
        """A new identifier."""
        name = next(self._drawn, b"")
        if not name:
            drawn = secrets.token_bytes(CHANCE_BYTES * IDS_DRAWN)
            self._drawn = (drawn[at : at + CHANCE_BYTES] for at in range(0, len(drawn), CHANCE_BYTES))
            name = next(self._drawn)
        made = f"{time.time_ns() // 1_000_000:011x}{name.hex()}"
        return f"{prefix}-{made}" if prefix else made


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where the router listens.  Port 0 lets the system choose."""

    http_host: str = "127.0.0.1"
    http_port: int = 0
    sip: str = "127.0.0.1:5060"  # what agents' phones are told


@dataclass(kw_only=True)
class Router:
    """All rooms.  `start` opens the doors, `stop` closes them; what was acknowledged is kept."""

    store: Store
    centre: Centre
    doors: Doors
    exchange: Exchange
    channels: Sequence[Channel] = ()
    web_routes: Sequence[web.RouteDef] = ()
    protect: Callable[[web.Application], None] = lambda _application: None
    config_text: str = ""  # what `centre` was read from; empty: nobody asks for it later
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    recordings: Path = Path("recordings")
    pay: TakeDigits = forget
    speech: SpeechRecogniser | None = None  # none: by touch-tone alone
    port: int = 0

    def __post_init__(self) -> None:
        """Join the rooms; nothing runs yet."""
        self.hub = Hub(self.store, self.centre, self.clock, self.ids)
        self.work = Work(self.hub)
        self.checking = Checking(self.hub)
        self.board = Board(self.hub, self.store)
        self.board.phone_account = self._phone_account
        self.taking = Taking(self.hub, self.board)
        self.outbox = Outbox(self.hub)
        self.writing = Writing(self.hub, self.board, self.outbox)
        self.writing.join(self.work)
        self.intake = TextIntake(self.hub, self.work, self.board, self.writing)
        self.voice = VoiceChannel(self.exchange, self.centre, self._extensions(), self.speech)
        self.telephone = telephone(
            self.hub,
            self.work,
            self.voice,
            recordings=self.recordings,
            pay=self.pay,
            wait_s=self.board.wait_s,
            show_line=self.board.set_line,
            show_caption=self.board.set_caption,
        )
        self.calls = self.telephone.calls
        self.trunks = Trunks(trunk.id for trunk in self.centre.trunk_accounts)
        self.calls.news.append(self.trunks.told)
        self.voice.moved = self._accounts_changed
        self.checking.calls_up = self.voice.up.ours
        self.troubles = Troubles(self.hub, self.board, self._looked)
        self.presence = Presence(self.hub, self.board, self.work)
        self.auth = Auth(self.store)
        self.desk = Desk(
            self.hub,
            board=self.board,
            work=self.work,
            writing=self.writing,
            telephone=self.telephone,
            queries=Queries(self.hub, Targets(self.hub, self.board)),
        )
        answering = Answering(self.hub, self.outbox, self.writing.channels)
        self.ruling = Ruling(self.hub, self.work, self.desk.conversing.act, answering)
        self.intake.ruled = self.ruling.arrived
        self.gateway = Gateway(
            self.hub, board=self.board, desk=self.desk, presence=self.presence, auth=self.auth
        )
        self._started: list[Channel] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._ready = False

    async def start(self) -> None:
        """Read the record, open the doors, begin."""
        with without_collecting():
            await self._start()

    async def _start(self) -> None:
        if self.config_text:
            await versions.applied(self.store, self.config_text, self.clock.now())
        await laid_out(self.store, self.centre, self.clock.now())
        self.hub.published += [self.taking.committed, self.board.publish, self.checking.committed]
        self.hub.reset.append(self._reload)
        self._reload()
        self.hub.start()
        self.presence.expect_everyone()
        self.writing.channels.update({channel.id: channel for channel in self.channels})
        await self.voice.start(self.calls)
        for channel in self.channels:
            await channel.start(self.intake)
            self._started.append(channel)
        self.outbox.start(self.writing.channels)
        kept = keep_for(self.recordings, self.centre.keep_recordings_days, self.clock.now)
        for work in (self._tell_queues(), self.checking.run(), self.troubles.run(), kept):
            self._tasks.append(asyncio.get_running_loop().create_task(work))
        await self._open_door()
        self._ready = True

    async def stop(self, *, shutdown_exchange: bool = False) -> None:
        """Close the doors; calls that are up go on at the exchange unless it is shut down too."""
        self._ready = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
        for channel in self._started:
            with contextlib.suppress(Exception):
                await channel.stop()
        await self.outbox.stop()
        await self.voice.stop(shutdown=shutdown_exchange)
        await self.hub.stop()
        await self.store.close()

    def _keys(self) -> MasterKeys:
        """The keys of this computer, which the switch made."""
        return MasterKeys.at(self.recordings.parent / KEYS)

    def _reload(self) -> None:
        with without_collecting():
            self.hub.load_record()
            now = self.clock.now()
            self.board.load(Instant(now - now % DAY_S))
            self.work.resume_deadlines()
            self.telephone.resume_deadlines()

    async def _tell_queues(self) -> None:
        pause = 0.0
        while True:
            await asyncio.sleep(max(QUEUES_EVERY_S, pause))
            pause = self.board.tell_queues()

    async def _open_door(self) -> None:
        app = web.Application(client_max_size=1 << 20)
        self.protect(app)
        recordings = recording_routes(self.hub, self.gateway.bearer, self._keys)
        uploads = file_routes(self.hub, self.gateway.bearer)
        app.add_routes([*self.gateway.routes(), *recordings, *uploads, *self.web_routes])
        app.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/readyz", self._readiness),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.doors.http_host, self.doors.http_port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def _readiness(self, _request: web.Request) -> web.Response:
        troubles = {channel.id: why for channel, why in self._troubles() if why}
        answer: dict[str, object] = {"ready": self._ready, "trunks": self.trunks.document()}
        if troubles:
            answer["channel_troubles"] = troubles
        return web.json_response(answer, status=200 if self._ready else 503)

    def _troubles(self) -> list[tuple[Channel, str]]:
        return [(one, one.trouble) for one in self._started if isinstance(one, Troubled)]

    def _looked(self) -> list[tuple[str, str, str]]:
        """How every channel and every trunk stands: id, name, why it does not work."""
        known = sources(self.centre)
        rows = [
            (str(one.id), known[one.id].name if one.id in known else str(one.id), why)
            for one, why in self._troubles()
        ]
        return [*rows, *self.trunks.troubles()]

    async def _metrics(self, _request: web.Request) -> web.Response:
        rows = [("agent_desktop_agents_online", "", self.gateway.online)]
        rows += [
            ("agent_desktop_waiting", f'{{queue="{q}"}}', self.hub.index.waiting(q))
            for q in self.centre.queues
        ]
        rows.append(("agent_desktop_interactions_live", "", len(self.hub.tables.interactions)))
        rows += [*self.trunks.gauges(), *self.checking.rows()]
        rows += self.work.promising.gauges()
        rows += [
            ("agent_desktop_channel_trouble", f'{{channel="{channel.id}"}}', int(bool(why)))
            for channel, why in self._troubles()
        ]
        types = dict.fromkeys(n for n, _, _ in rows)
        lines = [
            f"# TYPE {n} {_kind(n)}\n" + "".join(f"{n}{at} {v}\n" for m, at, v in rows if m == n)
            for n in types
        ]
        text = "".join(lines)
        return web.Response(text=text, content_type="text/plain")

    # --- phones -----------------------------------------------------------------------------------

    def _secret(self, agent: AgentId) -> str:
        user: User | None = self.store.user(agent)
        return user.sip_secret if user else ""

    def _extensions(self) -> tuple[Extension, ...]:
        rows = []
        for entry in self.centre.agents.values():
            secret = self._secret(entry.id) if entry.extension else ""
            if not secret:
                continue
            words = f"{entry.extension}:{REALM}:{secret}".encode()
            rows.append(
                Extension(
                    extension=entry.extension,
                    agent=entry.id,
                    name=entry.name,
                    ha1=hashlib.md5(words, usedforsecurity=False).hexdigest(),
                    ha1_sha256=hashlib.sha256(words).hexdigest(),
                )
            )
        return tuple(rows)

    def _accounts_changed(self) -> None:
        """The exchange listens elsewhere, or with another certificate: every phone is told."""
        for agent in list(self.centre.agents):
            if self.board.receiver(agent).online:
                self.board.send(agent, AccountChanged(phone=self._phone_account(agent)))

    def _phone_account(self, agent: AgentId) -> PhoneAccount | None:
        entry = self.centre.agents.get(agent)
        secret = self._secret(agent)
        if entry is None or not entry.extension or not secret:
            return None
        exchange, safe = self.centre.exchange, self.centre.exchange.phones == "tls"
        if safe and not self.voice.tls:
            return None  # told as soon as the exchange says where, and by which certificate
        return PhoneAccount(
            extension=entry.extension,
            server=self.voice.tls if safe else self.doors.sip,
            transport=exchange.phones,
            realm=REALM,
            password=secret,
            display_name=entry.name,
            srtp=exchange.srtp,
            codecs=exchange.codecs,
            fingerprint=self.voice.fingerprint if safe else "",
            echo_number=exchange.echo_number,
        )


def _kind(metric: str) -> str:
    """What Prometheus calls it: what only grows ends in `_total`."""
    return "counter" if metric.endswith("_total") else "gauge"
