"""Press the button whose name begins with a text, through the accessibility bus, as a screen reader does.

atspi_press.py APPLICATION NAME [--wait S] [--look]: status 0 pressed (or seen, with --look), 1 not there.
Runs under the system Python, which has gi.
"""

from __future__ import annotations

import argparse
import contextlib
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


def nodes(of: Any, depth: int = 0) -> Iterator[Any]:
    """A node and all below it, as long as they are there."""
    yield of
    if depth < DEPTH:
        for place in range(of.get_child_count()):
            child = of.get_child_at_index(place)
            if child is not None:
                yield from nodes(child, depth + 1)


def applications(name: str) -> Iterator[Any]:
    desktop = Atspi.get_desktop(0)
    for place in range(desktop.get_child_count()):
        found = desktop.get_child_at_index(place)
        if found is not None and name in (found.get_name() or ""):
            yield found


def find(application: str, name: str) -> Any:
    """The first node that shows and whose name begins so."""
    for one in applications(application):
        for node in nodes(one):
            states = node.get_state_set()
            if (node.get_name() or "").startswith(name) and states.contains(Atspi.StateType.SHOWING):
                return node
    return None


def press(node: Any) -> bool:
    action = node.get_action_iface()
    names = [] if action is None else [action.get_action_name(n) for n in range(action.get_n_actions())]
    return "Press" in names and bool(action.do_action(names.index("Press")))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("application")
    parser.add_argument("name")
    parser.add_argument("--wait", type=float, default=15.0)
    parser.add_argument("--look", action="store_true")
    given = parser.parse_args()
    Atspi.init()
    until = time.monotonic() + given.wait
    while time.monotonic() < until:
        try:
            node = find(given.application, given.name)
            if node is not None and (given.look or press(node)):
                return 0
        except GLib.Error:
            pass  # a node went while it was looked at
        time.sleep(0.1)
    seen = []
    with contextlib.suppress(GLib.Error):
        seen = [node.get_name() for one in applications(given.application) for node in nodes(one)]
    sys.stderr.write(f"{given.name!r} is not there; seen: {[name for name in seen if name]}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
