"""Where Tab goes, with real keys on a real screen: the golden order of each window and panel.

    python tests/qt/test_tab_order.py      write tab_order.json anew, to be read before it is kept

The names are those of the `focused` events on the accessibility bus.  From the first stop Tab must come
round to it again (no trap), every stop must be in sight and marked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

import pytest  # noqa: E402 - as a program it finds the rest first
from bus import Bus  # noqa: E402

from tests.e2e.programs import until  # noqa: E402

pytestmark = pytest.mark.screen
GOLDEN = Path(__file__).with_name("tab_order.json")
MOST = 120
PANELS = [
    "My state: On a call", "Resume recording, Amina Yusuf", "Inbox", "Conversation",
    "Reply by email to amina@example.com",
    "Panels of the side", "Inbox",
]  # fmt: skip
FIRST = "My state"  # a round is told from here on, wherever the keyboard was
# Scenes, and the widget where the keyboard begins: the whole window once, then what differs.
WINDOWS = (
    "agent", "signin-error", "selftest-signin", "supervisor", "devices", "settings-ringing", "transfer",
    "dial", "filter", "unsent", "write-macro", "two-calls", "call-text", "viewer",
)  # fmt: skip


def round_trip(bus: Bus, scene: str) -> tuple[list[str], list[str]]:
    """The stops of Tab in a scene, and what was wrong at them."""
    bus.show(scene)
    bus.stage.ask(reached=True)
    bus.focused()
    stops: list[dict[str, Any]] = []
    heard: list[str] = []

    def arrived(before: int) -> bool:
        stops.extend(bus.stage.ask(reached=True))
        heard.extend(bus.focused())
        return len(stops) > before

    while len(stops) < MOST and not (len(stops) > 1 and stops[-1]["which"] == stops[0]["which"]):
        bus.keys("Tab")
        until(partial(arrived, len(stops)), 30, f"Tab goes nowhere after {stops[-2:]}")
    until(lambda: arrived(0) and len(heard) >= len(stops), 30, "the bus did not hear all")
    wrong = [f"not in sight: {stop['name']}" for stop in stops if not stop["seen"]]
    wrong += [f"no mark: {stop['name']}" for stop in stops if not stop["marked"]]
    wrong += [f"unheard: {stop['name']}" for stop in stops if not {stop["name"], stop["row"]} & set(heard)]
    if stops[-1]["which"] != stops[0]["which"]:
        wrong.append(f"Tab does not come round: {stops[-1]}")
    names = [stop["name"] for stop in stops[:-1]]
    first = next((n for n, name in enumerate(names) if name.startswith(FIRST)), 0)
    return [*names[first:], *names[:first]], wrong


@pytest.fixture(scope="module")
def bus() -> Iterator[Bus]:
    made = Bus()
    yield made
    made.stop()


@pytest.mark.parametrize("scene", WINDOWS)
def test_tab_goes_round_in_the_golden_order_in_sight_and_marked(bus: Bus, scene: str) -> None:
    stops, wrong = round_trip(bus, scene)
    assert stops == json.loads(GOLDEN.read_text("utf-8"))[scene]
    assert wrong == []


def test_f6_goes_round_the_panels_by_a_real_key(bus: Bus) -> None:
    bus.show("two-calls")
    bus.stage.ask(reached=True)
    stops: list[str] = []

    def arrived(before: int) -> bool:
        stops.extend(stop["name"] for stop in bus.stage.ask(reached=True))
        return len(stops) > before

    for number in range(len(PANELS) + 1):
        bus.keys("F6")
        until(partial(arrived, number), 30, f"F6 goes nowhere after {stops}")
    first = stops.index(PANELS[0])
    assert stops[-1] == stops[0]
    assert [*stops[first:-1], *stops[:first]] == PANELS


@pytest.mark.parametrize("scene", ["two-calls", "transfer", "call-text", "busy"])
def test_escape_never_ends_a_call(bus: Bus, scene: str) -> None:
    bus.show(scene)
    bus.acts()
    bus.keys("Escape", "Escape", "Tab", "Escape")
    acts = [name for name, _arguments in bus.acts()]
    assert not [name for name in acts if name.startswith(("call.", "offer.", "interaction."))]


if __name__ == "__main__":
    made = Bus()
    golden = {}
    for window in sys.argv[1:] or WINDOWS:
        golden[window], said = round_trip(made, window)
        print(window, len(golden[window]), said, flush=True)
    made.stop()
    GOLDEN.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")
