"""The doctor: what is missing is said with its remedy, and only what stops the work is bad."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import keyring.backends.fail
import pytest

from agent_desktop import cli, doctor


def arguments(data: Path, base_port: int | None = None) -> argparse.Namespace:
    return argparse.Namespace(data=str(data), base_port=base_port)


def test_every_finding_is_one_line_and_a_remedy_goes_with_everything_but_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["doctor", "--data", str(tmp_path), "--base-port", "21400"])
    lines = capsys.readouterr().out.splitlines()
    subjects = " ".join(lines)
    for subject in (
        "Python",
        "packages of desktop",
        "SQLite",
        "disk",
        "ports 21400",
        "sound",
        "keyring",
        "screen",
    ):
        assert subject in subjects
    for line in lines:
        assert line.split()[0] in {"good", "note", "bad"}
        assert ("--" in line) == (line.split()[0] != "good"), line
    assert status == (1 if any(line.startswith("bad") for line in lines) else 0)


def test_an_old_python_and_an_old_sqlite_are_bad() -> None:
    assert doctor.python((3, 10, 1)).verdict == "bad"
    assert doctor.sqlite((3, 31, 0)).verdict == "bad"
    assert doctor.python().verdict == "good"
    assert doctor.sqlite().verdict == "good"


def test_a_missing_package_names_the_extra() -> None:
    finding = doctor.packages("phone", ("json", "no_such_package_at_all"))
    assert finding.verdict == "note"
    assert "no_such_package_at_all" in finding.text
    assert "agent-desktop[phone]" in finding.remedy


def test_the_packages_looked_for_are_those_of_the_extras() -> None:
    looked_for = {name: extra for extra, names in doctor.PACKAGES.items() for name in names}
    assert looked_for.items() <= cli.EXTRAS.items()


def test_a_folder_that_cannot_be_a_folder_is_bad(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert doctor.disk(tmp_path / "file" / "data").verdict == "bad"
    assert doctor.disk(tmp_path / "not" / "yet").verdict in {"good", "note"}


def test_little_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM_WANTED", 10**18)
    assert doctor.disk(tmp_path).verdict == "note"
    monkeypatch.setattr(doctor, "ROOM_NEEDED", 10**17)
    assert doctor.disk(tmp_path).verdict == "bad"


def test_a_wrong_settings_file_is_bad_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[look]\ntheme = "purple"\n')
    finding = doctor.own_settings(arguments(tmp_path))
    assert finding.verdict == "bad"
    assert "line 2" in finding.text


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_is_found(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        port = other.getsockname()[1]
        (finding,) = doctor.demo_ports(port)
        assert finding.verdict == "bad"
        assert str(port) in finding.text


@pytest.mark.parametrize(
    ("program", "verdict", "words"),
    [
        ("print('[2, 1]')", "good", "2 to speak into, 1 to hear with"),
        ("print('[0, 1]')", "note", "silent device"),
        ("raise OSError('PortAudio library not found')", "note", "libportaudio2"),
        ("raise RuntimeError('broken')", "note", "broken"),
        ("import time; time.sleep(60)", "bad", "does not answer"),
    ],
)
def test_the_sound_system_is_asked_without_trusting_it(program: str, verdict: str, words: str) -> None:
    finding = doctor.sound(program, timeout_s=1.0 if "sleep" in program else 30.0)
    assert finding.verdict == verdict
    assert words in str(finding)


def test_no_keyring_is_a_note() -> None:
    assert doctor.passwords(keyring.backends.fail.Keyring).verdict == "note"


def test_no_screen_is_a_note_and_another_system_has_one() -> None:
    assert doctor.screen("linux", {}).verdict == "note"
    assert doctor.screen("darwin", {}).verdict == "good"
