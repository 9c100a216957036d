"""The dependency rule holds, and each contract of pyproject.toml would notice a fault."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# contract, file to spoil, the import to plant
FAULTS = [
    ("layers", "domain/planted.py", "from agent_desktop.wire import models"),
    ("layers", "wire/planted.py", "import agent_desktop.ports"),
    ("layers", "client/planted.py", "from agent_desktop import viewmodels"),
    ("layers", "server/planted.py", "from agent_desktop import phone"),
    ("layers", "qt/planted.py", "import agent_desktop.server"),
    ("layers", "phone/planted.py", "import agent_desktop.qt"),
    ("layers", "links/planted.py", "import agent_desktop.client"),
    ("layers", "media/planted.py", "from agent_desktop.sip import message"),
    ("router", "server/planted.py", "import agent_desktop.client"),
    ("router", "server/web/planted.py", "import agent_desktop.viewmodels"),
    ("router", "switch/planted.py", "import agent_desktop.client"),
    ("screens", "qt/planted.py", "import agent_desktop.sip"),
    ("screens", "text/planted.py", "import agent_desktop.media"),
    ("domain", "domain/planted.py", "import time"),
    ("domain", "domain/planted.py", "import msgspec"),
    ("domain", "domain/planted.py", "def late():\n    import random\n    return random.random()"),
    ("sans_io", "wire/planted.py", "import asyncio"),
    ("sans_io", "sip/planted.py", "from socket import socket"),
    ("toolkit", "viewmodels/planted.py", "from PySide6.QtCore import Qt"),
    ("toolkit", "demo/planted.py", "import qasync"),
    ("devices", "media/planted.py", "import sounddevice"),
    ("devices", "switch/planted.py", "import pyVoIP"),
    ("channels", "server/channels/planted.py", "from agent_desktop.server.channels import planted_other"),
    ("hub", "server/channels/planted.py", "from agent_desktop.server import hub"),
]


def lint(house: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    program = f"import sys; sys.path.insert(0, {str(house)!r}); {LINT}"
    return subprocess.run(
        [sys.executable, "-P", "-c", program, "--no-logo", "--no-cache", *chosen],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_the_tree_keeps_every_contract(house: Path) -> None:
    result = lint(house)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


def test_a_new_room_must_be_given_its_place(house: Path) -> None:
    (house / "agent_desktop" / "annexe.py").write_text('"""A room that no layer names."""\n')
    result = lint(house, "layers")
    assert result.returncode != 0
    assert "annexe" in result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "file", "fault"), FAULTS, ids=lambda value: value.replace("\n", " "))
def test_a_planted_import_breaks_its_contract(house: Path, contract: str, file: str, fault: str) -> None:
    package = house / "agent_desktop"
    for name in ("server/hub.py", "server/channels/planted_other.py"):
        if not (package / name).exists():
            (package / name).write_text('"""Stands here so that it can be imported."""\n')
    planted = package / file
    planted.write_text(f'"""A fault, planted by a test."""\n\n{fault}\n')
    result = lint(house, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert " 1 broken" in result.stdout
    assert planted.relative_to(house).with_suffix("").as_posix().replace("/", ".") in result.stdout


def test_every_contract_has_a_planted_fault(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    contracts = {contract["id"] for contract in project["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _file, _fault in FAULTS}
