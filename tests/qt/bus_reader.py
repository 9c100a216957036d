"""What a screen reader sees and does: the accessibility bus, read for a test.

bus_reader.py APPLICATION: one JSON object a line in, one out.  Runs under the system Python, which has gi.

- {"do": "walk", "skip": ["rail"]}: what shows in all windows, each with its place in the tree; not what is
  below a node whose id ends so
- {"do": "act", "at": [0, 2], "action": "Press"}: an action of a node, by its place
- {"do": "select", "at": [0, 2], "child": 3}: select a child of a node
- {"do": "menu"}: the menu, or the list, of what has the keyboard, and its entries.  Qt leaves popups out of
  the tree, so that they are found from below: from what says that it has the focus
- {"do": "forget"}: where the keyboard was does not count any more
- {"do": "events"}: what came over the bus since the last question
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

import gi

warnings.simplefilter("ignore", DeprecationWarning)
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - the version comes first

DEPTH = 40
WAIT_S = 30
EVENTS = ("object:announcement", "object:state-changed:focused", "object:active-descendant-changed")
TOLD: list[dict[str, Any]] = []
FOCUSED: list[Any] = []  # the node that the keyboard reached last
MENUS = frozenset({"menu", "popup menu", "list", "list box", "combo box"})
Place = tuple[int, ...]


def children(of: Any) -> Iterator[tuple[int, Any]]:
    for number in range(of.get_child_count()):
        child = of.get_child_at_index(number)
        if child is not None:
            yield number, child


def application(name: str) -> Any:
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        for _number, found in children(Atspi.get_desktop(0)):
            if name in (found.get_name() or ""):
                return found
        time.sleep(0.05)
    raise SystemExit(f"no application {name!r}")


def shown(node: Any, at: Place) -> dict[str, Any]:
    """A node as JSON."""
    states = sorted(state.value_nick for state in node.get_state_set().get_states())
    role = node.get_role_name()
    seen: dict[str, Any] = {
        "at": at, "role": role, "name": node.get_name() or "", "states": states,
        "id": node.get_accessible_id() or "", "language": node.get_object_locale() or "",
    }  # fmt: skip
    if "focusable" in states or role.endswith("menu item"):
        action = node.get_action_iface()
        seen["actions"] = [action.get_action_name(n) for n in range(action.get_n_actions())] if action else []
        seen["keys"] = [action.get_key_binding(n) for n in range(action.get_n_actions())] if action else []
        seen["description"] = node.get_description() or ""
        seen["labels"] = [
            relation.get_target(n).get_name()
            for relation in node.get_relation_set()
            if relation.get_relation_type() == Atspi.RelationType.LABELLED_BY
            for n in range(relation.get_n_targets())
        ]
        if (value := node.get_value_iface()) is not None:
            seen["value"] = Atspi.Value.get_current_value(value)
    return seen


def walk(node: Any, at: Place, skip: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """All that shows below a node, in order."""
    for number, child in children(node):
        if not child.get_state_set().contains(Atspi.StateType.SHOWING):
            continue
        here = (*at, number)
        seen = shown(child, here)
        yield seen
        if len(here) < DEPTH and not (skip and seen["id"].endswith(skip)):
            yield from walk(child, here, skip)


def node_at(top: Any, at: list[int]) -> Any:
    for number in at:
        top = top.get_child_at_index(number)
    return top


def act(node: Any, wanted: str) -> bool:
    action = node.get_action_iface()
    names = [] if action is None else [action.get_action_name(n) for n in range(action.get_n_actions())]
    return wanted in names and bool(action.do_action(names.index(wanted)))


def menu() -> list[dict[str, Any]]:
    """The menu that has the keyboard and its entries; empty where it is in none."""
    node = FOCUSED[-1] if FOCUSED else None
    while node is not None and node.get_role_name() not in MENUS:
        node = node.get_parent()
    if node is None:
        return []
    return [shown(node, ()), *(shown(child, (number,)) for number, child in children(node))]


def told(event: Any) -> None:
    if event.type.startswith("object:state-changed:focused") and event.detail1:
        FOCUSED[:] = [event.source]
    TOLD.append({
        "type": event.type, "detail": event.detail1, "text": str(event.any_data or ""),
        "name": event.source.get_name() or "", "role": event.source.get_role_name(), "at": time.monotonic(),
    })  # fmt: skip


def answer(top: Any, question: dict[str, Any]) -> object:
    match question["do"]:
        case "walk":
            return list(walk(top, (), tuple(question.get("skip", ()))))
        case "act":
            return act(node_at(top, question["at"]), question["action"])
        case "menu":
            return menu()
        case "forget":
            FOCUSED.clear()
            return True
        case "select":
            return bool(node_at(top, question["at"]).get_selection_iface().select_child(question["child"]))
        case _:
            heard = TOLD[:]
            TOLD.clear()
            return heard


def main() -> None:
    Atspi.init()
    top = application(sys.argv[1])
    top.set_cache_mask(Atspi.Cache.NONE)
    listener = Atspi.EventListener.new(told)
    for kind in EVENTS:
        listener.register(kind)
    loop = GLib.MainLoop()

    def asked(_source: object, _condition: object) -> bool:
        line = sys.stdin.readline()
        if not line:
            loop.quit()
            return False
        try:
            reply: object = answer(top, json.loads(line))
        except GLib.Error as gone:  # a node went while it was looked at
            reply = {"error": str(gone)}
        sys.stdout.write(json.dumps(reply, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        return True

    GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, asked)
    sys.stdout.write('"ready"\n')
    sys.stdout.flush()
    loop.run()


main()
