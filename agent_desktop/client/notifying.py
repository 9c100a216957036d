"""Notifications of the system while the window is away: what rings, who waits, whose turn it is.

Linux has them on the session bus (Desktop Notifications Specification 1.3, `org.freedesktop.Notifications`);
elsewhere, and where nobody serves them, the front end shows them its own way (`otherwise`).

Rules: the bus is spoken to on a thread of its own, because a bus that is asleep must not stop a window;
what comes from outside is plain text, so that markup is escaped where the server reads any; a notification
that is over is taken away.
"""

from __future__ import annotations

import contextlib
import html
import queue
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

NAME: Final = "org.freedesktop.Notifications"
PATH: Final = "/org/freedesktop/Notifications"
ICON: Final = "agent-desktop"
LONGEST: Final = 300
ANSWER_S: Final = 2.0
NORMAL, CRITICAL = 1, 2


@dataclass(frozen=True, slots=True)
class Notification:
    """What to show; a newer one of the same key replaces it.  `urgent`: it rings."""

    key: str
    title: str
    text: str = ""
    urgent: bool = False


class Notifications:
    """Shows and withdraws.  `otherwise` is called on the thread of the bus, with what nobody took."""

    def __init__(self, application: str, otherwise: Callable[[Notification], None]) -> None:
        self._application = application
        self._otherwise = otherwise
        self._orders: queue.SimpleQueue[Notification | str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def show(self, notification: Notification) -> None:
        """Show it soon; at once is not promised."""
        self._put(notification)

    def withdraw(self, key: str) -> None:
        """Take one away, if it is there."""
        if self._thread is not None:
            self._put(key)

    def close(self) -> None:
        """The end: what is shown goes away."""
        if self._thread is not None:
            self._put(None)
            self._thread.join(ANSWER_S)
            self._thread = None

    def _put(self, order: Notification | str | None) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="notifications", daemon=True)
            self._thread.start()
        self._orders.put(order)

    def _work(self) -> None:
        server = _connected(self._application)
        shown: dict[str, int] = {}
        while (order := self._orders.get()) is not None:
            if isinstance(order, str):
                number = shown.pop(order, 0)
                if server is not None and number:
                    server.withdraw(number)
                continue
            made = server.show(order, shown.get(order.key, 0)) if server is not None else 0
            if made:
                shown[order.key] = made
            else:
                self._otherwise(order)
        if server is not None:
            for number in shown.values():
                server.withdraw(number)
            server.close()


class _Server:
    """The notification server of the session bus."""

    def __init__(self, application: str) -> None:
        # Only here: jeepney is there on Linux alone.
        from jeepney import DBusAddress, new_method_call  # noqa: PLC0415
        from jeepney.io.blocking import open_dbus_connection  # noqa: PLC0415

        self._application = application
        self._call = new_method_call
        self._address = DBusAddress(PATH, bus_name=NAME, interface=NAME)
        self._bus = open_dbus_connection("SESSION")
        try:
            self._reads_markup = "body-markup" in self._ask("GetCapabilities", None, ())[0]
        except BaseException:
            self.close()
            raise

    def show(self, notification: Notification, replaces: int) -> int:
        """The number that the server gave it; 0 when it did not take it."""
        text = notification.text[:LONGEST]
        body = html.escape(text, quote=False) if self._reads_markup else text
        hints = {
            "urgency": ("y", CRITICAL if notification.urgent else NORMAL),
            "suppress-sound": ("b", True),  # the sound is the phone's
            "desktop-entry": ("s", ICON),
        }
        arguments: tuple[Any, ...] = (
            self._application,
            replaces,
            ICON,
            notification.title[:LONGEST],
            body,
            [],
            hints,
            -1,
        )
        try:
            return int(self._ask("Notify", "susssasa{sv}i", arguments)[0])
        except (OSError, TimeoutError, ValueError, RuntimeError):
            return 0

    def withdraw(self, number: int) -> None:
        """Take it away; one that is gone already is no fault."""
        with contextlib.suppress(OSError, TimeoutError, RuntimeError):
            self._ask("CloseNotification", "u", (number,))

    def close(self) -> None:
        """Leave the bus."""
        with contextlib.suppress(OSError):
            self._bus.close()

    def _ask(self, method: str, signature: str | None, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        message = self._call(self._address, method, signature, arguments)
        reply = self._bus.send_and_get_reply(message, timeout=ANSWER_S)
        if reply.header.message_type.name == "error":
            raise RuntimeError(str(reply.body))
        body: tuple[Any, ...] = reply.body
        return body


def _connected(application: str) -> _Server | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return _Server(application)
    except Exception:  # noqa: BLE001 - no library, no bus, no server, or one that answers nonsense
        return None
