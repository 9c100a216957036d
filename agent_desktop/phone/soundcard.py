"""Sound cards and headsets through PortAudio (sounddevice); imported nowhere else but in `scout`.

PortAudio calls back on a thread of its own; between it and the sound thread stands a short queue.  Too
full (the card's clock is slower than ours) it loses its oldest frames, empty it gives silence, so that
drift costs a click now and then and never a growing delay.  A card that stops calling back is gone.

PortAudio sees what was plugged in only when it starts again, and then forgets every open stream.  So
`look_again` closes the open cards, starts it again and opens them as they were, while those who read and
write hear silence (measured under 0.1 s); PortAudio is called by one thread at a time.

Cards that do not know our rate are opened at a whole multiple of it and filtered here.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
import weakref
from collections import deque
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import DeviceError
from agent_desktop.media.pcm import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, Pcm, to_pcm
from agent_desktop.phone import preferences
from agent_desktop.phone.cardnames import Card, cards_of, infos_of
from agent_desktop.wire.phone import DeviceInfo

try:
    import sounddevice
except OSError:  # the PortAudio library itself is not installed
    sounddevice = None

_RATES: Final = tuple(rate for rate in (SAMPLE_RATE_HZ, 48_000, 16_000, 32_000) if rate >= SAMPLE_RATE_HZ)
_LONGEST: Final = 10  # frames: 200 ms
_KEPT: Final = 3
_GONE_S: Final = 0.6
_FIRST_S: Final = 3.0  # after opening: a Bluetooth headset takes its time
_DRAINED_S: Final = 0.3
_GOODBYE_S: Final = 3.0
_TAPS_PER_STEP: Final = 16

_portaudio = threading.RLock()
_open_cards: weakref.WeakSet[_Card] = weakref.WeakSet()


def _filter(factor: int) -> npt.NDArray[np.float64]:
    """A low pass below our band's edge for one side of a rate that is `factor` times ours."""
    count = _TAPS_PER_STEP * factor + 1
    n = np.arange(count) - count // 2
    taps = np.sinc(n * 0.9 / factor) * np.hamming(count)
    normed: npt.NDArray[np.float64] = taps / taps.sum()
    return normed


class Decimator:
    """From a multiple of our rate down, piece by piece without seams."""

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
    """From our rate up to a multiple of it, piece by piece without seams."""

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
    """What both directions share: opening as the card knows it, and noticing that it is gone."""

    def __init__(self, choice: str, *, output: bool) -> None:
        self._choice = choice
        self._output = output
        self._stream: Any = None
        self._called_at = self._opened_at = 0.0
        self._ended = False
        self._moving = False
        self._frames: deque[Pcm] = deque()
        self.factor = 1
        if sounddevice is None:
            raise DeviceError("This computer has no sound system (PortAudio); the call has no sound.")
        with _portaudio:
            self._index()

    def _index(self) -> int | None:
        """PortAudio's number of the chosen device now; None is the system's own."""
        what = "loudspeaker" if self._output else "microphone"
        if not self._choice:
            try:
                sounddevice.query_devices(None, "output" if self._output else "input")
            except (ValueError, sounddevice.PortAudioError) as error:
                raise DeviceError(f"No {what} was found; the call has no sound there.") from error
        cards = {card.name: card for card in scan() if (card.speaker if self._output else card.microphone)}
        if not self._choice:
            own = (c for c in cards.values() if (c.own_speaker if self._output else c.own_microphone))
            return next((card.index for card in own), None)
        name = preferences.find(self._choice, cards)
        if name is None:  # a part of a name is a choice on the command line
            name = next((known for known in cards if self._choice.casefold() in known.casefold()), None)
        if name is None:
            raise DeviceError(f"No {what} called {self._choice} was found; the call has no sound there.")
        return cards[name].index

    def _open(self) -> None:
        with _portaudio:
            self._open_stream(self._index())
            _open_cards.add(self)

    def _open_stream(self, index: int | None) -> None:
        opener = sounddevice.OutputStream if self._output else sounddevice.InputStream
        failure: Exception | None = None
        sides = (2, 1) if self._output else (1, 2)  # what is heard may be louder on one side
        for rate, channels in [(rate, channels) for channels in sides for rate in _RATES]:
            stream = None
            try:
                stream = opener(
                    samplerate=rate,
                    blocksize=FRAME_SAMPLES * (rate // SAMPLE_RATE_HZ),
                    device=index,
                    channels=channels,
                    dtype="int16",
                    latency="low",
                    extra_settings=_settings(index),
                    callback=self._called,
                    finished_callback=self._finished,
                )
                self.factor = rate // SAMPLE_RATE_HZ
                self._frames.clear()
                self._fit()
                self._ended = False
                self._called_at = self._opened_at = time.monotonic()
                stream.start()
            except (ValueError, sounddevice.PortAudioError) as error:
                failure = error
                if stream is not None:
                    with contextlib.suppress(sounddevice.PortAudioError):
                        stream.close()
                continue
            self._stream = stream
            return
        raise DeviceError("The sound device is in use by another program or does not work.") from failure

    def _fit(self) -> None:
        """Make the filters for the rate that was found."""

    def _called(self, data: Any, frames: int, when: Any, status: Any) -> None:
        raise NotImplementedError

    def _finished(self) -> None:
        self._ended = True

    def _alive(self) -> None:
        if self._moving:
            return
        now = time.monotonic()
        patience = _GONE_S if now - self._opened_at > _FIRST_S else _FIRST_S
        if self._stream is None or self._ended or now - self._called_at > patience:
            raise DeviceError("The sound device was unplugged or stopped working.")

    @property
    def latency_ms(self) -> float:
        """How long sound takes through the card and the queue before it."""
        stream = self._stream
        return (0.0 if stream is None else stream.latency * 1000) + len(self._frames) * FRAME_S * 1000

    def stop(self) -> None:
        """Close the card; it may be used by others now."""
        with _portaudio:
            _open_cards.discard(self)
            self._close_stream()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.close()

    def close(self) -> None:
        """Nothing else is open."""
        self.stop()

    def move(self) -> None:
        """Be still while PortAudio starts again."""
        self._moving = True
        self._close_stream()

    def come_back(self) -> None:
        """Open again as before; a card that is not there any more has ended."""
        try:
            self._open_stream(self._index())
        except DeviceError:
            self._ended = True
        self._moving = False


def _settings(index: int | None) -> Any:
    """What one host API needs to take any rate."""
    if index is None:
        return None
    api = sounddevice.query_hostapis(sounddevice.query_devices(index)["hostapi"])["name"]
    return sounddevice.WasapiSettings(auto_convert=True) if api == "Windows WASAPI" else None


class CardMicrophone(_Card):
    """A real microphone."""

    def __init__(self, choice: str) -> None:
        super().__init__(choice, output=False)

    def start(self) -> None:
        if self._stream is None and not self._moving:
            self._open()

    def _fit(self) -> None:
        self._down = Decimator(self.factor)

    def _called(self, data: Any, frames: int, when: Any, status: Any) -> None:
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
        self._sides: tuple[float, float] = (1.0, 1.0)

    def turn(self, sides: tuple[float, float]) -> None:
        """How loud the left and the right side are; a card with one side has no balance."""
        self._sides = sides

    def start(self) -> None:
        if self._stream is None and not self._moving:
            self._open()

    def _fit(self) -> None:
        self._up = Interpolator(self.factor)

    def _called(self, data: Any, frames: int, when: Any, status: Any) -> None:
        _ = frames, when, status
        self._called_at = time.monotonic()
        try:
            data[:] = self._frames.popleft()[:, np.newaxis]
            if self._sides != (1.0, 1.0) and data.shape[1] > 1:
                data[:, :2] = np.rint(data[:, :2] * np.array(self._sides))
        except (IndexError, ValueError):  # nothing is there, or it was made for the rate before
            data.fill(0)

    def write(self, frame: Pcm) -> None:
        self._alive()
        if self._moving:
            return
        self._frames.append(self._up(frame))
        if len(self._frames) > _LONGEST:
            while len(self._frames) > _KEPT:
                self._frames.popleft()

    def close(self) -> None:
        """Let the last frames out first, so that a change makes no click."""
        until = time.monotonic() + _DRAINED_S
        while self._frames and not self._ended and time.monotonic() < until:
            time.sleep(FRAME_S / 4)
        with _portaudio:
            if self._stream is not None and not self._ended:
                with contextlib.suppress(sounddevice.PortAudioError):
                    self._stream.stop()
            self.stop()


def _finish() -> None:
    """Before PortAudio ends with the program: it must not end in the middle of another thread's call."""
    if _portaudio.acquire(timeout=_GOODBYE_S):  # and nobody gets it any more
        for card in list(_open_cards):
            card.move()


if sounddevice is not None:
    atexit.register(_finish)  # runs before the one that sounddevice registered


def scan() -> tuple[Card, ...]:
    """Every device as PortAudio saw it when it started."""
    if sounddevice is None:
        return ()
    with _portaudio:
        try:
            return cards_of(sounddevice.query_devices(), sounddevice.query_hostapis())
        except sounddevice.PortAudioError:
            return ()


def list_cards() -> tuple[DeviceInfo, ...]:
    """The same for a screen."""
    return infos_of(scan())


def look_again() -> None:
    """Let PortAudio see what was plugged in; open cards are silent meanwhile and go on after it."""
    if sounddevice is None:
        return
    with _portaudio:
        cards = list(_open_cards)
        for card in cards:
            card.move()
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()  # noqa: SLF001 - PortAudio has no other way to look again
            sounddevice._initialize()  # noqa: SLF001 - the same
        for card in cards:
            card.come_back()
