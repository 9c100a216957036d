"""SIPp as callers and as the called: its scenarios, and when each INVITE left or came, by its own log.

SIPp writes every message with the time of day in microseconds (`-trace_msg`); a call is known by the user
of its From header, which the exchange shows to the agent's phone too.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_desktop.errors import AgentDesktopError

HOST: Final = "127.0.0.1"
CALLER: Final = "+49301"
_SDP: Final = """v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
"""
_HEAD: Final = """Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:@CALLER@[call_number]@[local_ip]>;tag=[pid]u[call_number]
"""
_CALLS: Final = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="call">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
{_HEAD}To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:c@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
{_HEAD}[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
[routes]
Max-Forwards: 70
Content-Length: 0

]]></send>
<pause/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
{_HEAD}[last_To:]
Call-ID: [call_id]
CSeq: 2 BYE
[routes]
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
""".replace("@CALLER@", CALLER)
_REPLY: Final = """[last_Via:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:s@[local_ip]:[local_port]>
"""
_ANSWERS: Final = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="answer">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 180 Ringing
{_REPLY}Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
{_REPLY}Content-Type: application/sdp
Content-Length: [len]

{_SDP}]]></send>
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""
_WHEN: Final = re.compile(r"-{10,} (\d{4}-\d\d-\d\d)[ \t]+(\d\d:\d\d:\d\d\.\d+)")
_FROM: Final = re.compile(r"(?m)^From:.*<sip:([^@>]+)@")


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls, so many a second, each so long after its answer."""

    calls: int
    per_s: float
    talk_ms: int


class Sipp:
    """One SIPp process."""

    def __init__(self, folder: Path, name: str, port: int, media_port: int) -> None:
        found = shutil.which("sipp")
        if found is None:
            raise AgentDesktopError("SIPp is not installed; it makes the calls (apt-get install sip-tester).")
        self._program, self._folder, self._name = found, folder, name
        self._ports = (port, media_port)
        self._messages = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def call(self, number: str, target: str, load: Load) -> int:
        """Make the calls and wait for their end; gives how many failed."""
        rate = ["-r", str(max(1, round(load.per_s))), "-d", str(load.talk_ms), "-s", number]
        self._start(_CALLS, load.calls, *rate, target)
        limit_s = load.calls / load.per_s + load.talk_ms / 1000 + 40
        try:
            self._running().wait(limit_s)
        except subprocess.TimeoutExpired:
            self.stop()
        statistics = sorted(self._folder.glob(f"{self._name}*.csv"))
        columns = [line.split(";") for line in statistics[-1].read_text().splitlines()] if statistics else []
        good = int(dict(zip(columns[0], columns[-1], strict=False))["SuccessfulCall(C)"]) if columns else 0
        return load.calls - good

    def answer(self) -> None:
        """Answer every call until `stop`."""
        self._start(_ANSWERS, 1_000_000)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def invites(self) -> dict[str, float]:
        """When each call's first INVITE left or came (seconds since 1970), by the user of From."""
        return self._firsts("INVITE sip:")

    def ringing(self) -> dict[str, float]:
        """The same of each call's first 180."""
        return self._firsts("SIP/2.0 180 ")

    def _firsts(self, beginning: str) -> dict[str, float]:
        if not self._messages.exists():
            return {}
        return firsts(self._messages.read_text(errors="replace"), beginning)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise AgentDesktopError("SIPp was not started.")
        return self._process

    def _start(self, scenario: str, calls: int, *words: str) -> None:
        path = self._folder / f"{self._name}.xml"
        path.write_text(scenario)
        with (self._folder / f"{self._name}.out").open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - found on the path
                [
                    *(self._program, *words, "-sf", str(path), "-m", str(calls), "-i", HOST, "-mi", HOST),
                    *("-p", str(self._ports[0]), "-mp", str(self._ports[1]), "-t", "u1", "-nostdin"),
                    *("-trace_msg", "-message_file", str(self._messages), "-trace_stat"),
                    *("-stf", str(self._folder / f"{self._name}.csv"), "-fd", "1"),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )


def firsts(log: str, beginning: str) -> dict[str, float]:
    """When the first message that begins so was logged, for each user of From."""
    found: dict[str, float] = {}
    heads = list(_WHEN.finditer(log))
    ends = [head.start() for head in heads[1:]] + [len(log)] * bool(heads)
    for head, end in zip(heads, ends, strict=True):
        text = log[head.end() : end]
        user = _FROM.search(text)
        if user is not None and re.search(rf"(?m)^{re.escape(beginning)}", text):
            at = dt.datetime.fromisoformat(f"{head.group(1)} {head.group(2)}").timestamp()
            found.setdefault(user.group(1), at)
    return found
