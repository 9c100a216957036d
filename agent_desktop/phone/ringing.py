"""The phone's own sounds: a ring for each kind of work, call waiting, the pips before an answer, a lost line.

An agent must know without looking whether a call, a chat or an email is offered.  Each kind has its own
tune, made here so that no file can be missing; all of them start and end softly.  The call-waiting tone is
heard over a customer's voice and is therefore quiet and rare (complaint R13): its level is the agent's, and
it can be switched off.

Levels are in dB below full scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from agent_desktop.errors import RefusedError
from agent_desktop.media.pcm import FULL_SCALE, SAMPLE_RATE_HZ, Pcm, to_pcm

RING_DB: Final = -12.0
WAITING_DB: Final = -30.0
_SOUND_DB: Final = -20.0
_LOUDEST_DB, _QUIETEST_DB = 0.0, -60.0
_EDGE_S: Final = 0.008

Note = tuple[tuple[float, ...], float]
"""Frequencies that sound together (none is a pause), and seconds."""

_PAUSE: Final[tuple[float, ...]] = ()
_BURR: Final = (425.0, 480.0)

_RINGS: Final[Mapping[str, tuple[Note, ...]]] = {
    "voice": ((_BURR, 0.4), (_PAUSE, 0.2), (_BURR, 0.4), (_PAUSE, 2.0)),
    "chat": (((784.0,), 0.12), (_PAUSE, 0.04), ((1047.0,), 0.18), (_PAUSE, 2.66)),
    "email": (((523.0,), 0.3), ((392.0,), 0.4), (_PAUSE, 4.3)),
    "sms": (((1047.0,), 0.08), (_PAUSE, 0.08), ((1047.0,), 0.08), (_PAUSE, 2.76)),
    "social": (((659.0,), 0.12), ((784.0,), 0.12), ((988.0,), 0.2), (_PAUSE, 2.56)),
}
_OTHER: Final[tuple[Note, ...]] = (((587.0,), 0.2), (_PAUSE, 0.1), ((587.0,), 0.2), (_PAUSE, 2.5))

_WAITING: Final[tuple[Note, ...]] = (((440.0,), 0.2), (_PAUSE, 9.8))

_ONCE: Final[Mapping[str, tuple[Note, ...]]] = {
    "message": (((880.0,), 0.1), (_PAUSE, 0.1)),
    "your_turn": (((523.0,), 0.1), ((659.0,), 0.15), (_PAUSE, 0.05)),
    "warning": (((330.0,), 0.25), (_PAUSE, 0.1), ((330.0,), 0.25), (_PAUSE, 0.1)),
    "lost": (((620.0,), 0.15), ((480.0,), 0.15), ((350.0,), 0.35), (_PAUSE, 0.05)),
}

_ANSWERS: Final[Mapping[str, tuple[Note, ...]]] = {
    "zip": (((1400.0,), 0.08), (_PAUSE, 0.08), ((1400.0,), 0.08), (_PAUSE, 0.04)),
    "low": (((440.0,), 0.2), (_PAUSE, 0.04)),
    "rising": (((600.0,), 0.1), ((900.0,), 0.1), (_PAUSE, 0.04)),
    "double": (((1000.0,), 0.1), (_PAUSE, 0.1), ((700.0,), 0.1), (_PAUSE, 0.04)),
    "none": (),
}

KINDS: Final = tuple(_RINGS)
SOUNDS: Final = tuple(_ONCE)
ANSWER_TONES: Final = tuple(_ANSWERS)


def ring(kind: str, level_db: float = RING_DB) -> Pcm:
    """One turn of the ring for a kind of work, to be looped; an unknown kind has a ring of its own."""
    return _melody(_RINGS.get(kind, _OTHER), level_db)


def call_waiting(level_db: float = WAITING_DB) -> Pcm:
    """One turn of the tone during a call while another one rings, to be looped."""
    return _melody(_WAITING, level_db)


def once(sound: str, level_db: float = _SOUND_DB) -> Pcm:
    """A short sound: message, your_turn, warning, or lost (the connection is)."""
    if sound not in _ONCE:
        raise RefusedError(f"This phone has no sound called {sound}.", code="no_such_sound")
    return _melody(_ONCE[sound], level_db)


def answer_tone(name: str = "zip", level_db: float = _SOUND_DB) -> Pcm:
    """What the agent hears before a call that is answered by itself; each queue may have its own."""
    return _melody(_ANSWERS.get(name, _ANSWERS["zip"]), level_db)


def _melody(notes: tuple[Note, ...], level_db: float) -> Pcm:
    peak = FULL_SCALE * 10 ** (min(_LOUDEST_DB, max(_QUIETEST_DB, level_db)) / 20)
    if not notes:
        return np.zeros(0, dtype=np.int16)
    return to_pcm(np.concatenate([peak * _note(frequencies, seconds) for frequencies, seconds in notes]))


def _note(frequencies: tuple[float, ...], seconds: float) -> npt.NDArray[np.float64]:
    count = round(seconds * SAMPLE_RATE_HZ)
    sound: npt.NDArray[np.float64] = np.zeros(count)
    if not frequencies:
        return sound
    turns = 2 * np.pi * np.arange(count) / SAMPLE_RATE_HZ
    for hz in frequencies:
        sound += np.sin(turns * hz) / len(frequencies)
    edge = min(round(_EDGE_S * SAMPLE_RATE_HZ), count // 2)
    shape = np.ones(count)
    shape[:edge] = np.linspace(0.0, 1.0, edge)
    shape[count - edge :] = shape[:edge][::-1]
    shaped: npt.NDArray[np.float64] = sound * shape
    return shaped
