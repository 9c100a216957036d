"""What both sides tell each other of the sound: our reports out, theirs in (RFC 3550 section 6).

Rules: a report counts when it comes from where the peer's reports are expected, or from the peer's host
with the SSRC of the stream that we hear (behind NAT); nothing else is believed.  With SRTP everything is
sealed (SRTCP); with a cipher that is not ours nothing is read.
"""

from __future__ import annotations

import secrets
from typing import Final, Protocol

from agent_desktop.errors import ProtocolError
from agent_desktop.media import rtcp
from agent_desktop.media.rtp import RtpReceiver, RtpSender
from agent_desktop.media.source import Address
from agent_desktop.media.srtp import Cipher
from agent_desktop.media.udp import Datagram

_EVERY_S: Final = 5.0


class Reported(Protocol):
    """What is counted of what comes to the port for reports."""

    malformed: int
    forged: int
    foreign: int
    reports: int


def target(named: Address | None, sound: Address | None) -> Address | None:
    """Where the peer takes reports: where it said, else at the port after that of the stream."""
    if named is not None:
        return named
    return None if sound is None or not 0 < sound[1] < 65535 else (sound[0], sound[1] + 1)


class Reporting:
    """The reports of one stream in each direction."""

    def __init__(self, clock_rate_hz: int = 8000) -> None:
        self.reception = rtcp.Reception(clock_rate_hz)
        self.round_trip_s: float | None = None
        self.sent: rtcp.ReportBlock | None = None
        """The last that the peer said of what we send."""
        self.has_ended = False
        """The peer said goodbye to the stream that we hear."""
        self._cname = secrets.token_hex(8)  # RFC 7022: no names of hosts
        self._at_s = 0.0

    def due(self, now_s: float) -> bool:
        """Whether a report should go out now; the first waits for something to tell."""
        if now_s < self._at_s:
            return False
        is_first, self._at_s = self._at_s == 0.0, now_s + _EVERY_S
        return not is_first

    def made(self, sender: RtpSender, receiver: RtpReceiver, now_s: float) -> bytes:
        """A sender report, or a receiver report while we send nothing."""
        block = self.reception.block(receiver, now_s)
        info = rtcp.SenderInfo(rtcp.ntp_of(now_s), sender.timestamp, sender.packets, sender.octets)
        report = rtcp.Report(sender.ssrc, () if block is None else (block,), info if sender.packets else None)
        return rtcp.encode(report, self._cname)

    def goodbye(self, sender: RtpSender) -> bytes:
        return rtcp.encode(rtcp.Report(sender.ssrc), self._cname, bye=True)

    def read(
        self,
        datagram: Datagram,
        cipher: Cipher | None,
        counters: Reported,
        *,
        expected: Address | None,
        ours: int,
        theirs: int | None,
        now_s: float,
    ) -> None:
        """Take in a datagram of the port for reports, whoever sent it; it is counted for what it is."""
        data = datagram.data if cipher is None else cipher.open_rtcp(datagram.data)
        if data is None:
            counters.forged += 1
            return
        try:
            is_theirs = self.take(
                data, datagram.source, expected=expected, ours=ours, theirs=theirs, now_s=now_s
            )
        except ProtocolError:
            counters.malformed += 1
            return
        if is_theirs:
            counters.reports += 1
        else:
            counters.foreign += 1

    def take(
        self,
        data: bytes,
        source: Address,
        *,
        expected: Address | None,
        ours: int,
        theirs: int | None,
        now_s: float,
    ) -> bool:
        """Read a report; False when it is not the peer's.  Raises ProtocolError when it is none."""
        if expected is None or source[0] != expected[0]:
            return False
        compound = rtcp.parse(data)
        if source != expected and theirs not in {report.ssrc for report in compound.reports}:
            return False
        for report in compound.reports:
            if report.sender is not None and report.ssrc == theirs:
                self.reception.sender_report(report.sender, now_s)
            for block in report.blocks:
                if block.ssrc == ours:
                    self.round_trip_s = rtcp.round_trip_s(block, now_s) or self.round_trip_s
                    self.sent = block
        self.has_ended = self.has_ended or theirs in compound.byes
        return True
