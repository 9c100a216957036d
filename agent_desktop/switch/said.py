"""Lines of typed text as the router is told of them, once each, and again to a router that comes back.

Rules: while card data is given (the call is secure) nothing is told that a person types then: no line that
begins or goes on meanwhile, however late it ends; what was begun before is told as it stood.  With each line
stands who could read it as it was typed; what is more than a person can type is said to be missing.
The lines of a call are kept for a router that attaches anew as long as the call is up, or ended while none
was there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from agent_desktop.media.text_leg import FAR
from agent_desktop.media.text_news import LegLine
from agent_desktop.switch.calls import Call, Leg, Side
from agent_desktop.switch.outside import Surroundings
from agent_desktop.voice.shown import shown_line
from agent_desktop.wire.calls import CallTextLine
from agent_desktop.wire.switch import TextSaid

SYSTEM: Final = "system"
SWITCH: Final = "switch"  # the name of the leg for what we say ourselves
_MOST: Final = 500  # lines of a call
_MOST_CALLS: Final = 200  # that ended while no router was there
LINES_AT_ONCE: Final = 300
LINES_PER_S: Final = 2.0
TOO_MUCH: Final = "More was typed than can be kept; some of it is missing here."
CUSTOMER, CENTRE = "customer", "centre"  # who could read a line; what the customer typed is of the first kind

_Place = tuple[str, int]


@dataclass(slots=True)
class _Record:
    """What was told of one call."""

    lines: deque[TextSaid] = field(default_factory=lambda: deque(maxlen=_MOST))
    count: int = 0
    told: dict[_Place, None] = field(default_factory=dict)
    silenced: dict[_Place, None] = field(default_factory=dict)
    is_secure: bool = False
    room: float = LINES_AT_ONCE
    """So many more lines are told now."""
    counted_at: float = 0.0
    is_full: bool = False


class Said:
    """The lines of every call.  All methods belong to the signalling thread."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._records: dict[str, _Record] = {}
        self._unseen: deque[str] = deque()
        """Calls that ended while no router was there."""

    @property
    def lines(self) -> tuple[TextSaid, ...]:
        """For a router that attaches."""
        return tuple(line for record in self._records.values() for line in record.lines)

    def secure(self, call: Call) -> bool:
        """Whether the call has become secure, or is so no more, since this was asked last."""
        record = self._records.get(call.id)
        if record is None:
            if not call.secure:
                return False
            record = self._records[call.id] = _Record()
        if record.is_secure == call.secure:
            return False
        record.is_secure = call.secure
        return True

    def seen(self, call: Call, leg: Leg, lines: Iterable[LegLine]) -> None:
        """Lines as they are being typed."""
        record = self._records.setdefault(call.id, _Record())
        for line in lines:
            if line.speaker == FAR and record.is_secure:
                _remember(record.silenced, (leg.name, line.number))

    def silence(self, call: Call, leg: Leg, number: int) -> None:
        """This line is none of this call's: it was begun in another one."""
        _remember(self._records.setdefault(call.id, _Record()).silenced, (leg.name, number))

    def line(self, call: Call, leg: Leg, line: LegLine, parts: Iterable[tuple[bool, LegLine]] = ()) -> None:
        """A line is finished, and will not be read better.

        `parts` are what the customer could read of it, and what only the centre could.
        """
        record = self._records.setdefault(call.id, _Record())
        place = (leg.name, line.number)
        if place in record.told or place in record.silenced or not line.text.strip():
            return
        _remember(record.told, place)
        for is_public, part in parts or ((True, line),):
            if part.text.strip() and self._has_room(call, record, part):
                self._tell(call, record, leg, part, CUSTOMER if is_public else CENTRE)

    def _has_room(self, call: Call, record: _Record, line: LegLine) -> bool:
        now = self._around.monotonic()
        gained = (now - record.counted_at) * LINES_PER_S
        record.room, record.counted_at = min(float(LINES_AT_ONCE), record.room + gained), now
        if record.room >= 1:
            record.room -= 1
            record.is_full = False
            return True
        if not record.is_full:
            record.is_full = True
            self.own(call, TOO_MUCH, line.carrier)
        return False

    def _tell(self, call: Call, record: _Record, leg: Leg, line: LegLine, audience: str) -> None:
        speaker = line.speaker
        if speaker == FAR:
            speaker = "customer" if leg.side is Side.CUSTOMER else "agent"
        label = SWITCH if speaker == SYSTEM else leg.label
        self._emit(
            call,
            record,
            label,
            structs.replace(shown_line(line), number=record.count + 1, speaker=speaker, finished=True),
            audience,
        )

    def own(self, call: Call, words: str, carrier: str) -> None:
        """Something that the record should say of the text."""
        record, now = self._records.setdefault(call.id, _Record()), self._around.wall()
        line = CallTextLine(
            number=record.count + 1,
            speaker=SYSTEM,
            medium=carrier,
            text=words,
            began_at=now,
            changed_at=now,
            finished=True,
        )
        self._emit(call, record, SWITCH, line, CUSTOMER)

    def ended(self, call: Call) -> None:
        """The call is over, and so is every leg of it."""
        record = self._records.get(call.id)
        if record is None or not record.lines or self._around.attended():
            self._records.pop(call.id, None)
            return
        self._unseen.append(call.id)
        while len(self._unseen) > _MOST_CALLS:
            self._records.pop(self._unseen.popleft(), None)

    def _emit(self, call: Call, record: _Record, label: str, line: CallTextLine, audience: str) -> None:
        record.count += 1
        said = TextSaid(call=call.id, leg=label, line=line, audience=audience)
        record.lines.append(said)
        self._around.emit(said)


def _remember(places: dict[_Place, None], place: _Place) -> None:
    """A line that is long gone changes no more."""
    places[place] = None
    if len(places) > _MOST:
        del places[next(iter(places))]
