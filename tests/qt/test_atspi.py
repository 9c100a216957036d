"""Every window, dialog and panel on the real accessibility bus, read and used as a screen reader does.

Xvfb, a D-Bus session and the AT-SPI launcher of their own; the stage shows one scene after the other and a
reader under the system Python walks what shows.  A widget that no scene shows fails, and so does a planted
button without a name.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

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


# Every menu: its scene, the file that opens it, an entry and the key that it is told with.
MENUS = {
    "menu-of-row": ("rows", "Open", "Return"),
    "menu-of-message": ("timeline", "Show the whole message", ""),
    "menu-of-agent": ("board", "Listen", ""),
    "menu-of-decline": ("ringing", "Wrong skill", ""),
    "menu-of-recording": ("callcard", "Resume recording", "Ctrl+Shift+2"),
    "menu-of-me": ("rail", "Keyboard shortcuts", "F1"),
    "menu-of-needs": ("customer", "Relay service", ""),
    "menu-of-word": ("spelling", "receive", ""),
    "states": ("statebutton", "Ready", ""),
    "write-more": ("composer", "Stay here after sending", ""),
}
OPENERS = frozenset({"open_menu", "QMenu", "createStandardContextMenu"})


@pytest.mark.parametrize("scene", MENUS)
def test_every_menu_is_read_with_its_name_its_entries_and_their_keys(walker: Walker, scene: str) -> None:
    _opener, name, key = MENUS[scene]
    walker.bus.show(scene)
    top, *entries = walker.bus.menu()
    assert top.role == "popup menu"
    assert top.name
    items = [entry for entry in entries if entry.role != "separator"]
    assert items
    assert problems(entries) == []
    told = {entry.name: entry.keys for entry in items}
    assert told[name] == ((key,) if key else ())
    assert [e.name for e in items if "enabled" not in e.states and ":" not in e.name] == QT_OWN.get(scene, [])


# Qt's own entries say by their greyness alone why they cannot be chosen: nothing is marked, or to be undone.
QT_OWN = {"menu-of-word": ["Undo", "Redo", "Cut", "Copy", "Paste", "Delete"]}


def test_every_menu_that_there_is_was_read() -> None:
    def opens(path: Path) -> bool:
        calls = [
            node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
        ]
        names = {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}
        return bool(names & OPENERS)

    files = {path.stem for path in Path(agent_desktop.qt.__path__[0]).glob("*.py") if opens(path)}
    assert files - {"buttons"} == {opener for opener, _name, _key in MENUS.values()}


def test_a_list_of_choices_is_read_with_its_name_and_what_is_chosen(walker: Walker) -> None:
    walker.bus.show("choices")
    top, *entries = walker.bus.menu()
    assert (top.role, top.name) == ("list", "Reason")
    assert all(entry.name for entry in entries)
    assert [entry.name for entry in entries if "selected" in entry.states] == ["Lost on the way"]


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


def test_the_language_of_the_screen_stands_on_the_bus_with_every_row_and_control(walker: Walker) -> None:
    for language in ("de", "ar", "en"):
        walker.bus.stage.ask(speak=language)
        walker.bus.show("agent")
        nodes = walker.bus.walk()
        assert {node.language.partition("_")[0] for node in nodes} == {language}
        assert any(node.role == "table cell" for node in nodes)


def test_a_tab_and_a_button_are_pressed_over_the_bus(walker: Walker) -> None:
    walker.bus.show("agent")
    assert walker.bus.act(walker.find("Queue 14", role="page tab"), "Press")
    assert walker.bus.acted("inbox.tab")[-1] == ("inbox.tab", {"tab": "queue"})
    assert walker.bus.act(walker.find("Send", role="push button"), "Press")
    assert walker.bus.acted("composer.send")
