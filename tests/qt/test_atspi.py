"""Every window, dialog and panel on the real accessibility bus, read and used as a screen reader does.

Xvfb, a D-Bus session and the AT-SPI launcher of their own; the stage shows one scene after the other and a
reader under the system Python walks what shows.  A widget that no scene shows fails, and so does a planted
button without a name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from bus import Bus
from PySide6.QtWidgets import QWidget
from reading import Node, problems
from scenes import WALKED

import agent_desktop.qt

pytestmark = pytest.mark.screen

# Widgets of the measurements, and what only other widgets are made of.
NOT_SHOWN = frozenset({"agent_desktop.qt.focus.FocusRing"})


class Walker:
    """The bus, and what was read of each scene."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.read: dict[str, tuple[list[Node], set[str]]] = {}

    def scene(self, name: str) -> tuple[list[Node], set[str]]:
        """What shows in a scene and the classes of it; read once."""
        if name not in self.read:
            classes = self.bus.show(name)
            self.read[name] = (self.bus.walk(skip=WALKED[name]), classes)
        return self.read[name]

    def find(self, name: str, *, role: str = "") -> Node:
        """A node of what shows now whose name begins so."""
        nodes = self.bus.walk()
        return next(n for n in nodes if n.name.startswith(name) and role in {"", n.role})


@pytest.fixture(scope="module")
def walker() -> Iterator[Walker]:
    made = Walker()
    yield made
    made.bus.stop()


@pytest.mark.parametrize("scene", WALKED)
def test_everything_that_shows_has_its_name_role_and_reason_on_the_bus(walker: Walker, scene: str) -> None:
    nodes, _classes = walker.scene(scene)
    assert [node for node in nodes if node.interactive]
    assert problems(nodes) == []


def test_every_widget_that_there_is_was_shown_to_the_walk(walker: Walker) -> None:
    shown = {kind for scene in WALKED for kind in walker.scene(scene)[1]}
    assert sorted(widgets() - shown - NOT_SHOWN) == [], "give it a scene (tests/qt/scenes.py) and walk it"


def widgets() -> set[str]:
    """Every class of a widget in the package: a window, a dialog, a panel, a control."""
    found = set()
    for module in pkgutil.iter_modules(agent_desktop.qt.__path__):
        name = f"agent_desktop.qt.{module.name}"
        for kind in vars(importlib.import_module(name)).values():
            if isinstance(kind, type) and issubclass(kind, QWidget) and kind.__module__ == name:
                found.add(f"{name}.{kind.__name__}")
    return found


def test_a_button_without_a_name_fails_the_walk(walker: Walker) -> None:
    walker.bus.show("agent")
    assert problems(walker.bus.walk()) == []
    walker.bus.stage.ask(plant="inbox")
    assert [line.partition(":")[0] for line in problems(walker.bus.walk())] == ["no name"]


ROWS = {
    "inbox": ("agent", "Jordan Diaz", ("inbox.open", {"id": "i2"})),
    "palette": ("palette", "Hold, call", ("call.hold", {})),
    "chooser": ("snooze", "Tomorrow", ("choose.run", {"key": "tomorrow"})),
}


@pytest.mark.parametrize("scene", ROWS)
def test_a_row_of_a_list_is_read_chosen_and_pressed_over_the_bus(walker: Walker, scene: str) -> None:
    show, name, wanted = ROWS[scene]
    walker.bus.show(show)
    row = walker.find(name, role="table cell")
    assert "selectable" in row.states
    assert walker.bus.act(row, "Toggle")
    assert walker.bus.acted(wanted[0])[-1] == wanted
