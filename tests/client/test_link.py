"""The link over a real websocket: cut it where you like, the store ends equal and commands act once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.client.outside import RealOutside
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.session import SignInError, tidy_server
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from agent_desktop.wire import phone as p
from agent_desktop.wire.replica import from_snapshot
from tests.client.fakes import PASSWORD, FakeCentre
from tests.client.small_centre import snapshot_of


class Client:
    """A runtime over real sockets, pumped by the test."""

    def __init__(self, data: Path) -> None:
        self.woken = threading.Event()
        self.outside = RealOutside(program="test", data=data, wake=self.woken.set, use_keyring=False)
        self.runtime = Runtime(self.outside)
        self.news: list[Any] = []
        self.runtime.subscribe(self.news.extend)

    def until(self, condition: Callable[[], object], within_s: float = 25.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline
            self.woken.wait(0.05)
            self.woken.clear()
            self.runtime.pump()

    def sign_in(self, centre: FakeCentre, password: str = PASSWORD) -> None:
        self.runtime.sign_in(server=centre.server, user="mateo", password=password, remember=None)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path)
    yield made
    made.runtime.close()


def test_signing_in_connects_both_links(centre: FakeCentre, client: Client) -> None:
    client.sign_in(centre)
    client.until(lambda: client.runtime.store.phone.registration.state == "registered")
    client.until(lambda: client.runtime.store.synced)
    assert client.runtime.store.replica.me.name == "Mateo Ruiz"
    client.until(lambda: any(isinstance(x, p.SetAccount) for x in centre.phone_commands))


def test_the_phone_is_there_before_the_sign_in_and_is_given_its_account_then(
    centre: FakeCentre, client: Client
) -> None:
    client.runtime.attach()
    client.until(lambda: client.runtime.store.phone.connection.state == "online")
    assert not [x for x in centre.phone_commands if isinstance(x, p.SetAccount)]
    client.sign_in(centre)
    client.until(lambda: any(isinstance(x, p.SetAccount) for x in centre.phone_commands))


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("wrong", "The user name or the password is wrong. Check both and try again."),
        ("slow down", "Too many tries. Wait 30 seconds, then try again."),
        ("", "Type your user name and your password."),
    ],
)
def test_a_refused_sign_in_says_why(centre: FakeCentre, client: Client, password: str, sentence: str) -> None:
    client.sign_in(centre, password)
    client.until(lambda: client.runtime.sign_in_error)
    assert client.runtime.sign_in_error == sentence
    assert client.runtime.session is None


def test_a_server_that_is_not_there_is_a_sentence(client: Client) -> None:
    client.runtime.sign_in(server="http://127.0.0.1:21699", user="m", password="x", remember=None)
    client.until(lambda: client.runtime.sign_in_error)
    assert "cannot be reached" in client.runtime.sign_in_error


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 5, 8])
def test_cut_after_any_frame_the_store_ends_equal_and_commands_act_once(
    centre: FakeCentre, client: Client, frames: int
) -> None:
    client.sign_in(centre)
    client.until(lambda: client.runtime.store.synced)
    first = centre.connections
    centre.cut_after = frames
    asked = [client.runtime.ask(c.SetNotReady(reason="lunch")), client.runtime.ask(c.SetReady())]
    for n in range(12):
        centre.say(e.QueueChanged(queue=m.QueueModel(id="support", waiting=n)))
    client.until(lambda: centre.connections > first)
    client.until(lambda: not client.runtime.store.asked)
    centre.say(e.QueueChanged(queue=m.QueueModel(id="billing", waiting=99)))
    client.until(lambda: "billing" in client.runtime.store.replica.queues)
    assert client.runtime.store.replica == from_snapshot(snapshot_of(centre.truth))
    acted = [x for x in centre.acted if isinstance(x, c.SetReady | c.SetNotReady)]
    assert acted == [c.SetNotReady(reason="lunch"), c.SetReady()]
    ended = [n.asked.id for n in client.news if type(n).__name__ == "RequestEnded"]
    assert [x for x in ended if x in asked] == asked


def test_a_command_given_while_away_is_sent_on_return(centre: FakeCentre, client: Client) -> None:
    client.sign_in(centre)
    client.until(lambda: client.runtime.store.synced)
    centre.cut()
    client.until(lambda: client.runtime.store.connection.state == "lost")
    request = client.runtime.ask(c.SetReady())
    client.until(lambda: request not in client.runtime.store.asked)
    assert centre.acted.count(c.SetReady()) == 1


@pytest.mark.parametrize("text", ["", "::", "ftp://x", "http://", "http://x:99999"])
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    with pytest.raises(SignInError, match="not the address"):
        tidy_server(text)


def test_an_address_is_made_whole() -> None:
    assert tidy_server(" desk.example.com/ ") == "https://desk.example.com"
    assert tidy_server("127.0.0.1:8080") == "http://127.0.0.1:8080"
