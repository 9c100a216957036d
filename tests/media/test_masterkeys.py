from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_desktop.media.masterkeys import MasterKeys, WrongKeyError


def test_the_key_file_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "recordings.key"
    first = MasterKeys.at(place)
    assert place.stat().st_mode & 0o777 == 0o600
    assert MasterKeys.at(place)._keys == first._keys
    assert [file.name for file in place.parent.iterdir()] == ["recordings.key"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "recordings.key"
    MasterKeys.at(place)
    place.chmod(0o640)
    with pytest.raises(WrongKeyError, match="chmod 600"):
        MasterKeys.at(place)


@pytest.mark.parametrize("text", [b"", b"1 abcd\n", b"one " + b"00" * 32, b"\xff\xfe", b"1 2 3\n"])
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, text: bytes) -> None:
    place = tmp_path / "recordings.key"
    place.write_bytes(text)
    place.chmod(0o600)
    with pytest.raises(WrongKeyError, match="damaged"):
        MasterKeys.at(place)
    assert place.read_bytes() == text


def test_two_processes_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    place = tmp_path / "recordings.key"

    class Late(MasterKeys):
        def _text(self) -> bytes:
            MasterKeys.at(place)  # the other one is quicker
            return super()._text()

    assert Late.at(place)._keys == MasterKeys.at(place)._keys


def test_a_rotation_that_the_disk_refuses_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = MasterKeys.at(tmp_path / "recordings.key")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        keys.rotate()
    assert keys.numbers == (1,)
    assert [file.name for file in tmp_path.iterdir()] == ["recordings.key"]
