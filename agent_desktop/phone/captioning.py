"""Captions of the agent's calls: whose words are read, and the lines that they become.

Captions are asked for call by call, or start with every call (`captions.start`).  The far side is read; with
`both` the agent's own words are too, which a colleague who reads along may need.

Rules: while card data is given a call has no captions, and what is being said then never becomes a line; a
held call is silent here; the lines of a call are numbered above those that were typed in it; a call never
ends or waits because of its captions, and what failed is said in words.  What is being said when a call ends
is read to its end afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from msgspec import structs

from agent_desktop.errors import RefusedError
from agent_desktop.phone.calltable import HELD, UP, CallTable
from agent_desktop.phone.sound import Sound
from agent_desktop.ports.captioner import CaptionEngine, Captioner, Utterance
from agent_desktop.wire.calls import CAPTION, CallTextLine

CAPTIONS: Final = "captions"
"""The word among the phone's capabilities."""
OFF, FAR, BOTH = "off", "far", "both"
FIRST_LINE: Final = 1_000_000
LATE_S: Final = 10.0
"""So long after a call's end its last words may come; then they stand as far as they were read."""
_SPEAKERS: Final = {OFF: (), FAR: ("customer",), BOTH: ("customer", "agent")}
_STRANGE: Final = "Captions are off, far or both."

log = logging.getLogger(__name__)
Show = Callable[[str, str, tuple[CallTextLine, ...], str], None]


@dataclass(frozen=True, slots=True)
class Captioned:
    """What the settings say: the engine, or why there is none, and whether every call has captions."""

    engine: CaptionEngine | None = None
    why_not: str = "Captions are turned off."
    starts: bool = False
    name: str = "off"
    model: str = ""


@dataclass(slots=True)
class _Speaker:
    """Somebody whose words are read."""

    name: str
    captioner: Captioner
    began_at: float
    numbers: dict[int, int] = field(default_factory=dict)
    open: CallTextLine | None = None


@dataclass(slots=True)
class _Call:
    mode: str = OFF
    is_paused: bool = False
    lines: int = 0
    speakers: list[_Speaker] = field(default_factory=list)


class Captioning:
    """Lives on the event loop."""

    def __init__(
        self,
        wanted: Captioned,
        sound: Sound,
        table: CallTable,
        soon: Callable[[Callable[[], None]], None],
        show: Show,
        *,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """`show` is told a call, its mode, the lines that changed, and what went wrong in words."""
        self._engine = wanted.engine
        self._sound = sound
        self._table = table
        self._soon = soon
        self._show = show
        self.why_not = wanted.why_not
        self._starts = wanted.starts
        self._wall_clock = wall_clock
        self._loop = asyncio.get_running_loop()
        self._calls: dict[str, _Call] = {}
        self._over: dict[str, _Call] = {}  # whose last words are being read

    @property
    def is_there(self) -> bool:
        return self._engine is not None

    def choose(self, wanted: Captioned) -> None:
        """Another engine from now on, or none; calls that are read go on with it."""
        self._starts, self.why_not = wanted.starts, wanted.why_not
        before, self._engine = self._engine, wanted.engine
        if before is wanted.engine:
            return
        for call in tuple(self._over):
            self._leave(call)
        for call, here in self._calls.items():
            lines = tuple(line for speaker in here.speakers if (line := self._end(speaker, here)) is not None)
            here.speakers = []
            if here.mode != OFF and wanted.engine is None:
                here.mode = OFF
                self._sound.caption(call, None, None)
                self._show(call, OFF, lines, "")
            elif here.mode != OFF and wanted.engine is not None:
                self._show(call, here.mode, lines, "")
                self._follow(wanted.engine, call, here)
        if before is not None:
            self._loop.run_in_executor(None, before.close)

    def set_mode(self, call: str, mode: str) -> None:
        """Begin, end, or read the agent's own words too."""
        if self._engine is None:
            raise RefusedError(self.why_not, code="not_supported")
        if mode not in _SPEAKERS:
            raise RefusedError(_STRANGE, code="bad_mode")
        self._table.need(call, UP, HELD)
        here = self._calls.setdefault(call, _Call())
        if mode != here.mode:
            here.mode = mode
            self._follow(self._engine, call, here)

    def pause(self, call: str, *, on: bool) -> None:
        """Card data begins or is over; also of a call that has no captions yet."""
        self._table.need(call)
        here = self._calls.setdefault(call, _Call())
        if on != here.is_paused:
            here.is_paused = on
            if here.mode != OFF and self._engine is not None:
                self._follow(self._engine, call, here)

    def came_up(self, call: str) -> None:
        """A call was answered."""
        if self._starts and self._engine is not None:
            self.set_mode(call, FAR)

    def ended(self, call: str) -> None:
        """The call is over; its last words are still read, and told when they stand."""
        here = self._calls.pop(call, None)
        if here is None or not here.speakers:
            return
        for speaker in here.speakers:
            speaker.captioner.finish()
        self._over[call] = here
        self._loop.call_later(LATE_S, self._leave, call)

    def close(self) -> None:
        """The phone ends."""
        self._over.clear()
        if self._engine is not None:
            self._engine.close()

    # ------------------------------------------------------------ inside

    def _follow(self, engine: CaptionEngine, call: str, here: _Call) -> None:
        wanted = () if here.is_paused else _SPEAKERS[here.mode]
        gone = [speaker for speaker in here.speakers if speaker.name not in wanted]
        here.speakers = [speaker for speaker in here.speakers if speaker.name in wanted]
        known = {speaker.name for speaker in here.speakers}
        here.speakers += [self._begin(engine, call, name) for name in wanted if name not in known]
        taps = {speaker.name: speaker.captioner.hear for speaker in here.speakers}
        self._sound.caption(call, taps.get("customer"), taps.get("agent"))
        lines = tuple(line for speaker in gone if (line := self._end(speaker, here)) is not None)
        self._show(call, here.mode, lines, "")

    def _begin(self, engine: CaptionEngine, call: str, name: str) -> _Speaker:
        speaker: _Speaker

        def heard(utterance: Utterance) -> None:
            self._soon(lambda: self._heard(call, speaker, utterance))

        captioner = engine.open(heard, lambda why: self._soon(partial(self._failed, call, why)))
        speaker = _Speaker(name, captioner, self._wall_clock())
        return speaker

    def _end(self, speaker: _Speaker, here: _Call) -> CallTextLine | None:
        """Nobody reads it any more; what stood open is finished, or gone when it may be a card's number."""
        speaker.captioner.close()
        if speaker.open is None:
            return None
        text = "" if here.is_paused else speaker.open.text
        return structs.replace(speaker.open, text=text, finished=True)

    def _leave(self, call: str) -> None:
        """Nothing of a call that is over is waited for any more."""
        here = self._over.pop(call, None)
        for speaker in here.speakers if here is not None else ():
            speaker.captioner.close()
            if speaker.open is not None:
                self._show(call, OFF, (structs.replace(speaker.open, finished=True),), "")

    def _heard(self, call: str, speaker: _Speaker, utterance: Utterance) -> None:
        here = self._calls.get(call) or self._over.get(call)
        if here is None or not any(one is speaker for one in here.speakers):
            return
        number = speaker.numbers.get(utterance.number)
        if number is None:
            if not utterance.text:
                return
            here.lines += 1
            number = speaker.numbers[utterance.number] = FIRST_LINE + here.lines
        line = CallTextLine(
            number=number,
            speaker=speaker.name,
            medium=CAPTION,
            text=utterance.text,
            began_at=speaker.began_at + utterance.began_s,
            changed_at=self._wall_clock(),
            finished=utterance.is_final,
            confidence=utterance.confidence,
        )
        speaker.open = None if utterance.is_final else line
        if utterance.is_final:
            del speaker.numbers[utterance.number]
        self._show(call, here.mode, (line,), "")

    def _failed(self, call: str, why: str) -> None:
        self._leave(call)
        here = self._calls.get(call)
        if here is None or not here.speakers:
            return
        log.warning("a call has no captions any more", extra={"call": call, "detail": why})
        here.mode = OFF
        self._sound.caption(call, None, None)
        open_ = [speaker.open for speaker in here.speakers if speaker.open is not None]
        for speaker in here.speakers:
            speaker.captioner.close()
        here.speakers = []
        self._show(call, OFF, tuple(structs.replace(line, finished=True) for line in open_), why)
