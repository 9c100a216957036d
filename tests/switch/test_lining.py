"""How a customer's textphone stands is told at once where somebody waits for it, else twice a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_desktop.media.text_news import TextState
from agent_desktop.switch.lining import TOLD_S, Lining
from agent_desktop.wire.switch import TextMoved

TTY = TextState(carrier="tty", is_found=True, baud=45.45)


@dataclass
class Around:
    told: list[TextMoved] = field(default_factory=list)
    waits: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def emit(self, event: Any) -> None:
        self.told.append(event)

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        self.waits.append((seconds, then))

    def pass_time(self) -> None:
        waits, self.waits = self.waits, []
        for _, then in waits:
            then()


@dataclass
class Known:
    id: str = "c1"


CALL: Any = Known()


@pytest.fixture
def around() -> Around:
    return Around()


def lining(around: Any) -> Lining:
    """With as much of its surroundings as is used."""
    return Lining(around)


def with_(**fields: Any) -> TextState:
    return TextState(**{"carrier": "tty", "is_found": True, "baud": 45.45, **fields})


def test_a_turn_is_told_at_once(around: Around) -> None:
    line = lining(around)
    line.moved(CALL, TTY)
    line.moved(CALL, with_(turn="far"))
    line.moved(CALL, with_(turn="near"))
    assert [moved.text.turn for moved in around.told] == ["", "customer", "agent"]
    assert (around.told[0].text.call, around.told[0].text.baud, around.told[0].text.found) == (
        "c1",
        45.45,
        True,
    )


def test_counts_are_told_late_and_only_the_newest(around: Around) -> None:
    line = lining(around)
    for waiting in range(40, 20, -1):
        line.moved(CALL, with_(waiting=waiting))
    assert [moved.text.waiting for moved in around.told] == [40]
    assert [seconds for seconds, _ in around.waits] == [TOLD_S]
    around.pass_time()
    assert [moved.text.waiting for moved in around.told] == [40, 21]
    line.moved(CALL, with_(waiting=0))
    assert around.told[-1].text.waiting == 0


def test_a_call_without_a_textphone_and_one_that_is_over_tell_nothing(around: Around) -> None:
    line = lining(around)
    line.moved(CALL, TextState(carrier="rtt", is_found=True))
    line.moved(CALL, TextState(carrier="tty"))
    assert not around.told
    line.moved(CALL, with_(waiting=5))
    line.moved(CALL, with_(waiting=4))
    line.over(CALL)
    around.pass_time()
    assert [moved.text.waiting for moved in around.told] == [5]
