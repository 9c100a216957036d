"""How soon a screen reader hears of a ring and of a message, on the accessibility bus.

The desktop runs on a virtual screen over a made-up router; this process listens to AT-SPI as a screen reader
does.  From the moment when an event comes into the client until the announcement is on the bus; against the
announcement alone, without client and view-models.  Polite sentences wait for the pause between two (1.5 s);
here nothing else is being said.

Goal (issue 6, G17): at most 500 ms.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from agent_desktop.bench.result import Result
from agent_desktop.bench.startup import screen
from agent_desktop.errors import AgentDesktopError

ROUNDS: Final = 20
POLITE_ROUNDS: Final = 6
GOAL_MS: Final = 500.0
READY: Final = "ready"
_CHILD: Final = "agent_desktop.bench._announce_child"
_PAUSE_S: Final = 1.7  # longer than the pause between two polite sentences
_PATIENCE_S: Final = 20.0
_LAUNCHER: Final = "/usr/libexec/at-spi-bus-launcher"
_RULE: Final = "type='signal',interface='org.a11y.atspi.Event.Object',member='Announcement'"


def run() -> list[Result]:
    """Let it ring and write, and listen."""
    with (
        tempfile.TemporaryDirectory(prefix="agent-desktop-bench-") as folder,
        _bus(Path(folder)) as environment,
        contextlib.closing(Ears(environment["AT_SPI_BUS_ADDRESS"])) as ears,
        _child(Path(folder), environment) as child,
    ):
        ears.wait_for(child)
        bare = [ears.delay_ms(child, "bare") for _round in range(ROUNDS)]
        rings = [ears.delay_ms(child, "ring") for _round in range(ROUNDS)]
        written = []
        for _round in range(POLITE_ROUNDS):
            time.sleep(_PAUSE_S)
            written.append(ears.delay_ms(child, "message"))
    alone = statistics.median(bare)
    return [_row("ring", rings, alone), _row("message", written, alone)]


def _row(name: str, delays_ms: list[float], alone_ms: float) -> Result:
    worst = max(delays_ms)
    return Result(
        metric=f"{name} until it is on the bus, slowest of {len(delays_ms)}",
        value=worst,
        unit="ms",
        against="the announcement alone, median",
        against_value=alone_ms,
        goal=f"at most {GOAL_MS:.0f} ms",
        met=worst <= GOAL_MS,
    )


class Ears:
    """Listens on the accessibility bus."""

    def __init__(self, address: str) -> None:
        import jeepney
        from jeepney.io.blocking import open_dbus_connection

        self._bus = open_dbus_connection(bus=address)
        self._bus.send_and_get_reply(jeepney.message_bus.AddMatch(_RULE))

    def _register(self) -> None:
        """Say that announcements are wanted, to the registry that is there now."""
        import jeepney

        registry = jeepney.DBusAddress(
            "/org/a11y/atspi/registry", "org.a11y.atspi.Registry", "org.a11y.atspi.Registry"
        )
        wanted = jeepney.new_method_call(registry, "RegisterEvent", "sass", ("object:announcement", [], ""))
        self._bus.send_and_get_reply(wanted)

    def wait_for(self, child: subprocess.Popen[str]) -> None:
        """Wait until the window knows that somebody listens: before that, a toolkit tells the bus nothing.

        On a busy machine the launcher and the bus each start a registry, and the one that was told goes away.
        """
        until = time.monotonic() + _PATIENCE_S
        self._register()
        while self._heard_ms(child, "bare", patience_s=1.0) is None:
            if time.monotonic() > until:
                raise AgentDesktopError("The window never told the accessibility bus anything.")
            self._register()

    def delay_ms(self, child: subprocess.Popen[str], what: str) -> float:
        """Have something happen and give the milliseconds until its announcement is on the bus."""
        heard = self._heard_ms(child, what, patience_s=_PATIENCE_S)
        if heard is None:
            raise AgentDesktopError(f"Nobody heard the announcement of a {what} within {_PATIENCE_S:.0f} s.")
        return heard

    def _heard_ms(self, child: subprocess.Popen[str], what: str, *, patience_s: float) -> float | None:
        _pipe(child.stdin).write(f"{what}\n")
        _pipe(child.stdin).flush()
        until = time.monotonic() + patience_s
        told: dict[str, Any] = json.loads(_pipe(child.stdout).readline())
        with contextlib.suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                message = self._bus.receive(timeout=left)
                if told["words"] in str(message.body):
                    return (time.monotonic() - float(told["at"])) * 1000
        return None

    def close(self) -> None:
        """Listen no more."""
        self._bus.close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise AgentDesktopError("The child has no pipe.")
    return pipe


@contextlib.contextmanager
def _bus(folder: Path) -> Iterator[dict[str, str]]:
    """Give the environment of a screen with a D-Bus session and the accessibility bus."""
    if not Path(_LAUNCHER).exists():
        raise AgentDesktopError("The accessibility bus is not there: install at-spi2-core, dbus and xvfb.")
    words = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with screen() as shown, subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as daemon:  # noqa: S603 - fixed
        address = _pipe(daemon.stdout).readline().strip()
        environment = {
            **shown, "DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": str(folder),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        }  # fmt: skip
        if "DISPLAY" in shown:
            environment["QT_QPA_PLATFORM"] = "xcb"  # drawing in memory, Qt tells no bus anything
        launched = [_LAUNCHER, "--launch-immediately"]
        with subprocess.Popen(launched, env=environment, stderr=subprocess.DEVNULL) as launcher:  # noqa: S603 - fixed
            try:
                # Named outright: the window and this process are on one bus.
                yield {**environment, "AT_SPI_BUS_ADDRESS": _accessibility_bus(address)}
            finally:
                launcher.terminate()
                daemon.terminate()


def _accessibility_bus(session: str) -> str:
    """Give the address of the accessibility bus, once its launcher is there.

    Who asks before has D-Bus start a second launcher, and then there are two buses.
    """
    import jeepney
    from jeepney.io.blocking import open_dbus_connection

    until = time.monotonic() + _PATIENCE_S
    bus = jeepney.DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
    with open_dbus_connection(bus=session) as connection:
        while not connection.send_and_get_reply(jeepney.message_bus.NameHasOwner(bus.bus_name)).body[0]:
            if time.monotonic() > until:
                raise AgentDesktopError("The accessibility bus did not come up.")
            time.sleep(0.02)
        address: str = connection.send_and_get_reply(jeepney.new_method_call(bus, "GetAddress")).body[0]
    return address


@contextlib.contextmanager
def _child(folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", _CHILD, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment, text=True) as child:  # noqa: S603 - ours
        try:
            if _pipe(child.stdout).readline().strip() != READY:
                raise AgentDesktopError("The window did not come up.")
            yield child
        finally:
            child.kill()
