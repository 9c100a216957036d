"""What the switch's media thread works with: the sound and the text of one leg.

Rules: text must never disturb a voice: one that fails is closed and left out, which those who read it are
told as if it had ended; everything that a leg holds is freed, whatever of it fails.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from agent_desktop.media.dtmf import ToneDetector
from agent_desktop.media.pcm import FRAME_S, SILENCE, Pcm
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.session import MediaSession
from agent_desktop.media.text_leg import TextLeg

log = logging.getLogger(__name__)

_Done = TypeVar("_Done")


@dataclass(slots=True)
class SoundedLeg:
    """A session in the media thread; `detector` finds digits where the peer has no telephone events."""

    session: MediaSession
    digit: Callable[[str], None]
    detector: ToneDetector | None = None
    silent_ticks: int = 0
    received: int = 0
    late: Pcm = field(default_factory=lambda: SILENCE)
    in_key: bool = False
    beeps: deque[Pcm] = field(default_factory=deque)
    """Keys that it is to hear as tones, before anything else."""
    text: TextLeg | None = None
    text_over: Callable[[], None] = lambda: None
    """Tells that no more will be typed."""
    is_spared: bool = False
    """The tones of its textphone are for nobody's ear: they are read here."""

    @property
    def silent_s(self) -> float:
        """For how long it has sent nothing although it could."""
        return self.silent_ticks * FRAME_S

    def take_in(self) -> tuple[Pcm, Upsampler | None]:
        """20 ms of what comes, and what raises it to 16 kHz where that is to be done."""
        if self.text is not None:
            self._guarded(self.text.receive_due)
        session = self.session
        session.receive_due()
        received = session.counters.received + session.counters.reports
        if received != self.received or received == 0 or not session.receives:
            self.received, self.silent_ticks = received, 0
        else:
            self.silent_ticks += 1
        frame, up = session.read_raw()
        is_tone = self.is_spared and self.text is not None and self.text.is_far_carrier
        return (np.zeros_like(frame) if is_tone else frame), up

    def say(self, heard: Pcm) -> Pcm:
        """What goes out: text in tones, else a key, else what it is to hear."""
        tones = None if self.text is None else self._guarded(self.text.send_due)
        if tones is not None:
            return tones
        return self.beeps.popleft() if self.beeps else heard

    def find_keys(self, frame: Pcm) -> Pcm:
        """Find the keys of one that sends them as tones, and take the tones out.

        The sound comes a frame later: the detector needs it to be suspicious before a tone has passed.
        """
        if self.detector is None:
            return frame
        for pressed in self.detector.hear(frame):
            self.digit(pressed)
        late, self.late = self.late, frame
        was_in_key, self.in_key = self.in_key, self.detector.is_sounding
        return SILENCE if was_in_key or self.in_key else late

    def close(self) -> None:
        """Free the ports; say that no more will be typed."""
        text, self.text = self.text, None
        try:
            if text is not None:
                self._end(text)
        finally:
            self.session.close()

    def _guarded(self, work: Callable[[], _Done]) -> _Done | None:
        try:
            return work()
        except Exception:
            log.exception("the text of a leg failed and is left out")
            text, self.text, self.session.tap = self.text, None, None
            if text is not None:
                self._end(text)
            return None

    def _end(self, text: TextLeg) -> None:
        try:
            text.close()
        except Exception:
            log.exception("the last of a leg's text is lost")
        self.text_over()
