r"""Between a customer with real-time text and one with a TTY: two ways of typing made one conversation.

A TTY is slow (five characters a second), has few signs, hears nothing while it sends and cannot erase.
Text for it waits in its `Textphone`, which keeps the pace, the turn and the alphabet; here an erase is
done where the text still waits, and becomes ` XXX ` where it is on the line already.  What the TTY says goes
on at once; where its modem reads a turn again and better, the other side sees it erased and typed anew.

Rules: no tones, no packets, no clock; nothing is dropped but bells, and what is beyond a paste of a book;
damage that nobody could read is U+FFFD, as in real-time text.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

from agent_desktop.domain import graphemes
from agent_desktop.media import t140

CORRECTION: Final = " XXX "
_MOST_WAITING: Final = 100_000
_CORRECTED: Final = 0


class Written(Protocol):
    """How the TTY prints what was typed."""

    @property
    def text(self) -> str: ...

    @property
    def is_changed(self) -> bool: ...


class Textphone(Protocol):
    """The TTY's end of the gateway: a queue before a modem."""

    @property
    def waiting(self) -> int:
        """How many characters are not on the line yet."""

    def say(self, text: str) -> Written:
        """Queue text; it goes at the line's pace, when the other side is silent."""

    def take_back(self) -> str | None:
        """Delete the last character that still waits; None when none does."""


class TextGateway:
    """The text of one call, both ways."""

    __slots__ = ("_has_sent", "_is_correcting", "_phone", "_said", "_turn", "dropped", "replaced")

    def __init__(self, phone: Textphone) -> None:
        self._phone = phone
        self.replaced = 0
        """Signs that a TTY prints otherwise than they were typed."""
        self.dropped = 0
        """Signs for which there was no room."""
        self._said: list[int] = []
        """How many characters each sign became, since the line was empty; 0 is a correction."""
        self._has_sent = False
        """Something is on the line already that an erase could mean."""
        self._is_correcting = False
        """The run of erasing has been answered by ` XXX ` already."""
        self._turn = ""
        """What the TTY's turn reads so far."""

    @property
    def waiting(self) -> int:
        """Shown as "n characters waiting"."""
        return self._phone.waiting

    def to_tty(self, text: str) -> None:
        r"""Take real-time text as `TextReceiver` gives it: plain, with `\n`, `\b`, `\a`, U+FFFD."""
        for sign in graphemes.clusters(text):
            if sign == t140.ERASE:
                self._erase()
            elif sign != t140.BELL:
                self._say(sign)

    def to_rtt(self, keep: int, text: str, *, lost: Collection[int] = (), is_new_turn: bool = False) -> str:
        """What the TTY's modem read, for `TextSender`: `keep` of the turn stands, then comes `text`.

        `lost` are places in the turn whose sound did not arrive at all.
        """
        if is_new_turn:
            self._turn = ""
        read = "".join(t140.MISSING if keep + at in lost else sign for at, sign in enumerate(text))
        gone = max(0, len(self._turn) - keep)
        self._turn = self._turn[:keep] + read
        return t140.ERASE * gone + read

    # -- inside -----------------------------------------------------------------------------------------

    def _say(self, sign: str) -> None:
        self._is_correcting = False
        if not self._phone.waiting:
            self._has_sent = self._has_sent or bool(self._said)
            self._said.clear()
        elif self._phone.waiting >= _MOST_WAITING:
            self.dropped += 1
            return
        # A TTY has no accents: of a sign of several characters the first says what can be said.
        written = self._phone.say(sign[0])
        self.replaced += written.is_changed or len(sign) > 1
        if written.text:
            self._said.append(len(written.text))

    def _erase(self) -> None:
        if self._is_correcting or not (self._said or self._has_sent):
            return
        length = self._said.pop() if self._said else 1
        if length == _CORRECTED and self._phone.waiting:
            self._said.append(_CORRECTED)
            self._is_correcting = True
            return
        if any(self._phone.take_back() is None for _ in range(max(1, length))):
            self._has_sent = True
            self._said.clear()
            self._phone.say(CORRECTION)
            self._said.append(_CORRECTED)
            self._is_correcting = True
