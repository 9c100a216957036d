"""A virtual screen with an accessibility bus, and the desktop on it, used as a screen reader uses it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from agent_desktop.links import runfile

from .programs import PROGRAM, ROOT, Centre, end, environment, until

LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
PRESS = Path(__file__).with_name("atspi_press.py")


class Screen:
    """Xvfb, a D-Bus session and the AT-SPI launcher."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="screen-"))
        self._folder.chmod(0o700)
        self._programs: list[subprocess.Popen[bytes]] = []
        try:
            self._open()
        except BaseException:
            self.stop()
            raise

    def _open(self) -> None:
        display = self._first_line(
            "Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"
        )
        bus = self._first_line("dbus-daemon", "--session", "--nofork", "--print-address=1")
        self.environment = {
            **environment(),
            "DISPLAY": f":{display}",
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "XDG_RUNTIME_DIR": str(self._folder),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
        }
        self._start(LAUNCHER, "--launch-immediately", env=self.environment)
        until(lambda: any((self._folder / "at-spi").glob("bus*")), 30, "no accessibility bus")

    def _start(
        self, *words: str, env: dict[str, str] | None = None, out: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        assert shutil.which(words[0]), f"{words[0]} is missing: install what the README names"
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL,
            env=env or dict(os.environ),
        )  # fmt: skip
        self._programs.append(process)
        return process

    def _first_line(self, *words: str) -> str:
        process = self._start(*words, out=subprocess.PIPE)
        assert process.stdout is not None
        return process.stdout.readline().decode().strip()

    def press(self, name: str, *, look: bool = False, within_s: float = 20.0) -> None:
        """Press the button whose name begins so, or only see it."""
        words = ["/usr/bin/python3", str(PRESS), "agent-desktop", name, "--wait", str(within_s)]
        done = subprocess.run(
            [*words, "--look"] if look else words, env=self.environment, capture_output=True, text=True,
            timeout=within_s + 30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]

    def stop(self) -> None:
        with contextlib.ExitStack() as ends:
            for process in self._programs:
                ends.callback(end, process)
        shutil.rmtree(self._folder, ignore_errors=True)


class Window:
    """`agent-desktop`: the real desktop, signed in."""

    def __init__(self, screen: Screen, centre: Centre, user: str, data: Path, voice: Path) -> None:
        self.data, self.ear = data, data / "ear.wav"
        data.mkdir(parents=True, exist_ok=True)
        with (data / "desktop.err").open("ab") as errors:
            self.process = subprocess.Popen(
                [
                    *(*PROGRAM, "--server", centre.http, "--user", user, "--data", str(data)),
                    *("--password-file", str(centre.password_file(user))),
                    *(f"--audio-in={voice}", f"--audio-out={self.ear}"),
                ],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, cwd=ROOT, env=screen.environment,
            )  # fmt: skip

    @property
    def phone_pid(self) -> int:
        run = runfile.read(self.data, "phone")
        return run.pid if run is not None and run.alive() else 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        if self.process.poll() is None:
            end(self.process)
