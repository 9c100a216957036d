"""The words on the screen: a catalogue's, or the English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop import i18n
from agent_desktop.errors import ConfigError

GERMAN = """# A catalogue.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: agent_desktop/qt/call_bar.py
msgid "Answer"
msgstr "Annehmen"

msgctxt "noun"
msgid "Answer"
msgstr "Antwort"

msgid "{n} call"
msgid_plural "{n} calls"
msgstr[0] "{n} Anruf"
msgstr[1] "{n} Anrufe"

msgid ""
"Hang "
"up"
msgstr "Auf"
"legen"

#, fuzzy
msgid "Hold"
msgstr "Halten?"

msgid "Resume"
msgstr ""

msgid "for {name}"
msgstr "für {nmae}"
"""
ARABIC = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=6; plural=("
"n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "{n} call"
msgid_plural "{n} calls"
msgstr[0] "لا مكالمات"
msgstr[1] "مكالمة"
msgstr[2] "مكالمتان"
msgstr[3] "{n} مكالمات"
msgstr[4] "{n} مكالمة"
msgstr[5] "{n} مكالمة."
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language, text in {"de": GERMAN, "ar": ARABIC}.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "agent_desktop.po").write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def english_after() -> Iterator[None]:
    yield
    i18n.use(i18n.Catalogue())


def test_a_catalogue_translates_and_the_rest_stays_english(folder: Path) -> None:
    german = i18n.load("de_AT", folder=folder)
    assert german.language == "de"
    assert german.text("Answer") == "Annehmen"
    assert german.text("Answer", context="noun") == "Antwort"
    assert german.text("Hang up") == "Auflegen"
    assert german.text("Transfer") == "Transfer"


def test_fuzzy_and_empty_translations_stay_english(folder: Path) -> None:
    german = i18n.load("de", folder=folder)
    assert (german.text("Hold"), german.text("Resume")) == ("Hold", "Resume")


def test_plurals_follow_the_language(folder: Path) -> None:
    german, arabic = i18n.load("de", folder=folder), i18n.load("ar", folder=folder)
    assert [german.plural("{n} call", "{n} calls", n) for n in (0, 1, 2)] == [
        "0 Anrufe",
        "1 Anruf",
        "2 Anrufe",
    ]
    assert [arabic.plural("{n} call", "{n} calls", n) for n in (0, 2, 3, 11)] == [
        "لا مكالمات",
        "مكالمتان",
        "3 مكالمات",
        "11 مكالمة",
    ]
    assert i18n.Catalogue().plural("{n} call", "{n} calls", 1) == "1 call"


def test_a_wrong_placeholder_falls_back_rather_than_lose_the_value(folder: Path) -> None:
    assert i18n.load("de", folder=folder).text("for {name}", name="Amina") == "for Amina"


def test_a_value_with_braces_is_only_a_value() -> None:
    assert i18n.Catalogue().text("for {name}", name="{0.__class__}") == "for {0.__class__}"
    assert i18n.Catalogue().text("50 % {of it}") == "50 % {of it}"


@pytest.mark.parametrize(
    ("language", "rtl"), [("ar", True), ("he_IL", True), ("fa-IR", True), ("de", False), ("en", False)]
)
def test_the_direction_of_writing_is_known(language: str, rtl: bool) -> None:
    assert i18n.Catalogue(language).right_to_left is rtl


def test_no_catalogue_is_english(folder: Path) -> None:
    for language in ("fi", "../de", "", "C"):
        assert i18n.load(language, folder=folder / "none").text("Answer") == "Answer"
    assert i18n.available(folder) == ("ar", "de", "en")


def test_the_catalogue_in_use_is_the_process_s(folder: Path, english_after: None) -> None:
    assert i18n._("Answer") == "Answer"
    i18n.use(i18n.load("de", folder=folder))
    assert i18n._("Answer") == "Annehmen"
    assert i18n.plural("{n} call", "{n} calls", 2) == "2 Anrufe"
    assert i18n.current().language == "de"


@pytest.mark.parametrize(
    ("text", "line"), [('msgid "a"\nmsgstr "b\n', 2), ("hello\n", 1), ('msgid "a" b"\n', 1), ('"alone"\n', 1)]
)
def test_a_broken_catalogue_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "agent_desktop.po").write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=f"line {line}:") as refused:
        i18n.load("de", folder=tmp_path)
    assert refused.value.line == line


def test_the_shipped_catalogues_can_be_read_and_keep_their_placeholders() -> None:
    for language in i18n.available():
        assert i18n.load(language).language in {language, "en"}
