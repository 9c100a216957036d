"""A customer who can be told what to do from a test that waits: dials, presses keys, hears, is called.

`tests.interop.party.Party` does the talking, on a loop of its own thread.  Ears are judged here too, with
deadlines instead of moments.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from agent_desktop.media import tones
from agent_desktop.media.pcm import SAMPLE_RATE_HZ
from tests.interop.party import Line, Party
from tests.interop.sound import Ear, Pcm, level

from .programs import until

T = TypeVar("T")
HEARD_DBFS, UNHEARD_DBFS = -28.0, -45.0
LAST_S = 0.6
HEARS_WITHIN_S = 25.0


class Caller:
    """One customer's telephone."""

    def __init__(self, sip: str, hz: int) -> None:
        self.hz = hz
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._party = self._run(self._open(sip, hz))
        except BaseException:
            self._shut()
            raise

    def _run(self, what: Coroutine[Any, Any, T], within_s: float = 40.0) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(within_s)

    def _call(self, what: Callable[[], T]) -> T:
        async def run() -> T:
            return what()

        return self._run(run())

    @staticmethod
    async def _open(sip: str, hz: int) -> Party:
        return await Party(hz).open(sip)

    @property
    def port(self) -> int:
        """Where it can be called."""
        return self._party.transport._udp[0][0].port

    @property
    def lines(self) -> list[Line]:
        """Every call so far."""
        return self._party.lines

    @property
    def line(self) -> Line:
        return self._party.line

    @property
    def ear(self) -> Ear:
        """What it hears in its newest call."""
        return self._party.line.ear

    def dial(self, number: str, number_of_caller: str) -> Line:
        """Call a number of the centre and wait for the answer."""
        return self._run(self._party.dial(number, caller=number_of_caller))

    def rung(self, calls: int) -> Line:
        """Wait until so many calls came or went, and the newest is up."""
        return self._run(self._party.rung(calls), 40)

    def press(self, keys: str) -> None:
        """RFC 4733."""
        self._call(lambda: self._party.press(keys))

    @property
    def keys(self) -> str:
        """Which keys the other side pressed."""
        return "".join(self.line.digits)

    @property
    def over(self) -> bool:
        return self.line.ended is not None

    def hang_up(self) -> None:
        self._call(self._party.hang_up)

    def close(self) -> None:
        try:
            self._run(self._party.close())
        finally:
            self._shut()

    def _shut(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


def newest(ear: Ear, mark: int, last_s: float = LAST_S) -> Pcm | None:
    """The last part of what was heard since a mark, when there is as much."""
    sound, length = ear.since(mark), int(last_s * SAMPLE_RATE_HZ)
    return sound[-length:] if len(sound) >= length else None


def expect(who: str, ear: Ear, *voices: int, never: tuple[int, ...] = (), last_s: float = LAST_S) -> None:
    """Wait until somebody hears all of these tones and none of those, for a while."""
    mark = ear.mark()
    told = f"{who} has heard nothing yet"

    def right() -> bool:
        nonlocal told
        sound = newest(ear, mark, last_s)
        if sound is None:
            return False
        levels = {hz: level(sound, hz) for hz in (*voices, *never)}
        told = f"{who} hears { ({hz: round(loud) for hz, loud in levels.items()}) }"
        told += f" of {tones.level_dbfs(sound):.0f} dBFS, not {voices} without {never}"
        return all(levels[hz] > HEARD_DBFS for hz in voices) and all(
            levels[hz] < UNHEARD_DBFS for hz in never
        )

    until(right, HEARS_WITHIN_S, lambda: told)


def expect_music(who: str, ear: Ear, *never: int) -> None:
    """Wait until somebody hears music: sound, but no voice of these."""
    mark = ear.mark()
    told = f"{who} has heard nothing yet"

    def right() -> bool:
        nonlocal told
        sound = newest(ear, mark, 1.0)
        if sound is None:
            return False
        loud = tones.level_dbfs(sound)
        voices = {hz: round(level(sound, hz)) for hz in never}
        told = f"{who} hears {loud:.0f} dBFS, of voices {voices}"
        return loud > -45 and all(level(sound, hz) < loud - 6 for hz in never)

    until(right, HEARS_WITHIN_S, lambda: told)
