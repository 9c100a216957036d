"""Typed text at the desk, with real ports and without its thread: the test is the clock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from agent_desktop.media import t140, tones
from agent_desktop.media.pcm import SILENCE, Pcm, frames_of
from agent_desktop.media.resampling import Upsampler
from agent_desktop.media.session import MediaSession, Plan
from agent_desktop.media.text_news import TextNews
from agent_desktop.media.tty_carrier import TtyCarrier
from agent_desktop.media.udp import NoPortError, bind_pair
from agent_desktop.sip.media import OPUS, PCMU, TELEPHONE_EVENT, AgreedStream, Agreement, Codec, Direction
from agent_desktop.switch.mixing import MixingDesk, Ports
from agent_desktop.switch.text_desk import carrier_of
from tests.media.baudot_line import spoken

from .slot import port
from .typist import with_text

PEERS = range(port(0), port(100))


@pytest.fixture
def desk() -> Iterator[MixingDesk]:
    desk = MixingDesk(Ports("127.0.0.1", port(100), port(140)), tell=lambda act: act())
    yield desk
    for leg in tuple(desk._opened):
        desk.close_leg(leg)
    desk.tick()


class Phone:
    """A telephone at a leg; what it says is given, what it hears is kept."""

    def __init__(self, desk: MixingDesk, name: str, codec: Codec = PCMU) -> None:
        self.news: list[TextNews | None] = []
        self.session = MediaSession(bind_pair("127.0.0.1", PEERS))
        address = desk.open_leg(name, lambda _digit: None, self.news.append)
        sound = AgreedStream(
            "audio", *self.session.local, codec, TELEPHONE_EVENT, Direction.SENDRECV, 20, (PCMU,)
        )
        desk.configure(name, Agreement((sound,)))
        self.session.configure(Plan(remote=address))
        self.modem = TtyCarrier(is_found=True)
        self.session.tap = lambda two: self.read.extend(one.text for one in self.modem.hear(two))
        self.read: list[str] = []
        self.says: list[Pcm] = []
        self.heard: list[Pcm] = []

    def tick(self) -> None:
        self.session.receive_due()
        self.heard.append(self.session.read_frame())
        self.session.write_frame(self.says.pop(0) if self.says else SILENCE)

    @property
    def text(self) -> str:
        """What the desk read of this leg."""
        return t140.applied("".join(news.heard for news in self.news if news is not None))

    @property
    def hears_hz(self) -> float:
        """How loud the mark of a textphone is in the last second."""
        return tones.tone_dbfs(np.concatenate(self.heard[-50:]), 1400)


def run(desk: MixingDesk, *phones: Phone, ticks: int) -> None:
    for _ in range(ticks):
        desk.tick()
        for phone in phones:
            phone.tick()


@pytest.fixture
def customer(desk: MixingDesk) -> Iterator[Phone]:
    made = Phone(desk, "customer")
    desk.texts.read_tones("customer")
    yield made
    made.session.close()


def types(text: str) -> list[Pcm]:
    return frames_of(Upsampler()(spoken(text)))


def test_tones_are_read_and_tones_are_written(desk: MixingDesk, customer: Phone) -> None:
    run(desk, customer, ticks=100)
    customer.says = types("HELLO GA")
    run(desk, customer, ticks=len(customer.says) + 60)
    assert customer.text == "HELLO GA"
    text = desk.texts.of("customer")
    assert text is not None
    text.write("HI GA")
    run(desk, customer, ticks=150)
    assert t140.applied("".join(customer.read)) == "HI GA"


def test_where_letters_read_the_tones_no_ear_hears_them(desk: MixingDesk, customer: Phone) -> None:
    agent = Phone(desk, "agent")
    desk.hear("agent", {"customer": 1.0})
    customer.says = types("HELLO THERE YOU GA")
    run(desk, customer, agent, ticks=100)
    assert agent.hears_hz > -40
    desk.spare("customer", on=True)
    run(desk, customer, agent, ticks=100)
    assert agent.hears_hz < -60
    desk.spare("customer", on=False)
    run(desk, customer, agent, ticks=60)
    assert agent.hears_hz > -40
    agent.session.close()


def test_a_leg_where_no_textphone_is_expected_is_not_read(desk: MixingDesk) -> None:
    agent = Phone(desk, "agent")
    agent.says = types("HELLO GA")
    run(desk, agent, ticks=150)
    assert agent.text == ""
    agent.session.close()


def test_the_end_of_a_leg_is_told_after_its_last_line(desk: MixingDesk, customer: Phone) -> None:
    customer.says = types("BYE SK NOW")
    run(desk, customer, ticks=len(customer.says) + 10)
    desk.close_leg("customer")
    desk.tick()
    assert customer.news[-1] is None
    last = customer.news[-2]
    assert last is not None
    assert [line.text for line in last.lines if line.is_finished] == ["BYE SK NOW"]


def test_ports_of_text_that_nobody_wants_yet_leave_those_of_sound(desk: MixingDesk) -> None:
    phones = [Phone(desk, f"leg{number}") for number in range(3)]
    assert desk.texts.open_stream("leg0", is_needed=False)
    assert desk.texts.open_stream("leg1", is_needed=False)
    with pytest.raises(NoPortError):
        desk.texts.open_stream("leg2", is_needed=False)
    assert desk.texts.open_stream("leg2")
    given: list[str] = []
    desk.texts.given_up = given.append
    assert [desk.texts.give_up() for _ in range(3)] == [True, True, False]
    assert given == ["leg0", "leg1"]
    for phone in phones:
        phone.session.close()


def test_what_carries_text_is_what_was_agreed_on() -> None:
    opus = AgreedStream("audio", "127.0.0.1", 4000, OPUS, None, Direction.SENDRECV, 20, (OPUS,))
    assert carrier_of(None) == ""
    assert carrier_of(Agreement((opus,))) == ""
    assert carrier_of(Agreement(with_text().streams[:1])) == "tty"
    assert carrier_of(with_text()) == "rtt"
