"""A network without sockets: user agents, a manual clock, and a wire that can lose packets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from agent_desktop.sip.accounts import Account, Settings
from agent_desktop.sip.address import Address, LegId, Outgoing
from agent_desktop.sip.events import CallArrived, Event
from agent_desktop.sip.media import audio
from agent_desktop.sip.message import Request, Response
from agent_desktop.sip.parser import parse
from agent_desktop.sip.session import UserAgent
from agent_desktop.sip.uri import Uri, parse_name_addr
from tests.sip.centre import Centre, Run, run_kit


class Counted:
    """Identifiers that do not repeat and are the same in every run."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._numbers = count(1)

    def token(self) -> str:
        return f"{self._prefix}{next(self._numbers):06d}"

    def fraction(self) -> float:
        return 0.5


class Net:
    """Carries packets between agents at once, in order; time moves only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.agents: dict[Address, UserAgent] = {}
        self.log: list[tuple[Address, Outgoing]] = []
        self.events: dict[Address, list[Event]] = {}
        self.loses: Callable[[int, Outgoing], bool] = lambda _number, _packet: False
        self.sent = 0

    def agent(self, name: str, **settings: object) -> tuple[UserAgent, Address]:
        here = Address("udp", f"10.0.0.{len(self.agents) + 1}", 5060)
        agent = UserAgent(Settings(local=(here,), user=name, **settings), Counted(name))  # type: ignore[arg-type]  # test shorthand
        self.agents[here] = agent
        self.events[here] = []
        return agent, here

    def settle(self) -> None:
        """Deliver until nothing is under way."""
        for _ in range(10_000):
            moved = False
            for here, agent in self.agents.items():
                self.events[here] += agent.take_events()
                for packet in agent.take_outgoing():
                    moved = True
                    self.sent += 1
                    self.log.append((here, packet))
                    if self.loses(self.sent, packet):
                        continue
                    peer = self.agents.get(packet.destination)
                    if peer is not None:
                        peer.receive(packet.data, here, self.now)
            if not moved:
                return
        raise AssertionError("the agents never stop talking")

    def wait(self, seconds: float) -> None:
        """Let time pass, deadline by deadline."""
        self.settle()
        until = self.now + seconds
        while True:
            due = [d for agent in self.agents.values() if (d := agent.deadline) is not None and d <= until]
            if not due:
                break
            self.now = max(self.now, min(due))
            for agent in self.agents.values():
                agent.tick(self.now)
            self.settle()
        self.now = until

    def seen(self, here: Address) -> list[Event]:
        """The events of one agent since the last look."""
        self.settle()
        taken, self.events[here] = self.events[here], []
        return taken

    def words(self) -> list[str]:
        """What went over the wire, as `INVITE` or `200 INVITE`."""
        found = []
        for _, packet in self.log:
            message = parse(packet.data)
            found.append(
                message.method
                if hasattr(message, "method")
                else f"{message.status} {message.header('CSeq').split()[1]}"
            )
        self.log.clear()
        return found


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture(scope="session")
def new_net() -> type[Net]:
    return Net


@pytest.fixture(scope="session")
def counted() -> type[Counted]:
    return Counted


SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=sendrecv\r\n"
)


class Script:
    """The other side of one agent in the test's own words: it writes every packet and sees every packet."""

    HERE = Address("udp", "10.0.0.9", 5060)

    def __init__(self, net: Net, name: str = "phone", **settings: object) -> None:
        self.net = net
        self.agent, self.address = net.agent(name, **settings)
        self.number = 0
        self.branches = count(1)

    def sent(self, method: str = "") -> list[Request]:
        """The requests of the agent since the last look; only those of `method` are kept."""
        found = [parse(packet.data) for packet in self.agent.take_outgoing() if packet.data.strip()]
        self.answers = [m for m in found if isinstance(m, Response)]
        return [m for m in found if isinstance(m, Request) and method in {"", m.method}]

    def one(self, method: str) -> Request:
        (found,) = self.sent(method)
        return found

    def answered(self) -> list[Response]:
        self.sent()
        return self.answers

    def statuses(self) -> list[int]:
        return [answer.status for answer in self.answered()]

    def events(self) -> list[Event]:
        return self.agent.take_events()

    def reply(
        self,
        asked: Request,
        status: int,
        body: str = "",
        *,
        tag: str = "bt",
        extra: tuple[tuple[str, str], ...] = (),
        contact: str = "sip:bob@10.0.0.9",
    ) -> None:
        to = asked.header("To")
        headers = [(n, v) for n, v in asked.headers if n in {"Via", "From", "Call-ID", "CSeq"}]
        headers += [("To", to if "tag=" in to or not tag else f"{to};tag={tag}")]
        headers += [("Contact", f"<{contact}>")] if contact else []
        headers += [("Content-Type", "application/sdp")] if body else []
        data = bytes(Response((*headers, *extra), body.encode(), status, "x"))
        self.agent.receive(data, self.HERE, self.net.now)

    def ask(
        self,
        method: str,
        body: str = "",
        *,
        to_tag: str = "",
        from_tag: str = "at",
        call_id: str = "c1",
        extra: str = "",
        kind: str = "application/sdp",
        number: int = 0,
        source: Address | None = None,
    ) -> None:
        """A request of the other side; `extra` holds whole header lines."""
        self.number = number or self.number + 1
        to = f";tag={to_tag}" if to_tag else ""
        kind_line = f"Content-Type: {kind}\r\n" if body else ""
        contact = "" if "Contact:" in extra else "Contact: <sip:alice@10.0.0.9>\r\n"
        data = (
            f"{method} sip:phone@10.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKs{next(self.branches)}\r\n"
            f"From: <sip:alice@10.0.0.9>;tag={from_tag}\r\nTo: <sip:phone@10.0.0.1>{to}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {self.number} {method}\r\n{contact}{extra}{kind_line}"
            f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )
        self.agent.receive(data.encode(), source or self.HERE, self.net.now)

    def dial(self, *, account: Account | None = None, **more: object) -> tuple[LegId, Request]:
        """A call of the agent's, and its INVITE."""
        target = Uri("sip", "bob", "10.0.0.9")
        mine = audio("10.0.0.1", 4000)
        leg = self.agent.invite(target, mine, self.net.now, account=account, **more)  # type: ignore[arg-type]  # test shorthand
        return leg, self.one("INVITE")

    def up(self, extra: tuple[tuple[str, str], ...] = (), **more: object) -> LegId:
        """A call of the agent's that is answered."""
        leg, invite = self.dial(**more)  # type: ignore[arg-type]  # test shorthand
        self.reply(invite, 200, SDP, extra=extra)
        self.sent()
        self.events()
        return leg

    def called(self, extra: str = "", body: str = SDP) -> LegId:
        """A call of the other side that arrived."""
        self.ask("INVITE", body, extra=extra)
        (arrived,) = [event for event in self.events() if isinstance(event, CallArrived)]
        return arrived.leg

    def taken(self, extra: str = "") -> tuple[LegId, str]:
        """A call of the other side that is up, and our tag in it."""
        leg = self.called(extra)
        self.agent.answer(leg, audio("10.0.0.1", 4000), self.net.now)
        tag = parse_name_addr(self.answered()[-1].header("To")).tag
        self.ask("ACK", to_tag=tag, number=self.number)
        self.sent()
        self.events()
        return leg, tag

    def later(self, seconds: float) -> None:
        """Let time pass without taking what the agent sends."""
        until = self.net.now + seconds
        while (due := self.agent.deadline) is not None and due <= until:
            self.net.now = max(self.net.now, due)
            self.agent.tick(self.net.now)
        self.net.now = until


@pytest.fixture
def script(net: Net) -> Callable[..., Script]:
    return lambda **settings: Script(net, **settings)


@pytest.fixture
async def centre() -> AsyncIterator[Centre]:
    """Our server among real programs."""
    made = Centre()
    yield made
    await made.transport.close()


@pytest.fixture
async def kit(tmp_path: Path) -> AsyncIterator[Run]:
    """The real programs."""
    async for run in run_kit(tmp_path):
        yield run
