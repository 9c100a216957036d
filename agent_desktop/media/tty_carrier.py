r"""A textphone (TTY) as a carrier of a leg's text: what is typed becomes tones, tones become typed text.

Both in the form of `t140` (`\n`, `\b`, U+FFFD), so that lines and gateways need not know what carries
the text.  A TTY cannot erase: `text_gateway` takes back what still waits and writes ` XXX ` for the rest,
and what the modem reads again and better comes as erased and typed anew.

Rules: what is shown of our own text is what the caller reads (upper case, no accents).  The modem's clock is
what it has heard: where nothing comes at all (on hold, before the first packet) `balance` lets time pass.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agent_desktop.media import t140
from agent_desktop.media.baudot import BaudotLeg, Found, State, TurnPassed
from agent_desktop.media.hearing import Halves
from agent_desktop.media.ita2 import Sayable
from agent_desktop.media.jitter import CAPACITY_FRAMES
from agent_desktop.media.pcm import NARROW_FRAME_SAMPLES, Pcm
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.text_gateway import TextGateway
from agent_desktop.media.tty_reading import Shown
from agent_desktop.media.tty_send import BAUD_US

_HALF: Final = NARROW_FRAME_SAMPLES // 2
_LONGEST_WAIT: Final = 30  # ticks; whoever tells the sound waits half a second for it (`reading_order`)
_BITS: Final = 8  # of a code, with two stop bits
_CODES_PER_SIGN: Final = 1.13  # with the shifts of real text


@dataclass(slots=True)
class _Printer:
    """The modem's queue for the gateway, which tells what was printed of what was typed."""

    leg: BaudotLeg
    printed: str = ""

    @property
    def waiting(self) -> int:
        return self.leg.waiting

    def say(self, text: str) -> Sayable:
        said = self.leg.say(text)
        self.printed += said.text
        return said

    def take_back(self) -> str | None:
        sign = self.leg.take_back()
        if sign is not None:
            self.printed += t140.ERASE
        return sign


@dataclass(slots=True)
class TtyHeard:
    """What some sound meant: typed text, the turn's damaged places, and what happened."""

    text: str = ""
    keep: int = 0
    """How many signs of the turn stood before what is in `text` after its erasing."""
    damaged: frozenset[int] = field(default_factory=frozenset)
    is_new_turn: bool = False
    found: Found | None = None
    passed: TurnPassed | None = None


class TtyCarrier:
    """One leg's textphone; belongs to the media thread."""

    def __init__(self, *, baud: float = BAUD_US, is_found: bool = False) -> None:
        self._leg = BaudotLeg(baud=baud, is_found=is_found)
        self._printer = _Printer(self._leg)
        self._gateway = TextGateway(self._printer)
        self._up = Upsampler()
        self._unheard = 0
        """Ticks since anything was heard."""
        self._carriers: deque[bool] = deque(maxlen=CAPACITY_FRAMES)
        """Whether there were tones, for each 20 ms that were heard."""
        self._was_sending = False

    @property
    def is_found(self) -> bool:
        return self._leg.is_found

    @property
    def state(self) -> State:
        return self._leg.state

    @property
    def is_far_carrier(self) -> bool:
        """The caller's tones are on the line now."""
        return self._leg.is_found and self._leg.receiver.has_carrier and self._leg.state is not State.SENDING

    def was_far_carrier(self, frames: int) -> bool:
        """They were so many frames ago: what was read then, an ear is spared only now."""
        return self._carriers[-1 - frames] if frames < len(self._carriers) else False

    @property
    def waiting(self) -> int:
        return self._leg.waiting

    @property
    def waiting_s(self) -> float:
        """How long what waits takes on the line, once the caller is silent."""
        return self._leg.waiting * _CODES_PER_SIGN * _BITS / self.baud

    @property
    def baud(self) -> float:
        return self._leg.receiver.baud if self._leg.is_found else BAUD_US

    @property
    def damaged(self) -> int:
        return self._leg.damaged

    def announce(self) -> None:
        """The call is known to be one by textphone: nothing has to be waited for."""
        self._leg.is_found = True

    def write(self, text: str) -> str:
        r"""Queue typed text; what the caller will read, with `\b` for what was taken back."""
        self._gateway.to_tty(text)
        printed, self._printer.printed = self._printer.printed, ""
        return printed

    def interrupt(self) -> None:
        self._leg.interrupt()

    def take_all_back(self) -> str:
        """What has not gone out, which now never will (another carrier takes it)."""
        signs: list[str] = []
        while (sign := self._leg.take_back()) is not None:
            signs.append(sign)
        return "".join(reversed(signs))

    def fix_shift(self) -> TtyHeard:
        """Read the last row of the turn in the other shift."""
        heard = TtyHeard()
        shown = self._leg.fix_shift()
        if shown is not None:
            self._show(shown, heard)
        return heard

    def hear(self, halves: Halves) -> list[TtyHeard]:
        """The next sound of the caller at 8 kHz, before anything is made up."""
        self._unheard = 0
        heard = self._hear_halves(halves)
        self._carriers.append(self.is_far_carrier)
        return heard

    def _hear_halves(self, halves: Halves) -> list[TtyHeard]:
        first, second = halves
        if first is not None and second is not None:
            return self._hear(np.concatenate((first, second)), 0)
        if first is None and second is None:
            return self._hear(None, 2 * _HALF)
        return [*self._hear(first, _HALF), *self._hear(second, _HALF)]

    def balance(self) -> list[TtyHeard]:
        """Once in 20 ms, after the sound of the tick: let time pass where nothing comes."""
        self._unheard += 1
        if self._unheard <= _LONGEST_WAIT:
            return []
        self._carriers.append(False)
        return self._hear(None, NARROW_FRAME_SAMPLES)

    def tones(self) -> Pcm | None:
        """The next 20 ms of tones at 16 kHz; None: the voice may be heard."""
        narrow = self._leg.frame(NARROW_FRAME_SAMPLES)
        if narrow is None:
            if self._was_sending:
                self._up = Upsampler()
                self._was_sending = False
            return None
        self._was_sending = True
        return self._up(narrow)

    def rest(self) -> None:
        """20 ms in which nothing may be sent."""
        self._leg.sender.rest(NARROW_FRAME_SAMPLES)

    # -- inside -----------------------------------------------------------------------------------------

    def _hear(self, sound: Pcm | None, samples: int) -> list[TtyHeard]:
        found: list[TtyHeard] = []
        for one in self._leg.hear(sound, samples):
            heard = TtyHeard()
            match one:
                case Found():
                    heard.found = one
                case TurnPassed():
                    heard.passed = one
                case Shown():
                    self._show(one, heard)
            found.append(heard)
        if found and self._leg.is_found and self._leg.reading.text:
            self._leg.sender.follow(self._leg.receiver.baud)
        return found

    def _show(self, shown: Shown, heard: TtyHeard) -> None:
        heard.text = self._gateway.to_rtt(shown.keep, shown.text, is_new_turn=shown.is_new_turn)
        heard.keep, heard.damaged, heard.is_new_turn = shown.keep, shown.damaged, shown.is_new_turn
