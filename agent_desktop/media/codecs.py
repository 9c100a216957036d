"""How sound is written into packets: a `Codec` by its SDP name, and G.711 in both laws.

ITU-T G.711; RFC 3551 section 4.5.14.

G.711 is two tables: 65,536 bytes to write, 256 samples to read.  They are built once, at import, from
the segment rule of the Recommendation (negative samples by one's complement, as in ITU-T G.191), and
every frame is one table look-up.

Rules: 16-bit in, 16-bit out.  G.711 is a value without state, so that any leg may share it; G.722 and Opus
have a state, so that `make` gives each stream its own.  Opus is decoded when it is played (`LateCodec`),
because only then it is known whether the packet before it is still missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import ConfigError
from agent_desktop.media import g722, opus
from agent_desktop.media.pcm import Pcm

_Table = npt.NDArray[np.uint8]


class Codec(Protocol):
    """One way to write sound into RTP payloads.

    `clock_rate_hz` is the RTP timestamp's rate, `sample_rate_hz` the sound's: G.722 has 8,000 of the one
    and 16,000 of the other (RFC 3551 section 4.5.2), Opus 48,000 and here 16,000.
    """

    @property
    def name(self) -> str: ...

    @property
    def payload_type(self) -> int: ...

    @property
    def clock_rate_hz(self) -> int: ...

    @property
    def sample_rate_hz(self) -> int: ...

    def encode(self, pcm: Pcm) -> bytes: ...

    def decode(self, payload: bytes) -> Pcm: ...


class LateCodec(Codec, Protocol):
    """A codec whose payloads wait in the jitter buffer as they came, and that conceals its own losses."""

    def samples_in(self, payload: bytes) -> int:
        """How much sound a payload will be.  Raises ProtocolError for one that is none."""
        ...

    def conceal(self, samples: int) -> Pcm: ...

    def recover(self, following: bytes, samples: int) -> Pcm:
        """The lost sound before `following`."""
        ...

    def expect_loss(self, share: float) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class TableCodec:
    """A codec of one byte a sample: G.711."""

    name: str
    payload_type: int
    to_byte: _Table
    to_sample: Pcm
    clock_rate_hz: int = 8000
    sample_rate_hz: int = 8000

    def encode(self, pcm: Pcm) -> bytes:
        return self.to_byte.take(pcm.view(np.uint16)).tobytes()

    def decode(self, payload: bytes) -> Pcm:
        return self.to_sample.take(np.frombuffer(payload, dtype=np.uint8))


def _magnitudes() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Every 16-bit pattern in order of its unsigned value: magnitude (one's complement) and sign."""
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    return np.where(samples < 0, ~samples, samples), samples < 0


def _floor_log2(values: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    return (np.frexp(values.astype(np.float64))[1] - 1).astype(np.int32)


def _ulaw_bytes() -> _Table:
    magnitude, negative = _magnitudes()
    biased = np.minimum(
        (magnitude >> 2) + 33, 0x1FFF
    )  # 14 bits; the bias makes every segment start at a power of 2
    segment = np.maximum(_floor_log2(biased) - 5, 0)
    step = (biased >> (segment + 1)) & 0x0F
    code = (segment << 4) | step | np.where(negative, 0x80, 0)
    table: _Table = (~code & 0xFF).astype(np.uint8)
    return table


def _ulaw_samples() -> Pcm:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    segment = (code >> 4) & 0x07
    magnitude = ((((code & 0x0F) << 1) + 33) << segment) - 33
    return np.where(code & 0x80, -magnitude << 2, magnitude << 2).astype(np.int16)


def _alaw_bytes() -> _Table:
    magnitude, negative = _magnitudes()
    coarse = magnitude >> 4  # 12 bits
    segment = np.maximum(_floor_log2(np.maximum(coarse, 1)) - 3, 0)
    step = (coarse >> np.maximum(segment - 1, 0)) & 0x0F
    code = (segment << 4) | step | np.where(negative, 0, 0x80)
    table: _Table = (code ^ 0x55).astype(np.uint8)
    return table


def _alaw_samples() -> Pcm:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 0x07
    step = ((code & 0x0F) << 4) + 8
    magnitude = np.where(segment == 0, step, (step + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


PCMU: Final = TableCodec(name="PCMU", payload_type=0, to_byte=_ulaw_bytes(), to_sample=_ulaw_samples())
PCMA: Final = TableCodec(name="PCMA", payload_type=8, to_byte=_alaw_bytes(), to_sample=_alaw_samples())

BY_PAYLOAD_TYPE: Final[Mapping[int, TableCodec]] = {PCMU.payload_type: PCMU, PCMA.payload_type: PCMA}


def _g711(codec: TableCodec) -> Callable[[int, str], Codec]:
    return lambda payload_type, _fmtp: replace(codec, payload_type=payload_type)


_MAKERS: Final[Mapping[str, tuple[Callable[[], bool], Callable[[int, str], Codec]]]] = {
    "opus": (opus.available, opus.OpusCodec),
    "G722": (g722.available, lambda payload_type, _fmtp: g722.G722Codec(payload_type)),
    "PCMA": (lambda: True, _g711(PCMA)),
    "PCMU": (lambda: True, _g711(PCMU)),
}


def kind_of(codec: Codec) -> tuple[str, int, str]:
    """What has to be the same for a codec's state to be kept."""
    return codec.name, codec.payload_type, getattr(codec, "fmtp", "")


def late(codec: Codec) -> LateCodec | None:
    """The codec again, if its payloads wait as they came.  (Asking a Protocol costs 20 us each time.)"""
    return codec if isinstance(codec, opus.OpusCodec) else None


def available() -> tuple[str, ...]:
    """The SDP names of what this computer can speak, the best sound first."""
    return tuple(name for name, (is_there, _) in _MAKERS.items() if is_there())


def make(name: str, payload_type: int, fmtp: str = "") -> Codec:
    """A fresh codec for one stream, by its name in SDP (any case).

    `fmtp` is what the peer asked for.  Raises ConfigError for a codec that this computer does not have.
    """
    for known, (is_there, maker) in _MAKERS.items():
        if known.lower() == name.lower() and is_there():
            return maker(payload_type, fmtp)
    raise ConfigError(f"This computer has no codec {name}; it has {', '.join(available())}.")
