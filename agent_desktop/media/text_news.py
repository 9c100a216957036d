"""What is told of the text of a call: how it stands, which lines changed, what was heard, whose turn it is.

`TextLeg` makes it in the media thread, at most once in 20 ms; phone and switch show it, keep it and, where
two legs type in different ways, write into the one what the other one heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from agent_desktop.media.baudot import TurnPassed

Carrier = Literal["", "rtt", "tty"]
Mode = Literal["off", "text", "vco", "hco"]
MODES: Final[tuple[Mode, ...]] = ("off", "text", "vco", "hco")
Side = Literal["", "near", "far"]


@dataclass(frozen=True, slots=True)
class TextLosses:
    """What of the real-time text of a leg nobody read, since its beginning."""

    lost: int = 0
    """Packets that did not come, and whose text was not repeated in time."""
    flooded: int = 0
    """Characters that came and were more than a leg may send (`text_rate`)."""
    dropped: int = 0
    """Characters that were typed here and for which there was no room (`rtt_send.MOST_WAITING`)."""


NO_LOSSES: Final = TextLosses()


@dataclass(frozen=True, slots=True)
class TextState:
    """How the text of a leg stands.

    `near` is who writes through us, `far` who is at the other end.  `turn` says who may write on a
    textphone; empty where both may.
    """

    carrier: Carrier = ""
    mode: Mode = "text"
    is_found: bool = False
    """Somebody at the far end has typed: real-time text came, or the tones of a textphone."""
    turn: Side = ""
    is_typing: bool = False
    """The far end's tones are on, or text came from there within the last second."""
    is_sending: bool = False
    """Our tones are on the line."""
    waiting: int = 0
    """Characters that have not gone out."""
    waiting_s: float = 0.0
    """How long they need at the line's pace."""
    damaged: int = 0
    """Characters of the call that came damaged, or did not come."""
    baud: float = 0.0
    """The far textphone's; 0 while none was found."""
    losses: TextLosses = NO_LOSSES


@dataclass(frozen=True, slots=True)
class LegLine:
    """A line as it stands now; it takes the place of the one with its number.  Empty text: it was erased.

    `damaged` are places in `text`; U+FFFD stands where text was lost.
    """

    number: int
    speaker: str
    carrier: Carrier
    text: str
    began_s: float
    changed_s: float
    is_finished: bool = False
    damaged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TextNews:
    r"""What one tick brought.

    `heard` is the far end's new text as T.140 has it: `\n` a new line, `\b` erases the last sign (what a
    modem reads again and better is erased and typed anew), `\a` the bell, U+FFFD lost.  It is what a gateway
    writes into another leg.  `found` is true once, in the news that tells it.
    """

    state: TextState
    lines: tuple[LegLine, ...] = ()
    heard: str = ""
    passed: TurnPassed | None = None
    found: bool = False

    @property
    def is_urgent(self) -> bool:
        """Not to be gathered with others: somebody waits for it."""
        return self.found or self.passed is not None
