from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from agent_desktop.errors import RefusedError
from agent_desktop.media.pcm import SILENCE, Pcm
from agent_desktop.media.recording import Mark, Report
from agent_desktop.sip import events as sip
from agent_desktop.switch.calls import Mode
from agent_desktop.switch.recording_desk import channels
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene

LOUD = np.full(320, 5000, np.int16)


class FakeTape:
    """Remembers reasons and whether it was stopped."""

    def __init__(self, path: Path, told: Callable[[Report], None]) -> None:
        self.path, self.told = path, told
        self.reasons: set[str] = set()
        self.frames: list[tuple[Pcm, Pcm]] = []
        self.stopped = False

    def write(self, customer: Pcm, ours: Pcm) -> None:
        self.frames.append((customer, ours))

    @property
    def paused(self) -> bool:
        return bool(self.reasons)

    def pause(self, reason: str = "agent") -> None:
        self.reasons.add(reason)

    def resume(self, reason: str = "agent") -> None:
        self.reasons.discard(reason)

    def stop(self) -> None:
        self.stopped = True


class Studio(Scene):
    """A call table whose tapes are doubles."""

    def __init__(self) -> None:
        super().__init__()
        self.tapes: list[FakeTape] = []
        self.fault: Exception | None = None

        async def open_tape(path: Path, recording: str, told: Callable[[Report], None]) -> FakeTape:
            if self.fault is not None:
                raise self.fault
            self.tapes.append(FakeTape(path, told))
            return self.tapes[-1]

        object.__setattr__(self.table.around, "open_tape", open_tape)

    def record(self, act: str = "start", *, announce: bool = False, recording: str = "r1") -> None:
        words = (wire.Prompt(text="This call is recorded."),) if announce else ()
        self.do(wire.Record(call="c1", recording=recording, act=act, path="/r/1.ogg", announce=words))

    def states(self) -> list[tuple[str, str]]:
        return [(e.state, e.detail) for e in self.all(wire.RecordingChanged)]

    @property
    def tape(self) -> FakeTape:
        return self.tapes[-1]


@pytest.fixture
def studio() -> Studio:
    return Studio()


async def ticks() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_call_is_recorded_with_the_customer_on_the_left(studio: Studio) -> None:
    studio.joined()
    studio.record()
    await ticks()
    assert studio.states() == [("on", "")]
    assert studio.table.calls[0].wire().recording == "on"
    assert studio.desk.heard_by_tape["tape/r1"] == ({CUSTOMER: 1.0}, {AGENT: 1.0})
    studio.record()  # the same order again
    studio.record("stop")
    assert studio.tape.stopped
    assert not studio.desk.tapes
    studio.tape.told(Report(recorded_s=12.5, pauses=[Mark(1.0, 3.0)], ended=True))
    last = studio.all(wire.RecordingChanged)[-1]
    assert (last.state, last.length_s, last.masked_s, last.path) == ("off", 12.5, 2.0, "/r/1.ogg")
    assert studio.table.calls[0].recording == "off"


async def test_nothing_is_kept_before_the_announcement_is_over(studio: Studio) -> None:
    studio.joined()
    studio.record(announce=True)
    await ticks()
    assert not studio.desk.tapes
    for listener in (CUSTOMER, AGENT):
        assert studio.desk.rows[listener] == {"c1/announcement1": 1.0}
    assert not studio.states()
    studio.hear_all()
    assert studio.states() == [("on", "")]
    assert studio.desk.rows[CUSTOMER] == {AGENT: 1.0}
    assert "tape/r1" in studio.desk.tapes


async def test_a_call_that_ends_within_the_announcement_is_not_recorded(studio: Studio) -> None:
    studio.joined()
    studio.record(announce=True)
    await ticks()
    studio.ends("in1")
    assert studio.tape.stopped
    assert not studio.desk.tapes
    assert "c1/announcement1" not in studio.desk.sources


async def test_a_pause_masks_and_a_secure_call_masks_by_itself(studio: Studio) -> None:
    studio.joined()
    studio.record()
    await ticks()
    studio.record("pause")
    assert studio.tape.reasons == {"agent"}
    studio.do(wire.SetSecure(call="c1", on=True))
    assert studio.tape.reasons == {"agent", "secure"}
    studio.record("resume")
    assert studio.tape.paused
    studio.do(wire.SetSecure(call="c1", on=False))
    assert not studio.tape.paused
    assert [state for state, _ in studio.states()] == ["on", "paused", "on"]


async def test_a_recording_that_begins_in_a_secure_call_begins_masked(studio: Studio) -> None:
    studio.joined()
    studio.do(wire.SetSecure(call="c1", on=True))
    studio.record()
    await ticks()
    assert studio.tape.paused
    assert studio.states() == [("paused", "")]


async def test_a_full_disk_is_told_and_touches_no_call(studio: Studio) -> None:
    studio.joined()
    studio.record()
    await ticks()
    studio.tape.told(Report(recorded_s=3.0, fault="No space left on device"))
    assert studio.states()[-1] == ("off", "No space left on device")
    assert studio.table.calls[0].state == "bridged"
    assert studio.table.calls[0].recording == "off"
    studio.record(recording="r2")
    await ticks()
    assert studio.states()[-1] == ("on", "")


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), RefusedError("No place.")])
async def test_a_file_that_cannot_be_made_is_told(studio: Studio, fault: Exception) -> None:
    studio.joined()
    studio.fault = fault
    studio.record()
    await ticks()
    ((state, words),) = studio.states()
    assert state == "off"
    assert words.startswith("The call is not recorded: No")
    assert studio.table.calls[0].state == "bridged"


async def test_a_switch_without_a_place_for_recordings_says_so() -> None:
    scene = Scene()
    scene.joined()
    scene.do(wire.Record(call="c1", recording="r", act="start", path="/x"))
    await ticks()
    assert "no place" in scene.all(wire.RecordingChanged)[0].detail


async def test_a_slow_disk_is_told_once_for_each_loss(studio: Studio) -> None:
    studio.joined()
    studio.record()
    await ticks()
    studio.tape.told(Report(recorded_s=5, missed_s=1.0))
    studio.tape.told(Report(recorded_s=6, missed_s=1.0))
    assert [detail != "" for _, detail in studio.states()] == [False, True]


async def test_orders_that_make_no_sense_are_refused(studio: Studio) -> None:
    studio.arrives()
    with pytest.raises(RefusedError, match="not answered"):
        studio.record()
    studio.do(wire.AnswerCall(call="c1"))
    for act in ("pause", "resume", "stop", "rewind"):
        with pytest.raises(RefusedError):
            studio.record(act)
    with pytest.raises(RefusedError, match="needs a file"):
        studio.do(wire.Record(call="c1", recording="r1", act="start"))
    studio.record()
    with pytest.raises(RefusedError, match="not begun"):
        studio.record("pause")
    with pytest.raises(RefusedError, match="already"):
        studio.record(recording="r2")
    await ticks()
    studio.record("stop")
    studio.record("start", recording="r3")
    studio.record("stop", recording="r3")  # before the file is open
    await ticks()
    assert studio.tape.stopped
    assert not studio.desk.tapes


async def test_nobody_is_recorded_who_is_not_heard(studio: Studio) -> None:
    studio.joined()
    studio.do(wire.AddLeg(call="c1", leg="g", extension="202"))
    studio.answers("out2")
    studio.do(wire.Supervise(call="c1", leg="s", extension="203", mode="whisper"))
    studio.answers("out3")
    call = studio.table.calls[0]
    guest, supervisor = call.others
    assert channels(call) == ({CUSTOMER: 1.0}, {AGENT: 1.0, guest.name: 1.0})
    supervisor.mode = Mode.BARGE
    assert supervisor.name in channels(call)[1]
    studio.do(wire.MuteLeg(call="c1", leg="agent"))
    assert AGENT not in channels(call)[1]
    assert call.customer is not None
    call.customer.muted = True
    assert channels(call)[0] == {}


# -- messages that customers leave ------------------------------------------------------------------------


def taking(studio: Studio, **more: object) -> None:
    order = {"call": "c1", "recording": "m1", "path": "/m/1.ogg", "most_s": 10.0, "silence_s": 2.0} | more
    studio.do(wire.TakeMessage(**order))


async def beeped(studio: Studio, **more: object) -> Callable[[Pcm, Pcm], None]:
    studio.waiting()
    taking(studio, **more)
    await ticks()
    assert not studio.desk.tapes
    studio.hear_all()
    assert studio.desk.heard_by_tape["message/m1"] == ({CUSTOMER: 1.0}, {})
    return studio.desk.tapes["message/m1"]


def closes(studio: Studio, seconds: float = 4.0, fault: str = "") -> None:
    studio.tape.told(Report(recorded_s=seconds, ended=not fault, fault=fault))


async def test_a_message_ends_by_its_key(studio: Studio) -> None:
    hears = await beeped(studio)
    for _ in range(100):
        hears(LOUD, SILENCE)
    studio.desk.open[CUSTOMER]("5")
    studio.desk.open[CUSTOMER]("#")
    studio.desk.open[CUSTOMER]("1")
    assert studio.tape.stopped
    closes(studio)
    (taken,) = studio.all(wire.MessageTaken)
    assert (taken.length_s, taken.why, taken.path) == (4.0, "key", "/m/1.ogg")
    assert not [e for e in studio.all(wire.KeysPressed) if e.digits in "5#"]
    assert len(studio.tape.frames) == 100


@pytest.mark.parametrize(
    ("frames", "why"), [([LOUD] * 50 + [SILENCE] * 100, "silence"), ([LOUD] * 500, "limit")]
)
async def test_a_message_ends_by_silence_and_by_the_limit(
    studio: Studio, frames: list[Pcm], why: str
) -> None:
    hears = await beeped(studio)
    for frame in frames:
        assert not studio.tape.stopped
        hears(frame, SILENCE)
    hears(LOUD, SILENCE)
    assert studio.tape.stopped
    closes(studio)
    assert [e.why for e in studio.all(wire.MessageTaken)] == [why]
    assert len(studio.tape.frames) == len(frames)


async def test_a_hang_up_keeps_the_message(studio: Studio) -> None:
    hears = await beeped(studio)
    for _ in range(50):
        hears(LOUD, SILENCE)
    studio.ends("in1")
    closes(studio)
    (taken,) = studio.all(wire.MessageTaken)
    assert (taken.why, taken.length_s) == ("hang_up", 4.0)


async def test_where_nothing_was_said_no_file_stays(studio: Studio, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("m.ogg", "m.ogg.key", "m.ogg.json")]
    for path in files:
        path.write_bytes(b"x")
    hears = await beeped(studio, path=str(files[0]))
    for _ in range(10):
        hears(LOUD, SILENCE)  # a click
    for _ in range(100):
        hears(SILENCE, SILENCE)
    closes(studio)
    for _ in range(200):
        if studio.all(wire.MessageTaken):
            break
        await asyncio.sleep(0.01)
    (taken,) = studio.all(wire.MessageTaken)
    assert (taken.length_s, taken.why, taken.path) == (0.0, "silence", "")
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240  a test


async def test_a_message_that_cannot_be_kept_is_told(studio: Studio) -> None:
    studio.waiting()
    studio.fault = OSError(28, "No space left on device")
    taking(studio)
    await ticks()
    assert [(e.why, e.length_s) for e in studio.all(wire.MessageTaken)] == [("failed", 0.0)]
    studio.fault = None
    taking(studio, recording="m2")
    await ticks()
    studio.hear_all()
    for _ in range(50):
        studio.desk.tapes["message/m2"](LOUD, SILENCE)
    closes(studio, 1.0, fault="The disk is full.")
    assert [(e.why, e.length_s) for e in studio.all(wire.MessageTaken)][1:] == [("failed", 1.0)]
    assert studio.table.calls[0].state == "answered"


async def test_no_message_is_taken_while_somebody_talks_with_the_customer(studio: Studio) -> None:
    studio.joined()
    with pytest.raises(RefusedError, match="talks"):
        taking(studio)
    studio.do(wire.Unbridge(call="c1"))
    with pytest.raises(RefusedError, match="file"):
        taking(studio, path="")
    taking(studio)
    taking(studio)
    with pytest.raises(RefusedError):
        taking(studio, recording="m9")
    await ticks()
    studio.hear_all()
    studio.do(wire.ConnectAgent(call="c1", extension="202", interaction="i"))
    studio.answers("out2")
    assert studio.tape.stopped


async def test_a_call_that_ends_before_the_beep_leaves_no_message(studio: Studio) -> None:
    studio.waiting()
    taking(studio)
    studio.ends("in1", sip.EndedBy.REMOTE)
    await ticks()
    assert studio.tape.stopped
    assert not studio.desk.tapes
