"""The RTP of the pyVoIP engine: pyVoIP's client with another inside.

pyVoIP's own speaks 8-bit sound, writes A-law with the u-law table, grows without end, breaks at every wrap
of the sequence number, knows a digit by one packet only and has two threads that wake every 10 ms.  Here a
`MediaSession` does the work (16-bit G.711, jitter buffer, concealment, RTCP, source lock), and the clock is
whoever calls `exchange` every 20 ms: no thread, no polling, nothing that grows.

Rules: `start` and `agree` may come as often as they like, there is one session for the whole call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from agent_desktop.media.codecs import PCMA, PCMU, Codec
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE, Pcm
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.udp import bind_pair
from agent_desktop.phone.pyvoip_parts import PayloadType, RTPClient, TransmitType
from agent_desktop.sip.media import AgreedStream

OFFERED: Final = {0: PayloadType.PCMU, 8: PayloadType.PCMA, 101: PayloadType.EVENT}
FRAME_BYTES: Final = SILENCE.nbytes
_KNOWN: Final = {"pcmu": (PCMU, PayloadType.PCMU), "pcma": (PCMA, PayloadType.PCMA)}


class RtpClient(RTPClient):
    """One call's sound; pyVoIP's names, 16 bits."""

    def __init__(self, host: str, ports: range, dtmf: Callable[[str], None]) -> None:
        pair = bind_pair(host, ports)
        port = pair[0].address[1]
        super().__init__(dict(OFFERED), host, port, "", 0, TransmitType.SENDRECV, dtmf)
        self.session = MediaSession(pair, on_digit=dtmf)
        self._is_closed = False

    def agree(self, stream: AgreedStream) -> None:
        """Follow what SDP says now; a hold and its end change the plan, never the session."""
        self.outIP, self.outPort = stream.address, stream.port
        codec, self.preference = _KNOWN[stream.codec.name.lower()]
        self.session.configure(
            Plan(
                remote=(stream.address, stream.port) if stream.port else None,
                codec=replace(codec, payload_type=stream.codec.payload_type),
                accepted=_accepted(stream),
                dtmf_payload_type=None if stream.dtmf is None else stream.dtmf.payload_type,
                sends=stream.direction.sends,
                receives=stream.direction.receives,
            )
        )

    def exchange(self, pcm: Pcm) -> Pcm:
        """20 ms out, 20 ms in."""
        if self._is_closed:
            return SILENCE
        self.session.receive_due()
        heard = self.session.read_frame()
        self.session.write_frame(pcm)
        return heard

    # ------------------------------------------------------------ pyVoIP's names

    def start(self) -> None:
        """The ports are open already, and nothing here has a thread."""

    def stop(self) -> None:
        self.NSD = False
        if not self._is_closed:
            self._is_closed = True
            self.session.close()

    def write(self, data: bytes) -> None:
        """One frame, signed 16-bit."""
        self._frame = self.exchange(np.frombuffer(data, dtype=np.int16))

    def read(self, length: int = FRAME_BYTES, blocking: bool = True) -> bytes:  # noqa: ARG002, FBT001, FBT002 - pyVoIP's
        """What was heard while the last frame was written; it never blocks."""
        heard, self._frame = self._frame, SILENCE
        return heard.tobytes()[:length]

    _frame: Pcm = SILENCE

    def recv(self) -> None:
        """Nothing polls here."""

    def trans(self) -> None:
        """Nothing polls here."""


def _accepted(stream: AgreedStream) -> Mapping[int, Codec]:
    return {
        codec.payload_type: replace(_KNOWN[codec.name.lower()][0], payload_type=codec.payload_type)
        for codec in stream.accepts
        if codec.name.lower() in _KNOWN
    }


assert FRAME_BYTES == 2 * FRAME_SAMPLES  # noqa: S101 - 16 bits
