"""Virtual sound cards: each is a PulseAudio of its own, known to PortAudio by a name of its own.

Killing the server is what tearing out a USB headset is for PortAudio: the stream ends with an error and
the device is not listed any more.  What is played on a card is heard by its microphone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path


class VirtualCard:
    """One card; it is unplugged at first."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self._folder = root / name
        self._folder.mkdir(parents=True)
        self._socket = self._folder / "native"
        self._servers: list[subprocess.Popen[bytes]] = []

    @property
    def alsa(self) -> str:
        halves = (("playback", "out"), ("capture", "out.monitor"))
        ends = " ".join(
            f'{half}.pcm {{ type pulse server "unix:{self._socket}" device "{device}" }}'
            for half, device in halves
        )
        return f"pcm.{self.name} {{ type asym {ends} }}\n"

    def plug(self) -> None:
        cold = self._folder / "cold"
        own = {name: str(self._folder) for name in ("HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH")}
        # On a session bus a second PulseAudio finds its name taken and ends.
        shared = {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY"}
        environment = {name: value for name, value in os.environ.items() if name not in shared} | own
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={cold}",
            "module-null-sink sink_name=out rate=48000",
        )
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command += ["--disable-shm=yes", *(word for module in modules for word in ("-L", module))]
        self._servers.append(subprocess.Popen(command, **quiet))
        end = time.monotonic() + 10
        while not cold.exists():
            assert time.monotonic() < end, "the virtual sound card did not come"
            time.sleep(0.01)
        # A null sink that nobody reads sleeps in steps of two seconds, which no real card does: it is woken
        # before it can be seen.
        listen = ["parec", "--server", f"unix:{cold}", "--latency-msec=20", "-d", "out.monitor"]
        heard = self._folder / "heard.raw"
        with heard.open("wb") as file:
            self._servers.append(subprocess.Popen(listen, **{**quiet, "stdout": file}))
        while not heard.stat().st_size:
            assert time.monotonic() < end, "the virtual sound card does not run"
            time.sleep(0.01)
        cold.rename(self._socket)

    def unplug(self) -> None:
        for server in self._servers:
            server.kill()
            server.wait()
        self._servers.clear()
        self._socket.unlink(missing_ok=True)


def environment(root: Path, cards: list[VirtualCard]) -> dict[str, str]:
    """What a process needs so that these are its only sound cards."""
    assert shutil.which("pulseaudio"), "pulseaudio is missing: python3 installer/bootstrap.py test"
    config = root / "asound.conf"
    config.write_text("".join(card.alsa for card in cards))
    return {
        **os.environ,
        "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{config}",
        "PULSE_SERVER": f"unix:{root}/nobody",
    }
