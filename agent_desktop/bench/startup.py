"""From the start of the process to the first painted window: the desktop against a bare PySide6 window.

The bare window has a list, an editor, twelve fields and a toolbar.  Both sides start as a fresh Python
process, by turns, and count until the first paint of a window has been done; the medians are compared.
A virtual screen (Xvfb) is used where there is none.  The desktop's window is the sign-in: there is no
router and no remembered password in its empty data folder.  The client behind it is opened after the first
paint, so that the moment when it is there is told too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator

from agent_desktop.bench.result import Result, compared
from agent_desktop.errors import AgentDesktopError

ROUNDS = 7
PATIENCE_S = 30.0
MARK = "first paint at "
READY = "client open at "
GOAL_RATIO = 1.6
# A port of this computer that nobody listens on, so that the sign-in stays where it is.
NOWHERE = "http://127.0.0.1:9"

# Runs in the child before anything else: every QApplication reports the first paint of a window.
_WATCH = f"""
import sys, time
from PySide6 import QtCore, QtWidgets

class Watch(QtCore.QObject):
    def eventFilter(self, receiver, event):
        if event.type() == QtCore.QEvent.Type.Paint and receiver.isWidgetType() and receiver.isVisible():
            QtWidgets.QApplication.instance().removeEventFilter(self)
            QtCore.QTimer.singleShot(0, report)  # after this paint has been done
        return False

def report():
    print("{MARK}" + str(time.monotonic_ns()), flush=True)
    painted()

def painted():
    pass

class Application(QtWidgets.QApplication):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.watch = Watch()
        self.installEventFilter(self.watch)

QtWidgets.QApplication = Application
"""
_BARE = f"""{_WATCH}
application = QtWidgets.QApplication(sys.argv[:1])
window = QtWidgets.QMainWindow()
window.resize(1200, 800)
toolbar = window.addToolBar("Tools")
for number in range(6):
    toolbar.addAction(str(number))
names = QtWidgets.QListWidget()
names.addItems([f"Row {{number}}" for number in range(50)])
form = QtWidgets.QWidget()
layout = QtWidgets.QFormLayout(form)
for number in range(12):
    layout.addRow(f"Field {{number}}", QtWidgets.QLineEdit())
centre = QtWidgets.QSplitter()
for widget in (names, QtWidgets.QPlainTextEdit(), form):
    centre.addWidget(widget)
window.setCentralWidget(centre)
window.show()
application.exec()
"""
_DESKTOP = f"""{_WATCH}
def painted():
    window = sys.modules["agent_desktop.qt.window"].Window
    enter = window.enter
    def entered(self, surface):
        enter(self, surface)
        print("{READY}" + str(time.monotonic_ns()), flush=True)
    window.enter = entered

from agent_desktop import cli
sys.exit(cli.main(sys.argv[1:]))
"""


def run() -> list[Result]:
    """Measure both sides by turns; the first round of each only warms the caches."""
    bare: list[float] = []
    desktop: list[float] = []
    opened: list[float] = []
    with screen() as environment:
        for number in range(ROUNDS + 1):
            samples = (first_paint_ms(_BARE, [], environment), *desktop_ms(environment))
            if number:
                bare.append(samples[0])
                desktop.append(samples[1])
                opened.append(samples[2])
    return [
        compared(
            "first paint",
            statistics.median(desktop),
            "ms",
            against="a bare PySide6 window",
            against_value=statistics.median(bare),
            goal=f"at most {GOAL_RATIO} times the bare window",
            meets=lambda ratio: ratio <= GOAL_RATIO,
        ),
        compared(
            "client open behind the first paint",
            statistics.median(opened),
            "ms",
            against="a bare PySide6 window",
            against_value=statistics.median(bare),
            goal="none: it shows what the first paint leaves for later",
            meets=lambda _ratio: True,
        ),
    ]


def desktop_ms(environment: dict[str, str]) -> tuple[float, float]:
    """Time the first paint and the open client of a desktop with an empty data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="agent-desktop-bench-", ignore_cleanup_errors=True) as data:
        words = ["--data", data, "--server", NOWHERE]
        first, opened = marks_ms(_DESKTOP, words, environment, (MARK, READY))
        return first, opened


def first_paint_ms(program: str, words: list[str], environment: dict[str, str]) -> float:
    """Give the milliseconds from the start of a program to its first paint; then end it with its children."""
    return marks_ms(program, words, environment, (MARK,))[0]


def marks_ms(
    program: str, words: list[str], environment: dict[str, str], marks: tuple[str, ...]
) -> list[float]:
    """Give the milliseconds from the start of a program to each of its marks, which come in this order."""
    times: list[float] = []
    started = time.monotonic_ns()
    said: deque[str] = deque(maxlen=3)
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program, *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        watchdog = threading.Timer(PATIENCE_S, _end, [process])
        watchdog.start()
        try:
            for line in process.stdout or ():
                if not line.startswith(mark := marks[len(times)]):
                    said.append(line.strip())
                    continue
                times.append((int(line.removeprefix(mark)) - started) / 1e6)
                if len(times) == len(marks):
                    return times
        finally:
            watchdog.cancel()
            _end(process)
    raise AgentDesktopError(f"No window came up. The program said: {' '.join(said) or 'nothing'}")


@contextlib.contextmanager
def screen() -> Iterator[dict[str, str]]:
    """Give an environment with a screen: the real one, a virtual one, or none (then Qt draws in memory)."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield dict(os.environ)
        return
    if shutil.which("Xvfb") is None:
        yield {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        return
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1440x900x24", "-nolisten", "tcp"]
    with (
        subprocess.Popen(  # noqa: S603 - a fixed command
            command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server,
        os.fdopen(reading) as answer,
    ):
        os.close(writing)
        try:
            number = answer.readline().strip()
            if not number:
                raise AgentDesktopError("The virtual screen (Xvfb) did not start.")
            yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        finally:
            server.terminate()


def _end(process: subprocess.Popen[str]) -> None:
    """End a child and everything that it started."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
