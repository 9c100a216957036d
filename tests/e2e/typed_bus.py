"""The text of a call in the real desktop, read and written through the accessibility bus.

typed_bus.py APPLICATION: one JSON object a line in, one out.  Runs under the system Python, which has gi.

- {"do": "last"}: the name of the newest row of what was typed
- {"do": "write", "text": "hello\n"}: put a text into the field, as a screen reader's user does with braille
- {"do": "press", "name": "Answer"}: press a button whose name begins so
"""

from __future__ import annotations

import json
import sys
from typing import Any

from atspi_press import GLib, applications, find, nodes, press

from gi.repository import Atspi  # isort: skip - the version was chosen there


FOUND: dict[str, Any] = {}  # a walk through the whole window takes seconds on a busy computer


def by_id(application: str, name: str) -> Any:
    if name not in FOUND:
        for one in applications(application):
            one.set_cache_mask(Atspi.Cache.NONE)
            for node in nodes(one):
                if (node.get_accessible_id() or "").endswith(name):
                    FOUND[name] = node
                    return node
    return FOUND.get(name)


def answer(application: str, question: dict[str, Any]) -> object:
    match question["do"]:
        case "last":
            lines = by_id(application, "call-text-lines")
            rows = 0 if lines is None else lines.get_child_count()
            return (lines.get_child_at_index(rows - 1).get_name() or "") if rows else ""
        case "write":
            editor = by_id(application, "call-text-editor")
            field = None if editor is None else editor.get_editable_text_iface()
            return field is not None and bool(field.set_text_contents(question["text"]))
        case _:
            node = find(application, question["name"])
            return node is not None and press(node)


def main() -> None:
    Atspi.init()
    for line in sys.stdin:
        try:
            told = answer(sys.argv[1], json.loads(line))
        except GLib.Error:
            told = None  # a node went while it was looked at
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
