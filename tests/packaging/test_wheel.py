"""What a wheel brings, and that it works away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

# Runs in the unpacked wheel alone: the checkout is not on the path.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from agent_desktop import assets, cli
assert assets.PACKAGE.parent.samefile(sys.argv[1]), assets.PACKAGE
print(assets.resource("icons", "answer.svg").relative_to(assets.PACKAGE).as_posix())
print(assets.translations().relative_to(assets.PACKAGE).as_posix())
cli.parser()
"""


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the hatchling of the test extra."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    result = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False, timeout=110)
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_a_wheel_holds_the_package_the_resources_and_the_licence(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "agent_desktop/cli.py",
        "agent_desktop/_resources/icons/answer.svg",
        "agent_desktop/_translations/README.md",
    } <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not {name.partition("/")[0] for name in names} & {
        "tests",
        "installer",
        "resources",
        "translations",
    }


def test_a_wheel_declares_the_command_and_the_extras(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA"))
    (scripts,) = (
        archive.read(name).decode() for name in archive.namelist() if name.endswith("entry_points.txt")
    )
    assert "agent-desktop = agent_desktop.cli:main" in scripts
    assert "License-Expression: GPL-3.0-or-later" in metadata
    assert "Requires-Python: >=3.11" in metadata
    for extra in ("desktop", "phone", "server", "scale", "all"):
        assert f"Provides-Extra: {extra}\n" in metadata


def test_an_installed_package_finds_its_resources_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "site")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.split() == ["_resources/icons/answer.svg", "_translations"], result.stderr
