"""One leg of a call as somebody who types, and is typed to: what stands open there, and who reads it.

Only `texts` changes these records, in the signalling thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agent_desktop.media.text_news import LegLine, TextState
from agent_desktop.switch import audience, reading
from agent_desktop.switch.calls import Call, Leg

TTY, RTT = "tty", "rtt"


@dataclass(slots=True, eq=False)
class Typist:
    """One leg as somebody who may type."""

    call: Call
    leg: Leg
    state: TextState = field(default_factory=TextState)
    reader: reading.Reader = field(default_factory=reading.Reader)
    held: str = ""
    """Text that nothing there can show yet: no textphone was found, and no letters were agreed on."""
    has_typed: bool = False
    open: audience.Line = audience.NOTHING
    """The line that is being typed."""
    trail: audience.Trail = field(default_factory=audience.Trail)
    marks: audience.Marks = field(default_factory=audience.Marks)
    to: audience.Audience = field(default_factory=audience.Audience)
    """Who reads what is typed now."""
    waits: dict[int, LegLine] = field(default_factory=dict)
    """Finished lines that may yet be read better."""
    last: dict[int, LegLine] = field(default_factory=dict)
    """The last lines as they stand."""
    ended: dict[int, None] = field(default_factory=dict)
    """Finished lines of which the readers know."""
    keys: dict[int, int] = field(default_factory=dict)
    """How many typed keys of a line were taken."""

    @property
    def is_textphone(self) -> bool:
        return self.state.carrier == TTY and self.state.is_found
