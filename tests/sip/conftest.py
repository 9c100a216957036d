"""A network without sockets: user agents, a manual clock, and a wire that can lose packets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from agent_desktop.sip.accounts import Settings
from agent_desktop.sip.address import Address, Outgoing
from agent_desktop.sip.events import Event
from agent_desktop.sip.parser import parse
from agent_desktop.sip.session import UserAgent


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
