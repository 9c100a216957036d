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
from tests.e2e.programs import until

pytestmark = pytest.mark.screen

# Widgets of the measurements, and what only other widgets are made of.
MAIN = ("rail", "topbar", "inbox", "conversation", "side")
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


# scene: a row of it, what a press asks for
ROWS = {
    "agent": ("Jordan Diaz", ("inbox.open", {"id": "i2"})),
    "palette": ("Hold, call", ("call.hold", {})),
    "snooze": ("Tomorrow", ("choose.run", {"key": "tomorrow"})),
}


@pytest.mark.parametrize("scene", ROWS)
def test_a_row_of_a_list_is_read_and_pressed_over_the_bus(walker: Walker, scene: str) -> None:
    name, wanted = ROWS[scene]
    walker.bus.show(scene)
    row = walker.find(name, role="table cell")
    assert "selectable" in row.states
    assert walker.bus.act(row, "Toggle")
    assert walker.bus.acted(wanted[0])[-1] == wanted
    assert "selected" in walker.find(name, role="table cell").states
    assert walker.bus.act(row, "Toggle")  # the chosen row once more
    assert walker.bus.acted(wanted[0])[-1] == wanted


def test_a_message_is_opened_whole_over_the_bus(walker: Walker) -> None:
    walker.bus.show("agent")
    assert walker.bus.act(walker.find("You, email, 16:20", role="table cell"), "Toggle")
    until(lambda: any(node.role == "dialog" for node in walker.bus.walk(skip=MAIN)), 30, "no viewer")
    assert walker.find("Message text", role="text")


def test_a_line_of_the_board_opens_its_menu_over_the_bus(walker: Walker) -> None:
    walker.bus.show("supervisor")
    walker.bus.events()
    assert walker.bus.act(walker.find("Sara Lindqvist, Talking", role="table cell"), "Toggle")
    walker.bus.keys("Down")
    focused: list[str] = []
    until(lambda: focused.extend(walker.bus.focused()) or "Listen" in focused, 30, f"no menu, {focused}")


def test_what_was_typed_in_a_call_is_read_with_who_typed_it(walker: Walker) -> None:
    nodes, _classes = walker.scene("call-text")
    typed = [node.name for node in nodes if node.role == "table cell"]
    assert "Caller: HELLO THIS IS TOM GA" in typed
    assert any(name.startswith("You: HELLO TOM") for name in typed)


def test_values_and_states_stand_on_the_bus(walker: Walker) -> None:
    def of(scene: str, name: str) -> Node:
        nodes = walker.scene(scene)[0]
        return next(node for node in nodes if node.interactive and node.name.startswith(name))

    ring = of("devices", "How loud it rings")
    assert (ring.role, ring.value) == ("slider", -12.0)
    assert "checked" in of("busy", "Reply by email").states
    assert "checked" not in of("busy", "Note").states
    tabs = {node.name: node.states for node in walker.scene("ending")[0] if node.role == "page tab"}
    assert [name for name, states in tabs.items() if "selected" in states] == ["Wrap-up"]
    assert {"expandable"} <= next(n for n in walker.scene("busy")[0] if n.role == "combo box").states
    assert "Reason" in next(n for n in walker.scene("busy")[0] if n.role == "combo box").labels
    assert of("signin-error", "Password").role == "password text"
    unable = of("busy", "Supervisor")
    assert "enabled" not in unable.states
    assert unable.description == "For supervisors only."


def test_a_tab_and_a_button_are_pressed_over_the_bus(walker: Walker) -> None:
    walker.bus.show("agent")
    assert walker.bus.act(walker.find("Queue 14", role="page tab"), "Press")
    assert walker.bus.acted("inbox.tab")[-1] == ("inbox.tab", {"tab": "queue"})
    assert walker.bus.act(walker.find("Send", role="push button"), "Press")
    assert walker.bus.acted("composer.send")
