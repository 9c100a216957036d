"""The desk without its thread: the test is the clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.dtmf import ToneDetector
from agent_desktop.media.pcm import SAMPLE_RATE_HZ, Pcm, frames_of
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.udp import NoPortError, bind_pair
from agent_desktop.sip.media import (
    G722,
    OPUS,
    PCMA,
    PCMU,
    TELEPHONE_EVENT,
    AgreedStream,
    Agreement,
    Codec,
    Direction,
)
from agent_desktop.switch import keytones
from agent_desktop.switch.mixing import MixingDesk, Ports
from agent_desktop.switch.quality import is_a_class_worse
from agent_desktop.voice.plan import Planned, plan_of

from .slot import port

PEERS = range(port(0), port(100))


def agreed(
    address: tuple[str, int],
    codec: Codec = PCMU,
    dtmf: Codec | None = TELEPHONE_EVENT,
    direction: Direction = Direction.SENDRECV,
) -> Agreement:
    stream = AgreedStream("audio", *address, codec, dtmf, direction, 20, (PCMU, PCMA))
    return Agreement((stream,))


@pytest.fixture
def desk() -> Iterator[MixingDesk]:
    desk = MixingDesk(Ports("127.0.0.1", port(100), port(110)), tell=lambda act: act())
    yield desk
    for leg in tuple(desk._opened):
        desk.close_leg(leg)
    desk.tick()


class Party:
    """A telephone at the other end of a leg."""

    def __init__(self, desk: MixingDesk, name: str, hz: float, **how: object) -> None:
        self.pressed: list[str] = []
        self.name = name
        self.session = MediaSession(bind_pair("127.0.0.1", PEERS))
        address = desk.open_leg(name, self.pressed.append)
        desk.configure(name, agreed(self.session.local, **how))  # type: ignore[arg-type]  # keywords of agreed
        events = None if how.get("dtmf", 1) is None else 101
        self.session.configure(Plan(remote=address, dtmf_payload_type=events))
        self.sound = frames_of(tones.sine(hz, 8.0))[::-1]
        self.heard: list[Pcm] = []

    def speak(self) -> None:
        self.session.receive_due()
        self.session.write_frame(self.sound.pop())

    def listen(self) -> None:
        self.session.receive_due()
        self.heard.append(self.session.read_frame())

    def level(self, hz: float, last: int = 25) -> float:
        return tones.tone_dbfs(np.concatenate(self.heard[-last:]), hz)


def run(desk: MixingDesk, *parties: Party, ticks: int = 50) -> None:
    for _ in range(ticks):
        for party in parties:
            party.speak()
        desk.tick()
        for party in parties:
            party.listen()


@pytest.fixture
def party(desk: MixingDesk) -> Iterator[Callable[..., Party]]:
    """Makes parties and hangs up for them."""
    made: list[Party] = []

    def make(name: str, hz: float, **how: object) -> Party:
        made.append(Party(desk, name, hz, **how))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


@pytest.fixture
def two(party: Callable[..., Party]) -> tuple[Party, Party]:
    return party("customer", 440), party("agent", 700)


def test_legs_hear_what_they_are_told_to_hear(desk: MixingDesk, two: tuple[Party, Party]) -> None:
    customer, agent = two
    desk.hear("customer", {"agent": 1.0})
    desk.hear("agent", {"customer": 1.0})
    run(desk, customer, agent)
    assert customer.level(700) == pytest.approx(-12, abs=0.5)
    assert agent.level(440) == pytest.approx(-12, abs=0.5)
    desk.hear("agent", {})
    run(desk, customer, agent)
    assert agent.level(440) < -80
    assert customer.level(700) == pytest.approx(-12, abs=0.5)


def test_a_listening_supervisor_hears_both_and_is_heard_by_none(
    desk: MixingDesk, two: tuple[Party, Party], party: Callable[..., Party]
) -> None:
    supervisor = party("supervisor", 1000)
    desk.hear("customer", {"agent": 1.0})
    desk.hear("agent", {"customer": 1.0})
    desk.hear("supervisor", {"customer": 1.0, "agent": 1.0})
    run(desk, *two, supervisor)
    assert supervisor.level(440) == pytest.approx(-12, abs=0.5)
    assert supervisor.level(700) == pytest.approx(-12, abs=0.5)
    assert max(one.level(1000) for one in two) < -50
    desk.hear("agent", {"customer": 1.0, "supervisor": 1.0})  # whisper
    run(desk, *two, supervisor)
    assert two[1].level(1000) == pytest.approx(-12, abs=0.5)
    assert two[0].level(1000) < -50


def test_music_is_a_source_and_a_leg_that_hears_nobody_is_sent_silence(
    desk: MixingDesk, two: tuple[Party, Party]
) -> None:
    desk.add_source("music", tones.Loop(tones.sine(600, 1.0)))
    desk.hear("customer", {"music": 1.0})
    run(desk, *two)
    assert two[0].level(600) == pytest.approx(-12, abs=0.5)
    assert two[1].session.counters.received >= 49
    assert two[1].level(600) < -100
    desk.remove_source("music")
    run(desk, *two)
    assert two[0].level(600) < -100


def test_digits_come_as_events(desk: MixingDesk, two: tuple[Party, Party]) -> None:
    two[0].session.press("42")
    run(desk, *two)
    assert two[0].pressed == ["4", "2"]


def test_digits_come_as_tones_where_the_peer_has_no_events(
    desk: MixingDesk, party: Callable[..., Party]
) -> None:
    old = party("old", 440, dtmf=None)
    run(desk, old, ticks=10)
    key = tones.sine(770, 0.1, -16) + tones.sine(1209, 0.1, -16)
    old.sound.extend(
        reversed(frames_of(np.concatenate([np.zeros(800, np.int16), key, np.zeros(800, np.int16)])))
    )
    run(desk, old, ticks=15)
    assert old.pressed == ["4"]


def test_digits_are_sent_on(desk: MixingDesk, two: tuple[Party, Party]) -> None:
    heard: list[str] = []
    two[1].session._on_digit = heard.append
    run(desk, *two, ticks=5)
    assert desk.press("agent", "7")
    assert not desk.press("nobody", "7")
    run(desk, *two, ticks=20)
    assert heard == ["7"]


@pytest.mark.parametrize("digit", list("0123456789*#ABCD"))
def test_a_peer_without_events_is_sent_the_tones_of_the_key(
    desk: MixingDesk, party: Callable[..., Party], digit: str
) -> None:
    old = party("old", 440, dtmf=None)
    run(desk, old, ticks=10)
    assert desk.press("old", digit)
    run(desk, old, ticks=20)
    detector = ToneDetector()
    assert "".join(detector.hear(frame) for frame in old.heard) == digit
    assert not keytones.frames("x")


def test_a_key_in_the_sound_goes_on_as_a_key_and_not_as_sound(
    desk: MixingDesk, party: Callable[..., Party]
) -> None:
    old, agent = party("old", 440, dtmf=None), party("agent", 700)
    desk.hear("agent", {"old": 1.0})
    run(desk, old, agent, ticks=10)
    key = tones.sine(770, 0.4, -16) + tones.sine(1209, 0.4, -16)
    old.sound.extend(reversed(frames_of(key)))
    run(desk, old, agent, ticks=30)
    assert old.pressed == ["4"]
    detector = ToneDetector()
    assert not "".join(detector.hear(frame) for frame in agent.heard)
    agent.heard.clear()
    run(desk, old, agent, ticks=30)
    assert agent.level(440) > -14, "after the key the voice is heard again"


def longest_silence(heard: list[Pcm], hz: float) -> int:
    """In milliseconds, by pieces of 10 ms."""
    sound = np.concatenate(heard)
    step = SAMPLE_RATE_HZ // 100
    longest = run_of = 0
    for start in range(0, len(sound) - step + 1, step):
        there = tones.tone_dbfs(sound[start : start + step], hz) > -30
        run_of = 0 if there else run_of + 1
        longest = max(longest, run_of)
    return 10 * longest


@pytest.mark.parametrize(("before", "after"), [(OPUS, PCMU), (PCMU, OPUS), (G722, PCMA), (PCMU, G722)])
def test_a_codec_change_in_a_call_leaves_no_gap(
    desk: MixingDesk, party: Callable[..., Party], before: Codec, after: Codec
) -> None:
    customer, agent = party("customer", 400), party("agent", 700)
    desk.hear("customer", {"agent": 1.0})
    desk.hear("agent", {"customer": 1.0})
    address = desk._opened["customer"].local
    ours: Planned | None = None
    for codec in (before, after):
        stream = AgreedStream(
            "audio", *address, codec, TELEPHONE_EVENT, Direction.SENDRECV, 20, (before, after)
        )
        ours = plan_of(stream, ours)
        theirs = replace(stream, address=customer.session.local[0], port=customer.session.local[1])
        desk.configure("customer", Agreement((theirs,)))
        if codec is before:
            customer.session.configure(ours.plan)
            run(desk, customer, agent, ticks=50)
            agent.heard.clear()
            customer.heard.clear()
        else:
            run(desk, customer, agent, ticks=7)  # their answer arrives later than ours is carried out
            customer.session.configure(ours.plan)
    run(desk, customer, agent, ticks=60)
    assert longest_silence(agent.heard, 400) <= 60
    assert longest_silence(customer.heard, 700) <= 60


def test_how_a_leg_sounds_is_told_and_worse_is_noticed(desk: MixingDesk, two: tuple[Party, Party]) -> None:
    assert desk.quality("customer") is None
    assert desk.quality("nobody") is None
    run(desk, *two, ticks=100)
    good = desk.quality("customer")
    assert good is not None
    assert (good.codec, good.encrypted, good.loss_percent) == ("PCMU", False, 0.0)
    assert good.mos > 4
    assert desk.quality_now("customer") is not None
    for tick in range(200):
        if tick % 5:
            two[0].speak()
        else:
            two[0].session._sending.stream.advance(160)
            two[0].session._sending.stream.sequence += 1
        desk.tick()
    bad = desk.quality_now("customer")
    assert bad is not None
    assert is_a_class_worse(bad, None)
    assert is_a_class_worse(bad, good)
    assert not is_a_class_worse(bad, bad)
    assert not is_a_class_worse(good, bad)


def test_silence_is_counted_only_while_sound_is_due(desk: MixingDesk, two: tuple[Party, Party]) -> None:
    customer, _ = two
    for _ in range(20):
        desk.tick()
    assert desk.silent_s("customer") == 0.0
    run(desk, *two, ticks=5)
    for _ in range(50):
        desk.tick()
    assert desk.silent_s("customer") == pytest.approx(1.0, abs=0.05)
    desk.configure("customer", agreed(customer.session.local, direction=Direction.SENDONLY))
    desk.tick()
    desk.tick()
    assert desk.silent_s("customer") == 0.0


def test_a_peer_that_says_nothing_and_still_reports_is_there(
    desk: MixingDesk, two: tuple[Party, Party]
) -> None:
    """A muted telephone with silence suppression sends no sound, and RTCP all the same."""
    customer, _ = two
    run(desk, *two, ticks=5)
    for _ in range(50):
        desk.tick()
    assert desk.silent_s("customer") > 0.5
    peer = customer.session
    peer._send_report(peer._reporting.made(peer._sending.stream, peer._receiver, time.time()))
    for _ in range(10):  # reports are looked at every fifth tick
        desk.tick()
    assert desk.silent_s("customer") <= 0.2


def test_ports_are_used_in_turn_and_run_out_with_a_word(desk: MixingDesk) -> None:
    ports = [desk.open_leg(f"leg{n}", lambda _: None)[1] for n in range(5)]
    assert ports == [port(offset) for offset in (100, 102, 104, 106, 108)]
    with pytest.raises(NoPortError):
        desk.open_leg("one too many", lambda _: None)
    desk.close_leg("leg1")
    desk.tick()
    assert desk.open_leg("again", lambda _: None)[1] == port(102)


def test_the_share_of_the_time_that_sound_takes_is_measured(
    desk: MixingDesk, two: tuple[Party, Party]
) -> None:
    run(desk, *two, ticks=100)
    assert 0 < desk.load < 0.5


def test_one_broken_leg_does_not_silence_the_others(
    desk: MixingDesk, two: tuple[Party, Party], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def frame(self) -> Pcm:
            raise ValueError("broken")

    desk.hear("customer", {"agent": 1.0})
    run(desk, *two, ticks=5)
    desk.add_source("broken", Broken())
    desk._opened["agent"].write_frame = None  # type: ignore[method-assign,assignment]  # breaks it on purpose
    with caplog.at_level(logging.ERROR):
        run(desk, *two)
    assert two[0].level(700) == pytest.approx(-12, abs=0.5)
    assert len(caplog.records) == 2
