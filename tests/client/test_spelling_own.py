"""The words that an agent added: kept, private, each agent's own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from agent_desktop.client.spelling_own import OwnWords


def test_a_word_is_known_after_the_program(tmp_path: Path) -> None:
    path = tmp_path / "data" / "words.json"
    assert OwnWords(path).add("a7", "nordlighty") == ""
    words = OwnWords(path)
    assert words.knows("a7", "nordlighty")
    assert words.knows("a7", "Nordlighty")
    assert not words.knows("a8", "nordlighty")


def test_a_name_is_not_known_in_small_letters(tmp_path: Path) -> None:
    words = OwnWords(tmp_path / "words.json")
    words.add("a7", "Brandt")
    assert words.knows("a7", "Brandt")
    assert not words.knows("a7", "brandt")


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's; Windows keeps the folder private")
def test_the_file_is_nobody_elses_to_read(tmp_path: Path) -> None:
    words = OwnWords(tmp_path / "words.json")
    for word in ("one", "two"):
        words.add("a7", word)
    assert stat.S_IMODE((tmp_path / "words.json").stat().st_mode) == 0o600


def test_a_damaged_file_and_a_full_disk_are_no_reason_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text("{not json")
    words = OwnWords(path)
    assert not words.knows("a7", "word")
    (tmp_path / "file").write_text("")
    there = OwnWords(tmp_path / "file" / "words.json")
    assert there.add("a7", "wrod")
    assert there.knows("a7", "wrod")
    assert OwnWords(tmp_path / "words.json").add("a7", "\ud800wrod")


def test_what_is_no_word_is_not_kept() -> None:
    words = OwnWords()
    assert words.add("a7", " ") == words.add("a7", "a" * 100) == ""
    assert not words.knows("a7", "a" * 100)
