"""A copy of the package's sources in which a test may plant a fault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def house(tmp_path: Path, repository: Path) -> Path:
    """A folder with `pyproject.toml` and a copy of `agent_desktop/`, Python files only."""
    shutil.copy(repository / "pyproject.toml", tmp_path)
    for source in (repository / "agent_desktop").rglob("*.py"):
        target = tmp_path / source.relative_to(repository)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return tmp_path
