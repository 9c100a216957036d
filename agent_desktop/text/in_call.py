"""What is typed in a call, as lines: when a piece of the caller's text is said, and how.

A piece is said at a sentence's end, at a new line, when the turn comes (GA), or at the end of a word after a
second of silence; a last word without its space after three.  Never letter by letter, unless `live on`.
What was said and is changed afterwards is said again as a whole.  Rules of the file: no clock, the time is an
argument; captions are said when they stand, because they change until then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from agent_desktop.i18n import _, plural
from agent_desktop.viewmodels.call_text import LOST, SURE, line_text, speaker
from agent_desktop.wire.calls import CAPTION, CARRY, CallText, CallTextLine

WORD_S, LETTERS_S = 1.0, 3.0
AGENT, CALLER, TTY = "agent", "customer", "tty"
_ENDS = ".!?\u2026\u061f"  # with what follows: 3.5 is one word
_CJK_ENDS = "\u3002\uff01\uff1f"
_CLOSING = "\"')\\]\u00bb\u201d\u2019"
_SENTENCE = re.compile(f"[{_ENDS}]+[{_CLOSING}]*(?=\\s)|[{_CJK_ENDS}]|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is said now of a line: `new` is what was not said yet; `again`: the whole line was changed."""

    call: str
    line: CallTextLine
    new: str
    begins: int = 0  # where `new` begins in the line
    again: bool = False


@dataclass(slots=True)
class _Heard:
    """How far a line was said."""

    line: CallTextLine
    at: float
    said: str = ""

    def unsaid(self) -> str:
        return self.line.text.removeprefix(self.said)

    def take(self, call: str, upto: int | None = None) -> list[Piece]:
        """Say it up to a place of what is unsaid; everything without one."""
        text = self.unsaid()
        again = not self.line.text.startswith(self.said)
        new = text if upto is None or again else text[:upto]
        begins = 0 if again else len(self.said)
        self.said = self.line.text if again else self.said + new
        if not new.strip() and not again:
            return []
        return [Piece(call, self.line, new, begins, again)]


@dataclass(slots=True)
class Reader:
    """All calls' lines, as far as they were said."""

    live: bool = False
    _lines: dict[tuple[str, int], _Heard] = field(default_factory=dict)
    _turns: dict[str, str] = field(default_factory=dict)
    _found: set[str] = field(default_factory=set)

    def moved(self, text: CallText, changed: Iterable[CallTextLine], now: float) -> list[Piece]:
        """Something was typed; gives what is said at once."""
        made: list[Piece] = []
        for line in changed:
            heard = self._lines.setdefault((text.call, line.number), _Heard(line, now))
            heard.line, heard.at = line, now
            if line.finished:
                made += heard.take(text.call) if line.text != heard.said else []
            elif heard.said.startswith(line.text):
                continue  # signs were taken back: what takes their place is waited for
            elif self.live and line.medium != CAPTION:
                made += heard.take(text.call)
            elif line.medium != CAPTION and (ends := [m.end() for m in _SENTENCE.finditer(heard.unsaid())]):
                made += heard.take(text.call, ends[-1])
        return made

    def turned(self, text: CallText) -> tuple[bool, list[Piece]]:
        """Whether the turn came to the agent, and what of the caller's text is still to be said then."""
        before = self._turns.get(text.call, "")
        self._turns[text.call] = text.turn
        mine = text.turn == AGENT and before != AGENT and text.found
        return mine, self._rest(text.call) if mine else []

    def began(self, text: CallText) -> bool:
        """Whether somebody types in this call for the first time."""
        new = text.found and text.call not in self._found
        self._found |= {text.call} if new else set()
        return new

    def due(self, now: float) -> list[Piece]:
        """What is said because nothing came for a while."""
        made: list[Piece] = []
        for (call, _number), heard in self._lines.items():
            unsaid = heard.unsaid()
            if heard.line.medium == CAPTION or heard.line.text == heard.said:
                continue
            if now - heard.at >= LETTERS_S or (
                now - heard.at >= WORD_S and _word_ends(unsaid) == len(unsaid)
            ):
                made += heard.take(call)
            elif now - heard.at >= WORD_S and (end := _word_ends(unsaid)):
                made += heard.take(call, end)
        return made

    def next_at(self) -> float | None:
        """When something is due by silence alone."""
        times: list[float] = []
        for heard in self._lines.values():
            if heard.line.medium == CAPTION or heard.line.text == heard.said:
                continue
            whole_word = _word_ends(heard.unsaid()) > 0
            times.append(heard.at + (WORD_S if whole_word else LETTERS_S))
        return min(times, default=None)

    def forget(self, call: str) -> list[Piece]:
        """The call is over: what was not said yet is said; a caption that is still being read comes later."""
        for key in [key for key, heard in self._lines.items() if key[0] == call and _is_read(heard.line)]:
            del self._lines[key]
        rest = self._rest(call)
        for key in [key for key in self._lines if key[0] == call]:
            del self._lines[key]
        self._turns.pop(call, None)
        self._found.discard(call)
        return rest

    def _rest(self, call: str) -> list[Piece]:
        lines = [heard for key, heard in self._lines.items() if key[0] == call]
        return [piece for heard in lines if heard.line.text != heard.said for piece in heard.take(call)]


def _is_read(line: CallTextLine) -> bool:
    return line.medium == CAPTION and not line.finished


def _word_ends(text: str) -> int:
    """The place after the last word that is whole; 0 without one."""
    if text[-1:] in _ENDS and text[:-1].strip():
        return len(text)
    ends = [at + 1 for at, sign in enumerate(text) if sign.isspace()]
    return ends[-1] if ends and text[: ends[-1]].strip() else 0


def words(piece: Piece) -> str:
    """A piece as a line, subject first: `Caller: …`, with what came damaged in words."""
    who = speaker(piece.line)
    if not piece.line.text:
        return _("{who} erased the line.", who=who)
    new = line_text(piece.line) if piece.line.medium == CARRY else piece.new
    label = _("{who}, corrected: {text}", who=who, text=new) if piece.again else f"{who}: {new}"
    return f"{label.rstrip()}{damage(piece)}"


def gives_turn(piece: Piece) -> bool:
    """Whether a line ends the caller's turn in words alone: behind a gateway no tones tell it."""
    line = piece.line
    if line.speaker != CALLER or line.medium in {TTY, CAPTION} or not line.finished:
        return False
    return line.text.rstrip(" .\n").upper().endswith((" GA", "\nGA")) or line.text.strip().upper() == "GA"


def damage(piece: Piece) -> str:
    """What of the piece came damaged or not at all, behind it."""
    ends = piece.begins + len(piece.new)
    places = [at for at in piece.line.damaged if piece.begins <= at < ends]
    said = []
    if places:
        shown = ", ".join(piece.line.text[at : at + 1].strip() or _("space") for at in places[:5])
        said.append(
            plural("{n} sign doubtful: {shown}", "{n} signs doubtful: {shown}", len(places), shown=shown)
        )
    if 0 < piece.line.confidence < SURE:
        said.append(_("the machine is not sure"))
    if lost := piece.new.count(LOST):
        said.append(plural("text lost at {n} place", "text lost at {n} places", lost))
    return f" ({'; '.join(said)})" if said else ""


def record(
    piece: Piece, text: CallText, interaction: str, *, keeps_captions: bool = True
) -> dict[str, object]:
    """A piece as an object: the whole line as it stands, and in `new` what was not told yet."""
    line = piece.line
    return {
        "type": "call_text",
        "interaction": interaction,
        "call": piece.call,
        "line": line.number,
        "speaker": _SPEAKERS.get(line.speaker, line.speaker),
        "medium": line.medium,
        "text": line.text,
        "new": piece.new,
        "finished": line.finished,
        "damaged": list(line.damaged),
        "confidence": line.confidence,
        "unsure": 0 < line.confidence < SURE,
        "kept": keeps_captions or line.medium != CAPTION,
        "lost": line.text.count(LOST),
        "turn": _SPEAKERS[AGENT] if gives_turn(piece) else _SPEAKERS.get(text.turn, text.turn),
        "waiting": text.waiting,
        "at": line.changed_at or line.began_at,
    }


_SPEAKERS = {"customer": "caller", "agent": "you"}


def turn_record(text: CallText, interaction: str) -> dict[str, object]:
    """Whose turn it is, and how the text is carried."""
    return {
        "type": "turn",
        "interaction": interaction,
        "call": text.call,
        "turn": _SPEAKERS.get(text.turn, text.turn),
        "medium": text.carrier,
        "mode": text.mode,
        "baud": text.baud,
    }
