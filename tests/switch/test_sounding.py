"""A leg whose text fails, at the desk with real ports: its own voice and all the others go on."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pytest

from agent_desktop.media import tones
from agent_desktop.media.pcm import frames_of
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.text_leg import TextLeg
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.udp import NoPortError, bind_pair
from agent_desktop.sip.media import PCMU, TELEPHONE_EVENT, AgreedStream, Agreement, Direction
from agent_desktop.switch.mixing import MixingDesk, Ports

from .slot import port

PEERS = range(port(0), port(100))


@pytest.fixture
def desk() -> Iterator[MixingDesk]:
    desk = MixingDesk(Ports("127.0.0.1", port(100), port(116)), tell=lambda act: act())
    yield desk
    for leg in tuple(desk._opened):
        desk.close_leg(leg)
    desk.tick()


class Phone:
    """Says a tone, and knows what it hears."""

    def __init__(self, desk: MixingDesk, name: str, hz: float) -> None:
        self.news: list[TextNews | None] = []
        self.session = MediaSession(bind_pair("127.0.0.1", PEERS))
        self.local = desk.open_leg(name, lambda _digit: None, self.news.append)
        sound = AgreedStream(
            "audio", *self.session.local, PCMU, TELEPHONE_EVENT, Direction.SENDRECV, 20, (PCMU,)
        )
        desk.configure(name, Agreement((sound,)))
        self.session.configure(Plan(remote=self.local))
        self.says = frames_of(tones.sine(hz, 8.0))[::-1]
        self.heard = [np.zeros(320, dtype=np.int16)]

    def tick(self) -> None:
        self.session.receive_due()
        self.heard.append(self.session.read_frame())
        self.session.write_frame(self.says.pop())

    def level(self, hz: float) -> float:
        return tones.tone_dbfs(np.concatenate(self.heard[-25:]), hz)


@pytest.fixture
def two(desk: MixingDesk) -> Iterator[tuple[Phone, Phone]]:
    """They hear each other."""
    customer, agent = Phone(desk, "customer", 440), Phone(desk, "agent", 700)
    desk.texts.read_tones("customer")
    desk.hear("customer", {"agent": 1.0})
    desk.hear("agent", {"customer": 1.0})
    yield customer, agent
    for phone in (customer, agent):
        phone.session.close()


def run(desk: MixingDesk, *phones: Phone, ticks: int) -> None:
    for _ in range(ticks):
        for phone in phones:
            phone.tick()
        desk.tick()


def broken(*_args: object, **_how: object) -> None:
    raise ValueError("nobody thought of this")


@pytest.mark.parametrize("what", ["_carry_out", "_take_text", "_tell_news", "_now"])
def test_text_that_fails_is_left_out_and_told_and_both_voices_go_on(
    desk: MixingDesk,
    two: tuple[Phone, Phone],
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run(desk, *two, ticks=5)
    bad, at = desk.texts.of("customer"), desk.texts.open_stream("customer")
    assert bad is not None
    genuine = getattr(TextLeg, what)

    def fails(leg: TextLeg, *args: object) -> object:
        return broken() if leg is bad else genuine(leg, *args)

    run(desk, *two, ticks=1)
    monkeypatch.setattr(TextLeg, what, fails)
    if what == "_take_text":
        monkeypatch.setattr(TextLeg, "receive_due", lambda leg: leg._take_text("x"))
    run(desk, *two, ticks=60)
    assert two[0].level(700) == pytest.approx(-12, abs=0.5), "the customer hears the agent"
    assert two[1].level(440) == pytest.approx(-12, abs=0.5), "and is heard"
    assert two[0].news[-1] is None
    assert two[0].news.count(None) == 1
    assert desk.texts.of("customer") is None
    assert 1 <= len([record for record in caplog.records if record.levelno == logging.ERROR]) <= 3
    with pytest.raises(NoPortError):
        desk.texts.open_stream("customer")
    for free in bind_pair("127.0.0.1", [at]):  # raises where the port leaked
        free.close()


def test_a_leg_whose_text_cannot_be_closed_frees_its_ports_and_its_end_is_told(
    desk: MixingDesk, two: tuple[Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed_at = desk.texts.open_stream("customer")
    run(desk, *two, ticks=2)
    monkeypatch.setattr(TextLeg, "_finish_lines", broken)
    desk.close_leg("customer")
    desk.tick()
    assert two[0].news[-1] is None
    for at in (two[0].local[1], typed_at):
        for free in bind_pair("127.0.0.1", [at]):
            free.close()


def test_a_tap_that_fails_silences_nobody(desk: MixingDesk, two: tuple[Phone, Phone]) -> None:
    desk._opened["customer"].tap = broken
    run(desk, *two, ticks=60)
    assert two[0].level(700) == pytest.approx(-12, abs=0.5)
    assert two[1].level(440) == pytest.approx(-12, abs=0.5)


def test_a_detector_of_keys_that_fails_costs_its_own_leg_alone(
    desk: MixingDesk, two: tuple[Phone, Phone]
) -> None:
    run(desk, *two, ticks=1)
    desk._legs["customer"].detector = type("Broken", (), {"hear": broken})()
    run(desk, *two, ticks=60)
    assert two[0].level(700) == pytest.approx(-12, abs=0.5)
