"""The test before the shift: measuring, judging, and a run in which anything may fail."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.errors import DeviceError, RefusedError
from agent_desktop.media import tones
from agent_desktop.media.codecs import PCMU
from agent_desktop.media.pcm import FRAME_SAMPLES, SAMPLE_RATE_HZ, SILENCE, to_pcm
from agent_desktop.media.quality import Quality
from agent_desktop.phone import selftest_words as words
from agent_desktop.phone.probe import Probe, Return, chirp, find
from agent_desktop.phone.selftest import IDS, Outside, SelfTest
from agent_desktop.phone.selftest_bench import PhoneBench
from agent_desktop.phone.selftest_words import CallMeasured
from agent_desktop.phone.sound import Listeners, Sound

RANDOM = np.random.default_rng(7)


def speech(voice_db: float, noise_db: float = -70.0, seconds: float = 3.0):
    """Syllables over noise, as a level meter sees them."""
    noise = RANDOM.standard_normal(round(seconds * SAMPLE_RATE_HZ)) * 32767 * 10 ** (noise_db / 20) / 2**0.5
    voice = tones.sine(300, seconds, voice_db).astype(float)
    voice *= np.arange(len(voice)) % SAMPLE_RATE_HZ < SAMPLE_RATE_HZ // 2
    return to_pcm(noise + voice)


@pytest.mark.parametrize(
    ("heard", "state", "word"),
    [
        (speech(-20), "ok", "clear"),
        (speech(-46), "warning", "quiet"),
        (speech(-60, -90), "failed", "Nobody would hear you"),
        (speech(-20, -38), "warning", "noise around you"),
        (speech(-30, -30), "warning", "steady noise"),
        (speech(6), "warning", "too loud"),
        (np.zeros(8000, dtype=np.int16), "failed", "sends nothing"),
        (np.zeros(0, dtype=np.int16), "failed", "sends nothing"),
    ],
)
def test_a_microphone_is_judged_by_what_a_customer_would_hear(heard, state, word):
    check = words.judge_microphone(heard)
    assert (check.id, check.state) == ("microphone", state)
    assert word in check.words


@given(st.integers(0, 1200), st.floats(-50, 0), st.sampled_from([1, -1]))
def test_a_chirp_is_found_again_with_its_delay_and_level(delay_ms, level_db, sign):
    sent = chirp()
    heard = np.zeros(2 * SAMPLE_RATE_HZ)
    at = delay_ms * SAMPLE_RATE_HZ // 1000
    heard[at : at + len(sent)] += sign * sent * 10 ** (level_db / 20)
    back = find(sent, to_pcm(heard))
    assert back is not None
    assert back.delay_ms == pytest.approx(delay_ms, abs=1)
    assert back.level_db == pytest.approx(level_db, abs=0.6)


def test_a_chirp_is_found_under_noise_and_through_a_telephone_codec():
    sent = chirp()
    heard = RANDOM.standard_normal(2 * SAMPLE_RATE_HZ) * 300
    at = SAMPLE_RATE_HZ // 5
    heard[at : at + len(sent)] += PCMU.decode(PCMU.encode(sent)).astype(float)[: len(sent)] * 0.1
    back = find(sent, to_pcm(heard))
    assert back.delay_ms == pytest.approx(200, abs=2)
    assert back.level_db == pytest.approx(-20, abs=1.5)


@pytest.mark.parametrize(
    "heard",
    [
        np.zeros(16000, dtype=np.int16),
        np.zeros(10, dtype=np.int16),
        to_pcm(RANDOM.standard_normal(2 * SAMPLE_RATE_HZ) * 3000),
        tones.sine(1000, 2.0),
        speech(-20),
    ],
)
def test_what_is_no_chirp_is_not_taken_for_one(heard):
    assert find(chirp(), heard) is None


@pytest.mark.parametrize(
    ("back", "is_cancelled", "state"),
    [
        (None, False, "ok"),
        (Return(20, -60), False, "ok"),
        (Return(20, -30), True, "ok"),
        (Return(20, -10), True, "warning"),
        (Return(20, -30), False, "failed"),
    ],
)
def test_an_echo_matters_by_its_level_and_by_what_is_done_against_it(back, is_cancelled, state):
    assert words.judge_echo(back, is_cancelled=is_cancelled).state == state


@pytest.mark.parametrize(
    ("measured", "state"),
    [
        (CallMeasured(Return(120, -3), 0.0, 0.005), "ok"),
        (CallMeasured(Return(120, -3), 0.02, 0.005), "warning"),
        (CallMeasured(Return(500, -3)), "warning"),
        (CallMeasured(Return(120, -3), 0.0, 0.1), "failed"),
        (CallMeasured(Return(900, -3)), "failed"),
        (CallMeasured(None), "failed"),
    ],
)
def test_a_test_call_is_judged_by_loss_jitter_and_delay(measured, state):
    check = words.judge_call(measured)
    assert check.state == state
    assert check.words.endswith(".")


@pytest.mark.parametrize(("delay", "state"), [(40, "ok"), (500, "warning"), (3000, "failed")])
def test_a_slow_connection_is_said(delay, state):
    assert words.judge_connection(delay).state == state


@pytest.mark.parametrize(("ahead", "state"), [(0.3, "ok"), (-20, "warning"), (400, "failed")])
def test_a_wrong_clock_is_said_with_its_side(ahead, state):
    check = words.judge_clock(ahead)
    assert check.state == state
    assert state == "ok" or ("ahead" if ahead > 0 else "behind") in check.words


def test_a_phone_that_is_not_signed_in_is_said_with_its_reason():
    assert words.judge_registration("registered", "").state == "ok"
    assert "wrong" in words.judge_registration("failed", "The password is wrong.").words
    assert "Sign in" in words.judge_registration("none", "").words


# ---------------------------------------------------------------- a run


class FakeBench:
    """Measures at once what it was told; an error in place of a figure is raised, None hangs."""

    def __init__(self) -> None:
        self.voice = speech(-20)
        self.echo = SILENCE
        self.speaker = True
        self.state = ("registered", "")
        self.measured = CallMeasured(Return(100, 0))
        self.hung = []
        self.closed = 0
        self.is_hanging = asyncio.Event()

    def close(self):
        self.closed += 1

    async def _give(self, what):
        if what is None:
            self.is_hanging.set()
            try:
                await asyncio.Event().wait()
            finally:
                self.hung.append(1)
        if isinstance(what, Exception):
            raise what
        return what

    async def hear(self, seconds, sound, level):
        level(-30.0)
        return await self._give(self.voice if sound is None else self.echo)

    def has_speaker(self):
        return self.speaker

    def cancels_echo(self):
        return True

    async def registration(self):
        return await self._give(self.state)

    async def call(self, seconds, sound):
        return await self._give(self.measured)


class Run:
    def __init__(self, **more) -> None:
        self.bench = FakeBench()
        self.told = []
        outside = Outside(connection_ms=20, clock_ahead_s=0.1)
        self.test = SelfTest(
            self.bench,
            lambda checks, over: self.told.append((checks, over)),
            **{"outside": outside, **more},
        )

    async def states(self):
        return {check.id: check.state for check in await self.test.run()}


async def test_all_is_green_and_it_is_told_as_it_goes():
    run = Run()
    assert await run.states() == dict.fromkeys(IDS, "ok")
    assert [over for _, over in run.told].count(True) == 1
    assert run.told[-1][1]
    assert any(
        check.state == "running" and check.value == -30.0 for checks, _ in run.told for check in checks
    )
    run.test.answer(heard=False)
    assert run.told[-1][0][1].state == "failed"
    run.test.answer(heard=True)
    assert run.told[-1][0][1].state == "ok"


@pytest.mark.parametrize(
    ("name", "value", "failed"),
    [
        ("voice", DeviceError("The microphone was unplugged."), {"microphone"}),
        ("voice", ZeroDivisionError(), {"microphone"}),
        ("echo", DeviceError("The headset was unplugged."), {"speaker", "echo"}),
        ("speaker", False, {"speaker", "echo"}),
        ("state", ("failed", "No answer."), {"registration", "call"}),
        ("measured", RefusedError("The number is busy."), {"call"}),
        ("measured", CallMeasured(None), {"call"}),
    ],
)
async def test_a_check_that_fails_stops_no_other(name, value, failed):
    run = Run()
    setattr(run.bench, name, value)
    states = await run.states()
    assert {check for check, state in states.items() if state == "failed"} == failed
    assert {state for check, state in states.items() if check not in failed} == {"ok"}
    assert all(check.words.endswith(".") for check in run.test.checks)


async def test_a_test_that_hangs_ends_in_its_time_with_words_for_what_was_not_done():
    run = Run(total_s=0.05)
    run.bench.voice = None
    states = await run.states()
    assert states["microphone"] == states["call"] == "failed"
    assert states["clock"] == "ok"
    assert run.bench.hung == [1]


async def test_cancelling_ends_it_cleanly_and_says_so():
    run = Run()
    run.bench.measured = None
    task = asyncio.create_task(run.test.run())
    await run.bench.is_hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.bench.hung == [1]
    assert run.bench.closed == 1
    checks, over = run.told[-1]
    assert over
    assert {check.id: check.state for check in checks}["call"] == "waiting"


async def test_what_is_skipped_or_cannot_be_known_is_left_out():
    run = Run(skip=("call", "speaker"), outside=None)
    assert list(await run.states()) == ["microphone", "echo", "registration"]
    run.test.answer(heard=True)
    assert "speaker" not in {check.id for check in run.test.checks}


# ---------------------------------------------------------------- the real bench


class EchoingRoom:
    """A loudspeaker beside a microphone: what is played comes back later and softer."""

    latency_ms = 0.0

    def __init__(self, frames: int = 3, share: float = 0.1) -> None:
        self.air = [SILENCE] * frames
        self.share = share

    def start(self) -> None:
        pass

    def write(self, frame) -> None:
        self.air.append(to_pcm(frame * self.share))

    def read(self):
        return self.air.pop(0) if self.air else SILENCE

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


class EchoNumber(Probe):
    """A call whose other side sends everything back after 100 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.line = [SILENCE] * 5

    def read_frame(self):
        return self.line.pop(0)

    def write_frame(self, pcm) -> None:
        self.line.append(pcm)

    def quality(self):
        return Quality(loss=0.004, jitter_s=0.002, delay_s=0.05, r=90, mos=4.3)


@pytest.fixture
def sound():
    made = Sound(lambda work: work(), Listeners(*(lambda *_: None for _ in range(3))))
    room = EchoingRoom()
    made.use(microphone=room, speaker=room)
    yield made
    made.stop()


def bench_of(sound, **more):
    given = {
        "speaker": lambda: "room",
        "cancels_echo": lambda: True,
        "registration": lambda: ("registered", ""),
        "dial": None,
        "hang_up": None,
    }
    return PhoneBench(sound, **{**given, **more})


async def test_the_echo_of_a_room_is_measured_through_the_phones_own_sound(sound):
    bench = bench_of(sound)
    levels = []
    heard = await bench.hear(1.2, chirp(), levels.append)
    back = find(chirp(), heard)
    assert back.level_db == pytest.approx(-20, abs=1)
    assert 40 <= back.delay_ms <= 120
    assert len(levels) >= 5
    assert len(heard) >= FRAME_SAMPLES * 30
    assert bench.has_speaker()
    assert bench.cancels_echo()
    assert len(await bench.hear(0.4, None, levels.append)) < len(heard)
    bench.close()
    bench.close()
    assert sound._opened == {}


async def test_a_test_call_measures_the_way_there_and_back_and_is_hung_up(sound):
    ended = []

    async def dial():
        sound.join("c1", EchoNumber())
        return "c1"

    bench = bench_of(sound, dial=dial, hang_up=lambda call: (ended.append(call), sound.close_call(call)))
    measured = await bench.call(2.0, chirp())
    assert measured.loss == 0.004
    assert measured.back.level_db == pytest.approx(0, abs=1)
    assert 80 <= measured.back.delay_ms <= 160
    assert ended == ["c1"]


async def test_a_test_call_that_is_given_up_is_hung_up_too(sound):
    ended, is_up = [], asyncio.Event()

    async def dial():
        sound.join("c1", EchoNumber())
        is_up.set()
        return "c1"

    bench = bench_of(sound, dial=dial, hang_up=ended.append)
    task = asyncio.create_task(bench.call(5.0, chirp()))
    await is_up.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["c1"]


async def test_a_registration_that_is_under_way_is_waited_for(sound):
    states = iter([("registering", ""), ("registering", ""), ("registered", "")])
    assert await bench_of(sound, registration=lambda: next(states)).registration() == ("registered", "")
