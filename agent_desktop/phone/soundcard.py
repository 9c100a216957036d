"""Sound cards and headsets through PortAudio (sounddevice); imported nowhere else.

PortAudio calls back on a thread of its own; between it and the sound thread stands a short queue.  Too
full (the card's clock is slower than ours) it loses its oldest frames, empty it gives silence, so that
drift costs a click now and then and never a growing delay.  A card that has not called back for two
seconds is gone.

Cards that do not know 8 kHz are opened at a whole multiple of it and filtered here.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import DeviceError
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, Pcm, to_pcm
from agent_desktop.wire.phone import DeviceInfo

try:
    import sounddevice
except OSError:  # the PortAudio library itself is not installed
    sounddevice = None

_RATES: Final = (SAMPLE_RATE_HZ, 16_000, 48_000, 32_000)
_LONGEST: Final = 10  # frames: 200 ms
_KEPT: Final = 3
_GONE_S: Final = 2.0
_TAPS_PER_STEP: Final = 16


def _filter(factor: int) -> npt.NDArray[np.float64]:
    """A low pass below 3.6 kHz for one side of a rate that is `factor` times 8 kHz."""
    count = _TAPS_PER_STEP * factor + 1
    n = np.arange(count) - count // 2
    taps = np.sinc(n * 0.9 / factor) * np.hamming(count)
    normed: npt.NDArray[np.float64] = taps / taps.sum()
    return normed


class Decimator:
    """From a multiple of 8 kHz down, piece by piece without seams."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._taps = _filter(factor)
        self._past = np.zeros(len(self._taps) - 1)

    def __call__(self, samples: Pcm) -> Pcm:
        if self._factor == 1:
            return samples
        signal = np.concatenate([self._past, samples.astype(np.float64)])
        self._past = signal[len(signal) - len(self._past) :]
        return to_pcm(np.convolve(signal, self._taps, "valid")[:: self._factor])


class Interpolator:
    """From 8 kHz up to a multiple of it, piece by piece without seams."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._taps = _filter(factor) * factor
        self._past = np.zeros(len(self._taps) - 1)

    def __call__(self, samples: Pcm) -> Pcm:
        if self._factor == 1:
            return samples
        spread = np.zeros(len(samples) * self._factor)
        spread[:: self._factor] = samples
        signal = np.concatenate([self._past, spread])
        self._past = signal[len(signal) - len(self._past) :]
        return to_pcm(np.convolve(signal, self._taps, "valid"))


class _Card:
    """What both directions share: opening at a rate that the card knows, and noticing that it is gone."""

    def __init__(self, choice: str, *, output: bool) -> None:
        self._choice = choice
        self._output = output
        self._stream: Any = None
        self._called_at = 0.0
        self._ended = False
        self.factor = 1
        if sounddevice is None:
            raise DeviceError("This computer has no sound system (PortAudio); the call has no sound.")
        self._check()

    def _check(self) -> None:
        kind = "output" if self._output else "input"
        try:
            sounddevice.query_devices(self._choice or None, kind)
        except (ValueError, sounddevice.PortAudioError) as error:
            what = "loudspeaker" if self._output else "microphone"
            named = f"called {self._choice} " if self._choice else ""
            raise DeviceError(f"No {what} {named}was found; the call has no sound there.") from error

    def _open(self, callback: Any) -> None:
        opener = sounddevice.OutputStream if self._output else sounddevice.InputStream
        for rate in _RATES:
            self.factor = rate // SAMPLE_RATE_HZ
            try:
                stream = opener(
                    samplerate=rate,
                    blocksize=FRAME_SAMPLES * self.factor,
                    device=self._choice or None,
                    channels=1,
                    dtype="int16",
                    latency="low",
                    callback=callback,
                    finished_callback=self._finished,
                )
                stream.start()
            except (ValueError, sounddevice.PortAudioError) as error:
                failure = error
                continue
            self._stream, self._ended, self._called_at = stream, False, time.monotonic()
            return
        raise DeviceError("The sound device is in use by another program or does not work.") from failure

    def _finished(self) -> None:
        self._ended = True

    def _alive(self) -> None:
        if self._stream is None or self._ended or time.monotonic() - self._called_at > _GONE_S:
            raise DeviceError("The sound device was unplugged or stopped working.")

    def stop(self) -> None:
        """Close the card; it may be used by others now."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.close()

    def close(self) -> None:
        """Nothing else is open."""
        self.stop()


class CardMicrophone(_Card):
    """A real microphone."""

    def __init__(self, choice: str) -> None:
        super().__init__(choice, output=False)
        self._frames: deque[Pcm] = deque()

    def start(self) -> None:
        if self._stream is None:
            self._frames.clear()
            self._open(self._heard)
            self._down = Decimator(self.factor)

    def _heard(self, data: Any, frames: int, when: Any, status: Any) -> None:
        _ = frames, when, status
        self._called_at = time.monotonic()
        self._frames.append(data[:, 0].copy())
        if len(self._frames) > _LONGEST:
            while len(self._frames) > _KEPT:
                self._frames.popleft()

    def read(self) -> Pcm:
        self._alive()
        try:
            return self._down(self._frames.popleft())
        except IndexError:
            return SILENCE


class CardSpeaker(_Card):
    """A real loudspeaker or headset."""

    def __init__(self, choice: str) -> None:
        super().__init__(choice, output=True)
        self._frames: deque[Pcm] = deque()

    def start(self) -> None:
        if self._stream is None:
            self._frames.clear()
            self._open(self._wanted)
            self._up = Interpolator(self.factor)

    def _wanted(self, data: Any, frames: int, when: Any, status: Any) -> None:
        _ = frames, when, status
        self._called_at = time.monotonic()
        try:
            data[:, 0] = self._frames.popleft()
        except IndexError:
            data.fill(0)

    def write(self, frame: Pcm) -> None:
        self._alive()
        self._frames.append(self._up(frame))
        if len(self._frames) > _LONGEST:
            while len(self._frames) > _KEPT:
                self._frames.popleft()


def list_cards() -> tuple[DeviceInfo, ...]:
    """Every device that PortAudio knows, once for each name."""
    if sounddevice is None:
        return ()
    try:
        found = list(sounddevice.query_devices())
        default_in, default_out = sounddevice.default.device
    except sounddevice.PortAudioError:
        return ()
    infos: dict[str, DeviceInfo] = {}
    for index, entry in enumerate(found):
        name = str(entry["name"])
        known = infos.get(name, DeviceInfo(name=name))
        infos[name] = DeviceInfo(
            name=name,
            microphone=known.microphone or entry["max_input_channels"] > 0,
            speaker=known.speaker or entry["max_output_channels"] > 0,
            default=known.default or index in (default_in, default_out),
        )
    return tuple(infos.values())


def look_again() -> None:
    """Let PortAudio see devices that came since the start; only while none of them is open."""
    if sounddevice is not None:
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()  # noqa: SLF001 - PortAudio has no other way to look again
            sounddevice._initialize()  # noqa: SLF001 - the same
