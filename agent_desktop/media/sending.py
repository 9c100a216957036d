"""From what is said to packets: lowering to the codec's rate, packet length, digits, pauses.

Rules: the RTP clock goes on whether or not something is sent; digits go out instead of sound, never
beside it; the first packet after a pause carries the marker; while comfort noise was agreed on and is
wanted, a pause is one payload and then nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent_desktop.media.codecs import PCMU, Codec, late
from agent_desktop.media.comfort_noise import Noise, SilenceDetector
from agent_desktop.media.dtmf import DtmfSender
from agent_desktop.media.pcm import FRAMES_PER_S, NARROW_RATE_HZ, Pcm
from agent_desktop.media.resampling import Downsampler
from agent_desktop.media.rtp import RtpPacket, RtpSender

_NOTHING: Final[Pcm] = np.zeros(0, dtype=np.int16)
_FRAME_MS: Final = 20


@dataclass(frozen=True, slots=True)
class Manner:
    """How to send: what SDP agreed on for our direction."""

    codec: Codec = PCMU
    packet_ms: int = _FRAME_MS
    dtmf_payload_type: int | None = None
    dtmf_clock_rate_hz: int | None = None
    """None: the codec's clock (RFC 4733 section 2.1)."""
    comfort_noise_payload_type: int | None = None
    """None: pauses are sent as sound."""


class Sending:
    """The outgoing stream.  SSRC and start values come from a random source (RFC 3550 section 5.1)."""

    def __init__(self) -> None:
        # SRTP: a first number in the upper half could wrap before the peer has seen one packet.
        self.stream = RtpSender(
            ssrc=secrets.randbits(32), sequence=secrets.randbits(15), timestamp=secrets.randbits(32)
        )
        self.presses = DtmfSender()
        self.down = Downsampler()
        self._pause = SilenceDetector()
        self._rest: Pcm = _NOTHING
        self._was_silent = True

    def say(self, pcm: Pcm, manner: Manner, narrow: Pcm | None = None) -> list[RtpPacket]:
        """What is to be sent for these 20 ms; `narrow` is the same at 8 kHz, where `down` made it already."""
        codec = manner.codec
        if self.presses.busy and manner.dtmf_payload_type is not None:
            return self._press(manner, manner.dtmf_payload_type)
        sound = pcm
        if codec.sample_rate_hz == NARROW_RATE_HZ:
            sound = self.down(pcm) if narrow is None else narrow
        if manner.comfort_noise_payload_type is not None and codec.sample_rate_hz == NARROW_RATE_HZ:
            heard = self._pause.hear(sound)
            if heard is not True:
                packets = self._noise(heard, manner.comfort_noise_payload_type) if heard else []
                self.keep_silent(codec)
                return packets
        if manner.packet_ms == _FRAME_MS and len(self._rest) == 0:
            return [self._packet(sound, codec)]
        return self._cut(sound, manner)

    def keep_silent(self, codec: Codec) -> None:
        """20 ms in which nothing is sent."""
        left, self._rest = len(self._rest), _NOTHING
        self.stream.advance(codec.clock_rate_hz // FRAMES_PER_S + _units(left, codec))
        self._was_silent = True

    def _packet(self, sound: Pcm, codec: Codec) -> RtpPacket:
        packet = self.stream.packet(codec.payload_type, codec.encode(sound), marker=self._was_silent)
        self._was_silent = False
        self.stream.advance(_units(len(sound), codec))
        return packet

    def _cut(self, sound: Pcm, manner: Manner) -> list[RtpPacket]:
        codec = manner.codec
        packet_ms = _FRAME_MS if manner.packet_ms == 30 and late(codec) else manner.packet_ms
        size = codec.sample_rate_hz * packet_ms // 1000
        sound = np.concatenate((self._rest, sound))
        packets: list[RtpPacket] = []
        while len(sound) >= size:
            packets.append(self._packet(sound[:size], codec))
            sound = sound[size:]
        self._rest = sound
        return packets

    def _press(self, manner: Manner, payload_type: int) -> list[RtpPacket]:
        clock_rate_hz = manner.dtmf_clock_rate_hz or manner.codec.clock_rate_hz
        self.presses.step = clock_rate_hz // FRAMES_PER_S
        packets = [
            self.stream.packet(payload_type, event.payload, marker=event.marker, timestamp=event.timestamp)
            for event in self.presses.tick(self.stream.timestamp)
        ]
        self.keep_silent(manner.codec)
        return packets

    def _noise(self, noise: Noise, payload_type: int) -> list[RtpPacket]:
        return [self.stream.packet(payload_type, noise.encode())]


def _units(samples: int, codec: Codec) -> int:
    return samples * codec.clock_rate_hz // codec.sample_rate_hz
