r"""What was typed in a call as lines that people read: who, what stands there now, what is finished.

Each side writes its own lines, both at once if they like.  A line begins with its first sign and is
finished by a new line, by a pause, or by `finish` (a turn, the end of the call).  Erasing goes back over
new lines, as far as the last lines of that side: the line before is open again.

Rules: the text is that of `t140.Cleaner` (`\n`, `\b`, `\a`, U+FFFD); each call gives the lines that are
different now, as they stand; a line with no text is gone; the number of a line never changes and is
never used again.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.domain import graphemes
from agent_desktop.media import t140

PAUSE_S: Final = 10.0
_LONGEST_LINE: Final = 2000  # signs are cheap to send and a line is read aloud as a whole
_REMEMBERED: Final = 16  # lines of a side that erasing can reach


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as it stands now."""

    number: int
    speaker: str
    began_s: float
    changed_s: float
    text: str
    is_finished: bool = False
    breaks: int = 0
    """How many new lines ended it, so that erasing takes back each of them."""

    @property
    def marks(self) -> int:
        """How many places in it where text was lost."""
        return self.text.count(t140.MISSING)


class TextLines:
    """The lines of one call, of all who type in it."""

    __slots__ = ("_lines", "_pause_s", "_total")

    def __init__(self, *, pause_s: float | None = PAUSE_S) -> None:
        """With `pause_s` None only a new line or `finish` ends a line."""
        self._pause_s = pause_s
        self._total = 0
        self._lines: dict[str, deque[TextLine]] = {}

    def write(self, speaker: str, text: str, now_s: float) -> tuple[TextLine, ...]:
        """Take what a side typed; the lines that changed, oldest first."""
        changed = {line.number: line for line in self.tick(now_s)}
        for sign in text:
            line = self._take(speaker, sign, now_s)
            if line is not None:
                changed[line.number] = line
        return tuple(changed[number] for number in sorted(changed))

    def finish(self, speaker: str | None, now_s: float) -> tuple[TextLine, ...]:
        """A turn or the call is over: end the open line of a side, or of all."""
        sides = list(self._lines) if speaker is None else [speaker]
        ended = [self._end(line, now_s, breaks=0) for side in sides if (line := self._open(side)) is not None]
        return tuple(sorted(ended, key=lambda line: line.number))

    @property
    def open(self) -> tuple[TextLine, ...]:
        """The lines that are being written."""
        return tuple(line for side in self._lines if (line := self._open(side)) is not None)

    @property
    def deadline_s(self) -> float | None:
        """When to call `tick`: a line has then paused long enough to be finished."""
        if self._pause_s is None:
            return None
        return min((line.changed_s + self._pause_s for line in self.open), default=None)

    def tick(self, now_s: float) -> tuple[TextLine, ...]:
        """Finish the lines that nobody went on with."""
        if self._pause_s is None:
            return ()
        due = [line for line in self.open if line.changed_s + self._pause_s <= now_s]
        return tuple(self._end(line, line.changed_s, breaks=0) for line in due)

    # -- inside -----------------------------------------------------------------------------------------

    def _open(self, speaker: str) -> TextLine | None:
        lines = self._lines.get(speaker)
        return lines[-1] if lines and not lines[-1].is_finished else None

    def _take(self, speaker: str, sign: str, now_s: float) -> TextLine | None:
        if sign == t140.BELL:
            return None
        if sign == t140.ERASE:
            return self._erase(speaker, now_s)
        line = self._open(speaker)
        if sign == "\n":
            return self._break(speaker, line, now_s)
        if line is not None and len(line.text) >= _LONGEST_LINE:
            # What people see as one sign may go on; a line that is cut in it is cut for hostile text alone.
            self._end(line, now_s, breaks=0)
            line = None
        if line is None:
            self._total += 1
            line = TextLine(self._total, speaker, now_s, now_s, sign)
            self._lines.setdefault(speaker, deque(maxlen=_REMEMBERED)).append(line)
            return line
        return self._put(replace(line, text=line.text + sign, changed_s=now_s))

    def _break(self, speaker: str, line: TextLine | None, now_s: float) -> TextLine | None:
        if line is not None:
            return self._end(line, now_s, breaks=1)
        lines = self._lines.get(speaker)
        if lines:
            self._put(replace(lines[-1], breaks=lines[-1].breaks + 1))
        return None

    def _erase(self, speaker: str, now_s: float) -> TextLine | None:
        lines = self._lines.get(speaker)
        if not lines:
            return None
        line = lines[-1]
        if line.breaks > 0:
            left = line.breaks - 1
            put = self._put(replace(line, breaks=left, is_finished=left > 0, changed_s=now_s))
            return None if left else put
        text = line.text[: len(line.text) - len(graphemes.last_cluster(line.text))]
        put = self._put(replace(line, text=text, is_finished=False, changed_s=now_s))
        if not text:
            lines.pop()
        return put

    def _end(self, line: TextLine, now_s: float, *, breaks: int) -> TextLine:
        return self._put(replace(line, is_finished=True, breaks=breaks, changed_s=now_s))

    def _put(self, line: TextLine) -> TextLine:
        self._lines[line.speaker][-1] = line
        return line
