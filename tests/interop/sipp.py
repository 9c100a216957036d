"""SIPp as a peer: a scenario is put together from steps, and SIPp sends back every packet of sound it gets.

So what our side says comes back to our side, and that it does proves both ways.  SIPp judges our messages
itself: a message that its scenario does not expect ends it with a failure.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .places import HOST, SOUND, block
from .sound import until

FORMATS = {
    "PCMU": (0, "PCMU/8000"),
    "PCMA": (8, "PCMA/8000"),
    "G722": (9, "G722/8000"),
    "opus": (111, "opus/48000/2"),
}
BRANCH = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport"


@dataclass
class Script:
    """A scenario in the making.  `as_caller` decides whose From is whose."""

    as_caller: bool
    codec: str = "PCMU"
    user: str = "sipp"
    cseq: int = 1
    version: int = 0
    parts: list[str] = field(default_factory=list)

    # ---- pieces of messages

    def _sdp(self, direction: str) -> str:
        self.version += 1
        number, name = FORMATS[self.codec]
        events = 48000 if self.codec == "opus" else 8000
        lines = (
            "v=0",
            f"o=sipp 1 {self.version} IN IP[local_ip_type] [local_ip]",
            "s=-",
            "c=IN IP[media_ip_type] [media_ip]",
            "t=0 0",
            f"m=audio [media_port] RTP/AVP {number} 101",
            f"a=rtpmap:{number} {name}",
            f"a=rtpmap:101 telephone-event/{events}",
            "a=fmtp:101 0-15",
            f"a={direction}",
        )
        return "\n".join(lines) + "\n"

    @property
    def _who(self) -> str:
        """From and To of a request of ours within the call."""
        if self.as_caller:
            return f"From: <sip:{self.user}@[local_ip]>;tag=[pid]u[call_number]\nTo: [$2]"
        return "From: [$2];tag=[pid]s[call_number]\nTo: [$1]"

    @property
    def _contact(self) -> str:
        return f"Contact: <sip:{self.user}@[local_ip]:[local_port];transport=[transport]>"

    def _send(self, text: str, *, again: bool = True) -> None:
        retrans = ' retrans="500"' if again else ""
        self.parts.append(f"<send{retrans}><![CDATA[\n\n{text}\n\n]]></send>")

    def _within(self, method: str, *headers: str, body: str = "") -> None:
        """A request of ours within the call."""
        more = "\n".join((*headers, "Content-Type: application/sdp") if body else headers)
        more = f"{more}\n" if more else ""
        self._send(
            f"{method} [next_url] SIP/2.0\n{BRANCH}\n{self._who}\nCall-ID: [call_id]\n"
            f"CSeq: {self.cseq} {method}\n[routes]\n{self._contact}\nMax-Forwards: 70\n{more}"
            f"Content-Length: [len]\n\n{body}",
            again=method != "ACK",
        )

    def _reply(self, status: str, *headers: str, body: str = "", tag: bool = False) -> None:
        more = "\n".join((*headers, "Content-Type: application/sdp") if body else headers)
        more = f"{more}\n" if more else ""
        tagged = ";tag=[pid]s[call_number]" if tag else ""
        self._send(
            f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]{tagged}\n[last_Call-ID:]\n"
            f"[last_CSeq:]\n[last_Record-Route:]\n{self._contact}\n{more}Content-Length: [len]\n\n{body}",
            again=bool(body),
        )

    def _recv(self, what: str, checks: str = "", *, optional: bool = False, rrs: bool = False) -> None:
        more = (' optional="true"' if optional else "") + (' rrs="true"' if rrs else "")
        action = f"<action>{checks}</action>" if checks else ""
        self.parts.append(f"<recv {what}{more}>{action}</recv>")

    # ---- steps

    def invite(self, *headers: str) -> Script:
        """Call, and take the answer."""
        more = "".join(f"{header}\n" for header in headers)
        self._send(
            f"INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0\n{BRANCH}\n"
            f"From: <sip:{self.user}@[local_ip]>;tag=[pid]u[call_number]\n"
            "To: <sip:[service]@[remote_ip]:[remote_port]>\nCall-ID: [call_id]\nCSeq: 1 INVITE\n"
            f"{self._contact}\nMax-Forwards: 70\n{more}Content-Type: application/sdp\n"
            f"Content-Length: [len]\n\n{self._sdp('sendrecv')}"
        )
        for code in ("100", "180", "183"):
            self._recv(f'response="{code}"', optional=True)
        self._recv('response="200"', _assigned("To", 2), rrs=True)
        self._within("ACK")
        return self

    def answer(self) -> Script:
        """Be called, ring and answer."""
        self._recv('request="INVITE"', _assigned("From", 1) + _assigned("To", 2), rrs=True)
        self._reply("180 Ringing", tag=True)
        self._reply("200 OK", body=self._sdp("sendrecv"), tag=True)
        self._recv('request="ACK"')
        return self

    def pause(self, ms: int) -> Script:
        self.parts.append(f'<pause milliseconds="{ms}"/>')
        return self

    def reinvite(self, direction: str, expect: str) -> Script:
        """A re-INVITE of SIPp's; our answer must hold one of the words of `expect`."""
        self.cseq += 1
        self._within("INVITE", body=self._sdp(direction))
        self._recv('response="100"', optional=True)
        check = f'<ereg regexp="a=({expect})" search_in="body" check_it="true" assign_to="9"/>'
        self._recv('response="200"', check)
        self._within("ACK")
        return self

    def refresh(self) -> Script:
        """UPDATE as RFC 4028 has it."""
        self.cseq += 1
        self._within("UPDATE", "Supported: timer", "Session-Expires: 90;refresher=uac")
        check = '<ereg regexp="90" search_in="hdr" header="Session-Expires:" check_it="true" assign_to="9"/>'
        self._recv('response="200"', check)
        return self

    def taken(self, direction: str) -> Script:
        """Take a re-INVITE of ours and answer it with this direction."""
        self._recv('request="INVITE"')
        self._reply("200 OK", body=self._sdp(direction))
        self._recv('request="ACK"')
        return self

    def met_text(self) -> Script:
        """Be offered text while an offer of one's own is under way (491), and again; take the sound alone."""
        check = '<ereg regexp="m=text [1-9]" search_in="body" check_it="true" assign_to="9"/>'
        for status in ("491 Request Pending", "200 OK"):
            self._recv('request="INVITE"', check)
            body = self._sdp("sendrecv") + "m=text 0 RTP/AVP 98\n" if status == "200 OK" else ""
            self._reply(status, body=body)
            self._recv('request="ACK"')
        return self

    def refer(self, target: str) -> Script:
        """Ask for a transfer, be told that it succeeded, and be hung up."""
        self.cseq += 1
        self._within("REFER", f"Refer-To: <{target}>")
        self._recv('response="202"')
        for _news in range(2):  # 100, then 200
            self._recv('request="NOTIFY"')
            self._reply("200 OK")
        return self

    def bye(self) -> Script:
        self.cseq += 1
        self._within("BYE")
        self._recv('response="200"')
        return self

    def hung_up(self) -> Script:
        self._recv('request="BYE"')
        self._reply("200 OK")
        return self

    def registrar(self) -> Script:
        """Be a registrar for one telephone: challenge it, and judge its digest."""
        nonce = "84f1c1ae6cbe5ua9c8e88dfa3ecm3459"
        challenge = f'WWW-Authenticate: Digest realm="sipp.test", nonce="{nonce}", algorithm=MD5'
        self._recv('request="REGISTER"')
        self._reply("401 Unauthorized", challenge, tag=True)
        proof = '<verifyauth assign_to="8" username="alice" password="secret"/>'
        self._recv('request="REGISTER"', proof)
        self.parts.append(
            '<nop><action><test assign_to="7" variable="8" compare="equal" value="1"/></action></nop>'
        )
        self._reply("200 OK", "Expires: 60", tag=True)
        return self

    def xml(self) -> str:
        body = "\n".join(self.parts)
        names = ",".join(n for n in "12789" if f'assign_to="{n}"' in body and body.count(f"[${n}]") == 0)
        used = f'<Reference variables="{names}"/>' if names else ""
        return (
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE scenario SYSTEM "sipp.dtd">\n'
            f'<scenario name="cell">\n{body}\n{used}\n</scenario>\n'
        )


def _assigned(header: str, number: int) -> str:
    return f'<ereg regexp=".*" search_in="hdr" header="{header}:" assign_to="{number}"/>'


class Sipp:
    """Runs scripts, one after the other, always at the same port."""

    program = "SIPp"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.port = block()
        self._process: subprocess.Popen[bytes] | None = None

    def another(self, name: str) -> Sipp:
        """One more, at another port."""
        return Sipp(self._folder / name)

    def run(self, xml: str, *words: str, target: str = "", service: str = "") -> None:
        """Start it in the background."""
        self.end()
        (self._folder / "cell.xml").write_text(xml, encoding="latin-1")
        where = (target, "-s", service) if target else ()
        with (self._folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [
                    *("sipp", *where, "-sf", "cell.xml", "-i", HOST, "-p", str(self.port), "-m", "1"),
                    *("-mi", HOST, "-mp", str(SOUND.start + 60), "-rtp_echo", "-nostdin"),
                    *("-timeout", "30", "-timeout_error", "-trace_err", "-error_file", "errors", *words),
                ],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    async def ready(self) -> None:
        """A callee must have its port open before it is called."""

        def has_port() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, self.complaint()
            return f":{self.port:04X} " in Path("/proc/net/udp").read_text()

        await until(has_port, 25, "SIPp did not open its port")

    async def verdict(self) -> None:
        """Its own judgement of the whole scenario."""
        process = self._process
        assert process is not None
        await until(lambda: process.poll() is not None, 30, "SIPp's scenario did not end")
        assert process.returncode == 0, f"SIPp: {self.complaint()}"

    def complaint(self) -> str:
        path = self._folder / "errors"
        said = path.read_text(errors="replace") if path.exists() else ""
        told = [line for line in said.splitlines() if line.strip()]
        return " ".join(told[1:3])[:300] or "the scenario failed"

    async def freeze(self, seconds: float) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        await asyncio.sleep(seconds)
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        if self._process is not None:
            self._process.wait()
        self._process = None
        (self._folder / "errors").unlink(missing_ok=True)


def kit_scenario(name: str) -> str:
    """A scenario of the kit as it stands."""
    path = Path(__file__).resolve().parents[1] / "peers" / "kit" / "sipp" / "scenarios" / f"{name}.xml"
    return path.read_text(encoding="latin-1")
