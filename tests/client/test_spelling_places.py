"""Where dictionaries are found, and which one serves a language."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desktop.client.spelling_places import folders, installed, library, listed, serving


def test_a_dictionary_of_ones_own_goes_before_the_systems(tmp_path: Path) -> None:
    own, system = tmp_path / "own", tmp_path / "system"
    for place, names in ((own, ("de_DE.aff", "de_DE.dic", "en_GB.dic")), (system, ("de_DE.aff", "de_DE.dic",
                         "fr.aff", "fr.dic", "readme.txt"))):  # fmt: skip
        place.mkdir()
        for name in names:
            (place / name).write_text("")
    found = installed((tmp_path / "not there", own, system))
    assert found == {"de_DE": own / "de_DE", "fr": system / "fr"}


def test_each_system_has_its_folders() -> None:
    data, home = Path("/data"), Path("/home/mateo")
    here = {"HOME": "/home/mateo"}
    linux = folders(data, environment=here, platform="linux")
    assert linux[0] == data / "dictionaries"
    assert home / ".local/share/hunspell" in linux
    assert Path("/usr/share/hunspell") in linux
    assert Path("/usr/share/myspell/dicts") in linux
    mac = folders(data, environment=here, platform="darwin")
    assert mac[:3] == (data / "dictionaries", home / "Library/Spelling", Path("/Library/Spelling"))
    windows = folders(data, environment={}, platform="win32")
    assert windows[0] == data / "dictionaries"
    assert Path("/usr/share/hunspell") not in windows
    asked = folders(None, environment={**here, "DICPATH": "/a", "XDG_DATA_DIRS": "/b"}, platform="linux")
    assert asked[0] == Path("/a")
    assert Path("/b/hunspell") in asked


def test_the_library_brings_english() -> None:
    place = library()
    assert place is not None
    assert "en_US" in installed((place / "dictionaries",))


@pytest.mark.parametrize(
    ("wanted", "system", "expected"),
    [
        ("de_AT", "", "de_AT"),
        ("de-AT", "", "de_AT"),
        ("DE", "", "de_DE"),
        ("de", "de_AT.UTF-8", "de_AT"),
        ("de_LI", "", "de_DE"),
        ("en", "de_DE", "en_US"),
        ("en", "en_GB", "en_GB"),
        ("fr_CA", "", "fr"),
        ("xx", "", ""),
        ("", "", ""),
    ],
)
def test_a_language_finds_its_dictionary(wanted: str, system: str, expected: str) -> None:
    known = ("de_AT", "de_DE", "en_GB", "en_US", "fr")
    assert serving(wanted, known, system=system) == expected


def test_languages_are_listed_with_commas_or_blanks() -> None:
    assert listed(" en_GB, de;fr  de") == ("en_GB", "de", "fr")
    assert listed("") == ()
