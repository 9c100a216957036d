"""The window where one panel alone has room: 320 px, or what is left of 1280 px at 400 % (WCAG 2.2, 1.4.10).

Nothing is wider than the window and nothing is lost; list, conversation and customer take turns, by a bar, by
F6, by opening a row and by Escape; the keyboard stays where it is while the window gets narrower or wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import scripted_agent
import scripted_call
from fitting import clipped, outside
from hall import Hall, entered
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollBar, QTabBar, QWidget
from scenes import SCENES
from scripted import Scripted

from agent_desktop.qt import tabbing, theme
from agent_desktop.qt.breaking import TabChips
from agent_desktop.qt.theme import look as look_now
from agent_desktop.qt.turns import CONVERSATION, LIST, SIDE
from agent_desktop.qt.window import Window

NARROW = (320, 800)
FACES = (LIST, SIDE, CONVERSATION)
# How wide, and how large the text is: a small window, one a little wider, and 1280 px at 400 %.
SIZES = {"320": (320, 800, 1.0), "400": (400, 800, 1.0), "640 at 200": (640, 1200, 2.0)}
# What is tried at the others too.
AGAIN = (
    "agent", "busy", "two-calls", "call-text", "offline", "transfer", "supervisor", "devices",
    "settings-keys", "signin-error", "wrapup", "write-files", "filter", "panels",
)  # fmt: skip
SHOWN = [("320", scene) for scene in SCENES]
SHOWN += [(size, scene) for size in ("400", "640 at 200") for scene in AGAIN]
WAYS_OF_READING = (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft)
# What a window of this width has more: the ways between the panels.
WAYS = {"Customer, script, knowledge and wrap-up", "Close the panel", "What is shown", "Back to the inbox"}


@pytest.fixture
def narrow(window: Window) -> Window:
    window.resize(*NARROW)
    QApplication.processEvents()
    return window


def wider(window: QWidget) -> list[str]:
    """What is wider than the window, shown or cut, and what would have to be scrolled sideways."""
    seen = [w for w in window.findChildren(QWidget) if w.isVisible() and w.window() is window]
    bars = [w for w in seen if isinstance(w, QScrollBar) and w.orientation() is Qt.Orientation.Horizontal]
    wide = [w for w in seen if w.width() > window.width()]
    return [f"wide {type(w).__name__} {w.objectName()} {w.width()}" for w in (*wide, *bars)]


def faces(hall: Hall, window: Window) -> Iterator[str]:
    if not hall.desk.signed_in or window.main.place != "inbox":
        yield "alone"
        return
    for face in FACES:
        window.main.work.turn(face)
        hall.settle()
        yield face


@pytest.fixture(scope="module")
def hall(qapp: QApplication) -> Iterator[Hall]:
    yield from entered(qapp)


@pytest.mark.parametrize(("size", "scene"), SHOWN)
def test_nothing_is_cut_or_wider_than_the_window(hall: Hall, *, size: str, scene: str) -> None:
    width, height, scale = SIZES[size]
    if look_now().scale != scale:
        hall.leave()
        theme.apply(hall.application, "light", scale, reduced_motion=True)
    way = WAYS_OF_READING[list(SCENES).index(scene) % 2]  # every other scene runs from right to left
    hall.application.setLayoutDirection(way)
    window = hall.show(scene)
    window.resize(width, height)
    hall.settle()
    assert window.width() == width
    bad = []
    for face in faces(hall, window):
        tops = [w for w in hall.application.topLevelWidgets() if w.isVisible()]
        found = [one for top in tops for one in (*clipped(top), *outside(top))]
        bad += [f"{way.name} {face}: {one}" for one in (*found, *wider(window))]
    assert sorted(set(bad)) == []


def named(window: Window) -> set[str]:
    """What Tab reaches, by name; the tabs of a row one by one, as chips are."""
    found: set[str] = set()
    for stop in tabbing.stops(window):
        if isinstance(stop, QTabBar):
            found |= {stop.accessibleTabName(n) or stop.tabText(n) for n in range(stop.count())}
        else:
            found.add(stop.accessibleName())
    return found


@pytest.mark.parametrize("scene", ["busy", "meeting", "offline", "picked"])
def test_every_control_of_the_wide_window_is_there_in_the_narrow_one(look: QApplication, scene: str) -> None:
    hall = Hall(look)
    window = hall.show(scene)
    window.resize(1440, 900)
    hall.settle()
    wide = named(window)
    window.resize(*NARROW)
    hall.settle()
    narrow: set[str] = set()
    for _face in faces(hall, window):
        narrow |= named(window)
    hall.leave()
    assert wide - narrow == set()
    assert narrow - wide <= WAYS | {"Inbox", "Conversation"}


def test_a_row_opens_the_conversation_and_escape_goes_back_to_the_list(
    narrow: Window, desk: Scripted
) -> None:
    work = narrow.main.work
    narrow.activateWindow()
    work.inbox.rows.setFocus()
    work.inbox.rows.open(work.inbox.model.index(1, 0))
    assert work.face == CONVERSATION
    assert not work.inbox.isVisible()
    here = QApplication.focusWidget()
    assert here is not None
    assert work.conversation.isAncestorOf(here)
    work.conversation.composer.editor.setFocus()
    QTest.keyClick(work.conversation.composer.editor, Qt.Key.Key_Escape)
    assert work.face == LIST
    assert work.inbox.rows.hasFocus()


def test_escape_in_the_customer_panel_goes_back_to_what_was_there(narrow: Window) -> None:
    work = narrow.main.work
    narrow.activateWindow()
    work.turn(CONVERSATION)
    work.turn(SIDE)
    first = tabbing.first_stop(work.side)
    assert first is not None
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Escape)
    assert work.face == CONVERSATION


def test_the_bar_says_whose_turn_it_is_and_changes_it_by_the_arrows(narrow: Window) -> None:
    work, tabs = narrow.main.work, narrow.main.work.turns.tabs
    narrow.activateWindow()
    assert work.turns.isVisible()
    assert [tabs.tabText(n) for n in range(tabs.count())] == ["Inbox", "Conversation", "Customer"]
    tabs.setFocus()
    for at, face in ((1, CONVERSATION), (2, SIDE)):
        QTest.keyClick(tabs, Qt.Key.Key_Right)
        assert tabs.currentIndex() == at
        assert work.face == face
        assert tabs.hasFocus()
    assert [panel.isVisible() for panel in (work.inbox, work.conversation, work.side)] == [False, False, True]


def test_f6_goes_round_all_panels_and_turns_to_each(narrow: Window) -> None:
    work = narrow.main.work
    narrow.activateWindow()
    narrow.main.topbar.state.setFocus()
    reached: list[str] = []
    for _press in range(6):
        narrow.cycle(1)
        here = QApplication.focusWidget()
        assert here is not None
        assert here.isVisible()
        reached.append(work.face if work.face_of(here) else here.accessibleName())
    assert reached == [
        LIST,
        CONVERSATION,
        CONVERSATION,
        SIDE,
        "Inbox",
        narrow.main.topbar.state.accessibleName(),
    ]


@pytest.mark.parametrize(
    ("action", "tab"), [("go.customer", "customer"), ("go.script", "script"), ("go.knowledge", "knowledge")]
)
def test_the_keys_of_the_side_bring_it_into_sight(
    narrow: Window, desk: Scripted, action: str, tab: str
) -> None:
    narrow.desk.act(action)
    assert narrow.main.work.side.isVisible(), tab
    assert desk.acts[-1][0] == action


PLACES = {
    "list": lambda window: window.main.work.inbox.rows,
    "editor": lambda window: window.main.work.conversation.composer.editor,
    "timeline": lambda window: window.main.work.conversation.timeline,
    "act": lambda window: window.main.work.conversation.header.buttons["interaction.end"],
    "pin": lambda window: window.main.work.side.pin,
    "mute": lambda window: window.main.topbar.cards["i1"].buttons["call.mute"],
    "place": lambda window: window.main.rail.buttons["settings"],
}


@pytest.mark.parametrize("where", PLACES)
def test_the_keyboard_stays_where_it_is(window: Window, where: str) -> None:
    window.activateWindow()
    target = PLACES[where](window)
    target.setFocus(Qt.FocusReason.TabFocusReason)
    for width in (1000, 700, 320, 700, 1000, 1440, 320, 1440):
        window.resize(width, 800)
        QApplication.processEvents()
        assert QApplication.focusWidget() is target, width
        assert not target.visibleRegion().isEmpty(), width


def test_a_chosen_tab_keeps_the_keyboard_as_a_chip(window: Window) -> None:
    window.activateWindow()
    side = window.main.work.side
    side.tabs.setFocus()
    window.resize(*NARROW)
    QApplication.processEvents()
    assert not side.tabs.isVisible()
    here = QApplication.focusWidget()
    assert here in side.chips.chips
    assert here is not None
    assert here.accessibleName() == "Customer"
    window.resize(1440, 900)
    QApplication.processEvents()
    assert side.tabs.hasFocus()


def test_a_chip_chooses_the_tab(narrow: Window, desk: Scripted) -> None:
    narrow.main.work.turn(SIDE)
    chips = narrow.main.work.side.findChild(TabChips)
    assert isinstance(chips, TabChips)
    chips.chips[1].click()
    assert desk.acts[-1] == ("side.tab", {"tab": "script"})


def test_the_offer_and_the_calls_stay_in_sight_above_every_panel(narrow: Window, desk: Scripted) -> None:
    band = replace(scripted_agent.OFFER, signs=("band",))
    desk.change(topbar_view=scripted_call.bar(scripted_call.LIVE), offers_view=(band,))
    QApplication.processEvents()
    for face in FACES:
        narrow.main.work.turn(face)
        QApplication.processEvents()
        card = next(iter(narrow.main.topbar.cards.values()))
        assert all(button.isVisible() for button in card.buttons.values())
        assert narrow.inside.signs.band.isVisible()
        assert narrow.ringing.isVisible()
        assert narrow.ringing.width() <= narrow.width()


def test_a_wide_window_has_no_bar_and_its_rail_stands(narrow: Window) -> None:
    rail = narrow.main.rail
    assert rail.width() == narrow.width()
    narrow.resize(1440, 900)
    QApplication.processEvents()
    assert rail.width() == 56
    assert rail.height() == 900
    assert not narrow.main.work.turns.isVisible()
