"""Pictures of the list: views, filters, watchers, works on many, what can be chosen.

xvfb-run -a -s "-screen 0 3200x2000x24" python tests/qt/gallery_list.py --out DIR [name …]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import scripted_agent
import scripted_list as lists
from gallery import Shot, take
from scripted import Scripted

from agent_desktop.viewmodels.bulk import BulkView
from agent_desktop.viewmodels.choosing import ChooserView
from agent_desktop.viewmodels.parts import Badge, Tone


def view() -> Scripted:
    return Scripted(inbox_view=lists.VIEW, rows=lists.WATCHED)


def bulk(shown: BulkView, *, picked: bool = False) -> Callable[[], Scripted]:
    rows = lists.PICKED if picked else lists.WATCHED
    return lambda: Scripted(inbox_view=lists.with_bulk(shown, view=picked), rows=rows)


def choosing(shown: ChooserView) -> Callable[[], Scripted]:
    return lambda: Scripted(inbox_view=lists.VIEW, rows=lists.WATCHED, chooser_view=shown)


def filtering() -> Scripted:
    return Scripted(inbox_view=lists.VIEW, rows=lists.WATCHED, filter_view=lists.FORM)


def unsent() -> Scripted:
    mark = Badge("1 not sent", Tone.DANGER, "1 not sent. Open Unsent to decide.")
    bar = replace(scripted_agent.TOPBAR, calls=(), unsent=mark)
    return Scripted(topbar_view=bar, inbox_view=lists.VIEW, rows=lists.WATCHED, unsent_view=lists.UNSENT)


SHOTS = {
    "view-light": Shot(view),
    "view-dark": Shot(view, "dark"),
    "view-large": Shot(view, scale=2.0, size=(2880, 1800)),
    "view-rtl": Shot(view, rtl=True),
    "view-contrast": Shot(view, "contrast-dark"),
    "view-700": Shot(view, size=(700, 700)),
    "picked-light": Shot(bulk(lists.PICKING, picked=True)),
    "picked-dark": Shot(bulk(lists.PICKING, picked=True), "dark"),
    "picked-large": Shot(bulk(lists.PICKING, picked=True), scale=2.0, size=(2880, 1800)),
    "picked-double": Shot(bulk(lists.PICKING, picked=True), scale=2.0),
    "undo-double": Shot(bulk(lists.DONE), "dark", scale=2.0),
    "snooze-double": Shot(choosing(lists.SNOOZE), scale=2.0),
    "filter-double": Shot(filtering, "dark", scale=2.0),
    "picked-rtl": Shot(bulk(lists.PICKING, picked=True), rtl=True),
    "progress-light": Shot(bulk(lists.GOING_ON)),
    "progress-rtl": Shot(bulk(lists.GOING_ON), rtl=True),
    "undo-light": Shot(bulk(lists.DONE)),
    "undo-dark": Shot(bulk(lists.DONE), "dark"),
    "undo-large": Shot(bulk(lists.DONE), scale=2.0, size=(2880, 1800)),
    "snooze-light": Shot(choosing(lists.SNOOZE)),
    "snooze-dark": Shot(choosing(lists.SNOOZE), "dark"),
    "snooze-rtl": Shot(choosing(lists.SNOOZE), rtl=True),
    "merge-light": Shot(choosing(lists.MERGE)),
    "merge-large": Shot(choosing(lists.MERGE), "dark", scale=2.0, size=(2880, 1800)),
    "assign-light": Shot(choosing(lists.ASSIGN)),
    "views-dark": Shot(choosing(lists.VIEWS), "dark"),
    "filter-light": Shot(filtering),
    "filter-dark": Shot(filtering, "dark"),
    "filter-large": Shot(filtering, scale=2.0, size=(2880, 1800)),
    "unsent-light": Shot(unsent),
    "unsent-dark": Shot(unsent, "dark"),
    "unsent-large": Shot(unsent, scale=2.0),
    "unsent-rtl": Shot(unsent, rtl=True),
    "filter-rtl": Shot(filtering, rtl=True),
}


if __name__ == "__main__":
    raise SystemExit(take(SHOTS, __doc__))
