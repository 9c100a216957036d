"""The text stream of one call leg: RTP of its own beside the sound (RFC 4103), over a pair of UDP ports.

A media thread calls `receive_due` and `send_due` once in 20 ms.  What SDP agreed on is a `StreamPlan`; a
re-INVITE changes the plan, never the stream: what was typed and not sent stays, numbers and keys go on.
Both sides report as sound does (RFC 3550 section 6.4), by the clock of the media thread; and while nobody
types an empty packet keeps the way open, on hold too (RFC 6263).

Rules: the peer is whom `SourceLock` admits, and with SRTP who has the key; what came from an address before
it was believed is kept, for a letter is not said twice as a sound is; nothing that arrives raises or takes
memory without a bound, and a tick gives no more than a few lines, for the same thread carries the sound of
every call (what is beyond comes with the next ticks); text that comes while we hold is read (nothing of the
customer's is thrown away), text that was typed meanwhile waits.
"""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.domain.graphemes import last_cluster
from agent_desktop.media import reporting, rtp
from agent_desktop.media.reporting import Reporting
from agent_desktop.media.rtp import RtpPacket, RtpSender
from agent_desktop.media.rtt import CLOCK_RATE_HZ, TextPlan
from agent_desktop.media.rtt_receive import TextCounters, TextReceiver
from agent_desktop.media.rtt_send import TextSender
from agent_desktop.media.source import PROBATION_PACKETS, Address, SourceLock, opened
from agent_desktop.media.srtp import Cipher
from agent_desktop.media.text_news import TextLosses
from agent_desktop.media.udp import Datagram, UdpPort

_MOST_PACKETS_PER_TICK: Final = 4  # 200 a second; a fast typist sends four
_MOST_SIGNS_PER_TICK: Final = 200  # a paste is read within half a second
_MOST_REPORTS_PER_TICK: Final = 4


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """What the SDP exchange agreed on for the text stream of one leg."""

    text: TextPlan
    """How we send."""
    takes: TextPlan | None = None
    """What comes, where the peer's numbers are others; None: as we send."""
    remote: Address | None = None
    sends: bool = True
    remote_rtcp: Address | None = None
    """Where the peer takes reports; None: at the port after `remote`."""
    cipher: Cipher | None = None


@dataclass(slots=True)
class StreamCounters:
    """What passed, for logs; `TextCounters` tells of the text itself."""

    sent: int = 0
    received: int = 0
    malformed: int = 0
    """No RTP: liblinphone begins with STUN."""
    forged: int = 0
    foreign: int = 0
    reports: int = 0
    """RTCP of the peer: it lives, even where it types nothing."""


class TextStream:
    """Letters in, letters out.  Every method belongs to the media thread; `now_s` only goes forward."""

    def __init__(self, ports: tuple[UdpPort, UdpPort], plan: StreamPlan, now_s: float) -> None:
        self._rtp, self._rtcp = ports
        self._plan = plan
        # SRTP: a first number in the upper half could wrap before the peer has seen one packet.
        stream = RtpSender(
            ssrc=secrets.randbits(32), sequence=secrets.randbits(15), timestamp=secrets.randbits(32)
        )
        self._sender = TextSender(plan.text, stream, now_s)
        self._receiver = TextReceiver(plan.takes or plan.text)
        self._source = SourceLock(plan.remote)
        self._reporting = Reporting(CLOCK_RATE_HZ)
        self._early: deque[tuple[Address, RtpPacket]] = deque(maxlen=PROBATION_PACKETS)
        self._ready = ""
        """What was read and is for the next ticks; `text_rate` bounds it."""
        self._greeting = 1
        """The byte order mark that opens the stream counts as no typed character."""
        self.counters = StreamCounters()

    @property
    def local(self) -> Address:
        return self._rtp.address

    @property
    def target(self) -> Address | None:
        """Where text is sent."""
        return self._source.target

    @property
    def text_counters(self) -> TextCounters:
        return self._receiver.counters

    @property
    def losses(self) -> TextLosses:
        """What nobody read."""
        counters = self._receiver.counters
        return TextLosses(counters.lost, counters.flooded, self._sender.dropped)

    @property
    def waiting(self) -> int:
        """Characters that were typed and have not gone out."""
        return max(0, self._sender.waiting - self._greeting)

    def follow(self, plan: StreamPlan) -> None:
        """New SDP: text and keys that stay the same go on as they were."""
        before = self._plan
        if plan.remote != before.remote or (plan.cipher is None) != (before.cipher is None):
            self._source = SourceLock(plan.remote)
            self._early.clear()
        cipher = None if plan.cipher is None else plan.cipher.continuing(before.cipher)
        self._plan = replace(plan, cipher=cipher)
        self._sender.configure(plan.text)
        self._receiver.configure(plan.takes or plan.text)

    def move(self, ports: tuple[UdpPort, UdpPort]) -> None:
        """Go on at other ports, because this computer has another address."""
        old = (self._rtp, self._rtcp)
        self._rtp, self._rtcp = ports
        for port in old:
            port.close()

    def write(self, text: str) -> str:
        r"""Type; `\n` is a new line, `\b` takes back; what was taken of it (`TextSender.write`)."""
        return self._sender.write(text)

    def receive_due(self, now_s: float) -> str:
        r"""What has come: plain text with `\n`, `\b`, `\a` and U+FFFD (`t140`)."""
        text = "".join(self._take(datagram, now_s) for datagram in self._rtp.receive(_MOST_PACKETS_PER_TICK))
        for datagram in self._rtcp.receive(_MOST_REPORTS_PER_TICK):
            self._take_report(datagram, now_s)
        self._ready += text + self._receiver.tick(now_s)
        given, self._ready = _parted(self._ready)
        return given

    def send_due(self, now_s: float) -> None:
        """Send the packet of this moment, if there is one, and a report when its time has come."""
        plan, target = self._plan, self._source.target
        if target is None or target[1] == 0:
            return
        if self._reporting.due(now_s):
            self._send_report(self._reporting.made(self._sender.stream, self._receiver.stream, now_s))
        packet = (self._sender.due(now_s) if plan.sends else None) or self._sender.keep_alive(now_s)
        if packet is None:
            return
        data = packet.encode()
        self._rtp.send(data if plan.cipher is None else plan.cipher.seal(data), target)
        self.counters.sent += 1
        self._greeting = 0

    def finish(self) -> str:
        """The call is over: what still waited for a late packet."""
        rest, self._ready = self._ready + self._receiver.finish(), ""
        return rest

    def close(self) -> None:
        """Say goodbye and free the ports."""
        if self.counters.sent:
            self._send_report(self._reporting.goodbye(self._sender.stream))
        self._rtp.close()
        self._rtcp.close()

    # -- inside -----------------------------------------------------------------------------------------

    def _take(self, datagram: Datagram, now_s: float) -> str:
        cipher = self._plan.cipher
        if rtp.is_rtcp(datagram.data):  # both on one port (RFC 5761)
            self._take_report(datagram, now_s)
            return ""
        packet = opened(datagram.data, cipher, self.counters)
        if packet is None:
            return ""
        if not self._source.admits(datagram.source, packet, is_proven=cipher is not None):
            self.counters.foreign += 1
            self._early.append((datagram.source, packet))
            return ""
        return self._read_early(datagram.source, packet.ssrc, now_s) + self._read(packet, now_s)

    def _read_early(self, source: Address, ssrc: int, now_s: float) -> str:
        """What the peer said while it was not known to be the peer."""
        if not self._early:
            return ""
        theirs = [early for at, early in self._early if at == source and early.ssrc == ssrc]
        self._early.clear()
        return "".join(self._read(early, now_s) for early in theirs)

    def _read(self, packet: RtpPacket, now_s: float) -> str:
        self.counters.received += 1
        stream, reception = self._receiver.stream, self._reporting.reception
        ssrc, highest = stream.ssrc, stream.highest
        text = self._receiver.receive(packet, now_s)
        if stream.ssrc != ssrc:
            reception.restarted()
        if stream.highest != highest:
            reception.arrived(packet.timestamp, now_s)
        return text

    def _take_report(self, datagram: Datagram, now_s: float) -> None:
        self._reporting.read(
            datagram,
            self._plan.cipher,
            self.counters,
            expected=self._report_target(),
            ours=self._sender.stream.ssrc,
            theirs=self._receiver.stream.ssrc,
            now_s=now_s,
        )

    def _report_target(self) -> Address | None:
        return reporting.target(self._plan.remote_rtcp, self._source.target)

    def _send_report(self, report: bytes) -> None:
        target, cipher = self._report_target(), self._plan.cipher
        if target is not None:
            self._rtcp.send(report if cipher is None else cipher.seal_rtcp(report), target)


def _parted(text: str) -> tuple[str, str]:
    """What this tick takes, and the rest; a sign of several characters is not cut."""
    if len(text) <= _MOST_SIGNS_PER_TICK:
        return text, ""
    head = text[:_MOST_SIGNS_PER_TICK]
    at = len(head) - len(last_cluster(head)) or len(head)
    return text[:at], text[at:]
