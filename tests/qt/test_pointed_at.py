"""Tips under a real pointer on a real screen (WCAG 2.2, 1.4.13)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from bus import Bus

from tests.e2e.programs import until

pytestmark = pytest.mark.screen


@pytest.fixture(scope="module")
def bus() -> Iterator[Bus]:
    made = Bus()
    yield made
    made.stop()


def point(bus: Bus, x: int, y: int) -> None:
    subprocess.run(["xdotool", "mousemove", str(x), str(y)], env=bus.screen.environment, check=True)


def tip_of(bus: Bus) -> tuple[str, tuple[int, int, int, int]] | None:
    """The tip that shows: its text and its place on the screen."""
    shown = bus.stage.ask(tip=True)
    return (shown["text"], tuple(shown["place"])) if shown else None


def resting_on(bus: Bus, name: str) -> tuple[str, tuple[int, int, int, int]]:
    """Rest on a control until its tip is there."""
    x, y = bus.stage.ask(where=name)
    point(bus, x - 3, y)
    point(bus, x, y)
    until(lambda: tip_of(bus) is not None, 10, f"no tip of {name}")
    found = tip_of(bus)
    assert found is not None
    return found


def test_the_pointer_goes_onto_the_tip_and_escape_takes_it_away(bus: Bus) -> None:
    bus.show("two-calls")
    text, (left, top, width, height) = resting_on(bus, "Supervisor")
    assert text == "For supervisors only."
    for step in (1, 2, 3):  # across the gap, onto it, along it
        point(bus, left + width * step // 4, top + height // 2)
    assert tip_of(bus) == (text, (left, top, width, height))
    nodes = [node for node in bus.walk() if node.name == text]
    assert nodes  # what shows is on the bus too
    bus.acts()
    bus.keys("Escape")
    until(lambda: tip_of(bus) is None, 10, "Escape does not take it away")
    assert bus.acts() == []


def test_a_tip_goes_when_the_pointer_has_left_both(bus: Bus) -> None:
    bus.show("two-calls")
    resting_on(bus, "Supervisor")
    point(bus, 700, 500)
    until(lambda: tip_of(bus) is None, 10, "it stays although nobody points at it")
