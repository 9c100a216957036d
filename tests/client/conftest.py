"""A desktop in memory and a centre on a socket."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.desks import Desk
from tests.client.fakes import FakeCentre

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = itertools.count(26500 + 1000 * WORKER)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.drafts.close()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[FakeCentre]:
    made = FakeCentre(next(PORTS), tmp_path)
    yield made
    made.close()
