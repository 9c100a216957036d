"""The set-up script: its errors in words, its stamp, and what it leaves behind."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def bootstrap(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, set up to install into a folder of the test's own."""
    spec = importlib.util.spec_from_file_location("bootstrap", repository / "installer" / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "LOG", venv / "bootstrap.log")
    monkeypatch.setattr(module, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(module, "POLICY", tmp_path / "policy-rc.d")
    return module


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """A checkout that is already set up: the script, pyproject.toml and a program that prints its words."""
    folder = tmp_path / "checkout"
    (folder / "installer").mkdir(parents=True)
    for name in ("installer/bootstrap.py", "pyproject.toml"):
        (folder / name).write_bytes((repository / name).read_bytes())
    package = folder / "agent_desktop"
    package.mkdir()
    (package / "__main__.py").write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(7)\n")
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    code = (
        "import importlib.util as u; "
        f"s = u.spec_from_file_location('b', {str(folder / 'installer/bootstrap.py')!r}); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); "
        "[(m.VENV / f'agent-desktop.{kind}').write_text(m.fingerprint(kind)) for kind in ('run', 'test')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "installer/bootstrap.py", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


def test_an_old_python_can_read_the_script(repository: Path) -> None:
    source = (repository / "installer" / "bootstrap.py").read_text("utf-8")
    tree = ast.parse(source, feature_version=(3, 6))
    before_the_check = [ast.unparse(node) for node in tree.body[1:3]]
    assert before_the_check[0] == "import sys"
    assert "sys.version_info < (3, 11)" in before_the_check[1]
    assert "from __future__" not in source


def test_the_script_needs_nothing_but_the_standard_library(repository: Path) -> None:
    tree = ast.parse((repository / "installer" / "bootstrap.py").read_text("utf-8"))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names


def test_a_second_run_installs_nothing_and_says_nothing(checkout: Path) -> None:
    run(checkout, "run", "--version")
    result = run(checkout, "run", "bench", "--json")
    assert (result.returncode, result.stderr) == (7, "")
    assert json.loads(result.stdout) == ["bench", "--json"]


def test_demo_passes_its_words_on(checkout: Path) -> None:
    assert json.loads(run(checkout, "demo", "--headless").stdout) == ["demo", "--headless"]


@pytest.mark.parametrize(("words", "status"), [([], 2), (["fly"], 2), (["--help"], 0)])
def test_the_words_are_explained(checkout: Path, words: list[str], status: int) -> None:
    result = run(checkout, *words)
    assert result.returncode == status
    assert "demo|test|run" in result.stdout + result.stderr


def test_the_stamp_is_void_when_a_dependency_changes_and_not_when_a_tool_is_configured(
    bootstrap: ModuleType, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bootstrap.fingerprint("run")
    project = (repository / "pyproject.toml").read_text("utf-8")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "str", lambda _path: str(repository), raising=False)
    (tmp_path / "pyproject.toml").write_text(
        project.replace("line-length = 110", "line-length = 99"), "utf-8"
    )
    assert bootstrap.fingerprint("run") == before
    (tmp_path / "pyproject.toml").write_text(project.replace('"keyring>=25"', '"keyring>=26"'), "utf-8")
    assert bootstrap.fingerprint("run") != before
    assert bootstrap.fingerprint("run") != bootstrap.fingerprint("test")


def test_a_full_disk_is_told_before_the_download(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "DISK", {"run": 10**9})
    with pytest.raises(bootstrap.Stop, match="not enough disk space"):
        bootstrap.check_disk("run")


def test_without_root_it_says_what_to_install(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "PACKAGES", {"run": ["no-such-package-at-all"]})
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "installed", lambda _package: False)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.Stop, match=r"sudo apt-get install .*no-such-package-at-all"):
        bootstrap.system_packages("run")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", "no room left on the disk"),
        (
            "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
            "network cannot",
        ),
        ("E: Unable to locate package sip-tester", "sip-tester"),
    ],
)
def test_a_failed_step_gives_its_reason_and_the_end_of_what_was_said(
    bootstrap: ModuleType, said: str, reason: str
) -> None:
    program = f"print('many lines'); print({said!r}); raise SystemExit(1)"
    with pytest.raises(bootstrap.Stop) as stopped:
        bootstrap.step("Python packages", [sys.executable, "-c", program])
    assert "This step failed: Python packages" in str(stopped.value)
    assert reason in str(stopped.value)
    assert said in str(stopped.value)
    assert said in bootstrap.LOG.read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_told(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "file" / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "none")
    assert bootstrap.main(["--no-system", "demo"]) == 1
    assert "bootstrap: [Errno" in capsys.readouterr().err


def test_a_step_that_cannot_start_is_told(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.Stop, match="cannot be started"):
        bootstrap.step("nothing", [str(bootstrap.VENV / "no-such-program")])


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_services_stay_asleep_and_the_system_s_policy_comes_back(
    bootstrap: ModuleType, before: str | None
) -> None:
    if before is not None:
        bootstrap.POLICY.write_text(before)
        bootstrap.POLICY.chmod(0o700)
    with contextlib.suppress(KeyError), bootstrap.services_asleep():
        assert subprocess.run([bootstrap.POLICY], check=False).returncode == 101
        raise KeyError  # the installation fails
    if before is None:
        assert not bootstrap.POLICY.exists()
    else:
        assert bootstrap.POLICY.read_text() == before
        assert bootstrap.POLICY.stat().st_mode & 0o777 == 0o700


def test_a_broken_environment_is_made_anew(bootstrap: ModuleType) -> None:
    (bootstrap.VENV / "bin").mkdir(parents=True)
    bootstrap.PYTHON.write_text("#!/bin/sh\nexit 1\n")
    bootstrap.PYTHON.chmod(0o755)
    bootstrap.virtual_environment()
    assert subprocess.run([bootstrap.PYTHON, "-c", "import pip"], check=False).returncode == 0
    made = bootstrap.PYTHON.stat().st_mtime_ns
    bootstrap.virtual_environment()
    assert bootstrap.PYTHON.stat().st_mtime_ns == made


def test_every_check_runs_although_one_fails(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[str] = []
    tests: list[list[str]] = []

    def passes(name: str, command: list[str], _environment: object = None) -> bool:
        ran.append(name)
        tests.append(command)
        return name != "ruff check"

    monkeypatch.setattr(bootstrap, "passes", passes)
    assert bootstrap.check(["-k", "hold"]) == 1
    assert ran == ["ruff check", "ruff format", "lint-imports", "mypy", "pytest"]
    assert tests[-1][-2:] == ["-k", "hold"]
    assert "failed: ruff check" in capsys.readouterr().err


@pytest.mark.parametrize(("heals_at", "runs"), [(1, 1), (2, 2), (3, 3), (4, 3)])
def test_what_failed_with_real_programs_runs_twice_more_at_most_alone(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, heals_at: int, runs: int
) -> None:
    tests: list[list[str]] = []

    def passes(_name: str, command: list[str], _environment: object = None) -> bool:
        if "pytest" in command:
            tests.append(command)
        return "pytest" not in command or len(tests) == heals_at

    monkeypatch.setattr(bootstrap, "passes", passes)
    assert bootstrap.check([]) == (0 if heals_at <= runs else 1)
    assert ["--cache-clear" in command for command in tests] == [True, False, False][:runs]
    assert ["--alone" in command for command in tests] == [False, True, True][:runs]
    assert not any("-n" in command for command in tests[1:])


@pytest.mark.parametrize(("mark", "status"), [("peer", 0), ("screen", 0), ("quick", 1)])
def test_nothing_of_ours_gets_a_second_try(tmp_path: Path, repository: Path, mark: str, status: int) -> None:
    """A test that fails the first time and passes the second is kept only when a real program was in it."""
    (tmp_path / "conftest.py").write_text((repository / "tests" / "conftest.py").read_text("utf-8"))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n peer\n screen\n quick\n")
    (tmp_path / "test_once.py").write_text(
        f"import pathlib, pytest\n@pytest.mark.{mark}\ndef test_once():\n"
        "    seen = pathlib.Path('seen')\n    was = seen.exists()\n    seen.touch()\n    assert was\n"
    )
    again = ["--alone", "--last-failed", "--last-failed-no-failures", "none"]
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = [
        subprocess.run([sys.executable, "-m", "pytest", *words], cwd=tmp_path, env=bare, check=False)
        for words in (["--cache-clear"], again)
    ]
    assert [one.returncode for one in ran] == [1, status]


def test_what_a_failed_test_left_open_fails_no_other(tmp_path: Path, repository: Path) -> None:
    """A socket of the first test is let go of while the second, which opened nothing, runs."""
    (tmp_path / "conftest.py").write_text((repository / "tests" / "conftest.py").read_text("utf-8"))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n peer\n screen\nfilterwarnings = error\n")
    (tmp_path / "test_left.py").write_text(
        "import gc, socket, sys, pytest\n@pytest.mark.peer\ndef test_leaves():\n"
        "    left = [socket.socket()]\n    left.append(left)\n    raise AssertionError\n"
        "def test_next():\n"
        "    sys.last_value = sys.last_traceback = None\n    gc.collect()\n"
    )
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=bare, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout
    assert "FAILED test_left.py::test_leaves" in ran.stdout


def test_ci_runs_the_one_command_and_nothing_else(repository: Path) -> None:
    text = (repository / ".ci" / "run").read_text("utf-8")
    commands = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert commands[-1] == 'exec python3 installer/bootstrap.py test "$@" </dev/null'
    assert os.access(repository / ".ci" / "run", os.X_OK)
