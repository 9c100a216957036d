"""Where each action of the one table can be reached: in the window, by its keys, in the terminal.

The window and its view-models are read as programs: an action is offered where its id is handed to something,
not where a table of acts is keyed by it or where a `match` names it.  What reacts to the mouse alone does not
count for the keys.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agent_desktop.client.action import Action
from agent_desktop.text import verbs

ROOT = Path(__file__).resolve().parents[2] / "agent_desktop"
_MOUSE = re.compile(r"mouse|wheel|enterEvent|leaveEvent|hover")


@dataclass(frozen=True)
class Place:
    """A function of the window or of a view-model that offers an action."""

    package: str
    file: str
    function: str

    @property
    def by_mouse(self) -> bool:
        return _MOUSE.search(self.function) is not None


class _Reader(ast.NodeVisitor):
    """Collects the string constants that are handed on, and the patterns of names that are put together."""

    def __init__(self, package: str, file: str) -> None:
        self.package, self.file = package, file
        self.inside: list[str] = []
        self.named: list[tuple[str, Place]] = []
        self.put_together: list[tuple[re.Pattern[str], frozenset[str], Place]] = []

    def place(self) -> Place:
        return Place(self.package, self.file, ".".join(self.inside))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.inside.append(node.name)
        words = frozenset(
            c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)
        )
        for part in ast.walk(node):
            if isinstance(part, ast.JoinedStr):
                pieces = [
                    re.escape(str(v.value)) if isinstance(v, ast.Constant) else "(.+)" for v in part.values
                ]
                self.put_together.append((re.compile("".join(pieces)), words, self.place()))
        self.generic_visit(node)
        self.inside.pop()

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:
            self.visit(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        """A name that is compared is not offered."""

    def visit_match_case(self, node: ast.match_case) -> None:
        for part in node.body:
            self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.named.append((node.value, self.place()))


@cache
def _read() -> tuple[_Reader, ...]:
    made = []
    for package in ("qt", "viewmodels"):
        for path in sorted((ROOT / package).glob("*.py")):
            reader = _Reader(package, path.name)
            reader.visit(ast.parse(path.read_text("utf-8")))
            made.append(reader)
    return tuple(made)


@cache
def _index() -> tuple[dict[str, list[Place]], list[tuple[re.Pattern[str], frozenset[str], Place]]]:
    """Everything by its name, and the names that are put together of an action's first part and more."""
    named: dict[str, list[Place]] = {}
    for reader in _read():
        for name, place in reader.named:
            named.setdefault(name, []).append(place)
    together = [row for reader in _read() for row in reader.put_together]
    return named, [row for row in together if row[0].groups and r"\." in row[0].pattern]


def places(action: str) -> list[Place]:
    """Where the window or a view-model offers an action."""
    named, put_together = _index()
    found = list(named.get(action, ()))
    for pattern, words, place in put_together:
        match = pattern.fullmatch(action)
        if match is not None and all(part in words for part in match.groups()):
            found.append(place)
    return found


def button_fields() -> dict[str, str]:
    """The fields of the views that hold buttons: `Class.field`, and the field alone."""
    found = {}
    for path in sorted((ROOT / "viewmodels").glob("*.py")):
        views = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.ClassDef)]
        for view in views:
            fields = [part for part in view.body if isinstance(part, ast.AnnAssign)]
            for part in fields:
                holds_buttons = re.search(r"\bButton\b", ast.unparse(part.annotation)) is not None
                if holds_buttons and isinstance(part.target, ast.Name):
                    found[f"{view.name}.{part.target.id}"] = part.target.id
    return found


def read_by_window() -> frozenset[str]:
    """The names of everything that the window asks of what it is given."""
    found: set[str] = set()
    for path in sorted((ROOT / "qt").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
    return frozenset(found)


def by_window(action: Action, instead: dict[str, tuple[str, str]]) -> bool:
    """Whether the window has it: in a menu and the palette, on a key, in a panel, or by another action."""
    if action.palette or action.shortcut or places(action.id):
        return True
    return bool(instead.get(action.id, ("", ""))[0])


def by_keys(action: Action, instead: dict[str, tuple[str, str]]) -> bool:
    """Whether the window's keys reach it."""
    if action.palette or action.shortcut or any(not place.by_mouse for place in places(action.id)):
        return True
    return bool(instead.get(action.id, ("", ""))[0])


def by_terminal(action: Action, instead: dict[str, tuple[str, str]]) -> bool:
    """Whether a line reaches it: its own verb, or the line of another one."""
    line = action.usage.split(" ")[0] if action.verb else instead.get(action.id, ("", ""))[0]
    typed = verbs.read(line)
    return typed is not None and (typed.action is not None)


def unreached(
    actions: Iterable[Action],
    *,
    window: dict[str, tuple[str, str]],
    terminal: dict[str, tuple[str, str]],
) -> dict[str, list[str]]:
    """The actions that the window, its keys or the terminal cannot reach."""
    rows = list(actions)
    return {
        "window": [a.id for a in rows if not by_window(a, window)],
        "keys": [a.id for a in rows if not by_keys(a, window)],
        "terminal": [a.id for a in rows if not by_terminal(a, terminal)],
    }
