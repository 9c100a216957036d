"""What the microphone hears, cleaned before it is sent: echo, noise and level.

The echo is ours (`echo`): measured on the same sounds, WebRTC's AEC3 takes more of it away but mangles
who speaks at the same time (PESQ 1.5 where ours leaves 3.5).  Noise suppression and gain control (NS, AGC2)
are WebRTC's, as every browser has them, from the package `livekit` (Apache-2.0; no server and no network
are involved).  It is loaded when one of them is switched on for the first time: 0.2 s, 24 MB, so do that
before a call (`prepare`).  Without the package `available` is False and these two pass the sound on.

Rules: with everything off the sound is the very same samples; each part is switched on or off at any
time, at a frame's border; a fault of the library is counted and the sound passes: a call never stops
because of its cosmetics.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from agent_desktop.media.echo import EchoCanceller
from agent_desktop.media.pcm import HALF_SAMPLES, SAMPLE_RATE_HZ, Pcm


@cache
def available() -> bool:
    """Whether this computer can suppress noise and control the gain."""
    return importlib.util.find_spec("livekit") is not None


class Cleaner:
    """The cleaning of one microphone; one thread calls `clean`, any thread switches."""

    __slots__ = ("_canceller", "_made_for", "_polish", "_wanted", "faults")

    def __init__(self, *, echo: bool = True, noise: bool = True, gain: bool = True) -> None:
        self._wanted = (echo, noise, gain)
        self._made_for = (False, False, False)
        self._canceller: EchoCanceller | None = None
        self._polish: _Polish | None = None
        self.faults = 0
        """Frames that passed with their noise because the library failed."""

    def switch(
        self, *, echo: bool | None = None, noise: bool | None = None, gain: bool | None = None
    ) -> None:
        """Switch parts on or off; None leaves one as it is."""
        before = self._wanted
        self._wanted = (
            before[0] if echo is None else echo,
            before[1] if noise is None else noise,
            before[2] if gain is None else gain,
        )

    @property
    def wanted(self) -> tuple[bool, bool, bool]:
        """Echo, noise, gain."""
        return self._wanted

    def prepare(self) -> None:
        """Load the library now, if it will be needed."""
        self._follow()

    def clean(self, microphone: Pcm, played: Pcm, delay_ms: int) -> Pcm:
        """The cleaned microphone.

        Both sounds are of the same length, whole 10 ms; `played` is what the loudspeaker was given in this
        time, and `delay_ms` how much later the microphone hears it (the sound card's two delays).
        """
        self._follow()
        sound = microphone
        if self._canceller is not None:
            cancel = self._canceller.cancel
            sound = np.concatenate(
                [cancel(microphone[piece], played[piece], delay_ms) for piece in _halves(len(microphone))]
            )
        if self._polish is not None:
            try:
                return self._polish.clean(sound)
            except (RuntimeError, ValueError):
                self.faults += 1
        return sound

    def _follow(self) -> None:
        wanted, made = self._wanted, self._made_for
        if wanted == made:
            return
        if wanted[0] != made[0]:
            self._canceller = EchoCanceller() if wanted[0] else None
        if wanted[1:] != made[1:]:
            noise, gain = wanted[1:]
            self._polish = _Polish(noise=noise, gain=gain) if (noise or gain) and available() else None
        self._made_for = wanted


@cache
def _library() -> ModuleType:
    from livekit import rtc  # noqa: PLC0415 - heavy, and not needed where everything is off

    return rtc


class _Polish:
    """One processing module, which works on frames in place."""

    __slots__ = ("_frame", "_module")

    def __init__(self, *, noise: bool, gain: bool) -> None:
        rtc = _library()
        self._frame: Any = rtc.AudioFrame
        self._module: Any = rtc.AudioProcessingModule(
            noise_suppression=noise, high_pass_filter=noise, auto_gain_control=gain
        )

    def clean(self, sound: Pcm) -> Pcm:
        cleaned = np.empty_like(sound)
        for piece in _halves(len(sound)):
            frame = self._frame(sound[piece].tobytes(), SAMPLE_RATE_HZ, 1, HALF_SAMPLES)
            self._module.process_stream(frame)
            cleaned[piece] = np.frombuffer(frame.data, dtype=np.int16)
        return cleaned


def _halves(samples: int) -> list[slice]:
    return [slice(start, start + HALF_SAMPLES) for start in range(0, samples, HALF_SAMPLES)]
