"""Where Tab goes in every window, panel and dialog that there is a scene of, forwards and back.

    python tests/qt/test_tab_stops.py      write tab_stops.json anew, to be read before it is kept

A scene that has no list fails.  The list of one that stops where another does is that one's name.  Real keys
on a real screen, and what is in sight, marked and told, are tried in `test_tab_order.py` for some of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

import pytest  # noqa: E402 - as a program it finds the rest first
from hall import Hall, entered  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QTabBar, QWidget  # noqa: E402
from scenes import SCENES  # noqa: E402

from agent_desktop.qt import tabbing, theme  # noqa: E402

GOLDEN = Path(__file__).with_name("tab_stops.json")
MOST, INSIDE = 140, 4
# Where a menu or a list of choices has the keyboard Tab goes nowhere: the arrows do (test_atspi.py).
POPUPS = frozenset({"states", "choices", "write-more"})
BACK = frozenset({"agent", "busy", "call-text", "settings-screen", "signin"})  # where Shift+Tab is tried too
STOPPED = [name for name in SCENES if not name.startswith("menu-") and name not in POPUPS]


def names(hall: Hall, scene: str, size: tuple[int, int]) -> list[str]:
    """The stops of a scene in their order, from its first; what is wrong with them is said among them."""
    top: QWidget = hall.show(scene)
    top.resize(*size)
    dialogs = [w for w in hall.application.topLevelWidgets() if w.isVisible() and isinstance(w, QDialog)]
    top = dialogs[0] if dialogs else top
    top.activateWindow()
    hall.settle()
    next(tabbing.stops(top)).setFocus(Qt.FocusReason.TabFocusReason)
    forth = trip(hall, Qt.Key.Key_Tab)
    said = [name_of(widget) for widget in forth]
    if scene in BACK and trip(hall, Qt.Key.Key_Backtab) != [forth[0], *reversed(forth[1:])]:
        said.append("Shift+Tab goes another way")
    return said


def trip(hall: Hall, key: Qt.Key) -> list[QWidget]:
    """Press a key until the keyboard is where it was; a date, or a page with links, has stops inside."""
    here = hall.application.focusWidget()
    assert here is not None
    stops, stays = [here], 0
    for _press in range(MOST):
        QTest.keyClick(stops[-1], key)
        here = hall.application.focusWidget()
        stays = stays + 1 if here is stops[-1] else 0
        if here is None or here in stops[:-1] or stays > INSIDE:
            break
        stops += [] if stays else [here]
    assert here is stops[0], f"Tab does not come round: {[name_of(stop) for stop in stops]}"
    return stops


def name_of(widget: QWidget) -> str:
    """What a stop is called; of a row of tabs and of a choice what it is for."""
    assert not isinstance(widget, QTabBar | QComboBox) or widget.accessibleName()
    return widget.accessibleName() or f"no name: {type(widget).__name__}"


@pytest.fixture(scope="module")
def hall(qapp: QApplication) -> Iterator[Hall]:
    yield from entered(qapp)


def golden(scene: str) -> list[str]:
    kept = json.loads(GOLDEN.read_text("utf-8")).get(scene)
    assert kept is not None, f"{scene} has no order: run this file, and read what it writes"
    return golden(kept) if isinstance(kept, str) else kept


@pytest.mark.parametrize("scene", STOPPED)
def test_tab_stops_in_the_golden_order_and_comes_back_the_same_way(hall: Hall, scene: str) -> None:
    assert names(hall, scene, (1440, 900)) == golden(scene)


def test_no_list_is_kept_of_a_window_that_is_no_more() -> None:
    assert sorted(json.loads(GOLDEN.read_text("utf-8"))) == sorted(STOPPED)


if __name__ == "__main__":
    made = Hall(QApplication(["agent-desktop"]))
    theme.apply(made.application, "light", 1.0, reduced_motion=True)
    lists: dict[str, list[str]] = {}
    kept: dict[str, list[str] | str] = {}
    for name in STOPPED:
        lists[name] = names(made, name, (1440, 900))
        alike = next((other for other, stops in kept.items() if stops == lists[name]), "")
        kept[name] = alike or lists[name]
        print(name, alike or len(lists[name]), flush=True)
    made.leave()
    lines = (f"{json.dumps(name)}: {json.dumps(stops, ensure_ascii=False)}" for name, stops in kept.items())
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
