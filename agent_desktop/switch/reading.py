"""Who reads what is typed in a call: those who hear the one who types, and how each is told who it was.

Text follows the sound (`hearing`): a whisper is read by the agent alone, a barge by everybody, a customer
on hold reads nothing, and while the call is secure no supervisor does.  An announcement drowns no text, and
whoever is muted types all the same.

Rules: where one leg alone types to a reader, its text goes on as it is typed, erasing and all; where several
do, each reader gets whole lines, each with its writer's name, and what was begun as it is typed goes on so
to the end of its line; who joins in the middle of a line gets what of it was for all to read (`audience`).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Final

from agent_desktop.domain import graphemes
from agent_desktop.media import t140
from agent_desktop.media.text_news import LegLine
from agent_desktop.switch import hearing
from agent_desktop.switch.audience import NOTHING, Line
from agent_desktop.switch.calls import Call, Leg, Side

_ECHO_S: Final = 2.0
_LIKE: Final = 0.6
_DIGITS: Final = frozenset("0123456789*#")
_NAMES: Final = {
    Side.CUSTOMER: "Caller",
    Side.AGENT: "Agent",
    Side.GUEST: "Guest",
    Side.SUPERVISOR: "Supervisor",
}


def readers(call: Call, writer: Leg) -> tuple[Leg, ...]:
    """Whoever reads what this leg types now."""
    heard = hearing.rows(call, typed=True)
    return tuple(leg for leg in call.legs if leg is not writer and writer.name in heard.get(leg.name, {}))


def name_of(leg: Leg) -> str:
    """Who it was, for those who read it in a conference."""
    known = leg.person if leg.side is not Side.CUSTOMER else ""
    return known or _NAMES[leg.side]


def changed(has: str, wanted: str) -> str:
    """What to type after one text so that another stands there."""
    if has == wanted:
        return ""
    same = 0
    for stands, wants in zip(graphemes.clusters(has), graphemes.clusters(wanted), strict=False):
        if stands != wants:
            break
        same += len(stands)
    return t140.ERASE * len(graphemes.clusters(has[same:])) + wanted[same:]


def is_echo(line: LegLine, of: LegLine) -> bool:
    """Whether a line is what another textphone typed, come back from a line that echoes its tones."""
    if not 0.0 <= line.began_s - of.began_s <= _ECHO_S:
        return False
    return difflib.SequenceMatcher(None, line.text, of.text, autojunk=False).ratio() >= _LIKE


def keys_in(text: str) -> str:
    """The keys that a line begins with: "12 3 GA" is 123."""
    found = ""
    for sign in text:
        if sign in _DIGITS:
            found += sign
        elif not sign.isspace():
            break
    return found


@dataclass(slots=True)
class Reader:
    """What one leg is being written."""

    writers: set[str] = field(default_factory=set)
    """The legs that have typed to it."""
    live: str = ""
    """The leg whose line goes on here as it is typed."""
    in_line: bool = False
    """Something stands in the line that is being written."""
    has: dict[str, Line] = field(default_factory=dict)
    """What stands here of the last line of each writer."""
    is_cut: bool = False
    """The line that stands here ended elsewhere, unread: what comes begins a new one."""

    def typed(self, writer: str, text: str, before: Line = NOTHING, now: Line = NOTHING) -> str:
        """What to write now that a leg typed this; empty: its line is to be waited for.

        `before` and `now` are the writer's open line without it, and with it, as far as this leg may read.
        """
        self.writers.add(writer)
        if self.live not in {"", writer} or (not self.live and len(self.writers) > 1):
            return ""
        self.live = writer
        cut, self.is_cut = "\n" if self.is_cut and text else "", self.is_cut and not text
        number, has = self.has.get(writer, NOTHING)
        missing = changed(has if number == before[0] else "", before[1])
        self.has[writer] = now
        self.in_line = not text.endswith("\n") if text else self.in_line
        return cut + missing + text

    def finished(self, writer: str, name: str, line: str, *, is_turn: bool) -> str:
        """What to write now that a leg's line is finished; `is_turn`: its writer waits for an answer."""
        if self.live == writer:
            self.live = ""
            ends = self.in_line and (is_turn or len(self.writers) > 1)
            self.in_line = self.in_line and not ends
            return "\n" if ends else ""
        if len(self.writers) < 2 or writer not in self.writers or not line.strip():
            return ""
        cut, self.is_cut = "\n" if self.is_cut else "", False
        return f"{cut}{name}: {line}\n"

    def missed(self, writer: str) -> None:
        """That leg has finished a line where this one does not read it."""
        if self.live == writer:
            self.live = ""
            self.is_cut, self.in_line = self.in_line, False

    def left(self, writer: str) -> None:
        """That leg types no more."""
        self.writers.discard(writer)
        self.has.pop(writer, None)
        if self.live == writer:
            self.live = ""
