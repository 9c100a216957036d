"""How late a call's packets leave while the program is busy: our pacer against asyncio, in the same run.

A child process sends one RTP stream of 20 ms for a few seconds and writes down when each packet left;
lateness is the distance from the ideal grid (start + n * 20 ms).  The work beside it is a real window of
Qt that paints all of itself again and again, on the computer's screen or a virtual one (Xvfb), or bursts of
30 ms of Python (what laying out a large mail costs), twenty times a second.  Cases:

- pacer, with the window in another process: how this program runs (phone and switch have their own);
- pacer, with the bursts on an asyncio loop in its own process: the worst case, which does not ship;
- asyncio sender, with the window in another process, and with the bursts on its own loop: what a sender in
  the window's loop would do.

Goal (references/voice, 5.1): p99 at most 1 ms while the interface is busy, on a quiet machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from agent_desktop.bench import startup
from agent_desktop.bench.result import Result
from agent_desktop.errors import AgentDesktopError

_PERIOD_S: Final = 0.020
_BURST_S: Final = 0.030
_BURST_EVERY_S: Final = 0.050
_SECONDS: Final = 4.0
_ROUNDS: Final = 3  # in turn, the median counts: a neighbour of the computer disturbs one round, not all
_GOAL_MS: Final = 1.0
_CHILD: Final = (
    "import sys; from agent_desktop.bench import pacing; pacing.child(sys.argv[1], float(sys.argv[2]))"
)


@dataclass(frozen=True, slots=True)
class Case:
    """Who sends, and where the bursts are."""

    sender: str
    bursts: str


PACER_APART: Final = Case("pacer", "window")
PACER_TOGETHER: Final = Case("pacer", "same")
ASYNCIO_TOGETHER: Final = Case("asyncio", "same")
ASYNCIO_APART: Final = Case("asyncio", "window")

_WINDOW: Final = """
import sys
from PySide6 import QtCore, QtWidgets
application = QtWidgets.QApplication(sys.argv[:1])
window = QtWidgets.QMainWindow()
window.resize(1200, 800)
names = QtWidgets.QListWidget()
names.addItems([f"Conversation {number}" for number in range(500)])
text = QtWidgets.QPlainTextEdit("\\n".join(f"Line {number} of a long message." for number in range(2000)))
centre = QtWidgets.QSplitter()
centre.addWidget(names)
centre.addWidget(text)
window.setCentralWidget(centre)
window.show()
turns = 0

def paint():
    global turns
    turns += 1
    text.verticalScrollBar().setValue(turns * 7 % 1900)
    window.repaint()
    if turns == 3:
        print("painting", flush=True)

timer = QtCore.QTimer()
timer.timeout.connect(paint)
timer.start(0)
application.exec()
"""


def run(seconds: float = _SECONDS, rounds: int = _ROUNDS) -> list[Result]:
    """Measure the cases in turn, several times, and take the median of each."""
    cases = (PACER_APART, PACER_TOGETHER, ASYNCIO_TOGETHER, ASYNCIO_APART)
    with startup.screen() as environment:
        table = [[_p99_ms(case, seconds, environment) for case in cases] for _ in range(rounds)]
    apart, together, rival, rival_apart = (statistics.median(column) for column in zip(*table, strict=True))
    return [
        _result("p99 lateness as shipped, window repainting", apart, "asyncio sender, same", rival_apart),
        _result("p99 lateness as shipped, window repainting", apart, "asyncio sender, busy loop", rival),
        _result(
            "p99 lateness, busy loop in the same process", together, "asyncio sender on that loop", rival
        ),
    ]


def _result(metric: str, value_ms: float, against: str, against_ms: float) -> Result:
    return Result(
        metric=metric,
        value=value_ms,
        unit="ms",
        against=against,
        against_value=against_ms,
        goal=f"<= {_GOAL_MS:g} ms",
        met=value_ms <= _GOAL_MS,
    )


def _p99_ms(case: Case, seconds: float, environment: dict[str, str]) -> float:
    """Run one case in a fresh process, so that no case inherits another's heap or switch interval."""
    with contextlib.ExitStack() as closing:
        if case.bursts == "window":
            closing.enter_context(_painting(environment))
        name = f"{case.sender}-{'same' if case.bursts == 'same' else 'none'}"
        told, _ = _start([_CHILD, name, str(seconds)], environment).communicate(timeout=seconds + 30)
    late_ms = sorted(json.loads(told))
    return float(late_ms[int(0.99 * (len(late_ms) - 1))])


@contextlib.contextmanager
def _painting(environment: dict[str, str]) -> Iterator[None]:
    """A window that paints all the time."""
    window = _start([_WINDOW], environment)
    try:
        if window.stdout is None or not window.stdout.readline():
            raise AgentDesktopError("The window that paints did not start.")
        yield
    finally:
        window.kill()
        window.communicate()


def _start(words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603  this very program
        [sys.executable, "-c", *words], stdout=subprocess.PIPE, text=True, env=environment
    )


# -- the child's side -----------------------------------------------------------------------------------


def child(name: str, seconds: float) -> None:
    """Do one case and print the latenesses in ms as a JSON list."""
    match name:
        case "pacer-none":
            left = _paced(seconds, busy=False)
        case "pacer-same":
            left = _paced(seconds, busy=True)
        case "asyncio-none":
            left = asyncio.run(_looped(seconds, busy=False))
        case _:
            left = asyncio.run(_looped(seconds, busy=True))
    print(json.dumps(_lateness_ms(left)))


def _lateness_ms(left: list[float]) -> list[float]:
    """How late each packet left, against the grid on which the earliest lie."""
    offsets = [at - n * _PERIOD_S for n, at in enumerate(left)]
    start = min(offsets)
    return [1000 * (offset - start) for offset in offsets]


def _sender() -> Callable[[], float]:
    """A function that sends one packet of sound and tells when it had left."""
    from agent_desktop.media import rtp, tones
    from agent_desktop.media.codecs import PCMU
    from agent_desktop.media.pcm import NARROW_RATE_HZ, Pcm

    out, sink = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    sink.bind(("127.0.0.1", 0))
    target = sink.getsockname()
    stream = rtp.RtpSender(ssrc=secrets.randbits(32), sequence=0, timestamp=0)
    sound: Pcm = tones.sine(400, _PERIOD_S, rate_hz=NARROW_RATE_HZ)

    def send() -> float:
        _ = sink  # kept open, so that the kernel has somewhere to put the packets
        out.sendto(stream.packet(0, PCMU.encode(sound)).encode(), target)
        stream.advance(len(sound))
        return time.monotonic()

    return send


def _paced(seconds: float, *, busy: bool) -> list[float]:
    from agent_desktop.media.pacer import Pacer

    send = _sender()
    left: list[float] = []

    def tick() -> None:
        left.append(send())

    pacer = Pacer(tick)
    pacer.start()
    if busy:
        asyncio.run(_bursts(seconds))
    else:
        time.sleep(seconds)
    pacer.stop()
    return left


async def _looped(seconds: float, *, busy: bool) -> list[float]:
    """An honest asyncio sender: absolute deadlines too, but on a loop that others share."""
    send = _sender()
    left: list[float] = []
    other = asyncio.create_task(_bursts(seconds)) if busy else None
    loop = asyncio.get_running_loop()
    started = loop.time()
    while loop.time() < started + seconds:
        await asyncio.sleep(max(0.0, started + _PERIOD_S * (len(left) + 1) - loop.time()))
        left.append(send())
    if other is not None:
        other.cancel()
    return left


async def _bursts(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        while time.monotonic() < now + _BURST_S:
            sum(range(200))
        await asyncio.sleep(_BURST_EVERY_S - _BURST_S)
