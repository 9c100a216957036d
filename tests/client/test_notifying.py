"""Notifications over a real session bus (dbus-daemon), to a server that keeps what it is shown."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jeepney import MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import Proxy, open_dbus_connection

from agent_desktop.client.notifying import CRITICAL, NAME, Notification, Notifications

PATIENCE_S = 30.0


class Server:
    """A notification server on the bus: what it was asked is in `asked`."""

    def __init__(
        self, *, capabilities: tuple[str, ...] = ("body", "body-markup"), refuses: bool = False
    ) -> None:
        self.asked: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()
        self._capabilities, self._refuses = list(capabilities), refuses
        self._number = 40
        self._bus = open_dbus_connection("SESSION")
        Proxy(message_bus, self._bus).RequestName(NAME)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    self._answer(message)
        except (OSError, ConnectionError, ValueError):
            return

    def _answer(self, message: Any) -> None:
        member = message.header.fields[3]
        if member == "GetCapabilities":
            self._bus.send(new_method_return(message, "as", (self._capabilities,)))
            return
        self.asked.put((member, message.body))
        if self._refuses:
            self._bus.send(new_error(message, "org.example.No"))
        elif member == "Notify":
            self._number = message.body[1] or self._number + 1
            self._bus.send(new_method_return(message, "u", (self._number,)))
        else:
            self._bus.send(new_method_return(message))

    def next(self) -> tuple[str, tuple[Any, ...]]:
        return self.asked.get(timeout=PATIENCE_S)

    def close(self) -> None:
        self._bus.close()


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    program = shutil.which("dbus-daemon")
    assert program is not None, "dbus-daemon belongs to the tools of the tests"
    address = f"unix:path={tmp_path}/bus"
    daemon = subprocess.Popen(
        [program, "--session", "--nofork", "--print-address", f"--address={address}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    daemon.stdout.readline()  # it listens
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    yield
    daemon.terminate()
    daemon.wait(PATIENCE_S)
    daemon.stdout.close()


Made = Callable[[], tuple[Notifications, "queue.SimpleQueue[Notification]"]]


@pytest.fixture
def made() -> Iterator[Made]:
    opened: list[Notifications] = []

    def make() -> tuple[Notifications, queue.SimpleQueue[Notification]]:
        otherwise: queue.SimpleQueue[Notification] = queue.SimpleQueue()
        opened.append(Notifications("Agent desktop", otherwise.put))
        return opened[-1], otherwise

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def server(bus: None) -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


def test_what_rings_is_shown_replaced_and_taken_away(server: Server, made: Made) -> None:
    notifications, _otherwise = made()
    notifications.show(Notification("o1", "Lena Brandt", "Incoming call from Lena Brandt", urgent=True))
    member, body = server.next()
    assert (member, body[0], body[1], body[3], body[4]) == (
        "Notify", "Agent desktop", 0, "Lena Brandt", "Incoming call from Lena Brandt",
    )  # fmt: skip
    assert body[6]["urgency"] == ("y", CRITICAL)
    assert body[6]["suppress-sound"] == ("b", True)
    notifications.show(Notification("o1", "Lena Brandt", "waited longer"))
    assert server.next()[1][1] == 41  # the same one
    notifications.withdraw("o1")
    assert server.next() == ("CloseNotification", (41,))
    notifications.withdraw("o1")  # it is gone: nothing is asked
    notifications.show(Notification("o2", "Ben"))
    assert server.next()[1][3] == "Ben"


def test_what_comes_from_outside_is_text_where_the_server_reads_markup(server: Server, made: Made) -> None:
    notifications, _otherwise = made()
    notifications.show(Notification("m", "New message", '<a href="http://evil">click</a> & more' + "x" * 900))
    body = server.next()[1][4]
    assert body.startswith('&lt;a href="http://evil"&gt;click&lt;/a&gt; &amp; more')
    assert len(body) < 400


def test_a_server_without_markup_gets_the_words_as_they_are(bus: None, made: Made) -> None:
    one = Server(capabilities=("body",))
    notifications, _otherwise = made()
    notifications.show(Notification("m", "New message", "1 < 2"))
    assert one.next()[1][4] == "1 < 2"
    one.close()


def test_the_end_takes_away_what_is_shown(server: Server, made: Made) -> None:
    notifications, _otherwise = made()
    notifications.show(Notification("o1", "Lena"))
    server.next()
    notifications.close()
    assert server.next() == ("CloseNotification", (41,))


@pytest.mark.parametrize("refuses", [True, False], ids=["refused", "nobody"])
def test_what_nobody_takes_is_given_back_for_the_tray(bus: None, made: Made, *, refuses: bool) -> None:
    one = Server(refuses=True) if refuses else None
    notifications, otherwise = made()
    notifications.show(Notification("o1", "Lena"))
    assert otherwise.get(timeout=PATIENCE_S) == Notification("o1", "Lena")
    if one is not None:
        one.close()


def test_without_a_bus_nothing_breaks(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path=/nowhere/{os.getpid()}")
    notifications, otherwise = made()
    notifications.show(Notification("o1", "Lena"))
    assert otherwise.get(timeout=PATIENCE_S).title == "Lena"
    notifications.withdraw("o1")
