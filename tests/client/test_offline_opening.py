"""Without the server a desktop opens from its copies, works on, and is itself again when it is back."""

from __future__ import annotations

import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_desktop.client import remembered
from agent_desktop.client.copies import FOLDER
from agent_desktop.client.news import RequestEnded
from agent_desktop.client.offline import Offline
from agent_desktop.client.outside import RealOutside
from agent_desktop.client.runtime import Runtime
from agent_desktop.client.unsent import UnsentFile
from agent_desktop.wire import commands as c
from agent_desktop.wire import events as e
from agent_desktop.wire import models as m
from tests.client.fakes import PASSWORD, FakeCentre
from tests.client.ports import free_port

THREAD = m.ConversationModel(id="v1", medium="email", customer="c1", customer_name="Amina Yusuf")
WORK = m.InteractionModel(
    id="i1", medium="email", state="active", agent="a7", customer="c1", conversation="v1", queue="support"
)
FIRST = m.MessageModel(
    id="m1", conversation="v1", medium="email", direction="in", at=1.0, text="Where is it?"
)


class Computer:
    """A desktop as it is opened, without its window."""

    def __init__(self, data: Path, port: int) -> None:
        self.woken = threading.Event()
        self.server = f"http://127.0.0.1:{port}"
        self.outside = RealOutside(program="test", data=data, wake=self.woken.set, use_keyring=False)
        unsent = UnsentFile(data / "unsent.db", self.outside.post)
        self.runtime = Runtime(self.outside, offline=Offline(data, unsent, post=self.outside.post))
        self.ended: list[Any] = []
        self.runtime.subscribe(self._heard)

    def _heard(self, news: tuple[Any, ...]) -> None:
        self.ended += [one.asked for one in news if isinstance(one, RequestEnded)]

    def until(self, condition: Callable[[], object], within_s: float = 30.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline
            self.woken.wait(0.02)
            self.woken.clear()
            self.runtime.pump()

    def sign_in(self, password: str = PASSWORD) -> None:
        self.runtime.sign_in(server=self.server, user="mateo", password=password, remember=None)
        self.until(lambda: not self.runtime.signing_in)

    def answer(self, query: c.AnyCommand) -> Any:
        request = self.runtime.ask(query)
        self.until(lambda: any(asked.id == request for asked in self.ended))
        return next(asked for asked in self.ended if asked.id == request)

    @property
    def states(self) -> list[str]:
        return [act.state for act in self.runtime.store.unsent.values()]


@pytest.fixture
def place(centre: FakeCentre, tmp_path: Path) -> tuple[Path, int]:
    """A data folder whose phone runs already, and the port of a router that comes and goes."""
    del centre
    return tmp_path, free_port()


def worked(data: Path, port: int) -> None:
    """A shift with the server: one conversation in hand, and the end of the program."""
    router = FakeCentre(port)
    computer = Computer(data, port)
    computer.sign_in()
    computer.until(lambda: computer.runtime.store.synced)
    router.say(
        e.InteractionChanged(interaction=WORK),
        e.ConversationChanged(conversation=THREAD),
        e.MessageChanged(message=FIRST),
    )
    computer.until(lambda: computer.runtime.store.replica.messages.get("v1"))
    computer.runtime.close()
    router.close()


def test_it_opens_signed_in_from_the_copies_reads_writes_and_sends_once_when_the_server_is_back(
    place: tuple[Path, int],
) -> None:
    data, port = place
    worked(data, port)
    computer = Computer(data, port)
    computer.sign_in()
    computer.until(lambda: computer.runtime.store.synced)
    store = computer.runtime.store
    assert store.connection.state == "lost"
    assert store.offline_since > 0
    assert store.replica.me.name == "Mateo Ruiz"
    assert store.replica.interactions == {"i1": WORK}
    assert [t.message for t in computer.answer(c.FetchTimeline(conversation="v1")).result.timeline] == [FIRST]
    assert computer.answer(c.FetchCustomer(customer="c1")).result.customer.name == "Amina Yusuf"
    assert computer.answer(c.Watch(scope="all")).code == "offline"  # nobody waits for what is not asked
    computer.runtime.ask(c.AddNote(message="n1", conversation="v1", text="He waits."))
    computer.until(lambda: computer.states == ["waiting"])
    computer.runtime.close()  # and again without the server

    computer = Computer(data, port)
    computer.sign_in()
    computer.until(lambda: computer.runtime.store.synced)
    assert computer.states == ["waiting"]
    assert [asked.state for asked in computer.runtime.store.asked.values()] == ["waiting"]
    router = FakeCentre(port)
    router.say(e.InteractionChanged(interaction=WORK), e.ConversationChanged(conversation=THREAD))
    computer.runtime.retry()
    computer.until(lambda: computer.runtime.store.connection.state == "online")
    computer.until(lambda: not computer.runtime.store.unsent)
    assert computer.runtime.session is not None
    assert computer.runtime.session.token
    assert computer.runtime.store.offline_since == 0.0
    notes = [x for x in router.acted if isinstance(x, c.AddNote)]
    assert notes == [c.AddNote(message="n1", conversation="v1", text="He waits.")]
    computer.until(lambda: any(x.id == "n1" for x in computer.runtime.store.replica.messages["v1"]))
    computer.runtime.close()
    router.close()


def test_only_who_signed_in_here_with_this_password_opens_the_copies(place: tuple[Path, int]) -> None:
    data, port = place
    worked(data, port)
    (door,) = (data / FOLDER).glob("*.door")
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    assert PASSWORD.encode() not in door.read_bytes()
    computer = Computer(data, port)
    computer.sign_in("another password")
    assert computer.runtime.session is None
    assert "cannot be reached" in computer.runtime.sign_in_error
    computer.runtime.close()


def test_who_signs_out_cannot_open_them_any_more(place: tuple[Path, int]) -> None:
    data, port = place
    router = FakeCentre(port)
    computer = Computer(data, port)
    computer.sign_in()
    computer.until(lambda: computer.runtime.store.synced)
    assert list((data / FOLDER).glob("*.door"))
    computer.runtime.sign_out()
    computer.until(lambda: not list((data / FOLDER).glob("*.door")))
    computer.runtime.close()
    router.close()


def test_a_password_that_was_changed_meanwhile_ends_the_work_and_what_waits_is_kept(
    place: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, port = place
    worked(data, port)
    computer = Computer(data, port)
    computer.sign_in()
    computer.until(lambda: computer.runtime.store.synced)
    computer.runtime.ask(c.AddNote(message="n1", conversation="v1", text="He waits."))
    computer.until(lambda: computer.states == ["waiting"])
    monkeypatch.setattr("tests.client.fakes.PASSWORD", "a new one")
    router = FakeCentre(port)
    computer.runtime.retry()
    computer.until(lambda: computer.runtime.session is None)
    assert "wrong" in computer.runtime.sign_in_error
    assert computer.runtime.store.unsent == {}
    computer.sign_in("a new one")
    computer.until(lambda: [x for x in router.acted if isinstance(x, c.AddNote)])
    computer.runtime.close()
    router.close()


def test_a_verifier_opens_for_one_person_one_server_and_one_password(tmp_path: Path) -> None:
    remembered.remember(tmp_path, "https://a.example", "ana", "correct horse", "a7")
    assert remembered.opens(tmp_path, "https://a.example/", "Ana", "correct horse") == "a7"
    assert remembered.opens(tmp_path, "https://a.example", "ana", "correct") == ""
    assert remembered.opens(tmp_path, "https://a.example", "ben", "correct horse") == ""
    assert remembered.opens(tmp_path, "https://b.example", "ana", "correct horse") == ""
    remembered.forget(tmp_path, "https://a.example", "ana")
    assert remembered.opens(tmp_path, "https://a.example", "ana", "correct horse") == ""
