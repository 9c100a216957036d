"""What the sound thread listens and speaks through: one microphone, one speaker, any number of ringers.

A device that fails is replaced by a silent one at once, so that losing a headset ends no call; whoever
chooses devices is told and brings the next one.  A change makes no click: the old device's last frame
fades out, the new one's first fades in, and where a microphone was torn out its last frame is played
backwards into silence.

Everything here but `Ears.is_open` belongs to the sound thread.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from agent_desktop.errors import DeviceError
from agent_desktop.media.pcm import FRAME_SAMPLES, SILENCE, Pcm, to_pcm
from agent_desktop.phone.devices import Microphone, SilentMicrophone, SilentSpeaker, Speaker
from agent_desktop.phone.loudness import Loudness

_IN: Final = np.linspace(0.0, 1.0, FRAME_SAMPLES)
_OUT: Final = _IN[::-1]

_PATIENCE_S: Final = 2.0

MICROPHONE, SPEAKER, RING = "microphone", "speaker", "ring"


class _Device(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


@dataclass(slots=True, eq=False)
class Ringer:
    """A device that rings, and its loudness as a factor."""

    speaker: Speaker
    gain: float = 1.0


class Ears:
    """`lost` is told which device failed, and what happened in words."""

    def __init__(self, lost: Callable[[str, DeviceError], None]) -> None:
        self._lost = lost
        self._microphone: Microphone = SilentMicrophone()
        self._speaker: Speaker = SilentSpeaker()
        self._ringers: tuple[Ringer, ...] = ()
        self._old_microphone: Microphone | None = None
        self._old_speaker: Speaker | None = None
        self._voice: Pcm = SILENCE
        self._is_new_microphone = True
        self._is_new_speaker = True
        self._closing: list[threading.Thread] = []
        self.loudness = Loudness()
        self.is_open = False

    @property
    def delay_ms(self) -> float:
        """How long after `play` a sound comes back through `read`, as far as the devices know it."""
        devices = (self._microphone, self._speaker)
        return sum(float(getattr(device, "latency_ms", 0.0)) for device in devices)

    # ------------------------------------------------------------ 20 ms

    def read(self) -> Pcm:
        """What the microphone heard."""
        old, self._old_microphone = self._old_microphone, None
        if old is not None:
            self._voice = _faded(_last_of(old, self._voice))
            self._let_go(old)
            return self._voice
        try:
            voice = self._microphone.read()
        except DeviceError as error:
            self._let_go(self._microphone)
            self._microphone = SilentMicrophone()
            self._lost(MICROPHONE, error)
            torn, self._voice = self._voice, SILENCE
            self._is_new_microphone = True
            return _faded(torn[::-1])
        if self._is_new_microphone:
            self._is_new_microphone = False
            voice = to_pcm(voice * _IN)
        self._voice = voice
        return voice

    def play(self, ear: Pcm, ring: Pcm | None) -> Pcm:
        """Give the ear its frame and the ringers theirs; gives what the ear hears, as loud as it is."""
        if ring is None:
            ear = self.loudness.louder(ear)
        if (turn := getattr(self._speaker, "turn", None)) is not None:  # a card with two sides
            turn(self.loudness.sides)
        old, self._old_speaker = self._old_speaker, None
        if old is not None:
            with contextlib.suppress(DeviceError):  # it is not used any more
                old.write(_faded(ear))
            self._let_go(old)
        if self._is_new_speaker:
            self._is_new_speaker = False
            ear = to_pcm(ear * _IN)
        try:
            self._speaker.write(ear)
        except DeviceError as error:
            self._let_go(self._speaker)
            self._speaker = SilentSpeaker()
            self._lost(SPEAKER, error)
        for ringer in self._ringers:
            frame = SILENCE if ring is None else to_pcm(ring * ringer.gain)
            try:
                ringer.speaker.write(frame)
            except DeviceError as error:
                self._drop(ringer)
                self._lost(RING, error)
        return ear

    @property
    def rings_elsewhere(self) -> bool:
        """Whether the ear need not ring."""
        return bool(self._ringers)

    def _drop(self, ringer: Ringer) -> None:
        self._ringers = tuple(other for other in self._ringers if other is not ringer)
        self._let_go(ringer.speaker)

    # ------------------------------------------------------------ opening and changing

    def open(self) -> None:
        """Begin to use the devices; those that cannot be used are silent."""
        if self.is_open:
            return
        self.is_open = True
        try:
            self._microphone.start()
        except DeviceError as error:
            self._let_go(self._microphone)
            self._microphone = SilentMicrophone()
            self._lost(MICROPHONE, error)
        try:
            self._speaker.start()
        except DeviceError as error:
            self._let_go(self._speaker)
            self._speaker = SilentSpeaker()
            self._lost(SPEAKER, error)
        for ringer in self._ringers:
            try:
                ringer.speaker.start()
            except DeviceError as error:
                self._drop(ringer)
                self._lost(RING, error)

    def stop(self) -> None:
        """Nobody listens: other programs may have the devices."""
        if not self.is_open:
            return
        self.is_open = False
        self._is_new_microphone = self._is_new_speaker = True
        for device in self._all():
            device.stop()

    def close(self) -> None:
        """The end; waits for devices that are still being closed."""
        for device in self._all():
            device.close()
        for thread in self._closing:
            thread.join(_PATIENCE_S)

    def use(self, *, microphone: Microphone | None = None, speaker: Speaker | None = None) -> None:
        """Change devices; those that are None stay.  In a call they were started before."""
        if microphone is not None:
            if self.is_open:
                self._let_go(self._old_microphone)
                self._old_microphone = self._microphone
            else:
                self._let_go(self._microphone)
            self._microphone, self._is_new_microphone = microphone, True
        if speaker is not None:
            if self.is_open:
                self._let_go(self._old_speaker)
                self._old_speaker = self._speaker
            else:
                self._let_go(self._speaker)
            self._speaker, self._is_new_speaker = speaker, True
        self._start_again()

    def use_ringers(self, ringers: tuple[Ringer, ...]) -> None:
        """Ring there from now on; none means in the ear."""
        old, self._ringers = self._ringers, ringers
        for ringer in old:
            self._let_go(ringer.speaker)
        self._start_again()

    def _start_again(self) -> None:
        """Starting what runs already costs nothing."""
        if self.is_open:
            self.is_open = False
            self.open()

    def _let_go(self, device: _Device | None) -> None:
        """Closing a card takes time, which this thread does not have."""
        if device is not None:
            thread = threading.Thread(target=device.close, name="close device", daemon=True)
            thread.start()
            self._closing = [*(other for other in self._closing if other.is_alive()), thread]

    def _all(self) -> list[_Device]:
        found: list[_Device | None] = [self._microphone, self._speaker]
        found += [self._old_microphone, self._old_speaker, *(ringer.speaker for ringer in self._ringers)]
        return [device for device in found if device is not None]


def _last_of(microphone: Microphone, before: Pcm) -> Pcm:
    try:
        return microphone.read()
    except DeviceError:
        return before[::-1]


def _faded(frame: Pcm) -> Pcm:
    return to_pcm(frame * _OUT)
