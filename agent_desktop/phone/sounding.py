"""What the sound thread works with: the sound and the text of one call, a cleaner, a long sound for the ear.

Rules: text must never disturb a voice: one that fails is left out, and the call goes on; a sound that fails
is silence, in its own call and its own direction alone.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from agent_desktop.media.pcm import SILENCE, Pcm
from agent_desktop.media.quality import Quality
from agent_desktop.media.text_news import Mode, TextState
from agent_desktop.media.tones import Loop
from agent_desktop.phone.probe import Probe

log = logging.getLogger(__name__)

FLOOR_DB: Final = -96.0


class CallSound(Protocol):
    """What an engine gives for a call: 20 ms in and out, never waiting.  `MediaSession` is one."""

    @property
    def pressing(self) -> bool: ...

    def receive_due(self) -> None: ...
    def read_frame(self) -> Pcm: ...
    def write_frame(self, pcm: Pcm) -> None: ...
    def press(self, digits: str) -> bool: ...
    def quality(self) -> Quality | None: ...
    def close(self) -> None: ...


class CallText(Protocol):
    """The text of a call; `media.text_leg.TextLeg` is one, which says what each does and in which thread."""

    @property
    def state(self) -> TextState: ...
    @property
    def is_far_carrier(self) -> bool: ...

    def receive_due(self) -> None: ...
    def send_due(self, *, is_held: bool = False) -> Pcm | None: ...
    def close(self) -> None: ...

    def set_mode(self, mode: Mode) -> None: ...
    def write(self, text: str) -> None: ...
    def finish_lines(self, speaker: str | None = None) -> None: ...
    def interrupt(self) -> None: ...
    def fix_shift(self) -> None: ...
    def announce(self) -> None: ...


class Cleaner(Protocol):
    """What takes echo and noise out of the agent's voice; `media.cleaning.Cleaner` is one."""

    def clean(self, microphone: Pcm, played: Pcm, delay_ms: int) -> Pcm:
        """The same 20 ms, clean; `played` was given to the speaker just before."""
        ...


class Source(Protocol):
    """A long sound for the ear: a recording, a voice message."""

    def frame(self) -> Pcm | None:
        """The next 20 ms; None at its end."""
        ...


@dataclass(slots=True)
class SoundedCall:
    """One call in the sound thread."""

    session: CallSound
    text: CallText | None = None
    is_raw: bool = False
    probe: Probe | None = None
    is_muted: bool = False
    is_held: bool = False
    tone: Loop | None = None
    sent_db: float = FLOOR_DB
    received_db: float = FLOOR_DB
    ticks: int = 0
    reads_far: Callable[[bytes], None] | None = None
    """Is told what the other side says, for captions; never waits."""
    reads_near: Callable[[bytes], None] | None = None
    is_failing: bool = False
    """That its sound fails has been written down."""

    def hear(self) -> Pcm:
        """The next 20 ms of the other side; the tones of a textphone are kept from the agent's ear."""
        text = self.text if self.probe is None else None
        if text is not None:
            self._guarded(text.receive_due)
        try:
            self.session.receive_due()
            frame = self.session.read_frame()
        except Exception as error:  # noqa: BLE001  one call's fault must not silence the others
            self.complain(error)
            return SILENCE
        return SILENCE if self._hides_tones() else frame

    def say(self, voice: Pcm) -> Pcm:
        """Send the agent's voice, or what stands in its place; what was sent.

        The microphone is muted while tones are sent, and only then (voice carry-over, hearing carry-over).
        """
        frame = SILENCE if self.is_muted or self.is_held else voice
        if self.probe is not None:
            frame = self.probe.read_frame()
        elif self.text is not None:
            tones = self._guarded(partial(self.text.send_due, is_held=self.is_held))
            frame = frame if tones is None else tones
        try:
            self.session.write_frame(frame)
        except Exception as error:  # noqa: BLE001  the same
            self.complain(error)
        return frame

    def read_along(self, far: Pcm | None, near: Pcm | None) -> None:
        """Give captions the sound; what fails is left out."""
        try:
            if far is not None and self.reads_far is not None:
                self.reads_far((SILENCE if self.is_held else far).tobytes())
            if near is not None and self.reads_near is not None:
                self.reads_near(near.tobytes())
        except Exception:
            log.exception("the captions of a call failed and are left out")
            self.reads_far = self.reads_near = None

    def close(self) -> None:
        if self.text is not None:
            self._guarded(self.text.close)
        self.session.close()

    def complain(self, error: Exception) -> None:
        """Its sound failed; that is written down once, not fifty times a second."""
        if not self.is_failing:
            self.is_failing = True
            log.error("the sound of a call failed", exc_info=error)

    def _hides_tones(self) -> bool:
        return self.probe is None and self.text is not None and self.text.is_far_carrier

    def _guarded(self, work: Callable[[], Pcm | None]) -> Pcm | None:
        try:
            return work()
        except Exception:
            log.exception("the text of a call failed and is left out")
            text, self.text = self.text, None
            with contextlib.suppress(Exception):  # its ports, if it can
                if text is not None:
                    text.close()
            return None
