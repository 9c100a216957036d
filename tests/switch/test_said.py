"""What the router is told of typed lines: not during card data, for whom, and not without end."""

from __future__ import annotations

import pytest

from agent_desktop.sip import events as sip
from agent_desktop.sip.address import LegId
from agent_desktop.switch import said, texts
from agent_desktop.wire import switch as wire

from .fakes import AGENT, CUSTOMER, Scene
from .typist import Typist, told, with_text


def upgraded(scene: Scene, *legs: str) -> None:
    for leg in legs:
        scene.b2bua.happened(sip.MediaChanged(LegId(leg), with_text(), by_peer=True))


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.joined()
    upgraded(made, "out1")
    return made


@pytest.fixture
def letters(scene: Scene) -> tuple[Typist, Typist]:
    """A customer and an agent who type letters."""
    upgraded(scene, "in1")
    return Typist(scene, CUSTOMER, "rtt"), Typist(scene, AGENT, "rtt")


def persons(scene: Scene) -> list[str]:
    return [text for _, speaker, text in told(scene) if speaker != "system"]


def audiences(scene: Scene) -> list[tuple[str, str]]:
    return [(one.line.text, one.audience) for one in scene.all(wire.TextSaid)]


def test_a_line_begun_before_card_data_is_told_as_it_stood(scene: Scene) -> None:
    customer = Typist(scene, CUSTOMER, "tty")
    customer.types("CARD QW")
    scene.do(wire.SetSecure(call="c1", on=True))
    customer.ends_line()
    customer.types("\b\b4111 1111 1111 1111")
    customer.ends_line()
    scene.wait(texts.READ_BETTER_S + 1)
    assert persons(scene) == ["CARD QW"]
    scene.do(wire.SetSecure(call="c1", on=False))
    customer.types("\b 1111")
    scene.ends("in1")
    assert persons(scene) == ["CARD QW"]


def test_a_line_that_waits_to_be_read_better_when_card_data_begins_is_told(scene: Scene) -> None:
    customer = Typist(scene, CUSTOMER, "tty")
    customer.types("HERE IT IS GA\n")
    assert persons(scene) == []
    scene.do(wire.SetSecure(call="c1", on=True))
    customer.types("\b\b4111\n")
    scene.wait(texts.READ_BETTER_S + 1)
    assert persons(scene) == ["HERE IT IS GA"]


def test_with_each_line_stands_who_could_read_it_as_it_was_typed(
    scene: Scene, letters: tuple[Typist, Typist]
) -> None:
    customer, agent = letters
    customer.types("hello\n")
    agent.types("one moment\n")
    scene.do(wire.HoldCall(call="c1"))
    agent.types("aside\n")
    customer.types("waiting\n")
    scene.do(wire.ResumeCall(call="c1"))
    assert audiences(scene) == [
        ("hello", said.CUSTOMER),
        ("one moment", said.CUSTOMER),
        ("aside", said.CENTRE),
        ("waiting", said.CUSTOMER),
    ]


def test_a_line_that_was_apart_in_part_is_told_in_its_parts(
    scene: Scene, letters: tuple[Typist, Typist]
) -> None:
    _, agent = letters
    scene.do(wire.HoldCall(call="c1"))
    agent.types("slow ones. ")
    scene.do(wire.ResumeCall(call="c1"))
    agent.types("Hello again\n")
    assert audiences(scene) == [("slow ones. ", said.CENTRE), ("Hello again", said.CUSTOMER)]


def test_a_flood_of_lines_is_told_to_a_bound_and_said_to_be_one(
    scene: Scene, letters: tuple[Typist, Typist]
) -> None:
    customer, agent = letters
    for _ in range(4):
        customer.types("a\n" * 500)
    lines = [text for text, _ in audiences(scene)]
    assert lines == ["a"] * said.LINES_AT_ONCE + [said.TOO_MUCH]
    assert len(agent.desk.text) == 4000  # who reads along reads on
    scene.now += 10
    customer.types("again\n")
    assert persons(scene)[-1] == "again"
    known = scene.table.texts.typist(scene.table.calls_by_id["c1"].customer)
    assert known is not None
    assert max(len(known.ended), len(known.keys), len(known.waits), len(known.last)) < 100
