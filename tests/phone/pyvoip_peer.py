"""A telephone server that says exactly what a test wants, and a phone of pyVoIP's subclasses beside it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from agent_desktop.phone.pyvoip_phone import Phone
from agent_desktop.phone.pyvoip_register import Identity
from agent_desktop.sip import parser
from agent_desktop.sip.message import REASONS, Request, Response
from agent_desktop.sip.uri import parse_name_addr
from agent_desktop.sip.via import parse_via

HOST = "127.0.0.1"
PROOF = 'Digest realm="centre.test", nonce="{nonce}", algorithm=MD5, qop="auth"'
OFFER = """v=0
o=peer 1 {version} IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio {port} RTP/AVP {formats}
a=rtpmap:101 telephone-event/8000
a={direction}
"""


def sdp(port: int = 22400, formats: str = "0 8 101", direction: str = "sendrecv", version: int = 1) -> bytes:
    text = OFFER.format(port=port, formats=formats, direction=direction, version=version)
    return text.replace("\n", "\r\n").encode()


class Ears:
    """Keeps what the phone tells."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.calls: list[Any] = []

    def registered(self, status, *, ok):
        self.told.append(("registered", ok, status))

    def arrived(self, call):
        self.calls.append(call)
        self.told.append(("arrived",))

    def rings(self, call, *, has_sound):
        self.told.append(("rings", has_sound))

    def up(self, call):
        self.told.append(("up",))

    def gone(self, call, by, status):
        self.told.append(("gone", by, status))

    def digit(self, call, digit):
        self.told.append(("digit", digit))

    def trouble(self, text):
        self.told.append(("trouble", text))

    def wait(self, *wanted: Any, seconds: float = 25.0) -> None:
        until(lambda: wanted in self.told, seconds, why=lambda: (wanted, self.told))


def until(what: Callable[[], Any], seconds: float = 25.0, *, why: Callable[[], object] = lambda: "") -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"it never came: {why()}"
        time.sleep(0.005)
    return found


class Peer:
    """The server's end of one phone: it takes what comes and answers what it is told to."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.place = self.socket.getsockname()
        self.phone_at = (HOST, 0)
        self.got: list[Request | Response] = []
        self._numbers = iter(range(1, 10_000))

    def take(self, seconds: float = 20.0) -> Request | Response:
        self.socket.settimeout(seconds)
        data, self.phone_at = self.socket.recvfrom(65535)
        message = parser.parse(data)
        self.got.append(message)
        return message

    def expect(self, what: str | int, seconds: float = 20.0) -> Any:
        """The next message of that method or status; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            message = self.take(max(0.01, end - time.monotonic()))
            if (message.method if isinstance(message, Request) else message.status) == what:
                return message

    def hears_nothing(self, what: str | int, seconds: float) -> None:
        try:
            message = self.expect(what, seconds)
        except TimeoutError:
            return
        raise AssertionError(f"nobody wanted this: {message}")

    def answer(
        self, request: Request, status: int, *, tag: str = "there", body: bytes = b"", **headers: str
    ) -> None:
        to = parse_name_addr(request.header("To"))
        if status > 100 and not to.tag:
            to = to.with_tag(tag)
        kept = [(n, v) for n, v in request.headers if n in {"Via", "From", "Call-ID", "CSeq"}]
        more = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if body:
            more.append(("Content-Type", "application/sdp"))
        message = Response((*kept, ("To", str(to)), *more), body, status, REASONS.get(status, ""))
        self.send(bytes(message))

    @property
    def contact(self) -> str:
        return f"<sip:peer@{HOST}:{self.place[1]}>"

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, self.phone_at)

    def request(
        self,
        method: str,
        *,
        call_id: str = "call-1",
        cseq: int = 1,
        tags: tuple[str, str] = ("there", ""),
        branch: str = "",
        body: bytes = b"",
        **headers: str,
    ) -> Request:
        """Send a request; `tags` are ours and theirs."""
        branch = branch or f"z9hG4bKpeer{next(self._numbers)}"
        their = f";tag={tags[1]}" if tags[1] else ""
        lines = [
            ("Via", f"SIP/2.0/UDP {HOST}:{self.place[1]};branch={branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f'"Grace Hopper" <sip:+4930123@centre.test>;tag={tags[0]}'),
            ("To", f"<sip:201@centre.test>{their}"),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", self.contact),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ]
        if body:
            lines.append(("Content-Type", "application/sdp"))
        made = Request(tuple(lines), body, method, f"sip:201@{HOST}")
        self.send(bytes(made))
        return made


class Pair:
    """A phone and its server, registered."""

    def __init__(self) -> None:
        self.peer = Peer()
        self.ears = Ears()
        identity = Identity("201", "secret", f"{HOST}:{self.peer.place[1]}", "centre.test", "Ada")
        self.phone = Phone(identity, self.peer.place, HOST, (22_400, 22_440), self.ears)

    def start(self) -> None:
        self.phone.start()
        self.peer.answer(self.peer.expect("REGISTER"), 200, Expires="40")
        self.ears.wait("registered", True, 200)

    def dial(self, number: str = "100") -> Request:
        """Dial, and the INVITE that came of it."""
        before = len(self.ears.calls)
        self.phone.client.post(lambda: self.ears.calls.append(self.phone.call(number)))
        invite = self.peer.expect("INVITE")
        until(lambda: len(self.ears.calls) > before)
        return invite

    def calls_up(self, **headers: str) -> Request:
        """A call out that is up; its INVITE."""
        invite = self.dial()
        self.peer.answer(invite, 200, body=sdp(), Contact=self.peer.contact, **headers)
        self.peer.expect("ACK")
        self.ears.wait("up")
        return invite

    def arrives(self, call_id: str = "call-1", body: bytes | None = None, **headers: str) -> Request:
        """A call in that rings; its INVITE."""
        body = sdp() if body is None else body
        invite = self.peer.request(
            "INVITE", call_id=call_id, branch=f"z9hG4bK-{call_id}", body=body, **headers
        )
        self.peer.expect(180)
        return invite

    def answers(self, call_id: str = "call-1") -> Response:
        """A call in that is up; its 200."""
        self.arrives(call_id)
        call = until(lambda: next((c for c in self.ears.calls if c.call_id == call_id), None))
        self.phone.client.post(call.answer)
        ok = self.peer.expect(200)
        self.ack(ok, call_id)
        return ok

    def ack(self, ok: Response, call_id: str = "call-1", cseq: int = 1) -> None:
        tag = parse_name_addr(ok.header("To")).tag
        self.peer.request("ACK", call_id=call_id, cseq=cseq, tags=("there", tag))

    def stop(self) -> None:
        self.phone.stop()
        self.phone.client.join(2.0)
        self.peer.socket.close()
        for call in [*self.ears.calls, *self.phone._open.values()]:
            call.media.stop()


def branch_of(message: Request | Response) -> str:
    return parse_via(parser.values(message, "Via")[0]).branch


def tag_of(message: Request | Response, name: str) -> str:
    return parse_name_addr(message.header(name)).tag


def sine(hz: float, seconds: float, rate_hz: int, level_dbfs: float = -12.0) -> np.ndarray:
    turn = 2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz
    return np.rint(32767 * 10 ** (level_dbfs / 20) * np.sin(turn)).astype(np.int16)


def sinad_db(sound: np.ndarray, hz: float, rate_hz: int) -> float:
    """The tone's power over that of everything else."""
    time_s = np.arange(len(sound)) / rate_hz
    base = np.stack([np.sin(2 * np.pi * hz * time_s), np.cos(2 * np.pi * hz * time_s)], axis=1)
    signal = sound.astype(np.float64)
    part, *_ = np.linalg.lstsq(base, signal, rcond=None)
    tone = base @ part
    return float(10 * np.log10(np.mean(tone**2) / max(1e-9, np.mean((signal - tone) ** 2))))


def tone_db(sound: np.ndarray, hz: float, rate_hz: int) -> float:
    """The level of one frequency, in dB of full scale."""
    if not len(sound):
        return -96.0
    turn = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / rate_hz)
    amplitude = 2 * abs(np.mean(sound.astype(np.float64) * turn)) / 32767
    return float(20 * np.log10(max(amplitude, 1e-5)))
