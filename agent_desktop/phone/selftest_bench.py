"""What the self-test measures with: the phone's own sound, and a call through its own engine.

The test hears what a call would hear: the devices are those in use, and the test call is an ordinary one in
which a probe stands in the place of the agent's mouth and ear.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np

from agent_desktop.media.pcm import FRAME_SAMPLES, Pcm
from agent_desktop.media.tones import level_dbfs
from agent_desktop.phone.preferences import SILENT
from agent_desktop.phone.probe import Probe, find
from agent_desktop.phone.selftest_words import CallMeasured
from agent_desktop.phone.sound import Sound

NAME: Final = "self-test"
NOTHING: Final[Pcm] = np.zeros(0, dtype=np.int16)
_LEVEL_S: Final = 0.2  # five times a second
_SETTLE_S: Final = 0.5
"""A card takes this long to play and to hear evenly."""
_POLL_S: Final = 0.1


class PhoneBench:
    """`dial` makes a call that is up, or raises what went wrong; `hang_up` ends it."""

    def __init__(
        self,
        sound: Sound,
        *,
        speaker: Callable[[], str],
        cancels_echo: Callable[[], bool],
        registration: Callable[[], tuple[str, str]],
        dial: Callable[[], Awaitable[str]],
        hang_up: Callable[[str], None],
    ) -> None:
        self._sound = sound
        self._speaker = speaker
        self._cancels_echo = cancels_echo
        self._registration = registration
        self._dial = dial
        self._hang_up = hang_up
        self._probe: Probe | None = None
        """Kept until the end: devices that are opened anew take their time again."""

    def has_speaker(self) -> bool:
        return self._speaker() != SILENT

    def cancels_echo(self) -> bool:
        return self._cancels_echo()

    async def hear(self, seconds: float, sound: Pcm | None, level: Callable[[float], None]) -> Pcm:
        if self._probe is None:
            self._probe = Probe()
            self._sound.join(NAME, self._probe, raw=True)
            await asyncio.sleep(_SETTLE_S)
        probe = self._probe
        probe.play(NOTHING if sound is None else sound)
        left = seconds
        while left > 0:
            await asyncio.sleep(min(left, _LEVEL_S))
            left -= _LEVEL_S
            level(level_dbfs(probe.heard()[-10 * FRAME_SAMPLES :]))
        return probe.heard()

    def close(self) -> None:
        if self._probe is not None:
            self._probe = None
            self._sound.close_call(NAME)

    async def registration(self) -> tuple[str, str]:
        state, detail = self._registration()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(3.0):
                while state == "registering":
                    await asyncio.sleep(_POLL_S)
                    state, detail = self._registration()
        return state, detail

    async def call(self, seconds: float, sound: Pcm) -> CallMeasured:
        name = await self._dial()
        try:
            probe = Probe()
            self._sound.tap(name, probe)
            await asyncio.sleep(_SETTLE_S)
            probe.play(sound)
            await asyncio.sleep(seconds - _SETTLE_S)
            quality = self._sound.quality(name)
            back = find(sound, probe.heard())
        finally:
            self._sound.tap(name, None)
            self._hang_up(name)
        if quality is None:
            return CallMeasured(back)
        return CallMeasured(back, quality.loss, quality.jitter_s)
