from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.media import ogg, opus, tones
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, Pcm, frames_of, to_pcm
from agent_desktop.media.recording import Mark, Recorder, Report, Scribe, record_to
from agent_desktop.media.vault import VaultReader

CUSTOMER_HZ, OURS_HZ, SECRET_HZ = 440, 1000, 2500


def tone(hz: float, seconds: float) -> list[Pcm]:
    count = np.arange(round(seconds * SAMPLE_RATE_HZ))
    return frames_of(to_pcm(8000 * np.sin(2 * np.pi * hz * count / SAMPLE_RATE_HZ)))


class Memory:
    """A sink that keeps everything in memory and counts."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.flushes: list[int] = []
        self.syncs = 0
        self.closed = False

    def write(self, data: bytes) -> None:
        self.data += data

    def flush(self) -> None:
        self.flushes.append(len(self.data))

    def sync(self) -> None:
        self.syncs += 1

    def close(self) -> None:
        self.closed = True


class Full(Memory):
    """A disk with room for the beginning only."""

    def write(self, data: bytes) -> None:
        if len(self.data) > 3000:
            raise OSError(28, "No space left on device")
        super().write(data)


def heard(data: bytes) -> Pcm:
    """What a player plays: two columns at 16 kHz, the pre-skip and the end cut off."""
    read = list(ogg.pages(data))
    skip = int.from_bytes(read[0].packets[0][10:12], "little") // 3
    decoder = opus.Decoder(channels=2)
    sound = [decoder.decode(packet) for page in read[2:] for packet in page.packets]
    whole = np.concatenate(sound).reshape(-1, 2) if sound else np.zeros((0, 2), dtype=np.int16)
    return whole[skip : read[-1].granule // 3]


def loudness(sound: Pcm, hz: float) -> float:
    return tones.tone_dbfs(np.ascontiguousarray(sound), hz)


def second(sound: Pcm, number: float, channel: int) -> Pcm:
    start = round(number * SAMPLE_RATE_HZ)
    return sound[start : start + SAMPLE_RATE_HZ // 2, channel]


def feed(recorder: Recorder, seconds: float, hz: tuple[float, float] = (CUSTOMER_HZ, OURS_HZ)) -> None:
    for customer, ours in zip(tone(hz[0], seconds), tone(hz[1], seconds), strict=True):
        recorder.write(customer, ours)


def ended(recorder: Recorder) -> None:
    recorder.stop()
    assert not recorder.work()
    assert recorder.finished.is_set()


def test_the_customer_is_left_and_our_side_is_right() -> None:
    sink = Memory()
    recorder = Recorder(sink)
    feed(recorder, 3)
    ended(recorder)
    sound = heard(bytes(sink.data))
    assert len(sound) == 3 * SAMPLE_RATE_HZ
    assert loudness(second(sound, 1, 0), CUSTOMER_HZ) == pytest.approx(-12, abs=2)
    assert loudness(second(sound, 1, 1), OURS_HZ) == pytest.approx(-12, abs=2)
    assert loudness(second(sound, 1, 0), OURS_HZ) < -40
    assert loudness(second(sound, 1, 1), CUSTOMER_HZ) < -40
    assert sink.closed
    assert recorder.report == Report(recorded_s=3.0, ended=True)


def test_a_pause_is_masked_with_noise_and_keeps_the_length() -> None:
    sink, told = Memory(), list[tuple[int, float | None]]()
    recorder = Recorder(
        sink, on_change=lambda report: told.append((len(report.pauses), report.paused_from_s))
    )
    feed(recorder, 2)
    recorder.pause()
    assert recorder.paused
    feed(recorder, 2, (SECRET_HZ, SECRET_HZ))
    recorder.work()
    assert told == [(0, pytest.approx(2.0))]
    recorder.resume()
    feed(recorder, 2)
    ended(recorder)
    sound = heard(bytes(sink.data))
    assert len(sound) == 6 * SAMPLE_RATE_HZ
    for channel in (0, 1):
        assert loudness(second(sound, 3, channel), SECRET_HZ) < -60
        assert -62 < tones.level_dbfs(np.ascontiguousarray(second(sound, 3, channel))) < -48
    assert loudness(second(sound, 5, 0), CUSTOMER_HZ) == pytest.approx(-12, abs=2)
    [mark] = recorder.report.pauses
    assert (mark.from_s, mark.to_s) == (pytest.approx(2.0), pytest.approx(4.0))


def test_nothing_of_a_pause_waits_in_the_queue() -> None:
    recorder = Recorder(Memory())
    recorder.pause()
    frame = tone(SECRET_HZ, 0.02)[0]
    recorder.write(frame, frame)
    [queued] = recorder._queue
    assert not isinstance(queued, tuple)


def test_the_payment_fields_pause_is_not_ended_by_the_agents_button() -> None:
    recorder = Recorder(Memory())
    recorder.pause("payment")
    recorder.pause()
    recorder.resume()
    assert recorder.paused
    recorder.resume("payment")
    assert not recorder.paused


def test_a_recording_that_ends_in_a_pause_marks_it_to_its_end() -> None:
    recorder = Recorder(Memory())
    feed(recorder, 1)
    recorder.pause()
    feed(recorder, 1)
    ended(recorder)
    assert recorder.report.pauses == [Mark(pytest.approx(1.0), pytest.approx(2.0))]
    assert recorder.report.paused_from_s is None


def test_what_the_disk_was_too_slow_for_is_counted_and_keeps_its_length() -> None:
    sink, told = Memory(), list[float]()
    recorder = Recorder(sink, on_change=lambda report: told.append(report.missed_s), queue_s=1.0)
    feed(recorder, 2.5)  # nobody works: one second fits
    recorder.work()
    assert told == []
    feed(recorder, 1.0)
    ended(recorder)
    sound = heard(bytes(sink.data))
    # The gap's marker took one place of the queue, and one frame more found no room.
    assert recorder.report.missed_s == pytest.approx(1.5, abs=0.05)
    assert recorder.report.recorded_s == pytest.approx(3.5)
    assert len(sound) == round(3.5 * SAMPLE_RATE_HZ)
    assert tones.level_dbfs(np.ascontiguousarray(second(sound, 1.5, 0))) < -60
    assert loudness(second(sound, 2.8, 0), CUSTOMER_HZ) == pytest.approx(-12, abs=2)
    assert told
    assert told[-1] == recorder.report.missed_s


def test_a_full_disk_ends_the_recording_with_a_reason_and_no_exception() -> None:
    sink, told = Full(), list[str]()
    recorder = Recorder(sink, on_change=lambda report: told.append(report.fault))
    feed(recorder, 4)
    assert not recorder.work()
    feed(recorder, 1)
    assert not recorder.work()
    assert told == ["The recording cannot be written: No space left on device."]
    assert not recorder.report.ended
    assert not recorder._queue
    assert len(heard(bytes(sink.data))) >= SAMPLE_RATE_HZ // 2  # what was written plays


def test_a_page_is_on_its_way_each_second_and_the_disk_is_waited_for_each_ten() -> None:
    sink = Memory()
    recorder = Recorder(sink)
    for _ in range(24):
        feed(recorder, 0.5)
        recorder.work()
    assert len(sink.flushes) == 1 + 12
    assert sink.syncs == 1
    assert len(heard(bytes(sink.data[: sink.flushes[-1]]))) > 11.9 * SAMPLE_RATE_HZ


def test_an_empty_recording_is_a_whole_file() -> None:
    sink = Memory()
    recorder = Recorder(sink)
    ended(recorder)
    assert len(heard(bytes(sink.data))) == 0
    assert not recorder.work()


def test_the_media_thread_pays_microseconds() -> None:
    recorder = Recorder(Memory(), queue_s=200)
    frame = tone(CUSTOMER_HZ, 0.02)[0]
    started = time.thread_time()
    for _ in range(9000):
        recorder.write(frame, frame)
    assert (time.thread_time() - started) / 9000 < 50e-6  # 0.5 us where it was measured


def test_the_sealed_file_and_its_marks_hold_the_call(tmp_path: Path) -> None:
    keys, told = MasterKeys.at(tmp_path / "recordings.key"), list[Report]()
    path = tmp_path / "r1"
    recorder = record_to(path, keys, told={"interaction": "i-7"}, on_change=told.append)
    feed(recorder, 1)
    recorder.pause("payment")
    feed(recorder, 1)
    recorder.work()
    marks = json.loads((tmp_path / "r1.json").read_bytes())
    assert (marks["interaction"], marks["paused_from_s"], marks["ended"]) == ("i-7", 1.0, False)
    recorder.resume("payment")
    feed(recorder, 1)
    ended(recorder)
    marks = json.loads((tmp_path / "r1.json").read_bytes())
    assert marks["pauses"] == [[1.0, 2.0]]
    assert (marks["recorded_s"], marks["ended"], marks["fault"]) == (3.0, True, "")
    with VaultReader(path, keys) as reader:
        assert not reader.cut_short
        assert len(heard(reader.read())) == 3 * SAMPLE_RATE_HZ
    assert b"OggS" not in path.read_bytes()
    assert told[-1].ended


def test_marks_that_cannot_be_written_are_told_and_the_sound_goes_on(tmp_path: Path) -> None:
    keys = MasterKeys.at(tmp_path / "recordings.key")
    (tmp_path / "calls").mkdir()
    recorder = record_to(tmp_path / "calls" / "r1", keys)
    beside = tmp_path / "calls" / "r1.json"
    beside.unlink()
    beside.mkdir()  # nothing can be put in its place
    feed(recorder, 1)
    ended(recorder)
    assert "marks cannot be written" in recorder.report.fault
    with VaultReader(tmp_path / "calls" / "r1", keys) as reader:
        assert not reader.cut_short


def test_a_recording_that_cannot_begin_says_so(tmp_path: Path) -> None:
    keys = MasterKeys.at(tmp_path / "recordings.key")
    (tmp_path / "r1.json").mkdir()
    with pytest.raises(OSError, match=r"r1\.json"):
        record_to(tmp_path / "r1", keys)


def waits_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_scribe_writes_several_recordings_and_lets_go_of_the_ended() -> None:
    scribe = Scribe(wake_every_s=0.01)
    scribe.start()
    sinks = [Memory(), Memory(), Full()]
    recorders = [Recorder(sink) for sink in sinks]
    for recorder in recorders:
        scribe.add(recorder)
        feed(recorder, 3)
    recorders[0].stop()
    waits_for(recorders[0].finished.is_set)
    waits_for(recorders[2].finished.is_set)
    assert not recorders[1].finished.is_set()
    scribe.stop()
    assert not scribe._thread.is_alive()
    assert recorders[1].report.ended
    assert recorders[2].report.fault
    for sink in sinks[:2]:
        assert len(heard(bytes(sink.data))) == 3 * SAMPLE_RATE_HZ


CHILD = """
import sys, time
from pathlib import Path
from agent_desktop.media.masterkeys import MasterKeys
from agent_desktop.media.recording import Scribe, record_to
from agent_desktop.media.pcm import FRAME_S
from agent_desktop.media import tones
folder = Path(sys.argv[1])
scribe = Scribe()
scribe.start()
recorder = record_to(folder / "r1", MasterKeys.at(folder / "recordings.key"))
scribe.add(recorder)
frame = tones.sine(400, FRAME_S)
started, count = time.monotonic(), 0
while True:
    recorder.write(frame, frame)
    count += 1
    print(count, flush=True)
    time.sleep(max(0.0, started + count * FRAME_S - time.monotonic()))
"""


def test_a_killed_process_leaves_a_recording_that_plays_up_to_its_last_second(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in itertools.islice(child.stdout, 200):
        assert line.strip().isdigit()
    os.kill(child.pid, signal.SIGKILL)
    written = 200 + len(child.stdout.readlines())
    child.stdout.close()
    child.wait(10)
    with VaultReader(tmp_path / "r1", MasterKeys.at(tmp_path / "recordings.key")) as reader:
        assert reader.cut_short
        played = heard(reader.read())
    # A second of page, a fifth of waiting, and what a busy machine adds.
    assert len(played) >= (written - 50 - 10 - 40) * FRAME_SAMPLES
    assert json.loads((tmp_path / "r1.json").read_bytes())["ended"] is False
