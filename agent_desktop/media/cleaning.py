"""What the microphone hears, cleaned before it is sent: echo, noise and level.

The work is done by WebRTC's audio processing (AEC3, noise suppression, AGC2), as every browser has it,
taken from the package `livekit` (Apache-2.0; no server and no network are involved).  It is loaded when
something is switched on for the first time: 0.2 s, 24 MB, so do that before a call (`prepare`).  While both
speak at once it favours silence over echo, which costs the near voice; with a headset leave `echo` off.
Without the package `available` is False and sound passes as it is.

Rules: with everything off the sound is the very same samples; each part is switched on or off at any
time, at a frame's border; a fault of the library is counted and the sound passes: a call never stops
because of its cosmetics.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from types import ModuleType
from typing import Any, Final

import numpy as np

from agent_desktop.media.pcm import HALF_SAMPLES, SAMPLE_RATE_HZ, Pcm

LONGEST_DELAY_MS: Final = 500


@cache
def available() -> bool:
    """Whether this computer can clean sound."""
    return importlib.util.find_spec("livekit") is not None


class Cleaner:
    """The cleaning of one microphone; one thread calls `clean`, any thread switches."""

    __slots__ = ("_engine", "_made_for", "_wanted", "faults")

    def __init__(self, *, echo: bool = True, noise: bool = True, gain: bool = True) -> None:
        self._wanted = (echo, noise, gain)
        self._made_for = (False, False, False)
        self._engine: _Engine | None = None
        self.faults = 0
        """Frames that passed uncleaned because the library failed."""

    def switch(
        self, *, echo: bool | None = None, noise: bool | None = None, gain: bool | None = None
    ) -> None:
        """Switch parts on or off; None leaves one as it is.  Another set learns the echo anew (a second)."""
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
        if self._engine is None:
            return microphone
        try:
            return self._engine.clean(microphone, played, min(max(delay_ms, 0), LONGEST_DELAY_MS))
        except (RuntimeError, ValueError):
            self.faults += 1
            return microphone

    def _follow(self) -> None:
        wanted = self._wanted
        if wanted != self._made_for:
            self._engine = _Engine(*wanted) if any(wanted) and available() else None
            self._made_for = wanted


@cache
def _library() -> ModuleType:
    from livekit import rtc  # noqa: PLC0415 - heavy, and not needed where everything is off

    return rtc


class _Engine:
    """One processing module and the frames that it works on in place."""

    __slots__ = ("_echo", "_make", "_module")

    def __init__(self, echo: bool, noise: bool, gain: bool) -> None:  # noqa: FBT001 - in the order of `wanted`
        rtc = _library()
        self._echo = echo
        self._make = rtc.AudioFrame
        self._module: Any = rtc.AudioProcessingModule(
            echo_cancellation=echo,
            noise_suppression=noise,
            high_pass_filter=echo or noise,
            auto_gain_control=gain,
        )

    def clean(self, microphone: Pcm, played: Pcm, delay_ms: int) -> Pcm:
        cleaned = np.empty_like(microphone)
        for start in range(0, len(microphone), HALF_SAMPLES):
            piece = slice(start, start + HALF_SAMPLES)
            if self._echo:
                self._module.process_reverse_stream(self._frame(played[piece]))
                self._module.set_stream_delay_ms(delay_ms)
            frame = self._frame(microphone[piece])
            self._module.process_stream(frame)
            cleaned[piece] = np.frombuffer(frame.data, dtype=np.int16)
        return cleaned

    def _frame(self, sound: Pcm) -> Any:
        return self._make(sound.tobytes(), SAMPLE_RATE_HZ, 1, HALF_SAMPLES)
