"""Settings: declared once, read from four places, and every mistake named with its line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop import settings
from agent_desktop.errors import ConfigError
from agent_desktop.settings import Scope


def written(folder: Path, text: str) -> argparse.Namespace:
    (folder / settings.FILE_NAME).write_text(text, "utf-8")
    return argparse.Namespace(data=str(folder))


def test_the_defaults_hold_without_a_file(tmp_path: Path) -> None:
    loaded = settings.load(argparse.Namespace(data=str(tmp_path)), environment={})
    assert [loaded[setting] for setting in loaded] == [setting.default for setting in settings.SETTINGS]
    assert loaded.origin(settings.THEME) == "default"


def test_option_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    arguments = written(tmp_path, '[server]\nurl = "http://file"\nuser = "file"\n\n[look]\nscale = 2\n')
    environment = {"AGENT_DESKTOP_SERVER_URL": "http://variable", "AGENT_DESKTOP_SERVER_USER": "variable"}
    arguments.server = "http://option"
    loaded = settings.load(arguments, environment=environment)
    assert loaded[settings.SERVER_URL] == "http://option"
    assert loaded[settings.SERVER_USER] == "variable"
    assert loaded[settings.SCALE] == 2.0
    assert loaded[settings.THEME] == "system"
    assert loaded.origin(settings.SERVER_URL) == "option --server"
    assert loaded.origin(settings.SCALE).endswith("settings.toml, line 6")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[look]\n\ntheme = "purple"\n', 3, "look.theme must be one of system, light, dark"),
        ('[look]\nscale = "big"\n', 2, "look.scale must be a number at least 1 and at most 2"),
        ("[look]\nscale = 9\n", 2, "at most 2"),
        ("[look]\nreduced_motion = 1\n", 2, "must be one of system, on, off"),
        ("[phone]\nheadset = 1\n", 2, "must be true or false"),
        ('[look]\nthene = "dark"\n', 2, "Did you mean look.theme?"),
        ('loook = "dark"\n', 1, "there is no setting loook"),
        ("[look\n", 1, "not TOML"),
        ('look.scale = "x"\n', 1, "look.scale"),
    ],
)
def test_a_mistake_in_the_file_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        settings.load(written(tmp_path, text), environment={})
    assert words in str(refused.value)
    assert f"settings.toml, line {line}" in str(refused.value)
    assert refused.value.line == line


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / settings.FILE_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.load(argparse.Namespace(data=str(tmp_path)), environment={})


def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"environment variable AGENT_DESKTOP_LOOK_SCALE: .* not 'big'"):
        settings.load(argparse.Namespace(data=str(tmp_path)), environment={"AGENT_DESKTOP_LOOK_SCALE": "big"})


def test_truth_in_a_variable_is_written_in_several_ways(tmp_path: Path) -> None:
    arguments = argparse.Namespace(data=str(tmp_path))
    for text, value in {"yes": "on", "TRUE": "on", "0": "off", "no": "off", "system": "system"}.items():
        loaded = settings.load(arguments, environment={"AGENT_DESKTOP_LOOK_REDUCED_MOTION": text})
        assert loaded[settings.REDUCED_MOTION] == value


def test_each_setting_is_declared_once_and_says_what_it_is() -> None:
    names = [setting.name for setting in settings.SETTINGS]
    options = [setting.option for setting in settings.SETTINGS if setting.option]
    assert len(names) == len(set(names))
    assert len(options) == len(set(options))
    for setting in settings.SETTINGS:
        assert setting.help
        assert setting.scopes
        assert settings.checked(setting, setting.default, "its declaration") == setting.default


def test_no_setting_is_a_secret() -> None:
    assert not [
        setting.name for setting in settings.SETTINGS if "pass" in setting.name or "token" in setting.name
    ]


@pytest.mark.parametrize("scope", list(Scope), ids=lambda scope: scope.value)
def test_a_program_gets_only_its_own_options(scope: Scope) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    settings.add_options(parser, scope)
    own = {setting.dest for setting in settings.SETTINGS if setting.option and scope in setting.scopes}
    assert vars(parser.parse_args([])) == dict.fromkeys(own)
    assert ("audio_in" in own) == (scope not in {Scope.SERVER, Scope.SWITCH})


def test_a_value_over_several_lines_is_not_broken_by_saving(tmp_path: Path) -> None:
    path = tmp_path / settings.FILE_NAME
    text = '[server]\nuser = """\namina"""\n'
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        settings.save(path, settings.SERVER_USER, "ben")
    assert path.read_text("utf-8") == text


def test_saving_keeps_the_other_lines_and_comments(tmp_path: Path) -> None:
    path = tmp_path / settings.FILE_NAME
    path.write_text(
        '# mine\n[look]\ntheme = "light"  # until winter\nscale = 1.5\n\n[server]\nuser = "amina"\n', "utf-8"
    )
    settings.save(path, settings.THEME, "dark")
    settings.save(path, settings.REDUCED_MOTION, "on")
    settings.save(path, settings.AUDIO_IN, "silent")
    text = path.read_text("utf-8")
    assert text.startswith("# mine\n")
    loaded = settings.load(argparse.Namespace(data=str(tmp_path)), environment={})
    assert (loaded[settings.THEME], loaded[settings.SCALE], loaded[settings.SERVER_USER]) == (
        "dark",
        1.5,
        "amina",
    )
    assert loaded[settings.REDUCED_MOTION] == "on"
    assert loaded[settings.AUDIO_IN] == "silent"
    assert [entry.name for entry in tmp_path.iterdir()] == [settings.FILE_NAME]


def test_a_wrong_value_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / settings.FILE_NAME
    with pytest.raises(ConfigError):
        settings.save(path, settings.THEME, "purple")
    assert not path.exists()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives_saving(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    folder = tmp_path_factory.mktemp("settings")
    settings.save(folder / settings.FILE_NAME, settings.SERVER_USER, value)
    loaded = settings.load(argparse.Namespace(data=str(folder)), environment={})
    assert loaded[settings.SERVER_USER] == value


def test_the_folders_follow_data_or_the_system(tmp_path: Path) -> None:
    assert settings.data_folder(str(tmp_path)) == tmp_path
    assert settings.settings_path(tmp_path) == tmp_path / "settings.toml"
    assert "agent-desktop" in str(settings.data_folder(None))
    assert settings.settings_path(None).name == "settings.toml"
