"""The settings pages of choices and keys, the band of a ring, and the window made anew for larger text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import scripted_agent
import scripted_lead
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from scripted import Scripted

from agent_desktop import settings
from agent_desktop.client import shortcuts
from agent_desktop.client.notifying import Notification
from agent_desktop.qt import app, theme
from agent_desktop.qt.keychange import KeyButton
from agent_desktop.qt.signs import HALF_MS, Signs
from agent_desktop.qt.window import Window
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.surface import Refresh
from tests.client.desks import Desk
from tests.qt.test_places import go

OFFER = replace(scripted_agent.OFFER, signs=("band", "flash", "taskbar", "notify"))


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    shortcuts.use(shortcuts.Shortcuts())


def page(desk: Scripted, name: str) -> None:
    go(desk, "settings")
    desk.change(settings_view=scripted_lead.settings(name))


def key_of(window: Window, action: str) -> KeyButton:
    return window.main.settings.keys.lines[action].key


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["screen", "ringing"])
def test_every_choice_is_a_named_button_that_says_whether_it_is_on(
    window: Window, desk: Scripted, name: str
) -> None:
    page(desk, name)
    place = window.main.settings
    shown = place.screen_page if name == "screen" else place.ringing
    view = getattr(desk.settings_view, name)
    assert [line.label.text() for line in shown.lines] == [row.label for row in view.rows]
    names = [button.accessibleName() for line in shown.lines for button in line.buttons]
    assert len(names) == len(set(names))  # "Sound, Voice rings by" and "Sound, Email rings by"
    for line, row in zip(shown.lines, view.rows, strict=True):
        for button, option in zip(line.buttons, row.options, strict=True):
            assert button.isCheckable()
            assert button.isChecked() == bool(option.checked)
            assert button.shown.icon == ("check" if option.checked else "")  # not by its colour alone
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_choice_is_pressed_by_the_keyboard_and_the_keyboard_stays_there(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    window.activateWindow()
    page(desk, "screen")
    dark = window.main.settings.screen_page.lines[0].buttons[2]
    dark.setFocus()
    qtbot.keyClick(dark, Qt.Key.Key_Space)
    assert desk.acts[-1][0] == "choice.set"
    row = desk.settings_view.screen.rows[0]
    options = tuple(replace(option, checked=n == 2) for n, option in enumerate(row.options))
    changed = replace(desk.settings_view.screen, rows=(replace(row, options=options),))
    desk.change(settings_view=replace(desk.settings_view, screen=changed))
    assert dark.isChecked()
    assert QApplication.focusWidget() is dark


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pressed", "asked"),
    [
        ((Qt.Key.Key_F9, Qt.KeyboardModifier.NoModifier), "F9"),
        ((Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier), "Ctrl+K"),  # the window's own is silent
        ((Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier), "none"),
        ((Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), "usual"),
    ],
)
def test_a_key_is_changed_by_pressing_the_new_one(
    window: Window, desk: Scripted, qtbot: QtBot, pressed: tuple[Qt.Key, Qt.KeyboardModifier], asked: str
) -> None:
    page(desk, "keys")
    key = key_of(window, "offer.accept")
    assert key.accessibleName().endswith("F2, Answer")
    assert "usually F2" in key.accessibleDescription()
    key.setFocus()
    qtbot.keyClick(key, Qt.Key.Key_Return)
    assert key.waits
    qtbot.keyClick(key, *pressed)
    assert desk.acts[-1] == ("keys.set", {"id": "offer.accept", "keys": asked})
    assert not key.waits


@pytest.mark.parametrize("leave", [Qt.Key.Key_Escape, Qt.Key.Key_Tab])
def test_nobody_is_caught_while_a_key_is_waited_for(
    window: Window, desk: Scripted, qtbot: QtBot, leave: Qt.Key
) -> None:
    window.activateWindow()
    page(desk, "keys")
    key = key_of(window, "offer.accept")
    key.setFocus()
    qtbot.keyClick(key, Qt.Key.Key_Return)
    before = len(desk.acts)
    qtbot.keyClick(key, Qt.Key.Key_Shift)  # on the way to something else
    assert key.waits
    qtbot.keyClick(key, leave)
    assert not key.waits
    assert len(desk.acts) == before


def test_the_window_listens_to_the_keys_that_are_in_force(
    window: Window, desk: Scripted, qtbot: QtBot
) -> None:
    shortcuts.use(shortcuts.Shortcuts().change("palette.open", "F11"))
    desk.change()
    window.main.work.inbox.rows.setFocus()
    qtbot.keyClick(window.main.work.inbox.rows, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert ("palette.open", {}) not in desk.acts
    qtbot.keyClick(window.main.work.inbox.rows, Qt.Key.Key_F11)
    assert desk.acts[-1] == ("palette.open", {})


def test_send_follows_its_key_inside_the_composer(window: Window, desk: Scripted, qtbot: QtBot) -> None:
    shortcuts.use(shortcuts.Shortcuts().change("composer.send", "Ctrl+Alt+Return"))
    desk.change()
    composer = window.main.work.conversation.composer
    composer.editor.setFocus()
    held = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, held)
    assert "composer.send" not in [action for action, _arguments in desk.acts]
    qtbot.keyClick(composer.editor, Qt.Key.Key_Return, held | Qt.KeyboardModifier.AltModifier)
    assert "composer.send" in [action for action, _arguments in desk.acts]


# --- what shows a ring ----------------------------------------------------------------------------


def test_the_band_says_who_rings_and_which_key_answers(window: Window, desk: Scripted) -> None:
    band = window.inside.signs.band
    assert not band.isVisible()
    desk.change(offers_view=(OFFER,))
    assert band.isVisible()
    assert band.width() == window.width() - window.main.rail.width()
    assert band.words.text() == OFFER.spoken
    assert band.hint.text() == "F2 answers."
    assert not band.flashes  # this look has less movement: a still band
    desk.change(offers_view=())
    assert not band.isVisible()


def test_a_medium_without_a_band_has_none(window: Window, desk: Scripted) -> None:
    desk.change(offers_view=(replace(OFFER, signs=("taskbar",)),))
    assert not window.inside.signs.band.isVisible()


def test_a_band_flashes_once_a_second_and_not_with_less_movement(
    window: Window, desk: Scripted, look: QApplication
) -> None:
    band = window.inside.signs.band
    theme.apply(look, "light", 1.0, reduced_motion=False)
    desk.change(offers_view=(OFFER,))
    assert band.flashes
    assert 1000 / (2 * HALF_MS) <= 1  # WCAG 2.3.1 allows three
    before = band.ground
    band._turn()
    assert band.ground != before
    theme.apply(look, "light", 1.0, reduced_motion=True)
    desk.change(offers_view=(OFFER,))
    assert not band.flashes
    assert band.ground == "ok_soft"
    theme.apply(look, "light", 1.0, reduced_motion=False)
    desk.change(offers_view=(replace(OFFER, signs=("band",)),))
    assert not band.flashes


class Shown:
    """Notifications that are remembered."""

    def __init__(self) -> None:
        self.now: dict[str, Notification] = {}

    def show(self, notification: Notification) -> None:
        self.now[notification.key] = notification

    def withdraw(self, key: str) -> None:
        self.now.pop(key, None)

    def close(self) -> None:
        self.now.clear()


@pytest.fixture
def away(window: Window) -> tuple[Signs, Shown]:
    signs, shown = Signs(window, lambda: ("taskbar", "notify"), away=lambda: True), Shown()
    signs.notifications = shown  # type: ignore[assignment]  # the same methods
    return signs, shown


def test_what_rings_while_the_window_is_away_is_notified_until_it_is_over(
    away: tuple[Signs, Shown],
) -> None:
    signs, shown = away
    signs.show_offers((OFFER,))
    (one,) = shown.now.values()
    assert (one.title, one.text, one.urgent) == (OFFER.title, OFFER.spoken, True)
    signs.show_offers((replace(OFFER, countdown=3),))
    assert len(shown.now) == 1
    signs.show_offers((replace(OFFER, expired=True),))
    assert shown.now == {}
    signs.show_offers((replace(OFFER, signs=("band",)),))
    assert shown.now == {}


def test_the_task_bar_is_marked_once_for_each_ring(
    away: tuple[Signs, Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", lambda window, *_a: marked.append(window))
    signs, _shown = away
    for left in (15, 14, 13):
        signs.show_offers((replace(OFFER, countdown=left),))
    assert len(marked) == 1
    signs.show_offers(())
    signs.show_offers((replace(OFFER, offer="another"), replace(OFFER, offer="o3", signs=("band",))))
    assert len(marked) == 2


def test_messages_and_turns_that_wait_are_notified_until_the_window_is_looked_at(
    away: tuple[Signs, Shown],
) -> None:
    signs, shown = away
    signs.say(Announcement("On hold: Lena"))
    assert shown.now == {}
    signs.say(Announcement("", shown="Lena: hello", about="message"))  # not read out, shown all the same
    assert shown.now["waiting"].text == "Lena: hello"
    signs.say(Announcement("It is your turn.", about="your_turn"))
    assert (shown.now["waiting"].title, len(shown.now)) == ("Your turn", 1)
    signs.here()
    assert shown.now == {}


def test_a_window_that_is_looked_at_needs_no_notification(window: Window) -> None:
    signs, shown = Signs(window, lambda: ("taskbar", "notify"), away=lambda: False), Shown()
    signs.notifications = shown  # type: ignore[assignment]  # the same methods
    signs.show_offers((OFFER,))
    signs.say(Announcement("Lena: hello", about="message"))
    assert shown.now == {}


# --- larger text ----------------------------------------------------------------------------------


def test_larger_text_makes_the_window_anew_where_it_was(
    window: Window, desk: Scripted, look: QApplication, qtbot: QtBot
) -> None:
    page(desk, "screen")
    before = window.main
    small = window.main.settings.screen_page.lines[0].buttons[0].height()
    theme.apply(look, "light", 2.0, reduced_motion=True)
    window.remake()
    assert window.main is not before
    assert window.main.isVisible()
    shown = window.main.settings.screen_page
    assert shown.isVisible()
    assert shown.lines[0].buttons[0].height() == 2 * small
    inside = [w for w in shown.findChildren(QWidget) if w.isVisible()]
    edge = shown.mapTo(window, QPoint(shown.width(), 0)).x()
    assert all(w.mapTo(window, QPoint(w.width(), 0)).x() <= edge for w in inside)
    desk.change(settings_view=scripted_lead.settings("keys"))
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert [action for action, _a in desk.acts].count("palette.open") == 1  # the old keys are gone
    window.refresh(Refresh(parts=frozenset({"settings"})))


def test_what_is_chosen_of_the_look_holds_in_the_open_window(
    window: Window, desk: Scripted, look: QApplication, qtbot: QtBot
) -> None:
    app._follow(look, window, desk)
    before = window.main
    desk.choices.choose(settings.THEME, "contrast-dark")
    assert theme.look().colours.high_contrast
    assert window.main is before
    desk.choices.choose(settings.REDUCED_MOTION, "on")
    assert theme.look().reduced_motion
    desk.choices.choose(settings.REDUCED_MOTION, "off")
    assert not theme.look().reduced_motion
    desk.choices.choose(settings.SCALE, 1.5)
    qtbot.waitUntil(lambda: window.main is not before)
    assert theme.look().scale == 1.5


def test_the_pages_of_the_real_client_work_by_keys(look: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    real = Desk(tmp_path)
    window = Window(real.desktop, acted=lambda _delay: None)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    assert real.desktop.act("keys.page") == ""
    real.put()
    key = key_of(window, "offer.accept")
    key.setFocus()
    qtbot.keyClick(key, Qt.Key.Key_Return)
    qtbot.keyClick(key, Qt.Key.Key_F11)
    real.put()
    assert shortcuts.current().row("offer.accept").keys == "F11"
    assert key.text() == "F11"
    assert window.main.settings.keys.reset.isEnabled()
    qtbot.keyClick(key, Qt.Key.Key_Return)
    qtbot.keyClick(key, Qt.Key.Key_F3)  # it is Decline's
    assert shortcuts.current().row("offer.accept").keys == "F11"
    assert "F3 is the key of Decline already" in window.inside._refusal.text
    qtbot.keyClick(key, Qt.Key.Key_Return)
    qtbot.keyClick(key, Qt.Key.Key_Backspace)
    real.put()
    assert key.text() == "F2"
    real.drafts.close()
