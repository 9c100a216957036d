"""Telephones that we did not write: SIPp and baresip, through the kit."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.peers.recordings import last_heard

from .listening import CUSTOMER_HZ, Sound
from .places import HOST, RTP_FIRST, block
from .programs import ROOT, until

KIT = ROOT / "tests" / "peers" / "kit"


class SippCall:
    """`sipp -sn uac`: one call to a number that it ends itself after so many seconds."""

    def __init__(self, sip: str, number: str, folder: Path, seconds: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._out = folder / "sipp.out"
        port = block()
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *("sipp", "-sn", "uac", sip, "-s", number, "-m", "1", "-d", str(int(seconds * 1000))),
                    *("-i", HOST, "-mi", HOST, "-p", str(port), "-mp", str(port + 2), "-nostdin"),
                ],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
            )  # fmt: skip

    def result(self, within_s: float = 40.0) -> tuple[int, int]:
        """Successful and failed calls, by SIPp's own count."""
        self.process.wait(within_s)
        said = self._out.read_text(errors="replace")
        good, bad = (
            int(re.findall(rf"{what} call\s*\|\s*\d+\s*\|\s*(\d+)", said)[-1])
            for what in ("Successful", "Failed")
        )
        assert (self.process.returncode == 0) == (bad == 0), said[-2000:]
        return good, bad

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class BusyNumber:
    """SIPp as a telephone that is busy: 180, then 486 (the kit's `uas_reject`)."""

    def __init__(self, folder: Path) -> None:
        self.port = block()
        text = (KIT / "sipp" / "scenarios" / "uas_reject.xml").read_text()
        scenario = folder / "busy.xml"
        scenario.write_text(text.replace("@CODE@", "486").replace("@REASON@", "Busy Here"))
        with (folder / "sipp.out").open("wb") as out:
            self.process = subprocess.Popen(
                [
                    *("sipp", "-sf", str(scenario), "-i", HOST, "-p", str(self.port), "-nostdin"),
                    *("-mi", HOST, "-mp", str(self.port + 2), "-d", "200", "-key", "user", "busy"),
                ],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder,
            )  # fmt: skip

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Baresip:
    """A customer's telephone with a tone for a voice; it records what it hears."""

    def __init__(self, sip: str, folder: Path, name: str = "carla") -> None:
        self.sip, self.name, self.folder = sip, name, folder
        port = block()
        self._control = port + 2
        self._environment = {
            **os.environ,
            "PEERS_RUN": str(folder),
            "BS_NAME": name,
            "BS_DOMAIN": sip,
            "BS_REGINT": "0",
            "BS_SIP_PORT": str(port),
            "BS_CTRL_PORT": str(self._control),
            "BS_RTP_PORT": str(RTP_FIRST),
            "BS_TONE_HZ": str(CUSTOMER_HZ),
        }
        self._run("baresip/start.sh")

    def _run(self, script: str, *words: str) -> str:
        done = subprocess.run(
            [str(KIT / script), *words], env=self._environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    def control(self, *words: str) -> str:
        return self._run("baresip/ctl.py", "--port", str(self._control), *words)

    def dial(self, number: str) -> None:
        self.control("dial", f"sip:{number}@{self.sip}")

    def press(self, key: str) -> None:
        """RFC 4733."""
        self.control("sndcode", key)

    def hang_up(self) -> None:
        self.control("hangup")

    @property
    def in_call(self) -> bool:
        return f"@{self.sip}" in self.control("listcalls")

    def newest_ear(self) -> Path | None:
        """The file that is written while it hears."""
        files = sorted((self.folder / "baresip" / self.name / "rec").glob("*dec*.wav"), key=os.path.getmtime)
        return files[-1] if files else None

    def heard(self) -> Sound:
        """Everything that it heard in its newest call."""
        return last_heard(self.folder, self.name)

    def keys_heard(self) -> str:
        """Which keys the other side pressed, each once, by its own log."""
        said = (self.folder / "baresip" / self.name / "log").read_text(errors="replace")
        return "".join(re.findall(r"received event: '(.)' \(end=1\)", said))

    def finished(self) -> None:
        """Wait until it has no call any more, so that its recording is whole."""
        until(lambda: not self.in_call, 30, "baresip still has a call")

    def stop(self) -> None:
        self._run("baresip/stop.sh", self.name)
