"""The run file: private, whole, and believed only when it can be true."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent_desktop.links import runfile
from agent_desktop.links.runfile import RunFile


def _kept(data: Path, content: bytes) -> RunFile | None:
    path = runfile.path_of(data, "phone")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return runfile.read(data, "phone")


def test_what_is_written_is_read_and_is_its_users_alone(tmp_path: Path) -> None:
    run = RunFile(os.getpid(), 21650, runfile.new_token(), 12.5)
    runfile.write(tmp_path, "phone", run)
    assert runfile.read(tmp_path, "phone") == run
    assert runfile.path_of(tmp_path, "phone").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["phone.json"]


def test_each_name_and_each_folder_has_its_own(tmp_path: Path) -> None:
    runfile.write(tmp_path, "phone", RunFile(os.getpid(), 21650, "a"))
    assert runfile.read(tmp_path, "switch") is None
    assert runfile.read(tmp_path / "other", "phone") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        b'{"pid": 1, "port": 5}',
        b'{"pid": "1", "port": 5, "token": "t"}',
        b'{"pid": 1, "port": "5", "token": "t"}',
        b'{"pid": 1.5, "port": 5, "token": "t"}',
        b'{"pid": 0, "port": 5, "token": "t"}',
        b'{"pid": -1, "port": 5, "token": "t"}',
        b'{"pid": 1, "port": 0, "token": "t"}',
        b'{"pid": 1, "port": 65536, "token": "t"}',
        b'{"pid": 1, "port": 5, "token": null}',
        b'{"pid": 1, "port": 5, "token": "\xff"}',
    ],
)
def test_a_run_file_with_bad_content_is_no_run_file(tmp_path: Path, content: bytes) -> None:
    assert _kept(tmp_path, content) is None


def test_a_field_of_a_later_version_is_skipped(tmp_path: Path) -> None:
    assert _kept(tmp_path, b'{"pid": 7, "port": 5, "token": "t", "more": [1]}') == RunFile(7, 5, "t")


def test_a_folder_in_its_place_is_no_run_file(tmp_path: Path) -> None:
    runfile.path_of(tmp_path, "phone").mkdir(parents=True)
    assert runfile.read(tmp_path, "phone") is None


def test_this_process_is_alive_and_one_that_ended_is_not() -> None:
    assert RunFile(os.getpid(), 1, "t").alive()
    child = subprocess.Popen([sys.executable, "-c", ""])
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table: a zombie
        assert not RunFile(child.pid, 1, "t").alive()
    finally:
        child.wait()
    assert not RunFile(child.pid, 1, "t").alive()
    assert not RunFile(1 << 70, 1, "t").alive()


def test_a_process_removes_its_own_run_file_only(tmp_path: Path) -> None:
    runfile.write(tmp_path, "phone", RunFile(4711, 5, "t"))
    runfile.remove(tmp_path, "phone", 4712)
    assert runfile.read(tmp_path, "phone") is not None
    runfile.remove(tmp_path, "phone", 4711)
    runfile.remove(tmp_path, "phone", 4711)
    assert runfile.read(tmp_path, "phone") is None
    assert not runfile.path_of(tmp_path, "phone").exists()


def test_two_tokens_are_never_the_same() -> None:
    assert len({runfile.new_token() for _ in range(100)}) == 100
