"""liblinphone as a caller with real-time text (RFC 4103): a program of others, told by its command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

from agent_desktop.media import t140

PEER = Path(__file__).parents[1] / "peers/kit/rtt-liblinphone/rtt_peer.py"


def free_ports(count: int) -> list[int]:
    """Even numbers that nobody has now."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            number = probe.getsockname()[1] & ~1
        if number not in found:
            found.append(number)
    return found


class LinphoneCaller:
    """Calls a URI, or without one waits to be called, and types one text, sign by sign."""

    def __init__(
        self, uri: str, text: str, *, char_ms: int = 30, after_s: float = 1.0, sip_port: int = 0
    ) -> None:
        sip, letters, sound = free_ports(3)
        sip = sip_port or sip
        escaped = text.replace("\\", "\\\\").replace("\n", "\\u2028").replace("\b", "\\b")
        command = ["/usr/bin/python3", str(PEER), *(["--call", uri] if uri else ["--accept"])]
        command += [
            "--sip-port",
            str(sip),
            "--text-port",
            str(letters),
            "--audio-port",
            str(sound),
            "--send",
            escaped,
        ]
        command += ["--send-after", str(after_s), "--char-ms", str(char_ms), "--linger", "1000"]
        env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env
        )
        self._read: list[str] = []
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        """What it read, with its erasing done."""
        whole = "".join(self._read).replace(t140.BYTE_ORDER_MARK, "").replace(t140.LINE_SEPARATOR, "\n")
        return t140.applied(whole)

    def wait_until_ready(self) -> None:
        """It can be called."""
        assert self._is_ready.wait(20), "liblinphone did not start"

    def end(self) -> None:
        """Hang up."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._thread.join(5)
            if self._process.stdout is not None:
                self._process.stdout.close()

    def _follow(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] == "ready":
                self._is_ready.set()
            if event["event"] == "char":
                self._read.append(event["char"])
