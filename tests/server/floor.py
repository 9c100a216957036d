"""A small centre for tests of the router: real rooms, a real record, a manual clock, a fake exchange."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agent_desktop.domain.centre import (
    AgentEntry,
    Centre,
    ChatSite,
    Disposition,
    FormField,
    Mailbox,
    Number,
    Queue,
    Reason,
)
from agent_desktop.domain.ivr import Choice, Flow, Node, Say
from agent_desktop.domain.types import (
    AgentId,
    ChannelId,
    DispositionCode,
    Instant,
    MediumId,
    MessageId,
    QueueId,
    ReasonCode,
    Seconds,
    SkillId,
)
from agent_desktop.ports.channels import IncomingMessage, Intake, OutgoingMessage
from agent_desktop.ports.speech import SpeechRecogniser
from agent_desktop.ports.storage import Store
from agent_desktop.server.answering import Answering
from agent_desktop.server.board import Board
from agent_desktop.server.channels.voice import VoiceChannel
from agent_desktop.server.desk import Desk
from agent_desktop.server.hub import Hub
from agent_desktop.server.intake import TextIntake
from agent_desktop.server.outbox import Outbox
from agent_desktop.server.presence import Presence
from agent_desktop.server.queries import Queries
from agent_desktop.server.rules import Ruling
from agent_desktop.server.storage.store import open_store
from agent_desktop.server.taking import Taking
from agent_desktop.server.targets import Targets
from agent_desktop.server.telephone import telephone
from agent_desktop.server.work import Work
from agent_desktop.server.writing import Writing
from agent_desktop.wire import commands, events
from agent_desktop.wire import switch as wire
from agent_desktop.wire.codec import AGENT_LINK, envelop
from agent_desktop.wire.replica import Replica, apply, from_snapshot

SUPPORT, MAIL, CHAT = QueueId("support"), QueueId("mail"), QueueId("webchat")
ANA, BEN, SUE = AgentId("ana"), AgentId("ben"), AgentId("sue")
FRENCH = SkillId("french")


class ManualClock:
    """Time stands still until a test moves it."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.at


class CountingIds:
    """Identifiers in order, so that a failure reads well."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, prefix: str = "") -> str:
        return f"{prefix or 'x'}-{next(self._count):06d}"


@dataclass
class FakeExchange:
    """Remembers what it was asked; tests say what happened."""

    asked: list[wire.AnySwitchCommand] = field(default_factory=list)
    on_event: Callable[[wire.AnySwitchEvent], None] = lambda _event: None

    async def attach(self, on_event: Callable[[wire.AnySwitchEvent], None]) -> None:
        self.on_event = on_event

    def ask(self, command: wire.AnySwitchCommand) -> None:
        self.asked.append(command)

    async def detach(self, *, shutdown: bool) -> None:
        del shutdown

    def last(self, kind: type[wire.SwitchCommand]) -> wire.SwitchCommand:
        return next(c for c in reversed(self.asked) if isinstance(c, kind))


@dataclass
class FakeChannel:
    """A text channel that keeps what it was given to send."""

    id: ChannelId
    medium: MediumId
    sent: list[OutgoingMessage] = field(default_factory=list)
    fail: list[Exception] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)

    async def start(self, intake: Intake) -> None:
        del intake

    async def stop(self) -> None:
        pass

    async def send(self, outgoing: OutgoingMessage) -> str:
        if self.fail:
            raise self.fail.pop(0)
        self.sent.append(outgoing)
        return "sent"

    def agent_typing(self, thread: str, *, typing: bool) -> None:
        del thread, typing

    def agent_joined(self, thread: str, name: str) -> None:
        self.told.append((thread, f"{name} joined"))

    def agent_read(self, thread: str) -> None:
        self.told.append((thread, "read"))

    def external_id(self, message: MessageId) -> str:
        return f"<{message}@centre.example>"


def centre() -> Centre:
    """Three queues, two agents, a supervisor."""
    voice, email, chat = MediumId("voice"), MediumId("email"), MediumId("chat")
    form = FormField(id="order", label="Order", required=True)
    return Centre(
        name="Test centre",
        queues={
            SUPPORT: Queue(id=SUPPORT, name="Support", media=(voice,), dispositions=()),
            MAIL: Queue(id=MAIL, name="Mail", media=(email,), wrapup_mode="optional", wrapup_s=Seconds(0)),
            CHAT: Queue(id=CHAT, name="Web chat", media=(chat,), preferred_s=Seconds(10)),
        },
        agents={
            ANA: AgentEntry(
                id=ANA, name="Ana", extension="101", queues=(SUPPORT, MAIL, CHAT), skills={FRENCH: 4}
            ),
            BEN: AgentEntry(id=BEN, name="Ben", extension="102", queues=(SUPPORT, CHAT)),
            SUE: AgentEntry(id=SUE, name="Sue", role="supervisor", extension="103", queues=()),
        },
        reasons=(
            Reason(code=ReasonCode("break"), label="Break"),
            Reason(code=ReasonCode("lunch"), label="Lunch"),
        ),
        dispositions={
            DispositionCode("solved"): Disposition(code=DispositionCode("solved"), label="Solved", key="1"),
            DispositionCode("replaced"): Disposition(
                code=DispositionCode("replaced"), label="Replacement sent", key="2", fields=(form,)
            ),
        },
        numbers=(Number(number="100", flow="welcome"), Number(number="200", flow="straight")),
        flows={
            "welcome": Flow(
                id="welcome",
                person_queue=SUPPORT,
                nodes=(
                    Node(
                        id="menu",
                        say=(Say(text="Press 1 for orders"),),
                        choices=(
                            Choice(key="1", label="Orders", queue=SUPPORT),
                            Choice(key="2", label="French", queue=SUPPORT, skills={FRENCH: 3}),
                        ),
                    ),
                ),
            ),
            "straight": Flow(
                id="straight", person_queue=SUPPORT, nodes=(Node(id="in", say=(Say(text="Hello"),)),)
            ),
        },
        mailboxes=(Mailbox(id=ChannelId("help"), address="help@centre.example", queue=MAIL),),
        chats=(ChatSite(id=ChannelId("demo"), queue=CHAT),),
    )


class Floor:
    """The router's rooms without its doors."""

    def __init__(
        self,
        path: Path,
        pauses_s: tuple[float, ...] = (60.0,),
        speech: SpeechRecogniser | None = None,
    ) -> None:
        self.pauses_s = pauses_s
        self.clock = ManualClock()
        self.ids = CountingIds()
        self.path = path
        self.exchange = FakeExchange()
        self.speech = speech
        self.channels = {
            ChannelId("help"): FakeChannel(ChannelId("help"), MediumId("email")),
            ChannelId("demo"): FakeChannel(ChannelId("demo"), MediumId("chat")),
        }
        self.request = itertools.count(1)
        self._open()

    def record(self) -> Store:
        """The record that this floor works on; other floors bring another."""
        return open_store(self.path)

    def configuration(self) -> Centre:
        """The centre that this floor is."""
        return centre()

    def _open(self) -> None:
        self.store: Store = self.record()
        self.hub = Hub(self.store, self.configuration(), self.clock, self.ids)
        self.work = Work(self.hub)
        self.board = Board(self.hub, self.store)
        self.taking = Taking(self.hub, self.board)
        self.outbox = Outbox(self.hub, self.pauses_s)
        self.writing = Writing(self.hub, self.board, self.outbox)
        self.writing.join(self.work)
        self.intake = TextIntake(self.hub, self.work, self.board, self.writing)
        self.voice = VoiceChannel(self.exchange, self.hub.centre, (), self.speech)
        self.telephone = telephone(
            self.hub,
            self.work,
            self.voice,
            recordings=self.path.parent / "recordings",
            wait_s=self.board.wait_s,
            show_line=self.board.set_line,
            show_caption=self.board.set_caption,
        )
        self.calls = self.telephone.calls
        self.presence = Presence(self.hub, self.board, self.work)
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

    async def start(self) -> Floor:
        self.hub.published += [self.taking.committed, self.board.publish]
        self.hub.reset.append(self.reload)
        self.reload()
        self.hub.start()
        self.presence.expect_everyone()
        self.writing.channels.update(self.channels)
        await self.voice.start(self.calls)
        for phone in ("101", "102", "103"):
            self.exchange.on_event(wire.ExtensionRegistered(extension=phone))
        self.outbox.start(dict(self.channels))
        return self

    def reload(self) -> None:
        self.hub.load_record()
        self.board.load(Instant(0.0))
        self.work.resume_deadlines()
        self.telephone.resume_deadlines()

    async def stop(self) -> None:
        await self.outbox.stop()
        await self.hub.stop()
        await self.store.close()

    async def restart(self) -> None:
        """The router dies and comes back on the same record."""
        await self.stop()
        self._open()
        await self.start()

    async def settle(self) -> None:
        """Let commits and their effects finish."""
        for _ in range(4):
            await self.hub.run(lambda _step: None)
            await asyncio.sleep(0)

    async def do(self, agent: AgentId, command: commands.AnyCommand, request: str = "") -> events.Reply:
        reply = await self.desk.handle(agent, request or f"r{next(self.request)}", command)
        await self.settle()
        return reply

    async def sign_in(self, *agents: AgentId, ready: bool = True) -> None:
        for agent in agents:
            await self.presence.came(agent)
            if ready:
                assert (await self.do(agent, commands.SetReady())).ok

    async def wait(self, seconds: float) -> None:
        self.clock.at += seconds
        self.hub.tick()
        await self.settle()

    async def call(self, call: str = "c1", number: str = "200", caller: str = "+33611") -> None:
        """A customer calls and ends in the queue."""
        arrived = wire.SwitchCall(
            id=call, state="ringing", from_number=caller, to_number=number, arrived_at=self.clock.at
        )
        self.exchange.on_event(wire.CallArrived(call=arrived))
        await self.settle()
        await asyncio.sleep(0)
        await self.settle()

    async def mail(
        self,
        external: str = "<1@out>",
        *,
        sender: str = "amina@example.com",
        references: tuple[str, ...] = (),
    ) -> None:
        await self.intake.message_arrived(
            IncomingMessage(
                channel=ChannelId("help"),
                medium=MediumId("email"),
                external_id=external,
                address_kind="email",
                from_address=sender,
                subject="Where is my lamp?",
                text="Hello, where is it?",
                references=references,
            )
        )
        await self.settle()

    async def chat(self, text: str, external: str, visitor: str = "v1") -> None:
        await self.intake.message_arrived(
            IncomingMessage(
                channel=ChannelId("demo"),
                medium=MediumId("chat"),
                external_id=external,
                address_kind="chat",
                from_address=visitor,
                from_name="Jordan",
                text=text,
                thread=visitor,
            )
        )
        await self.settle()

    def offer(self, agent: AgentId) -> events.Snapshot:
        return self.board.snapshot(agent)

    def offers(self, agent: AgentId) -> list[str]:
        return [o.id for o in self.board.snapshot(agent).offers]


@dataclass
class Mirror:
    """A front end's replica, fed by the stream alone."""

    floor: Floor
    agent: AgentId
    seq: int = 0
    replica: Replica = field(default_factory=Replica)

    def connect(self) -> None:
        """Take a snapshot, as a new connection does."""
        self.replica = from_snapshot(self.floor.board.snapshot(self.agent))
        self.seq = self.floor.board.receiver(self.agent).stream.seq

    def catch_up(self) -> None:
        """Take what the stream has."""
        stream = self.floor.board.receiver(self.agent).stream
        for seq, body in stream.since(self.seq) or ():
            _, event = AGENT_LINK.decode(envelop(body, seq=seq))
            self.replica = apply(self.replica, event)  # type: ignore[arg-type]
            self.seq = seq

    def differences(self) -> list[str]:
        """Which tables differ from a fresh snapshot."""
        self.floor.board.tell_queues()
        self.catch_up()
        fresh = from_snapshot(self.floor.board.snapshot(self.agent))
        return [
            f"{name}: {getattr(self.replica, name)} != {getattr(fresh, name)}"
            for name in Replica.__slots__
            if getattr(self.replica, name) != getattr(fresh, name)
        ]
