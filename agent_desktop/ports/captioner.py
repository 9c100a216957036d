"""Captions: what somebody says, in words, while they say it (O3, N5).

An engine is fed the sound of one speaker and tells utterances.  An utterance is told again as it grows and
is better understood, and once as final; then it never changes.  An agent who does not hear reads along;
whoever hears may look up a number that was said.  They are a machine's guess, and are labelled so wherever
they stand.

What an engine has to do:

- `open` gives a `Captioner` for one speaker; several may be open at once.  It returns at once: a model that
  takes seconds to load is loaded beside it, and what is heard meanwhile is not lost.
- `hear` takes sound of any length (16 kHz, mono, 16 bits, little-endian) and **never waits**: it is called
  by the thread that makes the call's sound.  An engine that cannot follow leaves out whole
  utterances and tells `LOST` in their place.
- `heard` and `failed` are called in a thread of the engine.  Utterances of one speaker are numbered from 1
  in the order in which they began; one that turns out to be no speech is told as final without text.
- `finish` says that the speaker stops here: what is open is told as final soon.  `close` says that nobody
  reads any more: nothing is told after it has returned, and what was heard is forgotten.
- After `failed`, with words for the agent, nothing more comes; the call goes on without captions.

No sound and no word leaves this computer, unless the engine's own name says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

LOST: Final = "\ufffd"
"""Stands where something was said and could not be read."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said between two pauses, as far as it is understood now."""

    number: int
    text: str
    began_s: float
    """How much sound of this speaker had been heard when it began."""
    is_final: bool = False
    confidence: float = 0.0
    """How sure the engine is of it, 0 to 1; 0 also where the engine does not say."""


class Captioner(Protocol):
    """One speaker."""

    def hear(self, pcm: bytes) -> None:
        """The next sound; never waits."""
        ...

    def finish(self) -> None:
        """Nothing more is said: tell what is open as final."""
        ...

    def close(self) -> None:
        """Tell nothing more."""
        ...


class CaptionEngine(Protocol):
    """What makes captions; one for a phone."""

    def open(self, heard: Callable[[Utterance], None], failed: Callable[[str], None]) -> Captioner:
        """Begin with a speaker."""
        ...

    def close(self) -> None:
        """End everything that runs."""
        ...
