"""The rules for what a screen reader meets: names, roles, states, reasons.

They judge nodes of the accessibility bus (`bus.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CONTROLS = frozenset({
    "push button", "button", "toggle button", "check box", "radio button", "combo box", "entry", "text",
    "password text", "spin button", "slider", "list", "list box", "list item", "menu", "menu item",
    "check menu item", "radio menu item", "page tab", "page tab list", "table", "table cell", "link",
})  # fmt: skip
GROUPS = frozenset({"panel", "dialog", "frame", "window"})
_NOT_ONE_OF_MANY = frozenset({"table cell", "list item", "combo box"})  # data; a combo box has its label
_VALUED = frozenset({"slider", "spin button"})


@dataclass(frozen=True)
class Node:
    """A node as a screen reader meets it."""

    at: tuple[int, ...]
    role: str
    name: str
    states: frozenset[str]
    id: str
    description: str = ""
    actions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    value: float | None = None
    keys: tuple[str, ...] = ()
    language: str = ""

    @property
    def interactive(self) -> bool:
        return self.role in CONTROLS or "focusable" in self.states

    @property
    def last_id(self) -> str:
        return self.id.rpartition(".")[2]


def problems(nodes: Sequence[Node]) -> list[str]:
    """What is wrong with them, in words."""
    return [*_names(nodes), *_twice(nodes), *_roles(nodes), *_states(nodes)]


def _names(nodes: Sequence[Node]) -> list[str]:
    bad = [f"no name: {n.role} {n.id}" for n in nodes if n.interactive and not n.name.strip()]
    bad += [f"no label: {n.name}" for n in nodes if n.role == "combo box" and not n.labels]
    bad += [f"keys in the name: {n.name}" for n in nodes if "\t" in n.name]
    bad += [f"markup: {n.name}" for n in nodes if "<span" in n.description + n.name]
    return bad


def _twice(nodes: Sequence[Node]) -> list[str]:
    """Two controls of one panel that are called the same."""
    groups = {node.at: node.name for node in nodes if node.role in GROUPS and node.name}
    count: Counter[tuple[str, str, str]] = Counter()
    for node in nodes:
        if node.interactive and node.role not in _NOT_ONE_OF_MANY:
            ups = (node.at[:length] for length in range(len(node.at) - 1, 0, -1))
            group = next((up for up in ups if up in groups), ())
            count[f"{group} {groups.get(group, '')}", node.role, node.name] += 1
    return [f"twice in {group}: {role} {name}" for (group, role, name), n in count.items() if n > 1]


def _roles(nodes: Sequence[Node]) -> list[str]:
    """What has a name has a role: a filler is passed over; Qt gives what scrolls no other, even as a stop."""
    fillers = (node for node in nodes if node.role == "filler" and "focusable" not in node.states)
    return [f"a filler: {node.name} {node.last_id}" for node in fillers if node.name]


def _states(nodes: Sequence[Node]) -> list[str]:
    bad = []
    for node in nodes:
        if node.role == "menu item" and "enabled" in node.states and "Press" not in node.actions:
            bad.append(f"cannot be pressed: {node.name}")
        if node.role in {"push button", "check box", "radio button"}:
            on = {"enabled", "sensitive"} <= node.states
            if not on and not node.description:
                bad.append(f"disabled without a reason: {node.name}")
            if on and "Press" not in node.actions:
                bad.append(f"cannot be pressed: {node.name}")
        if node.role in _VALUED and node.value is None:
            bad.append(f"no value: {node.name}")
    return bad
