"""One demo for the tests of a worker; agents, customers and their telephones, all ended after use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.channels.email import conftest as mail_peers

from . import listening, places
from .agent import AgentInText
from .peers import Baresip, SippCall
from .programs import Bare, Centre, Demo, exists, until
from .telephone import Telephone

# A real Dovecot, and the mails of the corpora, as the mail channel's own tests have them.
dovecot = mail_peers.dovecot
mails = mail_peers.mails


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Ports for Dovecot."""
    return places.block


_DEMOS: list[tuple[Demo, list[str]]] = []
"""The demo that is up, and the errors that were told of it."""


def _say_errors() -> None:
    for made, told in _DEMOS:
        new = made.errors()[len(told) :]
        told.extend(new)
        assert new == []


@pytest.fixture(scope="module", autouse=True)
def _whose_errors() -> Iterator[None]:
    """An error in the demo's logs fails the file in which it came, not what ran last."""
    yield
    _say_errors()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`agent-desktop demo --headless --no-customers`, up until the last test."""
    made = Demo(tmp_path_factory.mktemp("e2e") / "demo", places.block())
    _DEMOS.append((made, []))
    try:
        yield made
    finally:
        switch, router = made.switch_pid, made.router_pid
        made.stop()
        until(lambda: not exists(switch) and not exists(router), 30, "the demo left a child")
    _say_errors()
    _DEMOS.clear()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    """A router and its switch without the demo: they may be killed."""
    made = Bare(tmp_path_factory.mktemp("bare") / "data", places.block())
    yield made
    made.stop()


@pytest.fixture(scope="session")
def agent_voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an agent says: a tone."""
    return listening.voice(tmp_path_factory.mktemp("voice") / "agent.wav", listening.AGENT_HZ)


@pytest.fixture
def text(tmp_path: Path, agent_voice: Path) -> Iterator[Callable[..., AgentInText]]:
    """Starts agents in text mode."""
    with ExitStack() as ends:

        def start(centre: Centre, user: str = "mateo") -> AgentInText:
            one = AgentInText(centre, user, tmp_path / user, agent_voice)
            ends.callback(one.end)
            return one

        yield start


@pytest.fixture
def sipp(tmp_path: Path) -> Iterator[Callable[..., SippCall]]:
    """Starts calls of SIPp."""
    started: list[SippCall] = []

    def start(centre: Centre, number: str, seconds: float) -> SippCall:
        started.append(SippCall(centre.sip, number, tmp_path / f"sipp{len(started)}", seconds))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def baresip(tmp_path: Path) -> Iterator[Callable[..., Baresip]]:
    """Starts baresip."""
    with ExitStack() as ends:

        def start(centre: Centre) -> Baresip:
            one = Baresip(centre.sip, tmp_path)
            ends.callback(one.stop)
            return one

        yield start


@pytest.fixture
def telephone() -> Iterator[Callable[..., Telephone]]:
    """Starts callers of our own, who measure."""
    with ExitStack() as ends:

        def start(centre: Centre, number: str, caller: str = "+4940777001") -> Telephone:
            one = Telephone(centre.sip, number, caller)
            ends.callback(one.close)
            return one

        yield start
