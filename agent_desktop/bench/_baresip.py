"""A baresip that answers one call after another and writes down what it hears: the rival of `bench media`.

It is told nothing but a plain INVITE (RFC 3261) whose SDP offers PCMU; its module `sndfile` records
what leaves the decoder.  Its own concealment (the module `plc`, spandsp's) is loaded before the recorder;
measured, it changes nothing: baresip 1.0 does not tell its filters of packets that G.711 lost, and leaves
these frames out of the sound, which is what its listener hears.
"""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from agent_desktop.errors import AgentDesktopError

Address = tuple[str, int]

_HOST: Final = "127.0.0.1"
_ANSWER_S: Final = 10.0
_END_S: Final = 5.0


class RivalError(AgentDesktopError):
    """The other program did not do its part."""


def modules() -> Path | None:
    """Where baresip's modules are; None without baresip."""
    if shutil.which("baresip") is None:
        return None
    found = sorted(Path("/usr/lib").glob("*/baresip/modules/g711.so")) + sorted(
        Path("/usr/lib/baresip/modules").glob("g711.so")
    )
    return found[0].parent if found else None


class Baresip:
    """One process.  `call` gives where to send the sound, `hang_up` the recording."""

    def __init__(self, folder: Path) -> None:
        place = modules()
        if place is None:
            raise RivalError("baresip is not installed (Debian: apt-get install baresip-core).")
        self._records = folder / "rec"
        self._records.mkdir(parents=True)
        self._sip = _free_ports(2)
        # Decoded sound passes the filters in the reverse of this order.
        wanted = ["g711", "aubridge", "sndfile", "plc", "uuid"]
        (folder / "config").write_text(
            "\n".join(
                (
                    f"sip_listen {_HOST}:{self._sip}",
                    f"net_interface {_HOST}",
                    "audio_source aubridge,in",
                    "audio_player aubridge,out",
                    "audio_alert aubridge,alert",
                    "ausrc_format s16",
                    "auplay_format s16",
                    "auenc_format s16",
                    "audec_format s16",
                    "rtcp_mux no",
                    "jitter_buffer_delay 5-10",
                    f"snd_path {self._records}",
                    f"module_path {place}",
                    *(f"module {name}.so" for name in wanted),
                    "module_app account.so",
                    "module_app menu.so",
                    "",
                )
            ),
            "utf-8",
        )
        (folder / "accounts").write_text(
            f"<sip:bench@{_HOST}>;regint=0;answermode=auto;audio_codecs=PCMU/8000/1\n", "utf-8"
        )
        (folder / "contacts").write_text("", "utf-8")
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  found on the path
                [str(shutil.which("baresip")), "-f", str(folder)],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_HOST, 0))
        self._socket.settimeout(0.5)
        self._call_id = self._tag = ""
        self._to = ""

    def call(self, rtp: Address) -> Address:
        """Call it from `rtp`; gives where it waits for the sound."""
        self._call_id, self._tag, self._to = secrets.token_hex(8), secrets.token_hex(4), ""
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {_HOST}\r\ns=-\r\nc=IN IP4 {_HOST}\r\nt=0 0\r\n"
            f"m=audio {rtp[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        answer = self._asked("INVITE", sdp, _ANSWER_S)
        self._to = next(line for line in answer.split("\r\n") if line.lower().startswith(("to:", "t:")))
        self._send("ACK", "")
        media = next((line for line in answer.split("\r\n") if line.startswith("m=audio ")), "")
        if not media:
            raise RivalError("baresip answered without sound.")
        return _HOST, int(media.split()[1])

    def hang_up(self) -> Path:
        """End the call and give the file of what was heard."""
        self._asked("BYE", "", _END_S)
        deadline = time.monotonic() + _END_S
        while time.monotonic() < deadline:
            files = sorted(self._records.glob("*-dec.wav"), key=lambda file: file.stat().st_mtime)
            if files and files[-1].stat().st_size > 1000:
                time.sleep(0.3)  # libsndfile writes the length when it closes
                return files[-1].rename(files[-1].with_name(f"{self._call_id}.wav"))
            time.sleep(0.05)
        raise RivalError("baresip recorded nothing.")

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_END_S)

    def _asked(self, method: str, body: str, patience_s: float) -> str:
        """Send a request until its 200 comes (UDP to a process that may still be starting)."""
        deadline = time.monotonic() + patience_s
        branch = f"z9hG4bK{secrets.token_hex(6)}"
        while time.monotonic() < deadline:
            self._send(method, body, branch)
            waited = time.monotonic() + 0.5
            while time.monotonic() < waited:
                try:
                    answer = self._socket.recvfrom(8192)[0].decode("utf-8", "replace")
                except (TimeoutError, ConnectionError):
                    break
                status = answer.partition(" ")[2][:3]
                if answer.startswith("SIP/2.0 ") and f" {method}" in answer and branch in answer:
                    if status == "200":
                        return answer
                    if status >= "300":
                        raise RivalError(f"baresip refused the call ({status}).")
        raise RivalError(f"baresip did not answer ({method}).")

    def _send(self, method: str, body: str, branch: str = "") -> None:
        branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        host, port = self._socket.getsockname()
        own = f"{host}:{port}"
        number = 2 if method == "BYE" else 1
        message = (
            f"{method} sip:bench@{_HOST}:{self._sip} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own};branch={branch}\r\n"
            f"Max-Forwards: 70\r\n"
            f"From: <sip:sender@{own}>;tag={self._tag}\r\n"
            f"{self._to or f'To: <sip:bench@{_HOST}>'}\r\n"
            f"Call-ID: {self._call_id}\r\n"
            f"CSeq: {number} {method}\r\n"
            f"Contact: <sip:sender@{own}>\r\n"
            + ("Content-Type: application/sdp\r\n" if body else "")
            + f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(message.encode(), (_HOST, self._sip))


def _free_ports(count: int) -> int:
    """The first of some free ports in a row, for UDP and TCP."""
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((_HOST, 0))
            first = int(probe.getsockname()[1])
        if first + count < 65000 and all(_is_free(first + offset) for offset in range(count)):
            return first
    raise RivalError("No free port is left for baresip.")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                return False
    return True
