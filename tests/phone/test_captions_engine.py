"""The phone's end of the recogniser's process: what the settings choose; a child that dies or hangs."""

from __future__ import annotations

import sys
import threading

import pytest

from agent_desktop.phone import captions_engine
from agent_desktop.phone.captions_engine import NOT_HERE, NOT_WANTED, Captions, engine_for
from agent_desktop.ports.captioner import Utterance

ECHO = """
import sys, struct, json
pipe, head = sys.stdin.buffer, struct.Struct("<BHI")
while len(h := pipe.read(head.size)) == head.size:
    kind, stream, length = head.unpack(h)
    sound = pipe.read(length)
    if kind == 0:
        print("no json at all")
        print(json.dumps({"stream": stream, "number": 1, "text": f"{len(sound)} bytes", "is_final": True}))
    if sound == b"die":
        sys.exit(3)
    sys.stdout.flush()
"""
REFUSES = """print('{"error": "The model is broken."}')"""
HANGS = "import time; time.sleep(600)"


class Told:
    """What a speaker's engine tells, waited for."""

    def __init__(self) -> None:
        self.words: list[Utterance] = []
        self.failures: list[str] = []
        self.came = threading.Semaphore(0)

    def heard(self, utterance: Utterance) -> None:
        self.words.append(utterance)
        self.came.release()

    def failed(self, why: str) -> None:
        self.failures.append(why)
        self.came.release()

    def wait(self) -> None:
        assert self.came.acquire(timeout=30)


@pytest.fixture
def child():
    made = []

    def start(program: str) -> Captions:
        made.append(Captions((sys.executable, "-c", program)))
        return made[-1]

    yield start
    for captions in made:
        captions.close()


def test_the_settings_say_whether_there_is_an_engine_and_why_not(tmp_path, monkeypatch):
    assert engine_for("off") == (None, NOT_WANTED)
    found, why = engine_for("whisper", str(tmp_path))
    assert found is None
    assert why == f"There is no model for captions in {tmp_path} (captions.model)."
    (tmp_path / "model.bin").touch()
    found, why = engine_for("whisper", str(tmp_path))
    assert (found is not None, why) == (True, "")
    monkeypatch.setattr(captions_engine, "MODELS", "no_such_package_of_models")
    assert engine_for("whisper") == (None, NOT_HERE)
    monkeypatch.setattr(captions_engine, "LIBRARY", "no_such_library")
    assert engine_for("whisper", str(tmp_path)) == (None, NOT_HERE)


def test_one_child_serves_all_speakers_and_ends_with_the_last(child):
    captions, one, two = child(ECHO), Told(), Told()
    streams = captions.open(one.heard, one.failed), captions.open(two.heard, two.failed)
    streams[0].hear(b"\0" * 640)
    streams[1].hear(b"\0" * 320)
    one.wait()
    two.wait()
    assert [utterance.text for utterance in one.words] == ["640 bytes"]
    assert [utterance.text for utterance in two.words] == ["320 bytes"]
    process = captions._child._process
    streams[0].close()
    assert process.poll() is None
    streams[1].close()
    assert process.poll() is not None
    assert one.failures == two.failures == []


def test_a_child_that_dies_is_told_once_and_the_next_speaker_gets_another(child):
    captions, told = child(ECHO), Told()
    captions.open(told.heard, told.failed).hear(b"die")
    told.wait()
    told.wait()
    assert told.failures == [captions_engine._FAILED]
    again = Told()
    stream = captions.open(again.heard, again.failed)
    stream.hear(b"\0\0")
    again.wait()
    assert [utterance.text for utterance in again.words] == ["2 bytes"]
    stream.close()
    assert again.failures == []


def test_a_model_that_cannot_be_loaded_says_why(child):
    captions, told = child(REFUSES), Told()
    captions.open(told.heard, told.failed)
    told.wait()
    assert told.failures == ["The model is broken."]


def test_who_gives_sound_never_waits_for_a_child_that_hangs(child):
    """Ten minutes of sound go nowhere: what does not fit is left out, and the child ends when told to."""
    captions, told = child(HANGS), Told()
    stream = captions.open(told.heard, told.failed)
    for _ in range(10 * 60 * 50):
        stream.hear(bytes(640))
    waiting = captions._child._orders.qsize()
    assert waiting <= captions_engine.MOST_WAITING_S * 50 + 1
    stream.close()
    assert told.words == []
