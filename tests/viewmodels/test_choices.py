"""What a person chooses for themselves: kept in settings.toml, in force at once, in both front ends."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_desktop import settings
from agent_desktop.client import shortcuts
from agent_desktop.client.choices import Choices, media_of
from agent_desktop.viewmodels import local_choices, preferring
from agent_desktop.viewmodels.buttons import button
from agent_desktop.viewmodels.notices import Announcement
from agent_desktop.viewmodels.settings_rows import ChoiceRow, ChoicesView
from agent_desktop.wire import phone as p
from tests.client.desks import Desk


@pytest.fixture(autouse=True)
def _usual_keys() -> Iterator[None]:
    yield
    shortcuts.use(shortcuts.Shortcuts())


@pytest.fixture
def kept(desk: Desk, tmp_path: Path) -> Desk:
    """A desktop whose choices are in a file."""
    desk.desktop.choices = Choices(settings.load(argparse.Namespace(data=str(tmp_path)), environment={}))
    return desk


def again(tmp_path: Path) -> settings.Settings:
    return settings.load(argparse.Namespace(data=str(tmp_path)), environment={})


def row(view: ChoicesView, label: str) -> ChoiceRow:
    return next(one for one in view.rows if one.label == label)


def on(found: ChoiceRow) -> list[str]:
    return [option.label for option in found.options if option.checked]


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [("look.theme", "dark", (settings.THEME, "dark")), ("scale", "150%", (settings.SCALE, 1.5)),
     ("scale", "1.25", (settings.SCALE, 1.25)), ("reduced_motion", "yes", (settings.REDUCED_MOTION, "on")),
     ("verbosity", "0", (settings.READING, 0)),
     ("ring.flash", "voice, chat", (settings.RING_FLASH, "voice chat")),
     ("ring.band", "none", (settings.RING_BAND, "none"))],
)  # fmt: skip
def test_a_choice_holds_at_once_and_at_the_next_start(
    kept: Desk, tmp_path: Path, name: str, value: str, holds: tuple[settings.Setting[Any], object]
) -> None:
    setting, then = holds
    assert kept.desktop.act("choice.set", name=name, value=value) == ""
    assert kept.desktop.choices[setting] == then
    assert again(tmp_path)[setting] == then


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [("look.theme", "purple", "must be one of"), ("scale", "300", "at most 2"), ("colour", "x", "no setting"),
     ("verbosity", "loud", "a whole number"), ("ring.band", "telex", "no medium"),
     ("log.level", "debug", "no setting")],
)  # fmt: skip
def test_a_choice_that_is_none_is_refused_and_nothing_is_written(
    kept: Desk, tmp_path: Path, name: str, value: str, why: str
) -> None:
    assert why in kept.desktop.act("choice.set", name=name, value=value)
    assert not (tmp_path / settings.FILE_NAME).exists()


def test_the_page_of_the_screen_shows_what_holds_and_each_button_chooses(kept: Desk) -> None:
    colours = row(kept.desktop.settings().screen, "Colours")
    assert on(colours) == ["As the system"]
    dark = next(o for o in colours.options if o.label == "High contrast, dark")
    assert kept.desktop.act(dark.action, **dict(dark.args)) == ""
    assert on(row(kept.desktop.settings().screen, "Colours")) == ["High contrast, dark"]


def test_every_button_of_the_pages_does_what_it_says(kept: Desk) -> None:
    for name in ("screen", "ringing"):
        view: ChoicesView = getattr(kept.desktop.settings(), name)
        for found in view.rows:
            for option in found.options:
                assert option.label
                assert option.enabled
                assert kept.desktop.act(option.action, **dict(option.args)) == ""


def test_a_way_of_ringing_is_turned_for_one_medium(kept: Desk) -> None:
    media = tuple(m.id for m in kept.runtime.store.replica.centre.media)
    assert kept.desktop.act("choice.turn", name="ring.band", medium="email") == ""
    assert media_of(kept.desktop.choices, settings.RING_BAND, media) == tuple(
        m for m in media if m != "email"
    )
    assert kept.desktop.act("choice.turn", name="ring.band", medium="email") == ""
    assert kept.desktop.choices[settings.RING_BAND] == "all"


def test_a_medium_is_silenced_at_the_phone(kept: Desk) -> None:
    kept.outside.phone.clear()
    assert kept.desktop.act("sound.silent", medium="email", value="off") == ""
    (told,) = (c for _id, c in kept.outside.phone)
    assert isinstance(told, p.SetSound)
    assert told.silent == ("email",)


@pytest.mark.parametrize(
    ("said", "db"), [("12", 12.0), ("up", 12.0), ("usual", 0.0), ("20", 20.0), ("21", None), ("loud", None)]
)
def test_calls_are_louder_by_a_number_a_step_or_as_usual(kept: Desk, said: str, db: float | None) -> None:
    kept.outside.phone.clear()
    refused = kept.desktop.act("sound.volume", value=said)
    told = [c.volume_db for _id, c in kept.outside.phone if isinstance(c, p.SetSound)]
    assert (told, bool(refused)) == (([db], False) if db is not None else ([], True))


def test_two_steps_are_the_whole_gain(kept: Desk) -> None:
    kept.phone(p.SoundChanged(sound=p.SetSound(volume_db=12.0)))
    kept.outside.phone.clear()
    assert kept.desktop.act("sound.volume", value="up") == ""
    assert [c.volume_db for _id, c in kept.outside.phone if isinstance(c, p.SetSound)] == [20.0]


@pytest.mark.parametrize(
    ("said", "side"),
    [("left", -1.0), ("both", 0.0), ("right", 1.0), ("-50", -0.5), ("300", None), ("x", None)],
)
def test_the_better_ear_is_chosen(kept: Desk, said: str, side: float | None) -> None:
    kept.outside.phone.clear()
    refused = kept.desktop.act("sound.balance", value=said)
    told = [c.balance for _id, c in kept.outside.phone if isinstance(c, p.SetSound)]
    assert (told, bool(refused)) == (([side], False) if side is not None else ([], True))


def key_of_the_palette(desk: Desk) -> str:
    return button("palette.open", desk.desktop.situation()).shortcut


def test_a_shortcut_is_changed_and_every_button_and_the_file_follow(kept: Desk, tmp_path: Path) -> None:
    assert kept.desktop.act("keys.set", id="palette.open", keys="Ctrl+Shift+Space") == ""
    assert key_of_the_palette(kept) == "Ctrl+Shift+Space"
    assert again(tmp_path)[settings.SHORTCUTS] == "palette.open=Ctrl+Shift+Space"
    assert "already" in kept.desktop.act("keys.set", id="go.script", keys="ctrl+shift+space")
    assert kept.desktop.act("keys.set", id="palette.open", keys="none") == ""
    assert key_of_the_palette(kept) == ""
    assert kept.desktop.act("keys.reset") == ""
    assert key_of_the_palette(kept) == "Ctrl+K"
    assert again(tmp_path)[settings.SHORTCUTS] == ""


def test_broken_shortcuts_of_the_file_are_noticed_once_and_the_others_hold(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / settings.FILE_NAME).write_text(
        '[keys]\nchanged = "offer.accept=x offer.decline=F10"\n', "utf-8"
    )
    desk.desktop.choices = Choices(again(tmp_path))
    local_choices.begin(desk.desktop)
    (notice,) = (n for n in desk.desktop.notices() if n.id == "keys")
    assert "alone is pressed by mistake" in notice.text
    table = shortcuts.current()
    assert (table.row("offer.accept").keys, table.row("offer.decline").keys) == ("F2", "F10")


def test_a_file_that_cannot_be_written_is_said_and_the_choice_holds(kept: Desk, tmp_path: Path) -> None:
    (tmp_path / settings.FILE_NAME).mkdir()
    assert kept.desktop.act("choice.set", name="look.theme", value="dark") == ""
    assert kept.desktop.choices[settings.THEME] == "dark"
    assert any("until the program ends" in notice.text for notice in kept.desktop.notices())


def test_what_the_environment_says_is_overruled_now_and_holds_again_later(desk: Desk, tmp_path: Path) -> None:
    environment = {"AGENT_DESKTOP_LOOK_THEME": "light"}
    values = settings.load(argparse.Namespace(data=str(tmp_path)), environment=environment)
    desk.desktop.choices = Choices(values)
    desk.desktop.act("choice.set", name="look.theme", value="dark")
    assert desk.desktop.choices[settings.THEME] == "dark"
    assert any("AGENT_DESKTOP_LOOK_THEME" in notice.text for notice in desk.desktop.notices())


def test_a_message_is_shown_although_the_phone_plays_its_sound_and_it_is_not_read_out(desk: Desk) -> None:
    desk.desktop.choices.choose(settings.READING, 0)
    desk.desktop.say(Announcement("Lena: hello", sound="message"))
    desk.put()
    (said,) = (one for refresh in desk.refreshes for one in refresh.announcements)
    assert (said.text, said.sound, said.about, said.shown) == ("", "", "message", "Lena: hello")
    assert any(isinstance(c, p.PlaySound) for _id, c in desk.outside.phone)


def test_how_much_is_read_out_leaves_rings_and_ends_and_every_sound() -> None:
    said = (
        Announcement("Incoming call", assertive=True, sound="ring"),
        Announcement("On hold: Lena"),
        Announcement("Lena: hello", sound="message"),
    )
    choices = Choices()
    heard = {}
    for level in (0, 1, 2):
        choices.choose(settings.READING, level)
        heard[level] = [(one.text, one.sound) for one in preferring.wanted(choices, said)]
    assert heard[2] == [(one.text, one.sound) for one in said]
    assert heard[1] == [("Incoming call", "ring"), ("On hold: Lena", ""), ("", "message")]
    assert heard[0] == [("Incoming call", "ring"), ("", "message")]
