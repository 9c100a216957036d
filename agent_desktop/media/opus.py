"""Opus (RFC 6716) through libopus: the sound of a leg, and of a recording.

The library is called by ctypes, which lets other threads run meanwhile.  It comes with the package
`opuslib-next-bundled` (Windows, macOS, Linux on x86-64); where there is none, one that the system has is
used; without either `available` is False and nobody offers Opus.

Rules: an encoder or decoder belongs to one stream and is used by one thread at a time; a payload from
outside is asked for its length before it is decoded, and what libopus refuses is an `OpusError`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from agent_desktop.errors import AgentDesktopError, ProtocolError
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm

_BUNDLED: Final = {"darwin": "libopus.dylib", "win32": "opus.dll"}
_APPLICATION: Final = {"voip": 2048, "audio": 2049}
_SET_BITRATE: Final = 4002
_SET_VBR: Final = 4006
_SET_COMPLEXITY: Final = 4010
_SET_INBAND_FEC: Final = 4012
_SET_PACKET_LOSS_PERC: Final = 4014
_SET_DTX: Final = 4016
_SET_SIGNAL: Final = 4024
_GET_LOOKAHEAD: Final = 4027
_SIGNAL_VOICE: Final = 3001
_RESET_STATE: Final = 4028

_LARGEST_PACKET_BYTES: Final = 1275 * 3 + 7
_LONGEST_MS: Final = 120
_FRAME_MS: Final = (10, 20, 40, 60)
COMPLEXITY: Final = 5  # of 10: half the work of 10, and no difference that PESQ hears at 24 kbit/s
BITRATE_BPS: Final = 24_000
_LEAST_BPS: Final = 6000
_LITTLE_LOSS: Final = 0.01  # libopus sends FEC for 1 % and for 10 %, but (measured, 24 kbit/s) not for 5 %
_MUCH_LOSS: Final = 0.10


class OpusError(ProtocolError):
    """A payload that is no Opus packet."""


class OpusMissingError(AgentDesktopError):
    """This computer has no libopus."""


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL | None:
    for path in _candidates():
        try:
            return _declared(ctypes.CDLL(path))
        except (OSError, AttributeError):
            continue
    return None


def _candidates() -> list[str]:
    found: list[str] = []
    bundle = importlib.util.find_spec("opuslib_next")
    if bundle is not None and bundle.origin is not None:
        native = Path(bundle.origin).parent / "_native" / _BUNDLED.get(sys.platform, "libopus.so")
        if native.is_file():
            found.append(str(native))
    system = ctypes.util.find_library("opus")
    return [*found, system] if system else found


def _declared(library: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer, out = ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
    signatures: dict[str, tuple[type | None, list[type]]] = {
        "opus_encoder_create": (pointer, [integer, integer, integer, out]),
        "opus_encoder_destroy": (None, [pointer]),
        "opus_encode": (ctypes.c_int32, [pointer, pointer, integer, pointer, ctypes.c_int32]),
        "opus_encoder_ctl": (integer, [pointer, integer]),  # and one more, variadic
        "opus_decoder_create": (pointer, [integer, integer, out]),
        "opus_decoder_destroy": (None, [pointer]),
        "opus_decode": (integer, [pointer, ctypes.c_char_p, ctypes.c_int32, pointer, integer, integer]),
        "opus_decoder_ctl": (integer, [pointer, integer]),
        "opus_packet_get_nb_samples": (integer, [ctypes.c_char_p, ctypes.c_int32, ctypes.c_int32]),
        "opus_get_version_string": (ctypes.c_char_p, []),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def available() -> bool:
    """Whether this computer can speak Opus."""
    return _library() is not None


def version() -> str:
    """What the library says of itself, for the diagnosis; empty without one."""
    library = _library()
    return "" if library is None else str(library.opus_get_version_string().decode())


def _loaded() -> ctypes.CDLL:
    library = _library()
    if library is None:
        raise OpusMissingError("Opus is not installed on this computer; use G.722 or G.711.")
    return library


class Encoder:
    """Sound of 10, 20, 40 or 60 ms in, one packet out.  OpusMissingError without libopus."""

    __slots__ = ("_in", "_in_at", "_library", "_out", "_rate_hz", "_state", "channels")

    def __init__(
        self,
        *,
        rate_hz: int = SAMPLE_RATE_HZ,
        channels: int = 1,
        bitrate_bps: int = BITRATE_BPS,
        application: Literal["voip", "audio"] = "voip",
        fec: bool = True,
        complexity: int = COMPLEXITY,
    ) -> None:
        self._state = None
        self._library = _loaded()
        fault = ctypes.c_int()
        self._state = self._library.opus_encoder_create(
            rate_hz, channels, _APPLICATION[application], ctypes.byref(fault)
        )
        if not self._state:
            raise ValueError(f"Opus has no {rate_hz} Hz with {channels} channels.")
        self._rate_hz, self.channels = rate_hz, channels
        self._in = np.zeros(rate_hz * _LONGEST_MS // 1000 * channels, dtype=np.int16)
        self._in_at = self._in.ctypes.data
        self._out = ctypes.create_string_buffer(_LARGEST_PACKET_BYTES)
        self._set(_SET_BITRATE, bitrate_bps)
        self._set(_SET_VBR, 1)
        self._set(_SET_COMPLEXITY, complexity)
        self._set(_SET_INBAND_FEC, int(fec))
        self._set(_SET_DTX, 0)
        if application == "voip":
            self._set(_SET_SIGNAL, _SIGNAL_VOICE)

    def __del__(self) -> None:
        if self._state:
            self._library.opus_encoder_destroy(self._state)
            self._state = None

    def _set(self, what: int, value: int) -> None:
        self._library.opus_encoder_ctl(self._state, what, ctypes.c_int32(value))

    def expect_loss(self, share: float) -> None:
        """Tell how many packets are lost (0 to 1); above nothing, each packet carries its forerunner too."""
        self._set(_SET_PACKET_LOSS_PERC, max(0, min(100, round(100 * share))))

    def set_bitrate(self, bitrate_bps: int) -> None:
        self._set(_SET_BITRATE, bitrate_bps)

    @property
    def lookahead_samples(self) -> int:
        """The encoder's own delay, for the pre-skip of a file."""
        value = ctypes.c_int32()
        self._library.opus_encoder_ctl(self._state, _GET_LOOKAHEAD, ctypes.byref(value))
        return value.value

    def encode(self, pcm: Pcm) -> bytes:
        """`pcm` interleaved when there are two channels.  ValueError for a length that Opus does not have."""
        samples = len(pcm) // self.channels
        if samples * 1000 not in {ms * self._rate_hz for ms in _FRAME_MS}:
            raise ValueError("Opus packets hold 10, 20, 40 or 60 ms.")
        self._in[: len(pcm)] = pcm
        size = self._library.opus_encode(self._state, self._in_at, samples, self._out, _LARGEST_PACKET_BYTES)
        if size < 0:
            raise ValueError(f"Opus refused to encode (fault {size}).")
        return self._out.raw[:size]


def samples_in(payload: bytes, rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """How much sound a packet holds.  Raises `OpusError`."""
    count = int(_loaded().opus_packet_get_nb_samples(payload, len(payload), rate_hz)) if payload else -1
    if not 0 < count <= rate_hz * _LONGEST_MS // 1000:
        raise OpusError("The payload is no Opus packet.")
    return count


class Decoder:
    """Packets in, sound out, in the order in which they are played; and a guess where one is missing."""

    __slots__ = ("_library", "_out", "_out_at", "_rate_hz", "_state", "channels")

    def __init__(self, *, rate_hz: int = SAMPLE_RATE_HZ, channels: int = 1) -> None:
        self._state = None
        self._library = _loaded()
        fault = ctypes.c_int()
        self._state = self._library.opus_decoder_create(rate_hz, channels, ctypes.byref(fault))
        if not self._state:
            raise ValueError(f"Opus has no {rate_hz} Hz with {channels} channels.")
        self._rate_hz, self.channels = rate_hz, channels
        self._out = np.zeros(rate_hz * _LONGEST_MS // 1000 * channels, dtype=np.int16)
        self._out_at = self._out.ctypes.data

    def __del__(self) -> None:
        if self._state:
            self._library.opus_decoder_destroy(self._state)
            self._state = None

    def decode(self, payload: bytes) -> Pcm:
        """One packet's sound.  Raises `OpusError`."""
        return self._decode(payload, samples_in(payload, self._rate_hz), fec=False)

    def conceal(self, samples: int) -> Pcm:
        """What probably came here (whole 2.5 ms, at most 120 ms)."""
        return self._decode(None, samples, fec=False)

    def recover(self, following: bytes, samples: int) -> Pcm:
        """The lost sound before `following`, from what that packet tells of it; else a guess."""
        try:
            return self._decode(following, samples, fec=True)
        except OpusError:
            return self.conceal(samples)

    def _decode(self, payload: bytes | None, samples: int, *, fec: bool) -> Pcm:
        size = 0 if payload is None else len(payload)
        count = self._library.opus_decode(self._state, payload, size, self._out_at, samples, int(fec))
        if count < 0:
            raise OpusError("The payload is no Opus packet.")
        return self._out[: count * self.channels].copy()

    def reset(self) -> None:
        """Forget what was heard."""
        self._library.opus_decoder_ctl(self._state, _RESET_STATE)


class OpusCodec:
    """One stream's Opus in a call (RFC 7587): 16 kHz mono, for voice; decoded when it is played.

    The peer's fmtp bounds the rate and says whether it makes use of FEC; how much of it is sent follows
    the loss that the peer reports.
    """

    __slots__ = ("_decoder", "_encoder", "fmtp", "payload_type")

    name = "opus"
    clock_rate_hz = 48_000
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, payload_type: int = 111, fmtp: str = "") -> None:
        """Raises `OpusMissingError` without libopus."""
        self.payload_type, self.fmtp = payload_type, fmtp
        wishes = _parameters(fmtp)
        highest = wishes.get("maxaveragebitrate", BITRATE_BPS)
        self._encoder = Encoder(
            bitrate_bps=max(_LEAST_BPS, min(BITRATE_BPS, highest)), fec=wishes.get("useinbandfec", 0) == 1
        )
        self._encoder.expect_loss(_LITTLE_LOSS)
        self._decoder = Decoder()

    def encode(self, pcm: Pcm) -> bytes:
        return self._encoder.encode(pcm)

    def decode(self, payload: bytes) -> Pcm:
        return self._decoder.decode(payload)

    def samples_in(self, payload: bytes) -> int:
        """How much sound a payload will be.  Raises `OpusError`."""
        return samples_in(payload)

    def conceal(self, samples: int) -> Pcm:
        return self._decoder.conceal(samples)

    def recover(self, following: bytes, samples: int) -> Pcm:
        return self._decoder.recover(following, samples)

    def expect_loss(self, share: float) -> None:
        """The peer reported so much loss (0 to 1).  There is always some FEC, and never the gap at 5 %."""
        self._encoder.expect_loss(_LITTLE_LOSS if share <= 2 * _LITTLE_LOSS else max(share, _MUCH_LOSS))

    def set_bitrate(self, bitrate_bps: int) -> None:
        self._encoder.set_bitrate(bitrate_bps)


def _parameters(fmtp: str) -> dict[str, int]:
    """The numbers of an fmtp line; what is no number is passed over."""
    pairs = (part.partition("=") for part in fmtp.split(";"))
    return {name.strip().lower(): int(value) for name, _, value in pairs if value.strip().isdecimal()}
