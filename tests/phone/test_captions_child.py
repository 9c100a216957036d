"""The recogniser's own process without its model: in which order it reads, how its pieces become text."""

from __future__ import annotations

import io
import queue

import msgspec
import numpy as np

from agent_desktop.phone.captions_child import (
    CLOSE,
    FINISH,
    HEADER,
    SOUND,
    Desk,
    Told,
    _Heard,
    _receive,
    serve,
    words_of,
)
from agent_desktop.ports.captioner import LOST
from tests.contract.speech import babble, pause

NOTHING = np.zeros(0, dtype=np.int16)


class Length:
    """Understands how long an utterance is."""

    def read(self, sound):
        return f"{len(sound) // 16000} s", 0.5


def take(desk: Desk, kind: int, stream: int = 1, sound=NOTHING) -> None:
    desk.take(_Heard(kind, stream, sound))


def test_the_models_pieces_are_bytes_of_text():
    assert words_of(["<|en|>", "ĠHello", ",", "Ġcaf", "Ã©", "<|endoftext|>"]) == "Hello, café"
    assert words_of([]) == ""


def test_what_is_finished_is_read_before_what_goes_on():
    desk = Desk()
    take(desk, SOUND, 1, babble(3.0))
    take(desk, SOUND, 2, np.concatenate((babble(1.0), pause(1.0))))
    found = []
    while (todo := desk.next()) is not None:
        found.append((todo[0], todo[1].is_over))
    assert found == [(2, True), (1, False)]


def test_of_an_utterance_that_goes_on_only_the_newest_is_read():
    desk = Desk()
    take(desk, SOUND, 1, babble(6.0))
    stream, spoken = desk.next()
    assert (stream, len(spoken.sound) > 4 * 16000) == (1, True)
    assert desk.next() is None


def test_whoever_cannot_follow_says_what_was_left_out():
    desk = Desk()
    for _ in range(6):
        take(desk, SOUND, 1, np.concatenate((babble(0.5), pause(1.0))))
    assert [(told.number, told.text, told.is_final) for told in desk.lost] == [
        (1, LOST, True),
        (2, LOST, True),
    ]
    assert desk.next()[1].number == 3


def test_nothing_is_read_of_a_speaker_who_is_closed():
    desk = Desk()
    take(desk, SOUND, 1, np.concatenate((babble(1.0), pause(1.0), babble(2.0))))
    take(desk, CLOSE, 1)
    assert desk.next() is None


def test_sound_on_the_pipe_becomes_lines_until_the_pipe_ends():
    frames = np.concatenate((babble(2.0), pause(0.2))).tobytes()
    pipe = io.BytesIO(HEADER.pack(SOUND, 7, len(frames)) + frames + HEADER.pack(FINISH, 7, 0))
    heard: queue.SimpleQueue = queue.SimpleQueue()
    _receive(pipe, heard)
    items = [heard.get() for _ in range(3)]
    assert items[-1] is None
    given: queue.SimpleQueue = queue.SimpleQueue()
    for item in items[:-1]:
        given.put(item)
    out = io.BytesIO()

    class Last(Length):
        def read(self, sound):
            if given.empty():
                given.put(None)
            return super().read(sound)

    serve(Last(), given, out)
    told = [msgspec.json.decode(line, type=Told) for line in out.getvalue().splitlines()]
    assert told[-1] == Told(7, 1, "2 s", told[-1].began_s, is_final=True, confidence=0.5)
