"""Understanding what a caller says in a menu: a slot beside the keys (H1).

A centre without a recogniser works by touch-tone alone, and so does one whose recogniser fails: the keys are
gathered all the time.  How the adapter comes by the caller's sound is its own matter; it knows the call by
the exchange's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class SpeechRecogniser(Protocol):
    """Listens to one caller at a time for a few phrases."""

    async def start(self, call: str, phrases: Sequence[tuple[str, str]], language: str) -> str:
        """The key that goes with the phrase which the caller said; empty when none was.

        `phrases` are (what may be said, key); `language` is a tag such as en or pt-BR.  Cancelled when the
        caller presses a key, hears something else or hangs up.
        """
        ...
