"""How soon an event is a line in the terminal, and how soon a verb is answered, with the real programs.

A demo centre without customers and screens; an agent at `agent-desktop text` on a pseudo-terminal, and a
supervisor at a bare websocket who changes the agent's state.  The clock runs from the supervisor's command to
the whole line, on both sides from the same command: the other side is the router's answer at the websocket.
A verb that asks nobody (`time`) is compared with a program that reads a line and prints one.

Goal G22: the line of an event within 300 ms at the 95th percentile.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import httpx
import msgspec
from websockets.sync.client import ClientConnection, connect

from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError
from agent_desktop.wire import commands
from agent_desktop.wire.codec import AGENT_LINK, Hello, Ping, Pong, Request, encode_body, envelop
from agent_desktop.wire.events import Reply

BASE_PORT: Final = 26480
ROUNDS: Final = 60
GOAL_MS: Final = 300.0
_UP_S: Final = 90.0
_PATIENCE_S: Final = 10.0
_PLAIN: Final = "import sys\nfor line in sys.stdin: print('Time: ' + line, end='', flush=True)\n"
_ENVIRONMENT: Final = {"TERM": "dumb", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def run(rounds: int = ROUNDS) -> list[Result]:
    """Measure events and verbs."""
    with tempfile.TemporaryDirectory(prefix="bench-text-") as folder, _demo(Path(folder)) as centre:
        agent, lead = (next(u for u in centre["users"] if u["role"] == r) for r in ("agent", "supervisor"))
        _token, whose = _sign_in(centre["http"], agent)  # before the terminal: the last sign-in stays
        with _terminal(Path(folder), centre["http"], agent) as terminal:
            terminal.until("registered as")
            events, answers = _events(centre["http"], lead, whose, terminal, rounds)
            verbs = [terminal.ask("time\r", "Time: ") for _ in range(rounds)]
    with Terminal([sys.executable, "-c", _PLAIN]) as plain:
        plain.ask("warm\r", "Time: ")
        plains = [plain.ask("12:00\r", "Time: ") for _ in range(rounds)]
    return [
        *_results("event to line", events, "the router's answer at a bare websocket", answers),
        *_results("verb to answer", verbs, "a program that prints what it reads", plains),
    ]


def _results(what: str, times_ms: list[float], against: str, others_ms: list[float]) -> list[Result]:
    figures = (("median", statistics.median), ("95th percentile", _p95))
    return [
        Result(
            metric=f"{what}, {name} of {len(times_ms)}",
            value=figure(times_ms),
            unit="ms",
            against=against,
            against_value=figure(others_ms),
            goal=f"at most {GOAL_MS:.0f} ms",
            met=figure(times_ms) <= GOAL_MS,
        )
        for name, figure in figures
    ]


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]


class Terminal:
    """A program at the far end of a pseudo-terminal."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        self._master, far = os.openpty()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=far, stdout=far, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        os.close(far)
        self._seen = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(15)
        self._process.kill()
        os.close(self._master)

    def until(self, text: str, within_s: float = _PATIENCE_S * 3) -> float:
        """Wait for a line with this text; gives when it was whole."""
        wanted, end = text.encode(), time.monotonic() + within_s
        while (place := self._seen.find(wanted)) < 0 or b"\n" not in self._seen[place:]:
            left = end - time.monotonic()
            if left <= 0 or self._process.poll() is not None:
                said = self._seen[-500:].decode(errors="replace")
                raise AgentDesktopError(f"The terminal never said {text!r}: {said}")
            if select.select([self._master], [], [], min(left, 0.5))[0]:
                with contextlib.suppress(OSError):  # Linux says so when the program is gone
                    self._seen += os.read(self._master, 65536)
        now = time.monotonic()
        self._seen = self._seen[self._seen.index(b"\n", place) + 1 :]
        return now

    def ask(self, keys: str, answer: str) -> float:
        """Press keys; gives how long the answer took, in ms."""
        began = time.monotonic()
        os.write(self._master, keys.encode())
        return 1000 * (self.until(answer) - began)


def _terminal(folder: Path, server: str, user: dict[str, Any]) -> Terminal:
    password = folder / "password"
    password.write_text(user["password"], "utf-8")
    return Terminal(
        [sys.executable, "-m", "agent_desktop", "text", "--server", server, "--user", user["user"],
         "--password-file", str(password), "--data", str(folder / "agent")], _ENVIRONMENT,
    )  # fmt: skip


@contextlib.contextmanager
def _demo(folder: Path) -> Iterator[dict[str, Any]]:
    """A centre of its own; gives what it says of itself."""
    command = [
        *(sys.executable, "-m", "agent_desktop", "demo", "--headless", "--no-customers"),
        *("--data", str(folder / "demo"), "--base-port", str(BASE_PORT)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        said = process.stdout
        if said is None or not select.select([said], [], [], _UP_S)[0] or not (line := said.readline()):
            raise AgentDesktopError("The demo centre did not start.")
        yield json.loads(line)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()
        if process.stdout is not None:
            process.stdout.close()


def _events(
    server: str, lead: dict[str, Any], whose: str, terminal: Terminal, rounds: int
) -> tuple[list[float], list[float]]:
    """The times of the lines, and of the router's answers, to the same commands."""
    lines: list[float] = []
    answers: list[float] = []
    token, _me = _sign_in(server, lead)
    url = server.replace("http", "ws", 1) + "/ws/agent"
    with connect(url, compression=None, proxy=None) as socket:
        socket.send(envelop(encode_body(Hello(protocol=1, token=token))), text=True)
        socket.recv()
        socket.recv()
        for number in range(rounds + 1):  # the first warms up
            state, reason = ("not_ready", "break") if number % 2 else ("ready", "")
            began = time.monotonic()
            answered = _ask(
                socket, f"bench-{number}", commands.SetAgentState(agent=whose, state=state, reason=reason)
            )
            line = terminal.until("State: ")
            if number:
                answers.append(1000 * (answered - began))
                lines.append(1000 * (line - began))
    return lines, answers


def _sign_in(server: str, user: dict[str, Any]) -> tuple[str, str]:
    body = {"user": user["user"], "password": user["password"]}
    answer = httpx.post(f"{server}/api/v1/sessions", json=body, trust_env=False).raise_for_status().json()
    return answer["token"], answer["agent"]


def _ask(socket: ClientConnection, request: str, command: commands.AnyCommand) -> float:
    """Send a command; gives when its answer was there."""
    asked = Request(id=request, command=msgspec.Raw(encode_body(command)))
    socket.send(envelop(encode_body(asked)), text=True)
    end = time.monotonic() + _PATIENCE_S
    while (left := end - time.monotonic()) > 0:
        _seq, body = AGENT_LINK.decode(socket.recv(left))
        match body:
            case Ping():
                socket.send(envelop(encode_body(Pong())), text=True)
            case Reply() if body.request == request:
                if not body.ok:
                    raise AgentDesktopError(f"The state was not set: {body.message}")
                return time.monotonic()
            case _:
                pass
    raise AgentDesktopError("The router did not answer.")
