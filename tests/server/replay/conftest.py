"""One made day on a real record, made once for all tests of this folder that only read it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.replay import day


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("day") / "record.db"
    asyncio.run(day.record(path))
    return path
