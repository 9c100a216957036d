r"""What is typed in a call, from the editor's text to what goes to the phone.

Real-time text goes letter by letter.  On a TTY, which cannot erase, the word that is being written is held
here, where backspace works, and goes with its space.

Rules: `edited` is told the whole text of the turn after each change and gives what to send, `\b` for each
sign that went out and is gone again; `finished` sends the rest with its ending and begins the next turn;
the phone sees every letter once, in order.  What the phone refuses never went: `answered` takes it back, so
that the next letter sends it again, and gives what of a turn that is over has to stand in the field again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from agent_desktop.domain import graphemes

ERASE: Final = "\b"
GO_AHEAD, STOP_KEYING, QUESTION, HOLD_ON = "GA", "SK", "Q", "HD"
MACROS: Final = {"/ga": GO_AHEAD, "/sk": STOP_KEYING, "/q": QUESTION, "/hd": HOLD_ON}


@dataclass(slots=True)
class _Piece:
    """What went to the phone with one request; `wrote` is the whole turn where it ends one."""

    request: str
    text: str
    closes: bool
    wrote: str
    taken: bool | None = None  # nothing while the phone has not answered


@dataclass(slots=True)
class Typing:
    """One turn of the agent in one call: `sent` is what the phone has of it, or is being given."""

    sent: str = ""
    _settled: str = ""  # what the phone has of it for certain
    _under_way: list[_Piece] = field(default_factory=list)

    def edited(self, text: str, *, holds_word: bool) -> str:
        """The text of the turn is now this; what goes to the phone."""
        kept = _common(self.sent, text)
        goes = len(text)
        if holds_word:
            ends = [at for at, sign in enumerate(text) if sign.isspace()]
            goes = max(ends[-1] + 1 if ends else 0, len(kept))
        erased = len(graphemes.clusters(self.sent[len(kept) :]))
        typed = text[len(kept) : goes]
        self.sent = text[:goes]
        return ERASE * erased + typed

    def finished(self, text: str, ending: str = "", *, is_tty: bool) -> str:
        r"""The turn is over: the rest of it, with its ending (` GA`; a new line in real-time text)."""
        last = self.edited(text, holds_word=False)
        written, self.sent = self.sent, ""
        if ending:
            last += ending if not written or written[-1].isspace() else f" {ending}"
        if is_tty:
            return last
        return f"{last}\n" if last or written else ""

    def asked(self, request: str, text: str, *, closes: bool = False, wrote: str = "") -> None:
        """A piece went to the phone; `closes`: it ends the turn, in which this was written.

        A turn can end without a piece, when all of it has gone: its `request` is empty.
        """
        self._under_way.append(_Piece(request, text, closes, wrote, None if request else True))

    def answered(self, request: str, *, taken: bool) -> str:
        """The phone took a piece or refused it; gives what has to stand in the field again."""
        piece = next((p for p in self._under_way if p.request == request), None)
        if piece is None:
            return ""
        piece.taken = taken
        back = ""
        while (ends := self._turn_answered()) is not None:
            back += self._close(ends)
        if not any(p.closes for p in self._under_way):
            while self._under_way and self._under_way[0].taken is not None:
                self._settle(self._under_way.pop(0))
        if not taken:
            self.sent = self._stands()
        return back

    def _turn_answered(self) -> int | None:
        """The place of the piece that ends the first turn, once all of the turn is answered."""
        ends = next((at for at, p in enumerate(self._under_way) if p.closes), None)
        if ends is None or any(p.taken is None for p in self._under_way[: ends + 1]):
            return None
        return ends

    def _close(self, ends: int) -> str:
        """A turn is answered as a whole; gives what of it never went."""
        turn, closing = self._under_way[:ends], self._under_way[ends]
        del self._under_way[: ends + 1]
        if closing.taken:
            self._settled = ""
            return "".join(p.text.replace(ERASE, "") for p in turn if not p.taken)
        for piece in turn:
            self._settle(piece)
        return closing.wrote

    def _settle(self, piece: _Piece) -> None:
        if piece.taken:
            self._settled = _applied(self._settled, piece.text)

    def _stands(self) -> str:
        """What the phone has of the turn that is open, if it takes what it was given and did not refuse."""
        stands = self._settled
        for piece in self._under_way:
            if piece.taken is not False:
                stands = "" if piece.closes else _applied(stands, piece.text)
        return stands


def macro(text: str) -> tuple[str, str]:
    """A text without the macro at its end (`/ga`), and the turn word that it stands for."""
    body, _space, word = text.rstrip().rpartition(" ")
    turn_word = MACROS.get(word.lower(), "")
    return (body, turn_word) if turn_word else (text, "")


def _applied(stands: str, piece: str) -> str:
    """A text after a piece, whose erasures take back whole signs."""
    for sign in piece:
        stands = (
            stands[: len(stands) - len(graphemes.last_cluster(stands))] if sign == ERASE else stands + sign
        )
    return stands


def _common(before: str, after: str) -> str:
    """How far two texts agree, in whole signs."""
    pairs = zip(graphemes.clusters(before), graphemes.clusters(after), strict=False)
    return "".join(sign for sign, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
