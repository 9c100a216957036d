"""The command line: every word, the exit status, and a sentence for every failure."""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_desktop import __version__, cli
from agent_desktop.errors import AgentDesktopError, UsageError

Install = Callable[[str, Callable[[argparse.Namespace], int]], None]


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a front end of the test's own in the place of a command's."""

    def install(command: str, main: Callable[[argparse.Namespace], int]) -> None:
        module = types.ModuleType(f"front_end_{command}")
        module.main = main  # type: ignore[attr-defined]  # that is what a front end has
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(cli.FRONT_ENDS, command, module.__name__)

    return install


def program(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent_desktop", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parent.parent,
    )


@pytest.mark.parametrize(
    "words",
    [[], *([name] for name in cli.FRONT_ENDS), ["bench"], ["admin", "users"], ["admin", "erase"]],
    ids=" ".join,
)
def test_every_command_has_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    assert ended.value.code == 0
    assert "usage: agent-desktop" in capsys.readouterr().out


def test_the_version_is_printed() -> None:
    result = program("--version")
    assert (result.returncode, result.stdout) == (0, f"agent-desktop {__version__}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["server"],
        ["text", "--width", "3"],
        ["demo", "--base-port", "80"],
        ["--dat", "x"],
        ["admin"],
        ["bench", "no-such-bench"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_status_2_and_one_line(words: list[str]) -> None:
    result = program(*words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("agent-desktop")


@pytest.mark.parametrize("command", [*cli.FRONT_ENDS])
def test_a_command_calls_its_front_end_and_gives_its_status(command: str, front_end: Install) -> None:
    seen: list[argparse.Namespace] = []

    def main(arguments: argparse.Namespace) -> int:
        seen.append(arguments)
        return 7

    front_end(command, main)
    words = {"server": ["--config", "centre.toml"], "admin": ["backup", "copy.db"]}.get(command, [])
    assert cli.main([command, *words]) == 7
    assert seen[0].command == command


def test_no_command_is_the_desktop(front_end: Install) -> None:
    front_end("desktop", lambda arguments: 5 if arguments.user == "amina" else 6)
    assert cli.main(["--user", "amina"]) == 5


def test_the_options_of_section_10_reach_the_front_ends(front_end: Install) -> None:
    seen: dict[str, argparse.Namespace] = {}
    for command in ("desktop", "text", "demo", "server", "phone"):
        front_end(command, lambda arguments: seen.update({arguments.command: arguments}) or 0)
    for line in (
        "text --server http://x --user u --password-file p --data d --json-lines --width 72",
        "desktop --audio-in in.wav --audio-out out.wav",
        "demo --headless --data d --base-port 21400 --no-customers",
        "server --config centre.toml --data d",
        "phone --data d --audio-in in.wav",
    ):
        cli.main(line.split())
    text = seen["text"]
    assert (text.server, text.user, text.password_file, text.data) == ("http://x", "u", "p", "d")
    assert (text.json_lines, text.width) == (True, 72)
    assert (seen["desktop"].audio_in, seen["desktop"].audio_out) == ("in.wav", "out.wav")
    demo = seen["demo"]
    assert (demo.headless, demo.no_customers, demo.data, demo.base_port) == (True, True, "d", 21400)
    assert (seen["server"].config, seen["server"].data) == ("centre.toml", "d")
    assert (seen["phone"].audio_in, seen["phone"].audio_out) == ("in.wav", None)


def test_an_option_before_the_command_counts_too(front_end: Install) -> None:
    folders: list[str] = []
    front_end("text", lambda arguments: folders.append(arguments.data) or 0)
    cli.main(["--data", "first", "text"])
    cli.main(["text", "--data", "second"])
    assert folders == ["first", "second"]


def test_garbage_is_collected_in_a_front_end(front_end: Install) -> None:
    front_end("text", lambda _arguments: 5 if gc.isenabled() else 6)
    assert cli.main(["text"]) == 5


def test_an_error_of_the_program_is_one_sentence_and_status_1(
    front_end: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise AgentDesktopError("Port 8080 is in use. Stop the other program or choose another port.")

    front_end("text", main)
    assert cli.main(["text"]) == 1
    assert capsys.readouterr().err == (
        "agent-desktop: Port 8080 is in use. Stop the other program or choose another port.\n"
    )


def test_a_usage_error_is_status_2(front_end: Install) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise UsageError("Give --data a folder, not a file.")

    front_end("text", main)
    assert cli.main(["text"]) == 2


def test_an_interrupt_ends_without_a_trace(front_end: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    front_end("text", main)
    assert cli.main(["text"]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("package", "extra"), [("PySide6", "desktop"), ("sounddevice", "phone"), ("sqlalchemy", "server")]
)
def test_a_missing_package_names_the_extra(
    package: str, extra: str, front_end: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise ModuleNotFoundError(f"No module named '{package}'", name=f"{package}.QtCore")

    front_end("desktop", main)
    assert cli.main([]) == 1
    error = capsys.readouterr().err
    assert package in error
    assert f"agent-desktop[{extra}]" in error


def test_a_missing_system_library_is_named(front_end: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    front_end("desktop", main)
    assert cli.main([]) == 1
    error = capsys.readouterr().err
    assert "libEGL.so.1" in error
    assert error.endswith("apt-get install libegl1\n")
    assert cli._debian_package("libdbus-1.so.3") == "libdbus-1-3"


def test_a_package_of_no_extra_is_a_defect_and_not_hidden(front_end: Install) -> None:
    def main(_arguments: argparse.Namespace) -> int:
        raise ModuleNotFoundError("No module named 'surprise'", name="surprise")

    front_end("text", main)
    with pytest.raises(ModuleNotFoundError):
        cli.main(["text"])


def test_the_command_line_imports_no_front_end() -> None:
    heavy = "PySide6 aiohttp sqlalchemy numpy sounddevice httpx websockets agent_desktop.qt.app"
    code = (
        "import sys; from agent_desktop import cli; cli.parser(); "
        f"found = set({heavy!r}.split()) & set(sys.modules); sys.exit(str(found) if found else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_extras_name_packages_that_the_project_declares(repository: Path) -> None:
    project = (repository / "pyproject.toml").read_text("utf-8").lower().replace("-", "_")
    distributions = {
        "argon2": "argon2_cffi",
        "mailparser_reply": "mail_parser_reply",
        "PySide6": "pyside6_essentials",
    }
    for package in cli.EXTRAS:
        assert distributions.get(package, package).lower() in project


def test_a_clicked_number_goes_to_the_desktop_that_runs_or_opens_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from agent_desktop.client import handing

    opened: list[str] = []
    handed: list[tuple[Path, str]] = []
    running = [True]

    def hand_over(data: Path, link: str) -> bool:
        handed.append((data, link))
        return running[0]

    monkeypatch.setattr(handing, "hand_over", hand_over)
    monkeypatch.setattr(cli, "run", lambda arguments: opened.append(arguments.link) or 0)
    assert cli.main(["--data", str(tmp_path), "tel:+49301234"]) == 0
    assert (handed, opened) == ([(tmp_path, "tel:+49301234")], [])
    running[0] = False
    assert cli.main(["--data", str(tmp_path), "SIP:6002@pbx.example"]) == 0
    assert opened == ["SIP:6002@pbx.example"]
    assert cli.main(["--data", str(tmp_path), "text", "tel:1"]) == 2
