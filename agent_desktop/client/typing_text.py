r"""What is typed in a call, from the editor's text to what goes to the phone.

Real-time text goes letter by letter.  On a TTY, which cannot erase, the word that is being written is held
here, where backspace works, and goes with its space.

Rules: `edited` is told the whole text of the turn after each change and gives what to send, `\b` for each
sign that went out and is gone again; `finished` sends the rest with its ending and begins the next turn;
the phone sees every letter once, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from agent_desktop.domain import graphemes

ERASE: Final = "\b"
GO_AHEAD, STOP_KEYING, QUESTION, HOLD_ON = "GA", "SK", "Q", "HD"
MACROS: Final = {"/ga": GO_AHEAD, "/sk": STOP_KEYING, "/q": QUESTION, "/hd": HOLD_ON}


@dataclass(slots=True)
class Typing:
    """One turn of the agent in one call: `sent` is what the phone has of it."""

    sent: str = ""

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


def macro(text: str) -> tuple[str, str]:
    """A text without the macro at its end (`/ga`), and the turn word that it stands for."""
    body, _space, word = text.rstrip().rpartition(" ")
    turn_word = MACROS.get(word.lower(), "")
    return (body, turn_word) if turn_word else (text, "")


def _common(before: str, after: str) -> str:
    """How far two texts agree, in whole signs."""
    pairs = zip(graphemes.clusters(before), graphemes.clusters(after), strict=False)
    return "".join(sign for sign, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
